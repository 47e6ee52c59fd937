//! Events of a text of iCalendar: which components and properties there may be (RFC 5545, 3.6 and 3.8), and what an event's
//! start, end and rule say. Whether they make a weekly schedule or special days is decided by `icalendar.rs`.

mod components;
mod rule;

use super::content::{ContentLine, excerpt};
use super::{DAY_MINUTES, Problems};
use crate::site::local_time::LocalTime;
use crate::site::schedule::Day;
use crate::site::schedule::calendar::{days_of, weekday_of};

pub(super) use components::read;

/// What a text was found to hold.
#[derive(Debug)]
pub(super) struct Read {
    /// Every event that could be understood.
    pub(super) events: Vec<Event>,
    /// The zone their times name.
    pub(super) zone: EventZone,
    /// The last line of the text.
    pub(super) last_line: usize,
}

/// The zone the times of a text name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EventZone {
    /// There is no time yet, or there are dates only.
    Unsaid,
    /// Times without a zone.
    Floating,
    /// Times in this zone.
    Named(String),
}

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    /// The line of its DTSTART.
    pub(super) line: usize,
    /// Its start.
    pub(super) start: Moment,
    /// Its end, exclusive.
    pub(super) end: Moment,
    /// How both are written.
    pub(super) clock: Clock,
    /// Whether it repeats.
    pub(super) rule: EventRule,
}

/// A minute of a date, as the clock on the wall shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// The date, in days since 1970-01-01.
    pub(super) days: i32,
    /// The minute of the day.
    pub(super) minute: u16,
}

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// As a date.
    Date,
    /// As a time in no zone.
    Floating,
    /// As a time in a zone.
    Zoned,
}

/// Whether an event repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EventRule {
    /// It does not.
    Once,
    /// On these days of every week.
    OnDays {
        /// The days, at least one.
        days: Vec<Day>,
        /// The line of the rule.
        line: usize,
    },
    /// Every week on the day of its start.
    OnDayOfStart {
        /// The line of the rule.
        line: usize,
    },
}

impl Moment {
    /// The day of the week.
    pub(super) fn weekday(self) -> Day {
        weekday_of(self.days)
    }
}

impl Event {
    /// Minutes on the clock from start to end; negative when it ends before it starts.
    pub(super) fn minutes(&self) -> i64 {
        let days = i64::from(self.end.days) - i64::from(self.start.days);
        days * DAY_MINUTES + i64::from(self.end.minute) - i64::from(self.start.minute)
    }
}

/// An event while its lines are read.
#[derive(Debug)]
struct EventDraft {
    /// The line of its BEGIN.
    line: usize,
    start: Option<Written>,
    end: Option<Written>,
    rule: EventRule,
    /// Whether one of its lines was refused, so that what it would mean is not known.
    damage: Damage,
}

/// Whether all of an event was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    None,
    Told,
}

/// A moment as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    line: usize,
    moment: Moment,
    zone: WrittenZone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum WrittenZone {
    Date,
    Floating,
    Named(String),
}

impl EventDraft {
    fn new(line: usize) -> Self {
        Self { line, start: None, end: None, rule: EventRule::Once, damage: Damage::None }
    }

    /// Takes one property of the event.
    fn take(&mut self, line: &ContentLine, problems: &mut Problems) {
        let before = problems.found.len();
        match line.name.as_str() {
            "DTSTART" => Self::take_moment(&mut self.start, line, problems),
            "DTEND" => Self::take_moment(&mut self.end, line, problems),
            "RRULE" if self.rule != EventRule::Once => twice(line, problems),
            "RRULE" => self.rule = rule::parse(line, problems).unwrap_or(EventRule::Once),
            "STATUS" if line.value.eq_ignore_ascii_case("CONFIRMED") => {}
            // These say nothing about when.
            "UID" | "SUMMARY" | "DESCRIPTION" | "COMMENT" | "DTSTAMP" | "CREATED" | "LAST-MODIFIED" | "SEQUENCE"
            | "CLASS" | "TRANSP" | "CATEGORIES" | "PRIORITY" | "LOCATION" | "URL" | "CONTACT" | "ORGANIZER" => {}
            name if name.starts_with("X-") => {}
            name => {
                let message = format!("{} is not part of the subset, and may change when the event is", excerpt(name));
                let help = "remove it; DTSTART, DTEND, RRULE, SUMMARY and UID say all that a schedule needs";
                problems.add(line.line, message, help);
            }
        }
        if problems.found.len() > before {
            self.damage = Damage::Told;
        }
    }

    fn take_moment(slot: &mut Option<Written>, line: &ContentLine, problems: &mut Problems) {
        if slot.is_some() {
            return twice(line, problems);
        }
        *slot = written(line, problems);
    }

