//! Commands that wait for one device.
//!
//! Decides how many may wait and which goes first. Releases have a queue of their own, so that a pile of lights and texts
//! never keeps a lock from opening. It does not decide whose turn it is on the bus (`schedule`).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::event::{CommandTag, Failure, SendRefused, Urgency};
use crate::osdp::line::Micros;
use crate::osdp::message::{OutputAction, PanelCommand};

/// Releases that may wait for one device. A device has one or two locks; more than these would be stale when sent.
const RELEASE_LIMIT_COMMANDS: usize = 4;
/// Other commands that may wait for one device. More would let feedback arrive long after its cause.
const NORMAL_LIMIT_COMMANDS: usize = 16;

/// A command and what its sender wants to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Queued {
    pub(crate) command: PanelCommand,
    pub(crate) tag: CommandTag,
    pub(crate) urgency: Urgency,
    pub(crate) not_after: Option<Micros>,
    /// How often it has been handed to the line as a new command.
    pub(crate) attempts: u8,
    /// When that was, last.
    pub(crate) sent_at: Micros,
}

impl Queued {
    pub(crate) fn new(command: PanelCommand, tag: CommandTag, urgency: Urgency, not_after: Option<Micros>) -> Self {
        Self { command, tag, urgency, not_after, attempts: 0, sent_at: Micros::default() }
    }

    pub(crate) fn is_expired(&self, now: Micros) -> bool {
        self.not_after.is_some_and(|limit| now > limit)
    }

    /// Why it failed in the queue: for this reason if it was never sent. Nobody can know what became of one that was.
    pub(crate) fn why_not(&self, unsent: Failure) -> Failure {
        if self.attempts == 0 { unsent } else { Failure::Unconfirmed }
    }

    /// True for a command that was sent before, unless its output is off and could not have been on and off again since.
    fn may_be_done(&self, now: Micros, levels: &[u8]) -> bool {
        let PanelCommand::Output { index, action } = &self.command else { return false };
        let is_off = levels.get(usize::from(*index)) == Some(&0);
        let is_excluded = match action {
            OutputAction::OnFor(ticks) => is_off && now.since(self.sent_at) < ticks.duration(),
            OutputAction::On | OutputAction::OnAfterTimer => is_off,
            OutputAction::Nothing | OutputAction::Off | OutputAction::OffAfterTimer | OutputAction::OffFor(_) => true,
        };
        self.attempts > 0 && !is_excluded
    }
}

/// The two queues of one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct CommandQueue {
    releases: VecDeque<Queued>,
    normal: VecDeque<Queued>,
}

impl CommandQueue {
    pub(crate) fn push(&mut self, command: Queued) -> Result<(), SendRefused> {
        let (queue, limit) = match command.urgency {
            Urgency::Release => (&mut self.releases, RELEASE_LIMIT_COMMANDS),
            Urgency::Normal => (&mut self.normal, NORMAL_LIMIT_COMMANDS),
        };
        if queue.len() >= limit {
            return Err(SendRefused::QueueFull);
        }
        queue.push_back(command);
        Ok(())
    }

    /// Puts back a command that was refused. It was taken from here, so at most one exceeds the limit.
    pub(crate) fn put_back(&mut self, command: Queued) {
        match command.urgency {
            Urgency::Release => self.releases.push_front(command),
            Urgency::Normal => self.normal.push_front(command),
        }
    }

    /// The urgency of the next command.
    pub(crate) fn first(&self) -> Option<Urgency> {
        let next = self.releases.front().or(self.normal.front());
        next.map(|command| command.urgency)
    }

    pub(crate) fn pop(&mut self) -> Option<Queued> {
        self.releases.pop_front().or_else(|| self.normal.pop_front())
    }

    /// The next release, unless it was sent before: whether that one was carried out must be read first.
    pub(crate) fn pop_first_release(&mut self) -> Option<Queued> {
        self.releases.pop_front_if(|release| release.attempts == 0)
    }

    /// Takes out what has waited too long.
    pub(crate) fn take_expired(&mut self, now: Micros) -> Vec<Queued> {
        self.take(|command| command.is_expired(now))
    }

    /// Takes out what was sent before and switched something on after all, or may have, by these levels of the outputs.
    pub(crate) fn take_done(&mut self, now: Micros, levels: &[u8]) -> Vec<Queued> {
        self.take(|command| command.may_be_done(now, levels))
    }

    fn take(&mut self, is_wanted: impl Fn(&Queued) -> bool) -> Vec<Queued> {
        let mut taken = Vec::new();
        for queue in [&mut self.releases, &mut self.normal] {
            if queue.iter().any(&is_wanted) {
                let (wanted, rest): (VecDeque<Queued>, _) = queue.drain(..).partition(&is_wanted);
                *queue = rest;
                taken.extend(wanted);
            }
        }
        taken
    }

    /// The first instant at which a command expires.
    pub(crate) fn next_expiry(&self) -> Option<Micros> {
        let limits = self.releases.iter().chain(&self.normal).filter_map(|command| command.not_after);
        // `not_after` itself is still in time; the next microsecond is not.
        limits.min().map(|limit| Micros(limit.0.saturating_add(1)))
    }

    pub(crate) fn take_all(&mut self) -> Vec<Queued> {
        self.releases.drain(..).chain(self.normal.drain(..)).collect()
    }
}
