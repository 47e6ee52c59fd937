//! Short histories that are easy to get wrong, each with what its last step comes to. Engine and model are compared at every
//! step as well.

use super::doors::Typed;
use super::grounds::{DOORS, Feature, POINTS};
use super::history::{Step, Terms, Wish};
use super::runner::Both;
use crate::site::MONDAY_NINE;

/// People numbered from 0 with cards from 1, PINs and rights to every door.
fn people(number: usize) -> Vec<Step> {
    (0..number)
        .flat_map(|person| [join(false), card(person, 1 + person as u8), Step::Pin { person }, grant(person)])
        .collect()
}

fn join(longer: bool) -> Step {
    Step::Join { expected: false, clearance: 3, longer }
}

fn card(person: usize, key: u8) -> Step {
    Step::GiveCard { person, key, from_minutes: 0, minutes: 10_000 }
}

const TERMS: Terms = Terms { by: 0, from_minutes: 0, minutes: 10_000, uses: None, escort: false, ticket: 0 };

fn every_door() -> Vec<usize> {
    (0..DOORS.len()).collect()
}

fn grant(person: usize) -> Step {
    Step::Grant { person, wish: Wish::Always(every_door()), terms: TERMS }
}

fn visit(person: usize) -> Step {
    Step::Grant { person, wish: Wish::Always(every_door()), terms: Terms { escort: true, ..TERMS } }
}

fn badge(key: u8, point: usize) -> Step {
    Step::Badge { key, point }
}

/// A card is presented, the door opened and shut.
fn pass(key: u8, point: usize) -> [Step; 3] {
    let door = POINTS[point].0;
    [badge(key, point), Step::Open(door), Step::Shut(door)]
}

fn typed(point: usize, typed: Typed) -> Step {
    Step::Typed { point, typed }
}

/// What the last step comes to, in words.
fn check<S: AsRef<[Step]>>(features: &[Feature], steps: &[S], expect: &[&str]) {
    let mut both = Both::open(features, MONDAY_NINE);
    for step in steps.iter().flat_map(AsRef::as_ref) {
        let done = both.take(step).and_then(|()| both.compare());
        done.unwrap_or_else(|difference| panic!("{step:?}: {difference}"));
    }
    let said: Vec<&str> = both.said_by_engine().iter().map(super::world::Said::word).collect();
    assert_eq!(said, expect);
}

const PORCH: usize = 2;
const HALL: usize = 6;
const HALL_OUT: usize = 7;
const ANNEX: usize = 8;
const LINK: usize = 10;
const LINK_OUT: usize = 11;
const R1: usize = 14;
const R2: usize = 15;

#[test]
fn what_an_area_asks_is_asked_at_every_door_inside_it() {
    check(&[Feature::Company(1)], &[people(1), [badge(1, R2)].into()], &["second"]);
    check(&[Feature::Occupancy(1, 1)], &[people(2), pass(1, PORCH).into(), [badge(2, R1)].into()], &["P05"]);
}

#[test]
fn a_way_out_into_another_area_is_a_way_in() {
    let full = [people(2), pass(1, HALL).into(), [badge(2, LINK_OUT)].into()];
    check(&[Feature::Occupancy(2, 1)], &full, &["P05"]);
    check(&[Feature::Company(2)], &[people(1), [badge(1, LINK_OUT)].into()], &["second"]);
    check(&[Feature::Path(2)], &[people(1), [badge(1, LINK_OUT)].into()], &["N22"]);
    let both_inside = [badge(1, HALL), badge(2, HALL), Step::Open(3), Step::Shut(3)];
    check(&[Feature::Company(2)], &[people(2), both_inside.into(), [badge(1, LINK)].into()], &["second"]);
}

#[test]
fn nobody_is_kept_in_by_the_rules_of_what_is_around() {
    let features = [Feature::Path(0), Feature::Occupancy(1, 1), Feature::Company(1)];
    check(&features, &[people(2), pass(1, HALL).into(), [badge(2, HALL_OUT)].into()], &["admitted"]);
}

#[test]
fn who_has_no_pin_has_tried_nothing() {
    let stranger = [join(false), card(0, 1), grant(0)];
    let tries = vec![badge(1, HALL); 6];
    let features = [Feature::Pin { point: HALL, card_while: None }];
    check(&features, &[stranger.into(), tries, vec![badge(1, PORCH)]], &["admitted"]);
}

#[test]
fn a_card_given_to_somebody_else_proves_nothing_with_the_pin_of_the_one_before() {
    let given_on = [badge(1, HALL), Step::CardState { card: 0, state: 6 }, card(1, 1), typed(HALL, Typed::Right)];
    let features = [Feature::Pin { point: HALL, card_while: None }];
    check(&features, &[people(2), given_on.into()], &["N07"]);
    let given_on = [badge(1, HALL), Step::CardState { card: 0, state: 6 }, card(1, 1), badge(3, HALL)];
    check(&[Feature::TwoPerson(3)], &[people(3), given_on.into()], &["N07", "second"]);
}

