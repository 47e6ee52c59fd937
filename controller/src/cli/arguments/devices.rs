//! Lines about devices, their buses and their firmware.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::ListArgs;
use crate::cli::when::parse_span;

/// What can be done with devices.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviceVerb {
    /// Lists every device and whether it answers.
    List(ListArgs),
    /// Shows one device: who it is, where it hangs, what is being done with it.
    Show {
        /// The device, by name or id.
        device: String,
    },
    /// Gives a device its first key of this site. Somebody must stand there: it is in install mode meanwhile.
    Commission(DeviceCommission),
    /// Gives a device a new key.
    RollKey(DeviceJob),
    /// Gives a device another address or speed on its bus.
    Line {
        #[command(flatten)]
        job: DeviceJob,
        /// The address it shall have, 0 to 126.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=126))]
        address: u8,
        /// The speed it shall have, in bits per second.
        #[arg(long, value_name = "BAUD")]
        baud: u32,
    },
    /// Sends a device signed firmware.
    Update {
        #[command(flatten)]
        job: DeviceJob,
        /// The image, as `rackward firmware sign` makes it.
        #[arg(long, value_name = "FILE")]
        image: PathBuf,
        /// Also an older version, or the one it has.
        #[arg(long)]
        allow_downgrade: bool,
    },
    /// Makes a code with which an MQTT device gets its certificate, once.
    Enrol(DeviceChange),
    /// Takes every certificate and code of an MQTT device out of use, at once.
    RevokeCertificate(DeviceChange),
    /// Lists for whom a device opens by itself if its link dies now.
    Exposure {
        /// The device, by name or id.
        device: String,
    },
    /// Takes the device that answers in another's place for the right one.
    Accept(DeviceChange),
    /// Stops the job with a device.
    Stop(DeviceChange),
}

/// A device and why something is done with it.
#[derive(Debug, Args)]
pub(crate) struct DeviceChange {
    /// The device, by name or id.
    pub(crate) device: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// A job and whether its end is awaited.
#[derive(Debug, Args)]
pub(crate) struct DeviceJob {
    #[command(flatten)]
    pub(crate) change: DeviceChange,
    /// Begin it and do not wait for its end.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// How a device is commissioned.
#[derive(Debug, Args)]
pub(crate) struct DeviceCommission {
    #[command(flatten)]
    pub(crate) job: DeviceJob,
    /// It fails after so long: 10s to 10m.
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span, default_value = "60s")]
    pub(crate) lasting: Duration,
    /// The device knows the key in its `key_file` instead of the published one.
    #[arg(long)]
    pub(crate) from_file: bool,
    /// The device's name once more, where nobody can be asked.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
}

/// What can be done with buses.
#[derive(Debug, Subcommand)]
pub(crate) enum BusVerb {
    /// Lists every bus and how it is.
    List(ListArgs),
    /// Lists the devices of a bus, with speed, answer time and failures.
    Show {
        /// The bus, by name.
        bus: String,
    },
    /// Searches a bus for devices at addresses that no device of the site file has.
    Scan {
        /// The bus, by name.
        bus: String,
        /// Only at these speeds, in bits per second.
        #[arg(long, value_name = "BAUD,...", value_delimiter = ',')]
        speeds: Vec<u32>,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Writes every frame of a bus to standard output, as OSDPCAP lines.
    Trace {
        /// The bus, by name.
        bus: String,
        /// For how long, 1s to 1h.
        #[arg(long = "for", value_name = "SPAN", value_parser = parse_span, default_value = "60s")]
        lasting: Duration,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// What can be done with firmware, without the daemon.
#[derive(Debug, Subcommand)]
pub(crate) enum FirmwareVerb {
    /// Makes a signing key in a new private file, and prints the public key for the site file.
    Keygen {
        /// The file for the key; it must not exist yet.
        key: PathBuf,
    },
    /// Signs what a maker gives as firmware.
    Sign(FirmwareSign),
    /// Shows what an image says it is for. Whether it is trusted, the daemon says when it is sent.
    Show {
        /// The image.
        image: PathBuf,
    },
}

/// What is signed, and for what.
#[derive(Debug, Args)]
pub(crate) struct FirmwareSign {
    /// The firmware as the device wants it.
    pub(crate) payload: PathBuf,
    /// The signing key's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The maker's number, as `rackward device show` prints it: ca-fe-01.
    #[arg(long, value_name = "AA-BB-CC", value_parser = parse_oui)]
    pub(crate) maker: Oui,
    /// The model's number.
    #[arg(long, value_name = "N")]
    pub(crate) model: u8,
    /// The version the device will have: 1.3.0.
    #[arg(long, value_name = "X.Y.Z", value_parser = parse_version)]
    pub(crate) version: Version,
    /// The least hardware version that can run it.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) least_hardware: u8,
    /// Where the image goes; it must not exist yet.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// A maker's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Oui(pub(crate) [u8; 3]);

/// A firmware version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) [u8; 3]);

fn parse_oui(text: &str) -> Result<Oui, String> {
    let mut parts = text.split(['-', ':']).map(|part| u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2));
    let oui = [parts.next(), parts.next(), parts.next()].map(Option::flatten);
    match (oui, parts.next()) {
        ([Some(a), Some(b), Some(c)], None) => Ok(Oui([a, b, c])),
        _ => Err("a maker's number is three pairs of hexadecimal digits, such as ca-fe-01".to_owned()),
    }
}

fn parse_version(text: &str) -> Result<Version, String> {
    let version = rackward_core::job::firmware_version(text);
    version.map(Version).ok_or_else(|| "a version is three numbers up to 255, such as 1.3.0".to_owned())
}
