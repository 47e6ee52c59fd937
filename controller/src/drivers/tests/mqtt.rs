//! The MQTT driver and the embedded broker against devices that are clients of their own.

use rackward_core::engine::input::{FailureCause, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_protocol::mqtt::message::{CardRead, Event as Said, SelfTest, Up, UpBody};
use rackward_protocol::mqtt::{
    self as wire, Ack, Birth, Boot, Command, CommandKind, DeviceSession, Leaf, Outcome, Reading, Received, SiteId,
    State, Topic, UnixMillis,
};
use rumqttc::{
    AsyncClient, Broker, ConnectReturnCode, ConnectionError, Event, EventLoop, LastWill, MqttOptions, Packet,
    PubAckReason, Publish, PublishOptions, QoS, SubscribeReasonCode,
};
use zeroize::Zeroizing;

use super::*;
use crate::drivers::{BrokerSettings, MqttDevice, MqttSettings, Profile};

const FRONT: DeviceId = DeviceId::new(1);
const REAR: DeviceId = DeviceId::new(2);

fn settings() -> Settings {
    let device = |device, name: &str, password: &str| MqttDevice {
        device,
        name: name.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        profile: Profile::Handle,
    };
    let mqtt = MqttSettings {
        site: "lon1".to_owned(),
        broker: BrokerSettings::Embedded { listen: "127.0.0.1:0".parse().unwrap() },
        devices: vec![device(FRONT, "r01-front", "one"), device(REAR, "r01-rear", "two")],
    };
    Settings { mqtt: Some(mqtt), ..Settings::default() }
}

fn unix_millis() -> UnixMillis {
    UnixMillis(clock().wall.as_micros() as u64 / 1_000)
}

/// A device's network side: one connection, with its will.
struct Device {
    name: wire::DeviceId,
    session: DeviceSession,
    client: AsyncClient,
    connection: EventLoop,
}

impl Device {
    fn new(rig: &Rig, name: &str, password: &str, boot: u64) -> Self {
        let broker = rig.drivers.broker_address().unwrap();
        let session = DeviceSession::new(Boot(boot));
        let id = wire::DeviceId::parse(name).unwrap();
        let will = session.will().unwrap();
        let mut options = MqttOptions::new(name, Broker::tcp(broker.ip().to_string(), broker.port()));
        options.set_credentials(name, password.as_bytes().to_vec()).set_last_will(LastWill::new(
            topic(&id, &will),
            will.encode().unwrap(),
            QoS::AtLeastOnce,
            true,
            None,
        ));
        let (client, connection) = AsyncClient::builder(options).capacity(16).build();
        Self { name: id, session, client, connection }
    }

    /// Connected, subscribed, born, and its state told.
    async fn ready(rig: &mut Rig, name: &str, password: &str, boot: u64) -> Self {
        let mut device = Self::new(rig, name, password, boot);
        let site = SiteId::parse("lon1").unwrap();
        assert!(device.subscribe(&Topic::all_down(&site, &device.name.clone())).await);
        device.say(birth()).await;
        device.say(secured()).await;
        device
    }

    async fn incoming(&mut self) -> Packet {
        in_time("a packet from the broker", async {
            loop {
                if let Event::Incoming(packet) = self.connection.poll().await.unwrap() {
                    return packet;
                }
            }
        })
        .await
    }

    async fn subscribe(&mut self, filter: &str) -> bool {
        self.client.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
        loop {
            if let Packet::SubAck(ack) = self.incoming().await {
                return ack.return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_)));
            }
        }
    }

    async fn publish(&mut self, topic: &str, retained: bool, payload: Vec<u8>) -> PubAckReason {
        self.client.try_publish(topic, payload, PublishOptions::at_least_once().retain(retained)).unwrap();
        loop {
            if let Packet::PubAck(ack) = self.incoming().await {
                return ack.reason;
            }
        }
    }

    /// Says something new and gives it, so that it can be said again.
    async fn say(&mut self, body: UpBody) -> Up {
        let up = self.session.stamp(body).unwrap();
        self.repeat(&up).await;
        up
    }

    async fn repeat(&mut self, up: &Up) {
        let reason = self.publish(&topic(&self.name, up), up.body.leaf().retained(), up.encode().unwrap()).await;
        assert!(matches!(reason, PubAckReason::Success | PubAckReason::NoMatchingSubscribers), "{reason:?}");
    }

    /// The next thing the daemon tells it, with how long the broker would have kept it.
    async fn told(&mut self) -> (Received, Option<u32>) {
        loop {
            if let Packet::Publish(Publish { topic, payload, retain, properties, .. }) = self.incoming().await {
                let topic = Topic::parse(std::str::from_utf8(&topic).unwrap()).unwrap();
                assert_eq!(topic.device, self.name);
                let Leaf::Down(leaf) = topic.leaf else { panic!("{topic:?}") };
                let received = self.session.receive(unix_millis(), leaf, retain, &payload);
                return (received, properties.and_then(|properties| properties.message_expiry_interval));
            }
        }
    }

    async fn told_command(&mut self) -> (Command, Option<u32>) {
        loop {
            if let (Received::Execute(command), expiry) = self.told().await
                && !matches!(command.kind, CommandKind::ReadState)
            {
                return (command, expiry);
            }
        }
    }
}

