//! One device's connection to the broker, MQTT 5: client id is the device's name, over TLS with its certificate, or with a
//! password where the broker has no TLS.
//!
//! It connects when told, with the will it was given, and never by itself: every connection needs a will of its own, which
//! only `wiring` can write. Decided here: that a device without identity enrols first, when a certificate is renewed, and that a
//! new one is kept before it is tried and takes the old one's place when it has connected.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rackward_protocol::mqtt::enrolment::Code;
use rackward_protocol::mqtt::rights::MAX_LIST_BYTES;
use rackward_protocol::mqtt::{Der, DeviceId, DownLeaf, Leaf, SiteId, Topic, UpLeaf};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{LastWill, Packet, RetainForwardRule};
use rumqttc::{
    AsyncClient, Event, EventLoop, IncomingPacketSizeLimit, MqttOptions, NetworkOptions, PublishOptions,
    SubscribeFilterInput,
};
use rustls::ClientConfig;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::LinkError;
use super::enrol::{Desk, address, enrol};
use super::tls::{self, SiteTls};
use crate::config::{DeviceConfig, Mischief, MqttConfig, Secret};
use crate::identity::{Applicant, Certified, Identity, IdentityDir};
use crate::wiring::mqtt::{SiteKeys, Step};

/// Steps that wait for the connection, and requests that wait for the socket. More than a device says in minutes.
pub(crate) const STEP_LIMIT_STEPS: usize = 128;
/// Messages sent and not yet confirmed by the broker. The library keeps room for all of them from the start: at the
/// protocol's own bound of 65,535 each simulated device would take 16 MB.
const UNCONFIRMED_LIMIT_MESSAGES: u16 = 32;
/// Longest packet taken from the broker, in bytes: the longest rights list with its head.
pub(crate) const PACKET_LIMIT_BYTES: u32 = MAX_LIST_BYTES as u32 + 1_024;
/// Seconds after which the broker takes a silent device for gone.
const KEEP_ALIVE_SECS: u16 = 5;
/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long the answer to a request for a certificate is waited for before it is asked again.
const RENEWAL_RETRY: Duration = Duration::from_secs(600);
/// How many connections a new certificate may fail before the old one is tried again.
const CANDIDATE_LIMIT_TRIES: u32 = 3;
/// A certificate is renewed when one in so many parts of its life is left.
const RENEWAL_PART: i64 = 3;
/// News of connections that wait to be looked at; there is one connection.
const FATE_LIMIT_FATES: usize = 4;

/// What came of the connection; the number is the client's place among the simulation's clients.
#[derive(Debug)]
pub(crate) struct FromBroker {
    pub(crate) client: usize,
    pub(crate) news: News,
}

/// News of one connection.
#[derive(Debug)]
pub(crate) enum News {
    Connected,
    Lost,
    Message {
        leaf: DownLeaf,
        retained: bool,
        payload: Vec<u8>,
    },
    /// The device has enrolled, and this is what its site gave it.
    Enrolled(SiteKeys),
    /// It wants its next certificate.
    Request(Der),
}

/// What the owner of a device asks of its link.
#[derive(Debug)]
pub(crate) enum ToLink {
    Step(Step),
    /// A certificate that came for a request.
    Certificate(Der),
}

/// Who connects, and whereto.
#[derive(Debug)]
pub(crate) struct Account {
    broker: (String, u16),
    site: SiteId,
    device: DeviceId,
    /// Somebody else whose topics it uses as well.
    neighbour: Option<DeviceId>,
    renew_now: bool,
    means: Means,
}

/// How a device shows who it is.
#[derive(Debug)]
enum Means {
    Password(Secret),
    /// It has a code and no identity yet.
    Code {
        code: Code,
        desk: Desk,
        home: IdentityDir,
    },
    Certificate(Box<Papers>),
    /// Its code was refused; it never connects.
    Nothing,
}

/// Certificates of one device, and what they are kept in.
#[derive(Debug)]
struct Papers {
    home: IdentityDir,
    identity: Identity,
    site: SiteTls,
    config: Arc<ClientConfig>,
    candidate: Option<Candidate>,
    applicant: Option<Applicant>,
    ask_at: Option<Instant>,
}

