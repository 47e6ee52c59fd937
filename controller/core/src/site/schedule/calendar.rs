//! Special days: dates on which a schedule has other windows than in an ordinary week (ONVIF SpecialDayGroup), such as the
//! public holidays of a country. A calendar lists dates only; what holds on them is said by each schedule that uses it
//! (`named.rs`), in the zone of that schedule. Which dates a text of iCalendar names is `icalendar.rs`.

use core::fmt;
use core::str::FromStr;

use crate::id::CalendarId;
use crate::site::schedule::Day;
use crate::site::schedule::named::{ScheduleProblem, name_problem};

/// Dates one calendar may list: ten years of every day. More would slow the making of timetables for nobody's good.
pub const CALENDAR_DAYS: usize = 3_660;

/// First and last date, in days since 1970-01-01: 2000-01-01 and 2100-12-31, the years for which zones are tabled.
const DATE_RANGE_DAYS: core::ops::RangeInclusive<i32> = 10_957..=47_846;

/// A date of the years 2000 to 2100, in no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the years 2000 to 2100; write it as 2026-12-25")]
pub struct ParseDateError;

impl Date {
    /// The date this many days after 1970-01-01; `None` outside the years 2000 to 2100.
    pub fn from_days(days: i32) -> Option<Self> {
        DATE_RANGE_DAYS.contains(&days).then_some(Self(days))
    }

    /// The date with this year, month (1 to 12) and day of the month (from 1); `None` when there is none or it lies outside
    /// the years 2000 to 2100.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        days_of(year, month, day).and_then(Self::from_days)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The day of the week.
    pub fn weekday(self) -> Day {
        weekday_of(self.0)
    }

    /// Year, month and day of the month.
    pub fn civil(self) -> (i32, u32, u32) {
        civil_of(self.0)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = ParseDateError;

    /// Reads `2026-12-25`, and nothing looser.
    fn from_str(text: &str) -> Result<Self, ParseDateError> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits);
            part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?.parse::<i16>().ok()
        };
        let (year, month, day) = (number(4), number(2), number(2));
        if parts.next().is_some() {
            return Err(ParseDateError);
        }
        let date = || Self::new(year?, i8::try_from(month?).ok()?, i8::try_from(day?).ok()?);
        date().ok_or(ParseDateError)
    }
}

/// Days from 1970-01-01 to a date of any year, if there is such a date.
pub(super) fn days_of(year: i16, month: i8, day: i8) -> Option<i32> {
    let date = jiff::civil::Date::new(year, month, day).ok()?;
    let midnight = date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    i32::try_from(midnight.timestamp().as_second().div_euclid(86_400)).ok()
}

/// The day of the week of a date: 1970-01-01 was a Thursday.
pub(super) fn weekday_of(days: i32) -> Day {
    Day::ALL[(i64::from(days) + 3).rem_euclid(7) as usize]
}

/// Year, month and day of a date in the proleptic Gregorian calendar, counted in years that begin in March, so that the leap
/// day is the last of its year, and in eras of 400 years, after which leap years repeat.
pub(super) fn civil_of(days: i32) -> (i32, u32, u32) {
    const ERA_DAYS: i64 = 146_097;
    /// From 0000-03-01 to 1970-01-01.
    const SHIFT_DAYS: i64 = 719_468;
    let shifted = i64::from(days) + SHIFT_DAYS;
    let of_era = shifted.rem_euclid(ERA_DAYS);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + shifted.div_euclid(ERA_DAYS) * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

/// A named list of dates. It may be empty: next year's holidays are often not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Which calendar.
    pub id: CalendarId,
    /// What people call it, 1 to 64 characters.
    pub name: String,
    /// Its dates, sorted, none twice.
    pub days: Box<[Date]>,
}

impl Calendar {
    /// The calendar with these dates, in any order; a date given twice counts once.
    ///
    /// # Errors
    /// A name that is no name, and more than [`CALENDAR_DAYS`] dates; both when both are so.
    pub fn new(
        id: CalendarId,
        name: impl Into<String>,
        days: impl IntoIterator<Item = Date>,
    ) -> Result<Self, Vec<ScheduleProblem>> {
        let name = name.into();
        let mut kept: Vec<Date> = days.into_iter().collect();
        kept.sort_unstable();
        kept.dedup();
        let mut problems: Vec<ScheduleProblem> = name_problem(&name).into_iter().collect();
        if kept.len() > CALENDAR_DAYS {
            problems.push(ScheduleProblem {
                field: "days",
                message: format!("{} dates are more than the {CALENDAR_DAYS} one calendar may list", kept.len()),
                help: "drop dates that are past, or use two calendars".into(),
            });
        }
        if problems.is_empty() { Ok(Self { id, name, days: kept.into_boxed_slice() }) } else { Err(problems) }
    }

    /// Whether it lists this date.
    pub fn contains(&self, date: Date) -> bool {
        self.days.binary_search(&date).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_and_print() {
        let check = |text: &str, days: Option<i32>| {
            let date = text.parse::<Date>().ok();
            assert_eq!(date.map(Date::days), days, "{text}");
            assert!(date.is_none_or(|date| date.to_string() == text), "{text}");
        };
        check("2000-01-01", Some(10_957));
        check("2024-02-29", Some(19_782));
        check("2026-12-25", Some(20_812));
        check("2100-12-31", Some(47_846));
        check("1999-12-31", None);
        check("2101-01-01", None);
        check("2026-02-29", None);
        check("2100-02-29", None);
        check("2026-13-01", None);
        check("2026-00-01", None);
        check("2026-1-1", None);
        check("2026-12-25-", None);
        check("+026-12-25", None);
        check("2026-12-25T00:00", None);
        check("", None);
    }

    #[test]
    fn every_date_survives_both_directions() {
        let mut weekday = Day::Sat;
        for days in DATE_RANGE_DAYS {
            let date = Date::from_days(days).unwrap();
            assert_eq!(date.to_string().parse(), Ok(date));
            assert_eq!(date.weekday(), weekday, "{date}");
            weekday = Day::ALL[(weekday as usize + 1) % 7];
        }
        assert_eq!(Date::from_days(DATE_RANGE_DAYS.start() - 1), None);
        assert_eq!(Date::from_days(DATE_RANGE_DAYS.end() + 1), None);
    }

    #[test]
    fn a_calendar_sorts_its_dates_and_tells_all_that_is_wrong() {
        let dates = ["2026-12-26", "2026-12-25", "2026-12-26"].map(|text| text.parse::<Date>().unwrap());
        let calendar = Calendar::new(CalendarId::new(1), "Christmas", dates).unwrap();
        assert_eq!(*calendar.days, [dates[1], dates[0]]);
        assert!(calendar.contains(dates[0]) && !calendar.contains(Date::new(2026, 12, 24).unwrap()));
        let all = DATE_RANGE_DAYS.filter_map(Date::from_days);
        let problems = Calendar::new(CalendarId::new(1), "", all).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.field).collect::<Vec<_>>(), ["name", "days"]);
        assert!(Calendar::new(CalendarId::new(1), "Next year", []).is_ok());
    }
}
