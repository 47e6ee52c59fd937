//! The embedded broker's listener against real TLS clients: every wrong certificate, foreign names and topics, revocation
//! under a live connection, enrolment, and crowds that say nothing.

use rackward_core::certificate::{Certificate, CertificateSerial};
use rackward_core::engine::input::SecurityTrouble;
use rackward_core::{Command, CommandError, Reply};
use rackward_protocol::mqtt::enrolment::{ALPN, Answer, Code, EnrolmentRefusal, Request, body_length};
use rackward_protocol::mqtt::message::Der;
use rackward_protocol::mqtt::{DeviceId as Name, SiteId};
use rcgen::{CertificateParams, KeyPair};
use rumqttc::{
    AsyncClient, Broker, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions, Packet, PubAckReason,
    PublishOptions, QoS, SubscribeReasonCode,
};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::drivers::{
    Admissions, Alone, Arrival, BrokerSettings, MqttDevice, MqttIdentity, MqttSettings, Password, Profile,
    Publications, TlsListener,
};
use crate::pki::Authority;
use crate::run::Wanted;

const YEAR: Duration = Duration::from_secs(365 * 86_400);
const SITE: &str = "lon1";

/// A running broker with a test in the engine's and the fleet's place.
struct Hall {
    authority: Arc<Authority>,
    admissions: Arc<Admissions>,
    arrivals: mpsc::Receiver<Arrival>,
    engine: mpsc::Receiver<Wanted>,
    address: std::net::SocketAddr,
    inside: super::super::broker::Reached,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

/// A device's key and certificate.
struct Papers {
    key: KeyPair,
    der: Vec<u8>,
    certificate: Certificate,
}

impl Hall {
    async fn open() -> Self {
        Self::open_for(None).await
    }

    async fn open_for(observer: Option<Password>) -> Self {
        let device = |number, name: &str, alone| MqttDevice {
            device: DeviceId::new(number),
            name: name.to_owned(),
            profile: Profile::Handle,
            alone,
        };
        let names = ["r01-front", "r01-rear"].map(str::to_owned);
        let (engine, wanted) = mpsc::channel(16);
        let identity = MqttIdentity::ephemeral(SITE, names, clock().wall).unwrap();
        // The fleet's end of the arrivals is the test's here.
        let (_, nobody) = mpsc::channel(1);
        let MqttIdentity { authority, admissions, arrivals, .. } = identity;
        let settings = MqttSettings {
            site: SITE.to_owned(),
            broker: BrokerSettings::Embedded(TlsListener { listen: ([127, 0, 0, 1], 0).into(), names: Vec::new() }),
            devices: vec![device(1, "r01-front", Alone::Decides), device(2, "r01-rear", Alone::Waits)],
            identity: MqttIdentity {
                authority: Arc::clone(&authority),
                admissions: Arc::clone(&admissions),
                arrivals: nobody,
                certificate_life: YEAR,
                card_key: zeroize::Zeroizing::new([7; 32]),
                engine,
            },
            publications: Publications::None,
            observer,
        };
        let (inputs, _) = mpsc::channel(16);
        let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
        let stock = super::super::Stock::default();
        let around =
            super::super::Surroundings { inputs, card_key: readable_key(), clock, shutdown: shutdown.clone(), stock };
        let reached = super::super::broker::reach(&settings, &around, &tasks).await.unwrap();
        let address = reached.listener.unwrap();
        Self { authority, admissions, arrivals, engine: wanted, address, inside: reached, shutdown, tasks }
    }

    /// A certificate of this site for a device, which counts unless the test says otherwise.
    fn papers(&self, device: &str, made: Wall, life: Duration) -> Papers {
        papers_of(&self.authority, device, made, life)
    }

    fn counting(&self, device: &str) -> Papers {
        let papers = self.papers(device, clock().wall, YEAR);
        self.admissions.set(device, &[papers.certificate.serial]);
        papers
    }

    /// A client that shows these papers.
    fn client(&self, client_id: &str, papers: Option<&Papers>) -> Client {
        self.client_with(client_id, papers, None)
    }

    fn client_with(&self, client_id: &str, papers: Option<&Papers>, login: Option<(&str, &str)>) -> Client {
        let config = tls(&self.authority, papers, &[]);
        let address = self.address;
        let mut options = MqttOptions::new(client_id, Broker::tcp(address.ip().to_string(), address.port()));
        options.set_socket_connector(move |_, _| connect(Arc::clone(&config), address));
        if let Some((username, password)) = login {
            options.set_credentials(username, password.as_bytes().to_vec());
        }
        let (client, connection) = AsyncClient::builder(options).capacity(16).build();
        Client { client, connection }
    }

