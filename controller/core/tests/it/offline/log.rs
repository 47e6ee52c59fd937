//! What handles tell of the time when they were on their own.

use std::time::Duration;

use super::{Hall, able, rack_path};
use crate::site::{card, reason};
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::door::Passage;
use rackward_core::engine::input::{Identity, LogRecord};
use rackward_core::entry::OfflineEntry;
use rackward_core::rights_list::{ListNumber, Logged};
use rackward_core::{Command, DeviceReport, Entry, Input, Output, Wall};

impl Hall {
    fn tell(&mut self, number: usize, record: u64, at: Wall, what: Logged) {
        let device = self.device(number);
        self.desk.report(device, DeviceReport::Logged(LogRecord { number: record, at, what }));
        self.carry();
    }

    /// The alarms at a handle since the start, in order.
    fn alarms_at(&self, number: usize) -> Vec<AlarmKind> {
        let device = AlarmSource::Device(self.device(number));
        let raised = self.desk.journal.iter().filter_map(|stamped| match stamped.entry {
            Entry::AlarmRaised { kind, source, .. } if source == device => Some(kind),
            _ => None,
        });
        raised.filter(|kind| *kind != AlarmKind::DeviceOffline).collect()
    }
}

fn admitted(number: u8) -> Logged {
    Logged::Admitted { card: card(number), list: ListNumber(1) }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_log_joins_the_journal_in_order_and_once() {
    let mut hall = Hall::of(1);
    let (person, _) = hall.person(1, &[0]);
    let device = hall.device(0);
    hall.go(device);
    let gone = hall.desk.now.wall;
    hall.wait(3_600);
    hall.come(device);
    let record = hall.desk.record(&rack_path(0));
    let at = |seconds| gone.after(secs(seconds));
    let told = [
        (1, at(60), admitted(1)),
        (2, at(62), Logged::Opened),
        (3, at(90), Logged::Closed),
        (4, at(95), Logged::Refused { card: card(9) }),
    ];
    for (number, at, what) in told {
        hall.tell(0, number, at, what);
    }
    for (number, at, what) in told {
        hall.tell(0, number, at, what);
    }
    let journalled: Vec<(u64, Wall, Logged, bool)> = hall
        .desk
        .journal
        .iter()
        .filter_map(|stamped| match &stamped.entry {
            Entry::Offline(OfflineEntry::Logged { number, happened, what, person: by, .. }) => {
                Some((*number, *happened, *what, *by == Some(person)))
            }
            _ => None,
        })
        .collect();
    let expected: Vec<_> = told.iter().map(|(number, at, what)| (*number, *at, *what, *number == 1)).collect();
    assert_eq!(journalled, expected);
    assert_eq!(hall.handle(0).noted, 4);
    assert_eq!(hall.alarms_at(0), []);
    assert_eq!(hall.desk.record(&rack_path(0)), record, "the door stands as its sensors say");
    assert_eq!(record.passage, Passage::Idle);
    assert!(hall.desk.engine.records().presence.is_empty(), "nobody stands in a rack");
}

#[test]
fn an_opening_that_nothing_explains_is_forced() {
    // What was told before it, seconds before it; whether it is forced.
    let check = |before: &[(u64, Logged)], forced: bool| {
        let mut hall = Hall::of(1);
        hall.person(1, &[0]);
        let at = hall.desk.now.wall.after(secs(1_000));
        hall.wait(2_000);
        for (number, (ago, what)) in (1..).zip(before) {
            hall.tell(0, number, Wall::from_seconds(at.as_seconds() - i64::try_from(*ago).unwrap()), *what);
        }
        hall.tell(0, before.len() as u64 + 1, at, Logged::Opened);
        assert_eq!(hall.alarms_at(0).contains(&AlarmKind::HandleForced), forced, "{before:?}");
        assert!(!hall.desk.active(AlarmKind::HandleForced), "it is over");
    };
    check(&[], true);
    check(&[(2, admitted(1))], false);
    check(&[(300, admitted(1))], true);
    check(&[(3, admitted(1)), (2, Logged::Opened), (1, Logged::Closed)], true);
    check(&[(3, admitted(1)), (2, Logged::Opened)], false);
    check(&[(300, Logged::KeyTurned)], false);
    check(&[(300, Logged::KeyTurned), (200, Logged::Closed)], true);
    check(&[(2, Logged::Refused { card: card(1) })], true);
}

#[test]
fn key_and_cover_are_alarms_afterwards_too() {
    let mut hall = Hall::of(1);
    let now = hall.desk.now.wall;
    hall.tell(0, 1, now, Logged::KeyTurned);
    hall.tell(0, 2, now, Logged::Tampered);
    assert_eq!(hall.alarms_at(0), [AlarmKind::KeyOverride, AlarmKind::Tamper]);
    let device = hall.device(0);
    hall.desk.report(device, DeviceReport::Tamper(true));
    hall.tell(0, 3, now, Logged::Tampered);
    assert!(hall.desk.active(AlarmKind::Tamper), "what holds now goes on");
}

#[test]
fn a_card_that_lost_its_right_before_it_opened_is_an_alarm() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    let (_, later) = hall.person(2, &[0]);
    let device = hall.device(0);
    hall.go(device);
    hall.wait(100);
    hall.revoke(grant);
    let revoked = hall.desk.now.wall;
    hall.wait(1_000);
    let before = Wall::from_seconds(revoked.as_seconds() - 50);
    let after = revoked.after(secs(50));
    let back = |hall: &mut Hall| {
        hall.come(device);
        hall.check_converged();
    };
    back(&mut hall);
    hall.tell(0, 1, before, admitted(1));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 0, "it had the right then");
    hall.tell(0, 2, after, admitted(2));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 0);
    hall.tell(0, 3, after, admitted(1));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 1);
    hall.revoke(later);
    hall.tell(0, 4, after, admitted(2));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 1, "it lost the right only later");
    hall.tell(0, 5, after, admitted(77));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 2, "nobody's card");
}

