//! The life of alarms beside their conditions: what can be ordered in which state, what is put aside and comes back, what is
//! carried up, what explains what. Here are the sites and the vocabulary; the stories are by subject.

mod clock;
mod closed;
mod escalation;
mod expiring;
mod explained;
mod orders;
mod people;
mod priorities;
mod races;
mod shelf;
mod staff;
mod supply;
mod unlocks;

use std::time::Duration;

use crate::site::{Desk, FRONT, MONDAY_NINE, draft, order_of, reason};
use rackward_core::alarm::life::{CauseLabel, EscalationLevel, IsaState, ShelfKind};
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::command::{AlarmOrder, Scope};
use rackward_core::engine::input::Identity;
use rackward_core::engine::query::AlarmStatus;
use rackward_core::id::{AlarmId, OperatorId};
use rackward_core::inventory::Measurements;
use rackward_core::operator::{Factors, Operator, OperatorRole, OperatorState};
use rackward_core::permission::Actor;
use rackward_core::site::draft::SiteDraft;
use rackward_core::{Answer, Caller, Command, CommandError, DeviceReport, Monotonic, Now, Query, Records, Reply, Wall};

pub(crate) const READER: &str = "street-reader";

/// The small site, with the reader and the lock of the street door on one bus.
fn bussed() -> SiteDraft {
    let lines = [READER, "street-lock"].map(|name| (name.to_owned(), "bus/north".to_owned()));
    SiteDraft { lines: lines.into(), ..draft() }
}

/// The small site with three operators: 1 and 2 guard, 3 reads.
fn guarded() -> Desk {
    guarded_from(Records::default(), Now { monotonic: Monotonic::from_micros(0), wall: MONDAY_NINE })
}

fn guarded_from(mut records: Records, now: Now) -> Desk {
    for (number, role) in
        [(1, OperatorRole::SecuritySupervisor), (2, OperatorRole::SecuritySupervisor), (3, OperatorRole::Auditor)]
    {
        let (id, scope, state) = (OperatorId::new(number), Scope::Site, OperatorState::Enabled);
        records.operators.entry(id).or_insert(Operator {
            id,
            role,
            scope,
            state,
            factors: Factors::default(),
            locked_until: None,
            sessions_void_to: rackward_core::id::SessionId::new(0),
            person: None,
            certificates: rackward_core::operator::BoundCertificates::default(),
        });
    }
    let mut desk = Desk::restart_of(&bussed(), records, now);
    desk.all_online();
    desk
}

/// An operator in person.
fn operator(number: u32) -> Caller {
    Caller::new(Actor::Operator(OperatorId::new(number)), OperatorRole::SecuritySupervisor, Scope::Site)
}

/// The daemon stopped, and starts `later`, on what it had recorded.
fn restarted(desk: &Desk, later: Duration) -> Desk {
    Desk::restart_of(&bussed(), desk.engine.records().clone(), desk.now.after(later))
}

fn status(desk: &Desk, alarm: AlarmId) -> Option<AlarmStatus> {
    let Answer::Alarm(status) = desk.engine.answer(desk.now, Scope::Site, &Query::Alarm(alarm)) else { panic!() };
    status
}

/// The state of ISA-18.2, `-` once it is put away.
fn letter(desk: &Desk, alarm: AlarmId) -> char {
    match status(desk, alarm) {
        Some(status) if status.closed_at.is_none() => status.alarm.isa_state().letter(),
        Some(_) | None => '-',
    }
}

fn level(desk: &Desk, alarm: AlarmId) -> EscalationLevel {
    desk.engine.records().alarms[&alarm].life.level
}

fn on_list(desk: &Desk) -> Vec<AlarmStatus> {
    let Answer::Alarms(list) = desk.engine.answer(desk.now, Scope::Site, &Query::OpenAlarms) else { panic!() };
    list
}

fn counts(desk: &Desk) -> [(u32, u32); 4] {
    let Answer::Status(status) = desk.engine.answer(desk.now, Scope::Site, &Query::Status) else { panic!() };
    status.alarms
}

/// Makes a condition hold or end at the street reader.
fn set(desk: &mut Desk, kind: AlarmKind, holds: bool) {
    let reader = desk.device(READER);
    let identity = Identity { model: "m".into(), serial: "s".into(), firmware: "1".into() };
    match (kind, holds) {
        (AlarmKind::Tamper, holds) => desk.report(reader, DeviceReport::Tamper(holds)),
        (AlarmKind::ClimateFault, holds) => {
            let temperature_c10 = Some(if holds { 700 } else { 200 });
            let measured = Measurements { temperature_c10, ..Measurements::default() };
            desk.report(reader, DeviceReport::Measured(measured));
        }
        (AlarmKind::PowerFault, holds) => desk.report(reader, DeviceReport::PowerFault(holds)),
        (AlarmKind::DeviceOffline, true) => {
            desk.cut(READER);
            desk.wait_secs(10);
        }
        (AlarmKind::DeviceOffline, false) => desk.report(reader, DeviceReport::Online(identity)),
        other => panic!("{other:?}"),
    }
}

/// Makes a condition hold, and says which alarm that is.
fn raised(desk: &mut Desk, kind: AlarmKind) -> AlarmId {
    set(desk, kind, true);
    of_kind(desk, kind)
}

