//! What the drivers must be told: ports, addresses, keys and passwords, already read from the site file.
//!
//! Decides what cannot work at all, with an error that says where. How the file is read is `config.rs`'s.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rackward_core::Wall;
use rackward_core::id::DeviceId;
use rackward_protocol::osdp::{Address, Baud, DeviceKeys, Scbk, Sharing};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{Admissions, Arrival, PortRefused, Profile, Rs485, Stock, Wiring};
use crate::config::built_in_wiring;
use crate::pki::{Authority, AuthorityError, TlsRefused};
use crate::run::Wanted;

/// Everything the drivers need.
#[derive(Debug, Default)]
pub struct Settings {
    /// The serial buses.
    pub buses: Vec<BusSettings>,
    /// The MQTT side, when the site has any.
    pub mqtt: Option<MqttSettings>,
    /// Where keys and firmware are kept.
    pub stock: Stock,
}

/// One RS-485 bus.
#[derive(Debug)]
pub struct BusSettings {
    /// Its name in the site file.
    pub name: String,
    /// The port as [`super::PortName`] reads it: a path, or `tcp://host:port`.
    pub port: PathBuf,
    /// Its speed.
    pub baud: Baud,
    /// Whether the port is told to drive an RS-485 transceiver.
    pub rs485: Rs485,
    /// How its devices share the line.
    pub sharing: Sharing,
    /// The devices on it.
    pub devices: Vec<BusDevice>,
}

/// One device of a bus.
pub struct BusDevice {
    /// Its id at the engine.
    pub device: DeviceId,
    /// Its name in the site file, for the log.
    pub name: String,
    /// Its address on the bus.
    pub address: Address,
    /// Its Secure Channel base keys, as the vault has them; none before it is commissioned.
    pub keys: DeviceKeys,
    /// Since when it has had the active one, where that is known.
    pub key_since: Option<Wall>,
    /// The key in its key file, with which a commissioning may begin.
    pub first_key: Option<Scbk>,
    /// What it is for.
    pub profile: Profile,
    /// What its inputs and outputs are wired to.
    pub wiring: Arc<Wiring>,
}

impl BusDevice {
    /// A device that knows `key` and is wired as the built-in profile of its role says.
    pub fn new(device: DeviceId, name: impl Into<String>, address: Address, key: Scbk, profile: Profile) -> Self {
        let keys = DeviceKeys { active: Some(key), pending: None };
        let wiring = built_in_wiring(profile.part());
        Self { device, name: name.into(), address, keys, key_since: None, first_key: None, profile, wiring }
    }
}

impl std::fmt::Debug for BusDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BusDevice({} at {:#04x})", self.name, self.address.number())
    }
}

/// The MQTT side of a site.
#[derive(Debug)]
pub struct MqttSettings {
    /// The site's name, a part of every topic: `[a-z0-9-]{1,64}`.
    pub site: String,
    /// Which broker.
    pub broker: BrokerSettings,
    /// The devices of the site file; nobody else is listened to.
    pub devices: Vec<MqttDevice>,
    /// What proves devices, and the daemon to them.
    pub identity: MqttIdentity,
    /// What the daemon publishes for others than devices.
    pub publications: Publications,
    /// Who may read that at the embedded broker; nobody when there is none.
    pub observer: Option<Password>,
}

/// What the daemon publishes for others than devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Publications {
    /// Nothing.
    #[default]
    None,
    /// States and events.
    Published,
    /// The same, and how Home Assistant finds them.
    HomeAssistant,
}

/// Which broker carries the messages.
#[derive(Debug)]
pub enum BrokerSettings {
    /// Ours, inside the daemon: mutual TLS for devices, and enrolment on the same port. Port 0 takes any.
    Embedded(TlsListener),
    /// Somebody else's.
    External {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// How the daemon signs in.
        login: BrokerLogin,
        /// Where devices enrol, if anywhere.
        enrol: Option<TlsListener>,
    },
}

/// A listener of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsListener {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Host names and addresses under which devices reach it, beside the one it listens on.
    pub names: Vec<String>,
}

/// How the daemon signs in at somebody else's broker.
pub enum BrokerLogin {
    /// By name and password, without TLS: only where nobody can listen.
    Plain(Password),
    /// By name and password inside TLS.
    Password {
        /// Whom the broker's certificate may come from, DER; empty for the site's authority.
        authorities: Vec<Vec<u8>>,
        /// The login.
        login: Password,
    },
    /// By a certificate of the site's authority.
    Certificate {
        /// Whom the broker's certificate may come from, DER; empty for the site's authority.
        authorities: Vec<Vec<u8>>,
    },
}

/// A name and its password.
#[derive(Clone)]
pub struct Password {
    /// User name.
    pub username: String,
    /// Its password.
    pub password: Zeroizing<String>,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Password({}, redacted)", self.username)
    }
}

