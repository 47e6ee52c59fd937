//! Looking at a bus from outside: its state once a second, a trace or a search for devices on request.
//!
//! Decides that one look at a time is taken and when it ends. What a trace tells is `trace`'s; where is searched is the
//! bus's (`rackward_protocol::osdp::Bus`). Who may look is decided long before.

use std::sync::Arc;
use std::time::Duration;

use rackward_core::job::maker_and_model;
use rackward_core::{Monotonic, Now};
use rackward_dashboard::bus::{BusFinding, BusInspection, BusStatus, InspectionRefused};
use rackward_protocol::osdp::{Baud, DeviceIdentity, ScanEvent};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::panel::Panel;
use super::trace::Trace;

/// Findings that wait for their reader: some seconds of a full bus at 230400 bit/s. More would hide for longer that the
/// reader is too slow.
const FINDING_LIMIT_FINDINGS: usize = 2_048;

/// How often the state of a bus is told.
const STATUS_PERIOD: Duration = Duration::from_secs(1);

/// One bus, for whoever wants to look at it. Outlives the bus's task; it then tells the last state.
#[derive(Debug, Clone)]
pub struct BusHandle {
    name: String,
    status: watch::Receiver<BusStatus>,
    wishes: mpsc::Sender<Wish>,
    /// One look at a time.
    turn: Arc<Semaphore>,
}

/// A look that somebody wants.
#[derive(Debug)]
pub(super) struct Wish {
    inspection: BusInspection,
    findings: mpsc::Sender<BusFinding>,
    turn: OwnedSemaphorePermit,
}

impl BusHandle {
    /// The name of the bus.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the bus was within the last second.
    pub fn status(&self) -> BusStatus {
        self.status.borrow().clone()
    }

    /// Looks at the bus; what is found comes piece by piece until the channel closes. Dropping the receiver ends a trace.
    ///
    /// # Errors
    /// Somebody else looks, or the port is away.
    pub fn inspect(&self, inspection: BusInspection) -> Result<mpsc::Receiver<BusFinding>, InspectionRefused> {
        if !self.status.borrow().is_up {
            return Err(InspectionRefused::Away);
        }
        let turn = Arc::clone(&self.turn).try_acquire_owned().map_err(|_| InspectionRefused::Busy)?;
        let (findings, found) = mpsc::channel(FINDING_LIMIT_FINDINGS);
        let wish = Wish { inspection, findings, turn };
        self.wishes.try_send(wish).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => InspectionRefused::Busy,
            mpsc::error::TrySendError::Closed(_) => InspectionRefused::Away,
        })?;
        Ok(found)
    }
}

/// The bus's side of its handle.
#[derive(Debug)]
pub(super) struct Watch {
    status: watch::Sender<BusStatus>,
    wishes: mpsc::Receiver<Wish>,
    look: Look,
    status_due: Monotonic,
}

/// What is being looked at.
#[derive(Debug)]
enum Look {
    Nothing,
    // The turn is given back before the channel closes, so whoever saw the end may look again at once.
    Trace { _turn: OwnedSemaphorePermit, trace: Trace },
    Scan { _turn: OwnedSemaphorePermit, findings: mpsc::Sender<BusFinding> },
}

/// A bus's watch and the handle that looks through it; `status` is told until the first real one is.
pub(super) fn watch(status: BusStatus, now: Monotonic) -> (Watch, BusHandle) {
    let name = status.name.clone();
    let (status, told) = watch::channel(status);
    let (wishes, wished) = mpsc::channel(1);
    let handle = BusHandle { name, status: told, wishes, turn: Arc::new(Semaphore::new(1)) };
    (Watch { status, wishes: wished, look: Look::Nothing, status_due: now }, handle)
}

impl Watch {
    /// Waits for somebody who wants to look; for ever when nobody can any more.
    pub(super) async fn wish(&mut self) -> Wish {
        match self.wishes.recv().await {
            Some(wish) => wish,
            None => std::future::pending().await,
        }
    }

    /// Begins a look.
    pub(super) fn begin(&mut self, now: Monotonic, wish: Wish, panel: &mut Panel) {
        let Wish { inspection, findings, turn } = wish;
        self.look = match inspection {
            BusInspection::Trace { span } => Look::Trace { _turn: turn, trace: Trace::new(now.after(span), findings) },
            BusInspection::Scan { speeds } => {
                let speeds: Vec<Baud> = speeds.into_iter().filter_map(|speed| Baud::parse(speed).ok()).collect();
                match panel.begin_scan(now, &speeds) {
                    Ok(()) => Look::Scan { _turn: turn, findings },
                    // A search whose reader left still runs; this one ends at once, with nothing found.
                    Err(_) => Look::Nothing,
                }
            }
        };
    }

    /// A frame left.
    pub(super) fn sent(&mut self, now: Now, frame: &[u8]) {
        if let Look::Trace { trace, .. } = &mut self.look {
            trace.sent(now, frame);
        }
    }

    /// Bytes arrived.
    pub(super) fn heard(&mut self, now: Now, bytes: &[u8]) {
        if let Look::Trace { trace, .. } = &mut self.look {
            trace.heard(now, bytes);
        }
    }

    /// Whether the state is to be told again.
    pub(super) fn is_status_due(&self, now: Monotonic) -> bool {
        now >= self.status_due
    }

    /// Tells the state.
    pub(super) fn tell_status(&mut self, now: Monotonic, status: BusStatus) {
        self.status_due = now.after(STATUS_PERIOD);
        self.status.send_replace(status);
    }

    /// Moves a look on, and ends it when it is over.
    pub(super) fn attend(&mut self, now: Monotonic, panel: &mut Panel) {
        let is_over = match &mut self.look {
            Look::Nothing => {
                // Of a search whose reader left nothing may pile up.
                while panel.poll_scan().is_some() {}
                false
            }
            Look::Trace { trace, .. } => trace.is_over(now),
            Look::Scan { findings, .. } => tell_scan(panel, findings),
        };
        if is_over {
            self.look = Look::Nothing;
        }
    }

    /// When [`Self::attend`] or [`Self::tell_status`] is wanted, if nothing happens before.
    pub(super) fn deadline(&self) -> Monotonic {
        match &self.look {
            Look::Trace { trace, .. } => trace.until().min(self.status_due),
            Look::Nothing | Look::Scan { .. } => self.status_due,
        }
    }
}

/// Hands on what a search found; true once it is over or nobody listens. Without room the search waits.
fn tell_scan(panel: &mut Panel, findings: &mpsc::Sender<BusFinding>) -> bool {
    while let Ok(room) = findings.try_reserve() {
        match panel.poll_scan() {
            Some(ScanEvent::Progress { tried, total }) => room.send(BusFinding::Progress { tried, total }),
            Some(ScanEvent::Found { address, baud, identity }) => room.send(BusFinding::Found {
                address: address.number(),
                baud: baud.bits_per_second(),
                identity: identity.as_ref().map(named),
            }),
            Some(ScanEvent::Done) => return true,
            None => return false,
        }
    }
    findings.is_closed()
}

fn named(identity: &DeviceIdentity) -> String {
    let DeviceIdentity { oui, model, version, serial, .. } = identity;
    format!("{} version {version} serial {serial:08x}", maker_and_model(*oui, *model))
}
