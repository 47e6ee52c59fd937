//! Commands that were told and not yet acknowledged.
//!
//! Decides how many one device may have, and what the engine is told when no acknowledgement comes. Finding what is due,
//! and what one device has, takes no look at the others: there may be ten thousand.

use std::collections::{BTreeMap, BTreeSet};

use rackward_core::engine::input::FailureCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::inventory::CanaryAnswer;
use rackward_core::{DeviceReport, Monotonic};
use rackward_protocol::mqtt::Outcome;

/// Commands that one device has not acknowledged yet. A device has one lock; more than these would be stale when carried out.
const IN_FLIGHT_LIMIT_COMMANDS: usize = 4;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// That a lock was moved; without word of it, this is why.
    Lock(FailureCause),
    /// What it would do for the canary.
    Canary,
}

/// Everything that is waited for.
#[derive(Debug, Default)]
pub(super) struct Awaited {
    waits: BTreeMap<(DeviceId, CommandId), (Monotonic, Wait)>,
    by_time: BTreeSet<(Monotonic, DeviceId, CommandId)>,
}

impl Awaited {
    /// Whether the device can take one command more.
    pub(super) fn has_room(&self, device: DeviceId) -> bool {
        self.of(device).count() < IN_FLIGHT_LIMIT_COMMANDS
    }

    pub(super) fn add(&mut self, device: DeviceId, command: CommandId, due: Monotonic, wait: Wait) {
        if let Some((before, _)) = self.waits.insert((device, command), (due, wait)) {
            self.by_time.remove(&(before, device, command));
        }
        self.by_time.insert((due, device, command));
    }

    /// Ends the wait; `None` when this device was not told this, or has answered before.
    pub(super) fn take(&mut self, device: DeviceId, command: CommandId) -> Option<Wait> {
        let (due, wait) = self.waits.remove(&(device, command))?;
        self.by_time.remove(&(due, device, command));
        Some(wait)
    }

    /// Ends all waits for a device that is gone, and gives what the engine is told.
    pub(super) fn give_up(&mut self, device: DeviceId) -> Vec<DeviceReport> {
        let commands: Vec<_> = self.of(device).collect();
        let ended = commands.into_iter().filter_map(|command| Some((command, self.take(device, command)?)));
        ended.map(|(command, wait)| wait.failed(command, FailureCause::Offline)).collect()
    }

    /// Ends one wait that is overdue.
    pub(super) fn overdue(&mut self, now: Monotonic) -> Option<(DeviceId, DeviceReport)> {
        let (_, device, command) = *self.by_time.first().filter(|(due, ..)| *due <= now)?;
        let wait = self.take(device, command)?;
        let cause = match wait {
            Wait::Lock(cause) => cause,
            Wait::Canary => FailureCause::Expired,
        };
        Some((device, wait.failed(command, cause)))
    }

    /// When [`Self::overdue`] has something next.
    pub(super) fn due(&self) -> Option<Monotonic> {
        self.by_time.first().map(|(due, ..)| *due)
    }

    fn of(&self, device: DeviceId) -> impl Iterator<Item = CommandId> {
        let (first, last) = (CommandId::new(0), CommandId::new(u64::MAX));
        self.waits.range((device, first)..=(device, last)).map(|((_, command), _)| *command)
    }
}

impl Wait {
    /// What the engine is told when nothing comes of it.
    pub(super) fn failed(self, command: CommandId, cause: FailureCause) -> DeviceReport {
        match self {
            Self::Lock(_) => DeviceReport::Failed(command, cause),
            Self::Canary => DeviceReport::Canary(command, CanaryAnswer::NoAnswer),
        }
    }

    /// What the engine is told of an acknowledgement. One that fits another kind of command answers nothing.
    pub(super) fn answered(self, command: CommandId, outcome: Outcome) -> DeviceReport {
        match (self, outcome) {
            (Self::Lock(_), Outcome::Done) => DeviceReport::Done(command),
            (Self::Lock(_), Outcome::Expired) => DeviceReport::Failed(command, FailureCause::Expired),
            (Self::Lock(_), Outcome::Refused | Outcome::Failed | Outcome::WouldRefuse | Outcome::WouldAdmit) => {
                DeviceReport::Failed(command, FailureCause::Refused)
            }
            (Self::Canary, Outcome::WouldRefuse) => DeviceReport::Canary(command, CanaryAnswer::WouldRefuse),
            (Self::Canary, Outcome::WouldAdmit) => DeviceReport::Canary(command, CanaryAnswer::WouldAdmit),
            (Self::Canary, Outcome::Done | Outcome::Expired | Outcome::Refused | Outcome::Failed) => {
                DeviceReport::Canary(command, CanaryAnswer::NoAnswer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: CommandId = CommandId::new(9);

    #[test]
    fn every_end_of_every_kind_is_told() {
        let lock = Wait::Lock(FailureCause::Expired);
        let check = |wait: Wait, outcome, expect| assert_eq!(wait.answered(NUMBER, outcome), expect, "{outcome:?}");
        let failed = |cause| DeviceReport::Failed(NUMBER, cause);
        let canary = |answer| DeviceReport::Canary(NUMBER, answer);
        check(lock, Outcome::Done, DeviceReport::Done(NUMBER));
        check(lock, Outcome::Expired, failed(FailureCause::Expired));
        check(lock, Outcome::Refused, failed(FailureCause::Refused));
        check(lock, Outcome::Failed, failed(FailureCause::Refused));
        check(lock, Outcome::WouldAdmit, failed(FailureCause::Refused));
        check(Wait::Canary, Outcome::WouldRefuse, canary(CanaryAnswer::WouldRefuse));
        check(Wait::Canary, Outcome::WouldAdmit, canary(CanaryAnswer::WouldAdmit));
        check(Wait::Canary, Outcome::Done, canary(CanaryAnswer::NoAnswer));
        check(Wait::Canary, Outcome::Refused, canary(CanaryAnswer::NoAnswer));
    }

    #[test]
    fn what_is_due_comes_in_order_of_time_and_once() {
        let mut awaited = Awaited::default();
        let at = |second: u64| Monotonic::from_micros(second * 1_000_000);
        let command = CommandId::new;
        awaited.add(DeviceId::new(1), command(1), at(9), Wait::Lock(FailureCause::Expired));
        awaited.add(DeviceId::new(2), command(2), at(5), Wait::Canary);
        awaited.add(DeviceId::new(2), command(3), at(7), Wait::Lock(FailureCause::Offline));
        assert_eq!(awaited.due(), Some(at(5)));
        assert_eq!(awaited.overdue(at(4)), None);
        let canary = DeviceReport::Canary(command(2), CanaryAnswer::NoAnswer);
        assert_eq!(awaited.overdue(at(9)), Some((DeviceId::new(2), canary)));
        assert_eq!(awaited.give_up(DeviceId::new(2)), [DeviceReport::Failed(command(3), FailureCause::Offline)]);
        let expired = DeviceReport::Failed(command(1), FailureCause::Expired);
        assert_eq!(awaited.overdue(at(9)), Some((DeviceId::new(1), expired)));
        assert_eq!((awaited.overdue(at(99)), awaited.due()), (None, None));
    }
}