#[test]
fn a_revoked_use_is_known_after_a_restart() {
    let mut hall = Hall::of(1);
    let (_, grant) = hall.person(1, &[0]);
    let device = hall.device(0);
    hall.go(device);
    hall.wait(100);
    hall.revoke(grant);
    let revoked = hall.desk.now.wall;
    hall.wait(100);
    hall.restart();
    hall.come(device);
    hall.tell(0, 1, Wall::from_seconds(revoked.as_seconds() - 5), admitted(1));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 0);
    hall.tell(0, 2, revoked.after(secs(50)), admitted(1));
    assert_eq!(hall.desk.raised(AlarmKind::RevokedUse), 1);
}

#[test]
fn records_that_are_missing_are_noticed() {
    let mut hall = Hall::of(1);
    let now = hall.desk.now.wall;
    let lost = |hall: &Hall| hall.desk.names().iter().filter(|name| **name == "device.link-trouble").count();
    hall.tell(0, 1, now, Logged::Closed);
    assert_eq!(lost(&hall), 0);
    hall.tell(0, 5, now, Logged::Closed);
    assert_eq!((lost(&hall), hall.handle(0).noted), (0, 1), "the handle has them still, perhaps");
    hall.wait(39);
    assert_eq!((lost(&hall), hall.handle(0).noted, hall.handle(0).told_again), (0, 1, 4));
    hall.wait(1);
    assert_eq!(lost(&hall), 1, "{:?}", hall.desk.names());
    assert_eq!(hall.handle(0).noted, 5);
}

/// The numbers of the records in the journal.
fn joined(hall: &Hall) -> Vec<u64> {
    let all = hall.journal.iter().chain(&hall.desk.journal);
    let number = |stamped: &rackward_core::Stamped| match stamped.entry {
        Entry::Offline(OfflineEntry::Logged { number, .. }) => Some(number),
        _ => None,
    };
    all.filter_map(number).collect()
}

