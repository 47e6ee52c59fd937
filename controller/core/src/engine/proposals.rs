//! What takes two operators: the first one proposes, a second one confirms, and then it is carried out as the first one's
//! with the second one's name beside it. Two operators are two people who signed in (`Actor::is_another_person_than`):
//! whoever is at the machine, came by a link or holds a token may be anybody, and neither proposes nor confirms.
//!
//! What is proposed is tried out at once, so that nobody is called to confirm what cannot be done, and must find when it is
//! confirmed what its proposer saw.
//!
//! ```text
//!  proposed ──▶ confirmed: carried out
//!     ├───────▶ dropped, by the first, by a second, or because the first may no longer
//!     └───────▶ lapsed after ten minutes
//! ```
//! What is only shown is shown to whoever asked: once it is confirmed its proposer *takes it up*, by giving the command once
//! more, and nothing is recorded as shown before.
//!
//! Proposals live in memory: a restart drops them, and whoever still wants one proposes it again.

use core::time::Duration;
use std::collections::BTreeMap;

use super::Engine;
use super::commands::{Order, Outcome, conflict, not_found, numbered, refused};
use super::reach::Reach;
use super::timers::TimerKey;
use crate::engine::command::{Caller, Command, CommandError, OperatorCommand, Reply};
use crate::engine::preconditions::Expected;
use crate::engine::query::Proposal;
use crate::entry::{OperatorEntry, ReasonText};
use crate::id::{OperatorId, ProposalId};
use crate::operator::Proposed;
use crate::permission::{Actor, Assurance, Denied, Permission, may};
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
    /// In which state its proposer wants to find what it changes.
    expected: Expected,
    /// Who has confirmed it, where its proposer has yet to take it up.
    second: Option<Actor>,
}

/// Whether all that comes of a command is that something is shown to whoever gave it.
const fn only_shows(command: &Command) -> bool {
    matches!(command, Command::InspectBus { .. } | Command::Operator(OperatorCommand::Reveal { .. }))
}

impl Engine {
    /// Keeps `command` until a second operator confirms it.
    pub(super) fn propose(&mut self, order: Order, what: Proposed, command: Command, expected: Expected) -> Outcome {
        let Order { now, by, caller, .. } = order;
        if !matches!(by, Actor::Operator(_)) {
            return Err(CommandError::TakesTwo);
        }
        if let Some(same) = self.proposals.waiting.values().find(|row| row.proposal.command == command) {
            let message = format!("{} asks for the same; have another operator confirm that", same.proposal.id);
            return Err(conflict(message));
        }
        if self.proposals.waiting.len() >= WAITING_MAX {
            return Err(conflict("too many proposals wait; confirm or drop some first"));
        }
        // As if somebody had confirmed it: who that is changes nothing about whether it can be done.
        self.try_out(Order { second: Some(by), ..order }, command.clone())?;
        let id = ProposalId::new(numbered(self.records.last_proposal.get().checked_add(1))?);
        let until = now.wall.after(WAITS_FOR);
        let reason = command.reason().cloned().unwrap_or_else(|| ReasonText::ours("none was asked for"));
        self.record(now, OperatorEntry::Proposed { proposal: id, what, until, reason: reason.clone(), by });
        self.timers.set(TimerKey::Proposal(id), now.monotonic.after(WAITS_FOR));
        let takes = self.takes(by, &command);
        let proposal = Proposal { id, what, command, takes, reason, by, until };
        self.proposals.waiting.insert(id, Waiting { proposal, caller, expected, second: None });
        Ok(Reply::Proposed(id))
    }

    /// The second operator's word. They must have the right to what was proposed themselves, just proven; if the site has moved
    /// on so that it cannot be done, it is not done and goes on waiting.
    pub(super) fn confirm(&mut self, order: Order, id: ProposalId) -> Outcome {
        let waiting = self.proposals.waiting.get(&id).cloned().ok_or_else(|| not_found(id))?;
        self.check_second(order, &waiting)?;
        if only_shows(&waiting.proposal.command) {
            return self.leave_to_take_up(order, id);
        }
        let both = Order { second: Some(order.by), ..Order::of(order.now, waiting.caller) };
        // It waits no more: what it does may end everything else that its proposer asked for.
        self.proposals.waiting.remove(&id);
        match self.do_at_once(both, waiting.proposal.command.clone()) {
            Ok(reply) => {
                self.timers.cancel(TimerKey::Proposal(id));
                self.record(order.now, OperatorEntry::Confirmed { proposal: id, by: order.by });
                Ok(reply)
            }
            Err(error) => {
                self.proposals.waiting.insert(id, waiting);
                Err(error)
            }
        }
    }

