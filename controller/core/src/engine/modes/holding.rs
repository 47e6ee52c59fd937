//! Keeping a lock unlocked while the mode of its door says so. A lock returns to locked by itself, whatever becomes of
//! daemon and line, so holding it is a release that is renewed long before it runs out; when nobody renews it, the door
//! locks. Renewals are not journalled: the entry of the mode is the record of why.
//!
//! ```text
//!            mode unlocks               renewed
//!   (none) ───────────────▶ Fresh ──────────────────▶ Renewed
//!     │  ▲ │                  │ not durable              │
//!     │  │ │ cannot begin     ▼                          │
//!     │  │ └──────────────▶ Waiting ── can begin ──▶ Fresh
//!     │  │                                               │ mode locks
//!     │  ├────────── lock seen locked, or time over ── Ending
//!     │  └────────── the release is over ───────────── Lent     (somebody's release runs on)
//! ```

use core::time::Duration;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::interlock;
use crate::door::Passage;
use crate::engine::access::RELEASE_GOOD_FOR;
use crate::engine::devices::Presence;
use crate::engine::input::FailureCause;
use crate::engine::output::{Output, ReleaseCause};
use crate::engine::query::JournalHealth;
use crate::engine::{Engine, TimerKey};
use crate::entry::Entry;
use crate::facts::{Contact, Facts, Lock};
use crate::id::{DeviceId, DoorId};
use crate::time::Now;

/// How long one release of a held lock lasts: the longest a door stays unlocked after the daemon or the line died.
pub(in crate::engine) const HOLD_FOR: Duration = Duration::from_secs(60);

/// How often it is renewed: two renewals may be lost before the lock falls back.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// A release that found its line full is tried again after this time: a fire releases every door of a line at once.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A lock that was told to lock may report an opening from before that for this long; after it an opening is forced.
const ENDING_FOR: Duration = Duration::from_secs(3);

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Released since the mode began; its entry may not be durable yet.
    Fresh,
    /// Renewed at least once, so the entry of its mode is durable.
    Renewed,
    /// Not released although the mode wants it: the journal cannot be written, or a door of the same interlock is in use.
    Waiting,
    /// Told to lock; its report is still to come.
    Ending,
    /// The mode is over, and somebody's release runs on; the lock is told when that is over.
    Lent,
}

impl Engine {
    /// Whether the lock of a door is being held unlocked now.
    pub(in crate::engine) fn is_held(&self, door: DoorId) -> bool {
        matches!(self.modes.held.get(&door), Some(Held::Fresh | Held::Renewed))
    }

    /// The mode began to unlock the door, or unlocks it for another reason than before.
    pub(super) fn hold(&mut self, now: Now, door: DoorId) {
        let was_held = self.is_held(door);
        if self.may_hold(door) {
            self.modes.held.insert(door, Held::Fresh);
            self.send_hold(now, door);
            self.explain_opening(now, door);
        } else {
            self.modes.held.insert(door, Held::Waiting);
            self.timers.cancel(TimerKey::Hold(door));
            if was_held {
                self.send_relock(door);
            }
        }
    }

    /// Life safety asks nobody. Anything else needs its record to be durable, and the other doors of its interlock closed.
    fn may_hold(&self, door: DoorId) -> bool {
        let Some(site_door) = self.site.door(door) else { return false };
        self.hold_cause(door) == ReleaseCause::LifeSafety
            || (self.journal_health() == JournalHealth::Writable
                && interlock::blocking(site_door, &self.records.doors, |other| self.mode_at_lock(other)).is_none())
    }

    fn hold_cause(&self, door: DoorId) -> ReleaseCause {
        match self.site.door(door) {
            Some(site_door) if self.is_released_by_fire(site_door) => ReleaseCause::LifeSafety,
            Some(_) | None => ReleaseCause::Admitted,
        }
    }

