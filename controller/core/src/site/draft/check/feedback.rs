//! What is written about lights and words at single devices: only devices that show something show it, only handles have
//! lights of their own, and a reader says everything only to people who have been let in already.

use super::{Findings, Names};
use crate::feedback::policy::{Disclosure, LightOwner};
use crate::site::ProtectionClass;
use crate::site::draft::{AreaDraft, DeviceDraft, OUTSIDE, RoleDraft, Side, SiteDraft};
use crate::site::secured::is_secured;

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    for (index, device) in draft.devices.iter().enumerate() {
        let Some(own) = draft.feedback.devices.get(&device.name) else { continue };
        if let Some(disclosure) = own.disclosure {
            self::disclosure(draft, names, (index, device), disclosure, found);
        }
        if own.lights.is_some_and(|lights| lights != LightOwner::Controller) {
            lights(index, device, found);
        }
    }
}

fn disclosure(
    draft: &SiteDraft,
    names: &Names<'_>,
    (index, device): (usize, &DeviceDraft),
    disclosure: Disclosure,
    found: &mut Findings,
) {
    let (door, side) = match &device.role {
        RoleDraft::Reader { door, side, .. } => (door, *side),
        RoleDraft::Handle { door, .. } => (door, Side::In),
        RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => {
            let message = format!("\"{}\" shows nothing, so nothing is disclosed there", device.name);
            found.add("device", index, "disclosure", message, "remove disclosure");
            return;
        }
    };
    let Some(door) = names.doors.get(door.as_str()).and_then(|door| draft.doors.get(*door)) else { return };
    let around = |area: &str| area_named(draft, names, area).and_then(|area| area.inside.as_deref());
    let front = match (side, door.from.as_deref()) {
        (Side::Out, _) => Some(door.area.as_str()),
        (Side::In, Some(OUTSIDE)) => None,
        (Side::In, Some(from)) => Some(from),
        (Side::In, None) => around(&door.area),
    };
    let class = front.and_then(|area| class_of(draft, names, area)).unwrap_or(ProtectionClass::One);
    if disclosure == Disclosure::Full && !is_secured(class) {
        let place = front.map_or_else(|| "outside the site".to_owned(), |area| format!("in \"{area}\""));
        let message = format!(
            "whoever reads \"{}\" stands {place}, which is not secured, and disclosure = \"full\" would tell anybody there who may pass when",
            device.name
        );
        let help = "use \"code\", or give the area in front of the reader class = 2 or higher if only people who were let in can stand there";
        found.add("device", index, "disclosure", message, help);
    }
}

fn lights(index: usize, device: &DeviceDraft, found: &mut Findings) {
    match &device.role {
        RoleDraft::Handle { .. } => {}
        RoleDraft::Reader { .. } | RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => {
            let message = format!("\"{}\" is no handle: only handles have lights of their own", device.name);
            found.add("device", index, "led", message, "remove led");
        }
    }
}

fn area_named<'d>(draft: &'d SiteDraft, names: &Names<'_>, path: &str) -> Option<&'d AreaDraft> {
    draft.areas.get(*names.areas.get(path)?)
}

/// The class of an area: its own, or that of the nearest one around it that says. Areas that lie in each other are told
/// elsewhere, and end the search here.
fn class_of(draft: &SiteDraft, names: &Names<'_>, path: &str) -> Option<ProtectionClass> {
    let outwards = |area: &&AreaDraft| area_named(draft, names, area.inside.as_deref()?);
    let areas = core::iter::successors(area_named(draft, names, path), outwards);
    areas.take(draft.areas.len()).find_map(|area| area.class)
}
