//! The one table of deadlines. A key has at most one deadline; deadlines come due in order of time, then of key.

use std::collections::{BTreeMap, BTreeSet};

use crate::alarm::AlarmKind;
use crate::id::{AlarmId, AreaId, CameraId, DeviceId, DoorId, LineId, PointId, ProposalId};
use crate::time::Monotonic;

/// What comes due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TimerKey {
    /// A condition has lasted long enough to be an alarm.
    Condition(DoorId, AlarmKind),
    /// A release ran out.
    ReleaseOver(DoorId),
    /// A release is about to run out.
    Closing(DoorId),
    /// A refusal is to be shown.
    Refusal(DeviceId),
    /// A door that is not fully closed is to be told again.
    NotLatchedAgain(DoorId),
    /// The PIN did not come.
    PinTimeout(DeviceId),
    /// The second person did not come.
    CompanionTimeout(PointId),
    /// A lock that is held unlocked is to be renewed, or one that was told to lock has had time enough.
    Hold(DoorId),
    /// A minute of the wall clock is over.
    Minute,
    /// A device has had time enough to answer after the start.
    FirstContact(DeviceId),
    /// A device of a shared line was away for so long that it is an alarm of its own.
    Missed(DeviceId),
    /// A job should have ended, or its device come back.
    Job(DeviceId),
    /// The inputs of a device have been as they are for long enough to count.
    Inputs(DeviceId),
    /// The line to a device has been in order for long enough.
    LineQuiet(DeviceId),
    /// No rule was broken on the line to a device for long enough.
    SecurityQuiet(DeviceId),
    /// A handle is to show where it is again, or no longer.
    Locate(DeviceId),
    /// A trial of a pattern is over.
    Trial(DeviceId),
    /// Rights on devices are to be looked at again: a list to renew, an answer that did not come.
    Offline,
    /// The canary is to be tried, or its answers should have come.
    Canary,
    /// An alarm comes back from where it was put aside, or is carried up.
    Alarm(AlarmId),
    /// What explains an alarm can be said by now.
    Label(AlarmId),
    /// The devices of a line that came back have had time to answer.
    LineBack(LineId),
    /// Nobody was refused at a point for long enough.
    Denials(PointId),
    /// No second operator confirmed a proposal in time.
    Proposal(ProposalId),
    /// A clock that was set is not in doubt any more.
    SiteClock,
    /// The supply of a device has been out of range for long.
    Supply(DeviceId),
    /// Somebody has been alone where nobody may be.
    Alone(AreaId),
    /// A camera has been silent for too long.
    Camera(CameraId),
}

/// Deadlines by key and by time.
#[derive(Debug, Clone, Default)]
pub(super) struct Timers {
    by_key: BTreeMap<TimerKey, Monotonic>,
    by_time: BTreeSet<(Monotonic, TimerKey)>,
}

impl Timers {
    /// Sets or moves a deadline.
    pub(super) fn set(&mut self, key: TimerKey, at: Monotonic) {
        self.cancel(key);
        self.by_key.insert(key, at);
        self.by_time.insert((at, key));
    }

    /// Forgets a deadline, if there was one.
    pub(super) fn cancel(&mut self, key: TimerKey) {
        if let Some(at) = self.by_key.remove(&key) {
            self.by_time.remove(&(at, key));
        }
    }

    /// Whether the key has a deadline.
    pub(super) fn is_set(&self, key: TimerKey) -> bool {
        self.by_key.contains_key(&key)
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Monotonic> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes the earliest deadline that is not after `now`.
    pub(super) fn take_due(&mut self, now: Monotonic) -> Option<TimerKey> {
        let (at, key) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.cancel(key);
        Some(key)
    }
}
