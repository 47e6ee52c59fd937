//! Lists on their way and their receipts.

use std::time::Duration;

use super::{Hall, able, racks};
use crate::operators::SYSTEM;
use crate::site::{card, reason};
use rackward_core::alarm::life::Suppression;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{RightsOutcome, RightsReport};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::Exposure;
use rackward_core::entry::OfflineEntry;
use rackward_core::inventory::Description;
use rackward_core::mode::ModeOrder;
use rackward_core::rights_list::{HeldList, ListDigest, ListRefusal};
use rackward_core::{Answer, Command, DeviceReport, Input, Query, Reply};

const LIFE_SECS: u64 = 8 * 3_600;

fn exposure(hall: &Hall, number: usize) -> Option<Exposure> {
    let query = Query::Exposure(hall.device(number));
    let Answer::Exposure(exposure) = hall.desk.engine.answer(hall.desk.now, Scope::Site, &query) else { panic!() };
    exposure
}

#[test]
fn a_right_comes_to_its_handles_and_no_others() {
    let mut hall = Hall::of(3);
    let mark = hall.mark();
    hall.person(1, &[0, 2]);
    let now = hall.desk.now.wall;
    assert_eq!([0, 1, 2].map(|number| hall.handle(number).opens(card(1), now)), [true, false, true]);
    assert_eq!(
        hall.since(mark),
        ["rights.changed", "rights.issued", "rights.issued", "rights.applied", "rights.applied"]
    );
    assert_eq!(exposure(&hall, 0).unwrap().until, now.after(Duration::from_secs(LIFE_SECS)));
    assert_eq!(exposure(&hall, 1), None);
    hall.check_converged();
}

#[test]
fn a_revocation_is_acknowledged_by_all_that_are_reached() {
    let mut hall = Hall::of(3);
    let (_, grant) = hall.person(1, &[0, 1]);
    hall.person(2, &[0, 1, 2]);
    let mark = hall.mark();
    hall.desk.command(Command::RevokeGrant { grant, reason: reason("over") }).unwrap();
    let behind = hall.behind();
    assert_eq!(behind.iter().map(|row| row.device).collect::<Vec<_>>(), [hall.device(0), hall.device(1)]);
    let end = hall.desk.now.wall.after(Duration::from_secs(LIFE_SECS));
    assert!(behind.iter().all(|row| row.honours_until == Some(end) && row.since == hall.desk.now.wall));
    hall.carry();
    let now = hall.desk.now.wall;
    for number in 0..3 {
        assert_eq!((hall.handle(number).opens(card(1), now), hall.handle(number).opens(card(2), now)), (false, true));
    }
    assert_eq!(
        hall.since(mark),
        ["rights.changed", "rights.issued", "rights.issued", "rights.applied", "rights.applied"]
    );
    hall.check_converged();
}

#[test]
fn what_a_change_would_not_reach_is_foretold() {
    let mut hall = Hall::of(3);
    let (_, grant) = hall.person(1, &[0, 1]);
    hall.person(2, &[1, 2]);
    let foretold = |hall: &mut Hall| {
        let command = Command::RevokeGrant { grant, reason: reason("over") };
        let (now, caller) = (hall.desk.now, SYSTEM);
        hall.desk.engine.rehearse(now, caller, command, &Preconditions::default()).unwrap().unreached
    };
    assert_eq!(foretold(&mut hall), [], "all of them answer");
    for number in [1, 2] {
        let away = hall.device(number);
        hall.go(away);
    }
    let expect = vec![hall.device(1)];
    assert_eq!(foretold(&mut hall), expect, "the other one away is not concerned");
    assert_eq!(foretold(&mut hall), expect, "and nothing has changed by asking");
    hall.revoke(grant);
    hall.carry();
    let behind: Vec<_> = hall.behind().into_iter().map(|row| row.device).collect();
    assert_eq!(behind, expect);
}