impl std::fmt::Debug for BrokerLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain(redacted)",
            Self::Password { .. } => "Password(redacted)",
            Self::Certificate { .. } => "Certificate",
        })
    }
}

/// What proves devices to the daemon and the daemon to devices.
pub struct MqttIdentity {
    /// Who signs certificates and rights lists.
    pub authority: Arc<Authority>,
    /// Which certificates count.
    pub admissions: Arc<Admissions>,
    /// Who comes to a listener of ours.
    pub arrivals: mpsc::Receiver<Arrival>,
    /// How long a device's certificate is good.
    pub certificate_life: Duration,
    /// The key under which cards are hashed, for devices that decide on their own.
    pub card_key: Zeroizing<[u8; 32]>,
    /// Where the engine is asked whether a device may be enrolled.
    pub engine: mpsc::Sender<Wanted>,
}

impl MqttIdentity {
    /// How long a device's certificate is good unless the site file says otherwise.
    pub const CERTIFICATE_LIFE: Duration = Duration::from_secs(365 * 86_400);

    /// An identity for simulated sites: an authority that is kept nowhere, and an engine that answers nobody.
    ///
    /// # Errors
    /// The system has no random bytes.
    pub fn ephemeral(site: &str, devices: impl IntoIterator<Item = String>, now: Wall) -> Result<Self, AuthorityError> {
        let (admissions, arrivals) = Admissions::new(devices);
        let (engine, _) = mpsc::channel(1);
        Ok(Self {
            authority: Arc::new(Authority::ephemeral(site, now)?),
            admissions,
            arrivals,
            certificate_life: Self::CERTIFICATE_LIFE,
            card_key: Zeroizing::new([0; 32]),
            engine,
        })
    }
}

impl std::fmt::Debug for MqttIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MqttIdentity({:?})", self.authority)
    }
}

/// One MQTT device.
#[derive(Debug)]
pub struct MqttDevice {
    /// Its id at the engine.
    pub device: DeviceId,
    /// Its name in the site file, which is its client id and its part of every topic: `[a-z0-9-]{1,64}`.
    pub name: String,
    /// What it is for.
    pub profile: Profile,
    /// Whether it may decide on its own while we are out of reach.
    pub alone: Alone,
}

/// Whether a device may decide on its own while the daemon is out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// It may, by its rights list: it is given the key under which cards are hashed.
    Decides,
    /// It never does.
    Waits,
}

/// Why the drivers did not start; nothing runs then.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The address is taken.
    #[error("devices \"{first}\" and \"{second}\" have the same address on bus \"{bus}\"; give each its own")]
    AddressTaken {
        /// Which bus.
        bus: String,
        /// Who has it.
        first: String,
        /// Who wants it too.
        second: String,
    },
    /// A bus has no usable port.
    #[error("bus \"{bus}\": {source}")]
    Port {
        /// Which bus.
        bus: String,
        /// What is wrong with its name.
        source: PortRefused,
    },
    /// The operating system gives no timer.
    #[error("bus \"{bus}\" gets no timer: {source}; raise the limit of open files, or put devices on fewer buses")]
    Timer {
        /// Which bus.
        bus: String,
        /// What the system says.
        source: io::Error,
    },
    /// The site's or a device's name cannot stand in a topic.
    #[error("\"{name}\" cannot be part of an MQTT topic; use 1 to 64 of a-z, 0-9 and '-'")]
    TopicName {
        /// The name.
        name: String,
    },
    /// Zone inputs have no message.
    #[error("device \"{device}\" watches zones, which MQTT messages do not carry; wire it to a bus")]
    ZonesOverMqtt {
        /// Which device.
        device: String,
    },
    /// TLS cannot be set up.
    #[error("the MQTT side has no TLS: {0}")]
    Tls(#[from] TlsRefused),
    /// The listener for enrolment did not start.
    #[error("devices cannot enrol at {listen}: {source}; is another program using the port?")]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// This build has no broker.
    #[error(
        "this build has no embedded broker; name an external one by mqtt.url, or build with the feature embedded-broker"
    )]
    NoEmbeddedBroker,
    /// The embedded broker did not start.
    #[error("the embedded broker cannot listen on {listen}: {why}; is another program using the port?")]
    Broker {
        /// The address asked for.
        listen: SocketAddr,
        /// What the broker says.
        why: String,
    },
    /// The MQTT client's options do not fit together.
    #[error("the MQTT client cannot be set up: {why}")]
    Client {
        /// What the client library says.
        why: String,
    },
    /// The operating system gives no random bytes.
    #[error("no random bytes for the broker's password: {source}; the system's random source must work")]
    Random {
        /// What the system says.
        source: io::Error,
    },
}
