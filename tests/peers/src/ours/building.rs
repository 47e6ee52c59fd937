//! The generated doors as a site of ours: a gate that leads into a building, and doors that lead from there into a hall
//! where every rule about presence holds.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use rackward_core::Wall;
use rackward_core::door::{DoorRecord, Passage};
use rackward_core::facts::{Contact, Facts, Lock};
use rackward_core::id::{AreaId, PersonId, PointId};
use rackward_core::people::{Place, Whereabouts};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, OUTSIDE, RoleDraft, Side, SiteDraft};
use rackward_core::site::{AreaKind, Company, DoorKind, Level, Passback, PathProof, Site as Building};

use crate::site::{FRONT_GATE, Site, TIME_ZONE};

const BUILDING: &str = "lon1/building";
const HALL: &str = "lon1/hall";

/// How many may be in the hall; nearly nobody is.
const HALL_PERSONS: u16 = 500;

/// Guards who are in the hall all day, so that nobody who enters it is alone.
const GUARDS: u32 = 5;

/// Every so many doors, two are in an interlock with each other.
const INTERLOCK_EVERY: u32 = 20;

/// The site with doors 1 to `doors`.
pub(super) fn build(doors: u32) -> Result<Building> {
    let building = AreaDraft::new(BUILDING, AreaKind::Building);
    let hall = AreaDraft {
        inside: Some(BUILDING.into()),
        passback: Passback::Hard,
        path_proof: PathProof::Required,
        max_occupancy: Some(HALL_PERSONS),
        company: Company::Required,
        ..AreaDraft::new(HALL, AreaKind::Hall)
    };
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: TIME_ZONE.into(),
        areas: vec![building, hall],
        doors: (1..=doors).map(door).collect(),
        devices: (1..=doors).flat_map(devices).collect(),
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).map_err(|problems| anyhow!("the generated site is refused: {:?}", problems.first()))
}

fn path(number: u32) -> String {
    format!("lon1/d{number}")
}

fn door(number: u32) -> DoorDraft {
    if number == FRONT_GATE {
        return DoorDraft { from: Some(OUTSIDE.into()), ..DoorDraft::new(path(number), DoorKind::Gate, BUILDING) };
    }
    let is_interlocked = matches!(number % INTERLOCK_EVERY, 1 | 2) && number > INTERLOCK_EVERY;
    let interlock = is_interlocked.then(|| format!("lock-{}", number / INTERLOCK_EVERY));
    DoorDraft { interlock, ..DoorDraft::new(path(number), DoorKind::Door, HALL) }
}

/// Readers on both sides, because anti-passback must see people leave.
fn devices(number: u32) -> [DeviceDraft; 3] {
    let reader = |side| RoleDraft::Reader { door: path(number), side, level: Level::Card.into() };
    [
        DeviceDraft { name: format!("reader-{number}-in"), role: reader(Side::In) },
        DeviceDraft { name: format!("reader-{number}-out"), role: reader(Side::Out) },
        DeviceDraft { name: format!("lock-{number}"), role: RoleDraft::Lock { door: path(number) } },
    ]
}

/// The point outside each door, by the site's number of the door; there is no door 0.
pub(super) fn points(building: &Building, doors: u32) -> Result<Vec<PointId>> {
    let by_path: BTreeMap<&str, PointId> = building
        .points()
        .filter(|point| point.side == Side::In)
        .filter_map(|point| Some((building.door(point.door)?.path.as_str(), point.id)))
        .collect();
    let point = |number: u32| by_path.get(path(number).as_str()).copied().context("find the reader of a door");
    core::iter::once(Ok(PointId::new(0))).chain((1..=doors).map(point)).collect()
}

/// Everybody in the building, and guards in the hall.
pub(super) fn whereabouts(building: &Building, site: &Site) -> Result<BTreeMap<PersonId, Whereabouts>> {
    let area = |path: &str| -> Result<AreaId> {
        Ok(building.areas().find(|area| area.path == path).context("find an area by its path")?.id)
    };
    let (inside, hall) = (area(BUILDING)?, area(HALL)?);
    let people = site.people.len() as u32;
    let whereabouts = |area| Whereabouts { place: Place::Inside(area), since: Wall::from_seconds(0) };
    let everybody = (1..=people).map(|person| (PersonId::new(person), whereabouts(inside)));
    let guards = (people + 1..=people + GUARDS).map(|person| (PersonId::new(person), whereabouts(hall)));
    Ok(everybody.chain(guards).collect())
}

/// A door that is closed and locked, with nobody expected.
pub(super) fn at_rest() -> DoorRecord {
    let facts = Facts { contact: Contact::Closed, lock: Lock::Locked, ..Facts::default() };
    DoorRecord { facts, passage: Passage::Idle }
}
