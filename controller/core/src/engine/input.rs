//! Everything that can happen to the engine. Drivers translate what devices say into these; they add no judgement.

use crate::certificate::Certificate;
use crate::engine::command::{Caller, Command, CommandTicket};
use crate::engine::preconditions::Preconditions;
use crate::facts::Facts;
use crate::id::{CameraId, CommandId, DeviceId, PersonId};
use crate::inventory::{CanaryAnswer, Description, Measurements, SlideReport};
use crate::job::JobOutcome;
use crate::people::CredentialKey;
use crate::rights_list::{HeldList, ListRefusal, Logged};
use crate::still::{CameraHealth, StillOrder, StillOutcome};
use crate::time::Wall;

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// A device reported something.
    Device {
        /// Which.
        device: DeviceId,
        /// What.
        report: DeviceReport,
    },
    /// The shell compared a PIN with its hash, as [`crate::Output::CheckPin`] asked.
    PinChecked {
        /// The person whose PIN it was to be.
        person: PersonId,
        /// The reader it was typed at.
        device: DeviceId,
        /// What came of it.
        outcome: PinOutcome,
    },
    /// An operator or program gave a command.
    Command {
        /// Where the reply goes.
        ticket: CommandTicket,
        /// Who gave it.
        caller: Caller,
        /// What is wanted.
        command: Command,
        /// What it rests on.
        preconditions: Preconditions,
    },
    /// The journal could not be written; outputs that wait for it were dropped and their entries are kept for later.
    StoreFailed {
        /// The locks whose release was among the dropped outputs.
        withheld: Vec<DeviceId>,
        /// The devices whose job was.
        jobs: Vec<DeviceId>,
    },
    /// All kept entries are durable again.
    StoreRecovered,
    /// Whether what the shell sends to a target outside of the site arrives.
    Sink {
        /// What the target is called.
        name: String,
        /// Whether it does.
        health: SinkHealth,
    },
    /// How much room there is where the journal is kept.
    Storage(StorageRoom),
    /// The shell says what became of a still that [`crate::Output::TakeStill`] asked for.
    Still {
        /// Which.
        order: StillOrder,
        /// What became of it.
        outcome: StillOutcome,
    },
    /// The shell says whether a camera answers.
    Camera {
        /// Which.
        camera: CameraId,
        /// Whether it does.
        health: CameraHealth,
    },
    /// The daemon stops in good order.
    Shutdown,
    /// Nothing but time passed; sent when a deadline is reached.
    Tick,
}

/// What a device says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceReport {
    /// It answers, over a channel that proved its key.
    Online(Identity),
    /// It no longer answers.
    Offline(OfflineCause),
    /// Its door's sensor facts, all of them.
    Facts(Facts),
    /// The exit button was pressed.
    ExitRequested,
    /// A card was presented; its number is already a keyed hash.
    Card(CredentialKey),
    /// A card was presented whose bits are no card of any usual format of their length: perhaps a bad read, perhaps a format
    /// of the site's own.
    DoubtfulCard(CredentialKey),
    /// A card was presented and could not be read.
    BadRead,
    /// Digits were typed and entered.
    Pin(Digits),
    /// The cover or mounting: `true` while opened.
    Tamper(bool),
    /// The supply: `true` while out of range.
    PowerFault(bool),
    /// Zone inputs by input number: `true` while crossed.
    Inputs(Vec<bool>),
    /// A command was carried out.
    Done(CommandId),
    /// A command was not carried out.
    Failed(CommandId, FailureCause),
    /// The inputs whose line is at fault now, all of them; none when the list is empty.
    Supervision(Vec<InputFault>),
    /// A job that [`crate::Output::StartJob`] began has ended.
    JobEnded(CommandId, JobOutcome),
    /// The device or its line broke a security rule.
    Security(SecurityTrouble),
    /// Messages of the device were lost, repeated or malformed.
    Link(LinkTrouble),
    /// What it can do and how it stands; follows an online report.
    Described(Description),
    /// What its slide did last.
    Slide(SlideReport),
    /// What it measures.
    Measured(Measurements),
    /// Which rights list it holds, and why it says so.
    Rights(RightsReport),
    /// What happened while it was on its own.
    Logged(LogRecord),
    /// What it would do for the canary.
    Canary(CommandId, CanaryAnswer),
    /// Its clock is ahead of ours by so many milliseconds, as well as its messages let that be known.
    Clock {
        /// How far; behind is negative.
        offset_ms: i64,
    },
    /// It asks for its next certificate, which the shell would make so.
    CertificateWanted(Certificate),
    /// It was reached with this certificate.
    CertificateShown(crate::certificate::CertificateSerial),
}

