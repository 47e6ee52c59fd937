//! The tables that say what exists: site, organisations, areas, doors and racks. Every one becomes part of the draft even
//! when a member of it is wrong, with a stand-in, so that the core can go on looking for what else is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rackward_core::inventory::TrustGrade;
use rackward_core::people::{Approval, ThreatLevel};
use rackward_core::site::draft::{AreaDraft, DoorDraft, RoleDraft, SiteDraft};
use rackward_core::site::{
    AreaKind, Company, DoorKind, Egress, FirstPerson, Opening, Passback, PathProof, ProtectionClass, SitePolicy,
    TicketPolicy, Timings, TwoPerson,
};

use super::Origin;
use super::remote;
use super::report::Problems;
use super::schedules::{read_calendar, read_schedule};
use super::table::{Root, Span, Table};

/// The doors of a rack that has not said which.
const BOTH_FACES: [&str; 2] = ["front", "rear"];

/// What exists, as far as it could be read, and where it stands.
#[derive(Default)]
pub(super) struct Places {
    pub(super) draft: SiteDraft,
    /// Policies that refuse orders, and where they stand.
    pub(super) written: Vec<(SitePolicy, Span)>,
    /// The lowest grade of devices that areas ask for, by their paths.
    pub(super) lowest_grades: BTreeMap<String, TrustGrade>,
    pub(super) site: Origin,
    pub(super) organisations: Vec<Origin>,
    pub(super) calendars: Vec<Origin>,
    pub(super) schedules: Vec<Origin>,
    pub(super) areas: Vec<Origin>,
    pub(super) doors: Vec<Origin>,
    /// What the site is called if it has no usable name: the root of the first path there is.
    pub(super) name_stand_in: String,
    /// Whether an organisation could not be read, so that owners may seem to be unknown.
    pub(super) organisation_lost: bool,
    /// Whether a calendar could not be read, so that special days may seem to be of none.
    pub(super) calendar_lost: bool,
    /// Whether a schedule could not be read, so that doors and readers may seem to follow none.
    pub(super) schedule_lost: bool,
    /// Whether an area could not be read, so that doors may seem to lead nowhere.
    pub(super) area_lost: bool,
    /// Whether the kind of an area could not be read, so that areas may seem to lie in the wrong ones.
    pub(super) kind_lost: bool,
    /// Whether a door could not be read, so that devices may seem to hang in the air.
    pub(super) door_lost: bool,
}

impl Places {
    /// Reads the site and all it consists of; devices come later. Relative paths of files start at `base`.
    pub(super) fn read(root: &Root<'_>, base: &Path, problems: &mut Problems) -> Self {
        let mut places = Self { name_stand_in: "site".to_owned(), ..Self::default() };
        for table in root.list("organisation") {
            places.organisation(table, problems);
        }
        for table in root.list("calendar") {
            places.calendar(table, base, problems);
        }
        for table in root.list("schedule") {
            places.schedule(table, base, problems);
        }
        for table in root.list("area") {
            places.area(table, problems);
        }
        places.nest_by_path();
        for table in root.list("door") {
            places.door(table, problems);
        }
        for table in root.list("rack") {
            places.rack(table, problems);
        }
        places.site(root, problems);
        places
    }

