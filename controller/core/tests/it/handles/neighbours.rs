//! The handle beside the right one warns before it alarms; the wrong side of a rack is called so.

use std::time::Duration;

use super::{desk, lifted, opens, shown, shut};
use crate::site::{Desk, card};
use rackward_core::alarm::AlarmKind;
use rackward_core::facts::Contact;

const RIGHT: &str = "c2-front";

/// Person 1 has a right to the front of rack 2 and was just admitted there; person 2 has none.
fn at_the_rack() -> Desk {
    let mut desk = desk();
    let person = desk.person(1);
    desk.person(2);
    desk.grant(person, &["lon1/hall/r1/c2/front", "lon1/hall/r1/c1/front"]);
    for handle in ["c1-front", "c1-rear", RIGHT, "c10-front"] {
        desk.facts(handle, shut());
    }
    desk.badge(RIGHT, card(1));
    desk.wait_secs(15);
    for handle in ["c1-front", "c1-rear", RIGHT, "c10-front"] {
        shown(&mut desk, handle);
    }
    desk
}

#[test]
fn a_card_at_the_neighbour_is_refused_as_always_and_the_right_handle_blinks() {
    let mut desk = at_the_rack();
    let mark = desk.journal.len();
    desk.badge("c10-front", card(1));
    desk.wait(Duration::from_millis(250));
    assert_eq!(shown(&mut desk, "c10-front"), ["denied"]);
    assert_eq!(shown(&mut desk, RIGHT), ["locate"]);
    assert_eq!(desk.since(mark), ["access.denied"]);
    assert!(desk.engine.records().lockouts.is_empty());
    desk.badge("c10-front", card(2));
    desk.wait_secs(1);
    assert!(shown(&mut desk, RIGHT).is_empty(), "somebody else is shown nothing");
}

#[test]
fn a_right_of_two_minutes_ago_is_no_live_right() {
    let mut desk = at_the_rack();
    desk.wait_secs(120);
    desk.badge("c10-front", card(1));
    desk.wait_secs(1);
    assert!(shown(&mut desk, RIGHT).is_empty());
}

#[test]
fn only_the_rack_beside_it_is_a_neighbour() {
    let mut desk = at_the_rack();
    desk.badge("c1-rear", card(1));
    desk.wait_secs(1);
    assert!(shown(&mut desk, RIGHT).is_empty(), "another side of another rack");
}

#[test]
fn a_lifted_handle_warns_first_and_pushed_home_it_never_alarms() {
    let mut desk = at_the_rack();
    desk.facts("c10-front", lifted());
    assert_eq!(shown(&mut desk, "c10-front"), ["push"]);
    assert_eq!(shown(&mut desk, RIGHT), ["locate"]);
    desk.wait_secs(4);
    desk.facts("c10-front", shut());
    assert!(shown(&mut desk, "c10-front").contains(&"cancel"));
    desk.wait_secs(60);
    assert_eq!(desk.raised(AlarmKind::HandleForced), 0);
}

#[test]
fn whoever_goes_on_is_alarmed() {
    let mut desk = at_the_rack();
    desk.facts("c10-front", lifted());
    desk.wait(Duration::from_millis(4_999));
    assert_eq!(desk.raised(AlarmKind::HandleForced), 0);
    desk.wait(Duration::from_millis(1));
    assert!(desk.active(AlarmKind::HandleForced), "still up");
    let mut desk = at_the_rack();
    desk.facts("c10-front", lifted());
    desk.wait(Duration::from_millis(500));
    desk.facts("c10-front", rackward_core::facts::Facts { contact: Contact::Open, ..lifted() });
    desk.wait(Duration::from_millis(499));
    assert_eq!(desk.raised(AlarmKind::HandleForced), 0);
    desk.wait(Duration::from_millis(1));
    assert!(desk.active(AlarmKind::HandleForced), "the leaf moved: the usual second counts");
}

#[test]
fn far_from_any_right_the_usual_second_counts() {
    let mut desk = at_the_rack();
    desk.facts("c1-rear", lifted());
    assert!(!shown(&mut desk, "c1-rear").contains(&"push"));
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::HandleForced));
}

#[test]
fn the_other_side_forced_while_somebody_works_at_one_is_the_wrong_side() {
    let mut desk = at_the_rack();
    opens(&mut desk, "c1-front", 1);
    desk.facts("c1-rear", lifted());
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::HandleForced) && desk.active(AlarmKind::WrongSide));
    desk.facts("c1-rear", shut());
    assert!(!desk.active(AlarmKind::WrongSide));
    desk.facts("c1-front", shut());
    desk.facts("c1-rear", lifted());
    desk.wait_secs(1);
    assert_eq!(desk.raised(AlarmKind::WrongSide), 1, "with nobody at the front it is forced and no more");
}

#[test]
fn a_card_at_the_other_side_of_the_same_rack_blinks_at_the_right_one() {
    let mut desk = at_the_rack();
    desk.badge("c1-front", card(1));
    desk.wait_secs(15);
    shown(&mut desk, "c1-front");
    desk.badge("c1-rear", card(1));
    desk.wait_secs(1);
    assert_eq!(shown(&mut desk, "c1-front"), ["locate"]);
}
