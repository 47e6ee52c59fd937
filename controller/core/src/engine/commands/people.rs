//! Commands about persons: joining, moving, being suspended, leaving, and forgiving where they were. The life cycle:
//!
//! ```text
//!  Expected ──▶ Enabled ⇄ Suspended
//!     ▲  └──────────┴───────┤
//!     └──── rejoins ──── Left
//! ```
//! Whoever leaves keeps no right and no card that counts; whoever moves to another organisation keeps no right. Rejoining
//! brings nothing back.

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem};
use crate::engine::Engine;
use crate::engine::apply::DETAILS_AS_CREATED;
use crate::engine::command::{CommandError, PersonKey, PersonName, Problem, Reply};
use crate::entry::{Entry, ReasonText};
use crate::id::{AreaId, CredentialId, OrganisationId, PersonId};
use crate::people::{CredentialState, EndCause, Person, PersonDetails, PersonStatus, Place};
use crate::records::RecordChange;

impl Engine {
    pub(super) fn create_person(
        &mut self,
        order: Order,
        name: PersonName,
        status: PersonStatus,
        details: PersonDetails,
        key: Option<PersonKey>,
    ) -> Outcome {
        let mut problems: Vec<Problem> =
            self.organisation_problem("organisation", details.organisation).into_iter().collect();
        problems.extend(key.as_ref().and_then(|key| self.key_problem(key.hash(), details.organisation, None)));
        match status {
            PersonStatus::Enabled | PersonStatus::Expected => {}
            PersonStatus::Suspended | PersonStatus::Left => {
                problems.push(problem("status", "a new person is enabled or expected; change it afterwards"));
            }
        }
        invalid(problems)?;
        let Order { now, by, .. } = order;
        let last = self.records.persons.last_key_value().map(|(id, _)| id.get());
        let person = PersonId::new(numbered(self.next_number("person", last))?);
        self.record(now, Entry::PersonCreated { person, by });
        let reason = ReasonText::ours("as created");
        // A rehearsal has no such person to look at.
        if details != DETAILS_AS_CREATED {
            let (reason, generation) = (reason.clone(), self.next_generation());
            self.record(now, Entry::PersonDetailsChanged { person, details, reason, by, generation });
        }
        if status == PersonStatus::Expected {
            let generation = self.next_generation();
            self.record(now, Entry::PersonStatusChanged { person, status, reason, by, generation });
        }
        if key.is_some() {
            self.note_person_key(order, person, key);
        }
        self.batch.changes.push(RecordChange::PersonName(person, name));
        Ok(Reply::Person(person))
    }

    pub(super) fn set_person_status(
        &mut self,
        order: Order,
        person: PersonId,
        status: PersonStatus,
        reason: &ReasonText,
    ) -> Outcome {
        let before = self.known_person(person)?.status;
        if !next_statuses(before).contains(&status) {
            return Err(conflict(refused_arrow(person, before)));
        }
        let Order { now, by, .. } = order;
        let generation = self.next_generation();
        self.record(now, Entry::PersonStatusChanged { person, status, reason: reason.clone(), by, generation });
        if status == PersonStatus::Left {
            self.take_everything(order, person, reason);
        }
        Ok(Reply::Rights(self.records.generation))
    }

    /// Ends every right of a leaver and takes every credential that counts out of use.
    fn take_everything(&mut self, order: Order, person: PersonId, reason: &ReasonText) {
        self.end_grants_of(order.now, person, EndCause::PersonLeft);
        let counts = |id: &CredentialId| {
            self.records.credentials.get(id).is_some_and(|row| row.state == CredentialState::Enabled)
        };
        let counting: Vec<CredentialId> = self.holdings.credentials_of(person).filter(counts).collect();
        for credential in counting {
            let (state, reason, generation) = (CredentialState::Returned, reason.clone(), self.next_generation());
            let by = order.by;
            self.record(order.now, Entry::CredentialStateChanged { credential, state, reason, by, generation });
        }
        self.forget_whereabouts(order, person, reason);
    }

    /// Whoever has left is company to nobody and takes no place.
    fn forget_whereabouts(&mut self, order: Order, person: PersonId, reason: &ReasonText) {
        let Some(known) = self.presence.of(person) else { return };
        let (reason, by) = (reason.clone(), order.by);
        self.record(order.now, Entry::PresenceForgiven { person: Some(person), area: None, reason, by });
        if let Some(area) = area_of(known.place) {
            self.review_people_in(order.now, area);
        }
    }

