//! What takes two operators: the first one proposes, a second one confirms, and then it is carried out as the first one's
//! with the second one's name beside it. Two operators are two people who signed in (`Actor::is_another_person_than`):
//! whoever is at the machine, came by a link or holds a token may be anybody, and neither proposes nor confirms.
//!
//! ```text
//!  proposed ──▶ confirmed: carried out
//!     ├───────▶ dropped, by the first, by a second, or because the first may no longer
//!     └───────▶ lapsed after ten minutes
//! ```
//! Proposals live in memory: a restart drops them, and whoever still wants one proposes it again.

use core::time::Duration;
use std::collections::BTreeMap;

use super::Engine;
use super::commands::{Order, Outcome, conflict, not_found, numbered, refused};
use super::reach::Reach;
use super::timers::TimerKey;
use crate::engine::command::{Caller, Command, Reply};
use crate::engine::query::Proposal;
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, ProposalId};
use crate::operator::Proposed;
use crate::permission::{Actor, may, permission};
use crate::time::Now;

/// How long a proposal waits for its second operator.
const WAITS_FOR: Duration = Duration::from_secs(10 * 60);

/// Proposals that wait at one time. One that is needed is never pushed out; the next one is refused.
const WAITING_MAX: usize = 64;

/// What waits for a second operator.
#[derive(Debug, Clone, Default)]
pub(super) struct Proposals {
    waiting: BTreeMap<ProposalId, Waiting>,
}

#[derive(Debug, Clone)]
struct Waiting {
    proposal: Proposal,
    caller: Caller,
}

impl Engine {
    /// Keeps `command` until a second operator confirms it.
    pub(super) fn propose(&mut self, order: Order, what: Proposed, command: Command, reason: ReasonText) -> Outcome {
        let Order { now, by, caller, .. } = order;
        if !matches!(by, Actor::Operator(_)) {
            return Err(conflict("this takes two operators, and nobody knows who you are; sign in as one of them"));
        }
        if let Some(same) = self.proposals.waiting.values().find(|row| row.proposal.command == command) {
            let message = format!("{} asks for the same; have another operator confirm that", same.proposal.id);
            return Err(conflict(message));
        }
        if self.proposals.waiting.len() >= WAITING_MAX {
            return Err(conflict("too many proposals wait; confirm or drop some first"));
        }
        let id = ProposalId::new(numbered(self.records.last_proposal.get().checked_add(1))?);
        let until = now.wall.after(WAITS_FOR);
        self.record(now, OperatorEntry::Proposed { proposal: id, what, until, reason: reason.clone(), by });
        self.timers.set(TimerKey::Proposal(id), now.monotonic.after(WAITS_FOR));
        let proposal = Proposal { id, what, command, reason, by, until };
        self.proposals.waiting.insert(id, Waiting { proposal, caller });
        Ok(Reply::Proposed(id))
    }

    /// The second operator's word. They must have the right to what was proposed themselves, just proven; if the site has moved
    /// on so that it cannot be done, it is not done and goes on waiting.
    pub(super) fn confirm(&mut self, order: Order, id: ProposalId) -> Outcome {
        let Waiting { proposal, caller } = self.proposals.waiting.get(&id).cloned().ok_or_else(|| not_found(id))?;
        if !order.by.is_another_person_than(proposal.by) {
            return Err(conflict(format!("{id} takes a second operator, who signed in as somebody else")));
        }
        let wanted = permission(&proposal.command);
        may(&order.caller, wanted).map_err(refused)?;
        self.reach(order.now.wall, order.scope).check(&proposal.command)?;
        self.still_counts(&caller, order.now.wall)?;
        self.reach(order.now.wall, caller.scope).check(&proposal.command)?;
        let both = Order { second: Some(order.by), ..Order::of(order.now, caller) };
        let reply = self.do_at_once(both, proposal.command)?;
        self.forget(id);
        self.record(order.now, OperatorEntry::Confirmed { proposal: id, by: order.by });
        Ok(reply)
    }

    pub(super) fn drop_proposal(&mut self, order: Order, id: ProposalId) -> Outcome {
        let row = self.proposals.waiting.get(&id).ok_or_else(|| not_found(id))?;
        if order.by != row.proposal.by {
            may(&order.caller, permission(&row.proposal.command)).map_err(refused)?;
            self.reach(order.now.wall, order.scope).check(&row.proposal.command)?;
        }
        self.forget(id);
        self.record(order.now, OperatorEntry::Dropped { proposal: id, by: order.by });
        Ok(Reply::Done)
    }

    /// Drops what an operator proposed who may no longer.
    pub(super) fn drop_proposals_of(&mut self, order: Order, operator: OperatorId) {
        let theirs = |row: &&Waiting| row.proposal.by == Actor::Operator(operator);
        let ids: Vec<ProposalId> = self.proposals.waiting.values().filter(theirs).map(|row| row.proposal.id).collect();
        for id in ids {
            self.forget(id);
            self.record(order.now, OperatorEntry::Dropped { proposal: id, by: order.by });
        }
    }

    pub(super) fn proposal_lapsed(&mut self, now: Now, id: ProposalId) {
        if self.proposals.waiting.remove(&id).is_some() {
            self.record(now, OperatorEntry::Dropped { proposal: id, by: Actor::System });
        }
    }

    /// What waits, as far as the scope reaches.
    pub(super) fn proposals_seen(&self, reach: &Reach<'_>) -> Vec<Proposal> {
        let seen = self.proposals.waiting.values().filter(|row| reach.check(&row.proposal.command).is_ok());
        seen.map(|row| row.proposal.clone()).collect()
    }

    /// Whether this site lets nobody give a command alone. What the daemon itself does is nobody's.
    pub(super) fn takes_two(&self, caller: &Caller, command: &Command) -> bool {
        caller.actor != Actor::System && self.site.two_operators().has(permission(command))
    }

    fn forget(&mut self, id: ProposalId) {
        self.timers.cancel(TimerKey::Proposal(id));
        self.proposals.waiting.remove(&id);
    }
}