    /// The daemon's own client, which takes so many messages before it confirms one.
    fn daemon(&self, receive_maximum: u16) -> Client {
        let (host, port) = (self.inside.host.clone(), self.inside.port);
        let mut options = MqttOptions::new(self.inside.client_id.clone(), Broker::tcp(host, port));
        let (username, password) = self.inside.login.clone().unwrap();
        options.set_credentials(username, password.as_bytes().to_vec()).set_receive_maximum(Some(receive_maximum));
        let (client, connection) = AsyncClient::builder(options).capacity(16).build();
        Client { client, connection }
    }

    async fn refusal(&mut self) -> Arrival {
        in_time("a refusal", async {
            loop {
                match self.arrivals.recv().await.unwrap() {
                    Arrival::Shown { .. } => {}
                    refused @ Arrival::Refused { .. } => return refused,
                }
            }
        })
        .await
    }

    async fn close(self) {
        self.shutdown.cancel();
        self.tasks.close();
        in_time("the end of all tasks", self.tasks.wait()).await;
    }
}

fn papers_of(authority: &Authority, device: &str, made: Wall, life: Duration) -> Papers {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let csr = CertificateParams::default().serialize_request(&key).unwrap();
    let draft = authority.draft(csr.der(), device, life, made).unwrap();
    Papers { der: authority.issue(&draft).unwrap(), certificate: draft.certificate, key }
}

/// TLS that trusts the site's authority, shows papers and asks for protocols.
fn tls(authority: &Authority, papers: Option<&Papers>, protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(authority.roots().unwrap());
    let mut config = match papers {
        Some(papers) => {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(papers.key.serialize_der()));
            builder.with_client_auth_cert(vec![CertificateDer::from(papers.der.clone())], key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Arc::new(config)
}

async fn connect(
    config: Arc<ClientConfig>,
    address: std::net::SocketAddr,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(config).connect(ServerName::from(address.ip()), stream).await
}

struct Client {
    client: AsyncClient,
    connection: EventLoop,
}

impl Client {
    /// The next packet, or why there is none any more.
    async fn next(&mut self) -> Result<Packet, ConnectionError> {
        in_time("a packet from the broker", async {
            loop {
                if let Event::Incoming(packet) = self.connection.poll().await? {
                    return Ok(packet);
                }
            }
        })
        .await
    }

    async fn connected(&mut self) -> bool {
        matches!(self.next().await, Ok(Packet::ConnAck(_)))
    }

    async fn publish(&mut self, topic: &str) -> PubAckReason {
        self.say(topic, vec![1]).await
    }

    async fn say(&mut self, topic: &str, payload: Vec<u8>) -> PubAckReason {
        self.client.try_publish(topic, payload, PublishOptions::at_least_once()).unwrap();
        loop {
            if let Packet::PubAck(ack) = self.next().await.unwrap() {
                return ack.reason;
            }
        }
    }

    async fn subscribes(&mut self, filter: &str) -> bool {
        self.client.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
        loop {
            if let Packet::SubAck(ack) = self.next().await.unwrap() {
                return ack.return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_)));
            }
        }
    }
}