    pub(super) fn change_person_details(
        &mut self,
        order: Order,
        person: PersonId,
        details: PersonDetails,
        reason: ReasonText,
    ) -> Outcome {
        let row = self.known_person(person)?;
        let (before, status) = (row.details, row.status);
        let moves = before.organisation != details.organisation;
        if moves {
            let mut problems: Vec<Problem> =
                self.organisation_problem("organisation", details.organisation).into_iter().collect();
            let key = self.records.person_keys.get(&person).copied();
            problems.extend(key.and_then(|key| self.key_problem(key, details.organisation, Some(person))));
            invalid(problems)?;
        }
        if status == PersonStatus::Left {
            return Err(conflict(refused_arrow(person, status)));
        }
        let Order { now, by, .. } = order;
        let generation = self.next_generation();
        self.record(now, Entry::PersonDetailsChanged { person, details, reason, by, generation });
        if moves {
            self.end_grants_of(now, person, EndCause::PersonMoved);
        }
        Ok(Reply::Rights(self.records.generation))
    }

    pub(super) fn forgive_passback(
        &mut self,
        order: Order,
        person: Option<PersonId>,
        area: Option<AreaId>,
        reason: ReasonText,
    ) -> Outcome {
        if let Some(person) = person {
            self.known_person(person)?;
        }
        if let Some(area) = area.filter(|area| self.site.area(*area).is_none()) {
            return Err(not_found(area));
        }
        let Order { now, by, .. } = order;
        let left: Vec<AreaId> = match (area, person.and_then(|person| self.records.presence.get(&person))) {
            (Some(area), _) => self.peopled_within(area),
            (None, Some(known)) => area_of(known.place).into_iter().collect(),
            (None, None) => self.site.areas().map(|area| area.id).collect(),
        };
        match area {
            // One entry for each area, so that a replay needs no site to know what lay inside.
            Some(_) => {
                for area in left.iter().copied() {
                    let (area, reason) = (Some(area), reason.clone());
                    self.record(now, Entry::PresenceForgiven { person, area, reason, by });
                }
            }
            None => self.record(now, Entry::PresenceForgiven { person, area, reason, by }),
        }
        left.into_iter().for_each(|area| self.review_people_in(now, area));
        Ok(Reply::Done)
    }

    /// The area and those inside it in which somebody is known to be; the area itself in any case.
    fn peopled_within(&self, outer: AreaId) -> Vec<AreaId> {
        let inside = self.site.areas().map(|area| area.id).filter(|area| *area != outer);
        let peopled = inside.filter(|area| self.site.lies_in(*area, outer) && self.presence.count_in(*area) > 0);
        core::iter::once(outer).chain(peopled).collect()
    }

    pub(super) fn known_person(&self, person: PersonId) -> Result<&Person, CommandError> {
        self.records.persons.get(&person).ok_or_else(|| not_found(person))
    }

    pub(super) fn organisation_problem(&self, field: &'static str, organisation: OrganisationId) -> Option<Problem> {
        let known = self.site.organisation(organisation).is_some();
        let message = || format!("{organisation} does not exist; add it to the site file, or name one that exists");
        (!known).then(|| problem(field, message()))
    }
}

/// Where the arrows of the life cycle lead from here.
const fn next_statuses(status: PersonStatus) -> &'static [PersonStatus] {
    match status {
        PersonStatus::Expected | PersonStatus::Suspended => &[PersonStatus::Enabled, PersonStatus::Left],
        PersonStatus::Enabled => &[PersonStatus::Suspended, PersonStatus::Left],
        PersonStatus::Left => &[PersonStatus::Expected],
    }
}

fn refused_arrow(person: PersonId, status: PersonStatus) -> String {
    let possible: Vec<&str> = next_statuses(status).iter().map(|next| status_word(*next)).collect();
    format!("{person} is {}; from there it can become {}", status_word(status), possible.join(" or "))
}

/// The word for a status in a sentence.
pub(super) const fn status_word(status: PersonStatus) -> &'static str {
    match status {
        PersonStatus::Enabled => "enabled",
        PersonStatus::Suspended => "suspended",
        PersonStatus::Expected => "expected",
        PersonStatus::Left => "left",
    }
}

const fn area_of(place: Place) -> Option<AreaId> {
    match place {
        Place::Inside(area) => Some(area),
        Place::Outside => None,
    }
}
