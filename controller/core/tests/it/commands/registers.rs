//! What other registers say: keys of persons, names, racks; every refusal; what is replayed is what there was.

use super::{admin, check, check_as, check_replay, create, desk, member, organisation};
use crate::site::{Desk, usual_details};
use rackward_core::asset::{RackFacts, RackSource};
use rackward_core::engine::command::{PersonKey, PersonName, RegisterCommand, Scope};
use rackward_core::id::{AreaId, AssetId, PersonId};
use rackward_core::people::{PersonDetails, PersonKeyHash, PersonStatus};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Answer, Caller, Command, Query, Reply};

fn key(text: &str) -> Option<PersonKey> {
    let mut hash = [0; 16];
    hash[..text.len()].copy_from_slice(text.as_bytes());
    PersonKey::parse(text, |_| PersonKeyHash::from_keyed_hash(hash))
}

fn set(person: PersonId, text: &str) -> Command {
    Command::Register(RegisterCommand::SetKey { person, key: key(text) })
}

fn take_away(person: PersonId) -> Command {
    Command::Register(RegisterCommand::SetKey { person, key: None })
}

fn new_with_key(details: PersonDetails, text: &str) -> Command {
    let Command::CreatePerson { name, status, details, .. } = create(PersonStatus::Enabled, details) else { panic!() };
    Command::CreatePerson { name, status, details, key: key(text) }
}

#[test]
fn a_key_is_one_persons_of_an_organisation() {
    let mut desk = desk();
    let (ann, ben) = (member(&mut desk, "lon1"), member(&mut desk, "lon1"));
    let cat = member(&mut desk, "st-marys");
    check(&mut desk, set(ann, "E1"), "ok").unwrap();
    check(&mut desk, set(ann, "E1"), "ok").unwrap();
    check(&mut desk, set(ben, "E1"), &format!("invalid 1 external_id: {ann} of this organisation")).unwrap_err();
    check(&mut desk, set(cat, "E1"), "ok").unwrap();
    check(&mut desk, set(PersonId::new(99), "E1"), "not found: p-99").unwrap_err();
    check(&mut desk, new_with_key(usual_details(), "E1"), "invalid 1 external_id: ").unwrap_err();
    // One that was given up is free again.
    check(&mut desk, take_away(ann), "ok").unwrap();
    check(&mut desk, set(ben, "E1"), "ok").unwrap();
    check(&mut desk, set(ann, "E2"), "ok").unwrap();
    let Ok(Reply::Person(dan)) = check(&mut desk, new_with_key(usual_details(), "E4"), "ok") else { panic!() };
    assert!(desk.engine.records().person_keys.contains_key(&dan));
    check_replay(&desk);
}

#[test]
fn nobody_moves_to_where_their_key_is_taken() {
    let mut desk = desk();
    let (ann, cat) = (member(&mut desk, "lon1"), member(&mut desk, "st-marys"));
    check(&mut desk, set(ann, "E1"), "ok").unwrap();
    check(&mut desk, set(cat, "E1"), "ok").unwrap();
    let details = PersonDetails { organisation: organisation(&desk, "st-marys"), ..usual_details() };
    let moves = || Command::ChangePersonDetails { person: ann, details, reason: crate::site::reason("moved") };
    check(&mut desk, moves(), &format!("invalid 1 external_id: {cat} of this organisation")).unwrap_err();
    check(&mut desk, take_away(cat), "ok").unwrap();
    check(&mut desk, moves(), "ok").unwrap();
}

#[test]
fn keys_and_names_are_no_entries() {
    let mut desk = desk();
    let ann = member(&mut desk, "lon1");
    desk.engine.take_batch();
    let name = PersonName::parse("Anna Berg").unwrap();
    desk.command(Command::Register(RegisterCommand::Rename { person: ann, name })).unwrap();
    desk.command(set(ann, "E-4711")).unwrap();
    let journal = format!("{:?}", desk.journal);
    assert!(!journal.contains("Anna") && !journal.contains("4711"), "{journal}");
    assert_eq!(format!("{:?}", set(ann, "E-4711")).matches("4711").count(), 0, "nor does a log line show one");
}

#[test]
fn an_organisation_sees_to_its_own_people() {
    let mut desk = desk();
    let (ann, cat) = (member(&mut desk, "lon1"), member(&mut desk, "st-marys"));
    let mary = Caller { scope: Scope::Organisation(organisation(&desk, "st-marys")), ..admin(5) };
    check_as(&mut desk, mary, set(cat, "E1"), "ok").unwrap();
    check_as(&mut desk, mary, set(ann, "E1"), "not found").unwrap_err();
    let guard = Caller::new(Actor::Session(3), OperatorRole::Security, Scope::Site);
    check_as(&mut desk, guard, set(cat, "E2"), "forbidden").unwrap_err();
}

