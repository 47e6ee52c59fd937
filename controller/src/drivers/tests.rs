//! The drivers as a whole against simulated devices: real pseudo-terminals, the real embedded broker, the real client.
//!
//! Every wait is for an event and ends with the test's failure after [`LIMIT_SECS`]; nothing here counts on how fast the
//! machine is.

#[cfg(feature = "embedded-broker")]
mod broker;
#[cfg(feature = "embedded-broker")]
mod mqtt;
mod osdp;
mod port;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rackward_core::engine::output::ReleaseCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::people::CredentialKey;
use rackward_core::{DeviceReport, Feedback, Monotonic, Now, Output, Wall};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{CardKey, DriverError, Drivers, Settings, Undelivered};

/// Longest any single event may take on a busy machine.
const LIMIT_SECS: u64 = 30;

/// Running drivers with a test in the engine's place.
struct Rig {
    drivers: Drivers,
    reports: mpsc::Receiver<crate::run::Heard>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

fn clock() -> Now {
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed();
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Now {
        monotonic: Monotonic::from_micros(since.as_micros() as u64),
        wall: Wall::from_micros(wall.as_micros() as i64),
    }
}

/// A hash that a test can read: the number of bits, then the bits.
fn readable_key() -> CardKey {
    Arc::new(|bits, data: &[u8]| {
        let mut key = [0; 16];
        key[0] = bits as u8;
        key[1..=data.len()].copy_from_slice(data);
        CredentialKey::from_keyed_hash(key)
    })
}

fn card_report(bits: u8, data: &[u8]) -> DeviceReport {
    DeviceReport::Card(readable_key()(u16::from(bits), data))
}

async fn try_start(settings: Settings, room: usize) -> Result<Rig, DriverError> {
    let (inputs, reports) = mpsc::channel(room);
    let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
    let drivers = super::start(settings, inputs, readable_key(), clock, shutdown.clone(), &tasks).await?;
    Ok(Rig { drivers, reports, shutdown, tasks })
}

async fn start(settings: Settings) -> Rig {
    try_start(settings, 64).await.unwrap()
}

/// What `wait` gives, unless it takes too long.
async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(LIMIT_SECS), wait).await.unwrap_or_else(|_| panic!("never came: {what}"))
}

impl Rig {
    /// Waits for a report of `device` that `is_wanted`; others are passed over and given in the failure.
    async fn until(&mut self, device: DeviceId, what: &str, is_wanted: impl Fn(&DeviceReport) -> bool) -> DeviceReport {
        let mut others = Vec::new();
        let wait = async {
            loop {
                let (_, from, report) = self.reports.recv().await.unwrap();
                if from == device && is_wanted(&report) {
                    return report;
                }
                others.push((from, report));
            }
        };
        match timeout(Duration::from_secs(LIMIT_SECS), wait).await {
            Ok(report) => report,
            Err(_) => panic!("{device} never reported {what}; instead {others:?}"),
        }
    }

    async fn expect(&mut self, device: DeviceId, report: DeviceReport) {
        self.until(device, &format!("{report:?}"), |seen| *seen == report).await;
    }

    async fn online(&mut self, device: DeviceId) {
        self.until(device, "online", |report| matches!(report, DeviceReport::Online(_))).await;
    }

    fn release(&self, device: DeviceId, command: u64, seconds: u64) -> Result<(), Undelivered> {
        let not_after = clock().monotonic.after(Duration::from_secs(LIMIT_SECS));
        self.drivers.dispatch(Output::Release {
            device,
            command: CommandId::new(command),
            duration: Duration::from_secs(seconds),
            not_after,
            cause: ReleaseCause::Admitted,
        })
    }

    fn show(&self, device: DeviceId, feedback: Feedback) {
        self.drivers.dispatch(Output::Feedback { device, feedback }).unwrap();
    }

    /// Shutdown must end every task.
    async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.close();
        in_time("the end of all tasks", self.tasks.wait()).await;
    }
}
