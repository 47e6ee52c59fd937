//! Stories of a small fleet: what devices say and what the engine hears, in virtual time and without a broker.

mod commands;
mod mischief;
mod presence;
mod rights;

use std::time::Duration;

use rackward_core::engine::input::{FailureCause, Identity, OfflineCause};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::inventory::{CanaryAbility, Description, Measurements};
use rackward_core::people::CredentialKey;
use rackward_protocol::mqtt::message::{Event, Up, UpBody};
use rackward_protocol::mqtt::{
    Ack, Birth, Boot, BootCause, Capabilities, CardRead, DeviceSession, DownLeaf, Keypad, Legend, Reading, Received,
    SelfTest, State,
};

use super::*;
use crate::drivers::order::{Order, Task};
use crate::drivers::{Alone, MqttDevice, MqttIdentity, Publications, TlsListener};

const HANDLE: DeviceId = DeviceId::new(1);
const OTHER: DeviceId = DeviceId::new(2);
const HEARTBEAT_SECS: u64 = 30;

/// The driver's fleet, one simulated device, and both clocks.
struct World {
    fleet: Fleet,
    device: DeviceSession,
    now: Now,
    /// By how much the device's clock is ahead.
    ahead_ms: i64,
}

fn settings() -> MqttSettings {
    let device = |device, name: &str| MqttDevice {
        device,
        name: name.to_owned(),
        profile: Profile::Handle,
        alone: Alone::Decides,
    };
    let names = ["r01-front", "r01-rear"].map(str::to_owned);
    MqttSettings {
        site: "lon1".to_owned(),
        broker: BrokerSettings::Embedded(TlsListener { listen: "127.0.0.1:0".parse().unwrap(), names: Vec::new() }),
        devices: vec![device(HANDLE, "r01-front"), device(OTHER, "r01-rear")],
        identity: MqttIdentity::ephemeral("lon1", names, Wall::from_seconds(1_700_000_000)).unwrap(),
        publications: Publications::None,
        observer: None,
    }
}

fn card_key() -> CardKey {
    Arc::new(|bits, data: &[u8]| {
        let mut key = [0; 16];
        key[0] = bits as u8;
        key[1..=data.len()].copy_from_slice(data);
        CredentialKey::from_keyed_hash(key)
    })
}

fn world_of(settings: &MqttSettings) -> World {
    let now = Now { monotonic: Monotonic::from_micros(5_000_000), wall: Wall::from_seconds(1_700_000_000) };
    let fleet = Fleet::new(settings, now.wall, card_key()).unwrap();
    let mut world = World { fleet, device: DeviceSession::new(Boot(7)), now, ahead_ms: 0 };
    world.fleet.connected(now.monotonic);
    world
}

fn world() -> World {
    world_of(&settings())
}

fn described() -> Birth {
    Birth {
        model: "SH-1".to_owned(),
        serial: "0001".to_owned(),
        firmware: "1.0.0".to_owned(),
        self_test: SelfTest::PASSED,
        cause: BootCause::PowerOn,
        capabilities: Capabilities { bits: Capabilities::READER | Capabilities::CANARY, rights_cards: 500 },
        legend: Legend::Full,
        heartbeat_secs: HEARTBEAT_SECS as u16,
        held: None,
    }
}

fn birth() -> UpBody {
    UpBody::Birth(described())
}

fn identity() -> Identity {
    Identity { model: "SH-1".to_owned(), serial: "0001".to_owned(), firmware: "1.0.0".to_owned() }
}

fn description() -> Description {
    Description {
        list_room: Some(500),
        canary: CanaryAbility::Able,
        self_test: 0,
        boot: None,
        channel: Channel::Proven,
    }
}

/// What the engine hears of a device that is there.
fn there() -> [DeviceReport; 2] {
    [DeviceReport::Online(identity()), DeviceReport::Described(description())]
}

fn secured_state() -> State {
    State {
        closed: Reading::Yes,
        locked: Reading::Yes,
        handle_home: Reading::Yes,
        key_turned: Reading::No,
        tampered: Reading::No,
        supply_mv: Some(24_000),
        ..State::default()
    }
}

fn secured() -> UpBody {
    UpBody::State(secured_state())
}

/// What the engine hears of that state when it knows nothing yet.
fn secured_reports() -> [DeviceReport; 4] {
    let facts = Facts {
        contact: Contact::Closed,
        lock: Lock::Locked,
        handle: Some(HandlePosition::Closed),
        key: Some(Key::Home),
        latch: None,
    };
    let measured = Measurements { supply_mv: Some(24_000), ..Measurements::default() };
    [
        DeviceReport::Facts(facts),
        DeviceReport::Tamper(false),
        DeviceReport::PowerFault(false),
        DeviceReport::Measured(measured),
    ]
}

fn card() -> UpBody {
    UpBody::Event(Event::Card(CardRead::new(8, &[1]).unwrap()))
}

fn is_clock(report: &DeviceReport) -> bool {
    matches!(report, DeviceReport::Clock { .. })
}

impl World {
    fn device_time(&self) -> UnixMillis {
        UnixMillis(unix_millis(self.now.wall).0.saturating_add_signed(self.ahead_ms))
    }

    fn stamp(&mut self, body: UpBody) -> Up {
        let at = self.device_time();
        self.device.stamp(at, body).unwrap()
    }

    /// The device says something; gives the message, so that it can be said again.
    fn says(&mut self, body: UpBody) -> Up {
        let up = self.stamp(body);
        self.repeats(&up, false);
        up
    }

    fn repeats(&mut self, up: &Up, retained: bool) {
        let topic = format!("rackward/v1/lon1/dev/r01-front/{}", Leaf::Up(up.body.leaf()));
        self.fleet.heard(self.now, &topic, retained, &up.encode().unwrap());
    }

    fn reports(&mut self) -> Vec<(DeviceId, DeviceReport)> {
        std::iter::from_fn(|| self.fleet.take_report()).collect()
    }

    /// What the engine hears of the device, but for its clock.
    fn hears(&mut self) -> Vec<DeviceReport> {
        let of_handle = |(device, report)| {
            assert_eq!(device, HANDLE);
            report
        };
        self.reports().into_iter().map(of_handle).filter(|report| !is_clock(report)).collect()
    }

    /// A device that is there and whose first reports have been taken.
    fn born(&mut self) {
        self.says(birth());
        self.says(secured());
        self.reports();
        self.told();
    }

    fn orders(&mut self, task: Task) {
        self.fleet.order(self.now, Order { device: HANDLE, task });
    }

    fn release(&mut self, command: u64) {
        let not_after = self.now.monotonic.after(Duration::from_secs(5));
        self.orders(Task::Release { command: CommandId::new(command), duration: Duration::from_secs(10), not_after });
    }

    /// What the device is told, as it reads it.
    fn told(&mut self) -> Vec<Received> {
        let at = self.device_time();
        let leaf_of = |message: &Message| match message.topic.rsplit('/').next() {
            Some("cmd") => DownLeaf::Cmd,
            Some("rights") => DownLeaf::Rights,
            Some("cert") => DownLeaf::Certificate,
            _ => DownLeaf::Feedback,
        };
        std::iter::from_fn(|| self.fleet.next_message())
            .map(|message| self.device.receive(at, leaf_of(&message), false, &message.payload))
            .collect()
    }

    fn passes(&mut self, millis: u64) {
        self.now = self.now.after(Duration::from_millis(millis));
        self.fleet.handle_timeout(self.now.monotonic);
    }
}

fn is_question(received: &Received) -> bool {
    matches!(received, Received::Execute(Command { kind: CommandKind::ReadState, .. }))
}
