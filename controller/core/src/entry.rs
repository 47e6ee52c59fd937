//! Every fact the journal may hold. An entry is written when something is settled: a decision, a change of rights, what
//! hardware reported, an alarm. It carries ids, never names, card numbers or PINs. Its bytes are settled in
//! `journal/canonical.rs`; applying it to the records is `engine/apply.rs`.

use core::time::Duration;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::command::disguises;
use crate::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use crate::facts::Facts;
use crate::id::{
    AlarmId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId, PersonId, PointId, Seq, ZoneId,
};
use crate::people::{CredentialKey, CredentialState, Grant, PersonStatus, Validity};
use crate::permission::Actor;
use crate::time::Wall;

/// An entry with its place in the journal and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Its place.
    pub seq: Seq,
    /// When the engine settled it.
    pub at: Wall,
    /// What it says.
    pub entry: Entry,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The daemon started.
    Started {
        /// Its version.
        version: String,
    },
    /// The daemon stopped in good order.
    Stopped,
    /// A place got its number.
    PlaceNamed {
        /// What kind of place.
        kind: PlaceKind,
        /// Its number within the kind.
        number: u32,
        /// Its path or name.
        path: String,
    },
    /// A person was created.
    PersonCreated {
        /// Who.
        person: PersonId,
        /// By whom.
        by: Actor,
    },
    /// A person may pass again, or nowhere.
    PersonStatusChanged {
        /// Who.
        person: PersonId,
        /// What now.
        status: PersonStatus,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A person's PIN was set.
    PinChanged {
        /// Whose.
        person: PersonId,
        /// By whom.
        by: Actor,
    },
    /// A credential was given to a person.
    CredentialAssigned {
        /// Which.
        credential: CredentialId,
        /// To whom.
        person: PersonId,
        /// What its bytes hash to.
        key: CredentialKey,
        /// When it counts.
        validity: Validity,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// Whether a credential counts changed.
    CredentialStateChanged {
        /// Which.
        credential: CredentialId,
        /// What now.
        state: CredentialState,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A grant was created.
    GrantCreated {
        /// All of it.
        grant: Grant,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A grant was taken back.
    GrantRevoked {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A person was admitted; the release follows once this is durable.
    AccessGranted {
        /// Where.
        point: PointId,
        /// Through which door.
        door: DoorId,
        /// Who.
        person: PersonId,
        /// By what.
        credential: CredentialId,
        /// The grant that allowed it.
        grant: GrantId,
        /// How long the lock is released.
        release_time: Duration,
        /// The command to the lock.
        command: CommandId,
    },
    /// A person was refused.
    AccessDenied {
        /// Where.
        point: PointId,
        /// Who, where known.
        person: Option<PersonId>,
        /// By what, where known.
        credential: Option<CredentialId>,
        /// Why.
        reason: Denial,
    },
    /// One more factor is wanted.
    FactorAwaited {
        /// Where.
        point: PointId,
        /// Of whom.
        person: PersonId,
    },
    /// The door was opened after a release.
    AccessTaken {
        /// Which door.
        door: DoorId,
        /// Who, when a person was admitted.
        person: Option<PersonId>,
    },
    /// The door was not opened before the lock closed again.
    AccessNotTaken {
        /// Which door.
        door: DoorId,
        /// Who, when a person was admitted.
        person: Option<PersonId>,
    },
    /// The door was released by its exit button (anonymous access).
    ExitReleased {
        /// Which door.
        door: DoorId,
        /// The command to the lock.
        command: CommandId,
        /// How long the lock is released.
        release_time: Duration,
    },
    /// An operator released the door.
    OperatorReleased {
        /// Which door.
        door: DoorId,
        /// Who.
        by: Actor,
        /// Why.
        reason: ReasonText,
        /// How long the lock is released.
        release_time: Duration,
        /// The command to the lock.
        command: CommandId,
    },
    /// A release was recorded but not sent, so the lock stayed locked.
    ReleaseWithheld {
        /// Which door.
        door: DoorId,
        /// Why.
        cause: WithheldCause,
    },
    /// The sensors of a door report something new.
    DoorChanged {
        /// Which door.
        door: DoorId,
        /// All its facts now.
        facts: Facts,
    },
    /// A device carried a command out.
    CommandDone {
        /// Which device.
        device: DeviceId,
        /// Which command.
        command: CommandId,
    },
    /// A device did not carry a command out.
    CommandFailed {
        /// Which device.
        device: DeviceId,
        /// Which command.
        command: CommandId,
        /// Why.
        cause: FailureCause,
    },
    /// A device answers, over a channel that proved its key.
    DeviceOnline {
        /// Which.
        device: DeviceId,
        /// What it says of itself.
        identity: Identity,
    },
    /// A device no longer answers.
    DeviceOffline {
        /// Which.
        device: DeviceId,
        /// Why.
        cause: OfflineCause,
    },
    /// A device or its line broke a security rule.
    SecurityTroubleSeen {
        /// Which device.
        device: DeviceId,
        /// Which rule.
        trouble: SecurityTrouble,
    },
    /// Messages of a device were lost, repeated or malformed.
    LinkTroubleSeen {
        /// Which device.
        device: DeviceId,
        /// What.
        trouble: LinkTrouble,
    },
    /// A perimeter zone changed.
    ZoneChanged {
        /// Which.
        zone: ZoneId,
        /// What it is now.
        state: ZoneState,
    },
    /// An alarm began.
    AlarmRaised {
        /// Its number.
        alarm: AlarmId,
        /// Its condition.
        kind: AlarmKind,
        /// What it is about.
        source: AlarmSource,
    },
    /// An alarm's condition ended.
    AlarmReturned {
        /// Which.
        alarm: AlarmId,
        /// Its condition.
        kind: AlarmKind,
        /// What it is about.
        source: AlarmSource,
    },
    /// Somebody has seen an alarm.
    AlarmAcknowledged {
        /// Which.
        alarm: AlarmId,
        /// Its condition.
        kind: AlarmKind,
        /// What it is about.
        source: AlarmSource,
        /// Who.
        by: Actor,
        /// What they noted.
        note: String,
    },
    /// The journal could be written again after a time when it could not.
    JournalRecovered {
        /// When it stopped.
        unwritable_since: Wall,
        /// How many facts of that time could not be kept for want of memory; nothing was believed of them.
        dropped: u64,
    },
}

/// What kind of place has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// An area.
    Area,
    /// A door.
    Door,
    /// An access point.
    Point,
    /// A device.
    Device,
    /// A perimeter zone.
    Zone,
}

/// Whether a zone is quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneState {
    /// Nothing there.
    Quiet,
    /// Something crossed it.
    Crossed,
}

/// Why a release was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithheldCause {
    /// Its entry did not become durable in time.
    NotDurable,
    /// Another door of the interlock was not closed and locked.
    Interlock,
    /// The command did not reach the lock, or the lock did not take it.
    DeviceFailed,
}

/// A reason or ticket in an operator's words: 1 to 256 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonText(String);

impl ReasonText {
    /// The longest reason.
    pub const MAX_CHARS: usize = 256;

    /// Takes a reason; leading and trailing white space is dropped, the same characters are refused as in names.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS;
        (fits && !text.chars().any(disguises)).then(|| Self(text.to_owned()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a person was refused, in the words of `vocabulary.md` E.2 as far as rules for them exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// N01: nobody holds this credential.
    CredentialUnknown,
    /// N02: switched off.
    CredentialDisabled,
    /// N03: reported lost.
    CredentialLost,
    /// N04: reported stolen.
    CredentialStolen,
    /// N05: reported damaged.
    CredentialDamaged,
    /// N07: handed back.
    CredentialUnassigned,
    /// N11: the person may pass nowhere.
    PersonDisabled,
    /// N12: not the person's PIN, or the person has none.
    PinWrong,
    /// N14: the second factor did not come in time.
    FactorTimeout,
    /// N21: no grant names this door.
    NotAuthorisedPoint,
    /// W10: the credential does not count yet.
    CredentialNotYetValid,
    /// W11: the credential no longer counts.
    CredentialExpired,
    /// W12: a grant names this door, but not now.
    NotPermittedAtThisTime,
    /// P04: another door of the interlock is not closed and locked.
    Interlock,
    /// F07: no decision is possible: journal unwritable or lock away.
    NoDecision,
}

/// The class of a refusal, which settles what the person is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialClass {
    /// Who or where.
    N,
    /// When.
    W,
    /// This place, to everyone.
    P,
    /// A fault of ours.
    F,
}

impl Denial {
    /// Every reason, in the order of the journal's numbers.
    pub const ALL: [Self; 15] = [
        Self::CredentialUnknown,
        Self::CredentialDisabled,
        Self::CredentialLost,
        Self::CredentialStolen,
        Self::CredentialDamaged,
        Self::CredentialUnassigned,
        Self::PersonDisabled,
        Self::PinWrong,
        Self::FactorTimeout,
        Self::NotAuthorisedPoint,
        Self::CredentialNotYetValid,
        Self::CredentialExpired,
        Self::NotPermittedAtThisTime,
        Self::Interlock,
        Self::NoDecision,
    ];

    /// The word in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CredentialUnknown => "credential_unknown",
            Self::CredentialDisabled => "credential_disabled",
            Self::CredentialLost => "credential_lost",
            Self::CredentialStolen => "credential_stolen",
            Self::CredentialDamaged => "credential_damaged",
            Self::CredentialUnassigned => "credential_unassigned",
            Self::PersonDisabled => "person_disabled",
            Self::PinWrong => "pin_wrong",
            Self::FactorTimeout => "factor_timeout",
            Self::NotAuthorisedPoint => "not_authorised_point",
            Self::CredentialNotYetValid => "credential_not_yet_valid",
            Self::CredentialExpired => "credential_expired",
            Self::NotPermittedAtThisTime => "not_permitted_at_this_time",
            Self::Interlock => "interlock",
            Self::NoDecision => "no_decision",
        }
    }

    /// Class and number, such as `W12`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CredentialUnknown => "N01",
            Self::CredentialDisabled => "N02",
            Self::CredentialLost => "N03",
            Self::CredentialStolen => "N04",
            Self::CredentialDamaged => "N05",
            Self::CredentialUnassigned => "N07",
            Self::PersonDisabled => "N11",
            Self::PinWrong => "N12",
            Self::FactorTimeout => "N14",
            Self::NotAuthorisedPoint => "N21",
            Self::CredentialNotYetValid => "W10",
            Self::CredentialExpired => "W11",
            Self::NotPermittedAtThisTime => "W12",
            Self::Interlock => "P04",
            Self::NoDecision => "F07",
        }
    }

    /// The class.
    pub const fn class(self) -> DenialClass {
        match self {
            Self::CredentialUnknown
            | Self::CredentialDisabled
            | Self::CredentialLost
            | Self::CredentialStolen
            | Self::CredentialDamaged
            | Self::CredentialUnassigned
            | Self::PersonDisabled
            | Self::PinWrong
            | Self::FactorTimeout
            | Self::NotAuthorisedPoint => DenialClass::N,
            Self::CredentialNotYetValid | Self::CredentialExpired | Self::NotPermittedAtThisTime => DenialClass::W,
            Self::Interlock => DenialClass::P,
            Self::NoDecision => DenialClass::F,
        }
    }
}

