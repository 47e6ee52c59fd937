//! Local time: which date, and which minute of the local week, an instant is in a zone. The rules come from the IANA
//! database that is built into the program, never from files of the machine, so that a journal replayed elsewhere decides
//! the same. A zone is read once into a table of offset changes, which every clone shares, so that a decision costs a search
//! in a few cache lines and no look-up. What holds at a local time is `schedule.rs` and the files below it.

use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::site::schedule::WeekMinute;
use crate::time::Wall;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Offset changes are tabled to this year; after it the last offset stays. Long enough for any daemon's life.
const LAST_YEAR: i16 = 2100;

/// The instant from which offset changes are tabled: 2000-01-01T00:00:00Z, before any journal.
const FIRST_SECOND: i64 = 946_684_800;

/// Seconds of one page of the table. Pages find the few changes worth looking at without a search.
const PAGE_SECONDS: i64 = 1 << 24;

/// Seconds of a day of 24 hours, which is what dates are counted in.
const DAY_SECONDS: i64 = 86_400;

/// An IANA time zone, as a table. Clones share the table, so that hundreds of schedules in one zone cost one.
#[derive(Clone, PartialEq, Eq)]
pub struct LocalTime {
    name: Arc<str>,
    /// Sorted by instant: from this second on, this many seconds east of UTC. The first counts for all time before, too.
    changes: Arc<[(i64, i32)]>,
    /// For each page of time since [`FIRST_SECOND`], the last change before or at its beginning.
    pages: Arc<[u16]>,
}

impl fmt::Debug for LocalTime {
    /// The name says all: the table follows from it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalTime").field(&self.name).finish()
    }
}

/// A second of local time, counted as if the zone were UTC: what the clock on the wall shows. At a change back it repeats,
/// at a change forward it jumps, so it names an instant only together with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalSecond(i64);

impl LocalSecond {
    /// The local second this many seconds after local 1970-01-01 00:00.
    pub const fn new(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The first second of local date `day`, in days since 1970-01-01, plus `minute` minutes of that day.
    pub const fn of_day(day: i64, minute: u16) -> Self {
        Self(day * DAY_SECONDS + minute as i64 * 60)
    }

    /// Seconds since local 1970-01-01 00:00.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The local date, in days since 1970-01-01.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY_SECONDS)
    }

    /// The minute of the local day, 0 to 1439.
    pub const fn day_minute(self) -> u16 {
        (self.0.rem_euclid(DAY_SECONDS) / 60) as u16
    }

    /// The minute of the local week.
    pub const fn week_minute(self) -> WeekMinute {
        /// 1970-01-01 was a Thursday: three days into a week that starts on Monday.
        const EPOCH_DAYS_INTO_WEEK: i64 = 3;
        let day = (self.day() + EPOCH_DAYS_INTO_WEEK).rem_euclid(7);
        WeekMinute::new(day as u32 * 1440 + self.day_minute() as u32)
    }
}

impl LocalTime {
    /// The zone with this IANA name in any case, such as `Europe/London`; `None` when the built-in database has none. The
    /// first call for a zone reads it, every later one shares what was read.
    pub fn named(name: &str) -> Option<Self> {
        let (spelling, zone) = zones().get(name.to_ascii_lowercase().as_str())?;
        zone.get_or_init(|| Self::read(spelling)).clone()
    }