    /// The paths of doors that a device locks.
    pub(super) fn doors_with_a_lock(&self) -> BTreeSet<&str> {
        let locked = |role| match role {
            &RoleDraft::Lock { ref door } | &RoleDraft::Handle { ref door, .. } => Some(door.as_str()),
            RoleDraft::Reader { .. } | RoleDraft::Inputs { .. } => None,
        };
        self.draft.devices.iter().filter_map(|device| locked(&device.role)).collect()
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

    fn organisation(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        match table.required("name", problems) {
            Some(name) => {
                self.draft.organisations.push(name.value.to_owned());
                self.organisations.push(table.origin());
            }
            None => self.organisation_lost = true,
        }
        table.finish(problems);
    }

    fn calendar(&mut self, mut table: Table<'_>, base: &Path, problems: &mut Problems) {
        let calendar = read_calendar(&mut table, base, problems);
        if calendar.name.is_empty() {
            self.calendar_lost = true;
        } else {
            self.draft.schedules.calendars.push(calendar);
            self.calendars.push(table.origin());
        }
        table.finish(problems);
    }

    fn schedule(&mut self, mut table: Table<'_>, base: &Path, problems: &mut Problems) {
        let schedule = read_schedule(&mut table, base, problems);
        if schedule.name.is_empty() {
            self.schedule_lost = true;
        } else {
            self.draft.schedules.schedules.push(schedule);
            self.schedules.push(table.origin());
        }
        table.finish(problems);
    }

    fn area(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let path = required_text(&mut table, "path", problems);
        self.area_lost |= path.is_empty();
        let kinds = [
            ("perimeter", AreaKind::Perimeter),
            ("building", AreaKind::Building),
            ("hall", AreaKind::Hall),
            ("cage", AreaKind::Cage),
        ];
        let kind = table.choice("kind", &kinds, problems);
        self.kind_lost |= table.has("kind") && kind.is_none();
        let kind = kind.map_or(AreaKind::Hall, |kind| kind.value);
        let companies = [("optional", Company::Optional), ("required", Company::Required)];
        let inside = table.text("inside", problems).map(|inside| inside.value.to_owned());
        self.note_ticket(&table, &path);
        if let Some(grade) = remote::read_lowest_grade(&mut table, problems) {
            self.lowest_grades.insert(path.clone(), grade);
        }
        let area = AreaDraft {
            inside,
            passback: passback(&mut table, problems),
            max_occupancy: max_occupancy(&mut table, problems),
            company: table.choice("company", &companies, problems).map_or(Company::Optional, |company| company.value),
            ..protected(&mut table, AreaDraft::new(path, kind), problems)
        };
        self.draft.areas.push(area);
        self.areas.push(table.origin());
        table.finish(problems);
    }

    /// An area that does not say where it lies lies in the one whose path its own begins with, the longest if there are many.
    fn nest_by_path(&mut self) {
        let paths: BTreeSet<String> = self.draft.areas.iter().map(|area| area.path.clone()).collect();
        for area in self.draft.areas.iter_mut().filter(|area| area.inside.is_none()) {
            area.inside = outwards(&area.path).find_map(|path| paths.get(path)).cloned();
        }
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
        let two_person = table.flag("two_person", problems).unwrap_or(false);
        let egress = table.flag("egress", problems).unwrap_or(false);
        let door = DoorDraft {
            from: table.text("from", problems).map(|from| from.value.to_owned()),
            interlock: table.text("interlock", problems).map(|group| group.value.to_owned()),
            two_person: if two_person { TwoPerson::Required } else { TwoPerson::No },
            egress: if egress { Egress::Yes } else { Egress::No },
            opening: opening(&mut table, problems),
            timings: timings(&mut table, kind, problems),
            ..DoorDraft::new(path, kind, area)
        };
        self.draft.doors.push(door);
        self.doors.push(table.origin());
        table.finish(problems);
    }

    /// Notes where an area says that its grants need a ticket: by itself, or by its class.
    fn note_ticket(&mut self, table: &Table<'_>, path: &str) {
        let place = table.place_of(&["ticket", "class"]);
        self.written.extend(place.map(|span| (SitePolicy::Ticket(path.to_owned()), span)));
    }

    /// A rack is an area with doors: each face with a swinghandle is one.
    fn rack(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let path = required_text(&mut table, "path", problems);
        let inside = required_text(&mut table, "area", problems);
        self.note_ticket(&table, &path);
        let area = AreaDraft {
            inside: Some(inside).filter(|inside| !inside.is_empty()),
            ..protected(&mut table, AreaDraft::new(path.clone(), AreaKind::Rack), problems)
        };
        let two_person = table.flag("two_person", problems).unwrap_or(false);
        let two_person = if two_person { TwoPerson::Required } else { TwoPerson::No };
        let timings = timings(&mut table, DoorKind::RackDoor, problems);
        let faces = faces(&mut table, problems);
        self.door_lost |= path.is_empty() || faces.is_none();
        let origin = table.origin();
        self.draft.areas.push(area);
        self.areas.push(origin.clone());
        for face in faces.unwrap_or_default() {
            let door = DoorDraft::new(format!("{path}/{face}"), DoorKind::RackDoor, path.clone());
            self.draft.doors.push(DoorDraft { two_person, timings, ..door });
            self.doors.push(origin.clone());
        }
        table.finish(problems);
    }
}

/// The paths that a path begins with, the longest first.
fn outwards(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        rest = rest.rsplit_once('/')?.0;
        Some(rest)
    })
}

