//! What operators and programs may ask of the engine, and what it answers. Wire forms (JSON) live in the API; who may ask
//! what is in `permission.rs`.

mod alarms;
mod alerts;
mod change_set;
mod desk;
mod error;
mod names;
mod operators;
mod plans;
mod privacy;
mod register;
mod reply;
mod review;
mod still;
mod webhooks;

pub use alarms::{AlarmCommand, AlarmOrder};
pub use alerts::{AlertCommand, AlertWish, FloodWish};
pub(crate) use change_set::MadeSoFar;
pub use change_set::{
    CHANGES_MAX_COUNT, ChangeSet, Expectation, Refused, RightsTest, SetDone, TESTS_MAX_COUNT, TestFinding, is_for_sets,
    made_by,
};
pub use desk::DeskCommand;
pub use error::{CommandError, Problem};
pub(crate) use names::disguises;
pub use names::{BusName, PersonKey, PersonName, PinHash, is_unseen};
pub use operators::{OperatorCommand, OperatorName, SealedSecret, SetUpFor};
pub use plans::PlanCommand;
pub use privacy::PrivacyCommand;
pub use register::RegisterCommand;
pub use reply::Reply;
pub use review::{ReviewCommand, ReviewWish};
pub use still::StillCommand;
pub use webhooks::{WebhookCommand, WebhookName, WebhookOrder};

use std::sync::Arc;
use std::time::Duration;

use crate::certificate::Certificate;
use crate::entry::{Inspected, ReasonText};
use crate::feedback::PatternId;
use crate::id::{
    AgreementId, AreaId, CalendarId, CredentialId, DeviceId, DoorId, GrantId, OrganisationId, PersonId, ProfileId,
    ScheduleId,
};
use crate::job::JobWish;
use crate::mode::ModeOrder;
use crate::people::{
    CredentialKey, CredentialState, EscortNeed, GrantRight, PersonDetails, PersonStatus, Policy, ThreatLevel, Uses,
    Validity,
};
use crate::permission::{Actor, Assurance, OperatorRole, PermissionSet};
use crate::site::draft::{CalendarDraft, ScheduleDraft};
use crate::time::Wall;

/// Where a reply goes; numbers are the shell's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommandTicket(pub u64);

/// Who gives a command, as the shell has established.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// With which role.
    pub role: OperatorRole,
    /// Over what.
    pub scope: Scope,
    /// What a token was made for; everything for whoever asks in person.
    pub limits: PermissionSet,
    /// How lately they have proven who they are.
    pub assurance: Assurance,
}

impl Caller {
    /// A caller who may do all that the role may, and needs no step-up: the daemon itself, whoever is at the machine.
    pub const fn new(actor: Actor, role: OperatorRole, scope: Scope) -> Self {
        Self { actor, role, scope, limits: PermissionSet::ALL, assurance: Assurance::Fresh }
    }
}

