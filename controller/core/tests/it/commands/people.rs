//! Persons: every arrow of the life cycle and every one that is none; leaving and moving.

use super::{
    MARY, MARY_RACK, PLANT, ROYAL, STREET, ask, asked, check, check_replay, create, desk, member, organisation,
};
use crate::site::{Desk, card, reason, usual_details};
use rackward_core::engine::command::{PinHash, PinPurpose};
use rackward_core::id::{AreaId, CredentialId, OrganisationId, PersonId};
use rackward_core::people::{
    CredentialState, EndCause, ExtendedTime, GrantState, PersonDetails, PersonStatus, Place, ThreatLevel, Whereabouts,
};
use rackward_core::{Command, Entry, Reply};

const ALL: [PersonStatus; 4] =
    [PersonStatus::Enabled, PersonStatus::Suspended, PersonStatus::Expected, PersonStatus::Left];

fn to(person: PersonId, status: PersonStatus) -> Command {
    Command::SetPersonStatus { person, status, reason: reason("as asked") }
}

fn details(person: PersonId, details: PersonDetails) -> Command {
    Command::ChangePersonDetails { person, details, reason: reason("as asked") }
}

fn state_of(desk: &Desk, credential: u32) -> CredentialState {
    desk.engine.records().credentials[&CredentialId::new(credential)].state
}

#[test]
fn somebody_new_is_enabled_or_expected() {
    let mut desk = desk();
    let royal = organisation(&desk, "the-royal");
    let wanted = PersonDetails { organisation: royal, clearance: ThreatLevel::High, extended_time: ExtendedTime::Yes };
    let nowhere = PersonDetails { organisation: OrganisationId::new(9), ..usual_details() };
    check(&mut desk, create(PersonStatus::Suspended, wanted), "invalid 1 & status: a new person").unwrap_err();
    check(&mut desk, create(PersonStatus::Left, nowhere), "invalid 2 & organisation: org-9 does not & status:")
        .unwrap_err();
    let Ok(Reply::Person(person)) = check(&mut desk, create(PersonStatus::Expected, wanted), "ok") else { panic!() };
    let row = &desk.engine.records().persons[&person];
    assert_eq!((row.status, row.details), (PersonStatus::Expected, wanted));
}

#[test]
fn every_arrow_of_the_life_cycle_and_no_other() {
    let path = |status| match status {
        PersonStatus::Enabled => vec![],
        PersonStatus::Suspended => vec![PersonStatus::Suspended],
        PersonStatus::Left => vec![PersonStatus::Left],
        PersonStatus::Expected => vec![PersonStatus::Left, PersonStatus::Expected],
    };
    let leads = |from, to| match from {
        PersonStatus::Expected | PersonStatus::Suspended => matches!(to, PersonStatus::Enabled | PersonStatus::Left),
        PersonStatus::Enabled => matches!(to, PersonStatus::Suspended | PersonStatus::Left),
        PersonStatus::Left => matches!(to, PersonStatus::Expected),
    };
    for from in ALL {
        for target in ALL {
            let mut desk = desk();
            let person = member(&mut desk, "lon1");
            for step in path(from) {
                desk.command(to(person, step)).unwrap();
            }
            let expect = if leads(from, target) { "ok" } else { "conflict: p-1 is & it can become" };
            drop(check(&mut desk, to(person, target), expect));
            let after = if leads(from, target) { target } else { from };
            assert_eq!(desk.engine.records().persons[&person].status, after, "{from:?} to {target:?}");
        }
    }
    check(&mut desk(), to(PersonId::new(7), PersonStatus::Left), "not found: p-7").unwrap_err();
}

#[test]
fn whoever_leaves_keeps_nothing_and_gets_nothing_back() {
    let mut desk = desk();
    let person = desk.person(1);
    let validity = super::hours(&desk, 24);
    for number in [2, 3] {
        desk.command(Command::AssignCredential { person, key: card(number), validity }).unwrap();
    }
    let lost = Command::SetCredentialState {
        credential: CredentialId::new(2),
        state: CredentialState::Lost,
        reason: reason("on the train"),
    };
    desk.command(lost).unwrap();
    let (active, requested) = (asked(&mut desk, person, &[STREET]), asked(&mut desk, person, &[PLANT]));
    let revoked = asked(&mut desk, person, &[STREET]);
    desk.command(Command::RevokeGrant { grant: revoked, reason: reason("typo") }).unwrap();
    let mark = desk.journal.len();
    check(&mut desk, to(person, PersonStatus::Left), "ok").unwrap();
    let (ended, card_out) = ("grant.ended", "credential.state-changed");
    assert_eq!(desk.since(mark), ["person.status-changed", ended, ended, card_out, card_out]);
    let state = |desk: &Desk, grant| desk.engine.records().grants[&grant].state;
    for grant in [active, requested] {
        assert_eq!(state(&desk, grant), GrantState::Ended(EndCause::PersonLeft));
    }
    assert_eq!(state(&desk, revoked), GrantState::Revoked);
    let states = [1, 2, 3].map(|credential| state_of(&desk, credential));
    assert_eq!(states, [CredentialState::Returned, CredentialState::Lost, CredentialState::Returned]);
    assert!(matches!(desk.last(), Entry::CredentialStateChanged { reason, .. } if reason.as_str() == "as asked"));
    desk.command(to(person, PersonStatus::Expected)).unwrap();
    desk.command(to(person, PersonStatus::Enabled)).unwrap();
    assert_eq!(state(&desk, active), GrantState::Ended(EndCause::PersonLeft));
    desk.badge("reader-0", card(1));
    assert!(matches!(desk.last(), Entry::AccessDenied { .. }), "{:?}", desk.last());
    check_replay(&desk);
}

