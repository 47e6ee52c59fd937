//! The rules that ask where people are and who comes along, each as a table or a short story: anti-passback, path,
//! occupancy, two people, escort, lock-out, duress, threat level, security level by time.

use std::time::Duration;

use crate::site::{Desk, MONDAY_NINE, card, closed, open, reader, reason, usual_details, wish};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::command::{GrantWish, PinPurpose};
use rackward_core::engine::input::PinOutcome;
use rackward_core::engine::output::Feedback;
use rackward_core::entry::Denial;
use rackward_core::id::PersonId;
use rackward_core::people::{EscortNeed, ExtendedTime, GrantRight, PersonDetails, Place, ThreatLevel, Uses, When};
use rackward_core::site::draft::{
    AreaDraft, DeviceDraft, DoorDraft, LevelDraft, RoleDraft, ScheduleDraft, ScheduleDrafts, Side, SiteDraft,
};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::site::{AreaKind, Company, DoorKind, Level, Passback, PathProof, TwoPerson};
use rackward_core::{Command, Entry, Output};

const RACK: &str = "lon1/site/house/hall/r1/front";

/// Grounds, a house in them, a hall in the house, a rack in the hall; readers on both sides of every door.
fn grounds(change: impl FnOnce(&mut SiteDraft)) -> SiteDraft {
    let area = |path: &str, kind, inside: Option<&str>| AreaDraft {
        inside: inside.map(Into::into),
        ..AreaDraft::new(path, kind)
    };
    let device = |name: &str, role| DeviceDraft { name: name.into(), role };
    let mut draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![
            area("lon1/site", AreaKind::Perimeter, None),
            area("lon1/site/house", AreaKind::Building, Some("lon1/site")),
            area("lon1/site/house/hall", AreaKind::Hall, Some("lon1/site/house")),
            area("lon1/site/house/hall/r1", AreaKind::Rack, Some("lon1/site/house/hall")),
        ],
        doors: vec![
            DoorDraft::new("lon1/gate", DoorKind::Gate, "lon1/site"),
            DoorDraft::new("lon1/porch", DoorKind::Door, "lon1/site/house"),
            DoorDraft::new("lon1/hall", DoorKind::Door, "lon1/site/house/hall"),
            DoorDraft::new(RACK, DoorKind::RackDoor, "lon1/site/house/hall/r1"),
        ],
        devices: Vec::new(),
        ..SiteDraft::default()
    };
    for door in ["gate", "porch", "hall"] {
        let path = format!("lon1/{door}");
        draft.devices.push(device(&format!("{door}-in"), reader(&path, Side::In, Level::Card)));
        draft.devices.push(device(&format!("{door}-out"), reader(&path, Side::Out, Level::Card)));
        draft.devices.push(device(&format!("{door}-lock"), RoleDraft::Lock { door: path }));
    }
    draft.devices.push(device("rack", RoleDraft::Handle { door: RACK.into(), level: Level::Card.into() }));
    change(&mut draft);
    draft
}

const HALL: usize = 2;

/// A desk at the grounds with persons p-1, p-2, p-3 (cards 1, 2, 3), who may pass every door this Monday.
fn desk(change: impl FnOnce(&mut SiteDraft)) -> Desk {
    let mut desk = Desk::of(&grounds(change));
    for number in 1..=3 {
        let person = desk.person(number);
        desk.grant(person, &["lon1/gate", "lon1/porch", "lon1/hall", RACK]);
    }
    desk
}

fn p(number: u32) -> PersonId {
    PersonId::new(number)
}

/// What a badge came to.
fn badge(desk: &mut Desk, reader: &str, number: u8) -> &'static str {
    let mark = desk.journal.len();
    desk.badge(reader, card(number));
    came_to(desk, mark)
}

fn came_to(desk: &Desk, mark: usize) -> &'static str {
    let settled = desk.journal[mark..].iter().rev().find_map(|stamped| match &stamped.entry {
        Entry::AccessGranted { .. } => Some("granted"),
        Entry::AccessDenied { reason, .. } => Some(reason.code()),
        Entry::FactorAwaited { .. } => Some("pin"),
        Entry::CompanionAwaited { .. } => Some("second"),
        _ => None,
    });
    settled.unwrap_or("nothing")
}

