//! Who is inside, how sure that is, and what a muster makes of it: stories of a hall with a door that is read both ways and one
//! that is not. Here are the site and the words; the stories are by subject.

mod inside;
mod merging;
mod orders;
mod shift;
mod visitors;

use std::time::Duration;

use crate::site::{Desk, MONDAY_NINE, card, closed, open, reader, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::command::{DeskCommand, PersonName, Scope};
use rackward_core::engine::query::{Headcount, Insider, MusterView};
use rackward_core::entry::LongText;
use rackward_core::id::{AreaId, MusterId, OperatorId, OrganisationId, PersonId, VisitorId};
use rackward_core::muster::{Mark, MusterKind, MusterStatus, Somebody};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::{AreaKind, DoorKind, Level};
use rackward_core::visitor::VisitorName;
use rackward_core::{Answer, Caller, Command, CommandError, Now, Query, Records, Reply, Wall};

/// A building with a hall in it that has a rack. Out of the building lead a door that is read both ways and one that is not; out
/// of the hall one that is read both ways.
fn building() -> SiteDraft {
    let within =
        |around: &str, path: &str, kind| AreaDraft { inside: Some(around.into()), ..AreaDraft::new(path, kind) };
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        organisations: vec!["st-marys".into()],
        areas: vec![
            AreaDraft::new("lon1/house", AreaKind::Building),
            within("lon1/house", "lon1/house/hall", AreaKind::Hall),
            within("lon1/house/hall", "lon1/house/hall/c1", AreaKind::Rack),
            AreaDraft { owner: Some("st-marys".into()), ..within("lon1/house", "lon1/house/cage", AreaKind::Cage) },
        ],
        ..SiteDraft::default()
    };
    for (door, kind, area, is_read_out) in [
        ("front", DoorKind::Door, "lon1/house", true),
        ("back", DoorKind::Door, "lon1/house", false),
        ("hall", DoorKind::Door, "lon1/house/hall", true),
        ("cage", DoorKind::Door, "lon1/house/cage", true),
    ] {
        let path = format!("lon1/{door}");
        let device = |name: String, role| DeviceDraft { name, role };
        draft.doors.push(DoorDraft::new(path.clone(), kind, area));
        draft.devices.push(device(format!("{door}-in"), reader(&path, Side::In, Level::Card)));
        if is_read_out {
            draft.devices.push(device(format!("{door}-out"), reader(&path, Side::Out, Level::Card)));
        }
        draft.devices.push(device(format!("{door}-lock"), RoleDraft::Lock { door: path }));
    }
    draft
}

/// That building with four people who may go everywhere, of whom nobody is inside.
fn house() -> Desk {
    let mut desk = Desk::of(&building());
    for number in 1..=4 {
        let person = desk.person(number);
        desk.grant(person, &["lon1/front", "lon1/back", "lon1/hall", "lon1/cage"]);
    }
    desk
}

/// A person goes through a door.
fn pass(desk: &mut Desk, reader: &str, number: u8) {
    desk.badge(reader, card(number));
    let lock = format!("{}-lock", reader.split('-').next().unwrap());
    desk.facts(&lock, open(false));
    desk.facts(&lock, closed(false));
}

fn area(desk: &Desk, path: &str) -> AreaId {
    desk.engine.site().find_area(path).unwrap().id
}

const fn person(number: u32) -> Somebody {
    Somebody::Person(PersonId::new(number))
}

const fn visitor(number: u32) -> Somebody {
    Somebody::Visitor(VisitorId::new(number))
}

/// An operator in person.
const fn operator(number: u32, role: OperatorRole) -> Caller {
    Caller::new(Actor::Operator(OperatorId::new(number)), role, Scope::Site)
}

fn given(desk: &mut Desk, command: DeskCommand) -> Result<Reply, CommandError> {
    desk.command(Command::Desk(command))
}

fn start(desk: &mut Desk, kind: MusterKind, path: &str) -> MusterId {
    let area = area(desk, path);
    match given(desk, DeskCommand::StartMuster { kind, area, reason: reason("smoke") }) {
        Ok(Reply::Muster(muster)) => muster,
        other => panic!("{other:?}"),
    }
}

fn mark(who: Somebody, status: MusterStatus, at: Wall) -> Mark {
    Mark { who, status, place: None, note: None, at }
}

fn end(muster: MusterId) -> DeskCommand {
    DeskCommand::EndMuster { muster, report: LongText::parse("Everybody is out.").unwrap() }
}

