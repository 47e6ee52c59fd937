//! The demo's data centre as data: what stands where, on which wire, and the files that say so. From the one list here come
//! `rackward.toml` for the daemon and, with `world.rs`, the simulated hardware, so that the two never disagree.
//! Who lives there is `people.rs`; starting it all is `demo.rs`.
//!
//! The way in: fence, vehicle gate, yard, main entrance, lobby, mantrap (outer and inner door, never released together),
//! corridor, and from there the plant room and the data hall with two rows of six racks. Protection grows on the way, from
//! class 1 in the yard to class 4 in a rack (EN 50600-2-5). Three hospitals own most of the racks; the second row is a cage
//! whose racks' doors are its only ones. Anti-passback and path proof are off: at the gate, the plant room and the hall
//! people leave by a button, so nobody knows where they are.

mod files;

pub(super) use files::BAUD;
pub use files::Premises;

/// The site's name, the first part of every path.
pub const SITE: &str = "lon1";
/// Racks in a row.
const RACKS_IN_ROW: u32 = 6;

/// The hospitals that own racks.
pub(super) const HOSPITALS: [&str; 3] = ["northside", "st-brigid", "riverside"];

/// Days on which nobody has office hours: public holidays in England, and those given in lieu.
pub(super) const BANK_HOLIDAYS: (&str, [&str; 18]) = (
    "bank-holidays",
    [
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-05-04",
        "2026-05-25",
        "2026-08-31",
        "2026-12-25",
        "2026-12-28",
        "2027-01-01",
        "2027-03-26",
        "2027-03-29",
        "2027-05-03",
        "2027-05-31",
        "2027-08-30",
        "2027-12-27",
        "2027-12-28",
        "2028-01-03",
        "2028-04-14",
    ],
);

/// The schedule of office hours and its windows; none on bank holidays.
pub(super) const OFFICE: (&str, &str) = ("office", "Mon-Fri 08:00-18:00");

/// An area.
#[derive(Debug, Clone, Copy)]
pub(super) struct AreaPlan {
    pub(super) path: &'static str,
    pub(super) kind: &'static str,
    pub(super) class: u8,
    /// The area around it.
    pub(super) inside: Option<&'static str>,
    /// Whether a grant into it needs a ticket.
    pub(super) ticket: &'static str,
}

const fn area(path: &'static str, kind: &'static str, class: u8, inside: &'static str) -> AreaPlan {
    AreaPlan { path, kind, class, inside: Some(inside), ticket: "optional" }
}

/// The areas, racks apart, from the fence inwards.
pub(super) const AREAS: [AreaPlan; 8] = [
    AreaPlan { path: "lon1/yard", kind: "perimeter", class: 1, inside: None, ticket: "optional" },
    area("lon1/building", "building", 2, "lon1/yard"),
    area("lon1/lobby", "hall", 2, "lon1/building"),
    area("lon1/mantrap", "hall", 2, "lon1/building"),
    area("lon1/corridor", "hall", 3, "lon1/building"),
    area("lon1/plant", "hall", 3, "lon1/building"),
    AreaPlan { ticket: "required", ..area("lon1/hall-a", "hall", 3, "lon1/building") },
    AreaPlan { ticket: "required", ..area("lon1/hall-a/r02", "cage", 3, "lon1/hall-a") },
];

/// The area that counts who is inside, and how many may be: its doors have readers on both sides.
pub(super) const COUNTED: (&str, u16) = ("lon1/lobby", 40);

/// The fence's zones, by input of the module that watches them.
pub(super) const ZONES: [&str; 2] = ["lon1/fence-north", "lon1/fence-south"];
/// The name of that module.
pub(super) const FENCE_MODULE: &str = "fence-inputs";

/// A door that is no rack's.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainDoor {
    pub(super) path: &'static str,
    pub(super) kind: &'static str,
    pub(super) area: &'static str,
    /// The area in front of it, or `outside`.
    pub(super) from: &'static str,
    pub(super) interlock: Option<&'static str>,
    /// Whether it is a way out that fire releases.
    pub(super) egress: bool,
    /// The serial line its devices are on.
    bus: &'static str,
    level: Level,
    leaving: Leaving,
}

