//! Texts of iCalendar against an independent expander of recurrence rules, as properties over texts we write and texts
//! others might write; that what is written reads back; and that no text, however wrong, does more than be refused.

use super::second_of;
use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use rackward_core::Wall;
use rackward_core::id::{CalendarId, ScheduleId};
use rackward_core::site::local_time::LocalTime;
use rackward_core::site::schedule::icalendar::{calendar_from_ical, calendar_to_ical, from_ical, to_ical};
use rackward_core::site::schedule::{Calendar, Date, Day, Schedule, Timetable, Weekly};
use rrule::RRuleSet;

/// A time in the form of iCalendar.
const FORM: &str = "%Y%m%dT%H%M%S";

/// Monday to Friday.
const WORKDAYS: [Day; 5] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

fn day(date: &str) -> DateTime<Utc> {
    DateTime::from_timestamp(second_of(date), 0).unwrap()
}

/// Openings that begin between two instants, and the first of them if it began before, with their closings, by jumping.
fn openings(table: &Timetable, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut at = Wall::from_seconds(from.timestamp());
    while let Some(open) = table.next_open(at).filter(|open| open.as_seconds() < until.timestamp()) {
        let shut = table.next_change(open).map_or(i64::MAX, Wall::as_seconds);
        found.push((open.as_seconds(), shut));
        at = Wall::from_seconds(shut);
    }
    found
}

/// What [`event`] says of each event of a text, read as plainly as can be.
fn events(text: &str) -> Vec<(&str, NaiveDateTime, NaiveDateTime, &str)> {
    text.split("BEGIN:VEVENT").skip(1).map(event).collect()
}

/// The line of the start, the start, the end, the line of the rule.
fn event(text: &str) -> (&str, NaiveDateTime, NaiveDateTime, &str) {
    let line = |name| text.split("\r\n").find(|line| line.starts_with(name)).unwrap();
    let time = |name| NaiveDateTime::parse_from_str(line(name).rsplit(':').next().unwrap(), FORM).unwrap();
    (line("DTSTART"), time("DTSTART"), time("DTEND"), line("RRULE"))
}

/// Occurrences as stretches of seconds, those that overlap or touch made one.
fn merged(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, to) in stretches {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// What the expander makes of the times of a text, read as UTC, until `until`.
fn expanded(text: &str, until: DateTime<Utc>) -> Vec<(i64, i64)> {
    let mut stretches = Vec::new();
    for (_, start, end, rule) in events(text) {
        let set: RRuleSet = format!("DTSTART:{}Z\n{rule}", start.format(FORM)).parse().unwrap();
        let result = set.before(until.with_timezone(&rrule::Tz::UTC)).all(u16::MAX);
        assert!(!result.limited, "the expander stopped early");
        let starts = result.dates.into_iter().map(|at| at.timestamp());
        stretches.extend(starts.map(|at| (at, at + (end - start).num_seconds())));
    }
    merged(stretches)
}

/// Compares four weeks, late enough for every first occurrence of January 2001 to lie before them.
fn check_weeks(text: &str, weekly: &Weekly) -> Result<(), TestCaseError> {
    let (from, until) = (day("2001-02-05"), day("2001-03-05"));
    let table = Timetable::of_weekly(weekly, &LocalTime::named("UTC").unwrap());
    let window = from.timestamp()..until.timestamp();
    let cut = |(open, shut): (i64, i64)| (open.max(window.start), shut.min(window.end));
    let theirs: Vec<_> =
        expanded(text, day("2001-03-20")).into_iter().map(cut).filter(|(open, shut)| open < shut).collect();
    let ours: Vec<_> = openings(&table, from, until).into_iter().map(cut).collect();
    prop_assert_eq!(ours, theirs, "{}", text);
    Ok(())
}

fn any_weekly() -> impl Strategy<Value = Weekly> {
    let stretch = (0u16..10_080, 1u16..3_000).prop_map(|(from, length)| (from, from + length));
    vec(stretch, 1..8).prop_map(|stretches| Weekly::from_stretches(stretches).unwrap())
}

/// Events as somebody else might write them.
fn any_event() -> impl Strategy<Value = String> {
    let days = btree_set(select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), 1..7);
    let list = days.prop_map(|days| days.into_iter().collect::<Vec<_>>().join(","));
    let rule = prop_oneof![
        Just("FREQ=DAILY".to_owned()),
        Just("FREQ=WEEKLY".to_owned()),
        list.clone().prop_map(|days| format!("FREQ=WEEKLY;BYDAY={days}")),
        list.clone().prop_map(|days| format!("FREQ=WEEKLY;INTERVAL=1;WKST=SU;BYDAY={days}")),
        list.prop_map(|days| format!("FREQ=DAILY;BYDAY={days}")),
    ];
    (0i64..20_160, prop_oneof![1i64..1_440, 1i64..=10_080], rule).prop_map(|(start, length, rule)| {
        let start = day("2001-01-01").naive_utc() + Duration::minutes(start);
        let end = start + Duration::minutes(length);
        let (start, end) = (start.format(FORM), end.format(FORM));
        format!("BEGIN:VEVENT\r\nDTSTART:{start}\r\nDTEND:{end}\r\nRRULE:{rule}\r\nEND:VEVENT\r\n")
    })
}

