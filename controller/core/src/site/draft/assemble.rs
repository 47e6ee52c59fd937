//! Puts together a site from a draft that was found whole: names become numbers, settings that a draft leaves open are taken
//! from the area around. What can be wrong is `check.rs`; here nothing is, so nothing is checked twice.

use core::time::Duration;
use std::collections::BTreeMap;

use super::{
    AreaDraft, CameraDraft, DeviceDraft, DoorDraft, InputDraft, LevelDraft, NewName, OUTSIDE, RoleDraft, Side,
    SiteDraft,
};
use crate::card::FormatCatalogue;
use crate::entry::PlaceKind;
use crate::feedback::policy::{DeviceFeedback, Disclosure};
use crate::id::{AreaId, CameraId, DeviceId, DoorId, LineId, OrganisationId, PointId, ZoneId};
use crate::people::{Approval, ThreatLevel};
use crate::site::camera::Camera;
use crate::site::local_time::LocalTime;
use crate::site::remote::RemotePolicy;
use crate::site::{
    Area, AreaPolicy, Device, Door, InputUse, Interlocked, Line, OPERATOR, Organisation, PathProof, Point,
    ProtectionClass, Role, Site, TicketPolicy, Together, Way, Zone,
};

/// The site of `draft`; `places` are the numbers given before.
pub(super) fn site(draft: &SiteDraft, local_time: LocalTime, places: &BTreeMap<(PlaceKind, u32), String>) -> Site {
    let mut assembly = Assembly::new(draft, local_time, places);
    for name in &draft.organisations {
        let id = assembly.organisation(name);
        assembly.site.organisations.push(Organisation { id, name: name.clone() });
    }
    for area in &draft.areas {
        let area = assembly.area(area);
        put(&mut assembly.site.areas, area.id.get(), area);
    }
    for door in &draft.doors {
        let door = assembly.door(door);
        put(&mut assembly.site.doors, door.id.get(), door);
    }
    for device in &draft.devices {
        assembly.device(device);
    }
    for camera in &draft.cameras {
        assembly.camera(camera);
    }
    let Assembly { mut site, registry, .. } = assembly;
    let inside = |area: &Option<Area>| area.as_ref().and_then(|area| area.inside).map_or(0, AreaId::get);
    site.around = site.areas.iter().map(inside).collect();
    site.ways = site.points.iter().map(|point| way(&site, point.as_ref()?)).collect();
    site.remote = draft.remote.resolve(&site);
    site.gather_demands();
    site.shown_at = site.devices.iter().map(|device| shown_at(draft, &site, device.as_ref())).collect();
    site.named = registry.named;
    site
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

/// A site half built, with what is looked up again and again.
struct Assembly<'d> {
    draft: &'d SiteDraft,
    areas: BTreeMap<&'d str, &'d AreaDraft>,
    /// The doors of each interlock, by its word.
    interlocks: BTreeMap<&'d str, Vec<&'d str>>,
    registry: Registry,
    site: Site,
}

impl<'d> Assembly<'d> {
    fn new(draft: &'d SiteDraft, local_time: LocalTime, places: &BTreeMap<(PlaceKind, u32), String>) -> Self {
        let mut interlocks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for door in &draft.doors {
            if let Some(word) = &door.interlock {
                interlocks.entry(word).or_default().push(&door.path);
            }
        }
        let site = Site {
            name: draft.name.clone(),
            local_time,
            organisations: vec![Organisation { id: OPERATOR, name: draft.name.clone() }],
            areas: Vec::new(),
            schedules: draft.schedules.clone(),
            doors: Vec::new(),
            points: Vec::new(),
            devices: Vec::new(),
            zones: Vec::new(),
            lines: Vec::new(),
            cameras: Vec::new(),
            ways: Vec::new(),
            demands: Vec::new(),
            around: Vec::new(),
            named: Vec::new(),
            // What is wrong with them was found by the check before.
            card_formats: FormatCatalogue::with(&draft.card_formats).unwrap_or_default(),
            feedback: draft.feedback.policy,
            remote: RemotePolicy::default(),
            shown_at: Vec::new(),
            together: Together { permissions: draft.two_operators, widen_limit: draft.widen_limit },
            written: draft.written.clone(),
        };
        let areas = draft.areas.iter().map(|area| (area.path.as_str(), area)).collect();
        Self { draft, areas, interlocks, registry: Registry::new(places), site }
    }

