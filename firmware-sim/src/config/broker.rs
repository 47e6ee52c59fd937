//! The part of a world file that is about the broker and the handles at it.
//!
//! Decided here: the form only. How a handle comes to an identity is in `link`, how it misbehaves in `wiring`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Secret;

/// Port of a broker without TLS when the world file says nothing.
const DEFAULT_PORT: u16 = 1883;

/// Where the broker is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MqttConfig {
    /// Its host name or address; with TLS its certificate must name it.
    pub host: String,
    /// Its TCP port.
    #[serde(default = "default_port")]
    pub port: u16,
    /// The site part of every topic: `[a-z0-9-]{1,64}`.
    pub site: String,
    /// Directory with one directory for each device that connects over TLS: its key, certificate, and what it keeps over a
    /// power cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_dir: Option<PathBuf>,
    /// Port at which devices enrol, where that is another than the broker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrol_port: Option<u16>,
}

impl Default for MqttConfig {
    fn default() -> Self {
        Self { host: String::new(), port: DEFAULT_PORT, site: String::new(), identity_dir: None, enrol_port: None }
    }
}

fn default_port() -> u16 {
    DEFAULT_PORT
}

/// A device at the broker: over TLS with the identity it has or enrols for, or with a password and no TLS.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MqttDeviceConfig {
    /// Its password at a broker without TLS; its name is the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The one-time code it enrols with when it has no identity yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment_code: Option<Secret>,
    /// It asks for its next certificate after the first connect, however young the one it has is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renew_now: bool,
    /// It says something at least so often, in seconds, 5 to 3600; by default every 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat_secs: Option<u16>,
    /// How it misbehaves, for whoever wants to see what comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mischief: Option<Mischief>,
}

/// What a device may do that it must not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mischief {
    /// Its clock is so many seconds ahead; behind when negative.
    WrongClock(i64),
    /// Every tenth message has the sequence of the one before.
    RepeatsSequence,
    /// Every tenth message skips a sequence.
    SkipsSequence,
    /// It reports another digest of its rights list than it has.
    WrongDigest,
    /// It takes no rights list and says nothing of it.
    IgnoresLists,
    /// It claims this serial number.
    OtherSerial(String),
    /// It says everything on the topics of this device too.
    Neighbour(String),
    /// Its states are a byte too long.
    Oversize,
    /// It connects and says nothing.
    Silent,
    /// It connects as this device, with its identity.
    Clone(String),
}