    fn leave_to_take_up(&mut self, order: Order, id: ProposalId) -> Outcome {
        let waiting = self.proposals.waiting.get_mut(&id).ok_or_else(|| not_found(id))?;
        if waiting.second.is_some() {
            return Err(conflict(format!("{id} was confirmed; whoever proposed it asks for it once more")));
        }
        waiting.second = Some(order.by);
        self.record(order.now, OperatorEntry::Confirmed { proposal: id, by: order.by });
        Ok(Reply::ToTakeUp)
    }

    /// What `by` proposed and somebody has confirmed, and who that was.
    pub(super) fn confirmed(&self, by: Actor, command: &Command) -> Option<(ProposalId, Actor)> {
        let theirs = |row: &&Waiting| row.proposal.by == by && row.proposal.command == *command;
        let row = self.proposals.waiting.values().find(theirs)?;
        row.second.map(|second| (row.proposal.id, second))
    }

    /// Shows what was confirmed to whoever proposed it, once.
    pub(super) fn take_up(&mut self, order: Order, id: ProposalId, second: Actor, command: Command) -> Outcome {
        let reply = self.do_at_once(Order { second: Some(second), ..order }, command)?;
        self.forget(id);
        Ok(reply)
    }

    /// Whether both may still do it, and find what the first one saw.
    fn check_second(&self, order: Order, waiting: &Waiting) -> Result<(), CommandError> {
        let Waiting { proposal, caller, expected, second: _ } = waiting;
        if !order.by.is_another_person_than(proposal.by) {
            return Err(conflict(format!("{} takes a second operator, who signed in as somebody else", proposal.id)));
        }
        may(&order.caller, proposal.takes).map_err(refused)?;
        // Whatever it is, it is nothing that one may do alone, so a console left open must not be the second.
        match order.caller.assurance {
            Assurance::Idle | Assurance::Standing => return Err(refused(Denied::StepUp(proposal.takes))),
            Assurance::Fresh => {}
        }
        self.reach(order.now.wall, order.scope).check(&proposal.command)?;
        self.still_counts(caller, order.now.wall)?;
        self.reach(order.now.wall, caller.scope).check(&proposal.command)?;
        self.check_expected(&proposal.command, expected)
    }

    pub(super) fn drop_proposal(&mut self, order: Order, id: ProposalId) -> Outcome {
        let row = self.proposals.waiting.get(&id).ok_or_else(|| not_found(id))?;
        if order.by != row.proposal.by {
            may(&order.caller, row.proposal.takes).map_err(refused)?;
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

    /// As what a command is proposed, where nobody gives it alone: what puts a critical alarm aside at every site, others where
    /// the site says so. What the daemon itself does is nobody's.
    pub(super) fn takes_two(&self, caller: &Caller, command: &Command) -> Option<Proposed> {
        if let Command::Alarm(command) = command
            && let Some(proposed) = self.puts_critical_aside(command)
        {
            return Some(proposed);
        }
        let takes = match command {
            // What is only tried is told whole, and that it takes two beside it.
            Command::ChangeSet(_) if self.rehearsed.is_some() => return None,
            Command::ChangeSet(set) => self.takes_two_in(caller, &set.changes)?,
            _ => self.takes(caller.actor, command),
        };
        let by_two = caller.actor != Actor::System && self.site.two_operators().has(takes);
        by_two.then_some(Proposed::Command(takes as u8))
    }

    /// What the first of these takes that nobody gives alone.
    pub(super) fn takes_two_in(&self, caller: &Caller, changes: &[Command]) -> Option<Permission> {
        let takes = changes.iter().map(|change| self.takes(caller.actor, change));
        takes.into_iter().find(|takes| self.site.two_operators().has(*takes))
    }

    /// What a command is about in the end: what was proposed, for one that confirms it.
    pub(super) fn meant<'a>(&'a self, command: &'a Command) -> &'a Command {
        let Command::Operator(OperatorCommand::Confirm { proposal }) = command else { return command };
        self.proposals.waiting.get(proposal).map_or(command, |row| &row.proposal.command)
    }

    fn forget(&mut self, id: ProposalId) {
        self.timers.cancel(TimerKey::Proposal(id));
        self.proposals.waiting.remove(&id);
    }
}
