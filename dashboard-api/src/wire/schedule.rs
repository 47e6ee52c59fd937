//! Schedules and calendars as the API shows them, and when a schedule opens and closes. Windows are written as they are
//! read (`windows.rs`), so that what was shown can be sent back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::Offset;
use rackward_core::Wall;
use rackward_core::id::CalendarId;
use rackward_core::people::ManagedBy;
use rackward_core::site::schedule::{Calendar as CoreCalendar, Schedule as CoreSchedule, Timetable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::managed_word;
use super::request::SpecialDays;
use super::windows::{day_texts, week_texts};

/// The most changes one preview lists: two a day for more than a year. A schedule that changes more often is looked at in
/// parts.
const PREVIEW_CHANGES: usize = 1000;

/// When something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schedule {
    /// The id, such as `sch-4`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The IANA zone its windows and dates are local to.
    pub time_zone: String,
    /// Windows of the week, such as `Mon-Fri 08:00-18:00`.
    pub windows: Vec<String>,
    /// Calendars with windows of their own.
    pub special: Vec<SpecialDays>,
    /// Who looks after it: `file` or `operator`.
    pub managed: String,
}

/// A schedule or calendar after a change, with the generation of rights it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed<T> {
    /// What was made or changed.
    #[serde(flatten)]
    pub now: T,
    /// The generation of rights this made.
    pub generation: u64,
}

/// A calendar of special days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Calendar {
    /// The id, such as `cal-2`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its dates, sorted.
    pub days: Vec<String>,
    /// Who looks after it: `file` or `operator`.
    pub managed: String,
}

/// When a schedule opens and closes between two instants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// The schedule, by name.
    pub name: String,
    /// The zone of `local`.
    pub time_zone: String,
    /// The first instant looked at.
    pub from_at: At,
    /// The instant before which it was looked.
    pub to_at: At,
    /// Whether it holds at the first instant.
    pub open: bool,
    /// Every change after it, in order.
    pub items: Vec<Change>,
    /// What to give as `from_at` for the rest, when there were too many changes for one answer.
    pub next_cursor: Option<String>,
}

/// A schedule opens or closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// When.
    pub at: At,
    /// The same moment on the wall there, with its offset: `2026-10-25T01:30:00+01:00`.
    pub local: String,
    /// `opens` or `closes`.
    pub change: String,
}

impl Schedule {
    /// A schedule of the core; `calendars` are all there are.
    pub fn of(
        schedule: &CoreSchedule,
        managed: ManagedBy,
        calendars: &BTreeMap<CalendarId, (CoreCalendar, ManagedBy)>,
    ) -> Self {
        let name = |id: CalendarId| calendars.get(&id).map_or_else(|| id.to_string(), |(row, _)| row.name.clone());
        let special = schedule
            .special
            .iter()
            .map(|special| SpecialDays { calendar: name(special.calendar), windows: day_texts(&special.windows) });
        Self {
            id: schedule.id.to_string(),
            name: schedule.name.clone(),
            time_zone: schedule.zone.clone(),
            windows: schedule.weekly.as_ref().map(week_texts).unwrap_or_default(),
            special: special.collect(),
            managed: managed_word(managed).to_owned(),
        }
    }
}

impl Calendar {
    /// A calendar of the core.
    pub fn of(calendar: &CoreCalendar, managed: ManagedBy) -> Self {
        Self {
            id: calendar.id.to_string(),
            name: calendar.name.clone(),
            days: calendar.days.iter().map(ToString::to_string).collect(),
            managed: managed_word(managed).to_owned(),
        }
    }
}

impl Preview {
    /// The changes of a timetable after `from` and before `to`.
    pub fn of(name: &str, timetable: &Timetable, from: Wall, to: Wall) -> Self {
        let mut items = Vec::new();
        let mut seen = from;
        let mut next_cursor = None;
        while let Some(at) = timetable.next_change(seen).filter(|at| *at < to) {
            if items.len() == PREVIEW_CHANGES {
                next_cursor = Some(At(seen).to_string());
                break;
            }
            let change = if timetable.holds(at) { "opens" } else { "closes" };
            items.push(Change { at: At(at), local: local(timetable, at), change: change.to_owned() });
            seen = at;
        }
        Self {
            name: name.to_owned(),
            time_zone: timetable.zone().name().to_owned(),
            from_at: At(from),
            to_at: At(to),
            open: timetable.holds(from),
            items,
            next_cursor,
        }
    }
}

/// An instant on the wall of the timetable's zone. The calendar is jiff's, the offset the core's.
fn local(timetable: &Timetable, at: Wall) -> String {
    let instant = Timestamp::from_second(at.as_seconds()).unwrap_or(Timestamp::MAX);
    let offset = Offset::from_seconds(timetable.zone().offset_seconds(at)).unwrap_or(Offset::UTC);
    instant.display_with_offset(offset).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::site::local_time::LocalTime;
    use rackward_core::site::schedule::{Day, Weekly};

    #[test]
    fn a_preview_shows_the_doubled_hour() {
        let zone = LocalTime::named("Europe/London").unwrap();
        let weekly = Weekly::on_days(&[Day::Sun], 60, 90).unwrap();
        let timetable = Timetable::of_weekly(&weekly, &zone);
        let at = |text: &str| At::parse(text).unwrap().0;
        let preview = Preview::of("Night", &timetable, at("2026-10-24T12:00:00Z"), at("2026-10-26T00:00:00Z"));
        let shown: Vec<(&str, &str)> =
            preview.items.iter().map(|item| (item.local.as_str(), item.change.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("2026-10-25T01:00:00+01:00", "opens"),
                ("2026-10-25T01:30:00+01:00", "closes"),
                ("2026-10-25T01:00:00+00:00", "opens"),
                ("2026-10-25T01:30:00+00:00", "closes"),
            ]
        );
        assert!(!preview.open && preview.next_cursor.is_none());
    }

    #[test]
    fn a_long_preview_says_where_it_goes_on() {
        let zone = LocalTime::named("UTC").unwrap();
        let timetable = Timetable::of_weekly(&Weekly::on_days(&Day::ALL, 60, 90).unwrap(), &zone);
        let (from, to) = (Wall::from_seconds(0), Wall::from_seconds(86_400 * 1000));
        let first = Preview::of("Daily", &timetable, from, to);
        assert_eq!(first.items.len(), PREVIEW_CHANGES);
        let on = At::parse(&first.next_cursor.unwrap()).unwrap().0;
        let second = Preview::of("Daily", &timetable, on, to);
        assert_eq!((second.items.len(), second.next_cursor), (1000, None));
        assert_eq!(second.items[0].at.0.since(first.items[999].at.0).as_secs(), 86_400 - 1800);
    }
}
