//! An order: what one device shall do, on its way from the engine to the link the device hangs on.
//!
//! Decides which outputs concern devices at all. What an order means on the wire is `osdp`'s and `mqtt`'s.

use std::time::Duration;

use rackward_core::engine::input::FailureCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::job::{DeviceTask, JobOutcome};
use rackward_core::{DeviceReport, Feedback, Monotonic, Output};

/// One thing for one device to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Which device.
    pub device: DeviceId,
    /// What it shall do.
    pub task: Task,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            Output::CheckPin { .. } | Output::Reply { .. } => None,
        }
    }

    /// What the engine is told when the order comes to nothing. Nobody waits to hear of feedback; of a stopped job the job's
    /// own end is told.
    pub fn failed(&self, cause: FailureCause) -> Option<DeviceReport> {
        match self.task {
            Task::Release { command, .. } | Task::Relock { command } => Some(DeviceReport::Failed(command, cause)),
            Task::StartJob { command, .. } => Some(DeviceReport::JobEnded(command, outcome_of(cause))),
            Task::StopJob { .. } | Task::Show(_) => None,
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
