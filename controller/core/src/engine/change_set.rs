//! Carries a set of changes out in one turn, or none of them: one by one as if each had come alone, with what it replaces noted
//! down; where one is refused, or the set is only tried, everything is put back (`change_set/former.rs`). All refusals are told
//! at once. A set that widens who may pass by more than the site lets one operator do alone waits for a second one.

mod former;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Engine;
use super::commands::{Order, Outcome, invalid_set, problem, refused};
use crate::decide::explain::Outcome as Decided;
use crate::engine::command::{
    CHANGES_MAX_COUNT, ChangeSet, Command, CommandError, Expectation, MadeSoFar, Refused, Reply, RightsTest, SetDone,
    TESTS_MAX_COUNT, TestFinding, is_for_sets,
};
use crate::entry::FilesEntry;
use crate::id::{GrantId, PersonId};
use crate::permission::{may, may_widen_alone};
use crate::site_files::{Claim, FilesWish, PART_MAX_BYTES, PARTS_MAX_COUNT};
use crate::widening::{Comparison, Side, Widening};

pub(super) use former::{Former, Undone};

impl Engine {
    /// Carries a set out; where a command is only rehearsed, everything is as before and what would be recorded is told.
    pub(super) fn change_set(&mut self, order: Order, set: &Arc<ChangeSet>) -> Outcome {
        let scene = self.rehearsed.take();
        let is_tried = scene.is_some();
        self.former = Some(Box::new(Former::of(self)));
        let result = self.carry_set_out(order, set, is_tried);
        let former = self.former.take();
        self.rehearsed = scene;
        match former {
            Some(former) if is_tried || result.is_err() => {
                let undone = former.put_back(self, order.now);
                if let (Some(scene), Ok(_)) = (&mut self.rehearsed, &result) {
                    scene.take_over(undone);
                }
            }
            Some(_) | None => self.review_openings(order.now),
        }
        result
    }

    fn carry_set_out(&mut self, order: Order, set: &ChangeSet, is_tried: bool) -> Outcome {
        self.check_set(set)?;
        let made = self.carry_each_out(order, set)?;
        let tests = self.run_tests(order, set, &made)?;
        let (widening, narrowing) = self.compared(order);
        let alone = may_widen_alone(&order.caller);
        let limit = self.site.widen_limit();
        let too_wide = widening.person_doors > limit && !alone;
        let by_policy = is_tried && self.takes_two_in(&order.caller, &set.changes).is_some();
        let takes_two = order.second.is_none() && (too_wide || by_policy);
        match (is_tried, tests.iter().any(|test| !test.holds)) {
            (false, true) => return Err(CommandError::TestsFailed(tests)),
            (false, false) if takes_two => {
                return Err(CommandError::Widens { person_doors: widening.person_doors, limit });
            }
            (false, false) | (true, _) => {}
        }
        if let Some(files) = &set.files {
            self.note_files(order, files, &made, set.changes.len())?;
        }
        let replies = made.0.into_iter().flatten().collect();
        let generation = self.records.generation;
        Ok(Reply::Set(Box::new(SetDone { generation, replies, widening, narrowing, tests, takes_two })))
    }

    /// What is wrong with a set as a whole.
    fn check_set(&self, set: &ChangeSet) -> Result<(), CommandError> {
        if set.base.is_some_and(|base| base != self.records.generation) {
            let what = format!("who may pass (generation {} now)", self.records.generation.get());
            return Err(CommandError::Changed { what, by: None });
        }
        let count = set.changes.len();
        if count > CHANGES_MAX_COUNT as usize {
            let message = format!("{count} changes are more than {CHANGES_MAX_COUNT}; make several sets of them");
            return Err(CommandError::Invalid(vec![problem("changes", message)]));
        }
        if set.tests.len() > TESTS_MAX_COUNT {
            let message = format!("{} tests are more than {TESTS_MAX_COUNT}; leave some out", set.tests.len());
            return Err(CommandError::Invalid(vec![problem("tests", message)]));
        }
        Ok(())
    }

