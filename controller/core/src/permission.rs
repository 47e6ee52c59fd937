//! Which operator may do what: one table of permissions and roles, one `match` over every command that says which permission
//! it takes. Routes of the API name the permission that they take to be read, so that this table is the only one. Who the
//! caller is, the shell has established before (peer credentials of the Unix socket, session, token). Whether what a command
//! names lies within the caller's organisation needs the records and is asked right after, in `engine/reach.rs`. What a
//! *person* may pass is decided in `decide.rs`.
//!
//! Vocabulary: to *step up* is to prove oneself again, shortly before something that cannot be taken back.

use core::time::Duration;

use crate::alarm::AlarmKind;
use crate::engine::command::{
    AlarmCommand, AlarmOrder, Caller, Command, DeskCommand, OperatorCommand, RegisterCommand, Scope, StillCommand,
};
use crate::entry::Entry;
use crate::id::{OperatorId, TokenId};
pub use crate::operator::OperatorRole;
use crate::people::{CredentialState, PersonStatus};

/// For so long after proving oneself again nothing more is asked.
pub const STEP_UP_GOOD_FOR: Duration = Duration::from_secs(5 * 60);

/// Whoever let a command line in at the console stays signed in there for so long at most: one shift, as in a browser.
pub const DEVICE_SIGN_IN_LONGEST: Duration = Duration::from_secs(12 * 3600);

/// Whoever signed in by a certificate alone stays so for so long at most: a program shows it again by itself.
pub const CERTIFICATE_SIGN_IN_LONGEST: Duration = Duration::from_secs(3600);

/// Who did something, as the journal keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The daemon itself.
    System,
    /// A user of the machine, by Unix user id, over the local socket.
    LocalUser(u32),
    /// A session that was opened by a link of nobody's, by its number.
    Session(u32),
    /// An operator, in person.
    Operator(OperatorId),
    /// A program with an operator's token.
    Token(TokenId),
}

impl Actor {
    /// Whether two actors are certainly two people. Only operators who signed in are somebody: whoever is at the machine,
    /// holds a link or a token may be anybody.
    pub fn is_another_person_than(self, other: Self) -> bool {
        matches!((self, other), (Self::Operator(one), Self::Operator(another)) if one != another)
    }
}

/// How lately a caller has proven who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assurance {
    /// Some time ago, and nobody has done anything with it for as long as a desk may idle: it may be anybody's by now.
    Idle,
    /// At sign-in, some time ago.
    Standing,
    /// Just now, or by a way that needs no step-up: the local socket, a token made for it.
    Fresh,
}

/// A command whose caller was found to have the right to give it; only [`authorise`] makes one.
#[derive(Debug)]
pub struct AuthorisedCommand {
    pub(crate) caller: Caller,
    pub(crate) command: Command,
}

/// Why somebody may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The role has no right to it.
    Role(Permission),
    /// The token was not made for it.
    Token(Permission),
    /// It is about the whole site, and the caller's reach is one organisation.
    WholeSite(Permission),
    /// They may, once they have proven themselves again.
    StepUp(Permission),
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $permission:ident $word:literal $reach:ident $proof:ident: $($role:ident)*;)*) => {
        /// What an operator may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($(#[$doc])* $permission),* }

        impl Permission {
            /// Every permission, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$permission),*];

            /// The word for it in the API, in tokens and on screens.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$permission => $word),* }
            }

            /// Whether it is about the whole site, so that nobody has it for an organisation alone.
            pub const fn reach(self) -> PermissionReach {
                match self { $(Self::$permission => PermissionReach::$reach),* }
            }

            /// Whether its holder must have stepped up.
            pub const fn proof(self) -> Proof {
                match self { $(Self::$permission => Proof::$proof),* }
            }

            /// The roles that have it.
            pub const fn roles(self) -> &'static [OperatorRole] {
                match self { $(Self::$permission => &[$(OperatorRole::$role),*]),* }
            }
        }
    };
}

/// Over what a permission can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionReach {
    /// Also for one organisation: what is its own, and what is shared with it.
    Own,
    /// For the whole site only.
    WholeSite,
}

/// How lately its holder must have proven who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// At sign-in.
    Standing,
    /// Within [`STEP_UP_GOOD_FOR`].
    StepUp,
}

