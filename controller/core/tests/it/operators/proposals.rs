//! What takes two operators: proposed by one, confirmed by another, within ten minutes.

use std::time::Duration;

use rackward_core::alarm::AlarmSource;
use rackward_core::engine::command::{ChangeSet, OperatorCommand, Scope};
use rackward_core::engine::input::Identity;
use rackward_core::engine::preconditions::{Expected, Preconditions, Subject};
use rackward_core::entry::OperatorEntry;
use rackward_core::id::{Generation, PersonId, ProposalId, TokenId};
use rackward_core::inventory::Description;
use rackward_core::operator::{Factor, OperatorRole, OperatorState};
use rackward_core::people::{PersonStatus, Validity};
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::site::draft::SiteDraft;
use rackward_core::{Answer, Caller, Command, CommandError, DeviceReport, Entry, Query, Reply};

use super::{create, id, of, operator, operator_of, remove, set, set_state, standing};
use crate::commands::{STREET, admin, area, ask, check, check_as, check_replay, member, organisation, tenants};
use crate::site::{Desk, reason};

/// A site where nobody locks an area down, or opens a door, alone.
fn site() -> SiteDraft {
    let two_operators = PermissionSet::NONE.with(Permission::GuardSite).with(Permission::OpenDoors);
    SiteDraft { two_operators, ..tenants() }
}

fn lock_down(desk: &Desk) -> Command {
    Command::LockDownArea { area: area(desk, "lon1/hall"), reason: reason("drill") }
}

fn confirm(number: u32) -> Command {
    of(OperatorCommand::Confirm { proposal: ProposalId::new(number) })
}

fn withdraw(number: u32) -> Command {
    of(OperatorCommand::Drop { proposal: ProposalId::new(number) })
}

fn waiting(desk: &Desk, scope: Scope) -> Vec<ProposalId> {
    let Answer::Proposals(rows) = desk.engine.answer(desk.now, scope, &Query::Proposals) else { panic!() };
    rows.iter().map(|row| row.id).collect()
}

fn is_locked_down(desk: &Desk) -> bool {
    desk.engine.records().lockdowns.contains(&area(desk, "lon1/hall"))
}

#[test]
fn one_proposes_another_confirms_and_it_is_the_first_ones() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let ben = operator(&mut desk, "ben", OperatorRole::Security);
    let command = lock_down(&desk);
    let proposed = desk.command_of(ann, command.clone());
    assert_eq!(proposed, Ok(Reply::Proposed(ProposalId::new(1))));
    assert!(!is_locked_down(&desk));
    check_as(&mut desk, ben, command, "conflict: prp-1 asks for the same").unwrap_err();
    check_as(&mut desk, ann, confirm(1), "conflict: prp-1 takes a second operator").unwrap_err();
    let mark = desk.journal.len();
    check_as(&mut desk, ben, confirm(1), "ok").unwrap();
    assert!(is_locked_down(&desk));
    let by = desk.journal[mark..].iter().find_map(|stamped| match &stamped.entry {
        Entry::AreaLockedDown { cause: rackward_core::entry::ModeCause::Operator { by, .. }, .. } => Some(*by),
        _ => None,
    });
    assert_eq!(by, Some(ann.actor));
    assert_eq!(desk.since(mark).last(), Some(&"proposal.confirmed"));
    assert_eq!(waiting(&desk, Scope::Site), []);
    check_as(&mut desk, ben, confirm(1), "not found: prp-1").unwrap_err();
    check_replay(&desk);
}

#[test]
fn nobody_confirms_who_may_not_do_it_or_may_be_anybody() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let ben = operator(&mut desk, "ben", OperatorRole::Security);
    let auditor = operator(&mut desk, "auditor", OperatorRole::Auditor);
    let mary = Scope::Organisation(organisation(&desk, "st-marys"));
    let tenant = operator_of(&mut desk, "tenant", OperatorRole::Admin, mary);
    let link = Caller::new(Actor::Session(1), OperatorRole::Admin, Scope::Site);
    let command = lock_down(&desk);
    for nobody in [admin(0), link] {
        check_as(&mut desk, nobody, command.clone(), "TakesTwo").unwrap_err();
    }
    desk.command_of(ann, command).unwrap();
    for nobody in [admin(0), link] {
        check_as(&mut desk, nobody, confirm(1), "conflict: prp-1 takes a second operator").unwrap_err();
    }
    check_as(&mut desk, auditor, confirm(1), "forbidden").unwrap_err();
    check_as(&mut desk, tenant, confirm(1), "forbidden").unwrap_err();
    check_as(&mut desk, standing(ben), confirm(1), "Denied(StepUp(GuardSite))").unwrap_err();
    assert_eq!((waiting(&desk, Scope::Site).len(), waiting(&desk, mary).len()), (1, 0));
    check_as(&mut desk, auditor, withdraw(1), "forbidden").unwrap_err();
    check_as(&mut desk, ann, withdraw(1), "ok").unwrap();
    check_as(&mut desk, ben, confirm(1), "not found").unwrap_err();
    assert!(!is_locked_down(&desk));
}