    fn carry_each_out(&mut self, order: Order, set: &ChangeSet) -> Result<MadeSoFar, CommandError> {
        let mut made = MadeSoFar::default();
        let mut refusals = Vec::new();
        for (change, command) in (0..).zip(&set.changes) {
            match self.carry_one_out(order, command, &made) {
                Ok(reply) => made.0.push(Some(reply)),
                Err(error) => {
                    made.0.push(None);
                    refusals.push(Refused { change, error });
                }
            }
        }
        if refusals.is_empty() { Ok(made) } else { Err(CommandError::SetRefused(refusals)) }
    }

    fn carry_one_out(&mut self, order: Order, command: &Command, made: &MadeSoFar) -> Outcome {
        if !is_for_sets(command) {
            return Err(invalid_set("this cannot be done together with others; give it by itself"));
        }
        let command = made.fill(command).map_err(|dangling| {
            let change = dangling.change;
            invalid_set(format!("it refers to change {change} of this set, which is refused or makes no such thing"))
        })?;
        may(&order.caller, self.takes(order.by, &command)).map_err(refused)?;
        self.reach(order.now.wall, order.scope).check(&command)?;
        self.do_at_once(order, command)
    }

    /// Asks what the set says must hold, of the decisions that the doors would make now.
    fn run_tests(&self, order: Order, set: &ChangeSet, made: &MadeSoFar) -> Result<Vec<TestFinding>, CommandError> {
        let reach = self.reach(order.now.wall, order.scope);
        let mut findings = Vec::with_capacity(set.tests.len());
        for (test, wanted) in (0..).zip(&set.tests) {
            let RightsTest { person, point, at, expect } = *wanted;
            let person = made.person(person).unwrap_or(person);
            let seen = reach.sees_person(person);
            let explained = if seen { self.explain(order.now, person, point, Some(at)) } else { None };
            let outcome = explained.map(|explained| match explained.outcome {
                Decided::Granted(grant) => Ok(grant),
                Decided::Denied(denial) => Err(denial),
            });
            let holds = match (expect, &outcome) {
                (Expectation::Open, Some(Ok(_))) | (Expectation::Denied, Some(Err(_))) => true,
                (Expectation::Open | Expectation::Denied, _) => false,
            };
            findings.push(TestFinding { test, outcome, holds });
        }
        Ok(findings)
    }

    /// What the set that is being carried out gives, and what it takes away.
    fn compared(&self, order: Order) -> (Widening, Widening) {
        let Some(former) = &self.former else { return Default::default() };
        let rows = former.rows();
        let (before, after) = (Side::before(&self.records, rows), Side::now(&self.records));
        let persons: BTreeSet<PersonId> = rows.persons.keys().copied().collect();
        let grants: BTreeSet<GrantId> = rows.grants.keys().copied().collect();
        let between = |from, to| Comparison {
            from,
            to,
            persons: &persons,
            grants: &grants,
            grants_of: &self.grants_of,
            at: order.now.wall,
        };
        (between(before, after).gained(), between(after, before).gained())
    }

    /// Notes down what site files look after since.
    fn note_files(
        &mut self,
        order: Order,
        files: &FilesWish,
        made: &MadeSoFar,
        changes: usize,
    ) -> Result<(), CommandError> {
        let claims: Vec<Claim> = made
            .claims(&files.claims, |record| self.revision(record.subject()))
            .map_err(|dangling| invalid_set(format!("a file looks after what change {} makes not", dangling.change)))?;
        let fits =
            files.before.len() <= PARTS_MAX_COUNT && files.before.iter().all(|part| part.len() <= PART_MAX_BYTES);
        let before = if fits && !files.undoes { files.before.clone() } else { Vec::new() };
        let entry = FilesEntry::Applied {
            digest: files.digest,
            changes: u32::try_from(changes).unwrap_or(u32::MAX),
            claims: claims.into_boxed_slice(),
            released: files.released.clone().into_boxed_slice(),
            before: before.into_boxed_slice(),
            generation: self.records.generation,
            by: order.by,
            second: order.second,
        };
        self.record(order.now, entry);
        Ok(())
    }
}