#[test]
fn somebody_who_has_left_gets_nothing_new() {
    let mut desk = desk();
    let person = desk.person(1);
    let disabled =
        |state| Command::SetCredentialState { credential: CredentialId::new(1), state, reason: reason("as asked") };
    desk.command(disabled(CredentialState::Disabled)).unwrap();
    desk.command(to(person, PersonStatus::Left)).unwrap();
    let validity = super::hours(&desk, 24);
    let wish = ask(&desk, person, &[STREET]);
    let pin = |purpose| Command::SetPin { person, purpose, hash: PinHash::from_phc("x".into()), digits: 6 };
    let has_left = "invalid 1 person: p-1 has left";
    check(&mut desk, Command::AssignCredential { person, key: card(9), validity }, has_left).unwrap_err();
    check(&mut desk, Command::CreateGrant(wish), has_left).unwrap_err();
    check(&mut desk, pin(PinPurpose::Usual), has_left).unwrap_err();
    check(&mut desk, pin(PinPurpose::Duress), "invalid 2 & person: p-1 has left & purpose:").unwrap_err();
    check(&mut desk, disabled(CredentialState::Enabled), "conflict: p-1 has left").unwrap_err();
    check(&mut desk, details(person, usual_details()), "conflict: p-1 is left").unwrap_err();
}

#[test]
fn whoever_moves_loses_the_rights_of_the_old_place() {
    let mut desk = desk();
    let person = member(&mut desk, "st-marys");
    let grants = [asked(&mut desk, person, &[MARY]), asked(&mut desk, person, &[MARY_RACK, STREET])];
    let (mary, royal) = (organisation(&desk, "st-marys"), organisation(&desk, "the-royal"));
    let of = |organisation| PersonDetails { organisation, ..usual_details() };
    let slow = PersonDetails { extended_time: ExtendedTime::Yes, ..of(mary) };
    check(&mut desk, details(person, of(OrganisationId::new(9))), "invalid 1 organisation: org-9").unwrap_err();
    let mark = desk.journal.len();
    check(&mut desk, details(person, slow), "ok").unwrap();
    assert_eq!(desk.since(mark), ["person.details-changed"], "longer times end nothing");
    check(&mut desk, details(person, of(royal)), "ok").unwrap();
    assert_eq!(desk.since(mark)[1..], ["person.details-changed", "grant.ended", "grant.ended"]);
    for grant in grants {
        assert_eq!(desk.engine.records().grants[&grant].state, GrantState::Ended(EndCause::PersonMoved));
    }
    let wish = ask(&desk, person, &[ROYAL]);
    check(&mut desk, Command::CreateGrant(wish), "ok").unwrap();
    check(&mut desk, details(PersonId::new(9), of(royal)), "not found: p-9").unwrap_err();
}

#[test]
fn whereabouts_are_forgiven_for_one_for_an_area_for_all() {
    let mut desk = desk();
    let people = [1, 2, 3].map(|number| desk.person(number));
    let (lobby, hall) = (super::area(&desk, "lon1/lobby"), super::area(&desk, "lon1/plant-room"));
    let mut records = desk.engine.records().clone();
    for (person, area) in people.iter().zip([lobby, lobby, hall]) {
        records.presence.insert(*person, Whereabouts { place: Place::Inside(area), since: desk.now.wall });
    }
    let mut desk = Desk::restart_of(&super::tenants(), records, desk.now);
    let forgive = |person, area| Command::ForgivePassback { person, area, reason: reason("drill") };
    let known = |desk: &Desk| desk.engine.records().presence.keys().copied().collect::<Vec<_>>();
    check(&mut desk, forgive(Some(PersonId::new(9)), None), "not found: p-9").unwrap_err();
    check(&mut desk, forgive(None, Some(AreaId::new(99))), "not found: area-99").unwrap_err();
    check(&mut desk, forgive(Some(people[0]), Some(hall)), "ok").unwrap();
    assert_eq!(known(&desk), people, "nobody but those meant");
    check(&mut desk, forgive(Some(people[0]), None), "ok").unwrap();
    assert_eq!(known(&desk), people[1..]);
    check(&mut desk, forgive(None, Some(lobby)), "ok").unwrap();
    assert_eq!(known(&desk), people[2..]);
    check(&mut desk, forgive(None, None), "ok").unwrap();
    assert!(known(&desk).is_empty());
}
