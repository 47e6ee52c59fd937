//! Local time and timetables against an independent calendar library, in every zone of the built-in database over ten years:
//! on both sides of every change of offset, minute by minute, and on a grid that drifts through the hours of the day.
//! What the core's own stories tell of five zones, this asks of all. Texts of iCalendar are `calendars/icalendar.rs`.

mod icalendar;

use std::collections::BTreeSet;
use std::iter::successors;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use rackward_core::Wall;
use rackward_core::id::{CalendarId, ScheduleId};
use rackward_core::site::local_time::LocalTime;
use rackward_core::site::schedule::{Calendar, DayWindows, Schedule, SpecialDays, Timetable, Weekly};

/// The ten years: 2025-01-01 to 2035-01-01.
const YEARS: std::ops::Range<i64> = 1_735_689_600..2_051_222_400;

/// Seconds from one sample of the grid to the next: a day, an hour and a minute, so that samples see every hour of the day
/// and no two changes of offset lie between two of them.
const GRID_SECONDS: i64 = 86_400 + 3_660;

/// Minutes looked at on each side of a change of offset.
const NEAR_MINUTES: i64 = 240;

/// Zones whose government decided on new rules after the other library's database, release 2025b, was made; ours is newer.
/// They are compared up to the day on which the rules part, which the test makes sure they do.
const NEWER_RULES: &[(&str, &str)] = &[
    // Changes at 01:00 UTC as in the rest of Europe are now also known for Moldova.
    ("Europe/Chisinau", "2025-03-29"),
    ("Europe/Tiraspol", "2025-03-29"),
    // Morocco gives up the change for Ramadan.
    ("Africa/Casablanca", "2026-09-19"),
    ("Africa/El_Aaiun", "2026-09-19"),
    // Parts of Canada stay at one offset instead of going back in November 2026.
    ("America/Edmonton", "2026-10-31"),
    ("America/Inuvik", "2026-10-31"),
    ("America/Rainy_River", "2026-10-31"),
    ("America/Vancouver", "2026-10-31"),
    ("America/Winnipeg", "2026-10-31"),
    ("America/Yellowknife", "2026-10-31"),
    ("Canada/Central", "2026-10-31"),
    ("Canada/Mountain", "2026-10-31"),
    ("Canada/Pacific", "2026-10-31"),
];

/// Names that are no place and that the other library leaves out.
const NO_PLACE: &[&str] = &["Factory"];

/// Windows of every day, some inside the hours in which offsets change, one over midnight.
const DAILY: &[(u16, u16)] = &[(0, 5), (20, 70), (100, 135), (165, 185), (1410, 1440)];

/// Windows of a special day; at both its midnights something changes.
const SPECIAL: &[(u16, u16)] = &[(10, 25), (90, 150), (1420, 1430)];

/// A quarter of an hour that is at another time on each day of the week.
const fn of_weekday(day: u16) -> (u16, u16) {
    (600 + 30 * day, 615 + 30 * day)
}

/// How much was compared.
#[derive(Debug, Default, Clone, Copy)]
struct Compared {
    zones: usize,
    samples: usize,
    offset_changes: usize,
    schedule_changes: usize,
}

impl Compared {
    fn add(&mut self, other: Self) {
        self.zones += other.zones;
        self.samples += other.samples;
        self.offset_changes += other.offset_changes;
        self.schedule_changes += other.schedule_changes;
    }
}

fn clock(zone: Tz, second: i64) -> NaiveDateTime {
    zone.from_utc_datetime(&DateTime::from_timestamp(second, 0).unwrap().naive_utc()).naive_local()
}

fn offset(zone: Tz, second: i64) -> i32 {
    let utc = DateTime::from_timestamp(second, 0).unwrap().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
}

/// The instants at which the other library's offset changes, found by asking it.
fn offset_changes(zone: Tz, years: &std::ops::Range<i64>) -> Vec<i64> {
    let mut changes = Vec::new();
    for before in years.clone().step_by(GRID_SECONDS as usize) {
        let (mut before, mut after) = (before, (before + GRID_SECONDS).min(years.end));
        let old = offset(zone, before);
        if offset(zone, after) == old {
            continue;
        }
        while after - before > 1 {
            let middle = before.midpoint(after);
            if offset(zone, middle) == old { before = middle } else { after = middle }
        }
        changes.push(after);
    }
    changes
}

/// What a schedule of [`DAILY`], [`of_weekday`] and [`SPECIAL`] must say, from the other library's date and time of day.
fn should_hold(local: NaiveDateTime, special: &BTreeSet<NaiveDate>) -> bool {
    let minute = (local.hour() * 60 + local.minute()) as u16;
    let within = |(from, to): &(u16, u16)| (*from..*to).contains(&minute);
    if special.contains(&local.date()) {
        return SPECIAL.iter().any(within);
    }
    DAILY.iter().any(within) || within(&of_weekday(local.weekday().num_days_from_monday() as u16))
}

