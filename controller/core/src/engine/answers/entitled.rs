//! Who may pass somewhere, and where somebody may pass. Each grant that names the door, or each point of the site, is put to the
//! rules as `explain` puts them: by cards, rights and times. What depends on the moment's state (a lockdown, an interlock, a
//! reader that is away) is left out, since it stands beside the door and says nothing of who has a right to it; of a moment
//! that is past, what the journal kept of it counts (`past.rs`).

use core::ops::Bound;

use crate::decide::credential::best_of;
use crate::decide::{NoTrace, PinEvidence, Presented, Request, Verdict, View, settle};
use crate::engine::Engine;
use crate::engine::query::{Answer, Entitled, EntitledPart, PassablePart, Through};
use crate::engine::reach::Reach;
use crate::id::{DoorId, GrantId, PersonId, PointId};
use crate::people::index::{OpenSchedules, Row};
use crate::people::{Grant, GrantRight, GrantState};
use crate::time::Wall;

/// How many grants one question looks at. It trades how often is asked for how long a door waits behind the question.
const LOOKED_AT_MAX_GRANTS: usize = 10_000;

/// How many points one question looks at, for the same reason; each is put to the rules, which costs more.
const LOOKED_AT_MAX_POINTS: usize = 2_000;

impl Engine {
    /// Who may pass somewhere.
    pub(super) fn who(&self, at: Wall, reach: &Reach<'_>, through: Through, after: Option<GrantId>) -> Answer {
        Answer::Entitled(self.entitled(at, reach, through, after))
    }

    /// Where somebody may pass.
    pub(super) fn places(&self, at: Wall, reach: &Reach<'_>, person: PersonId, after: Option<PointId>) -> Answer {
        Answer::Passable(self.passable(at, reach, person, after))
    }

    /// The first part of those whom a grant behind `after` lets through at `at`.
    fn entitled(&self, at: Wall, reach: &Reach<'_>, through: Through, after: Option<GrantId>) -> EntitledPart {
        let Some((door, points)) = self.points_through(through).filter(|(door, _)| reach.sees_door(*door)) else {
            return EntitledPart::default();
        };
        let open = self.people.open_at(at);
        let view = self.view_of_rights(at, &open);
        let rest = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let (mut part, mut looked_at) = (EntitledPart::default(), 0);
        for (id, grant) in self.records.grants.range(rest) {
            if looked_at == LOOKED_AT_MAX_GRANTS {
                return part;
            }
            looked_at += 1;
            let names_it = grant.state == GrantState::Active && grant.is_live(at) && self.names_door(grant, door);
            if names_it && reach.sees_grant(*id) && admits(&view, grant, &points) {
                part.entitled.push(Entitled { grant: grant.clone(), is_own: reach.sees_person(grant.person) });
            }
            part.next = Some(*id);
        }
        part.next = None;
        part
    }

    /// The first part of the points behind `after` that a person may pass at `at`; `None` for a person who is not seen.
    fn passable(&self, at: Wall, reach: &Reach<'_>, person: PersonId, after: Option<PointId>) -> Option<PassablePart> {
        self.records.persons.get(&person).filter(|_| reach.sees_person(person))?;
        let mut part = PassablePart::default();
        let Some(row) = best_of(self.people.bearers_of(person), at) else { return Some(part) };
        let open = self.people.open_at(at);
        let view = self.view_of_rights(at, &open);
        let behind = |point: PointId| after.is_none_or(|after| point > after);
        for (looked_at, point) in self.site.points().filter(|point| behind(point.id)).enumerate() {
            if looked_at == LOOKED_AT_MAX_POINTS {
                return Some(part);
            }
            let grant = admitting(&view, row, point.id).and_then(|grant| self.records.grants.get(&grant));
            part.points.extend(grant.filter(|_| reach.sees_door(point.door)).map(|grant| (point.id, grant.clone())));
            part.next = Some(point.id);
        }
        part.next = None;
        Some(part)
    }

    /// What is decided by cards, rights and times alone, or, of the past, by what the journal kept.
    fn view_of_rights<'a>(&'a self, at: Wall, open: &'a OpenSchedules) -> View<'a> {
        let view = self.view(at);
        View { open, situation: view.situation.filter(|_| self.presence.is_unrecorded()), ..view }
    }

    /// The door that is passed, and by which points.
    fn points_through(&self, through: Through) -> Option<(DoorId, Vec<PointId>)> {
        match through {
            Through::Door(door) => {
                let points = self.site.points().filter(|point| point.door == door);
                Some((door, points.map(|point| point.id).collect()))
            }
            Through::Point(point) => Some((self.site.point(point)?.door, vec![point])),
        }
    }

    fn names_door(&self, grant: &Grant, door: DoorId) -> bool {
        match &grant.right {
            GrantRight::Doors { doors, .. } => doors.binary_search(&door).is_ok(),
            GrantRight::Member(profile) => self
                .records
                .profiles
                .get(profile)
                .is_some_and(|profile| profile.policies.binary_search_by_key(&door, |policy| policy.door).is_ok()),
        }
    }
}

/// Whether this very grant is the one that lets its holder through.
fn admits(view: &View<'_>, grant: &Grant, points: &[PointId]) -> bool {
    let Some(row) = best_of(view.people.bearers_of(grant.person), view.at) else { return false };
    points.iter().any(|point| admitting(view, row, *point) == Some(grant.id))
}

/// The grant by which somebody would be let through a point, with the right PIN and whoever must come along.
fn admitting(view: &View<'_>, row: Row<'_>, point: PointId) -> Option<GrantId> {
    let request = Request { point, presented: Presented::Nothing(row), pin: PinEvidence::Missing, companion: None };
    match settle(view, &request, &mut NoTrace) {
        Ok(Verdict::Admit(admission) | Verdict::AwaitCompanion(admission)) => Some(admission.grant),
        // Nothing was presented, so `factors` assumes the PIN and never awaits it.
        Ok(Verdict::AwaitPin { .. }) | Err(_) => None,
    }
}
