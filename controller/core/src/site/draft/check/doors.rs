//! Doors and rack doors: from where to where they lead, what drives them, with which others they are interlocked, what opens
//! them besides a card, how long things may take.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::nesting::Nesting;
use super::{Findings, Names, path, repeated};
use crate::site::draft::{DoorDraft, OUTSIDE, RoleDraft, SiteDraft};
use crate::site::{AreaKind, DoorKind, Egress, FirstPerson, TwoPerson};

/// How many doors one interlock may have. An airlock has two or three; each is asked about when one of them is to open.
const INTERLOCK_DOORS: usize = 32;

/// Least and most seconds of a release: IEC 60839-11-1 asks for no less than 3 s; 60 s is where a rack counts as left open.
pub(crate) const RELEASE_SECONDS: (u64, u64) = (3, 60);

/// Least and most seconds that a door may stand open: from a quick step through it to a shift of deliveries.
const OPEN_SECONDS: (u64, u64) = (5, 12 * 3600);

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let nesting = Nesting::of(draft, names);
    let fittings = Fittings::of(draft);
    let interlocks = interlock_counts(draft);
    let mut seen = BTreeMap::new();
    for (index, door) in draft.doors.iter().enumerate() {
        path(("door", index, "path"), &draft.name, &door.path, found);
        one_place(draft, index, door, &mut seen, found);
        leads_somewhere(draft, names, &nesting, index, door, found);
        one_lock(index, door, &fittings, found);
        interlock(index, door, &interlocks, found);
        what_it_is_for(index, door, found);
        opening(names, index, door, &fittings, found);
        timings(index, door, found);
    }
}

/// What hangs at each door, by its path.
struct Fittings<'d> {
    locks: BTreeMap<&'d str, usize>,
    readers: BTreeSet<&'d str>,
}

impl<'d> Fittings<'d> {
    fn of(draft: &'d SiteDraft) -> Self {
        let mut fittings = Self { locks: BTreeMap::new(), readers: BTreeSet::new() };
        for device in &draft.devices {
            match &device.role {
                RoleDraft::Lock { door } | RoleDraft::Handle { door, .. } => {
                    *fittings.locks.entry(door.as_str()).or_default() += 1;
                }
                RoleDraft::Reader { door, .. } => {
                    fittings.readers.insert(door.as_str());
                }
                RoleDraft::Inputs { .. } => {}
            }
        }
        fittings
    }
}

/// How many doors each interlock has.
fn interlock_counts(draft: &SiteDraft) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for group in draft.doors.iter().filter_map(|door| door.interlock.as_deref()) {
        *counts.entry(group).or_default() += 1;
    }
    counts
}

/// A door stands in one place only.
fn one_place<'d>(
    draft: &'d SiteDraft,
    index: usize,
    door: &'d DoorDraft,
    seen: &mut BTreeMap<&'d str, usize>,
    found: &mut Findings,
) {
    let first = seen.get(door.path.as_str()).and_then(|first| draft.doors.get(*first));
    match first.filter(|first| first.area != door.area) {
        Some(first) => {
            let message =
                format!("door \"{}\" is in two places: at \"{}\" and at \"{}\"", door.path, first.area, door.area);
            found.add("door", index, "path", message, "a door leads into one area; rename or remove one of them");
        }
        None => repeated(("door", index, "path"), &door.path, seen, found),
    }
}

/// From where to where a door leads.
fn leads_somewhere(
    draft: &SiteDraft,
    names: &Names<'_>,
    nesting: &Nesting,
    index: usize,
    door: &DoorDraft,
    found: &mut Findings,
) {
    let otherwise = "add an [[area]] with this path, or name one that exists";
    let area = names.areas.get(door.area.as_str()).copied();
    if area.is_none() {
        found.unknown(("door", index, "area"), ("area", &door.area), names.areas.keys(), otherwise);
    }
    let in_rack = area.and_then(|area| draft.areas.get(area)).is_some_and(|area| area.kind == AreaKind::Rack);
    if in_rack && door.kind != DoorKind::RackDoor {
        let message = format!("\"{}\" is a rack, and this is no rack door", door.area);
        found.add("door", index, "area", message, "name the hall or cage that the door leads into");
    }
    let Some(from) = door.from.as_deref().filter(|from| *from != OUTSIDE) else { return };
    match (names.areas.get(from).copied(), area) {
        (None, _) => {
            let otherwise = "add an [[area]] with this path, name one that exists, or write \"outside\"";
            found.unknown(("door", index, "from"), ("area", from), names.areas.keys(), otherwise);
        }
        (Some(from), Some(area)) if from == area => {
            let message = format!("door \"{}\" leads from \"{}\" into itself", door.path, door.area);
            found.add("door", index, "from", message, "name the area in front of the door, or \"outside\"");
        }
        (Some(inner), Some(area)) if nesting.lies_in(inner, area) => {
            let message = format!("door \"{}\" leads out of \"{from}\" into \"{}\" around it", door.path, door.area);
            let help = format!("area is where the way in ends: write area = \"{from}\", from = \"{}\"", door.area);
            found.add("door", index, "from", message, help);
        }
        (Some(_), Some(_) | None) => {}
    }
}

