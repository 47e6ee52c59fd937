//! One OSDP bus on a pseudo-terminal or a serial port: bytes in, bytes out.
//!
//! Decided here: how long bytes take on a throttled line. A serial port keeps the speed of the world file; devices that a
//! panel sets to another speed are out of its reach there, as on a line whose devices do not all follow.

use std::io;
use std::path::Path;
use std::time::Duration;

use rackward_protocol::osdp::Baud;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_serial::{SerialPortBuilderExt, SerialStream};

use super::LinkError;
use super::pty::Pty;
use crate::config::BusConfig;

/// Chunks of bytes that wait on either side. A panel sends one frame and waits, so more means that one side is stuck; its
/// bytes are lost then, as on a wire.
pub(crate) const CHUNK_LIMIT_CHUNKS: usize = 64;

/// After this silence whoever used the line is gone: a living panel polls many times a second.
const LEFT_AFTER: Duration = Duration::from_secs(1);
/// How long to wait before a port that vanished is tried again.
const REOPEN_AFTER: Duration = Duration::from_secs(1);

/// Bytes that arrived on a bus; the number is the bus's place in the world file.
#[derive(Debug)]
pub(crate) struct FromLine {
    pub(crate) bus: usize,
    pub(crate) bytes: Vec<u8>,
    /// The speed the other end was set to when it sent them; only where speed matters.
    pub(crate) speed: Option<Baud>,
}

/// Starts the task of one bus. A pseudo-terminal exists when this returns.
pub(crate) fn start(
    tasks: &mut JoinSet<()>,
    bus: usize,
    config: &BusConfig,
    arrived: mpsc::Sender<FromLine>,
) -> Result<mpsc::Sender<Vec<u8>>, LinkError> {
    let (to_line, from_hub) = mpsc::channel(CHUNK_LIMIT_CHUNKS);
    if let Some(path) = &config.path {
        let failed = |source| LinkError::Pty { bus: config.name.clone(), path: path.clone(), source };
        let pty = Pty::make(path).map_err(failed)?;
        let throttle = config.throttle.then(Throttle::default);
        tasks.spawn(serve_pty(pty, throttle, bus, arrived, from_hub));
    } else if let Some(port) = config.port.clone() {
        let baud = config.baud;
        tasks.spawn(async move { serve_port(&port, baud, bus, arrived, from_hub).await });
    }
    Ok(to_line)
}

/// Keeps the time that bytes take on the wire. The line is half duplex, so one clock serves both ways.
#[derive(Debug, Default)]
struct Throttle {
    free_at: Option<Instant>,
}

impl Throttle {
    /// Waits until so many bytes at `speed` have crossed the line, behind those that cross it already.
    async fn cross(&mut self, speed: Baud, bytes: usize) {
        let now = Instant::now();
        let crossed = self.free_at.map_or(now, |free_at| free_at.max(now)) + speed.wire_time(bytes);
        self.free_at = Some(crossed);
        tokio::time::sleep_until(crossed).await;
    }
}

async fn serve_pty(
    pty: Pty,
    mut throttle: Option<Throttle>,
    bus: usize,
    arrived: mpsc::Sender<FromLine>,
    mut from_hub: mpsc::Receiver<Vec<u8>>,
) {
    let mut bytes = Vec::new();
    loop {
        let outcome = tokio::select! {
            biased;
            outgoing = from_hub.recv() => match outgoing {
                Some(outgoing) => {
                    if let (Some(throttle), Some(speed)) = (&mut throttle, pty.speed()) {
                        throttle.cross(speed, outgoing.len()).await;
                    }
                    pty.write(&outgoing)
                }
                None => return,
            },
            read = pty.read(&mut bytes) => read,
            () = tokio::time::sleep(LEFT_AFTER) => pty.tidy(),
        };
        if let Err(error) = outcome {
            tracing::warn!(bus, %error, "the pseudo-terminal failed; the bus is dead until the simulation is started anew");
            return;
        }
        if bytes.is_empty() {
            continue;
        }
        let speed = if throttle.is_some() { pty.speed() } else { None };
        if let (Some(throttle), Some(speed)) = (&mut throttle, speed) {
            throttle.cross(speed, bytes.len()).await;
        }
        if arrived.send(FromLine { bus, bytes: std::mem::take(&mut bytes), speed }).await.is_err() {
            return;
        }
    }
}

async fn serve_port(
    path: &Path,
    baud: u32,
    bus: usize,
    arrived: mpsc::Sender<FromLine>,
    mut from_hub: mpsc::Receiver<Vec<u8>>,
) {
    while !from_hub.is_closed() {
        let opened = tokio_serial::new(path.to_string_lossy(), baud).open_native_async();
        let ended = match opened {
            Ok(port) => pump_port(port, bus, &arrived, &mut from_hub).await,
            Err(error) => Err(error.into()),
        };
        match ended {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(bus, port = %path.display(), %error, "the serial port failed; it is tried again in a second");
            }
        }
        tokio::time::sleep(REOPEN_AFTER).await;
    }
}

/// Moves bytes until the port fails (an error) or the simulation ends.
async fn pump_port(
    mut port: SerialStream,
    bus: usize,
    arrived: &mpsc::Sender<FromLine>,
    from_hub: &mut mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let mut chunk = [0; 2048];
    loop {
        tokio::select! {
            biased;
            outgoing = from_hub.recv() => match outgoing {
                Some(outgoing) => port.write_all(&outgoing).await?,
                None => return Ok(()),
            },
            read = port.read(&mut chunk) => {
                let count = read?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let bytes = chunk.get(..count).unwrap_or_default().to_vec();
                if arrived.send(FromLine { bus, bytes, speed: None }).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}
