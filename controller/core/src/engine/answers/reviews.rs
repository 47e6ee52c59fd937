//! What is told of access reviews. They are about the whole site, so whoever asks for one organisation is told of none.

use crate::engine::Engine;
use crate::engine::command::Scope;
use crate::engine::query::{LineFilter, LineState, Page, ReviewLineStatus, ReviewStatus};
use crate::id::ReviewId;
use crate::review::{Review, ReviewLine, Settled};
use crate::time::Wall;

impl Engine {
    /// Reviews on record, the latest first.
    pub(super) fn reviews(&self, at: Wall, scope: Scope) -> Vec<ReviewStatus> {
        let all = self.records.reviews.values().rev().filter(|_| scope == Scope::Site);
        all.map(|row| self.counted(row, at)).collect()
    }

    pub(super) fn review_status(&self, at: Wall, scope: Scope, id: ReviewId) -> Option<ReviewStatus> {
        let row = self.records.reviews.get(&id).filter(|_| scope == Scope::Site)?;
        Some(self.counted(row, at))
    }

    fn counted(&self, row: &Review, at: Wall) -> ReviewStatus {
        let over = if row.is_running() { self.lines_over(row.id, at).len() } else { 0 };
        ReviewStatus::of(row.clone(), u32::try_from(over).unwrap_or(u32::MAX))
    }

    /// What became of a right after the review was over says nothing of the review.
    fn line_state(&self, row: &Review, line: &ReviewLine, at: Wall) -> LineState {
        match &line.decided {
            Some(decided) if decided.what == Settled::Over => LineState::Over,
            Some(decided) => LineState::Settled(decided.what),
            None if row.is_running() && !self.is_right_live(line, at) => LineState::Over,
            None => LineState::Undecided,
        }
    }

    pub(super) fn review_lines(
        &self,
        at: Wall,
        scope: Scope,
        review: ReviewId,
        only: LineFilter,
        page: &Page<u32>,
    ) -> Vec<ReviewLineStatus> {
        let Some(row) = self.records.reviews.get(&review).filter(|_| scope == Scope::Site) else { return Vec::new() };
        let from = page.after.map_or(0, |after| after.saturating_add(1));
        let lines = self.records.review_lines.range((review, from)..=(review, u32::MAX));
        let told = lines.map(|((_, number), line)| ReviewLineStatus {
            number: *number,
            line: line.clone(),
            state: self.line_state(row, line, at),
            grant: self.records.grants.get(&line.frozen.grant).cloned(),
        });
        let wanted = |told: &ReviewLineStatus| match only {
            LineFilter::All => true,
            LineFilter::Undecided => told.state == LineState::Undecided,
        };
        told.filter(wanted).take(page.limit.into()).collect()
    }
}
