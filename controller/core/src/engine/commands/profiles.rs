//! Commands about access profiles. An edit costs nothing that grows with the members, so what their memberships rested on is
//! guarded here: with members, a profile never comes to ask for more than they had to show, nor to lead where their
//! organisation may not go for as long.

use super::terms::SharingFields;
use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem};
use crate::engine::Engine;
use crate::engine::command::{CommandError, Problem, Reply, SetMode, disguises};
use crate::entry::{Entry, ReasonText};
use crate::id::{DoorId, OrganisationId, ProfileId};
use crate::people::{Approval, EndCause, GrantRight, Policy, Profile};
use crate::records::Removable;
use crate::site::OPERATOR;
use crate::time::Wall;

/// The longest name (ONVIF: names up to 64 characters).
const NAME_CHARS: usize = 64;

/// What the API calls the doors of a profile; an end is never wrong here, the door is.
const FIELDS: SharingFields = SharingFields { doors: "policies", to: "policies" };

impl Engine {
    pub(super) fn set_profile(
        &mut self,
        order: Order,
        name: &str,
        owner: OrganisationId,
        mut policies: Vec<Policy>,
        reason: ReasonText,
        mode: SetMode,
    ) -> Outcome {
        let name = name.trim();
        let id = self.profile_number(order, name, mode)?;
        policies.sort_by_key(|policy| policy.door);
        let mut problems = self.profile_problems(order.now.wall, name, owner, &policies);
        if let Some(before) = self.records.profiles.get(&id) {
            problems.extend(self.member_problems(order.now.wall, before, &policies));
        }
        invalid(problems)?;
        let profile = Profile { id, name: name.to_owned(), owner, policies: policies.into_boxed_slice() };
        let (by, generation) = (order.by, self.next_generation());
        self.record(order.now, Entry::ProfileSet { profile, reason, by, generation });
        Ok(Reply::Profile(id, generation))
    }

    pub(in crate::engine) fn profile_named(&self, name: &str) -> Option<&Profile> {
        self.records.profiles.values().find(|profile| profile.name == name)
    }

    /// The number a profile of this name has or gets.
    fn profile_number(&self, order: Order, name: &str, mode: SetMode) -> Result<ProfileId, CommandError> {
        match (mode, self.profile_named(name)) {
            (SetMode::Edit, Some(profile)) => Ok(profile.id),
            (SetMode::Edit, None) => Err(not_found("a profile of this name")),
            (SetMode::Create, Some(profile)) if self.reach(order.now.wall, order.scope).sees_profile(profile) => {
                Err(conflict(format!("{} has this name already; edit that one, or choose another name", profile.id)))
            }
            (SetMode::Create, Some(_)) => Err(conflict("this name is taken; choose another name")),
            (SetMode::Create, None) => numbered(self.next_removable(Removable::Profile)).map(ProfileId::new),
        }
    }

    fn profile_problems(&self, at: Wall, name: &str, owner: OrganisationId, policies: &[Policy]) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        if name.is_empty() || name.chars().count() > NAME_CHARS || disguises(name) {
            problems.push(problem("name", "a name has 1 to 64 characters, none that nobody sees"));
        }
        problems.extend(self.organisation_problem("owner", owner));
        problems.extend(self.door_problems("policies", policies.iter().map(|policy| policy.door)));
        for pair in policies.windows(2) {
            if let [first, second] = pair
                && first.door == second.door
            {
                let message = format!("{} stands here twice; give it one schedule", self.door_name(first.door));
                problems.push(problem("policies", message));
            }
        }
        for schedule in policies.iter().filter_map(|policy| policy.schedule) {
            if !self.records.schedules.contains_key(&schedule) {
                problems.push(problem("policies", format!("{schedule} does not exist; name one that does")));
            }
        }
        problems.extend(self.foreign_doors(at, owner, policies));
        problems
    }

    /// Doors that a profile's owner neither owns nor is let into. The operator's profiles may name every door.
    fn foreign_doors(&self, at: Wall, owner: OrganisationId, policies: &[Policy]) -> Vec<Problem> {
        if owner == OPERATOR {
            return Vec::new();
        }
        let sharing = self.sharing(at);
        let foreign = |door: DoorId| {
            let door = self.site.door(door)?;
            let own = self.site.owner_of(door.id) == owner || sharing.agreement(owner, door.area).is_some();
            let message = || {
                let (path, owner) = (&door.path, self.organisation_name(owner));
                format!(
                    "{path} neither belongs to {owner} nor is shared with it by an agreement in force; leave it out"
                )
            };
            (!own).then(|| problem("policies", message()))
        };
        policies.iter().filter_map(|policy| foreign(policy.door)).collect()
    }

    /// What an edit would give members that their memberships were never checked for.
    fn member_problems(&self, at: Wall, before: &Profile, policies: &[Policy]) -> Vec<Problem> {
        let kept = |policy: &&Policy| before.policies.contains(policy);
        let added = || policies.iter().filter(|policy| !kept(policy)).map(|policy| policy.door);
        let mut problems = Vec::new();
        let mut has_members = false;
        for (organisation, end) in self.holdings.member_ends(before.id, at) {
            has_members = true;
            problems.extend(self.sharing_problems(at, organisation, added(), end, FIELDS));
        }
        if has_members {
            problems.extend(self.guarded(added()));
        }
        problems
    }

    /// The first of the doors whose area asks for approval or a ticket: what was approved for a member was approved for the
    /// doors and times of then.
    fn guarded(&self, mut added: impl Iterator<Item = DoorId>) -> Option<Problem> {
        let asks = |door: &DoorId| {
            let demands = self.demands(core::iter::once(*door));
            demands.approval > Approval::None || demands.ticket.is_some()
        };
        let door = added.find(asks)?;
        let message = format!(
            "the area of {} asks for approval or a ticket, which the members have for what the profile holds now; make another \
             profile for the new door or times",
            self.door_name(door)
        );
        Some(problem("policies", message))
    }

    pub(super) fn remove_profile(&mut self, order: Order, profile: ProfileId, reason: ReasonText) -> Outcome {
        if !self.records.profiles.contains_key(&profile) {
            return Err(not_found(profile));
        }
        let Order { now, by, .. } = order;
        let members = self.live_grants(now, |grant| grant.right == GrantRight::Member(profile));
        let generation = self.next_generation();
        self.record(now, Entry::ProfileRemoved { profile, reason, by, generation });
        self.end_grants(now, members, EndCause::ProfileRemoved);
        Ok(Reply::Rights(self.records.generation))
    }
}
