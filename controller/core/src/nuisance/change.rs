//! Which other timings of a door are tried: a ladder of round values for each setting, from the next one after the present to
//! where it would no longer be the same protection.

use core::time::Duration;

use crate::alarm::AlarmKind;
use crate::site::{Door, DoorKind, Timings};

/// A timing of a door that can be put to another value, named as in the site file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// How long it may stay open before the held alarm.
    OpenTime,
    /// How long before the held alarm the warning starts.
    PreAlarmTime,
    /// How long an opening without a release must last to be a forced alarm.
    ForcedDebounce,
}

/// One setting of a door put to another value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which setting.
    pub setting: Setting,
    /// From what.
    pub from: Duration,
    /// To what.
    pub to: Duration,
}

/// An open time is at most made so many times as long: beyond, it is no longer the same protection.
const LONGER_TIMES: u32 = 4;

/// The longest debounce that is tried: whoever is through the door in less is never noticed.
const LONGEST_DEBOUNCE: Duration = Duration::from_secs(3);

/// Open times that people would write down, in seconds.
const OPEN_SECONDS: [u64; 18] = [5, 10, 15, 20, 25, 30, 40, 45, 60, 75, 90, 120, 180, 240, 300, 420, 600, 900];

/// Warnings that people would write down, in seconds, longest first; less is no time to close a door.
const WARNING_SECONDS: [u64; 10] = [180, 120, 90, 60, 30, 20, 15, 10, 5, 3];

/// Debounces that people would write down, in milliseconds.
const DEBOUNCE_MILLIS: [u64; 8] = [400, 600, 800, 1000, 1500, 2000, 2500, 3000];

/// How many steps of each ladder are tried at most.
const STEPS_MAX: usize = 8;

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 3] = [Self::OpenTime, Self::PreAlarmTime, Self::ForcedDebounce];

    /// Its name in the site file, the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenTime => "open_time",
            Self::PreAlarmTime => "pre_alarm_time",
            Self::ForcedDebounce => "forced_debounce",
        }
    }

    /// The alarm that it keeps away from such a door.
    pub const fn alarm(self, kind: DoorKind) -> AlarmKind {
        match (self, kind) {
            (Self::OpenTime, _) => AlarmKind::HeldOpen,
            (Self::PreAlarmTime, _) => AlarmKind::HeldPreAlarm,
            (Self::ForcedDebounce, DoorKind::RackDoor) => AlarmKind::HandleForced,
            (Self::ForcedDebounce, DoorKind::Gate | DoorKind::Barrier | DoorKind::Turnstile | DoorKind::Door) => {
                AlarmKind::DoorForced
            }
        }
    }

    const fn of(self, times: &Timings) -> Duration {
        match self {
            Self::OpenTime => times.open_time,
            Self::PreAlarmTime => times.pre_alarm_time,
            Self::ForcedDebounce => times.forced_debounce,
        }
    }

    /// The changes of this setting that are tried at `door`, smallest first.
    pub(super) fn ladder(self, door: &Door) -> Vec<Change> {
        let from = self.of(&door.timings);
        let seconds = |rungs: &[u64]| rungs.iter().map(|each| Duration::from_secs(*each)).collect::<Vec<_>>();
        let mut rungs = match self {
            Self::OpenTime => seconds(&OPEN_SECONDS),
            Self::PreAlarmTime => seconds(&WARNING_SECONDS),
            Self::ForcedDebounce => DEBOUNCE_MILLIS.iter().map(|each| Duration::from_millis(*each)).collect(),
        };
        rungs.retain(|to| match self {
            Self::OpenTime => *to > from && *to <= from.saturating_mul(LONGER_TIMES),
            Self::PreAlarmTime => *to < from,
            Self::ForcedDebounce => *to > from && *to <= LONGEST_DEBOUNCE,
        });
        rungs.into_iter().take(STEPS_MAX).map(|to| Change { setting: self, from, to }).collect()
    }
}

impl Change {
    /// The timings of a door with this change. Who needs longer never has less than everybody else.
    #[must_use]
    pub fn applied(&self, times: &Timings) -> Timings {
        match self.setting {
            Setting::OpenTime => {
                let extended_open_time = times.extended_open_time.max(self.to);
                Timings { open_time: self.to, extended_open_time, ..*times }
            }
            Setting::PreAlarmTime => Timings { pre_alarm_time: self.to, ..*times },
            Setting::ForcedDebounce => Timings { forced_debounce: self.to, ..*times },
        }
    }
}