/// Opens and closes a released door.
fn walk(desk: &mut Desk, door: &str) {
    let lock = if door == "rack" { "rack".to_owned() } else { format!("{door}-lock") };
    desk.facts(&lock, open(door == "rack"));
    desk.facts(&lock, closed(door == "rack"));
}

/// Badges and walks through.
fn pass(desk: &mut Desk, reader: &str, number: u8) {
    assert_eq!(badge(desk, reader, number), "granted", "card {number} at {reader}");
    walk(desk, reader.split('-').next().unwrap());
}

fn place(desk: &Desk, person: u32) -> Option<Place> {
    desk.engine.records().presence.get(&p(person)).map(|whereabouts| whereabouts.place)
}

#[test]
fn presence_follows_confirmed_passages_only() {
    let mut desk = desk(|_| {});
    assert_eq!(badge(&mut desk, "gate-in", 1), "granted");
    assert_eq!(place(&desk, 1), None, "admitted is not yet inside");
    walk(&mut desk, "gate");
    let site = desk.engine.site().find_area("lon1/site").unwrap().id;
    assert_eq!(place(&desk, 1), Some(Place::Inside(site)));
    assert_eq!(badge(&mut desk, "porch-in", 1), "granted");
    desk.wait_secs(30);
    assert_eq!(place(&desk, 1), Some(Place::Inside(site)), "not taken");
    pass(&mut desk, "gate-out", 1);
    assert_eq!(place(&desk, 1), Some(Place::Outside));
    pass(&mut desk, "rack", 1);
    assert_eq!(place(&desk, 1), Some(Place::Outside), "nobody steps into a rack");
}

#[test]
fn anti_passback() {
    let with = |passback: Passback| desk(move |draft| draft.areas[HALL].passback = passback);
    let mut hard = with(Passback::Hard);
    pass(&mut hard, "hall-in", 1);
    assert_eq!(badge(&mut hard, "hall-in", 1), "N23");
    assert!(hard.raised(AlarmKind::PassbackViolation) == 1);
    pass(&mut hard, "hall-out", 1);
    assert_eq!(badge(&mut hard, "hall-out", 1), "N23", "who is outside cannot leave");
    pass(&mut hard, "hall-in", 1);
    let forgive = |person| Command::ForgivePassback { person, area: None, reason: reason("left by the fire stairs") };
    hard.command(forgive(Some(p(1)))).unwrap();
    pass(&mut hard, "hall-in", 1);
    pass(&mut hard, "hall-out", 1);
    assert_eq!(badge(&mut hard, "hall-out", 2), "granted", "nothing is known of this one");

    let mut soft = with(Passback::Soft);
    pass(&mut soft, "hall-in", 1);
    pass(&mut soft, "hall-in", 1);
    assert!(soft.names().contains(&"access.passback-violated"));
    assert_eq!(soft.raised(AlarmKind::PassbackViolation), 1);

    let mut timed = with(Passback::Timed(Duration::from_secs(600)));
    pass(&mut timed, "hall-in", 1);
    timed.wait_secs(599);
    assert_eq!(badge(&mut timed, "hall-in", 1), "N23");
    timed.wait_secs(1);
    assert_eq!(badge(&mut timed, "hall-in", 1), "granted");

    let mut off = with(Passback::Off);
    pass(&mut off, "hall-in", 1);
    pass(&mut off, "hall-in", 1);
}

