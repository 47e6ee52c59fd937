//! Whether the rules of an area can be kept with the doors and readers around it. Who is inside is known from cards alone, so
//! an area that counts people needs a reader on the way out wherever there is one on the way in, and no door that stands
//! open; a place whose people must be known to be in the area around it is entered from there, by people whom a reader saw
//! come. Racks have doors but nobody goes in, so rack doors say nothing here.

use std::collections::{BTreeMap, BTreeSet};

use super::nesting::Nesting;
use super::{Findings, Names};
use crate::site::draft::{AreaDraft, DoorDraft, OUTSIDE, RoleDraft, Side, SiteDraft};
use crate::site::{Company, DoorKind, Passback, PathProof};

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let nesting = Nesting::of(draft, names);
    let readers = readers(draft);
    let mut arrivals = Arrivals(BTreeMap::new());
    let mut all_placed = true;
    for (index, door) in draft.doors.iter().enumerate().filter(|(_, door)| door.kind != DoorKind::RackDoor) {
        let Some(ends) = Ends::of(door, names, &nesting) else {
            all_placed = false;
            continue;
        };
        let reads = |side: Side| readers.contains(&(door.path.as_str(), side.word()));
        for side in [Side::In, Side::Out].into_iter().filter(|side| reads(*side)) {
            arrivals.count(ends.to(side), &nesting);
        }
        if reads(Side::In) {
            led_past(draft, &nesting, index, &ends, found);
        }
        for (inwards, outwards) in [(Side::In, Side::Out), (Side::Out, Side::In)] {
            for area in ends.entered(inwards, &nesting) {
                let Some((area, field)) = counting(draft, area) else { continue };
                if reads(inwards) && !reads(outwards) {
                    no_way_out(names, area, field, door, outwards, found);
                }
                if door.opening.is_some() {
                    stands_open(index, door, area, field, found);
                }
            }
        }
    }
    // A door that leads nowhere is told already, and may be the one that is missed here.
    if all_placed {
        nobody_around(draft, &nesting, &arrivals, found);
    }
}

/// The readers at doors, by door and way.
fn readers(draft: &SiteDraft) -> BTreeSet<(&str, &'static str)> {
    let reader = |role| match role {
        &RoleDraft::Reader { ref door, side, .. } => Some((door.as_str(), side.word())),
        RoleDraft::Lock { .. } | RoleDraft::Handle { .. } | RoleDraft::Inputs { .. } => None,
    };
    draft.devices.iter().filter_map(|device| reader(&device.role)).collect()
}

/// The areas on both sides of a door; `None` is outside the site.
struct Ends {
    behind: Option<usize>,
    before: Option<usize>,
}

impl Ends {
    /// The sides of a door that leads somewhere.
    fn of(door: &DoorDraft, names: &Names<'_>, nesting: &Nesting) -> Option<Self> {
        let behind = *names.areas.get(door.area.as_str())?;
        let before = match door.from.as_deref() {
            Some(OUTSIDE) => None,
            Some(from) => Some(*names.areas.get(from)?),
            None => nesting.around(behind),
        };
        Some(Self { behind: Some(behind), before })
    }

    /// Where one comes to.
    fn to(&self, side: Side) -> Option<usize> {
        match side {
            Side::In => self.behind,
            Side::Out => self.before,
        }
    }

    /// The areas one comes into: around where one comes to, and not around where one comes from.
    fn entered<'n>(&self, side: Side, nesting: &'n Nesting) -> impl Iterator<Item = usize> + 'n {
        let (to, from) = match side {
            Side::In => (self.behind, self.before),
            Side::Out => (self.before, self.behind),
        };
        let left = move |area: &usize| from.is_some_and(|from| nesting.lies_in(from, *area));
        to.into_iter().flat_map(|to| nesting.outwards(to)).take_while(move |area| !left(area))
    }
}

/// How many readers lead into each area or something in it.
struct Arrivals(BTreeMap<usize, usize>);