    /// Tries again to hold what had to wait.
    pub(in crate::engine) fn retry_waiting(&mut self, now: Now) {
        let waits = |(door, held): (&DoorId, &Held)| (*held == Held::Waiting).then_some(*door);
        let waiting: Vec<DoorId> = self.modes.held.iter().filter_map(waits).collect();
        for door in waiting {
            if self.may_hold(door) {
                self.hold(now, door);
                self.review_conditions(now, door);
            }
        }
    }

    /// The entry of the newest release of a held lock did not become durable: it waits until the journal can be written.
    /// A lock that was renewed before stands on a durable entry and goes on.
    pub(in crate::engine) fn hold_withheld(&mut self, now: Now, door: DoorId) {
        if self.modes.held.get(&door) == Some(&Held::Fresh) && self.hold_cause(door) == ReleaseCause::Admitted {
            self.modes.held.insert(door, Held::Waiting);
            self.timers.cancel(TimerKey::Hold(door));
            self.send_relock(door);
            self.review_conditions(now, door);
        }
    }

    /// The deadline of a held lock.
    pub(in crate::engine) fn hold_due(&mut self, now: Now, door: DoorId) {
        match self.modes.held.get(&door) {
            Some(Held::Fresh | Held::Renewed) => {
                self.modes.held.insert(door, Held::Renewed);
                self.send_hold(now, door);
            }
            Some(Held::Ending) => {
                self.modes.held.remove(&door);
                let record = self.door_record(door);
                if record.passage == Passage::Idle && record.facts.lock != Lock::Locked {
                    self.send_relock(door);
                }
                self.review_conditions(now, door);
            }
            Some(Held::Waiting | Held::Lent) | None => {}
        }
    }

    fn send_hold(&mut self, now: Now, door: DoorId) {
        let Some(device) = self.site.door(door).map(|door| door.lock) else { return };
        self.timers.set(TimerKey::Hold(door), now.monotonic.after(RENEW_EVERY));
        let cause = self.hold_cause(door);
        let is_away = match self.devices.get(&device).map(|runtime| runtime.presence) {
            Some(Presence::Unknown | Presence::Online) => false,
            Some(Presence::Offline | Presence::Distrusted) | None => true,
        };
        if is_away && cause == ReleaseCause::Admitted {
            return;
        }
        let (command, not_after) = (self.new_command(), now.monotonic.after(RELEASE_GOOD_FOR));
        self.outputs.push_back(Output::Release { device, command, duration: HOLD_FOR, not_after, cause });
    }

    /// A lock came back, perhaps from a restart that locked it.
    pub(in crate::engine) fn hold_again(&mut self, now: Now, device: DeviceId) {
        if let Some(door) = self.door_of(device).filter(|door| self.is_held(*door)) {
            self.send_hold(now, door);
        }
    }

    /// The sensors of a door spoke: a lock that fell back is held again, and one that was to lock and did is done with.
    pub(in crate::engine) fn hold_follows_facts(&mut self, now: Now, door: DoorId, before: &Facts, after: &Facts) {
        self.explain_opening(now, door);
        if after.lock != Lock::Locked {
            return;
        }
        if self.is_held(door) && before.lock == Lock::Unlocked {
            self.send_hold(now, door);
        } else if self.is_ending(door) {
            self.modes.held.remove(&door);
            self.timers.cancel(TimerKey::Hold(door));
        }
    }

    /// A command that the engine does not track failed: the renewal or the end of a hold. Only a full line is tried again
    /// soon; a lock that is away is held again when it comes back.
    pub(in crate::engine) fn hold_failed(&mut self, now: Now, device: DeviceId, cause: FailureCause) {
        let held = self.door_of(device).filter(|door| self.is_held(*door) || self.is_ending(*door));
        if let (Some(door), FailureCause::Overload) = (held, cause) {
            self.timers.set(TimerKey::Hold(door), now.monotonic.after(TRY_AGAIN_AFTER));
        }
    }

