//! Lists of records, page by page where they may be long: each page costs what it holds, not what the table holds.

use core::ops::Bound;
use std::collections::BinaryHeap;

use crate::engine::Engine;
use crate::engine::command::Scope;
use crate::engine::query::{AreaStatus, GrantFilter, Names, Page};
use crate::engine::reach::Reach;
use crate::id::{AreaId, CredentialId, GrantId, OrganisationId, PersonId};
use crate::mode::AreaHold;
use crate::people::{Agreement, BreakGlassReview, Credential, Grant, GrantKind, GrantState, Person, Whereabouts};
use crate::site::Area;
use crate::time::{Now, Wall};

impl Engine {
    pub(super) fn people_page(&self, scope: Scope, page: &Page<PersonId>) -> Vec<Person> {
        let limit = usize::from(page.limit);
        match scope {
            Scope::Site => {
                let rest = self.records.persons.range((after(page.after), Bound::Unbounded));
                rest.map(|(_, person)| person.clone()).take(limit).collect()
            }
            Scope::Organisation(own) => {
                let Some(from) = next_after(page.after) else { return Vec::new() };
                let rows = self.holdings.persons_of(own, from).filter_map(|id| self.records.persons.get(&id));
                rows.take(limit).cloned().collect()
            }
        }
    }

    pub(super) fn people_count(&self, scope: Scope) -> u64 {
        match scope {
            Scope::Site => self.records.persons.len() as u64,
            Scope::Organisation(own) => self.holdings.persons_of(own, PersonId::new(0)).count() as u64,
        }
    }

    pub(super) fn people_of(&self, reach: &Reach<'_>, ids: &[PersonId]) -> Vec<Person> {
        let seen = ids.iter().filter(|id| reach.sees_person(**id));
        seen.filter_map(|id| self.records.persons.get(id)).cloned().collect()
    }

    pub(super) fn whereabouts(&self, reach: &Reach<'_>, ids: &[PersonId]) -> Vec<(PersonId, Whereabouts)> {
        let seen = ids.iter().filter(|id| reach.sees_person(**id));
        seen.filter_map(|id| Some((*id, self.presence.of(*id)?))).collect()
    }

    pub(super) fn lockouts(&self, at: Wall, reach: &Reach<'_>, person: PersonId) -> Vec<(CredentialId, Wall)> {
        let held = self.credentials(reach, person).into_iter().map(|credential| credential.id);
        let until = |id| Some((id, *self.records.lockouts.get(&id)?));
        held.filter_map(until).filter(|(_, until)| at < *until).collect()
    }

    /// One credential, where the caller sees it.
    pub(super) fn credential(&self, reach: &Reach<'_>, id: CredentialId) -> Vec<Credential> {
        let seen = reach.sees_credential(id).then(|| self.records.credentials.get(&id));
        seen.flatten().cloned().into_iter().collect()
    }

    pub(super) fn credentials(&self, reach: &Reach<'_>, person: PersonId) -> Vec<Credential> {
        if !reach.sees_person(person) {
            return Vec::new();
        }
        let held = self.holdings.credentials_of(person).filter_map(|id| self.records.credentials.get(&id));
        held.cloned().collect()
    }

    pub(super) fn grants_page(
        &self,
        reach: &Reach<'_>,
        scope: Scope,
        person: Option<PersonId>,
        only: GrantFilter,
        page: &Page<GrantId>,
    ) -> Vec<Grant> {
        let limit = usize::from(page.limit);
        let rest = (after(page.after), Bound::Unbounded);
        let wanted = |id: &GrantId| {
            let row = self.records.grants.get(id)?;
            (is_meant(row, only, reach.at()) && reach.sees_person(row.person)).then(|| row.clone())
        };
        match (person, only, scope) {
            (Some(person), _, _) => {
                let ids = self.grants_of.get(&person).map_or(&[][..], Vec::as_slice);
                ids.iter().filter(|id| Some(**id) > page.after).filter_map(wanted).take(limit).collect()
            }
            (None, GrantFilter::Requested, _) => {
                self.holdings.requested.range(rest).filter_map(wanted).take(limit).collect()
            }
            (None, GrantFilter::Unreviewed, _) => {
                self.holdings.unreviewed.range(rest).filter_map(wanted).take(limit).collect()
            }
            (None, GrantFilter::All, Scope::Site) => {
                self.records.grants.range(rest).map(|(_, grant)| grant.clone()).take(limit).collect()
            }
            (None, GrantFilter::All, Scope::Organisation(own)) => {
                self.first_grants(own, page).iter().filter_map(wanted).collect()
            }
        }
    }

