//! Ending a session by hand. Sessions themselves are the shell's; here it is decided who may end whose, and written down why.
//! One's own ends without proving oneself again, since whoever lost a laptop must be fast; and no rule of two holds it up,
//! since it takes nothing away that signing in does not give back.

use super::super::{Order, Outcome, refused};
use super::in_person;
use crate::engine::Engine;
use crate::engine::command::{CommandError, Reply};
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, SessionId};
use crate::permission::{Actor, Permission, may};

/// One's own sessions, or anybody's for those who look after operators.
pub(super) fn may_end(order: &Order, session: SessionId, of: Option<OperatorId>) -> Result<(), CommandError> {
    in_person(order)?;
    let is_own = match order.by {
        Actor::System => true,
        Actor::Operator(own) => of == Some(own),
        Actor::Session(own) => of.is_none() && own == session.get(),
        Actor::LocalUser(_) | Actor::Token(_) => false,
    };
    if is_own { Ok(()) } else { may(&order.caller, Permission::ManageOperators).map_err(refused) }
}

impl Engine {
    pub(super) fn revoke_session(
        &mut self,
        order: Order,
        session: SessionId,
        operator: Option<OperatorId>,
        reason: ReasonText,
    ) -> Outcome {
        self.record(order.now, OperatorEntry::SessionRevoked { session, operator, reason, by: order.by });
        Ok(Reply::Done)
    }
}
