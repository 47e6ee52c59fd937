//! Signing in at a command line: let in by an operator, or by a certificate that was bound to one; what comes of it, for how
//! long, and what ends it.

use std::time::Duration;

use rackward_core::engine::command::{OperatorCommand, SealedSecret};
use rackward_core::entry::OperatorEntry;
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::operator::{OperatorRole, OperatorState, TokenReturn, TokenSignIn, TokenState};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::{Caller, Command, Entry};

use super::{SYSTEM, id, of, operator, reset, set_state, standing, token_of};
use crate::commands::{admin, check, check_as, check_replay, desk};
use crate::site::{Desk, reason};

const HOUR: u64 = 3_600;

fn only(permission: Permission) -> PermissionSet {
    PermissionSet::NONE.with(permission)
}

fn sign_in(desk: &Desk, owner: OperatorId, limits: PermissionSet, seconds: u64, by: TokenSignIn) -> Command {
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(Duration::from_secs(seconds)) };
    // Every secret is drawn: none is another's.
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&(desk.journal.len() as u64).to_be_bytes());
    of(OperatorCommand::SignInByToken { owner, limits, validity, digest, by })
}

fn bind(desk: &Desk, operator: OperatorId, number: u8, seconds: u64) -> Command {
    let until = desk.now.wall.after(Duration::from_secs(seconds));
    let certificate = SealedSecret::new(vec![5; 16]);
    of(OperatorCommand::BindCertificate { operator, number, until, certificate, reason: reason("build server") })
}

fn unbind(operator: OperatorId, number: u8) -> Command {
    of(OperatorCommand::UnbindCertificate { operator, number, reason: reason("key lost") })
}

fn give_back(token: u32, why: TokenReturn) -> Command {
    of(OperatorCommand::ReturnToken { token: TokenId::new(token), why })
}

fn state(desk: &Desk, number: u32) -> TokenState {
    desk.engine.records().tokens[&TokenId::new(number)].state
}

#[test]
fn nobody_but_the_operator_in_person_lets_a_command_line_in() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let chief = operator(&mut desk, "chief", OperatorRole::Admin);
    let view = only(Permission::ViewSite);
    let mut check = |caller: Caller, limits, seconds, expect: &str| {
        let command = sign_in(&desk, id(&own), limits, seconds, TokenSignIn::Device);
        drop(check_as(&mut desk, caller, command, expect));
    };
    check(standing(own), view, HOUR, "Denied(StepUp(ManageSelf))");
    check(chief, view, HOUR, "forbidden");
    check(admin(0), view, HOUR, "forbidden");
    check(SYSTEM, view, HOUR, "forbidden");
    check(own, view, 12 * HOUR + 1, "invalid 1 to_at: signed in like this one stays 12 h at most");
    check(own, only(Permission::GiveRights), HOUR, "invalid 1 permissions: its owner may not");
    check(own, only(Permission::ManageSelf), HOUR, "invalid 1 permissions: no token is made for");
    check(own, PermissionSet::NONE, HOUR, "invalid 1 permissions: name at least one");
    check(own, view.with(Permission::OpenDoors), 12 * HOUR, "ok");
    let program = token_of(&mut desk, &chief);
    let by_program = sign_in(&desk, id(&chief), view, HOUR, TokenSignIn::Device);
    check_as(&mut desk, program, by_program, "forbidden").unwrap_err();
    let token = &desk.engine.records().tokens[&TokenId::new(1)];
    assert_eq!((token.sign_in, token.maker), (Some(TokenSignIn::Device), own.actor));
    check_replay(&desk);
}

#[test]
fn a_certificate_signs_in_for_what_asks_for_no_fresh_proof_and_only_while_it_is_bound() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let (who, by) = (id(&own), TokenSignIn::Certificate(0));
    let view = only(Permission::ViewSite);
    let try_it = |desk: &mut Desk, limits, seconds, expect: &str| {
        let command = sign_in(desk, who, limits, seconds, by);
        drop(check_as(desk, SYSTEM, command, expect));
    };
    try_it(&mut desk, view, HOUR, "conflict: certificate 0 of & is bound no more");
    let bound = bind(&desk, who, 0, 2 * HOUR);
    check(&mut desk, bound, "ok").unwrap();
    let by_itself = sign_in(&desk, who, view, HOUR, by);
    check_as(&mut desk, own, by_itself, "forbidden").unwrap_err();
    try_it(
        &mut desk,
        view.with(Permission::OpenDoors),
        HOUR,
        "invalid 1 permissions: a certificate alone is not enough",
    );
    try_it(&mut desk, view, HOUR + 1, "invalid 1 to_at: signed in like this one stays 1 h");
    try_it(&mut desk, view, HOUR, "ok");
    desk.wait(Duration::from_secs(3 * HOUR / 2));
    try_it(&mut desk, view, HOUR, "ok");
    let last = desk.engine.records().tokens.values().next_back().unwrap();
    assert_eq!(last.validity.to.since(desk.now.wall), Duration::from_secs(HOUR / 2), "no token outlives the binding");
    desk.wait(Duration::from_secs(HOUR / 2));
    try_it(&mut desk, view, HOUR, "conflict: certificate 0 of & was bound until");
    check_replay(&desk);
}

