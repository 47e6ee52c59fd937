//! What the drivers must be told: ports, addresses, keys and passwords, already read from the site file.
//!
//! Decides what cannot work at all, with an error that says where. How the file is read is `config.rs`'s.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rackward_core::id::DeviceId;
use rackward_protocol::osdp::{Address, Baud, DeviceKeys, Scbk, Sharing};
use zeroize::Zeroizing;

use super::{PortRefused, Profile, Rs485, Stock, Wiring};
use crate::config::built_in_wiring;

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
        Self { device, name: name.into(), address, keys, first_key: None, profile, wiring }
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
    /// The enrolled devices; nobody else is listened to.
    pub devices: Vec<MqttDevice>,
}

/// Which broker carries the messages.
pub enum BrokerSettings {
    /// Ours, inside the daemon. Only on a loopback address, because passwords cross it unencrypted; port 0 takes any.
    Embedded {
        /// Where it listens.
        listen: SocketAddr,
    },
    /// Somebody else's.
    External {
        /// Host name or address.
        host: String,
        /// TCP port.
        port: u16,
        /// User name of the daemon.
        username: String,
        /// Its password.
        password: Zeroizing<String>,
    },
}

impl std::fmt::Debug for BrokerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded { listen } => write!(f, "Embedded({listen})"),
            Self::External { host, port, .. } => write!(f, "External({host}:{port})"),
        }
    }
}

/// One MQTT device.
pub struct MqttDevice {
    /// Its id at the engine.
    pub device: DeviceId,
    /// Its name in the site file, which is its client id and its part of every topic: `[a-z0-9-]{1,64}`.
    pub name: String,
    /// Its password at the embedded broker.
    pub password: Zeroizing<String>,
    /// What it is for.
    pub profile: Profile,
}

impl std::fmt::Debug for MqttDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MqttDevice({})", self.name)
    }
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
    /// The embedded broker would send passwords over a network.
    #[error(
        "the embedded broker cannot listen on {listen}: it has no TLS, so passwords would cross the network in clear; use a loopback address, or an external broker by mqtt.url"
    )]
    NotLoopback {
        /// The address asked for.
        listen: SocketAddr,
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
