//! What exists: organisations, areas, doors, access points, devices, zones. A [`Site`] is built from a [`draft::SiteDraft`], which lists
//! all that is wrong with it at once; a built site has no dangling reference, so the engine never meets one.
//! Ids are given by the [`draft::Registry`], which the journal keeps, so a number means the same place for ever.

pub mod camera;
mod demands;
pub mod draft;
mod line;
pub mod local_time;
mod places;
mod policy;
pub mod remote;
pub mod schedule;
pub(crate) mod secured;

use core::time::Duration;
use std::collections::BTreeMap;

use crate::card::FormatCatalogue;
use crate::feedback::policy::{DeviceFeedback, FeedbackPolicy};
use crate::id::{AreaId, DeviceId, DoorId, LineId, OrganisationId, PointId, ZoneId};
use crate::people::index::ScheduleSlot;
use crate::people::{Approval, ThreatLevel};
pub(crate) use demands::Demands;
pub use line::Line;
use local_time::LocalTime;
pub use policy::{SitePolicy, Together};

/// Everything that exists at one site.
#[derive(Debug, Clone)]
pub struct Site {
    pub(crate) name: String,
    pub(crate) local_time: LocalTime,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) areas: Vec<Option<Area>>,
    pub(crate) schedules: draft::ScheduleDrafts,
    pub(crate) doors: Vec<Option<Door>>,
    pub(crate) points: Vec<Option<Point>>,
    pub(crate) devices: Vec<Option<Device>>,
    pub(crate) zones: Vec<Option<Zone>>,
    pub(crate) lines: Vec<Option<Line>>,
    pub(crate) cameras: Vec<Option<camera::Camera>>,
    /// What deciding needs of each point, by its number: all of a large site in a few hundred kilobytes.
    pub(crate) ways: Vec<Option<Way>>,
    /// What ways ask of people, each once.
    pub(crate) demands: Vec<demands::Demands>,
    /// The area around each area, by number; 0 for none. Walked by decisions, so it is kept small.
    pub(crate) around: Vec<u32>,
    pub(crate) named: Vec<draft::NewName>,
    pub(crate) card_formats: FormatCatalogue,
    pub(crate) feedback: FeedbackPolicy,
    /// What the site has chosen about devices that decide on their own.
    pub(crate) remote: remote::RemotePolicy,
    /// What is shown at each device, by its number.
    pub(crate) shown_at: Vec<DeviceFeedback>,
    /// What nobody does alone.
    pub(crate) together: Together,
    /// Where policies were written down.
    pub(crate) written: BTreeMap<SitePolicy, String>,
}

/// Somebody who owns areas and racks and to whom people belong: the operator of the site or a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Which organisation; the operator of the site is [`OPERATOR`].
    pub id: OrganisationId,
    /// Its name, such as `st-marys`.
    pub name: String,
}

/// The organisation that runs the site: it owns whatever nobody else does.
pub const OPERATOR: OrganisationId = OrganisationId::new(0);

/// A bounded protected space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Which area.
    pub id: AreaId,
    /// Its path, such as `lon1/hall-a`.
    pub path: String,
    /// What kind of space.
    pub kind: AreaKind,
    /// How well it is protected.
    pub class: ProtectionClass,
    /// The area around it; `None` for the outermost.
    pub inside: Option<AreaId>,
    /// Who owns it.
    pub owner: OrganisationId,
    /// What holds for those who want to be in it.
    pub policy: AreaPolicy,
}

/// What kind of space an area is, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AreaKind {
    /// The grounds inside the fence.
    Perimeter,
    /// A building.
    Building,
    /// A hall or room.
    Hall,
    /// A cage within a hall.
    Cage,
    /// A rack.
    Rack,
}

/// Protection against unauthorised access (EN 50600-2-5, ISO/IEC 22237-6: classes 1 to 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtectionClass {
    /// Public or semi-public.
    One,
    /// All staff and visitors.
    Two,
    /// Named staff.
    Three,
    /// Named staff with a proven need.
    Four,
}

/// What holds for those who want to be in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaPolicy {
    /// Whether a grant must name a change ticket.
    pub ticket: TicketPolicy,
    /// How many others must approve a grant.
    pub approval: Approval,
    /// Whether one must have left before entering again.
    pub passback: Passback,
    /// Whether one must be known to be in the area around it.
    pub path: PathProof,
    /// How many people may be inside.
    pub max_occupancy: Option<u16>,
    /// Whether somebody may be inside alone.
    pub company: Company,
    /// The highest threat level at which everybody with a right is admitted.
    pub threat_limit: ThreatLevel,
}

