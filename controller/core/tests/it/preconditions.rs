//! What a command rests on: a revision that was seen, and a moment after which it does nothing. That every command can be
//! rehearsed is looked at in every short story of these tests (`site.rs`).

use std::time::Duration;

use rackward_core::alarm::AlarmSource;
use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::engine::preconditions::{Expected, Preconditions, Revision, Subject};
use rackward_core::entry::OperatorEntry;
use rackward_core::mode::ModeOrder;
use rackward_core::people::PersonStatus;
use rackward_core::permission::{Actor, OperatorRole, Permission, PermissionSet};
use rackward_core::site::draft::SiteDraft;
use rackward_core::{Answer, Caller, Command, CommandError, Entry, Query, Reply};

use crate::commands::{STREET, tenants};
use crate::site::{Desk, reason};

const ONE: Caller = Caller::new(Actor::LocalUser(1), OperatorRole::Admin, Scope::Site);
const OTHER: Caller = Caller::new(Actor::LocalUser(2), OperatorRole::Admin, Scope::Site);

fn revision(desk: &Desk, subject: Subject) -> Option<Revision> {
    match desk.engine.answer(desk.now, Scope::Site, &Query::Revision(subject)) {
        Answer::Revision(revision) => revision,
        other => panic!("{other:?}"),
    }
}

fn on(expected: Expected) -> Preconditions {
    Preconditions { expected, not_after: None }
}

#[test]
fn of_two_who_saw_the_same_the_second_is_told_who_was_first() {
    let mut desk = Desk::of(&tenants());
    let person = desk.person(1);
    let seen = revision(&desk, Subject::Person(person)).unwrap();
    let set = |status| Command::SetPersonStatus { person, status, reason: reason("seen to") };
    let resting = on(Expected::OneOf([seen].into()));
    assert!(desk.command_on(resting.clone(), ONE, set(PersonStatus::Suspended)).is_ok());
    let before = desk.journal.len();
    let refused = desk.command_on(resting, OTHER, set(PersonStatus::Left));
    let by = Some(Actor::LocalUser(1));
    assert_eq!(refused, Err(CommandError::Changed { what: person.to_string(), by }));
    assert_eq!(desk.journal.len(), before);
    let now = revision(&desk, Subject::Person(person)).unwrap();
    assert_ne!(now, seen);
    assert!(desk.command_on(on(Expected::OneOf([seen, now].into())), OTHER, set(PersonStatus::Left)).is_ok());
}

#[test]
fn what_a_command_may_rest_on() {
    let mut desk = Desk::of(&tenants());
    let person = desk.person(1);
    let grant = desk.grant(person, &[STREET]);
    let revoke = || Command::RevokeGrant { grant, reason: reason("over") };
    let name = || rackward_core::engine::command::PersonName::parse("Somebody").unwrap();
    let create = || Command::CreatePerson {
        name: name(),
        status: PersonStatus::Enabled,
        details: crate::site::usual_details(),
        key: None,
    };
    let wrong = || Expected::OneOf([Revision::Count(9)].into());
    let changed = |result: Result<Reply, CommandError>| matches!(result, Err(CommandError::Changed { .. }));
    assert!(changed(desk.command_on(on(wrong()), ONE, revoke())));
    assert!(changed(desk.command_on(on(Expected::OneOf([].into())), ONE, revoke())));
    assert!(changed(desk.command_on(on(Expected::Absent), ONE, revoke())));
    assert!(changed(desk.command_on(on(wrong()), ONE, create())), "something new rests on nothing");
    assert!(desk.command_on(on(Expected::Absent), ONE, create()).is_ok());
    assert!(desk.command_on(on(Expected::Existing), ONE, revoke()).is_ok());
}

#[test]
fn a_revision_is_the_same_until_something_changes() {
    let mut desk = Desk::of(&tenants());
    let person = desk.person(1);
    let subjects = [
        Subject::Person(person),
        Subject::Door(desk.door(STREET)),
        Subject::ThreatLevel,
        Subject::Device(desk.device("lock-0")),
    ];
    let before = subjects.map(|subject| revision(&desk, subject));
    assert!(before.iter().all(Option::is_some));
    desk.wait(Duration::from_secs(3_600));
    assert_eq!(subjects.map(|subject| revision(&desk, subject)), before);
    let door = desk.door(STREET);
    desk.command(Command::SetDoorMode { door, order: ModeOrder::Block, reason: reason("drill") }).unwrap();
    let after = subjects.map(|subject| revision(&desk, subject));
    assert_eq!((after[0], after[2], after[3]), (before[0], before[2], before[3]));
    assert_ne!(after[1], before[1]);
}

