//! What the sensors of a door say, and what follows: passages begun and ended, conditions timed and turned into alarms.
//! Which passage and which condition is decided in `door.rs`, what is shown of it in `notices.rs`.

use core::time::Duration;

use super::access::RELEASE_GOOD_FOR;
use super::{Engine, TimerKey};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::door::{Cause, DoorCondition, DoorRecord, Holds, Passage, holds};
use crate::engine::output::Feedback;
use crate::entry::Entry;
use crate::facts::{Facts, Lock, Secured};
use crate::id::DoorId;
use crate::people::ExtendedTime;
use crate::site::{Door, DoorKind, Timings};
use crate::time::Now;

/// After a restart a release that was under way is given this long for its opening to be reported: devices need some
/// seconds to answer, and an opening by right must not look forced.
const RELEASE_AFTER_RESTART: Duration = Duration::from_secs(15);

/// How long a report of an opening may lag behind the lock's own timer: longer hides a real breach for that long.
const REPORT_LAG: Duration = Duration::from_secs(1);

/// How long after its sending a release may be over at the latest: a command that nobody confirmed may have reached the lock
/// at the very end of its life, and until it is over the door counts as released.
const fn longest_release(release_time: Duration) -> Duration {
    release_time.saturating_add(RELEASE_GOOD_FOR).saturating_add(REPORT_LAG)
}

/// The warning before the lock closes again (`feedback.md` T3).
const CLOSING_WARNING: Duration = Duration::from_secs(3);

/// So many releases in a row that nobody used are a matter of maintenance.
const NOT_OPENED_TIMES: u8 = 3;

impl Engine {
    /// Facts from before the start are no longer known; passages and their timers go on.
    pub(super) fn begin_doors(&mut self, now: Now) {
        for door in self.door_ids() {
            let record = self.door_record(door);
            if record.facts != record.facts.forgotten() {
                self.record(now, Entry::DoorChanged { door, facts: record.facts.forgotten() });
            }
            if let Passage::Released { until, .. } = record.passage {
                let longest =
                    self.site.door(door).map_or(Duration::ZERO, |door| longest_release(door.timings.release_time));
                let left = until.after(longest_release(Duration::ZERO)).since(now.wall).min(longest);
                let over = now.monotonic.after(left.max(RELEASE_AFTER_RESTART));
                self.timers.set(TimerKey::ReleaseOver(door), over);
            }
            self.review_conditions(now, door);
        }
    }

    pub(super) fn door_facts(&mut self, now: Now, door: DoorId, facts: Facts) {
        let before = self.door_record(door);
        if facts == before.facts {
            return;
        }
        self.record(now, Entry::DoorChanged { door, facts });
        let after = self.door_record(door);
        self.passage_moved(now, door, before.passage, after.passage);
        self.follow_neighbour(now, door, before.passage, after.passage);
        self.hold_follows_facts(now, door, &before.facts, &facts);
        if before.facts.lock != Lock::Unlocked && facts.lock == Lock::Unlocked {
            self.release_confirmed(now, door);
            self.slide_unlocked(door);
        }
        self.review_conditions(now, door);
        self.secured_again(door, &before, &after);
    }

