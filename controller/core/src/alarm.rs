//! Alarms: conditions that need an answer, with their standing priorities (`alarms.md`). Whether one is active and whether
//! somebody acknowledged it are independent facts; acknowledging never ends a condition. When a condition begins and ends
//! is decided in `door.rs`, `swinghandle.rs` and the engine; this file says what an alarm is. What to do about each kind is
//! `alarm/procedure.rs`, who is called when nobody does `alarm/escalation.rs`, how long it may be put aside `alarm/shelving.rs`.

pub mod escalation;
pub mod life;
pub mod procedure;
pub mod shelving;

use crate::alarm::life::{Assignee, CauseLabel, Closing, EscalationLevel, IsaState, Judgement, Suppression};
use crate::alert::AlertPlace;
use crate::id::{
    AlarmId, AlertId, AreaId, CameraId, CredentialId, DeviceId, DoorId, GrantId, LineId, OperatorId, PointId, Seq,
    ZoneId,
};
use crate::permission::Actor;
use crate::time::Wall;
use AlarmKind::{AlertEnding, AlertHigh, AlertLow, AlertMedium, AlertOverRate, AlertVoid};

/// The condition an alarm stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// A door opened with no grant, exit request or key.
    DoorForced,
    /// A rack door or its handle was moved with no grant and no key.
    HandleForced,
    /// A door is about to be open too long.
    HeldPreAlarm,
    /// A door is open too long.
    HeldOpen,
    /// The mechanical key was used with no command.
    KeyOverride,
    /// The rack door is shut but its handle is up.
    NotLatched,
    /// The handle is seated although the door is open.
    LatchTamper,
    /// The lock did not return to locked.
    FailedToLock,
    /// The lock did not release.
    FailedToUnlock,
    /// A device's cover or mounting was opened.
    Tamper,
    /// A device does not answer.
    DeviceOffline,
    /// A device's supply is out of range.
    PowerFault,
    /// A device broke a security rule: wrong key, replay, forged frames.
    DeviceSecurity,
    /// A perimeter zone was crossed.
    Intrusion,
    /// A credential reported stolen was presented.
    StolenCredential,
    /// The journal cannot be written: nobody is admitted until it can.
    JournalUnwritable,
    /// An admission with the duress PIN; nothing at the door shows it.
    Duress,
    /// A credential was locked out after wrong tries.
    Lockout,
    /// Somebody entered again without having left.
    PassbackViolation,
    /// A card was used where its holder cannot be.
    ImpossiblePassage,
    /// Somebody is alone where nobody may be.
    TwoPersonViolation,
    /// Two doors of an interlock are open at once.
    InterlockViolation,
    /// The fire input is active: egress doors are released.
    FireRelease,
    /// An area is locked down.
    Lockdown,
    /// Somebody took an emergency right.
    BreakGlass,
    /// An emergency right was not reviewed in time.
    ReviewOverdue,
    /// A stored record could not be read; what it governs is closed.
    RecordDamaged,
    /// A door stands open on a right that has ended.
    OpenPastGrant,
    /// Another device proves a device's key: nothing it says is believed until somebody accepts it.
    DeviceReplaced,
    /// A device's firmware changed and no job of ours did it.
    FirmwareChanged,
    /// A device is being given its first key: its install mode is open.
    Commissioning,
    /// A supervised input of a device is short, cut or off its band.
    InputFault,
    /// Something is wrong with the line to a device that is no attack by itself.
    LineTrouble,
    /// A device may still open for a card whose right was taken away.
    RevocationPending,
    /// A device holds other rights than it should.
    RightsDrift,
    /// A device would open for a card that nobody has.
    CanaryFailed,
    /// A device on its own opened for a card whose right had been taken away.
    RevokedUse,
    /// The clock of a device is too far off.
    ClockDrift,
    /// A certificate of a device comes to its end and was not renewed.
    CertificateExpiring,
    /// A device failed its own test at power-up.
    SelfTestFailed,
    /// The motor of a lock stalled.
    SlideStalled,
    /// The slide of a lock travels longer and longer.
    SlideSlow,
    /// It is too hot, too cold or too damp at a device.
    ClimateFault,
    /// A door was released three times in a row and not opened.
    NotOpenedAgain,
    /// A rack was opened at a side that the right at its other side does not cover.
    WrongSide,
    /// Wrong codes were tried for the enrolment of a device.
    EnrolmentGuessed,
    /// A device starts again and again without a cause.
    UnexplainedReboots,
    /// A device is trusted less than its area asks, so it opens no door alone.
    GradeTooLow,
    /// A device has room for fewer cards than have a right at its door: it decides online only.
    RightsTooMany,
    /// Every device of one line is away at once: the bus, its cable or the broker is lost.
    LineLost,
    /// Many were refused at one point within a short time.
    RepeatedDenials,
    /// Too many tries to sign in as an operator failed.
    OperatorLockedOut,
    /// What is sent out of the site does not arrive.
    SinkFailing,
    /// Somebody signed in by a link of nobody's although the site has operators.
    EmergencySignIn,
    /// A session was used from elsewhere than it was opened at, and ended for it.
    SessionMoved,
    /// The clock of this site was set, or differs from those of most devices.
    SiteClockOff,
    /// The supply of a device has been out of range for so long that a battery will not last.
    SupplyFailing,
    /// More people are in an area than may be.
    AreaOverfull,
    /// Operators unlocked or opened many doors within a short time.
    MassUnlock,
    /// An operator was given rights that they did not have.
    RightsRaised,
    /// Credentials of people who were here of late come to their end. Of the site it stands for all of them, of a credential it
    /// is counted behind that.
    CredentialExpiring,
    /// The disk with the journal is filling.
    StorageFilling,
    /// People are in danger and are being counted.
    Muster,
    /// A visitor should have left by now, or their host has.
    VisitorOverdue,
    /// An access review ends soon, and lines of it are undecided.
    ReviewEnding,
    /// The query of an alert matched what happened; the alert is P2. Each priority is a kind, so that a priority stands with the
    /// kind here as well: an alert never changes its own.
    AlertHigh,
    /// The same of one that is P3.
    AlertMedium,
    /// The same of one that is P4.
    AlertLow,
    /// An alert matches so often that its matches are only counted.
    AlertOverRate,
    /// An alert ends soon.
    AlertEnding,
    /// The query of an alert means nothing at this site any more, so it matches nothing.
    AlertVoid,
    /// A camera does not answer whose pictures a case would rest on.
    EvidenceCameraLost,
    /// A camera does not answer.
    CameraLost,
}

