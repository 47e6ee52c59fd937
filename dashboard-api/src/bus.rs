//! The buses as the API sees them: how each one is, what an inspection of it brings, and firmware on its way to a device.
//!
//! Vocabulary: an *inspection* is a look at a bus that an operator asked for, a search for devices or a trace of its frames.

use std::time::Duration;

use rackward_core::Wall;
use rackward_core::id::DeviceId;
pub use rackward_core::job::FirmwareImage;

/// How one serial bus is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusStatus {
    /// Its name in the site file.
    pub name: String,
    /// Its port, a path or `tcp://host:port`.
    pub port: String,
    /// Its speed in bits per second.
    pub baud: u32,
    /// Whether the port is open.
    pub is_up: bool,
    /// Frames with right check bytes.
    pub frames: u64,
    /// Start bytes that began no frame.
    pub false_starts: u64,
    /// Frames cut off by silence.
    pub cut_off: u64,
    /// The panel's own commands heard back.
    pub echoes: u64,
    /// Its devices, by address.
    pub devices: Vec<BusDeviceStatus>,
}

/// How one device of a bus is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusDeviceStatus {
    /// Which.
    pub device: DeviceId,
    /// Its address.
    pub address: u8,
    /// The speed it is spoken to at, in bits per second.
    pub baud: u32,
    /// Whether it is in a secure session.
    pub is_online: bool,
    /// Whether it has a key of this site.
    pub has_key: bool,
    /// Since when it has had its present key, where that is known.
    pub key_since: Option<Wall>,
    /// From the end of a command to the end of its answer, the mean of late exchanges.
    pub answer_time: Option<Duration>,
    /// Answers missed and sessions lost since the daemon started.
    pub failures: u64,
    /// Of a file on its way: bytes taken by the device, and in all.
    pub transfer: Option<(u32, u32)>,
}

/// What an operator wants to see of a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusInspection {
    /// Every frame for so long, as OSDPCAP lines. Frames of a device that is being commissioned are left out, because its
    /// key is in them.
    Trace {
        /// For how long.
        span: Duration,
    },
    /// Who answers at addresses that no device of the bus has.
    Scan {
        /// At these speeds, in bits per second.
        speeds: Vec<u32>,
    },
}

/// What an inspection brings, piece by piece; it ends when the channel closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusFinding {
    /// One OSDPCAP line, without its line feed.
    TraceLine(String),
    /// Frames that were not told, because the reader was too slow.
    Missed(u64),
    /// How far a search is.
    Progress {
        /// Places tried.
        tried: u32,
        /// Places in all.
        total: u32,
    },
    /// Somebody answers there.
    Found {
        /// Address.
        address: u8,
        /// Speed in bits per second.
        baud: u32,
        /// Maker, model and serial number, as far as it says; nothing of it is proven.
        identity: Option<String>,
    },
}

/// Why a bus is not inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InspectionRefused {
    /// There is no such bus.
    #[error("there is no such bus; `rackward bus list` names those there are")]
    UnknownBus,
    /// Another one is under way.
    #[error("another inspection of this bus is under way; wait for its end")]
    Busy,
    /// Its port is away.
    #[error("the bus has no port now; see to its cable first")]
    Away,
}

/// Why firmware was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FirmwareRefused {
    /// It is no signed image.
    #[error("this is no signed firmware image: {0}; make one with `rackward firmware sign`")]
    Malformed(String),
    /// Nobody this site trusts signed it.
    #[error(
        "no key of firmware.trusted_keys signed this image; add its public key to the site file or get another image"
    )]
    NotTrusted,
    /// It could not be kept.
    #[error("the image could not be kept: {0}; see to the disk and send it again")]
    NotKept(String),
}
