//! The compiled people against a slow reading of the same records: stories for each way a right can reach a door, and random
//! edits after which what was edited, what is compiled anew and what the records say must be the same.

use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

use super::*;
use crate::id::OrganisationId;
use crate::people::{Approval, GrantKind, ManagedBy, PersonDetails, Profile};
use crate::permission::Actor;
use crate::site::schedule::{Day, Schedule, Weekly};

const ZONE: &str = "Europe/London";
/// Monday 2026-08-03 09:00 in London.
const NOW: Wall = Wall::from_seconds(1_785_744_000);

fn local_time() -> LocalTime {
    LocalTime::named(ZONE).unwrap()
}

fn key(number: u32) -> CredentialKey {
    let mut hash = [0; 16];
    // Few different beginnings, so that keys collide in every way they can.
    (hash[0], hash[3], hash[12]) = (number as u8 % 3, number as u8 % 2, number as u8);
    CredentialKey::from_keyed_hash(hash)
}

fn hours(from: i64, to: i64) -> Validity {
    let at = |hour: i64| Wall::from_seconds(NOW.as_seconds() + hour * 3600);
    Validity { from: at(from), to: at(to) }
}

fn person(id: u32, status: PersonStatus) -> Person {
    let details = PersonDetails {
        organisation: OrganisationId::new(0),
        clearance: if id.is_multiple_of(2) { ThreatLevel::Normal } else { ThreatLevel::High },
        extended_time: if id.is_multiple_of(2) { ExtendedTime::Yes } else { ExtendedTime::No },
    };
    Person { id: PersonId::new(id), status, pin: PinStatus::Set, duress_pin: PinStatus::Unset, details }
}

fn credential(id: u32, person: u32, key_number: u32, state: CredentialState) -> Credential {
    let person = PersonId::new(person);
    Credential { id: CredentialId::new(id), person, key: key(key_number), state, validity: hours(-1, 1) }
}