/// A certificate that has not connected yet.
#[derive(Debug)]
struct Candidate {
    certified: Certified,
    config: Arc<ClientConfig>,
    failures: u32,
}

impl Account {
    /// Reads files; called before anything runs.
    pub(crate) fn open(config: &MqttConfig, device: &DeviceConfig) -> Result<Self, LinkError> {
        let mqtt = device.mqtt.clone().unwrap_or_default();
        let (mut name, mut neighbour) = (DeviceId::parse(&device.name)?, None);
        match &mqtt.mischief {
            Some(Mischief::Clone(of)) => name = DeviceId::parse(of)?,
            Some(Mischief::Neighbour(other)) => neighbour = Some(DeviceId::parse(other)?),
            Some(_) | None => {}
        }
        let site = SiteId::parse(&config.site)?;
        let means = match (mqtt.password, &config.identity_dir) {
            (Some(password), _) => Means::Password(password),
            (None, Some(directory)) => {
                let home = home(directory, &name);
                match (home.load()?, mqtt.enrolment_code) {
                    (Some(identity), _) => Means::Certificate(Papers::open(home, identity)?),
                    (None, Some(code)) => {
                        let port = config.enrol_port.unwrap_or(config.port);
                        let desk = Desk { host: config.host.clone(), port, site: site.clone(), device: name.clone() };
                        Means::Code { code: Code::parse(code.expose())?, desk, home }
                    }
                    (None, None) => return Err(LinkError::NoIdentity { device: device.name.clone() }),
                }
            }
            (None, None) => return Err(LinkError::NoIdentity { device: device.name.clone() }),
        };
        let (broker, renew_now) = ((config.host.clone(), config.port), mqtt.renew_now);
        Ok(Self { broker, site, device: name, neighbour, renew_now, means })
    }

    /// What the site gave the device, where it has enrolled.
    pub(crate) fn site_keys(&self) -> Option<SiteKeys> {
        match &self.means {
            Means::Certificate(papers) => Some(papers.identity.site_keys(&self.site)),
            Means::Password(_) | Means::Code { .. } | Means::Nothing => None,
        }
    }

    /// Where the device keeps things over a power cut.
    pub(crate) fn home(&self) -> Option<IdentityDir> {
        match &self.means {
            Means::Certificate(papers) => Some(papers.home.clone()),
            Means::Code { home, .. } => Some(home.clone()),
            Means::Password(_) | Means::Nothing => None,
        }
    }

    fn topic(&self, device: &DeviceId, leaf: UpLeaf) -> String {
        Topic::new(&self.site, device, Leaf::Up(leaf)).to_string()
    }

    fn options(&self, will: Vec<u8>) -> MqttOptions {
        let (host, port) = &self.broker;
        let mut options = MqttOptions::new(self.device.as_str(), (host.as_str(), *port));
        if let Means::Password(password) = &self.means {
            options.set_credentials(self.device.as_str(), password.expose().to_owned());
        }
        if let Means::Certificate(papers) = &self.means {
            connect_over_tls(&mut options, papers.next_config(), (host, *port));
        }
        options.set_keep_alive(KEEP_ALIVE_SECS);
        options.set_clean_start(true);
        options.set_connect_timeout(CONNECT_LIMIT);
        options.set_incoming_packet_size_limit(IncomingPacketSizeLimit::Bytes(PACKET_LIMIT_BYTES));
        options.set_outgoing_inflight_upper_limit(UNCONFIRMED_LIMIT_MESSAGES);
        options.set_network_options(network());
        let leaf = UpLeaf::Gone;
        let will = LastWill::new(self.topic(&self.device, leaf), will, QoS::AtLeastOnce, leaf.retained(), None);
        options.set_last_will(will);
        options
    }
}

/// A card must not wait for more bytes to fill a packet.
pub(crate) fn network() -> NetworkOptions {
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    network
}

