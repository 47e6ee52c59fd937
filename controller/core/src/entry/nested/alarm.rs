//! The facts about alarms after they were raised: who looked, who put one aside and until when, how urgent it became, how it
//! was judged. Raising, returning and acknowledging are entries of the first hour (`entry.rs`). What they change is
//! `engine/apply/alarms.rs`.

use crate::alarm::life::{Assignee, CauseLabel, DesignRule, EscalationLevel, ShelfKind, UnshelveCause, Verdict};
use crate::entry::ReasonText;
use crate::entry::event_name::event_names;
use crate::id::AlarmId;
use crate::permission::Actor;
use crate::time::Wall;

/// One fact about an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmEntry {
    /// An operator noted something.
    Noted {
        /// Which alarm.
        alarm: AlarmId,
        /// What.
        note: ReasonText,
        /// Who.
        by: Actor,
    },
    /// An alarm was put on the shelf; it always comes back.
    Shelved {
        /// Which alarm.
        alarm: AlarmId,
        /// Until when at most.
        until: Wall,
        /// Whether the end of its condition ends it as well.
        kind: ShelfKind,
        /// Why.
        reason: ReasonText,
        /// Who.
        by: Actor,
        /// The second operator, where the alarm is critical.
        second: Option<Actor>,
    },
    /// An alarm came back from the shelf.
    Unshelved {
        /// Which alarm.
        alarm: AlarmId,
        /// Why.
        cause: UnshelveCause,
    },
    /// Another alarm explains this one: it is counted behind that one.
    SuppressedByDesign {
        /// Which alarm.
        alarm: AlarmId,
        /// By which rule.
        rule: DesignRule,
        /// The alarm that explains it.
        behind: AlarmId,
    },
    /// What explained the alarm is over: it stands for itself again.
    Unsuppressed {
        /// Which alarm.
        alarm: AlarmId,
    },
    /// What the alarm is about was taken out of service for it.
    TakenOutOfService {
        /// Which alarm.
        alarm: AlarmId,
        /// Until when at most.
        until: Wall,
        /// The work order.
        work_order: ReasonText,
        /// Who.
        by: Actor,
        /// The second operator, where the alarm is critical.
        second: Option<Actor>,
    },
    /// The work is over.
    ReturnedToService {
        /// Which alarm.
        alarm: AlarmId,
        /// Who; the daemon itself when its time was over.
        by: Actor,
    },
    /// Somebody is to answer the alarm.
    Assigned {
        /// Which alarm.
        alarm: AlarmId,
        /// Who is to.
        to: Assignee,
        /// Who says so.
        by: Actor,
    },
    /// Nobody answered in time, or an operator asked for more.
    Escalated {
        /// Which alarm.
        alarm: AlarmId,
        /// How far it is now.
        level: EscalationLevel,
        /// Who; the daemon itself when a time was over.
        by: Actor,
    },
    /// An alarm was judged and put away.
    Closed {
        /// Which alarm.
        alarm: AlarmId,
        /// What it was.
        verdict: Verdict,
        /// What was found.
        note: String,
        /// Who.
        by: Actor,
    },
    /// Why an alarm probably came, as far as recorded facts tell.
    Labelled {
        /// Which alarm.
        alarm: AlarmId,
        /// The probable cause.
        label: CauseLabel,
    },
    /// Once its condition is over the alarm stays until somebody says what it was.
    VerdictAwaited {
        /// Which alarm.
        alarm: AlarmId,
    },
    /// A step of the procedure was done.
    StepDone {
        /// Which alarm.
        alarm: AlarmId,
        /// Which step, from 1.
        step: u8,
        /// Who.
        by: Actor,
    },
}

impl AlarmEntry {
    event_names! {
        Self::Noted { .. } => "alarm.noted",
        Self::Shelved { .. } => "alarm.shelved",
        Self::Unshelved { .. } => "alarm.unshelved",
        Self::SuppressedByDesign { .. } => "alarm.suppressed",
        Self::Unsuppressed { .. } => "alarm.unsuppressed",
        Self::TakenOutOfService { .. } => "alarm.out-of-service",
        Self::ReturnedToService { .. } => "alarm.returned-to-service",
        Self::Assigned { .. } => "alarm.assigned",
        Self::Escalated { .. } => "alarm.escalated",
        Self::Closed { .. } => "alarm.closed",
        Self::Labelled { .. } => "alarm.labelled",
        Self::StepDone { .. } => "alarm.step-done",
        Self::VerdictAwaited { .. } => "alarm.verdict-awaited",
    }

    /// Which alarm it is about.
    pub const fn alarm(&self) -> AlarmId {
        match self {
            Self::Noted { alarm, .. }
            | Self::Shelved { alarm, .. }
            | Self::Unshelved { alarm, .. }
            | Self::SuppressedByDesign { alarm, .. }
            | Self::Unsuppressed { alarm }
            | Self::TakenOutOfService { alarm, .. }
            | Self::ReturnedToService { alarm, .. }
            | Self::Assigned { alarm, .. }
            | Self::Escalated { alarm, .. }
            | Self::Closed { alarm, .. }
            | Self::Labelled { alarm, .. }
            | Self::StepDone { alarm, .. }
            | Self::VerdictAwaited { alarm } => *alarm,
        }
    }
}

impl From<AlarmEntry> for crate::Entry {
    fn from(entry: AlarmEntry) -> Self {
        Self::Alarm(entry)
    }
}