#[test]
fn a_generation_waits_for_its_own_receipts_alone() {
    let mut hall = Hall::of(2);
    let (_, first) = hall.person(1, &[0]);
    let (_, second) = hall.person(2, &[1]);
    let revoke = |hall: &mut Hall, grant| match hall
        .desk
        .command(Command::RevokeGrant { grant, reason: reason("over") })
        .unwrap()
    {
        Reply::Ended(_, generation) | Reply::Rights(generation) => generation,
        other => panic!("{other:?}"),
    };
    let one = revoke(&mut hall, first);
    let two = revoke(&mut hall, second);
    let behind = |hall: &Hall, through| {
        let query = Query::Receipts { through: Some(through) };
        let Answer::Receipts(all) = hall.desk.engine.answer(hall.desk.now, Scope::Site, &query) else { panic!() };
        all.behind.len()
    };
    assert_eq!((behind(&hall, one), behind(&hall, two)), (1, 2));
    hall.carry();
    assert_eq!((behind(&hall, one), behind(&hall, two)), (0, 0));
}

/// Alarms that stand on the list for themselves.
fn standing(hall: &Hall) -> Vec<(AlarmKind, AlarmSource)> {
    let rows = hall.desk.engine.records().alarms.values();
    let standing = rows.filter(|row| row.is_active() && row.life.suppression == Suppression::None);
    standing.map(|row| (row.kind, row.source)).collect()
}

#[test]
fn what_a_lost_line_keeps_from_many_handles_is_one_alarm() {
    let mut draft = racks(40);
    for device in &draft.devices {
        draft.lines.insert(device.name.clone(), "mqtt".into());
    }
    let mut hall = Hall::with(draft);
    let (_, grant) = hall.person(1, &(0..40).collect::<Vec<_>>());
    for number in 0..40 {
        let away = hall.device(number);
        hall.go(away);
    }
    hall.revoke(grant);
    hall.wait(60);
    let line = hall.desk.engine.site().device(hall.device(0)).unwrap().line.map(AlarmSource::Line).unwrap();
    assert_eq!(standing(&hall), [(AlarmKind::LineLost, line), (AlarmKind::RevocationPending, line)]);
    // The line is back, and with it all but two; what those have not acknowledged stands for itself.
    for number in 2..40 {
        let back = hall.device(number);
        hall.come(back);
    }
    hall.carry();
    hall.wait(20);
    let left = standing(&hall);
    assert_eq!(left.len(), 4, "{left:?}");
    for number in [0, 1] {
        let source = AlarmSource::Device(hall.device(number));
        assert!(left.contains(&(AlarmKind::RevocationPending, source)));
        assert!(left.contains(&(AlarmKind::DeviceOffline, source)));
    }
}

#[test]
fn a_handle_that_is_away_honours_what_was_taken_until_its_list_is_over() {
    let mut hall = Hall::of(2);
    let (_, grant) = hall.person(1, &[0, 1]);
    let away = hall.device(0);
    hall.go(away);
    hall.wait(100);
    hall.revoke(grant);
    let revoked = hall.desk.now.wall;
    assert_eq!(hall.behind().len(), 1);
    assert!(hall.handle(0).opens(card(1), revoked), "which is what the receipt is about");
    assert_eq!(exposure(&hall, 0).unwrap().cards.len(), 1, "told from what it holds");
    hall.wait(59);
    assert!(!hall.desk.active(AlarmKind::RevocationPending));
    hall.wait(1);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.wait(LIFE_SECS - 160 - 2);
    assert_eq!(hall.behind()[0].since, revoked);
    hall.wait(2);
    assert_eq!(hall.behind(), []);
    assert!(!hall.desk.active(AlarmKind::RevocationPending));
    let now = hall.desk.now.wall;
    assert!(!hall.handle(0).opens(card(1), now));
    assert_eq!(exposure(&hall, 0).unwrap().cards, []);
}