fn topic(device: &wire::DeviceId, up: &Up) -> String {
    Topic::new(&SiteId::parse("lon1").unwrap(), device, Leaf::Up(up.body.leaf())).to_string()
}

fn birth() -> UpBody {
    UpBody::Birth(Birth {
        model: "SH-1".to_owned(),
        serial: "0001".to_owned(),
        firmware: "1.0.0".to_owned(),
        self_test: SelfTest::Passed,
    })
}

fn secured() -> UpBody {
    UpBody::State(State {
        closed: Reading::Yes,
        locked: Reading::Yes,
        handle_home: Reading::Yes,
        key_turned: Reading::No,
        ..State::default()
    })
}

fn secured_facts() -> DeviceReport {
    DeviceReport::Facts(Facts {
        contact: Contact::Closed,
        lock: Lock::Locked,
        handle: Some(HandlePosition::Closed),
        key: Some(Key::Home),
    })
}

fn card() -> UpBody {
    UpBody::Event(Said::Card(CardRead::new(26, &[0x81, 2, 3, 0]).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_is_born_presents_a_card_is_released_and_goes() {
    let mut rig = start(settings()).await;
    let mut device = Device::ready(&mut rig, "r01-front", "one", 7).await;
    rig.online(FRONT).await;
    rig.expect(FRONT, secured_facts()).await;
    device.say(card()).await;
    rig.expect(FRONT, card_report(26, &[0x81, 2, 3, 0])).await;

    rig.release(FRONT, 5, 10).unwrap();
    let (command, expiry) = device.told_command().await;
    let CommandKind::Release { duration_ms, not_after } = command.kind else { panic!("{command:?}") };
    assert_eq!((command.id.0, duration_ms), (5, 10_000));
    assert!(not_after > unix_millis() && not_after.0 <= unix_millis().0 + LIMIT_SECS * 1_000);
    assert!(expiry.is_some_and(|seconds| (1..=LIMIT_SECS as u32).contains(&seconds)), "{expiry:?}");
    let ack = device.session.completed(unix_millis(), command.id, Outcome::Done);
    device.say(UpBody::Ack(ack)).await;
    rig.expect(FRONT, DeviceReport::Done(CommandId::new(5))).await;

    rig.show(FRONT, Feedback::SecuredAgain);
    loop {
        if let (Received::Show(shown), _) = device.told().await {
            assert!(shown.led.is_some());
            break;
        }
    }
    drop(device);
    rig.expect(FRONT, DeviceReport::Offline(OfflineCause::ConnectionLost)).await;
    rig.release(FRONT, 6, 10).unwrap();
    rig.expect(FRONT, DeviceReport::Failed(CommandId::new(6), FailureCause::Offline)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_connects_without_its_own_password() {
    let rig = start(settings()).await;
    for (name, password) in [("r01-front", "two"), ("r01-front", ""), ("r99-front", "one"), ("rackward-lon1", "one")] {
        let mut device = Device::new(&rig, name, password, 7);
        let refused = in_time("an answer to the connect", async {
            loop {
                if let Err(error) = device.connection.poll().await {
                    return error;
                }
            }
        })
        .await;
        let ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword) = refused else {
            panic!("{name}: {refused:?}");
        };
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_touches_no_topic_but_its_own() {
    let mut rig = start(settings()).await;
    let mut device = Device::ready(&mut rig, "r01-front", "one", 7).await;
    for foreign in [
        "rackward/v1/lon1/dev/r01-rear/up/event",
        "rackward/v1/lon1/dev/r01-front/down/cmd",
        "rackward/v1/lon1/dev/r01-rear/down/cmd",
        "rackward/v1/ams2/dev/r01-front/up/event",
    ] {
        assert_eq!(device.publish(foreign, false, vec![1]).await, PubAckReason::NotAuthorized, "{foreign}");
    }
    for foreign in ["#", "rackward/v1/lon1/dev/+/up/+", "rackward/v1/lon1/dev/r01-rear/down/+"] {
        assert!(!device.subscribe(foreign).await, "{foreign}");
    }
    // Whoever was refused is still served.
    device.say(card()).await;
    rig.expect(FRONT, card_report(26, &[0x81, 2, 3, 0])).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubled_replayed_and_malformed_messages_are_reported_and_end_nothing() {
    let mut rig = start(settings()).await;
    let mut device = Device::ready(&mut rig, "r01-front", "one", 7).await;
    let first = device.say(card()).await;
    rig.expect(FRONT, card_report(26, &[0x81, 2, 3, 0])).await;
    device.repeat(&first).await;
    rig.expect(FRONT, DeviceReport::Link(LinkTrouble::Duplicate)).await;
    device.publish(&topic(&device.name.clone(), &first), false, vec![0xFF; 900]).await;
    rig.expect(FRONT, DeviceReport::Link(LinkTrouble::Malformed)).await;
    device.session.stamp(card()).unwrap();
    device.say(card()).await;
    rig.expect(FRONT, DeviceReport::Link(LinkTrouble::Lost(1))).await;
    device.session = DeviceSession::new(Boot(8));
    device.say(birth()).await;
    rig.online(FRONT).await;
    device.repeat(&first).await;
    rig.expect(FRONT, DeviceReport::Security(SecurityTrouble::Replay)).await;
    device.say(card()).await;
    rig.expect(FRONT, card_report(26, &[0x81, 2, 3, 0])).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_answers_only_for_what_it_was_told() {
    let mut rig = start(settings()).await;
    let mut front = Device::ready(&mut rig, "r01-front", "one", 7).await;
    let mut rear = Device::ready(&mut rig, "r01-rear", "two", 8).await;
    rig.online(REAR).await;
    rig.release(FRONT, 5, 10).unwrap();
    let (command, _) = front.told_command().await;
    let done = Ack { command: command.id, outcome: Outcome::Done, at: unix_millis() };
    rear.say(UpBody::Ack(done)).await;
    rear.say(card()).await;
    rig.until(REAR, "its card and no answer before it", |report| {
        assert_ne!(*report, DeviceReport::Done(CommandId::new(5)));
        *report == card_report(26, &[0x81, 2, 3, 0])
    })
    .await;
    front.say(UpBody::Ack(Ack { outcome: Outcome::Refused, ..done })).await;
    rig.expect(FRONT, DeviceReport::Failed(CommandId::new(5), FailureCause::Refused)).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_not_there_takes_all_its_devices_along() {
    // A port that was free a moment ago, and that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut settings = settings();
    if let Some(mqtt) = &mut settings.mqtt {
        mqtt.broker = BrokerSettings::External {
            host: free.ip().to_string(),
            port: free.port(),
            username: "rackward".to_owned(),
            password: Zeroizing::new("secret".to_owned()),
        };
    }
    let mut rig = start(settings).await;
    assert_eq!(rig.drivers.broker_address(), None);
    rig.expect(FRONT, DeviceReport::Offline(OfflineCause::LinkDown)).await;
    rig.expect(REAR, DeviceReport::Offline(OfflineCause::LinkDown)).await;
    rig.release(FRONT, 1, 5).unwrap();
    rig.expect(FRONT, DeviceReport::Failed(CommandId::new(1), FailureCause::Offline)).await;
    rig.stop().await;
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let check = async |spoil: fn(&mut MqttSettings), expect: &str| {
        let mut settings = settings();
        settings.mqtt.as_mut().map(spoil);
        let refused = try_start(settings, 1).await.err().map(|error| error.to_string());
        assert!(refused.as_deref().is_some_and(|refused| refused.contains(expect)), "{refused:?}");
    };
    check(
        |mqtt| mqtt.broker = BrokerSettings::Embedded { listen: "0.0.0.0:1883".parse().unwrap() },
        "use a loopback address",
    )
    .await;
    check(|mqtt| mqtt.site = "LON 1".to_owned(), "\"LON 1\" cannot be part of an MQTT topic").await;
    check(|mqtt| mqtt.devices[0].name = "a/b".to_owned(), "\"a/b\" cannot be part of an MQTT topic").await;
    check(|mqtt| mqtt.devices[0].profile = Profile::Inputs { zones: 1 }, "wire it to a bus").await;
}