/// Puts our TLS under the library's MQTT.
pub(crate) fn connect_over_tls(options: &mut MqttOptions, config: Arc<ClientConfig>, (host, port): (&str, u16)) {
    let (host, address) = (host.to_owned(), address(host, port));
    options
        .set_socket_connector(move |_, network| tls::connect(config.clone(), host.clone(), address.clone(), network));
}

fn home(directory: &std::path::Path, device: &DeviceId) -> IdentityDir {
    let path: PathBuf = directory.join(device.as_str());
    IdentityDir::new(path)
}

impl Papers {
    fn open(home: IdentityDir, identity: Identity) -> Result<Box<Self>, LinkError> {
        let site = SiteTls::new(&identity.authority)?;
        let config = site.client(&identity.certified)?;
        let candidate = match home.candidate()? {
            Some(certified) => Some(Candidate { config: site.client(&certified)?, certified, failures: 0 }),
            None => None,
        };
        Ok(Box::new(Self { home, identity, site, config, candidate, applicant: None, ask_at: None }))
    }

    /// The next connection rests on the candidate, if there is one.
    fn next_config(&self) -> Arc<ClientConfig> {
        self.candidate.as_ref().map_or_else(|| self.config.clone(), |candidate| candidate.config.clone())
    }

    /// A connection is there: the candidate it rests on takes the old one's place.
    fn connected(&mut self, renew_now: bool) -> Result<(), LinkError> {
        if let Some(Candidate { certified, config, failures: _ }) = self.candidate.take() {
            self.home.adopt_candidate()?;
            (self.identity.certified, self.config) = (certified, config);
            self.ask_at = None;
            tracing::info!(path = %self.home.path().display(), "the new certificate is in use");
        } else if renew_now && self.applicant.is_none() {
            self.ask_at = Some(Instant::now());
            return Ok(());
        }
        self.ask_at = Some(Instant::now() + until_renewal(&self.identity.certified));
        Ok(())
    }

    fn failed(&mut self) -> Result<(), LinkError> {
        let Some(candidate) = &mut self.candidate else { return Ok(()) };
        candidate.failures += 1;
        if candidate.failures >= CANDIDATE_LIMIT_TRIES {
            tracing::warn!(path = %self.home.path().display(), "the new certificate does not connect; back to the old one");
            self.candidate = None;
            self.home.drop_candidate()?;
        }
        Ok(())
    }

    /// The request for the next certificate; made once and asked again as it is.
    fn request(&mut self, device: &DeviceId) -> Result<Der, LinkError> {
        self.ask_at = Some(Instant::now() + RENEWAL_RETRY);
        let applicant = match self.applicant.take() {
            Some(applicant) => applicant,
            None => Applicant::new(device.as_str())?,
        };
        let request = Der::new(&applicant.request)?;
        self.applicant = Some(applicant);
        Ok(request)
    }

    /// Keeps a certificate that came, for the next connection. One that nobody asked for, or for another key, is of no use.
    fn take(&mut self, certificate: &Der) -> Result<Taken, LinkError> {
        let Some(applicant) = &self.applicant else { return Ok(Taken::No) };
        let certified = applicant.certified(certificate.bytes());
        // Refuses a certificate whose key is not this one.
        let Ok(config) = self.site.client(&certified) else { return Ok(Taken::No) };
        self.home.store_candidate(&certified)?;
        self.applicant = None;
        self.ask_at = None;
        self.candidate = Some(Candidate { certified, config, failures: 0 });
        Ok(Taken::Yes)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
}

/// How long until a third of a certificate's life is left.
fn until_renewal(certified: &Certified) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let seconds = certified.validity().map_or(i64::MAX, |(from, to)| to - to.saturating_sub(from) / RENEWAL_PART - now);
    // The runtime's clock takes no more than some years at once.
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0).min(MOST_SECS))
}

/// Longest time that is slept at once, in seconds: a year, after which one looks again.
const MOST_SECS: u64 = 31_536_000;

