//! What the shell tells of those who sign in, and what follows from failures: a wait after each, a lock-out after several.
//! Whether a password or code was right is the shell's to check. The wait and the lock-out are for what can be guessed; a
//! passkey and a link made on the machine cannot be, so nobody keeps an operator out by guessing in their name.

use super::super::{Order, Outcome, conflict};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Reply};
use crate::entry::OperatorEntry;
use crate::id::{OperatorId, SessionId};
use crate::operator::{OperatorState, SignInFailure, SignInMethod};

impl Engine {
    pub(super) fn note_sign_in(&mut self, order: Order, operator: Option<OperatorId>, method: SignInMethod) -> Outcome {
        if let Some(operator) = operator {
            self.check_sign_in(order, operator, method)?;
            self.operators.forget_failures(operator);
        }
        let next = self.records.last_session.get().checked_add(1);
        let session = SessionId::new(next.ok_or_else(|| conflict("all numbers of sessions are given out"))?);
        self.record(order.now, OperatorEntry::SignedIn { operator, session, method });
        Ok(Reply::Session(session))
    }

    fn check_sign_in(&self, order: Order, operator: OperatorId, method: SignInMethod) -> Result<(), CommandError> {
        let row = self.known_operator(operator)?;
        if row.state == OperatorState::Disabled {
            return Err(conflict(format!("{operator} is disabled")));
        }
        match method {
            SignInMethod::PasswordTotp | SignInMethod::RecoveryCode => match row.locked_until_after(order.now.wall) {
                Some(until) => {
                    Err(conflict(format!("{operator} is locked out until {}", super::super::instant(until))))
                }
                None => Ok(()),
            },
            SignInMethod::Link | SignInMethod::Passkey | SignInMethod::Provider => Ok(()),
            // Which one it was the shell knows, which looks at its end as well; here none that lasts is refused.
            SignInMethod::Certificate => match row.certificates.all().any(|(_, until)| until > order.now.wall) {
                true => Ok(()),
                false => Err(conflict(format!("{operator} has no certificate that counts"))),
            },
        }
    }

    pub(super) fn note_sign_in_failure(
        &mut self,
        order: Order,
        operator: Option<OperatorId>,
        cause: SignInFailure,
    ) -> Outcome {
        let now = order.now;
        if let Some(operator) = operator {
            self.known_operator(operator)?;
        }
        if self.operators.has_room_for_failure(now.wall) {
            self.record(now, OperatorEntry::SignInFailed { operator, cause });
        }
        let guessed = match cause {
            SignInFailure::Wrong | SignInFailure::Replayed => operator,
            SignInFailure::Disabled
            | SignInFailure::LockedOut
            | SignInFailure::Link
            | SignInFailure::Provider
            | SignInFailure::ProviderFault(_)
            | SignInFailure::DeviceCode
            | SignInFailure::Certificate(_) => None,
        };
        // Whoever guesses during a lock-out guesses nothing, and makes it no longer.
        let locked = |operator: &OperatorId| {
            self.records.operators.get(operator).is_some_and(|row| row.locked_until_after(now.wall).is_some())
        };
        if let Some(operator) = guessed.filter(|operator| !locked(operator))
            && let Some(lasting) = self.operators.count_failure(operator, now.wall)
        {
            self.record(now, OperatorEntry::LockedOut { operator, until: now.wall.after(lasting) });
        }
        Ok(Reply::Done)
    }

    pub(super) fn note_step_up(
        &mut self,
        order: Order,
        session: SessionId,
        operator: OperatorId,
        method: SignInMethod,
    ) -> Outcome {
        self.check_sign_in(order, operator, method)?;
        self.operators.forget_failures(operator);
        self.record(order.now, OperatorEntry::SteppedUp { session, operator, method });
        Ok(Reply::Done)
    }

    pub(super) fn end_operator_lockout(&mut self, order: Order, operator: OperatorId) -> Outcome {
        if self.known_operator(operator)?.locked_until_after(order.now.wall).is_none() {
            return Err(conflict(format!("{operator} is not locked out")));
        }
        self.operators.forget_failures(operator);
        self.record(order.now, OperatorEntry::LockoutEnded { operator, by: order.by });
        Ok(Reply::Done)
    }
}
