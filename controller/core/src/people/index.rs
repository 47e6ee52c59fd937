//! Persons, credentials, grants, profiles and schedules compiled for deciding. From a card to its rights is one look-up in a
//! table whose rows have all that is needed, so that a decision waits for memory once however large the site is. A change
//! to one person rewrites the rows of that person's cards; a change to a profile rewrites the lists of its doors and none of
//! its members; a change to a schedule, one bit. What the rights mean is decided in `decide/`.
//!
//! ```text
//!  card ──▶ row: who, state, up to five rights ──┬──▶ a door itself, or a set of doors ──▶ the grant's schedule
//!                (more of them in a spill)       └──▶ a profile, in the list of the door ──▶ the policy's schedule
//!  schedule slot ──▶ one bit: holds in this minute
//! ```
//! Vocabulary: a *row* is one credential as deciding needs it. A *target* is what a right opens. A *slot* is the number of a
//! schedule among all that rights name; equal weekly schedules share one.

mod cards;
mod doors;
mod holders;
mod row;
mod slots;
mod spills;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::id::{CredentialId, DoorId, GrantId, PersonId, ProfileId, ScheduleId};
use crate::people::{
    Credential, CredentialKey, CredentialState, EscortNeed, ExtendedTime, Grant, GrantRight, GrantState, Person,
    PersonStatus, PinStatus, Policy, ThreatLevel, Uses, Validity, When,
};
use crate::records::Records;
use crate::site::local_time::LocalTime;
use crate::site::schedule::timetable::Timetable;
use crate::time::Wall;

use cards::{CardTable, Place};
use doors::{DoorList, DoorLists, DoorSets};
use holders::{Holders, Prefix};
use row::{CardRow, Detail, INLINE_RIGHTS, Kind, Target, seconds_of};
use slots::Slots;
pub use slots::{OpenSchedules, ScheduleSlot};
use spills::Spills;

/// Everybody, compiled.
#[derive(Debug, Default)]
pub struct People {
    cards: CardTable,
    holders: Holders,
    /// What is settled about persons who hold no card, kept for the day they get one.
    cardless: BTreeMap<PersonId, Box<CardRow>>,
    spills: Spills,
    sets: DoorSets,
    doors: DoorLists,
    profiles: BTreeMap<ProfileId, Box<[(DoorId, ScheduleSlot)]>>,
    slots: Slots,
}

/// One credential with all that deciding needs of its holder; or a person as if with a good credential.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    people: &'a People,
    row: &'a CardRow,
}

/// One grant's right to one door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The grant.
    pub grant: GrantId,
    /// From when to when.
    pub validity: Validity,
    /// At which times within the validity.
    pub slot: ScheduleSlot,
    /// Whether the grant counts.
    pub standing: RightStanding,
    /// Whether the holder must be escorted.
    pub escort: EscortNeed,
}

/// Whether a grant counts within its validity and schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightStanding {
    /// It does.
    Counts,
    /// Not yet: somebody must approve it.
    NotApproved,
    /// No longer: it was used as often as it allowed.
    UsedUp,
}

impl People {
    /// Nobody yet, at a site with this local time, by which the weekly schedules of grants go.
    pub fn new(local_time: LocalTime) -> Self {
        Self { slots: Slots::new(local_time), ..Self::default() }
    }

    /// Makes room for so many credentials in all: adding them then builds nothing again.
    pub fn reserve(&mut self, credentials: usize) {
        self.cards.reserve(credentials);
    }

    /// Compiles everybody. Credentials come first, so that rows are made once and persons and grants are written into them.
    pub fn compile(records: &Records, local_time: &LocalTime) -> Self {
        let mut people = Self::new(local_time.clone());
        let calendars = records.known_calendars();
        for (id, (schedule, _)) in &records.schedules {
            people.put_schedule(*id, Timetable::compile(schedule, &calendars));
        }
        records.profiles.values().for_each(|profile| people.put_profile(profile.id, &profile.policies));
        people.reserve(records.credentials.len());
        records.credentials.values().for_each(|credential| people.put_credential(credential));
        records.persons.values().for_each(|person| people.put_person(person));
        let mut grants: Vec<&Grant> = records.grants.values().collect();
        grants.sort_by_key(|grant| grant.person);
        for of_one in grants.chunk_by(|one, next| one.person == next.person) {
            people.put_grants(of_one[0].person, of_one.iter().copied());
        }
        people
    }

    /// Adds a person or changes status, PINs and details of one; rights stay.
    pub fn put_person(&mut self, person: &Person) {
        self.change_rows(person.id, |row| row.facts.put_person(person));
    }

