//! Every state with every order and every event, as a table: what it comes to.

use std::time::Duration;

use super::{acknowledged, at, check_replay, guarded, letter, minutes, operator, raised, set, shelve_for, status};
use crate::site::{Desk, close, order_of, reason};
use rackward_core::alarm::AlarmKind;
use rackward_core::alarm::life::{Assignee, EscalationLevel, ShelfKind, Verdict};
use rackward_core::engine::command::{AlarmCommand, AlarmOrder};
use rackward_core::id::{AlarmId, OperatorId};
use rackward_core::permission::Actor;
use rackward_core::{Command, CommandError, Reply};

/// What can happen to an alarm.
const DEEDS: [&str; 13] = [
    "ack", "note", "shelve", "unshelve", "out", "back", "assign", "escalate", "step", "close", "raise", "return",
    "over",
];

/// Each state with what each deed leads to: the letter of a state, `-` for put away, `x` for a refusal that changes nothing.
const MEDIUM: [(&str, [char; 13]); 7] = [
    ("B", ['C', 'B', 'G', 'x', 'I', 'x', 'B', 'B', 'B', 'x', 'B', 'D', 'B']),
    ("C", ['x', 'C', 'G', 'x', 'I', 'x', 'C', 'C', 'C', 'x', 'C', '-', 'C']),
    ("D", ['-', 'D', 'G', 'x', 'I', 'x', 'D', 'D', 'D', '-', 'B', 'D', 'D']),
    ("G", ['G', 'G', 'G', 'B', 'I', 'x', 'G', 'x', 'G', 'x', 'G', 'G', 'B']),
    ("G, once", ['G', 'G', 'G', 'B', 'I', 'x', 'G', 'x', 'G', 'x', 'G', 'D', 'B']),
    ("G, over", ['G', 'G', 'G', 'D', 'I', 'x', 'G', 'x', 'G', '-', 'G', 'G', 'D']),
    ("I", ['I', 'I', 'x', 'x', 'I', 'B', 'I', 'x', 'I', 'x', 'I', 'I', 'B']),
];

/// The same for an urgent one, which waits for a verdict, and can be behind a lost line.
const URGENT: [(&str, [char; 13]); 8] = [
    ("B", ['C', 'B', 'G', 'x', 'I', 'x', 'B', 'B', 'B', 'x', 'B', 'D', 'B']),
    ("C", ['x', 'C', 'G', 'x', 'I', 'x', 'C', 'C', 'C', 'x', 'C', 'F', 'C']),
    ("D", ['F', 'D', 'G', 'x', 'I', 'x', 'D', 'D', 'D', '-', 'B', 'D', 'D']),
    ("F", ['x', 'F', 'G', 'x', 'I', 'x', 'F', 'F', 'F', '-', 'B', 'F', 'F']),
    ("G", ['G', 'G', 'G', 'B', 'I', 'x', 'G', 'x', 'G', 'x', 'G', 'G', 'B']),
    ("G, once", ['G', 'G', 'G', 'B', 'I', 'x', 'G', 'x', 'G', 'x', 'G', 'D', 'B']),
    ("H", ['x', 'H', 'x', 'x', 'x', 'x', 'H', 'x', 'H', 'x', 'H', '-', 'H']),
    ("I", ['I', 'I', 'x', 'x', 'I', 'B', 'I', 'x', 'I', 'x', 'I', 'I', 'B']),
];

