//! What takes two operators: proposed by one, confirmed by another, within ten minutes.

use std::time::Duration;

use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::id::ProposalId;
use rackward_core::operator::{OperatorRole, OperatorState};
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::site::draft::SiteDraft;
use rackward_core::{Answer, Caller, Command, Entry, Query, Reply};

use super::{id, of, operator, operator_of, set_state, standing};
use crate::commands::{STREET, admin, area, check, check_as, check_replay, organisation, tenants};
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
        check_as(&mut desk, nobody, command.clone(), "conflict: this takes two operators").unwrap_err();
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
    let open = Command::OpenDoor { door, reason: reason("courier"), not_after: desk.now.wall };
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
