//! Whether the demo's people can all be made, and are who the documents say they are.

use super::*;
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind};
use std::collections::BTreeMap;

/// A site with the doors the people want, each with a lock of its own.
fn site() -> Site {
    let paths: std::collections::BTreeSet<String> =
        PEOPLE.iter().filter_map(|dweller| dweller.right).flat_map(|right| right.places.doors()).collect();
    let door = |path: &String| DoorDraft::new(path.clone(), DoorKind::Door, "lon1/all");
    let lock = |(number, path): (usize, &String)| DeviceDraft {
        name: format!("lock-{number}"),
        role: RoleDraft::Lock { door: path.clone() },
    };
    let draft = SiteDraft {
        name: SITE.to_owned(),
        time_zone: "Europe/London".to_owned(),
        areas: vec![AreaDraft::new("lon1/all", AreaKind::Hall)],
        doors: paths.iter().map(door).collect(),
        devices: paths.iter().enumerate().map(lock).collect(),
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).unwrap()
}

fn seeded() -> Vec<Command> {
    let hashing = Hashing {
        card_key: &|card| {
            let mut key = [0; 16];
            let bytes = card.as_bytes();
            key[..bytes.len()].copy_from_slice(bytes);
            Ok(CredentialKey::from_keyed_hash(key))
        },
        pin_hash: &|pin| Ok(PinHash::from_phc(pin.to_owned())),
    };
    seeding(&site(), Wall::from_seconds(1_800_000_000), &hashing).unwrap()
}

#[test]
fn everybody_has_a_name_and_a_card_of_their_own() {
    let commands = seeded();
    let created = commands.iter().filter(|command| matches!(command, Command::CreatePerson { .. })).count();
    let keys: std::collections::BTreeSet<_> = commands
        .iter()
        .filter_map(|command| match command {
            Command::AssignCredential { person, key, .. } => Some((*key, *person)),
            _ => None,
        })
        .collect();
    assert_eq!((created, keys.len()), (12, 12));
}

#[test]
fn every_grant_has_a_reason_an_end_and_in_the_hall_a_ticket() {
    let hall = |paths: &[String]| paths.iter().any(|path| path.starts_with("lon1/hall-a"));
    let mut grants = 0;
    for right in PEOPLE.iter().filter_map(|dweller| dweller.right) {
        let doors = right.places.doors();
        assert!(!hall(&doors) || right.ticket.is_some(), "{doors:?}");
    }
    for command in seeded() {
        if let Command::CreateGrant(GrantWish { right: GrantRight::Doors { doors, .. }, validity, reason, .. }) =
            command
        {
            grants += 1;
            assert!(!doors.is_empty() && validity.from < validity.to && !reason.as_str().is_empty());
        }
    }
    assert_eq!(grants, 11, "everybody but the visitor");
}

#[test]
fn the_first_person_may_pass_everywhere_but_the_plant_room_at_any_hour() {
    let right = PEOPLE[0].right.unwrap();
    let doors = right.places.doors();
    for path in ["lon1/main-entrance", "lon1/vehicle-gate", "lon1/hall-a/entrance", "lon1/hall-a/r02/c06/rear"] {
        assert!(doors.contains(&path.to_owned()), "{path}");
    }
    assert_eq!(doors.len(), 5 + 24);
    assert_eq!(right.hours.weekly().unwrap(), Weekly::always());
}

#[test]
fn the_contractor_has_two_racks_for_four_hours() {
    let right = PEOPLE[4].right.unwrap();
    let racks: Vec<String> = right.places.doors().into_iter().filter(|path| path.contains("/c")).collect();
    assert_eq!(
        racks,
        [
            "lon1/hall-a/r01/c03/front",
            "lon1/hall-a/r01/c03/rear",
            "lon1/hall-a/r02/c05/front",
            "lon1/hall-a/r02/c05/rear",
        ]
    );
    let span = term(right.term, Wall::from_seconds(0));
    assert_eq!(span.to.since(span.from), Duration::from_secs(4 * 3_600));
}

#[test]
fn habits_lead_from_the_street_to_the_work() {
    let check = |number: usize, expect: &[&str]| {
        let habits: Vec<String> = expect.iter().map(|tail| format!("lon1/{tail}")).collect();
        assert_eq!(PEOPLE[number - 1].habits(), habits, "p-{number}");
    };
    check(12, &["main-entrance/in"]);
    check(2, &["main-entrance/in", "mantrap-outer/in", "mantrap-inner/in"]);
    check(11, &["main-entrance/in", "mantrap-outer/in", "mantrap-inner/in", "plant-room/in"]);
    check(
        1,
        &[
            "vehicle-gate/in",
            "main-entrance/in",
            "mantrap-outer/in",
            "mantrap-inner/in",
            "hall-a/entrance/in",
            "hall-a/r01/c02/front",
            "hall-a/r01/c02/rear",
            "hall-a/r02/c04/front",
            "hall-a/r02/c04/rear",
        ],
    );
}