#[test]
fn path_proof() {
    let mut desk = desk(|draft| draft.areas[1].path_proof = PathProof::Required);
    assert_eq!(badge(&mut desk, "porch-in", 1), "N22", "the house wants the grounds");
    assert_eq!(desk.raised(AlarmKind::ImpossiblePassage), 1);
    assert_eq!(badge(&mut desk, "gate-in", 1), "granted", "nothing is around the grounds");
    walk(&mut desk, "gate");
    assert_eq!(badge(&mut desk, "hall-in", 1), "N22", "inherited: the hall wants the house");
    assert_eq!(badge(&mut desk, "rack", 1), "N22", "inherited: the rack wants the hall");
    pass(&mut desk, "porch-in", 1);
    pass(&mut desk, "hall-in", 1);
    pass(&mut desk, "rack", 1);
    assert_eq!(badge(&mut desk, "rack", 2), "N22");
    pass(&mut desk, "hall-out", 1);
    assert_eq!(badge(&mut desk, "rack", 1), "N22", "out again");
}

#[test]
fn occupancy() {
    let mut desk = desk(|draft| draft.areas[HALL].max_occupancy = Some(2));
    pass(&mut desk, "hall-in", 1);
    pass(&mut desk, "hall-in", 2);
    assert_eq!(badge(&mut desk, "hall-in", 3), "P05");
    pass(&mut desk, "hall-in", 1);
    pass(&mut desk, "rack", 1);
    pass(&mut desk, "hall-out", 2);
    assert_eq!(badge(&mut desk, "hall-in", 3), "granted");
}

#[test]
fn a_door_for_two() {
    let mut desk = desk(|draft| draft.doors[2].two_person = TwoPerson::Required);
    assert_eq!(badge(&mut desk, "hall-in", 1), "second");
    assert!(matches!(desk.outputs.last(), Some(Output::Feedback { feedback: Feedback::SecondPerson, .. })));
    assert_eq!(badge(&mut desk, "hall-in", 1), "N25", "the same card twice");
    assert_eq!(badge(&mut desk, "hall-in", 9), "N01", "a stranger");
    assert_eq!(desk.releases("hall-lock"), 0);
    assert_eq!(badge(&mut desk, "hall-in", 2), "granted");
    assert_eq!(desk.releases("hall-lock"), 1, "one release for both");
    walk(&mut desk, "hall");
    let hall = desk.engine.site().find_area("lon1/site/house/hall").unwrap().id;
    assert_eq!((place(&desk, 1), place(&desk, 2)), (Some(Place::Inside(hall)), Some(Place::Inside(hall))));

    assert_eq!(badge(&mut desk, "hall-in", 3), "second");
    let mark = desk.journal.len();
    desk.wait_secs(15);
    assert_eq!(came_to(&desk, mark), "N24", "nobody came");
    assert_eq!(badge(&mut desk, "hall-in", 1), "second", "the first of another pair");

    let grant = *desk.engine.records().grants.keys().next().unwrap();
    desk.command(Command::RevokeGrant { grant, reason: reason("gone") }).unwrap();
    assert_eq!(badge(&mut desk, "hall-in", 2), "second", "the first may no longer pass");
    assert!(desk.names().iter().filter(|name| **name == "access.companion-admitted").count() == 1);
}

#[test]
fn nobody_alone() {
    let mut desk = desk(|draft| draft.areas[HALL].company = Company::Required);
    assert_eq!(badge(&mut desk, "hall-in", 1), "second");
    assert_eq!(badge(&mut desk, "hall-in", 2), "granted");
    walk(&mut desk, "hall");
    assert!(!desk.active(AlarmKind::TwoPersonViolation));
    pass(&mut desk, "hall-in", 3);
    pass(&mut desk, "hall-out", 3);
    assert_eq!(badge(&mut desk, "hall-out", 1), "second", "would leave the other alone");
    assert_eq!(badge(&mut desk, "hall-out", 2), "granted");
    walk(&mut desk, "hall");
    assert!(!desk.active(AlarmKind::TwoPersonViolation));
    assert_eq!(badge(&mut desk, "hall-in", 1), "second");
    assert_eq!(badge(&mut desk, "hall-in", 2), "granted");
    walk(&mut desk, "hall");
    desk.command(Command::ForgivePassback { person: Some(p(2)), area: None, reason: reason("lost track") }).unwrap();
    desk.wait_secs(29);
    assert!(!desk.active(AlarmKind::TwoPersonViolation), "they may follow");
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::TwoPersonViolation), "as far as is known one is alone");
    pass(&mut desk, "hall-out", 1);
    assert!(!desk.active(AlarmKind::TwoPersonViolation), "who is alone may always leave");
}