/// Whether one must have left an area before entering it again (ONVIF, BACnet anti-passback).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passback {
    /// No.
    Off,
    /// A violation is recorded and alarmed, the person passes.
    Soft,
    /// A violation is refused.
    Hard,
    /// Entering again within this time of the last entry is refused, and forgiven after it.
    Timed(Duration),
}

/// Whether one must be known to be in the area around an area before entering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathProof {
    /// No.
    Off,
    /// Yes: a rack wants its holder in the hall, the hall in the building.
    Required,
}

/// Whether somebody may be in an area alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Yes.
    Optional,
    /// No: the first two enter together and the last two leave together.
    Required,
}

/// Whether a grant into an area must name a change ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketPolicy {
    /// A reason is enough.
    Optional,
    /// No ticket, no grant.
    Required,
}

/// Anything that restricts passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Which door.
    pub id: DoorId,
    /// Its path, such as `lon1/hall-a/r07/c03/front`.
    pub path: String,
    /// What it is.
    pub kind: DoorKind,
    /// The area it guards: the one behind it.
    pub area: AreaId,
    /// The area in front of it; `None` when it leads in from outside the site.
    pub from: Option<AreaId>,
    /// Whether two people must present their cards together.
    pub two_person: TwoPerson,
    /// Whether the fire input releases it.
    pub egress: Egress,
    /// When it stands unlocked by itself.
    pub opening: Option<Opening>,
    /// The device that drives its lock and reports its facts.
    pub lock: DeviceId,
    /// Readers and other points at it.
    pub points: Vec<PointId>,
    /// Doors that must be closed and locked before this one is released.
    pub interlocked_with: Vec<DoorId>,
    /// Its timings.
    pub timings: Timings,
}

/// Whether two people must present their cards together at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoPerson {
    /// One is enough.
    No,
    /// Two different people, each with a right, within the time of `feedback.md` T5.
    Required,
}

/// Whether the fire input releases a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Egress {
    /// It stays as it is; always so for racks.
    No,
    /// It is a way out and is released.
    Yes,
}

/// When a door stands unlocked by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The name of the schedule.
    pub schedule: String,
    /// Whether it waits for somebody.
    pub first_person: FirstPerson,
}

/// Whether a door that opens by schedule waits for the first person with a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPerson {
    /// It opens when the schedule begins.
    NotNeeded,
    /// It opens once somebody with a right has passed while the schedule holds.
    Required,
}

/// What a door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DoorKind {
    /// A vehicle gate.
    Gate,
    /// A barrier.
    Barrier,
    /// A turnstile.
    Turnstile,
    /// A door for people.
    Door,
    /// The front or rear of a rack, held by a swinghandle.
    RackDoor,
}

/// How long things may take at a door (ONVIF DoorTimings).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// How long the lock is released when nobody opens.
    pub release_time: Duration,
    /// How long it may stay open before the held alarm.
    pub open_time: Duration,
    /// How long before the held alarm the warning starts; inside `open_time`.
    pub pre_alarm_time: Duration,
    /// How long an opening without a release must last to be a forced alarm.
    pub forced_debounce: Duration,
    /// How long a closed rack door may stay with its handle up, or a handle be seated on an open door.
    pub latch_time: Duration,
    /// How long a lock may take to follow a command before it counts as stuck.
    pub travel_time: Duration,
    /// The release time of those who need longer.
    pub extended_release_time: Duration,
    /// The open time of those who need longer.
    pub extended_open_time: Duration,
}

/// What a person must present at a point (ONVIF security level).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A card.
    Card,
    /// A card, then a PIN.
    CardAndPin,
}

/// One direction through one door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Which point.
    pub id: PointId,
    /// Its path, such as `lon1/main-entrance/in`; at a rack, the rack door's own path.
    pub path: String,
    /// The door it leads through.
    pub door: DoorId,
    /// Which way.
    pub side: draft::Side,
    /// What must be presented.
    pub level: Level,
    /// What must be presented while a schedule holds, by the schedule's name; never more than `level`.
    pub level_by_time: Option<(String, Level)>,
}

