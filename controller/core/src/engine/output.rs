//! Everything the engine may ask for. The shell carries outputs out only after the entries of their batch are durable,
//! except those that [`Output::acts_first`] names.

use core::time::Duration;

use crate::certificate::CertificateSerial;
use crate::engine::command::{CommandError, CommandTicket, Reply};
use crate::engine::input::Digits;
use crate::feedback::{DenialNotice, Label, Row};
use crate::id::{CommandId, DeviceId, PersonId};
use crate::job::DeviceTask;
use crate::rights_list::RightsList;
use crate::still::{StillFor, StillOrder};
use crate::time::Monotonic;

/// One thing to do.
#[derive(Debug)]
pub enum Output {
    /// Release a lock for a while; the device relocks by itself.
    Release {
        /// Which lock or handle.
        device: DeviceId,
        /// The number under which it is acknowledged.
        command: CommandId,
        /// How long the lock stays released.
        duration: Duration,
        /// After this moment the command must no longer be carried out.
        not_after: Monotonic,
        /// Why, which settles whether it waits for the journal.
        cause: ReleaseCause,
    },
    /// Lock at once.
    Relock {
        /// Which lock or handle.
        device: DeviceId,
        /// The number under which it is acknowledged.
        command: CommandId,
    },
    /// Show something at a reader or handle.
    Feedback {
        /// Where.
        device: DeviceId,
        /// What.
        feedback: Feedback,
    },
    /// Begin a job with a device; answered by [`crate::DeviceReport::JobEnded`].
    StartJob {
        /// Which device.
        device: DeviceId,
        /// The number under which its end is reported.
        command: CommandId,
        /// What shall be done.
        task: DeviceTask,
    },
    /// Stop a job; its end is reported all the same.
    StopJob {
        /// Which device.
        device: DeviceId,
        /// Which job.
        command: CommandId,
    },
    /// Send a device its rights list; answered by [`crate::DeviceReport::Rights`].
    PutRights {
        /// Which device.
        device: DeviceId,
        /// What it shall go by.
        list: Box<RightsList>,
    },
    /// Tell a device to forget its rights list; answered by [`crate::DeviceReport::Rights`].
    DecideOnline {
        /// Which device.
        device: DeviceId,
        /// The number of the command.
        command: CommandId,
    },
    /// Tell a device that its log is in the journal up to this record.
    NoteLog {
        /// Which device.
        device: DeviceId,
        /// The last record.
        through: u64,
        /// Whether it is to tell again what comes after that: some of it did not arrive.
        again: bool,
    },
    /// Ask a device whether it would open for the canary; answered by [`crate::DeviceReport::Canary`].
    TryCanary {
        /// Which device.
        device: DeviceId,
        /// The number under which it answers.
        command: CommandId,
    },
    /// Only these certificates of a device count from now on; connections that rest on another one are cut.
    Certificates {
        /// Which device.
        device: DeviceId,
        /// Those that count.
        counting: Vec<CertificateSerial>,
    },
    /// Give a device the certificate it asked for.
    IssueCertificate {
        /// Which device.
        device: DeviceId,
        /// Which one, as the shell proposed it.
        serial: CertificateSerial,
    },
    /// Compare typed digits with a person's PIN hash; answered by [`crate::Input::PinChecked`].
    CheckPin {
        /// Whose PIN it is to be.
        person: PersonId,
        /// Where it was typed.
        device: DeviceId,
        /// The digits.
        digits: Digits,
    },
    /// Take a still of a camera; answered by [`crate::Input::Still`].
    TakeStill(StillOrder),
    /// Try once more for the stills of an entry that could not be had; each is answered by [`crate::Input::Still`].
    TakeStillsAgain(StillFor),
    /// What became of a still is in the journal.
    NoteStill(StillOrder),
    /// Answer a command.
    Reply {
        /// Whom.
        ticket: CommandTicket,
        /// What came of it.
        result: Result<Reply, CommandError>,
    },
}

/// Why a lock is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseCause {
    /// A grant, an operator or a mode: recorded first.
    Admitted,
    /// Life safety (request to exit, fire): acts first, recorded next.
    LifeSafety,
}

impl Output {
    /// Whether this may go before its entry is durable: life safety alone.
    pub const fn acts_first(&self) -> bool {
        matches!(self, Self::Release { cause: ReleaseCause::LifeSafety, .. })
    }
}

/// What a reader or handle shows, by the rows of `feedback.rs`, which has the light, sound and text of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// A lasting state, S1 to S9.
    State(PointState),
    /// T1: an answer takes longer than people expect. Told by drivers, who know that none has come.
    Processing,
    /// T2: the way is free for this long. T12, the duress PIN, is this and nothing else.
    Granted {
        /// Until the lock closes again.
        release_time: Duration,
        /// What stands on the door, where it is short enough for a display.
        place: Option<Label>,
    },
    /// T3: the last three seconds before the lock closes again, nobody has opened.
    Closing,
    /// Ends a temporary pattern, because the door was opened or what it asked for was done.
    Cancel,
    /// T4: type the PIN.
    EnterPin,
    /// T5: a second person or an escort is wanted.
    SecondPerson,
    /// T6, T7, T8 or T10: refused, or no decision was possible.
    Denied(DenialNotice),
    /// T9: the card could not be read.
    ReadAgain,
    /// T11: too many wrong tries.
    LockedOut {
        /// How much of the rest is left.
        left: Duration,
    },
    /// T13: the rack is secured again.
    SecuredAgain,
    /// T14: handle or door not fully closed.
    NotLatched,
    /// T15: here.
    Locate,
    /// A row that an operator wants to see, for some seconds and as a result whatever it is.
    Trial(&'static Row),
}

/// The lasting states a point can show (`feedback.md` S1 to S9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointState {
    /// S1: locked, ready.
    Ready,
    /// S1 at a site that wants a steady red.
    ReadyRed,
    /// S1 at a site that wants a steady blue.
    ReadyBlue,
    /// S2: held unlocked.
    Unlocked,
    /// S3: blocked.
    Blocked,
    /// S4: locked down.
    LockedDown,
    /// S5: double locked.
    DoubleLocked,
    /// S6: must close.
    PreAlarm,
    /// S7: open too long.
    OpenTooLong,
    /// S7 at a site that wants no sound.
    OpenTooLongSilent,
    /// S8: opened by force or tampered with, at a site that wants it shown.
    Forced,
    /// S9: out of service: no decision is possible, or nothing is known of the door's mode.
    OutOfService,
}

impl PointState {
    /// Every lasting state.
    pub const ALL: [Self; 12] = [
        Self::Ready,
        Self::ReadyRed,
        Self::ReadyBlue,
        Self::Unlocked,
        Self::Blocked,
        Self::LockedDown,
        Self::DoubleLocked,
        Self::PreAlarm,
        Self::OpenTooLong,
        Self::OpenTooLongSilent,
        Self::Forced,
        Self::OutOfService,
    ];
}
