//! Tokens with which programs ask in an operator's name: never for more than the owner may, never for ever, never to make
//! another token or operator.

use super::super::{Order, Outcome, conflict, invalid, not_found, numbered, problem, validity_problem, whole_seconds};
use crate::engine::Engine;
use crate::engine::command::{Caller, CommandError, Problem, Reply, Scope};
use crate::engine::commands::terms::LONGEST_GRANT;
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, TokenId};
use crate::operator::{ApiToken, IssuedToken, Operator, OperatorState, TokenState};
use crate::people::Validity;
use crate::permission::{Actor, Permission, PermissionReach, PermissionSet};
use crate::time::Wall;

/// Tokens that count of one operator. Every request with a token is compared with all of them.
const TOKENS_MAX: usize = 20;

impl Engine {
    pub(super) fn issue_token(
        &mut self,
        order: Order,
        owner: OperatorId,
        limits: PermissionSet,
        validity: Validity,
        digest: [u8; 32],
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        let validity = whole_seconds(validity);
        let row = self.known_operator(owner)?;
        if row.state == OperatorState::Disabled {
            return Err(conflict(format!("{owner} is disabled; a token in their name would count for nothing")));
        }
        let counting = self.tokens_of(owner, now.wall).count();
        if counting >= TOKENS_MAX {
            return Err(conflict(format!("{owner} has {TOKENS_MAX} tokens; revoke one first")));
        }
        let mut problems: Vec<Problem> = limit_problems(row, limits);
        problems.extend(validity_problem("to_at", validity, now));
        if problems.is_empty() && validity.to.since(validity.from) > LONGEST_GRANT {
            problems.push(problem("to_at", "a token lasts 366 days at most; choose an earlier end and renew it then"));
        }
        invalid(problems)?;
        if self.records.tokens.values().any(|token| token.digest == digest) {
            return Err(conflict("this secret is another token's already; draw a new one"));
        }
        let last = self.records.tokens.last_key_value().map(|(id, _)| id.get());
        let id = TokenId::new(numbered(self.next_number("token", last))?);
        let token = IssuedToken { id, owner, limits, validity, digest, state: TokenState::Issued };
        self.record(now, OperatorEntry::TokenIssued { token, reason, by });
        Ok(Reply::Token(id))
    }

    pub(super) fn revoke_token(&mut self, order: Order, token: TokenId, reason: ReasonText) -> Outcome {
        let state = self.records.tokens.get(&token).map(|row| row.state).ok_or_else(|| not_found(token))?;
        match state {
            TokenState::Revoked => return Err(conflict(format!("{token} was revoked already"))),
            TokenState::Issued => {}
        }
        self.record(order.now, OperatorEntry::TokenRevoked { token, reason, by: order.by });
        Ok(Reply::Done)
    }

    pub(super) fn revoke_tokens_of(&mut self, order: Order, owner: OperatorId, reason: &ReasonText) {
        let counting: Vec<TokenId> = self.tokens_of(owner, order.now.wall).map(|token| token.id).collect();
        for token in counting {
            self.record(order.now, OperatorEntry::TokenRevoked { token, reason: reason.clone(), by: order.by });
        }
    }

    /// Those that count or will.
    fn tokens_of(&self, owner: OperatorId, at: Wall) -> impl Iterator<Item = &ApiToken> {
        let counts = move |token: &&ApiToken| {
            token.owner == owner && token.state == TokenState::Issued && token.validity.to > at
        };
        self.records.tokens.values().filter(counts)
    }

    /// Whether a caller whom the shell made from the records is still what those say: an operator who was disabled or
    /// changed, or a token that was revoked, since the request came, gives no command any more.
    pub(in crate::engine) fn still_counts(&self, caller: &Caller, at: Wall) -> Result<(), CommandError> {
        let operator = match caller.actor {
            Actor::System | Actor::LocalUser(_) | Actor::Session(_) => return Ok(()),
            Actor::Operator(operator) => self.records.operators.get(&operator),
            Actor::Token(token) => match self.records.tokens.get(&token) {
                Some(row) if !row.counts_at(at) => return Err(CommandError::Forbidden),
                Some(row) => self.records.operators.get(&row.owner),
                None => None,
            },
        };
        // One whom the records do not have was not made from them, so they say nothing against it.
        if operator.is_none_or(|row| row.is_as(caller)) { Ok(()) } else { Err(CommandError::Forbidden) }
    }
}

fn limit_problems(owner: &Operator, limits: PermissionSet) -> Vec<Problem> {
    let mut problems = Vec::new();
    if limits == PermissionSet::NONE {
        problems.push(problem("permissions", "name at least one permission that the token is for"));
    }
    for permission in limits.iter() {
        let words = permission.word();
        let within = match (permission.reach(), owner.scope) {
            (PermissionReach::WholeSite, Scope::Organisation(_)) => false,
            (PermissionReach::WholeSite, Scope::Site) | (PermissionReach::Own, _) => true,
        };
        if !within || !permission.roles().contains(&owner.role) {
            let message = format!("its owner may not do this: {words}; leave it out");
            problems.push(problem("permissions", message));
        } else if matches!(permission, Permission::ManageSelf | Permission::ManageOperators) {
            problems.push(problem("permissions", format!("no token is made for {words}; sign in for that")));
        }
    }
    problems
}