    /// Forgets a person who has no credential, as if they had never been added. Their grants are gone before.
    pub fn forget_person(&mut self, person: PersonId) {
        self.cardless.remove(&person);
    }

    /// Adds or changes a credential. One that was returned or destroyed keeps answering with its state until its key is
    /// given to a newer one; then the newer one answers, whatever happens to the older. A credential stays with its person.
    pub fn put_credential(&mut self, credential: &Credential) {
        self.forget_other_key(credential);
        let held = self.cards.place(&credential.key).and_then(|place| Some((place, *self.cards.get(place)?)));
        let Some((place, mut row)) = held else {
            let mut row = CardRow::unknown(credential.person);
            row.put_credential(credential);
            self.attach(&mut row, credential.person);
            self.cards.insert(&row);
            return;
        };
        if row.credential > credential.id {
            return;
        }
        if row.person != credential.person {
            self.detach(&row);
            self.attach(&mut row, credential.person);
        }
        row.put_credential(credential);
        if let Some(old) = self.cards.get_mut(place) {
            *old = row;
        }
    }

    /// Replaces the rights of one person by those of `grants`, all of them that person's. Grants that are revoked, denied or
    /// ended are left out; those that wait for approval or are used up stay and say so.
    pub fn put_grants<'a>(&mut self, person: PersonId, grants: impl Iterator<Item = &'a Grant>) {
        let mut kept: Vec<(&Grant, RightStanding)> =
            grants.filter_map(|grant| Some((grant, standing_of(grant)?))).collect();
        kept.sort_unstable_by_key(|(grant, _)| grant.id);
        let rights = self.pack(&kept);
        let row = self.settled(person).unwrap_or(CardRow::unknown(person));
        let old: Vec<(Target, Detail)> = row.inline().chain(self.spills.of(row.spill())).collect();
        let inline = if rights.len() > INLINE_RIGHTS { INLINE_RIGHTS - 1 } else { rights.len() };
        let (inline, rest) = rights.split_at(inline);
        let spill = self.spills.put(row.spill(), rest);
        self.change_rows(person, |row| row.put_rights(inline, spill));
        // Released last, so that what old and new rights share stays where it is.
        old.into_iter().for_each(|(target, _)| self.release(target));
    }

    /// Sets which doors a profile opens when; none removes it. Members are not touched.
    pub fn put_profile(&mut self, profile: ProfileId, policies: &[Policy]) {
        let mut policies: Vec<&Policy> = policies.iter().collect();
        policies.sort_by_key(|policy| policy.door);
        policies.dedup_by_key(|policy| policy.door);
        let mut next: Vec<(DoorId, ScheduleSlot)> = Vec::with_capacity(policies.len());
        for policy in policies {
            let slot = policy.schedule.map_or(ScheduleSlot::ALWAYS, |schedule| self.slots.take_named(schedule));
            next.push((policy.door, slot));
        }
        let old = self.profiles.remove(&profile).unwrap_or_default();
        self.doors.move_profile(profile, &old, &next);
        if !next.is_empty() {
            self.profiles.insert(profile, next.into_boxed_slice());
        }
        old.into_iter().for_each(|(_, slot)| self.slots.release(slot));
    }

    /// Sets when a schedule holds; without a timetable, never.
    pub fn put_schedule(&mut self, schedule: ScheduleId, timetable: Option<Timetable>) {
        self.slots.put(schedule, timetable);
    }

    /// The slot of a schedule, if there is such a schedule or a right names it. Good until the next change to the schedules:
    /// ask again rather than keep it.
    pub fn slot_of(&self, schedule: ScheduleId) -> Option<ScheduleSlot> {
        self.slots.of(schedule)
    }

    /// The instants after `after` and before `until` from which a slot holds when it did not, or does not when it did.
    pub fn changes_of(&self, slot: ScheduleSlot, after: Wall, until: Wall) -> Vec<Wall> {
        self.slots.changes_of(slot, after, until)
    }

    /// Which schedules hold at `at`.
    pub fn open_at(&self, at: Wall) -> OpenSchedules {
        let mut open = OpenSchedules::default();
        self.refresh(&mut open, at);
        open
    }

    /// Brings `open`, made by these same people, up to the minute of `at`. Within the minute it was made for, only
    /// schedules changed since are looked at.
    pub fn refresh(&self, open: &mut OpenSchedules, at: Wall) {
        self.slots.refresh(open, at);
    }

    /// The credential that reads as `key`, with its holder's rights.
    #[inline]
    pub fn bearer(&self, key: &CredentialKey) -> Option<Row<'_>> {
        Some(Row { people: self, row: self.cards.find(key)? })
    }

    /// Every credential of a person that answers.
    pub fn bearers_of(&self, person: PersonId) -> impl Iterator<Item = Row<'_>> {
        let rows = self.places_of(person).filter_map(|place| self.cards.get(place));
        rows.map(|row| Row { people: self, row })
    }

    /// A person who has no credential, as if with a good one, whose number is 0; `None` for those who have one (see
    /// [`People::bearers_of`]) and for those of whom nothing is known.
    pub fn assumed(&self, person: PersonId) -> Option<Row<'_>> {
        self.cardless.get(&person).map(|row| Row { people: self, row })
    }

    /// What opens a door.
    #[inline]
    pub fn reach(&self, door: DoorId) -> Reach<'_> {
        let list = self.doors.of(door);
        Reach { door, signature: list.signature, list, sets: &self.sets }
    }

    fn places_of(&self, person: PersonId) -> impl Iterator<Item = Place> {
        self.holders.of(person).flat_map(move |prefix| self.cards.places_of(prefix, person))
    }

    /// What is settled about a person, as one of the person's rows has it.
    fn settled(&self, person: PersonId) -> Option<CardRow> {
        let held = self.places_of(person).next().and_then(|place| self.cards.get(place)).copied();
        held.or_else(|| self.cardless.get(&person).map(|row| **row))
    }

    /// Changes every row of a person, or what is kept of one who holds no card.
    fn change_rows(&mut self, person: PersonId, change: impl Fn(&mut CardRow)) {
        let places: Vec<Place> = self.places_of(person).collect();
        if places.is_empty() {
            change(self.cardless.entry(person).or_insert_with(|| Box::new(CardRow::unknown(person))));
        }
        for place in places {
            self.cards.get_mut(place).into_iter().for_each(&change);
        }
    }

    /// Gives a row to a person, about whom it shows what is settled.
    fn attach(&mut self, row: &mut CardRow, person: PersonId) {
        row.put_person_of(&self.settled(person).unwrap_or(CardRow::unknown(person)));
        self.cardless.remove(&person);
        self.holders.add(person, Prefix::of(&row.key));
    }

    /// Takes a row from its person. What is settled about the person stays, even when it was the last.
    fn detach(&mut self, row: &CardRow) {
        let (person, prefix) = (row.person, Prefix::of(&row.key));
        if self.cards.places_of(prefix, person).nth(1).is_none() {
            self.holders.remove(person, prefix);
        }
        if self.holders.of(person).next().is_none() {
            let mut settled = CardRow::unknown(person);
            settled.put_person_of(row);
            self.cardless.insert(person, Box::new(settled));
        }
    }

    /// Records never change a credential's key. If one did, the old key must not go on opening doors.
    fn forget_other_key(&mut self, credential: &Credential) {
        let is_other = |row: &CardRow| row.credential == credential.id && row.key != credential.key;
        let rows = self.places_of(credential.person).filter_map(|place| self.cards.get(place));
        let other = rows.copied().find(is_other);
        if let Some(other) = other {
            self.detach(&other);
            self.cards.remove(&other.key);
        }
    }

    /// Rights as rows keep them, in order of grant. A few doors are kept one by one where the row has room for them;
    /// otherwise a grant's doors are one set, so that a grant to a whole site is one right, not ten thousand.
    fn pack(&mut self, grants: &[(&Grant, RightStanding)]) -> Vec<(Target, Detail)> {
        let singly = grants.iter().map(|(grant, _)| doors_of(grant).len().max(1)).sum::<usize>() <= INLINE_RIGHTS;
        let mut rights = Vec::with_capacity(grants.len());
        for (grant, standing) in grants {
            let detail = detail(grant, *standing);
            match &grant.right {
                GrantRight::Member(profile) => rights.extend(Target::profile(*profile).map(|target| (target, detail))),
                GrantRight::Doors { doors, when } => {
                    let parts = if singly { doors.chunks(1) } else { doors.chunks(doors.len().max(1)) };
                    rights.extend(parts.filter_map(|doors| Some((self.take_doors(doors, when)?, detail))));
                }
            }
        }
        rights
    }

    /// Doors at the times of a schedule, in use by one right more.
    fn take_doors(&mut self, doors: &[DoorId], when: &When) -> Option<Target> {
        let slot = self.take_slot(when);
        let one = if let [door] = doors { Target::door(*door, slot) } else { None };
        one.or_else(|| Target::set(self.sets.take(doors, slot)))
    }

    fn take_slot(&mut self, when: &When) -> ScheduleSlot {
        match when {
            When::Weekly(weekly) => self.slots.take_weekly(weekly),
            When::Schedule(schedule) => self.slots.take_named(*schedule),
        }
    }

    /// One right fewer uses what a target is.
    fn release(&mut self, target: Target) {
        let slot = match target.kind() {
            Kind::Door(slot) => slot,
            Kind::Set(set) => self.sets.release(set),
            Kind::Profile(_) | Kind::Spill(_) | Kind::Empty => return,
        };
        self.slots.release(slot);
    }
}