permissions! {
    /// To see doors, areas, receipts and schedules.
    ViewSite "view_site" Own Standing: WallScreen Auditor Facilities Security SecuritySupervisor Admin;
    /// To see alarms.
    ViewAlarms "view_alarms" Own Standing: WallScreen Auditor Facilities Security SecuritySupervisor Admin;
    /// To see people, their credentials and rights, and why somebody may pass.
    ViewPeople "view_people" Own Standing: Auditor Security SecuritySupervisor Admin;
    /// To read and follow the journal.
    ViewJournal "view_journal" WholeSite Standing: Auditor Security SecuritySupervisor Admin;
    /// To see how alarms are answered, and by whom.
    ViewFigures "view_figures" WholeSite Standing: Auditor SecuritySupervisor Admin;
    /// To read measurements of the daemon.
    ViewMetrics "view_metrics" WholeSite Standing: Auditor Admin;
    /// To see operators, tokens and sessions of others.
    ViewOperators "view_operators" WholeSite Standing: Auditor SecuritySupervisor Admin;
    /// To see what is kept hidden of a person; each time is recorded.
    Reveal "reveal" Own StepUp: SecuritySupervisor Admin;
    /// To acknowledge, note, assign, escalate and judge alarms.
    AnswerAlarms "answer_alarms" WholeSite Standing: Facilities Security SecuritySupervisor Admin;
    /// To put alarms aside for a while.
    ShelveAlarms "shelve_alarms" WholeSite Standing: Security SecuritySupervisor Admin;
    /// To take what an alarm is about out of service.
    TakeOutOfService "take_out_of_service" WholeSite Standing: SecuritySupervisor Admin;
    /// To let handles show where they are, and devices what their lamps look like.
    Locate "locate" Own Standing: Facilities Security SecuritySupervisor Admin;
    /// To stop people and cards, and to forgive wrong tries.
    Guard "guard" Own Standing: Security SecuritySupervisor Admin;
    /// To open doors and order their modes.
    OpenDoors "open_doors" Own StepUp: Security SecuritySupervisor Admin;
    /// To lock areas down and release them, to set the threat level, to forget where everybody is.
    GuardSite "guard_site" WholeSite StepUp: Security SecuritySupervisor Admin;
    /// To try devices with a card that nobody has.
    TryCanaries "try_canaries" WholeSite Standing: Security SecuritySupervisor Admin;
    /// To review emergency rights.
    ReviewEmergencies "review_emergencies" WholeSite Standing: SecuritySupervisor Admin;
    /// To say who may pass: people, credentials, PINs, grants, profiles, agreements.
    GiveRights "give_rights" Own StepUp: Admin;
    /// To change schedules and calendars.
    SetSchedules "set_schedules" WholeSite StepUp: Admin;
    /// To commission, update, enrol, accept and watch devices.
    ManageDevices "manage_devices" WholeSite StepUp: Admin;
    /// To change operators, and the sessions and tokens of others.
    ManageOperators "manage_operators" WholeSite StepUp: Admin;
    /// To see to what is sent out of the site.
    ManageWebhooks "manage_webhooks" WholeSite StepUp: Admin;
    /// To see to one's own password, keys, sessions and tokens.
    ManageSelf "manage_self" Own Standing: WallScreen Auditor Facilities Security SecuritySupervisor Admin;
    /// To see how the site as a whole is: every device and bus, counts of everything.
    ViewHealth "view_health" WholeSite Standing: WallScreen Auditor Facilities Security SecuritySupervisor Admin;
    /// To run musters, and to enter visitors by hand: both put people on the list of who is inside.
    RunMusters "run_musters" WholeSite Standing: Security SecuritySupervisor Admin;
    /// To upload floor plans, and to say what on them stands for which place.
    DrawPlans "draw_plans" WholeSite Standing: Admin;
    /// To widen who may pass by more at once than the site lets one operator do alone; counts for tokens that were made for it.
    ApplyWide "apply_wide" WholeSite StepUp: Admin;
    /// To make access reviews and to decide in them: rights can only become fewer by it.
    RunReviews "run_reviews" WholeSite StepUp: SecuritySupervisor Admin;
    /// To leave queries standing as alerts, and to end them: what the desk is called to.
    SetAlerts "set_alerts" WholeSite Standing: SecuritySupervisor Admin;
    /// To look through cameras, now and at what they kept: a picture shows whoever stands there, so nobody has it for one
    /// organisation, and each look is recorded.
    ViewStills "view_stills" WholeSite Standing: Auditor Security SecuritySupervisor Admin;
}

