//! The port of a bus: a serial port or pseudo-terminal by its path, or a serial gateway by its TCP address.
//!
//! Decides what a port's name means and how bytes get in and out of an open one. It does not decide when a port is opened or
//! given up (`osdp.rs`), nor what is switched on a serial port or a socket (`serial`, `gateway`).
//!
//! Vocabulary: a *gateway* is a box on the network with a serial port that carries raw bytes over TCP.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use rackward_protocol::osdp::Baud;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_serial::SerialStream;

use super::gateway;
use super::serial::{self, Rs485};

/// A frame takes at most 1.5 s on the slowest line, so a port that has not taken it by then takes nothing any more.
const WRITE_LIMIT_SECS: u64 = 2;

/// What a port's name in the site file begins with when it is a gateway.
const GATEWAY_SCHEME: &str = "tcp://";

/// The name of a bus's port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortName {
    /// A serial port, a pseudo-terminal, or a link to one.
    Path(PathBuf),
    /// A serial gateway.
    Gateway {
        /// Host name or address, an IPv6 address without its brackets.
        host: String,
        /// TCP port, never 0.
        port: u16,
    },
}

/// A name that cannot be a port's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortRefused {
    /// It is empty.
    #[error("a bus needs a port; write a path such as /dev/serial/by-id/..., or tcp://host:port for a gateway")]
    Empty,
    /// It looks like a gateway's but lacks host or port.
    #[error("\"{0}\" names no gateway; write tcp://host:port with a port from 1 to 65535")]
    Gateway(String),
}

impl PortName {
    /// Reads a name as it stands in the site file.
    ///
    /// # Errors
    /// It is empty, or a `tcp://` name without host or port.
    pub fn parse(text: &str) -> Result<Self, PortRefused> {
        if text.is_empty() {
            return Err(PortRefused::Empty);
        }
        let Some(rest) = text.strip_prefix(GATEWAY_SCHEME) else { return Ok(Self::Path(text.into())) };
        let refused = || PortRefused::Gateway(text.to_owned());
        let (host, port) = rest.rsplit_once(':').ok_or_else(refused)?;
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        let port = u16::from_str(port).ok().filter(|port| *port != 0).ok_or_else(refused)?;
        let is_host = !host.is_empty() && !host.contains(['/', '@', '[', ']', ' ']);
        if is_host { Ok(Self::Gateway { host: host.to_owned(), port }) } else { Err(refused()) }
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Gateway { host, port } if host.contains(':') => write!(f, "{GATEWAY_SCHEME}[{host}]:{port}"),
            Self::Gateway { host, port } => write!(f, "{GATEWAY_SCHEME}{host}:{port}"),
        }
    }
}

/// An open port at one speed.
#[derive(Debug)]
pub(super) struct Port {
    wire: Wire,
    speed: Baud,
}

#[derive(Debug)]
enum Wire {
    Serial(SerialStream),
    Gateway(TcpStream),
}

impl Port {
    /// Opens a port for us alone: raw, 8N1. Nothing here waits on the runtime's threads, and nothing for ever.
    pub(super) async fn open(name: &PortName, speed: Baud, rs485: Rs485) -> io::Result<Self> {
        let wire = match name {
            PortName::Path(path) => {
                let path = path.clone();
                // Opening may wait for the hardware.
                let opened = tokio::task::spawn_blocking(move || serial::open(&path, speed, rs485)).await;
                Wire::Serial(opened.map_err(io::Error::other)??)
            }
            PortName::Gateway { host, port } => Wire::Gateway(gateway::connect(host, *port).await?),
        };
        Ok(Self { wire, speed })
    }

    /// The speed at which bytes leave.
    pub(super) fn speed(&self) -> Baud {
        self.speed
    }

    /// Whether bytes go through a gateway, whose speed and silence are its own.
    pub(super) fn is_gateway(&self) -> bool {
        matches!(self.wire, Wire::Gateway(_))
    }

    /// The port at another speed. What was written before leaves at the old one.
    ///
    /// # Errors
    /// The port is gone, or it is a gateway's, whose speed cannot be set from here (RFC 2217 is not spoken).
    pub(super) async fn at(self, speed: Baud) -> io::Result<Self> {
        let wire = match self.wire {
            Wire::Serial(stream) => {
                let changed = tokio::task::spawn_blocking(move || serial::change_speed(stream, speed)).await;
                Wire::Serial(changed.map_err(io::Error::other)??)
            }
            Wire::Gateway(_) => return Err(io::ErrorKind::Unsupported.into()),
        };
        Ok(Self { wire, speed })
    }

    /// Waits for bytes; 0 is the end of the port. Nothing is lost when the waiting is given up.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.wire {
            Wire::Serial(stream) => stream.read(buffer).await,
            Wire::Gateway(stream) => stream.read(buffer).await,
        }
    }

    /// Hands a whole frame to the port.
    pub(super) async fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        let limit = Duration::from_secs(WRITE_LIMIT_SECS);
        let written = async {
            match &mut self.wire {
                Wire::Serial(stream) => stream.write_all(frame).await,
                Wire::Gateway(stream) => stream.write_all(frame).await,
            }
        };
        tokio::time::timeout(limit, written).await.map_err(|_| io::ErrorKind::TimedOut)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_path_or_a_gateway() {
        let gateway = |host: &str, port| Ok(PortName::Gateway { host: host.to_owned(), port });
        let refused = |text: &str| Err(PortRefused::Gateway(text.to_owned()));
        let check = |text: &str, expect| assert_eq!(PortName::parse(text), expect, "{text}");
        check("/dev/ttyUSB0", Ok(PortName::Path("/dev/ttyUSB0".into())));
        check("run/bus.pty", Ok(PortName::Path("run/bus.pty".into())));
        check("", Err(PortRefused::Empty));
        check("tcp://gate.example:4001", gateway("gate.example", 4001));
        check("tcp://10.0.0.7:1", gateway("10.0.0.7", 1));
        check("tcp://[fd00::7]:4001", gateway("fd00::7", 4001));
        for text in ["tcp://", "tcp://gate", "tcp://:4001", "tcp://gate:0", "tcp://gate:70000", "tcp://gate:40/1"] {
            check(text, refused(text));
        }
        check("tcp://user@gate:1", refused("tcp://user@gate:1"));
    }

    #[tokio::test]
    async fn a_port_changes_its_speed_between_frames() {
        let (_far, near) = SerialStream::pair().unwrap();
        let path = PathBuf::from(tokio_serial::SerialPort::name(&near).unwrap());
        let port = Port::open(&PortName::Path(path), Baud::B115200, Rs485::Auto).await.unwrap();
        let speed_of_line = || tokio_serial::SerialPort::baud_rate(&near).unwrap();
        assert_eq!((port.speed(), speed_of_line()), (Baud::B115200, 115_200));
        let port = port.at(Baud::B9600).await.unwrap();
        assert_eq!((port.speed(), speed_of_line()), (Baud::B9600, 9_600));
    }

    #[test]
    fn a_name_reads_back_as_it_was_written() {
        for text in ["/dev/serial/by-id/usb-FTDI", "tcp://gate:4001", "tcp://[fd00::7]:4001"] {
            assert_eq!(PortName::parse(text).unwrap().to_string(), text);
        }
    }
}
