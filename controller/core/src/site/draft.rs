//! A site as somebody wrote it down, with names where the built [`Site`] has ids. [`SiteDraft::build`] finds everything
//! that is wrong in one pass; who wrote which line is known to the reader of the file (`config.rs` of the daemon), which
//! turns a [`DraftProblem`]'s table, index and field into a place in the file.

mod check;

use core::time::Duration;
use std::collections::BTreeMap;

use crate::entry::PlaceKind;
use crate::id::{AreaId, DeviceId, DoorId, PointId, ZoneId};
use crate::site::local_time::LocalTime;
use crate::site::{
    Area, Device, Door, DoorKind, Interlocked, Level, Point, Role, Site, TicketPolicy, Timings, Way, Zone,
};

/// A site as written down.
#[derive(Debug, Clone, Default)]
pub struct SiteDraft {
    /// Short name, the first part of every path.
    pub name: String,
    /// IANA zone.
    pub time_zone: String,
    /// Areas.
    pub areas: Vec<AreaDraft>,
    /// Doors, rack doors among them.
    pub doors: Vec<DoorDraft>,
    /// Devices.
    pub devices: Vec<DeviceDraft>,
}

/// An area as written down.
#[derive(Debug, Clone)]
pub struct AreaDraft {
    /// Path.
    pub path: String,
    /// Ticket policy.
    pub ticket: TicketPolicy,
}

/// A door as written down.
#[derive(Debug, Clone)]
pub struct DoorDraft {
    /// Path.
    pub path: String,
    /// What it is.
    pub kind: DoorKind,
    /// Path of the area behind it.
    pub area: String,
    /// Doors with the same word here are interlocked.
    pub interlock: Option<String>,
    /// Its timings; [`Timings::default_for`] where the file is silent.
    pub timings: Timings,
}

/// A device as written down.
#[derive(Debug, Clone)]
pub struct DeviceDraft {
    /// Name.
    pub name: String,
    /// What it does.
    pub role: RoleDraft,
}

/// What a device does, as written down.
#[derive(Debug, Clone)]
pub enum RoleDraft {
    /// Reads cards on one side of a door.
    Reader {
        /// Path of the door.
        door: String,
        /// Which way its point leads.
        side: Side,
        /// What must be presented.
        level: Level,
    },
    /// Drives a door's lock.
    Lock {
        /// Path of the door.
        door: String,
    },
    /// A swinghandle with its own reader.
    Handle {
        /// Path of the rack door.
        door: String,
        /// What must be presented.
        level: Level,
    },
    /// Watches zones.
    Inputs {
        /// Path of the zone of each input.
        zones: Vec<String>,
    },
}

/// Which way a point leads through its door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Into the area the door guards.
    In,
    /// Out of it.
    Out,
}

/// One thing wrong with a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftProblem {
    /// `site`, `area`, `door` or `device`.
    pub table: &'static str,
    /// Which of them, from 0, in order of the draft.
    pub index: usize,
    /// The member that is wrong.
    pub field: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A place that got its number in this build; the engine journals it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewName {
    /// What kind.
    pub kind: PlaceKind,
    /// Its number.
    pub number: u32,
    /// Its path.
    pub path: String,
}

impl Timings {
    /// The defaults of `feedback.md` ("Timings") and `alarms.md` for this kind of door.
    pub const fn default_for(kind: DoorKind) -> Self {
        let (release, open, pre_alarm) = match kind {
            DoorKind::Gate | DoorKind::Barrier => (10, 60, 15),
            DoorKind::Turnstile => (5, 15, 5),
            DoorKind::Door => (5, 30, 10),
            DoorKind::RackDoor => (10, 300, 180),
        };
        Self {
            release_time: Duration::from_secs(release),
            open_time: Duration::from_secs(open),
            pre_alarm_time: Duration::from_secs(pre_alarm),
            forced_debounce: Duration::from_secs(1),
            latch_time: Duration::from_secs(10),
            travel_time: Duration::from_secs(2),
        }
    }
}

/// Gives places their numbers: the old one where a path was ever known, a new one otherwise.
struct Registry {
    numbers: BTreeMap<(PlaceKind, String), u32>,
    last: BTreeMap<PlaceKind, u32>,
    named: Vec<NewName>,
}

impl Registry {
    fn new(places: &BTreeMap<(PlaceKind, u32), String>) -> Self {
        let mut last = BTreeMap::new();
        let mut numbers = BTreeMap::new();
        for ((kind, number), path) in places {
            numbers.insert((*kind, path.clone()), *number);
            last.insert(*kind, *number);
        }
        Self { numbers, last, named: Vec::new() }
    }

    fn number(&mut self, kind: PlaceKind, path: &str) -> u32 {
        if let Some(number) = self.numbers.get(&(kind, path.to_owned())) {
            return *number;
        }
        let number = self.last.get(&kind).map_or(1, |last| last + 1);
        self.last.insert(kind, number);
        self.numbers.insert((kind, path.to_owned()), number);
        self.named.push(NewName { kind, number, path: path.to_owned() });
        number
    }
}

