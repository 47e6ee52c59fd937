//! Putting aside: how long, by whom, over restarts, and what a damaged record does to it.

use std::time::Duration;

use super::{
    at, bussed, check_replay, counts, guarded, letter, minutes, of_kind, on_list, operator, raised, restarted, set,
    shelve_for,
};
use crate::site::{Desk, order_of, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::{ShelfKind, Suppression};
use rackward_core::alarm::shelving::Shelving;
use rackward_core::engine::command::{AlarmCommand, AlarmOrder, OperatorCommand};
use rackward_core::engine::input::Identity;
use rackward_core::journal::canonical::{record_bytes, record_from_bytes};
use rackward_core::records::DamagedRow;
use rackward_core::{Command, CommandError, DeviceReport, Reply};

#[test]
fn how_long_and_by_how_many() {
    let check = |kind: AlarmKind, expect: Shelving| assert_eq!(kind.shelving(), expect, "{kind:?}");
    check(AlarmKind::DoorForced, Shelving::ByTwo(minutes(10)));
    check(AlarmKind::HeldOpen, Shelving::ByOne(minutes(30)));
    check(AlarmKind::NotLatched, Shelving::ByOne(minutes(8 * 60)));
    check(AlarmKind::SlideSlow, Shelving::ByOne(minutes(24 * 60)));
    for kind in [AlarmKind::FireRelease, AlarmKind::Lockdown, AlarmKind::Duress] {
        check(kind, Shelving::Never);
    }
}

#[test]
fn a_shelf_ends_by_itself_and_over_a_restart() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::PowerFault);
    desk.command(shelve_for(&desk, alarm, minutes(60), ShelfKind::Timed)).unwrap();
    assert_eq!(counts(&desk), [(0, 0); 4], "what is put aside does not count");
    assert_eq!(on_list(&desk).len(), 1, "and can be seen all the same");
    desk.wait(minutes(30));
    let mut desk = restarted(&desk, minutes(10));
    assert_eq!(letter(&desk, alarm), 'G');
    desk.wait(minutes(20) - Duration::from_secs(1));
    assert_eq!(letter(&desk, alarm), 'G');
    desk.wait_secs(1);
    assert_eq!(letter(&desk, alarm), 'B');
    desk.command(shelve_for(&desk, alarm, minutes(60), ShelfKind::Timed)).unwrap();
    let desk = restarted(&desk, minutes(61));
    assert_eq!(letter(&desk, alarm), 'B', "its end came while nothing ran");
}

#[test]
fn a_timed_shelf_outlasts_its_condition_and_a_one_shot_shelf_does_not() {
    for (kind, expect) in [(ShelfKind::Timed, "GGG"), (ShelfKind::OneShot, "GDB")] {
        let mut desk = guarded();
        let alarm = raised(&mut desk, AlarmKind::PowerFault);
        desk.command(shelve_for(&desk, alarm, minutes(60), kind)).unwrap();
        let mut letters = String::from(letter(&desk, alarm));
        for holds in [false, true] {
            set(&mut desk, AlarmKind::PowerFault, holds);
            letters.push(letter(&desk, alarm));
        }
        assert_eq!(letters, expect, "{kind:?}");
        assert_eq!(of_kind(&desk, AlarmKind::PowerFault), alarm, "under its number");
        check_replay(&desk);
    }
}

#[test]
fn what_must_be_seen_is_never_put_aside() {
    let mut desk = guarded();
    let hall = desk.engine.site().find_area("lon1/hall").unwrap().id;
    desk.command(Command::LockDownArea { area: hall, reason: reason("drill") }).unwrap();
    let alarm = of_kind(&desk, AlarmKind::Lockdown);
    let shelf = shelve_for(&desk, alarm, minutes(1), ShelfKind::Timed);
    let until = at(&desk).after(minutes(1));
    let service = order_of(alarm, AlarmOrder::TakeOutOfService { until, work_order: reason("WO-1") });
    for order in [shelf, service] {
        let error = desk.command_of(operator(2), order).unwrap_err();
        assert!(matches!(&error, CommandError::Conflict(why) if why.contains("never")), "{error:?}");
    }
}

