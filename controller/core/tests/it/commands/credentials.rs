//! Cards and PINs.

use super::{check, desk, hours, member};
use crate::site::{Desk, card, reason};
use rackward_core::engine::command::{PinHash, PinPurpose};
use rackward_core::id::{CredentialId, PersonId};
use rackward_core::people::{CredentialState, PersonStatus, Validity};
use rackward_core::{Command, Wall};

const FINAL: [CredentialState; 2] = [CredentialState::Returned, CredentialState::Destroyed];

fn pin(person: PersonId, purpose: PinPurpose, digits: u8) -> Command {
    Command::SetPin { person, purpose, hash: PinHash::from_phc("$argon2id$".into()), digits }
}

fn state(credential: u32, state: CredentialState) -> Command {
    Command::SetCredentialState { credential: CredentialId::new(credential), state, reason: reason("as asked") }
}

#[test]
fn a_card_has_one_holder() {
    let mut desk = desk();
    let (first, second) = (desk.person(1), desk.person(2));
    let validity = hours(&desk, 24);
    let assign = |person, number| Command::AssignCredential { person, key: card(number), validity };
    for (held, expect) in [
        (CredentialState::Enabled, "conflict: this card is already cred-1 of p-1"),
        (CredentialState::Disabled, "conflict: this card is already cred-1 of p-1"),
        (CredentialState::Lost, "conflict: this card is already cred-1 of p-1"),
        (CredentialState::Stolen, "conflict: this card is already cred-1 of p-1"),
        (CredentialState::Damaged, "conflict: this card is already cred-1 of p-1"),
    ] {
        drop(desk.command(state(1, held)));
        check(&mut desk, assign(second, 1), expect).unwrap_err();
        check(&mut desk, assign(first, 1), expect).unwrap_err();
    }
    desk.command(state(1, CredentialState::Returned)).unwrap();
    check(&mut desk, assign(second, 1), "ok").unwrap();
    desk.command(state(2, CredentialState::Destroyed)).unwrap();
    check(&mut desk, assign(first, 2), "ok").unwrap();
    check(&mut desk, assign(PersonId::new(9), 3), "not found: p-9").unwrap_err();
}

#[test]
fn a_card_counts_for_a_time_that_is_one() {
    let mut desk = desk();
    let person = member(&mut desk, "lon1");
    let now = desk.now.wall;
    let mut row = |from: Wall, to: Wall, expect| {
        let validity = Validity { from, to };
        drop(check(&mut desk, Command::AssignCredential { person, key: card(7), validity }, expect));
    };
    let past = Wall::from_seconds(now.as_seconds() - 60);
    row(now, now, "invalid 1 valid_to_at: it ends before it begins");
    row(now, past, "invalid 1 valid_to_at: it ends before it begins");
    row(Wall::from_seconds(0), past, "invalid 1 valid_to_at: it is over before");
    row(past, Wall::from_seconds(now.as_seconds() + 1), "ok");
}

#[test]
fn a_credential_changes_state_until_a_final_one() {
    let all = [
        CredentialState::Enabled,
        CredentialState::Disabled,
        CredentialState::Lost,
        CredentialState::Stolen,
        CredentialState::Damaged,
        CredentialState::Returned,
        CredentialState::Destroyed,
    ];
    for from in all {
        for to in all {
            let mut desk = desk();
            desk.person(1);
            if from != CredentialState::Enabled {
                desk.command(state(1, from)).unwrap();
            }
            let expect = if FINAL.contains(&from) { "conflict: cred-1 was & final" } else { "ok" };
            drop(check(&mut desk, state(1, to), expect));
        }
    }
    check(&mut desk(), state(4, CredentialState::Lost), "not found: cred-4").unwrap_err();
}

#[test]
fn a_lock_out_is_ended_where_there_is_one() {
    let mut desk = desk();
    desk.person(1);
    let end = || Command::EndLockout { credential: CredentialId::new(1) };
    check(&mut desk, end(), "conflict: cred-1 is not locked out").unwrap_err();
    check(&mut desk, Command::EndLockout { credential: CredentialId::new(2) }, "not found: cred-2").unwrap_err();
    let mut records = desk.engine.records().clone();
    records.lockouts.insert(CredentialId::new(1), desk.now.wall.after(std::time::Duration::from_secs(300)));
    let mut desk = Desk::restart_of(&super::tenants(), records, desk.now);
    check(&mut desk, end(), "ok").unwrap();
    assert!(desk.engine.records().lockouts.is_empty());
}

#[test]
fn a_pin_is_long_enough_for_how_many_there_are() {
    let mut desk = desk();
    let people: Vec<PersonId> = (0..11).map(|_| member(&mut desk, "lon1")).collect();
    let usual = PinPurpose::Usual;
    check(&mut desk, pin(people[0], usual, 3), "invalid 1 pin: & at least 4 digits").unwrap_err();
    check(&mut desk, pin(people[0], usual, 13), "invalid 1 pin: a PIN has 12 digits at most").unwrap_err();
    check(&mut desk, pin(PersonId::new(99), usual, 4), "not found: p-99").unwrap_err();
    check(&mut desk, pin(people[0], PinPurpose::Duress, 3), "invalid 2 purpose: p-1 has no usual PIN & pin:")
        .unwrap_err();
    for person in &people[..9] {
        check(&mut desk, pin(*person, usual, 4), "ok").unwrap();
    }
    check(&mut desk, pin(people[0], PinPurpose::Duress, 4), "ok").unwrap();
    check(&mut desk, pin(people[0], usual, 4), "ok").unwrap();
    check(&mut desk, pin(people[9], usual, 4), "invalid 1 pin: with 11 PINs issued a PIN needs at least 5")
        .unwrap_err();
    check(&mut desk, pin(people[9], usual, 5), "ok").unwrap();
    check(&mut desk, pin(people[1], usual, 4), "invalid 1 pin: with 11 PINs").unwrap_err();
    let mut desk = Desk::restart_of(&super::tenants(), desk.engine.records().clone(), desk.now);
    check(&mut desk, pin(people[1], usual, 4), "invalid 1 pin: with 11 PINs").unwrap_err();
    let status = |person, status| Command::SetPersonStatus { person, status, reason: reason("as asked") };
    desk.command(status(people[0], PersonStatus::Left)).unwrap();
    check(&mut desk, pin(people[1], usual, 4), "ok").unwrap();
    check(&mut desk, pin(people[10], usual, 4), "ok").unwrap();
    desk.command(status(people[0], PersonStatus::Expected)).unwrap();
    check(&mut desk, pin(people[1], usual, 4), "invalid 1 pin: with 12 PINs").unwrap_err();
}
