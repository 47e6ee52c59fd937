//! What was put away can be read for a day, over restarts as well, and so much of it at most; labels that a restart came
//! between are given all the same. The disk that fills is here too: it is the daemon's own.

use super::{acknowledged, check_replay, guarded, minutes, of_kind, on_list, raised, restarted, set, status};
use crate::site::{Desk, order_of, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::{CauseLabel, Verdict};
use rackward_core::engine::command::{AlarmOrder, Scope};
use rackward_core::engine::input::StorageRoom;
use rackward_core::engine::query::AlarmStatus;
use rackward_core::{Answer, CommandError, Input, Query};

fn closed_today(desk: &Desk) -> Vec<AlarmStatus> {
    let Answer::Alarms(list) = desk.engine.answer(desk.now, Scope::Site, &Query::ClosedAlarms) else { panic!() };
    list
}

#[test]
fn what_was_put_away_is_there_after_a_restart_as_it_was_then() {
    let mut desk = guarded();
    let urgent = raised(&mut desk, AlarmKind::DeviceOffline);
    acknowledged(&mut desk, urgent).unwrap();
    set(&mut desk, AlarmKind::DeviceOffline, false);
    desk.wait(minutes(3));
    desk.command(crate::site::close(urgent, Verdict::Benign)).unwrap();
    let medium = raised(&mut desk, AlarmKind::ClimateFault);
    set(&mut desk, AlarmKind::ClimateFault, false);
    acknowledged(&mut desk, medium).unwrap();
    let before = closed_today(&desk);
    assert_eq!(before.iter().map(|row| row.alarm.id).collect::<Vec<_>>(), [medium, urgent], "the latest first");
    check_replay(&desk);
    let mut again = restarted(&desk, minutes(10));
    assert_eq!(closed_today(&again), before);
    let row = status(&again, urgent).unwrap();
    assert_eq!(row.alarm.life.judgement.as_ref().map(|judgement| judgement.verdict), Some(Verdict::Benign));
    assert!(row.closed_at.is_some() && on_list(&again).iter().all(|row| ![urgent, medium].contains(&row.alarm.id)));
    let late = again.command(order_of(urgent, AlarmOrder::Note { note: reason("one thing more") }));
    assert!(matches!(late, Err(CommandError::Conflict(why)) if why.contains("put away already")));
    again.wait(minutes(24 * 60));
    assert!(closed_today(&again).is_empty() && status(&again, urgent).is_none(), "for a day");
}

/// Puts so many alarms away, one each minute.
fn put_away(desk: &mut Desk, count: usize) {
    for _ in 0..count {
        let alarm = raised(desk, AlarmKind::ClimateFault);
        set(desk, AlarmKind::ClimateFault, false);
        acknowledged(desk, alarm).unwrap();
    }
}

#[test]
fn so_many_are_kept_and_no_longer_than_a_day() {
    let mut desk = guarded();
    put_away(&mut desk, 2_003);
    let closed = &desk.engine.records().closed;
    assert_eq!((closed.len(), closed_today(&desk).len()), (2_000, 2_000));
    let first = closed.keys().map(|(_, alarm)| alarm.get()).min().unwrap();
    assert_eq!(first, 4, "the oldest go first");
    check_replay(&desk);
    desk.wait(minutes(24 * 60));
    put_away(&mut desk, 1);
    assert_eq!(desk.engine.records().closed.len(), 1, "what is older than a day goes when another one comes");
    check_replay(&desk);
}

#[test]
fn what_another_alarm_explained_was_on_nobodys_list() {
    let mut desk = guarded();
    desk.cut("street-lock");
    desk.cut("street-reader");
    let behind = of_kind(&desk, AlarmKind::DeviceOffline);
    desk.all_online();
    assert!(status(&desk, behind).is_none() && closed_today(&desk).is_empty());
    check_replay(&desk);
}

#[test]
fn a_label_that_a_restart_came_between_is_given_after_it() {
    let mut desk = guarded();
    desk.facts("street-lock", crate::site::open(false));
    desk.wait_secs(1);
    let alarm = of_kind(&desk, AlarmKind::DoorForced);
    let label = |desk: &Desk| desk.engine.records().alarms[&alarm].life.label;
    assert_eq!(label(&desk), None);
    let mut again = restarted(&desk, minutes(1));
    again.wait_secs(10);
    assert_eq!(label(&again), Some(CauseLabel::Unexplained), "what would have explained it, nobody knows any more");
}

#[test]
fn a_disk_that_fills_is_an_alarm_before_it_is_full() {
    const GIB: u64 = 1 << 30;
    let mut desk = guarded();
    let mut check = |free: u64, expect: bool| {
        desk.input(Input::Storage(StorageRoom { free_bytes: free * GIB, size_bytes: 100 * GIB }));
        assert_eq!(desk.active(AlarmKind::StorageFilling), expect, "{free} of 100");
    };
    check(50, false);
    check(20, true);
    check(22, true);
    check(26, false);
    check(24, false);
    check(19, true);
    assert_eq!(desk.raised(AlarmKind::StorageFilling), 2);
    let again = restarted(&desk, minutes(1));
    assert!(again.active(AlarmKind::StorageFilling), "until it is measured anew");
    check_replay(&desk);
}