    fn organisation(&mut self, name: &str) -> OrganisationId {
        OrganisationId::new(self.registry.number(PlaceKind::Organisation, name))
    }

    /// What an area settles, or the nearest area around it that does.
    fn settled<T>(&self, draft: &'d AreaDraft, setting: impl Fn(&'d AreaDraft) -> Option<T>) -> Option<T> {
        let outwards = |area: &&'d AreaDraft| self.areas.get(area.inside.as_deref()?).copied();
        core::iter::successors(Some(draft), outwards).find_map(setting)
    }

    fn area(&mut self, draft: &'d AreaDraft) -> Area {
        let policy = self.policy(draft);
        let class = self.settled(draft, |area| area.class).unwrap_or(ProtectionClass::One);
        let owner = self.settled(draft, |area| area.owner.as_deref());
        Area {
            id: self.area_id(&draft.path),
            path: draft.path.clone(),
            kind: draft.kind,
            class,
            inside: draft.inside.as_ref().map(|path| self.area_id(path)),
            owner: match owner {
                Some(name) if *name != *self.draft.name => self.organisation(name),
                Some(_) | None => OPERATOR,
            },
            policy,
        }
    }

    fn policy(&self, draft: &'d AreaDraft) -> AreaPolicy {
        AreaPolicy {
            ticket: self.settled(draft, |area| area.ticket).unwrap_or(TicketPolicy::Optional),
            approval: self.settled(draft, |area| area.approval).unwrap_or(Approval::None),
            passback: draft.passback,
            path: self
                .settled(draft, |area| Some(area.path_proof).filter(|proof| *proof == PathProof::Required))
                .unwrap_or(PathProof::Off),
            max_occupancy: draft.max_occupancy,
            company: draft.company,
            threat_limit: self.settled(draft, |area| area.threat_limit).unwrap_or(ThreatLevel::Severe),
        }
    }

    fn area_id(&mut self, path: &str) -> AreaId {
        AreaId::new(self.registry.number(PlaceKind::Area, path))
    }

    fn door_id(&mut self, path: &str) -> DoorId {
        DoorId::new(self.registry.number(PlaceKind::Door, path))
    }

    fn door(&mut self, draft: &DoorDraft) -> Door {
        let area = self.area_id(&draft.area);
        let from = match draft.from.as_deref() {
            Some(OUTSIDE) => None,
            Some(path) => Some(self.area_id(path)),
            None => self.site.area(area).and_then(|area| area.inside),
        };
        Door {
            id: self.door_id(&draft.path),
            path: draft.path.clone(),
            kind: draft.kind,
            area,
            from,
            two_person: draft.two_person,
            egress: draft.egress,
            opening: draft.opening.clone(),
            lock: DeviceId::new(0),
            points: Vec::new(),
            interlocked_with: self.interlocked(draft),
            timings: draft.timings,
        }
    }

    fn interlocked(&mut self, draft: &DoorDraft) -> Vec<DoorId> {
        let Some(word) = draft.interlock.as_deref() else { return Vec::new() };
        let doors = self.interlocks.get(word).cloned().unwrap_or_default();
        doors.into_iter().filter(|path| *path != draft.path).map(|path| self.door_id(path)).collect()
    }

    fn device(&mut self, draft: &DeviceDraft) {
        let id = DeviceId::new(self.registry.number(PlaceKind::Device, &draft.name));
        let role = match &draft.role {
            RoleDraft::Reader { door, side, level } => {
                let path = format!("{door}/{}", side.word());
                let door = self.door_id(door);
                Role::Reader { point: self.add_point(path, door, *side, level) }
            }
            RoleDraft::Lock { door } => {
                let door = self.door_id(door);
                self.set_lock(door, id);
                Role::Lock { door }
            }
            RoleDraft::Handle { door: path, level } => {
                let door = self.door_id(path);
                self.set_lock(door, id);
                Role::Handle { door, point: self.add_point(path.clone(), door, Side::In, level) }
            }
            RoleDraft::Inputs { uses } => {
                Role::Inputs { uses: uses.iter().map(|input| self.input_use(input)).collect() }
            }
        };
        let line = self.draft.lines.get(&draft.name).map(|line| self.line(line));
        put(&mut self.site.devices, id.get(), Device { id, name: draft.name.clone(), role, line });
    }

    fn camera(&mut self, draft: &CameraDraft) {
        let id = CameraId::new(self.registry.number(PlaceKind::Camera, &draft.name));
        let (mut doors, mut areas, mut zones) = (Vec::new(), Vec::new(), Vec::new());
        for path in &draft.covers {
            // A rack is an area with doors: its path means both, and the area has the doors.
            if self.areas.contains_key(path.as_str()) {
                areas.push(self.area_id(path));
            } else if self.draft.doors.iter().any(|door| door.path == *path) {
                doors.push(self.door_id(path));
            } else {
                zones.push(ZoneId::new(self.registry.number(PlaceKind::Zone, path)));
            }
        }
        let line = draft.line.as_ref().map(|line| self.line(line));
        let (name, evidence, also) = (draft.name.clone(), draft.evidence, draft.also);
        put(&mut self.site.cameras, id.get(), Camera { id, name, doors, areas, zones, evidence, also, line });
    }

    fn line(&mut self, name: &str) -> LineId {
        let id = LineId::new(self.registry.number(PlaceKind::Line, name));
        put(&mut self.site.lines, id.get(), Line { id, name: name.to_owned() });
        id
    }

    fn add_point(&mut self, path: String, door: DoorId, side: Side, draft: &LevelDraft) -> PointId {
        let id = PointId::new(self.registry.number(PlaceKind::Point, &path));
        let (level, level_by_time) = (draft.level, draft.by_time.clone());
        put(&mut self.site.points, id.get(), Point { id, path, door, side, level, level_by_time });
        if let Some(Some(door)) = self.site.doors.get_mut(door.get() as usize) {
            door.points.push(id);
        }
        id
    }

    fn set_lock(&mut self, door: DoorId, device: DeviceId) {
        if let Some(Some(door)) = self.site.doors.get_mut(door.get() as usize) {
            door.lock = device;
        }
    }

    fn input_use(&mut self, draft: &InputDraft) -> InputUse {
        match draft {
            InputDraft::Zone(path) => {
                let id = ZoneId::new(self.registry.number(PlaceKind::Zone, path));
                put(&mut self.site.zones, id.get(), Zone { id, path: path.clone() });
                InputUse::Zone(id)
            }
            InputDraft::Fire => InputUse::Fire,
            InputDraft::Lockdown(path) => InputUse::Lockdown(self.area_id(path)),
        }
    }
}