#[test]
fn two_are_let_in_for_as_long_as_either_needs() {
    let slow = [join(true), card(0, 1), grant(0)];
    let quick = [join(false), card(1, 2), grant(1)];
    let together = [badge(1, HALL), badge(2, HALL)];
    check(&[Feature::TwoPerson(3)], &[&slow[..], &quick[..], &together[..]], &["along", "admitted"]);
}

#[test]
fn who_comes_first_of_two_is_admitted_like_the_other() {
    let features = [Feature::TwoPerson(3), Feature::Pin { point: HALL, card_while: None }, Feature::Passback(2, 0)];
    let four_wrong = vec![[badge(1, HALL), typed(HALL, Typed::Wrong)]; 4].concat();
    let together = vec![badge(1, HALL), typed(HALL, Typed::Right), badge(2, HALL), typed(HALL, Typed::Right)];
    let another_wrong = vec![Step::Open(3), Step::Shut(3), badge(1, HALL_OUT), Step::Wait { millis: 20_000 }];
    let last = vec![badge(1, HALL), typed(HALL, Typed::Wrong)];
    check(&features, &[people(2), four_wrong, together.clone(), another_wrong, last], &["N12"]);
    let inside = vec![Step::Open(3), Step::Shut(3)];
    check(&features, &[people(2), together.clone(), inside, together], &["violated", "along", "violated", "admitted"]);
}

#[test]
fn who_waited_and_no_longer_needs_to_goes_alone() {
    let others = [badge(2, LINK_OUT), badge(3, LINK_OUT), Step::Open(5), Step::Shut(5)];
    check(
        &[Feature::Company(2)],
        &[people(3), [badge(1, HALL)].into(), others.into(), [badge(1, HALL)].into()],
        &["admitted"],
    );
    check(&[Feature::TwoPerson(3)], &[people(1), vec![badge(1, HALL); 2]], &["N25"]);
}

#[test]
fn who_is_inside_already_takes_no_second_place_while_waiting() {
    let features = [Feature::TwoPerson(4), Feature::Occupancy(1, 2)];
    let steps = [people(2), pass(1, PORCH).into(), [badge(1, ANNEX), badge(2, ANNEX)].into()];
    check(&features, &steps, &["along", "admitted"]);
}

#[test]
fn visitors_go_together_where_somebody_answers_for_both() {
    let visitors = [join(false), card(1, 2), visit(1), join(false), card(2, 3), visit(2)];
    let together = [badge(2, HALL), badge(3, HALL)];
    let features = [Feature::TwoPerson(3)];
    check(&features, &[people(1), visitors.clone().into(), together.clone().into()], &["N25"]);
    let host = pass(1, LINK_OUT);
    check(&features, &[people(1), visitors.into(), host.into(), together.into()], &["along", "admitted"]);
}

#[test]
fn a_host_answers_for_visitors_whatever_became_of_the_card() {
    let visitor = [join(false), card(1, 2), visit(1)];
    let handed_on = [Step::CardState { card: 0, state: 6 }, join(false), card(2, 1)];
    check(
        &[],
        &[people(1), visitor.into(), pass(1, HALL).into(), handed_on.into(), [badge(2, R1)].into()],
        &["admitted"],
    );
}

#[test]
fn who_comes_after_a_first_that_may_no_longer_pass_is_asked_for_nobody_in_vain() {
    let visitor = [join(false), card(1, 2), visit(1)];
    let revoked = [badge(2, HALL), Step::Revoke { grant: 1 }, badge(1, HALL)];
    check(&[], &[people(1), visitor.into(), revoked.into()], &["N21", "admitted"]);
}

#[test]
fn more_asked_of_who_waits_is_more_than_was_shown() {
    // The site's own "day" ends at six in the evening, and with it the card alone.
    let features = [Feature::TwoPerson(3), Feature::Pin { point: HALL, card_while: Some(0) }];
    let evening = [Step::Wait { millis: 9 * 3_600_000 - 5_000 }, badge(1, HALL), Step::Wait { millis: 5_000 }];
    check(
        &features,
        &[people(2), evening.into(), [badge(2, HALL), typed(HALL, Typed::Right)].into()],
        &["F07", "second"],
    );
}

#[test]
fn a_forced_door_says_nothing_of_who_was_admitted_there() {
    let forced =
        [Step::Open(3), Step::Wait { millis: 5_000 }, badge(1, HALL), Step::Shut(3), badge(2, HALL), Step::Open(3)];
    check(&[], &[people(2), forced.into()], &["moved"]);
}

#[test]
fn an_exit_held_back_ends_no_release() {
    let steps = [badge(1, HALL), Step::Open(4), Step::Exit(3), Step::Open(3)];
    check(&[Feature::Mantrap(3, 4)], &[people(1), steps.into()], &["moved"]);
}
