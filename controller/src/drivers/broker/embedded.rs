//! The embedded broker: crate `mqtt5` behind a listener of our own.
//!
//! Devices come to our listener (`front`), are known by their certificate (`verifier`) and are then handed to the library,
//! each with a gate of its own (`gate`). The library's own listener is on loopback and the daemon's alone. Nothing is kept on
//! disk: devices send their retained messages again whenever they connect.
//!
//! The broker has a runtime of its own: ten thousand handshakes at once must not stand before a badge on a bus.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use data_encoding::HEXLOWER;
use mqtt5::broker::MqttBroker;
use mqtt5::broker::auth::AuthProvider;
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::config::{BrokerConfig, StorageBackend, StorageConfig};
use mqtt5::broker::resource_monitor::{ResourceLimits, ResourceMonitor};
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::storage::DynamicStorage;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::tls_acceptor::TlsStreamWrapper;
use mqtt5::broker::transport::BrokerTransport;
use rackward_core::Now;
use rackward_protocol::mqtt::{DeviceId, MAX_MESSAGE_BYTES, SiteId};
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, broadcast};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::desk::Desk;
use super::front::{self, Behind, Front};
use super::gate::{DaemonGate, DeviceGate, ObserverGate};
use super::verifier::{Verifier, Without};
use crate::drivers::{Admissions, DriverError, Entered, MqttSettings, Password, Surroundings, TlsListener};
use crate::pki::{Authority, Holder};

/// Connections to the library's own listener: the daemon's, the one before it until it is noticed to be dead, and as many
/// as nobody should need.
const INSIDE_LIMIT_CONNECTIONS: usize = 16;
/// Largest packet: a rights list, its topic, its properties. Larger ones end the connection that sends them; what a device
/// may say is far smaller and is looked at when it is read.
const PACKET_LIMIT_BYTES: usize = 160 * 1_024;
/// Birth, state and will of each device, and what is published of its door.
const RETAINED_PER_DEVICE_MESSAGES: usize = 8;
/// What is retained beside devices: doors on buses, availability, discovery.
const RETAINED_LIMIT_MESSAGES: usize = 4_096;
/// Messages on the way to one client that wait in its connection. Who sends more waits up to two seconds for the client
/// before its message goes to the queue.
const WAITING_LIMIT_MESSAGES: usize = 256;
/// What waits for the daemon while it is slow: everything that all devices say when they come back at once (birth, state,
/// rights, what they kept of their log), and what many doors tell in such a minute. Beyond it the library drops what waited
/// longest, so this trades memory in that minute for nothing lost. For a device it is never used up: what it is told is
/// counted and expires.
const UNHEARD_PER_DEVICE_MESSAGES: usize = 16;
const UNHEARD_LIMIT_MESSAGES: usize = 4_096;
/// How long the broker keeps messages for a device that is away. Commands expire sooner.
const SESSION_LIMIT_SECS: u64 = 60;
/// Filters of one client: a device has one or two.
const SUBSCRIPTION_LIMIT_FILTERS: usize = 4;
/// Connections without a certificate. A few programs read how doors stand; more would be somebody who tries passwords.
const OBSERVER_LIMIT_CONNECTIONS: usize = 16;
/// Threads of the broker's runtime.
const BROKER_THREADS: usize = 2;
/// How long a connection whose certificate came to its end may take to close in good order.
const CLOSING_LIMIT: Duration = Duration::from_secs(5);
const MQTT_ALPN: &[u8] = b"mqtt";

/// A running broker.
pub(super) struct Started {
    /// Where devices come.
    pub(super) outside: SocketAddr,
    /// Where the daemon comes.
    pub(super) inside: SocketAddr,
    /// The daemon's password for this start.
    pub(super) password: Zeroizing<String>,
}

/// Starts the broker.
pub(super) async fn start(
    listener: &TlsListener,
    daemon_id: &str,
    settings: &MqttSettings,
    around: &Surroundings,
    tasks: &TaskTracker,
) -> Result<Started, DriverError> {
    let refused = |why: String| DriverError::Broker { listen: listener.listen, why };
    let site = SiteId::parse(&settings.site).map_err(|_| DriverError::TopicName { name: settings.site.clone() })?;
    let site = Arc::new(site);
    let password = Zeroizing::new(HEXLOWER.encode(random()?.as_slice()));
    let gate = DaemonGate {
        site: Arc::clone(&site),
        client_id: daemon_id.to_owned(),
        password: password.clone(),
        refusals: AtomicU64::new(0),
    };
    let runtime = runtime().map_err(|error| refused(error.to_string()))?;
    let config = config(settings.devices.len());
    let broker = runtime.spawn(MqttBroker::with_config(config.clone())).await;
    let broker = broker.map_err(|error| refused(error.to_string()))?.map_err(|error| refused(error.to_string()))?;
    let broker = broker.with_auth_provider(Arc::new(gate));
    let inside = broker.local_addr().ok_or_else(|| refused("it has no address".to_owned()))?;
    let floor = Floor::new(&broker, config, site, settings, listener, daemon_id, around)?;
    let outside = open(&runtime, listener, floor, settings, around)?;
    tasks.spawn(run(runtime, broker, around.shutdown.clone()));
    Ok(Started { outside, inside, password })
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(BROKER_THREADS)
        .thread_name("broker")
        .enable_all()
        .build()
}

