//! Making what one signs in with, all of it in one batch: an account is either as its holder left the page or as it was before.
//! Whether what was made is good is the shell's to check; whether there is still somebody to make it for is decided here, where
//! nobody can come between.

use super::super::{Order, Outcome, conflict, invalid, problem};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Reply, Scope, SealedSecret, SetUpFor};
use crate::id::OperatorId;
use crate::operator::{Factor, Factors, OperatorRole, OperatorState, PASSKEYS_MAX};

impl Engine {
    pub(super) fn set_up(&mut self, order: Order, whom: SetUpFor, made: Vec<(Factor, SealedSecret)>) -> Outcome {
        let had = match &whom {
            SetUpFor::FirstAdmin(_) => Factors::default(),
            SetUpFor::Operator(operator) => self.known_operator(*operator)?.factors,
        };
        if made.iter().any(|(factor, _)| matches!(factor, Factor::Passkey(number) if *number >= PASSKEYS_MAX)) {
            invalid(vec![problem("made", "passkeys are numbered from 0 to 7")])?;
        }
        let has = made.iter().fold(had, |factors, (factor, _)| factors.with(*factor));
        if !has.can_sign_in() {
            let message = "this is not enough to sign in with; make a passkey, or a password with an app";
            invalid(vec![problem("made", message)])?;
        }
        let operator = match whom {
            SetUpFor::FirstAdmin(name) => {
                if !self.records.operators.is_empty() {
                    return Err(conflict("there is an operator already; have an admin invite you"));
                }
                match self.create_operator(order, name, OperatorRole::Admin, Scope::Site)? {
                    Reply::Operator(operator) => operator,
                    other => return Ok(other),
                }
            }
            SetUpFor::Operator(operator) => self.may_set_up(operator)?,
        };
        for (factor, secret) in made {
            self.put_factor(order, operator, factor, secret);
        }
        Ok(Reply::Operator(operator))
    }

    fn may_set_up(&self, operator: OperatorId) -> Result<OperatorId, CommandError> {
        match self.known_operator(operator)?.state {
            OperatorState::Enabled => Ok(operator),
            OperatorState::Disabled => Err(conflict(format!("{operator} is disabled; nothing was made"))),
        }
    }
}
