//! The job of one device, from an operator's order to its end: what must be on the disk before the bus may begin, what must
//! be there before the end may be told. Pure.
//!
//! Decides the order of keeping and sending: a fresh key is kept before it is sent, and kept as the active one before the
//! job is said to be done. It does not decide how a job is carried out on the line (`rackward_protocol::osdp::Bus`), who may
//! order one (the core), or how keys are kept (`secrets/vault.rs`).
//!
//! ```text
//!        start                 kept                    done                     kept
//! Idle ---------> Drawing ----------------> Running ---------> Settling --------------> Idle, told
//!   |                |  stop, line lost        |  failed: told; the bus will say which key is proven
//!   |                v                         |
//!   |            Unwinding <-------------------+  failed before the key was sent
//!   |                |  withdrawn
//!   |                +-----------------------------------------------------------------> Idle, told
//!   +---------> Loading (an image) ----------> Running ---------> Idle, told
//! ```
//!
//! Between Running and Unwinding lies Unsent: the bus has said that the key was never sent, and why is what it says next.
//!
//! Vocabulary: an *errand* is what the shell is asked to do; a desk has at most one out, so errands of one device are done
//! in their order.

use std::collections::VecDeque;
use std::sync::Arc;

use rackward_core::Wall;
use rackward_core::id::CommandId;
use rackward_core::job::{self, DeviceTask, JobOutcome};
use rackward_protocol::osdp::{
    Address, Baud, DeviceIdentity, DeviceKeys, FirstKey, Job, JobEvent, JobFailure, JobRefused, Micros, ProvenKey, Scbk,
};

use super::need::{Brought, Errand, KeyErrand, Unmet};
use crate::firmware::{Manifest, Verified};
use crate::secrets::Unproven;

/// The type of a firmware file in `osdp_FILETRANSFER`, 1 by custom.
const FIRMWARE_FILE: u8 = 1;

/// The keys of one device and the work with it.
#[derive(Debug)]
pub(super) struct Desk {
    /// What the device may know; as on the disk.
    keys: DeviceKeys,
    /// Since when it has had its active key, where that is known.
    since: Option<Wall>,
    /// The key in its key file, which a commissioning may begin with.
    first_key: Option<Scbk>,
    work: Work,
    waiting: VecDeque<Errand>,
    out: Option<Errand>,
}

/// How far the job is.
#[derive(Debug)]
enum Work {
    Idle,
    /// A fresh key is being drawn and kept.
    Drawing {
        command: CommandId,
        plan: KeyPlan,
    },
    /// The fresh key will never be sent and is being forgotten.
    Unwinding {
        command: CommandId,
        outcome: JobOutcome,
    },
    /// The image is being read.
    Loading {
        command: CommandId,
    },
    /// The bus is at it.
    Running {
        command: CommandId,
        kind: Kind,
    },
    /// The bus never sent the key; how the job failed is what it says next.
    Unsent {
        command: CommandId,
    },
    /// The device proved its new key, which is being made the active one.
    Settling {
        command: CommandId,
    },
}

/// What a fresh key is for.
#[derive(Debug, Clone)]
enum KeyPlan {
    Commission { first: FirstKey, until: Micros },
    RollKey,
}

/// What the bus is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Commission,
    RollKey,
    Line,
    File,
}

/// What the panel shall do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Begin this on the bus and tell [`Desk::begun`] whether it did.
    Begin(Job),
    /// Stop the device's job on the bus; its event follows.
    Stop,
    /// Tell the engine.
    End(CommandId, JobOutcome),
}

impl Desk {
    pub(super) fn new(keys: DeviceKeys, since: Option<Wall>, first_key: Option<Scbk>) -> Self {
        Self { keys, since, first_key, work: Work::Idle, waiting: VecDeque::new(), out: None }
    }

    /// What the device may know.
    pub(super) fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    /// Whether there is a key it could prove.
    pub(super) fn has_key(&self) -> bool {
        self.keys.active.is_some() || self.keys.pending.is_some()
    }

    /// Since when the device has had its active key, where that is known.
    pub(super) fn key_since(&self) -> Option<Wall> {
        self.since
    }

