//! Our panel: the driver that ships, on the line's pseudo-terminal, with an engine that admits every card at once.
//!
//! Decides nothing about timing: task, port, timer, bus and sessions are the daemon's own. Only the decision, which takes
//! under a microsecond, and the journal, which has a benchmark of its own, are left out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rackward::clock;
use rackward::drivers::{self, BusDevice, BusSettings, Drivers, Profile, Rs485, Settings};
use rackward_core::engine::output::ReleaseCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::people::CredentialKey;
use rackward_core::{DeviceReport, Output};
use rackward_protocol::osdp::{Address, Baud, Scbk, Sharing};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Chance;
use crate::devices::{Kind, Seat};

/// Reports that may wait for the engine; the daemon's own bound is larger.
const REPORT_LIMIT_REPORTS: usize = 1_024;
/// Longer than any run, so that no lock reports its own relocking in the middle of a measurement.
const RELEASE_TIME: Duration = Duration::from_secs(3_600);
/// A release that waits longer is given up, as in the daemon.
const RELEASE_LIMIT: Duration = Duration::from_secs(10);

/// A running panel.
#[derive(Debug)]
pub struct Ours {
    shutdown: CancellationToken,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Ours {
    /// Starts the driver and waits until every device is online.
    ///
    /// # Errors
    /// The driver does not start, or a device stays away.
    pub fn start(path: &Path, baud: Baud, seats: &[Seat], sharing: Sharing, limit: Duration) -> anyhow::Result<Self> {
        let shutdown = CancellationToken::new();
        let (online, came) = channel();
        let (ending, seats, path) = (shutdown.clone(), seats.to_vec(), path.to_owned());
        let count = seats.len();
        let thread = std::thread::Builder::new().name("ours".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(drive(path, baud, seats, sharing, ending, online))
        })?;
        let ours = Self { shutdown, thread: Some(thread) };
        wait_for(&came, count, limit)?;
        Ok(ours)
    }

    /// Ends it.
    ///
    /// # Errors
    /// It had ended by an error.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        let thread = self.thread.take().ok_or_else(|| anyhow::anyhow!("ended before"))?;
        thread.join().map_err(|_| anyhow::anyhow!("the driver's thread panicked"))?
    }
}

fn wait_for(came: &Receiver<DeviceId>, count: usize, limit: Duration) -> anyhow::Result<()> {
    for number in 0..count {
        came.recv_timeout(limit)
            .map_err(|_| anyhow::anyhow!("only {number} of {count} devices came online with our panel"))?;
    }
    Ok(())
}

async fn drive(
    path: PathBuf,
    baud: Baud,
    seats: Vec<Seat>,
    sharing: Sharing,
    shutdown: CancellationToken,
    online: Sender<DeviceId>,
) -> anyhow::Result<()> {
    let devices = seats.iter().map(bus_device).collect::<anyhow::Result<Vec<_>>>()?;
    let bus = BusSettings { name: "line".to_owned(), port: path, baud, rs485: Rs485::Auto, sharing, devices };
    let settings = Settings { buses: vec![bus], ..Settings::default() };
    let (inputs, mut reports) = mpsc::channel(REPORT_LIMIT_REPORTS);
    let card_key: drivers::CardKey = Arc::new(|_, _| CredentialKey::from_keyed_hash([7; 16]));
    let tasks = TaskTracker::new();
    let drivers = drivers::start(settings, inputs, card_key, clock::now, shutdown.clone(), &tasks).await?;
    let locks: Vec<Seat> = seats.iter().copied().filter(|seat| seat.kind == Kind::Handle).collect();
    let mut engine = Engine { drivers, locks, seats, commands: 0, chance: Chance::new(1), online };
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            report = reports.recv() => match report {
                Some((_, device, report)) => engine.handle(device, report),
                None => return Ok(()),
            },
        }
    }
}

fn bus_device(seat: &Seat) -> anyhow::Result<BusDevice> {
    let (id, name) = (DeviceId::new(u32::from(seat.address)), format!("device-{}", seat.address));
    let (address, key) = (Address::parse(seat.address)?, Scbk::parse(seat.key())?);
    let profile = match seat.kind {
        Kind::Reader => Profile::Reader,
        Kind::Handle => Profile::Handle,
    };
    Ok(BusDevice::new(id, name, address, key, profile))
}

/// Admits every card: at a handle to that handle, at a reader to any handle of the line.
struct Engine {
    drivers: Drivers,
    locks: Vec<Seat>,
    seats: Vec<Seat>,
    commands: u64,
    chance: Chance,
    online: Sender<DeviceId>,
}

impl Engine {
    fn handle(&mut self, device: DeviceId, report: DeviceReport) {
        match report {
            DeviceReport::Online(_) => {
                let _nobody_waits_any_more = self.online.send(device);
            }
            DeviceReport::Card(_) | DeviceReport::DoubtfulCard(_) => self.release(device),
            DeviceReport::Offline(cause) => println!("  ! {device} went offline: {cause:?}"),
            DeviceReport::Failed(command, cause) => println!("  ! {device}: {command} failed: {cause:?}"),
            _ => {}
        }
    }

    fn release(&mut self, device: DeviceId) {
        let own = self.seats.iter().find(|seat| u32::from(seat.address) == device.get());
        let any = self.locks.get(self.chance.below(self.locks.len() as u64) as usize);
        let Some(lock) = own.filter(|seat| seat.kind == Kind::Handle).or(any) else { return };
        self.commands += 1;
        let release = Output::Release {
            device: DeviceId::new(u32::from(lock.address)),
            command: CommandId::new(self.commands),
            duration: RELEASE_TIME,
            not_after: clock::now().monotonic.after(RELEASE_LIMIT),
            cause: ReleaseCause::Admitted,
        };
        if let Err(undelivered) = self.drivers.dispatch(release) {
            println!("  ! {undelivered}");
        }
    }
}
