//! Agreements between organisations: who lets whose people into which areas, until when. When one ends, so does every grant
//! that rests on it.

use super::terms::LONGEST_GRANT;
use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem, validity_problem, whole_seconds};
use crate::engine::Engine;
use crate::engine::command::{Problem, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::{AgreementId, AreaId, DoorId, OrganisationId};
use crate::people::{Agreement, EndCause, Grant, Validity};
use crate::records::Removable;
use crate::site::OPERATOR;
use crate::time::Now;

impl Engine {
    pub(super) fn make_agreement(
        &mut self,
        order: Order,
        owner: OrganisationId,
        guest: OrganisationId,
        mut areas: Vec<AreaId>,
        validity: Validity,
        reason: ReasonText,
    ) -> Outcome {
        let Order { now, by, .. } = order;
        areas.sort_unstable();
        areas.dedup();
        let validity = whole_seconds(validity);
        let mut problems = self.party_problems(owner, guest);
        problems.extend(self.shared_area_problems(owner, &areas));
        problems.extend(agreement_time_problem(validity, now));
        invalid(problems)?;
        let id = AgreementId::new(numbered(
            self.next_number("agreement", Some(self.records.standing.last_number(Removable::Agreement))),
        )?);
        let agreement = Agreement { id, owner, guest, areas: areas.into_boxed_slice(), validity, reason };
        let generation = self.next_generation();
        self.record(now, Entry::AgreementMade { agreement, by, generation });
        Ok(Reply::Agreement(id, generation))
    }

    fn party_problems(&self, owner: OrganisationId, guest: OrganisationId) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.organisation_problem("owner", owner).into_iter().collect();
        problems.extend(self.organisation_problem("guest", guest));
        if owner == guest {
            problems.push(problem("guest", "an organisation needs no agreement with itself; name another guest"));
        } else if guest == OPERATOR {
            problems.push(problem("guest", "the operator of the site needs no agreement; name another guest"));
        }
        problems
    }

    fn shared_area_problems(&self, owner: OrganisationId, areas: &[AreaId]) -> Vec<Problem> {
        if areas.is_empty() {
            return vec![problem("areas", "name at least one area")];
        }
        let wrong = |id: &AreaId| match self.site.area(*id) {
            None => Some(problem("areas", format!("{id} does not exist; name one that does"))),
            Some(area) if area.owner != owner => {
                let (path, actual, owner) =
                    (&area.path, self.organisation_name(area.owner), self.organisation_name(owner));
                let message = format!("{path} belongs to {actual}, so {owner} cannot share it; leave it out");
                Some(problem("areas", message))
            }
            Some(_) => None,
        };
        areas.iter().filter_map(wrong).collect()
    }

    pub(super) fn end_agreement(&mut self, order: Order, agreement: AgreementId, reason: ReasonText) -> Outcome {
        let Order { now, by, .. } = order;
        let row = self.records.agreements.get(&agreement).ok_or_else(|| not_found(agreement))?;
        if row.validity.to <= now.wall {
            return Err(conflict(format!("{agreement} is over already; nothing rests on it")));
        }
        let ended = row.clone();
        let generation = self.next_generation();
        self.record(now, Entry::AgreementEnded { agreement, reason, by, generation });
        let ending = self.live_grants(now, |grant| self.has_lost_ground(now, &ended, grant));
        self.end_grants(now, ending, EndCause::AgreementEnded);
        Ok(Reply::Rights(self.records.generation))
    }

    /// Whether a grant of the guest's people, an emergency right too, names a door that the agreement shared and no other
    /// shares.
    fn has_lost_ground(&self, now: Now, ended: &Agreement, grant: &Grant) -> bool {
        let guest = ended.guest;
        let is_guest = self.records.persons.get(&grant.person).is_some_and(|row| row.details.organisation == guest);
        let was_shared = |door: DoorId| {
            let area = self.site.door(door).map(|door| door.area);
            area.is_some_and(|area| ended.areas.iter().any(|shared| self.site.lies_in(area, *shared)))
        };
        let rested = || self.doors_of(&grant.right).any(was_shared);
        is_guest && rested() && !self.is_shared(now.wall, guest, self.doors_of(&grant.right), grant.validity.to)
    }
}

fn agreement_time_problem(validity: Validity, now: Now) -> Option<Problem> {
    let message = "an agreement lasts 366 days at most; choose an earlier end and renew it after review";
    let too_long = || (validity.to.since(validity.from) > LONGEST_GRANT).then(|| problem("valid_to_at", message));
    validity_problem("valid_to_at", validity, now).or_else(too_long)
}
