//! Who may open a door now. Each grant that names it is looked at, and whoever holds one is put to the rules as `explain` puts
//! them: by cards, rights and times. What depends on the moment's state (a lockdown, an interlock, a reader that is away) is
//! left out, since it stands beside the door and says nothing of who has a right to it.

use core::ops::Bound;

use crate::decide::credential::best_of;
use crate::decide::{NoTrace, PinEvidence, Presented, Request, Verdict, View, settle};
use crate::engine::Engine;
use crate::engine::query::{Entitled, EntitledPart};
use crate::engine::reach::Reach;
use crate::id::{DoorId, GrantId, PointId};
use crate::people::{Grant, GrantRight, GrantState};
use crate::time::Now;

/// How many grants one question looks at. It trades how often is asked for how long a door waits behind the question.
const LOOKED_AT_MAX_GRANTS: usize = 10_000;

impl Engine {
    /// The first part of those whom a grant behind `after` lets through a door now.
    pub(super) fn entitled(&self, now: Now, reach: &Reach<'_>, door: DoorId, after: Option<GrantId>) -> EntitledPart {
        if !reach.sees_door(door) {
            return EntitledPart::default();
        }
        let open = self.people.open_at(now.wall);
        let mut view = self.view(now.wall);
        (view.open, view.situation) = (&open, None);
        let points: Vec<PointId> =
            self.site.points().filter(|point| point.door == door).map(|point| point.id).collect();
        let rest = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let (mut part, mut looked_at) = (EntitledPart::default(), 0);
        for (id, grant) in self.records.grants.range(rest) {
            if looked_at == LOOKED_AT_MAX_GRANTS {
                return part;
            }
            looked_at += 1;
            let names_it = grant.state == GrantState::Active && grant.is_live(now.wall) && self.names_door(grant, door);
            if names_it && reach.sees_grant(*id) && admits(&view, grant, &points) {
                part.entitled.push(Entitled { grant: grant.clone(), is_own: reach.sees_person(grant.person) });
            }
            part.next = Some(*id);
        }
        part.next = None;
        part
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
    points.iter().any(|point| {
        let presented = Presented::Nothing(row);
        let request = Request { point: *point, presented, pin: PinEvidence::Missing, companion: None };
        match settle(view, &request, &mut NoTrace) {
            Ok(Verdict::Admit(admission) | Verdict::AwaitCompanion(admission)) => admission.grant == grant.id,
            // Nothing was presented, so `factors` assumes the PIN and never awaits it.
            Ok(Verdict::AwaitPin { .. }) | Err(_) => false,
        }
    })
}