fn any_date() -> impl Strategy<Value = Date> {
    (10_957..=47_846).prop_map(|days| Date::from_days(days).unwrap())
}

fn schedule(name: &str, zone: &str, weekly: &Weekly) -> Schedule {
    Schedule::new(ScheduleId::new(7), name, zone, Some(weekly.clone()), []).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_we_write_expands_to_what_holds(weekly in any_weekly()) {
        check_weeks(&to_ical(&schedule("Any", "UTC", &weekly)), &weekly)?;
    }

    #[test]
    fn what_others_write_holds_when_it_expands(events in vec(any_event(), 1..5)) {
        let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", events.concat());
        let (weekly, zone) = from_ical(&text).unwrap();
        prop_assert_eq!(zone, None);
        check_weeks(&text, &weekly)?;
    }
}

proptest! {
    #[test]
    fn a_schedule_reads_back(weekly in any_weekly(), name in "[ -~é木]{1,64}", zone in 0usize..500) {
        prop_assume!(!name.trim().is_empty());
        let zone = LocalTime::names().nth(zone).unwrap();
        let text = to_ical(&schedule(&name, zone, &weekly));
        prop_assert!(text.split("\r\n").all(|row| row.len() <= 75));
        prop_assert_eq!(from_ical(&text), Ok((weekly, Some(zone.to_owned()))));
    }

    #[test]
    fn a_calendar_reads_back(dates in btree_set(any_date(), 0..60), run in 10_957i32..47_000) {
        let run = (run..run + 40).filter_map(Date::from_days);
        let calendar = Calendar::new(CalendarId::new(1), "Any", dates.into_iter().chain(run)).unwrap();
        prop_assert_eq!(calendar_from_ical(&calendar_to_ical(&calendar)), Ok(calendar.days.to_vec()));
    }

    #[test]
    fn no_text_does_more_than_be_refused(text in any::<String>()) {
        check_refusal(&text)?;
    }

    #[test]
    fn lines_in_any_order_do_no_more(lines in vec(select(LINES), 0..40), ending in select(vec!["\n", "\r\n", "\r\n\t", "\r"])) {
        check_refusal(&lines.join(ending))?;
        check_refusal(&format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}\nEND:VEVENT\nEND:VCALENDAR", lines.join(ending)))?;
    }

    #[test]
    fn a_damaged_text_does_no_more(weekly in any_weekly(), place in 0.0..1.0f64, length in 0usize..30, patch in any::<String>()) {
        let text = to_ical(&schedule("Any", "Europe/London", &weekly));
        let start = (text.len() as f64 * place) as usize;
        let end = (start + length).min(text.len());
        check_refusal(&[&text[..start], &patch, &text[end..]].concat())?;
    }
}

