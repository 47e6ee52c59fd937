//! Schedules with a name: a weekly part and special days, in a zone. Here is what they are made of and everything that can
//! be wrong with one; when one holds is `timetable.rs`.
//!
//! - A special day replaces the weekly windows of that whole local date in the schedule's zone, from 00:00 to 24:00,
//!   including the tail of a window that began the evening before. What begins on a special day ends on it at 24:00 at the
//!   latest, and the date after it is an ordinary one again, on which the tail of a weekly window does hold.
//! - Where two calendars of one schedule list the same date, the schedule's order decides: the first listed wins.
//! - Every instant has exactly one local time. A window inside the hour that a change to summer time leaves out does not
//!   hold at all on that date, one that reaches into it holds in part; one inside the hour that a change back repeats holds
//!   both times.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use crate::engine::command::disguises;
use crate::id::{CalendarId, ScheduleId};
use crate::site::local_time::LocalTime;
use crate::site::schedule::Weekly;
use crate::site::schedule::calendar::Calendar;

/// Calendars one schedule may use. A handful is normal: public holidays, maintenance days, open days.
pub const SCHEDULE_CALENDARS: usize = 32;

/// Characters of a name (ONVIF pt:Name).
const NAME_CHARS: usize = 64;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// When something holds: weekly windows, special days, a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Which schedule.
    pub id: ScheduleId,
    /// What people call it, 1 to 64 characters.
    pub name: String,
    /// The IANA zone its windows and dates are local to.
    pub zone: String,
    /// The ordinary week; `None` when it holds on special days only.
    pub weekly: Option<Weekly>,
    /// Dates with windows of their own; where two calendars list a date, the first one here counts.
    pub special: Box<[SpecialDays]>,
}

/// What holds on the dates of a calendar instead of the ordinary week (ONVIF SpecialDaysSchedule).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialDays {
    /// Which dates.
    pub calendar: CalendarId,
    /// The windows of each of these dates.
    pub windows: DayWindows,
}

/// Sorted, disjoint, non-touching windows of one day, in minutes of the day, `from` inclusive to `to` exclusive. None at all
/// means closed on that day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayWindows {
    stretches: Box<[(u16, u16)]>,
}

/// Why the windows of a day were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayWindowsError {
    /// A window reaches outside the day.
    #[error(
        "the window {} to {} reaches outside the day; end it at 24:00 and make the next date a special day too",
        Clock(*.from), Clock(*.to)
    )]
    OutOfRange {
        /// Its first minute of the day.
        from: u16,
        /// The first minute after it.
        to: u16,
    },
    /// A window does not end after its start.
    #[error(
        "the window {} to {} does not end after its start; end it at 24:00 at the latest, or list no window for a day that is closed",
        Clock(*.from), Clock(*.to)
    )]
    NoLength {
        /// Its first minute of the day.
        from: u16,
        /// The first minute after it.
        to: u16,
    },
}

/// A minute of the day as people write it.
struct Clock(u16);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// One thing wrong with a schedule or calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}; {help}")]
pub struct ScheduleProblem {
    /// The member that is wrong: `name`, `zone`, `weekly`, `special` or `days`.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl DayWindows {
    /// No window: closed all day.
    pub fn closed() -> Self {
        Self { stretches: Box::new([]) }
    }

    /// Windows in any order, from minute `from` of the day, 0 to 1439, to minute `to`, exclusive, at most 1440. Windows that
    /// overlap or touch become one.
    ///
    /// # Errors
    /// A window that reaches outside the day or does not end after its start.
    pub fn new(windows: impl IntoIterator<Item = (u16, u16)>) -> Result<Self, DayWindowsError> {
        let mut sorted = Vec::new();
        for (from, to) in windows {
            if from >= DAY_MINUTES || to > DAY_MINUTES {
                return Err(DayWindowsError::OutOfRange { from, to });
            }
            if from >= to {
                return Err(DayWindowsError::NoLength { from, to });
            }
            sorted.push((from, to));
        }
        Ok(Self { stretches: super::joined(sorted).into_boxed_slice() })
    }

    /// The windows, sorted and disjoint, in minutes of the day.
    pub fn stretches(&self) -> &[(u16, u16)] {
        &self.stretches
    }

    /// Whether nothing holds all day.
    pub fn is_closed(&self) -> bool {
        self.stretches.is_empty()
    }
}

