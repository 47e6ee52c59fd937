//! Who is called when nobody answers, in virtual time and over restarts.

use std::time::Duration;

use super::{
    acknowledged, check_replay, guarded, letter, level, minutes, of_kind, operator, raised, restarted, set, shelve_for,
};
use crate::site::{Desk, order_of, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::EscalationLevel::{
    self, Desk as AtDesk, DutyManager, External, SecondDesk, Supervisor,
};
use rackward_core::alarm::life::ShelfKind;
use rackward_core::engine::command::{AlarmOrder, OperatorCommand};
use rackward_core::entry::AlarmEntry;
use rackward_core::permission::Actor;
use rackward_core::{Command, Entry, Reply, Wall};

/// When an alarm was carried up to which level, in seconds after `from`.
fn calls(desk: &Desk, from: Wall) -> Vec<(u64, EscalationLevel)> {
    let call = |stamped: &rackward_core::Stamped| match &stamped.entry {
        Entry::Alarm(AlarmEntry::Escalated { level, .. }) => Some((stamped.at.since(from).as_secs(), *level)),
        _ => None,
    };
    desk.journal.iter().filter_map(call).collect()
}

#[test]
fn nobody_answers() {
    let check = |kind: AlarmKind, expect: &[(u64, EscalationLevel)]| {
        let mut desk = guarded();
        raised(&mut desk, kind);
        let from = desk.now.wall;
        desk.wait(Duration::from_secs(3 * 86_400));
        assert_eq!(calls(&desk, from), expect, "{kind:?}");
        check_replay(&desk);
    };
    check(AlarmKind::Tamper, &[(30, SecondDesk), (60, DutyManager), (120, External)]);
    check(AlarmKind::DeviceOffline, &[(300, SecondDesk), (900, DutyManager)]);
    check(AlarmKind::ClimateFault, &[(3_600, SecondDesk), (28_800, DutyManager)]);
}

#[test]
fn an_answer_stops_the_calls_and_an_alarm_that_is_left_goes_to_the_supervisor() {
    let check = |kind: AlarmKind, minutes_later: u64| {
        let mut desk = guarded();
        let alarm = raised(&mut desk, kind);
        let from = desk.now.wall;
        desk.wait_secs(29);
        acknowledged(&mut desk, alarm).unwrap();
        desk.wait(minutes(minutes_later) - Duration::from_secs(1));
        assert_eq!(calls(&desk, from), []);
        desk.wait_secs(1);
        assert_eq!(calls(&desk, from), [(29 + 60 * minutes_later, Supervisor)]);
        desk.wait(minutes(600));
        assert_eq!(calls(&desk, from).len(), 1);
    };
    check(AlarmKind::Tamper, 15);
    check(AlarmKind::DeviceOffline, 60);
}

#[test]
fn clocks_go_on_over_a_restart() {
    let mut desk = guarded();
    let (from, alarm) = (desk.now.wall, raised(&mut desk, AlarmKind::Tamper));
    desk.wait_secs(40);
    let mut desk = restarted(&desk, Duration::from_secs(5));
    assert_eq!(level(&desk, alarm), SecondDesk);
    desk.wait_secs(14);
    assert_eq!(calls(&desk, from), []);
    desk.wait_secs(1);
    assert_eq!(calls(&desk, from), [(60, DutyManager)]);
    // What came due while nothing ran comes at once, each step for whoever waits for it.
    let desk = restarted(&desk, minutes(10));
    assert_eq!(calls(&desk, from), [(660, External)]);
}

#[test]
fn clocks_go_on_over_a_jump_of_the_wall_clock() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::PowerFault);
    desk.command(shelve_for(&desk, alarm, minutes(300), ShelfKind::Timed)).unwrap();
    desk.now.wall = desk.now.wall.after(minutes(301));
    desk.wait(minutes(1));
    assert_eq!(letter(&desk, alarm), 'B', "found within a minute");
}

#[test]
fn what_is_put_aside_waits_for_nobody_and_begins_to_wait_when_it_comes_back() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::DeviceOffline);
    let from = desk.now.wall;
    desk.wait_secs(100);
    desk.command(shelve_for(&desk, alarm, minutes(30), ShelfKind::Timed)).unwrap();
    desk.wait(minutes(30));
    assert_eq!((letter(&desk, alarm), calls(&desk, from)), ('B', vec![]));
    desk.wait_secs(300);
    assert_eq!(calls(&desk, from), [(100 + 1_800 + 300, SecondDesk)]);
}