    fn passage_moved(&mut self, now: Now, door: DoorId, before: Passage, after: Passage) {
        match (before, after) {
            (Passage::Released { cause, .. }, Passage::Open { .. }) => {
                self.record(now, Entry::AccessTaken { door, person: cause.person() });
                self.passage_confirmed(now, door);
                self.timers.cancel(TimerKey::ReleaseOver(door));
                self.timers.cancel(TimerKey::Closing(door));
                self.show(door, Feedback::Cancel);
                self.opened_after_release(now, door);
            }
            (Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. }, Passage::Idle) => {
                if !self.mode_at_lock(door).is_unlocked() {
                    self.relock(door);
                }
            }
            (
                Passage::Idle
                | Passage::Released { .. }
                | Passage::Open { .. }
                | Passage::Suspect { .. }
                | Passage::Forced { .. },
                _,
            ) => {}
        }
    }

    /// Whoever was admitted opened: the handle is found and does what it should.
    fn opened_after_release(&mut self, now: Now, door: DoorId) {
        self.unopened.remove(&door);
        self.end_alarm(now, AlarmKind::NotOpenedAgain, AlarmSource::Door(door));
        self.end_locating_at(door);
    }

    /// Nobody opened although somebody was admitted; three times in a row it is a matter of maintenance (`alarms.md` 4).
    fn not_opened(&mut self, now: Now, door: DoorId) {
        let times = self.unopened.entry(door).or_default();
        *times = times.saturating_add(1);
        if *times >= NOT_OPENED_TIMES {
            self.begin_alarm(now, AlarmKind::NotOpenedAgain, AlarmSource::Door(door));
        }
    }

    /// Closed: whatever is left of the release is taken back, so that nobody follows on it.
    fn relock(&mut self, door: DoorId) {
        if self.door_record(door).facts.lock == Lock::Locked {
            return;
        }
        self.send_relock(door);
    }

    /// Tells whoever worked at a rack that it is secured (`feedback.md` T13).
    fn secured_again(&mut self, door: DoorId, before: &DoorRecord, after: &DoorRecord) {
        let is_rack = self.site.door(door).is_some_and(|door| door.kind == DoorKind::RackDoor);
        if is_rack && before.facts.secured() == Secured::Unsecured && after.facts.secured() == Secured::Secured {
            self.show(door, Feedback::SecuredAgain);
        }
    }

    /// Starts, stops and fires the conditions of a door after anything about it changed.
    pub(super) fn review_conditions(&mut self, now: Now, door: DoorId) {
        self.finish_lent(now, door);
        for kind in DoorCondition::ALL.map(DoorCondition::kind) {
            self.review_condition(now, door, kind);
        }
        self.review_interlock(now, door);
        self.end_overstay(now, door);
        self.show_state(door);
    }

    fn review_condition(&mut self, now: Now, door: DoorId, kind: AlarmKind) {
        let (source, key) = (AlarmSource::Door(door), TimerKey::Condition(door, kind));
        match self.holds(now, door, kind) {
            Holds::No => {
                self.timers.cancel(key);
                self.end_alarm(now, kind, source);
                if kind == AlarmKind::NotLatched {
                    self.end_not_latched(door);
                }
            }
            Holds::For(delay) => {
                if self.is_active(kind, source) || self.timers.is_set(key) {
                    return;
                }
                let lasted = self.lasted(now, door, kind);
                if lasted >= delay {
                    self.condition_lasted(now, door, kind);
                } else {
                    self.timers.set(key, now.monotonic.after(delay - lasted));
                }
            }
            Holds::CannotTell => {}
        }
    }

    /// A condition has lasted as long as it may.
    pub(super) fn condition_lasted(&mut self, now: Now, door: DoorId, kind: AlarmKind) {
        if !matches!(self.holds(now, door, kind), Holds::For(_)) {
            return;
        }
        self.begin_alarm(now, kind, AlarmSource::Door(door));
        if kind == AlarmKind::HeldOpen {
            self.review_condition(now, door, AlarmKind::HeldPreAlarm);
        }
        if kind == AlarmKind::NotLatched {
            self.show_not_latched(now, door);
        }
        if kind == AlarmKind::HandleForced {
            self.forced_beside_session(now, door);
        }
        self.show_state(door);
    }

    fn holds(&self, now: Now, door: DoorId, kind: AlarmKind) -> Holds {
        let held = self.is_active(AlarmKind::HeldOpen, AlarmSource::Door(door));
        match self.site.door(door) {
            Some(site_door) => {
                let times = self.times_at(site_door);
                holds(kind, site_door, &times, &self.door_record(door), self.mode_at_lock(door), held, now.wall)
            }
            None => Holds::No,
        }
    }

    /// The door's times for whoever is passing it: who needs longer has longer to close it.
    fn times_at(&self, door: &Door) -> Timings {
        let passing = match self.door_record(door.id).passage {
            Passage::Open { cause, .. } => cause.person().and_then(|person| self.records.persons.get(&person)),
            Passage::Idle | Passage::Released { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => None,
        };
        let times = match passing.map(|person| person.details.extended_time) {
            Some(ExtendedTime::Yes) => Timings { open_time: door.timings.extended_open_time, ..door.timings },
            Some(ExtendedTime::No) | None => door.timings,
        };
        self.gentle_times(door, times)
    }

    /// How long a condition that follows from the passage has lasted already: more than nothing only after a restart.
    fn lasted(&self, now: Now, door: DoorId, kind: AlarmKind) -> Duration {
        match DoorCondition::of(kind) {
            Some(
                DoorCondition::DoorForced
                | DoorCondition::HandleForced
                | DoorCondition::HeldPreAlarm
                | DoorCondition::HeldOpen,
            ) => self.door_record(door).passage.since().map_or(Duration::ZERO, |since| now.wall.since(since)),
            Some(
                DoorCondition::KeyOverride
                | DoorCondition::NotLatched
                | DoorCondition::LatchTamper
                | DoorCondition::FailedToLock
                | DoorCondition::FailedToUnlock,
            )
            | None => Duration::ZERO,
        }
    }

    /// Arms the timers of a release that was just recorded.
    pub(super) fn release_begun(&mut self, now: Now, door: DoorId, release_time: Duration) {
        let passage = self.door_record(door).passage;
        if let Passage::Released { cause: Cause::Person(person), .. }
        | Passage::Open { cause: Cause::Person(person), .. } = passage
        {
            self.note_admission(now, door, person);
        }
        match passage {
            Passage::Released { .. } => {
                let over = now.monotonic.after(longest_release(release_time));
                self.timers.set(TimerKey::ReleaseOver(door), over);
                if let Some(calm) = release_time.checked_sub(CLOSING_WARNING).filter(|calm| !calm.is_zero()) {
                    self.timers.set(TimerKey::Closing(door), now.monotonic.after(calm));
                }
            }
            Passage::Open { cause, .. } => {
                // Whoever is released while the door stands open passes by the same opening.
                self.record(now, Entry::AccessTaken { door, person: cause.person() });
                self.passage_confirmed(now, door);
                self.opened_after_release(now, door);
                self.timers.cancel(TimerKey::Condition(door, AlarmKind::HeldPreAlarm));
                self.timers.cancel(TimerKey::Condition(door, AlarmKind::HeldOpen));
            }
            // How a forced door is passed says nothing about who was admitted there.
            Passage::Idle | Passage::Suspect { .. } | Passage::Forced { .. } => self.expect_nobody(door),
        }
        self.review_conditions(now, door);
    }

    /// The lock confirmed its release just now, or was seen to follow it, so its own timer began at the latest here.
    pub(super) fn release_confirmed(&mut self, now: Now, door: DoorId) {
        let release_time = self.site.door(door).map(|door| door.timings.release_time);
        if let (Passage::Released { .. }, Some(release_time)) = (self.door_record(door).passage, release_time) {
            let over = now.monotonic.after(release_time).after(REPORT_LAG);
            self.timers.set(TimerKey::ReleaseOver(door), over);
        }
    }

    pub(super) fn release_over(&mut self, now: Now, door: DoorId) {
        if let Passage::Released { cause, .. } = self.door_record(door).passage {
            self.record(now, Entry::AccessNotTaken { door, person: cause.person() });
            if cause.person().is_some() {
                self.not_opened(now, door);
            }
            self.expect_nobody(door);
            self.releases.retain(|_, sent| sent.door != door);
            self.review_conditions(now, door);
        }
    }

    pub(super) fn closing(&mut self, door: DoorId) {
        if !self.is_held(door) {
            self.show(door, Feedback::Closing);
        }
    }
}
