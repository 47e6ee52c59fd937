//! Commands about access reviews: making one freezes a list of rights, deciding ends or shortens them by the commands that anybody
//! gives for that. Nobody decides of their own access. What nobody decides is `engine/reviews.rs`; the states of a line are drawn at
//! the head of `review.rs`.

mod snapshot;

use std::collections::BTreeSet;

use super::{Order, Outcome, conflict, instant, invalid, not_found, numbered, problem, whole_second};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Problem, Reply, ReviewCommand, ReviewWish, Scope};
use crate::entry::{ReasonText, ReviewEntry};
use crate::id::{AreaId, OperatorId, ReviewId};
use crate::operator::OperatorState;
use crate::permission::{Actor, Permission};
use crate::review::{
    Closing, Decision, LineDecision, REVIEW_LONGEST, REVIEW_MAX_AREAS, REVIEW_MAX_LINES, REVIEWS_MAX_RUNNING,
    ReviewEndCause, ReviewLine,
};
use crate::time::Wall;

/// So many things wrong with lines are told; whoever sends nonsense need not read all of it.
const TOLD_MAX_PROBLEMS: usize = 20;

impl Engine {
    pub(super) fn review_command(&mut self, order: Order, command: ReviewCommand) -> Outcome {
        let review = match command {
            ReviewCommand::Open(wish) => self.open_review(order, &wish),
            ReviewCommand::Assign { review, lines, reviewer } => self.assign_review(order, review, lines, reviewer),
            ReviewCommand::Decide { review, decisions, note } => self.decide_review(order, review, &decisions, &note),
            ReviewCommand::Close { review, closing, reason } => self.close_review(order, review, closing, reason),
        }?;
        self.tell_reviews_ending(order.now);
        Ok(Reply::Review(review, self.records.generation))
    }

    fn open_review(&mut self, order: Order, wish: &ReviewWish) -> Result<ReviewId, CommandError> {
        let Order { now, by, .. } = order;
        let scope: Box<[AreaId]> = wish.scope.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let due = whole_second(wish.due);
        invalid(self.review_problems(&scope, due, wish.unused_days, now.wall))?;
        if self.records.reviews.values().filter(|row| row.is_running()).count() >= REVIEWS_MAX_RUNNING {
            return Err(conflict(format!("{REVIEWS_MAX_RUNNING} reviews run already; close one first")));
        }
        let lines = self.review_snapshot(&scope, wish.unused_days, &wish.uses, now.wall);
        if lines.is_empty() {
            return Err(conflict("nobody has a right like this in that scope; there is nothing to review"));
        }
        if lines.len() > REVIEW_MAX_LINES {
            let count = lines.len();
            let message = format!(
                "{count} rights are in this scope and a review has {REVIEW_MAX_LINES} lines at most; narrow the scope"
            );
            return invalid(vec![problem("scope", message)]).map(|()| ReviewId::new(0));
        }
        let last = self.records.reviews.last_key_value().map(|(id, _)| id.get());
        let review = ReviewId::new(numbered(self.next_number("review", last))?);
        let (unused_days, undecided, reason) = (wish.unused_days, wish.undecided, wish.reason.clone());
        let lines = lines.into_boxed_slice();
        self.record(now, ReviewEntry::Opened { review, scope, unused_days, due, undecided, lines, reason, by });
        Ok(review)
    }

    fn review_problems(&self, scope: &[AreaId], due: Wall, unused: Option<u16>, at: Wall) -> Vec<Problem> {
        let mut problems = Vec::new();
        if scope.is_empty() || scope.len() > REVIEW_MAX_AREAS {
            problems.push(problem("scope", format!("name 1 to {REVIEW_MAX_AREAS} areas that it is about")));
        }
        let unknown = scope.iter().filter(|area| self.site.area(**area).is_none());
        problems.extend(unknown.map(|area| problem("scope", format!("{area} does not exist"))));
        if due <= at {
            problems.push(problem("due_at", "it would be due before it is made; choose a time to come"));
        }
        if due.since(at) > REVIEW_LONGEST {
            problems.push(problem("due_at", "a review runs 366 days at most; choose an earlier end"));
        }
        if unused == Some(0) {
            problems
                .push(problem("unused_days", "every right was unused for no days; name at least one, or leave it out"));
        }
        problems
    }

    fn assign_review(
        &mut self,
        order: Order,
        review: ReviewId,
        lines: Option<Vec<u32>>,
        reviewer: OperatorId,
    ) -> Result<ReviewId, CommandError> {
        self.running_review(review)?;
        let lines = lines.unwrap_or_else(|| {
            self.records
                .lines_of(review)
                .filter(|(_, line)| self.is_open(line, order.now.wall))
                .map(|(number, _)| number)
                .collect()
        });
        if lines.is_empty() {
            return Err(conflict(format!("no line of {review} is undecided; there is nothing to assign")));
        }
        self.check_lines(review, lines.iter().copied())?;
        self.check_reviewer(review, reviewer, lines.iter().copied())?;
        self.check_open(review, lines.iter().copied(), order.now.wall)?;
        let lines = lines.into_boxed_slice();
        self.record(order.now, ReviewEntry::Assigned { review, lines, reviewer, by: order.by });
        Ok(review)
    }