impl Schedule {
    /// The schedule with these parts, checked for all that can be said without the calendars and the zones, so that what was
    /// once accepted is read back for ever. What also has to be so when it is made is [`Schedule::problems`].
    ///
    /// # Errors
    /// Every problem: a name that is no name, no window anywhere, a calendar twice, too many calendars.
    pub fn new(
        id: ScheduleId,
        name: impl Into<String>,
        zone: impl Into<String>,
        weekly: Option<Weekly>,
        special: impl IntoIterator<Item = SpecialDays>,
    ) -> Result<Self, Vec<ScheduleProblem>> {
        let (name, zone, special) = (name.into(), zone.into(), special.into_iter().collect());
        let schedule = Self { id, name, zone, weekly, special };
        let problems = schedule.problems_within();
        if problems.is_empty() { Ok(schedule) } else { Err(problems) }
    }

    /// Everything wrong with it at a site that has these calendars; empty when it can be used.
    pub fn problems(&self, calendars: &BTreeMap<CalendarId, Calendar>) -> Vec<ScheduleProblem> {
        let mut problems = self.problems_within();
        if LocalTime::named(&self.zone).is_none() {
            let message = format!("time zone \"{}\" is not in the IANA database", self.zone.escape_debug());
            problems.push(problem("zone", message, "use a name such as \"Europe/London\""));
        }
        for special in &self.special {
            if !calendars.contains_key(&special.calendar) {
                let message = format!("there is no calendar {}", special.calendar);
                problems.push(problem("special", message, "make the calendar first, or name one that exists"));
            }
        }
        if self.has_a_window() && !self.may_open(calendars) {
            let message =
                "the schedule never opens: it has no weekly window, and its open calendars list no date".into();
            problems.push(problem("special", message, "add dates to a calendar, or a weekly window"));
        }
        problems
    }

    fn problems_within(&self) -> Vec<ScheduleProblem> {
        let mut problems: Vec<ScheduleProblem> = name_problem(&self.name).into_iter().collect();
        if !self.has_a_window() {
            let message = "the schedule never opens: it has no weekly window and none on a special day".into();
            problems.push(problem("weekly", message, "name at least one day and a time window longer than nothing"));
        }
        if self.special.len() > SCHEDULE_CALENDARS {
            let count = self.special.len();
            let message = format!("{count} calendars are more than the {SCHEDULE_CALENDARS} a schedule may use");
            problems.push(problem("special", message, "put dates that have the same windows into one calendar"));
        }
        let (mut seen, mut told) = (BTreeSet::new(), BTreeSet::new());
        for special in &self.special {
            if !seen.insert(special.calendar) && told.insert(special.calendar) {
                let message = format!("calendar {} is listed more than once", special.calendar);
                problems.push(problem("special", message, "list it once, with all its windows"));
            }
        }
        problems
    }

    /// Whether any window is written in it.
    fn has_a_window(&self) -> bool {
        self.weekly.is_some() || self.special.iter().any(|special| !special.windows.is_closed())
    }

    /// Whether a window has a date or a week to hold in. A calendar that is not known is another problem, not this one.
    fn may_open(&self, calendars: &BTreeMap<CalendarId, Calendar>) -> bool {
        let has_dates = |id| calendars.get(id).is_none_or(|calendar| !calendar.days.is_empty());
        let mut specials = self.special.iter();
        self.weekly.is_some() || specials.any(|special| !special.windows.is_closed() && has_dates(&special.calendar))
    }
}

/// What is wrong with a name, if anything. The name itself is not repeated: it may be long or unprintable.
pub(super) fn name_problem(name: &str) -> Option<ScheduleProblem> {
    let help = "use 1 to 64 printable characters";
    let chars = name.chars().count();
    if name.trim().is_empty() {
        Some(problem("name", "the name is empty".into(), help))
    } else if chars > NAME_CHARS {
        Some(problem("name", format!("the name has {chars} characters"), help))
    } else if disguises(name) {
        Some(problem("name", "the name has control characters, or such as reorder text or nobody sees".into(), help))
    } else {
        None
    }
}

