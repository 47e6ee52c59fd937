//! The embedded broker: crate `mqtt5` behind a gate of our own.
//!
//! Decides who may connect (an enrolled device under its own name with its own password, or the daemon) and which topics
//! each may touch (`rackward_protocol::mqtt::topic`). It does not decide what a message means. Nothing is kept on disk:
//! devices send their retained messages again whenever they connect.
//!
//! Passwords are kept as keyed hashes under a key that lives as long as the process, and compared in constant time.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use mqtt5::broker::MqttBroker;
use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::config::{BrokerConfig, StorageBackend, StorageConfig};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use rackward_protocol::mqtt::{DeviceId, Leaf, MAX_MESSAGE_BYTES, SiteId, Topic, may_publish, may_subscribe};
use sha2::Sha256;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use crate::drivers::{DriverError, MqttSettings};

/// Connections beyond one for each device: the daemon's, and room for devices that reconnect before their old connection
/// is noticed to be dead. More would only serve those who open connections and say nothing.
const SPARE_CONNECTION_LIMIT_CONNECTIONS: usize = 64;
/// Largest packet: the largest message, its topic, its properties. Larger ones end the connection that sends them.
const PACKET_LIMIT_BYTES: usize = 4 * MAX_MESSAGE_BYTES;
/// Birth, state and will of each device.
const RETAINED_PER_DEVICE_MESSAGES: usize = 3;
/// Messages that wait for one slow client. Its feedback is worthless long before these are used up.
const WAITING_LIMIT_MESSAGES: usize = 256;
/// How long the broker keeps messages for a device that is away. Commands expire sooner.
const SESSION_LIMIT_SECS: u64 = 60;
/// Filters of one client: a device has one or two.
const SUBSCRIPTION_LIMIT_FILTERS: usize = 4;

/// Starts the broker; gives the address it listens on and the daemon's password for this start.
pub(super) async fn start(
    listen: SocketAddr,
    daemon_id: &str,
    settings: &MqttSettings,
    shutdown: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<(SocketAddr, Zeroizing<String>), DriverError> {
    let password = Zeroizing::new(HEXLOWER.encode(random()?.as_slice()));
    let gate = Gate::new(daemon_id, &password, settings)?;
    let refused = |why: String| DriverError::Broker { listen, why };
    let broker = MqttBroker::with_config(config(listen, settings.devices.len()))
        .await
        .map_err(|error| refused(error.to_string()))?
        .with_auth_provider(Arc::new(gate));
    let address = broker.local_addr().ok_or_else(|| refused("it has no address".to_owned()))?;
    tasks.spawn(run(broker, shutdown.clone()));
    Ok((address, password))
}

async fn run(mut broker: MqttBroker, shutdown: CancellationToken) {
    let stop = broker.shutdown_handle();
    let ended = {
        let serving = broker.run();
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => ended,
            () = shutdown.cancelled() => {
                stop.shutdown();
                serving.await
            }
        }
    };
    if let Err(error) = ended {
        tracing::error!(%error, "the embedded broker has stopped; all MQTT devices are offline until the daemon is restarted");
    }
}

fn config(listen: SocketAddr, devices: usize) -> BrokerConfig {
    let mut config = BrokerConfig {
        bind_addresses: vec![listen],
        max_clients: devices + SPARE_CONNECTION_LIMIT_CONNECTIONS,
        session_expiry_interval: Duration::from_secs(SESSION_LIMIT_SECS),
        max_packet_size: PACKET_LIMIT_BYTES,
        topic_alias_maximum: 0,
        maximum_qos: 1,
        subscription_identifier_available: false,
        shared_subscription_available: false,
        max_subscriptions_per_client: SUBSCRIPTION_LIMIT_FILTERS,
        max_retained_messages: devices * RETAINED_PER_DEVICE_MESSAGES,
        max_retained_message_size: MAX_MESSAGE_BYTES,
        client_channel_capacity: WAITING_LIMIT_MESSAGES,
        sys_topics_enabled: false,
        storage_config: StorageConfig {
            backend: StorageBackend::Memory,
            max_queued_messages_per_client: WAITING_LIMIT_MESSAGES,
            max_queued_bytes_per_client: WAITING_LIMIT_MESSAGES * MAX_MESSAGE_BYTES,
            ..StorageConfig::default()
        },
        ..BrokerConfig::default()
    };
    // The gate takes the place of what these settings build before anybody is let in, limits of tries included: those
    // count by address, and every device of a simulated site has the same one.
    config.auth_config.allow_anonymous = true;
    config.auth_config.rate_limit.enabled = false;
    config
}

