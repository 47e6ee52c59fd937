//! What may be asked about an alarm.

use crate::alarm::life::{Assignee, EscalationLevel, ShelfKind, Verdict};
use crate::entry::ReasonText;
use crate::id::AlarmId;
use crate::time::Wall;

/// What is wanted with an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmCommand {
    /// Which.
    pub alarm: AlarmId,
    /// The revision that whoever asks has seen; `None` where the shell has compared it otherwise.
    pub seen: Option<u32>,
    /// What.
    pub order: AlarmOrder,
}

/// What can be done with an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmOrder {
    /// Somebody has seen it and takes it; never ends its condition.
    Acknowledge {
        /// What they noted; urgent alarms want at least ten characters.
        note: String,
    },
    /// A note for the record.
    Note {
        /// What.
        note: ReasonText,
    },
    /// Put aside for a while.
    Shelve {
        /// Until when at most.
        until: Wall,
        /// Whether the end of the condition ends it too.
        kind: ShelfKind,
        /// Why.
        reason: ReasonText,
    },
    /// Back from the shelf.
    Unshelve {
        /// Why.
        reason: ReasonText,
    },
    /// What it is about is repaired: out of service.
    TakeOutOfService {
        /// Until when at most.
        until: Wall,
        /// The work order.
        work_order: ReasonText,
    },
    /// The work is over.
    ReturnToService,
    /// Give it to somebody.
    Assign {
        /// To whom.
        to: Assignee,
    },
    /// Carry it up.
    Escalate {
        /// How far; the next level if left out.
        to: Option<EscalationLevel>,
        /// Why.
        reason: ReasonText,
    },
    /// A step of the procedure was done.
    FinishStep {
        /// Which, from 1.
        step: u8,
    },
    /// Judge it and put it away.
    Close {
        /// What it was.
        verdict: Verdict,
        /// What was found.
        note: String,
    },
}

impl AlarmOrder {
    /// Why it is given, where that is asked for.
    pub(super) const fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::Shelve { reason, .. }
            | Self::Unshelve { reason, .. }
            | Self::TakeOutOfService { work_order: reason, .. }
            | Self::Escalate { reason, .. }
            | Self::Note { note: reason } => Some(reason),
            Self::Acknowledge { .. }
            | Self::ReturnToService
            | Self::Assign { .. }
            | Self::FinishStep { .. }
            | Self::Close { .. } => None,
        }
    }
}