#[test]
fn a_handle_that_comes_back_late_forgets_first_and_gets_its_list() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    hall.person(2, &[0]);
    let device = hall.device(0);
    hall.go(device);
    hall.revoke(grant);
    hall.wait(70);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.handle(0).told.clear();
    hall.come(device);
    assert_eq!(hall.handle(0).told, "fl");
    let now = hall.desk.now.wall;
    assert_eq!((hall.handle(0).opens(card(1), now), hall.handle(0).opens(card(2), now)), (false, true));
    assert!(!hall.desk.active(AlarmKind::RevocationPending));
    hall.check_converged();
}

#[test]
fn a_handle_that_says_nothing_is_sent_the_same_list_again() {
    let mut hall = Hall::of(1);
    hall.person(1, &[0]);
    hall.handle(0).mute = true;
    let issued = |hall: &Hall| hall.count(|entry| matches!(entry, OfflineEntry::ListIssued { .. }));
    let (person, _) = (hall.desk.person(2), ());
    let grant = hall.grant(person, &[0]);
    let before = issued(&hall);
    hall.handle(0).told.clear();
    hall.wait(35);
    assert_eq!(issued(&hall), before, "the same one");
    assert_eq!(hall.handle(0).told, "lll");
    hall.revoke(grant);
    assert_eq!(issued(&hall), before + 1, "rights have changed");
    hall.wait(60);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    assert!(hall.handle(0).told.contains('f'), "{}", hall.handle(0).told);
    hall.handle(0).mute = false;
    hall.wait(20);
    assert!(!hall.desk.active(AlarmKind::RevocationPending));
    hall.check_converged();
}

#[test]
fn lists_are_renewed_at_half_of_their_life() {
    let mut hall = Hall::of(2);
    hall.person(1, &[0]);
    let issued = |hall: &Hall| hall.count(|entry| matches!(entry, OfflineEntry::ListIssued { .. }));
    let before = issued(&hall);
    hall.wait(LIFE_SECS / 2 - 1);
    assert_eq!(issued(&hall), before);
    hall.wait(1);
    assert_eq!(issued(&hall), before + 1, "and none to a handle that opens for nobody");
    hall.wait(30 * 3_600);
    let now = hall.desk.now.wall;
    assert!(hall.handle(0).opens(card(1), now));
    assert_eq!(hall.count(|entry| matches!(entry, OfflineEntry::RightsChanged { .. })), 1, "time changes no rights");
}

#[test]
fn what_a_handle_may_not_hold_is_drift() {
    let mut hall = Hall::of(1);
    hall.person(1, &[0]);
    let device = hall.device(0);
    let held = hall.handle(0).held.as_ref().unwrap().0;
    let wrong = HeldList { digest: ListDigest([7; 32]), ..held };
    let mark = hall.mark();
    let say = |hall: &mut Hall, held| {
        let report = RightsReport { held: Some(held), outcome: RightsOutcome::Holding };
        hall.desk.report(device, DeviceReport::Rights(report));
        hall.carry();
    };
    say(&mut hall, wrong);
    assert_eq!(
        hall.since(mark),
        ["rights.drifted", "alarm.raised", "rights.issued", "rights.applied", "alarm.returned"]
    );
    hall.check_converged();
    let issued = |hall: &Hall| hall.count(|entry| matches!(entry, OfflineEntry::ListIssued { .. }));
    let before = issued(&hall);
    (0..50).for_each(|_| say(&mut hall, wrong));
    assert_eq!(issued(&hall), before, "one that says it again and again is left alone for a while");
    assert!(hall.desk.active(AlarmKind::RightsDrift));
    hall.wait(61);
    assert_eq!(issued(&hall), before + 1);
    assert!(!hall.desk.active(AlarmKind::RightsDrift));
    hall.check_converged();
}

