//! Stories of a small fleet: what devices say and what the engine hears, in virtual time and without a broker.

use std::sync::Arc;

use rackward_core::Feedback;
use rackward_core::engine::input::{LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::people::CredentialKey;
use rackward_protocol::mqtt::message::{CardRead, Event, Keypad, Outcome, SelfTest, Up, UpBody};
use rackward_protocol::mqtt::{Ack, Birth, Boot, DeviceSession, DownLeaf, Reading, Received, State};
use zeroize::Zeroizing;

use super::*;
use crate::drivers::{BrokerSettings, MqttDevice};

const HANDLE: DeviceId = DeviceId::new(1);
const OTHER: DeviceId = DeviceId::new(2);

/// The driver's fleet, one simulated device, and both clocks.
struct World {
    fleet: Fleet,
    device: DeviceSession,
    now: Now,
}

fn world() -> World {
    let device = |device, name: &str| MqttDevice {
        device,
        name: name.to_owned(),
        password: Zeroizing::new(String::new()),
        profile: Profile::Handle,
    };
    let settings = MqttSettings {
        site: "lon1".to_owned(),
        broker: BrokerSettings::Embedded { listen: "127.0.0.1:0".parse().unwrap() },
        devices: vec![device(HANDLE, "r01-front"), device(OTHER, "r01-rear")],
    };
    let card_key: CardKey = Arc::new(|bits, data: &[u8]| {
        let mut key = [0; 16];
        key[0] = bits as u8;
        key[1..=data.len()].copy_from_slice(data);
        CredentialKey::from_keyed_hash(key)
    });
    let now = Now { monotonic: Monotonic::from_micros(5_000_000), wall: Wall::from_seconds(1_700_000_000) };
    let mut world =
        World { fleet: Fleet::new(settings, now.wall, card_key).unwrap(), device: DeviceSession::new(Boot(7)), now };
    world.fleet.connected();
    world
}

fn birth() -> UpBody {
    UpBody::Birth(Birth {
        model: "SH-1".to_owned(),
        serial: "0001".to_owned(),
        firmware: "1.0.0".to_owned(),
        self_test: SelfTest::Passed,
    })
}

fn identity() -> rackward_core::engine::input::Identity {
    rackward_core::engine::input::Identity {
        model: "SH-1".to_owned(),
        serial: "0001".to_owned(),
        firmware: "1.0.0".to_owned(),
    }
}

fn secured() -> UpBody {
    UpBody::State(State {
        closed: Reading::Yes,
        locked: Reading::Yes,
        handle_home: Reading::Yes,
        latched: None,
        key_turned: Reading::No,
        tampered: Reading::No,
        supply_mv: Some(24_000),
        temperature_c10: None,
    })
}

fn secured_facts() -> Facts {
    Facts { contact: Contact::Closed, lock: Lock::Locked, handle: Some(HandlePosition::Closed), key: Some(Key::Home) }
}

impl World {
    /// The device says something; gives the message, so that it can be said again.
    fn says(&mut self, body: UpBody) -> Up {
        let up = self.device.stamp(body).unwrap();
        self.repeats(&up, false);
        up
    }

    fn repeats(&mut self, up: &Up, retained: bool) {
        let topic = format!("rackward/v1/lon1/dev/r01-front/{}", Leaf::Up(up.body.leaf()));
        self.fleet.heard(self.now.monotonic, &topic, retained, &up.encode().unwrap());
    }

    fn hears(&mut self) -> Vec<DeviceReport> {
        std::iter::from_fn(|| self.fleet.take_report())
            .map(|(device, report)| {
                assert_eq!(device, HANDLE);
                report
            })
            .collect()
    }

    /// A device that is there and whose first reports have been taken.
    fn born(&mut self) {
        self.says(birth());
        self.says(secured());
        self.hears();
        self.told();
    }

    fn release(&mut self, command: u64) {
        let not_after = self.now.monotonic.after(Duration::from_secs(5));
        let task = Task::Release { command: CommandId::new(command), duration: Duration::from_secs(10), not_after };
        self.fleet.order(self.now, Order { device: HANDLE, task });
    }

    /// What the device is told, as it reads it.
    fn told(&mut self) -> Vec<Received> {
        let at = unix_millis(self.now.wall);
        std::iter::from_fn(|| self.fleet.next_message())
            .map(|message| {
                let leaf = if message.topic.ends_with("cmd") { DownLeaf::Cmd } else { DownLeaf::Feedback };
                self.device.receive(at, leaf, false, &message.payload)
            })
            .collect()
    }

    fn passes(&mut self, seconds: u64) {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.fleet.handle_timeout(self.now.monotonic);
    }
}

#[test]
fn a_device_is_born_and_reports_what_it_reads() {
    let mut world = world();
    world.says(birth());
    assert_eq!(world.hears(), [DeviceReport::Online(identity())]);
    world.says(secured());
    let expect = [DeviceReport::Facts(secured_facts()), DeviceReport::Tamper(false), DeviceReport::PowerFault(false)];
    assert_eq!(world.hears(), expect);
}

#[test]
fn a_broken_sensor_never_passes_for_a_quiet_one() {
    let mut world = world();
    world.born();
    let state = State { closed: Reading::Fault, tampered: Reading::Fault, supply_mv: Some(9_999), ..State::default() };
    world.says(UpBody::State(state));
    let facts = Facts {
        contact: Contact::Fault,
        lock: Lock::Unknown,
        handle: Some(HandlePosition::Unknown),
        key: Some(Key::Unknown),
    };
    let expect = [DeviceReport::Facts(facts), DeviceReport::Tamper(true), DeviceReport::PowerFault(true)];
    assert_eq!(world.hears(), expect);
}

#[test]
fn kept_messages_show_who_was_there_and_ask_for_more() {
    let mut world = world();
    let (birth, state) = (world.device.stamp(birth()).unwrap(), world.device.stamp(secured()).unwrap());
    world.repeats(&state, true);
    assert_eq!(world.hears(), []);
    world.repeats(&birth, true);
    let reports = world.hears();
    assert_eq!(reports[..2], [DeviceReport::Online(identity()), DeviceReport::Facts(secured_facts())]);
    let told = world.told();
    assert!(matches!(told[..], [Received::Execute(Command { kind: CommandKind::ReadState, .. })]), "{told:?}");
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
    let [Received::Execute(command)] = told[..] else { panic!("{told:?}") };
    let not_after = UnixMillis(1_700_000_005_000);
    assert_eq!(command.kind, CommandKind::Release { duration_ms: 10_000, not_after });
    let ack = world.device.completed(UnixMillis(1_700_000_000_100), command.id, Outcome::Done);
    world.says(UpBody::Ack(ack));
    world.says(UpBody::Ack(ack));
    assert_eq!(world.hears(), [DeviceReport::Done(CommandId::new(9))]);
    world.passes(60);
    assert_eq!(world.hears(), []);
}

#[test]
fn every_end_of_a_command_is_told_to_the_engine() {
    let check = |outcome, expect| {
        let mut world = world();
        world.born();
        world.release(9);
        let ack = Ack { command: mqtt::CommandId(9), outcome, at: UnixMillis(1) };
        world.says(UpBody::Ack(ack));
        assert_eq!(world.hears(), [expect], "{outcome:?}");
    };
    check(Outcome::Done, DeviceReport::Done(CommandId::new(9)));
    check(Outcome::Expired, DeviceReport::Failed(CommandId::new(9), FailureCause::Expired));
    check(Outcome::Refused, DeviceReport::Failed(CommandId::new(9), FailureCause::Refused));
    check(Outcome::Failed, DeviceReport::Failed(CommandId::new(9), FailureCause::Refused));
}

#[test]
fn a_command_that_is_never_acknowledged_fails() {
    let mut world = world();
    world.born();
    world.release(9);
    world.passes(7);
    assert_eq!(world.hears(), []);
    world.passes(1);
    assert_eq!(world.hears(), [DeviceReport::Failed(CommandId::new(9), FailureCause::Expired)]);
}

#[test]
fn the_broker_forgets_a_release_when_it_expires() {
    let mut world = world();
    world.born();
    world.release(9);
    assert_eq!(world.fleet.next_message().unwrap().expiry_seconds, 5);
    let task = Task::Release {
        command: CommandId::new(10),
        duration: Duration::from_secs(10),
        not_after: Monotonic::from_micros(1),
    };
    world.fleet.order(world.now, Order { device: HANDLE, task });
    assert_eq!(world.fleet.next_message(), None);
    assert_eq!(world.hears(), [DeviceReport::Failed(CommandId::new(10), FailureCause::Expired)]);
}

#[test]
fn a_release_is_never_longer_than_a_device_takes() {
    let now = world().now;
    let check = |millis, expect| {
        let made = release(now, Duration::from_millis(millis), now.monotonic.after(Duration::from_secs(1))).unwrap();
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
    let failed = |number, cause| DeviceReport::Failed(CommandId::new(number), cause);
    assert_eq!(world.hears(), [failed(1, FailureCause::Offline)]);
    let will = world.device.will().unwrap();
    world.born();
    world.release(2);
    world.told();
    world.repeats(&will, false);
    let gone = DeviceReport::Offline(OfflineCause::ConnectionLost);
    assert_eq!(world.hears(), [gone, failed(2, FailureCause::Offline)]);
    world.release(3);
    assert_eq!(world.hears(), [failed(3, FailureCause::Offline)]);
}

#[test]
fn more_commands_than_a_device_can_use_are_refused() {
    let mut world = world();
    world.born();
    for number in 1..=5 {
        world.release(number);
    }
    assert_eq!(world.hears(), [DeviceReport::Failed(CommandId::new(5), FailureCause::Overload)]);
    assert_eq!(world.told().len(), 4);
}

#[test]
fn replayed_doubled_lost_and_malformed_messages_are_reported() {
    let mut world = world();
    world.born();
    let card = || UpBody::Event(Event::Card(CardRead::new(8, &[1]).unwrap()));
    let first = world.says(card());
    world.hears();
    world.repeats(&first, false);
    assert_eq!(world.hears(), [DeviceReport::Link(LinkTrouble::Duplicate)]);
    world.repeats(&first, true);
    assert_eq!(world.hears(), [DeviceReport::Security(SecurityTrouble::Replay)]);
    world.device.stamp(card()).unwrap();
    world.says(card());
    assert_eq!(world.hears()[0], DeviceReport::Link(LinkTrouble::Lost(1)));
    world.fleet.heard(world.now.monotonic, "rackward/v1/lon1/dev/r01-front/up/event", false, &[0xFF; 2000]);
    assert_eq!(world.hears(), [DeviceReport::Link(LinkTrouble::Malformed)]);
    world.device = DeviceSession::new(Boot(8));
    world.says(birth());
    world.hears();
    world.repeats(&first, false);
    assert_eq!(world.hears(), [DeviceReport::Security(SecurityTrouble::Replay)]);
}

#[test]
fn strangers_are_counted_and_not_listened_to() {
    let mut world = world();
    let payload = world.device.stamp(birth()).unwrap().encode().unwrap();
    for topic in ["rackward/v1/lon1/dev/r99-front/up/birth", "rackward/v1/ams2/dev/r01-front/up/birth", "", "\u{1b}[2J"]
    {
        world.fleet.heard(world.now.monotonic, topic, false, &payload);
    }
    assert_eq!((world.fleet.strangers, world.hears()), (4, vec![]));
}

#[test]
fn a_device_that_floods_is_cut_short_and_the_loss_is_counted() {
    let mut world = world();
    world.born();
    let card = || UpBody::Event(Event::Card(CardRead::new(8, &[1]).unwrap()));
    for _ in 0..100 {
        world.says(card());
    }
    let taken = world.hears().len();
    assert!((60..=64).contains(&taken), "{taken}");
    world.passes(10);
    world.says(card());
    assert_eq!(world.hears()[0], DeviceReport::Link(LinkTrouble::Lost(100 - taken as u32)));
}

#[test]
fn after_the_broker_was_away_a_device_that_stayed_is_there_again_by_its_answer() {
    let mut world = world();
    world.born();
    world.release(1);
    world.told();
    world.fleet.lost();
    world.fleet.lost();
    let reports: Vec<_> = std::iter::from_fn(|| world.fleet.take_report()).collect();
    let down = DeviceReport::Offline(OfflineCause::LinkDown);
    let failed = DeviceReport::Failed(CommandId::new(1), FailureCause::Offline);
    assert_eq!(reports, [(HANDLE, failed), (HANDLE, down.clone()), (OTHER, down)]);
    world.fleet.connected();
    let told = world.told();
    assert!(matches!(told[..], [Received::Execute(Command { kind: CommandKind::ReadState, .. })]), "{told:?}");
    world.says(secured());
    let reports = world.hears();
    assert_eq!(reports[..2], [DeviceReport::Online(identity()), DeviceReport::Facts(secured_facts())]);
}

#[test]
fn a_device_that_left_while_the_broker_was_away_is_not_taken_for_present() {
    let mut world = world();
    let will = world.device.will().unwrap();
    world.born();
    world.fleet.lost();
    while world.fleet.take_report().is_some() {}
    world.fleet.connected();
    world.repeats(&will, true);
    assert_eq!(world.hears(), [DeviceReport::Offline(OfflineCause::ConnectionLost)]);
}

#[test]
fn feedback_reaches_only_a_device_that_is_there() {
    let mut world = world();
    let show = Order { device: HANDLE, task: Task::Show(Feedback::EnterPin) };
    world.fleet.order(world.now, show);
    assert_eq!(world.told(), []);
    world.born();
    world.fleet.order(world.now, show);
    let told = world.told();
    let [Received::Show(shown)] = told[..] else { panic!("{told:?}") };
    assert!(shown.led.is_some() && shown.buzzer.is_some());
}

#[test]
fn what_the_client_does_not_take_is_failed_put_again_or_dropped() {
    let mut world = world();
    world.born();
    world.release(1);
    let message = world.fleet.next_message().unwrap();
    assert!(!world.fleet.unsent(message));
    assert_eq!(world.hears(), [DeviceReport::Failed(CommandId::new(1), FailureCause::Overload)]);
    world.fleet.connected();
    let question = world.fleet.next_message().unwrap();
    assert!(world.fleet.unsent(question.clone()));
    assert_eq!(world.fleet.next_message(), Some(question));
}
