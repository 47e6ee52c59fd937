//! iCalendar (RFC 5545), the subset in which ONVIF writes schedules and special days: one VCALENDAR of VEVENTs with a start,
//! an end and, for weekly windows, a rule that repeats them daily or weekly for ever. Whatever would make the file mean more
//! than that, such as exceptions, counts, ends, months or alarms, is refused with its line: a schedule that ignored half of
//! what was written would open doors at times nobody wrote. What lines are is `content.rs`, what events are is `event.rs`.
//!
//! How the subset is read:
//!
//! - Starts and ends are what the clock on the wall shows, each on its own date. RFC 5545, 3.8.5.3, would keep an event's
//!   length in hours over a night on which the offset changes; a window from 22:00 to 06:00 ends here at 06:00 on that night
//!   too, which is what a schedule means (`named.rs`).
//! - A schedule has no beginning. The date of a repeated event's start says its weekday where the rule names none, and
//!   nothing else; when a right begins is said by its grant.
//! - Times without a zone are local to wherever the schedule is used; times with `TZID` all name one zone, known by its IANA
//!   name. What a VTIMEZONE says of it is passed over for the built-in database, as RFC 7809 allows. UTC times (`Z`) are
//!   refused: they would move against the clock with the season.

mod content;
mod event;
mod write;

use crate::site::schedule::calendar::{CALENDAR_DAYS, Date};
use crate::site::schedule::{WEEK_MINUTES, Weekly};
use event::{Clock, Event, EventRule, EventZone};

pub use write::{calendar_to_ical, to_ical};

/// Bytes one text may have: far more than any calendar of a site, and little enough to be read at once.
pub const ICAL_BYTES: usize = 1 << 20;

/// Events one text may have: every window of every day of a week, or ten years of special days, twice over.
pub const ICAL_EVENTS: usize = 10_000;

/// Problems told of one text; who wrote it mends the first hundred before they look at more.
const TOLD_PROBLEMS: usize = 100;

/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// One thing in a text of iCalendar that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}; {help}")]
pub struct IcalProblem {
    /// Where, counted from 1 in the text as it was given, folded lines each for themselves.
    pub line: usize,
    /// What is wrong, and why it matters.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// The problems found so far, at most [`TOLD_PROBLEMS`] and a word that there are more.
#[derive(Debug, Default)]
struct Problems {
    found: Vec<IcalProblem>,
}

impl Problems {
    fn add(&mut self, line: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.found.len() < TOLD_PROBLEMS {
            self.found.push(IcalProblem { line, message: message.into(), help: help.into() });
        } else if self.found.len() == TOLD_PROBLEMS {
            let (message, help) = ("there are more problems than these".into(), "mend these first".into());
            self.found.push(IcalProblem { line, message, help });
        }
    }

