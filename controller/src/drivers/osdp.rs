//! OSDP on a serial port: one task per bus that owns the port and pumps the bus.
//!
//! Decides when the port is opened and given up. It does not decide who is polled when (`rackward_protocol::osdp::Bus`) nor
//! what bytes of a device mean (`panel`). Frames leave as soon as the bus gives them; when the engine is slow, its reports
//! wait here and on the bus, and none is dropped.

mod panel;
mod show;

use std::future::pending;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rackward_core::Monotonic;
use rackward_core::id::DeviceId;
use rackward_protocol::osdp::{Baud, NoEntropy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_serial::{SerialPortBuilderExt, SerialStream};

use super::order::Order;
use super::{BusSettings, DriverError, Surroundings};
pub use panel::Panel;

/// First and longest wait before a port is tried again. Devices are offline meanwhile, so the longest is short.
const REOPEN_FIRST_MILLIS: u64 = 250;
const REOPEN_LONGEST_MILLIS: u64 = 4_000;

/// A frame takes at most 1.5 s on the slowest line, so a port that has not taken it by then takes nothing any more.
const WRITE_LIMIT_SECS: u64 = 2;

/// Bytes read at once; a device's longest answer in normal life is far shorter.
const READ_LIMIT_BYTES: usize = 512;

/// Waits shorter than this are spun when somebody stands at a lock, because the runtime's timers are a millisecond coarse.
const SPIN_LIMIT_MICROS: u64 = 1_000;

/// A bus that is ready to run.
pub(super) struct Line {
    name: String,
    path: PathBuf,
    baud: Baud,
    panel: Panel,
    around: Surroundings,
}

/// The port, or when it is tried again.
enum Port {
    Open(SerialStream),
    Away { retry_at: Monotonic, wait: Duration },
}

/// What woke the task.
enum Woken {
    Bytes(io::Result<usize>),
    Order(Option<Order>),
    Room,
    Deadline,
    Shutdown,
}

/// Checks the settings of one bus.
pub(super) fn prepare(settings: BusSettings, around: &Surroundings) -> Result<Line, DriverError> {
    let (name, path, baud) = (settings.name.clone(), settings.port.clone(), settings.baud);
    let entropy = |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy);
    let now = (around.clock)().monotonic;
    let panel = Panel::new(settings, now, entropy, around.card_key.clone())?;
    Ok(Line { name, path, baud, panel, around: around.clone() })
}

impl Line {
    pub(super) fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.panel.devices()
    }

    /// Runs until shutdown, or until nobody can give orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut port = self.first_open().await;
        let mut buffer = [0; READ_LIMIT_BYTES];
        loop {
            port = self.pump(port).await;
            match self.wait(&mut port, &mut orders, &mut buffer).await {
                Woken::Bytes(Ok(0)) => port = self.give_up(&io::ErrorKind::UnexpectedEof.into()),
                Woken::Bytes(Err(error)) => port = self.give_up(&error),
                Woken::Bytes(Ok(count)) => {
                    let now = self.now();
                    self.panel.handle_bytes(now, buffer.get(..count).unwrap_or_default());
                }
                Woken::Order(Some(order)) => self.panel.order(self.now(), order),
                Woken::Room | Woken::Deadline => {}
                Woken::Order(None) | Woken::Shutdown => return,
            }
        }
    }

    /// Does what is due: opens the port, tells the bus the time, writes what it gives.
    async fn pump(&mut self, port: Port) -> Port {
        let mut stream = match port {
            Port::Open(stream) => stream,
            Port::Away { retry_at, wait } if self.now() >= retry_at => return self.reopen(wait).await,
            Port::Away { .. } => return port,
        };
        self.panel.handle_timeout(self.now());
        while let Some(frame) = self.panel.poll_transmit(self.now()) {
            if let Err(error) = write(&mut stream, &frame).await {
                return self.give_up(&error);
            }
        }
        Port::Open(stream)
    }

    async fn wait(
        &mut self,
        port: &mut Port,
        orders: &mut mpsc::Receiver<Order>,
        buffer: &mut [u8; READ_LIMIT_BYTES],
    ) -> Woken {
        let now = self.now();
        let deadline = match port {
            Port::Open(_) => self.panel.next_deadline(),
            Port::Away { retry_at, .. } => Some(*retry_at),
        };
        let has_report = self.panel.has_report(now);
        let pause = deadline.map(|at| at.since(now));
        let spins = self.panel.is_urgent();
        tokio::select! {
            () = self.around.shutdown.cancelled() => Woken::Shutdown,
            room = self.around.inputs.reserve(), if has_report => match room {
                Ok(room) => {
                    if let Some((device, report)) = self.panel.take_report() {
                        room.send(((self.around.clock)(), device, report));
                    }
                    Woken::Room
                }
                // The engine is gone; there is nothing left to drive.
                Err(_) => Woken::Shutdown,
            },
            order = orders.recv() => Woken::Order(order),
            read = read(port, buffer) => Woken::Bytes(read),
            () = rest(pause, spins) => Woken::Deadline,
        }
    }

    async fn first_open(&mut self) -> Port {
        match open(&self.path, self.baud).await {
            Ok(stream) => Port::Open(stream),
            Err(error) => self.give_up(&error),
        }
    }

    async fn reopen(&mut self, waited: Duration) -> Port {
        match open(&self.path, self.baud).await {
            Ok(stream) => {
                tracing::info!(bus = %self.name, port = %self.path.display(), "the serial port is back");
                self.panel.restart(self.now());
                Port::Open(stream)
            }
            Err(_) => {
                let wait = (waited * 2).min(Duration::from_millis(REOPEN_LONGEST_MILLIS));
                Port::Away { retry_at: self.now().after(wait), wait }
            }
        }
    }

    /// The port is away: said once, to the log and to the engine, then tried again until it is back.
    fn give_up(&mut self, error: &io::Error) -> Port {
        tracing::warn!(
            bus = %self.name, port = %self.path.display(), %error,
            "the serial port is away; its devices are offline until it is back"
        );
        let now = self.now();
        self.panel.line_lost(now);
        let wait = Duration::from_millis(REOPEN_FIRST_MILLIS);
        Port::Away { retry_at: now.after(wait), wait }
    }

    fn now(&self) -> Monotonic {
        (self.around.clock)().monotonic
    }
}

/// Opens the port raw, 8N1, for us alone. Opening may wait for the hardware, so it is kept off the runtime's threads.
async fn open(path: &Path, baud: Baud) -> io::Result<SerialStream> {
    let builder = tokio_serial::new(path.to_string_lossy(), baud.bits_per_second());
    let opened = tokio::task::spawn_blocking(move || builder.open_native_async()).await;
    Ok(opened.map_err(io::Error::other)??)
}

async fn read(port: &mut Port, buffer: &mut [u8]) -> io::Result<usize> {
    match port {
        Port::Open(stream) => stream.read(buffer).await,
        Port::Away { .. } => pending().await,
    }
}

async fn write(stream: &mut SerialStream, frame: &[u8]) -> io::Result<()> {
    let limit = Duration::from_secs(WRITE_LIMIT_SECS);
    tokio::time::timeout(limit, stream.write_all(frame)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

/// Waits for `pause`, or for ever. A short wait before a release is not rounded up to the timer's next millisecond.
async fn rest(pause: Option<Duration>, spins: bool) {
    match pause {
        None => pending().await,
        Some(Duration::ZERO) => {}
        Some(pause) if spins && pause < Duration::from_micros(SPIN_LIMIT_MICROS) => tokio::task::yield_now().await,
        Some(pause) => tokio::time::sleep(pause).await,
    }
}
