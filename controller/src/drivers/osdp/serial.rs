//! A serial port, made ready for RS-485.
//!
//! Decides what is switched on a port: raw 8N1, for us alone, the transceiver's direction by the kernel where the port has
//! that, and no waiting of the adapter. What cannot be switched is said in the log, once for each opening. Everything here
//! may wait for hardware and belongs off the runtime's threads.

use std::fs;
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use rackward_protocol::osdp::Baud;
use serial2::rs4xx::Rs485Config;
use tokio_serial::{SerialPort, SerialPortBuilderExt, SerialStream};

/// How long an FTDI adapter keeps bytes before it hands them on, in milliseconds; it leaves the factory with 16, which is
/// more than a whole exchange at any speed above 9600.
const ADAPTER_LATENCY_MILLIS: &str = "1";

/// Whether the port is told to drive an RS-485 transceiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rs485 {
    /// Where the port can: USB adapters mostly switch by themselves and refuse it.
    #[default]
    Auto,
    /// The port must; it is said in the log when it cannot.
    On,
    /// The port is left as it is.
    Off,
}

/// Opens the port.
pub(super) fn open(path: &Path, speed: Baud, rs485: Rs485) -> io::Result<SerialStream> {
    if !is_pseudo_terminal(path) {
        if rs485 != Rs485::Off {
            switch_transceiver(path, rs485);
        }
        lower_latency(path);
    }
    let mut stream = tokio_serial::new(path.to_string_lossy(), speed.bits_per_second()).open_native_async()?;
    // Two programs on one line would answer for each other's devices.
    stream.set_exclusive(true)?;
    Ok(stream)
}

/// A pseudo-terminal has no transceiver, and a short opening may look like a hang-up to the program at its other end.
fn is_pseudo_terminal(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|device| device.starts_with("/dev/pts"))
}

/// Changes the speed once everything written before has left the port.
pub(super) fn change_speed(mut stream: SerialStream, speed: Baud) -> io::Result<SerialStream> {
    stream.flush()?;
    stream.set_baud_rate(speed.bits_per_second())?;
    Ok(stream)
}

/// The mode belongs to the port and outlives this short opening; after the real one the port is ours alone and takes no
/// second user.
fn switch_transceiver(path: &Path, wanted: Rs485) {
    let switched =
        serial2::SerialPort::open(path, serial2::KeepSettings).and_then(|port| port.set_rs4xx_mode(Rs485Config::new()));
    let port = path.display();
    match (switched, wanted) {
        (Ok(()), _) => tracing::debug!(%port, "the kernel switches the RS-485 transceiver"),
        (Err(error), Rs485::On) => tracing::warn!(
            %port, %error,
            "the port cannot switch an RS-485 transceiver; use an adapter that does so by itself and set rs485 = \"auto\""
        ),
        (Err(error), Rs485::Auto | Rs485::Off) => {
            tracing::debug!(%port, %error, "the port does not switch an RS-485 transceiver");
        }
    }
}

/// An adapter that gathers bytes before it hands them on costs up to its latency in every exchange.
fn lower_latency(path: &Path) {
    let Some(file) = latency_file(path) else { return };
    match fs::write(&file, ADAPTER_LATENCY_MILLIS) {
        Ok(()) => tracing::debug!(port = %path.display(), "the adapter hands on what it has within a millisecond"),
        Err(error) => tracing::warn!(
            port = %path.display(), file = %file.display(), %error,
            "the adapter's latency could not be lowered, so every exchange may take 16 ms longer; let the daemon write this file, or write 1 to it by a udev rule"
        ),
    }
}

/// Where the kernel keeps the latency of the adapter behind a path, if it has one.
fn latency_file(path: &Path) -> Option<PathBuf> {
    let device = fs::canonicalize(path).ok()?;
    let file = Path::new("/sys/bus/usb-serial/devices").join(device.file_name()?).join("latency_timer");
    file.exists().then_some(file)
}
