//! The tables that say what exists: site, areas, doors and racks. Every one becomes part of the draft even when a member of
//! it is wrong, with a stand-in, so that the core can go on looking for what else is wrong.

use rackward_core::site::draft::{AreaDraft, DoorDraft, RoleDraft, SiteDraft};
use rackward_core::site::{DoorKind, TicketPolicy, Timings};

use super::Origin;
use super::report::Problems;
use super::table::{Root, Table};

/// The doors of a rack that has not said which.
const BOTH_FACES: [&str; 2] = ["front", "rear"];

/// What exists, as far as it could be read, and where it stands.
pub(super) struct Places {
    pub(super) draft: SiteDraft,
    pub(super) site: Origin,
    pub(super) areas: Vec<Origin>,
    pub(super) doors: Vec<Origin>,
    /// What the site is called if it has no usable name: the root of the first path there is.
    pub(super) name_stand_in: String,
    /// Whether an area could not be read, so that doors may seem to lead nowhere.
    pub(super) area_lost: bool,
    /// Whether a door could not be read, so that devices may seem to hang in the air.
    pub(super) door_lost: bool,
}

impl Places {
    /// Reads the site, its areas, doors and racks; devices come later.
    pub(super) fn read(root: &Root<'_>, problems: &mut Problems) -> Self {
        let mut places = Self {
            draft: SiteDraft::default(),
            site: Origin::default(),
            areas: Vec::new(),
            doors: Vec::new(),
            name_stand_in: "site".to_owned(),
            area_lost: false,
            door_lost: false,
        };
        for table in root.list("area") {
            places.area(table, problems);
        }
        for table in root.list("door") {
            places.door(table, problems);
        }
        for table in root.list("rack") {
            places.rack(table, problems);
        }
        places.site(root, problems);
        places
    }

    /// Whether a door has no device that drives its lock.
    pub(super) fn lacks_lock(&self, door: usize) -> bool {
        let Some(door) = self.draft.doors.get(door) else { return false };
        !self.draft.devices.iter().any(|device| match &device.role {
            RoleDraft::Lock { door: path } | RoleDraft::Handle { door: path, .. } => *path == door.path,
            RoleDraft::Reader { .. } | RoleDraft::Inputs { .. } => false,
        })
    }

    fn site(&mut self, root: &Root<'_>, problems: &mut Problems) {
        let first_path = self.draft.areas.iter().map(|area| &area.path).chain(self.draft.doors.iter().map(|d| &d.path));
        if let Some(root) = first_path.filter_map(|path| path.split('/').next()).find(|root| !root.is_empty()) {
            self.name_stand_in = root.to_owned();
        }
        self.draft.name.clone_from(&self.name_stand_in);
        "UTC".clone_into(&mut self.draft.time_zone);
        let Some(mut table) = root.section("site") else {
            problems.add(0..0, "the file has no [site]", "add [site] with name and time_zone");
            return;
        };
        if let Some(name) = table.required("name", problems) {
            name.value.clone_into(&mut self.draft.name);
        }
        if let Some(zone) = table.required("time_zone", problems) {
            zone.value.clone_into(&mut self.draft.time_zone);
        }
        self.site = table.origin();
        table.finish(problems);
    }

    fn area(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let path = required_text(&mut table, "path", problems);
        let policies = [("optional", TicketPolicy::Optional), ("required", TicketPolicy::Required)];
        self.area_lost |= path.is_empty();
        let ticket = table.choice("ticket", &policies, problems).map_or(TicketPolicy::Optional, |policy| policy.value);
        self.draft.areas.push(AreaDraft { path, ticket });
        self.areas.push(table.origin());
        table.finish(problems);
    }

    fn door(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let path = required_text(&mut table, "path", problems);
        self.door_lost |= path.is_empty();
        let kinds = [
            ("gate", DoorKind::Gate),
            ("barrier", DoorKind::Barrier),
            ("turnstile", DoorKind::Turnstile),
            ("door", DoorKind::Door),
        ];
        let kind = table.required_choice("kind", &kinds, problems).map_or(DoorKind::Door, |kind| kind.value);
        let area = required_text(&mut table, "area", problems);
        let interlock = table.text("interlock", problems).map(|group| group.value.to_owned());
        let timings = timings(&mut table, kind, problems);
        self.draft.doors.push(DoorDraft { path, kind, area, interlock, timings });
        self.doors.push(table.origin());
        table.finish(problems);
    }

    /// A rack is its doors: each face with a swinghandle is one.
    fn rack(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let path = required_text(&mut table, "path", problems);
        let area = required_text(&mut table, "area", problems);
        let timings = timings(&mut table, DoorKind::RackDoor, problems);
        let faces = faces(&mut table, problems);
        self.door_lost |= path.is_empty() || faces.is_none();
        let origin = table.origin();
        for face in faces.unwrap_or_default() {
            let path = format!("{path}/{face}");
            let (kind, area) = (DoorKind::RackDoor, area.clone());
            self.draft.doors.push(DoorDraft { path, kind, area, interlock: None, timings });
            self.doors.push(origin.clone());
        }
        table.finish(problems);
    }
}

/// The faces of a rack that have a door; `None` when that could not be read.
fn faces(table: &mut Table<'_>, problems: &mut Problems) -> Option<Vec<&'static str>> {
    if !table.has("faces") {
        table.pass_over(&["faces"]);
        return Some(BOTH_FACES.to_vec());
    }
    let mut faces: Vec<&'static str> = Vec::new();
    for face in table.texts("faces", problems)? {
        match BOTH_FACES.into_iter().find(|known| *known == face.value) {
            Some(known) if !faces.contains(&known) => faces.push(known),
            Some(known) => problems.add(face.span, format!("face \"{known}\" stands twice"), "remove one"),
            None => {
                problems.add(face.span, "a rack has no such face", "write \"front\", \"rear\" or both");
                return None;
            }
        }
    }
    Some(faces)
}

/// The times of a door: what the file says, over the defaults of its kind. Their bounds are the core's.
fn timings(table: &mut Table<'_>, kind: DoorKind, problems: &mut Problems) -> Timings {
    let mut timings = Timings::default_for(kind);
    let members = [
        ("release_time", &mut timings.release_time),
        ("open_time", &mut timings.open_time),
        ("pre_alarm_time", &mut timings.pre_alarm_time),
        ("forced_debounce", &mut timings.forced_debounce),
        ("latch_time", &mut timings.latch_time),
        ("travel_time", &mut timings.travel_time),
    ];
    for (key, time) in members {
        if let Some(written) = table.duration(key, problems) {
            *time = written;
        }
    }
    timings
}

/// A text that must be there, or an empty stand-in.
pub(super) fn required_text(table: &mut Table<'_>, key: &'static str, problems: &mut Problems) -> String {
    table.required(key, problems).map_or_else(String::new, |text| text.value.to_owned())
}