fn enter(desk: &mut Desk, host: u32, path: &str, minutes: u64) -> Result<Reply, CommandError> {
    let (area, until) = (area(desk, path), desk.now.wall.after(Duration::from_secs(minutes * 60)));
    let (name, host, reason) = (called("Vera"), PersonId::new(host), reason("new fans"));
    given(desk, DeskCommand::EnterVisitor { name, host, area, reason, until })
}

fn called(name: &str) -> VisitorName {
    VisitorName::parse(PersonName::parse(name).unwrap(), "Fans Ltd").unwrap()
}

fn view(desk: &Desk, muster: MusterId) -> MusterView {
    let Answer::Muster(view) = desk.engine.answer(desk.now, Scope::Site, &Query::Muster(muster)) else { panic!() };
    *view.unwrap()
}

fn insiders(desk: &Desk, scope: Scope, path: &str) -> Vec<Insider> {
    let query = Query::Insiders(Some(area(desk, path)));
    let Answer::Insiders(rows) = desk.engine.answer(desk.now, scope, &query) else { panic!() };
    rows
}

fn who(rows: &[Insider]) -> Vec<Somebody> {
    rows.iter().map(|row| row.who).collect()
}

fn headcount(desk: &Desk, path: &str) -> Headcount {
    let Answer::Headcounts(rows) = desk.engine.answer(desk.now, Scope::Site, &Query::Headcounts) else { panic!() };
    let wanted = area(desk, path);
    rows.into_iter().find(|row| row.area == wanted).unwrap()
}

/// The daemon stopped, and starts a minute later on what it had recorded.
fn restarted(desk: &Desk) -> Desk {
    let later: Now = desk.now.after(Duration::from_secs(60));
    let mut desk = Desk::restart_of(&building(), desk.engine.records().clone(), later);
    desk.all_online();
    desk
}

/// What the journal says is what is on record.
fn check_replay(desk: &Desk) {
    let mut records = Records::default();
    desk.journal.iter().for_each(|stamped| records.apply(stamped, &mut Vec::new()));
    let now = desk.engine.records();
    assert_eq!(records.musters, now.musters, "replay differs in musters");
    assert_eq!(records.visitors, now.visitors, "replay differs in visitors");
    assert_eq!(records.shift, now.shift, "replay differs in the hand-over");
}

#[test]
fn a_real_muster_from_its_start_to_its_report() {
    let mut desk = house();
    (1..=3).for_each(|number| pass(&mut desk, "front-in", number));
    pass(&mut desk, "hall-in", 2);
    enter(&mut desk, 1, "lon1/house/hall", 60).unwrap();
    let muster = start(&mut desk, MusterKind::Real, "lon1/house");
    assert!(desk.active(AlarmKind::Muster));
    let begun = view(&desk, muster);
    assert_eq!(who(&begun.people), [person(1), person(2), person(3), visitor(1)]);
    assert_eq!((begun.counts.missing, begun.counts.safe), (4, 0));
    assert_eq!(begun.muster.roll[&person(2)].area, area(&desk, "lon1/house/hall"), "where they were innermost");
    let rights = desk.engine.records().generation;
    desk.wait_secs(60);
    let at = desk.now.wall;
    let marks = vec![mark(person(1), MusterStatus::Safe, at), mark(visitor(1), MusterStatus::Unsure, at)];
    given(&mut desk, DeskCommand::Mark { muster, marks }).unwrap();
    let halfway = view(&desk, muster);
    assert_eq!((halfway.counts.missing, halfway.counts.safe, halfway.counts.unsure), (2, 1, 1));
    let of_hall = halfway.areas.iter().find(|row| row.area == area(&desk, "lon1/house/hall")).unwrap();
    assert_eq!((of_hall.counts.missing, of_hall.counts.unsure), (1, 1));
    given(&mut desk, end(muster)).unwrap();
    let over = view(&desk, muster).muster;
    assert_eq!(over.end.unwrap().missing, [person(2), person(3), visitor(1)].into());
    assert!(!desk.active(AlarmKind::Muster));
    assert_eq!(desk.engine.records().generation, rights, "no right changed");
    pass(&mut desk, "hall-in", 3);
    assert_eq!(who(&insiders(&desk, Scope::Site, "lon1/house/hall")), [person(2), person(3), visitor(1)]);
    check_replay(&desk);
}

