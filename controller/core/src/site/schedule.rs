//! Weekly schedules: at which minutes of the local week something holds. A schedule is asked with local time, and every
//! instant has exactly one local time, so the hour that a change to summer time leaves out is never reached and the hour
//! that a change back repeats counts both times. Turning an instant into local time is `local_time.rs`. Schedules with a
//! name, a zone of their own and special days are `named.rs` and `calendar.rs`; when one holds, and when it next changes,
//! is `timetable.rs`; texts of iCalendar are `icalendar.rs`.

pub mod calendar;
pub mod icalendar;
pub mod named;
pub mod timetable;

pub use calendar::{Calendar, Date};
pub use named::{DayWindows, Schedule, ScheduleProblem, SpecialDays};
pub use timetable::Timetable;

/// Minutes in a week.
pub const WEEK_MINUTES: u16 = 7 * 24 * 60;

/// A minute of the local week: 0 is Monday 00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekMinute(u16);

impl WeekMinute {
    /// The minute `minute` of the week, taken modulo the week.
    pub const fn new(minute: u32) -> Self {
        Self((minute % WEEK_MINUTES as u32) as u16)
    }

    /// Minutes since Monday 00:00.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// A weekly schedule: sorted, disjoint, non-touching stretches of the week. Never empty: a schedule that never opens is
/// refused where it is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekly {
    stretches: Box<[(u16, u16)]>,
}

/// Why a weekly schedule was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeeklyError {
    /// It would hold at no time.
    #[error("the schedule never opens; name at least one day and a time window longer than nothing")]
    NeverOpens,
    /// A time lies outside the day or week.
    #[error("a time lies outside the week")]
    OutOfRange,
}

