//! Ending sessions by hand and making what one signs in with, as tables.

use rackward_core::engine::command::{OperatorCommand, OperatorName, SealedSecret, SetUpFor};
use rackward_core::id::{OperatorId, SessionId};
use rackward_core::operator::{Factor, OperatorRole, OperatorState};
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::{Caller, Command, Reply};

use super::{SYSTEM, id, of, operator, set_state, standing};
use crate::commands::{admin, check, check_as, check_replay, desk};
use crate::site::reason;

fn revoke(session: u32, of_whom: Option<OperatorId>) -> Command {
    let session = SessionId::new(session);
    of(OperatorCommand::RevokeSession { session, operator: of_whom, reason: reason("lost laptop") })
}

#[test]
fn a_session_is_ended_by_its_holder_or_by_whoever_looks_after_operators() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let other = operator(&mut desk, "other", OperatorRole::SecuritySupervisor);
    let chief = operator(&mut desk, "chief", OperatorRole::Admin);
    let link = |number, role| Caller { actor: Actor::Session(number), ..Caller::new(Actor::System, role, own.scope) };
    let program =
        Caller { actor: Actor::Token(rackward_core::id::TokenId::new(1)), limits: PermissionSet::ALL, ..chief };
    let (of_own, of_nobody) = (Some(id(&own)), None);
    let tries = [
        (own, of_own, "ok"),
        (standing(own), of_own, "ok"),
        (other, of_own, "forbidden"),
        (own, of_nobody, "forbidden"),
        (chief, of_own, "ok"),
        (standing(chief), of_own, "StepUp(ManageOperators)"),
        (chief, of_nobody, "ok"),
        (program, of_own, "Token(ManageSelf)"),
        (admin(0), of_own, "ok"),
        (link(12, OperatorRole::WallScreen), of_nobody, "ok"),
        (link(13, OperatorRole::WallScreen), of_nobody, "forbidden"),
        (link(12, OperatorRole::WallScreen), of_own, "forbidden"),
        (link(13, OperatorRole::Admin), of_own, "ok"),
        (SYSTEM, of_own, "ok"),
    ];
    for (caller, holder, expect) in tries {
        let mark = desk.journal.len();
        let got = check_as(&mut desk, caller, revoke(12, holder), expect);
        let told: &[&str] = if got.is_ok() { &["operator.session-revoked"] } else { &[] };
        assert_eq!(desk.since(mark), told, "{caller:?} ends that of {holder:?}");
    }
    assert!(may_not_wait_for_two(), "a stolen session ends at once where operators are changed by two");
    check_replay(&desk);
}

/// No rule of two holds the end of a session up: a site can name every permission that takes two, and this takes none of them.
fn may_not_wait_for_two() -> bool {
    rackward_core::permission::permission(&revoke(1, None)) == Permission::ManageSelf
}

fn set_up(whom: SetUpFor, made: &[Factor]) -> Command {
    let made = made.iter().map(|factor| (*factor, SealedSecret::new(vec![7; 32]))).collect();
    of(OperatorCommand::SetUp { whom, made })
}

#[test]
fn what_somebody_made_is_kept_whole_or_not_at_all() {
    const BOTH: [Factor; 3] = [Factor::Password, Factor::Totp, Factor::RecoveryCodes(10)];
    let first = |name: &str| SetUpFor::FirstAdmin(OperatorName::parse(name).unwrap());
    let mut desk = desk();
    for forger in [admin(0), Caller { actor: Actor::Session(3), ..admin(0) }] {
        check_as(&mut desk, forger, set_up(first("m.rossi"), &BOTH), "forbidden").unwrap_err();
    }
    let mark = desk.journal.len();
    for too_little in [&[Factor::Password][..], &[Factor::Totp, Factor::RecoveryCodes(10)], &[], &[Factor::Passkey(8)]]
    {
        check_as(&mut desk, SYSTEM, set_up(first("m.rossi"), too_little), "invalid 1 made").unwrap_err();
    }
    assert_eq!(desk.since(mark), [""; 0], "nothing half-made");

    let made = check_as(&mut desk, SYSTEM, set_up(first("m.rossi"), &BOTH), "ok");
    let Ok(Reply::Operator(admin)) = made else { panic!("{made:?}") };
    let row = &desk.engine.records().operators[&admin];
    assert!(row.factors.can_sign_in() && row.role == OperatorRole::Admin);
    assert_eq!(desk.since(mark).len(), 4, "one entry for the account, one for each factor");
    check_as(&mut desk, SYSTEM, set_up(first("second"), &BOTH), "conflict: there is an operator already").unwrap_err();

    let guard = id(&operator(&mut desk, "guard", OperatorRole::Security));
    let theirs = SetUpFor::Operator(guard);
    check_as(&mut desk, SYSTEM, set_up(theirs.clone(), &[Factor::Passkey(0)]), "ok").unwrap();
    check(&mut desk, set_state(guard, OperatorState::Disabled), "ok").unwrap();
    check_as(&mut desk, SYSTEM, set_up(theirs, &BOTH), "conflict: & is disabled").unwrap_err();
    let nobody = SetUpFor::Operator(OperatorId::new(99));
    check_as(&mut desk, SYSTEM, set_up(nobody, &BOTH), "not found").unwrap_err();
    check_replay(&desk);
}
