//! Decisions as a table: who, where, when, and what comes of it, with the reason's code; and `explain` from the same rules.

use std::time::Duration;

use crate::site::{Desk, FRONT, MONDAY_NINE, card, closed, open, reason};
use rackward_core::decide::explain::{Finding, Outcome};
use rackward_core::engine::command::Scope;
use rackward_core::entry::Denial;
use rackward_core::people::{CredentialState, PersonStatus, Validity};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::{Answer, Command, Entry, Query, Wall};

/// What a badge came to: `granted`, `await`, or the code of the refusal.
fn outcome(desk: &Desk, mark: usize) -> &'static str {
    for stamped in &desk.journal[mark..] {
        match &stamped.entry {
            Entry::AccessGranted { .. } => return "granted",
            Entry::AccessDenied { reason, .. } => return reason.code(),
            Entry::FactorAwaited { .. } => return "await",
            _ => {}
        }
    }
    "nothing"
}

fn check(given: impl FnOnce(&mut Desk), reader: &str, number: u8, expect: &str) {
    let mut desk = Desk::open();
    given(&mut desk);
    let mark = desk.journal.len();
    desk.badge(reader, card(number));
    assert_eq!(outcome(&desk, mark), expect, "card {number} at {reader}");
}

fn hours(from: u64, to: u64) -> Validity {
    let after = |h: u64| MONDAY_NINE.after(Duration::from_secs(h * 3600));
    Validity { from: after(from), to: after(to) }
}

fn with_state(state: CredentialState) -> impl FnOnce(&mut Desk) {
    move |desk: &mut Desk| {
        let person = desk.person(1);
        desk.grant(person, &["lon1/street"]);
        let credential = *desk.engine.records().credentials.keys().next().unwrap();
        let disabled = CredentialState::Disabled;
        desk.command(Command::SetCredentialState { credential, state: disabled, reason: reason("asked") }).unwrap();
        if state != disabled {
            desk.command(Command::SetCredentialState { credential, state, reason: reason("told us") }).unwrap();
        }
    }
}

#[test]
fn credentials_and_persons() {
    let holder = |desk: &mut Desk| {
        let person = desk.person(1);
        desk.grant(person, &["lon1/street"]);
    };
    check(holder, "street-reader", 1, "granted");
    check(holder, "street-reader", 9, "N01");
    check(with_state(CredentialState::Enabled), "street-reader", 1, "granted");
    check(with_state(CredentialState::Disabled), "street-reader", 1, "N02");
    check(with_state(CredentialState::Lost), "street-reader", 1, "N03");
    check(with_state(CredentialState::Stolen), "street-reader", 1, "N04");
    check(with_state(CredentialState::Damaged), "street-reader", 1, "N05");
    check(with_state(CredentialState::Returned), "street-reader", 1, "N07");
    let disabled = |desk: &mut Desk| {
        let person = desk.person(1);
        desk.grant(person, &["lon1/street"]);
        desk.command(Command::SetPersonStatus { person, status: PersonStatus::Suspended, reason: reason("left") })
            .unwrap();
    };
    check(disabled, "street-reader", 1, "N11");
    let later = |desk: &mut Desk| {
        let name = rackward_core::engine::command::PersonName::parse("Later").unwrap();
        let details = crate::site::usual_details();
        desk.command(Command::CreatePerson { name, status: PersonStatus::Enabled, details, key: None }).unwrap();
        let person = "p-1".parse().unwrap();
        desk.command(Command::AssignCredential { person, key: card(1), validity: hours(1, 2) }).unwrap();
        desk.grant(person, &["lon1/street"]);
    };
    check(later, "street-reader", 1, "W10");
    let over = |desk: &mut Desk| {
        later(desk);
        desk.wait_secs(7200);
        desk.grant("p-1".parse().unwrap(), &["lon1/street"]);
    };
    check(over, "street-reader", 1, "W11");
}

