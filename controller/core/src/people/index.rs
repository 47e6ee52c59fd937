//! Persons, credentials, grants, profiles and schedules compiled for deciding. From a card to its rights is one look-up in a
//! table of numbers and one row of 128 bytes, so that a decision waits for memory twice however large the site is. A change
//! to one person rewrites the rows of that person's cards; a change to a profile rewrites the lists of its doors and none of
//! its members; a change to a schedule, one bit. What the rights mean is decided in `decide/`.
//!
//! ```text
//!  card ──▶ row: who, state, up to four rights ──┬──▶ a door itself, or a set of doors ──▶ the grant's schedule
//!                (more of them in a spill)       └──▶ a profile, in the list of the door ──▶ the policy's schedule
//!  schedule slot ──▶ one bit: holds in this minute
//! ```
//! Vocabulary: a *row* is one credential as deciding needs it. A *target* is what a right opens. A *slot* is the number of a
//! schedule among all that rights name; equal weekly schedules share one.

mod cards;
mod doors;
mod row;
mod rows;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::id::{CalendarId, CredentialId, DoorId, GrantId, PersonId, ProfileId, ScheduleId};
use crate::people::{
    Credential, CredentialKey, CredentialState, EscortNeed, ExtendedTime, Grant, GrantRight, GrantState, Person,
    PersonStatus, PinStatus, Policy, ThreatLevel, Uses, Validity, When,
};
use crate::records::Records;
use crate::site::local_time::LocalTime;
use crate::site::schedule::calendar::Calendar;
use crate::site::schedule::timetable::Timetable;
use crate::time::Wall;

use cards::CardTable;
use doors::{DoorList, DoorLists, DoorSets};
use row::{CardRow, Detail, INLINE_RIGHTS, Kind, Marks, RowNumber, Standing, Target, seconds_of};
use rows::{FirstRows, Rows, Spills};
use slots::Slots;
pub use slots::{OpenSchedules, ScheduleSlot};

/// Everybody, compiled.
#[derive(Debug, Default)]
pub struct People {
    cards: CardTable,
    rows: Rows,
    first_rows: FirstRows,
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

    /// Compiles everybody. Credentials come first, so that rows are made once and persons and grants are written into them.
    pub fn compile(records: &Records, local_time: &LocalTime) -> Self {
        let mut people = Self::new(local_time.clone());
        let calendars: BTreeMap<CalendarId, Calendar> =
            records.calendars.iter().map(|(id, (calendar, _))| (*id, calendar.clone())).collect();
        for (id, (schedule, _)) in &records.schedules {
            people.put_schedule(*id, Timetable::compile(schedule, &calendars));
        }
        records.profiles.values().for_each(|profile| people.put_profile(profile.id, &profile.policies));
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
        let standing = Standing::of(person);
        match self.first_rows.get(person.id) {
            Some(first) => self.change_rows(first, |row| row.standing = standing),
            None => self.cardless_mut(person.id).standing = standing,
        }
    }

    /// Adds or changes a credential. One that was returned or destroyed keeps answering with its state until its key is
    /// given to a newer one; then the newer one answers, whatever happens to the older. A credential stays with its person.
    pub fn put_credential(&mut self, credential: &Credential) {
        self.forget_other_key(credential);
        let held = self.cards.find(&credential.key, |number| self.rows.has_key(number, &credential.key));
        let number = match held.and_then(|number| Some((number, self.rows.get(number)?))) {
            Some((_, row)) if row.credential > credential.id => return,
            Some((number, row)) if row.person == credential.person => number,
            Some((number, _)) => {
                self.detach(number);
                self.attach(number, credential.person);
                number
            }
            None => {
                let Some(number) = self.rows.add(CardRow::unknown(credential.person)) else { return };
                self.cards.insert(&credential.key, number);
                self.attach(number, credential.person);
                number
            }
        };
        self.rows.change(number, |row| row.put_credential(credential));
    }

