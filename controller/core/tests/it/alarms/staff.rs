//! Operators who come and go: what was given to somebody who is gone is the desk's again, and what happens around signing in
//! is an alarm itself.

use super::{guarded, letter, of_kind, on_list, raised};
use crate::site::{Desk, order_of, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::Assignee;
use rackward_core::engine::command::{AlarmOrder, OperatorCommand, Scope};
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{OperatorRole, OperatorState, SessionEnd, SignInFailure, SignInMethod};
use rackward_core::permission::Actor;
use rackward_core::{Caller, Command, Reply};

const ONE: OperatorId = OperatorId::new(1);

fn told(desk: &mut Desk, command: OperatorCommand) -> Reply {
    let shell = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
    desk.command_of(shell, Command::Operator(command)).unwrap()
}

fn signed_in(desk: &mut Desk) -> SessionId {
    match told(desk, OperatorCommand::NoteSignIn { operator: Some(ONE), method: SignInMethod::Passkey }) {
        Reply::Session(session) => session,
        other => panic!("{other:?}"),
    }
}

fn ended(desk: &mut Desk, session: SessionId, cause: SessionEnd) {
    told(desk, OperatorCommand::NoteSessionEnd { session, operator: Some(ONE), cause });
}

#[test]
fn what_was_given_to_somebody_goes_back_with_their_last_session() {
    let mut desk = guarded();
    let (first, second) = (signed_in(&mut desk), signed_in(&mut desk));
    let alarm = raised(&mut desk, AlarmKind::PowerFault);
    let theirs = Assignee::Operator(ONE);
    desk.command(order_of(alarm, AlarmOrder::Assign { to: theirs })).unwrap();
    let assignee = |desk: &Desk| desk.engine.records().alarms[&alarm].life.assignee;
    ended(&mut desk, first, SessionEnd::Idle);
    assert_eq!(assignee(&desk), theirs);
    ended(&mut desk, second, SessionEnd::SignedOut);
    assert_eq!(assignee(&desk), Assignee::Desk);
    desk.command(order_of(alarm, AlarmOrder::Assign { to: theirs })).unwrap();
    let state = OperatorState::Disabled;
    let disable = OperatorCommand::SetState { operator: ONE, state, reason: reason("left") };
    desk.command(Command::Operator(disable)).unwrap();
    assert_eq!(assignee(&desk), Assignee::Desk);
    desk.command(order_of(alarm, AlarmOrder::Assign { to: theirs })).unwrap_err();
}

#[test]
fn a_session_used_from_elsewhere_is_an_alarm() {
    let mut desk = guarded();
    let session = signed_in(&mut desk);
    ended(&mut desk, session, SessionEnd::Moved);
    assert_eq!(letter(&desk, of_kind(&desk, AlarmKind::SessionMoved)), 'D');
}

#[test]
fn a_lock_out_is_an_alarm_while_it_lasts() {
    let mut desk = guarded();
    for _ in 0..5 {
        let failure = OperatorCommand::NoteSignInFailure { operator: Some(ONE), cause: SignInFailure::Wrong };
        told(&mut desk, failure);
    }
    let alarm = of_kind(&desk, AlarmKind::OperatorLockedOut);
    assert_eq!(letter(&desk, alarm), 'B');
    desk.wait(super::minutes(7));
    assert_eq!(letter(&desk, alarm), 'D');
}

#[test]
fn a_link_of_nobodys_is_an_alarm_where_there_are_operators() {
    let link = OperatorCommand::NoteSignIn { operator: None, method: SignInMethod::Link };
    let mut desk = guarded();
    told(&mut desk, link.clone());
    assert_eq!(on_list(&desk)[0].alarm.kind, AlarmKind::EmergencySignIn);
    let mut desk = Desk::open();
    told(&mut desk, link);
    assert!(on_list(&desk).is_empty());
}

#[test]
fn after_a_restart_an_alarm_of_somebody_who_is_gone_is_the_desks_again() {
    let check = |kept: bool, expect: Assignee| {
        let mut desk = guarded();
        let session = signed_in(&mut desk);
        let alarm = raised(&mut desk, AlarmKind::PowerFault);
        desk.command(order_of(alarm, AlarmOrder::Assign { to: Assignee::Operator(ONE) })).unwrap();
        let mut desk = super::restarted(&desk, super::minutes(60));
        let lasting = if kept { vec![(session, ONE)] } else { Vec::new() };
        told(&mut desk, OperatorCommand::NoteSessions { lasting });
        let assignee = |desk: &Desk| desk.engine.records().alarms[&alarm].life.assignee;
        assert_eq!(assignee(&desk), expect, "kept: {kept}");
        // Another session of theirs, that ended meanwhile, takes nothing away from whoever is still there.
        ended(&mut desk, SessionId::new(99), SessionEnd::Idle);
        assert_eq!(assignee(&desk), expect, "kept: {kept}");
    };
    check(true, Assignee::Operator(ONE));
    check(false, Assignee::Desk);
}

#[test]
fn an_alarm_is_given_to_nobody_who_may_not_answer_it() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::PowerFault);
    let theirs = Assignee::Operator(ONE);
    let assign = || order_of(alarm, AlarmOrder::Assign { to: theirs });
    desk.command(assign()).unwrap();
    // Of the whole site alone somebody answers alarms, so a tenant's guard is none, whatever the role.
    let change = |role, scope| {
        Command::Operator(OperatorCommand::Change { operator: ONE, role, scope, reason: reason("moved") })
    };
    let tenant = Scope::Organisation(rackward_core::site::OPERATOR);
    desk.command(change(OperatorRole::SecuritySupervisor, tenant)).unwrap();
    assert_eq!(desk.engine.records().alarms[&alarm].life.assignee, Assignee::Desk);
    desk.command(assign()).unwrap_err();
    desk.command(change(OperatorRole::Facilities, Scope::Site)).unwrap();
    desk.command(assign()).unwrap();
}
