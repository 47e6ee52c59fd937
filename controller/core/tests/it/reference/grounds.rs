//! The site of a history: the same few areas and doors each time, under rules that differ. What the model needs to know of
//! them is kept in lists of its own, by place in the draft.

use std::time::Duration;

use rackward_core::people::{Approval, ThreatLevel};
use rackward_core::site::draft::{
    AreaDraft, CalendarDraft, DeviceDraft, DoorDraft, InputDraft, LevelDraft, OUTSIDE, RoleDraft, ScheduleDraft,
    ScheduleDrafts, Side, SiteDraft,
};
use rackward_core::site::schedule::Date;
use rackward_core::site::{
    AreaKind, Company, DoorKind, Egress, FirstPerson, Level, Opening, Passback, PathProof, TwoPerson,
};

use super::calendar::{Dates, Times, day_windows};
use super::chance::Chance;
use crate::site::reader;

/// Areas by number: path, kind, the one around it.
pub(crate) const AREAS: [(&str, AreaKind, Option<usize>); 7] = [
    ("lon1/site", AreaKind::Perimeter, None),
    ("lon1/site/house", AreaKind::Building, Some(0)),
    ("lon1/site/house/hall", AreaKind::Hall, Some(1)),
    ("lon1/site/house/annex", AreaKind::Hall, Some(1)),
    ("lon1/site/house/hall/cage", AreaKind::Cage, Some(2)),
    ("lon1/site/house/hall/r1", AreaKind::Rack, Some(2)),
    ("lon1/site/house/hall/cage/r2", AreaKind::Rack, Some(4)),
];

/// Doors by number: name, the area behind, the area in front.
pub(crate) const DOORS: [(&str, usize, Option<usize>); 9] = [
    ("gate", 0, None),
    ("porch", 1, Some(0)),
    ("side", 1, Some(0)),
    ("hall", 2, Some(1)),
    ("annex", 3, Some(1)),
    ("link", 3, Some(2)),
    ("cage", 4, Some(2)),
    ("r1", 5, Some(2)),
    ("r2", 6, Some(4)),
];

/// The first door that is a rack door; so are all after it.
pub(crate) const FIRST_RACK: usize = 7;

/// Points by number: door and whether it leads in. Every door but a rack's has one on each side.
pub(crate) const POINTS: [(usize, bool); 16] = [
    (0, true),
    (0, false),
    (1, true),
    (1, false),
    (2, true),
    (2, false),
    (3, true),
    (3, false),
    (4, true),
    (4, false),
    (5, true),
    (5, false),
    (6, true),
    (6, false),
    (7, true),
    (8, true),
];

/// Zones that sites and schedules are in.
pub(crate) const ZONES: [&str; 5] =
    ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"];

/// Something about a site that is not as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feature {
    Zone(u8),
    Passback(usize, u8),
    Path(usize),
    Occupancy(usize, u16),
    Company(usize),
    Threat(usize, u8),
    Approval(usize, u8),
    TwoPerson(usize),
    Egress(usize),
    Opening { door: usize, first: bool, schedule: usize },
    Pin { point: usize, card_while: Option<usize> },
    Mantrap(usize, usize),
    Street,
}

/// Features of a random site.
pub(crate) fn features(chance: &mut Chance) -> Vec<Feature> {
    let mut features = vec![Feature::Zone(chance.byte(ZONES.len() as u8))];
    for area in 0..AREAS.len() {
        let mut often = |percent, feature| {
            if chance.percent(percent) {
                features.push(feature);
            }
        };
        often(15, Feature::Path(area));
        often(20, Feature::Company(area));
        let (kind, level, limit) = (chance.byte(4), chance.byte(3), 1 + chance.below(3) as u16);
        let mut often = |percent, feature| {
            if chance.percent(percent) {
                features.push(feature);
            }
        };
        often(45, Feature::Passback(area, kind));
        often(30, Feature::Threat(area, level));
        often(25, Feature::Occupancy(area, limit));
        often(15, Feature::Approval(area, 1 + level % 2));
    }
    for door in 0..DOORS.len() {
        if chance.percent(12) {
            features.push(Feature::TwoPerson(door));
        }
        if chance.percent(30) {
            features.push(Feature::Egress(door));
        }
        if chance.percent(15) {
            features.push(Feature::Opening { door, first: chance.percent(50), schedule: chance.below(3) });
        }
    }
    for point in 0..POINTS.len() {
        if chance.percent(15) {
            let card_while = chance.percent(50).then(|| chance.below(3));
            features.push(Feature::Pin { point, card_while });
        }
    }
    if chance.percent(40) {
        let first = chance.below(6);
        features.push(Feature::Mantrap(first, first + 1));
    }
    if chance.percent(30) {
        features.push(Feature::Street);
    }
    features
}