#[test]
fn a_proposal_waits_ten_minutes_and_no_longer() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let ben = operator(&mut desk, "ben", OperatorRole::Security);
    let command = lock_down(&desk);
    desk.command_of(ann, command.clone()).unwrap();
    desk.wait(Duration::from_millis(599_999));
    assert_eq!(waiting(&desk, Scope::Site).len(), 1);
    desk.wait(Duration::from_millis(1));
    assert_eq!(waiting(&desk, Scope::Site), []);
    assert!(desk.names().contains(&"proposal.dropped"));
    check_as(&mut desk, ben, confirm(1), "not found").unwrap_err();
    // The next one has a number of its own, also after a restart, which drops what waited.
    assert_eq!(desk.command_of(ann, command.clone()), Ok(Reply::Proposed(ProposalId::new(2))));
    let mut again = Desk::restart_of(&site(), desk.engine.records().clone(), desk.now);
    assert_eq!(waiting(&again, Scope::Site), []);
    assert_eq!(again.command_of(ann, command), Ok(Reply::Proposed(ProposalId::new(3))));
}

#[test]
fn what_an_operator_proposed_goes_with_the_operator() {
    let mut desk = Desk::of(&site());
    let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let ben = operator(&mut desk, "ben", OperatorRole::Security);
    let command = lock_down(&desk);
    desk.command_of(ann, command).unwrap();
    check(&mut desk, set_state(id(&ann), OperatorState::Disabled), "ok").unwrap();
    assert_eq!(waiting(&desk, Scope::Site), []);
    check_as(&mut desk, ben, confirm(1), "not found").unwrap_err();
}

#[test]
fn what_cannot_be_done_any_more_is_not_done_and_what_can_comes_now() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let ben = operator(&mut desk, "ben", OperatorRole::Security);
    let door = desk.door(STREET);
    let open = Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after: desk.now.wall };
    desk.command_of(ann, open).unwrap();
    // The first one's time limit is for a command on its way; the second one's word is what opens the door.
    desk.wait_secs(60);
    desk.cut("lock-0");
    check_as(&mut desk, ben, confirm(1), "conflict: the lock of lon1/street does not answer").unwrap_err();
    assert_eq!(waiting(&desk, Scope::Site).len(), 1);
    desk.all_online();
    let before = desk.releases("lock-0");
    check_as(&mut desk, ben, confirm(1), "ok").unwrap();
    assert_eq!(desk.releases("lock-0"), before + 1);
}

#[test]
fn more_than_enough_is_refused() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    for number in 0..64 {
        let text = reason(&format!("drill {number}"));
        let command = Command::LockDownArea { area: area(&desk, "lon1/hall"), reason: text };
        desk.command_of(ann, command).unwrap();
    }
    let command = lock_down(&desk);
    check_as(&mut desk, ann, command, "conflict: too many proposals wait").unwrap_err();
}

/// A site where nobody does this alone.
fn site_with(permission: Permission) -> SiteDraft {
    SiteDraft { two_operators: PermissionSet::NONE.with(permission), ..tenants() }
}