#[test]
fn a_drill_is_no_alarm_and_gives_way_to_a_real_one() {
    let mut desk = house();
    let drill = start(&mut desk, MusterKind::Drill, "lon1/house");
    assert!(!desk.active(AlarmKind::Muster));
    let real = start(&mut desk, MusterKind::Real, "lon1/house");
    assert_ne!(drill, real);
    assert!(desk.active(AlarmKind::Muster));
    given(&mut desk, end(drill)).unwrap();
    assert!(desk.active(AlarmKind::Muster), "the real one goes on");
    check_replay(&desk);
}

#[test]
fn a_restart_keeps_the_list_and_the_alarm() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let muster = start(&mut desk, MusterKind::Real, "lon1/house");
    let at = desk.now.wall;
    given(&mut desk, DeskCommand::Mark { muster, marks: vec![mark(person(1), MusterStatus::Safe, at)] }).unwrap();
    let before = view(&desk, muster);
    let mut after = restarted(&desk);
    assert_eq!(view(&after, muster).muster, before.muster);
    assert!(after.active(AlarmKind::Muster));
    let mut lost = desk.engine.records().clone();
    lost.alarms.clear();
    let anew = Desk::restart_of(&building(), lost, desk.now);
    assert!(anew.active(AlarmKind::Muster), "its alarm is raised again where the record of it was lost");
    given(&mut after, end(muster)).unwrap();
    assert!(!after.active(AlarmKind::Muster));
}

#[test]
fn whoever_comes_in_later_is_on_the_list_once() {
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    desk.wait_secs(30);
    pass(&mut desk, "back-in", 2);
    pass(&mut desk, "hall-in", 2);
    enter(&mut desk, 1, "lon1/house", 60).unwrap();
    let view = view(&desk, muster);
    assert_eq!(who(&view.people), [person(1), person(2), visitor(1)]);
    assert_eq!(view.muster.roll[&person(1)].joined, None);
    assert_eq!(view.muster.roll[&person(2)].joined, Some(MONDAY_NINE.after(Duration::from_secs(30))));
    let elsewhere = start(&mut desk, MusterKind::Drill, "lon1/house/cage");
    assert_eq!(who(&super::musters::view(&desk, elsewhere).people), []);
    check_replay(&desk);
}

#[test]
fn disabled_people_count_and_are_named_so() {
    use rackward_core::people::PersonStatus;
    let mut desk = house();
    pass(&mut desk, "front-in", 1);
    let stop = Command::SetPersonStatus {
        person: PersonId::new(1),
        status: PersonStatus::Suspended,
        reason: reason("asked to"),
    };
    desk.command(stop).unwrap();
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    let view = view(&desk, muster);
    assert_eq!(who(&view.people), [person(1)]);
    assert!(view.people[0].stopped.is_some());
}

#[test]
fn an_organisation_sees_its_own_people_and_no_others() {
    use rackward_core::people::PersonDetails;
    let mut desk = house();
    (1..=2).for_each(|number| pass(&mut desk, "front-in", number));
    let organisation = desk.engine.site().organisations().iter().find(|row| row.name == "st-marys").unwrap().id;
    let details = PersonDetails { organisation, ..crate::site::usual_details() };
    let moved = Command::ChangePersonDetails { person: PersonId::new(2), details, reason: reason("moved") };
    desk.command(moved).unwrap();
    let muster = start(&mut desk, MusterKind::Drill, "lon1/house");
    let scope = Scope::Organisation(organisation);
    let Answer::Muster(seen) = desk.engine.answer(desk.now, scope, &Query::Muster(muster)) else { panic!() };
    let seen = seen.unwrap();
    assert_eq!(who(&seen.people), [person(2)]);
    assert_eq!(seen.counts.missing, 1);
    let all = Query::Insiders(None);
    let Answer::Insiders(rows) = desk.engine.answer(desk.now, scope, &all) else { panic!() };
    assert_eq!(who(&rows), [person(2)]);
    assert_eq!(insiders(&desk, scope, "lon1/house"), [], "an area they do not see");
    let nobody = Scope::Organisation(OrganisationId::new(77));
    let Answer::Muster(none) = desk.engine.answer(desk.now, nobody, &Query::Muster(muster)) else { panic!() };
    assert!(none.is_none());
    let Answer::Musters(none) = desk.engine.answer(desk.now, nobody, &Query::Musters) else { panic!() };
    assert_eq!(none, []);
}
