//! Chance: acknowledging races the end of the condition a thousand times, and whatever happens in whatever order, an alarm is
//! active exactly while what it stands for is so.

use std::time::Duration;

use proptest::prelude::*;

use super::{check_replay, guarded, guarded_from, minutes, of_kind, operator, restarted, set, shelve_for};
use crate::site::{Desk, close, order_of, reason};
use rackward_core::alarm::life::{Assignee, ShelfKind, Verdict};
use rackward_core::alarm::{Acknowledged, AlarmKind, AlarmSource, Condition};
use rackward_core::engine::command::{AlarmCommand, AlarmOrder};
use rackward_core::id::OperatorId;
use rackward_core::{Command, Reply};

const KINDS: [AlarmKind; 3] = [AlarmKind::Tamper, AlarmKind::PowerFault, AlarmKind::DeviceOffline];

/// What may happen, in any order.
#[derive(Debug, Clone)]
enum Deed {
    Set(usize, bool),
    Wait(u64),
    Order(usize, u8, u32),
    Restart(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..KINDS.len(), any::<bool>()).prop_map(|(kind, holds)| Deed::Set(kind, holds)),
        2 => (0_u64..2_000).prop_map(Deed::Wait),
        6 => (0..8_usize, 0..10_u8, 1..3_u32).prop_map(|(alarm, order, who)| Deed::Order(alarm, order, who)),
        1 => (0_u64..2_000).prop_map(Deed::Restart),
    ]
}

/// Gives an order about one of the open alarms, which may be refused.
fn order(desk: &mut Desk, alarm: usize, order: u8, who: u32) {
    let alarms: Vec<_> = desk.engine.records().alarms.keys().copied().collect();
    let Some(id) = alarms.get(alarm % alarms.len().max(1)).copied() else { return };
    let command = match order {
        0 | 1 => crate::site::acknowledge(id, "guard goes and looks"),
        2 => shelve_for(desk, id, minutes(10), ShelfKind::Timed),
        3 => shelve_for(desk, id, minutes(10), ShelfKind::OneShot),
        4 => order_of(id, AlarmOrder::Unshelve { reason: reason("mended") }),
        5 => {
            let until = desk.now.wall.after(minutes(15));
            order_of(id, AlarmOrder::TakeOutOfService { until, work_order: reason("WO-1") })
        }
        6 => order_of(id, AlarmOrder::ReturnToService),
        7 => order_of(id, AlarmOrder::Assign { to: Assignee::Operator(OperatorId::new(who)) }),
        8 => order_of(id, AlarmOrder::Escalate { to: None, reason: reason("more hands") }),
        _ => close(id, Verdict::Benign),
    };
    drop(desk.command_of(operator(who), command));
}

fn check_truth(desk: &Desk, holds: &[bool]) {
    let reader = AlarmSource::Device(desk.device(super::READER));
    for (kind, holds) in KINDS.iter().zip(holds) {
        let alarms = desk.engine.records().alarms.values();
        let active = alarms.filter(|row| row.kind == *kind && row.source == reader && row.is_active()).count();
        assert_eq!(active, usize::from(*holds), "{kind:?}");
    }
    for alarm in desk.engine.records().alarms.values() {
        assert!(alarm.is_open(), "{alarm:?}");
        assert!(alarm.next_due().is_none_or(|due| due > desk.now.wall), "{alarm:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_alarm_is_active_exactly_while_its_condition_holds(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut desk = guarded();
        let mut holds = [false; KINDS.len()];
        let mut journal = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Set(kind, now) => {
                    set(&mut desk, KINDS[kind], now);
                    holds[kind] = now;
                }
                Deed::Wait(seconds) => desk.wait_secs(seconds),
                Deed::Order(alarm, what, who) => order(&mut desk, alarm, what, who),
                Deed::Restart(seconds) => {
                    journal.append(&mut desk.journal);
                    let now = desk.now.after(Duration::from_secs(seconds));
                    desk = guarded_from(desk.engine.records().clone(), now);
                    // The reader answers after a start and says how it stands.
                    holds[2] = false;
                    set(&mut desk, AlarmKind::Tamper, holds[0]);
                    set(&mut desk, AlarmKind::PowerFault, holds[1]);
                }
            }
            desk.wait_secs(0);
            check_truth(&desk, &holds);
        }
        journal.append(&mut desk.journal);
        desk.journal = journal;
        check_replay(&desk);
    }
}

#[test]
fn acknowledging_races_the_end_of_the_condition_a_thousand_times() {
    let mut desk = guarded();
    let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
    let mut over_first = 0;
    for _ in 0..1_000 {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let is_over_first = chance & 1 == 0;
        set(&mut desk, AlarmKind::Tamper, true);
        desk.wait(Duration::from_millis(chance % 50_000));
        let alarm = of_kind(&desk, AlarmKind::Tamper);
        let seen = desk.engine.records().alarms[&alarm].life.revision;
        let ack = AlarmOrder::Acknowledge { note: "guard goes and looks".into() };
        let ack = Command::Alarm(AlarmCommand { alarm, seen: Some(seen), order: ack });
        if is_over_first {
            over_first += 1;
            set(&mut desk, AlarmKind::Tamper, false);
        }
        let reply = desk.command_of(operator(1), ack).unwrap();
        assert!(matches!(reply, Reply::Alarm { active, .. } if active != is_over_first));
        if !is_over_first {
            set(&mut desk, AlarmKind::Tamper, false);
        }
        let row = &desk.engine.records().alarms[&alarm];
        assert!(matches!(row.condition, Condition::Returned(_)), "it never begins again by itself");
        assert!(matches!(row.acknowledged, Acknowledged::Yes { .. }), "the answer stands");
        desk.command_of(operator(1), close(alarm, Verdict::Benign)).unwrap();
        assert!(!desk.engine.records().alarms.contains_key(&alarm));
    }
    assert!((300..700).contains(&over_first), "{over_first}");
    check_replay(&desk);
    let again = restarted(&desk, minutes(1));
    assert!(again.engine.records().alarms.is_empty());
}