impl Arrivals {
    fn count(&mut self, to: Option<usize>, nesting: &Nesting) {
        for area in to.into_iter().flat_map(|to| nesting.outwards(to)) {
            *self.0.entry(area).or_default() += 1;
        }
    }

    fn of(&self, area: usize) -> usize {
        self.0.get(&area).copied().unwrap_or(0)
    }
}

/// An area that must know who is inside, and what asks for it.
fn counting(draft: &SiteDraft, area: usize) -> Option<(&AreaDraft, &'static str)> {
    let area = draft.areas.get(area)?;
    let reasons = [
        ("passback", area.passback == Passback::Hard),
        ("max_occupancy", area.max_occupancy.is_some()),
        ("company", area.company == Company::Required),
    ];
    reasons.into_iter().find(|(_, asks)| *asks).map(|(field, _)| (area, field))
}

fn no_way_out(
    names: &Names<'_>,
    area: &AreaDraft,
    field: &'static str,
    door: &DoorDraft,
    outwards: Side,
    found: &mut Findings,
) {
    let index = names.areas.get(area.path.as_str()).copied().unwrap_or(0);
    let message = format!(
        "{field} of \"{}\" counts who is inside, and nobody could leave by door \"{}\" and be counted: it has no reader on the way out",
        area.path, door.path
    );
    let help = format!("add a [[device]] with role \"reader\" and side = \"{}\" at this door", outwards.word());
    found.add("area", index, field, message, help);
}

fn stands_open(index: usize, door: &DoorDraft, area: &AreaDraft, field: &str, found: &mut Findings) {
    let message = format!(
        "people would pass door \"{}\" uncounted while it stands unlocked, and {field} of \"{}\" counts who is inside",
        door.path, area.path
    );
    found.add("door", index, "opening", message, format!("remove opening, or {field} of the area"));
}

/// The area that asks for path proof on the way into an area: itself or one around it.
fn asks_for_path(draft: &SiteDraft, nesting: &Nesting, area: usize) -> Option<usize> {
    let asks = |area: &usize| draft.areas.get(*area).is_some_and(|area| area.path_proof == PathProof::Required);
    nesting.outwards(area).find(asks)
}

/// A door that leads into an area without leading through the one around it would refuse everybody by path proof.
fn led_past(draft: &SiteDraft, nesting: &Nesting, index: usize, ends: &Ends, found: &mut Findings) {
    let Some(behind) = ends.behind.filter(|behind| asks_for_path(draft, nesting, *behind).is_some()) else { return };
    let Some(around) = nesting.around(behind) else { return };
    if ends.before.is_some_and(|before| nesting.lies_in(before, around)) {
        return;
    }
    let path = |area: usize| draft.areas.get(area).map_or(OUTSIDE, |area| &area.path);
    let (before, behind, around) = (ends.before.map_or(OUTSIDE, path), path(behind), path(around));
    let message = format!(
        "path_proof asks whoever enters \"{behind}\" to be in \"{around}\" around it, and this door leads in from \"{before}\""
    );
    let help = format!("let it lead from an area in \"{around}\", or ask for path_proof further in");
    found.add("door", index, "from", message, help);
}

/// Where path proof asks for somebody in an area that no reader leads into. Told once for each area that asks.
fn nobody_around(draft: &SiteDraft, nesting: &Nesting, arrivals: &Arrivals, found: &mut Findings) {
    let mut told = BTreeSet::new();
    for area in 0..draft.areas.len() {
        let (Some(asking), Some(around)) = (asks_for_path(draft, nesting, area), nesting.around(area)) else {
            continue;
        };
        if arrivals.of(around) > arrivals.of(area) || !told.insert((asking, around)) {
            continue;
        }
        let path = |area: usize| draft.areas.get(area).map_or("", |area| &area.path);
        let message = format!(
            "path_proof would keep everybody out of \"{}\": no reader leads into \"{}\" around it, so nobody is known to be there",
            path(area),
            path(around)
        );
        let help = "put a reader at a door into the area around it, or remove path_proof";
        found.add("area", asking, "path_proof", message, help);
    }
}