fn way(site: &Site, point: &Point) -> Option<Way> {
    let door = site.door(point.door)?;
    let interlocked = if door.interlocked_with.is_empty() { Interlocked::No } else { Interlocked::Yes };
    let (to, from) = match point.side {
        Side::In => (Some(door.area), door.from),
        Side::Out => (door.from, Some(door.area)),
    };
    let entered = to.filter(|_| point.side == Side::In).and_then(|area| site.area(area));
    Some(Way {
        door: door.id,
        lock: door.lock,
        side: point.side,
        to,
        from,
        level: point.level,
        // Schedules get their numbers in the engine, which resolves the name.
        level_by_time: None,
        interlocked,
        two_person: door.two_person,
        threat_limit: entered.map(|area| area.policy.threat_limit),
        demands: None,
        release_millis: millis(door.timings.release_time),
        extended_release_millis: millis(door.timings.extended_release_time),
    })
}

/// What holds for what a device shows: its own word, or the site's as far as the place allows it.
fn shown_at(draft: &SiteDraft, site: &Site, device: Option<&Device>) -> DeviceFeedback {
    let Some(device) = device else { return DeviceFeedback::default() };
    let own = draft.feedback.devices.get(&device.name).copied().unwrap_or_default();
    let disclosure = match own.disclosure.unwrap_or(site.feedback.disclosure) {
        Disclosure::Full if !site.stands_secured(&device.role) => Disclosure::Code,
        disclosure => disclosure,
    };
    DeviceFeedback { disclosure, lights: own.lights.unwrap_or_default() }
}

/// Times at doors are checked to be far below 49 days.
fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

/// Places are few and numbered from 1, so a list with holes for retired numbers is the whole index.
fn put<T>(list: &mut Vec<Option<T>>, number: u32, item: T) {
    let index = number as usize;
    if list.len() <= index {
        list.resize_with(index + 1, || None);
    }
    list[index] = Some(item);
}
