//! What can be wrong with a draft, all of it, each with what to do. Nothing here changes a draft.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::{DoorDraft, DraftProblem, RoleDraft, SiteDraft, problem};
use crate::site::DoorKind;

/// Everything wrong with `draft` but its time zone, in order of table and index.
pub(super) fn problems(draft: &SiteDraft) -> Vec<DraftProblem> {
    let mut found = Vec::new();
    if !is_word(&draft.name) {
        let message = format!("\"{}\" is not a site name", draft.name);
        found.push(problem("site", 0, "name", message, "use small letters, digits and dashes, up to 32"));
    }
    areas(draft, &mut found);
    doors(draft, &mut found);
    devices(draft, &mut found);
    found
}

fn areas(draft: &SiteDraft, found: &mut Vec<DraftProblem>) {
    let mut seen = BTreeMap::new();
    for (index, area) in draft.areas.iter().enumerate() {
        path("area", index, &draft.name, &area.path, found);
        repeated("area", index, "path", &area.path, &mut seen, found);
    }
}

fn doors(draft: &SiteDraft, found: &mut Vec<DraftProblem>) {
    let mut seen = BTreeMap::new();
    let areas: BTreeSet<&str> = draft.areas.iter().map(|area| area.path.as_str()).collect();
    let locks = lock_counts(draft);
    let interlocks = interlock_counts(draft);
    for (index, door) in draft.doors.iter().enumerate() {
        path("door", index, &draft.name, &door.path, found);
        repeated("door", index, "path", &door.path, &mut seen, found);
        if !areas.contains(door.area.as_str()) {
            let message = format!("area \"{}\" does not exist", door.area);
            found.push(problem(
                "door",
                index,
                "area",
                message,
                "add an [[area]] with this path, or name one that exists",
            ));
        }
        one_lock(index, door, locks.get(door.path.as_str()).copied().unwrap_or(0), found);
        interlock(index, door, &interlocks, found);
        timings(index, door, found);
    }
}

/// How many devices drive each door's lock.
fn lock_counts(draft: &SiteDraft) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for device in &draft.devices {
        match &device.role {
            RoleDraft::Lock { door } | RoleDraft::Handle { door, .. } => *counts.entry(door.as_str()).or_default() += 1,
            RoleDraft::Reader { .. } | RoleDraft::Inputs { .. } => {}
        }
    }
    counts
}

/// How many doors each interlock has.
fn interlock_counts(draft: &SiteDraft) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for group in draft.doors.iter().filter_map(|door| door.interlock.as_deref()) {
        *counts.entry(group).or_default() += 1;
    }
    counts
}

fn one_lock(index: usize, door: &DoorDraft, count: usize, found: &mut Vec<DraftProblem>) {
    if count != 1 {
        let message = format!("door \"{}\" has {count} devices that drive its lock", door.path);
        let help = "give it exactly one [[device]] with role \"lock\" or \"handle\"";
        found.push(problem("door", index, "path", message, help));
    }
}

fn interlock(index: usize, door: &DoorDraft, counts: &BTreeMap<&str, usize>, found: &mut Vec<DraftProblem>) {
    let Some(group) = &door.interlock else { return };
    if counts.get(group.as_str()) == Some(&1) {
        let message = format!("interlock \"{group}\" has only this door");
        let help = "an interlock needs two doors or more; give another door the same word";
        found.push(problem("door", index, "interlock", message, help));
    }
}