/// Starts the task of one device; it does nothing until the first [`Step::Connect`].
pub(crate) fn start(
    tasks: &mut JoinSet<()>,
    client: usize,
    account: Account,
    news: mpsc::Sender<FromBroker>,
) -> mpsc::Sender<ToLink> {
    let (to_link, from_hub) = mpsc::channel(STEP_LIMIT_STEPS);
    let station = Station { client, account, news, connection: None };
    tasks.spawn(station.serve(from_hub));
    to_link
}

/// What became of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Up,
    Ended,
}

struct Station {
    client: usize,
    account: Account,
    news: mpsc::Sender<FromBroker>,
    /// At most one connection; dropping it from the set drops the socket without a word, so that the will speaks.
    connection: Option<(AsyncClient, JoinSet<()>)>,
}

impl Station {
    async fn serve(mut self, mut from_hub: mpsc::Receiver<ToLink>) {
        let (fates, mut fate) = mpsc::channel(FATE_LIMIT_FATES);
        loop {
            let ask_at = self.papers().and_then(|papers| papers.ask_at);
            let done = tokio::select! {
                asked = from_hub.recv() => match asked {
                    Some(ToLink::Step(step)) => self.step(step, &fates).await,
                    Some(ToLink::Certificate(certificate)) => self.certificate(&certificate).await,
                    None => return,
                },
                Some(fate) = fate.recv() => self.fated(fate),
                () = sleep_until(ask_at), if ask_at.is_some() => self.ask().await,
            };
            if let Err(error) = done {
                tracing::error!(device = %self.account.device, %error, "the certificate cannot be kept or renewed");
            }
        }
    }

    fn papers(&mut self) -> Option<&mut Papers> {
        match &mut self.account.means {
            Means::Certificate(papers) => Some(papers),
            Means::Password(_) | Means::Code { .. } | Means::Nothing => None,
        }
    }

    async fn step(&mut self, step: Step, fates: &mpsc::Sender<Fate>) -> Result<(), LinkError> {
        match step {
            Step::Connect { will } => {
                if matches!(self.account.means, Means::Code { .. }) {
                    self.enrol().await?;
                }
                match self.account.means {
                    Means::Password(_) | Means::Certificate(_) => self.connect(will, fates),
                    Means::Code { .. } => self.tell(News::Lost).await,
                    Means::Nothing => {}
                }
            }
            Step::Publish { leaf, payload } => self.publish(leaf, &payload).await,
            Step::Cut => self.connection = None,
        }
        Ok(())
    }

    async fn enrol(&mut self) -> Result<(), LinkError> {
        let Means::Code { code, desk, home } = &self.account.means else { return Ok(()) };
        match enrol(desk, code).await {
            Ok(identity) => {
                let home = home.clone();
                home.store(&identity)?;
                let papers = Papers::open(home, identity)?;
                let keys = papers.identity.site_keys(&self.account.site);
                self.account.means = Means::Certificate(papers);
                tracing::info!(device = %self.account.device, "the device has enrolled");
                self.tell(News::Enrolled(keys)).await;
            }
            Err(error) if error.is_passing() => {
                tracing::debug!(device = %self.account.device, %error, "not enrolled yet");
            }
            Err(error) => {
                tracing::error!(device = %self.account.device, %error, "the device cannot enrol and stays away");
                self.account.means = Means::Nothing;
            }
        }
        Ok(())
    }

    fn connect(&mut self, will: Vec<u8>, fates: &mpsc::Sender<Fate>) {
        let (requests, events) = AsyncClient::builder(self.account.options(will)).capacity(STEP_LIMIT_STEPS).build();
        let topics = Topic::downs(&self.account.site, &self.account.device);
        let pump = Pump { client: self.client, topics, news: self.news.clone(), fates: fates.clone() };
        let mut task = JoinSet::new();
        task.spawn(pump.run(events, requests.clone()));
        self.connection = Some((requests, task));
    }

    async fn publish(&mut self, leaf: UpLeaf, payload: &[u8]) {
        let Some((requests, _)) = &self.connection else { return };
        let options = PublishOptions::new(QoS::AtLeastOnce).retain(leaf.retained());
        let names = std::iter::once(&self.account.device).chain(&self.account.neighbour);
        let refused = names
            .map(|name| requests.try_publish(self.account.topic(name, leaf), payload.to_vec(), options.clone()))
            .any(|sent| sent.is_err());
        if refused {
            // A connection that takes nothing any more is as good as lost; a new one begins with birth and state.
            self.connection = None;
            self.tell(News::Lost).await;
        }
    }