impl<'a> Row<'a> {
    /// Who.
    pub fn person(&self) -> PersonId {
        self.row.person
    }

    /// Which credential; 0, which is never given, where one is only assumed.
    pub fn credential(&self) -> CredentialId {
        self.row.credential
    }

    /// What the reader's bytes hash to.
    pub fn key(&self) -> CredentialKey {
        self.row.key
    }

    /// Whether the credential counts.
    pub fn state(&self) -> CredentialState {
        self.row.facts.state()
    }

    /// When the credential counts, to the second between 2000 and 2136.
    pub fn validity(&self) -> Validity {
        self.row.validity.wall()
    }

    /// Where in the life cycle the person is; [`PersonStatus::Left`] when there is no record of the person.
    pub fn status(&self) -> PersonStatus {
        self.row.facts.status()
    }

    /// Whether the person has a PIN.
    pub fn pin(&self) -> PinStatus {
        self.row.facts.pin()
    }

    /// Whether the person has a duress PIN.
    pub fn duress_pin(&self) -> PinStatus {
        self.row.facts.duress_pin()
    }

    /// The highest threat level at which the person is still admitted everywhere.
    pub fn clearance(&self) -> ThreatLevel {
        self.row.facts.clearance()
    }

    /// Whether the person needs longer at doors.
    pub fn extended_time(&self) -> ExtendedTime {
        self.row.facts.extended_time()
    }