impl Permission {
    /// What can take two operators at a site: what a command takes that changes something for others. Seeing takes one, and
    /// so does what is one's own, without which nobody could confirm anything. That acknowledging an alarm should wait for a
    /// second person would only keep it unanswered.
    pub const CAN_TAKE_TWO: [Self; 11] = [
        Self::Reveal,
        Self::TakeOutOfService,
        Self::Guard,
        Self::OpenDoors,
        Self::GuardSite,
        Self::TryCanaries,
        Self::ReviewEmergencies,
        Self::GiveRights,
        Self::SetSchedules,
        Self::ManageDevices,
        Self::ManageOperators,
    ];

    /// Whether a token can be made for it: one for operators or for what is one's own would make others.
    pub const fn is_for_tokens(self) -> bool {
        !matches!(self, Self::ManageSelf | Self::ManageOperators)
    }

    /// The one whose word this is.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.word() == word)
    }

    /// The one with this number, as the journal has it.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Some permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// Every permission, those to come as well.
    pub const ALL: Self = Self(u64::MAX);

    /// The set with one more.
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u64)
    }

    /// Whether a permission is in it.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & 1 << permission as u64 != 0
    }

    /// Those in it.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }

    /// What a caller may do of what a token can be made for, some of it after proving themselves again.
    pub fn for_token_of(caller: &Caller) -> Self {
        let may_do = |permission: &&Permission| matches!(may(caller, **permission), Ok(()) | Err(Denied::StepUp(_)));
        let kept = Permission::ALL.iter().filter(|permission| permission.is_for_tokens()).filter(may_do);
        kept.fold(Self::NONE, |set, permission| set.with(*permission))
    }

    /// Those in it that ask for no fresh proof.
    #[must_use]
    pub fn standing(self) -> Self {
        let kept = self.iter().filter(|permission| permission.proof() == Proof::Standing);
        kept.fold(Self::NONE, Self::with)
    }

    /// The bare bits, for the journal: the table of permissions only grows at its end.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set with these bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// Checks that a caller may do what takes `permission`.
///
/// # Errors
/// What keeps them from it.
pub fn may(caller: &Caller, permission: Permission) -> Result<(), Denied> {
    if !permission.roles().contains(&caller.role) {
        return Err(Denied::Role(permission));
    }
    if !caller.limits.has(permission) {
        return Err(Denied::Token(permission));
    }
    match (permission.reach(), caller.scope) {
        (PermissionReach::WholeSite, Scope::Organisation(_)) => return Err(Denied::WholeSite(permission)),
        (PermissionReach::WholeSite, Scope::Site) | (PermissionReach::Own, _) => {}
    }
    match (permission.proof(), caller.assurance) {
        (Proof::StepUp, Assurance::Idle | Assurance::Standing) => Err(Denied::StepUp(permission)),
        (Proof::StepUp, Assurance::Fresh) | (Proof::Standing, _) => Ok(()),
    }
}

/// Checks that a caller may do what takes `first`, or one of the `others`, and that over the whole site: what tells of all
/// that happens has no part that is for one organisation.
///
/// # Errors
/// What keeps them from the first.
pub fn may_one_over_the_site(caller: &Caller, first: Permission, others: &[Permission]) -> Result<(), Denied> {
    if matches!(caller.scope, Scope::Organisation(_)) {
        return Err(Denied::WholeSite(first));
    }
    let denied = may(caller, first);
    if others.iter().any(|other| may(caller, *other).is_ok()) { Ok(()) } else { denied }
}

/// Whether a caller may know of an alarm of this kind. Where somebody was forced, nothing at the place may show that help was
/// called (`alarms.md`, row 14), and a screen on a wall is at a place.
pub fn may_know_of(caller: &Caller, kind: AlarmKind) -> bool {
    let answers = [Permission::AnswerAlarms, Permission::ViewJournal];
    kind != AlarmKind::Duress || answers.into_iter().any(|permission| may(caller, permission).is_ok())
}

/// Whether an entry tells of what [`may_know_of`] keeps from some.
pub const fn tells_of_duress(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::DuressSignalled { .. }
            | Entry::AlarmRaised { kind: AlarmKind::Duress, .. }
            | Entry::AlarmReturned { kind: AlarmKind::Duress, .. }
            // A still of an alarm that nobody sees would tell of it.
            | Entry::Camera(_)
    )
}