fn in_state(kind: AlarmKind, state: &str) -> (Desk, AlarmId) {
    let mut desk = guarded();
    let alarm = raised(&mut desk, kind);
    let shelf = |desk: &Desk, once| shelve_for(desk, alarm, minutes(20), once);
    match state {
        "B" => {}
        "C" => drop(acknowledged(&mut desk, alarm).unwrap()),
        "D" => set(&mut desk, kind, false),
        "F" => {
            acknowledged(&mut desk, alarm).unwrap();
            set(&mut desk, kind, false);
        }
        "G" | "G, over" => drop(desk.command(shelf(&desk, ShelfKind::Timed)).unwrap()),
        "G, once" => drop(desk.command(shelf(&desk, ShelfKind::OneShot)).unwrap()),
        "H" => desk.cut("street-lock"),
        "I" => drop(desk.command(out(&desk, alarm)).unwrap()),
        other => panic!("{other}"),
    }
    if state == "G, over" {
        set(&mut desk, kind, false);
    }
    assert_eq!(letter(&desk, alarm), state.chars().next().unwrap(), "{kind:?} {state}");
    (desk, alarm)
}

fn out(desk: &Desk, alarm: AlarmId) -> Command {
    order_of(alarm, AlarmOrder::TakeOutOfService { until: at(desk).after(minutes(120)), work_order: reason("WO-17") })
}

/// Does something; whether it was refused.
fn done(desk: &mut Desk, kind: AlarmKind, alarm: AlarmId, deed: &str) -> bool {
    let command = match deed {
        "ack" => crate::site::acknowledge(alarm, "guard goes and looks"),
        "note" => order_of(alarm, AlarmOrder::Note { note: reason("called the desk") }),
        "shelve" => shelve_for(desk, alarm, minutes(20), ShelfKind::Timed),
        "unshelve" => order_of(alarm, AlarmOrder::Unshelve { reason: reason("mended") }),
        "out" => out(desk, alarm),
        "back" => order_of(alarm, AlarmOrder::ReturnToService),
        "assign" => order_of(alarm, AlarmOrder::Assign { to: Assignee::Operator(OperatorId::new(1)) }),
        "escalate" => order_of(alarm, AlarmOrder::Escalate { to: None, reason: reason("too much for one") }),
        "step" => order_of(alarm, AlarmOrder::FinishStep { step: 1 }),
        "close" => close(alarm, Verdict::Benign),
        "raise" | "return" => {
            set(desk, kind, deed == "raise");
            return false;
        }
        "over" => {
            desk.wait(minutes(180));
            return false;
        }
        other => panic!("{other}"),
    };
    desk.command(command).is_err()
}

