//! What is durable about a device: who it is known to be, whether the one that answers now is that one, the job under way.
//!
//! Decides when two identities are the same device. What follows from another one answering is `engine/trust.rs`'s, what a
//! job is and how it ends `job.rs`'s.
//!
//! Vocabulary: an *accepted* identity is the one that an operator, a commissioning or the first contact gave a device; a
//! device that proves the right key under another one is *replaced*, and nothing it says is believed.

use core::time::Duration;

use crate::engine::input::Identity;
use crate::id::CommandId;
use crate::job::DeviceTask;
use crate::permission::Actor;
use crate::time::Wall;

/// What is durable about one device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceRecord {
    /// Whether the one that answers is the one it should be.
    pub trust: Trust,
    /// The firmware version that a job of ours sent it; a change to this one is no surprise.
    pub awaited_firmware: Option<[u8; 3]>,
    /// The job under way.
    pub job: Option<JobRecord>,
    /// How long the slide of its lock usually travels, as it was when the device was new to us.
    pub usual_travel: Option<Duration>,
}

/// Whether the device that answers is the one it should be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trust {
    /// It is not known yet who it is: whoever proves its key first is accepted.
    #[default]
    Awaited,
    /// It is known, and it or nobody answers.
    Accepted(Accepted),
    /// Another one proves its key.
    Replaced {
        /// Who it should be; `None` where the record of that was damaged.
        accepted: Option<Accepted>,
        /// Who it says it is.
        found: Identity,
    },
}

/// Who a device is known to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it says of itself.
    pub identity: Identity,
    /// By whom it was accepted; the system at its first contact.
    pub by: Actor,
    /// When.
    pub at: Wall,
}

/// A job that was ordered and has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRecord {
    /// The number under which its end is reported.
    pub command: CommandId,
    /// What is done.
    pub task: DeviceTask,
    /// By whom it was ordered.
    pub by: Actor,
    /// When.
    pub since: Wall,
}

impl DeviceRecord {
    /// Who the device is known to be, whoever answers now.
    pub const fn accepted(&self) -> Option<&Accepted> {
        match &self.trust {
            Trust::Awaited => None,
            Trust::Accepted(accepted) => Some(accepted),
            Trust::Replaced { accepted, .. } => accepted.as_ref(),
        }
    }

    /// Whether the device is being commissioned.
    pub fn is_commissioned_now(&self) -> bool {
        self.job.is_some_and(|job| matches!(job.task, DeviceTask::Commission { .. }))
    }
}

impl Identity {
    /// Whether both are one device: maker, model and serial number. Firmware may change (`osdp.md`, "device swap").
    pub fn is_same_device(&self, other: &Self) -> bool {
        self.model == other.model && self.serial == other.serial
    }
}
