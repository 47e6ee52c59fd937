//! Stories of timetables: the missing and the doubled hour in zones that differ in how they do it, special days beside
//! windows that run over midnight, and changes found by jumping against changes found by looking at every minute.

use super::*;
use crate::id::ScheduleId;
use crate::site::schedule::Day;
use crate::site::schedule::calendar::Date;
use crate::site::schedule::named::SpecialDays;

/// `2026-03-29T00:59` in UTC.
fn utc(text: &str) -> Wall {
    let time: jiff::civil::DateTime = text.parse().unwrap();
    Wall::from_seconds(time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second())
}

fn daily(zone: &str, from: u16, to: u16) -> Timetable {
    Timetable::of_weekly(&Weekly::on_days(&Day::ALL, from, to).unwrap(), &LocalTime::named(zone).unwrap())
}

fn calendar(number: u32, dates: &[&str]) -> (CalendarId, Calendar) {
    let id = CalendarId::new(number);
    let dates = dates.iter().map(|date| date.parse::<Date>().unwrap());
    (id, Calendar::new(id, "Dates", dates).unwrap())
}

fn special(number: u32, windows: &[(u16, u16)]) -> SpecialDays {
    let windows = DayWindows::new(windows.iter().copied()).unwrap();
    SpecialDays { calendar: CalendarId::new(number), windows }
}

/// Every change in `from..to` by jumping, checked against looking at every minute.
fn changes(table: &Timetable, from: &str, to: &str) -> Vec<Wall> {
    let (from, to) = (utc(from), utc(to));
    let jumped: Vec<Wall> = core::iter::successors(table.next_change(from), |change| table.next_change(*change))
        .take_while(|at| *at < to)
        .collect();
    let minutes = (from.as_seconds() + 60..to.as_seconds()).step_by(60);
    let holds = |second| table.holds(Wall::from_seconds(second));
    let looked: Vec<Wall> = minutes.filter(|at| holds(*at) != holds(*at - 60)).map(Wall::from_seconds).collect();
    assert_eq!(jumped, looked);
    jumped
}

fn check(table: &Timetable, from: &str, to: &str, expect: &[&str]) {
    let found = changes(table, from, to);
    assert_eq!(found, expect.iter().map(|at| utc(at)).collect::<Vec<_>>());
}