/// Opens the listener for devices and lets it run on the broker's runtime.
fn open(
    runtime: &Runtime,
    listener: &TlsListener,
    floor: Floor,
    settings: &MqttSettings,
    around: &Surroundings,
) -> Result<SocketAddr, DriverError> {
    let refused = |error: io::Error| DriverError::Broker { listen: listener.listen, why: error.to_string() };
    let bound = front::bind(listener.listen).map_err(refused)?;
    let address = bound.local_addr().map_err(refused)?;
    let desk = Arc::new(Desk::new(settings, around.clock)?);
    let enrol = front::enrolment_tls(listener, &settings.identity.authority, around.clock)?;
    let front = Front { enrol, desk, broker: floor, shutdown: around.shutdown.clone() };
    let bound = {
        let _on_this_runtime = runtime.enter();
        tokio::net::TcpListener::from_std(bound).map_err(refused)?
    };
    runtime.spawn(front.run(bound, TaskTracker::new()));
    Ok(address)
}

async fn run(runtime: Runtime, mut broker: MqttBroker, shutdown: CancellationToken) {
    let stop = broker.shutdown_handle();
    let mut serving = runtime.spawn(async move { broker.run().await });
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = shutdown.cancelled() => {
            stop.shutdown();
            serving.await
        }
    };
    let why = match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(error) = why {
        tracing::error!(
            error,
            "the embedded broker has stopped; all MQTT devices are offline until the daemon is restarted"
        );
    }
    // Connections of devices end with it; they hold nothing that must be kept.
    runtime.shutdown_background();
}

fn config(devices: usize) -> BrokerConfig {
    let unheard = devices * UNHEARD_PER_DEVICE_MESSAGES + UNHEARD_LIMIT_MESSAGES;
    let mut config = BrokerConfig {
        bind_addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        max_clients: INSIDE_LIMIT_CONNECTIONS,
        session_expiry_interval: Duration::from_secs(SESSION_LIMIT_SECS),
        max_packet_size: PACKET_LIMIT_BYTES,
        topic_alias_maximum: 0,
        maximum_qos: 1,
        subscription_identifier_available: false,
        shared_subscription_available: false,
        max_subscriptions_per_client: SUBSCRIPTION_LIMIT_FILTERS,
        max_retained_messages: devices * RETAINED_PER_DEVICE_MESSAGES + RETAINED_LIMIT_MESSAGES,
        max_retained_message_size: 4 * MAX_MESSAGE_BYTES,
        client_channel_capacity: WAITING_LIMIT_MESSAGES,
        sys_topics_enabled: false,
        storage_config: StorageConfig {
            backend: StorageBackend::Memory,
            max_queued_messages_per_client: unheard,
            max_queued_bytes_per_client: unheard * MAX_MESSAGE_BYTES,
            ..StorageConfig::default()
        },
        ..BrokerConfig::default()
    };
    // The gate takes the place of what these settings build before anybody is let in.
    config.auth_config.allow_anonymous = true;
    config.auth_config.rate_limit.enabled = false;
    config
}

/// What the library needs for each connection of a device.
#[derive(Clone)]
struct Floor(Arc<Shared>);

struct Shared {
    site: Arc<SiteId>,
    tls: Arc<ServerConfig>,
    admissions: Arc<Admissions>,
    clock: fn() -> Now,
    config: Arc<BrokerConfig>,
    router: Arc<MessageRouter>,
    storage: Option<Arc<DynamicStorage>>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
    observer: Option<Password>,
    daemon_id: Arc<str>,
    observers: Semaphore,
}