/// How urgent an alarm is; P1 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Critical.
    P1,
    /// High.
    P2,
    /// Medium.
    P3,
    /// Low.
    P4,
}

impl Priority {
    /// 1 for critical to 4 for low, as screens number them.
    pub const fn number(self) -> u8 {
        match self {
            Self::P1 => 1,
            Self::P2 => 2,
            Self::P3 => 3,
            Self::P4 => 4,
        }
    }
}

impl AlarmKind {
    /// Every kind, in the order of the journal's numbers.
    pub const ALL: [Self; 73] = [
        Self::DoorForced,
        Self::HandleForced,
        Self::HeldPreAlarm,
        Self::HeldOpen,
        Self::KeyOverride,
        Self::NotLatched,
        Self::LatchTamper,
        Self::FailedToLock,
        Self::FailedToUnlock,
        Self::Tamper,
        Self::DeviceOffline,
        Self::PowerFault,
        Self::DeviceSecurity,
        Self::Intrusion,
        Self::StolenCredential,
        Self::JournalUnwritable,
        Self::Duress,
        Self::Lockout,
        Self::PassbackViolation,
        Self::ImpossiblePassage,
        Self::TwoPersonViolation,
        Self::InterlockViolation,
        Self::FireRelease,
        Self::Lockdown,
        Self::BreakGlass,
        Self::ReviewOverdue,
        Self::RecordDamaged,
        Self::OpenPastGrant,
        Self::DeviceReplaced,
        Self::FirmwareChanged,
        Self::Commissioning,
        Self::InputFault,
        Self::LineTrouble,
        Self::RevocationPending,
        Self::RightsDrift,
        Self::CanaryFailed,
        Self::RevokedUse,
        Self::ClockDrift,
        Self::CertificateExpiring,
        Self::SelfTestFailed,
        Self::SlideStalled,
        Self::SlideSlow,
        Self::ClimateFault,
        Self::NotOpenedAgain,
        Self::WrongSide,
        Self::EnrolmentGuessed,
        Self::UnexplainedReboots,
        Self::GradeTooLow,
        Self::RightsTooMany,
        Self::LineLost,
        Self::RepeatedDenials,
        Self::OperatorLockedOut,
        Self::SinkFailing,
        Self::EmergencySignIn,
        Self::SessionMoved,
        Self::SiteClockOff,
        Self::SupplyFailing,
        Self::AreaOverfull,
        Self::MassUnlock,
        Self::RightsRaised,
        Self::CredentialExpiring,
        Self::StorageFilling,
        Self::Muster,
        Self::VisitorOverdue,
        Self::ReviewEnding,
        Self::AlertHigh,
        Self::AlertMedium,
        Self::AlertLow,
        Self::AlertOverRate,
        Self::AlertEnding,
        Self::AlertVoid,
        Self::EvidenceCameraLost,
        Self::CameraLost,
    ];

