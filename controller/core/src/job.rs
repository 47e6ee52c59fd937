//! Work with one device that takes its time, on an operator's word: commissioning, a new key, another address, firmware.
//!
//! Decides what such a job is and how it can end. Who may order it is `permission.rs`'s, when it may begin is
//! `engine/commands`', how it is carried out is the drivers'.

use core::time::Duration;

use crate::engine::input::Identity;

/// How long a device may be commissioned, from the order: long enough to walk to it, short enough that nobody forgets an
/// open install mode.
pub const COMMISSION_LIMIT: core::ops::RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(600);

/// The highest address a device can have on its bus (OSDP 2.2, clause 5.9: 127 is everybody).
pub const MAX_ADDRESS: u8 = 126;

/// The speeds a bus can have, in bits per second.
pub const LINE_SPEEDS: [u32; 6] = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400];

/// What an operator wants done with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobWish {
    /// Give it its first key of this site.
    Commission {
        /// What it knows now.
        first: FirstKey,
        /// The job fails after so long; within [`COMMISSION_LIMIT`].
        limit: Duration,
    },
    /// Give it a new key.
    RollKey,
    /// Give it another place on its bus.
    SetLine {
        /// The address it shall have, 0 to [`MAX_ADDRESS`].
        address: u8,
        /// The speed it shall have, one of [`LINE_SPEEDS`].
        baud: u32,
    },
    /// Send it firmware whose signature has been checked.
    SendFirmware {
        /// Which.
        image: FirmwareImage,
        /// Whether it may be no newer than what the device has.
        downgrade: Downgrade,
    },
}

/// Firmware, as its signed manifest describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirmwareImage {
    /// SHA-256 of the signed image, under which the daemon keeps it.
    pub digest: [u8; 32],
    /// Maker of the devices it is for (IEEE OUI).
    pub oui: [u8; 3],
    /// Model number it is for.
    pub model: u8,
    /// Version: major, minor, build.
    pub version: [u8; 3],
}

/// Whether firmware may be sent that is no newer than what the device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downgrade {
    /// No: an old version may have holes that a newer one closed.
    Refused,
    /// Yes, on the operator's word.
    Allowed,
}

impl JobWish {
    /// What is to be carried out.
    pub const fn task(&self) -> DeviceTask {
        match *self {
            Self::Commission { first, limit } => DeviceTask::Commission { first, limit },
            Self::RollKey => DeviceTask::RollKey,
            Self::SetLine { address, baud } => DeviceTask::SetLine { address, baud },
            Self::SendFirmware { image, .. } => {
                DeviceTask::SendFirmware { image: image.digest, version: image.version }
            }
        }
    }
}

impl FirmwareImage {
    /// Whether it is for a device of this identity, to which a driver may have added a revision.
    pub fn is_for(&self, identity: &Identity) -> bool {
        let named = identity.model.strip_prefix(self.maker_and_model().as_str());
        named.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }

    /// Maker and model, as a device's identity begins.
    pub fn maker_and_model(&self) -> String {
        maker_and_model(self.oui, self.model)
    }
}

/// Maker (its OUI) and model number in the words of a device's identity; drivers begin [`Identity::model`] with it.
pub fn maker_and_model([a, b, c]: [u8; 3], model: u8) -> String {
    format!("{a:02x}-{b:02x}-{c:02x} model {model}")
}

/// The version that a device's text means; `None` where it is not three numbers with points.
pub fn firmware_version(text: &str) -> Option<[u8; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

/// A version as devices write it.
pub fn version_text(version: [u8; 3]) -> String {
    let [major, minor, build] = version;
    format!("{major}.{minor}.{build}")
}

/// What shall be done with a device, as its driver is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceTask {
    /// Give it its first key of this site. One device of the site at a time, and never longer than `limit`.
    Commission {
        /// What it knows now.
        first: FirstKey,
        /// The job fails after so long.
        limit: Duration,
    },
    /// Give it a new key.
    RollKey,
    /// Give it another place on its bus.
    SetLine {
        /// The address it shall have, 0 to 126.
        address: u8,
        /// The speed it shall have, in bits per second.
        baud: u32,
    },
    /// Send it firmware whose signature has been checked.
    SendFirmware {
        /// SHA-256 of the signed image, under which the daemon keeps it.
        image: [u8; 32],
        /// The version it will have: major, minor, build.
        version: [u8; 3],
    },
}

/// What a device that is to be commissioned knows now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstKey {
    /// The published default key: the device is in install mode.
    Published,
    /// The key in its `key_file`.
    FromFile,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// Done, and proven by the device.
    Done,
    /// Its time ran out.
    TimedOut,
    /// The device proved neither its first key nor the new one; it is not in install mode.
    NotInInstallMode,
    /// The device said no.
    Refused,
    /// The device went away and did not come back in time, or was not there.
    Lost,
    /// The device took it, but then did not prove it.
    NotProven,
    /// An operator stopped it.
    Stopped,
    /// The daemon ended meanwhile, or could not keep what the job needs.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_numbers() {
        let check = |text: &str, expect: Option<[u8; 3]>| {
            assert_eq!(firmware_version(text), expect, "{text}");
            assert!(expect.is_none_or(|version| firmware_version(&version_text(version)) == expect));
        };
        check("1.2.3", Some([1, 2, 3]));
        check("255.0.10", Some([255, 0, 10]));
        ["", "1.2", "1.2.3.4", "1.2.256", "1.2.x", "1..3"].into_iter().for_each(|text| check(text, None));
    }

    #[test]
    fn an_image_is_for_one_model_of_one_maker() {
        let image = FirmwareImage { digest: [0; 32], oui: [0xca, 0xfe, 0x01], model: 4, version: [1, 2, 3] };
        let check = |model: &str, expect: bool| {
            let identity = Identity { model: model.into(), serial: "1".into(), firmware: "1.0.0".into() };
            assert_eq!(image.is_for(&identity), expect, "{model}");
        };
        check("ca-fe-01 model 4", true);
        check("ca-fe-01 model 4 version 5", true);
        check("ca-fe-01 model 40 version 5", false);
        check("ca-fe-02 model 4 version 5", false);
        check("", false);
    }
}
