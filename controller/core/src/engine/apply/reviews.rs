//! What entries about access reviews change: the review, and the lines that it is about. Reviews that ended long ago go; the journal
//! keeps them for ever.

use crate::entry::ReviewEntry;
use crate::id::{ReviewId, Seq};
use crate::permission::Actor;
use crate::records::{RecordChange, Records};
use crate::review::{Decided, Decision, LineDecision, Review, ReviewEnd, ReviewLine, Settled, Tally};
use crate::time::Wall;

/// So many reviews that are over stay to be looked at and compared with.
const ENDED_KEPT_REVIEWS: usize = 32;

/// So many lines they have together at most.
const ENDED_KEPT_LINES: usize = 100_000;

impl Records {
    pub(super) fn apply_to_reviews(
        &mut self,
        entry: &ReviewEntry,
        (at, proof): (Wall, Seq),
        changes: &mut Vec<RecordChange>,
    ) {
        match entry {
            ReviewEntry::Opened { review, scope, unused_days, due, undecided, lines, reason, by } => {
                let (id, opened) = (*review, at);
                let row = Review {
                    id,
                    scope: scope.clone(),
                    unused_days: *unused_days,
                    opened,
                    due: *due,
                    undecided: *undecided,
                    reason: reason.clone(),
                    by: *by,
                    proof,
                    revision: 1,
                    lines: u32::try_from(lines.len()).unwrap_or(u32::MAX),
                    tally: Tally::default(),
                    warned: None,
                    end: None,
                };
                self.reviews.insert(id, row.clone());
                changes.push(RecordChange::Review(id, Some(row)));
                for (number, frozen) in (1..).zip(lines) {
                    let line = ReviewLine { frozen: frozen.clone(), reviewer: None, decided: None };
                    self.review_lines.insert((id, number), line.clone());
                    changes.push(RecordChange::ReviewLine(id, number, Some(line)));
                }
            }
            ReviewEntry::Assigned { review, lines, reviewer, .. } => {
                for line in lines {
                    self.change_line(*review, *line, changes, |row| row.reviewer = Some(*reviewer));
                }
                self.change_review(*review, changes, |_| ());
            }
            ReviewEntry::Decided { review, decisions, note, by } => {
                for LineDecision { line, decision, effect } in decisions {
                    let what = match decision {
                        Decision::Keep => Settled::Kept,
                        Decision::Revoke => Settled::Revoked,
                        Decision::Shorten(to) => Settled::Shortened(*to),
                        Decision::Reassign(reviewer) => {
                            self.change_line(*review, *line, changes, |row| row.reviewer = Some(*reviewer));
                            continue;
                        }
                    };
                    let (note, by, effect) = (Some(note.clone()), *by, *effect);
                    self.settle_line(*review, *line, Decided { what, note, by, at, proof, effect }, changes);
                }
                self.change_review(*review, changes, |_| ());
            }
            ReviewEntry::Warned { review, .. } => self.change_review(*review, changes, |row| row.warned = Some(at)),
            ReviewEntry::Closed { review, cause, lapsed, over, reason, by } => {
                let ended = lapsed.iter().map(|lapse| (lapse.line, Settled::Lapsed, Some(lapse.effect)));
                for (line, what, effect) in ended.chain(over.iter().map(|line| (*line, Settled::Over, None))) {
                    let decided = Decided { what, note: None, by: Actor::System, at, proof, effect };
                    self.settle_line(*review, line, decided, changes);
                }
                let end = ReviewEnd { at, cause: *cause, reason: reason.clone(), by: *by, proof };
                self.change_review(*review, changes, |row| row.end = Some(end));
                self.forget_reviews(changes);
            }
        }
    }

    fn change_review(&mut self, id: ReviewId, changes: &mut Vec<RecordChange>, change: impl FnOnce(&mut Review)) {
        if let Some(row) = self.reviews.get_mut(&id) {
            change(row);
            row.revision = row.revision.saturating_add(1);
            changes.push(RecordChange::Review(id, Some(row.clone())));
        }
    }

    fn change_line(
        &mut self,
        id: ReviewId,
        line: u32,
        changes: &mut Vec<RecordChange>,
        change: impl FnOnce(&mut ReviewLine),
    ) {
        if let Some(row) = self.review_lines.get_mut(&(id, line)) {
            change(row);
            changes.push(RecordChange::ReviewLine(id, line, Some(row.clone())));
        }
    }

    fn settle_line(&mut self, id: ReviewId, line: u32, decided: Decided, changes: &mut Vec<RecordChange>) {
        let Some(row) = self.review_lines.get(&(id, line)) else { return };
        let (before, what) = (row.decided.as_ref().map(|decided| decided.what), decided.what);
        self.change_line(id, line, changes, |row| row.decided = Some(decided));
        if let Some(review) = self.reviews.get_mut(&id) {
            review.tally.settle(before, what);
        }
    }

    /// Those that ended longest ago go. The latest stays, so no number is given twice.
    fn forget_reviews(&mut self, changes: &mut Vec<RecordChange>) {
        let last = self.reviews.last_key_value().map(|(id, _)| *id);
        let (mut reviews, mut lines) = (0, 0);
        let mut gone = Vec::new();
        for review in self.reviews.values().rev().filter(|row| !row.is_running()) {
            reviews += 1;
            lines += self.lines_of(review.id).count();
            if Some(review.id) != last && (reviews > ENDED_KEPT_REVIEWS || lines > ENDED_KEPT_LINES) {
                gone.push(review.id);
            }
        }
        for id in gone {
            let numbers: Vec<u32> = self.lines_of(id).map(|(number, _)| number).collect();
            for number in numbers {
                self.review_lines.remove(&(id, number));
                changes.push(RecordChange::ReviewLine(id, number, None));
            }
            self.reviews.remove(&id);
            changes.push(RecordChange::Review(id, None));
        }
    }
}
