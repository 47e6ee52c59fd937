//! Floor plans: set, bound, removed; every refusal; what is replayed is what there was.

use rackward_core::engine::command::{PlanCommand, Scope};
use rackward_core::engine::preconditions::{Expected, Preconditions, Subject};
use rackward_core::plan::{Binding, PlanDraft, PlanSlug};
use rackward_core::{Answer, Caller, Command, CommandError, Query, Reply};

use super::{MARY_RACK, admin, area, check, check_as, check_replay, desk, organisation};
use crate::site::Desk;

/// An admin of st-marys.
fn mary(desk: &Desk) -> Caller {
    Caller { scope: Scope::Organisation(organisation(desk, "st-marys")), ..admin(5) }
}

fn slug(text: &str) -> PlanSlug {
    PlanSlug::parse(text).unwrap()
}

fn draft(desk: &Desk, name: &str) -> PlanDraft {
    let area = area(desk, "lon1/hall");
    PlanDraft { slug: slug("hall"), name: name.to_owned(), area, floor: 0, digest: [7; 32], bytes: 812 }
}

fn set(draft: PlanDraft) -> Command {
    Command::Plan(PlanCommand::Set(draft))
}

fn bind(bindings: &[(&str, &str)]) -> Command {
    let binding = |(element, place): &(&str, &str)| Binding { element: (*element).into(), place: (*place).into() };
    Command::Plan(PlanCommand::Bind { slug: slug("hall"), bindings: bindings.iter().map(binding).collect() })
}

fn remove() -> Command {
    Command::Plan(PlanCommand::Remove { slug: slug("hall") })
}

#[test]
fn a_plan_is_set_bound_and_removed_by_whoever_draws_plans() {
    let mut desk = desk();
    let wish = draft(&desk, " Hall ");
    let Ok(Reply::Plan(plan)) = check(&mut desk, set(wish), "ok") else { panic!() };
    let rack = MARY_RACK.rsplit_once('/').unwrap().0;
    check(&mut desk, bind(&[("r7", rack), ("d1", MARY_RACK), ("a", "lon1/hall")]), "ok").unwrap();
    let row = desk.engine.records().plans[&plan].clone();
    assert_eq!((row.name.as_str(), row.bindings.len()), ("Hall", 3));
    assert!(row.bindings.is_sorted(), "{:?}", row.bindings);
    let again = PlanDraft { digest: [8; 32], ..draft(&desk, "Hall A") };
    check(&mut desk, set(again), "ok").unwrap();
    let row = &desk.engine.records().plans[&plan];
    assert_eq!((row.digest, row.bindings.len()), ([8; 32], 3), "another drawing keeps what is bound");
    let seen = |desk: &Desk, scope| match desk.engine.answer(desk.now, scope, &Query::Plans) {
        Answer::Plans(plans) => plans.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!((seen(&desk, Scope::Site), seen(&desk, mary(&desk).scope)), (1, 0));
    check(&mut desk, remove(), "ok").unwrap();
    assert_eq!(desk.engine.records().plans.len(), 0);
    check_replay(&desk);
}

#[test]
fn a_plan_is_refused_for_every_reason_there_is() {
    let mut desk = desk();
    let wish = |desk: &Desk| draft(desk, "Hall");
    let nameless = draft(&desk, " ");
    check(&mut desk, set(nameless), "invalid 1 name: a name has 1 to 64").unwrap_err();
    let deep = PlanDraft { floor: -500, ..wish(&desk) };
    check(&mut desk, set(deep), "invalid 1 floor: a floor is").unwrap_err();
    let nowhere = PlanDraft { area: rackward_core::id::AreaId::new(99), ..wish(&desk) };
    check(&mut desk, set(nowhere), "invalid 1 area: area-99 does not").unwrap_err();
    check(&mut desk, bind(&[]), "not found: plan hall").unwrap_err();
    check(&mut desk, remove(), "not found: plan hall").unwrap_err();
    let good = wish(&desk);
    check(&mut desk, set(good), "ok").unwrap();
    check(&mut desk, bind(&[("a", "lon1/moon")]), "invalid 1 bindings: lon1/moon is no place").unwrap_err();
    check(&mut desk, bind(&[("a", "lon1"), ("a", "lon1/hall")]), "invalid 1 bindings: a stands here twice")
        .unwrap_err();
    check(&mut desk, bind(&[("a b", "lon1")]), "invalid 1 bindings: an element's id").unwrap_err();
    let caller = mary(&desk);
    let theirs = set(wish(&desk));
    check_as(&mut desk, caller, theirs, "forbidden").unwrap_err();
}

#[test]
fn a_change_of_a_plan_rests_on_what_was_seen() {
    let mut desk = desk();
    let wish = draft(&desk, "Hall");
    let Ok(Reply::Plan(plan)) = check(&mut desk, set(wish.clone()), "ok") else { panic!() };
    let revision = |desk: &Desk| match desk.engine.answer(desk.now, Scope::Site, &Query::Revision(Subject::Plan(plan)))
    {
        Answer::Revision(Some(revision)) => revision,
        other => panic!("{other:?}"),
    };
    let before = revision(&desk);
    desk.command(bind(&[("a", "lon1/hall")])).unwrap();
    assert_ne!(revision(&desk), before);
    let rests = |expected| Preconditions { expected, not_after: None };
    let stale = desk.command_on(rests(Expected::OneOf(Box::new([before]))), admin(0), bind(&[]));
    assert!(matches!(stale, Err(CommandError::Changed { .. })), "{stale:?}");
    let taken = desk.command_on(rests(Expected::Absent), admin(0), set(wish));
    assert!(matches!(taken, Err(CommandError::Changed { .. })), "{taken:?}");
    let now = revision(&desk);
    desk.command_on(rests(Expected::OneOf(Box::new([now]))), admin(0), bind(&[])).unwrap();
}