impl SiteDraft {
    /// Builds the site; `places` are the numbers given before, as the journal has them.
    ///
    /// # Errors
    /// Every problem of the draft, in order of table and index; never an empty list.
    pub fn build(&self, places: &BTreeMap<(PlaceKind, u32), String>) -> Result<Site, Vec<DraftProblem>> {
        let mut problems = check::problems(self);
        let Some(local_time) = LocalTime::named(&self.time_zone) else {
            let message = format!("time zone \"{}\" is not in the IANA database", self.time_zone);
            problems.insert(0, problem("site", 0, "time_zone", message, "use a name such as \"Europe/London\""));
            return Err(problems);
        };
        if problems.is_empty() { Ok(self.assemble(local_time, places)) } else { Err(problems) }
    }

    /// Puts together a draft that was found whole.
    fn assemble(&self, local_time: LocalTime, places: &BTreeMap<(PlaceKind, u32), String>) -> Site {
        let mut registry = Registry::new(places);
        let areas = self
            .areas
            .iter()
            .map(|area| Area {
                id: AreaId::new(registry.number(PlaceKind::Area, &area.path)),
                path: area.path.clone(),
                ticket: area.ticket,
            })
            .collect();
        let mut site = Site {
            name: self.name.clone(),
            local_time,
            areas,
            doors: Vec::new(),
            points: Vec::new(),
            devices: Vec::new(),
            zones: Vec::new(),
            ways: Vec::new(),
            named: Vec::new(),
        };
        for draft in &self.doors {
            let id = DoorId::new(registry.number(PlaceKind::Door, &draft.path));
            let area = AreaId::new(registry.number(PlaceKind::Area, &draft.area));
            let door = Door {
                id,
                path: draft.path.clone(),
                kind: draft.kind,
                area,
                lock: DeviceId::new(0),
                points: Vec::new(),
                interlocked_with: self.interlocked(draft, &mut registry),
                timings: draft.timings,
            };
            put(&mut site.doors, id.get(), door);
        }
        for draft in &self.devices {
            self.assemble_device(draft, &mut site, &mut registry);
        }
        site.ways = site.points.iter().map(|point| way(&site, point.as_ref()?)).collect();
        site.named = registry.named;
        site
    }

    fn interlocked(&self, draft: &DoorDraft, registry: &mut Registry) -> Vec<DoorId> {
        let Some(group) = &draft.interlock else { return Vec::new() };
        self.doors
            .iter()
            .filter(|other| other.interlock.as_ref() == Some(group) && other.path != draft.path)
            .map(|other| DoorId::new(registry.number(PlaceKind::Door, &other.path)))
            .collect()
    }

    fn assemble_device(&self, draft: &DeviceDraft, site: &mut Site, registry: &mut Registry) {
        let id = DeviceId::new(registry.number(PlaceKind::Device, &draft.name));
        let mut door_called = |path: &str| DoorId::new(registry.number(PlaceKind::Door, path));
        let role = match &draft.role {
            RoleDraft::Reader { door, side, level } => {
                let path = format!("{door}/{}", side.word());
                let door = door_called(door);
                Role::Reader { point: add_point(site, registry, path, door, *level) }
            }
            RoleDraft::Lock { door } => {
                let door = door_called(door);
                set_lock(site, door, id);
                Role::Lock { door }
            }
            RoleDraft::Handle { door: path, level } => {
                let door = door_called(path);
                set_lock(site, door, id);
                Role::Handle { door, point: add_point(site, registry, path.clone(), door, *level) }
            }
            RoleDraft::Inputs { zones } => {
                let zones = zones.iter().map(|path| add_zone(site, registry, path)).collect();
                Role::Inputs { zones }
            }
        };
        put(&mut site.devices, id.get(), Device { id, name: draft.name.clone(), role });
    }
}

impl Side {
    /// The last part of a point's path.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

fn way(site: &Site, point: &Point) -> Option<Way> {
    let door = site.door(point.door)?;
    let interlocked = if door.interlocked_with.is_empty() { Interlocked::No } else { Interlocked::Yes };
    let release_time = door.timings.release_time;
    Some(Way { door: door.id, lock: door.lock, level: point.level, interlocked, release_time })
}

fn add_point(site: &mut Site, registry: &mut Registry, path: String, door: DoorId, level: Level) -> PointId {
    let id = PointId::new(registry.number(PlaceKind::Point, &path));
    put(&mut site.points, id.get(), Point { id, path, door, level });
    if let Some(Some(door)) = site.doors.get_mut(door.get() as usize) {
        door.points.push(id);
    }
    id
}

fn add_zone(site: &mut Site, registry: &mut Registry, path: &str) -> ZoneId {
    let id = ZoneId::new(registry.number(PlaceKind::Zone, path));
    put(&mut site.zones, id.get(), Zone { id, path: path.to_owned() });
    id
}

fn set_lock(site: &mut Site, door: DoorId, device: DeviceId) {
    if let Some(Some(door)) = site.doors.get_mut(door.get() as usize) {
        door.lock = device;
    }
}

/// Places are few and numbered from 1, so a list with holes for retired numbers is the whole index.
fn put<T>(list: &mut Vec<Option<T>>, number: u32, item: T) {
    let index = number as usize;
    if list.len() <= index {
        list.resize_with(index + 1, || None);
    }
    list[index] = Some(item);
}

fn problem(table: &'static str, index: usize, field: &'static str, message: String, help: &str) -> DraftProblem {
    DraftProblem { table, index, field, message, help: help.to_owned() }
}