/// Which rights list a device holds, and why it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RightsReport {
    /// What it holds; `None` is nothing.
    pub held: Option<HeldList>,
    /// Why it says so.
    pub outcome: RightsOutcome,
}

/// What became of a rights list that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightsOutcome {
    /// None was: it was asked, or told to decide online only.
    Holding,
    /// It is in force.
    Applied,
    /// It is not.
    Refused(ListRefusal),
}

/// One record of the log that a device keeps while it is on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRecord {
    /// Its number, from 1, over all starts of the device.
    pub number: u64,
    /// When it happened: the device's time, made ours as far as its clock's error is known.
    pub at: Wall,
    /// What.
    pub what: Logged,
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Vendor and model, as far as the device says.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Firmware version.
    pub firmware: String,
}

/// Why a device no longer answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfflineCause {
    /// No valid answer for the link's limit.
    Silent,
    /// Its broker said that its connection broke (last will).
    ConnectionLost,
    /// The bus, port or broker itself is away.
    LinkDown,
    /// It could not prove its key.
    NotTrusted,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCause {
    /// The device is away.
    Offline,
    /// Its time was over before it could be sent or applied.
    Expired,
    /// The device said no.
    Refused,
    /// Too many commands were waiting.
    Overload,
}

/// A security rule that a device or line broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityTrouble {
    /// It does not know its key.
    WrongKey,
    /// Authentication codes did not match.
    BadAuthentication,
    /// It spoke without encryption where that is refused.
    Plaintext,
    /// Another device answers in its place.
    Replaced,
    /// Old messages came again.
    Replay,
    /// It offers the published default key instead of its own: it was reset or replaced.
    DefaultKey,
    /// Two devices speak under its name.
    Twin,
    /// It tried a topic that is not its own.
    ForeignTopic,
    /// Somebody came with a certificate of it that is over.
    CertificateExpired,
    /// Somebody came with a certificate of it that does not count any more.
    CertificateRevoked,
    /// It came with the certificate of another device.
    CertificateForeign,
}

/// One input whose line is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputFault {
    /// The input's number on its device.
    pub input: u8,
    /// What is wrong with it.
    pub fault: LineFault,
}

/// What a supervised input line can be besides normal and active (`alarms.md` 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineFault {
    /// Short circuit.
    Short,
    /// Open circuit.
    Cut,
    /// A value in no band: something was put in the sensor's place.
    OffBand,
    /// The device says that it is at fault and no more.
    Unspecified,
}

/// Something wrong with a device's messages that is no attack by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTrouble {
    /// This many messages never arrived.
    Lost(u32),
    /// A message came twice.
    Duplicate,
    /// A message could not be read.
    Malformed,
    /// Bytes that are no messages: noise, a wrong speed, two devices speaking at once.
    Noise,
    /// The line is never silent.
    Babble,
    /// The panel hears its own commands.
    Echo,
    /// Answers come after their time.
    Late,
    /// The device keeps saying that it is busy.
    Busy,
}

/// How much room there is on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageRoom {
    /// Bytes that may still be written.
    pub free_bytes: u64,
    /// Bytes there are.
    pub size_bytes: u64,
}

/// Whether what is sent out of the site arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkHealth {
    /// It does.
    Delivering,
    /// It does not.
    Failing,
}

/// Digits typed at a reader; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// The most digits taken from one entry: enough for any PIN, small enough for any abuse.
    pub const MAX_DIGITS: usize = 16;

    /// How many digits a PIN may have: four withstand a guess at the door of a small site, and what many people ask for is
    /// said when one is set; twelve is what keypads hold.
    pub const PIN_DIGITS: core::ops::RangeInclusive<usize> = 4..=12;

    /// Whether these digits can be somebody's PIN.
    pub fn can_be_pin(&self) -> bool {
        Self::PIN_DIGITS.contains(&self.0.len())
    }

    /// Takes typed digits; anything else in `typed`, and whatever exceeds [`Self::MAX_DIGITS`], makes it `None`.
    pub fn parse(typed: &str) -> Option<Self> {
        let fits = !typed.is_empty() && typed.len() <= Self::MAX_DIGITS;
        (fits && typed.bytes().all(|b| b.is_ascii_digit())).then(|| Self(typed.to_owned()))
    }

    /// The digits, for hashing only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Digits {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Digits(..)")
    }
}

/// What comparing a PIN with its hash gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinOutcome {
    /// It is the person's PIN.
    Right,
    /// It is the person's duress PIN.
    Duress,
    /// It is not.
    Wrong,
    /// It could not be compared (no hash, worker overloaded).
    Unavailable,
}
