//! The facts of access reviews. They name people, rights and operators by number alone; the right itself ends by an entry of its
//! own, which stands before the one that names it. What they change is `engine/apply/reviews.rs`.

use crate::entry::ReasonText;
use crate::entry::event_name::event_names;
use crate::id::{AreaId, OperatorId, ReviewId};
use crate::permission::Actor;
use crate::review::{FrozenRight, Lapse, LineDecision, ReviewEndCause, Undecided};
use crate::time::Wall;

/// One fact about an access review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewEntry {
    /// A review was made.
    Opened {
        /// Which.
        review: ReviewId,
        /// About rights at doors into these areas and what lies in them.
        scope: Box<[AreaId]>,
        /// Only rights that were not used for so many days.
        unused_days: Option<u16>,
        /// When it is to be done.
        due: Wall,
        /// What becomes of the rest then.
        undecided: Undecided,
        /// The rights as they are, numbered from 1.
        lines: Box<[FrozenRight]>,
        /// What for.
        reason: ReasonText,
        /// Who made it.
        by: Actor,
    },
    /// Somebody is to decide of some lines.
    Assigned {
        /// Of which review.
        review: ReviewId,
        /// Which lines.
        lines: Box<[u32]>,
        /// Who.
        reviewer: OperatorId,
        /// By whom.
        by: Actor,
    },
    /// Lines were decided.
    Decided {
        /// Of which review.
        review: ReviewId,
        /// Which lines, and what.
        decisions: Box<[LineDecision]>,
        /// Why.
        note: ReasonText,
        /// Who.
        by: Actor,
    },
    /// A review ends soon, and lines of it are undecided.
    Warned {
        /// Which.
        review: ReviewId,
        /// How many lines.
        undecided: u32,
    },
    /// A review is over.
    Closed {
        /// Which.
        review: ReviewId,
        /// Why.
        cause: ReviewEndCause,
        /// What ended because nobody decided.
        lapsed: Box<[Lapse]>,
        /// The lines whose right had ended before anybody decided.
        over: Box<[u32]>,
        /// What whoever ended it says.
        reason: Option<ReasonText>,
        /// Who.
        by: Actor,
    },
}

impl ReviewEntry {
    event_names! {
        Self::Opened { .. } => "review.opened",
        Self::Assigned { .. } => "review.assigned",
        Self::Decided { .. } => "review.decided",
        Self::Warned { .. } => "review.warned",
        Self::Closed { .. } => "review.closed",
    }
}

impl From<ReviewEntry> for crate::Entry {
    fn from(entry: ReviewEntry) -> Self {
        Self::Review(entry)
    }
}
