//! By how much a change of the records lets more people through more doors, or fewer: what was before is compared with what is
//! now, one person at one door at a time (a *person-door*). It errs to one side: where two ways of saying when cannot be
//! compared, the newer one counts as wider. Who may make such a change is `engine/change_set.rs`.

mod times;

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{CalendarId, DoorId, GrantId, PersonId, ProfileId, ScheduleId};
use crate::people::{EscortNeed, Grant, GrantRight, ManagedBy, Person, PersonStatus, Policy, Profile, Uses, When};
use crate::records::Records;
use crate::site::schedule::{Calendar, Schedule};
use crate::time::Wall;
use times::Times;

/// How many person-doors are looked at one by one. Beyond, what a change gives is counted without looking whether another right
/// gave it before; it trades a count that is too high against doors that wait for it.
const PAIRS_MAX_COUNT: u64 = 500_000;

/// By how much a change widens, or narrows, who may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Widening {
    /// How many people at how many doors, one by one.
    pub person_doors: u64,
    /// How many people.
    pub people: u32,
    /// How many doors.
    pub doors: u32,
    /// Whether it is counted one by one; otherwise it is at most so much.
    pub exact: bool,
    /// Which change of a record does how much of it.
    pub causes: BTreeMap<Cause, u64>,
    /// Those of the doors through which nobody passes on the other side: doors that nobody could open before, or, where it
    /// narrows, that nobody can open any more.
    pub opened_by_nobody: Vec<DoorId>,
}

/// A record whose change widens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Somebody's rights count now.
    Person(PersonId),
    /// A grant is new, longer or of more.
    Grant(GrantId),
    /// A profile has more doors, or the same at more times.
    Profile(ProfileId),
    /// A schedule holds at more times, by itself or by a calendar.
    Schedule(ScheduleId),
}

/// Rows as they were, where they were other than they are: of those that change one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct FormerRows {
    pub(crate) persons: BTreeMap<PersonId, Option<Person>>,
    pub(crate) grants: BTreeMap<GrantId, Option<Grant>>,
    pub(crate) profiles: BTreeMap<ProfileId, Profile>,
    pub(crate) schedules: BTreeMap<ScheduleId, (Schedule, ManagedBy)>,
    pub(crate) calendars: BTreeMap<CalendarId, (Calendar, ManagedBy)>,
}

/// The records at one of the two moments that are compared.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    records: &'a Records,
    former: Option<&'a FormerRows>,
}

impl<'a> Side<'a> {
    /// As they are.
    pub(crate) const fn now(records: &'a Records) -> Self {
        Self { records, former: None }
    }

    /// As they were.
    pub(crate) const fn before(records: &'a Records, former: &'a FormerRows) -> Self {
        Self { records, former: Some(former) }
    }

    fn person(&self, id: PersonId) -> Option<&'a Person> {
        match self.former.and_then(|former| former.persons.get(&id)) {
            Some(row) => row.as_ref(),
            None => self.records.persons.get(&id),
        }
    }

    fn grant(&self, id: GrantId) -> Option<&'a Grant> {
        match self.former.and_then(|former| former.grants.get(&id)) {
            Some(row) => row.as_ref(),
            None => self.records.grants.get(&id),
        }
    }

    fn profiles(&self) -> &'a BTreeMap<ProfileId, Profile> {
        self.former.map_or(&self.records.profiles, |former| &former.profiles)
    }

    fn schedules(&self) -> &'a BTreeMap<ScheduleId, (Schedule, ManagedBy)> {
        self.former.map_or(&self.records.schedules, |former| &former.schedules)
    }

    fn calendars(&self) -> &'a BTreeMap<CalendarId, (Calendar, ManagedBy)> {
        self.former.map_or(&self.records.calendars, |former| &former.calendars)
    }

    fn schedule(&self, id: ScheduleId) -> Option<&'a Schedule> {
        self.schedules().get(&id).map(|(schedule, _)| schedule)
    }

    /// Whether somebody's rights count at all.
    fn counts(&self, person: PersonId) -> bool {
        self.person(person).is_some_and(|person| person.status == PersonStatus::Enabled)
    }

    /// At which times a right leads through a door, if it does.
    fn times(&self, right: &'a GrantRight, door: DoorId) -> Option<Times<'a>> {
        match right {
            GrantRight::Doors { doors, when } => {
                doors.binary_search(&door).ok()?;
                match when {
                    When::Weekly(weekly) => Some(Times::weekly(weekly)),
                    When::Schedule(schedule) => self.schedule(*schedule).map(Times::Named),
                }
            }
            GrantRight::Member(profile) => {
                let policies = &self.profiles().get(profile)?.policies;
                let policy = policies.get(policies.binary_search_by_key(&door, |policy| policy.door).ok()?)?;
                self.policy_times(policy)
            }
        }
    }

    fn policy_times(&self, policy: &Policy) -> Option<Times<'a>> {
        policy.schedule.map_or(Some(Times::Always), |schedule| self.schedule(schedule).map(Times::Named))
    }

    fn doors(&self, right: &'a GrantRight) -> Vec<DoorId> {
        match right {
            GrantRight::Doors { doors, .. } => doors.to_vec(),
            GrantRight::Member(profile) => {
                let policies = self.profiles().get(profile).map_or(&[][..], |profile| &profile.policies);
                policies.iter().map(|policy| policy.door).collect()
            }
        }
    }
}