impl Entry {
    /// The dotted event name, as the stream, webhooks and searches use it.
    pub const fn event_name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "site.started",
            Self::Stopped => "site.stopped",
            Self::PlaceNamed { .. } => "place.named",
            Self::PersonCreated { .. } => "person.created",
            Self::PersonStatusChanged { .. } => "person.status-changed",
            Self::PinChanged { .. } => "person.pin-changed",
            Self::CredentialAssigned { .. } => "credential.assigned",
            Self::CredentialStateChanged { .. } => "credential.state-changed",
            Self::GrantCreated { .. } => "grant.created",
            Self::GrantRevoked { .. } => "grant.revoked",
            Self::AccessGranted { .. } => "access.granted",
            Self::AccessDenied { .. } => "access.denied",
            Self::FactorAwaited { .. } => "access.factor-awaited",
            Self::AccessTaken { .. } => "access.taken",
            Self::AccessNotTaken { .. } => "access.not-taken",
            Self::ExitReleased { .. } => "door.exit-released",
            Self::OperatorReleased { .. } => "door.operator-released",
            Self::ReleaseWithheld { .. } => "door.release-withheld",
            Self::DoorChanged { .. } => "door.changed",
            Self::CommandDone { .. } => "device.command-done",
            Self::CommandFailed { .. } => "device.command-failed",
            Self::DeviceOnline { .. } => "device.online",
            Self::DeviceOffline { .. } => "device.offline",
            Self::SecurityTroubleSeen { .. } => "device.security-trouble",
            Self::LinkTroubleSeen { .. } => "device.link-trouble",
            Self::ZoneChanged { .. } => "zone.changed",
            Self::AlarmRaised { .. } => "alarm.raised",
            Self::AlarmReturned { .. } => "alarm.returned",
            Self::AlarmAcknowledged { .. } => "alarm.acknowledged",
            Self::JournalRecovered { .. } => "journal.recovered",
        }
    }
}
