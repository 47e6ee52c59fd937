//! An order: what one device shall do, on its way from the engine to the link the device hangs on.
//!
//! Decides which outputs concern devices at all. What an order means on the wire is `osdp`'s and `mqtt`'s.

use std::time::Duration;

use rackward_core::certificate::CertificateSerial;
use rackward_core::engine::input::FailureCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::inventory::CanaryAnswer;
use rackward_core::job::{DeviceTask, JobOutcome};
use rackward_core::rights_list::RightsList;
use rackward_core::{DeviceReport, Feedback, Monotonic, Output};

/// One thing for one device to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which device.
    pub device: DeviceId,
    /// What it shall do.
    pub task: Task,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Release the lock for a while.
    Release {
        /// The number under which it is acknowledged.
        command: CommandId,
        /// How long the lock stays released.
        duration: Duration,
        /// After this moment the command must no longer be carried out.
        not_after: Monotonic,
    },
    /// Lock at once.
    Relock {
        /// The number under which it is acknowledged.
        command: CommandId,
    },
    /// Begin a job.
    StartJob {
        /// The number under which its end is reported.
        command: CommandId,
        /// What shall be done.
        task: DeviceTask,
    },
    /// Stop a job.
    StopJob {
        /// Which.
        command: CommandId,
    },
    /// Show something.
    Show(Feedback),
    /// Send a rights list.
    PutRights(Box<RightsList>),
    /// Have the rights list forgotten.
    DecideOnline {
        /// The number of the command.
        command: CommandId,
    },
    /// Say up to which record the log is safe.
    NoteLog {
        /// The last record.
        through: u64,
        /// Whether it is to tell again what comes after that.
        again: bool,
    },
    /// Ask whether it would open for the canary.
    TryCanary {
        /// The number under which it answers.
        command: CommandId,
    },
    /// Let only these certificates count.
    Certificates {
        /// Those that count.
        counting: Vec<CertificateSerial>,
    },
    /// Give it the certificate it asked for.
    IssueCertificate {
        /// Which one.
        serial: CertificateSerial,
    },
}

impl Order {
    /// The order an output stands for; `None` where it concerns no device.
    pub fn from_output(output: Output) -> Option<Self> {
        match output {
            // The cause settled when the output may leave the engine's batch; the device need not know it.
            Output::Release { device, command, duration, not_after, cause: _ } => {
                Some(Self { device, task: Task::Release { command, duration, not_after } })
            }
            Output::Relock { device, command } => Some(Self { device, task: Task::Relock { command } }),
            Output::Feedback { device, feedback } => Some(Self { device, task: Task::Show(feedback) }),
            Output::StartJob { device, command, task } => Some(Self { device, task: Task::StartJob { command, task } }),
            Output::StopJob { device, command } => Some(Self { device, task: Task::StopJob { command } }),
            Output::PutRights { device, list } => Some(Self { device, task: Task::PutRights(list) }),
            Output::DecideOnline { device, command } => Some(Self { device, task: Task::DecideOnline { command } }),
            Output::NoteLog { device, through, again } => Some(Self { device, task: Task::NoteLog { through, again } }),
            Output::TryCanary { device, command } => Some(Self { device, task: Task::TryCanary { command } }),
            Output::Certificates { device, counting } => Some(Self { device, task: Task::Certificates { counting } }),
            Output::IssueCertificate { device, serial } => {
                Some(Self { device, task: Task::IssueCertificate { serial } })
            }
            Output::CheckPin { .. }
            | Output::Reply { .. }
            | Output::TakeStill(_)
            | Output::TakeStillsAgain(_)
            | Output::NoteStill(_) => None,
        }
    }

    /// What the engine is told when the order comes to nothing. Nobody waits to hear of feedback; of a stopped job the job's
    /// own end is told.
    pub fn failed(&self, cause: FailureCause) -> Option<DeviceReport> {
        match self.task {
            Task::Release { command, .. } | Task::Relock { command } => Some(DeviceReport::Failed(command, cause)),
            Task::StartJob { command, .. } => Some(DeviceReport::JobEnded(command, outcome_of(cause))),
            Task::TryCanary { command } => Some(DeviceReport::Canary(command, CanaryAnswer::NoAnswer)),
            // What rights are not acknowledged, the engine sends again; the rest is asked for again.
            Task::StopJob { .. }
            | Task::Show(_)
            | Task::PutRights(_)
            | Task::DecideOnline { .. }
            | Task::NoteLog { .. }
            | Task::Certificates { .. }
            | Task::IssueCertificate { .. } => None,
        }
    }
}

/// How a job ends that its device was never told of.
const fn outcome_of(cause: FailureCause) -> JobOutcome {
    match cause {
        FailureCause::Offline | FailureCause::Expired => JobOutcome::Lost,
        FailureCause::Refused => JobOutcome::Refused,
        FailureCause::Overload => JobOutcome::Interrupted,
    }
}