/// A right that may lead further than what there was.
struct Candidate<'a> {
    grant: &'a Grant,
    doors: Vec<DoorId>,
    cause: Cause,
}

/// What two sides are compared by.
pub(crate) struct Comparison<'a> {
    /// Where it comes from.
    pub(crate) from: Side<'a>,
    /// Where it goes to.
    pub(crate) to: Side<'a>,
    /// Rows of persons and grants that differ.
    pub(crate) persons: &'a BTreeSet<PersonId>,
    /// The same.
    pub(crate) grants: &'a BTreeSet<GrantId>,
    /// The grants of each person, on both sides.
    pub(crate) grants_of: &'a BTreeMap<PersonId, Vec<GrantId>>,
    /// When.
    pub(crate) at: Wall,
}

impl<'a> Comparison<'a> {
    /// What `to` allows that `from` does not.
    pub(crate) fn gained(&self) -> Widening {
        let wider = self.wider_schedules();
        let candidates = self.candidates(&wider);
        let pairs: u64 = candidates.iter().map(|candidate| candidate.doors.len() as u64).sum();
        let exact = pairs <= PAIRS_MAX_COUNT;
        let mut widening = Widening { exact, ..Widening::default() };
        let (mut people, mut doors) = (BTreeSet::new(), BTreeSet::new());
        let mut seen: BTreeSet<(PersonId, DoorId)> = BTreeSet::new();
        for candidate in &candidates {
            let person = candidate.grant.person;
            let mut given = 0;
            for door in &candidate.doors {
                let is_new = !exact || (!self.had(candidate.grant, *door, &wider) && seen.insert((person, *door)));
                if is_new {
                    given += 1;
                    people.insert(person);
                    doors.insert(*door);
                }
            }
            if given > 0 {
                widening.person_doors += given;
                *widening.causes.entry(candidate.cause).or_default() += given;
            }
        }
        widening.people = u32::try_from(people.len()).unwrap_or(u32::MAX);
        widening.doors = u32::try_from(doors.len()).unwrap_or(u32::MAX);
        widening.opened_by_nobody = self.opened_by_nobody(doors);
        widening
    }

    /// Those of `doors` through which nobody passes where it comes from. Each profile is looked at once, whoever holds it.
    fn opened_by_nobody(&self, mut doors: BTreeSet<DoorId>) -> Vec<DoorId> {
        let mut profiles: BTreeSet<ProfileId> = BTreeSet::new();
        let ids = self.from.records.grants.keys().chain(self.grants);
        for grant in ids.filter_map(|id| self.from.grant(*id)) {
            if doors.is_empty() {
                break;
            }
            let is_seen = matches!(grant.right, GrantRight::Member(profile) if profiles.contains(&profile));
            if is_seen || !self.is_live(self.from, grant) {
                continue;
            }
            if let GrantRight::Member(profile) = grant.right {
                profiles.insert(profile);
            }
            // A schedule that never holds cannot be, so that a right at any time is one.
            for door in self.from.doors(&grant.right) {
                doors.remove(&door);
            }
        }
        doors.into_iter().collect()
    }

    fn is_live(&self, side: Side<'a>, grant: &Grant) -> bool {
        use crate::people::GrantState::{Active, Denied, Ended, Requested, Revoked};
        let counts = match grant.state {
            Active => true,
            // Somebody has yet to approve it: that is a safeguard of its own.
            Requested | Revoked | Denied | Ended(_) => false,
        };
        counts && grant.is_live(self.at) && side.counts(grant.person)
    }

    /// Schedules that hold at times at which they did not.
    fn wider_schedules(&self) -> BTreeSet<ScheduleId> {
        let changed = |id: CalendarId| self.from.calendars().get(&id) != self.to.calendars().get(&id);
        let is_wider = |(id, (schedule, _)): (&ScheduleId, &'a (Schedule, ManagedBy))| {
            let before = self.from.schedule(*id);
            let by_days = schedule.special.iter().any(|special| changed(special.calendar));
            let narrower = before.is_some_and(|before| Times::Named(schedule).within(Times::Named(before)));
            (by_days || !narrower).then_some(*id)
        };
        self.to.schedules().iter().filter_map(is_wider).collect()
    }

