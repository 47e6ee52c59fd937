//! Stories in which nobody can be sure what a handle holds: answers that cross changes, records that are damaged or older than
//! the handle, clocks that are set. Whatever is in doubt counts as held.

use std::time::Duration;

use super::Hall;
use crate::site::card;
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{Identity, OfflineCause, RightsOutcome, RightsReport};
use rackward_core::entry::OfflineEntry;
use rackward_core::id::Generation;
use rackward_core::records::DamagedRow;
use rackward_core::rights_list::{HeldList, ListDigest, ListNumber};
use rackward_core::{Answer, DeviceReport, Input, Query, Wall};

const LIFE_SECS: u64 = 8 * 3_600;
const DAY_SECS: u64 = 86_400;

impl Hall {
    fn opens(&mut self, rack: usize, number: u8) -> bool {
        let now = self.desk.now.wall;
        self.handle(rack).opens(card(number), now)
    }

    fn set_clock(&mut self, seconds: i64) {
        let micros = self.desk.now.wall.as_micros() + seconds * 1_000_000;
        self.desk.now.wall = Wall::from_micros(micros);
        self.desk.input(Input::Tick);
        self.carry();
    }

    fn damage(&mut self, table: &str, rack: usize) {
        let device = self.device(rack);
        let mut records = self.desk.engine.records().clone();
        match table {
            "device_rights" => drop(records.rights.remove(&device)),
            _ => drop(records.certificates.remove(&device)),
        }
        self.robbed = true;
        self.restart_with(records, &[DamagedRow { table: table.into(), key: device.get().into() }]);
    }
}

#[test]
fn an_answer_to_a_list_that_a_newer_one_follows_is_a_receipt_for_the_older() {
    let mut hall = Hall::of(1);
    let (_, first) = hall.person(1, &[0]);
    let (_, second) = hall.person(2, &[0]);
    hall.handle(0).slow = true;
    hall.revoke(first);
    let one = hall.behind()[0].generation;
    hall.revoke(second);
    assert_eq!(hall.behind()[0].generation, one);
    hall.arrive(0);
    assert_eq!(hall.desk.raised(AlarmKind::RightsDrift), 0, "it was ours");
    assert_eq!(hall.count(|entry| matches!(entry, OfflineEntry::ListDrifted { .. })), 0);
    assert!(hall.behind()[0].generation > one, "the first is settled, the second is not");
    hall.arrive(0);
    hall.check_converged();
    assert!(!hall.opens(0, 1) && !hall.opens(0, 2));
}

#[test]
fn an_answer_of_before_a_list_on_its_way_settles_nothing() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    hall.handle(0).slow = true;
    // A list with the card is on its way when the card loses its right.
    let (_, grant) = hall.person(1, &[0]);
    hall.revoke(grant);
    let nothing = RightsReport { held: None, outcome: RightsOutcome::Holding };
    hall.desk.report(device, DeviceReport::Rights(nothing));
    assert_eq!(hall.behind().len(), 1, "the list with the card may still come to it");
    hall.desk.report(device, DeviceReport::Offline(OfflineCause::ConnectionLost));
    hall.wait(70);
    assert_eq!(hall.behind().len(), 1);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.handle(0).slow = false;
    hall.come(device);
    hall.check_converged();
    assert!(!hall.opens(0, 1));
}

#[test]
fn a_receipt_for_a_list_of_before_a_change_settles_nothing_after_a_restart_either() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    let (_, grant) = hall.person(1, &[0]);
    hall.handle(0).slow = true;
    // It takes this list, and its receipt is lost.
    hall.person(2, &[0]);
    hall.go(device);
    hall.revoke(grant);
    hall.restart();
    assert_eq!(hall.behind().len(), 1);
    hall.come(device);
    assert_eq!(hall.behind().len(), 1, "the list that it has was made before the change");
    hall.arrive(0);
    assert_eq!(hall.behind().len(), 1, "which it says again");
    hall.arrive(0);
    hall.check_converged();
}