/// A site: what the engine is built from, and the same for the model.
#[derive(Debug, Clone)]
pub(crate) struct Grounds {
    pub(crate) draft: SiteDraft,
    pub(crate) calendars: Vec<Dates>,
    pub(crate) schedules: Vec<(String, Times)>,
}

impl Grounds {
    /// The site with these features, as far as they go together.
    pub(crate) fn with(features: &[Feature]) -> Self {
        let mut grounds = Self::plain();
        features.iter().for_each(|feature| grounds.take(*feature));
        while let Err(problems) = grounds.draft.build(&Default::default()) {
            for problem in &problems {
                grounds.give_up(problem.table, problem.index, problem.field);
            }
        }
        for (name, times) in &mut grounds.schedules {
            if name != "abroad" {
                times.zone.clone_from(&grounds.draft.time_zone);
            }
        }
        grounds
    }

    fn plain() -> Self {
        let calendars =
            vec![("holidays".to_owned(), vec![(2026, 10, 25), (2026, 10, 26), (2026, 8, 4), (2027, 3, 28)])];
        let schedules = file_schedules();
        let areas = AREAS.map(|(path, kind, inside)| AreaDraft {
            inside: inside.map(|area| AREAS[area].0.to_owned()),
            ..AreaDraft::new(path, kind)
        });
        let mut draft = SiteDraft {
            name: "lon1".into(),
            time_zone: ZONES[0].into(),
            organisations: vec!["tenant".into()],
            schedules: ScheduleDrafts {
                calendars: calendars.iter().map(calendar_draft).collect(),
                schedules: schedules
                    .iter()
                    .map(|(name, times)| schedule_draft(name, times, name == "abroad"))
                    .collect(),
            },
            areas: areas.into(),
            ..SiteDraft::default()
        };
        for door in 0..DOORS.len() {
            furnish(&mut draft, door);
        }
        // A site with a fire input has a way out.
        draft.doors[1].egress = Egress::Yes;
        let uses = vec![InputDraft::Fire, InputDraft::Lockdown(AREAS[2].0.into())];
        draft.devices.push(DeviceDraft { name: "panel".into(), role: RoleDraft::Inputs { uses } });
        Self { draft, calendars, schedules }
    }

    fn take(&mut self, feature: Feature) {
        let draft = &mut self.draft;
        match feature {
            Feature::Zone(zone) => draft.time_zone = ZONES[zone as usize].into(),
            Feature::Passback(area, kind) => {
                draft.areas[area].passback = match kind {
                    0 => Passback::Soft,
                    1 => Passback::Timed(Duration::from_secs(120)),
                    _ => Passback::Hard,
                };
            }
            Feature::Path(area) => draft.areas[area].path_proof = PathProof::Required,
            Feature::Occupancy(area, limit) => draft.areas[area].max_occupancy = Some(limit),
            Feature::Company(area) => draft.areas[area].company = Company::Required,
            Feature::Threat(area, level) => draft.areas[area].threat_limit = Some(threat(level)),
            Feature::Approval(area, 1) => draft.areas[area].approval = Some(Approval::One),
            Feature::Approval(area, _) => draft.areas[area].approval = Some(Approval::Two),
            Feature::TwoPerson(door) => draft.doors[door].two_person = TwoPerson::Required,
            Feature::Egress(door) => draft.doors[door].egress = Egress::Yes,
            Feature::Opening { door, first, schedule } => {
                let first_person = if first { FirstPerson::Required } else { FirstPerson::NotNeeded };
                draft.doors[door].opening =
                    Some(Opening { schedule: self.schedules[schedule].0.clone(), first_person });
            }
            Feature::Pin { point, card_while } => {
                let by_time = card_while.map(|schedule| (self.schedules[schedule].0.clone(), Level::Card));
                let asked = LevelDraft { level: Level::CardAndPin, by_time };
                let device = draft.devices.iter_mut().find(|device| device.name == reader_of(point)).unwrap();
                match &mut device.role {
                    RoleDraft::Reader { level, .. } | RoleDraft::Handle { level, .. } => *level = asked,
                    RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => unreachable!(),
                }
            }
            Feature::Mantrap(first, second) => {
                for door in [first, second] {
                    draft.doors[door].interlock = Some("mantrap".into());
                }
            }
            Feature::Street => draft.doors[2].from = Some(OUTSIDE.into()),
        }
    }

    /// Takes back what does not go together with the rest of the site.
    fn give_up(&mut self, table: &str, index: usize, field: &str) {
        match (table, field) {
            ("area", "passback") => self.draft.areas[index].passback = Passback::Off,
            ("area", "path_proof") => self.draft.areas[index].path_proof = PathProof::Off,
            ("area", "max_occupancy") => self.draft.areas[index].max_occupancy = None,
            ("area", "company") => self.draft.areas[index].company = Company::Optional,
            ("door", "two_person") => self.draft.doors[index].two_person = TwoPerson::No,
            ("door", "egress") => self.draft.doors[index].egress = Egress::No,
            ("door", "opening") => self.draft.doors[index].opening = None,
            ("door", "from") => self.draft.doors[index].from = None,
            other => panic!("the site is refused for {other:?}"),
        }
    }