#[test]
fn an_alarm_that_the_journal_gave_back_is_not_on_the_shelf() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::PowerFault);
    desk.command(shelve_for(&desk, alarm, minutes(29), ShelfKind::Timed)).unwrap();
    set(&mut desk, AlarmKind::PowerFault, false);
    assert_eq!(letter(&desk, alarm), 'G');
    let damaged = [DamagedRow { table: "alarm".into(), key: alarm.get().into() }];
    let records = desk.engine.records().clone();
    let again = Desk::restart_without(&bussed(), records, &damaged, desk.now.after(minutes(1)));
    assert_eq!(letter(&again, alarm), 'D', "over and not seen: it stays until somebody has");
}

#[test]
fn a_damaged_record_takes_an_alarm_off_the_shelf() {
    let check = |kind: AlarmKind| {
        let mut desk = guarded();
        let alarm = raised(&mut desk, kind);
        desk.command(shelve_for(&desk, alarm, minutes(29), ShelfKind::Timed)).unwrap();
        let mut records = desk.engine.records().clone();
        records.alarms.remove(&alarm);
        let damaged = [DamagedRow { table: "alarm".into(), key: alarm.get().into() }];
        let mut again = Desk::restart_without(&bussed(), records, &damaged, desk.now.after(minutes(1)));
        assert!(again.active(AlarmKind::RecordDamaged));
        assert!(again.names().contains(&"alarm.unshelved"), "the journal says so");
        let lock = again.device("street-lock");
        again.report(
            lock,
            DeviceReport::Online(Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() }),
        );
        again.wait_secs(21);
        let anew = of_kind(&again, kind);
        assert!(anew > alarm, "no number is given twice");
        assert_eq!(letter(&again, anew), 'B');
    };
    check(AlarmKind::DeviceOffline);
}

#[test]
fn nobody_shelves_a_critical_alarm_alone() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::Tamper);
    let order = shelve_for(&desk, alarm, minutes(10), ShelfKind::Timed);
    let reply = desk.command_of(operator(1), order.clone());
    assert!(matches!(reply, Ok(Reply::Proposed(_))), "{reply:?}");
    assert_eq!(letter(&desk, alarm), 'B', "nothing has changed yet");
    desk.command(order.clone()).unwrap_err();
    let longer = shelve_for(&desk, alarm, minutes(11), ShelfKind::Timed);
    let error = desk.command_of(operator(1), longer).unwrap_err();
    assert!(matches!(error, CommandError::Invalid(_)), "{error:?}");
    let Ok(Reply::Proposed(proposal)) = reply else { panic!() };
    let confirm = Command::Operator(OperatorCommand::Confirm { proposal });
    desk.command_of(operator(1), confirm.clone()).unwrap_err();
    desk.wait(minutes(2));
    assert!(desk.command_of(operator(2), confirm).is_ok());
    assert_eq!(letter(&desk, alarm), 'G');
    let Suppression::Shelved(shelf) = &desk.engine.records().alarms[&alarm].life.suppression else { panic!() };
    assert_eq!((shelf.by, shelf.second), (operator(1).actor, Some(operator(2).actor)));
    desk.wait(minutes(8));
    assert_eq!(letter(&desk, alarm), 'B', "its ten minutes count from when they were asked for");
    check_replay(&desk);
}

#[test]
fn nobody_takes_a_critical_alarm_out_of_service_alone() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::Tamper);
    let until = at(&desk).after(Duration::from_secs(31 * 86_400));
    let order = order_of(alarm, AlarmOrder::TakeOutOfService { until, work_order: reason("WO-17") });
    // Whoever is at the machine or holds a token may be anybody.
    desk.command(order.clone()).unwrap_err();
    let reply = desk.command_of(operator(1), order).unwrap();
    let Reply::Proposed(proposal) = reply else { panic!("{reply:?}") };
    assert_eq!(letter(&desk, alarm), 'B', "nothing has changed yet");
    let confirm = Command::Operator(OperatorCommand::Confirm { proposal });
    desk.command_of(operator(1), confirm.clone()).unwrap_err();
    desk.command_of(operator(2), confirm).unwrap();
    assert_eq!(letter(&desk, alarm), 'I');
    let both = |desk: &Desk| match &desk.engine.records().alarms[&alarm].life.suppression {
        Suppression::OutOfService { by, second, .. } => (*by, *second),
        other => panic!("{other:?}"),
    };
    let expected = (operator(1).actor, Some(operator(2).actor));
    assert_eq!(both(&desk), expected);
    check_replay(&desk);
    let row = desk.engine.records().alarms[&alarm].clone();
    assert_eq!(record_from_bytes(&record_bytes(&row)), Ok(row), "the row keeps both");
    assert_eq!(both(&restarted(&desk, minutes(1))), expected);
}

