//! The facts that the desk keeps of people and of itself: musters, visitors, hand-overs. They name people by number alone. What
//! they change is `engine/apply/desk.rs`.

use crate::entry::event_name::event_names;
use crate::entry::{LongText, ReasonText};
use crate::id::{AreaId, MusterId, PersonId, VisitorId};
use crate::muster::{Listed, Mark, MusterKind, Somebody};
use crate::permission::Actor;
use crate::shift::ShiftAnswer;
use crate::time::Wall;

/// One fact that the desk keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskEntry {
    /// A muster started.
    MusterStarted {
        /// Which.
        muster: MusterId,
        /// Whether people are in danger.
        kind: MusterKind,
        /// Where.
        area: AreaId,
        /// Who is known to be inside, where and since when.
        roll: Box<[Listed]>,
        /// Why.
        reason: ReasonText,
        /// Who started it.
        by: Actor,
    },
    /// Somebody came on the list of a muster after its start.
    MusterJoined {
        /// Which muster.
        muster: MusterId,
        /// Who.
        roll: Box<[Listed]>,
    },
    /// Somebody said how people on the list are.
    MusterMarked {
        /// Which muster.
        muster: MusterId,
        /// What they said of each.
        marks: Box<[Mark]>,
        /// Who.
        by: Actor,
    },
    /// A muster ended.
    MusterEnded {
        /// Which.
        muster: MusterId,
        /// Who is still missing or unsure.
        missing: Box<[Somebody]>,
        /// What there is to report.
        report: LongText,
        /// Who ended it.
        by: Actor,
    },
    /// A visitor was entered by hand.
    VisitorCame {
        /// Which.
        visitor: VisitorId,
        /// Who answers for them.
        host: Option<PersonId>,
        /// Where.
        area: AreaId,
        /// When they are to be gone.
        until: Option<Wall>,
        /// Why they are here.
        reason: Option<ReasonText>,
        /// The muster that found them, on whose list they are.
        muster: Option<MusterId>,
        /// Who entered them.
        by: Actor,
    },
    /// A visitor has left, as somebody says.
    VisitorLeft {
        /// Which.
        visitor: VisitorId,
        /// Who says so.
        by: Actor,
    },
    /// Whoever goes left a note for whoever comes.
    ShiftNoted {
        /// What it says.
        note: LongText,
        /// Who.
        by: Actor,
    },
    /// Whoever comes took the desk over, or did not.
    ShiftAnswered {
        /// Which of both.
        answer: ShiftAnswer,
        /// Who.
        by: Actor,
    },
}

impl DeskEntry {
    event_names! {
        Self::MusterStarted { .. } => "muster.started",
        Self::MusterJoined { .. } => "muster.joined",
        Self::MusterMarked { .. } => "muster.marked",
        Self::MusterEnded { .. } => "muster.ended",
        Self::VisitorCame { .. } => "visitor.came",
        Self::VisitorLeft { .. } => "visitor.left",
        Self::ShiftNoted { .. } => "shift.noted",
        Self::ShiftAnswered { .. } => "shift.answered",
    }
}

impl From<DeskEntry> for crate::Entry {
    fn from(entry: DeskEntry) -> Self {
        Self::Desk(entry)
    }
}