/// What deciding needs of a point and its door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The door.
    pub door: DoorId,
    /// The device that drives its lock.
    pub lock: DeviceId,
    /// Which way.
    pub side: draft::Side,
    /// The area one comes to; `None` is outside the site.
    pub to: Option<AreaId>,
    /// The area one leaves; `None` is outside the site.
    pub from: Option<AreaId>,
    /// What must be presented.
    pub level: Level,
    /// What must be presented while this schedule holds.
    pub level_by_time: Option<(ScheduleSlot, Level)>,
    /// Whether other doors must be closed first.
    pub interlocked: Interlocked,
    /// Whether two people must present their cards together.
    pub two_person: TwoPerson,
    /// The highest threat level at which everybody with a right enters; none on the way out.
    pub threat_limit: Option<ThreatLevel>,
    /// What the areas on both sides ask.
    pub(crate) demands: Option<demands::DemandsNumber>,
    /// How long the lock is released, in milliseconds: a decision waits for memory, so a way is kept small.
    pub(crate) release_millis: u32,
    /// How long for those who need longer, in milliseconds.
    pub(crate) extended_release_millis: u32,
}

/// Whether a door is part of an interlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interlocked {
    /// It is not.
    No,
    /// It is.
    Yes,
}

/// A reader, lock, swinghandle or input module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which device.
    pub id: DeviceId,
    /// Its name, such as `main-entrance-reader`.
    pub name: String,
    /// What it does for the site.
    pub role: Role,
    /// The line it is on; `None` where the site file does not say how it is reached.
    pub line: Option<LineId>,
}

/// What a device does for the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Reads cards and PINs at a point and shows feedback there.
    Reader {
        /// Where.
        point: PointId,
    },
    /// Drives a door's lock and reports its contact, monitor and exit button.
    Lock {
        /// Which door.
        door: DoorId,
    },
    /// A swinghandle with its own reader: lock, facts and reader in one.
    Handle {
        /// The rack door.
        door: DoorId,
        /// The access point at it.
        point: PointId,
    },
    /// Watches perimeter zones.
    Inputs {
        /// What each input means, by input number.
        uses: Vec<InputUse>,
    },
}

/// What an input means; in the order in which inputs of one report are taken, life safety first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputUse {
    /// The fire panel: while active, egress doors are released.
    Fire,
    /// A lockdown button for an area: pressing it locks the area down, only an operator releases it.
    Lockdown(AreaId),
    /// A perimeter zone: fence sensor or beam.
    Zone(ZoneId),
}

/// A perimeter zone: fence sensor or beam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Which zone.
    pub id: ZoneId,
    /// Its path, such as `lon1/fence-north`.
    pub path: String,
}

impl Site {
    /// The site's short name, the first part of every path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Local time at the site.
    pub fn local_time(&self) -> &LocalTime {
        &self.local_time
    }

    /// The card formats that operators may name here.
    pub fn card_formats(&self) -> &FormatCatalogue {
        &self.card_formats
    }

    /// What the site has chosen about what readers and handles show.
    pub fn feedback(&self) -> &FeedbackPolicy {
        &self.feedback
    }

    /// What the site has chosen about devices that decide on their own and about how far devices are trusted.
    pub fn remote(&self) -> &remote::RemotePolicy {
        &self.remote
    }

    /// What holds for what one device shows.
    pub fn shown_at(&self, id: DeviceId) -> DeviceFeedback {
        self.shown_at.get(id.get() as usize).copied().unwrap_or_default()
    }

    /// Every organisation, the operator first.
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// The organisation with this id, if the site still has it.
    pub fn organisation(&self, id: OrganisationId) -> Option<&Organisation> {
        self.organisations.iter().find(|organisation| organisation.id == id)
    }

