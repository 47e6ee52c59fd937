//! Local time at the site: which minute of the local week an instant is. The rules come from the bundled IANA database,
//! read once into a table of offset changes, so that a decision costs a search in a few cache lines and no look-up.

use crate::site::schedule::WeekMinute;
use crate::time::Wall;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Offset changes are tabled to this year; after it the last offset stays. Long enough for any daemon's life.
const LAST_YEAR: i16 = 2100;

/// The instant from which offset changes are tabled: 2000-01-01T00:00:00Z, before any journal.
const FIRST_SECOND: i64 = 946_684_800;

/// Seconds of one page of the table. Pages find the few changes worth looking at without a search.
const PAGE_SECONDS: i64 = 1 << 24;

/// An IANA time zone, as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTime {
    name: String,
    /// Sorted by instant: from this second on, this many seconds east of UTC. The first counts for all time before, too.
    changes: Box<[(i64, i32)]>,
    /// For each page of time since [`FIRST_SECOND`], the last change before or at its beginning.
    pages: Box<[u16]>,
}

impl LocalTime {
    /// The zone with this IANA name, such as `Europe/London`; `None` when the bundled database has none.
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        let first = Timestamp::from_second(FIRST_SECOND).ok()?;
        let later = zone
            .following(first)
            .take_while(|change| change.timestamp().to_zoned(TimeZone::UTC).year() <= LAST_YEAR)
            .map(|change| (change.timestamp().as_second(), change.offset().seconds()));
        let changes: Box<[(i64, i32)]> =
            core::iter::once((FIRST_SECOND, zone.to_offset(first).seconds())).chain(later).collect();
        let last = changes.last().map_or(FIRST_SECOND, |(from, _)| *from);
        let page_starts = (FIRST_SECOND..=last).step_by(PAGE_SECONDS as usize);
        let pages = page_starts.map(|start| (changes.partition_point(|(from, _)| *from <= start) - 1) as u16).collect();
        Some(Self { name: name.to_owned(), changes, pages })
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds east of UTC at `at`.
    pub fn offset_seconds(&self, at: Wall) -> i32 {
        let second = at.as_seconds();
        let page = usize::try_from((second - FIRST_SECOND) / PAGE_SECONDS).unwrap_or(0).min(self.pages.len() - 1);
        let mut current = usize::from(self.pages[page]);
        while let Some((from, _)) = self.changes.get(current + 1)
            && *from <= second
        {
            current += 1;
        }
        self.changes[current].1
    }

    /// The minute of the local week at `at`.
    pub fn week_minute(&self, at: Wall) -> WeekMinute {
        /// 1970-01-01 was a Thursday: three days into a week that starts on Monday.
        const EPOCH_MINUTES_INTO_WEEK: i64 = 3 * 24 * 60;
        const WEEK: i64 = crate::site::schedule::WEEK_MINUTES as i64;
        let local = at.as_seconds() + i64::from(self.offset_seconds(at));
        let minute = (local.div_euclid(60) + EPOCH_MINUTES_INTO_WEEK).rem_euclid(WEEK);
        WeekMinute::new(minute as u32)
    }
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
            let zone = TimeZone::get(name).unwrap();
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
        assert_eq!(LocalTime::named("Europe/Atlantis"), None);
    }
}