#[test]
fn what_is_another_operators_takes_two_where_operators_do() {
    let mut desk = Desk::of(&tenants());
    let [ann, ben, cal] = ["ann", "ben", "cal"].map(|name| operator(&mut desk, name, OperatorRole::Admin));
    let mut desk = Desk::restart_of(&site_with(Permission::ManageOperators), desk.engine.records().clone(), desk.now);
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(Duration::from_secs(3600)) };
    let token = |owner, digest| {
        let limits = PermissionSet::NONE.with(Permission::ViewSite);
        of(OperatorCommand::IssueToken { owner, limits, validity, digest: [digest; 32], reason: reason("screens") })
    };
    // One's own is one's own.
    check_as(&mut desk, cal, set(id(&cal), Factor::Passkey(0)), "ok").unwrap();
    check_as(&mut desk, cal, token(id(&cal), 1), "ok").unwrap();
    let revoke = of(OperatorCommand::RevokeToken { token: TokenId::new(1), reason: reason("leaked") });
    let theirs = [set(id(&cal), Factor::Password), remove(id(&cal), Factor::Totp), token(id(&cal), 2), revoke];
    for (number, command) in (1..).zip(theirs) {
        let proposed = desk.command_of(ann, command);
        assert_eq!(proposed, Ok(Reply::Proposed(ProposalId::new(number))));
    }
    let Answer::Proposals(rows) = desk.engine.answer(desk.now, Scope::Site, &Query::Proposals) else { panic!() };
    assert!(rows.iter().all(|row| row.takes == Permission::ManageOperators), "{rows:?}");
    check_as(&mut desk, ben, confirm(2), "ok").unwrap();
    assert_eq!(desk.engine.records().operators[&id(&cal)].factors.totp, 0);
    check_as(&mut desk, admin(0), set(id(&cal), Factor::Password), "TakesTwo").unwrap_err();
}

#[test]
fn whoever_confirms_finds_what_the_proposer_saw() {
    let mut desk = Desk::of(&tenants());
    let [ann, ben] = ["ann", "ben"].map(|name| operator(&mut desk, name, OperatorRole::Admin));
    let person = desk.person(1);
    let mut desk = Desk::restart_of(&site_with(Permission::GiveRights), desk.engine.records().clone(), desk.now);
    let answer = desk.engine.answer(desk.now, Scope::Site, &Query::Revision(Subject::Person(person)));
    let Answer::Revision(Some(seen)) = answer else { panic!("{answer:?}") };
    let resting = Preconditions { expected: Expected::OneOf([seen].into()), not_after: None };
    let set = |status| Command::SetPersonStatus { person, status, reason: reason("left") };
    let proposed = desk.command_on(resting, ann, set(PersonStatus::Left));
    assert_eq!(proposed, Ok(Reply::Proposed(ProposalId::new(1))));
    desk.command_of(ben, set(PersonStatus::Suspended)).unwrap();
    let changed = CommandError::Changed { what: person.to_string(), by: Some(ben.actor) };
    assert_eq!(desk.command_of(ben, confirm(1)), Err(changed));
    assert_eq!(waiting(&desk, Scope::Site).len(), 1);
    assert_eq!(desk.engine.records().persons[&person].status, PersonStatus::Suspended);
}

#[test]
fn what_disables_its_proposer_is_confirmed_and_nothing_else() {
    let mut desk = Desk::of(&tenants());
    let [ann, ben] = ["ann", "ben"].map(|name| operator(&mut desk, name, OperatorRole::Admin));
    let mut desk = Desk::restart_of(&site_with(Permission::ManageOperators), desk.engine.records().clone(), desk.now);
    desk.command_of(ann, set_state(id(&ann), OperatorState::Disabled)).unwrap();
    desk.command_of(ann, create("cal", OperatorRole::Security, Scope::Site)).unwrap();
    let mark = desk.journal.len();
    check_as(&mut desk, ben, confirm(1), "ok").unwrap();
    assert_eq!(desk.since(mark), ["operator.state-changed", "proposal.dropped", "proposal.confirmed"]);
    let dropped = desk.journal[mark..].iter().filter_map(|stamped| match &stamped.entry {
        Entry::Operator(OperatorEntry::Dropped { proposal, .. }) => Some(*proposal),
        _ => None,
    });
    assert_eq!(dropped.collect::<Vec<_>>(), [ProposalId::new(2)], "the other one went with its proposer");
    desk.wait(Duration::from_secs(600));
    let lapsed = desk.since(mark).into_iter().filter(|name| *name == "proposal.dropped").count();
    assert_eq!(lapsed, 1, "nothing lapses that was confirmed");
}