#[test]
fn london_leaves_out_an_hour_in_march_and_repeats_one_in_october() {
    // 01:00 to 02:00 is missing on 29 March 2026 and comes twice on 25 October.
    let inside = daily("Europe/London", 75, 105);
    check(
        &inside,
        "2026-03-28T00:00",
        "2026-03-31T00:00",
        &["2026-03-28T01:15", "2026-03-28T01:45", "2026-03-30T00:15", "2026-03-30T00:45"],
    );
    check(
        &inside,
        "2026-10-25T00:00",
        "2026-10-25T12:00",
        &["2026-10-25T00:15", "2026-10-25T00:45", "2026-10-25T01:15", "2026-10-25T01:45"],
    );
    // A window that reaches into the missing hour holds in part, and one across the change back is an hour longer.
    let across = daily("Europe/London", 30, 90);
    check(&across, "2026-03-29T00:00", "2026-03-29T12:00", &["2026-03-29T00:30", "2026-03-29T01:00"]);
    check(
        &across,
        "2026-10-24T22:00",
        "2026-10-25T12:00",
        &["2026-10-24T23:30", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"],
    );
    let night = daily("Europe/London", 22 * 60, 6 * 60);
    check(&night, "2026-03-28T12:00", "2026-03-29T12:00", &["2026-03-28T22:00", "2026-03-29T05:00"]);
    check(&night, "2026-10-24T12:00", "2026-10-25T12:00", &["2026-10-24T21:00", "2026-10-25T06:00"]);
}

#[test]
fn new_york_changes_at_two_in_the_morning() {
    // 02:00 to 03:00 is missing on 8 March 2026; 01:00 to 02:00 comes twice on 1 November.
    let missing = daily("America/New_York", 120, 180);
    check(&missing, "2026-03-08T00:00", "2026-03-09T12:00", &["2026-03-09T06:00", "2026-03-09T07:00"]);
    let from_missing = daily("America/New_York", 150, 240);
    check(&from_missing, "2026-03-08T00:00", "2026-03-08T12:00", &["2026-03-08T07:00", "2026-03-08T08:00"]);
    let doubled = daily("America/New_York", 60, 120);
    check(&doubled, "2026-11-01T00:00", "2026-11-01T12:00", &["2026-11-01T05:00", "2026-11-01T07:00"]);
    let early = daily("America/New_York", 60, 90);
    check(
        &early,
        "2026-11-01T00:00",
        "2026-11-01T12:00",
        &["2026-11-01T05:00", "2026-11-01T05:30", "2026-11-01T06:00", "2026-11-01T06:30"],
    );
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    // 02:00 to 02:30 is missing on 4 October 2026; 01:30 to 02:00 comes twice on 5 April. +10:30 and +11:00.
    let missing = daily("Australia/Lord_Howe", 120, 150);
    check(&missing, "2026-10-03T12:00", "2026-10-04T16:00", &["2026-10-04T15:00", "2026-10-04T15:30"]);
    let doubled = daily("Australia/Lord_Howe", 95, 115);
    check(
        &doubled,
        "2026-04-04T12:00",
        "2026-04-04T18:00",
        &["2026-04-04T14:35", "2026-04-04T14:55", "2026-04-04T15:05", "2026-04-04T15:25"],
    );
    let across = daily("Australia/Lord_Howe", 60, 180);
    check(&across, "2026-04-04T12:00", "2026-04-04T18:00", &["2026-04-04T14:00", "2026-04-04T16:30"]);
}

#[test]
fn casablanca_goes_back_for_ramadan() {
    // 02:00 to 03:00 comes twice on 23 February 2025 and is missing on 6 April: the other way round than in Europe.
    let window = daily("Africa/Casablanca", 135, 165);
    check(
        &window,
        "2025-02-23T00:00",
        "2025-02-23T12:00",
        &["2025-02-23T01:15", "2025-02-23T01:45", "2025-02-23T02:15", "2025-02-23T02:45"],
    );
    check(&window, "2025-04-06T00:00", "2025-04-06T12:00", &[]);
}

#[test]
fn kolkata_never_changes() {
    let office = daily("Asia/Kolkata", 9 * 60, 17 * 60 + 30);
    for month in ["2026-03-29", "2026-10-25"] {
        check(
            &office,
            &format!("{month}T00:00"),
            &format!("{month}T23:00"),
            &[&format!("{month}T03:30"), &format!("{month}T12:00")],
        );
    }
}

#[test]
fn a_special_day_replaces_the_whole_date_and_nothing_else() {
    // Nights of every day, 22:00 to 06:00; Christmas Day (a Friday) from 10:00 to 12:00 only.
    let weekly = Weekly::on_days(&Day::ALL, 22 * 60, 6 * 60).unwrap();
    let schedule =
        Schedule::new(ScheduleId::new(1), "Nights", "UTC", Some(weekly), [special(1, &[(600, 720)])]).unwrap();
    let table = Timetable::compile(&schedule, &[calendar(1, &["2026-12-25"])].into()).unwrap();
    check(
        &table,
        "2026-12-24T12:00",
        "2026-12-27T00:00",
        &[
            "2026-12-24T22:00",
            "2026-12-25T00:00", // the tail of the evening before is replaced
            "2026-12-25T10:00",
            "2026-12-25T12:00",
            "2026-12-26T00:00", // an ordinary date again, with the tail its weekday has
            "2026-12-26T06:00",
            "2026-12-26T22:00",
        ],
    );
}

#[test]
fn a_special_day_is_a_date_of_the_schedules_own_zone() {
    // Auckland is 13 hours ahead of UTC at Christmas, so its date begins the day before.
    let closed = special(1, &[]);
    let name = "Auckland";
    let schedule =
        Schedule::new(ScheduleId::new(1), name, "Pacific/Auckland", Some(Weekly::always()), [closed]).unwrap();
    let table = Timetable::compile(&schedule, &[calendar(1, &["2026-12-25", "2026-12-26"])].into()).unwrap();
    check(&table, "2026-12-20T00:00", "2026-12-31T00:00", &["2026-12-24T11:00", "2026-12-26T11:00"]);
}

#[test]
fn special_windows_meet_the_missing_and_the_doubled_hour() {
    let schedule =
        Schedule::new(ScheduleId::new(1), "Sundays", "Europe/London", None, [special(1, &[(75, 180)])]).unwrap();
    let table = Timetable::compile(&schedule, &[calendar(1, &["2026-03-29", "2026-10-25"])].into()).unwrap();
    check(&table, "2026-03-28T00:00", "2026-03-31T00:00", &["2026-03-29T01:00", "2026-03-29T02:00"]);
    check(
        &table,
        "2026-10-24T00:00",
        "2026-10-27T00:00",
        &["2026-10-25T00:15", "2026-10-25T01:00", "2026-10-25T01:15", "2026-10-25T03:00"],
    );
    assert_eq!(table.next_change(utc("2026-10-25T03:00")), None);
}

#[test]
fn of_two_calendars_with_one_date_the_first_listed_wins() {
    let calendars = [calendar(1, &["2026-12-25"]), calendar(2, &["2026-12-25", "2026-12-26"])].into();
    let table = |specials: [SpecialDays; 2]| {
        let schedule = Schedule::new(ScheduleId::new(1), "Days", "UTC", None, specials).unwrap();
        Timetable::compile(&schedule, &calendars).unwrap()
    };
    let (first, second) = (special(1, &[]), special(2, &[(60, 120)]));
    let closed_first = table([first.clone(), second.clone()]);
    check(&closed_first, "2026-12-24T00:00", "2026-12-28T00:00", &["2026-12-26T01:00", "2026-12-26T02:00"]);
    let open_first = table([second, first]);
    assert!(open_first.holds(utc("2026-12-25T01:30")));
}

#[test]
fn what_is_not_known_in_full_is_no_timetable() {
    let compile = |zone: &str| {
        let closed = [special(1, &[]), special(2, &[])];
        let schedule = Schedule::new(ScheduleId::new(1), "Office", zone, Some(Weekly::always()), closed).unwrap();
        move |calendars: &BTreeMap<_, _>| Timetable::compile(&schedule, calendars)
    };
    let both = [calendar(1, &[]), calendar(2, &[])].into();
    assert!(compile("UTC")(&both).is_some());
    assert_eq!(compile("UTC")(&[calendar(1, &[])].into()), None);
    assert_eq!(compile("Europe/Atlantis")(&both), None);
}

#[test]
fn changes_are_exact_and_stop_at_ten_years() {
    let office = daily("UTC", 8 * 60, 18 * 60);
    let opening = utc("2026-07-01T08:00");
    for micros in [1, 999_999, 1_000_000, 59_999_999, 60_000_000] {
        let before = Wall::from_micros(opening.as_micros() - micros);
        assert_eq!(office.next_change(before), Some(opening), "{micros}");
        assert_eq!(office.next_open(before), Some(opening), "{micros}");
        assert!(!office.holds(before));
    }
    assert_eq!(office.next_open(opening), Some(opening));
    assert_eq!(office.next_change(opening), Some(utc("2026-07-01T18:00")));
    assert_eq!(daily("Europe/London", 0, 0).next_change(opening), None);
    let schedule = Schedule::new(ScheduleId::new(1), "Once", "UTC", None, [special(1, &[(0, 60)])]).unwrap();
    let once = Timetable::compile(&schedule, &[calendar(1, &["2040-01-01"])].into()).unwrap();
    assert_eq!(once.next_open(utc("2029-12-01T00:00")), None);
    assert_eq!(once.next_open(utc("2030-02-01T00:00")), Some(utc("2040-01-01T00:00")));
}

#[test]
fn the_ends_of_time_do_no_harm() {
    for zone in ["UTC", "Europe/London", "Pacific/Kiritimati", "Pacific/Niue"] {
        let table = daily(zone, 60, 120);
        for at in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX].map(Wall::from_micros) {
            let change = table.next_change(at);
            assert!(change.is_none_or(|change| change > at), "{zone} {at:?}");
            assert!(table.next_open(at).is_none_or(|open| open >= at), "{zone} {at:?}");
        }
    }
}
