//! Stories about moments that are over: what an operator is told of them, and what new rules would have done.

use std::sync::Arc;
use std::time::Duration;

use rackward_core::decide::explain::{Explanation, Known, Outcome};
use rackward_core::engine::command::{GrantWish, Scope};
use rackward_core::engine::past::{Past, Replay, Selection, Simulated, Simulation, Treatment, is_passage};
use rackward_core::entry::{Denial, ReasonText};
use rackward_core::id::{GrantId, PersonId, PointId};
use rackward_core::people::{GrantRight, Uses, Validity, When};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::schedule::Weekly;
use rackward_core::{Answer, Caller, Command, CommandError, Query, Reply, Wall};

use crate::site::{Desk, card, wish};

const STREET: &str = "lon1/street";

fn reason(text: &str) -> ReasonText {
    ReasonText::parse(text).unwrap()
}

fn admin() -> Caller {
    Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site)
}

/// The site as it was after the last entry at or before `at`.
fn past_of(desk: &Desk, at: Wall) -> Past {
    let (mut replay, mut selection) = (Replay::default(), Selection::default());
    let upto = desk.journal.iter().rposition(|entry| entry.at <= at).map_or(0, |place| place + 1);
    desk.journal[..upto].iter().filter(|entry| selection.takes(&entry.entry)).for_each(|entry| replay.take(entry));
    Past::of(desk.engine.site().clone(), replay.into_records())
}

fn explain(past: &Past, at: Wall, person: PersonId, point: PointId) -> Option<Explanation> {
    match past.answer(at, Scope::Site, &Query::Explain { person, point, at: None }) {
        Answer::Explain(explained) => explained,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_moment_is_told_as_it_was_and_not_as_it_became() {
    let mut desk = Desk::open();
    let street = desk.point(STREET);
    let person = desk.person(1);
    let before_the_grant = desk.now.wall;
    desk.wait_secs(60);
    let grant = desk.grant(person, &[STREET]);
    let with_the_grant = desk.now.wall;
    desk.wait_secs(60);
    let area = desk.engine.site().find_area("lon1/lobby").unwrap().id;
    desk.command(Command::LockDownArea { area, reason: reason("Smoke") }).unwrap();
    let locked_down = desk.now.wall;
    desk.wait_secs(60);
    desk.command(Command::ReleaseArea { area, reason: reason("Air is clear") }).unwrap();
    desk.command(Command::RevokeGrant { grant, reason: reason("Done") }).unwrap();
    let revoked = desk.now.wall;

    let check = |at: Wall, expect: Outcome| {
        let explained = explain(&past_of(&desk, at), at, person, street).unwrap();
        assert_eq!((explained.outcome, explained.known, explained.at), (expect, Known::Recorded, at));
        assert_eq!(explained.known.missing().len(), 3, "what nobody wrote down is named");
    };
    check(before_the_grant, Outcome::Denied(Denial::NotAuthorisedPoint));
    check(with_the_grant, Outcome::Granted(grant));
    check(locked_down, Outcome::Denied(Denial::LockedDown));
    check(revoked, Outcome::Denied(Denial::NotAuthorisedPoint));
    let long_ago = Wall::from_seconds(0);
    assert_eq!(explain(&past_of(&desk, long_ago), long_ago, person, street), None, "nobody was there yet");
}

fn grant_once(desk: &mut Desk, person: PersonId) -> GrantId {
    let right = GrantRight::Doors { doors: Box::new([desk.door(STREET)]), when: When::Weekly(Weekly::always()) };
    let wanted = GrantWish { uses: Uses::Left(1), ..wish(person, right) };
    match desk.command(Command::CreateGrant(wanted)) {
        Ok(Reply::Grant(grant, _)) => grant,
        other => panic!("{other:?}"),
    }
}

#[test]
fn uses_are_counted_back() {
    let mut desk = Desk::open();
    let street = desk.point(STREET);
    let person = desk.person(1);
    let grant = grant_once(&mut desk, person);
    let before = desk.now.wall;
    desk.wait_secs(10);
    desk.badge("street-reader", card(1));
    let after = desk.now.wall;
    let outcome = |at: Wall| explain(&past_of(&desk, at), at, person, street).unwrap().outcome;
    assert_eq!(outcome(before), Outcome::Granted(grant));
    assert_eq!(outcome(after), Outcome::Denied(Denial::UsesExhausted));
}

/// Two people badge at the street door each hour of a day; what a command would have made of that.
fn tried(command: impl FnOnce(GrantId, PersonId) -> Option<Command>) -> Result<Simulated, CommandError> {
    let mut desk = Desk::open();
    let (ada, bruno) = (desk.person(1), desk.person(2));
    let long = Duration::from_secs(2 * 86_400);
    let validity = Validity { from: desk.now.wall, to: desk.now.wall.after(long) };
    let grant = desk.grant_when(ada, &[STREET], Weekly::always(), validity);
    desk.grant_when(bruno, &[STREET], Weekly::always(), validity);
    for _ in 0..24 {
        desk.badge("street-reader", card(1));
        desk.wait_secs(1_800);
        desk.badge("street-reader", card(2));
        desk.wait_secs(1_800);
    }
    let now = desk.now.wall;
    let mut new = past_of(&desk, now);
    if let Some(command) = command(grant, ada) {
        new.carry_out(now, admin(), command)?;
    }
    let mut simulation = Simulation::of(Arc::new(past_of(&desk, now)), new, Scope::Site);
    desk.journal.iter().filter(|entry| is_passage(&entry.entry)).for_each(|entry| simulation.try_on(entry));
    Ok(simulation.finish())
}

#[test]
fn unchanged_rules_make_no_difference() {
    let simulated = tried(|_, _| None).unwrap();
    assert_eq!((simulated.passages, simulated.different, simulated.otherwise_then), (48, 0, 0));
    assert_eq!(simulated.differences, []);
}

#[test]
fn a_right_that_would_be_gone_is_told_by_person_point_and_hour() {
    let simulated = tried(|grant, _| Some(Command::RevokeGrant { grant, reason: reason("Too wide") })).unwrap();
    assert_eq!((simulated.passages, simulated.different), (48, 24));
    let [told] = &simulated.differences[..] else { panic!("{:?}", simulated.differences) };
    assert_eq!((told.person, told.times), (PersonId::new(1), 24));
    assert_eq!(told.after, Treatment::Refused(Denial::NotAuthorisedPoint));
    assert_eq!(told.before, Treatment::Admitted(GrantId::new(1)));
    assert_eq!(told.hours, [1; 24], "once in every hour of the day");
    assert!(told.first < told.last);
}

#[test]
fn what_does_not_fit_the_rules_is_not_tried() {
    let refused = tried(|_, _| Some(Command::RevokeGrant { grant: GrantId::new(99), reason: reason("x") }));
    assert!(matches!(refused, Err(CommandError::NotFound { .. })), "{refused:?}");
}
