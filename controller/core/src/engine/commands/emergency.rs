//! Emergency rights (break-glass): given at once and past every policy but the door's existence, alarmed while nobody has
//! reviewed them, and alarmed again when the review is overdue.

use core::time::Duration;

use super::people::status_word;
use super::{
    Order, Outcome, conflict, invalid, not_a_second, not_found, problem, validity_problem, whole_second, whole_seconds,
};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::Engine;
use crate::engine::command::{Problem, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::{DoorId, GrantId, PersonId};
use crate::people::{
    Approval, BreakGlassReview, EscortNeed, Grant, GrantKind, GrantRight, GrantState, PersonStatus, Uses, Validity,
    When,
};
use crate::site::schedule::Weekly;
use crate::time::{Now, Wall};

/// The longest an emergency right lasts: a shift's half, time enough to ask for a grant.
const LONGEST_EMERGENCY: Duration = Duration::from_secs(4 * 3600);

/// Until when somebody must have reviewed it (`cli.md` C.2).
const REVIEW_WITHIN: Duration = Duration::from_secs(24 * 3600);

impl Engine {
    pub(super) fn break_glass(
        &mut self,
        order: Order,
        person: PersonId,
        mut doors: Vec<DoorId>,
        to: Wall,
        reason: &ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        doors.sort_unstable();
        doors.dedup();
        let validity = whole_seconds(Validity { from: now.wall, to });
        invalid(self.emergency_problems(now, person, &doors, validity))?;
        let grant = Grant {
            id: self.next_grant()?,
            person,
            right: GrantRight::Doors { doors: doors.into_boxed_slice(), when: When::Weekly(Weekly::always()) },
            validity,
            reason: reason.as_str().to_owned(),
            ticket: None,
            uses: Uses::Unlimited,
            escort: EscortNeed::No,
            kind: GrantKind::BreakGlass(BreakGlassReview::DueAt(whole_second(now.wall).after(REVIEW_WITHIN))),
            state: GrantState::Active,
            requested_by: by,
            approval: Approval::None,
            approved_by: Vec::new(),
        };
        let (id, generation) = (grant.id, self.next_generation());
        self.record(now, Entry::GrantCreated { grant, by, generation });
        self.begin_alarm(now, AlarmKind::BreakGlass, AlarmSource::Grant(id));
        Ok(Reply::Grant(id, generation))
    }

    fn emergency_problems(&self, now: Now, person: PersonId, doors: &[DoorId], validity: Validity) -> Vec<Problem> {
        let mut problems = self.door_problems("doors", doors.iter().copied());
        match self.records.persons.get(&person).map(|person| person.status) {
            Some(PersonStatus::Enabled) => {}
            Some(status @ (PersonStatus::Suspended | PersonStatus::Expected | PersonStatus::Left)) => {
                let message = format!("{person} is {}; an emergency right needs somebody enabled", status_word(status));
                problems.push(problem("person", message));
            }
            None => problems.push(problem("person", format!("{person} does not exist; create the person first"))),
        }
        if let Some(problem) = validity_problem("to_at", validity, now) {
            problems.push(problem);
        } else if validity.to.since(validity.from) > LONGEST_EMERGENCY {
            let message = "an emergency right lasts 4 hours at most; choose an earlier end and ask for a grant";
            problems.push(problem("to_at", message));
        }
        problems
    }

    pub(super) fn review_break_glass(&mut self, order: Order, grant: GrantId, note: ReasonText) -> Outcome {
        let Order { now, by, .. } = order;
        let row = self.records.grants.get(&grant).ok_or_else(|| not_found(grant))?;
        match row.kind {
            GrantKind::Ordinary => {
                return Err(conflict(format!("{grant} is no emergency right; nothing is to review")));
            }
            GrantKind::BreakGlass(BreakGlassReview::By(_)) => {
                return Err(conflict(format!("{grant} was reviewed already")));
            }
            GrantKind::BreakGlass(BreakGlassReview::DueAt(_)) => {}
        }
        if !self.is_somebody_else(by, row.requested_by) {
            let message = not_a_second(by, row.requested_by, &format!("took {grant}"), "review it");
            return Err(conflict(message));
        }
        self.record(now, Entry::BreakGlassReviewed { grant, note, by });
        self.end_alarm(now, AlarmKind::BreakGlass, AlarmSource::Grant(grant));
        self.end_alarm(now, AlarmKind::ReviewOverdue, AlarmSource::Grant(grant));
        Ok(Reply::Done)
    }

    /// Alarms every emergency right whose review is overdue; asked in each minute of the wall clock.
    pub(in crate::engine) fn review_emergency_rights(&mut self, now: Now) {
        let is_overdue = |id: &GrantId| match self.records.grants.get(id).map(|grant| grant.kind) {
            Some(GrantKind::BreakGlass(BreakGlassReview::DueAt(due))) => due <= now.wall,
            Some(GrantKind::BreakGlass(BreakGlassReview::By(_)) | GrantKind::Ordinary) | None => false,
        };
        let overdue: Vec<GrantId> = self.holdings.unreviewed.iter().copied().filter(is_overdue).collect();
        for grant in overdue {
            self.begin_alarm(now, AlarmKind::ReviewOverdue, AlarmSource::Grant(grant));
        }
    }
}