    fn is_ending(&self, door: DoorId) -> bool {
        self.modes.held.get(&door) == Some(&Held::Ending)
    }

    /// The mode no longer unlocks the door.
    pub(super) fn end_hold(&mut self, now: Now, door: DoorId) {
        let was_held = self.is_held(door);
        self.modes.held.remove(&door);
        self.timers.cancel(TimerKey::Hold(door));
        if !was_held {
            return;
        }
        match self.door_record(door).passage {
            Passage::Released { cause, .. } if !self.standing_of(door).takes_back(cause) => {
                self.modes.held.insert(door, Held::Lent);
            }
            Passage::Idle | Passage::Released { .. } => self.begin_ending(now, door),
            Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => {
                // How long it may stay open counts from here.
                self.record(now, Entry::OpenUnlocked { door });
                self.send_relock(door);
            }
        }
    }

    fn begin_ending(&mut self, now: Now, door: DoorId) {
        self.send_relock(door);
        if self.door_record(door).facts.lock != Lock::Locked {
            self.modes.held.insert(door, Held::Ending);
            self.timers.set(TimerKey::Hold(door), now.monotonic.after(ENDING_FOR));
        }
    }

    /// A lock that was lent to somebody's release is told to lock once that is over; an opened door locks when it closes.
    pub(in crate::engine) fn finish_lent(&mut self, now: Now, door: DoorId) {
        if self.modes.held.get(&door) != Some(&Held::Lent) {
            return;
        }
        match self.door_record(door).passage {
            Passage::Released { .. } => {}
            Passage::Idle => {
                self.modes.held.remove(&door);
                self.begin_ending(now, door);
            }
            Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => {
                self.modes.held.remove(&door);
            }
        }
    }

    pub(in crate::engine) fn send_relock(&mut self, door: DoorId) {
        if let Some(device) = self.site.door(door).map(|door| door.lock) {
            let command = self.new_command();
            self.outputs.push_back(Output::Relock { device, command });
        }
    }

    /// A door that is held unlocked was opened by right, however it was opened.
    fn explain_opening(&mut self, now: Now, door: DoorId) {
        let unexplained = matches!(self.door_record(door).passage, Passage::Suspect { .. } | Passage::Forced { .. });
        if unexplained && self.mode_at_lock(door).is_unlocked() {
            self.record(now, Entry::OpenUnlocked { door });
        }
    }

    /// Raises or ends the alarm of two doors of one interlock that stand open at once. It belongs to the door that made it
    /// so; a fire opens both by intention.
    pub(in crate::engine) fn review_interlock(&mut self, now: Now, door: DoorId) {
        let Some(site_door) = self.site.door(door).filter(|door| !door.interlocked_with.is_empty()) else { return };
        let others = site_door.interlocked_with.clone();
        if self.is_violated(door) {
            let raised = |door: &DoorId| self.is_active(AlarmKind::InterlockViolation, AlarmSource::Door(*door));
            if !others.iter().any(raised) {
                self.begin_alarm(now, AlarmKind::InterlockViolation, AlarmSource::Door(door));
            }
        }
        for door in others.into_iter().chain([door]) {
            if !self.is_violated(door) {
                self.end_alarm(now, AlarmKind::InterlockViolation, AlarmSource::Door(door));
            }
        }
    }

    /// Whether a door and one of its interlock are both known to be open, or unlocked by something else than their mode.
    fn is_violated(&self, door: DoorId) -> bool {
        let stands_open = |door: &DoorId| {
            let facts = self.door_record(*door).facts;
            let by_mode = self.mode_at_lock(*door).is_unlocked();
            let by_fire = self.site.door(*door).is_some_and(|door| self.is_released_by_fire(door));
            !by_fire && (facts.contact == Contact::Open || (facts.lock == Lock::Unlocked && !by_mode))
        };
        let others = self.site.door(door).map_or(&[][..], |door| &door.interlocked_with);
        stands_open(&door) && others.iter().any(stands_open)
    }
}