/// Who a client id stands for.
enum Client<'a> {
    Daemon,
    Device(&'a DeviceId),
}

/// Who may connect, and who may touch which topic.
struct Gate {
    site: SiteId,
    key: Zeroizing<[u8; 32]>,
    daemon: (String, [u8; 32]),
    devices: BTreeMap<String, (DeviceId, [u8; 32])>,
    refusals: AtomicU64,
}

impl Gate {
    fn new(daemon_id: &str, daemon_password: &str, settings: &MqttSettings) -> Result<Self, DriverError> {
        let key = random()?;
        let topic_name = |name: &str| DriverError::TopicName { name: name.to_owned() };
        let devices = settings.devices.iter().map(|device| {
            let id = DeviceId::parse(&device.name).map_err(|_| topic_name(&device.name))?;
            Ok((device.name.clone(), (id, hash(&key, &device.name, device.password.as_bytes()))))
        });
        Ok(Self {
            site: SiteId::parse(&settings.site).map_err(|_| topic_name(&settings.site))?,
            daemon: (daemon_id.to_owned(), hash(&key, daemon_id, daemon_password.as_bytes())),
            devices: devices.collect::<Result<_, DriverError>>()?,
            key,
            refusals: AtomicU64::new(0),
        })
    }

    /// Whether this client is who it says it is. A user name is not needed, but may not contradict the client id.
    fn admits(&self, client_id: &str, username: Option<&str>, password: Option<&[u8]>) -> bool {
        let enrolled = if client_id == self.daemon.0 {
            Some(&self.daemon.1)
        } else {
            self.devices.get(client_id).map(|(_, hash)| hash)
        };
        // An unknown client takes as long as a wrong password.
        let right = matches(&self.key, client_id, password.unwrap_or_default(), enrolled.unwrap_or(&[0; 32]));
        right && enrolled.is_some() && password.is_some() && username.is_none_or(|name| name == client_id)
    }

    /// Counted, and said at 1, 2, 4, 8 and so on, so that somebody who keeps trying does not flood the log.
    fn tell_refusal(&self, client_addr: SocketAddr) {
        let count = self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if count.is_power_of_two() {
            tracing::warn!(%client_addr, count, "the embedded broker refused a client: its id or password is wrong");
        }
    }

    fn client(&self, client_id: &str) -> Option<Client<'_>> {
        if client_id == self.daemon.0 {
            return Some(Client::Daemon);
        }
        self.devices.get(client_id).map(|(id, _)| Client::Device(id))
    }

    fn may_publish(&self, client_id: &str, topic: &str) -> bool {
        match self.client(client_id) {
            Some(Client::Device(device)) => may_publish(&self.site, device, topic),
            Some(Client::Daemon) => match Topic::parse(topic) {
                Ok(Topic { site, device: _, leaf: Leaf::Down(_) }) => site == self.site,
                Ok(Topic { leaf: Leaf::Up(_), .. }) | Err(_) => false,
            },
            None => false,
        }
    }

    fn may_subscribe(&self, client_id: &str, filter: &str) -> bool {
        match self.client(client_id) {
            Some(Client::Device(device)) => may_subscribe(&self.site, device, filter),
            Some(Client::Daemon) => filter == Topic::all_up(&self.site),
            None => false,
        }
    }
}

impl AuthProvider for Gate {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        client_addr: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = mqtt5::Result<AuthResult>> + Send + 'a>> {
        let admitted = self.admits(&connect.client_id, connect.username.as_deref(), connect.password.as_deref());
        let result = if admitted {
            AuthResult::success_with_user(connect.client_id.clone())
        } else {
            self.tell_refusal(client_addr);
            AuthResult::fail(ReasonCode::BadUsernameOrPassword)
        };
        Box::pin(async move { Ok(result) })
    }

    fn authorize_publish<'a>(
        &'a self,
        client_id: &str,
        _: Option<&'a str>,
        topic: &'a str,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        let allowed = self.may_publish(client_id, topic);
        Box::pin(async move { allowed })
    }

    fn authorize_subscribe<'a>(
        &'a self,
        client_id: &str,
        _: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        let allowed = self.may_subscribe(client_id, topic_filter);
        Box::pin(async move { allowed })
    }
}