    /// Whether no job is under way.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.work, Work::Idle)
    }

    /// Whether a key may be crossing the line that anybody could read.
    pub(super) fn is_commissioning(&self) -> bool {
        matches!(self.work, Work::Running { kind: Kind::Commission, .. })
    }

    /// Whether the device is being given another place on its line.
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.work, Work::Running { kind: Kind::Line, .. })
    }

    /// The next errand, unless one is out.
    pub(super) fn take_errand(&mut self) -> Option<Errand> {
        if self.out.is_none() {
            self.out = self.waiting.pop_front();
            return self.out;
        }
        None
    }

    /// Takes an order. A device has one job at a time.
    pub(super) fn start(&mut self, now: Micros, command: CommandId, task: DeviceTask) -> Option<Step> {
        if !matches!(self.work, Work::Idle) {
            return Some(Step::End(command, JobOutcome::Refused));
        }
        match task {
            DeviceTask::Commission { first, limit } => self.commission(now + limit, command, first),
            DeviceTask::RollKey => {
                self.draw(command, KeyPlan::RollKey, Unproven::Stays);
                None
            }
            DeviceTask::SetLine { address, baud } => {
                let (Ok(address), Ok(baud)) = (Address::parse(address), Baud::parse(baud)) else {
                    return Some(Step::End(command, JobOutcome::Refused));
                };
                self.work = Work::Running { command, kind: Kind::Line };
                Some(Step::Begin(Job::SetLine { address, baud }))
            }
            // The version in the order was compared by the core; the image's own manifest says what it is.
            DeviceTask::SendFirmware { image, version: _ } => {
                self.work = Work::Loading { command };
                self.waiting.push_back(Errand::LoadImage(image));
                None
            }
        }
    }

    fn commission(&mut self, until: Micros, command: CommandId, first: job::FirstKey) -> Option<Step> {
        let first = match (first, &self.first_key) {
            (job::FirstKey::Published, _) => FirstKey::Published,
            (job::FirstKey::FromFile, Some(key)) => FirstKey::Given(key.clone()),
            (job::FirstKey::FromFile, None) => return Some(Step::End(command, JobOutcome::Refused)),
        };
        // A person stands at the device and says that it knows no key of this site.
        self.draw(command, KeyPlan::Commission { first, until }, Unproven::IsDisplaced);
        None
    }

    fn draw(&mut self, command: CommandId, plan: KeyPlan, unproven: Unproven) {
        self.work = Work::Drawing { command, plan };
        self.waiting.push_back(Errand::Keys(KeyErrand::Draw(unproven)));
    }

    /// An operator wants no more of it. What has not begun on the bus is unwound here, the rest there.
    pub(super) fn stop(&mut self, command: CommandId) -> Option<Step> {
        match self.work {
            Work::Running { command: running, .. } if running == command => Some(Step::Stop),
            Work::Drawing { command: drawing, .. } if drawing == command => {
                self.work = Work::Unwinding { command, outcome: JobOutcome::Stopped };
                None
            }
            Work::Loading { command: loading } if loading == command => self.end(command, JobOutcome::Stopped),
            Work::Idle
            | Work::Drawing { .. }
            | Work::Unwinding { .. }
            | Work::Loading { .. }
            | Work::Running { .. }
            | Work::Unsent { .. }
            | Work::Settling { .. } => None,
        }
    }

    /// The line is away and the bus has forgotten its jobs. A key that may have been sent stays pending.
    pub(super) fn line_lost(&mut self) -> Option<Step> {
        match self.work {
            Work::Running { command, .. } | Work::Loading { command } => self.end(command, JobOutcome::Lost),
            Work::Drawing { command, .. } => {
                self.work = Work::Unwinding { command, outcome: JobOutcome::Lost };
                None
            }
            Work::Unsent { command } => self.unwind(command, JobOutcome::Lost),
            Work::Idle | Work::Unwinding { .. } | Work::Settling { .. } => None,
        }
    }

    /// The bus took the job, or did not; then nothing was sent.
    pub(super) fn begun(&mut self, begun: Result<(), JobRefused>) -> Option<Step> {
        let Work::Running { command, kind } = self.work else { return None };
        let Err(refused) = begun else { return None };
        let outcome = match refused {
            JobRefused::Offline => JobOutcome::Lost,
            JobRefused::DuplicateKey => JobOutcome::Interrupted,
            JobRefused::UnknownAddress | JobRefused::Busy | JobRefused::AddressTaken | JobRefused::SpeedFixed => {
                JobOutcome::Refused
            }
        };
        self.never_sent(command, kind, outcome)
    }

    /// How the bus gets on.
    pub(super) fn told(&mut self, event: JobEvent) -> Option<Step> {
        match (&self.work, event) {
            (Work::Running { command, kind }, JobEvent::Done { .. }) => self.done(*command, *kind),
            (Work::Running { command, .. }, JobEvent::KeyNotSent) => {
                self.work = Work::Unsent { command: *command };
                None
            }
            (Work::Unsent { command }, JobEvent::Failed(failure)) => self.unwind(*command, outcome_of(failure)),
            // The key may have arrived all the same. Whichever the device proves next is kept.
            (Work::Running { command, .. }, JobEvent::Failed(failure)) => self.end(*command, outcome_of(failure)),
            (Work::Running { .. }, JobEvent::Progress { .. })
            | (Work::Unsent { .. }, JobEvent::Progress { .. } | JobEvent::KeyNotSent | JobEvent::Done { .. })
            | (
                Work::Idle
                | Work::Drawing { .. }
                | Work::Unwinding { .. }
                | Work::Loading { .. }
                | Work::Settling { .. },
                _,
            ) => None,
        }
    }

    fn done(&mut self, command: CommandId, kind: Kind) -> Option<Step> {
        match kind {
            Kind::Line | Kind::File => self.end(command, JobOutcome::Done),
            Kind::Commission | Kind::RollKey => {
                if self.keys.pending.is_none() {
                    return self.end(command, JobOutcome::Done);
                }
                self.work = Work::Settling { command };
                self.settle(ProvenKey::Pending);
                None
            }
        }
    }

    fn never_sent(&mut self, command: CommandId, kind: Kind, outcome: JobOutcome) -> Option<Step> {
        match kind {
            Kind::Line | Kind::File => self.end(command, outcome),
            Kind::Commission | Kind::RollKey => self.unwind(command, outcome),
        }
    }

    /// A key that will never be sent is forgotten, and then the end is told.
    fn unwind(&mut self, command: CommandId, outcome: JobOutcome) -> Option<Step> {
        self.work = Work::Unwinding { command, outcome };
        self.waiting.push_back(Errand::Keys(KeyErrand::Withdraw));
        None
    }

    /// The device proved a key. While another one is being drawn, what the bus calls pending is not what is being kept; while
    /// it may still be sent, a proof of the active one says nothing about it. Whatever is left open is proven again.
    pub(super) fn proven(&mut self, proven: ProvenKey) {
        let counts = match self.work {
            Work::Drawing { .. } | Work::Unsent { .. } | Work::Unwinding { .. } => false,
            Work::Running { kind: Kind::Commission | Kind::RollKey, .. } => proven == ProvenKey::Pending,
            Work::Idle
            | Work::Loading { .. }
            | Work::Settling { .. }
            | Work::Running { kind: Kind::Line | Kind::File, .. } => true,
        };
        if counts && self.keys.pending.is_some() {
            self.settle(proven);
        }
    }

    /// Asks for it once, however often the device proves it.
    fn settle(&mut self, proven: ProvenKey) {
        let errand = Errand::Keys(KeyErrand::Settle(proven));
        if self.out != Some(errand) && !self.waiting.contains(&errand) {
            self.waiting.push_back(errand);
        }
    }

    /// Takes what the shell brought for the errand that was out. `identity` is who the device says it is.
    pub(super) fn met(&mut self, brought: Brought, identity: Option<&DeviceIdentity>) -> Option<Step> {
        let errand = self.out.take()?;
        match (errand, brought) {
            (Errand::Keys(errand), Brought::Keys(kept)) => {
                let is_kept = kept.map(|held| (self.keys, self.since) = (held.keys, held.since));
                self.keys_met(errand, is_kept)
            }
            (Errand::LoadImage(_), Brought::Image(image)) => self.image_met(image, identity),
            // The shell brought something else than it was sent for.
            (Errand::Keys(errand), Brought::Image(_)) => self.keys_met(errand, Err(Unmet)),
            (Errand::LoadImage(_), Brought::Keys(_)) => self.image_met(Err(Unmet), identity),
        }
    }

    fn keys_met(&mut self, errand: KeyErrand, kept: Result<(), Unmet>) -> Option<Step> {
        match (errand, &self.work) {
            (KeyErrand::Draw(_), Work::Drawing { command, plan }) => {
                let (command, plan) = (*command, plan.clone());
                match (kept, self.keys.pending.clone()) {
                    (Ok(()), Some(fresh)) => Some(self.begin(command, plan, fresh)),
                    (Ok(()) | Err(Unmet), _) => self.end(command, JobOutcome::Interrupted),
                }
            }
            (KeyErrand::Draw(_), Work::Unwinding { command, outcome }) => {
                let (command, outcome) = (*command, *outcome);
                if kept.is_err() {
                    return self.end(command, outcome);
                }
                self.waiting.push_back(Errand::Keys(KeyErrand::Withdraw));
                None
            }
            // Should it not have been forgotten, the device's next proof of its own key sees to that.
            (KeyErrand::Withdraw, Work::Unwinding { command, outcome }) => self.end(*command, *outcome),
            (KeyErrand::Settle(ProvenKey::Pending), Work::Settling { command }) => {
                // Not kept as the active one, it is still there as the pending one: nothing is lost, and the next proof
                // tries again.
                let outcome = if kept.is_ok() { JobOutcome::Done } else { JobOutcome::Interrupted };
                self.end(*command, outcome)
            }
            (KeyErrand::Draw(_) | KeyErrand::Settle(_) | KeyErrand::Withdraw, _) => None,
        }
    }

    fn begin(&mut self, command: CommandId, plan: KeyPlan, fresh: Scbk) -> Step {
        let (kind, job) = match plan {
            KeyPlan::Commission { first, until } => (Kind::Commission, Job::Commission { first, fresh, until }),
            KeyPlan::RollKey => (Kind::RollKey, Job::RollKey { fresh }),
        };
        self.work = Work::Running { command, kind };
        Step::Begin(job)
    }

    fn image_met(&mut self, image: Result<Verified, Unmet>, identity: Option<&DeviceIdentity>) -> Option<Step> {
        let Work::Loading { command } = self.work else { return None };
        let Ok(image) = image else { return self.end(command, JobOutcome::Interrupted) };
        match identity {
            None => self.end(command, JobOutcome::Lost),
            Some(identity) if !fits(&image.manifest, identity) => self.end(command, JobOutcome::Refused),
            Some(_) => {
                self.work = Work::Running { command, kind: Kind::File };
                Some(Step::Begin(Job::SendFile { kind: FIRMWARE_FILE, contents: Arc::clone(&image.payload) }))
            }
        }
    }

    fn end(&mut self, command: CommandId, outcome: JobOutcome) -> Option<Step> {
        self.work = Work::Idle;
        Some(Step::End(command, outcome))
    }
}

/// Whether the device that answers is of the maker, model and hardware that the firmware was signed for. The core compares
/// what the order says; this compares what is sent with who gets it.
fn fits(manifest: &Manifest, identity: &DeviceIdentity) -> bool {
    (manifest.oui, manifest.model) == (identity.oui, identity.model) && identity.version >= manifest.least_hardware
}

fn outcome_of(failure: JobFailure) -> JobOutcome {
    match failure {
        JobFailure::TimedOut => JobOutcome::TimedOut,
        JobFailure::NotInInstallMode => JobOutcome::NotInInstallMode,
        JobFailure::Refused(_) | JobFailure::Aborted(_) => JobOutcome::Refused,
        JobFailure::Lost => JobOutcome::Lost,
        JobFailure::NotProven => JobOutcome::NotProven,
        JobFailure::Stopped => JobOutcome::Stopped,
    }
}

#[cfg(test)]
mod tests;