fn problem(field: &'static str, message: String, help: &str) -> ScheduleProblem {
    ScheduleProblem { field, message, help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::schedule::calendar::Date;

    fn special(calendar: u32, windows: &[(u16, u16)]) -> SpecialDays {
        let windows = DayWindows::new(windows.iter().copied()).unwrap();
        SpecialDays { calendar: CalendarId::new(calendar), windows }
    }

    fn calendars() -> BTreeMap<CalendarId, Calendar> {
        let holidays = Calendar::new(CalendarId::new(1), "Holidays", Date::new(2026, 12, 25)).unwrap();
        let empty = Calendar::new(CalendarId::new(2), "Next year", []).unwrap();
        [holidays, empty].map(|calendar| (calendar.id, calendar)).into()
    }

    #[test]
    fn windows_of_a_day_join_and_stay_inside_it() {
        let check = |given: &[(u16, u16)], expect: Result<&[(u16, u16)], DayWindowsError>| {
            let windows = DayWindows::new(given.iter().copied());
            assert_eq!(
                windows.as_ref().map(DayWindows::stretches),
                expect.as_ref().map(|windows| *windows),
                "{given:?}"
            );
        };
        check(&[], Ok(&[]));
        check(&[(600, 720), (0, 60), (700, 800), (60, 90)], Ok(&[(0, 90), (600, 800)]));
        check(&[(0, 1440)], Ok(&[(0, 1440)]));
        check(&[(0, 1441)], Err(DayWindowsError::OutOfRange { from: 0, to: 1441 }));
        check(&[(1440, 1440)], Err(DayWindowsError::OutOfRange { from: 1440, to: 1440 }));
        check(&[(1320, 360)], Err(DayWindowsError::NoLength { from: 1320, to: 360 }));
        check(&[(60, 60)], Err(DayWindowsError::NoLength { from: 60, to: 60 }));
        assert!(DayWindows::closed().is_closed());
        assert!(
            DayWindowsError::NoLength { from: 1320, to: 360 }.to_string().starts_with("the window 22:00 to 06:00 ")
        );
    }

    #[test]
    fn each_mistake_is_named() {
        let check = |name: &str, zone: &str, weekly: bool, special: &[SpecialDays], expect: &[(&str, &str)]| {
            let weekly = weekly.then(Weekly::always);
            let (id, name, zone) = (ScheduleId::new(1), name.to_owned(), zone.to_owned());
            let problems = Schedule { id, name, zone, weekly, special: special.into() }.problems(&calendars());
            let found: Vec<_> = problems.iter().map(|problem| (problem.field, problem.message.as_str())).collect();
            assert_eq!(found.len(), expect.len(), "{found:?}");
            for ((field, message), (expect_field, expect_part)) in found.iter().zip(expect) {
                assert!(field == expect_field && message.contains(expect_part), "{found:?}");
            }
        };
        let (london, open, shut) = ("Europe/London", &[(60, 120)][..], &[][..]);
        check("Office", london, true, &[], &[]);
        check("Office", london, true, &[special(1, shut), special(2, open)], &[]);
        check("Open days", london, false, &[special(1, open)], &[]);
        check(&"é".repeat(64), london, true, &[], &[]);
        check(&"é".repeat(65), london, true, &[], &[("name", "65 characters")]);
        check(" ", london, true, &[], &[("name", "empty")]);
        check("a\nb", london, true, &[], &[("name", "control")]);
        check("Office", "Europe/Atlantis\n", true, &[], &[("zone", "\"Europe/Atlantis\\n\" is not in")]);
        check("Office", london, false, &[], &[("weekly", "never opens")]);
        check("Office", london, false, &[special(1, shut)], &[("weekly", "never opens")]);
        check("Office", london, false, &[special(2, open)], &[("special", "never opens")]);
        check("Office", london, false, &[special(9, open)], &[("special", "no calendar cal-9")]);
        check("Office", london, true, &[special(1, open), special(1, shut)], &[("special", "cal-1 is listed more")]);
        let many: Vec<_> = (10..43).map(|number| special(number, shut)).collect();
        let all = Schedule::new(ScheduleId::new(1), "Office", london, Some(Weekly::always()), many).unwrap_err();
        assert!(all.len() == 1 && all[0].message.contains("33 calendars"), "{all:?}");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let twice_and_unknown = [special(7, &[]), special(7, &[]), special(7, &[])];
        let zone = "Mars/Olympus".to_owned();
        let (id, name) = (ScheduleId::new(1), String::new());
        let schedule = Schedule { id, name, zone, weekly: None, special: Box::new(twice_and_unknown) };
        let fields: Vec<_> = schedule.problems(&calendars()).iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "weekly", "special", "zone", "special", "special", "special"]);
    }

    #[test]
    fn reading_back_needs_neither_zone_nor_calendar() {
        let read = Schedule::new(ScheduleId::new(3), "Old", "Europe/Atlantis", None, [special(9, &[(0, 60)])]);
        assert_eq!(read.map(|schedule| schedule.zone), Ok("Europe/Atlantis".to_owned()));
        assert!(Schedule::new(ScheduleId::new(3), "Old", "Europe/London", None, []).is_err());
    }
}
