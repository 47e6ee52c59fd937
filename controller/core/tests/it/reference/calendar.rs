//! When something holds, worked out the slow way: the instant is turned into a local date and minute by the calendar
//! library, then every window is looked at. Nothing is compiled and nothing is remembered but the zone.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use rackward_core::Wall;
use rackward_core::site::schedule::{DayWindows, Weekly};

/// One window of the week: the day, 0 for Monday, the first minute of that day, the first minute after it; when that is not
/// later, the window runs over midnight.
pub(crate) type Window = (u8, u16, u16);

/// Dates that a schedule treats apart, by the name of their calendar, and the windows of each.
pub(crate) type Special = (String, Vec<(u16, u16)>);

/// Everything that says when a schedule holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) zone: String,
    pub(crate) week: Vec<Window>,
    pub(crate) special: Vec<Special>,
}

/// A calendar: its name and its dates as year, month, day.
pub(crate) type Dates = (String, Vec<(i16, i8, i8)>);

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

impl Times {
    /// Whether it holds at `at`.
    pub(crate) fn hold(&self, calendars: &[Dates], at: Wall) -> bool {
        let local = Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone(&self.zone)).datetime();
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        for (name, windows) in &self.special {
            let calendar = calendars.iter().find(|calendar| calendar.0 == *name);
            if calendar.is_some_and(|calendar| calendar.1.iter().any(|day| same_day(*day, local.date()))) {
                return windows.iter().any(|(from, to)| *from <= minute && minute < *to);
            }
        }
        let today = local.date().weekday().to_monday_zero_offset() as u8;
        let yesterday = (local.date() - 1.day()).weekday().to_monday_zero_offset() as u8;
        self.week.iter().any(|(day, from, to)| {
            if to > from {
                *day == today && *from <= minute && minute < *to
            } else {
                (*day == today && *from <= minute) || (*day == yesterday && minute < *to)
            }
        })
    }

    /// The weekly windows as the engine takes them.
    pub(crate) fn weekly(&self) -> Option<Weekly> {
        let stretch = |(day, from, to): &Window| {
            let start = u16::from(*day) * 1440 + from;
            (start, start + if to > from { to - from } else { to + 1440 - from })
        };
        Weekly::from_stretches(self.week.iter().map(stretch)).ok()
    }
}

/// The windows of a special day as the engine takes them.
pub(crate) fn day_windows(windows: &[(u16, u16)]) -> DayWindows {
    DayWindows::new(windows.iter().copied()).unwrap()
}

fn same_day((year, month, day): (i16, i8, i8), date: Date) -> bool {
    (date.year(), date.month(), date.day()) == (year, month, day)
}