    /// How many grants that page after page has.
    pub(super) fn grants_count(
        &self,
        reach: &Reach<'_>,
        scope: Scope,
        person: Option<PersonId>,
        only: GrantFilter,
    ) -> u64 {
        let wanted = |id: &&GrantId| {
            let row = self.records.grants.get(id);
            row.is_some_and(|row| is_meant(row, only, reach.at()) && reach.sees_person(row.person))
        };
        let of = |person: &PersonId| self.grants_of.get(person).map_or(&[][..], Vec::as_slice);
        let count = match (person, only, scope) {
            (Some(person), _, _) => of(&person).iter().filter(wanted).count(),
            (None, GrantFilter::Requested, _) => self.holdings.requested.iter().filter(wanted).count(),
            (None, GrantFilter::Unreviewed, _) => self.holdings.unreviewed.iter().filter(wanted).count(),
            (None, GrantFilter::All, Scope::Site) => self.records.grants.len(),
            (None, GrantFilter::All, Scope::Organisation(own)) => {
                self.holdings.persons_of(own, PersonId::new(0)).map(|person| of(&person).len()).sum::<usize>()
            }
        };
        count as u64
    }

    /// The first grants of an organisation's people after a number. It looks at all grants of that organisation, and keeps
    /// no more than the page.
    fn first_grants(&self, own: OrganisationId, page: &Page<GrantId>) -> Vec<GrantId> {
        let limit = usize::from(page.limit);
        let people = self.holdings.persons_of(own, PersonId::new(0));
        let ids = people.filter_map(|person| self.grants_of.get(&person)).flatten().copied();
        let mut first: BinaryHeap<GrantId> = BinaryHeap::new();
        for id in ids.filter(|id| Some(*id) > page.after) {
            first.push(id);
            if first.len() > limit {
                first.pop();
            }
        }
        first.into_sorted_vec()
    }

    pub(super) fn names(&self, reach: &Reach<'_>) -> Names {
        let schedules = self.records.schedules.iter().map(|(id, (row, _))| (*id, row.name.clone()));
        let profiles = self.records.profiles.values().filter(|profile| reach.sees_profile(profile));
        let profiles = profiles.map(|profile| (profile.id, profile.name.clone()));
        Names { schedules: schedules.collect(), profiles: profiles.collect() }
    }

    pub(super) fn agreements(&self, now: Now, scope: Scope) -> Vec<Agreement> {
        let is_party = |row: &&Agreement| match scope {
            Scope::Site => true,
            Scope::Organisation(own) => row.owner == own || row.guest == own,
        };
        let rows = self.records.agreements.values().filter(|row| now.wall < row.validity.to);
        rows.filter(is_party).cloned().collect()
    }

    pub(super) fn area_statuses(&self, reach: &Reach<'_>) -> Vec<AreaStatus> {
        let status = |area: &Area| {
            let held = self.site.around(area.id).any(|around| self.records.lockdowns.contains(&around.id));
            let hold = if held { AreaHold::LockedDown } else { AreaHold::Free };
            AreaStatus { area: area.clone(), inside: self.presence.count_in(area.id), hold }
        };
        self.site.areas().filter(|area| reach.sees_area(area.id)).map(status).collect()
    }

    pub(super) fn occupancy(&self, reach: &Reach<'_>, area: AreaId) -> Vec<(PersonId, Whereabouts)> {
        if !reach.sees_area(area) {
            return Vec::new();
        }
        let inside = self.presence.members(&self.site, area).into_iter().filter(|person| reach.sees_person(*person));
        inside.filter_map(|person| Some((person, self.presence.of(person)?))).collect()
    }
}

fn is_meant(grant: &Grant, only: GrantFilter, at: Wall) -> bool {
    match only {
        GrantFilter::All => true,
        // One that is over can no longer be approved, so it waits for nothing.
        GrantFilter::Requested => grant.state == GrantState::Requested && grant.is_live(at),
        GrantFilter::Unreviewed => matches!(grant.kind, GrantKind::BreakGlass(BreakGlassReview::DueAt(_))),
    }
}

fn after<Id>(last: Option<Id>) -> Bound<Id> {
    last.map_or(Bound::Unbounded, Bound::Excluded)
}

fn next_after(last: Option<PersonId>) -> Option<PersonId> {
    last.map_or(Some(0), |last| last.get().checked_add(1)).map(PersonId::new)
}