#[test]
fn escort() {
    let with_visitor = || {
        let mut desk = desk(|_| {});
        let visitor = desk.person(4);
        let doors = ["lon1/hall", RACK].map(|door| desk.door(door)).into();
        let right = GrantRight::Doors { doors, when: When::Weekly(Weekly::always()) };
        desk.command(Command::CreateGrant(GrantWish { escort: EscortNeed::Required, ..wish(visitor, right) })).unwrap();
        desk
    };
    let mut desk = with_visitor();
    assert_eq!(badge(&mut desk, "hall-in", 4), "second");
    assert_eq!(badge(&mut desk, "hall-in", 1), "granted", "the host comes along");
    walk(&mut desk, "hall");
    assert_eq!(badge(&mut desk, "rack", 4), "granted", "the host is in the hall");
    pass(&mut desk, "hall-out", 4);
    assert_eq!(badge(&mut desk, "hall-in", 4), "granted", "the host is still inside");
    pass(&mut desk, "hall-out", 1);
    desk.wait_secs(20);
    assert_eq!(badge(&mut desk, "rack", 4), "second", "nobody who could answer for it is there");

    let mut desk = with_visitor();
    let other = desk.person(5);
    let right = GrantRight::Doors { doors: [desk.door("lon1/hall")].into(), when: When::Weekly(Weekly::always()) };
    desk.command(Command::CreateGrant(GrantWish { escort: EscortNeed::Required, ..wish(other, right) })).unwrap();
    assert_eq!(badge(&mut desk, "hall-in", 4), "second");
    assert_eq!(badge(&mut desk, "hall-in", 5), "N25", "two visitors do not escort each other");
    assert_eq!(badge(&mut desk, "hall-in", 2), "granted");
}

fn with_pins() -> Desk {
    let mut desk = desk(|draft| {
        if let RoleDraft::Reader { level, .. } = &mut draft.devices[6].role {
            *level = LevelDraft::from(Level::CardAndPin);
        }
    });
    desk.set_pin(p(1), PinPurpose::Usual);
    desk.set_pin(p(1), PinPurpose::Duress);
    desk
}

#[test]
fn five_wrong_pins_lock_a_card_out_for_a_minute() {
    let mut desk = with_pins();
    for _ in 0..5 {
        assert_eq!(badge(&mut desk, "hall-in", 1), "pin");
        desk.type_pin("hall-in", p(1), PinOutcome::Wrong);
        desk.wait_secs(5);
    }
    assert_eq!(badge(&mut desk, "hall-in", 1), "N09");
    assert_eq!(badge(&mut desk, "gate-in", 1), "N09", "everywhere");
    assert!(desk.active(AlarmKind::Lockout));
    desk.wait_secs(61);
    assert_eq!(badge(&mut desk, "gate-in", 1), "granted");
    desk.wait_secs(60);
    assert!(!desk.active(AlarmKind::Lockout));

    let mut slow = with_pins();
    for _ in 0..8 {
        assert_eq!(badge(&mut slow, "hall-in", 1), "pin");
        slow.type_pin("hall-in", p(1), PinOutcome::Wrong);
        slow.wait_secs(20);
    }
    assert_eq!(badge(&mut slow, "gate-in", 1), "granted", "eight in more than two minutes");
}

#[test]
fn a_lock_out_survives_a_restart() {
    let mut desk = with_pins();
    for _ in 0..5 {
        desk.badge("hall-in", card(1));
        desk.type_pin("hall-in", p(1), PinOutcome::Wrong);
    }
    let mut again = Desk::restart_of(&grounds(|_| {}), desk.engine.records().clone(), desk.now);
    again.all_online();
    assert_eq!(badge(&mut again, "gate-in", 1), "N09");
}

