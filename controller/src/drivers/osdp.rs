//! OSDP on a port: one task per bus that owns the port and pumps the bus.
//!
//! Decides when the port is opened and given up, and what goes out through it. It does not decide who is polled when
//! (`rackward_protocol::osdp::Bus`) nor what bytes of a device mean (`panel`). Frames leave as soon as the bus gives them;
//! when the engine is slow, its reports wait here and on the bus, and none is dropped. What needs the disk is done elsewhere
//! while the bus goes on.
//!
//! Vocabulary: an *errand* is a need of the panel that is being met on another thread.

mod gateway;
mod jobs;
mod need;
mod panel;
mod port;
mod serial;
mod show;
mod timer;
mod trace;
mod watch;

use std::future::pending;
use std::io;
use std::time::Duration;

use rackward_core::id::DeviceId;
use rackward_core::{Monotonic, Now};
use rackward_dashboard::bus::BusStatus;
use rackward_protocol::osdp::{Baud, NoEntropy};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::order::Order;
use super::{BusSettings, DriverError, Surroundings};
use port::Port;
use timer::Timer;
use watch::{Watch, Wish};

pub(super) use need::{Brought, Errand, Held, KeyErrand, Unmet};
pub use need::{Met, Need};
pub use panel::Panel;
pub use port::{PortName, PortRefused};
pub use serial::Rs485;
pub use watch::BusHandle;

/// First and longest wait before a port is tried again. Devices are offline meanwhile, so the longest is short.
const REOPEN_FIRST_MILLIS: u64 = 250;
const REOPEN_LONGEST_MILLIS: u64 = 4_000;

/// A gateway that has said nothing for so long, though devices were asked, gets a new connection: some keep a connection
/// open that leads nowhere. Shorter would disturb a bus whose devices are all dead more than it helps.
const SILENT_GATEWAY_SECS: u64 = 30;

/// Bytes read at once; a device's longest answer in normal life is far shorter.
const READ_LIMIT_BYTES: usize = 512;

/// How long errands under way may take when the daemon ends. Nothing is lost beyond: both keys are on disk.
const ERRAND_END_SECS: u64 = 2;

/// A bus that is ready to run.
pub(super) struct Line {
    name: String,
    port_name: PortName,
    rs485: Rs485,
    baud: Baud,
    panel: Panel,
    around: Surroundings,
    timer: Timer,
    watch: Watch,
    errands: JoinSet<Met>,
    /// Who was asked last: what is heard is from there.
    asked: Option<u8>,
}

/// The port, or when it is tried again.
enum Plug {
    In { port: Port, heard_at: Monotonic },
    Out { retry_at: Monotonic, wait: Duration },
}

/// What woke the task.
enum Woken {
    Bytes(io::Result<usize>),
    Order(Option<Order>),
    Room,
    Met(Met),
    Wish(Wish),
    Deadline,
    Shutdown,
}

/// Checks the settings of one bus. Must be called on a tokio runtime.
pub(super) fn prepare(settings: BusSettings, around: &Surroundings) -> Result<(Line, BusHandle), DriverError> {
    let (name, baud, rs485) = (settings.name.clone(), settings.baud, settings.rs485);
    let port_name = PortName::parse(&settings.port.to_string_lossy())
        .map_err(|source| DriverError::Port { bus: name.clone(), source })?;
    let timer = Timer::new().map_err(|source| DriverError::Timer { bus: name.clone(), source })?;
    let entropy = |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy);
    let now = (around.clock)().monotonic;
    let panel = Panel::new(settings, now, entropy, around.card_key.clone())?;
    let (watch, handle) = watch::watch(panel.status(&name, &port_name, baud, false), now);
    let (around, errands) = (around.clone(), JoinSet::new());
    let line = Line { name, port_name, rs485, baud, panel, around, timer, watch, errands, asked: None };
    Ok((line, handle))
}