#[test]
fn every_state_with_every_order() {
    let check = |kind: AlarmKind, state: &str, deed: &str, expect: char| {
        let (mut desk, alarm) = in_state(kind, state);
        let (before, mark) = (status(&desk, alarm).unwrap(), desk.journal.len());
        let is_refused = done(&mut desk, kind, alarm, deed);
        let shown = format!("{kind:?} in {state}: {deed}");
        assert_eq!(is_refused, expect == 'x', "{shown}");
        if is_refused {
            assert_eq!(status(&desk, alarm), Some(before), "{shown}");
            assert_eq!(desk.since(mark), [""; 0], "{shown}");
        } else {
            assert_eq!(letter(&desk, alarm), expect, "{shown}");
            let is_active = status(&desk, alarm).is_some_and(|status| status.alarm.is_active());
            let expected = match deed {
                "raise" => true,
                "return" => false,
                _ => before.alarm.is_active(),
            };
            assert_eq!(is_active, expected, "{shown}: no order moves a condition");
        }
        check_replay(&desk);
    };
    for (kind, table) in [(AlarmKind::ClimateFault, &MEDIUM[..]), (AlarmKind::DeviceOffline, &URGENT[..])] {
        for (state, row) in table {
            DEEDS.iter().zip(row).for_each(|(deed, expect)| check(kind, state, deed, *expect));
        }
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let check = |state: &str, deed: &str, expect: &str| {
        let (mut desk, alarm) = in_state(AlarmKind::DeviceOffline, state);
        let command = match deed {
            "close" => close(alarm, Verdict::TruePositive),
            "ack" => crate::site::acknowledge(alarm, "guard goes and looks"),
            "shelve" => shelve_for(&desk, alarm, minutes(20), ShelfKind::Timed),
            other => panic!("{other}"),
        };
        let error = desk.command(command).unwrap_err().to_string();
        assert!(error.contains(expect), "{state} {deed}: {error}");
    };
    check("C", "close", "shelve it, or have it taken out of service");
    check("C", "ack", "is already acknowledged");
    check("H", "ack", "is counted behind alm-");
    check("I", "shelve", "return it to service first");
}

#[test]
fn a_note_an_end_and_a_step_are_checked() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::DeviceOffline);
    let until = |span: Duration| at(&desk).after(span);
    let shelf = |until| AlarmOrder::Shelve { until, kind: ShelfKind::Timed, reason: reason("wind") };
    let service = |until| AlarmOrder::TakeOutOfService { until, work_order: reason("WO-1") };
    let table = [
        (AlarmOrder::Acknowledge { note: "seen".into() }, "10 characters"),
        (shelf(until(Duration::ZERO)), "in the future"),
        (shelf(until(minutes(30) + Duration::from_micros(1))), "lasts too long"),
        (service(until(Duration::ZERO)), "in the future"),
        (service(until(Duration::from_secs(32 * 86_400))), "lasts too long"),
        (AlarmOrder::FinishStep { step: 0 }, "steps 1 to 2"),
        (AlarmOrder::FinishStep { step: 3 }, "steps 1 to 2"),
        (AlarmOrder::Escalate { to: Some(EscalationLevel::Desk), reason: reason("x") }, "already"),
        (AlarmOrder::Assign { to: Assignee::Operator(OperatorId::new(3)) }, "cannot answer alarms"),
        (AlarmOrder::Assign { to: Assignee::Operator(OperatorId::new(9)) }, "opr-9 does not exist"),
    ];
    for (order, expect) in table {
        let shown = format!("{order:?}");
        let error = desk.command(order_of(alarm, order)).unwrap_err().to_string();
        assert!(error.contains(expect), "{shown}: {error}");
    }
    assert_eq!(status(&desk, alarm).unwrap().alarm.life.revision, 1);
}

#[test]
fn of_two_who_acknowledge_the_second_hears_of_the_first() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::Tamper);
    let take = |seen| {
        let order = AlarmOrder::Acknowledge { note: "guard goes and looks".into() };
        Command::Alarm(AlarmCommand { alarm, seen: Some(seen), order })
    };
    let first = Actor::Operator(OperatorId::new(1));
    assert_eq!(desk.command_of(operator(1), take(1)), Ok(Reply::Alarm { revision: 2, active: true }));
    let stale = CommandError::Stale { what: alarm.to_string(), revision: 2, by: Some(first) };
    assert_eq!(desk.command_of(operator(2), take(1)), Err(stale));
    let error = desk.command_of(operator(2), take(2)).unwrap_err();
    assert!(matches!(error, CommandError::Conflict(_)), "{error:?}");
    assert_eq!(status(&desk, alarm).unwrap().alarm.life.assignee, Assignee::Operator(OperatorId::new(1)));
}

#[test]
fn what_the_daemon_does_by_itself_outdates_no_answer() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::Tamper);
    desk.wait(minutes(3));
    set(&mut desk, AlarmKind::Tamper, false);
    let order = AlarmOrder::Acknowledge { note: "it was the electrician".into() };
    let command = Command::Alarm(AlarmCommand { alarm, seen: Some(1), order });
    assert_eq!(desk.command(command), Ok(Reply::Alarm { revision: 2, active: false }), "escalated, and over meanwhile");
    // An alarm that began again is another one than the one that was seen.
    set(&mut desk, AlarmKind::Tamper, true);
    let order = AlarmOrder::Acknowledge { note: "it was the electrician".into() };
    let command = Command::Alarm(AlarmCommand { alarm, seen: Some(2), order });
    let stale = CommandError::Stale { what: alarm.to_string(), revision: 3, by: None };
    assert_eq!(desk.command(command), Err(stale));
}