/// Over what an operator's role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole site.
    Site,
    /// What one organisation owns, and what is shared with it.
    Organisation(OrganisationId),
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A new person.
    CreatePerson {
        /// The name, kept outside the journal.
        name: PersonName,
        /// Whether rights count at once or the person is only expected.
        status: PersonStatus,
        /// Organisation, clearance, extended time.
        details: PersonDetails,
        /// What another register knows the person by, kept outside the journal.
        key: Option<PersonKey>,
    },
    /// Joins, suspends, takes back or lets go: where a person is in the life cycle. Leaving ends every right and takes every
    /// credential out of use.
    SetPersonStatus {
        /// Who.
        person: PersonId,
        /// What now.
        status: PersonStatus,
        /// Why.
        reason: ReasonText,
    },
    /// Moves a person to another organisation, which ends the rights given in the old one, or changes clearance or times.
    ChangePersonDetails {
        /// Who.
        person: PersonId,
        /// What now, all of it.
        details: PersonDetails,
        /// Why.
        reason: ReasonText,
    },
    /// Sets a person's PIN or duress PIN.
    SetPin {
        /// Whose.
        person: PersonId,
        /// Which of the two.
        purpose: PinPurpose,
        /// The argon2id hash, made by the shell.
        hash: PinHash,
        /// How many digits it has: what the 1000 : 1 rule asks (IEC 60839-11-1).
        digits: u8,
    },
    /// Gives a credential to a person.
    AssignCredential {
        /// To whom.
        person: PersonId,
        /// What the card's bytes hash to.
        key: CredentialKey,
        /// When it counts.
        validity: Validity,
    },
    /// Changes whether a credential counts.
    SetCredentialState {
        /// Which.
        credential: CredentialId,
        /// What now.
        state: CredentialState,
        /// Why.
        reason: ReasonText,
    },
    /// Ends a credential's lock-out before its time.
    EndLockout {
        /// Which.
        credential: CredentialId,
    },
    /// A time-boxed right; waits for approval where an area's policy asks for it.
    CreateGrant(GrantWish),
    /// Approves a grant that waits.
    ApproveGrant {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
    },
    /// Refuses a grant that waits.
    DenyGrant {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
    },
    /// Takes a grant back, at once.
    RevokeGrant {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
    },
    /// Lets a grant end later or earlier.
    ChangeGrantEnd {
        /// Which.
        grant: GrantId,
        /// The first instant at which it no longer holds.
        to: Wall,
        /// Why.
        reason: ReasonText,
    },
    /// A change ticket was closed: every grant that names it ends.
    CloseTicket {
        /// The ticket.
        ticket: ReasonText,
        /// Why, or what was done.
        reason: ReasonText,
    },
    /// An emergency right past the approval policy: alarmed at once, reviewed within a day.
    BreakGlass {
        /// Who needs it.
        person: PersonId,
        /// Which doors.
        doors: Vec<DoorId>,
        /// Until when.
        to: Wall,
        /// Why.
        reason: ReasonText,
    },
    /// Somebody looked at an emergency right and says what they found.
    ReviewBreakGlass {
        /// Which grant.
        grant: GrantId,
        /// What they found.
        note: ReasonText,
    },
    /// Makes or changes the schedule of this name.
    SetSchedule {
        /// All of it.
        draft: ScheduleDraft,
        /// Whether an existing one of that name may be changed.
        mode: SetMode,
    },
    /// Removes a schedule that nothing uses.
    RemoveSchedule {
        /// Which.
        schedule: ScheduleId,
    },
    /// Makes or changes the calendar of this name.
    SetCalendar {
        /// All of it.
        draft: CalendarDraft,
        /// Whether an existing one of that name may be changed.
        mode: SetMode,
    },
    /// Removes a calendar that no schedule uses.
    RemoveCalendar {
        /// Which.
        calendar: CalendarId,
    },
    /// Makes or changes the access profile of this name.
    SetProfile {
        /// Its name.
        name: String,
        /// Who it belongs to.
        owner: OrganisationId,
        /// Which doors when, one policy for each door, in any order.
        policies: Vec<Policy>,
        /// Why.
        reason: ReasonText,
        /// Whether an existing one of that name may be changed.
        mode: SetMode,
    },
    /// Removes an access profile and ends every membership of it.
    RemoveProfile {
        /// Which.
        profile: ProfileId,
        /// Why.
        reason: ReasonText,
    },
    /// One organisation shares areas with another, for a time.
    MakeAgreement {
        /// Who shares.
        owner: OrganisationId,
        /// With whom.
        guest: OrganisationId,
        /// Which areas, with all inside them.
        areas: Vec<AreaId>,
        /// From when to when.
        validity: Validity,
        /// Why.
        reason: ReasonText,
    },
    /// Ends an agreement, and the grants that rest on it.
    EndAgreement {
        /// Which.
        agreement: AgreementId,
        /// Why.
        reason: ReasonText,
    },
    /// Forgets where people are, which forgives anti-passback.
    ForgivePassback {
        /// Who; everybody if `None`.
        person: Option<PersonId>,
        /// Those inside this area; anywhere if `None`.
        area: Option<AreaId>,
        /// Why.
        reason: ReasonText,
    },
    /// One timed release by an operator.
    OpenDoor {
        /// Which door.
        door: DoorId,
        /// For how long; the door's release time if `None`.
        lasting: Option<Duration>,
        /// Why.
        reason: ReasonText,
        /// After this instant the command does nothing.
        not_after: Wall,
    },
    /// Puts a door in another mode.
    SetDoorMode {
        /// Which door.
        door: DoorId,
        /// The order.
        order: ModeOrder,
        /// Why.
        reason: ReasonText,
    },
    /// Locks an area down, with all inside it.
    LockDownArea {
        /// Which.
        area: AreaId,
        /// Why.
        reason: ReasonText,
    },
    /// Releases an area's lockdown.
    ReleaseArea {
        /// Which.
        area: AreaId,
        /// Why.
        reason: ReasonText,
    },
    /// Says how threatened the site is.
    SetThreatLevel {
        /// What now.
        level: ThreatLevel,
        /// Why.
        reason: ReasonText,
    },
    /// Something is done with an alarm.
    Alarm(AlarmCommand),
    /// Something is wanted of operators, or told of those who sign in.
    Operator(OperatorCommand),
    /// Takes the device that answers in another's place for the right one.
    AcceptDevice {
        /// Which.
        device: DeviceId,
        /// Why.
        reason: ReasonText,
    },
    /// Begins a job with a device.
    StartJob {
        /// Which device.
        device: DeviceId,
        /// What shall be done.
        job: JobWish,
        /// Why.
        reason: ReasonText,
    },
    /// Stops the job with a device.
    StopJob {
        /// Which device.
        device: DeviceId,
        /// Why.
        reason: ReasonText,
    },
    /// Makes a code good that a device may redeem once for its certificate; an older one is void.
    OfferEnrolment {
        /// Which device.
        device: DeviceId,
        /// SHA-256 of the code, which the shell drew.
        code: [u8; 32],
        /// Why.
        reason: ReasonText,
    },
    /// A device came with a code. Only the shell gives this command, for the system.
    RedeemEnrolment {
        /// Which device it says it is.
        device: DeviceId,
        /// SHA-256 of the code it came with.
        code: [u8; 32],
        /// What it would get.
        certificate: Certificate,
    },
    /// Takes every certificate and code of a device out of use.
    RevokeCertificates {
        /// Which device.
        device: DeviceId,
        /// Why.
        reason: ReasonText,
    },
    /// Lets handles show where they are.
    Locate {
        /// Which.
        what: LocateWish,
        /// For how long.
        duration: core::time::Duration,
        /// Why.
        reason: ReasonText,
    },
    /// Shows a pattern at a reader or handle for some seconds, to see it.
    TryPattern {
        /// Where.
        device: DeviceId,
        /// Which.
        pattern: PatternId,
    },
    /// Tries the canary now.
    TryCanaries {
        /// Why.
        reason: ReasonText,
    },
    /// Looks at a bus. The look itself is the shell's, once this is recorded.
    InspectBus {
        /// Which.
        bus: BusName,
        /// What shall be seen of it.
        what: Inspected,
        /// Why.
        reason: ReasonText,
    },
    /// Orders something of a webhook. Doing it is the shell's, once this is recorded.
    Webhook(WebhookCommand),
    /// Something is wanted of musters, visitors or the hand-over.
    Desk(DeskCommand),
    /// Orders something of a floor plan.
    Plan(PlanCommand),
    /// Records who looks at whom, and shows or hides names.
    Privacy(PrivacyCommand),
    /// Takes over what another register says.
    Register(RegisterCommand),
    /// Orders something of an access review.
    Review(ReviewCommand),
    /// Orders something of an alert, or says what alerts matched.
    Alert(AlertCommand),
    /// Asks for stills of cameras again, or records who looks at them.
    Still(StillCommand),
    /// Carries out several changes together, or none.
    ChangeSet(Arc<ChangeSet>),
}

