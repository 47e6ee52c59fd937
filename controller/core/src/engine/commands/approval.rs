//! Approving and denying grants that wait. Nobody approves what they asked for, and nobody counts twice.

use super::grants::{state_sentence, still_live};
use super::{Order, Outcome, conflict, not_a_second};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::GrantId;
use crate::people::{Approval, Grant, GrantState};

impl Engine {
    pub(super) fn approve_grant(&mut self, order: Order, grant: GrantId, reason: ReasonText) -> Outcome {
        let Order { now, by, .. } = order;
        let row = self.known_grant(grant)?;
        waits(row)?;
        still_live(row, now.wall)?;
        if !self.is_somebody_else(by, row.requested_by) {
            return Err(conflict(not_a_second(by, row.requested_by, &format!("asked for {grant}"), "approve it")));
        }
        if let Some(before) = row.approved_by.iter().find(|before| !self.is_somebody_else(by, **before)) {
            let done = format!("approved {grant}");
            return Err(conflict(not_a_second(by, *before, &done, "approve it too")));
        }
        let missing = row.approval.count().saturating_sub(row.approved_by.len() + 1);
        let generation = self.next_generation();
        self.record(now, Entry::GrantApproved { grant, reason, by, generation });
        Ok(match missing {
            0 => Reply::Grant(grant, generation),
            1 => Reply::Requested(grant, Approval::One),
            _ => Reply::Requested(grant, Approval::Two),
        })
    }

    pub(super) fn deny_grant(&mut self, order: Order, grant: GrantId, reason: ReasonText) -> Outcome {
        waits(self.known_grant(grant)?)?;
        let (by, generation) = (order.by, self.next_generation());
        self.record(order.now, Entry::GrantDenied { grant, reason, by, generation });
        Ok(Reply::Rights(generation))
    }
}

fn waits(grant: &Grant) -> Result<(), CommandError> {
    match grant.state {
        GrantState::Requested => Ok(()),
        state @ GrantState::Active => {
            Err(conflict(format!("{} {}; revoke it if it should not", grant.id, state_sentence(state))))
        }
        state @ (GrantState::Revoked | GrantState::Denied | GrantState::Ended(_)) => {
            Err(conflict(format!("{} {}; ask for a new grant", grant.id, state_sentence(state))))
        }
    }
}
