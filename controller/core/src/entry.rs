//! Every fact the journal may hold. An entry is written when something is settled: a decision, a change of rights, what
//! hardware reported, an alarm. It carries ids, never names, card numbers or PINs. Its bytes are settled in
//! `journal/canonical.rs`; applying it to the records is `engine/apply.rs`.

use core::time::Duration;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::command::disguises;
use crate::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use crate::facts::Facts;
use crate::id::{
    AgreementId, AlarmId, AreaId, CalendarId, CommandId, CredentialId, DeviceId, DoorId, Generation, GrantId, PersonId,
    PointId, ProfileId, ScheduleId, Seq, ZoneId,
};
use crate::mode::ModeRecord;
use crate::people::{
    Agreement, CredentialKey, CredentialState, EndCause, Grant, ManagedBy, PersonDetails, PersonStatus, Place, Profile,
    ThreatLevel, Validity,
};
use crate::permission::Actor;
use crate::records::FireState;
use crate::site::schedule::Schedule;
use crate::site::schedule::calendar::Calendar;
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
    /// A grant was asked for and waits for approval.
    GrantRequested {
        /// All of it.
        grant: Grant,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// Somebody other than the requester approved a grant; it counts once all approvals are there.
    GrantApproved {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// An approver refused a grant.
    GrantDenied {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A grant ends at another time than before.
    GrantEndChanged {
        /// Which.
        grant: GrantId,
        /// The first instant at which it no longer holds.
        to: Wall,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A grant ended because its need did.
    GrantEnded {
        /// Which.
        grant: GrantId,
        /// Why.
        cause: EndCause,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A change ticket was closed, and with it what rested on it.
    TicketClosed {
        /// The ticket.
        ticket: ReasonText,
        /// Why, or what was done.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// An emergency grant was reviewed.
    BreakGlassReviewed {
        /// Which.
        grant: GrantId,
        /// What the reviewer found.
        note: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// What is settled about a person changed.
    PersonDetailsChanged {
        /// Who.
        person: PersonId,
        /// What now.
        details: PersonDetails,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A person's duress PIN was set.
    DuressPinChanged {
        /// Whose.
        person: PersonId,
        /// By whom.
        by: Actor,
    },
    /// A credential was locked out after wrong tries.
    CredentialLockedOut {
        /// Which.
        credential: CredentialId,
        /// Until when.
        until: Wall,
    },
    /// A credential's lock-out ended before or at its time.
    LockoutEnded {
        /// Which.
        credential: CredentialId,
        /// By whom.
        by: Actor,
    },
    /// A schedule was made or changed.
    ScheduleSet {
        /// All of it.
        schedule: Schedule,
        /// Who looks after it.
        managed: ManagedBy,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A schedule was removed.
    ScheduleRemoved {
        /// Which.
        schedule: ScheduleId,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A calendar of special days was made or changed.
    CalendarSet {
        /// All of it.
        calendar: Calendar,
        /// Who looks after it.
        managed: ManagedBy,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A calendar was removed.
    CalendarRemoved {
        /// Which.
        calendar: CalendarId,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// An access profile was made or changed.
    ProfileSet {
        /// All of it.
        profile: Profile,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// An access profile was removed.
    ProfileRemoved {
        /// Which.
        profile: ProfileId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// An organisation shares areas with another.
    AgreementMade {
        /// All of it.
        agreement: Agreement,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// An agreement ended before its time.
    AgreementEnded {
        /// Which.
        agreement: AgreementId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
        /// The generation of rights this made.
        generation: Generation,
    },
    /// A person went from one place to another, as a confirmed passage shows.
    PresenceChanged {
        /// Who.
        person: PersonId,
        /// Where now.
        place: Place,
    },
    /// What is known of a person's whereabouts was forgotten on request, which forgives anti-passback.
    PresenceForgiven {
        /// Who; everybody if `None`.
        person: Option<PersonId>,
        /// Those inside this area; anywhere if `None`.
        area: Option<AreaId>,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A person entered again without having left; the area's anti-passback is soft.
    PassbackViolated {
        /// Where.
        point: PointId,
        /// Who.
        person: PersonId,
    },
    /// A person was admitted with the duress PIN. Nothing at the door shows it.
    DuressSignalled {
        /// Where.
        point: PointId,
        /// Who.
        person: PersonId,
    },
    /// A second person is wanted.
    CompanionAwaited {
        /// Where.
        point: PointId,
        /// Who came first.
        person: PersonId,
    },
    /// Of two people admitted together, the one who came first; the other's `AccessGranted` follows.
    CompanionAdmitted {
        /// Where.
        point: PointId,
        /// Who.
        person: PersonId,
        /// By what.
        credential: CredentialId,
        /// The grant that allowed it.
        grant: GrantId,
        /// The other.
        with: PersonId,
    },
    /// A door was put in another mode.
    DoorModeChanged {
        /// Which door.
        door: DoorId,
        /// What was ordered, all of it.
        mode: ModeRecord,
        /// By whom or what.
        cause: ModeCause,
    },
    /// An area was locked down, with all inside it.
    AreaLockedDown {
        /// Which.
        area: AreaId,
        /// By whom or what.
        cause: ModeCause,
    },
    /// An area's lockdown was released.
    AreaReleased {
        /// Which.
        area: AreaId,
        /// By whom or what.
        cause: ModeCause,
    },
    /// The fire input changed.
    FireChanged {
        /// The device whose input it is; `None` when the site no longer has a fire input at all.
        device: Option<DeviceId>,
        /// What now.
        state: FireState,
    },
    /// The threat level changed.
    ThreatLevelChanged {
        /// What now.
        level: ThreatLevel,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A door stands open because its mode holds it unlocked; how long it may stay open counts from here.
    OpenUnlocked {
        /// Which door.
        door: DoorId,
    },
    /// A stored row could not be read. What it governs is closed until it is made anew.
    RowDamaged {
        /// The table.
        table: String,
        /// Its key there.
        key: u64,
    },
}

/// By whom or what a door or area was put in another mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModeCause {
    /// An operator, with a reason.
    Operator {
        /// Who.
        by: Actor,
        /// Why.
        reason: ReasonText,
    },
    /// Its schedule.
    Schedule,
    /// Its schedule, once this person had passed.
    FirstPerson(PersonId),
    /// An input of this device.
    Input(DeviceId),
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
    /// An organisation besides the operator.
    Organisation,
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

    /// A reason in our own words, for what follows from something else.
    pub(crate) fn ours(words: &'static str) -> Self {
        Self(words.to_owned())
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
    /// N06: destroyed.
    CredentialDestroyed,
    /// N09: locked out after wrong tries.
    CredentialLockedOut,
    /// N22: not known to be in the area around this one.
    NotAuthorisedArea,
    /// N23: has not left before entering again, or was never inside.
    Passback,
    /// N24: a second person or escort did not come.
    SecondPersonMissing,
    /// N25: the second person is not one who counts.
    SecondPersonWrong,
    /// W13: the grant waits for approval.
    GrantNotApproved,
    /// W14: the grant is used up.
    UsesExhausted,
    /// P01: the record of this door is damaged, so it is closed.
    PointDisabled,
    /// P02: the door is blocked or double locked.
    Blocked,
    /// P03: locked down, or closed by the threat level.
    LockedDown,
    /// P05: the area is full.
    OccupancyLimit,
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
    pub const ALL: [Self; 27] = [
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
        Self::CredentialDestroyed,
        Self::CredentialLockedOut,
        Self::NotAuthorisedArea,
        Self::Passback,
        Self::SecondPersonMissing,
        Self::SecondPersonWrong,
        Self::GrantNotApproved,
        Self::UsesExhausted,
        Self::PointDisabled,
        Self::Blocked,
        Self::LockedDown,
        Self::OccupancyLimit,
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
            Self::CredentialDestroyed => "credential_destroyed",
            Self::CredentialLockedOut => "credential_locked_out",
            Self::NotAuthorisedArea => "not_authorised_area",
            Self::Passback => "passback",
            Self::SecondPersonMissing => "second_person_missing",
            Self::SecondPersonWrong => "second_person_wrong",
            Self::GrantNotApproved => "grant_not_approved",
            Self::UsesExhausted => "uses_exhausted",
            Self::PointDisabled => "point_disabled",
            Self::Blocked => "blocked",
            Self::LockedDown => "locked_down",
            Self::OccupancyLimit => "occupancy_limit",
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
            Self::CredentialDestroyed => "N06",
            Self::CredentialLockedOut => "N09",
            Self::NotAuthorisedArea => "N22",
            Self::Passback => "N23",
            Self::SecondPersonMissing => "N24",
            Self::SecondPersonWrong => "N25",
            Self::GrantNotApproved => "W13",
            Self::UsesExhausted => "W14",
            Self::PointDisabled => "P01",
            Self::Blocked => "P02",
            Self::LockedDown => "P03",
            Self::OccupancyLimit => "P05",
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
            | Self::NotAuthorisedPoint
            | Self::CredentialDestroyed
            | Self::CredentialLockedOut
            | Self::NotAuthorisedArea
            | Self::Passback
            | Self::SecondPersonMissing
            | Self::SecondPersonWrong => DenialClass::N,
            Self::CredentialNotYetValid
            | Self::CredentialExpired
            | Self::NotPermittedAtThisTime
            | Self::GrantNotApproved
            | Self::UsesExhausted => DenialClass::W,
            Self::Interlock | Self::PointDisabled | Self::Blocked | Self::LockedDown | Self::OccupancyLimit => {
                DenialClass::P
            }
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
            Self::GrantRequested { .. } => "grant.requested",
            Self::GrantApproved { .. } => "grant.approved",
            Self::GrantDenied { .. } => "grant.denied",
            Self::GrantEndChanged { .. } => "grant.end-changed",
            Self::GrantEnded { .. } => "grant.ended",
            Self::TicketClosed { .. } => "ticket.closed",
            Self::BreakGlassReviewed { .. } => "grant.reviewed",
            Self::PersonDetailsChanged { .. } => "person.details-changed",
            Self::DuressPinChanged { .. } => "person.duress-pin-changed",
            Self::CredentialLockedOut { .. } => "credential.locked-out",
            Self::LockoutEnded { .. } => "credential.lockout-ended",
            Self::ScheduleSet { .. } => "schedule.set",
            Self::ScheduleRemoved { .. } => "schedule.removed",
            Self::CalendarSet { .. } => "calendar.set",
            Self::CalendarRemoved { .. } => "calendar.removed",
            Self::ProfileSet { .. } => "profile.set",
            Self::ProfileRemoved { .. } => "profile.removed",
            Self::AgreementMade { .. } => "agreement.made",
            Self::AgreementEnded { .. } => "agreement.ended",
            Self::PresenceChanged { .. } => "presence.changed",
            Self::PresenceForgiven { .. } => "presence.forgiven",
            Self::PassbackViolated { .. } => "access.passback-violated",
            Self::DuressSignalled { .. } => "access.duress",
            Self::CompanionAwaited { .. } => "access.companion-awaited",
            Self::CompanionAdmitted { .. } => "access.companion-admitted",
            Self::DoorModeChanged { .. } => "door.mode-changed",
            Self::AreaLockedDown { .. } => "area.locked-down",
            Self::AreaReleased { .. } => "area.released",
            Self::FireChanged { .. } => "site.fire-changed",
            Self::ThreatLevelChanged { .. } => "site.threat-level-changed",
            Self::OpenUnlocked { .. } => "door.open-unlocked",
            Self::RowDamaged { .. } => "record.damaged",
        }
    }
}
