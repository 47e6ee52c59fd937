//! Devices: what they do at which door, what is asked at a reader and when, what inputs mean.

use std::collections::BTreeMap;

use super::{Findings, Names, is_word, path, repeated};
use crate::site::draft::{InputDraft, LevelDraft, RoleDraft, SiteDraft};
use crate::site::{DoorKind, Egress, Level};

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let points = point_paths(draft);
    let (mut seen_names, mut seen_points, mut seen_zones) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (index, device) in draft.devices.iter().enumerate() {
        if !is_word(&device.name) {
            let message = format!("\"{}\" is not a device name", device.name);
            found.add("device", index, "name", message, "use small letters, digits and dashes, up to 32");
        }
        repeated(("device", index, "name"), &device.name, &mut seen_names, found);
        let point = points.get(index).map_or("", String::as_str);
        match &device.role {
            RoleDraft::Reader { door, level, .. } => {
                door_of_kind(draft, names, index, door, "reader", found);
                repeated(("device", index, "side"), point, &mut seen_points, found);
                level_by_time(names, index, level, found);
            }
            RoleDraft::Lock { door } => door_of_kind(draft, names, index, door, "lock", found),
            RoleDraft::Handle { door, level } => {
                door_of_kind(draft, names, index, door, "handle", found);
                repeated(("device", index, "door"), point, &mut seen_points, found);
                level_by_time(names, index, level, found);
            }
            RoleDraft::Inputs { uses } => {
                for input in uses {
                    input_use(draft, names, index, input, &mut seen_zones, found);
                }
            }
        }
    }
}

/// The path of each device's point; empty for those that have none.
fn point_paths(draft: &SiteDraft) -> Vec<String> {
    let point = |role: &RoleDraft| match role {
        RoleDraft::Reader { door, side, .. } => format!("{door}/{}", side.word()),
        RoleDraft::Handle { door, .. } => door.clone(),
        RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => String::new(),
    };
    draft.devices.iter().map(|device| point(&device.role)).collect()
}

/// A device must name a door that exists and that suits its role: handles sit on rack doors, readers and locks on others.
fn door_of_kind(draft: &SiteDraft, names: &Names<'_>, index: usize, path: &str, role: &str, found: &mut Findings) {
    let door = names.doors.get(path).and_then(|door| draft.doors.get(*door));
    match door.map(|door| door.kind) {
        None => {
            let otherwise = "add a [[door]] or [[rack]] with this path, or name one that exists";
            found.unknown(("device", index, "door"), ("door", path), names.doors.keys(), otherwise);
        }
        Some(kind) if (kind == DoorKind::RackDoor) != (role == "handle") => {
            let message = format!("a device with role \"{role}\" does not fit door \"{path}\"");
            let help = "rack doors take role \"handle\", other doors \"lock\" and \"reader\"";
            found.add("device", index, "role", message, help);
        }
        Some(_) => {}
    }
}

/// By time less may be asked, never more: a schedule that is gone then leaves the stricter level.
fn level_by_time(names: &Names<'_>, index: usize, level: &LevelDraft, found: &mut Findings) {
    let Some((schedule, by_time)) = &level.by_time else { return };
    if !names.schedules.contains_key(schedule.as_str()) {
        let otherwise = "add a [[schedule]] with this name, or name one that exists";
        found.unknown(("device", index, "level_by_time"), ("schedule", schedule), names.schedules.keys(), otherwise);
    }
    match (level.level, by_time) {
        (Level::CardAndPin, Level::Card) => {}
        // The same at all times was hardly meant: whoever forgot level would have no PIN asked by night.
        (Level::Card, Level::Card | Level::CardAndPin) | (Level::CardAndPin, Level::CardAndPin) => {
            let message = "level_by_time asks for no less than level".to_owned();
            let help = "write level = \"card+pin\", and level_by_time with level = \"card\" for when a card is enough";
            found.add("device", index, "level_by_time", message, help);
        }
    }
}

fn input_use<'d>(
    draft: &'d SiteDraft,
    names: &Names<'_>,
    index: usize,
    input: &'d InputDraft,
    seen_zones: &mut BTreeMap<&'d str, usize>,
    found: &mut Findings,
) {
    match input {
        InputDraft::Zone(zone) => {
            path(("device", index, "inputs"), &draft.name, zone, found);
            repeated(("device", index, "inputs"), zone, seen_zones, found);
        }
        InputDraft::Fire => {
            if !draft.doors.iter().any(|door| door.egress == Egress::Yes) {
                let message = "the fire input would release nothing: no door is a way out".to_owned();
                found.add("device", index, "inputs", message, "write egress = true at the doors that people leave by");
            }
        }
        InputDraft::Lockdown(area) => {
            if !names.areas.contains_key(area.as_str()) {
                let otherwise = "add an [[area]] with this path, or name one that exists";
                found.unknown(("device", index, "inputs"), ("area", area), names.areas.keys(), otherwise);
            }
        }
    }
}