/// Checks that a caller may give `command`. A desk that idles shows what it showed, and changes nothing without a proof; marks
/// of a muster alone are taken, because nobody is to look for a password while others are missing.
///
/// # Errors
/// What keeps them from it.
pub fn authorise(caller: Caller, command: Command) -> Result<AuthorisedCommand, Denied> {
    let takes = permission(&command);
    may(&caller, takes)?;
    match caller.assurance {
        Assurance::Idle if !may_idle(takes) => Err(Denied::StepUp(takes)),
        Assurance::Idle | Assurance::Standing | Assurance::Fresh => Ok(AuthorisedCommand { caller, command }),
    }
}

/// What a desk that idles still does: that somebody looks is put on record by a command as well.
const fn may_idle(takes: Permission) -> bool {
    use Permission::{ManageSelf, RunMusters, ViewAlarms, ViewFigures, ViewHealth, ViewJournal, ViewMetrics};
    use Permission::{ViewOperators, ViewPeople, ViewSite, ViewStills};
    matches!(
        takes,
        ViewSite
            | ViewAlarms
            | ViewPeople
            | ViewJournal
            | ViewFigures
            | ViewMetrics
            | ViewOperators
            | ViewHealth
            | ViewStills
            | RunMusters
            | ManageSelf
    )
}

/// Whether a caller may put firmware in place for a job: whoever may begin that job.
pub fn may_send_firmware(caller: Caller) -> bool {
    may(&caller, Permission::ManageDevices).is_ok()
}

/// The permission that a command takes.
pub const fn permission(command: &Command) -> Permission {
    match command {
        Command::CreatePerson { .. }
        | Command::ChangePersonDetails { .. }
        | Command::SetPin { .. }
        | Command::AssignCredential { .. }
        | Command::CreateGrant(_)
        | Command::ApproveGrant { .. }
        | Command::DenyGrant { .. }
        | Command::RevokeGrant { .. }
        | Command::ChangeGrantEnd { .. }
        | Command::CloseTicket { .. }
        | Command::BreakGlass { .. }
        | Command::SetProfile { .. }
        | Command::RemoveProfile { .. }
        | Command::MakeAgreement { .. }
        | Command::EndAgreement { .. } => Permission::GiveRights,
        // Stopping somebody is guarding; taking the person back or letting them go for good is a matter of rights.
        Command::SetPersonStatus { status, .. } => match status {
            PersonStatus::Suspended => Permission::Guard,
            PersonStatus::Enabled | PersonStatus::Expected | PersonStatus::Left => Permission::GiveRights,
        },
        Command::SetCredentialState { state, .. } => cards(*state),
        Command::SetSchedule { .. }
        | Command::RemoveSchedule { .. }
        | Command::SetCalendar { .. }
        | Command::RemoveCalendar { .. } => Permission::SetSchedules,
        // Whoever commissions, updates or accepts a device says whom the site believes; a trace shows who passes.
        Command::AcceptDevice { .. }
        | Command::StartJob { .. }
        | Command::StopJob { .. }
        | Command::OfferEnrolment { .. }
        | Command::RedeemEnrolment { .. }
        | Command::RevokeCertificates { .. }
        | Command::InspectBus { .. } => Permission::ManageDevices,
        // Both light lamps for somebody to see, and let nobody pass.
        Command::Locate { .. } | Command::TryPattern { .. } => Permission::Locate,
        Command::EndLockout { .. } => Permission::Guard,
        Command::OpenDoor { .. } | Command::SetDoorMode { .. } => Permission::OpenDoors,
        Command::ForgivePassback { person: None, area: None, .. } => Permission::GuardSite,
        Command::ForgivePassback { .. } => Permission::Guard,
        Command::LockDownArea { .. } | Command::ReleaseArea { .. } | Command::SetThreatLevel { .. } => {
            Permission::GuardSite
        }
        Command::TryCanaries { .. } => Permission::TryCanaries,
        Command::ReviewBreakGlass { .. } => Permission::ReviewEmergencies,
        Command::Webhook(_) => Permission::ManageWebhooks,
        Command::Desk(command) => desk(command),
        Command::Plan(_) => Permission::DrawPlans,
        Command::Privacy(_) => Permission::ViewPeople,
        Command::Register(RegisterCommand::Rename { .. } | RegisterCommand::SetKey { .. }) => Permission::GiveRights,
        Command::Register(RegisterCommand::TakeRacks { .. }) => Permission::ManageDevices,
        Command::Alarm(command) => alarms(command),
        Command::Operator(command) => operators(command),
        Command::Review(_) => Permission::RunReviews,
        Command::Alert(_) => Permission::SetAlerts,
        Command::Still(StillCommand::AskAgain { .. }) => Permission::AnswerAlarms,
        Command::Still(StillCommand::Look { .. }) => Permission::ViewStills,
        // Each change of a set takes its own beside that.
        Command::ChangeSet(_) => Permission::GiveRights,
    }
}