    /// An area's number and the numbers of those around it, innermost first.
    pub(crate) fn around(area: usize) -> Vec<usize> {
        let mut chain = vec![area];
        let mut at = area;
        while let Some(outer) = AREAS[at].2 {
            chain.push(outer);
            at = outer;
        }
        chain
    }

    /// The area in front of a door.
    pub(crate) fn front(&self, door: usize) -> Option<usize> {
        if self.draft.doors[door].from.is_some() && door == 2 { None } else { DOORS[door].2 }
    }

    /// What must be presented at a point, and while which schedule less.
    pub(crate) fn level(&self, point: usize) -> &LevelDraft {
        let device = self.draft.devices.iter().find(|device| device.name == reader_of(point)).unwrap();
        match &device.role {
            RoleDraft::Reader { level, .. } | RoleDraft::Handle { level, .. } => level,
            RoleDraft::Lock { .. } | RoleDraft::Inputs { .. } => unreachable!(),
        }
    }
}

pub(crate) fn is_rack(door: usize) -> bool {
    door >= FIRST_RACK
}

pub(crate) fn door_path(door: usize) -> String {
    if is_rack(door) { format!("{}/front", AREAS[DOORS[door].1].0) } else { format!("lon1/{}", DOORS[door].0) }
}

pub(crate) fn reader_of(point: usize) -> String {
    let (door, inwards) = POINTS[point];
    match (is_rack(door), inwards) {
        (true, _) => DOORS[door].0.to_owned(),
        (false, true) => format!("{}-in", DOORS[door].0),
        (false, false) => format!("{}-out", DOORS[door].0),
    }
}

pub(crate) fn lock_of(door: usize) -> String {
    if is_rack(door) { DOORS[door].0.to_owned() } else { format!("{}-lock", DOORS[door].0) }
}

pub(crate) fn threat(level: u8) -> ThreatLevel {
    [ThreatLevel::Normal, ThreatLevel::Guarded, ThreatLevel::High, ThreatLevel::Severe][level as usize]
}

fn furnish(draft: &mut SiteDraft, door: usize) {
    let path = door_path(door);
    let kind = if is_rack(door) { DoorKind::RackDoor } else { DoorKind::Door };
    draft.doors.push(DoorDraft::new(path.clone(), kind, AREAS[DOORS[door].1].0));
    if door == 5 {
        draft.doors[door].from = Some(AREAS[2].0.into());
    }
    let mut device = |name: String, role| draft.devices.push(DeviceDraft { name, role });
    if is_rack(door) {
        device(lock_of(door), RoleDraft::Handle { door: path, level: Level::Card.into() });
    } else {
        device(format!("{}-in", DOORS[door].0), reader(&path, Side::In, Level::Card));
        device(format!("{}-out", DOORS[door].0), reader(&path, Side::Out, Level::Card));
        device(lock_of(door), RoleDraft::Lock { door: path });
    }
}

/// The schedules of the site file. `abroad` keeps a zone of its own, the others follow the site's.
fn file_schedules() -> Vec<(String, Times)> {
    let zone = || ZONES[0].to_owned();
    let day = (0..5).map(|day| (day, 8 * 60, 18 * 60)).collect();
    let night = (0..7).map(|day| (day, 22 * 60, 6 * 60)).collect();
    let holidays = vec![("holidays".to_owned(), vec![(60, 195), (600, 615)])];
    vec![
        ("day".into(), Times { zone: zone(), week: day, special: holidays.clone() }),
        ("night".into(), Times { zone: zone(), week: night, special: Vec::new() }),
        ("abroad".into(), Times { zone: ZONES[2].into(), week: vec![(0, 0, 0), (6, 60, 165)], special: holidays }),
    ]
}

pub(crate) fn calendar_draft((name, days): &Dates) -> CalendarDraft {
    let days = days.iter().map(|(year, month, day)| Date::new(*year, *month, *day).unwrap()).collect();
    CalendarDraft { name: name.clone(), days }
}

/// A schedule as it is written down; its zone is said only where it is to be other than the site's.
pub(crate) fn schedule_draft(name: &str, times: &Times, own_zone: bool) -> ScheduleDraft {
    ScheduleDraft {
        name: name.into(),
        time_zone: own_zone.then(|| times.zone.clone()),
        weekly: times.weekly(),
        special: times.special.iter().map(|(calendar, windows)| (calendar.clone(), day_windows(windows))).collect(),
    }
}
