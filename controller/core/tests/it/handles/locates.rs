//! Handles that show where they are: exactly those meant, for as long as meant.

use std::time::Duration;

use super::{HANDLES, desk, lifted, opens, shown};
use crate::site::{Desk, card, closed, open, reason, wish};
use rackward_core::engine::command::{GrantWish, LocateWish};
use rackward_core::entry::ReasonText;
use rackward_core::id::{GrantId, PersonId};
use rackward_core::people::{GrantRight, When};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Command, CommandError, Reply};

const ROUTE: [&str; 2] = ["c2-front", "c10-front"];

fn granted(desk: &mut Desk, person: PersonId, doors: &[&str], ticket: Option<&str>) -> GrantId {
    let doors = doors.iter().map(|door| desk.door(door)).collect();
    let right = GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) };
    let wish = GrantWish { ticket: ticket.and_then(ReasonText::parse), ..wish(person, right) };
    match desk.command(Command::CreateGrant(wish)) {
        Ok(Reply::Grant(grant, _)) => grant,
        other => panic!("{other:?}"),
    }
}

fn locate(desk: &mut Desk, what: LocateWish, seconds: u64) -> Result<Vec<String>, CommandError> {
    let duration = Duration::from_secs(seconds);
    let reply = desk.command(Command::Locate { what, duration, reason: reason("where is it") })?;
    let Reply::Located(devices) = reply else { panic!("{reply:?}") };
    let name = |device| desk.engine.site().device(device).unwrap().name.clone();
    Ok(devices.into_iter().map(name).collect())
}

/// The handles that were told to blink since the last look.
fn blinking(desk: &mut Desk) -> Vec<&'static str> {
    HANDLES.into_iter().map(|(name, _)| name).filter(|name| shown(desk, name).contains(&"locate")).collect()
}

fn passes(desk: &mut Desk, reader: &str, number: u8) {
    desk.badge(reader, card(number));
    desk.facts("hall-lock", open(false));
    desk.facts("hall-lock", closed(false));
}

/// Person 1 may enter the hall; what the grant for it says of a ticket is no matter of handles.
fn staffed() -> (Desk, PersonId) {
    let mut desk = desk();
    let person = desk.person(1);
    granted(&mut desk, person, &["lon1/hall-door"], None);
    (desk, person)
}

#[test]
fn whoever_enters_is_shown_exactly_what_a_ticket_covers() {
    let (mut desk, person) = staffed();
    granted(&mut desk, person, &["lon1/hall/r1/c2/front", "lon1/hall/r1/c10/front"], Some("CHG-1"));
    granted(&mut desk, person, &["lon1/hall/r1/c1/front"], None);
    let other = desk.person(2);
    granted(&mut desk, other, &["lon1/hall/r1/c1/rear"], Some("CHG-1"));
    passes(&mut desk, "hall-in", 1);
    assert_eq!(blinking(&mut desk), ROUTE);
    desk.wait_secs(29);
    assert!(shown(&mut desk, "c2-front").is_empty());
    desk.wait_secs(1);
    assert_eq!(shown(&mut desk, "c2-front"), ["cancel", "state"], "after half a minute its state shows again");
}

#[test]
fn a_ticket_that_is_over_or_taken_back_shows_nothing() {
    let (mut desk, person) = staffed();
    let grant = granted(&mut desk, person, &["lon1/hall/r1/c2/front"], Some("CHG-1"));
    desk.command(Command::RevokeGrant { grant, reason: reason("done") }).unwrap();
    passes(&mut desk, "hall-in", 1);
    assert!(blinking(&mut desk).is_empty());
}