    /// The standing priority of the condition. It is that of `alarms.md` and `console.md` B.2, row by row, except where a test
    /// of the two tables says why not (`tests/it/alarms/priorities.rs`). Two of the exceptions are choices:
    ///
    /// - an install mode that an operator opened is P3, not critical: it is one device, for minutes, and somebody stands there.
    ///   One that nobody ordered shows as a device that offers the published key, which is [`Self::DeviceSecurity`], P1;
    /// - where the two tables differ, the longer one names what must be done at once and the shorter one the steps of a desk:
    ///   a clock of a device is P2, because rights on it go by it, that of the site P3.
    pub const fn priority(self) -> Priority {
        match self {
            Self::DoorForced
            | Self::HandleForced
            | Self::Tamper
            | Self::DeviceSecurity
            | Self::Intrusion
            | Self::StolenCredential
            | Self::JournalUnwritable
            | Self::Duress
            | Self::FireRelease
            | Self::Lockdown
            | Self::BreakGlass
            | Self::RecordDamaged
            | Self::RevocationPending
            | Self::CanaryFailed
            | Self::RevokedUse
            | Self::EnrolmentGuessed
            | Self::Muster => Priority::P1,
            Self::HeldOpen
            | Self::KeyOverride
            | Self::FailedToLock
            | Self::FailedToUnlock
            | Self::DeviceOffline
            | Self::ImpossiblePassage
            | Self::TwoPersonViolation
            | Self::InterlockViolation
            | Self::ReviewOverdue
            | Self::OpenPastGrant
            | Self::DeviceReplaced
            | Self::InputFault
            | Self::RightsDrift
            | Self::ClockDrift
            | Self::SelfTestFailed
            | Self::SlideStalled
            | Self::RightsTooMany
            | Self::WrongSide
            | Self::LineLost
            | Self::RepeatedDenials
            | Self::EmergencySignIn
            | Self::SupplyFailing
            | Self::StorageFilling
            | Self::EvidenceCameraLost => Priority::P2,
            Self::NotLatched
            | Self::LatchTamper
            | Self::PowerFault
            | Self::Lockout
            | Self::PassbackViolation
            | Self::FirmwareChanged
            | Self::Commissioning
            | Self::LineTrouble
            | Self::ClimateFault
            | Self::UnexplainedReboots
            | Self::GradeTooLow
            | Self::OperatorLockedOut
            | Self::SinkFailing
            | Self::SessionMoved
            | Self::SiteClockOff
            | Self::AreaOverfull
            | Self::MassUnlock
            | Self::RightsRaised
            | Self::VisitorOverdue
            | Self::CameraLost => Priority::P3,
            Self::HeldPreAlarm
            | Self::SlideSlow
            | Self::NotOpenedAgain
            | Self::CertificateExpiring
            | Self::CredentialExpiring
            | Self::ReviewEnding => Priority::P4,
            AlertHigh | AlertMedium | AlertLow | AlertOverRate | AlertEnding | AlertVoid => self.alert_priority(),
        }
    }

    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DoorForced => "door_forced_open",
            Self::HandleForced => "handle_forced",
            Self::HeldPreAlarm => "door_held_pre_alarm",
            Self::HeldOpen => "door_held_open",
            Self::KeyOverride => "key_override",
            Self::NotLatched => "closed_not_latched",
            Self::LatchTamper => "latch_tamper",
            Self::FailedToLock => "failed_to_lock",
            Self::FailedToUnlock => "failed_to_unlock",
            Self::Tamper => "tamper",
            Self::DeviceOffline => "device_offline",
            Self::PowerFault => "power_fault",
            Self::DeviceSecurity => "device_security",
            Self::Intrusion => "intrusion",
            Self::StolenCredential => "stolen_credential",
            Self::JournalUnwritable => "journal_unwritable",
            Self::Duress => "duress",
            Self::Lockout => "credential_locked_out",
            Self::PassbackViolation => "passback",
            Self::ImpossiblePassage => "impossible_passage",
            Self::TwoPersonViolation => "two_person_violation",
            Self::InterlockViolation => "interlock_violation",
            Self::FireRelease => "fire_release",
            Self::Lockdown => "lockdown",
            Self::BreakGlass => "break_glass",
            Self::ReviewOverdue => "review_overdue",
            Self::RecordDamaged => "record_damaged",
            Self::OpenPastGrant => "open_past_grant",
            Self::DeviceReplaced => "device_replaced",
            Self::FirmwareChanged => "firmware_changed",
            Self::Commissioning => "commissioning",
            Self::InputFault => "input_fault",
            Self::LineTrouble => "line_trouble",
            Self::RevocationPending => "revocation_pending",
            Self::RightsDrift => "rights_drift",
            Self::CanaryFailed => "canary_failed",
            Self::RevokedUse => "revoked_use",
            Self::ClockDrift => "clock_drift",
            Self::CertificateExpiring => "certificate_expiring",
            Self::SelfTestFailed => "self_test_failed",
            Self::SlideStalled => "slide_stalled",
            Self::SlideSlow => "slide_slow",
            Self::ClimateFault => "climate_fault",
            Self::NotOpenedAgain => "not_opened_again",
            Self::WrongSide => "wrong_side",
            Self::EnrolmentGuessed => "enrolment_guessed",
            Self::UnexplainedReboots => "unexplained_reboots",
            Self::GradeTooLow => "grade_too_low",
            Self::RightsTooMany => "rights_too_many",
            Self::LineLost => "line_lost",
            Self::RepeatedDenials => "repeated_denials",
            Self::OperatorLockedOut => "operator_locked_out",
            Self::SinkFailing => "sink_failing",
            Self::EmergencySignIn => "emergency_sign_in",
            Self::SessionMoved => "session_moved",
            Self::SiteClockOff => "site_clock_off",
            Self::SupplyFailing => "supply_failing",
            Self::AreaOverfull => "area_overfull",
            Self::MassUnlock => "mass_unlock",
            Self::RightsRaised => "operator_rights_raised",
            Self::CredentialExpiring => "credential_expiring",
            Self::StorageFilling => "storage_filling",
            Self::Muster => "muster",
            Self::VisitorOverdue => "visitor_overdue",
            Self::ReviewEnding => "review_ending",
            Self::EvidenceCameraLost => "evidence_camera_lost",
            Self::CameraLost => "camera_lost",
            AlertHigh | AlertMedium | AlertLow | AlertOverRate | AlertEnding | AlertVoid => self.alert_word(),
        }
    }
}

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmSource {
    /// The daemon itself.
    Site,
    /// A door.
    Door(DoorId),
    /// A device.
    Device(DeviceId),
    /// A perimeter zone.
    Zone(ZoneId),
    /// An area.
    Area(AreaId),
    /// A grant.
    Grant(GrantId),
    /// A credential.
    Credential(CredentialId),
    /// A line that devices are on: an OSDP bus, or MQTT.
    Line(LineId),
    /// An access point.
    Point(PointId),
    /// Somebody who runs the site.
    Operator(OperatorId),
    /// What an alert matched at a place, or the alert as a whole.
    Alert {
        /// Which.
        alert: AlertId,
        /// Where.
        place: AlertPlace,
    },
    /// A camera.
    Camera(CameraId),
}