#[test]
fn a_list_that_is_not_taken_is_an_alarm_and_tried_later() {
    for (refusal, kind) in [
        (ListRefusal::NotKept, AlarmKind::RightsDrift),
        (ListRefusal::Signature, AlarmKind::RightsDrift),
        (ListRefusal::TooLong, AlarmKind::RightsTooMany),
    ] {
        let mut hall = Hall::of(1);
        hall.handle(0).refuses = Some(refusal);
        hall.person(1, &[0]);
        assert!(hall.desk.active(kind));
        assert_eq!(hall.handle(0).told, "l");
        hall.wait(59);
        assert_eq!(hall.handle(0).told, "l");
        hall.handle(0).refuses = None;
        hall.wait(2);
        assert_eq!(hall.handle(0).told, "ll");
        assert!(!hall.desk.active(AlarmKind::RightsDrift) && !hall.desk.active(AlarmKind::RightsTooMany));
        hall.check_converged();
    }
}

#[test]
fn a_list_is_never_cut_short() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    hall.desk.report(device, DeviceReport::Described(able(2)));
    hall.person(1, &[0]);
    let (_, grant) = hall.person(2, &[0]);
    let now = hall.desk.now.wall;
    assert!(hall.handle(0).opens(card(1), now));
    let (_, third) = hall.person(3, &[0]);
    assert!(hall.desk.active(AlarmKind::RightsTooMany));
    assert_eq!([1, 2, 3].map(|number| hall.handle(0).opens(card(number), now)), [false; 3], "it opens for nobody");
    hall.revoke(third);
    assert!(!hall.desk.active(AlarmKind::RightsTooMany));
    hall.revoke(grant);
    assert_eq!([1, 2, 3].map(|number| hall.handle(0).opens(card(number), now)), [true, false, false]);
    hall.check_converged();
}

#[test]
fn a_handle_that_keeps_no_list_any_more_is_told_to_forget_it() {
    let mut hall = Hall::of(1);
    hall.person(1, &[0]);
    let device = hall.device(0);
    hall.desk.report(device, DeviceReport::Described(Description::default()));
    hall.carry();
    assert!(hall.handle(0).held.is_none());
    assert_eq!(hall.receipts().total, 0);
}

#[test]
fn a_blocked_door_opens_for_nobody_and_that_has_a_receipt_too() {
    let mut hall = Hall::of(1);
    hall.person(1, &[0]);
    let door = hall.desk.door(&super::rack_path(0));
    let order = |hall: &mut Hall, order| {
        hall.desk.command(Command::SetDoorMode { door, order, reason: reason("work") }).unwrap();
    };
    order(&mut hall, ModeOrder::Block);
    assert_eq!(hall.behind().len(), 1, "a list of the generation before does not settle it");
    hall.carry();
    let now = hall.desk.now.wall;
    assert!(!hall.handle(0).opens(card(1), now));
    assert_eq!(hall.behind(), []);
    order(&mut hall, ModeOrder::Lock);
    hall.carry();
    assert!(hall.handle(0).opens(card(1), now));
}

#[test]
fn a_list_renewed_since_the_last_change_is_no_receipt_for_the_next() {
    let mut hall = Hall::of(2);
    let (held, empty) = (hall.device(0), hall.device(1));
    hall.person(1, &[0]);
    hall.go(empty);
    // A right that no device is to hold now: a generation without a change for devices.
    hall.person(2, &[1]);
    hall.wait(LIFE_SECS / 2 + 60);
    hall.go(held);
    let door = hall.desk.door(&super::rack_path(0));
    hall.desk.command(Command::SetDoorMode { door, order: ModeOrder::Block, reason: reason("work") }).unwrap();
    hall.carry();
    let list = hall.desk.engine.records().rights[&held].applied.unwrap();
    let change = hall.desk.engine.records().rights[&held].narrowed.unwrap();
    assert!(list.generation < change.generation, "the list was made before");
    assert_eq!(hall.behind().len(), 1);
    hall.restart();
    assert_eq!(hall.behind().iter().map(|row| row.device).collect::<Vec<_>>(), [held]);
    let now = hall.desk.now.wall;
    assert!(hall.handle(0).opens(card(1), now), "which is what the receipt is about");
    hall.come(held);
    assert_eq!(hall.behind(), []);
}

