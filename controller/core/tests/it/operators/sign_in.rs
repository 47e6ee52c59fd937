//! Failures to sign in and what they come to, in virtual time.

use std::time::Duration;

use rackward_core::Reply;
use rackward_core::engine::command::OperatorCommand;
use rackward_core::id::SessionId;
use rackward_core::operator::{OperatorRole, OperatorState, ProviderFault, SignInFailure, SignInMethod};

use super::{SYSTEM, bar, id, of, operator, set_state};
use crate::commands::{check, check_as, check_replay, desk};
use crate::site::Desk;

fn fail(desk: &mut Desk, operator: rackward_core::id::OperatorId, cause: SignInFailure) {
    let failed = of(OperatorCommand::NoteSignInFailure { operator: Some(operator), cause });
    check_as(desk, SYSTEM, failed, "ok").unwrap();
}

#[test]
fn each_failure_waits_longer_and_five_lock_out() {
    let mut desk = desk();
    let own = id(&operator(&mut desk, "own", OperatorRole::Security));
    let lockouts = [300, 600, 1_200, 2_400, 3_600, 3_600];
    for seconds in lockouts {
        for wait in [1, 2, 4, 8] {
            fail(&mut desk, own, SignInFailure::Wrong);
            assert_eq!(bar(&desk, own), Some(wait));
            desk.wait_secs(wait);
            assert_eq!(bar(&desk, own), None);
        }
        let mark = desk.journal.len();
        fail(&mut desk, own, SignInFailure::Replayed);
        assert!(desk.since(mark).contains(&"operator.locked-out"), "{:?}", desk.since(mark));
        assert_eq!(bar(&desk, own), Some(seconds));
        let sign_in = |method| of(OperatorCommand::NoteSignIn { operator: Some(own), method });
        check_as(&mut desk, SYSTEM, sign_in(SignInMethod::PasswordTotp), "conflict: & locked out until").unwrap_err();
        check_as(&mut desk, SYSTEM, sign_in(SignInMethod::RecoveryCode), "conflict: & locked out until").unwrap_err();
        desk.wait_secs(seconds);
        assert_eq!(bar(&desk, own), None);
    }
    check_replay(&desk);
}

#[test]
fn guesses_during_a_lock_out_make_it_no_longer_and_count_for_nothing_after_it() {
    let mut desk = desk();
    let own = id(&operator(&mut desk, "own", OperatorRole::Security));
    for _ in 0..28 {
        fail(&mut desk, own, SignInFailure::Wrong);
    }
    assert_eq!(bar(&desk, own), Some(300));
    desk.wait_secs(300);
    assert_eq!(bar(&desk, own), None);
    fail(&mut desk, own, SignInFailure::Wrong);
    assert_eq!(bar(&desk, own), Some(1));
    let lockouts = desk.names().iter().filter(|name| **name == "operator.locked-out").count();
    assert_eq!(lockouts, 1);
    check_replay(&desk);
}

#[test]
fn a_lock_out_outlives_a_restart_and_ends_early_by_hand() {
    let mut desk = desk();
    let own = id(&operator(&mut desk, "own", OperatorRole::Security));
    for _ in 0..5 {
        fail(&mut desk, own, SignInFailure::Wrong);
    }
    let records = desk.engine.records().clone();
    let mut again = Desk::restart_of(&crate::commands::tenants(), records, desk.now);
    assert_eq!(bar(&again, own), Some(300));
    let end = of(OperatorCommand::EndLockout { operator: own });
    check(&mut again, end.clone(), "ok").unwrap();
    assert_eq!(bar(&again, own), None);
    check(&mut again, end, "conflict: & not locked out").unwrap_err();
}

#[test]
fn what_nobody_can_guess_is_not_locked_out() {
    let mut desk = desk();
    let own = id(&operator(&mut desk, "own", OperatorRole::Security));
    for _ in 0..5 {
        fail(&mut desk, own, SignInFailure::Wrong);
    }
    for (number, method) in [(1, SignInMethod::Passkey), (2, SignInMethod::Link), (3, SignInMethod::Provider)] {
        let sign_in = of(OperatorCommand::NoteSignIn { operator: Some(own), method });
        let reply = check_as(&mut desk, SYSTEM, sign_in, "ok");
        assert_eq!(reply, Ok(Reply::Session(SessionId::new(number))), "{method:?}");
    }
    check(&mut desk, set_state(own, OperatorState::Disabled), "ok").unwrap();
    let sign_in = of(OperatorCommand::NoteSignIn { operator: Some(own), method: SignInMethod::Passkey });
    check_as(&mut desk, SYSTEM, sign_in, "conflict: & is disabled").unwrap_err();
    assert!(bar(&desk, own).is_some_and(|seconds| seconds > 1_000_000_000), "barred for good");
}

#[test]
fn signing_in_and_a_day_without_failure_forget_what_was_before() {
    let mut desk = desk();
    let own = id(&operator(&mut desk, "own", OperatorRole::Security));
    for _ in 0..4 {
        fail(&mut desk, own, SignInFailure::Wrong);
    }
    desk.wait_secs(8);
    let sign_in = of(OperatorCommand::NoteSignIn { operator: Some(own), method: SignInMethod::PasswordTotp });
    check_as(&mut desk, SYSTEM, sign_in, "ok").unwrap();
    fail(&mut desk, own, SignInFailure::Wrong);
    assert_eq!(bar(&desk, own), Some(1));
    for _ in 0..3 {
        fail(&mut desk, own, SignInFailure::Wrong);
    }
    desk.wait(Duration::from_secs(24 * 3600 + 1));
    fail(&mut desk, own, SignInFailure::Wrong);
    assert_eq!(bar(&desk, own), Some(1));
    // What was no guess does not count.
    for _ in 0..9 {
        fail(&mut desk, own, SignInFailure::Disabled);
        fail(&mut desk, own, SignInFailure::LockedOut);
        fail(&mut desk, own, SignInFailure::Link);
        fail(&mut desk, own, SignInFailure::Provider);
        ProviderFault::ALL.iter().for_each(|fault| fail(&mut desk, own, SignInFailure::ProviderFault(*fault)));
    }
    assert_eq!(bar(&desk, own), Some(1));
}

#[test]
fn nobody_fills_the_journal_from_the_sign_in_page() {
    let mut desk = desk();
    let mark = desk.journal.len();
    let failed = of(OperatorCommand::NoteSignInFailure { operator: None, cause: SignInFailure::Wrong });
    let in_a_minute = |desk: &mut Desk| {
        let before = desk.journal.len();
        (0..1_000).for_each(|_| drop(desk.command_of(SYSTEM, failed.clone())));
        desk.journal.len() - before
    };
    assert_eq!(in_a_minute(&mut desk), 60);
    desk.wait_secs(60);
    assert_eq!(in_a_minute(&mut desk), 60);
    assert!(desk.since(mark).iter().all(|name| *name == "operator.sign-in-failed"));
}

#[test]
fn a_number_of_a_session_is_given_once() {
    let mut desk = desk();
    let by_link = of(OperatorCommand::NoteSignIn { operator: None, method: SignInMethod::Link });
    assert_eq!(desk.command_of(SYSTEM, by_link.clone()), Ok(Reply::Session(SessionId::new(1))));
    let records = desk.engine.records().clone();
    let mut again = Desk::restart_of(&crate::commands::tenants(), records, desk.now);
    assert_eq!(again.command_of(SYSTEM, by_link), Ok(Reply::Session(SessionId::new(2))));
}
