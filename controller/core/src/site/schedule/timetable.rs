//! Timetables: when a schedule holds, and when that next changes. A timetable is compiled from a schedule and the calendars
//! it uses, for asking at every badge; it must be compiled again when one of them changes. What special days mean, and what
//! the hours do that daylight saving leaves out or repeats, is said at the head of `named.rs`.
//!
//! Vocabulary: an *edge* is a moment at which the answer may change: the start or end of a window, a midnight beside a
//! special day, a change of the zone's offset. A *change* is an edge at which it does.

use std::collections::BTreeMap;

use crate::id::CalendarId;
use crate::site::local_time::{LocalSecond, LocalTime};
use crate::site::schedule::calendar::Calendar;
use crate::site::schedule::named::{DayWindows, Schedule};
use crate::site::schedule::{WEEK_MINUTES, Weekly};
use crate::time::Wall;

/// How far ahead a change is searched for: ten years. A schedule whose next change is farther has none for anybody's
/// purpose, and the search stays within a few thousand steps.
const HORIZON_SECONDS: i64 = 3_653 * 86_400;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// A schedule made ready for asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    zone: LocalTime,
    /// Stretches of the ordinary week, sorted and disjoint.
    week: Box<[(u16, u16)]>,
    /// Special days, sorted: the date in days since 1970-01-01, and which of `windows` it has.
    days: Box<[(i32, u16)]>,
    windows: Box<[DayWindows]>,
}

impl Timetable {
    /// The timetable of a schedule; `None` when its zone or one of its calendars is unknown. What cannot be known in full
    /// never holds: without its calendar, a closed day would be an open one.
    pub fn compile(schedule: &Schedule, calendars: &BTreeMap<CalendarId, Calendar>) -> Option<Self> {
        let zone = LocalTime::named(&schedule.zone)?;
        let week = schedule.weekly.as_ref().map_or_else(Box::default, |weekly| weekly.stretches().into());
        let mut days = BTreeMap::new();
        for (index, special) in schedule.special.iter().enumerate() {
            let index = u16::try_from(index).ok()?;
            for date in &calendars.get(&special.calendar)?.days {
                days.entry(date.days()).or_insert(index);
            }
        }
        let windows = schedule.special.iter().map(|special| special.windows.clone()).collect();
        Some(Self { zone, week, days: days.into_iter().collect(), windows })
    }

    /// The timetable of a weekly schedule in a zone, such as that of a grant at its site.
    pub fn of_weekly(weekly: &Weekly, zone: &LocalTime) -> Self {
        let week = weekly.stretches().into();
        Self { zone: zone.clone(), week, days: Box::default(), windows: Box::default() }
    }

    /// The zone its windows and dates are local to.
    pub fn zone(&self) -> &LocalTime {
        &self.zone
    }

    /// Whether it holds at `at`.
    pub fn holds(&self, at: Wall) -> bool {
        self.holds_local(self.zone.local_second(at))
    }

    /// The next instant after `after` from which it holds when it did not, or does not when it did; `None` when there is no
    /// such within ten years.
    pub fn next_change(&self, after: Wall) -> Option<Wall> {
        let now = self.holds(after);
        let last = after.as_seconds().saturating_add(HORIZON_SECONDS);
        let mut edge = self.next_edge(after)?;
        while edge.as_seconds() <= last {
            if self.holds(edge) != now {
                return Some(edge);
            }
            edge = self.next_edge(edge)?;
        }
        None
    }

    /// The first instant at or after `from` at which it holds; `None` when there is no such within ten years.
    pub fn next_open(&self, from: Wall) -> Option<Wall> {
        if self.holds(from) { Some(from) } else { self.next_change(from) }
    }

    fn holds_local(&self, local: LocalSecond) -> bool {
        match self.special_windows(local.day()) {
            Some(windows) => covers(windows.stretches(), local.day_minute()),
            None => covers(&self.week, local.week_minute().get()),
        }
    }

    /// The windows of a local date, in days since 1970-01-01, when it is a special day.
    fn special_windows(&self, day: i64) -> Option<&DayWindows> {
        // Special days are few and near: for most schedules and years the first two comparisons settle it.
        let (first, last) = (self.days.first()?.0, self.days.last()?.0);
        if day < i64::from(first) || day > i64::from(last) {
            return None;
        }
        let found = self.days.binary_search_by_key(&day, |(date, _)| i64::from(*date)).ok()?;
        self.windows.get(usize::from(self.days.get(found)?.1))
    }

    /// The first edge after `after`, always on a whole second. Within one offset, local time runs as time does, so the next
    /// local edge is an instant, unless the offset changes before it.
    fn next_edge(&self, after: Wall) -> Option<Wall> {
        let offset = i64::from(self.zone.offset_seconds(after));
        let local = self.next_local_edge(self.zone.local_second(after));
        let local = local.map(|edge| Wall::from_seconds(edge.get() - offset));
        let change = self.zone.next_offset_change(after);
        let edge = match (local, change) {
            (Some(local), Some(change)) => Some(local.min(change)),
            (local, change) => local.or(change),
        };
        // At the very end of what `Wall` can hold, instants saturate, and a search must not stand still there.
        edge.filter(|edge| *edge > after)
    }

    /// The first local edge after `local`, as if the zone's offset never changed; `None` when there is none ever again.
    fn next_local_edge(&self, local: LocalSecond) -> Option<LocalSecond> {
        let day = local.day();
        if let Some(windows) = self.special_windows(day) {
            let minute = next_end(windows.stretches(), local.day_minute()).unwrap_or(DAY_MINUTES);
            return Some(LocalSecond::of_day(day, minute));
        }
        let next = self.days.partition_point(|(date, _)| i64::from(*date) <= day);
        let special = self.days.get(next).map(|(date, _)| LocalSecond::of_day(i64::from(*date), 0));
        match (self.next_week_edge(local), special) {
            (Some(week), Some(special)) => Some(week.min(special)),
            (week, special) => week.or(special),
        }
    }

    /// The first start or end of a weekly window after `local`, or the end of the week; `None` without weekly windows.
    fn next_week_edge(&self, local: LocalSecond) -> Option<LocalSecond> {
        if self.week.is_empty() {
            return None;
        }
        let minute = local.week_minute().get();
        let ahead = next_end(&self.week, minute).unwrap_or(WEEK_MINUTES) - minute;
        // Counted from the start of the current minute, so that the seconds into it do not move the edge.
        Some(LocalSecond::new(local.get().div_euclid(60) * 60 + i64::from(ahead) * 60))
    }
}

/// Whether one of the sorted stretches contains this minute.
fn covers(stretches: &[(u16, u16)], minute: u16) -> bool {
    let next = stretches.partition_point(|(_, to)| *to <= minute);
    stretches.get(next).is_some_and(|(from, _)| *from <= minute)
}

/// The first start or end after this minute.
fn next_end(stretches: &[(u16, u16)], minute: u16) -> Option<u16> {
    let next = stretches.partition_point(|(_, to)| *to <= minute);
    stretches.get(next).map(|(from, to)| if *from > minute { *from } else { *to })
}

#[cfg(test)]
mod tests;
