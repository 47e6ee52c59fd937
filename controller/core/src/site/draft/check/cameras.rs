//! Cameras: their names, and the places they show. A camera of evidence shows a door: every door can be forced, which is P1.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Names, is_word, repeated};
use crate::site::camera::Evidence;
use crate::site::draft::{InputDraft, RoleDraft, SiteDraft};

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let zones = zones_of(draft);
    let mut seen = BTreeMap::new();
    for (index, camera) in draft.cameras.iter().enumerate() {
        if !is_word(&camera.name) {
            let message = format!("\"{}\" is not a name of a camera", camera.name);
            found.add("camera", index, "name", message, "use small letters, digits and dashes, up to 32");
        }
        repeated(("camera", index, "name"), &camera.name, &mut seen, found);
        if camera.covers.is_empty() {
            let message = format!("camera \"{}\" covers nothing, so no still of it is ever wanted", camera.name);
            found.add("camera", index, "covers", message, "name the doors, areas and zones that it shows");
        }
        let mut shows_a_door = false;
        for path in &camera.covers {
            let (is_area, is_door) = (names.areas.contains_key(path.as_str()), names.doors.contains_key(path.as_str()));
            shows_a_door |= is_area || is_door;
            if !is_area && !is_door && !zones.contains(path.as_str()) {
                let known = names.areas.keys().chain(names.doors.keys()).chain(&zones);
                let otherwise = "name an [[area]], a [[rack]], a [[door]] or a zone that exists";
                found.unknown(("camera", index, "covers"), ("place", path), known, otherwise);
                // What is unknown is said once.
                shows_a_door = true;
            }
        }
        if camera.evidence == Evidence::Yes && !shows_a_door && !camera.covers.is_empty() {
            let message = format!("camera \"{}\" is to be evidence and shows no door", camera.name);
            found.add("camera", index, "evidence", message, "name a door or an area in covers, or remove evidence");
        }
    }
}

/// The paths of all zones.
fn zones_of(draft: &SiteDraft) -> BTreeSet<&str> {
    let mut zones = BTreeSet::new();
    for device in &draft.devices {
        if let RoleDraft::Inputs { uses } = &device.role {
            zones.extend(uses.iter().filter_map(|input| match input {
                InputDraft::Zone(path) => Some(path.as_str()),
                InputDraft::Fire | InputDraft::Lockdown(_) => None,
            }));
        }
    }
    zones
}