    fn fated(&mut self, fate: Fate) -> Result<(), LinkError> {
        let renew_now = std::mem::take(&mut self.account.renew_now);
        match (fate, self.papers()) {
            (Fate::Up, Some(papers)) => papers.connected(renew_now),
            (Fate::Ended, Some(papers)) => {
                let failed = papers.failed();
                papers.ask_at = None;
                self.account.renew_now = renew_now;
                failed
            }
            (Fate::Up | Fate::Ended, None) => Ok(()),
        }
    }

    async fn ask(&mut self) -> Result<(), LinkError> {
        let device = self.account.device.clone();
        let Some(papers) = self.papers() else { return Ok(()) };
        let request = papers.request(&device)?;
        self.tell(News::Request(request)).await;
        Ok(())
    }

    /// The connection is made anew with a certificate that came; the hub hears that the old one is lost.
    async fn certificate(&mut self, certificate: &Der) -> Result<(), LinkError> {
        let Some(papers) = self.papers() else { return Ok(()) };
        if papers.take(certificate)? == Taken::Yes {
            self.connection = None;
            self.tell(News::Lost).await;
        }
        Ok(())
    }

    async fn tell(&self, news: News) {
        // Whoever does not listen any more ends this task too.
        _ = self.news.send(FromBroker { client: self.client, news }).await;
    }
}

async fn sleep_until(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at).await;
    }
}

/// Asks for everything that a device is told, in one packet. None of it is ever retained, so nothing retained is wanted:
/// what somebody planted stays where it is, and the broker need not look through all that it keeps.
pub(crate) fn subscribe(requests: &AsyncClient, topics: &[String]) -> Result<(), rumqttc::ClientError> {
    let filter = |topic: &String| {
        SubscribeFilterInput::new(topic.clone(), QoS::AtLeastOnce).retain_forward_rule(RetainForwardRule::Never)
    };
    requests.try_subscribe_many(topics.iter().map(filter))
}

/// Runs one connection until it ends, and tells what it brings.
struct Pump {
    client: usize,
    topics: [String; 4],
    news: mpsc::Sender<FromBroker>,
    fates: mpsc::Sender<Fate>,
}

impl Pump {
    async fn run(self, mut events: EventLoop, requests: AsyncClient) {
        loop {
            let told = match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    let asked = subscribe(&requests, &self.topics);
                    if asked.is_ok() { None } else { Some(News::Lost) }
                }
                // Only with the subscription in place can a command follow the birth at once.
                Ok(Event::Incoming(Packet::SubAck(_))) => Some(News::Connected),
                Ok(Event::Incoming(Packet::Publish(publish))) => message(&publish),
                Ok(Event::Incoming(Packet::Disconnect(_))) => Some(News::Lost),
                Ok(_) => None,
                Err(error) => {
                    tracing::debug!(client = self.client, %error, "the broker connection ended");
                    Some(News::Lost)
                }
            };
            let Some(told) = told else { continue };
            let fate = match told {
                News::Connected => Some(Fate::Up),
                News::Lost => Some(Fate::Ended),
                News::Message { .. } | News::Enrolled(_) | News::Request(_) => None,
            };
            let sent = self.news.send(FromBroker { client: self.client, news: told }).await;
            if let Some(fate) = fate {
                _ = self.fates.send(fate).await;
            }
            if sent.is_err() || fate == Some(Fate::Ended) {
                return;
            }
        }
    }
}

pub(crate) fn message(publish: &rumqttc::mqttbytes::v5::Publish) -> Option<News> {
    let topic = Topic::parse(std::str::from_utf8(&publish.topic).ok()?).ok()?;
    match topic.leaf {
        Leaf::Down(leaf) => Some(News::Message { leaf, retained: publish.retain, payload: publish.payload.to_vec() }),
        Leaf::Up(_) => None,
    }
}
