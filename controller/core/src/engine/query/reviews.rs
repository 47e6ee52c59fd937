//! What is asked about access reviews, and what is told of them.

use crate::people::Grant;
use crate::review::{Review, ReviewLine, Settled, Tally};

/// Which lines of an access review are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineFilter {
    /// All.
    All,
    /// Those of which nobody has decided, and whose right is still there.
    Undecided,
}

/// An access review, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStatus {
    /// The review.
    pub review: Review,
    /// How many of its lines are in which state.
    pub counts: ReviewCounts,
}

/// How many lines of a review are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReviewCounts {
    /// All of them.
    pub lines: u32,
    /// Nobody has decided.
    pub undecided: u32,
    /// The right stayed.
    pub kept: u32,
    /// It was revoked.
    pub revoked: u32,
    /// It ends earlier.
    pub shortened: u32,
    /// Nobody decided, so it was revoked.
    pub lapsed: u32,
    /// It ended before anybody decided.
    pub over: u32,
}

/// In which state a line of a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Nobody has decided.
    Undecided,
    /// The right ended before anybody decided.
    Over,
    /// Somebody decided, or the review's end did.
    Settled(Settled),
}

/// A line of a review, and what is known around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLineStatus {
    /// Its number, from 1.
    pub number: u32,
    /// The line.
    pub line: ReviewLine,
    /// In which state it is.
    pub state: LineState,
    /// The grant that it is about: why it was given, and what it is now.
    pub grant: Option<Grant>,
}

impl ReviewStatus {
    /// A review, of which so many lines ended before anybody decided that it does not count itself: while it runs they are not
    /// settled, because nobody has looked yet.
    pub fn of(review: Review, over_so_far: u32) -> Self {
        let Tally { kept, revoked, shortened, lapsed, over } = review.tally;
        let over = if review.is_running() { over_so_far } else { over };
        let settled =
            kept.saturating_add(revoked).saturating_add(shortened).saturating_add(lapsed).saturating_add(over);
        let (lines, undecided) = (review.lines, review.lines.saturating_sub(settled));
        let counts = ReviewCounts { lines, undecided, kept, revoked, shortened, lapsed, over };
        Self { review, counts }
    }
}