fn grant(id: u32, person: u32, right: GrantRight) -> Grant {
    Grant {
        id: GrantId::new(id),
        person: PersonId::new(person),
        right,
        validity: hours(-1, 1),
        reason: "work".into(),
        ticket: None,
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state: GrantState::Active,
        requested_by: Actor::System,
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

fn doors(numbers: &[u32], when: When) -> GrantRight {
    GrantRight::Doors { doors: numbers.iter().map(|number| DoorId::new(*number)).collect(), when }
}

/// Mondays by day; with an odd number, Tuesdays.
fn weekly(number: u32) -> Weekly {
    let day = if number.is_multiple_of(2) { Day::Mon } else { Day::Tue };
    Weekly::on_days(&[day], 480, 600 + (number % 800) as u16).unwrap()
}

fn schedule(id: u32) -> Schedule {
    let (id, name) = (ScheduleId::new(id), format!("s-{id}"));
    Schedule { id, name, zone: ZONE.into(), weekly: Some(weekly(id.get())), special: Box::default() }
}

fn profile(id: u32, policies: &[(u32, Option<u32>)]) -> Profile {
    let policy = |(door, schedule): &(u32, Option<u32>)| Policy {
        door: DoorId::new(*door),
        schedule: schedule.map(ScheduleId::new),
    };
    let policies = policies.iter().map(policy).collect();
    Profile { id: ProfileId::new(id), name: format!("p-{id}"), owner: OrganisationId::new(0), policies }
}

/// A right as the reader of a decision sees it, without numbers that are the index's own.
type Seen = (GrantId, Validity, bool, RightStanding, EscortNeed);

fn seen(people: &People, row: &Row<'_>, door: u32, at: Wall) -> Vec<Seen> {
    let open = people.open_at(at);
    let right = |right: Right| (right.grant, right.validity, open.holds(right.slot), right.standing, right.escort);
    row.rights_to(DoorId::new(door)).map(right).collect()
}

/// The same, read from the records one by one.
fn obvious(records: &Records, person: PersonId, door: u32, at: Wall) -> Vec<Seen> {
    let door = DoorId::new(door);
    let named = |id: ScheduleId| {
        let calendars = BTreeMap::new();
        let schedule =
            records.schedules.get(&id).map(|(schedule, _)| Timetable::compile(schedule, &calendars).unwrap());
        schedule.is_some_and(|timetable| timetable.holds(at))
    };
    let mut found = Vec::new();
    for grant in records.grants.values().filter(|grant| grant.person == person) {
        let standing = match (grant.state, grant.uses) {
            (GrantState::Requested, _) => RightStanding::NotApproved,
            (GrantState::Active, Uses::Left(0)) => RightStanding::UsedUp,
            (GrantState::Active, _) => RightStanding::Counts,
            (_, _) => continue,
        };
        let holds = match &grant.right {
            GrantRight::Doors { doors, when } => doors.contains(&door).then(|| match when {
                When::Weekly(weekly) => weekly.contains(local_time().week_minute(at)),
                When::Schedule(id) => named(*id),
            }),
            GrantRight::Member(id) => {
                let policies = records.profiles.get(id).map_or(&[][..], |profile| &profile.policies);
                policies.iter().find(|policy| policy.door == door).map(|policy| policy.schedule.is_none_or(named))
            }
        };
        found.extend(holds.map(|holds| (grant.id, grant.validity, holds, standing, grant.escort)));
    }
    found
}

/// The records and what follows them, edited together.
struct Site {
    records: Records,
    people: People,
}

impl Site {
    fn new() -> Self {
        Self { records: Records::default(), people: People::new(local_time()) }
    }

    fn person(&mut self, person: Person) {
        self.people.put_person(&person);
        self.records.persons.insert(person.id, person);
    }

    fn credential(&mut self, credential: Credential) {
        self.people.put_credential(&credential);
        self.records.credentials.insert(credential.id, credential);
    }

    fn grant(&mut self, grant: Grant) {
        let person = grant.person;
        self.records.grants.insert(grant.id, grant);
        self.people.put_grants(person, self.records.grants.values().filter(|grant| grant.person == person));
    }

    fn profile(&mut self, profile: Profile) {
        self.people.put_profile(profile.id, &profile.policies);
        self.records.profiles.insert(profile.id, profile);
    }

    fn remove_profile(&mut self, id: u32) {
        self.people.put_profile(ProfileId::new(id), &[]);
        self.records.profiles.remove(&ProfileId::new(id));
    }

    fn schedule(&mut self, schedule: Schedule) {
        self.people.put_schedule(schedule.id, Timetable::compile(&schedule, &BTreeMap::new()));
        self.records.schedules.insert(schedule.id, (schedule, ManagedBy::Operator));
    }

    fn remove_schedule(&mut self, id: u32) {
        self.people.put_schedule(ScheduleId::new(id), None);
        self.records.schedules.remove(&ScheduleId::new(id));
    }

    /// Compares edited, compiled anew and read from the records: every card at every door, and every person.
    fn check(&self, keys: u32, door_numbers: &[u32]) {
        let anew = People::compile(&self.records, &local_time());
        for number in 0..keys {
            let key = key(number);
            let expect = self.records.credentials.values().rfind(|credential| credential.key == key);
            for people in [&self.people, &anew] {
                self.check_row(people, people.bearer(&key), expect, door_numbers);
            }
        }
        for person in self.records.persons.values() {
            let cards = |people: &People| {
                let mut cards: Vec<_> = people.bearers_of(person.id).map(|row| row.credential()).collect();
                cards.sort_unstable();
                cards
            };
            assert_eq!(cards(&self.people), cards(&anew));
            assert_eq!(self.people.assumed(person.id).is_some(), cards(&anew).is_empty());
            if let Some(row) = self.people.assumed(person.id) {
                assert_eq!(
                    (row.person(), row.state(), row.status()),
                    (person.id, CredentialState::Enabled, person.status)
                );
                self.check_rights(&self.people, &row, door_numbers);
            }
        }
    }

    fn check_row(&self, people: &People, row: Option<Row<'_>>, expect: Option<&Credential>, door_numbers: &[u32]) {
        assert_eq!(row.map(|row| row.credential()), expect.map(|credential| credential.id));
        let (Some(row), Some(expect)) = (row, expect) else { return };
        assert_eq!((row.person(), row.state(), row.validity()), (expect.person, expect.state, expect.validity));
        match self.records.persons.get(&expect.person) {
            Some(person) => {
                assert_eq!((row.status(), row.clearance()), (person.status, person.details.clearance));
                assert_eq!((row.pin(), row.duress_pin()), (person.pin, person.duress_pin));
                assert_eq!(row.extended_time(), person.details.extended_time);
            }
            None => assert_eq!(row.status(), PersonStatus::Left, "nobody without a record passes"),
        }
        self.check_rights(people, &row, door_numbers);
    }

    fn check_rights(&self, people: &People, row: &Row<'_>, door_numbers: &[u32]) {
        for door in door_numbers {
            for at in [NOW, Wall::from_seconds(NOW.as_seconds() + 86_400)] {
                assert_eq!(
                    seen(people, row, *door, at),
                    obvious(&self.records, row.person(), *door, at),
                    "{} at door {door}",
                    row.person()
                );
            }
        }
    }
}

#[test]
fn rights_reach_doors_in_every_way() {
    let mut site = Site::new();
    site.schedule(schedule(1));
    site.profile(profile(1, &[(10, None), (11, Some(1)), (12, Some(99))]));
    site.person(person(1, PersonStatus::Enabled));
    site.credential(credential(1, 1, 1, CredentialState::Enabled));
    let rights = [
        doors(&[10], When::Weekly(weekly(0))),
        doors(&[13, 14, 15], When::Schedule(ScheduleId::new(1))),
        GrantRight::Member(ProfileId::new(1)),
        doors(&[10, 20], When::Weekly(Weekly::always())),
        doors(&[10, 16], When::Schedule(ScheduleId::new(99))),
        GrantRight::Member(ProfileId::new(7)),
        doors(&[21], When::Weekly(weekly(4))),
    ];
    for (id, right) in (1..).zip(rights) {
        site.grant(grant(id, 1, right));
        site.check(3, &[0, 10, 11, 12, 13, 14, 15, 16, 20, 21, u32::MAX]);
    }
    let row = site.people.bearer(&key(1)).unwrap();
    let grants: Vec<u32> = row.rights_to(DoorId::new(10)).map(|right| right.grant.get()).collect();
    assert_eq!(grants, [1, 3, 4, 5], "in order of grant, from row and spill alike");
}

#[test]
fn what_is_dead_is_left_out_and_what_waits_says_so() {
    let check = |state: GrantState, uses: Uses, expect: Option<RightStanding>| {
        let mut site = Site::new();
        site.person(person(1, PersonStatus::Enabled));
        site.credential(credential(1, 1, 1, CredentialState::Enabled));
        site.grant(Grant { state, uses, ..grant(1, 1, doors(&[10], When::Weekly(weekly(0)))) });
        let row = site.people.bearer(&key(1)).unwrap();
        let standing = row.rights_to(DoorId::new(10)).next().map(|right| right.standing);
        assert_eq!(standing, expect, "{state:?} {uses:?}");
    };
    let ended = GrantState::Ended(crate::people::EndCause::TicketClosed);
    check(GrantState::Active, Uses::Unlimited, Some(RightStanding::Counts));
    check(GrantState::Active, Uses::Left(1), Some(RightStanding::Counts));
    check(GrantState::Active, Uses::Left(0), Some(RightStanding::UsedUp));
    check(GrantState::Requested, Uses::Left(3), Some(RightStanding::NotApproved));
    check(GrantState::Revoked, Uses::Unlimited, None);
    check(GrantState::Denied, Uses::Unlimited, None);
    check(ended, Uses::Unlimited, None);
}

#[test]
fn a_returned_card_answers_until_somebody_else_has_it() {
    let mut site = Site::new();
    site.person(person(1, PersonStatus::Enabled));
    site.person(person(2, PersonStatus::Enabled));
    site.grant(grant(1, 1, doors(&[10], When::Weekly(weekly(0)))));
    site.grant(grant(2, 2, doors(&[11], When::Weekly(weekly(0)))));
    site.credential(credential(1, 1, 1, CredentialState::Enabled));
    site.credential(credential(1, 1, 1, CredentialState::Returned));
    assert_eq!(site.people.bearer(&key(1)).unwrap().state(), CredentialState::Returned);
    site.credential(credential(2, 2, 1, CredentialState::Enabled));
    site.check(3, &[10, 11]);
    // The older record of the same card says nothing any more, whatever becomes of it.
    site.credential(credential(1, 1, 1, CredentialState::Enabled));
    assert_eq!(site.people.bearer(&key(1)).unwrap().person(), PersonId::new(2));
    site.credential(credential(3, 1, 2, CredentialState::Enabled));
    site.check(3, &[10, 11]);
}

#[test]
fn a_changed_key_no_longer_opens() {
    let mut site = Site::new();
    site.person(person(1, PersonStatus::Enabled));
    site.credential(credential(1, 1, 1, CredentialState::Enabled));
    site.credential(credential(1, 1, 2, CredentialState::Enabled));
    assert!(site.people.bearer(&key(1)).is_none());
    site.check(4, &[]);
}

#[test]
fn numbers_from_damaged_rows_take_no_room_and_open_nothing() {
    let mut site = Site::new();
    let far = u32::MAX;
    site.person(person(far, PersonStatus::Enabled));
    site.credential(credential(far, far, 1, CredentialState::Enabled));
    site.profile(profile(far, &[(1, None), (far, None)]));
    site.profile(profile(5, &[(1, None), (far, Some(far))]));
    site.grant(grant(far, far, GrantRight::Member(ProfileId::new(far))));
    site.grant(grant(1, far, GrantRight::Member(ProfileId::new(5))));
    site.grant(grant(2, far, doors(&[far, 2], When::Schedule(ScheduleId::new(far)))));
    let row = site.people.bearer(&key(1)).unwrap();
    assert_eq!(row.person(), PersonId::new(far));
    assert_eq!(row.rights_to(DoorId::new(far)).map(|right| right.grant.get()).collect::<Vec<_>>(), [2]);
    let open = site.people.open_at(NOW);
    assert!(row.rights_to(DoorId::new(far)).all(|right| !open.holds(right.slot)), "at a schedule that nobody knows");
    assert_eq!(row.rights_to(DoorId::new(1)).map(|right| right.grant.get()).collect::<Vec<_>>(), [1]);
    assert_eq!(site.people.assumed(PersonId::new(far - 1)).map(|row| row.person()), None);
}

#[test]
fn doors_in_any_order_and_twice_are_one_set() {
    let mut site = Site::new();
    site.person(person(1, PersonStatus::Enabled));
    site.credential(credential(1, 1, 1, CredentialState::Enabled));
    site.grant(grant(1, 1, doors(&[9, 3, 7, 5, 1], When::Weekly(weekly(0)))));
    site.check(2, &[1, 3, 4, 5, 7, 9]);
}

#[test]
fn schedules_show_in_the_minute_they_change() {
    let mut people = People::new(local_time());
    let mut open = people.open_at(NOW);
    let put = |people: &mut People, id: u32| {
        people.put_schedule(ScheduleId::new(id), Timetable::compile(&schedule(id), &BTreeMap::new()));
    };
    put(&mut people, 2);
    let slot = people.slot_of(ScheduleId::new(2)).unwrap();
    assert!(!open.holds(slot), "not yet refreshed");
    people.refresh(&mut open, NOW);
    assert!(open.holds(slot) && open.holds(ScheduleSlot::ALWAYS) && !open.holds(ScheduleSlot::NEVER));
    assert_eq!(open.minute(), Some(NOW));
    people.put_schedule(ScheduleId::new(2), None);
    people.refresh(&mut open, NOW);
    assert!(!open.holds(slot), "gone within the minute");
    // More changes than are remembered one by one.
    (3..2_000).for_each(|id| put(&mut people, id));
    people.refresh(&mut open, NOW);
    let holding = (3..2_000).filter(|id| open.holds(people.slot_of(ScheduleId::new(*id)).unwrap())).count();
    assert_eq!(holding, (3..2_000).filter(|id| id % 2 == 0).count());
    people.refresh(&mut open, Wall::from_seconds(NOW.as_seconds() + 86_400));
    let holding = (3..2_000).filter(|id| open.holds(people.slot_of(ScheduleId::new(*id)).unwrap())).count();
    assert_eq!(holding, (3..2_000).filter(|id| id % 2 == 1).count());
}

#[test]
fn slots_come_back_when_nothing_uses_them() {
    let mut people = People::new(local_time());
    let one = |number: u32| {
        let weekly = Weekly::from_stretches([(number as u16 % 10_000, 10_001 + number as u16 / 10_000)]).unwrap();
        grant(1, 1, doors(&[10], When::Weekly(weekly)))
    };
    people.put_person(&person(1, PersonStatus::Enabled));
    people.put_credential(&credential(1, 1, 1, CredentialState::Enabled));
    // Many more different schedules than there are slots, one at a time.
    for number in 0..70_000_u32 {
        people.put_grants(PersonId::new(1), [one(number % 20_000)].iter());
    }
    let right = people.bearer(&key(1)).unwrap().rights_to(DoorId::new(10)).next().unwrap();
    assert_ne!(right.slot, ScheduleSlot::NEVER);
    assert!(right.slot < ScheduleSlot::NEVER);
    people.put_grants(PersonId::new(1), [].iter());
    assert_eq!(people.bearer(&key(1)).unwrap().rights_to(DoorId::new(10)).count(), 0);
}

#[test]
fn spills_that_were_given_up_serve_others() {
    let mut site = Site::new();
    for id in 1..6 {
        site.person(person(id, PersonStatus::Enabled));
        site.credential(credential(id, id, id, CredentialState::Enabled));
    }
    let many = |site: &mut Site, person: u32, state: GrantState| {
        for number in 0..8 {
            let right = doors(&[number + 1, 10 + person], When::Weekly(weekly(number)));
            site.grant(Grant { state, ..grant(person * 10 + number, person, right) });
        }
    };
    (1..3).for_each(|person| many(&mut site, person, GrantState::Active));
    (1..3).for_each(|person| many(&mut site, person, GrantState::Revoked));
    (3..6).for_each(|person| many(&mut site, person, GrantState::Active));
    site.check(6, &[1, 2, 7, 8, 11, 12, 13, 14, 15]);
}

const KEYS: u32 = 14;
const DOORS: [u32; 6] = [1, 2, 3, 4, 5, 6];

/// One change to the records.
#[derive(Debug, Clone)]
enum Edit {
    Person(Person),
    /// Of the person, with the key and in the state; a credential keeps key and person for life, so its number says both.
    Credential(u32, CredentialState),
    Grant(Grant),
    Profile(Profile),
    NoProfile(u32),
    Schedule(u32),
    NoSchedule(u32),
}

fn edits() -> impl Strategy<Value = Edit> {
    let status = prop_oneof![Just(PersonStatus::Enabled), Just(PersonStatus::Suspended), Just(PersonStatus::Left)];
    let state =
        prop_oneof![Just(CredentialState::Enabled), Just(CredentialState::Returned), Just(CredentialState::Stolen)];
    let policies = vec((1..7_u32, prop::option::of(1..4_u32)), 1..9).prop_map(|mut policies| {
        policies.sort_unstable();
        policies.dedup_by_key(|(door, _)| *door);
        policies
    });
    prop_oneof![
        (1..5_u32, status).prop_map(|(id, status)| Edit::Person(person(id, status))),
        (1..40_u32, state).prop_map(|(id, state)| Edit::Credential(id, state)),
        grants().prop_map(Edit::Grant),
        grants().prop_map(Edit::Grant),
        (1..70_u32, policies).prop_map(|(id, policies)| Edit::Profile(profile(id % 3 * 64 + 1, &policies))),
        (0..3_u32).prop_map(|id| Edit::NoProfile(id * 64 + 1)),
        (1..4_u32).prop_map(Edit::Schedule),
        (1..4_u32).prop_map(Edit::NoSchedule),
    ]
}

fn grants() -> impl Strategy<Value = Grant> {
    let state = prop_oneof![
        4 => Just(GrantState::Active),
        1 => Just(GrantState::Requested),
        1 => Just(GrantState::Revoked),
    ];
    let when = prop_oneof![
        (0..4_u32).prop_map(|number| When::Weekly(weekly(number))),
        (1..5_u32).prop_map(|id| When::Schedule(ScheduleId::new(id))),
    ];
    let right = prop_oneof![
        (0..4_u32).prop_map(|id| GrantRight::Member(ProfileId::new(id * 64 + 1))),
        (proptest::collection::btree_set(1..7_u32, 1..5), when)
            .prop_map(|(numbers, when)| doors(&Vec::from_iter(numbers), when)),
    ];
    (1..30_u32, right, state, 0..3_u16, any::<bool>()).prop_map(|(id, right, state, left, escorted)| Grant {
        state,
        uses: if left == 2 { Uses::Unlimited } else { Uses::Left(left) },
        escort: if escorted { EscortNeed::Required } else { EscortNeed::No },
        ..grant(id, 1 + id % 5, right)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn edited_people_are_as_compiled_and_as_recorded(edits in vec(edits(), 1..60)) {
        let mut site = Site::new();
        for (number, edit) in edits.into_iter().enumerate() {
            match edit {
                Edit::Person(person) => site.person(person),
                Edit::Credential(id, state) => site.credential(credential(id, 1 + id % 5, id % KEYS, state)),
                Edit::Grant(grant) => site.grant(grant),
                Edit::Profile(profile) => site.profile(profile),
                Edit::NoProfile(id) => site.remove_profile(id),
                Edit::Schedule(id) => site.schedule(schedule(id)),
                Edit::NoSchedule(id) => site.remove_schedule(id),
            }
            if number.is_multiple_of(8) {
                site.check(KEYS, &DOORS);
            }
        }
        site.check(KEYS, &DOORS);
    }
}
