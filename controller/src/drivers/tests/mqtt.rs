//! The MQTT driver and the embedded broker against devices that are clients of their own, each with its certificate.

use rackward_core::certificate::CertificateSerial;
use rackward_core::engine::input::{FailureCause, LinkTrouble, OfflineCause, SecurityTrouble};
use rackward_core::facts::{Contact, Facts, HandlePosition, Key, Lock};
use rackward_core::id::Generation;
use rackward_core::rights_list::{ListNumber, RightsList};
use rackward_protocol::mqtt::message::{CardRead, Event as Said, SelfTest, Up, UpBody};
use rackward_protocol::mqtt::{
    self as wire, Ack, Birth, Boot, BootCause, Capabilities, Command, CommandKind, DeviceSession, Keeper, Leaf, Legend,
    Outcome, Reading, Received, SignedList, SiteId, State, Topic, UnixMillis,
};
use rcgen::{CertificateParams, KeyPair};
use ring::signature::{ED25519, UnparsedPublicKey};
use rumqttc::{
    AsyncClient, Broker, Event, EventLoop, LastWill, MqttOptions, Packet, PubAckReason, Publish, PublishOptions, QoS,
    SubscribeReasonCode,
};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::*;
use crate::drivers::{
    Admissions, Alone, BrokerLogin, BrokerSettings, MqttDevice, MqttIdentity, MqttSettings, Password, Profile,
    Publications, TlsListener,
};
use crate::pki::Authority;

const FRONT: DeviceId = DeviceId::new(1);
const REAR: DeviceId = DeviceId::new(2);

/// The settings, and whoever lets devices in by them.
struct Site {
    settings: Settings,
    authority: Arc<Authority>,
    admissions: Arc<Admissions>,
}

fn mqtt_settings() -> MqttSettings {
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
        devices: vec![device(FRONT, "r01-front"), device(REAR, "r01-rear")],
        identity: MqttIdentity::ephemeral("lon1", names, clock().wall).unwrap(),
        publications: Publications::Published,
        observer: None,
    }
}

fn site() -> Site {
    let mqtt = mqtt_settings();
    let (authority, admissions) = (Arc::clone(&mqtt.identity.authority), Arc::clone(&mqtt.identity.admissions));
    Site { settings: Settings { mqtt: Some(mqtt), ..Settings::default() }, authority, admissions }
}

/// What a device shows when it connects, and its request for it.
struct Papers {
    csr: Vec<u8>,
    serial: CertificateSerial,
    tls: TlsConnector,
}

/// A certificate for `name`, which does not count yet.
fn papers(authority: &Authority, name: &str) -> Papers {
    let key = KeyPair::generate().unwrap();
    let csr = CertificateParams::default().serialize_request(&key).unwrap().der().to_vec();
    let draft = authority.draft(&csr, name, Duration::from_secs(3_600), clock().wall).unwrap();
    let certificate = CertificateDer::from(authority.issue(&draft).unwrap());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(authority.roots().unwrap())
        .with_client_auth_cert(vec![certificate], key)
        .unwrap();
    Papers { csr, serial: draft.certificate.serial, tls: TlsConnector::from(Arc::new(tls)) }
}

impl Site {
    /// Papers that count.
    fn enrol(&self, name: &str) -> Papers {
        let papers = papers(&self.authority, name);
        self.admissions.set(name, &[papers.serial]);
        papers
    }

    async fn start(self) -> Rig {
        start(self.settings).await
    }
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
    fn new(rig: &Rig, name: &str, papers: &Papers, boot: u64) -> Self {
        let broker = rig.drivers.broker_address().unwrap();
        let session = DeviceSession::new(Boot(boot));
        let id = wire::DeviceId::parse(name).unwrap();
        let will = session.will(unix_millis()).unwrap();
        let mut options = MqttOptions::new(name, Broker::tcp(broker.ip().to_string(), broker.port()));
        options.set_max_packet_size(Some(200_000)).set_last_will(LastWill::new(
            topic(&id, &will),
            will.encode().unwrap(),
            QoS::AtLeastOnce,
            true,
            None,
        ));
        crate::drivers::mqtt::speak_tls(&mut options, broker.ip().to_string(), papers.tls.clone()).unwrap();
        let (client, connection) = AsyncClient::builder(options).capacity(16).build();
        Self { name: id, session, client, connection }
    }

    /// Connected, subscribed, born, and its state told.
    async fn ready(rig: &Rig, name: &str, papers: &Papers, boot: u64) -> Self {
        let mut device = Self::new(rig, name, papers, boot);
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
        let up = self.session.stamp(unix_millis(), body).unwrap();
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
        self_test: SelfTest::PASSED,
        cause: BootCause::PowerOn,
        capabilities: Capabilities { bits: Capabilities::READER, rights_cards: 500 },
        legend: Legend::Full,
        heartbeat_secs: 60,
        held: None,
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
        latch: None,
    })
}