impl Floor {
    fn new(
        broker: &MqttBroker,
        config: BrokerConfig,
        site: Arc<SiteId>,
        settings: &MqttSettings,
        listener: &TlsListener,
        daemon_id: &str,
        around: &Surroundings,
    ) -> Result<Self, DriverError> {
        let identity = &settings.identity;
        let without = if settings.observer.is_some() { Without::MayObserve } else { Without::Refused };
        let verifier = Verifier::new(&identity.authority, Arc::clone(&identity.admissions), without)?;
        let own = front::own_certificate(listener, &identity.authority, around.clock)?;
        let builder = Authority::server_tls()?.with_client_cert_verifier(verifier);
        // Devices are counted by name where they are let in; the library counts by address, and a hall may have one.
        let uncounted = ResourceLimits {
            max_connections: usize::MAX,
            max_connections_per_ip: usize::MAX,
            max_message_rate_per_client: config.max_message_rate_per_client,
            max_bandwidth_per_client: config.max_bandwidth_per_client,
            ..ResourceLimits::default()
        };
        Ok(Self(Arc::new(Shared {
            site,
            tls: Authority::finish_server_tls(builder, own, MQTT_ALPN),
            admissions: Arc::clone(&identity.admissions),
            clock: around.clock,
            config: Arc::new(config),
            router: broker.router(),
            storage: broker.storage(),
            stats: broker.stats(),
            monitor: Arc::new(ResourceMonitor::new(uncounted)),
            observer: settings.observer.clone(),
            daemon_id: daemon_id.into(),
            observers: Semaphore::new(OBSERVER_LIMIT_CONNECTIONS),
        })))
    }

    /// Whose connection it is, let in for as long as its certificate counts.
    fn enter(&self, stream: &TlsStream<TcpStream>) -> Option<(Holder, DeviceId, Entered, broadcast::Receiver<()>)> {
        let (_, session) = stream.get_ref();
        let shown = session.peer_certificates()?.first()?;
        let holder = Holder::of(shown, self.0.site.as_str())?;
        let device = DeviceId::parse(&holder.name).ok()?;
        // Between the handshake's look and now it may have been revoked.
        let (entered, ended) = self.0.admissions.enter(&holder.name, holder.serial).ok()?;
        Some((holder, device, entered, ended))
    }

    fn handler(
        &self,
        stream: TlsStream<TcpStream>,
        from: SocketAddr,
        gate: Arc<dyn AuthProvider>,
        ended: broadcast::Receiver<()>,
    ) -> ClientHandler {
        let shared = &self.0;
        ClientHandler::new(
            BrokerTransport::tls(TlsStreamWrapper::new(stream)),
            from,
            Arc::clone(&shared.config),
            Arc::clone(&shared.router),
            gate,
            shared.storage.clone(),
            Arc::clone(&shared.stats),
            Arc::clone(&shared.monitor),
            ended,
        )
    }

    /// Somebody without a certificate: the observer, or nobody.
    async fn serve_observer(&self, stream: TlsStream<TcpStream>, from: SocketAddr) {
        let shared = &self.0;
        let (Some(login), Ok(_place)) = (shared.observer.clone(), shared.observers.try_acquire()) else { return };
        let (site, admissions) = (Arc::clone(&shared.site), Arc::clone(&shared.admissions));
        let gate = Arc::new(ObserverGate { site, login, daemon_id: Arc::clone(&shared.daemon_id), admissions });
        // Nobody ends it from here; it ends with the broker's runtime.
        let (_end, ended) = broadcast::channel(1);
        if let Err(error) = Box::pin(self.handler(stream, from, gate, ended).run()).await {
            tracing::debug!(%from, %error, "an observer's connection ended");
        }
    }
}

impl Behind for Floor {
    fn tls(&self) -> Option<Arc<ServerConfig>> {
        Some(Arc::clone(&self.0.tls))
    }

    async fn serve(self, stream: TlsStream<TcpStream>, from: SocketAddr) {
        if stream.get_ref().1.peer_certificates().is_none() {
            return self.serve_observer(stream, from).await;
        }
        let Some((holder, device, entered, ended)) = self.enter(&stream) else { return };
        self.0.admissions.shown(&holder.name, holder.serial).await;
        let left = holder.until.since((self.0.clock)().wall);
        let (site, admissions) = (Arc::clone(&self.0.site), Arc::clone(&self.0.admissions));
        let gate = Arc::new(DeviceGate { site, device, admissions });
        let mut running = Box::pin(self.handler(stream, from, gate, ended).run());
        let outcome = tokio::select! {
            outcome = &mut running => Some(outcome),
            () = tokio::time::sleep(left) => None,
        };
        let outcome = match outcome {
            Some(outcome) => Ok(outcome),
            None => {
                entered.cut();
                tokio::time::timeout(CLOSING_LIMIT, running).await
            }
        };
        if let Ok(Err(error)) = outcome {
            tracing::debug!(%from, device = %holder.name, %error, "a device's connection ended");
        }
    }
}

fn random() -> Result<Zeroizing<[u8; 32]>, DriverError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| DriverError::Random { source: io::Error::other(error) })?;
    Ok(bytes)
}