#[test]
fn duress_opens_exactly_as_granted_and_calls_for_help() {
    let shown = |outcome: PinOutcome| {
        let mut desk = with_pins();
        assert_eq!(badge(&mut desk, "hall-in", 1), "pin");
        desk.outputs.clear();
        desk.type_pin("hall-in", p(1), outcome);
        let outputs: Vec<String> =
            desk.outputs.iter().filter(|o| !matches!(o, Output::CheckPin { .. })).map(|o| format!("{o:?}")).collect();
        (outputs, desk.raised(AlarmKind::Duress), desk.names().contains(&"access.duress"))
    };
    let (right, no_alarm, _) = shown(PinOutcome::Right);
    let (duress, alarm, journalled) = shown(PinOutcome::Duress);
    assert_eq!(right, duress, "nothing at the door tells them apart");
    assert_eq!((no_alarm, alarm, journalled), (0, 1, true));
}

#[test]
fn a_threat_level_closes_what_is_above_it_and_keeps_nobody_in() {
    let mut desk = desk(|draft| draft.areas[HALL].threat_limit = Some(ThreatLevel::Guarded));
    pass(&mut desk, "hall-in", 1);
    let set = |level| Command::SetThreatLevel { level, reason: reason("warned by the police") };
    desk.command(set(ThreatLevel::Guarded)).unwrap();
    assert_eq!(badge(&mut desk, "hall-in", 2), "granted");
    walk(&mut desk, "hall");
    desk.command(set(ThreatLevel::High)).unwrap();
    assert_eq!(badge(&mut desk, "hall-in", 3), "P03");
    assert_eq!(badge(&mut desk, "rack", 1), "P03", "inherited");
    assert_eq!(badge(&mut desk, "porch-in", 3), "granted", "elsewhere as always");
    assert_eq!(badge(&mut desk, "hall-out", 1), "granted");
    let details = PersonDetails { clearance: ThreatLevel::High, ..usual_details() };
    desk.command(Command::ChangePersonDetails { person: p(3), details, reason: reason("guard") }).unwrap();
    walk(&mut desk, "hall");
    assert_eq!(badge(&mut desk, "hall-in", 3), "granted");
}

#[test]
fn uses_are_counted() {
    let mut desk = Desk::of(&grounds(|_| {}));
    let person = desk.person(1);
    let right = GrantRight::Doors { doors: [desk.door("lon1/gate")].into(), when: When::Weekly(Weekly::always()) };
    desk.command(Command::CreateGrant(GrantWish { uses: Uses::Left(2), ..wish(person, right) })).unwrap();
    pass(&mut desk, "gate-in", 1);
    pass(&mut desk, "gate-in", 1);
    assert_eq!(badge(&mut desk, "gate-in", 1), "W14");
}

#[test]
fn who_needs_longer_gets_it() {
    let mut desk = desk(|_| {});
    let details = PersonDetails { extended_time: ExtendedTime::Yes, ..usual_details() };
    desk.command(Command::ChangePersonDetails { person: p(1), details, reason: reason("wheelchair") }).unwrap();
    let release_time = |desk: &mut Desk, number| {
        desk.badge("porch-in", card(number));
        desk.journal.iter().rev().find_map(|stamped| match stamped.entry {
            Entry::AccessGranted { release_time, .. } => Some(release_time.as_secs()),
            _ => None,
        })
    };
    assert_eq!(release_time(&mut desk, 1), Some(15));
    assert_eq!(release_time(&mut desk, 2), Some(5));
}