fn refused(device: Option<&str>, trouble: SecurityTrouble) -> Arrival {
    Arrival::Refused { device: device.map(str::to_owned), trouble }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_comes_in_on_a_certificate_that_counts_and_its_coming_is_told() {
    let mut hall = Hall::open().await;
    let papers = hall.counting("r01-front");
    let mut client = hall.client("r01-front", Some(&papers));
    assert!(client.connected().await);
    let shown = Arrival::Shown { device: "r01-front".to_owned(), serial: papers.certificate.serial };
    assert_eq!(in_time("its coming", hall.arrivals.recv()).await, Some(shown));
    assert!(client.subscribes("rackward/v1/lon1/dev/r01-front/down/+").await);
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_wrong_certificate_is_refused_by_its_name() {
    let mut hall = Hall::open().await;
    hall.counting("r01-front");
    let other_site = Authority::ephemeral(SITE, clock().wall).unwrap();
    let elsewhere = Authority::ephemeral("ams2", clock().wall).unwrap();
    let long_ago = Wall::from_seconds(clock().wall.as_seconds() - 30 * 86_400);
    let self_signed = {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let der = CertificateParams::default().self_signed(&key).unwrap().der().to_vec();
        Papers { der, key, certificate: hall.papers("r01-front", clock().wall, YEAR).certificate }
    };
    let foreign = |papers: Papers| (Some(papers), refused(None, SecurityTrouble::CertificateForeign));
    let now = clock().wall;
    let cases = [
        foreign(self_signed),
        foreign(papers_of(&other_site, "r01-front", now, YEAR)),
        foreign(papers_of(&elsewhere, "r01-front", now, YEAR)),
        foreign(papers_of(&other_site, "r01-front", long_ago, Duration::from_secs(86_400))),
        (
            Some(hall.papers("r01-front", long_ago, Duration::from_secs(86_400))),
            refused(Some("r01-front"), SecurityTrouble::CertificateExpired),
        ),
        (Some(hall.papers("r01-front", now, YEAR)), refused(Some("r01-front"), SecurityTrouble::CertificateRevoked)),
    ];
    for (papers, expect) in cases {
        let mut client = hall.client("r01-front", papers.as_ref());
        assert!(!client.connected().await, "{expect:?}");
        assert_eq!(hall.refusal().await, expect);
    }
    assert!(!hall.client("r01-front", None).connected().await, "no certificate at all");
    let stranger = hall.papers("r99-front", now, YEAR);
    assert!(!hall.client("r99-front", Some(&stranger)).connected().await, "a device that the site does not have");
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_comes_under_the_name_of_another_device_or_of_the_daemon() {
    let mut hall = Hall::open().await;
    let papers = hall.counting("r01-front");
    for (name, told) in [("r01-rear", Some("r01-rear")), ("rackward.lon1", None), ("r01-front2", None)] {
        let mut client = hall.client(name, Some(&papers));
        let refusal = client.next().await;
        let is_refusal = matches!(refusal, Err(ConnectionError::ConnectionRefused(ConnectReturnCode::NotAuthorized)));
        assert!(is_refusal, "{name}: {refusal:?}");
        assert_eq!(hall.refusal().await, refused(told, SecurityTrouble::CertificateForeign), "{name}");
    }
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_reads_publications_by_password_and_no_device() {
    const LOGIN: (&str, &str) = ("dash", "long enough for this");
    let password = Password { username: LOGIN.0.to_owned(), password: LOGIN.1.to_owned().into() };
    let hall = Hall::open_for(Some(password)).await;
    let mut client = hall.client_with("board-1", None, Some(LOGIN));
    assert!(client.connected().await);
    for (filter, expect) in [
        ("rackward/v1/lon1/door/#", true),
        ("homeassistant/#", true),
        ("rackward/v1/lon1/dev/r01-front/up/state", false),
        ("rackward/v1/lon1/#", false),
        ("#", false),
    ] {
        assert_eq!(client.subscribes(filter).await, expect, "{filter}");
    }
    for topic in ["rackward/v1/lon1/door/a/state", "rackward/v1/lon1/dev/r01-front/down/cmd"] {
        assert_eq!(client.publish(topic).await, PubAckReason::NotAuthorized, "{topic}");
    }
    for (client_id, login) in [
        ("board-1", None),
        ("board-1", Some(("dash", "guessed"))),
        ("r01-front", Some(LOGIN)),
        ("rackward.lon1", Some(LOGIN)),
    ] {
        assert!(!hall.client_with(client_id, None, login).connected().await, "{client_id} {login:?}");
    }
    let papers = hall.counting("r01-front");
    assert!(hall.client("r01-front", Some(&papers)).connected().await, "devices come as before");
    let revoked = hall.papers("r01-rear", clock().wall, YEAR);
    assert!(
        !hall.client_with("board-2", Some(&revoked), Some(LOGIN)).connected().await,
        "a wrong certificate is not none"
    );
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_tries_every_topic_of_its_neighbour_in_vain() {
    let mut hall = Hall::open().await;
    let papers = hall.counting("r01-front");
    let mut client = hall.client("r01-front", Some(&papers));
    assert!(client.connected().await);
    let leaves = [
        "up/birth",
        "up/state",
        "up/event",
        "up/ack",
        "up/rights",
        "up/log",
        "up/csr",
        "up/gone",
        "down/cmd",
        "down/feedback",
        "down/rights",
        "down/cert",
    ];
    for leaf in leaves {
        let of_neighbour = format!("rackward/v1/lon1/dev/r01-rear/{leaf}");
        assert_eq!(client.publish(&of_neighbour).await, PubAckReason::NotAuthorized, "{of_neighbour}");
        assert!(!client.subscribes(&of_neighbour).await, "{of_neighbour}");
        let told = refused(Some("r01-front"), SecurityTrouble::ForeignTopic);
        assert_eq!((hall.refusal().await, hall.refusal().await), (told.clone(), told), "{of_neighbour}");
        let own = format!("rackward/v1/lon1/dev/r01-front/{leaf}");
        let is_up = leaf.starts_with("up/");
        assert_eq!(client.publish(&own).await == PubAckReason::NotAuthorized, !is_up, "{own}");
        assert_eq!(client.subscribes(&own).await, !is_up, "{own}");
    }
    for filter in [
        "#",
        "+/+/+/+/+/+/+",
        "rackward/v1/lon1/dev/+/down/+",
        "rackward/v1/lon1/dev/+/up/+",
        "rackward/v1/lon1/dev/r01-front/#",
        "rackward/v1/+/dev/r01-front/down/cmd",
        "$share/all/rackward/v1/lon1/dev/r01-rear/down/cmd",
        "$SYS/#",
    ] {
        assert!(!client.subscribes(filter).await, "{filter}");
    }
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_certificate_cuts_the_connection_that_rests_on_it_and_no_other() {
    let hall = Hall::open().await;
    let (front, rear) = (hall.counting("r01-front"), hall.counting("r01-rear"));
    let mut cut = hall.client("r01-front", Some(&front));
    let mut stays = hall.client("r01-rear", Some(&rear));
    assert!(cut.connected().await && stays.connected().await);
    let next = hall.papers("r01-front", clock().wall, YEAR);
    hall.admissions.set("r01-front", &[front.certificate.serial, next.certificate.serial]);
    assert!(cut.subscribes("rackward/v1/lon1/dev/r01-front/down/+").await, "a further certificate cuts nobody");
    hall.admissions.set("r01-front", &[]);
    let ended = in_time("the cut", async {
        loop {
            match cut.connection.poll().await {
                Ok(Event::Incoming(Packet::Disconnect(_))) | Err(_) => return true,
                Ok(_) => {}
            }
        }
    })
    .await;
    assert!(ended);
    assert!(!hall.client("r01-front", Some(&front)).connected().await, "it does not come back");
    assert!(stays.subscribes("rackward/v1/lon1/dev/r01-rear/down/+").await);
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_who_say_nothing_hold_nobody_up() {
    let hall = Hall::open().await;
    let papers = hall.counting("r01-front");
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(hall.address).await.unwrap());
    }
    for stream in silent.iter_mut().take(50) {
        // The beginning of a handshake that does not go on.
        stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00]).await.unwrap();
    }
    assert!(hall.client("r01-front", Some(&papers)).connected().await);
    drop(silent);
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_devices_say_while_the_daemon_is_slow_is_heard_later_whole_and_in_order() {
    const SAID: u32 = 2_000;
    let hall = Hall::open().await;
    let papers = hall.counting("r01-front");
    let mut daemon = hall.daemon(16);
    assert!(daemon.connected().await);
    assert!(daemon.subscribes("rackward/v1/lon1/dev/+/up/+").await);
    let mut device = hall.client("r01-front", Some(&papers));
    assert!(device.connected().await);
    for number in 0..SAID {
        let said = device.say("rackward/v1/lon1/dev/r01-front/up/event", number.to_be_bytes().to_vec()).await;
        assert_eq!(said, PubAckReason::Success, "{number}");
    }
    for number in 0..SAID {
        let heard = loop {
            if let Packet::Publish(publish) = daemon.next().await.unwrap() {
                break publish.payload;
            }
        };
        assert_eq!(heard, number.to_be_bytes().as_slice());
    }
    hall.close().await;
}

/// Sends a request and gives the answer.
async fn enrol(hall: &Hall, request: &Request) -> Answer {
    let mut stream = connect(tls(&hall.authority, None, &[ALPN]), hall.address).await.unwrap();
    stream.write_all(&request.to_frame()).await.unwrap();
    let mut prefix = [0; 2];
    stream.read_exact(&mut prefix).await.unwrap();
    let mut body = vec![0; body_length(prefix).unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    Answer::decode(&body).unwrap()
}

fn request(site: &str, device: &str, key: &KeyPair) -> Request {
    let csr = CertificateParams::default().serialize_request(key).unwrap();
    Request {
        site: SiteId::parse(site).unwrap(),
        device: Name::parse(device).unwrap(),
        secret: [9; 10],
        csr: Der::new(csr.der()).unwrap(),
    }
}

/// Answers what comes to the engine, and gives what was asked.
async fn decide(hall: &mut Hall, answer: Result<Reply, CommandError>) -> (DeviceId, [u8; 32], CertificateSerial) {
    let wanted = in_time("the engine's question", hall.engine.recv()).await.unwrap();
    let Wanted::Command { command: Command::RedeemEnrolment { device, code, certificate }, reply, .. } = wanted else {
        panic!("{wanted:?}")
    };
    reply.send(answer).unwrap();
    (device, code, certificate.serial)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_enrols_with_its_code_and_comes_in_with_what_it_got() {
    let mut hall = Hall::open().await;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    for (name, card_key) in [("r01-front", Some([7; 32])), ("r01-rear", None)] {
        let asked = request(SITE, name, &key);
        let (authority, address) = (Arc::clone(&hall.authority), hall.address);
        let answered = tokio::spawn(async move {
            let mut stream = connect(tls(&authority, None, &[ALPN]), address).await.unwrap();
            stream.write_all(&asked.to_frame()).await.unwrap();
            let mut frame = Vec::new();
            stream.read_to_end(&mut frame).await.unwrap();
            Answer::decode(&frame[2..]).unwrap()
        });
        let (_, code, serial) = decide(&mut hall, Ok(Reply::Done)).await;
        assert_eq!(code, <[u8; 32]>::from(Sha256::digest([9; 10])));
        let Answer::Enrolled(enrolled) = in_time("the answer", answered).await.unwrap() else { panic!("{name}") };
        assert_eq!((enrolled.card_key, enrolled.list_key), (card_key, hall.authority.list_key()));
        assert!(Code::new([9; 10], hall.authority.certificate_der()).names(enrolled.authority.bytes()));
        hall.admissions.set(name, &[serial]);
        let certificate = hall.papers(name, clock().wall, YEAR).certificate;
        let own_key = KeyPair::from_pem(&key.serialize_pem()).unwrap();
        let papers = Papers { key: own_key, der: enrolled.certificate.bytes().to_vec(), certificate };
        assert!(hall.client(name, Some(&papers)).connected().await);
    }
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_enrol_is_told_why_and_gets_nothing() {
    let hall = Hall::open().await;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let wrong_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let unsound = Request { csr: Der::new(&[0x30, 0]).unwrap(), ..request(SITE, "r01-front", &key) };
    for (asked, expect) in [
        (request("ams2", "r01-front", &key), EnrolmentRefusal::Site),
        (request(SITE, "r99-front", &key), EnrolmentRefusal::Device),
        (request(SITE, "r01-front", &wrong_key), EnrolmentRefusal::Csr),
        (unsound, EnrolmentRefusal::Csr),
    ] {
        assert_eq!(enrol(&hall, &asked).await, Answer::Refused(expect));
    }
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_signed_that_the_engine_has_not_allowed() {
    let mut hall = Hall::open().await;
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    for (answer, expect) in [
        (CommandError::Conflict("no such code".to_owned()), EnrolmentRefusal::Code),
        (CommandError::JournalUnwritable, EnrolmentRefusal::Unavailable),
        (CommandError::NotYetDurable, EnrolmentRefusal::Unavailable),
    ] {
        let asked = request(SITE, "r01-front", &key);
        let config = tls(&hall.authority, None, &[ALPN]);
        let mut stream = connect(config, hall.address).await.unwrap();
        stream.write_all(&asked.to_frame()).await.unwrap();
        decide(&mut hall, Err(answer)).await;
        let mut frame = Vec::new();
        in_time("the answer", stream.read_to_end(&mut frame)).await.unwrap();
        assert_eq!(Answer::decode(&frame[2..]).unwrap(), Answer::Refused(expect));
    }
    hall.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn junk_at_the_desk_ends_its_own_connection_only() {
    let hall = Hall::open().await;
    for junk in [vec![0, 0], vec![0xFF, 0xFF, 1, 2], [vec![0, 3], b"abc".to_vec()].concat()] {
        let mut stream = connect(tls(&hall.authority, None, &[ALPN]), hall.address).await.unwrap();
        stream.write_all(&junk).await.unwrap();
        let mut rest = Vec::new();
        // Whether the end comes with or without a farewell is TLS's business.
        let _ = in_time("the end", stream.read_to_end(&mut rest)).await;
        assert!(rest.is_empty(), "{rest:?}");
    }
    let papers = hall.counting("r01-front");
    assert!(hall.client("r01-front", Some(&papers)).connected().await);
    hall.close().await;
}
