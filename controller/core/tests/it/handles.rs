//! Stories about swinghandles: what they say of themselves, what is shown at them, who may enrol them, how far they are trusted.
//! Here is the site; the stories are by subject.

mod certificates;
mod inventory;
mod locates;
mod neighbours;
mod slides;

use crate::site::{Desk, closed, reader};
use rackward_core::facts::{Contact, Facts, Latch, Lock};
use rackward_core::inventory::{BootCause, Description, TrustGrade};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, LevelDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind, Level, ProtectionClass};
use rackward_core::{DeviceReport, Entry, Feedback, Output};

/// The handles: rack 1 has two sides, racks 2 and 3 a front each, in one row.
pub(crate) const HANDLES: [(&str, &str); 4] = [
    ("c1-front", "lon1/hall/r1/c1/front"),
    ("c1-rear", "lon1/hall/r1/c1/rear"),
    ("c2-front", "lon1/hall/r1/c2/front"),
    ("c10-front", "lon1/hall/r1/c10/front"),
];

/// A hall of class 3 with a door in and out, and the racks.
pub(crate) fn draft() -> SiteDraft {
    let inside =
        |path: &str, kind, around: &str| AreaDraft { inside: Some(around.into()), ..AreaDraft::new(path, kind) };
    let rack = |name: &str| inside(&format!("lon1/hall/r1/{name}"), AreaKind::Rack, "lon1/hall");
    let device = |name: &str, role| DeviceDraft { name: name.into(), role };
    let handle = |(name, door): (&str, &str)| {
        device(name, RoleDraft::Handle { door: door.into(), level: LevelDraft::from(Level::Card) })
    };
    let rack_door =
        |(_, path): (&str, &str)| DoorDraft::new(path, DoorKind::RackDoor, path.rsplit_once('/').unwrap().0);
    let hall = inside("lon1/hall", AreaKind::Hall, "lon1/house");
    SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![
            AreaDraft::new("lon1/house", AreaKind::Building),
            AreaDraft { class: Some(ProtectionClass::Three), ..hall },
            rack("c1"),
            rack("c2"),
            rack("c10"),
        ],
        doors: [DoorDraft::new("lon1/hall-door", DoorKind::Door, "lon1/hall")]
            .into_iter()
            .chain(HANDLES.map(rack_door))
            .collect(),
        devices: [
            device("hall-in", reader("lon1/hall-door", Side::In, Level::Card)),
            device("hall-out", reader("lon1/hall-door", Side::Out, Level::Card)),
            device("hall-lock", RoleDraft::Lock { door: "lon1/hall-door".into() }),
        ]
        .into_iter()
        .chain(HANDLES.map(handle))
        .collect(),
        ..SiteDraft::default()
    }
}

/// The desk, all closed, with nothing shown yet.
pub(crate) fn desk() -> Desk {
    desk_of(&draft())
}

pub(crate) fn desk_of(draft: &SiteDraft) -> Desk {
    let mut desk = Desk::of(draft);
    desk.outputs.clear();
    desk
}

/// A rack door shut, latched and locked.
pub(crate) fn shut() -> Facts {
    Facts { latch: Some(Latch::Latched), ..closed(true) }
}

/// Its handle lifted, its leaf still closed.
pub(crate) fn lifted() -> Facts {
    Facts { contact: Contact::Closed, lock: Lock::Unlocked, latch: Some(Latch::Unlatched), ..crate::site::open(true) }
}

/// Somebody admitted at a handle lifts it and opens.
pub(crate) fn opens(desk: &mut Desk, handle: &str, number: u8) {
    desk.badge(handle, crate::site::card(number));
    desk.facts(handle, lifted());
    desk.facts(handle, Facts { latch: Some(Latch::Unlatched), ..crate::site::open(true) });
}

/// What a handle was told to show, since the last time somebody looked: T15 and what ends things.
pub(crate) fn shown(desk: &mut Desk, device: &str) -> Vec<&'static str> {
    let device = desk.device(device);
    let mut shown = Vec::new();
    desk.outputs.retain(|output| match output {
        Output::Feedback { device: at, feedback } if *at == device => {
            shown.push(match feedback {
                Feedback::Locate => "locate",
                Feedback::Cancel => "cancel",
                Feedback::NotLatched => "push",
                Feedback::Granted { .. } => "granted",
                Feedback::Denied(_) => "denied",
                Feedback::State(_) => "state",
                _ => "else",
            });
            false
        }
        _ => true,
    });
    shown
}

/// A device says what it can do, after a start for `boot`.
pub(crate) fn described(desk: &mut Desk, device: &str, boot: Option<BootCause>, self_test: u32) {
    let device = desk.device(device);
    let description = Description { boot, self_test, ..Description::default() };
    desk.report(device, DeviceReport::Described(description));
}

/// The grade of a device, and how many things lower it.
pub(crate) fn grade(desk: &Desk, name: &str) -> (TrustGrade, usize) {
    let scope = rackward_core::engine::command::Scope::Site;
    let rackward_core::Answer::Devices(rows) = desk.engine.answer(desk.now, scope, &rackward_core::Query::Devices)
    else {
        panic!()
    };
    let row = rows.into_iter().find(|row| row.device == desk.device(name)).unwrap();
    (row.grade, row.misgivings.len())
}

/// Applying the whole journal anew gives the records as they are.
pub(crate) fn check_replay(desk: &Desk) {
    let mut records = rackward_core::Records::default();
    desk.journal.iter().for_each(|stamped| records.apply(stamped, &mut Vec::new()));
    assert!(records == *desk.engine.records(), "replay differs");
}

/// Entries about devices, in order.
pub(crate) fn device_entries(desk: &Desk, mark: usize) -> Vec<&rackward_core::entry::DeviceEntry> {
    let entry = |stamped: &'_ rackward_core::Stamped| matches!(stamped.entry, Entry::Device(_));
    let entries = desk.journal[mark..].iter().filter(|stamped| entry(stamped));
    entries
        .filter_map(|stamped| match &stamped.entry {
            Entry::Device(entry) => Some(entry),
            _ => None,
        })
        .collect()
}
