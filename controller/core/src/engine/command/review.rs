//! What may be asked of access reviews.

use std::sync::Arc;

use crate::entry::ReasonText;
use crate::id::{AreaId, OperatorId, ReviewId};
use crate::review::{Closing, Decision, LastUses, Undecided};
use crate::time::Wall;

/// An order about an access review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewCommand {
    /// Makes one.
    Open(Box<ReviewWish>),
    /// Says who is to decide.
    Assign {
        /// Of which review.
        review: ReviewId,
        /// Which lines; all that are undecided if `None`.
        lines: Option<Vec<u32>>,
        /// Who.
        reviewer: OperatorId,
    },
    /// Decides of lines, all of them or none.
    Decide {
        /// Of which review.
        review: ReviewId,
        /// What of which line.
        decisions: Vec<(u32, Decision)>,
        /// Why.
        note: ReasonText,
    },
    /// Ends one before its time.
    Close {
        /// Which.
        review: ReviewId,
        /// How.
        closing: Closing,
        /// Why.
        reason: ReasonText,
    },
}

/// A wish for a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewWish {
    /// About rights at doors into these areas and what lies in them; in any order.
    pub scope: Vec<AreaId>,
    /// When it is to be done.
    pub due: Wall,
    /// Only rights that were not used for so many days.
    pub unused_days: Option<u16>,
    /// What becomes of the rest then.
    pub undecided: Undecided,
    /// What for.
    pub reason: ReasonText,
    /// When rights were used last, as the shell read it from the journal.
    pub uses: Arc<LastUses>,
}

impl ReviewCommand {
    /// Which review it is about; one that is made has no number yet.
    pub(in crate::engine) const fn review(&self) -> Option<ReviewId> {
        match self {
            Self::Open(_) => None,
            Self::Assign { review, .. } | Self::Decide { review, .. } | Self::Close { review, .. } => Some(*review),
        }
    }

    /// Why it is given, where that is asked for.
    pub(super) const fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::Open(wish) => Some(&wish.reason),
            Self::Decide { note: reason, .. } | Self::Close { reason, .. } => Some(reason),
            Self::Assign { .. } => None,
        }
    }
}