fn facts(number: u32, site: &str) -> RackFacts {
    RackFacts {
        id: AssetId::new(number),
        name: format!("C{number:02}"),
        facility_id: String::new(),
        site: site.into(),
        location: "hall".into(),
        role: String::new(),
        status: "active".into(),
        tenant: String::new(),
        u_height: 42,
        serial: String::new(),
        asset_tag: String::new(),
    }
}

fn take(site: Option<&str>, racks: Vec<(RackFacts, Option<AreaId>)>) -> Command {
    Command::Register(RegisterCommand::TakeRacks { source: RackSource { site: site.map(str::to_owned) }, racks })
}

fn rack_area(desk: &Desk) -> AreaId {
    desk.engine.site().areas().find(|area| area.path == "lon1/hall/mary/r1").unwrap().id
}

#[test]
fn a_rack_that_vanished_is_flagged_and_kept() {
    let mut desk = desk();
    let area = rack_area(&desk);
    let all =
        |names: &[u32]| names.iter().map(|number| (facts(*number, "lon1"), (*number == 1).then_some(area))).collect();
    let counted = |reply: Reply| match reply {
        Reply::Racks { taken, gone } => (taken, gone),
        other => panic!("{other:?}"),
    };
    assert_eq!(counted(check(&mut desk, take(None, all(&[1, 2, 3])), "ok").unwrap()), (3, 0));
    assert_eq!(counted(check(&mut desk, take(None, all(&[1, 2, 3])), "ok").unwrap()), (0, 0), "nothing is new");
    assert_eq!(counted(check(&mut desk, take(None, all(&[1, 3])), "ok").unwrap()), (0, 1));
    let row = desk.engine.records().racks[&AssetId::new(2)].clone();
    assert_eq!((row.gone, row.facts.name.as_str()), (Some(desk.now.wall), "C02"), "it is kept as it was");
    assert_eq!(counted(check(&mut desk, take(None, all(&[1, 3])), "ok").unwrap()), (0, 0), "and flagged once");
    assert_eq!(counted(check(&mut desk, take(None, all(&[1, 2, 3])), "ok").unwrap()), (1, 0), "it is back");
    // Only what was asked for can be gone.
    let other = vec![(facts(9, "lon2"), None)];
    assert_eq!(counted(check(&mut desk, take(Some("lon2"), other), "ok").unwrap()), (1, 0));
    let seen = |desk: &Desk, scope| match desk.engine.answer(desk.now, scope, &Query::Racks) {
        Answer::Racks(racks) => racks.len(),
        other => panic!("{other:?}"),
    };
    let mary = Scope::Organisation(organisation(&desk, "st-marys"));
    assert_eq!((seen(&desk, Scope::Site), seen(&desk, mary)), (4, 1));
    check_replay(&desk);
}

#[test]
fn a_list_of_racks_is_refused_whole() {
    let mut desk = desk();
    let (area, hall) = (rack_area(&desk), super::area(&desk, "lon1/hall"));
    let one = |number: u32| (facts(number, "lon1"), None);
    check(&mut desk, take(None, vec![]), "invalid 1 racks: there is not one rack").unwrap_err();
    check(&mut desk, take(None, vec![one(1), one(1)]), "invalid 1 racks: nb-1: it is in the list twice").unwrap_err();
    let twice = vec![(facts(1, "lon1"), Some(area)), (facts(2, "lon1"), Some(area))];
    check(&mut desk, take(None, twice), "invalid 1 racks: nb-2: lon1/hall/mary/r1 is another").unwrap_err();
    check(&mut desk, take(None, vec![(facts(1, "lon1"), Some(hall))]), "invalid 1 racks: nb-1: lon1/hall is no")
        .unwrap_err();
    check(&mut desk, take(Some("lon2"), vec![one(1)]), "invalid 1 racks: nb-1: it is of another site").unwrap_err();
    let long = RackFacts { name: "x".repeat(101), ..facts(1, "lon1") };
    check(&mut desk, take(None, vec![(long, None)]), "invalid 1 racks: nb-1: name has more than 100").unwrap_err();
    let mary = Caller { scope: Scope::Organisation(organisation(&desk, "st-marys")), ..admin(5) };
    check_as(&mut desk, mary, take(None, vec![one(1)]), "forbidden").unwrap_err();
}