#[test]
fn what_comes_and_goes_is_carried_up_all_the_same() {
    let mut desk = guarded();
    let from = desk.now.wall;
    for _ in 0..12 {
        set(&mut desk, AlarmKind::Tamper, true);
        desk.wait_secs(5);
        set(&mut desk, AlarmKind::Tamper, false);
        desk.wait_secs(5);
    }
    assert_eq!(calls(&desk, from), [(30, SecondDesk), (60, DutyManager), (120, External)]);
    let alarm = of_kind(&desk, AlarmKind::Tamper);
    assert_eq!(desk.engine.records().alarms[&alarm].life.raised_times, 12);
    // Once somebody has seen it, the next time is a new one.
    acknowledged(&mut desk, alarm).unwrap();
    set(&mut desk, AlarmKind::Tamper, true);
    assert_eq!((letter(&desk, alarm), level(&desk, alarm)), ('B', AtDesk));
    desk.wait_secs(30);
    assert_eq!(level(&desk, alarm), SecondDesk);
}

#[test]
fn an_operator_calls_for_more_and_the_clock_goes_on_above() {
    let mut desk = guarded();
    let (from, alarm) = (desk.now.wall, raised(&mut desk, AlarmKind::Tamper));
    let up = |to| order_of(alarm, AlarmOrder::Escalate { to, reason: reason("they are inside") });
    desk.command(up(Some(DutyManager))).unwrap();
    desk.command(up(Some(SecondDesk))).unwrap_err();
    desk.wait(minutes(5));
    assert_eq!(calls(&desk, from), [(0, DutyManager), (120, External)]);
    desk.command(up(None)).unwrap();
    assert_eq!(level(&desk, alarm), Supervisor);
    desk.command(up(None)).unwrap_err();
    let by_hand = desk.journal.iter().filter(
        |stamped| matches!(&stamped.entry, Entry::Alarm(AlarmEntry::Escalated { by, .. }) if *by != Actor::System),
    );
    assert_eq!(by_hand.count(), 2);
}

#[test]
fn what_comes_back_calls_everybody_again() {
    let mut desk = guarded();
    let (from, alarm) = (desk.now.wall, raised(&mut desk, AlarmKind::Tamper));
    desk.wait(minutes(3));
    let chain = [(30, SecondDesk), (60, DutyManager), (120, External)];
    assert_eq!(calls(&desk, from), chain);
    let shelve = shelve_for(&desk, alarm, minutes(10), ShelfKind::Timed);
    let Ok(Reply::Proposed(proposal)) = desk.command_of(operator(1), shelve) else { panic!() };
    desk.command_of(operator(2), Command::Operator(OperatorCommand::Confirm { proposal })).unwrap();
    desk.wait(minutes(10));
    assert_eq!((letter(&desk, alarm), level(&desk, alarm)), ('B', AtDesk));
    desk.wait(minutes(60));
    let again = chain.map(|(second, level)| (780 + second, level));
    assert_eq!(calls(&desk, from)[3..], again);
    check_replay(&desk);
}

#[test]
fn what_nobody_has_seen_and_begins_again_much_later_calls_everybody_again() {
    let mut desk = guarded();
    let from = desk.now.wall;
    let chain = [(30, SecondDesk), (60, DutyManager), (120, External)];
    let once = |desk: &mut Desk| {
        set(desk, AlarmKind::Tamper, true);
        set(desk, AlarmKind::Tamper, false);
    };
    once(&mut desk);
    desk.wait(minutes(15) - Duration::from_secs(1));
    once(&mut desk);
    desk.wait(minutes(10));
    assert_eq!(calls(&desk, from), chain, "one who comes back at once was told of");
    desk.wait(minutes(120));
    let later = desk.now.wall.since(from).as_secs();
    once(&mut desk);
    desk.wait(minutes(5));
    assert_eq!(calls(&desk, from)[3..], chain.map(|(second, level)| (later + second, level)));
    check_replay(&desk);
}
