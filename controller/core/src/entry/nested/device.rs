//! The facts about devices and buses that are no passage: who answers, what is done with them, what their inputs are like.
//! They are entries like all others (`entry.rs`), in a file of their own because there are many of both.

use core::time::Duration;

use crate::certificate::{Certificate, IssueCause, OfferEnd};
use crate::engine::input::{Identity, InputFault};
use crate::entry::event_name::event_names;
use crate::entry::{FirmwareCause, Inspected, ReasonText};
use crate::feedback::PatternId;
use crate::id::{CommandId, DeviceId};
use crate::inventory::{BootCause, TrustGrade, UnlockCause};
use crate::job::{DeviceTask, JobOutcome};
use crate::permission::Actor;
use crate::time::Wall;

/// One fact about a device or a bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceEntry {
    /// A device proves its key and says that it is another one: nothing it says is believed.
    Replaced {
        /// Which.
        device: DeviceId,
        /// Who it should be; `None` where the record of that was damaged.
        expected: Option<Identity>,
        /// Who it says it is.
        found: Identity,
    },
    /// An operator accepted the device that answers in another's place.
    Accepted {
        /// Which.
        device: DeviceId,
        /// Who it is from now on.
        identity: Identity,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A device has other firmware than before.
    FirmwareChanged {
        /// Which.
        device: DeviceId,
        /// The version before.
        before: String,
        /// The version now.
        after: String,
        /// Whether we did it.
        cause: FirmwareCause,
    },
    /// A job with a device was ordered.
    JobStarted {
        /// Which device.
        device: DeviceId,
        /// The job's number.
        command: CommandId,
        /// What is done.
        task: DeviceTask,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// An operator ordered a job to stop; its end follows.
    JobStopOrdered {
        /// Which device.
        device: DeviceId,
        /// Which job.
        command: CommandId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A job with a device ended.
    JobEnded {
        /// Which device.
        device: DeviceId,
        /// Which job.
        command: CommandId,
        /// How.
        outcome: JobOutcome,
    },
    /// The inputs of a device whose line is at fault are others than before.
    InputFaults {
        /// Which device.
        device: DeviceId,
        /// All that are at fault now.
        faults: Box<[InputFault]>,
    },
    /// An operator looked at the frames of a bus, or searched it for devices.
    BusInspected {
        /// Which bus, by its name in the site file.
        bus: String,
        /// Which of the two.
        what: Inspected,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A code was made that may be redeemed once for a device's certificate; an older one is void.
    EnrolmentOffered {
        /// Which device.
        device: DeviceId,
        /// SHA-256 of the code.
        code: [u8; 32],
        /// The first instant at which it is void.
        until: Wall,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A code is void that was never redeemed.
    EnrolmentEnded {
        /// Which device.
        device: DeviceId,
        /// Why.
        cause: OfferEnd,
    },
    /// A device gets a certificate. The one before counts until the device shows that it has this one, where it asked for it
    /// itself; against a code, whoever comes takes its place at once.
    CertificateIssued {
        /// Which device.
        device: DeviceId,
        /// What was issued.
        certificate: Certificate,
        /// Why.
        cause: IssueCause,
    },
    /// A device showed that it has its newest certificate; the one before is void.
    CertificateTaken {
        /// Which device.
        device: DeviceId,
    },
    /// No certificate and no code of a device counts any more.
    CertificatesRevoked {
        /// Which device.
        device: DeviceId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A device started anew.
    Booted {
        /// Which device.
        device: DeviceId,
        /// Why.
        cause: BootCause,
        /// What failed when it tested itself, one bit each.
        self_test: u32,
    },
    /// The clock of a device is off by another amount than before.
    ClockOff {
        /// Which device.
        device: DeviceId,
        /// By how much it is ahead of ours, in milliseconds.
        offset_ms: i64,
    },
    /// A device is trusted more or less than before.
    GradeChanged {
        /// Which device.
        device: DeviceId,
        /// How far now.
        grade: TrustGrade,
    },
    /// An operator let handles show where they are.
    LocateOrdered {
        /// Which.
        devices: Box<[DeviceId]>,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// An operator had a pattern shown at a device for some seconds, to see it.
    PatternTried {
        /// Which device.
        device: DeviceId,
        /// Which pattern.
        pattern: PatternId,
        /// By whom.
        by: Actor,
    },
    /// A lock says what unlocked it, where no release of ours explains it.
    Unlocked {
        /// Which device.
        device: DeviceId,
        /// What.
        cause: UnlockCause,
    },
    /// How long the slide of a lock usually travels; what it does later is compared with this.
    TravelLearned {
        /// Which device.
        device: DeviceId,
        /// How long.
        travel: Duration,
    },
}

impl DeviceEntry {
    event_names! {
        Self::Replaced { .. } => "device.replaced",
        Self::Accepted { .. } => "device.accepted",
        Self::FirmwareChanged { .. } => "device.firmware-changed",
        Self::JobStarted { .. } => "device.job-started",
        Self::JobStopOrdered { .. } => "device.job-stop-ordered",
        Self::JobEnded { .. } => "device.job-ended",
        Self::InputFaults { .. } => "device.input-faults",
        Self::BusInspected { .. } => "bus.inspected",
        Self::EnrolmentOffered { .. } => "device.enrolment-offered",
        Self::EnrolmentEnded { .. } => "device.enrolment-ended",
        Self::CertificateIssued { .. } => "device.certificate-issued",
        Self::CertificateTaken { .. } => "device.certificate-taken",
        Self::CertificatesRevoked { .. } => "device.certificates-revoked",
        Self::Booted { .. } => "device.booted",
        Self::ClockOff { .. } => "device.clock-off",
        Self::GradeChanged { .. } => "device.grade-changed",
        Self::LocateOrdered { .. } => "device.locate-ordered",
        Self::PatternTried { .. } => "device.pattern-tried",
        Self::Unlocked { .. } => "device.unlocked",
        Self::TravelLearned { .. } => "device.travel-learned",
    }
}

impl From<DeviceEntry> for crate::Entry {
    fn from(entry: DeviceEntry) -> Self {
        Self::Device(entry)
    }
}