    fn decide_review(
        &mut self,
        order: Order,
        review: ReviewId,
        decisions: &[(u32, Decision)],
        note: &ReasonText,
    ) -> Result<ReviewId, CommandError> {
        self.running_review(review)?;
        let lines = || decisions.iter().map(|(line, _)| *line);
        self.check_lines(review, lines())?;
        self.check_own(order.by, review, decisions)?;
        for (line, decision) in decisions {
            if let Decision::Reassign(reviewer) = decision {
                self.check_reviewer(review, *reviewer, core::iter::once(*line))?;
            }
        }
        self.check_open(review, lines(), order.now.wall)?;
        self.check_turn(order.by, review, decisions)?;
        invalid(self.decision_problems(review, decisions, order.now.wall))?;
        let decisions =
            decisions.iter().map(|(line, decision)| self.settle_line(order, review, *line, *decision, note));
        let decisions: Box<[LineDecision]> = decisions.collect::<Result<_, _>>()?;
        let (note, by) = (note.clone(), order.by);
        self.record(order.now, ReviewEntry::Decided { review, decisions, note, by });
        Ok(review)
    }

    /// Carries one decision out; everything that could be in its way was looked at before.
    fn settle_line(
        &mut self,
        order: Order,
        review: ReviewId,
        line: u32,
        decision: Decision,
        note: &ReasonText,
    ) -> Result<LineDecision, CommandError> {
        let grant = self.known_line(review, line)?.frozen.grant;
        let (decision, effect) = match decision {
            Decision::Keep | Decision::Reassign(_) => (decision, None),
            Decision::Revoke => {
                self.revoke_grant(order, grant, note.clone())?;
                (decision, Some(self.newest_entry()))
            }
            Decision::Shorten(to) => {
                self.change_grant_end(order, grant, to, note.clone())?;
                (Decision::Shorten(whole_second(to)), Some(self.newest_entry()))
            }
        };
        Ok(LineDecision { line, decision, effect })
    }

    fn close_review(
        &mut self,
        order: Order,
        review: ReviewId,
        closing: Closing,
        reason: ReasonText,
    ) -> Result<ReviewId, CommandError> {
        let due = self.running_review(review)?;
        let open = self.undecided_lines(review, order.now.wall).len();
        let cause = match closing {
            Closing::Finish if open > 0 => {
                return Err(conflict(format!(
                    "{open} lines of {review} are undecided; decide them, or wait until it is due at {}, or abandon it",
                    instant(due)
                )));
            }
            Closing::Finish => ReviewEndCause::Finished,
            Closing::Abandon => ReviewEndCause::Abandoned,
        };
        let over = self.lines_over(review, order.now.wall).into_boxed_slice();
        let (lapsed, reason, by) = (Box::default(), Some(reason), order.by);
        self.record(order.now, ReviewEntry::Closed { review, cause, lapsed, over, reason, by });
        Ok(review)
    }

    /// Until when a review runs; whether it does.
    fn running_review(&self, review: ReviewId) -> Result<Wall, CommandError> {
        let row = self.records.reviews.get(&review).ok_or_else(|| not_found(review))?;
        match &row.end {
            None => Ok(row.due),
            Some(end) => Err(conflict(format!("{review} is over since {}; make another one", instant(end.at)))),
        }
    }

    fn known_line(&self, review: ReviewId, line: u32) -> Result<&ReviewLine, CommandError> {
        let row = self.records.review_lines.get(&(review, line));
        row.ok_or_else(|| not_found(format!("line {line} of {review}")))
    }

    /// That lines exist and are named once.
    fn check_lines(&self, review: ReviewId, lines: impl Iterator<Item = u32>) -> Result<(), CommandError> {
        let (mut named, mut problems) = (BTreeSet::new(), Vec::new());
        for line in lines {
            if !self.records.review_lines.contains_key(&(review, line)) {
                problems.push(problem("lines", format!("{review} has no line {line}")));
            } else if !named.insert(line) {
                problems.push(problem("lines", format!("line {line} is named twice")));
            }
        }
        if named.is_empty() && problems.is_empty() {
            problems.push(problem("lines", "name at least one line"));
        }
        problems.truncate(TOLD_MAX_PROBLEMS);
        invalid(problems)
    }