/// What is asked at a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// A card.
    Card,
    /// A card and a PIN.
    CardAndPin,
    /// A card in office hours, a card and a PIN at other times.
    CardByDay,
}

/// How people leave by a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    /// By card at a second reader, and in need by the exit button.
    ByCard,
    /// By the exit button.
    ByButton,
}

/// The doors, from the fence inwards.
pub(super) const DOORS: [PlainDoor; 6] = [
    PlainDoor {
        path: "lon1/vehicle-gate",
        kind: "gate",
        area: "lon1/yard",
        from: "outside",
        interlock: None,
        egress: true,
        bus: "perimeter",
        level: Level::Card,
        leaving: Leaving::ByButton,
    },
    PlainDoor {
        path: "lon1/main-entrance",
        kind: "door",
        area: "lon1/lobby",
        from: "lon1/yard",
        interlock: None,
        egress: true,
        bus: "perimeter",
        level: Level::Card,
        leaving: Leaving::ByCard,
    },
    PlainDoor {
        path: "lon1/mantrap-outer",
        kind: "door",
        area: "lon1/mantrap",
        from: "lon1/lobby",
        interlock: Some("mantrap"),
        egress: true,
        bus: "hall",
        level: Level::Card,
        leaving: Leaving::ByCard,
    },
    PlainDoor {
        path: "lon1/mantrap-inner",
        kind: "door",
        area: "lon1/corridor",
        from: "lon1/mantrap",
        interlock: Some("mantrap"),
        egress: true,
        bus: "hall",
        level: Level::Card,
        leaving: Leaving::ByCard,
    },
    PlainDoor {
        path: "lon1/plant-room",
        kind: "door",
        area: "lon1/plant",
        from: "lon1/corridor",
        interlock: None,
        egress: true,
        bus: "hall",
        level: Level::CardAndPin,
        leaving: Leaving::ByButton,
    },
    PlainDoor {
        path: "lon1/hall-a/entrance",
        kind: "door",
        area: "lon1/hall-a",
        from: "lon1/corridor",
        interlock: None,
        egress: true,
        bus: "hall",
        level: Level::CardByDay,
        leaving: Leaving::ByButton,
    },
];

/// The serial lines.
pub(super) const BUSES: [&str; 3] = ["perimeter", "hall", "row-2"];

/// A row of racks: its name and the serial line of its handles, or none when they are on the network.
const ROWS: [(&str, Option<&str>); 2] = [("r01", None), ("r02", Some("row-2"))];

/// The class of protection in a rack.
pub(super) const RACK_CLASS: u8 = 4;

/// The faces of a rack.
pub(super) const FACES: [&str; 2] = ["front", "rear"];

/// A device as both files need it.
#[derive(Debug, Clone)]
pub(super) struct DevicePlan {
    pub(super) name: String,
    pub(super) part: Part,
    pub(super) wire: Wire,
}

/// What a device does.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Reads cards on one side of a door.
    Reader { door: String, side: &'static str, level: Level },
    /// Drives a door's lock.
    Lock { door: String },
    /// Holds a rack door.
    Handle { door: String },
    /// Watches the fence.
    Inputs,
}

/// How a device is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wire {
    /// At this address of this serial line.
    Serial { bus: &'static str, address: u8 },
    /// The same, but in install mode: it has no key of the site and waits to be commissioned.
    Install { bus: &'static str, address: u8 },
    /// As a client of the broker.
    Network,
}

/// The racks' paths, row by row.
pub fn racks() -> Vec<String> {
    ROWS.iter().flat_map(|(row, _)| racks_of(row)).collect()
}

fn racks_of(row: &str) -> impl Iterator<Item = String> {
    (1..=RACKS_IN_ROW).map(move |number| format!("{SITE}/hall-a/{row}/c{number:02}"))
}

/// The area around a rack: the cage of its row, or the hall.
pub(super) fn around_rack(rack: &str) -> &'static str {
    let holds = |area: &&AreaPlan| rack.strip_prefix(area.path).is_some_and(|rest| rest.starts_with('/'));
    AREAS.iter().rev().find(holds).map_or("lon1/hall-a", |area| area.path)
}

/// Whose a rack is, by its place in [`racks`]: each hospital has three in a row, the rest are the operator's.
pub(super) fn owner_of_rack(place: usize) -> &'static str {
    const RACKS_EACH: usize = 3;
    HOSPITALS.get(place / RACKS_EACH).copied().unwrap_or(SITE)
}