/// A day of the week, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// The whole week, in order.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// The three-letter name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mon => "Mon",
            Self::Tue => "Tue",
            Self::Wed => "Wed",
            Self::Thu => "Thu",
            Self::Fri => "Fri",
            Self::Sat => "Sat",
            Self::Sun => "Sun",
        }
    }

    /// Reads a three-letter name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.word().eq_ignore_ascii_case(text))
    }

    /// Reads `Mon-Fri`, `Sat,Sun` or a mix; a range may run over the end of the week.
    pub fn parse_list(text: &str) -> Option<Vec<Self>> {
        let mut days = Vec::new();
        for part in text.split(',') {
            match part.trim().split_once('-') {
                None => days.push(Self::parse(part.trim())?),
                Some((first, last)) => {
                    let (first, last) = (Self::parse(first.trim())? as usize, Self::parse(last.trim())? as usize);
                    let length = (last + 7 - first) % 7;
                    days.extend((0..=length).map(|step| Self::ALL[(first + step) % 7]));
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        Some(days)
    }
}

impl Weekly {
    /// Every minute of the week.
    pub fn always() -> Self {
        Self { stretches: Box::new([(0, WEEK_MINUTES)]) }
    }

    /// On each of `days` from minute `from` of the day to minute `to`, exclusive; when `to` is not after `from` the window
    /// runs over midnight into the next day, so `22:00` to `06:00` on Friday ends on Saturday.
    ///
    /// # Errors
    /// No days, or a minute past 24:00.
    pub fn on_days(days: &[Day], from: u16, to: u16) -> Result<Self, WeeklyError> {
        const DAY: u16 = 24 * 60;
        if from >= DAY || to > DAY {
            return Err(WeeklyError::OutOfRange);
        }
        let length = if to > from { to - from } else { to + DAY - from };
        let stretches = days.iter().map(|day| {
            let start = *day as u16 * DAY + from;
            (start, start + length)
        });
        Self::from_stretches(stretches)
    }

    /// Stretches of minutes of the week, `from` inclusive to `to` exclusive; one that ends after the week goes on at its
    /// beginning.
    ///
    /// # Errors
    /// Nothing remains, or a stretch starts after the week or is longer than it.
    pub fn from_stretches(stretches: impl IntoIterator<Item = (u16, u16)>) -> Result<Self, WeeklyError> {
        let mut cut = Vec::new();
        for (from, to) in stretches {
            if from >= WEEK_MINUTES || to < from || to - from > WEEK_MINUTES {
                return Err(WeeklyError::OutOfRange);
            }
            cut.push((from, to.min(WEEK_MINUTES)));
            if to > WEEK_MINUTES {
                cut.push((0, to - WEEK_MINUTES));
            }
        }
        cut.retain(|(from, to)| from < to);
        let joined = joined(cut);
        if joined.is_empty() { Err(WeeklyError::NeverOpens) } else { Ok(Self { stretches: joined.into_boxed_slice() }) }
    }

    /// The stretches, sorted and disjoint, in minutes of the week.
    pub fn stretches(&self) -> &[(u16, u16)] {
        &self.stretches
    }

    /// Whether it holds in this minute.
    pub fn contains(&self, minute: WeekMinute) -> bool {
        self.stretches.iter().any(|(from, to)| *from <= minute.0 && minute.0 < *to)
    }
}

/// Sorts stretches and makes one of those that overlap or touch.
fn joined(mut stretches: Vec<(u16, u16)>) -> Vec<(u16, u16)> {
    stretches.sort_unstable();
    let mut joined: Vec<(u16, u16)> = Vec::with_capacity(stretches.len());
    for (from, to) in stretches {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(day: Day, hour: u16, minute: u16) -> WeekMinute {
        WeekMinute::new(u32::from(day as u16 * 1440 + hour * 60 + minute))
    }

    #[test]
    fn windows_hold_where_they_say() {
        let office = Weekly::on_days(&[Day::Mon, Day::Fri], 8 * 60, 18 * 60).unwrap();
        let night = Weekly::on_days(&[Day::Fri, Day::Sun], 22 * 60, 6 * 60).unwrap();
        let check = |weekly: &Weekly, at: WeekMinute, expect: bool| assert_eq!(weekly.contains(at), expect, "{at:?}");
        check(&office, minute(Day::Mon, 7, 59), false);
        check(&office, minute(Day::Mon, 8, 0), true);
        check(&office, minute(Day::Mon, 17, 59), true);
        check(&office, minute(Day::Mon, 18, 0), false);
        check(&office, minute(Day::Tue, 9, 0), false);
        check(&night, minute(Day::Sat, 5, 59), true);
        check(&night, minute(Day::Sat, 6, 0), false);
        check(&night, minute(Day::Fri, 6, 0), false);
        check(&night, minute(Day::Mon, 0, 0), true);
        check(&Weekly::always(), minute(Day::Sun, 23, 59), true);
    }

    #[test]
    fn day_lists_read_ranges_and_wrap() {
        assert_eq!(Day::parse_list("Mon-Wed").unwrap(), [Day::Mon, Day::Tue, Day::Wed]);
        assert_eq!(Day::parse_list("sat-mon,Wed").unwrap(), [Day::Mon, Day::Wed, Day::Sat, Day::Sun]);
        assert_eq!(Day::parse_list("Monday"), None);
        assert_eq!(Day::parse_list(""), None);
    }

    #[test]
    fn a_schedule_that_never_opens_is_refused() {
        assert_eq!(Weekly::from_stretches([]), Err(WeeklyError::NeverOpens));
        assert_eq!(Weekly::from_stretches([(5, 5)]), Err(WeeklyError::NeverOpens));
        assert_eq!(Weekly::on_days(&[], 0, 60), Err(WeeklyError::NeverOpens));
        assert_eq!(Weekly::on_days(&[Day::Mon], 1440, 60), Err(WeeklyError::OutOfRange));
        assert_eq!(Weekly::on_days(&[Day::Mon], 60, 1441), Err(WeeklyError::OutOfRange));
        assert_eq!(Weekly::on_days(&Day::ALL, 0, 0), Ok(Weekly::always()));
    }
}