/// The schedule that [`should_hold`] describes.
fn timetable(zone: &str, special: &BTreeSet<NaiveDate>) -> Timetable {
    let of_day = |day: u16| {
        DAILY.iter().copied().chain([of_weekday(day)]).map(move |(from, to)| (day * 1440 + from, day * 1440 + to))
    };
    let weekly = Weekly::from_stretches((0..7).flat_map(of_day)).unwrap();
    let dates = special.iter().map(|date| date.to_string().parse().unwrap());
    let calendar = Calendar::new(CalendarId::new(1), "Changes", dates).unwrap();
    let windows = DayWindows::new(SPECIAL.iter().copied()).unwrap();
    let special = SpecialDays { calendar: calendar.id, windows };
    let schedule = Schedule::new(ScheduleId::new(1), "All hours", zone, Some(weekly), [special]).unwrap();
    let calendars = [(calendar.id, calendar)].into();
    assert_eq!(schedule.problems(&calendars), []);
    Timetable::compile(&schedule, &calendars).unwrap()
}

fn compare_grid(zone: Tz, table: &Timetable, special: &BTreeSet<NaiveDate>, years: &std::ops::Range<i64>) -> usize {
    let mut samples = 0;
    for second in years.clone().step_by(GRID_SECONDS as usize) {
        let (local, at) = (clock(zone, second), Wall::from_seconds(second));
        let day = local.weekday().num_days_from_monday();
        let minute = day * 1440 + local.hour() * 60 + local.minute();
        assert_eq!(u32::from(table.zone().week_minute(at).get()), minute, "{zone} {second}");
        assert_eq!(table.holds(at), should_hold(local, special), "{zone} {second} {local}");
        samples += 1;
    }
    samples
}

/// Every minute from [`NEAR_MINUTES`] before a change of offset until as long after it, and the seconds beside it.
fn compare_near(zone: Tz, table: &Timetable, special: &BTreeSet<NaiveDate>, change: i64) -> Compared {
    let (first, last) = (change - NEAR_MINUTES * 60, change + NEAR_MINUTES * 60);
    let mut expected = Vec::new();
    let mut before = should_hold(clock(zone, first), special);
    for second in (first..=last).step_by(60) {
        let now = should_hold(clock(zone, second), special);
        assert_eq!(table.holds(Wall::from_seconds(second)), now, "{zone} {}", clock(zone, second));
        if now != before {
            expected.push(Wall::from_seconds(second));
        }
        before = now;
    }
    for second in [change - 1, change, change + 1] {
        let now = should_hold(clock(zone, second), special);
        assert_eq!(table.holds(Wall::from_seconds(second)), now, "{zone} {}", clock(zone, second));
    }
    let found = successors(table.next_change(Wall::from_seconds(first)), |at| table.next_change(*at));
    let found: Vec<Wall> = found.take_while(|at| at.as_seconds() <= last).collect();
    assert_eq!(found, expected, "{zone} around {}", DateTime::from_timestamp(change, 0).unwrap());
    let samples = 2 * NEAR_MINUTES as usize + 4;
    Compared { zones: 0, samples, offset_changes: 1, schedule_changes: found.len() }
}

fn compare_zone(name: &str) -> Compared {
    let zone: Tz = name.parse().unwrap();
    let ours = LocalTime::named(name).unwrap();
    let parted = NEWER_RULES.iter().find(|(known, _)| *known == name).map(|(_, date)| second_of(date));
    let years = YEARS.start..parted.unwrap_or(YEARS.end);
    let changes = offset_changes(zone, &years);
    let our_changes =
        successors(ours.next_offset_change(Wall::from_seconds(years.start)), |at| ours.next_offset_change(*at));
    let our_changes: Vec<i64> = our_changes.map(Wall::as_seconds).take_while(|at| *at < years.end).collect();
    assert_eq!(our_changes, changes, "{name}");
    // Every second change happens on a special day, on both of its dates where they differ.
    let on = |second| [clock(zone, second - 1).date(), clock(zone, second).date()];
    let special = changes.iter().step_by(2).flat_map(|change| on(*change)).collect();
    let table = timetable(name, &special);
    let samples = compare_grid(zone, &table, &special, &years);
    let mut compared = Compared { zones: 1, samples, ..Compared::default() };
    for change in changes {
        compared.add(compare_near(zone, &table, &special, change));
    }
    if let Some(parted) = parted {
        let differ = |second: &i64| offset(zone, *second) != ours.offset_seconds(Wall::from_seconds(*second));
        assert!((parted..parted + 3 * 86_400).step_by(900).any(|second| differ(&second)), "{name} need not be listed");
    }
    compared
}

fn second_of(date: &str) -> i64 {
    date.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp()
}

#[test]
fn every_zone_agrees_with_an_independent_library_over_ten_years() {
    let names: Vec<&str> = LocalTime::names().filter(|name| !NO_PLACE.contains(name)).collect();
    let every_second = |start: usize| {
        let mut compared = Compared::default();
        for name in names.iter().skip(start).step_by(2) {
            compared.add(compare_zone(name));
        }
        compared
    };
    let mut compared = std::thread::scope(|scope| {
        let half = scope.spawn(|| every_second(1));
        let mut compared = every_second(0);
        compared.add(half.join().unwrap());
        compared
    });
    println!("{compared:?}, of which {} zones in part, against {}", NEWER_RULES.len(), chrono_tz::IANA_TZDB_VERSION);
    compared.zones += NO_PLACE.len();
    assert_eq!(compared.zones, LocalTime::names().count());
    assert!(compared.offset_changes > 2_000 && compared.schedule_changes > 10_000, "{compared:?}");
}