#[test]
fn a_record_that_comes_late_joins_before_those_that_overtook_it() {
    // In which order records come, a handle that is gone and comes back as 0; the journal in the end.
    let check = |told: &[u64], expect: &[u64]| {
        let mut hall = Hall::of(1);
        let (device, now) = (hall.device(0), hall.desk.now.wall);
        for number in told {
            if *number == 0 {
                hall.go(device);
                hall.wait(100);
                hall.come(device);
            } else {
                hall.tell(0, *number, now, Logged::Refused { card: card(9) });
            }
        }
        assert_eq!(joined(&hall), expect, "{told:?}");
        assert_eq!(hall.handle(0).noted, expect.last().copied().unwrap_or(0));
        hall.wait(100);
    };
    check(&[1, 3, 2], &[1, 2, 3]);
    check(&[3, 2, 1], &[1, 2, 3]);
    check(&[1, 3, 4, 3, 2, 3, 4], &[1, 2, 3, 4]);
    check(&[1, 4, 2], &[1, 2]);
    check(&[1, 3, 0, 2], &[1, 2]);
    check(&[1, 3, 0, 4, 3, 2], &[1, 2, 3, 4]);
    check(&[1, u64::MAX, 2], &[1, 2]);
}

#[test]
fn nothing_is_given_up_while_the_journal_cannot_be_written() {
    let mut hall = Hall::of(1);
    let now = hall.desk.now.wall;
    hall.tell(0, 1, now, Logged::Closed);
    hall.tell(0, 3, now, Logged::Closed);
    hall.desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    hall.wait(200);
    assert_eq!(joined(&hall), [1]);
    hall.desk.input(Input::StoreRecovered);
    hall.tell(0, 2, now, Logged::Closed);
    assert_eq!(joined(&hall), [1, 2, 3]);
}

#[test]
fn the_log_of_another_device_begins_anew() {
    // What makes it another.
    let check = |what: &str, replace: &dyn Fn(&mut Hall)| {
        let mut hall = Hall::of(1);
        let now = hall.desk.now.wall;
        (1..=5).for_each(|number| hall.tell(0, number, now, Logged::Closed));
        replace(&mut hall);
        hall.handle(0).reached = true;
        hall.tell(0, 1, now, Logged::Opened);
        hall.tell(0, 2, now, Logged::Closed);
        assert_eq!(joined(&hall), [1, 2, 3, 4, 5, 1, 2], "{what}");
        assert_eq!(hall.handle(0).noted, 2, "{what}");
    };
    let other = || Identity { model: "m".into(), serial: "other".into(), firmware: "1".into() };
    check("accepted", &|hall| {
        let device = hall.device(0);
        hall.go(device);
        hall.desk.report(device, DeviceReport::Online(other()));
        hall.desk.command(Command::AcceptDevice { device, reason: reason("exchanged") }).unwrap();
        hall.desk.report(device, DeviceReport::Described(able(100)));
    });
    check("enrolled", &|hall| {
        let device = hall.device(0);
        hall.enrol(device);
        hall.desk.report(device, DeviceReport::Online(other()));
        hall.desk.report(device, DeviceReport::Described(able(100)));
    });
}

#[test]
fn a_log_is_noted_once_it_is_durable() {
    let mut hall = Hall::of(1);
    let device = hall.device(0);
    let at = hall.desk.now.wall;
    let report = DeviceReport::Logged(LogRecord { number: 1, at, what: Logged::Closed });
    hall.desk.report(device, report);
    assert!(hall.desk.outputs.iter().any(|output| matches!(output, Output::NoteLog { through: 1, .. })));
    // The gate keeps it while the entry is not durable.
    hall.desk.outputs.clear();
    hall.desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
    hall.carry();
    hall.wait(60);
    assert_eq!(hall.handle(0).noted, 0);
    hall.desk.input(Input::StoreRecovered);
    hall.carry();
    assert_eq!(hall.handle(0).noted, 1);
}
