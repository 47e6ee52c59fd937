//! What entries about access reviews change: the review, and the lines that it is about. Reviews that ended long ago go; the journal
//! keeps them for ever.

use crate::entry::ReviewEntry;
use crate::id::{ReviewId, Seq};
use crate::permission::Actor;
use crate::records::{RecordChange, Records};
use crate::review::{Decided, Decision, Review, ReviewEnd, ReviewLine, Settled};
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
                let (scope, reason) = (scope.clone(), reason.clone());
                let (id, due, undecided, by, opened) = (*review, *due, *undecided, *by, at);
                let unused_days = *unused_days;
                let (revision, warned, end) = (1, None, None);
                let row =
                    Review { id, scope, unused_days, opened, due, undecided, reason, by, proof, revision, warned, end };
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
                for decided in decisions {
                    let settled = |what| {
                        let (note, by, effect) = (Some(note.clone()), *by, decided.effect);
                        Some(Decided { what, note, by, at, proof, effect })
                    };
                    self.change_line(*review, decided.line, changes, |row| match decided.decision {
                        Decision::Keep => row.decided = settled(Settled::Kept),
                        Decision::Revoke => row.decided = settled(Settled::Revoked),
                        Decision::Shorten(to) => row.decided = settled(Settled::Shortened(to)),
                        Decision::Reassign(reviewer) => row.reviewer = Some(reviewer),
                    });
                }
                self.change_review(*review, changes, |_| ());
            }
            ReviewEntry::Warned { review, .. } => self.change_review(*review, changes, |row| row.warned = Some(at)),
            ReviewEntry::Closed { review, cause, lapsed, over, reason, by } => {
                for lapse in lapsed {
                    let (what, effect) = (Settled::Lapsed, Some(lapse.effect));
                    let decided = Decided { what, note: None, by: Actor::System, at, proof, effect };
                    self.change_line(*review, lapse.line, changes, |row| row.decided = Some(decided));
                }
                for line in over {
                    let (what, note, effect) = (Settled::Over, None, None);
                    let decided = Decided { what, note, by: Actor::System, at, proof, effect };
                    self.change_line(*review, *line, changes, |row| row.decided = Some(decided));
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
