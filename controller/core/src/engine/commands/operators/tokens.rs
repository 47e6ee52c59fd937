//! Tokens with which programs ask in an operator's name: never for more than the owner may, never for ever, never to make
//! another token or operator. Whoever signs in at a command line holds one as well, for a shift at most; what a certificate
//! alone has proven is good for nothing that asks for a fresh proof.

use super::super::{Order, Outcome, conflict, invalid, not_found, numbered, problem, validity_problem, whole_seconds};
use crate::engine::Engine;
use crate::engine::command::{Caller, CommandError, Problem, Reply, Scope};
use crate::engine::commands::terms::LONGEST_GRANT;
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, TokenId};
use crate::operator::{ApiToken, IssuedToken, Operator, OperatorState, TokenReturn, TokenSignIn, TokenState};
use crate::people::Validity;
use crate::permission::{
    Actor, CERTIFICATE_SIGN_IN_LONGEST, DEVICE_SIGN_IN_LONGEST, Permission, PermissionReach, PermissionSet, Proof,
};
use crate::time::Wall;

/// Tokens that count of one operator. Every request with a token is compared with all of them.
const TOKENS_MAX: usize = 20;

/// Tokens that count and came of one certificate: a script that signs in each time takes no more, and keeps nobody out.
const TOKENS_OF_CERTIFICATE_MAX: usize = 4;

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
        let mut problems = Vec::new();
        if validity.to.since(validity.from) > LONGEST_GRANT {
            problems.push(problem("to_at", "a token lasts 366 days at most; choose an earlier end and renew it then"));
        }
        let token = self.new_token(order, owner, (limits, validity, digest), problems)?;
        let id = token.id;
        self.record(now, OperatorEntry::TokenIssued { token, reason, by });
        Ok(Reply::Token(id))
    }

    /// A token for whoever signs in at a command line.
    pub(super) fn sign_in_by_token(
        &mut self,
        order: Order,
        owner: OperatorId,
        limits: PermissionSet,
        validity: Validity,
        digest: [u8; 32],
        method: TokenSignIn,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        let mut validity = whole_seconds(validity);
        let longest = match method {
            TokenSignIn::Device => DEVICE_SIGN_IN_LONGEST,
            TokenSignIn::Certificate(number) => {
                // No token outlives what it came of.
                validity.to = validity.to.min(self.check_certificate(owner, number, now.wall)?);
                CERTIFICATE_SIGN_IN_LONGEST
            }
        };
        let mut problems = Vec::new();
        if validity.to.since(validity.from) > longest {
            let hours = longest.as_secs() / 3600;
            problems.push(problem("to_at", format!("signed in like this one stays {hours} h at most")));
        }
        if let TokenSignIn::Certificate(_) = method {
            let fresh = limits.iter().filter(|permission| permission.proof() == Proof::StepUp);
            let words = |permission: Permission| {
                format!("a certificate alone is not enough for {}; leave it out", permission.word())
            };
            problems.extend(fresh.map(|permission| problem("permissions", words(permission))));
        }
        let token = self.new_token(order, owner, (limits, validity, digest), problems)?;
        if let TokenSignIn::Certificate(number) = method {
            self.make_room_for_certificate(order, owner, number);
        }
        let id = token.id;
        self.record(now, OperatorEntry::TokenSignedIn { token, method, by });
        Ok(Reply::Token(id))
    }

    /// Whoever signs in once more by a certificate gives up the oldest of the tokens that came of it.
    fn make_room_for_certificate(&mut self, order: Order, owner: OperatorId, number: u8) {
        let held = self.tokens_by_certificate(owner, number, order.now.wall);
        let over = (held.len() + 1).saturating_sub(TOKENS_OF_CERTIFICATE_MAX);
        for token in held.into_iter().take(over) {
            let reason = ReasonText::ours("its holder signed in again");
            self.record(order.now, OperatorEntry::TokenRevoked { token, reason, by: order.by });
        }
    }

    /// A token that may be, beside `problems` that were found with it already.
    fn new_token(
        &mut self,
        order: Order,
        owner: OperatorId,
        (limits, validity, digest): (PermissionSet, Validity, [u8; 32]),
        mut problems: Vec<Problem>,
    ) -> Result<IssuedToken, CommandError> {
        let now = order.now;
        let row = self.known_operator(owner)?;
        if row.state == OperatorState::Disabled {
            return Err(conflict(format!("{owner} is disabled; a token in their name would count for nothing")));
        }
        let counting = self.tokens_of(owner, now.wall).count();
        if counting >= TOKENS_MAX {
            return Err(conflict(format!("{owner} has {TOKENS_MAX} tokens; revoke one first")));
        }
        problems.extend(limit_problems(row, limits));
        problems.extend(validity_problem("to_at", validity, now));
        invalid(problems)?;
        if self.records.tokens.values().any(|token| token.digest == digest) {
            return Err(conflict("this secret is another token's already; draw a new one"));
        }
        let last = self.records.tokens.last_key_value().map(|(id, _)| id.get());
        let id = TokenId::new(numbered(self.next_number("token", last))?);
        Ok(IssuedToken { id, owner, limits, validity, digest, state: TokenState::Issued })
    }

    /// A token that came of signing in counts no more: the shell has seen its secret, or that nobody has it.
    pub(super) fn return_token(&mut self, order: Order, token: TokenId, why: TokenReturn) -> Outcome {
        let row = self.records.tokens.get(&token).ok_or_else(|| not_found(token))?;
        if row.sign_in.is_none() {
            return Err(conflict(format!("{token} was made for a program; revoke it instead")));
        }
        let (by, reason) = match why {
            TokenReturn::SignedOut => (Actor::Token(token), "its holder signed out"),
            TokenReturn::NotFetched => (order.by, "whoever it was made for never fetched it"),
            TokenReturn::FetchedTwice => (order.by, "the code that it was fetched with was shown again"),
        };
        self.revoke_token(Order { by, ..order }, token, ReasonText::ours(reason))
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
    pub(super) fn tokens_of(&self, owner: OperatorId, at: Wall) -> impl Iterator<Item = &ApiToken> {
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
        } else if !permission.is_for_tokens() {
            problems.push(problem("permissions", format!("no token is made for {words}; sign in for that")));
        }
    }
    problems
}