impl Line {
    pub(super) fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.panel.devices()
    }

    /// Runs until shutdown, or until nobody can give orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut plug = self.first_open().await;
        let mut buffer = [0; READ_LIMIT_BYTES];
        loop {
            plug = self.pump(plug).await;
            self.look(&plug);
            match self.wait(&mut plug, &mut orders, &mut buffer).await {
                Woken::Bytes(Ok(0)) => plug = self.give_up(&io::ErrorKind::UnexpectedEof.into()),
                Woken::Bytes(Err(error)) => plug = self.give_up(&error),
                Woken::Bytes(Ok(count)) => self.hear(&mut plug, buffer.get(..count).unwrap_or_default()),
                Woken::Order(Some(order)) => self.panel.order(self.now(), order),
                Woken::Met(met) => self.panel.met(self.now(), met),
                Woken::Wish(wish) => self.watch.begin(self.now(), wish, &mut self.panel),
                Woken::Room | Woken::Deadline => {}
                Woken::Order(None) | Woken::Shutdown => break,
            }
        }
        self.end_errands().await;
    }

    /// Does what is due: opens the port, tells the bus the time, writes what it gives.
    async fn pump(&mut self, plug: Plug) -> Plug {
        let now = self.now();
        let (mut port, heard_at) = match plug {
            Plug::In { port, heard_at } if self.is_silent(&port, heard_at, now) => return self.reconnect(port).await,
            Plug::In { port, heard_at } => (port, heard_at),
            Plug::Out { retry_at, wait } if now >= retry_at => return self.reopen(wait).await,
            Plug::Out { .. } => return plug,
        };
        self.panel.handle_timeout(now);
        self.run_errands();
        while let Some(frame) = self.panel.poll_transmit(self.now()) {
            port = match self.send(port, &frame).await {
                Ok(port) => port,
                Err(error) => return self.give_up(&error),
            };
        }
        Plug::In { port, heard_at }
    }

    /// Sends a frame at the speed that the bus wants for it. The bus knows of a gateway that its speed is fixed.
    async fn send(&mut self, mut port: Port, frame: &[u8]) -> io::Result<Port> {
        let speed = self.panel.line_speed();
        if speed != port.speed() {
            port = port.at(speed).await?;
        }
        self.asked = asked(frame);
        port.write(frame).await?;
        if !self.is_secret() {
            self.watch.sent((self.around.clock)(), frame);
        }
        Ok(port)
    }

    fn hear(&mut self, plug: &mut Plug, bytes: &[u8]) {
        let now = (self.around.clock)();
        if let Plug::In { heard_at, .. } = plug {
            *heard_at = now.monotonic;
        }
        if !self.is_secret() {
            self.watch.heard(now, bytes);
        }
        self.panel.handle_bytes(now.monotonic, bytes);
    }

    /// Whether the device that was asked last is being given its first key, which only the published key protects.
    fn is_secret(&self) -> bool {
        self.asked.is_some_and(|address| self.panel.is_secret(address))
    }

    async fn wait(
        &mut self,
        plug: &mut Plug,
        orders: &mut mpsc::Receiver<Order>,
        buffer: &mut [u8; READ_LIMIT_BYTES],
    ) -> Woken {
        let now = self.now();
        let has_report = self.panel.has_report(now);
        // A report may be what the panel needs something for.
        self.run_errands();
        let pause = self.deadline(plug).since(now);
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
            read = read(plug, buffer) => Woken::Bytes(read),
            Some(Ok(met)) = self.errands.join_next(), if !self.errands.is_empty() => Woken::Met(met),
            wish = self.watch.wish() => Woken::Wish(wish),
            () = self.timer.after(Some(pause)) => Woken::Deadline,
        }
    }

    fn deadline(&self, plug: &Plug) -> Monotonic {
        let looked_at = self.watch.deadline();
        match plug {
            Plug::In { .. } => self.panel.next_deadline().map_or(looked_at, |due| due.min(looked_at)),
            Plug::Out { retry_at, .. } => looked_at.min(*retry_at),
        }
    }

    /// Begins what the panel needs from the disk. The panel has one need of a device out at a time, which bounds them.
    fn run_errands(&mut self) {
        while let Some(need) = self.panel.poll_need() {
            let (stock, unmet) = (self.around.stock.clone(), need.unmet());
            self.errands
                .spawn(async move { tokio::task::spawn_blocking(move || stock.meet(need)).await.unwrap_or(unmet) });
        }
    }

    async fn end_errands(&mut self) {
        let limit = Duration::from_secs(ERRAND_END_SECS);
        let all = async { while self.errands.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!(bus = %self.name, "the disk did not take in time what a device's job needs; it is settled at the next start");
        }
    }

    /// Looks after those who look at the bus.
    fn look(&mut self, plug: &Plug) {
        let now = self.now();
        self.watch.attend(now, &mut self.panel);
        if self.watch.is_status_due(now) {
            self.tell_status(now, matches!(plug, Plug::In { .. }));
        }
    }

    fn tell_status(&mut self, now: Monotonic, is_up: bool) {
        let status: BusStatus = self.panel.status(&self.name, &self.port_name, self.baud, is_up);
        self.watch.tell_status(now, status);
    }

    async fn first_open(&mut self) -> Plug {
        match self.open().await {
            Ok(plug) => plug,
            Err(error) => self.give_up(&error),
        }
    }

    async fn open(&mut self) -> io::Result<Plug> {
        let port = Port::open(&self.port_name, self.baud, self.rs485).await?;
        let now = self.now();
        self.tell_status(now, true);
        Ok(Plug::In { port, heard_at: now })
    }

    async fn reopen(&mut self, waited: Duration) -> Plug {
        match self.open().await {
            Ok(plug) => {
                tracing::info!(bus = %self.name, port = %self.port_name, "the port is back");
                self.panel.restart(self.now());
                plug
            }
            Err(_) => {
                let wait = (waited * 2).min(Duration::from_millis(REOPEN_LONGEST_MILLIS));
                Plug::Out { retry_at: self.now().after(wait), wait }
            }
        }
    }

    /// Devices are offline by their own silence already, so a new connection is nothing to tell them.
    async fn reconnect(&mut self, silent: Port) -> Plug {
        tracing::debug!(bus = %self.name, port = %self.port_name, "the gateway is silent; it gets a new connection");
        drop(silent);
        self.asked = None;
        self.first_open().await
    }

    /// The port is away: said once, to the log and to the engine, then tried again until it is back.
    fn give_up(&mut self, error: &io::Error) -> Plug {
        tracing::warn!(
            bus = %self.name, port = %self.port_name, %error,
            "the port is away; its devices are offline until it is back"
        );
        let now = self.now();
        self.panel.line_lost(now);
        self.tell_status(now, false);
        let wait = Duration::from_millis(REOPEN_FIRST_MILLIS);
        Plug::Out { retry_at: now.after(wait), wait }
    }

    /// Where nobody was asked, nobody can be expected to answer.
    fn is_silent(&self, port: &Port, heard_at: Monotonic, now: Monotonic) -> bool {
        let limit = Duration::from_secs(SILENT_GATEWAY_SECS);
        port.is_gateway() && self.asked.is_some() && now.since(heard_at) >= limit
    }

    fn now(&self) -> Monotonic {
        let now: Now = (self.around.clock)();
        now.monotonic
    }
}

/// The address a frame is for: it follows the start byte (OSDP 2.2, 5.6).
fn asked(frame: &[u8]) -> Option<u8> {
    const START: u8 = 0x53;
    let start = frame.iter().position(|byte| *byte == START)?;
    frame.get(start + 1).map(|address| address & 0x7F)
}

async fn read(plug: &mut Plug, buffer: &mut [u8]) -> io::Result<usize> {
    match plug {
        Plug::In { port, .. } => port.read(buffer).await,
        Plug::Out { .. } => pending().await,
    }
}
