//! The simulated world as a file: `world.toml`.
//!
//! Decided here: what such a file may say and whether it fits together. All problems are listed at once, each naming the
//! item it is in. What the items do is in `world`, `device` and `scenario`.
//!
//! Vocabulary: a device *serves* a point (a reader) or a door (a lock, a handle); a *habit* is the list of points a person
//! walks through on the way to work.

mod broker;
mod check;

use std::fmt;
use std::path::PathBuf;

use rackward_protocol::mqtt::{CardRead, MessageError};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::card;
use crate::firmware::HandleModel;

pub use broker::{Mischief, MqttConfig, MqttDeviceConfig};

/// Everything there is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorldConfig {
    /// Directory in which devices on buses keep what a panel gave them for good (key, address, speed, firmware), one file
    /// each, so that it outlives this process. Without it they forget at the end of the process. Devices at the broker have
    /// `identity_dir` for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<PathBuf>,
    /// The broker, when a device has `mqtt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mqtt: Option<MqttConfig>,
    /// People, in the order in which they are listed.
    #[serde(default, rename = "person")]
    pub people: Vec<PersonConfig>,
    /// Doors, gates and rack doors.
    #[serde(default, rename = "door")]
    pub doors: Vec<DoorConfig>,
    /// OSDP buses.
    #[serde(default, rename = "bus")]
    pub buses: Vec<BusConfig>,
    /// Readers, locks, handles and input modules.
    #[serde(default, rename = "device")]
    pub devices: Vec<DeviceConfig>,
    /// Fence zones.
    #[serde(default, rename = "zone")]
    pub zones: Vec<ZoneConfig>,
}

/// One person.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PersonConfig {
    /// Short and unique, such as `p-1`.
    pub id: String,
    /// As people say it.
    pub name: String,
    /// What they do here; shown to people only.
    #[serde(default)]
    pub role: String,
    /// What they may do here, in words; shown to people only, and known to no device.
    #[serde(default)]
    pub may: String,
    /// The card they carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<CardConfig>,
    /// The PIN they know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<Secret>,
    /// Points they walk through, in order, on the way to work; empty for someone who does not walk by themselves.
    #[serde(default)]
    pub habits: Vec<String>,
}

/// One card: `bits = 26` with `facility` and `number`, or any `bits` with `raw` hex digits.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CardConfig {
    /// How many bits.
    pub bits: u16,
    /// Facility code of a 26-bit card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facility: Option<u8>,
    /// Number of a 26-bit card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// The bits as hex digits, most significant first, left aligned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Secret>,
}

impl CardConfig {
    /// A 26-bit card.
    pub fn wiegand_26(facility: u8, number: u16) -> Self {
        Self { bits: card::WIEGAND_26_BITS, facility: Some(facility), number: Some(number), raw: None }
    }

    /// The bits a reader sends; an error when the fields do not make a card.
    pub fn read(&self) -> Result<CardRead, MessageError> {
        match (self.bits, self.facility, self.number, &self.raw) {
            (card::WIEGAND_26_BITS, Some(facility), Some(number), None) => card::wiegand_26(facility, number),
            (bits, None, None, Some(raw)) => card::raw(bits, raw.expose()),
            _ => Err(MessageError::OutOfRange { field: "card" }),
        }
    }
}

/// What restricts passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorKind {
    /// A door with a bolt.
    Door,
    /// A vehicle gate; mechanically a door.
    Gate,
    /// The front or rear of a rack, with a swinghandle.
    Rack,
}

/// One door.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DoorConfig {
    /// Its path, such as `lon1/main-entrance` or `lon1/hall-a/r01/c01/front`.
    pub path: String,
    /// What it is.
    pub kind: DoorKind,
    /// After how many seconds a closer shuts it when nobody holds it; none without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closer: Option<u16>,
    /// How long bolt or slide travels, in milliseconds, at most 1000; by default 60 for a door and 700 for a rack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travel_ms: Option<u16>,
}

/// One OSDP bus: a pseudo-terminal made at `path`, or an existing serial `port`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BusConfig {
    /// Its name.
    pub name: String,
    /// Where the symbolic link to the pseudo-terminal is put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// A serial port that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PathBuf>,
    /// Speed of the devices as they come, in bits per second, and of a serial port.
    #[serde(default = "default_baud")]
    pub baud: u32,
    /// A pseudo-terminal keeps the time that bytes take at its speed, to a millisecond, and a device that is set to another
    /// speed than the daemon's end hears and sends noise. Without it bytes take no time and speeds do not matter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub throttle: bool,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self { name: String::new(), path: None, port: None, baud: default_baud(), throttle: false }
    }
}

/// What a device is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    #[default]
    /// A card reader with keypad, at a point.
    Reader,
    /// The lock of a door or gate.
    Lock,
    /// The swinghandle of a rack door, with a reader of its own.
    Handle,
    /// A module of inputs for zones.
    Input,
}

/// One device, on a bus (`bus`, `address`, and `key` or `install = true`) or at the broker (`mqtt`).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
    /// Unique name; at the broker also its client id, `[a-z0-9-]{1,64}`.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// The point of a reader, the door of a lock or handle; none for an input module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serves: Option<String>,
    /// Name of its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bus: Option<String>,
    /// Address on its bus, 0 to 126.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<u8>,
    /// Secure Channel key: 32 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// It comes without a key of its own, in install mode, and waits to be commissioned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub install: bool,
    /// Speed it has out of the box and after a reset by hand, in bits per second; without it that of its bus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factory_baud: Option<u32>,
    /// It is at the broker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mqtt: Option<MqttDeviceConfig>,
    /// Which model of handle it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<HandleModel>,
}

/// What is wired to an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneKind {
    /// A fence that people climb.
    #[default]
    Fence,
    /// The contact of a fire panel.
    FirePanel,
}

/// One fence zone or fire panel.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneConfig {
    /// What it is.
    #[serde(default)]
    pub kind: ZoneKind,
    /// Its name or path.
    pub name: String,
    /// The input module it is wired to.
    pub device: String,
    /// The input there, from 0.
    pub input: u8,
}

/// A password, PIN, key or card: never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The usual message would quote the value.
        String::deserialize(deserializer).map(Self).map_err(|_| D::Error::custom("this must be text in quotes"))
    }
}

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one who needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// Why a world file was refused.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It is not TOML, or has a key nobody knows, or a value of the wrong kind. The line itself is not shown: it may hold
    /// a key or a PIN.
    #[error("the world file is not understood at line {line}: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// Its items do not fit together.
    #[error("the world file has {} problem(s):\n{}", .problems.len(), .problems.join("\n"))]
    Problems {
        /// One sentence each.
        problems: Vec<String>,
    },
}

impl WorldConfig {
    /// Reads and checks the text of a world file.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Checks that every reference is met, every name unique and every secret of the right form.
    pub fn check(&self) -> Result<(), ConfigError> {
        let problems = check::problems(self);
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::Problems { problems }) }
    }
}

/// The line, from 1, of a place in a text.
fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn default_baud() -> u32 {
    115_200
}

#[cfg(test)]
mod tests;