    /// The person's rights to a door, whether they hold now or not, in order of grant.
    #[inline]
    pub fn rights_to(&self, door: DoorId) -> impl Iterator<Item = Right> + use<'a> {
        self.rights_within(self.people.reach(door))
    }

    /// The same for a door whose reach is known already.
    #[inline]
    pub fn rights_within(&self, reach: Reach<'a>) -> impl Iterator<Item = Right> + use<'a> {
        let any_time = Target::door(reach.door, ScheduleSlot::ALWAYS);
        let may_open = move |target: Target| target.may_open(any_time, reach.signature);
        let inline = self.row.may_open(any_time, reach.signature);
        let spill = self.people.spills.of(self.row.spill()).filter(move |(target, _)| may_open(*target));
        inline.chain(spill).filter_map(move |(target, detail)| reach.right(target, &detail))
    }
}

/// What opens one door. A decision asks for it before it looks for the card, so that it waits for memory of both at once.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    door: DoorId,
    signature: u64,
    list: &'a DoorList,
    sets: &'a DoorSets,
}

impl Reach<'_> {
    /// The right to the door that a target is, if it opens the door at all.
    #[inline]
    fn right(&self, target: Target, detail: &Detail) -> Option<Right> {
        let slot = match target.kind() {
            Kind::Profile(profile) => self.list.slot_of(profile)?,
            Kind::Door(slot) => slot,
            Kind::Set(set) => self.sets.slot_of(set, self.door)?,
            Kind::Spill(_) | Kind::Empty => return None,
        };
        let Detail { grant, validity, standing, escort } = *detail;
        Some(Right { grant, validity: validity.wall(), slot, standing, escort })
    }
}

/// Whether a grant counts; `None` when it never will again.
fn standing_of(grant: &Grant) -> Option<RightStanding> {
    match (grant.state, grant.uses) {
        (GrantState::Requested, _) => Some(RightStanding::NotApproved),
        (GrantState::Active, Uses::Left(0)) => Some(RightStanding::UsedUp),
        (GrantState::Active, Uses::Left(_) | Uses::Unlimited) => Some(RightStanding::Counts),
        (GrantState::Revoked | GrantState::Denied | GrantState::Ended(_), _) => None,
    }
}

fn doors_of(grant: &Grant) -> &[DoorId] {
    match &grant.right {
        GrantRight::Doors { doors, .. } => doors,
        GrantRight::Member(_) => &[],
    }
}

fn detail(grant: &Grant, standing: RightStanding) -> Detail {
    Detail { grant: grant.id, validity: seconds_of(grant.validity), standing, escort: grant.escort }
}
