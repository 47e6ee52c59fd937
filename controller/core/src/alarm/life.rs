//! What can be true of an alarm beside its condition: put aside, given to somebody, escalated, judged (`console.md`, "Alarm
//! model"). What moves it, and within which limits, is `engine/alarms.rs` and `engine/commands/alarms.rs`.

use crate::id::{AlarmId, OperatorId};
use crate::permission::Actor;
use crate::time::Wall;

/// Whether an alarm is put aside, and by what; independent of its condition and of who has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suppression {
    /// It is not.
    None,
    /// An operator put it on the shelf (ISA-18.2 state G).
    Shelved(Shelf),
    /// Another alarm explains it (ISA-18.2 state H).
    ByDesign {
        /// By which rule.
        rule: DesignRule,
        /// The alarm that explains it.
        behind: AlarmId,
    },
    /// What it is about is out of service (ISA-18.2 state I).
    OutOfService {
        /// Until when at most.
        until: Wall,
        /// The work order.
        work_order: String,
        /// Who.
        by: Actor,
        /// The second operator, where the alarm is critical.
        second: Option<Actor>,
    },
}

/// An alarm on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Until when at most.
    pub until: Wall,
    /// Whether the end of its condition ends it as well.
    pub kind: ShelfKind,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: Actor,
    /// The second operator, where the alarm is critical.
    pub second: Option<Actor>,
}

/// What ends a shelf beside its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShelfKind {
    /// The end of the condition: the next time it alarms again.
    OneShot,
    /// Nothing: until its time is over.
    Timed,
}

/// Why an alarm came back from the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnshelveCause {
    /// Its time was over.
    TimeOver,
    /// Its condition ended, and the shelf was for this once.
    Returned,
    /// An operator took it back.
    Operator(Actor),
    /// Its record was damaged, so nobody knows until when it was shelved.
    Damaged,
}

/// Why an alarm is counted behind another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DesignRule {
    /// The line that its device is on is lost.
    LineLost,
    /// Its area is locked down.
    Lockdown,
    /// The fire input released its door.
    FireRelease,
    /// The clock of the site was set or is wrong, so every other clock seems to be.
    SiteClock,
    /// The same trouble has lasted, and is a more urgent alarm by now.
    Worsened,
    /// It is one of many that are told as one.
    Together,
}

/// Who is to answer an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// Whoever is at the desk.
    Desk,
    /// This operator.
    Operator(OperatorId),
}

/// How far an alarm has been carried up (`console.md` B.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EscalationLevel {
    /// The desk that it came to.
    Desk,
    /// A second desk.
    SecondDesk,
    /// The duty manager.
    DutyManager,
    /// Outside: the alarm receiving centre, webhooks.
    External,
    /// The supervisor: seen, and not put away in time.
    Supervisor,
}

/// What an alarm turned out to be (OCSF verdict ids).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// 1.
    FalsePositive,
    /// 2.
    TruePositive,
    /// 3.
    Disregard,
    /// 4.
    Suspicious,
    /// 5.
    Benign,
    /// 6.
    Test,
    /// 7.
    InsufficientData,
    /// 8.
    SecurityRisk,
    /// 9.
    ManagedExternally,
    /// 10.
    Duplicate,
}

impl Verdict {
    /// Every verdict, in the order of OCSF's ids.
    pub const ALL: [Self; 10] = [
        Self::FalsePositive,
        Self::TruePositive,
        Self::Disregard,
        Self::Suspicious,
        Self::Benign,
        Self::Test,
        Self::InsufficientData,
        Self::SecurityRisk,
        Self::ManagedExternally,
        Self::Duplicate,
    ];

    /// OCSF's `verdict_id`.
    pub const fn ocsf_id(self) -> u8 {
        match self {
            Self::FalsePositive => 1,
            Self::TruePositive => 2,
            Self::Disregard => 3,
            Self::Suspicious => 4,
            Self::Benign => 5,
            Self::Test => 6,
            Self::InsufficientData => 7,
            Self::SecurityRisk => 8,
            Self::ManagedExternally => 9,
            Self::Duplicate => 10,
        }
    }

    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FalsePositive => "false_positive",
            Self::TruePositive => "true_positive",
            Self::Disregard => "disregard",
            Self::Suspicious => "suspicious",
            Self::Benign => "benign",
            Self::Test => "test",
            Self::InsufficientData => "insufficient_data",
            Self::SecurityRisk => "security_risk",
            Self::ManagedExternally => "managed_externally",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Why a door's alarm probably came, as far as recorded facts tell. A hint: it never puts an alarm aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseLabel {
    /// The exit button or sensor reported after the door was open already.
    LateExit,
    /// The contact bounced.
    Bounce,
    /// The latch does not hold the door.
    MisfitLatch,
    /// The lock closed again before somebody slow had opened.
    LateRelock,
    /// Nothing ordinary explains it.
    Unexplained,
}

impl CauseLabel {
    /// Every label.
    pub const ALL: [Self; 5] = [Self::LateExit, Self::Bounce, Self::MisfitLatch, Self::LateRelock, Self::Unexplained];

    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LateExit => "late_exit",
            Self::Bounce => "bounce",
            Self::MisfitLatch => "misfit_latch",
            Self::LateRelock => "late_relock",
            Self::Unexplained => "unexplained",
        }
    }
}

/// How an alarm was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What it was.
    pub verdict: Verdict,
    /// When.
    pub at: Wall,
    /// Who says so.
    pub by: Actor,
}

/// What puts an alarm away once its condition is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Being seen: it goes by itself.
    ByItself,
    /// Somebody who says what it was.
    ByVerdict,
}

/// The states of ISA-18.2 (figure 3 there), by their letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IsaState {
    /// A.
    Normal,
    /// B: the condition holds and nobody has seen it.
    Unacknowledged,
    /// C: the condition holds and somebody has seen it.
    Acknowledged,
    /// D: the condition is over and nobody has seen it.
    ReturnedUnacknowledged,
    /// F: the condition is over and seen, and it stays until it is judged. State E, latched and not seen, is D here: what
    /// nobody has seen stays anyway.
    LatchedAcknowledged,
    /// G.
    Shelved,
    /// H.
    SuppressedByDesign,
    /// I.
    OutOfService,
}

impl IsaState {
    /// The letter.
    pub const fn letter(self) -> char {
        match self {
            Self::Normal => 'A',
            Self::Unacknowledged => 'B',
            Self::Acknowledged => 'C',
            Self::ReturnedUnacknowledged => 'D',
            Self::LatchedAcknowledged => 'F',
            Self::Shelved => 'G',
            Self::SuppressedByDesign => 'H',
            Self::OutOfService => 'I',
        }
    }
}

impl DesignRule {
    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LineLost => "line_lost",
            Self::Lockdown => "lockdown",
            Self::FireRelease => "fire_release",
            Self::SiteClock => "site_clock",
            Self::Worsened => "worsened",
            Self::Together => "together",
        }
    }
}

impl ShelfKind {
    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OneShot => "one_shot",
            Self::Timed => "timed",
        }
    }
}

impl EscalationLevel {
    /// Every level, the lowest first.
    pub const ALL: [Self; 5] = [Self::Desk, Self::SecondDesk, Self::DutyManager, Self::External, Self::Supervisor];

    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::SecondDesk => "second_desk",
            Self::DutyManager => "duty_manager",
            Self::External => "external",
            Self::Supervisor => "supervisor",
        }
    }
}