    /// Replaces the rights of one person by those of `grants`, all of them that person's. Grants that are revoked, denied or
    /// ended are left out; those that wait for approval or are used up stay and say so.
    pub fn put_grants<'a>(&mut self, person: PersonId, grants: impl Iterator<Item = &'a Grant>) {
        let mut kept: Vec<(&Grant, RightStanding)> =
            grants.filter_map(|grant| Some((grant, standing_of(grant)?))).collect();
        kept.sort_unstable_by_key(|(grant, _)| grant.id);
        let rights = self.pack(&kept);
        let first = self.first_rows.get(person);
        let row = match first {
            Some(first) => self.rows.get(first),
            None => self.cardless.get(&person).map(|row| &**row),
        };
        let old = row.map_or_else(Vec::new, |row| self.rights_in(row));
        let old_spill = row.and_then(|row| row.spill.get());
        let (inline, rest) = rights.split_at(rights.len().min(INLINE_RIGHTS));
        let spill = self.spills.put(old_spill, rest);
        match first {
            Some(first) => self.change_rows(first, |row| row.put_rights(inline, spill)),
            None => self.cardless_mut(person).put_rights(inline, spill),
        }
        // Released last, so that what old and new rights share stays where it is.
        old.into_iter().for_each(|(target, detail)| self.release(target, detail.slot));
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
    pub fn bearer(&self, key: &CredentialKey) -> Option<Row<'_>> {
        let number = self.cards.find(key, |number| self.rows.has_key(number, key))?;
        Some(Row { people: self, row: self.rows.get(number)? })
    }

    /// Every credential of a person that answers, newest first.
    pub fn bearers_of(&self, person: PersonId) -> impl Iterator<Item = Row<'_>> {
        let first = self.first_rows.get(person).and_then(|first| self.rows.get(first));
        let rows = core::iter::successors(first, |row| self.rows.get(row.next.get()?));
        rows.map(|row| Row { people: self, row })
    }

    /// A person who has no credential, as if with a good one, whose number is 0; `None` for those who have one (see
    /// [`People::bearers_of`]) and for those of whom nothing is known.
    pub fn assumed(&self, person: PersonId) -> Option<Row<'_>> {
        self.cardless.get(&person).map(|row| Row { people: self, row })
    }

    fn cardless_mut(&mut self, person: PersonId) -> &mut CardRow {
        self.cardless.entry(person).or_insert_with(|| Box::new(CardRow::unknown(person)))
    }

    fn change_rows(&mut self, first: RowNumber, change: impl Fn(&mut CardRow)) {
        for number in self.rows.chain(first) {
            self.rows.change(number, &change);
        }
    }

    /// Gives a row to a person: it shows what is settled about the person and is the first of the person's rows.
    fn attach(&mut self, number: RowNumber, person: PersonId) {
        let first = self.first_rows.get(person);
        let like = match first {
            Some(first) => self.rows.get(first).cloned(),
            None => self.cardless.remove(&person).map(|row| *row),
        };
        let like = like.unwrap_or_else(|| CardRow::unknown(person));
        self.rows.change(number, |row| {
            row.put_person_of(&like);
            row.next = first.into();
        });
        self.first_rows.set(person, Some(number));
    }

    /// Takes a row from its person, whose settled facts and rights stay even when it was the last.
    fn detach(&mut self, number: RowNumber) {
        let Some(row) = self.rows.get(number).cloned() else { return };
        let Some(first) = self.first_rows.get(row.person) else { return };
        if first == number {
            self.first_rows.set(row.person, row.next.get());
        } else if let Some(before) = self.rows.chain(first).into_iter().find(|n| self.rows.comes_before(*n, number)) {
            self.rows.change(before, |before| before.next = row.next);
        }
        if self.first_rows.get(row.person).is_none() {
            self.cardless_mut(row.person).put_person_of(&row);
        }
    }

    /// Records never change a credential's key. If one did, the old key must not go on opening doors.
    fn forget_other_key(&mut self, credential: &Credential) {
        let Some(first) = self.first_rows.get(credential.person) else { return };
        let same = |number: &RowNumber| self.rows.get(*number).is_some_and(|row| row.credential == credential.id);
        let Some(number) = self.rows.chain(first).into_iter().find(same) else { return };
        let Some(key) = self.rows.get(number).map(|row| row.key).filter(|key| *key != credential.key) else { return };
        self.cards.remove(&key, number);
        self.detach(number);
        self.rows.remove(number);
    }

    /// Rights as rows keep them, in order of grant. A few doors are kept one by one where the row has room for them;
    /// otherwise a grant's doors are one set, so that a grant to a whole site is one right, not ten thousand.
    fn pack(&mut self, grants: &[(&Grant, RightStanding)]) -> Vec<(Target, Detail)> {
        let singly = grants.iter().map(|(grant, _)| doors_of(grant).len().max(1)).sum::<usize>() <= INLINE_RIGHTS;
        let mut rights = Vec::with_capacity(grants.len());
        for (grant, standing) in grants {
            match &grant.right {
                GrantRight::Member(profile) => {
                    let target = Target::profile(*profile);
                    rights.extend(target.map(|target| (target, detail(grant, ScheduleSlot::ALWAYS, *standing))));
                }
                GrantRight::Doors { doors, when } if singly || doors.len() <= 1 => {
                    for target in doors.iter().filter_map(|door| Target::door(*door)) {
                        rights.push((target, detail(grant, self.take_slot(when), *standing)));
                    }
                }
                GrantRight::Doors { doors, when } => {
                    let Some(target) = Target::set(self.sets.take(doors)) else { continue };
                    rights.push((target, detail(grant, self.take_slot(when), *standing)));
                }
            }
        }
        rights
    }

    fn take_slot(&mut self, when: &When) -> ScheduleSlot {
        match when {
            When::Weekly(weekly) => self.slots.take_weekly(weekly),
            When::Schedule(schedule) => self.slots.take_named(*schedule),
        }
    }

    fn rights_in(&self, row: &CardRow) -> Vec<(Target, Detail)> {
        row.inline().chain(self.spills.of(row.spill).iter()).collect()
    }

    fn release(&mut self, target: Target, slot: ScheduleSlot) {
        if let Kind::Set(set) = target.kind() {
            self.sets.release(set);
        }
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

    /// Whether the credential counts.
    pub fn state(&self) -> CredentialState {
        self.row.state
    }

    /// When the credential counts, to the second between 2000 and 2136.
    pub fn validity(&self) -> Validity {
        self.row.validity.wall()
    }

    /// Where in the life cycle the person is; [`PersonStatus::Left`] when there is no record of the person.
    pub fn status(&self) -> PersonStatus {
        self.row.standing.status
    }

    /// Whether the person has a PIN.
    pub fn pin(&self) -> PinStatus {
        self.row.standing.pin
    }

    /// Whether the person has a duress PIN.
    pub fn duress_pin(&self) -> PinStatus {
        self.row.standing.duress_pin
    }

    /// The highest threat level at which the person is still admitted everywhere.
    pub fn clearance(&self) -> ThreatLevel {
        self.row.standing.clearance
    }

    /// Whether the person needs longer at doors.
    pub fn extended_time(&self) -> ExtendedTime {
        self.row.standing.extended_time
    }

    /// The person's rights to a door, whether they hold now or not, in order of grant.
    #[inline]
    pub fn rights_to(&self, door: DoorId) -> impl Iterator<Item = Right> + use<'a> {
        let people = self.people;
        let reach = Reach { door, target: Target::door(door), list: people.doors.of(door), sets: &people.sets };
        let inline = self.row.may_open(reach.target, reach.list.signature);
        let spill = people.spills.of(self.row.spill).iter();
        inline.chain(spill).filter_map(move |(target, detail)| reach.right(target, &detail))
    }
}

/// What opens one door.
struct Reach<'a> {
    door: DoorId,
    target: Option<Target>,
    list: &'a DoorList,
    sets: &'a DoorSets,
}

impl Reach<'_> {
    /// The right to the door that a target is, if it opens the door at all.
    #[inline]
    fn right(&self, target: Target, detail: &Detail) -> Option<Right> {
        let slot = match target.kind() {
            Kind::Profile(profile) => self.list.slot_of(profile)?,
            Kind::Door => (Some(target) == self.target).then_some(detail.slot)?,
            Kind::Set(set) => self.sets.contains(set, self.door).then_some(detail.slot)?,
            Kind::Empty => return None,
        };
        let Marks { standing, escort } = detail.marks;
        Some(Right { grant: detail.grant, validity: detail.validity.wall(), slot, standing, escort })
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

fn detail(grant: &Grant, slot: ScheduleSlot, standing: RightStanding) -> Detail {
    let marks = Marks { standing, escort: grant.escort };
    Detail { grant: grant.id, validity: seconds_of(grant.validity), slot, marks }
}