fn one_lock(index: usize, door: &DoorDraft, fittings: &Fittings<'_>, found: &mut Findings) {
    let count = fittings.locks.get(door.path.as_str()).copied().unwrap_or(0);
    if count != 1 {
        let message = format!("door \"{}\" has {count} devices that drive its lock", door.path);
        let help = "give it exactly one [[device]] with role \"lock\" or \"handle\"";
        found.add("door", index, "path", message, help);
    }
}

fn interlock(index: usize, door: &DoorDraft, counts: &BTreeMap<&str, usize>, found: &mut Findings) {
    let Some(group) = &door.interlock else { return };
    match counts.get(group.as_str()) {
        Some(1) => {
            let message = format!("interlock \"{group}\" has only this door");
            let help = "an interlock needs two doors or more; give another door the same word";
            found.add("door", index, "interlock", message, help);
        }
        Some(count) if *count > INTERLOCK_DOORS => {
            let message = format!("interlock \"{group}\" has {count} doors");
            let help = format!("of its doors one may be open at a time; give it {INTERLOCK_DOORS} at most");
            found.add("door", index, "interlock", message, help);
        }
        Some(_) | None => {}
    }
}

/// What a door of its kind cannot do.
fn what_it_is_for(index: usize, door: &DoorDraft, found: &mut Findings) {
    if door.egress == Egress::Yes && door.kind == DoorKind::RackDoor {
        let message = format!("rack door \"{}\" is no way out", door.path);
        found.add(
            "door",
            index,
            "egress",
            message,
            "fire releases doors that people leave by, never racks; remove egress",
        );
    }
    if door.two_person == TwoPerson::Required && door.kind == DoorKind::Turnstile {
        let message =
            format!("turnstile \"{}\" lets one person pass at a time, and two_person asks for two", door.path);
        let help = "remove two_person; to have nobody alone inside, write company = \"required\" at the area";
        found.add("door", index, "two_person", message, help);
    }
}

/// When the door stands unlocked by itself.
fn opening(names: &Names<'_>, index: usize, door: &DoorDraft, fittings: &Fittings<'_>, found: &mut Findings) {
    let Some(opening) = &door.opening else { return };
    if !names.schedules.contains_key(opening.schedule.as_str()) {
        let otherwise = "add a [[schedule]] with this name, or name one that exists";
        let known = names.schedules.keys();
        found.unknown(("door", index, "opening"), ("schedule", &opening.schedule), known, otherwise);
    }
    let mut refuse = |message: String, help: &str| found.add("door", index, "opening", message, help);
    if door.kind == DoorKind::RackDoor {
        refuse(
            format!("rack door \"{}\" would stand unlocked by itself", door.path),
            "racks open by card; remove opening",
        );
    } else if opening.first_person == FirstPerson::Required && !fittings.readers.contains(door.path.as_str()) {
        let message = format!("door \"{}\" waits for a first person and has no reader", door.path);
        refuse(message, "add a [[device]] with role \"reader\", or remove first_person");
    }
    if door.two_person == TwoPerson::Required {
        let message = format!("door \"{}\" asks for two people and would stand unlocked for everybody", door.path);
        refuse(message, "keep two_person or opening");
    }
    if let Some(group) = &door.interlock {
        let message = format!("door \"{}\" would stand unlocked and keep interlock \"{group}\" shut", door.path);
        refuse(message, "keep interlock or opening");
    }
}

fn timings(index: usize, door: &DoorDraft, found: &mut Findings) {
    let times = &door.timings;
    let mut within = |field: &'static str, value: Duration, low: u64, high: u64| {
        if !(Duration::from_secs(low)..=Duration::from_secs(high)).contains(&value) {
            let message = format!("{field} of {value:?} is outside {low}s to {high}s");
            found.add("door", index, field, message, "choose a time within these bounds");
        }
    };
    within("release_time", times.release_time, RELEASE_SECONDS.0, RELEASE_SECONDS.1);
    within("open_time", times.open_time, OPEN_SECONDS.0, OPEN_SECONDS.1);
    within("forced_debounce", times.forced_debounce, 0, 5);
    // Three times as long is what people who need longer are given at most; beyond it the door is as good as unlocked.
    within("extended_release_time", times.extended_release_time, RELEASE_SECONDS.0, 3 * RELEASE_SECONDS.1);
    within("extended_open_time", times.extended_open_time, OPEN_SECONDS.0, 2 * OPEN_SECONDS.1);
    for (field, longer, usual_field, usual, (_, high)) in [
        ("extended_release_time", times.extended_release_time, "release_time", times.release_time, RELEASE_SECONDS),
        ("extended_open_time", times.extended_open_time, "open_time", times.open_time, OPEN_SECONDS),
    ] {
        // What is shorter than a usual time that is itself too long is judged once that is right.
        if longer < usual && usual <= Duration::from_secs(high) {
            let message = format!("{field} of {longer:?} is shorter than {usual_field} of {usual:?}");
            found.add("door", index, field, message, "those who need longer get at least the usual time; lengthen it");
        }
    }
    if times.pre_alarm_time >= times.open_time {
        let message = format!("pre_alarm_time of {:?} is not shorter than open_time", times.pre_alarm_time);
        let help = "the warning lies inside the open time; shorten it";
        found.add("door", index, "pre_alarm_time", message, help);
    }
}
