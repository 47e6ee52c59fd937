//! Commands: told once, acknowledged once, and failed in every other case.

use rackward_core::Feedback;
use rackward_core::inventory::CanaryAnswer;
use rackward_protocol::mqtt::message::{MAX_RELEASE_MS, MIN_RELEASE_MS};

use super::*;

fn failed(number: u64, cause: FailureCause) -> DeviceReport {
    DeviceReport::Failed(CommandId::new(number), cause)
}

#[test]
fn cards_and_digits_are_reported_and_never_shown() {
    let mut world = world();
    world.born();
    world.says(UpBody::Event(Event::Card(CardRead::new(16, &[0xAB, 0xCD]).unwrap())));
    world.says(UpBody::Event(Event::Keypad(Keypad::new("47").unwrap())));
    world.says(UpBody::Event(Event::Keypad(Keypad::new("11#").unwrap())));
    let reports = world.hears();
    let [DeviceReport::Card(key), DeviceReport::Pin(digits)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(key.as_bytes()[..3], [16, 0xAB, 0xCD]);
    assert_eq!(digits.reveal(), "4711");
    assert_eq!(format!("{reports:?}"), "[Card(CredentialKey(..)), Pin(Digits(..))]");
}

#[test]
fn a_release_is_told_acknowledged_and_done_once() {
    let mut world = world();
    world.born();
    world.release(9);
    let told = world.told();
    let [Received::Execute(command)] = &told[..] else { panic!("{told:?}") };
    let not_after = UnixMillis(1_700_000_005_000);
    assert_eq!(command.kind, CommandKind::Release { duration_ms: 10_000, not_after });
    let ack = world.device.completed(UnixMillis(1_700_000_000_100), command.id, Outcome::Done);
    world.says(UpBody::Ack(ack));
    world.says(UpBody::Ack(ack));
    assert_eq!(world.hears(), [DeviceReport::Done(CommandId::new(9))]);
    world.passes(60_000);
    assert_eq!(world.hears(), []);
}

#[test]
fn a_command_that_is_never_acknowledged_fails() {
    let mut world = world();
    world.born();
    world.release(9);
    world.passes(7_999);
    assert_eq!(world.hears(), []);
    world.passes(1);
    assert_eq!(world.hears(), [failed(9, FailureCause::Expired)]);
    world.orders(Task::Relock { command: CommandId::new(10) });
    world.passes(13_000);
    assert_eq!(world.hears(), [failed(10, FailureCause::Offline)]);
}

#[test]
fn the_broker_forgets_a_release_when_it_expires() {
    let mut world = world();
    world.born();
    world.release(9);
    assert_eq!(world.fleet.next_message().unwrap().expiry_seconds, 5);
    let (duration, not_after) = (Duration::from_secs(10), Monotonic::from_micros(1));
    world.orders(Task::Release { command: CommandId::new(10), duration, not_after });
    assert_eq!(world.fleet.next_message(), None);
    assert_eq!(world.hears(), [failed(10, FailureCause::Expired)]);
}

#[test]
fn a_release_is_never_longer_than_a_device_takes() {
    let now = world().now;
    let check = |millis, expect| {
        let not_after = now.monotonic.after(Duration::from_secs(1));
        let made = orders::release(now, Duration::from_millis(millis), not_after).unwrap();
        assert!(matches!(made.0, CommandKind::Release { duration_ms, .. } if duration_ms == expect), "{millis}");
    };
    check(0, MIN_RELEASE_MS);
    check(10_000, 10_000);
    check(u64::MAX, MAX_RELEASE_MS);
}

#[test]
fn commands_to_a_device_that_is_away_fail_at_once() {
    let mut world = world();
    world.release(1);
    assert_eq!(world.hears(), [failed(1, FailureCause::Offline)]);
    let will = world.device.will(world.device_time()).unwrap();
    world.born();
    world.release(2);
    world.told();
    world.repeats(&will, false);
    let gone = DeviceReport::Offline(OfflineCause::ConnectionLost);
    assert_eq!(world.hears(), [gone, failed(2, FailureCause::Offline)]);
    world.release(3);
    world.orders(Task::TryCanary { command: CommandId::new(4) });
    let unanswered = DeviceReport::Canary(CommandId::new(4), CanaryAnswer::NoAnswer);
    assert_eq!(world.hears(), [failed(3, FailureCause::Offline), unanswered]);
}

#[test]
fn more_commands_than_a_device_can_use_are_refused() {
    let mut world = world();
    world.born();
    for number in 1..=5 {
        world.release(number);
    }
    assert_eq!(world.hears(), [failed(5, FailureCause::Overload)]);
    assert_eq!(world.told().len(), 4);
}

#[test]
fn the_canary_is_another_card_each_time_and_its_answer_is_told() {
    let mut world = world();
    world.born();
    let mut cards = Vec::new();
    for (number, outcome, answer) in [
        (1, Outcome::WouldRefuse, CanaryAnswer::WouldRefuse),
        (2, Outcome::WouldAdmit, CanaryAnswer::WouldAdmit),
        (3, Outcome::Refused, CanaryAnswer::NoAnswer),
    ] {
        world.orders(Task::TryCanary { command: CommandId::new(number) });
        let told = world.told();
        let [Received::Execute(Command { id, kind: CommandKind::Canary { card } })] = &told[..] else {
            panic!("{told:?}")
        };
        cards.push(card.data().to_vec());
        let ack = world.device.completed(world.device_time(), *id, outcome);
        world.says(UpBody::Ack(ack));
        assert_eq!(world.hears(), [DeviceReport::Canary(CommandId::new(number), answer)]);
    }
    cards.dedup();
    assert_eq!(cards.len(), 3);
    world.orders(Task::TryCanary { command: CommandId::new(4) });
    world.passes(13_000);
    assert_eq!(world.hears(), [DeviceReport::Canary(CommandId::new(4), CanaryAnswer::NoAnswer)]);
}

#[test]
fn feedback_reaches_only_a_device_that_is_there() {
    let mut world = world();
    world.orders(Task::Show(Feedback::EnterPin));
    assert_eq!(world.told(), []);
    world.born();
    world.orders(Task::Show(Feedback::EnterPin));
    let told = world.told();
    let [Received::Show(shown)] = &told[..] else { panic!("{told:?}") };
    assert!(shown.led.is_some() && shown.buzzer.is_some());
}

#[test]
fn what_the_client_does_not_take_is_failed_put_again_or_dropped() {
    let mut world = world();
    world.born();
    world.release(1);
    world.orders(Task::TryCanary { command: CommandId::new(2) });
    for _ in 0..2 {
        let message = world.fleet.next_message().unwrap();
        world.fleet.unsent(message);
    }
    let unanswered = DeviceReport::Canary(CommandId::new(2), CanaryAnswer::NoAnswer);
    assert_eq!(world.hears(), [failed(1, FailureCause::Overload), unanswered]);
    world.orders(Task::Show(Feedback::EnterPin));
    let message = world.fleet.next_message().unwrap();
    world.fleet.unsent(message);
    assert!(!world.fleet.has_message());
    world.orders(Task::NoteLog { through: 3, again: false });
    world.orders(Task::NoteLog { through: 4, again: false });
    let first = world.fleet.next_message().unwrap();
    world.fleet.unsent(first.clone());
    assert_eq!(world.fleet.next_message(), Some(first), "nothing overtakes what is put again");
}
