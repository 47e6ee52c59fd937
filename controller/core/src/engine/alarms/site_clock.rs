//! The clock of the site (`alarms.md` 23, `console.md` B.2): that somebody set it shows where it and the monotonic one part,
//! that it is wrong shows where most devices that have a clock of their own differ from it the same way. Either is one alarm,
//! and what the clocks of devices are alarms for meanwhile is counted behind it. Whether one device is wrong is
//! `engine/inventory.rs`.
//!
//! How well a time server is followed the core is not told: what it sees is a clock that was set, and clocks that differ.

use core::time::Duration;
use std::collections::BTreeMap;

use crate::alarm::life::DesignRule;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::{Engine, TimerKey};
use crate::entry::{AlarmEntry, ReasonText};
use crate::id::{AlarmId, DeviceId};
use crate::permission::Actor;
use crate::time::Now;

/// A clock that moves by more than this at once was set (`console.md` B.2): whoever follows a time server is slewed.
const SET_BY_MICROS: u64 = 5_000_000;

/// For so long after it was set it is in doubt: devices have told theirs anew by then.
const IN_DOUBT_FOR: Duration = Duration::from_secs(10 * 60);

/// So many devices must differ the same way: two may have the same fault.
const FEWEST_DEVICES: usize = 3;

/// How the clock of a device stands to that of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lean {
    Right,
    Ahead,
    Behind,
}

/// What is known of the site's clock.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct SiteClock {
    /// How far the calendar was ahead of the monotonic clock at the last input, in microseconds.
    offset: Option<i64>,
    /// What the clocks of devices say, of each that told.
    told: BTreeMap<DeviceId, Lean>,
    ahead: usize,
    behind: usize,
}

impl SiteClock {
    fn tell(&mut self, device: DeviceId, lean: Lean) {
        let before = self.told.insert(device, lean);
        match before {
            Some(Lean::Ahead) => self.ahead -= 1,
            Some(Lean::Behind) => self.behind -= 1,
            Some(Lean::Right) | None => {}
        }
        match lean {
            Lean::Ahead => self.ahead += 1,
            Lean::Behind => self.behind += 1,
            Lean::Right => {}
        }
    }

    /// Whether most devices differ the same way.
    fn most_differ(&self) -> bool {
        let most = self.ahead.max(self.behind);
        most >= FEWEST_DEVICES && most * 2 > self.told.len()
    }
}

impl Engine {
    /// A clock that was set lately before the start is in doubt for as long as after it.
    pub(super) fn begin_site_clock(&mut self, now: Now) {
        self.site_clock.offset = Some(now.offset_micros());
        if self.is_active(AlarmKind::SiteClockOff, AlarmSource::Site) {
            self.timers.set(TimerKey::SiteClock, now.monotonic.after(IN_DOUBT_FOR));
        }
    }

    /// Compares the two clocks with what they were a moment ago; before anything else is done at `now`, so that what follows
    /// of a clock that was set is already behind its alarm.
    pub(in crate::engine) fn follow_clock(&mut self, now: Now) {
        let offset = now.offset_micros();
        let before = self.site_clock.offset.replace(offset).unwrap_or(offset);
        let set_by = offset.saturating_sub(before);
        if set_by.unsigned_abs() <= SET_BY_MICROS {
            return;
        }
        self.timers.set(TimerKey::SiteClock, now.monotonic.after(IN_DOUBT_FOR));
        let was_off = self.is_active(AlarmKind::SiteClockOff, AlarmSource::Site);
        self.review_site_clock(now);
        // By how much, once: one that goes to and fro must not fill the journal.
        if let Some(alarm) = self.site_clock_alarm().filter(|_| !was_off)
            && let Some(note) = ReasonText::parse(&set_words(set_by))
        {
            self.record(now, AlarmEntry::Noted { alarm, note, by: Actor::System });
        }
    }

    /// A device told its time, which is this far ahead of ours; `is_off` is whether that is too far.
    pub(in crate::engine) fn clock_told(&mut self, now: Now, device: DeviceId, offset_ms: i64, is_off: bool) {
        let lean = match (is_off, offset_ms >= 0) {
            (false, _) => Lean::Right,
            (true, true) => Lean::Ahead,
            (true, false) => Lean::Behind,
        };
        self.site_clock.tell(device, lean);
        self.review_site_clock(now);
    }

    /// Begins or ends the alarm of the site's clock.
    pub(in crate::engine) fn review_site_clock(&mut self, now: Now) {
        let (kind, source) = (AlarmKind::SiteClockOff, AlarmSource::Site);
        let is_off = self.timers.is_set(TimerKey::SiteClock) || self.site_clock.most_differ();
        match (self.is_active(kind, source), is_off) {
            (false, true) => {
                self.begin_alarm(now, kind, source);
                self.count_clocks_behind(now);
            }
            (true, false) => self.end_alarm(now, kind, source),
            (true, true) | (false, false) => {}
        }
    }

    /// What the clocks of devices rang for before it showed that it is the site's.
    fn count_clocks_behind(&mut self, now: Now) {
        let Some(cause) = self.site_clock_alarm() else { return };
        let is_clock = |kind: AlarmKind| kind == AlarmKind::ClockDrift;
        let clocks = self.active_alarms.iter().filter(|((_, kind), _)| is_clock(*kind));
        let clocks: Vec<AlarmId> = clocks.map(|(_, alarm)| *alarm).collect();
        for alarm in clocks {
            self.count_behind(now, alarm, DesignRule::SiteClock, cause);
        }
    }

    fn site_clock_alarm(&self) -> Option<AlarmId> {
        self.active_alarms.get(&(AlarmSource::Site, AlarmKind::SiteClockOff)).copied()
    }
}

fn set_words(set_by: i64) -> String {
    let direction = if set_by > 0 { "forward" } else { "back" };
    let seconds = set_by.unsigned_abs() / 1_000_000;
    format!("the clock of this machine was set {direction} by {seconds} s")
}