    /// Doors that a profile leads through, or at times, as it did not.
    fn wider_profiles(&self, wider: &BTreeSet<ScheduleId>) -> BTreeMap<ProfileId, (Vec<DoorId>, Cause)> {
        let mut profiles = BTreeMap::new();
        for (id, profile) in self.to.profiles() {
            let before = self.from.profiles().get(id);
            let is_changed = before != Some(profile);
            let by_schedule =
                profile.policies.iter().filter_map(|policy| policy.schedule).find(|id| wider.contains(id));
            if !is_changed && by_schedule.is_none() {
                continue;
            }
            let was = |door: DoorId| {
                let policies = &before?.policies;
                let place = policies.binary_search_by_key(&door, |policy| policy.door).ok()?;
                self.from.policy_times(policies.get(place)?)
            };
            let is_new = |policy: &&Policy| {
                let Some(times) = self.to.policy_times(policy) else { return false };
                let by_days = policy.schedule.is_some_and(|schedule| wider.contains(&schedule));
                by_days || was(policy.door).is_none_or(|was| !times.within(was))
            };
            let doors: Vec<DoorId> = profile.policies.iter().filter(is_new).map(|policy| policy.door).collect();
            let cause = match by_schedule {
                Some(schedule) if !is_changed => Cause::Schedule(schedule),
                Some(_) | None => Cause::Profile(*id),
            };
            if !doors.is_empty() {
                profiles.insert(*id, (doors, cause));
            }
        }
        profiles
    }

    fn candidates(&self, wider: &BTreeSet<ScheduleId>) -> Vec<Candidate<'a>> {
        let mut candidates = Vec::new();
        let mut add = |grant: &'a Grant, doors: Vec<DoorId>, cause: Cause| {
            if self.is_live(self.to, grant) {
                candidates.push(Candidate { grant, doors, cause });
            }
        };
        for grant in self.grants.iter().filter_map(|id| self.to.grant(*id)) {
            add(grant, self.to.doors(&grant.right), Cause::Grant(grant.id));
        }
        for person in self.persons.iter().filter(|id| self.to.counts(**id) && !self.from.counts(**id)) {
            let ids = self.grants_of.get(person).map_or(&[][..], Vec::as_slice);
            for grant in ids.iter().filter(|id| !self.grants.contains(id)).filter_map(|id| self.to.grant(*id)) {
                add(grant, self.to.doors(&grant.right), Cause::Person(*person));
            }
        }
        let profiles = self.wider_profiles(wider);
        if profiles.is_empty() && wider.is_empty() {
            return candidates;
        }
        let others = self.to.records.grants.keys().filter(|id| !self.grants.contains(id));
        for grant in others.filter_map(|id| self.to.grant(*id)) {
            match &grant.right {
                GrantRight::Member(profile) => {
                    if let Some((doors, cause)) = profiles.get(profile) {
                        add(grant, doors.clone(), *cause);
                    }
                }
                GrantRight::Doors { doors, when: When::Schedule(schedule) } if wider.contains(schedule) => {
                    add(grant, doors.to_vec(), Cause::Schedule(*schedule));
                }
                GrantRight::Doors { .. } => {}
            }
        }
        candidates
    }

    /// Whether the holder of a grant had at least the same at a door before.
    fn had(&self, grant: &Grant, door: DoorId, wider: &BTreeSet<ScheduleId>) -> bool {
        let Some(times) = self.to.times(&grant.right, door) else { return true };
        let ids = self.grants_of.get(&grant.person).map_or(&[][..], Vec::as_slice);
        let before = ids.iter().filter_map(|id| self.from.grant(*id)).filter(|before| self.is_live(self.from, before));
        before.into_iter().any(|before| {
            let began = before.validity.from <= grant.validity.from.max(self.at);
            let lasted = before.validity.to >= grant.validity.to;
            let as_often = before.uses == Uses::Unlimited || before.uses == grant.uses;
            let as_free = before.escort == EscortNeed::No || grant.escort == EscortNeed::Required;
            let same_days = times.name().is_none_or(|schedule| !wider.contains(&schedule));
            let at_least = |was: Times<'_>| was.is_always() || (same_days && times.within(was));
            began && lasted && as_often && as_free && self.from.times(&before.right, door).is_some_and(at_least)
        })
    }
}