fn random() -> Result<Zeroizing<[u8; 32]>, DriverError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| DriverError::Random { source: io::Error::other(error) })?;
    Ok(bytes)
}

/// HMAC-SHA256 over the client's id and its password; no id holds the zero byte between them.
fn keyed(key: &[u8; 32], client_id: &str, password: &[u8]) -> Hmac<Sha256> {
    // The type wants no length check for a key of its block size, shorter keys being padded.
    let mut block = [0; 64];
    if let Some(head) = block.first_chunk_mut() {
        *head = *key;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(client_id.as_bytes());
    mac.update(&[0]);
    mac.update(password);
    mac
}

fn hash(key: &[u8; 32], client_id: &str, password: &[u8]) -> [u8; 32] {
    keyed(key, client_id, password).finalize().into_bytes().into()
}

/// Compares in constant time.
fn matches(key: &[u8; 32], client_id: &str, password: &[u8], expected: &[u8; 32]) -> bool {
    keyed(key, client_id, password).verify_slice(expected).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::{BrokerSettings, MqttDevice, Profile};

    const DAEMON: &str = "rackward.lon1";

    fn gate() -> Gate {
        let device = |number, name: &str, password: &str| MqttDevice {
            device: rackward_core::id::DeviceId::new(number),
            name: name.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            profile: Profile::Handle,
        };
        let settings = MqttSettings {
            site: "lon1".to_owned(),
            broker: BrokerSettings::Embedded { listen: "127.0.0.1:0".parse().unwrap() },
            devices: vec![device(1, "r01-front", "one"), device(2, "r01-rear", "two")],
        };
        Gate::new(DAEMON, "zero", &settings).unwrap()
    }

    #[test]
    fn only_enrolled_clients_with_their_own_password_connect() {
        let gate = gate();
        let check = |id: &str, username: Option<&str>, password: Option<&str>, expect| {
            let admitted = gate.admits(id, username, password.map(str::as_bytes));
            assert_eq!(admitted, expect, "{id} {username:?} {password:?}");
        };
        check("r01-front", None, Some("one"), true);
        check("r01-front", Some("r01-front"), Some("one"), true);
        check("r01-front", Some("r01-rear"), Some("one"), false);
        check("r01-front", None, Some("two"), false);
        check("r01-front", None, Some(""), false);
        check("r01-front", None, None, false);
        check("r01-rear", None, Some("two"), true);
        check("r02-front", None, Some("one"), false);
        check("", None, Some("one"), false);
        check(DAEMON, Some(DAEMON), Some("zero"), true);
        check(DAEMON, None, Some("one"), false);
    }

    #[test]
    fn each_client_touches_its_own_topics_only() {
        let gate = gate();
        let publish = |id: &str, topic: &str, expect| assert_eq!(gate.may_publish(id, topic), expect, "{id} {topic}");
        publish("r01-front", "rackward/v1/lon1/dev/r01-front/up/event", true);
        publish("r01-front", "rackward/v1/lon1/dev/r01-rear/up/event", false);
        publish("r01-front", "rackward/v1/lon1/dev/r01-front/down/cmd", false);
        publish(DAEMON, "rackward/v1/lon1/dev/r01-front/down/cmd", true);
        publish(DAEMON, "rackward/v1/lon1/dev/r01-front/up/event", false);
        publish(DAEMON, "rackward/v1/ams2/dev/r01-front/down/cmd", false);
        publish("stranger", "rackward/v1/lon1/dev/r01-front/up/event", false);
        let hear = |id: &str, filter: &str, expect| assert_eq!(gate.may_subscribe(id, filter), expect, "{id} {filter}");
        hear("r01-front", "rackward/v1/lon1/dev/r01-front/down/+", true);
        hear("r01-front", "rackward/v1/lon1/dev/+/down/+", false);
        hear("r01-front", "#", false);
        hear(DAEMON, "rackward/v1/lon1/dev/+/up/+", true);
        hear(DAEMON, "#", false);
        hear("stranger", "rackward/v1/lon1/dev/+/up/+", false);
    }
}