#[test]
fn a_restart_forgets_nothing_that_handles_may_hold() {
    let mut hall = Hall::of(2);
    let (_, grant) = hall.person(1, &[0, 1]);
    hall.person(2, &[0, 1]);
    hall.restart();
    hall.all_come();
    hall.check_converged();
    let away = hall.device(0);
    hall.go(away);
    hall.restart();
    hall.revoke(grant);
    assert_eq!(hall.behind().len(), 2, "none has answered since the start");
    let kept = hall.behind();
    hall.restart();
    assert_eq!(hall.behind().iter().map(|row| row.since).collect::<Vec<_>>(), [kept[0].since, kept[1].since]);
    let other = hall.device(1);
    hall.come(other);
    assert_eq!(hall.behind().iter().map(|row| row.device).collect::<Vec<_>>(), [away]);
    hall.wait(61);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.restart();
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.come(away);
    assert!(!hall.desk.active(AlarmKind::RevocationPending));
    hall.check_converged();
}

#[test]
fn a_restart_while_lists_are_under_way() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    hall.handle(0).mute = true;
    hall.revoke(grant);
    assert_eq!(hall.behind().len(), 1);
    hall.restart();
    assert_eq!(hall.behind().len(), 1);
    hall.handle(0).mute = false;
    hall.all_come();
    hall.check_converged();
}

#[test]
fn no_list_goes_while_the_journal_cannot_be_written() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    hall.desk.command(Command::RevokeGrant { grant, reason: reason("over") }).unwrap();
    // The gate keeps what waits for the entries of this batch.
    hall.desk.outputs.clear();
    hall.desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    hall.handle(0).told.clear();
    hall.carry();
    hall.wait(30);
    assert_eq!(hall.handle(0).told, "");
    assert_eq!(hall.behind().len(), 1);
    hall.desk.input(Input::StoreRecovered);
    hall.carry();
    assert_eq!(hall.handle(0).told, "l");
    hall.check_converged();
}

#[test]
fn a_clock_that_is_set_ends_what_is_over() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    let device = hall.device(0);
    hall.go(device);
    hall.revoke(grant);
    assert_eq!(hall.behind().len(), 1);
    hall.desk.now.wall = hall.desk.now.wall.after(Duration::from_secs(LIFE_SECS));
    hall.desk.input(Input::Tick);
    assert_eq!(hall.behind(), []);
    assert!(!hall.desk.active(AlarmKind::RevocationPending));
}

#[test]
fn a_tenant_sees_its_own_handles() {
    let mut draft = super::racks(2);
    draft.areas[2].owner = Some("tenant".into());
    let mut hall = Hall::with(draft);
    let (_, grant) = hall.person(1, &[0]);
    let tenant = hall.desk.engine.site().organisations().iter().find(|row| row.name == "tenant").unwrap().id;
    let away = hall.device(0);
    hall.go(away);
    hall.revoke(grant);
    let ask = |query| hall.desk.engine.answer(hall.desk.now, Scope::Organisation(tenant), &query);
    let Answer::Receipts(receipts) = ask(Query::Receipts { through: None }) else { panic!() };
    assert_eq!((receipts.total, receipts.behind.len()), (1, 0));
    let Answer::Status(status) = ask(Query::Status) else { panic!() };
    assert_eq!((status.receipts.total, status.receipts.pending), (1, 0));
    assert!(matches!(ask(Query::Exposure(away)), Answer::Exposure(None)));
    let Answer::Status(status) = hall.desk.engine.answer(hall.desk.now, Scope::Site, &Query::Status) else { panic!() };
    assert_eq!((status.receipts.total, status.receipts.pending), (2, 1));
    assert_eq!(status.receipts.oldest, Some(hall.desk.now.wall));
}