#[test]
fn a_confirmation_that_hung_on_its_way_opens_nothing() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let ben = operator(&mut desk, "ben", OperatorRole::Security);
    let door = desk.door(STREET);
    let open = Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after: desk.now.wall };
    desk.command_of(ann, open).unwrap();
    let until = desk.now.wall.after(Duration::from_secs(10));
    let in_time = Preconditions { not_after: Some(until), ..Preconditions::default() };
    desk.wait_secs(11);
    let before = desk.releases("lock-0");
    assert_eq!(desk.command_on(in_time, ben, confirm(1)), Err(CommandError::TooLate));
    assert_eq!(desk.releases("lock-0"), before);
    let told = OperatorEntry::CameTooLate { source: AlarmSource::Door(door), until, by: ben.actor };
    assert_eq!(desk.journal.last().map(|stamped| &stamped.entry), Some(&Entry::Operator(told)));
    assert_eq!(waiting(&desk, Scope::Site).len(), 1, "it waits on for somebody who is there");
}

#[test]
fn what_could_not_be_done_is_not_proposed() {
    let mut desk = Desk::of(&site());
    let ann = operator(&mut desk, "ann", OperatorRole::Security);
    let door = desk.door(STREET);
    desk.cut("lock-0");
    let open = Command::OpenDoor { lasting: None, door, reason: reason("courier"), not_after: desk.now.wall };
    check_as(&mut desk, ann, open, "conflict: the lock of lon1/street does not answer").unwrap_err();
    assert_eq!(waiting(&desk, Scope::Site), []);
}

/// Every command of a short story is rehearsed, which must leave everything as it was.
#[test]
fn rehearsing_a_confirmation_touches_no_device() {
    let mut desk = Desk::of(&site_with(Permission::ManageDevices));
    let [ann, ben] = ["ann", "ben"].map(|name| operator(&mut desk, name, OperatorRole::Admin));
    let device = desk.device("handle-3");
    let other = Identity { model: "m".into(), serial: "another".into(), firmware: "1".into() };
    desk.report(device, DeviceReport::Online(other));
    desk.report(device, DeviceReport::Described(Description { list_room: Some(64), ..Description::default() }));
    desk.command_of(ann, Command::AcceptDevice { device, reason: reason("exchanged by us") }).unwrap();
    desk.command_of(ben, confirm(1)).unwrap();
    assert!(desk.names().contains(&"device.accepted"));
}

#[test]
fn what_is_only_shown_is_taken_up_by_whoever_asked() {
    let two_operators = PermissionSet::NONE.with(Permission::ManageDevices);
    let mut desk = Desk::of(&SiteDraft { two_operators, ..tenants() });
    let ann = operator(&mut desk, "ann", OperatorRole::Admin);
    let ben = operator(&mut desk, "ben", OperatorRole::Admin);
    let bus = rackward_core::engine::command::BusName::parse("lobby").unwrap();
    let look = Command::InspectBus { bus, what: rackward_core::entry::Inspected::Trace, reason: reason("noise") };
    assert_eq!(desk.command_of(ann, look.clone()), Ok(Reply::Proposed(ProposalId::new(1))));
    check_as(&mut desk, ann, look.clone(), "conflict: prp-1 asks for the same").unwrap_err();
    let mark = desk.journal.len();
    assert_eq!(desk.command_of(ben, confirm(1)), Ok(Reply::ToTakeUp));
    assert_eq!(desk.since(mark), ["proposal.confirmed"]);
    check_as(&mut desk, ben, confirm(1), "conflict: prp-1 was confirmed").unwrap_err();
    check_as(&mut desk, ben, look.clone(), "conflict: prp-1 asks for the same").unwrap_err();
    let mark = desk.journal.len();
    check_as(&mut desk, ann, look.clone(), "ok").unwrap();
    assert_eq!(desk.since(mark), ["bus.inspected"]);
    assert_eq!(desk.command_of(ann, look.clone()), Ok(Reply::Proposed(ProposalId::new(2))), "once is once");
    // What was confirmed and not taken up is over with its ten minutes.
    assert_eq!(desk.command_of(ben, confirm(2)), Ok(Reply::ToTakeUp));
    desk.wait(Duration::from_secs(600));
    assert_eq!(desk.command_of(ann, look), Ok(Reply::Proposed(ProposalId::new(3))));
    check_replay(&desk);
}