/// What areas and racks have in common: how well they are protected, whose they are, what a grant into them needs.
fn protected(table: &mut Table<'_>, area: AreaDraft, problems: &mut Problems) -> AreaDraft {
    let tickets = [("optional", TicketPolicy::Optional), ("required", TicketPolicy::Required)];
    let approvals = [("none", Approval::None), ("one", Approval::One), ("two", Approval::Two)];
    let levels = [
        ("normal", ThreatLevel::Normal),
        ("guarded", ThreatLevel::Guarded),
        ("high", ThreatLevel::High),
        ("severe", ThreatLevel::Severe),
    ];
    let path_proof = table.flag("path_proof", problems).unwrap_or(false);
    AreaDraft {
        class: class(table, problems),
        owner: table.text("owner", problems).map(|owner| owner.value.to_owned()),
        ticket: table.choice("ticket", &tickets, problems).map(|ticket| ticket.value),
        approval: table.choice("approval", &approvals, problems).map(|approval| approval.value),
        path_proof: if path_proof { PathProof::Required } else { PathProof::Off },
        threat_limit: table.choice("threat_limit", &levels, problems).map(|level| level.value),
        ..area
    }
}

fn class(table: &mut Table<'_>, problems: &mut Problems) -> Option<ProtectionClass> {
    let written = table.integer("class", problems)?;
    let class = match written.value {
        1 => Some(ProtectionClass::One),
        2 => Some(ProtectionClass::Two),
        3 => Some(ProtectionClass::Three),
        4 => Some(ProtectionClass::Four),
        _ => None,
    };
    if class.is_none() {
        let message = format!("{} is no protection class", written.value);
        problems.add(written.span, message, "use 1 to 4; 4 is for named staff with a proven need");
    }
    class
}

/// How many people may be inside. None at all is the core's to refuse.
fn max_occupancy(table: &mut Table<'_>, problems: &mut Problems) -> Option<u16> {
    let written = table.integer("max_occupancy", problems)?;
    let number = u16::try_from(written.value).ok();
    if number.is_none() {
        let message = format!("{} is no number of people", written.value);
        problems.add(written.span, message, "use 1 to 65535, or remove max_occupancy");
    }
    number
}

fn passback(table: &mut Table<'_>, problems: &mut Problems) -> Passback {
    let kinds = [("off", Passback::Off), ("soft", Passback::Soft), ("hard", Passback::Hard)];
    let both = table.has("passback") && table.has("passback_time");
    let kind = table.choice("passback", &kinds, problems);
    let time = table.duration("passback_time", problems);
    if both {
        let help =
            "keep passback = \"hard\", \"soft\" or \"off\", or passback_time for one that forgives after a while";
        problems.add(table.span_of("passback_time"), "passback and passback_time are both written", help);
    }
    match (kind, time) {
        (Some(kind), _) => kind.value,
        (None, Some(time)) => Passback::Timed(time),
        (None, None) => Passback::Off,
    }
}

/// When a door stands unlocked by itself.
fn opening(table: &mut Table<'_>, problems: &mut Problems) -> Option<Opening> {
    let mut inner = table.table("opening", "{ schedule = \"...\" }", problems)?;
    let schedule = inner.required("schedule", problems);
    let first_person = inner.flag("first_person", problems).unwrap_or(false);
    inner.finish(problems);
    let first_person = if first_person { FirstPerson::Required } else { FirstPerson::NotNeeded };
    Some(Opening { schedule: schedule?.value.to_owned(), first_person })
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

/// The times of a door: what the file says, over the defaults of its kind. Their bounds are the core's. Who needs longer gets
/// as much more than the usual time as by default, whatever the usual time is.
fn timings(table: &mut Table<'_>, kind: DoorKind, problems: &mut Problems) -> Timings {
    let default = Timings::default_for(kind);
    let mut timings = default;
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
    let longer = table.duration("extended_release_time", problems);
    let more = default.extended_release_time.saturating_sub(default.release_time);
    timings.extended_release_time = longer.unwrap_or_else(|| timings.release_time.saturating_add(more));
    let longer = table.duration("extended_open_time", problems);
    let more = default.extended_open_time.saturating_sub(default.open_time);
    timings.extended_open_time = longer.unwrap_or_else(|| timings.open_time.saturating_add(more));
    timings
}

/// A text that must be there, or an empty stand-in.
pub(super) fn required_text(table: &mut Table<'_>, key: &'static str, problems: &mut Problems) -> String {
    table.required(key, problems).map_or_else(String::new, |text| text.value.to_owned())
}
