//! Work with one device that takes its time, on an operator's word: commissioning, a new key, another address, firmware.
//!
//! Decides what such a job is and how it can end. Who may order it is `permission.rs`'s, when it may begin is
//! `engine/commands`', how it is carried out is the drivers'.

use core::time::Duration;

/// What shall be done with a device.
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