/// The device that nobody has commissioned yet: a second reader at the plant room, to try it on.
pub(super) const SPARE: &str = "plant-room-reader-out";

/// Devices that are offline until somebody commissions them.
pub(super) const SPARE_DEVICES: u32 = 1;

/// Every device, in the order of the files; addresses count from 1 on each line.
pub(super) fn devices() -> Vec<DevicePlan> {
    let mut plan = Vec::new();
    for door in &DOORS {
        let name = door.path.trim_start_matches("lon1/").replace('/', "-");
        let reader = |side| Part::Reader { door: door.path.to_owned(), side, level: door.level };
        add(&mut plan, format!("{name}-reader-in"), reader("in"), Some(door.bus));
        if door.leaving == Leaving::ByCard {
            add(&mut plan, format!("{name}-reader-out"), reader("out"), Some(door.bus));
        }
        add(&mut plan, format!("{name}-lock"), Part::Lock { door: door.path.to_owned() }, Some(door.bus));
    }
    add(&mut plan, FENCE_MODULE.to_owned(), Part::Inputs, Some("perimeter"));
    for (row, bus) in ROWS {
        for (number, rack) in (1..).zip(racks_of(row)) {
            for face in FACES {
                add(
                    &mut plan,
                    format!("{row}-c{number:02}-{face}"),
                    Part::Handle { door: format!("{rack}/{face}") },
                    bus,
                );
            }
        }
    }
    let spare = Part::Reader { door: "lon1/plant-room".to_owned(), side: "out", level: Level::Card };
    let (bus, address) = ("hall", next_address(&plan, "hall"));
    plan.push(DevicePlan { name: SPARE.to_owned(), part: spare, wire: Wire::Install { bus, address } });
    plan
}

fn add(plan: &mut Vec<DevicePlan>, name: String, part: Part, bus: Option<&'static str>) {
    let wire = match bus {
        None => Wire::Network,
        Some(bus) => Wire::Serial { bus, address: next_address(plan, bus) },
    };
    plan.push(DevicePlan { name, part, wire });
}

/// The first free address on a line. A line has at most 126 devices (OSDP 2.2, 5.4), so the count fits.
fn next_address(plan: &[DevicePlan], bus: &str) -> u8 {
    1 + plan.iter().filter(|other| other.wire.place().is_some_and(|(same, _)| same == bus)).count() as u8
}

impl Wire {
    /// Line and address, if it is on one.
    pub(super) fn place(&self) -> Option<(&'static str, u8)> {
        match self {
            Self::Serial { bus, address } | Self::Install { bus, address } => Some((*bus, *address)),
            Self::Network => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_site_is_as_large_as_promised() {
        let devices = devices();
        // Six doors with a lock and a reader, three with a second reader, the fence module, twenty-four handles, the spare.
        assert_eq!(devices.len(), 6 * 2 + 3 + 1 + 24 + 1);
        let waiting = devices.iter().filter(|device| matches!(device.wire, Wire::Install { .. }));
        assert_eq!(waiting.map(|device| device.name.as_str()).collect::<Vec<_>>(), [SPARE]);
        assert_eq!(racks().len(), 12);
        let network = devices.iter().filter(|device| device.wire == Wire::Network);
        assert!(network.clone().all(|device| matches!(&device.part, Part::Handle { door } if door.contains("/r01/"))));
        assert_eq!(network.count(), 12);
    }

    #[test]
    fn no_two_devices_share_a_name_or_an_address() {
        let devices = devices();
        let names: BTreeSet<&str> = devices.iter().map(|device| device.name.as_str()).collect();
        assert_eq!(names.len(), devices.len());
        let serial = devices.iter().filter_map(|device| device.wire.place());
        let serial: Vec<_> = serial.collect();
        assert_eq!(serial.iter().collect::<BTreeSet<_>>().len(), serial.len());
        assert!(serial.iter().all(|(bus, address)| BUSES.contains(bus) && (1..0x7f).contains(address)));
        for bus in BUSES {
            assert!(serial.iter().filter(|(name, _)| *name == bus).count() > 1, "{bus} has several devices");
        }
    }
}
