//! What locks of racks say of their slide, latch and key, and what was granted and not done.

use std::time::Duration;

use super::{check_replay, desk, device_entries, lifted, opens, shut};
use crate::site::{Desk, card};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::query::Query;
use rackward_core::entry::DeviceEntry;
use rackward_core::facts::{Contact, Facts, HandlePosition, Latch, Lock, Secured};
use rackward_core::inventory::{SlideReport, Stall, UnlockCause};
use rackward_core::{Answer, DeviceReport};

const HANDLE: &str = "c1-front";
const FRONT: &str = "lon1/hall/r1/c1/front";

fn slide(desk: &mut Desk, travel_ms: Option<u64>, stalled: Stall, unlocked_by: Option<UnlockCause>) {
    let device = desk.device(HANDLE);
    let travel = travel_ms.map(Duration::from_millis);
    desk.report(device, DeviceReport::Slide(SlideReport { travel, stalled, unlocked_by }));
}

fn moves(desk: &mut Desk, travel_ms: u64) {
    desk.facts(HANDLE, Facts { lock: Lock::Unlocked, ..shut() });
    slide(desk, Some(travel_ms), Stall::No, None);
    desk.facts(HANDLE, shut());
}

fn staffed() -> Desk {
    let mut desk = desk();
    let person = desk.person(1);
    desk.grant(person, &[FRONT]);
    desk.facts(HANDLE, shut());
    desk
}

#[test]
fn a_stalled_slide_is_an_alarm_until_it_moves() {
    let mut desk = desk();
    slide(&mut desk, Some(900), Stall::Yes, None);
    assert!(desk.active(AlarmKind::SlideStalled));
    slide(&mut desk, None, Stall::Unknown, None);
    assert!(desk.active(AlarmKind::SlideStalled));
    slide(&mut desk, Some(400), Stall::No, None);
    assert!(!desk.active(AlarmKind::SlideStalled));
}

#[test]
fn a_slide_is_compared_with_what_it_was_when_new() {
    let mut desk = desk();
    (0..5).for_each(|_| moves(&mut desk, 400));
    let device = desk.device(HANDLE);
    let usual = |desk: &Desk| desk.engine.records().devices[&device].usual_travel;
    assert_eq!(usual(&desk), Some(Duration::from_millis(400)));
    (0..5).for_each(|_| moves(&mut desk, 590));
    assert!(!desk.active(AlarmKind::SlideSlow), "slower, not slow");
    let mut again = Desk::restart_of(&super::draft(), desk.engine.records().clone(), desk.now);
    again.all_online();
    (0..5).for_each(|_| moves(&mut again, 610));
    assert!(again.active(AlarmKind::SlideSlow), "a restart of ours does not make it new");
    moves(&mut again, 400);
    assert!(again.active(AlarmKind::SlideSlow), "one is no mean");
    (0..4).for_each(|_| moves(&mut again, 450));
    assert!(!again.active(AlarmKind::SlideSlow));
    assert_eq!(usual(&again), Some(Duration::from_millis(400)));
    check_replay(&desk);
}

#[test]
fn the_same_travel_told_again_is_no_travel() {
    let mut desk = desk();
    (0..50).for_each(|_| slide(&mut desk, Some(400), Stall::No, None));
    let device = desk.device(HANDLE);
    assert_eq!(desk.engine.records().devices[&device].usual_travel, None);
}

#[test]
fn what_unlocked_it_is_journalled_where_no_release_of_ours_did() {
    let causes = [UnlockCause::RightsList, UnlockCause::Key, UnlockCause::Unexplained, UnlockCause::Command];
    for cause in causes {
        let mut desk = staffed();
        let mark = desk.journal.len();
        slide(&mut desk, None, Stall::No, Some(cause));
        assert!(device_entries(&desk, mark).is_empty(), "it may be long ago");
        desk.facts(HANDLE, Facts { lock: Lock::Unlocked, ..shut() });
        slide(&mut desk, None, Stall::No, Some(cause));
        slide(&mut desk, None, Stall::No, Some(cause));
        let device = desk.device(HANDLE);
        assert_eq!(device_entries(&desk, mark), [&DeviceEntry::Unlocked { device, cause }]);
        let mut ours = staffed();
        let mark = ours.journal.len();
        ours.badge(HANDLE, card(1));
        ours.facts(HANDLE, Facts { lock: Lock::Unlocked, ..shut() });
        slide(&mut ours, None, Stall::No, Some(cause));
        assert_eq!(device_entries(&ours, mark).is_empty(), cause == UnlockCause::Command);
    }
}

#[test]
fn three_releases_that_nobody_uses_are_a_matter_of_maintenance() {
    let mut desk = staffed();
    let unused = |desk: &mut Desk| {
        desk.badge(HANDLE, card(1));
        desk.wait_secs(20);
    };
    (0..2).for_each(|_| unused(&mut desk));
    opens(&mut desk, HANDLE, 1);
    desk.facts(HANDLE, shut());
    (0..2).for_each(|_| unused(&mut desk));
    assert!(!desk.active(AlarmKind::NotOpenedAgain), "it was opened in between");
    unused(&mut desk);
    assert!(desk.active(AlarmKind::NotOpenedAgain));
    opens(&mut desk, HANDLE, 1);
    assert!(!desk.active(AlarmKind::NotOpenedAgain));
}

#[test]
fn a_free_latch_on_a_closed_door_and_a_latch_in_on_an_open_one_are_alarms() {
    let mut desk = staffed();
    desk.facts(HANDLE, Facts { latch: Some(Latch::Unlatched), ..shut() });
    desk.wait_secs(9);
    assert!(!desk.active(AlarmKind::NotLatched));
    desk.wait_secs(1);
    assert!(desk.active(AlarmKind::NotLatched));
    desk.facts(HANDLE, shut());
    assert!(!desk.active(AlarmKind::NotLatched));
    opens(&mut desk, HANDLE, 1);
    let up = Facts { contact: Contact::Open, latch: Some(Latch::Latched), ..lifted() };
    desk.facts(HANDLE, up);
    desk.wait_secs(10);
    assert!(desk.active(AlarmKind::LatchTamper), "the handle is up, but the latch came in");
    desk.cut(HANDLE);
    assert_eq!(desk.record(FRONT).facts.latch, Some(Latch::Unknown));
    let scope = rackward_core::engine::command::Scope::Site;
    let Answer::Doors(doors) = desk.engine.answer(desk.now, scope, &Query::Doors) else { panic!() };
    let front = doors.iter().find(|row| row.door == desk.door(FRONT)).unwrap();
    assert_eq!(front.facts.secured(), Secured::Unknown);
    assert_eq!(front.facts.handle, Some(HandlePosition::Unknown));
}