    /// Every area, racks among them, in order of id.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.iter().flatten()
    }

    /// The area with this id, if the site still has it.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.areas.get(id.get() as usize)?.as_ref()
    }

    /// An area and all around it, innermost first. A built site has no cycle of areas.
    pub fn around(&self, id: AreaId) -> impl Iterator<Item = &Area> {
        core::iter::successors(self.area(id), |area| self.area(area.inside?))
    }

    /// Whether `inner` is `outer` or lies in it.
    pub fn lies_in(&self, inner: AreaId, outer: AreaId) -> bool {
        let mut at = inner.get();
        // A built site has no cycle of areas, so this ends.
        while at != outer.get() {
            match self.around.get(at as usize) {
                Some(0) | None => return false,
                Some(around) => at = *around,
            }
        }
        true
    }

    /// Who owns a door: the owner of the area behind it.
    pub fn owner_of(&self, door: DoorId) -> OrganisationId {
        self.door(door).and_then(|door| self.area(door.area)).map_or(OPERATOR, |area| area.owner)
    }

    /// The area with this path, or the only area whose path ends with it.
    ///
    /// # Errors
    /// The paths it could mean: none, or more than one.
    pub fn find_area(&self, text: &str) -> Result<&Area, Vec<String>> {
        find_by_path(self.areas(), |area| &area.path, text)
    }

    /// The door with this id, if the site still has it.
    pub fn door(&self, id: DoorId) -> Option<&Door> {
        self.doors.get(id.get() as usize)?.as_ref()
    }

    /// Every door, in order of id.
    pub fn doors(&self) -> impl Iterator<Item = &Door> {
        self.doors.iter().flatten()
    }

    /// The point with this id, if the site still has it.
    pub fn point(&self, id: PointId) -> Option<&Point> {
        self.points.get(id.get() as usize)?.as_ref()
    }

    /// What deciding needs of the point with this id.
    pub fn way(&self, id: PointId) -> Option<&Way> {
        self.ways.get(id.get() as usize)?.as_ref()
    }

    /// Every point, in order of id.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.points.iter().flatten()
    }

    /// The device with this id, if the site still has it.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(id.get() as usize)?.as_ref()
    }

    /// Every device, in order of id.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.iter().flatten()
    }

    /// The line with this id, if the site still has it.
    pub fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id.get() as usize)?.as_ref()
    }

    /// Every line, in order of id.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().flatten()
    }

    /// The zone with this id, if the site still has it.
    pub fn zone(&self, id: ZoneId) -> Option<&Zone> {
        self.zones.get(id.get() as usize)?.as_ref()
    }

    /// Every zone, in order of id.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.zones.iter().flatten()
    }

    /// The device called `name`.
    pub fn device_named(&self, name: &str) -> Option<&Device> {
        self.devices().find(|device| device.name == name)
    }

    /// The door with this path, or the only door whose path ends with it (`main-entrance` for `lon1/main-entrance`).
    ///
    /// # Errors
    /// The paths it could mean: none, or more than one.
    pub fn find_door(&self, text: &str) -> Result<&Door, Vec<String>> {
        find_by_path(self.doors(), |door| &door.path, text)
    }

    /// The point with this path, or the only point whose path ends with it, or a door's way in (`main-entrance`).
    ///
    /// # Errors
    /// The paths it could mean: none, or more than one.
    pub fn find_point(&self, text: &str) -> Result<&Point, Vec<String>> {
        let found = find_by_path(self.points(), |point| &point.path, text);
        found.or_else(|candidates| {
            let door = self.find_door(text).map_err(|_| candidates.clone())?;
            door.points.first().and_then(|id| self.point(*id)).ok_or(candidates)
        })
    }

    /// The rack doors of the rack with this path, front first; empty when there is no such rack.
    pub fn rack_doors(&self, rack: &str) -> Vec<&Door> {
        let faces: Vec<&Door> = self
            .doors()
            .filter(|door| door.kind == DoorKind::RackDoor)
            .filter(|door| door.path.rsplit_once('/').is_some_and(|(parent, _)| path_ends_with(parent, rack)))
            .collect();
        let parent = |door: &Door| door.path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        let one_rack = faces.windows(2).all(|pair| parent(pair[0]) == parent(pair[1]));
        if one_rack { faces } else { Vec::new() }
    }
}

/// Whether `path` is `text` or ends with it at a `/`.
fn path_ends_with(path: &str, text: &str) -> bool {
    path.strip_suffix(text).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn find_by_path<'a, T>(
    all: impl Iterator<Item = &'a T>,
    path: impl Fn(&T) -> &String,
    text: &str,
) -> Result<&'a T, Vec<String>> {
    let mut matches: Vec<&'a T> = all.filter(|item| !text.is_empty() && path_ends_with(path(item), text)).collect();
    if let Some(exact) = matches.iter().find(|item| path(item) == text) {
        return Ok(exact);
    }
    match matches.len() {
        1 => Ok(matches.remove(0)),
        _ => Err(matches.iter().map(|item| path(item).clone()).collect()),
    }
}