fn card() -> UpBody {
    UpBody::Event(Said::Card(CardRead::new(26, &[0x81, 2, 3, 0]).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handle_is_born_presents_a_card_is_released_and_goes() {
    let site = site();
    let papers = site.enrol("r01-front");
    let mut rig = site.start().await;
    let mut device = Device::ready(&rig, "r01-front", &papers, 7).await;
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
async fn a_certificate_that_counts_no_more_ends_its_connection_at_once() {
    let site = site();
    let papers = site.enrol("r01-front");
    let mut rig = site.start().await;
    let mut device = Device::ready(&rig, "r01-front", &papers, 7).await;
    rig.expect(FRONT, DeviceReport::CertificateShown(papers.serial)).await;
    rig.online(FRONT).await;
    rig.drivers.dispatch(Output::Certificates { device: FRONT, counting: Vec::new() }).unwrap();
    rig.expect(FRONT, DeviceReport::Offline(OfflineCause::ConnectionLost)).await;
    in_time("the end of the connection", async { while device.connection.poll().await.is_ok() {} }).await;
    // It tries again, and is refused by name.
    let wait = async {
        loop {
            // Whether it is the handshake or the first read that fails is the library's choice.
            drop(device.connection.poll().await);
        }
    };
    tokio::select! {
        () = wait => {}
        () = rig.expect(FRONT, DeviceReport::Security(SecurityTrouble::CertificateRevoked)) => {}
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_asks_for_its_next_certificate_and_gets_the_one_that_the_engine_allows() {
    let site = site();
    let papers = site.enrol("r01-front");
    let mut rig = site.start().await;
    let mut device = Device::ready(&rig, "r01-front", &papers, 7).await;
    device.say(UpBody::Csr(wire::Der::new(&papers.csr).unwrap())).await;
    let is_wanted = |report: &DeviceReport| matches!(report, DeviceReport::CertificateWanted(_));
    let wanted = rig.until(FRONT, "a certificate that it wants", is_wanted).await;
    let DeviceReport::CertificateWanted(wanted) = wanted else { panic!("{wanted:?}") };
    rig.drivers.dispatch(Output::IssueCertificate { device: FRONT, serial: wanted.serial }).unwrap();
    loop {
        if let (Received::Certificate(der), _) = device.told().await {
            let found = der.bytes().windows(16).any(|bytes| bytes == wanted.serial.0);
            assert!(found, "the certificate has the serial number that the engine was asked for");
            break;
        }
    }
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rights_list_arrives_signed_and_its_receipt_comes_back() {
    let site = site();
    let (papers, list_key) = (site.enrol("r01-front"), site.authority.list_key());
    let mut rig = site.start().await;
    let mut device = Device::ready(&rig, "r01-front", &papers, 7).await;
    rig.online(FRONT).await;
    let now = Wall::from_seconds(clock().wall.as_seconds());
    let list = RightsList {
        number: ListNumber(40),
        generation: Generation::new(7),
        issued: now,
        expires: now.after(Duration::from_secs(28_800)),
        release_time: Duration::from_secs(10),
        cards: Box::new([]),
    };
    let meant = list.held("lon1", "r01-front");
    rig.drivers.dispatch(Output::PutRights { device: FRONT, list: Box::new(list) }).unwrap();
    let bytes = loop {
        if let (Received::Rights(bytes), _) = device.told().await {
            break bytes;
        }
    };
    let key = UnparsedPublicKey::new(&ED25519, list_key);
    let is_signed = |text: &[u8], signature: &[u8; 64]| key.verify(text, signature).is_ok();
    let opened = SignedList::open(&bytes, &SiteId::parse("lon1").unwrap(), &device.name, is_signed);
    let report = Keeper::new(500, None).put(unix_millis(), opened);
    device.say(UpBody::Rights(report)).await;
    let is_receipt =
        |report: &DeviceReport| matches!(report, DeviceReport::Rights(rights) if rights.held == Some(meant));
    rig.until(FRONT, "the receipt", is_receipt).await;
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_touches_no_topic_but_its_own() {
    let site = site();
    let papers = site.enrol("r01-front");
    let mut rig = site.start().await;
    let mut device = Device::ready(&rig, "r01-front", &papers, 7).await;
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
    let site = site();
    let papers = site.enrol("r01-front");
    let mut rig = site.start().await;
    let mut device = Device::ready(&rig, "r01-front", &papers, 7).await;
    let first = device.say(card()).await;
    rig.expect(FRONT, card_report(26, &[0x81, 2, 3, 0])).await;
    device.repeat(&first).await;
    rig.expect(FRONT, DeviceReport::Link(LinkTrouble::Duplicate)).await;
    device.publish(&topic(&device.name.clone(), &first), false, vec![0xFF; 900]).await;
    rig.expect(FRONT, DeviceReport::Link(LinkTrouble::Malformed)).await;
    device.session.stamp(unix_millis(), card()).unwrap();
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
    let site = site();
    let (front, rear) = (site.enrol("r01-front"), site.enrol("r01-rear"));
    let mut rig = site.start().await;
    let mut front = Device::ready(&rig, "r01-front", &front, 7).await;
    let mut rear = Device::ready(&rig, "r01-rear", &rear, 8).await;
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
    let mut site = site();
    if let Some(mqtt) = &mut site.settings.mqtt {
        let (username, password) = ("rackward".to_owned(), Zeroizing::new("secret".to_owned()));
        mqtt.broker = BrokerSettings::External {
            host: free.ip().to_string(),
            port: free.port(),
            login: BrokerLogin::Plain(Password { username, password }),
            enrol: None,
        };
    }
    let mut rig = site.start().await;
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
        let mut site = site();
        site.settings.mqtt.as_mut().map(spoil);
        let refused = try_start(site.settings, 1).await.err().map(|error| error.to_string());
        assert!(refused.as_deref().is_some_and(|refused| refused.contains(expect)), "{refused:?}");
    };
    check(|mqtt| mqtt.site = "LON 1".to_owned(), "\"LON 1\" cannot be part of an MQTT topic").await;
    check(|mqtt| mqtt.devices[0].name = "a/b".to_owned(), "\"a/b\" cannot be part of an MQTT topic").await;
    check(|mqtt| mqtt.devices[0].profile = Profile::Inputs { zones: 1 }, "wire it to a bus").await;
}