#[test]
fn whoever_looks_after_operators_binds_certificates_and_always_with_an_end() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let chief = operator(&mut desk, "chief", OperatorRole::Admin);
    let who = id(&own);
    let mut check = |caller: Caller, number, seconds, expect: &str| {
        let command = bind(&desk, who, number, seconds);
        drop(check_as(&mut desk, caller, command, expect));
    };
    check(own, 0, HOUR, "forbidden");
    check(standing(chief), 0, HOUR, "Denied(StepUp(ManageOperators))");
    check(chief, 0, 0, "invalid 1 to_at: it is over before it is bound");
    check(chief, 0, 367 * 86_400, "invalid 1 to_at: a certificate is bound for 366 days");
    check(chief, 8, HOUR, "conflict: & has 8 certificates");
    check(chief, 0, 366 * 86_400, "ok");
    check(chief, 0, HOUR, "conflict: & was given a certificate meanwhile");
    let nobody = bind(&desk, OperatorId::new(99), 0, HOUR);
    check_as(&mut desk, chief, nobody, "not found: opr-99").unwrap_err();
    check_as(&mut desk, chief, unbind(who, 3), "not found: certificate 3 of").unwrap_err();
    let program = token_of(&mut desk, &chief);
    check_as(&mut desk, program, unbind(who, 0), "Denied(Token(ManageSelf))").unwrap_err();
    assert_eq!(desk.engine.records().operators[&who].certificates.free(), Some(1));
    check_replay(&desk);
}

#[test]
fn what_came_of_a_certificate_ends_with_it() {
    let mut desk = desk();
    let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let who = id(&own);
    for number in 0..2 {
        let bound = bind(&desk, who, number, 9 * HOUR);
        check(&mut desk, bound, "ok").unwrap();
        let command = sign_in(&desk, who, only(Permission::ViewSite), HOUR, TokenSignIn::Certificate(number));
        check_as(&mut desk, SYSTEM, command, "ok").unwrap();
    }
    let mark = desk.journal.len();
    check(&mut desk, unbind(who, 0), "ok").unwrap();
    assert_eq!(desk.since(mark), ["operator.certificate-unbound", "token.revoked"]);
    assert_eq!((state(&desk, 1), state(&desk, 2)), (TokenState::Revoked, TokenState::Issued));
    check(&mut desk, reset(&own), "ok").unwrap();
    assert_eq!(state(&desk, 2), TokenState::Revoked);
    assert_eq!(desk.engine.records().operators[&who].certificates.all().count(), 0, "who begins anew has none");
    check_replay(&desk);
}

#[test]
fn a_script_that_signs_in_each_time_takes_no_more_room_than_others() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let bound = bind(&desk, id(&own), 0, 9 * HOUR);
    check(&mut desk, bound, "ok").unwrap();
    for number in 0..30 {
        let command = sign_in(&desk, id(&own), only(Permission::ViewSite), HOUR, TokenSignIn::Certificate(0));
        check_as(&mut desk, SYSTEM, command, "ok").unwrap();
        desk.wait(Duration::from_secs(1));
        let counting = (1..=number + 1).filter(|number| state(&desk, *number) == TokenState::Issued).count();
        assert_eq!(counting, (number as usize + 1).min(4));
    }
    let too_much = sign_in(&desk, id(&own), only(Permission::GiveRights), HOUR, TokenSignIn::Certificate(0));
    let mark = desk.journal.len();
    check_as(&mut desk, SYSTEM, too_much, "invalid 2 permissions: & permissions:").unwrap_err();
    assert_eq!(desk.since(mark), [] as [&str; 0], "what is refused ends nothing");
}

#[test]
fn a_token_that_came_of_signing_in_is_given_back_by_whoever_holds_it() {
    let mut desk = desk();
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let command = sign_in(&desk, id(&own), only(Permission::ViewSite), HOUR, TokenSignIn::Device);
    check_as(&mut desk, own, command, "ok").unwrap();
    let chief = operator(&mut desk, "chief", OperatorRole::Admin);
    let _ = token_of(&mut desk, &chief);
    check_as(&mut desk, chief, give_back(1, TokenReturn::SignedOut), "forbidden").unwrap_err();
    check_as(&mut desk, SYSTEM, give_back(2, TokenReturn::SignedOut), "conflict: & made for a program").unwrap_err();
    check_as(&mut desk, SYSTEM, give_back(9, TokenReturn::SignedOut), "not found: tok-9").unwrap_err();
    check_as(&mut desk, SYSTEM, give_back(1, TokenReturn::SignedOut), "ok").unwrap();
    let last = &desk.journal.last().unwrap().entry;
    let by_itself = Actor::Token(TokenId::new(1));
    assert!(matches!(last, Entry::Operator(OperatorEntry::TokenRevoked { by, .. }) if *by == by_itself), "{last:?}");
    check_as(&mut desk, SYSTEM, give_back(1, TokenReturn::FetchedTwice), "conflict: & revoked already").unwrap_err();
    check_replay(&desk);
}

#[test]
fn whoever_is_disabled_lets_nothing_in() {
    let mut desk = desk();
    let _ = operator(&mut desk, "keeps", OperatorRole::Admin);
    let own = operator(&mut desk, "own", OperatorRole::Security);
    let bound = bind(&desk, id(&own), 0, 9 * HOUR);
    check(&mut desk, bound, "ok").unwrap();
    check(&mut desk, set_state(id(&own), OperatorState::Disabled), "ok").unwrap();
    let command = sign_in(&desk, id(&own), only(Permission::ViewSite), HOUR, TokenSignIn::Certificate(0));
    check_as(&mut desk, SYSTEM, command, "conflict: & is disabled").unwrap_err();
}