#[test]
fn entitlement() {
    let when = |weekly: Weekly, validity: Validity, wait: u64| {
        move |desk: &mut Desk| {
            let person = desk.person(1);
            desk.grant_when(person, &["lon1/street"], weekly, validity);
            desk.wait_secs(wait);
        }
    };
    let mondays = Weekly::on_days(&[Day::Mon], 8 * 60, 10 * 60).unwrap();
    let tuesdays = Weekly::on_days(&[Day::Tue], 8 * 60, 10 * 60).unwrap();
    check(when(Weekly::always(), hours(0, 1), 0), "street-reader", 1, "granted");
    check(when(Weekly::always(), hours(0, 1), 3599), "street-reader", 1, "granted");
    check(when(Weekly::always(), hours(0, 1), 3600), "street-reader", 1, "W12");
    check(when(Weekly::always(), hours(1, 2), 0), "street-reader", 1, "W12");
    check(when(Weekly::always(), hours(1, 2), 3600), "street-reader", 1, "granted");
    check(when(mondays.clone(), hours(0, 48), 0), "street-reader", 1, "granted");
    check(when(mondays.clone(), hours(0, 48), 3599), "street-reader", 1, "granted");
    check(when(mondays, hours(0, 48), 3600), "street-reader", 1, "W12");
    check(when(tuesdays.clone(), hours(0, 48), 0), "street-reader", 1, "W12");
    check(when(tuesdays, hours(0, 48), 24 * 3600), "street-reader", 1, "granted");
    check(when(Weekly::always(), hours(0, 1), 0), "outer-reader", 1, "N21");
    let revoked = |desk: &mut Desk| {
        let person = desk.person(1);
        let grant = desk.grant(person, &["lon1/street"]);
        desk.command(Command::RevokeGrant { grant, reason: reason("done") }).unwrap();
    };
    check(revoked, "street-reader", 1, "N21");
    let one_of_two = |desk: &mut Desk| {
        let person = desk.person(1);
        let grant = desk.grant(person, &["lon1/street"]);
        desk.grant(person, &["lon1/street", FRONT]);
        desk.command(Command::RevokeGrant { grant, reason: reason("done") }).unwrap();
    };
    check(one_of_two, "street-reader", 1, "granted");
    check(one_of_two, "c1-front", 1, "granted");
}

#[test]
fn doors_that_cannot_be_released() {
    let holder = |desk: &mut Desk| {
        let person = desk.person(1);
        desk.grant(person, &["lon1/street", "lon1/outer", "lon1/inner"]);
    };
    let cut = |desk: &mut Desk| {
        holder(desk);
        desk.cut("street-lock");
    };
    check(cut, "street-reader", 1, "F07");
    let unwritable = |desk: &mut Desk| {
        holder(desk);
        desk.input(rackward_core::Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    };
    check(unwritable, "street-reader", 1, "F07");
    let inner = |facts| {
        move |desk: &mut Desk| {
            holder(desk);
            desk.facts("inner-lock", facts);
        }
    };
    check(holder, "outer-reader", 1, "granted");
    check(inner(open(false)), "outer-reader", 1, "P04");
    check(inner(closed(false).forgotten()), "outer-reader", 1, "P04");
    let released = |desk: &mut Desk| {
        holder(desk);
        desk.badge("inner-reader", card(1));
    };
    check(released, "outer-reader", 1, "P04");
}

#[test]
fn explain_says_what_the_door_says() {
    let mut desk = Desk::open();
    let person = desk.person(1);
    desk.grant_when(person, &["lon1/street"], Weekly::on_days(&[Day::Tue], 480, 600).unwrap(), hours(0, 48));
    let point = desk.point("lon1/street/in");
    let ask = |at: Option<Wall>| match desk.engine.answer(desk.now, Scope::Site, &Query::Explain { person, point, at })
    {
        Answer::Explain(Some(explanation)) => explanation,
        other => panic!("{other:?}"),
    };
    let now = ask(None);
    assert_eq!(now.outcome, Outcome::Denied(Denial::NotPermittedAtThisTime));
    assert_eq!(now.next_permitted, Some(MONDAY_NINE.after(Duration::from_secs(23 * 3600))), "Tuesday at eight");
    assert!(matches!(now.steps.last().unwrap().finding, Finding::Objected(Denial::NotPermittedAtThisTime, _)));
    let tuesday = ask(Some(MONDAY_NINE.after(Duration::from_secs(24 * 3600))));
    assert!(matches!(tuesday.outcome, Outcome::Granted(_)), "{tuesday:?}");
    assert_eq!(tuesday.next_permitted, None);
    let too_late = ask(Some(MONDAY_NINE.after(Duration::from_secs(30 * 86_400))));
    assert_eq!(too_late.next_permitted, None);
}
