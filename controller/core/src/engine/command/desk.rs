//! What may be asked about who is inside and about the hand-over of the desk.

use crate::entry::{LongText, ReasonText};
use crate::id::{AreaId, MusterId, PersonId, VisitorId};
use crate::muster::{Mark, MusterKind};
use crate::shift::ShiftAnswer;
use crate::time::Wall;
use crate::visitor::VisitorName;

/// What the desk wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskCommand {
    /// Starts a muster.
    StartMuster {
        /// Whether people are in danger.
        kind: MusterKind,
        /// Where.
        area: AreaId,
        /// Why.
        reason: ReasonText,
    },
    /// Says how people on the list of a muster are.
    Mark {
        /// Which muster.
        muster: MusterId,
        /// What is said of whom.
        marks: Vec<Mark>,
    },
    /// Ends a muster.
    EndMuster {
        /// Which.
        muster: MusterId,
        /// What there is to report.
        report: LongText,
    },
    /// Somebody was found in a muster whom the site does not know.
    FindVisitor {
        /// Which muster.
        muster: MusterId,
        /// What they are called, kept outside the journal.
        name: VisitorName,
        /// Where they were.
        area: AreaId,
    },
    /// A visitor comes in.
    EnterVisitor {
        /// What they are called, kept outside the journal.
        name: VisitorName,
        /// Who answers for them.
        host: PersonId,
        /// Where they are.
        area: AreaId,
        /// Why they are here.
        reason: ReasonText,
        /// When they are to be gone.
        until: Wall,
    },
    /// A visitor has left.
    LetVisitorGo {
        /// Which.
        visitor: VisitorId,
    },
    /// Leaves a note for whoever comes.
    NoteShift {
        /// What it says.
        note: LongText,
    },
    /// Takes the desk over, or does not.
    AnswerShift {
        /// Which of both.
        answer: ShiftAnswer,
    },
}

impl DeskCommand {
    /// Why it is given, where that is asked for.
    pub(super) const fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::StartMuster { reason, .. }
            | Self::EnterVisitor { reason, .. }
            | Self::AnswerShift { answer: ShiftAnswer::Rejected(reason) } => Some(reason),
            Self::Mark { .. }
            | Self::EndMuster { .. }
            | Self::FindVisitor { .. }
            | Self::LetVisitorGo { .. }
            | Self::NoteShift { .. }
            | Self::AnswerShift { answer: ShiftAnswer::Accepted } => None,
        }
    }
}