/// Lines that mean something, and some that nearly do.
const LINES: &[&str] = &[
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VTIMEZONE",
    "END:VTIMEZONE",
    "BEGIN:VALARM",
    "END:VALARM",
    "VERSION:2.0",
    "X-A;B=\"c",
    "X-A;B=c:d",
    "DTSTART:20260105T080000",
    "DTEND:20260105T180000",
    "DTSTART;VALUE=DATE:20260105",
    "DTEND;VALUE=DATE:20260107",
    "DTEND;VALUE=DATE:99991231",
    "DTSTART;VALUE=DATE:00000101",
    "DTSTART;TZID=Europe/London:20260105T080000",
    "DTEND;TZID=Europe/London:20260106T080000",
    "DTSTART;TZID=é:20260105T08000é",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,SU",
    "RRULE:FREQ=WEEKLY;BYDAY=,",
    "RRULE:",
    "RRULE:;;=;",
    ":",
    ";",
    " ",
    "",
    "UID:1",
    "EXDATE:20260105T080000",
    "STATUS:CANCELLED",
];

/// Either refused with problems that name a line of the text, or understood so well that it can be written again.
fn check_refusal(text: &str) -> Result<(), TestCaseError> {
    let rows = text.split('\n').count();
    match from_ical(text) {
        Ok((weekly, zone)) => {
            let zone = zone.unwrap_or_else(|| "UTC".into());
            let again = from_ical(&to_ical(&schedule("Again", &zone, &weekly)));
            prop_assert_eq!(again, Ok((weekly, Some(zone))));
        }
        Err(problems) => {
            prop_assert!(!problems.is_empty() && problems.len() <= 101);
            prop_assert!(problems.iter().all(|problem| (1..=rows).contains(&problem.line)), "{:?}", problems);
        }
    }
    if let Err(problems) = calendar_from_ical(text) {
        prop_assert!(!problems.is_empty() && problems.len() <= 101);
    }
    Ok(())
}

/// Openings of a year of a weekly schedule in a zone, by the expander: starts as it has them, ends on the same clock.
fn expanded_in(zone: chrono_tz::Tz, text: &str, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    for (start_line, start, end, rule) in events(text) {
        let set: RRuleSet = format!("{start_line}\n{rule}").parse().unwrap();
        let bound = |at: DateTime<Utc>| at.with_timezone(&rrule::Tz::UTC);
        let starts = set.after(bound(from)).before(bound(until)).all(u16::MAX);
        found.extend(starts.dates.into_iter().map(|at| {
            let shut = zone.from_local_datetime(&(at.naive_local() + (end - start))).single().unwrap();
            (at.timestamp(), shut.timestamp())
        }));
    }
    found.sort_unstable();
    found
}

/// No window starts or ends in an hour that an offset change leaves out or repeats: there the two would rightly differ.
#[test]
fn openings_of_a_year_start_and_end_where_the_expander_has_them() {
    let weeklies = [
        ("office", Weekly::on_days(&WORKDAYS, 8 * 60, 18 * 60).unwrap()),
        ("nights", Weekly::on_days(&Day::ALL, 22 * 60, 6 * 60).unwrap()),
        ("weekend", Weekly::on_days(&[Day::Sat, Day::Sun], 6 * 60 + 30, 5 * 60).unwrap()),
    ];
    let (from, until) = (day("2025-01-02"), day("2026-01-02"));
    let mut compared = 0;
    for name in ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "UTC"]
    {
        for (what, weekly) in &weeklies {
            let text = to_ical(&schedule(what, name, weekly));
            let theirs = expanded_in(name.parse().unwrap(), &text, from, until);
            let table = Timetable::of_weekly(weekly, &LocalTime::named(name).unwrap());
            let mut ours = openings(&table, from, until);
            // What was open when the year began had opened before it.
            ours.retain(|(open, _)| *open > from.timestamp() || !table.holds(Wall::from_seconds(from.timestamp() - 1)));
            assert_eq!(ours, theirs, "{name} {what}");
            compared += theirs.len();
        }
    }
    println!("{compared} openings and closings compared with the expander");
    assert!(compared > 4_000);
}