fn of_kind(desk: &Desk, kind: AlarmKind) -> AlarmId {
    desk.engine.records().alarms.values().find(|alarm| alarm.kind == kind).map(|alarm| alarm.id).unwrap()
}

fn acknowledged(desk: &mut Desk, alarm: AlarmId) -> Result<Reply, CommandError> {
    desk.command(crate::site::acknowledge(alarm, "guard goes and looks"))
}

fn shelve_for(desk: &Desk, alarm: AlarmId, span: Duration, kind: ShelfKind) -> Command {
    let until = desk.now.wall.after(span);
    order_of(alarm, AlarmOrder::Shelve { until, kind, reason: reason("the wind moves it") })
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// Replaying the journal gives the records; operators of these sites are not in it.
fn check_replay(desk: &Desk) {
    let mut records = Records::default();
    desk.journal.iter().for_each(|stamped| records.apply(stamped, &mut Vec::new()));
    assert_eq!(records.alarms, desk.engine.records().alarms, "replay differs");
    assert_eq!(records.closed, desk.engine.records().closed, "replay differs in what was put away");
}

#[test]
fn an_alarm_without_trouble_goes_from_b_over_c_to_a() {
    let mut desk = guarded();
    let alarm = raised(&mut desk, AlarmKind::PowerFault);
    assert_eq!(letter(&desk, alarm), 'B');
    assert_eq!(counts(&desk)[2], (1, 1));
    assert_eq!(acknowledged(&mut desk, alarm), Ok(Reply::Alarm { revision: 2, active: true }));
    assert_eq!((letter(&desk, alarm), counts(&desk)[2]), ('C', (0, 1)));
    set(&mut desk, AlarmKind::PowerFault, false);
    assert_eq!((letter(&desk, alarm), counts(&desk)[2]), ('-', (0, 0)));
    let closed = status(&desk, alarm).unwrap();
    assert_eq!(closed.alarm.isa_state(), IsaState::Normal);
    assert!(closed.closed_at.is_some(), "what was put away can still be read");
    check_replay(&desk);
}

#[test]
fn many_refusals_at_one_point_are_one_alarm_until_it_is_quiet() {
    let mut desk = guarded();
    let point = AlarmSource::Point(desk.point("lon1/street"));
    for number in 0..4 {
        desk.badge(READER, crate::site::card(100 + number));
        desk.wait_secs(29);
    }
    assert!(!desk.active(AlarmKind::RepeatedDenials));
    desk.wait_secs(6);
    desk.badge(READER, crate::site::card(9));
    assert!(!desk.active(AlarmKind::RepeatedDenials), "the first was more than two minutes ago");
    desk.badge(READER, crate::site::card(9));
    let alarm = of_kind(&desk, AlarmKind::RepeatedDenials);
    assert_eq!(status(&desk, alarm).unwrap().alarm.source, point);
    desk.wait_secs(119);
    assert!(desk.active(AlarmKind::RepeatedDenials));
    desk.wait_secs(1);
    assert!(!desk.active(AlarmKind::RepeatedDenials));
    assert_eq!(desk.engine.site().find_door(FRONT).unwrap().path, FRONT);
    check_replay(&desk);
}

#[test]
fn a_forced_door_says_why_it_probably_was_once_the_facts_are_there() {
    let mut desk = guarded();
    desk.facts("street-lock", crate::site::open(false));
    desk.wait_secs(1);
    let alarm = of_kind(&desk, AlarmKind::DoorForced);
    let label = |desk: &Desk| desk.engine.records().alarms[&alarm].life.label;
    assert_eq!(label(&desk), None);
    desk.wait_secs(1);
    let lock = desk.device("street-lock");
    desk.report(lock, DeviceReport::ExitRequested);
    desk.wait_secs(5);
    assert_eq!(label(&desk), Some(CauseLabel::LateExit));
    assert_eq!(letter(&desk, alarm), 'B', "a label puts nothing aside");
    check_replay(&desk);
}

#[test]
fn what_does_not_get_out_is_one_alarm_until_everything_does() {
    use rackward_core::engine::input::SinkHealth;
    use rackward_core::entry::WebhookEntry;
    use rackward_core::{Entry, Input};
    let mut desk = guarded();
    let mut said = |name: &str, health, expect: bool| {
        desk.input(Input::Sink { name: name.into(), health });
        assert_eq!(desk.active(AlarmKind::SinkFailing), expect, "{name} {health:?}");
    };
    said("tickets", SinkHealth::Delivering, false);
    said("tickets", SinkHealth::Failing, true);
    said("tickets", SinkHealth::Failing, true);
    said("archive", SinkHealth::Failing, true);
    said("tickets", SinkHealth::Delivering, true);
    said("archive", SinkHealth::Delivering, false);
    assert_eq!(desk.raised(AlarmKind::SinkFailing), 1);
    let told = desk.journal.iter().filter_map(|stamped| match &stamped.entry {
        Entry::Webhook(WebhookEntry::HealthChanged { webhook, health }) => Some((webhook.as_str(), *health)),
        _ => None,
    });
    let expected = [
        ("tickets", SinkHealth::Failing),
        ("archive", SinkHealth::Failing),
        ("tickets", SinkHealth::Delivering),
        ("archive", SinkHealth::Delivering),
    ];
    assert!(told.eq(expected), "each is told once, by name");
}

/// A wall clock that no test moves back.
fn at(desk: &Desk) -> Wall {
    desk.now.wall
}