/// One occurrence of a condition, from its beginning until nobody need do anything about it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which alarm.
    pub id: AlarmId,
    /// Its condition.
    pub kind: AlarmKind,
    /// What it is about.
    pub source: AlarmSource,
    /// When its condition began last.
    pub raised_at: Wall,
    /// The entry that raised it.
    pub raised_by: Seq,
    /// Whether the condition holds, and if not since when.
    pub condition: Condition,
    /// Whether somebody has seen it.
    pub acknowledged: Acknowledged,
    /// What else happened with it.
    pub life: AlarmLife,
}

/// What happened with an alarm beside its condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmLife {
    /// Counts what people did with the alarm, and every time it began again; whoever acts on it says which one they saw. What
    /// the daemon does by itself (the end of a condition or of a shelf, an escalation, a label) leaves it as it is: none of
    /// that makes an answer wrong that was given in ignorance of it.
    pub revision: u32,
    /// Who changed it last, where that was somebody.
    pub touched_by: Option<Actor>,
    /// How often its condition has begun since the alarm was first raised.
    pub raised_times: u32,
    /// Whether it is put aside.
    pub suppression: Suppression,
    /// Who is to answer it.
    pub assignee: Assignee,
    /// How far it was carried up.
    pub level: EscalationLevel,
    /// Since when it waits for somebody: to be seen, and then to be put away. What it was put aside for does not count.
    pub waiting_since: Wall,
    /// What puts it away once its condition is over.
    pub closing: Closing,
    /// How it was judged; an alarm that was judged is put away once its condition is over.
    pub judgement: Option<Judgement>,
    /// Why it probably came.
    pub label: Option<CauseLabel>,
    /// Which steps of the procedure were done: bit 0 is step 1.
    pub steps_done: u32,
    /// Since when it has been put on the shelf again and again without standing on the list by itself: from then on counts
    /// how long it may be there.
    pub shelved_since: Option<Wall>,
}