fn timings(index: usize, door: &DoorDraft, found: &mut Vec<DraftProblem>) {
    let times = &door.timings;
    let mut within = |field: &'static str, value: Duration, low: u64, high: u64| {
        if !(Duration::from_secs(low)..=Duration::from_secs(high)).contains(&value) {
            let message = format!("{field} of {value:?} is outside {low}s to {high}s");
            found.push(problem("door", index, field, message, "choose a time within these bounds"));
        }
    };
    // IEC 60839-11-1 asks for a release of no less than 3 s; 60 s is where a rack counts as left open.
    within("release_time", times.release_time, 3, 60);
    within("open_time", times.open_time, 5, 12 * 3600);
    within("forced_debounce", times.forced_debounce, 0, 5);
    if times.pre_alarm_time >= times.open_time {
        let message = format!("pre_alarm_time of {:?} is not shorter than open_time", times.pre_alarm_time);
        found.push(problem(
            "door",
            index,
            "pre_alarm_time",
            message,
            "the warning lies inside the open time; shorten it",
        ));
    }
}

fn devices(draft: &SiteDraft, found: &mut Vec<DraftProblem>) {
    let (mut names, mut points, mut zones) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let kinds: Kinds<'_> = draft.doors.iter().map(|door| (door.path.as_str(), door.kind)).collect();
    for (index, device) in draft.devices.iter().enumerate() {
        if !is_word(&device.name) {
            let message = format!("\"{}\" is not a device name", device.name);
            found.push(problem("device", index, "name", message, "use small letters, digits and dashes, up to 32"));
        }
        repeated("device", index, "name", &device.name, &mut names, found);
        match &device.role {
            RoleDraft::Reader { door, side, .. } => {
                door_of_kind(&kinds, index, door, "reader", found);
                repeated("device", index, "side", &format!("{door}/{}", side.word()), &mut points, found);
            }
            RoleDraft::Lock { door } => door_of_kind(&kinds, index, door, "lock", found),
            RoleDraft::Handle { door, .. } => {
                door_of_kind(&kinds, index, door, "handle", found);
                repeated("device", index, "door", door, &mut points, found);
            }
            RoleDraft::Inputs { zones: paths } => {
                for zone in paths {
                    path("device", index, &draft.name, zone, found);
                    repeated("device", index, "zones", zone, &mut zones, found);
                }
            }
        }
    }
}

/// The kind of each door, by path.
type Kinds<'a> = BTreeMap<&'a str, DoorKind>;

/// A device must name a door that exists and that suits its role: handles sit on rack doors, readers and locks on others.
fn door_of_kind(kinds: &Kinds<'_>, index: usize, path: &str, role: &str, found: &mut Vec<DraftProblem>) {
    match kinds.get(path) {
        None => {
            let message = format!("door \"{path}\" does not exist");
            let help = "add a [[door]] or [[rack]] with this path, or name one that exists";
            found.push(problem("device", index, "door", message, help));
        }
        Some(kind) if (*kind == DoorKind::RackDoor) != (role == "handle") => {
            let message = format!("a device with role \"{role}\" does not fit door \"{path}\"");
            let help = "rack doors take role \"handle\", other doors \"lock\" and \"reader\"";
            found.push(problem("device", index, "role", message, help));
        }
        Some(_) => {}
    }
}

fn path(table: &'static str, index: usize, site: &str, path: &str, found: &mut Vec<DraftProblem>) {
    let mut parts = path.split('/');
    let rooted = parts.next() == Some(site);
    if !rooted || path.split('/').count() < 2 || !parts.all(is_word) {
        let message = format!("\"{path}\" is not a path of this site");
        let help = format!("write it as \"{site}/...\" with small letters, digits and dashes between the slashes");
        found.push(problem(table, index, "path", message, &help));
    }
}

fn repeated(
    table: &'static str,
    index: usize,
    field: &'static str,
    value: &str,
    seen: &mut BTreeMap<String, usize>,
    found: &mut Vec<DraftProblem>,
) {
    if let Some(first) = seen.insert(value.to_owned(), index) {
        let message = format!("\"{value}\" is already taken by {table} number {}", first + 1);
        found.push(problem(table, index, field, message, "each may stand only once; rename or remove one"));
    }
}

/// A name safe in paths, topics and file names: 1 to 32 of `a-z`, `0-9` and `-`.
fn is_word(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
