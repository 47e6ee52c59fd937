//! On which terms doors are given: the strictest policy of the areas they lead into, the agreements between organisations,
//! the longest time. Used alike for new grants, extensions, profiles and the end of agreements.

use core::time::Duration;

use super::{instant, problem};
use crate::engine::Engine;
use crate::engine::command::Problem;
use crate::engine::sharing::Shared;
use crate::id::{AreaId, DoorId, OrganisationId};
use crate::people::{Approval, GrantRight, When};
use crate::site::TicketPolicy;
use crate::time::Wall;
use std::collections::BTreeSet;

/// The longest a grant or an agreement may last: a right that outlives a year's review is the field's most common finding.
pub(super) const LONGEST_GRANT: Duration = Duration::from_secs(366 * 24 * 3600);

/// The most doors one grant or profile may name. It bounds what one command costs; a site with more doors uses two profiles.
pub(super) const LARGEST_RIGHT_DOORS: usize = 10_000;

/// The strictest that the areas of some doors ask of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demands {
    /// Whether a change ticket is asked for, and the first door whose area does.
    pub(super) ticket: Option<DoorId>,
    /// How many others must approve.
    pub(super) approval: Approval,
}

impl Engine {
    /// The doors of a right: those it names, or those of the profile as it is now.
    pub(in crate::engine) fn doors_of<'a>(&'a self, right: &'a GrantRight) -> impl Iterator<Item = DoorId> + 'a {
        let (named, policies) = match right {
            GrantRight::Doors { doors, .. } => (&doors[..], &[][..]),
            GrantRight::Member(profile) => {
                (&[][..], self.records.profiles.get(profile).map_or(&[][..], |profile| &profile.policies))
            }
        };
        named.iter().copied().chain(policies.iter().map(|policy| policy.door))
    }

    pub(super) fn demands(&self, doors: impl Iterator<Item = DoorId>) -> Demands {
        let mut demands = Demands { ticket: None, approval: Approval::None };
        for door in doors {
            let Some(area) = self.site.door(door).and_then(|door| self.site.area(door.area)) else { continue };
            demands.approval = demands.approval.max(area.policy.approval);
            if area.policy.ticket == TicketPolicy::Required {
                demands.ticket = demands.ticket.or(Some(door));
            }
        }
        demands
    }

    /// What is wrong with what a right names.
    pub(super) fn right_problems(&self, right: &GrantRight) -> Vec<Problem> {
        match right {
            GrantRight::Doors { doors, when } => {
                let mut problems = self.door_problems("doors", doors.iter().copied());
                if let When::Schedule(schedule) = when
                    && !self.records.schedules.contains_key(schedule)
                {
                    problems.push(problem("schedule", format!("{schedule} does not exist; name one that does")));
                }
                problems
            }
            GrantRight::Member(profile) if !self.records.profiles.contains_key(profile) => {
                vec![problem("profile", format!("{profile} does not exist; name one that does"))]
            }
            GrantRight::Member(_) => Vec::new(),
        }
    }

    /// Doors that do not exist, none at all, or too many.
    pub(super) fn door_problems(
        &self,
        field: &'static str,
        doors: impl ExactSizeIterator<Item = DoorId>,
    ) -> Vec<Problem> {
        if doors.len() == 0 {
            return vec![problem(field, "name at least one door or rack")];
        }
        if doors.len() > LARGEST_RIGHT_DOORS {
            let message = format!("{} doors are more than {LARGEST_RIGHT_DOORS}; use two", doors.len());
            return vec![problem(field, message)];
        }
        let unknown = doors.filter(|door| self.site.door(*door).is_none());
        unknown.map(|door| problem(field, format!("{door} does not exist; name one that does"))).collect()
    }

    /// Where people of `guest` may not pass until `to`: areas of others that are not shared with them, or not for so long.
    pub(super) fn sharing_problems(
        &self,
        at: Wall,
        guest: OrganisationId,
        doors: impl Iterator<Item = DoorId>,
        to: Wall,
        fields: SharingFields,
    ) -> Vec<Problem> {
        let sharing = self.sharing(at);
        let mut seen: BTreeSet<AreaId> = BTreeSet::new();
        let mut problems = Vec::new();
        for door in doors.filter_map(|door| self.site.door(door)) {
            if !seen.insert(door.area) {
                continue;
            }
            match sharing.of(guest, door.area) {
                Shared::Freely => {}
                Shared::By(agreement) if to <= agreement.validity.to => {}
                Shared::By(agreement) => problems.push(problem(
                    fields.to,
                    format!(
                        "{} is shared by {} until {}; choose an end no later",
                        door.path,
                        agreement.id,
                        instant(agreement.validity.to)
                    ),
                )),
                Shared::No => problems.push(problem(
                    fields.doors,
                    format!(
                        "{} belongs to {}, which shares it with {} by no agreement in force; make one first, or leave it out",
                        door.path,
                        self.organisation_name(self.site.owner_of(door.id)),
                        self.organisation_name(guest)
                    ),
                )),
            }
        }
        problems
    }

    /// Whether people of `guest` may pass all these doors until `to`.
    pub(super) fn is_shared(
        &self,
        at: Wall,
        guest: OrganisationId,
        mut doors: impl Iterator<Item = DoorId>,
        to: Wall,
    ) -> bool {
        let sharing = self.sharing(at);
        doors.all(|door| match self.site.door(door).map(|door| sharing.of(guest, door.area)) {
            Some(Shared::Freely) | None => true,
            Some(Shared::By(agreement)) => to <= agreement.validity.to,
            Some(Shared::No) => false,
        })
    }

    pub(super) fn organisation_name(&self, id: OrganisationId) -> String {
        self.site.organisation(id).map_or_else(|| id.to_string(), |organisation| organisation.name.clone())
    }

    pub(super) fn door_name(&self, id: DoorId) -> String {
        self.site.door(id).map_or_else(|| id.to_string(), |door| door.path.clone())
    }
}

/// Which members of an input name the doors and the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct SharingFields {
    pub(super) doors: &'static str,
    pub(super) to: &'static str,
}