/// Taking a card out of use stops somebody; putting it back is a change of rights.
const fn cards(state: CredentialState) -> Permission {
    match state {
        CredentialState::Enabled => Permission::GiveRights,
        CredentialState::Disabled
        | CredentialState::Lost
        | CredentialState::Stolen
        | CredentialState::Damaged
        | CredentialState::Returned
        | CredentialState::Destroyed => Permission::Guard,
    }
}

/// Whether a caller may widen who may pass by any amount and alone: a program whose token was made for it. People are two.
pub fn may_widen_alone(caller: &Caller) -> bool {
    matches!(caller.actor, Actor::Token(_) | Actor::System) && may(caller, Permission::ApplyWide).is_ok()
}

const fn alarms(command: &AlarmCommand) -> Permission {
    match command.order {
        // The site's own desk answers alarms; an organisation sees those at its places.
        AlarmOrder::Acknowledge { .. }
        | AlarmOrder::Note { .. }
        | AlarmOrder::Assign { .. }
        | AlarmOrder::Escalate { .. }
        | AlarmOrder::FinishStep { .. }
        | AlarmOrder::Close { .. } => Permission::AnswerAlarms,
        AlarmOrder::Shelve { .. } | AlarmOrder::Unshelve { .. } => Permission::ShelveAlarms,
        AlarmOrder::TakeOutOfService { .. } | AlarmOrder::ReturnToService => Permission::TakeOutOfService,
    }
}

/// Whoever counts people must know who they are, so those who may not see people run no muster (`facilities`).
const fn desk(command: &DeskCommand) -> Permission {
    match command {
        DeskCommand::StartMuster { .. }
        | DeskCommand::Mark { .. }
        | DeskCommand::EndMuster { .. }
        | DeskCommand::FindVisitor { .. }
        | DeskCommand::EnterVisitor { .. }
        | DeskCommand::LetVisitorGo { .. } => Permission::RunMusters,
        DeskCommand::NoteShift { .. } | DeskCommand::AnswerShift { .. } => Permission::AnswerAlarms,
    }
}

const fn operators(command: &OperatorCommand) -> Permission {
    match command {
        OperatorCommand::Create { .. }
        | OperatorCommand::Change { .. }
        | OperatorCommand::SetState { .. }
        | OperatorCommand::Reset { .. }
        | OperatorCommand::BindProvider { .. }
        | OperatorCommand::BindCertificate { .. }
        | OperatorCommand::UnbindCertificate { .. }
        | OperatorCommand::LinkPerson { .. }
        | OperatorCommand::EndLockout { .. }
        | OperatorCommand::NoteLink { .. } => Permission::ManageOperators,
        // One's own need no more than being signed in; what another's take is said where it is known whose they are
        // (`engine/operators.rs`).
        OperatorCommand::SetFactor { .. }
        | OperatorCommand::RemoveFactor { .. }
        | OperatorCommand::IssueToken { .. }
        | OperatorCommand::SignInByToken { .. }
        | OperatorCommand::ReturnToken { .. }
        | OperatorCommand::RevokeToken { .. }
        | OperatorCommand::RevokeSession { .. }
        | OperatorCommand::SetUp { .. }
        | OperatorCommand::NoteSignIn { .. }
        | OperatorCommand::NoteSignInFailure { .. }
        | OperatorCommand::NoteStepUp { .. }
        | OperatorCommand::NoteSessionEnd { .. }
        | OperatorCommand::NoteSessions { .. }
        | OperatorCommand::UseRecoveryCode { .. }
        | OperatorCommand::KeepSecret { .. } => Permission::ManageSelf,
        // What is confirmed takes its own permission, looked at where it is known (`engine/proposals.rs`).
        OperatorCommand::Confirm { .. } | OperatorCommand::Drop { .. } => Permission::ManageSelf,
        OperatorCommand::Reveal { .. } => Permission::Reveal,
    }
}
