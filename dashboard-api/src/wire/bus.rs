//! Buses and looks at them as the API shows them, and firmware that was sent. What a bus is like is the drivers' to say
//! (`bus.rs`); here it gets its names.

use rackward_core::Site;
use rackward_core::job::{FirmwareImage, version_text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::Places;
use crate::bus::{BusDeviceStatus, BusFinding, BusStatus};

/// One serial bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Bus {
    /// Its name in the site file.
    pub name: String,
    /// Its port, a path or `tcp://host:port`.
    pub port: String,
    /// Its speed in bits per second.
    pub baud: u32,
    /// `up`, or `down` while its port is away.
    pub state: String,
    /// Frames with right check bytes since the daemon started.
    pub frames: u64,
    /// Start bytes that began no frame.
    pub false_starts: u64,
    /// Frames cut off by silence.
    pub cut_off: u64,
    /// The panel's own commands heard back.
    pub echoes: u64,
    /// Its devices, by address.
    pub devices: Vec<BusDevice>,
}

/// One device on its bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BusDevice {
    /// Its id, such as `dev-3`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address, 0 to 126.
    pub address: u8,
    /// The speed it is spoken to at, in bits per second.
    pub baud: u32,
    /// Whether it is in a secure session.
    pub online: bool,
    /// Whether it has a key of this site.
    pub has_key: bool,
    /// How long it takes to answer, the mean of late exchanges, in microseconds; null before the first.
    pub answer_us: Option<u64>,
    /// Answers missed and sessions lost since the daemon started.
    pub failures: u64,
    /// How far a file on its way is; null where there is none.
    pub transfer: Option<Transfer>,
}

/// How far a file on its way to a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transfer {
    /// Bytes taken by the device.
    pub sent_bytes: u32,
    /// Bytes in all.
    pub total_bytes: u32,
}

impl Bus {
    /// A bus as its driver tells of it.
    pub fn of(status: &BusStatus, site: &Site) -> Self {
        Self {
            name: status.name.clone(),
            port: status.port.clone(),
            baud: status.baud,
            state: if status.is_up { "up" } else { "down" }.to_owned(),
            frames: status.frames,
            false_starts: status.false_starts,
            cut_off: status.cut_off,
            echoes: status.echoes,
            devices: status.devices.iter().map(|device| BusDevice::of(device, site)).collect(),
        }
    }
}

impl BusDevice {
    fn of(status: &BusDeviceStatus, site: &Site) -> Self {
        let answer_us = status.answer_time.map(|span| u64::try_from(span.as_micros()).unwrap_or(u64::MAX));
        Self {
            id: status.device.to_string(),
            name: Places(site).device(status.device),
            address: status.address,
            baud: status.baud,
            online: status.is_online,
            has_key: status.has_key,
            answer_us,
            failures: status.failures,
            transfer: status.transfer.map(|(sent_bytes, total_bytes)| Transfer { sent_bytes, total_bytes }),
        }
    }
}

/// One line of a search or of a trace that is not a frame. A trace that ends without `end` was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InspectionLine {
    /// How far a search is.
    Progress {
        /// Places tried.
        tried: u32,
        /// Places in all.
        total: u32,
    },
    /// Somebody answers there; nothing of it is proven.
    Found {
        /// Address.
        address: u8,
        /// Speed in bits per second.
        baud: u32,
        /// Maker, model and serial number, as far as it says.
        identity: Option<String>,
    },
    /// Frames that were not told, because the reader was too slow.
    Missed {
        /// How many.
        frames: u64,
    },
    /// It is over, and all of it was told.
    End,
}

impl InspectionLine {
    /// What a look brought, as a line without its line feed. Frames are OSDPCAP lines already.
    pub fn write(finding: BusFinding) -> String {
        let line = match finding {
            BusFinding::TraceLine(line) => return line,
            BusFinding::Missed(frames) => Self::Missed { frames },
            BusFinding::Progress { tried, total } => Self::Progress { tried, total },
            BusFinding::Found { address, baud, identity } => Self::Found { address, baud, identity },
        };
        line.json()
    }

    /// The line, without its line feed.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Firmware that the daemon keeps for a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Firmware {
    /// SHA-256 of the signed image in hexadecimal: its name in a job.
    pub image: String,
    /// Maker and model it is for, such as `ca-fe-01 model 4`.
    pub model: String,
    /// Its version, such as `1.3.0`.
    pub version: String,
}

impl Firmware {
    /// An image that was kept.
    pub fn of(image: &FirmwareImage) -> Self {
        Self {
            image: data_encoding::HEXLOWER.encode(&image.digest),
            model: image.maker_and_model(),
            version: version_text(image.version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_and_frames_go_as_they_are() {
        let check = |finding: BusFinding, expect: &str| {
            let line = InspectionLine::write(finding);
            assert_eq!(line, expect);
            let read: InspectionLine = serde_json::from_str(&line).unwrap();
            assert_eq!(read.json(), line);
        };
        check(BusFinding::Progress { tried: 3, total: 126 }, r#"{"kind":"progress","tried":3,"total":126}"#);
        let found = BusFinding::Found { address: 5, baud: 9600, identity: None };
        check(found, r#"{"kind":"found","address":5,"baud":9600,"identity":null}"#);
        check(BusFinding::Missed(7), r#"{"kind":"missed","frames":7}"#);
        assert_eq!(InspectionLine::End.json(), r#"{"kind":"end"}"#);
        assert_eq!(InspectionLine::write(BusFinding::TraceLine("{\"io\":\"input\"}".into())), "{\"io\":\"input\"}");
    }
}
