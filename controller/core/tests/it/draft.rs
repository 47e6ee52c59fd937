//! Drafts with everything wrong: all problems at once, each in its place.

use crate::site::{FRONT, draft};
use rackward_core::entry::PlaceKind;
use rackward_core::site::draft::{DeviceDraft, RoleDraft, Side};
use rackward_core::site::{DoorKind, Level};
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn all_problems_are_found_at_once() {
    let mut site = draft();
    site.areas[1].path = "lon1/lobby".into();
    site.doors[0].area = "lon1/nowhere".into();
    site.doors[1].interlock = Some("alone".into());
    site.doors[3].timings.release_time = Duration::from_secs(1);
    site.doors[4].kind = DoorKind::Door;
    site.devices[1].role = RoleDraft::Lock { door: "lon1/ghost".into() };
    site.devices.push(DeviceDraft {
        name: "fence".into(),
        role: RoleDraft::Reader { door: "lon1/outer".into(), side: Side::In, level: Level::Card },
    });
    let problems = site.build(&BTreeMap::new()).unwrap_err();
    let places: Vec<_> = problems.iter().map(|p| (p.table, p.index, p.field)).collect();
    let expect = [
        ("area", 1, "path"),
        ("door", 0, "area"),
        ("door", 0, "path"),
        ("door", 1, "interlock"),
        ("door", 2, "interlock"),
        ("door", 3, "release_time"),
        ("door", 4, "area"),
        ("device", 1, "door"),
        ("device", 8, "role"),
        ("device", 10, "name"),
        ("device", 10, "side"),
    ];
    assert_eq!(places, expect);
    assert!(problems.iter().all(|p| !p.message.is_empty() && !p.help.is_empty()));
}

#[test]
fn hostile_names_are_refused() {
    for name in ["", "Lon1", "lon 1", "lon1/x", "../etc", "a\u{202e}b"] {
        let mut site = draft();
        site.name = name.into();
        assert!(site.build(&BTreeMap::new()).is_err(), "{name:?}");
    }
    let mut site = draft();
    site.time_zone = "Mars/Base".into();
    assert_eq!(site.build(&BTreeMap::new()).unwrap_err()[0].field, "time_zone");
}

#[test]
fn a_place_keeps_its_number_for_ever() {
    let first = draft().build(&BTreeMap::new()).unwrap();
    let number = first.find_door(FRONT).unwrap().id;
    let mut places: BTreeMap<(PlaceKind, u32), String> =
        first.doors().map(|door| ((PlaceKind::Door, door.id.get()), door.path.clone())).collect();
    places.insert((PlaceKind::Door, 40), "lon1/long-gone".into());
    let mut changed = draft();
    changed.doors.reverse();
    changed.doors[0].path = "lon1/renamed".into();
    changed.devices[8].role = RoleDraft::Handle { door: "lon1/renamed".into(), level: Level::Card };
    let second = changed.build(&places).unwrap();
    assert_eq!(second.find_door("lon1/street").unwrap().id, first.find_door("lon1/street").unwrap().id);
    assert_eq!(second.find_door("lon1/renamed").unwrap().id.get(), 41);
    assert_ne!(second.find_door("lon1/renamed").unwrap().id, number);
}

#[test]
fn places_are_found_by_path_and_by_unique_suffix() {
    let site = draft().build(&BTreeMap::new()).unwrap();
    assert_eq!(site.find_door("street").unwrap().path, "lon1/street");
    assert_eq!(site.find_point("street").unwrap().path, "lon1/street/in");
    assert_eq!(site.find_point(FRONT).unwrap().path, FRONT);
    assert_eq!(site.find_point("in").unwrap_err().len(), 4);
    assert_eq!(site.find_door("reet").unwrap_err(), Vec::<String>::new());
    assert_eq!(site.find_door("").unwrap_err(), Vec::<String>::new());
    assert_eq!(site.rack_doors("r1/c1").len(), 1);
    assert_eq!(site.rack_doors("c9").len(), 0);
}