    /// That what is to be decided is not decided for good, and that its right is still there.
    fn check_open(&self, review: ReviewId, lines: impl Iterator<Item = u32>, at: Wall) -> Result<(), CommandError> {
        let mut told = Vec::new();
        for line in lines {
            let row = self.known_line(review, line)?;
            match &row.decided {
                Some(decided) if decided.what.is_final() => {
                    told.push(format!("line {line} was {} already", decided.what.word()));
                }
                Some(_) | None if !self.is_right_live(row, at) => {
                    told.push(format!("the right of line {line} is over"))
                }
                Some(_) | None => {}
            }
        }
        told.truncate(TOLD_MAX_PROBLEMS);
        if told.is_empty() { Ok(()) } else { Err(conflict(format!("{}; nothing was decided", told.join(", ")))) }
    }

    /// Nobody decides of their own access. Once somebody can sign in, whoever is only known as a user of the machine may be
    /// anybody, and so decides nothing.
    fn check_own(&self, by: Actor, review: ReviewId, decisions: &[(u32, Decision)]) -> Result<(), CommandError> {
        let behind = self.people_behind(by);
        let is_known = behind.iter().all(|actor| matches!(actor, Actor::Operator(_)));
        if !is_known && self.somebody_can_sign_in() {
            let message = "nobody can tell whether this access is yours; sign in as an operator to decide";
            return Err(CommandError::OwnAccess(message.to_owned()));
        }
        let own = |line: &u32| {
            let person = self.records.review_lines.get(&(review, *line)).map(|row| row.frozen.person);
            behind.iter().any(|actor| match actor {
                Actor::Operator(operator) => {
                    let linked = self.records.operators.get(operator).and_then(|row| row.person);
                    linked.is_some() && linked == person
                }
                Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_) => false,
            })
        };
        let own: Vec<String> = decisions.iter().map(|(line, _)| *line).filter(own).map(|n| n.to_string()).collect();
        if own.is_empty() {
            return Ok(());
        }
        let message = format!("nobody reviews their own access, and it is yours in line {}", own.join(", "));
        Err(CommandError::OwnAccess(message))
    }

    /// That somebody may be asked to decide of lines: a reviewer of the site, and none of it their own.
    fn check_reviewer(
        &self,
        review: ReviewId,
        reviewer: OperatorId,
        lines: impl Iterator<Item = u32>,
    ) -> Result<(), CommandError> {
        let row = self.records.operators.get(&reviewer).ok_or_else(|| not_found(reviewer))?;
        let may = Permission::RunReviews.roles().contains(&row.role) && row.scope == Scope::Site;
        if !may || row.state != OperatorState::Enabled {
            return Err(conflict(format!(
                "{reviewer} may not decide in reviews; ask a supervisor or an admin of the site"
            )));
        }
        let own = |line: &u32| {
            let person = self.records.review_lines.get(&(review, *line)).map(|row| row.frozen.person);
            row.person.is_some() && row.person == person
        };
        let own: Vec<String> = lines.filter(own).take(TOLD_MAX_PROBLEMS).map(|line| line.to_string()).collect();
        if own.is_empty() {
            return Ok(());
        }
        let message = format!("nobody reviews their own access, and it is {reviewer}'s in line {}", own.join(", "));
        Err(CommandError::OwnAccess(message))
    }

    /// What is assigned is decided by whom it is assigned to; anybody who may can have somebody else asked.
    fn check_turn(&self, by: Actor, review: ReviewId, decisions: &[(u32, Decision)]) -> Result<(), CommandError> {
        let behind = self.people_behind(by);
        let mut told = Vec::new();
        for (line, decision) in decisions {
            let reviewer = self.known_line(review, *line)?.reviewer;
            if let (Some(reviewer), Decision::Keep | Decision::Revoke | Decision::Shorten(_)) = (reviewer, decision)
                && !behind.contains(&Actor::Operator(reviewer))
            {
                told.push(format!("line {line} is {reviewer}'s to decide"));
            }
        }
        told.truncate(TOLD_MAX_PROBLEMS);
        if told.is_empty() { Ok(()) } else { Err(conflict(format!("{}; reassign it first", told.join(", ")))) }
    }

    fn decision_problems(&self, review: ReviewId, decisions: &[(u32, Decision)], at: Wall) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (line, decision) in decisions {
            let Decision::Shorten(to) = decision else { continue };
            let row = self.records.review_lines.get(&(review, *line));
            let ends = row.and_then(|row| self.records.grants.get(&row.frozen.grant)).map(|grant| grant.validity.to);
            if whole_second(*to) <= at {
                problems.push(problem("until", format!("line {line}: that is not in the future; revoke it instead")));
            } else if let Some(ends) = ends.filter(|ends| whole_second(*to) >= *ends) {
                let message = format!("line {line}: it ends at {} already; name an earlier moment", instant(ends));
                problems.push(problem("until", message));
            }
        }
        problems.truncate(TOLD_MAX_PROBLEMS);
        problems
    }
}