    /// Every name that [`LocalTime::named`] knows, in alphabetical order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        zones().values().map(|(spelling, _)| spelling.as_str())
    }

    fn read(name: &str) -> Option<Self> {
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        let first = Timestamp::from_second(FIRST_SECOND).ok()?;
        let later = zone
            .following(first)
            .take_while(|change| change.timestamp().to_zoned(TimeZone::UTC).year() <= LAST_YEAR)
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()));
        let all = core::iter::once((FIRST_SECOND, zone.to_offset(first).seconds())).chain(later);
        let mut changes: Vec<(i64, i32)> = all.collect();
        // The database also has changes of a zone's abbreviation alone; nobody's clock moves at those.
        changes.dedup_by_key(|(_, offset)| *offset);
        let last = changes.last().map_or(FIRST_SECOND, |(from, _)| *from);
        let page_starts = (FIRST_SECOND..=last).step_by(PAGE_SECONDS as usize);
        let pages = page_starts.map(|start| (changes.partition_point(|(from, _)| *from <= start) - 1) as u16).collect();
        Some(Self { name: name.into(), changes: changes.into(), pages })
    }

    /// The IANA name, as the database spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds east of UTC at `at`.
    pub fn offset_seconds(&self, at: Wall) -> i32 {
        self.changes[self.current(at)].1
    }

    /// The first second after `at` at which the offset changes, if it ever does again.
    pub fn next_offset_change(&self, at: Wall) -> Option<Wall> {
        self.changes.get(self.current(at) + 1).map(|(from, _)| Wall::from_seconds(*from))
    }

    /// What the clock on the wall shows at `at`.
    pub fn local_second(&self, at: Wall) -> LocalSecond {
        LocalSecond(at.as_seconds() + i64::from(self.offset_seconds(at)))
    }

    /// The minute of the local week at `at`.
    pub fn week_minute(&self, at: Wall) -> WeekMinute {
        self.local_second(at).week_minute()
    }

    /// Which entry of the table is in force at `at`.
    fn current(&self, at: Wall) -> usize {
        let second = at.as_seconds();
        let page = usize::try_from((second - FIRST_SECOND) / PAGE_SECONDS).unwrap_or(0).min(self.pages.len() - 1);
        let mut current = usize::from(self.pages[page]);
        while let Some((from, _)) = self.changes.get(current + 1)
            && *from <= second
        {
            current += 1;
        }
        current
    }
}

/// Every zone of the built-in database by its lower-case name, with its own spelling, read when first asked for. Constant
/// data in all but name: nothing that happens to the engine can change what is found here.
type Zones = BTreeMap<String, (String, OnceLock<Option<LocalTime>>)>;

fn zones() -> &'static Zones {
    static ZONES: OnceLock<Zones> = OnceLock::new();
    ZONES.get_or_init(|| {
        let database = TimeZoneDatabase::bundled();
        let names = database.available().map(|name| name.as_str().to_owned());
        names.map(|name| (name.to_ascii_lowercase(), (name, OnceLock::new()))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Weekday;

    #[test]
    fn agrees_with_the_calendar_at_every_hour_of_a_year() {
        for name in
            ["Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "Africa/Casablanca"]
        {
            let local = LocalTime::named(name).unwrap();
            let zone = TimeZoneDatabase::bundled().get(name).unwrap();
            for half_hour in 0..(366 * 48) {
                let second = 1_767_225_600 + half_hour * 1800;
                let zoned = Timestamp::from_second(second).unwrap().to_zoned(zone.clone());
                let day = zoned.weekday().since(Weekday::Monday) as u32;
                let expect = day * 1440 + zoned.hour() as u32 * 60 + zoned.minute() as u32;
                let got = local.week_minute(Wall::from_seconds(second));
                assert_eq!(u32::from(got.get()), expect, "{name} {zoned}");
            }
        }
    }

    #[test]
    fn unknown_zones_are_refused() {
        for name in ["Europe/Atlantis", "", "../etc/passwd", "Europe/London ", "EST5EDT,M3.2.0,M11.1.0"] {
            assert_eq!(LocalTime::named(name), None, "{name}");
        }
    }

    #[test]
    fn a_zone_is_read_once_and_spelt_as_the_database_has_it() {
        let (first, second) = (LocalTime::named("Asia/Kolkata").unwrap(), LocalTime::named("asia/kolkata").unwrap());
        assert!(Arc::ptr_eq(&first.changes, &second.changes));
        assert_eq!(second.name(), "Asia/Kolkata");
        assert!(LocalTime::names().count() > 500);
        assert!(LocalTime::names().all(|name| LocalTime::named(name).is_some()));
    }

    #[test]
    fn the_next_change_of_offset_is_the_one_after() {
        let london = LocalTime::named("Europe/London").unwrap();
        // 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z.
        let (spring, autumn) = (Wall::from_seconds(1_774_746_000), Wall::from_seconds(1_792_890_000));
        assert_eq!(london.next_offset_change(Wall::from_micros(spring.as_micros() - 1)), Some(spring));
        assert_eq!(london.next_offset_change(spring), Some(autumn));
        let utc = LocalTime::named("UTC").unwrap();
        assert_eq!(utc.next_offset_change(spring), None);
        assert_eq!(london.next_offset_change(Wall::from_micros(i64::MAX)), None);
    }
}
