//! Access reviews in time: some days before one is due it warns of what nobody decided, and then ends it as it said it would. The
//! warning is always given in full, also where the daemon was down when it was due. What operators order is
//! `engine/commands/reviews.rs`.

use core::time::Duration;

use super::{Engine, Journal};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::entry::{Entry, ReasonText, ReviewEntry};
use crate::id::ReviewId;
use crate::people::GrantState;
use crate::permission::Actor;
use crate::review::{Lapse, Review, ReviewEndCause, ReviewLine, Undecided};
use crate::time::{Now, Wall};

/// A warning that came so late or earlier counts as given in time: the daemon was restarted.
const WARNED_IN_TIME: Duration = Duration::from_secs(3_600);

impl Engine {
    /// Asked in each minute of the wall clock.
    pub(super) fn time_reviews(&mut self, now: Now) {
        // What cannot be recorded does not happen; the next minute looks again.
        if !matches!(self.journal, Journal::Writable) {
            return;
        }
        let running = self.records.reviews.values().filter(|row| row.is_running() && row.warns_at() <= now.wall);
        let running: Vec<ReviewId> = running.map(|row| row.id).collect();
        for review in running {
            self.time_review(now, review);
        }
        self.tell_reviews_ending(now);
    }

    fn time_review(&mut self, now: Now, review: ReviewId) {
        let open = self.undecided_lines(review, now.wall);
        let Some(row) = self.records.reviews.get(&review) else { return };
        let (due, ends, is_warned) = (row.due, ends_at(row), row.warned.is_some());
        if open.is_empty() {
            if due <= now.wall {
                self.end_review(now, review, ReviewEndCause::Finished, Vec::new());
            }
        } else if !is_warned {
            let undecided = u32::try_from(open.len()).unwrap_or(u32::MAX);
            self.record(now, ReviewEntry::Warned { review, undecided });
        } else if ends.is_some_and(|ends| ends <= now.wall) {
            let lapsing = match row.undecided {
                Undecided::Revoke => open,
                Undecided::Keep => Vec::new(),
            };
            self.end_review(now, review, ReviewEndCause::Due, lapsing);
        }
    }

    fn end_review(&mut self, now: Now, review: ReviewId, cause: ReviewEndCause, lapsing: Vec<u32>) {
        let by = Actor::System;
        let words = ReasonText::kept(&format!("Nobody decided of it in access review {review}"));
        let words = words.unwrap_or_else(|| ReasonText::ours("Nobody decided of it in an access review"));
        let over = self.lines_over(review, now.wall);
        let mut lapsed = Vec::new();
        for line in lapsing {
            let Some(grant) = self.records.review_lines.get(&(review, line)).map(|row| row.frozen.grant) else {
                continue;
            };
            let (reason, generation) = (words.clone(), self.records.generation.next());
            self.record(now, Entry::GrantRevoked { grant, reason, by, generation });
            lapsed.push(Lapse { line, effect: self.newest_entry() });
        }
        let (lapsed, over, reason) = (lapsed.into_boxed_slice(), over.into_boxed_slice(), None);
        self.record(now, ReviewEntry::Closed { review, cause, lapsed, over, reason, by });
    }

    /// One alarm of the site while a review that ends soon has lines that are undecided.
    pub(super) fn tell_reviews_ending(&mut self, now: Now) {
        let mut warned = self.records.reviews.values().filter(|row| row.is_running() && row.warned.is_some());
        if warned.any(|row| self.records.lines_of(row.id).any(|(_, line)| self.is_open(line, now.wall))) {
            self.begin_alarm(now, AlarmKind::ReviewEnding, AlarmSource::Site);
        } else {
            self.end_alarm(now, AlarmKind::ReviewEnding, AlarmSource::Site);
        }
    }

    /// The lines of which nobody has decided, and whose right is still there.
    pub(super) fn undecided_lines(&self, review: ReviewId, at: Wall) -> Vec<u32> {
        self.records.lines_of(review).filter(|(_, line)| self.is_open(line, at)).map(|(number, _)| number).collect()
    }

    /// The lines whose right ended before anybody decided.
    pub(super) fn lines_over(&self, review: ReviewId, at: Wall) -> Vec<u32> {
        let is_over = |line: &ReviewLine| line.decided.is_none() && !self.is_right_live(line, at);
        self.records.lines_of(review).filter(|(_, line)| is_over(line)).map(|(number, _)| number).collect()
    }

    pub(super) fn is_open(&self, line: &ReviewLine, at: Wall) -> bool {
        line.decided.is_none() && self.is_right_live(line, at)
    }

    /// Whether the right of a line still counts, or may again. One that came to its end is over, and needs no decision.
    pub(super) fn is_right_live(&self, line: &ReviewLine, at: Wall) -> bool {
        let grant = self.records.grants.get(&line.frozen.grant);
        grant.is_some_and(|grant| grant.state == GrantState::Active && grant.is_live(at))
    }
}

/// When a review ends that warned of what is undecided.
fn ends_at(row: &Review) -> Option<Wall> {
    let warned = row.warned?;
    let warns_at = row.warns_at();
    let in_time = warned <= warns_at.after(WARNED_IN_TIME).min(row.due);
    Some(if in_time { row.due } else { row.due.max(warned.after(row.due.since(warns_at))) })
}