impl Command {
    /// Why it is given, where that is asked for.
    pub fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::SetPersonStatus { reason, .. }
            | Self::ChangePersonDetails { reason, .. }
            | Self::SetCredentialState { reason, .. }
            | Self::CreateGrant(GrantWish { reason, .. })
            | Self::ApproveGrant { reason, .. }
            | Self::DenyGrant { reason, .. }
            | Self::RevokeGrant { reason, .. }
            | Self::ChangeGrantEnd { reason, .. }
            | Self::CloseTicket { reason, .. }
            | Self::BreakGlass { reason, .. }
            | Self::ReviewBreakGlass { note: reason, .. }
            | Self::SetProfile { reason, .. }
            | Self::RemoveProfile { reason, .. }
            | Self::MakeAgreement { reason, .. }
            | Self::EndAgreement { reason, .. }
            | Self::ForgivePassback { reason, .. }
            | Self::OpenDoor { reason, .. }
            | Self::SetDoorMode { reason, .. }
            | Self::LockDownArea { reason, .. }
            | Self::ReleaseArea { reason, .. }
            | Self::SetThreatLevel { reason, .. }
            | Self::AcceptDevice { reason, .. }
            | Self::StartJob { reason, .. }
            | Self::StopJob { reason, .. }
            | Self::OfferEnrolment { reason, .. }
            | Self::RevokeCertificates { reason, .. }
            | Self::Locate { reason, .. }
            | Self::TryCanaries { reason }
            | Self::InspectBus { reason, .. } => Some(reason),
            Self::Alarm(command) => command.order.reason(),
            Self::Operator(command) => command.reason(),
            Self::Desk(command) => command.reason(),
            Self::Privacy(command) => command.reason(),
            Self::Review(command) => command.reason(),
            Self::Alert(command) => command.reason(),
            Self::ChangeSet(set) => Some(&set.reason),
            Self::CreatePerson { .. }
            | Self::SetPin { .. }
            | Self::AssignCredential { .. }
            | Self::EndLockout { .. }
            | Self::SetSchedule { .. }
            | Self::RemoveSchedule { .. }
            | Self::SetCalendar { .. }
            | Self::RemoveCalendar { .. }
            | Self::RedeemEnrolment { .. }
            | Self::TryPattern { .. }
            | Self::Webhook(_)
            | Self::Plan(_)
            | Self::Still(_)
            | Self::Register(_) => None,
        }
    }
}

/// Which handles shall show where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocateWish {
    /// Those of one door.
    Door(DoorId),
    /// Those of a rack: every door into this area.
    Area(AreaId),
    /// Those that a grant covers now.
    Grant(GrantId),
    /// Those that the grants of a change ticket cover now.
    Ticket(ReasonText),
}

/// A wish for a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantWish {
    /// Who may pass.
    pub person: PersonId,
    /// What it allows; doors in any order.
    pub right: GrantRight,
    /// From when to when.
    pub validity: Validity,
    /// Why.
    pub reason: ReasonText,
    /// The change ticket.
    pub ticket: Option<ReasonText>,
    /// How often it may be used.
    pub uses: Uses,
    /// Whether the holder must be escorted.
    pub escort: EscortNeed,
}

/// Which of a person's two PINs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PinPurpose {
    /// The usual one.
    Usual,
    /// The one that opens and calls for help.
    Duress,
}

/// Whether setting something by name may change what has that name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetMode {
    /// Only make a new one.
    Create,
    /// Only change the existing one.
    Edit,
}