#[test]
fn a_change_among_very_many_waits_for_a_list_of_after_it() {
    let mut hall = Hall::of(1);
    let grants: Vec<_> = (0..40).map(|number| hall.person(number, &[0]).1).collect();
    hall.handle(0).slow = true;
    let mut generations = Vec::new();
    for grant in grants {
        hall.revoke(grant);
        generations.push(hall.desk.engine.records().generation);
    }
    let is_behind = |hall: &Hall, through| {
        let query = Query::Receipts { through: Some(through) };
        let Answer::Receipts(all) = hall.desk.engine.answer(hall.desk.now, Scope::Site, &query) else { panic!() };
        !all.behind.is_empty()
    };
    let answers = hall.handle(0).on_the_way.len();
    for _ in 0..answers {
        hall.arrive(0);
        let held = hall.desk.engine.records().rights[&hall.device(0)]
            .applied
            .map_or(Generation::new(0), |list| list.generation);
        for generation in generations.iter().filter(|generation| **generation > held) {
            assert!(is_behind(&hall, *generation), "{generation:?} with {held:?} applied");
        }
    }
    hall.check_converged();
}

#[test]
fn a_device_that_drifted_may_honour_what_was_taken_long_ago() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    let old = hall.handle(0).held.clone();
    hall.revoke(grant);
    hall.wait(600);
    assert_eq!(hall.behind(), []);
    let device = hall.device(0);
    hall.go(device);
    hall.handle(0).held = old;
    hall.handle(0).mute = true;
    hall.come(device);
    assert!(hall.desk.active(AlarmKind::RightsDrift));
    assert_eq!(hall.behind().len(), 1);
    hall.wait(61);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.restart();
    assert_eq!(hall.behind().len(), 1, "and so after a restart");
    hall.handle(0).mute = false;
    hall.come(device);
    hall.check_converged();
    assert!(!hall.desk.active(AlarmKind::RightsDrift) && !hall.desk.active(AlarmKind::RevocationPending));
}

#[test]
fn a_device_cannot_say_that_it_holds_a_list_for_ever() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    hall.revoke(grant);
    let device = hall.device(0);
    let held = HeldList {
        number: ListNumber(u64::MAX),
        generation: Generation::new(1),
        digest: ListDigest([7; 32]),
        expires: Wall::from_seconds(i64::MAX / 2_000_000),
    };
    hall.handle(0).slow = true;
    let report = RightsReport { held: Some(held), outcome: RightsOutcome::Holding };
    hall.desk.report(device, DeviceReport::Rights(report));
    hall.go(device);
    let day = hall.desk.now.wall.after(Duration::from_secs(DAY_SECS));
    assert_eq!(hall.behind()[0].honours_until, Some(day));
    hall.wait(DAY_SECS + 1);
    assert_eq!(hall.behind(), []);
}

#[test]
fn what_a_device_holds_whose_record_is_damaged_is_in_doubt_for_a_day() {
    let mut hall = Hall::of(2);
    hall.person(1, &[0, 1]);
    hall.damage("device_rights", 0);
    let [away, other] = [hall.device(0), hall.device(1)];
    let behind = hall.behind();
    assert_eq!(behind.iter().map(|row| row.device).collect::<Vec<_>>(), [away]);
    assert_eq!(behind[0].honours_until, Some(hall.desk.now.wall.after(Duration::from_secs(DAY_SECS))));
    hall.come(other);
    hall.wait(61);
    assert!(hall.desk.active(AlarmKind::RevocationPending));
    hall.restart();
    assert_eq!(hall.behind().len(), 1, "the doubt is in the journal");
    hall.handle(0).told.clear();
    hall.come(away);
    assert!(hall.handle(0).told.starts_with('f') && hall.handle(0).told.ends_with('l'), "{}", hall.handle(0).told);
    hall.come(other);
    hall.check_converged();

    hall.go(away);
    hall.damage("device_rights", 0);
    hall.wait(DAY_SECS + 10);
    assert!(!hall.behind().iter().any(|row| row.device == away));
}

#[test]
fn a_restored_database_is_behind_its_devices_and_they_take_lists_again() {
    let mut hall = Hall::of(1);
    hall.person(1, &[0]);
    let backup = hall.desk.engine.records().clone();
    for number in 2..12 {
        let (_, grant) = hall.person(number, &[0]);
        hall.revoke(grant);
        hall.wait(5);
    }
    hall.robbed = true;
    hall.restart_with(backup, &[]);
    hall.all_come();
    hall.check_converged();
    assert!(hall.opens(0, 1));
    assert!(!hall.desk.active(AlarmKind::RightsDrift));
    let refused = |entry: &OfflineEntry| matches!(entry, OfflineEntry::ListRefused { .. });
    assert_eq!(hall.count(refused), 0);
}