#[test]
fn it_stops_when_opened_or_when_the_person_leaves() {
    let (mut desk, person) = staffed();
    granted(&mut desk, person, &["lon1/hall/r1/c2/front", "lon1/hall/r1/c10/front"], Some("CHG-1"));
    passes(&mut desk, "hall-in", 1);
    blinking(&mut desk);
    opens(&mut desk, "c2-front", 1);
    desk.wait_secs(1);
    assert!(shown(&mut desk, "c2-front").contains(&"cancel"));
    assert!(shown(&mut desk, "c10-front").is_empty(), "the other one goes on");
    passes(&mut desk, "hall-out", 1);
    assert_eq!(shown(&mut desk, "c10-front"), ["cancel", "state"]);
    desk.wait_secs(60);
    assert!(shown(&mut desk, "c10-front").is_empty());
    passes(&mut desk, "hall-in", 1);
    assert_eq!(blinking(&mut desk), ["c10-front"], "what stands open is found");
}

#[test]
fn an_operator_names_a_door_a_rack_a_grant_or_a_ticket() {
    let (mut desk, person) = staffed();
    let grant = granted(&mut desk, person, &["lon1/hall/r1/c2/front"], Some("CHG-1"));
    granted(&mut desk, person, &["lon1/hall/r1/c10/front"], Some("CHG-1"));
    let (door, rack) = (desk.door("lon1/hall/r1/c1/rear"), desk.engine.site().find_area("r1/c1").unwrap().id);
    let hall = desk.engine.site().find_area("lon1/hall").unwrap().id;
    let ticket = |text: &str| LocateWish::Ticket(ReasonText::parse(text).unwrap());
    assert_eq!(locate(&mut desk, LocateWish::Door(door), 5).unwrap(), ["c1-rear"]);
    assert_eq!(blinking(&mut desk), ["c1-rear"]);
    assert_eq!(locate(&mut desk, LocateWish::Area(rack), 5).unwrap(), ["c1-front", "c1-rear"]);
    assert_eq!(locate(&mut desk, LocateWish::Area(hall), 5).unwrap().len(), 4);
    assert_eq!(locate(&mut desk, LocateWish::Grant(grant), 5).unwrap(), ["c2-front"]);
    assert_eq!(locate(&mut desk, ticket("CHG-1"), 5).unwrap(), ROUTE);
    assert!(locate(&mut desk, ticket("CHG-2"), 5).is_err());
    let hall_door = desk.door("lon1/hall-door");
    assert!(locate(&mut desk, LocateWish::Door(hall_door), 5).is_err(), "a hall door has no handle");
    assert!(locate(&mut desk, LocateWish::Door(door), 4).is_err());
    assert!(locate(&mut desk, LocateWish::Door(door), 601).is_err());
}

#[test]
fn an_order_lasts_as_long_as_it_says_and_is_not_cut_short_by_a_passage() {
    let (mut desk, person) = staffed();
    granted(&mut desk, person, &["lon1/hall/r1/c2/front"], Some("CHG-1"));
    let door = desk.door("lon1/hall/r1/c2/front");
    locate(&mut desk, LocateWish::Door(door), 100).unwrap();
    passes(&mut desk, "hall-in", 1);
    desk.wait_secs(99);
    assert_eq!(shown(&mut desk, "c2-front"), ["locate"; 4]);
    desk.wait_secs(1);
    assert_eq!(shown(&mut desk, "c2-front"), ["cancel", "state"]);
}

#[test]
fn a_release_is_not_overwritten_by_the_light_that_led_to_it() {
    let (mut desk, person) = staffed();
    granted(&mut desk, person, &["lon1/hall/r1/c2/front"], Some("CHG-1"));
    let door = desk.door("lon1/hall/r1/c2/front");
    locate(&mut desk, LocateWish::Door(door), 100).unwrap();
    desk.wait_secs(28);
    shown(&mut desk, "c2-front");
    desk.badge("c2-front", card(1));
    desk.wait_secs(9);
    assert!(!shown(&mut desk, "c2-front").contains(&"locate"));
    desk.wait_secs(20);
    assert!(shown(&mut desk, "c2-front").contains(&"locate"), "nobody opened, so it is still to be found");
    desk.badge("c2-front", card(1));
    desk.facts("c2-front", lifted());
    shown(&mut desk, "c2-front");
    desk.wait_secs(60);
    assert!(!shown(&mut desk, "c2-front").contains(&"locate"));
}