#[test]
fn one_operator_takes_the_others_out_of_service() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::DeviceOffline);
    let until = at(&desk).after(minutes(60));
    let order = order_of(alarm, AlarmOrder::TakeOutOfService { until, work_order: reason("WO-17") });
    desk.command_of(operator(1), order).unwrap();
    let row = desk.engine.records().alarms[&alarm].clone();
    let expected = Suppression::OutOfService { until, work_order: "WO-17".into(), by: operator(1).actor, second: None };
    assert_eq!(row.life.suppression, expected);
    assert_eq!(record_from_bytes(&record_bytes(&row)), Ok(row));
    check_replay(&desk);
}

#[test]
fn what_cannot_be_put_aside_is_not_even_proposed() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::Tamper);
    let too_long = shelve_for(&desk, alarm, minutes(11), ShelfKind::Timed);
    let error = desk.command_of(operator(1), too_long).unwrap_err();
    assert!(matches!(error, CommandError::Invalid(_)), "{error:?}");
    let mark = desk.journal.len();
    let order = shelve_for(&desk, alarm, minutes(10), ShelfKind::Timed);
    let Ok(Reply::Proposed(proposal)) = desk.command_of(operator(1), order) else { panic!() };
    assert_eq!(desk.since(mark), ["proposal.made"], "trying it out records nothing");
    // It began again meanwhile: that is another one than the one that was to be put aside.
    let Command::Alarm(seen) = shelve_for(&desk, alarm, minutes(10), ShelfKind::OneShot) else { panic!() };
    let seen = Command::Alarm(AlarmCommand { seen: Some(1), ..seen });
    let Ok(Reply::Proposed(on_sight)) = desk.command_of(operator(1), seen) else { panic!() };
    set(&mut desk, AlarmKind::Tamper, false);
    set(&mut desk, AlarmKind::Tamper, true);
    let confirm = |proposal| Command::Operator(OperatorCommand::Confirm { proposal });
    let stale = desk.command_of(operator(2), confirm(on_sight)).unwrap_err();
    assert!(matches!(stale, CommandError::Stale { .. }), "{stale:?}");
    desk.command_of(operator(2), confirm(proposal)).unwrap();
    assert_eq!(letter(&desk, alarm), 'G');
}

/// The limit counts from the first time, whatever is ordered in between; once it has stood on the list by itself it counts anew.
#[test]
fn nobody_keeps_an_alarm_on_the_shelf_by_shelving_it_again() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::ClimateFault);
    let hours = |count: u64| minutes(60 * count);
    desk.command(shelve_for(&desk, alarm, hours(6), ShelfKind::Timed)).unwrap();
    desk.wait(hours(5));
    let refused = |desk: &mut Desk, span| {
        let order = shelve_for(desk, alarm, span, ShelfKind::Timed);
        assert!(matches!(desk.command(order), Err(CommandError::Invalid(_))));
    };
    refused(&mut desk, hours(4));
    desk.command(shelve_for(&desk, alarm, hours(2), ShelfKind::Timed)).unwrap();
    desk.command(order_of(alarm, AlarmOrder::Unshelve { reason: reason("a look") })).unwrap();
    refused(&mut desk, hours(4));
    check_replay(&desk);
    let mut desk = restarted(&desk, minutes(1));
    refused(&mut desk, hours(3));
    desk.command(shelve_for(&desk, alarm, hours(2), ShelfKind::Timed)).unwrap();
    desk.wait(hours(2));
    assert_eq!(letter(&desk, alarm), 'B', "it came back by itself");
    desk.command(shelve_for(&desk, alarm, hours(8), ShelfKind::Timed)).unwrap();
}