#[test]
fn numbers_of_lists_rise_whatever_the_clock_does() {
    let mut hall = Hall::of(1);
    for (number, step) in (1..).zip([100_000, -7_200, 0, 7_200, -LIFE_SECS.cast_signed(), 1]) {
        hall.set_clock(step);
        let (_, grant) = hall.person(number, &[0]);
        assert!(hall.opens(0, number), "after {step}");
        hall.revoke(grant);
        assert!(!hall.opens(0, number), "after {step}");
        hall.check_converged();
    }
    assert_eq!(hall.count(|entry| matches!(entry, OfflineEntry::ListRefused { .. })), 0);
}

#[test]
fn a_clock_that_is_set_forward_and_back_forgets_nothing() {
    let mut hall = Hall::of(2);
    let (_, grant) = hall.person(1, &[0, 1]);
    hall.person(2, &[0, 1]);
    let device = hall.device(0);
    hall.go(device);
    hall.revoke(grant);
    let kept = hall.behind();
    let weeks = 20 * 86_400;
    hall.set_clock(weeks);
    assert_eq!(hall.behind(), [], "by this clock the list is over");
    hall.set_clock(-weeks);
    let again = hall.behind();
    assert_eq!(
        again.iter().map(|row| (row.device, row.honours_until)).collect::<Vec<_>>(),
        [(device, kept[0].honours_until)]
    );
    assert!(hall.opens(1, 2), "a right that seemed over is none the less");
    assert!(!hall.opens(1, 1));
    hall.come(device);
    hall.check_converged();
    assert!(hall.opens(0, 2) && !hall.opens(0, 1));
}

#[test]
fn a_damaged_record_of_certificates_counts_for_nothing() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    hall.enrol(device);
    hall.come(device);
    let believed = |hall: &Hall| hall.desk.names().contains(&"device.online");
    assert!(believed(&hall));
    hall.damage("certificates", 0);
    let counting = hall.desk.engine.records().certificates[&device].counting().count();
    assert_eq!(counting, 0);
    hall.come(device);
    assert!(!believed(&hall), "{:?}", hall.desk.names());
}

#[test]
fn a_handle_that_left_the_site_file_with_a_list_is_behind_until_that_list_is_over() {
    let mut hall = Hall::of(2);
    let gone = hall.device(1);
    let (_, grant) = hall.person(1, &[0, 1]);
    hall.check_converged();
    hall.draft.devices[1].name = "another-name".into();
    hall.handles.remove(&gone);
    hall.restart();
    hall.all_come();
    hall.revoke(grant);
    let [behind] = &hall.behind()[..] else { panic!("{:?}", hall.behind()) };
    assert_eq!(behind.device, gone, "nobody can take its list away");
    assert!(behind.honours_until.is_some());
    assert_eq!(hall.receipts().total, 2);
    let Answer::Status(status) = hall.desk.engine.answer(hall.desk.now, Scope::Site, &Query::Status) else { panic!() };
    assert_eq!((status.receipts.total, status.receipts.pending), (2, 1), "the summary says the same");
    hall.wait(LIFE_SECS + 60);
    assert_eq!(hall.behind(), []);
}

#[test]
fn a_handle_in_anothers_place_is_told_at_once_to_open_for_nobody_by_itself() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    hall.person(1, &[0]);
    let other = Identity { model: "another".into(), serial: "XX-9".into(), firmware: "1.0.0".into() };
    for _ in 0..2 {
        hall.desk.report(device, DeviceReport::Online(other.clone()));
    }
    hall.carry();
    assert_eq!(hall.count(|entry| matches!(entry, OfflineEntry::OnlineOnlyOrdered { .. })), 1, "told once");
    assert!(!hall.opens(0, 1));
}

#[test]
fn a_handle_that_comes_back_with_a_list_that_is_over_has_not_drifted() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    let (_, grant) = hall.person(1, &[0]);
    // A list that nobody heard of being applied, and a newer one that never came to it.
    hall.handle(0).mute = true;
    hall.restart();
    hall.all_come();
    hall.go(device);
    hall.revoke(grant);
    hall.wait(LIFE_SECS + 60);
    hall.handle(0).mute = false;
    hall.come(device);
    hall.wait(60);
    assert_eq!(hall.desk.raised(AlarmKind::RightsDrift), 0, "a list that is over is no list");
    hall.check_converged();
}