impl AlarmLife {
    /// The life of an alarm that was raised just now, at `at`.
    pub const fn begin(at: Wall) -> Self {
        Self {
            revision: 1,
            touched_by: None,
            raised_times: 1,
            suppression: Suppression::None,
            assignee: Assignee::Desk,
            level: EscalationLevel::Desk,
            waiting_since: at,
            closing: Closing::ByItself,
            judgement: None,
            label: None,
            steps_done: 0,
            shelved_since: None,
        }
    }
}

/// Whether an alarm's condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It holds.
    Active,
    /// It ended at this time.
    Returned(Wall),
}

/// Whether somebody has seen an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// Nobody yet.
    No,
    /// Seen, and by whom.
    Yes {
        /// When.
        at: Wall,
        /// By whom.
        by: Actor,
        /// What they noted.
        note: String,
    },
}

impl Alarm {
    /// Whether its condition holds.
    pub fn is_active(&self) -> bool {
        self.condition == Condition::Active
    }

    /// Whether it is still kept on the list: its condition holds, or somebody has to see or to judge it, or it was put aside
    /// for a time in which it may come again.
    ///
    /// One that another alarm explains needs no answer of its own, so it goes with its condition, unless somebody had taken
    /// it before: whatever they still owe it, they owe.
    pub fn is_open(&self) -> bool {
        if self.is_active() {
            return true;
        }
        if self.life.judgement.is_some() {
            return false;
        }
        match self.life.suppression {
            Suppression::None => self.acknowledged == Acknowledged::No || self.life.closing == Closing::ByVerdict,
            Suppression::ByDesign { .. } => self.acknowledged != Acknowledged::No,
            Suppression::Shelved(_) | Suppression::OutOfService { .. } => true,
        }
    }

    /// Which state of ISA-18.2 it is in.
    pub fn isa_state(&self) -> IsaState {
        let seen = self.acknowledged != Acknowledged::No;
        match (&self.life.suppression, self.is_active(), seen) {
            (Suppression::Shelved(_), ..) => IsaState::Shelved,
            (Suppression::ByDesign { .. }, ..) => IsaState::SuppressedByDesign,
            (Suppression::OutOfService { .. }, ..) => IsaState::OutOfService,
            (Suppression::None, true, false) => IsaState::Unacknowledged,
            (Suppression::None, true, true) => IsaState::Acknowledged,
            (Suppression::None, false, false) => IsaState::ReturnedUnacknowledged,
            (Suppression::None, false, true) if self.is_open() => IsaState::LatchedAcknowledged,
            (Suppression::None, false, true) => IsaState::Normal,
        }
    }
}