#[test]
fn an_order_that_comes_too_late_does_nothing_and_is_told() {
    let mut desk = Desk::of(&tenants());
    let door = desk.door(STREET);
    let until = desk.now.wall;
    let late = Preconditions { expected: Expected::Anything, not_after: Some(until) };
    desk.wait(Duration::from_secs(1));
    let order = || Command::SetDoorMode { door, order: ModeOrder::Unlock, reason: reason("delivery") };
    let modes = desk.engine.records().modes.clone();
    assert_eq!(desk.command_on(late, ONE, order()), Err(CommandError::TooLate));
    assert_eq!(desk.engine.records().modes, modes);
    let told = OperatorEntry::CameTooLate { source: AlarmSource::Door(door), until, by: ONE.actor };
    assert_eq!(desk.journal.last().map(|stamped| &stamped.entry), Some(&Entry::Operator(told)));
    let in_time = Preconditions { expected: Expected::Anything, not_after: Some(desk.now.wall) };
    assert!(desk.command_on(in_time, ONE, order()).is_ok());
}

#[test]
fn nobody_is_named_who_did_not_change_it() {
    let mut desk = Desk::of(&tenants());
    let person = desk.person(1);
    let grant = desk.grant(person, &[STREET]);
    let door = desk.door(STREET);
    let subject = Subject::Grant(grant);
    let resting = |desk: &Desk, subject| on(Expected::OneOf([revision(desk, subject).unwrap()].into()));
    let later = desk.now.wall.after(Duration::from_secs(1800));
    let shorten = || Command::ChangeGrantEnd { grant, to: later, reason: reason("sooner") };
    let by = |refused: Result<Reply, CommandError>| match refused {
        Err(CommandError::Changed { by, .. }) => by,
        other => panic!("{other:?}"),
    };
    // An order that leaves the mode as it is changes nothing that anybody rests on.
    let mode = Subject::Door(door);
    let seen = resting(&desk, mode);
    let order = |mode| Command::SetDoorMode { door, order: mode, reason: reason("drill") };
    assert!(desk.command_on(on(Expected::Anything), ONE, order(ModeOrder::Block)).is_ok());
    let open = Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after: desk.now.wall };
    drop(desk.command_on(on(Expected::Anything), OTHER, open));
    assert_eq!(by(desk.command_on(seen, OTHER, order(ModeOrder::Lock))), Some(ONE.actor));
    // What a change brought with it elsewhere is nobody's who had changed that before.
    let seen = resting(&desk, subject);
    assert!(desk.command_on(on(Expected::Anything), ONE, shorten()).is_ok());
    assert_eq!(by(desk.command_on(seen.clone(), OTHER, shorten())), Some(ONE.actor));
    let leave = Command::SetPersonStatus { person, status: PersonStatus::Left, reason: reason("left") };
    assert!(desk.command_on(on(Expected::Anything), OTHER, leave).is_ok());
    assert_eq!(by(desk.command_on(seen, OTHER, shorten())), None);
}

#[test]
fn what_only_waits_for_a_second_operator_is_nobodys_change() {
    let draft = SiteDraft { two_operators: PermissionSet::NONE.with(Permission::OpenDoors), ..tenants() };
    let mut desk = Desk::of(&draft);
    let [ann, ben] = ["ann", "ben"].map(|name| crate::operators::operator(&mut desk, name, OperatorRole::Security));
    let door = desk.door(STREET);
    let seen = revision(&desk, Subject::Door(door)).unwrap();
    let resting = || on(Expected::OneOf([seen].into()));
    let order = |mode| Command::SetDoorMode { door, order: mode, reason: reason("drill") };
    let Ok(Reply::Proposed(proposal)) = desk.command_of(ann, order(ModeOrder::Block)) else { panic!() };
    let wrong = on(Expected::OneOf([Revision::Count(9)].into()));
    let changed = |by| Err(CommandError::Changed { what: STREET.to_owned(), by });
    assert_eq!(desk.command_on(wrong, ben, order(ModeOrder::Lock)), changed(None));
    let confirm = Command::Operator(OperatorCommand::Confirm { proposal });
    desk.command_of(ben, confirm).unwrap();
    assert_eq!(desk.command_on(resting(), ben, order(ModeOrder::Lock)), changed(Some(ann.actor)));
}
