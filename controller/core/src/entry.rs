//! Every fact the journal may hold, once settled: ids, never names, numbers or PINs. Bytes: `journal/canonical.rs`.

mod causes;
mod denial;
mod event_name;
mod long_text;
mod nested;
mod reason;
mod stamped;
use crate::engine::input::{FailureCause, Identity, LinkTrouble, OfflineCause, SecurityTrouble};
use crate::id::*;
use crate::people::{CredentialKey, EndCause, Grant, ManagedBy, PersonDetails, PersonStatus, Place, Validity};
use crate::{facts::Facts, mode::ModeRecord, permission::Actor, records::FireState, time::Wall};
pub use {causes::*, denial::*, long_text::LongText, nested::*, reason::ReasonText, stamped::Stamped};

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
        state: crate::people::CredentialState,
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
        release_time: core::time::Duration,
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
        release_time: core::time::Duration,
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
        release_time: core::time::Duration,
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
        kind: crate::alarm::AlarmKind,
        /// What it is about.
        source: crate::alarm::AlarmSource,
    },
    /// An alarm's condition ended.
    AlarmReturned {
        /// Which.
        alarm: AlarmId,
        /// Its condition.
        kind: crate::alarm::AlarmKind,
        /// What it is about.
        source: crate::alarm::AlarmSource,
    },
    /// Somebody has seen an alarm.
    AlarmAcknowledged {
        /// Which.
        alarm: AlarmId,
        /// Its condition.
        kind: crate::alarm::AlarmKind,
        /// What it is about.
        source: crate::alarm::AlarmSource,
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
        schedule: crate::site::schedule::Schedule,
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
        calendar: crate::site::schedule::Calendar,
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
        profile: crate::people::Profile,
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
        agreement: crate::people::Agreement,
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
        level: crate::people::ThreatLevel,
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
    /// Something about a device or a bus that is no passage.
    Device(DeviceEntry),
    /// A fact about rights on devices.
    Offline(OfflineEntry),
    /// A fact about an alarm that was raised.
    Alarm(AlarmEntry),
    /// A fact about operators.
    Operator(OperatorEntry),
    /// A fact about webhooks.
    Webhook(WebhookEntry),
    /// A fact that the desk keeps.
    Desk(DeskEntry),
    /// A fact about floor plans.
    Plan(PlanEntry),
    /// A fact of another register.
    Register(RegisterEntry),
    /// A fact about site files.
    Files(FilesEntry),
    /// A fact about access reviews.
    Review(ReviewEntry),
    /// A fact about alerts.
    Alert(AlertEntry),
    /// A fact about stills of cameras.
    Camera(CameraEntry),
}