/// A right at the street door for each of these: as many person-doors.
fn widening(desk: &Desk, people: &[PersonId], base: Option<Generation>) -> Command {
    let changes = people.iter().map(|person| Command::CreateGrant(ask(desk, *person, &[STREET]))).collect();
    ChangeSet { base, reason: reason("crew"), changes, tests: Box::default(), files: None }.into()
}

/// A site where one widens by two person-doors at once and no more, with people who may pass nowhere.
fn limited() -> (Desk, [Caller; 2], Vec<PersonId>) {
    let mut desk = Desk::of(&SiteDraft { widen_limit: Some(2), ..tenants() });
    // What is only tried says that it takes two; what is given is proposed.
    desk.rehearse_no_more();
    let two = ["ann", "ben"].map(|name| operator(&mut desk, name, OperatorRole::Admin));
    let people = (0..9).map(|_| member(&mut desk, "lon1")).collect();
    (desk, two, people)
}

#[test]
fn whoever_widens_by_more_than_the_limit_waits_for_a_second_operator() {
    let (mut desk, [ann, ben], people) = limited();
    let check = |desk: &mut Desk, caller: Caller, people: &[PersonId], is_done: bool| {
        let before = desk.engine.records().grants.len();
        let command = widening(desk, people, None);
        let reply = desk.command_of(caller, command).unwrap();
        assert_eq!(matches!(reply, Reply::Set(_)), is_done, "{} person-doors: {reply:?}", people.len());
        let made = if is_done { people.len() } else { 0 };
        assert_eq!(desk.engine.records().grants.len(), before + made, "{} person-doors", people.len());
    };
    check(&mut desk, ann, &people[..1], true);
    check(&mut desk, admin(0), &people[1..3], true);
    check(&mut desk, ann, &people[3..6], false);
    let another = widening(&desk, &people[3..7], None);
    check_as(&mut desk, admin(0), another, "TakesTwo").unwrap_err();
    check_as(&mut desk, ann, confirm(1), "conflict: prp-1 takes a second operator").unwrap_err();
    let mark = desk.journal.len();
    check_as(&mut desk, ben, confirm(1), "ok").unwrap();
    assert_eq!(desk.since(mark).iter().filter(|name| **name == "grant.created").count(), 3);
    let by = desk.journal[mark..].iter().find_map(|stamped| match &stamped.entry {
        Entry::GrantCreated { by, .. } => Some(*by),
        _ => None,
    });
    assert_eq!(by, Some(ann.actor), "it is the first one's");
    // What they have already is nothing more, however much it is.
    let again = widening(&desk, &people[..6], None);
    assert!(matches!(desk.command_of(ann, again), Ok(Reply::Set(_))));
    check_replay(&desk);
}

#[test]
fn a_program_whose_token_was_made_for_it_widens_alone() {
    let (mut desk, [ann, _], people) = limited();
    let give = PermissionSet::NONE.with(Permission::GiveRights);
    for (number, limits) in (1..).zip([give.with(Permission::ApplyWide), give]) {
        desk.command(super::tokens::token(id(&ann), limits, 3_600, number)).unwrap();
    }
    let [wide, narrow] = [1, 2].map(|number| super::tokens::bearer(&desk, number).unwrap());
    let (some, others) = (widening(&desk, &people[..4], None), widening(&desk, &people[4..8], None));
    check_as(&mut desk, narrow, some.clone(), "TakesTwo").unwrap_err();
    assert!(matches!(desk.command_of(wide, some), Ok(Reply::Set(_))));
    // People are two, whatever they may.
    assert_eq!(desk.command_of(ann, others), Ok(Reply::Proposed(ProposalId::new(1))));
}

#[test]
fn what_rests_on_rights_that_have_moved_is_not_confirmed() {
    let (mut desk, [ann, ben], people) = limited();
    let base = Some(desk.engine.records().generation);
    let proposed = widening(&desk, &people[..3], base);
    assert_eq!(desk.command_of(ann, proposed), Ok(Reply::Proposed(ProposalId::new(1))));
    let meanwhile = widening(&desk, &people[8..], base);
    desk.command_of(ben, meanwhile).unwrap();
    check_as(&mut desk, ben, confirm(1), "Changed").unwrap_err();
    assert_eq!(waiting(&desk, Scope::Site).len(), 1, "it waits on, to be dropped");
    assert_eq!(desk.engine.records().grants.len(), 1);
}
