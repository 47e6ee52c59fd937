//! Writing iCalendar: the same schedule or calendar always gives the same text, and reading it gives the same windows or
//! dates again. Special days are referred to by a schedule, not written into its text, as in ONVIF.

use std::collections::BTreeMap;

use super::DAY_MINUTES;
use crate::site::schedule::calendar::{Calendar, civil_of};
use crate::site::schedule::named::Schedule;
use crate::site::schedule::{Day, WEEK_MINUTES, Weekly};

/// Octets of a line before it is folded (RFC 5545, 3.1).
const LINE_OCTETS: usize = 75;

/// Monday 2001-01-01, in days since 1970-01-01: the week in which written events start. Any week would do.
const FIRST_MONDAY: i32 = 11_323;

/// Minutes of a day, as stretches count them.
const DAY: u16 = DAY_MINUTES as u16;

/// The weekly part of a schedule, with the zone as `TZID`; without any event when it has no weekly part.
pub fn to_ical(schedule: &Schedule) -> String {
    let mut text = Text::begin();
    let zone = format!(";TZID={}", param(&schedule.zone));
    for (number, ((from, length), days)) in schedule.weekly.iter().flat_map(pieces).enumerate() {
        let first = days.first().map_or(0, |day| *day as i32);
        let moment = |minutes: u16| {
            let (days, minute) = (minutes / DAY, minutes % DAY);
            format!("{}T{:02}{:02}00", date(FIRST_MONDAY + first + i32::from(days)), minute / 60, minute % 60)
        };
        let codes: Vec<&str> = days.iter().map(|day| code(*day)).collect();
        text.event(&format!("{}-{}", schedule.id, number + 1), &schedule.name, |text| {
            text.line(&format!("DTSTART{zone}:{}", moment(from)));
            text.line(&format!("DTEND{zone}:{}", moment(from + length)));
            text.line(&format!("RRULE:FREQ=WEEKLY;BYDAY={}", codes.join(",")));
        });
    }
    text.end()
}

/// The dates of a calendar as all-day events, one for each run of dates.
pub fn calendar_to_ical(calendar: &Calendar) -> String {
    let mut text = Text::begin();
    let mut runs: Vec<(i32, i32)> = Vec::new();
    for day in calendar.days.iter().map(|date| date.days()) {
        match runs.last_mut() {
            Some((_, end)) if *end == day => *end += 1,
            _ => runs.push((day, day + 1)),
        }
    }
    for (number, (first, end)) in runs.into_iter().enumerate() {
        text.event(&format!("{}-{}", calendar.id, number + 1), &calendar.name, |text| {
            text.line(&format!("DTSTART;VALUE=DATE:{}", date(first)));
            text.line(&format!("DTEND;VALUE=DATE:{}", date(end)));
        });
    }
    text.end()
}

/// The windows of a week by start of day and length, each with its days. Windows of more than a day are cut at midnights, and
/// one that runs over the end of the week is whole again: both are how people write them.
fn pieces(weekly: &Weekly) -> BTreeMap<(u16, u16), Vec<Day>> {
    let mut stretches = weekly.stretches().to_vec();
    if let [(0, head), .., (_, WEEK_MINUTES)] = stretches[..] {
        stretches.remove(0);
        if let Some((_, to)) = stretches.last_mut() {
            *to += head;
        }
    }
    let mut pieces: BTreeMap<(u16, u16), Vec<Day>> = BTreeMap::new();
    for (mut from, to) in stretches {
        while from < to {
            let end = if to - from <= DAY { to } else { (from / DAY + 1) * DAY };
            pieces.entry((from % DAY, end - from)).or_default().push(Day::ALL[usize::from(from / DAY) % 7]);
            from = end;
        }
    }
    for days in pieces.values_mut() {
        days.sort_unstable();
    }
    pieces
}

const fn code(day: Day) -> &'static str {
    match day {
        Day::Mon => "MO",
        Day::Tue => "TU",
        Day::Wed => "WE",
        Day::Thu => "TH",
        Day::Fri => "FR",
        Day::Sat => "SA",
        Day::Sun => "SU",
    }
}

fn date(days: i32) -> String {
    let (year, month, day) = civil_of(days);
    format!("{year:04}{month:02}{day:02}")
}

/// A parameter's value: without what cannot be written, and quoted where RFC 5545, 3.1 asks for it.
fn param(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() && *c != '"').collect();
    if kept.contains([':', ';', ',']) { format!("\"{kept}\"") } else { kept }
}

/// A value of type TEXT (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A text being written.
struct Text(String);

impl Text {
    fn begin() -> Self {
        let mut text = Self(String::new());
        for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rackward//Schedules//EN"] {
            text.line(line);
        }
        text
    }

    fn end(mut self) -> String {
        self.line("END:VCALENDAR");
        self.0
    }

    fn event(&mut self, uid: &str, summary: &str, when: impl FnOnce(&mut Self)) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{uid}@rackward"));
        // Required by RFC 5545, 3.6.1; a text that depends on when it was written could not be compared with another.
        self.line("DTSTAMP:20010101T000000Z");
        self.line(&format!("SUMMARY:{}", escaped(summary)));
        when(self);
        self.line("END:VEVENT");
    }

    /// Writes one content line, folded between characters.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            octets += c.len_utf8();
            self.0.push(c);
        }
        self.0.push_str("\r\n");
    }
}