    /// What was made, unless something was wrong with it.
    fn settle<T>(mut self, made: Option<T>) -> Result<T, Vec<IcalProblem>> {
        match made {
            Some(made) if self.found.is_empty() => Ok(made),
            Some(_) | None => {
                let told = self.found.len().min(TOLD_PROBLEMS);
                let (told, _) = self.found.split_at_mut(told);
                told.sort_by_key(|problem| problem.line);
                Err(self.found)
            }
        }
    }
}

/// Reads a weekly schedule (ONVIF Schedule, member Standard), and the zone its times name, spelt as the IANA database has
/// it; `None` when they name none.
///
/// # Errors
/// Everything outside the subset, in order of lines, up to a hundred; never an empty list.
pub fn from_ical(text: &str) -> Result<(Weekly, Option<String>), Vec<IcalProblem>> {
    let mut problems = Problems::default();
    let read = event::read(text, &mut problems);
    let mut stretches = Vec::new();
    for event in &read.events {
        stretches.extend(weekly_stretches(event, &mut problems));
    }
    let zone = match read.zone {
        EventZone::Named(zone) => Some(zone),
        EventZone::Unsaid | EventZone::Floating => None,
    };
    let weekly = Weekly::from_stretches(stretches).ok();
    if weekly.is_none() && problems.found.is_empty() {
        let help = "add a VEVENT with DTSTART, DTEND and RRULE:FREQ=WEEKLY;BYDAY=...";
        problems.add(read.last_line, "the text has no event, so the schedule would never open", help);
    }
    problems.settle(weekly.map(|weekly| (weekly, zone)))
}

/// Reads special days (ONVIF SpecialDayGroup, member Days): sorted dates, none twice, possibly none at all.
///
/// # Errors
/// Everything outside the subset, in order of lines, up to a hundred; never an empty list.
pub fn calendar_from_ical(text: &str) -> Result<Vec<Date>, Vec<IcalProblem>> {
    let mut problems = Problems::default();
    let read = event::read(text, &mut problems);
    let mut spans: Vec<(i32, i32)> = read.events.iter().filter_map(|event| date_span(event, &mut problems)).collect();
    // Joined before they are written out, so that many long events that overlap cost no more than one.
    spans.sort_unstable();
    let mut dates: Vec<Date> = Vec::new();
    let mut next = i32::MIN;
    for (first, end) in spans {
        dates.extend((first.max(next)..end).filter_map(Date::from_days));
        next = next.max(end);
        if dates.len() > CALENDAR_DAYS {
            let message = format!("the text names more than the {CALENDAR_DAYS} dates one calendar may list");
            problems.add(read.last_line, message, "drop dates that are past, or use two calendars");
            break;
        }
    }
    problems.settle(Some(dates))
}

/// The stretches of the week that one repeated event covers.
fn weekly_stretches(event: &Event, problems: &mut Problems) -> Vec<(u16, u16)> {
    let days = match &event.rule {
        EventRule::Once => {
            let message = "the event happens once, and a weekly schedule has only what repeats";
            problems.add(event.line, message, "add RRULE:FREQ=WEEKLY;BYDAY=..., or make the date a special day");
            return Vec::new();
        }
        EventRule::OnDays { days, .. } => days.clone(),
        EventRule::OnDayOfStart { .. } => vec![event.start.weekday()],
    };
    let length = event.minutes();
    let Some(length) = u16::try_from(length).ok().filter(|length| (1..=WEEK_MINUTES).contains(length)) else {
        let message =
            if length < 1 { "the event does not end after its start" } else { "the event is longer than a week" };
        problems.add(event.line, message, "end it at most seven days after its start");
        return Vec::new();
    };
    let from = |day| day as u16 * DAY_MINUTES as u16 + event.start.minute;
    days.into_iter().map(|day| (from(day), from(day) + length)).collect()
}

/// The dates of one event as days since 1970-01-01, first to last exclusive.
fn date_span(event: &Event, problems: &mut Problems) -> Option<(i32, i32)> {
    match &event.rule {
        EventRule::Once => {}
        EventRule::OnDays { line, .. } | EventRule::OnDayOfStart { line } => {
            problems.add(*line, "a special day does not repeat", "write one event for each date or run of dates");
            return None;
        }
    }
    match event.clock {
        Clock::Date | Clock::Floating => {}
        Clock::Zoned => {
            let message = "special days are dates of whatever zone the schedule has, and this time names one";
            problems.add(event.line, message, "write DTSTART;VALUE=DATE:20261225");
            return None;
        }
    }
    if event.start.minute != 0 || event.end.minute != 0 {
        let help = "write DTSTART;VALUE=DATE:20261225, and the windows of the day into the schedule";
        problems.add(event.line, "a special day is a whole date, and this one starts or ends within a day", help);
        return None;
    }
    let (first, end) = (event.start.days, event.end.days);
    if first >= end {
        problems.add(event.line, "the event does not end after its start", "DTEND is the date after the last one");
        return None;
    }
    if Date::from_days(first).is_none() || Date::from_days(end - 1).is_none() {
        problems.add(event.line, "a date lies outside the years 2000 to 2100", "drop it");
        return None;
    }
    Some((first, end))
}

#[cfg(test)]
mod tests;
