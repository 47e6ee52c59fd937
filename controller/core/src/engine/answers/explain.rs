//! Why somebody would or would not pass. The rules are those of `decide.rs`, run with a trace; here the question is put to
//! them, and the next moment at which a right holds is looked up in the timetables.

use crate::decide::credential::best_of;
use crate::decide::explain::{Explanation, Outcome, Step};
use crate::decide::{PinEvidence, Presented, Request, Verdict, settle};
use crate::engine::Engine;
use crate::entry::Denial;
use crate::id::{DoorId, GrantId, PersonId, PointId, ScheduleId};
use crate::people::{Grant, GrantRight, GrantState, When};
use crate::site::schedule::timetable::Timetable;
use crate::time::{Now, Wall};

impl Engine {
    pub(in crate::engine) fn explain(
        &self,
        now: Now,
        person: PersonId,
        point: PointId,
        at: Option<Wall>,
    ) -> Option<Explanation> {
        let door = self.site.point(point)?.door;
        let moment = at.unwrap_or(now.wall);
        let row = best_of(self.people.bearers_of(person), moment).or_else(|| self.people.assumed(person))?;
        let open = self.people.open_at(moment);
        let mut view = self.view(moment);
        view.open = &open;
        if at.is_some() {
            view.situation = None;
        }
        let mut steps: Vec<Step> = Vec::new();
        let presented = Presented::Nothing(row);
        let request = Request { point, presented, pin: PinEvidence::Missing, companion: None };
        let outcome = match settle(&view, &request, &mut steps) {
            Ok(Verdict::Admit(admission) | Verdict::AwaitCompanion(admission)) => Outcome::Granted(admission.grant),
            // Nothing was presented, so `factors` assumes the PIN and never awaits it.
            Ok(Verdict::AwaitPin { .. }) => Outcome::Denied(Denial::NoDecision),
            Err(refusal) => Outcome::Denied(refusal.reason),
        };
        let next_permitted = match outcome {
            Outcome::Denied(Denial::NotPermittedAtThisTime) => self.next_permitted(person, door, moment),
            Outcome::Denied(_) | Outcome::Granted(_) => None,
        };
        Some(Explanation { person, point, at: moment, steps, outcome, next_permitted })
    }

    /// The first moment at or after `at` at which one of the person's rights to `door` holds.
    pub(in crate::engine) fn next_permitted(&self, person: PersonId, door: DoorId, at: Wall) -> Option<Wall> {
        let ids: &[GrantId] = self.grants_of.get(&person)?;
        let grants = ids.iter().filter_map(|id| self.records.grants.get(id));
        let counting = grants.filter(|grant| grant.state == GrantState::Active && grant.is_live(at));
        counting.filter_map(|grant| self.next_hold(grant, door, at)).min()
    }

    /// The first moment at or after `at` at which a grant allows `door`.
    fn next_hold(&self, grant: &Grant, door: DoorId, at: Wall) -> Option<Wall> {
        let start = at.max(grant.validity.from);
        let moment = match &grant.right {
            GrantRight::Doors { doors, when } => {
                doors.binary_search(&door).ok()?;
                match when {
                    When::Weekly(weekly) => Timetable::of_weekly(weekly, self.site.local_time()).next_open(start),
                    When::Schedule(schedule) => self.next_open(*schedule, start),
                }
            }
            GrantRight::Member(profile) => {
                let policies = &self.records.profiles.get(profile)?.policies;
                let policy = policies.get(policies.binary_search_by_key(&door, |policy| policy.door).ok()?)?;
                policy.schedule.map_or(Some(start), |schedule| self.next_open(schedule, start))
            }
        };
        moment.filter(|moment| grant.validity.contains(*moment))
    }

    fn next_open(&self, schedule: ScheduleId, from: Wall) -> Option<Wall> {
        let calendars = self.records.known_calendars();
        let (schedule, _) = self.records.schedules.get(&schedule)?;
        Timetable::compile(schedule, &calendars)?.next_open(from)
    }
}
