//! Calendars and schedules. What makes one usable by itself (`Schedule::problems`, `Calendar::new`) is asked of the records
//! they will become; here is what holds in a file only: names that stand once and are known, dates that stand once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Names, repeated};
use crate::id::{CalendarId, ScheduleId};
use crate::site::draft::{CalendarDraft, ScheduleDraft, SiteDraft};
use crate::site::schedule::{Calendar, Schedule, ScheduleProblem, SpecialDays};

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let mut seen = BTreeMap::new();
    let mut calendars = BTreeMap::new();
    for (index, calendar) in draft.schedules.calendars.iter().enumerate() {
        repeated(("calendar", index, "name"), &calendar.name, &mut seen, found);
        dates(index, calendar, found);
        let id = number(index);
        match Calendar::new(id, calendar.name.clone(), calendar.days.iter().copied()) {
            Ok(calendar) => drop(calendars.insert(id, calendar)),
            Err(problems) => told("calendar", index, problems, found),
        }
    }
    let mut seen = BTreeMap::new();
    for (index, schedule) in draft.schedules.schedules.iter().enumerate() {
        repeated(("schedule", index, "name"), &schedule.name, &mut seen, found);
        let special = special_days(names, index, schedule, found);
        let zone = schedule.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
        let (name, weekly) = (schedule.name.clone(), schedule.weekly.clone());
        // A calendar that is unknown or unfit is told already; any schedule that uses it would only tell it again.
        let (known, lost): (Vec<_>, Vec<_>) =
            special.into_iter().partition(|special| calendars.contains_key(&special.calendar));
        let record = Schedule { id: ScheduleId::new(0), name, zone, weekly, special: known.into_boxed_slice() };
        let mut problems = record.problems(&calendars);
        problems.retain(|problem| lost.is_empty() || !matches!(problem.field, "weekly" | "special"));
        told("schedule", index, problems, found);
    }
}

/// The number by which a calendar goes here, before the engine gives it its own.
fn number(index: usize) -> CalendarId {
    CalendarId::new(u32::try_from(index).unwrap_or(u32::MAX))
}

/// A calendar in a file is there for its dates, and a date that stands twice may have been meant as another.
fn dates(index: usize, calendar: &CalendarDraft, found: &mut Findings) {
    if calendar.days.is_empty() {
        let message = format!("calendar \"{}\" lists no date", calendar.name.escape_debug());
        found.add("calendar", index, "days", message, "add its dates, such as days = [\"2026-12-25\"], or remove it");
    }
    let (mut seen, mut told) = (BTreeSet::new(), BTreeSet::new());
    for day in &calendar.days {
        if !seen.insert(*day) && told.insert(*day) {
            let message = format!("{day} stands in calendar \"{}\" more than once", calendar.name.escape_debug());
            found.add("calendar", index, "days", message, "remove one, or correct the date that was meant");
        }
    }
}

/// The special days with numbers for names; those of unknown calendars get one that no calendar has.
fn special_days(names: &Names<'_>, index: usize, schedule: &ScheduleDraft, found: &mut Findings) -> Vec<SpecialDays> {
    let mut seen = BTreeSet::new();
    let mut special = Vec::new();
    for (name, windows) in &schedule.special {
        if !seen.insert(name) {
            let message = format!("calendar \"{name}\" is listed more than once");
            found.add("schedule", index, "special", message, "list it once, with all its windows");
            continue;
        }
        let calendar = names.calendars.get(name.as_str()).copied();
        if calendar.is_none() {
            let otherwise = "add a [[calendar]] with this name, or name one that exists";
            let known = names.calendars.keys();
            found.unknown(("schedule", index, "special"), ("calendar", name), known, otherwise);
        }
        special.push(SpecialDays {
            calendar: calendar.map_or_else(|| number(usize::MAX), number),
            windows: windows.clone(),
        });
    }
    special
}

/// Tells what the records find wrong, in the words of a draft.
fn told(table: &'static str, index: usize, problems: Vec<ScheduleProblem>, found: &mut Findings) {
    for problem in problems {
        let field = match problem.field {
            "zone" => "time_zone",
            "weekly" => "windows",
            other => other,
        };
        found.add(table, index, field, problem.message, problem.help);
    }
}