#[test]
fn card_by_day_and_pin_by_night() {
    let mut desk = Desk::of(&grounds(|draft| {
        let weekly = Weekly::on_days(&Day::ALL, 8 * 60, 18 * 60).ok();
        let day = ScheduleDraft { name: "day".into(), time_zone: None, weekly, special: Vec::new() };
        draft.schedules = ScheduleDrafts { calendars: Vec::new(), schedules: vec![day] };
        if let RoleDraft::Reader { level, .. } = &mut draft.devices[0].role {
            *level = LevelDraft { level: Level::CardAndPin, by_time: Some(("day".into(), Level::Card)) };
        }
    }));
    let person = desk.person(1);
    desk.set_pin(person, PinPurpose::Usual);
    let validity =
        rackward_core::people::Validity { from: MONDAY_NINE, to: MONDAY_NINE.after(Duration::from_secs(86_400)) };
    desk.grant_when(person, &["lon1/gate"], Weekly::always(), validity);
    assert_eq!(badge(&mut desk, "gate-in", 1), "granted");
    desk.wait_secs(9 * 3600 - 1);
    assert_eq!(badge(&mut desk, "gate-in", 1), "granted", "a second before six");
    desk.wait_secs(1);
    assert_eq!(badge(&mut desk, "gate-in", 1), "pin");
    desk.wait_secs(14 * 3600);
    assert_eq!(badge(&mut desk, "gate-in", 1), "granted", "eight in the morning");
}

#[test]
fn every_reason_has_its_own_code_and_class() {
    let mut codes: Vec<&str> = Denial::ALL.iter().map(|reason| reason.code()).collect();
    for (reason, code) in Denial::ALL.iter().zip(&codes) {
        assert_eq!(format!("{:?}", reason.class()), code[..1]);
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Denial::ALL.len());
}

#[test]
fn a_rack_left_open_past_its_grant_is_an_alarm() {
    let mut desk = desk(|_| {});
    assert_eq!(badge(&mut desk, "rack", 1), "granted");
    desk.facts("rack", open(true));
    desk.wait_secs(3600 - 1);
    assert!(!desk.active(AlarmKind::OpenPastGrant));
    desk.wait_secs(60);
    assert!(desk.active(AlarmKind::OpenPastGrant), "the hour is over");
    desk.facts("rack", closed(true));
    assert!(!desk.active(AlarmKind::OpenPastGrant));

    let mut desk = self::desk(|_| {});
    assert_eq!(badge(&mut desk, "rack", 1), "granted");
    desk.facts("rack", open(true));
    let grant = *desk.engine.records().grants.keys().next().unwrap();
    desk.command(Command::RevokeGrant { grant, reason: reason("stopped") }).unwrap();
    assert!(desk.active(AlarmKind::OpenPastGrant), "at once when it is taken back");
}

#[test]
fn a_card_alone_forgets_no_wrong_pin() {
    let mut desk = with_pins();
    for _ in 0..4 {
        assert_eq!(badge(&mut desk, "hall-in", 1), "pin");
        desk.type_pin("hall-in", p(1), PinOutcome::Wrong);
    }
    pass(&mut desk, "gate-in", 1);
    assert_eq!(badge(&mut desk, "hall-in", 1), "pin");
    desk.type_pin("hall-in", p(1), PinOutcome::Wrong);
    assert_eq!(badge(&mut desk, "gate-in", 1), "N09");
}

#[test]
fn a_call_for_help_is_heard_whatever_becomes_of_the_wish_to_pass() {
    let mut desk = with_pins();
    assert_eq!(badge(&mut desk, "hall-in", 1), "pin");
    let grant = *desk.engine.records().grants.keys().next().unwrap();
    desk.command(Command::RevokeGrant { grant, reason: reason("gone") }).unwrap();
    let mark = desk.journal.len();
    desk.type_pin("hall-in", p(1), PinOutcome::Duress);
    assert_eq!(came_to(&desk, mark), "N21");
    assert_eq!(desk.raised(AlarmKind::Duress), 1);
}

#[test]
fn an_operator_opens_no_door_beside_one_that_was_ordered_unlocked() {
    let mut desk = Desk::open();
    let (outer, inner) = (desk.door("lon1/outer"), desk.door("lon1/inner"));
    let order = rackward_core::mode::ModeOrder::Unlock;
    desk.command(Command::SetDoorMode { door: outer, order, reason: reason("delivery") }).unwrap();
    let open = Command::OpenDoor { lasting: None, door: inner, reason: reason("visitor"), not_after: desk.now.wall };
    assert!(desk.command(open).is_err(), "the outer lock has not reported yet");
}