    /// The event, now that its last line was read.
    fn finish(self, problems: &mut Problems) -> Option<(Event, WrittenZone)> {
        if self.damage == Damage::Told {
            return None;
        }
        let Some(start) = self.start else {
            problems.add(self.line, "the event has no DTSTART", "add one such as DTSTART:20260105T080000");
            return None;
        };
        let end = match self.end {
            Some(end) => end,
            // An all-day event without an end lasts one day (RFC 5545, 3.6.1).
            None if start.zone == WrittenZone::Date => {
                let moment = Moment { days: start.moment.days + 1, minute: 0 };
                Written { moment, ..start.clone() }
            }
            None => {
                problems.add(start.line, "the event has no DTEND, so it would last no time", "add a DTEND");
                return None;
            }
        };
        if start.zone != end.zone {
            let message =
                "DTSTART and DTEND are not written alike: both must be dates, or times of one zone, or of none";
            problems.add(end.line, message, "write DTEND with the parameters of DTSTART");
            return None;
        }
        let clock = match start.zone {
            WrittenZone::Date => Clock::Date,
            WrittenZone::Floating => Clock::Floating,
            WrittenZone::Named(_) => Clock::Zoned,
        };
        let event = Event { line: start.line, start: start.moment, end: end.moment, clock, rule: self.rule };
        Some((event, start.zone))
    }
}

fn twice(line: &ContentLine, problems: &mut Problems) {
    problems.add(line.line, format!("the event has a second {}", excerpt(&line.name)), "make it two events");
}

/// Reads the value of DTSTART or DTEND (RFC 5545, 3.3.4 and 3.3.5).
fn written(line: &ContentLine, problems: &mut Problems) -> Option<Written> {
    let mut is_date = false;
    let mut zone = WrittenZone::Floating;
    for (name, value) in &line.params {
        match name.as_str() {
            "VALUE" if value.eq_ignore_ascii_case("DATE") => is_date = true,
            "VALUE" if value.eq_ignore_ascii_case("DATE-TIME") => {}
            "TZID" if zone == WrittenZone::Floating => {
                zone = WrittenZone::Named(zone_name(line.line, value, problems)?)
            }
            name if name.starts_with("X-") => {}
            _ => {
                let message = format!("the parameter {}={} is not known", excerpt(name), excerpt(value));
                problems.add(line.line, message, "use TZID or VALUE=DATE, each once");
                return None;
            }
        }
    }
    if is_date && zone != WrittenZone::Floating {
        problems.add(line.line, "a date has no zone (RFC 5545, 3.2.19)", "remove TZID, or write a time");
        return None;
    }
    let moment = if is_date { date_moment(&line.value) } else { time_moment(line, problems)? };
    if moment.is_none() {
        let message = format!("\"{}\" is not a {}", excerpt(&line.value), if is_date { "date" } else { "local time" });
        let help = "write a date as 20261225 with VALUE=DATE, a time as 20261225T080000, in whole minutes";
        problems.add(line.line, message, help);
    }
    Some(Written { line: line.line, moment: moment?, zone: if is_date { WrittenZone::Date } else { zone } })
}

fn zone_name(line: usize, name: &str, problems: &mut Problems) -> Option<String> {
    let known = LocalTime::named(name).map(|zone| zone.name().to_owned());
    if known.is_none() {
        let message = format!("time zone \"{}\" is not in the IANA database", excerpt(name));
        problems.add(line, message, "use a name such as Europe/London");
    }
    known
}

/// Reads `20261225`.
fn date_moment(text: &str) -> Option<Moment> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() == 8;
    let part = |range: core::ops::Range<usize>| text.get(range).filter(|_| digits);
    let (year, month, day) = (part(0..4)?.parse().ok()?, part(4..6)?.parse().ok()?, part(6..8)?.parse().ok()?);
    Some(Moment { days: days_of(year, month, day)?, minute: 0 })
}

/// Reads `20261225T083000`; the outer `None` when what is wrong was told.
fn time_moment(line: &ContentLine, problems: &mut Problems) -> Option<Option<Moment>> {
    if line.value.ends_with(['Z', 'z']) {
        let message = "a time in UTC would move against the clock on the wall with the season";
        problems.add(line.line, message, "write local time without Z, with TZID=... for its zone");
        return None;
    }
    let read = || {
        let (date, time) = line.value.split_once(['T', 't'])?;
        let whole = time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit()) && time.ends_with("00");
        let part = |range: core::ops::Range<usize>| time.get(range).filter(|_| whole);
        let (hour, minute): (u16, u16) = (part(0..2)?.parse().ok()?, part(2..4)?.parse().ok()?);
        let in_day = hour < 24 && minute < 60;
        date_moment(date).filter(|_| in_day).map(|date| Moment { minute: hour * 60 + minute, ..date })
    };
    Some(read())
}
