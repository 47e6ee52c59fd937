//! The decision alone, all rules on, beside a bare hash look-up of the same cards in the same order: 10,000 people at 1,000
//! doors, then 1,000, 100,000 and a million people at 10,000 doors; what a change to one person's rights and to the profile
//! of everybody costs at each size; and how many bytes a person takes. Beside engines of other makers: `tests/peers`.
//!
//! Everybody holds four profiles of five doors and the one of everybody, 21 rights, is known to be in the building and wants
//! into a hall where anti-passback, proof of the path, a limit of people and a rule against being alone hold.

#![allow(clippy::expect_used, reason = "a benchmark whose site is not whole has nothing to measure")]

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::time::Duration;

use rackward_core::Wall;
use rackward_core::decide::{NoTrace, PinEvidence, Presented, Request, Situation, Verdict, View, settle};
use rackward_core::door::DoorRecord;
use rackward_core::engine::query::JournalHealth;
use rackward_core::entry::Denial;
use rackward_core::id::{CredentialId, DoorId, GrantId, OrganisationId, PersonId, PointId, ProfileId, ScheduleId};
use rackward_core::mode::DoorMode;
use rackward_core::people::index::{OpenSchedules, People};
use rackward_core::people::{
    Approval, Credential, CredentialKey, CredentialState, EscortNeed, ExtendedTime, Grant, GrantKind, GrantRight,
    GrantState, Person, PersonDetails, PersonStatus, PinStatus, Place, Policy, ThreatLevel, Uses, Validity,
    Whereabouts,
};
use rackward_core::permission::Actor;
use rackward_core::presence::Presence;
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::schedule::{Day, Schedule, Timetable, Weekly};
use rackward_core::site::{AreaKind, Company, DoorKind, Level, Passback, PathProof, Site};
use rackward_tests::bench::{Rounds, at_most, nanoseconds_each};

const PROFILES_EACH: u32 = 4;
const PROFILES: u32 = 4_000;
const DOORS_EACH: u32 = 5;
/// The profile that everybody holds; its one door is no other profile's.
const EVERYBODY: ProfileId = ProfileId::new(PROFILES + 1);
const SCHEDULES: u32 = 50;
const REQUESTS: usize = 200_000;
const ROUNDS: usize = 7;
/// How many changes make a round.
const EDITS: u32 = 1_000;
/// Guards in the hall, so that nobody who enters it is alone.
const GUARDS: u32 = 5;
const ZONE: &str = "Europe/London";
/// Monday 2026-08-03 09:00 in London.
const NOW: Wall = Wall::from_seconds(1_785_744_000);

type Floor = HashMap<u64, u32, foldhash::fast::RandomState>;

/// A small generator whose numbers are the same on every machine (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end)) as u32
    }
}

fn site(doors: u32) -> Site {
    let path = |n: u32| format!("lon1/d{n}");
    let reader = |n: u32, side| RoleDraft::Reader { door: path(n), side, level: Level::Card.into() };
    let devices = |n: u32| {
        [
            DeviceDraft { name: format!("reader-{n}"), role: reader(n, Side::In) },
            DeviceDraft { name: format!("reader-{n}-out"), role: reader(n, Side::Out) },
            DeviceDraft { name: format!("lock-{n}"), role: RoleDraft::Lock { door: path(n) } },
        ]
    };
    let hall = AreaDraft {
        inside: Some("lon1/building".into()),
        passback: Passback::Hard,
        path_proof: PathProof::Required,
        max_occupancy: Some(500),
        company: Company::Required,
        ..AreaDraft::new("lon1/hall", AreaKind::Hall)
    };
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: ZONE.into(),
        areas: vec![AreaDraft::new("lon1/building", AreaKind::Building), hall],
        doors: (1..=doors).map(|n| DoorDraft::new(path(n), DoorKind::Door, "lon1/hall")).collect(),
        devices: (1..=doors).flat_map(devices).collect(),
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).expect("the generated site is whole")
}

/// Everybody in the building, and guards in the hall.
fn presence(site: &Site, count: u32) -> Presence {
    let within = |path: &str| {
        let area = site.find_area(path).expect("the generated site has the area").id;
        Whereabouts { place: Place::Inside(area), since: Wall::from_seconds(0) }
    };
    let (building, hall) = (within("lon1/building"), within("lon1/hall"));
    let everybody = (1..=count).map(|n| (PersonId::new(n), building));
    let guards = (count + 1..=count + GUARDS).map(|n| (PersonId::new(n), hall));
    Presence::compile(site, &everybody.chain(guards).collect())
}

/// Of fifty schedules, as a large site has, some hold on this Monday morning and some do not.
fn weekly(schedule: u32) -> Weekly {
    let n = schedule as u16;
    let days = [Day::ALL[usize::from(n) % 7], Day::Mon, Day::ALL[usize::from(n * 3) % 7]];
    Weekly::on_days(&days[..1 + usize::from(n % 3)], 360 + n * 10, 900 + n * 5).expect("a window of hours")
}

fn key(person: u32) -> CredentialKey {
    let mut numbers = Numbers(u64::from(person) << 20);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&numbers.next().to_be_bytes());
    bytes[8..].copy_from_slice(&numbers.next().to_be_bytes());
    CredentialKey::from_keyed_hash(bytes)
}

/// A card as small as the floor can have it.
fn card(key: &CredentialKey) -> u64 {
    key.as_bytes().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Five doors but never the first, which is everybody's.
fn policies(profile: u32, doors: u32) -> Vec<Policy> {
    let mut numbers = Numbers(u64::from(profile) << 40);
    let mut policies: Vec<Policy> = Vec::new();
    while policies.len() < DOORS_EACH as usize {
        let door = DoorId::new(2 + numbers.below(doors - 1));
        if policies.iter().all(|policy| policy.door != door) {
            policies.push(Policy { door, schedule: Some(ScheduleId::new(1 + numbers.below(SCHEDULES))) });
        }
    }
    policies.sort_by_key(|policy| policy.door);
    policies
}

fn grant(id: u32, person: u32, profile: ProfileId, days: u32) -> Grant {
    let to = NOW.after(Duration::from_secs(86_400) * days);
    Grant {
        id: GrantId::new(id),
        person: PersonId::new(person),
        right: GrantRight::Member(profile),
        validity: Validity { from: Wall::from_seconds(NOW.as_seconds() - 86_400), to },
        reason: String::new(),
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

/// Some memberships are over; the one of everybody is not. Another `turn` has other profiles.
fn grants_of(person: u32, turn: u32) -> Vec<Grant> {
    let mut numbers = Numbers(u64::from(person) | u64::from(turn) << 32);
    let first = person * (PROFILES_EACH + 1);
    let own = (0..PROFILES_EACH).map(|n| (ProfileId::new(1 + numbers.below(PROFILES)), numbers.below(20), first + n));
    let own: Vec<Grant> = own.map(|(profile, days, id)| grant(id, person, profile, days)).collect();
    own.into_iter().chain([grant(first + PROFILES_EACH, person, EVERYBODY, 365)]).collect()
}

fn people(site: &Site, count: u32, doors: u32) -> People {
    let mut people = People::new(site.local_time().clone());
    people.reserve(count as usize);
    for id in (1..=SCHEDULES).map(ScheduleId::new) {
        let schedule = Schedule::new(id, format!("{id}"), ZONE, Some(weekly(id.get())), []).expect("a schedule");
        people.put_schedule(id, Timetable::compile(&schedule, &BTreeMap::new()));
    }
    (1..=PROFILES).for_each(|n| people.put_profile(ProfileId::new(n), &policies(n, doors)));
    people.put_profile(EVERYBODY, &[Policy { door: DoorId::new(1), schedule: None }]);
    let validity = Validity { from: Wall::from_seconds(0), to: NOW.after(Duration::from_secs(1 << 30)) };
    let (clearance, extended_time) = (ThreatLevel::Normal, ExtendedTime::No);
    let details = PersonDetails { organisation: OrganisationId::new(0), clearance, extended_time };
    let (status, pin, state) = (PersonStatus::Enabled, PinStatus::Unset, CredentialState::Enabled);
    for n in 1..=count {
        let id = PersonId::new(n);
        people.put_credential(&Credential { id: CredentialId::new(n), person: id, key: key(n), state, validity });
        people.put_person(&Person { id, status, pin, duress_pin: pin, details });
        people.put_grants(id, grants_of(n, 0).iter());
    }
    people
}

/// A request, and who makes it at which door.
struct Wish {
    request: Request<'static>,
    person: u32,
    door: DoorId,
}

/// Half of the requests go to a door that one of the person's profiles names, and half to any door.
fn trace(site: &Site, count: u32, doors: u32) -> Vec<Wish> {
    let points: BTreeMap<DoorId, PointId> =
        site.points().filter(|point| point.side == Side::In).map(|point| (point.door, point.id)).collect();
    let mut numbers = Numbers(7);
    let wish = |_| {
        let person = 1 + numbers.below(count);
        let door = if numbers.below(2) == 0 {
            let GrantRight::Member(profile) = grants_of(person, 0)[numbers.below(PROFILES_EACH) as usize].right else {
                unreachable!("everybody holds profiles")
            };
            policies(profile.get(), doors)[numbers.below(DOORS_EACH) as usize].door
        } else {
            DoorId::new(1 + numbers.below(doors))
        };
        let (point, presented) = (points[&door], Presented::Card(key(person)));
        Wish { request: Request { point, presented, pin: PinEvidence::Missing, companion: None }, person, door }
    };
    (0..REQUESTS).map(wish).collect()
}

/// The same question answered the slow, obvious way, to know that the fast one is right.
fn obvious(site: &Site, wish: &Wish, doors: u32) -> Result<(), Denial> {
    let minute = site.local_time().week_minute(NOW);
    let mut reason = Denial::NotAuthorisedPoint;
    for grant in grants_of(wish.person, 0) {
        let named = match grant.right {
            GrantRight::Member(EVERYBODY) => (wish.door == DoorId::new(1)).then_some(true),
            GrantRight::Member(profile) => {
                let policy = policies(profile.get(), doors).into_iter().find(|policy| policy.door == wish.door);
                let holds = |schedule: ScheduleId| weekly(schedule.get()).contains(minute);
                policy.map(|policy| policy.schedule.is_none_or(holds))
            }
            GrantRight::Doors { .. } => None,
        };
        match named {
            Some(true) if grant.validity.contains(NOW) => return Ok(()),
            Some(_) => reason = Denial::NotPermittedAtThisTime,
            None => {}
        }
    }
    Err(reason)
}

/// Everything a decision looks at.
struct World {
    site: Site,
    people: People,
    open: OpenSchedules,
    presence: Presence,
    doors: BTreeMap<DoorId, DoorRecord>,
    modes: Vec<DoorMode>,
    online: Vec<bool>,
    untrusted: Vec<bool>,
    lockouts: BTreeMap<CredentialId, Wall>,
    bytes_a_person: f64,
}

impl World {
    fn new(count: u32, doors: u32) -> Self {
        let site = site(doors);
        let before = resident_bytes();
        let people = people(&site, count, doors);
        let bytes_a_person = (resident_bytes() - before) / f64::from(count);
        Self {
            open: people.open_at(NOW),
            presence: presence(&site, count),
            doors: BTreeMap::new(),
            modes: vec![DoorMode::Locked; doors as usize + 1],
            online: vec![true; 3 * doors as usize + 1],
            untrusted: vec![false; 3 * doors as usize + 1],
            // Credentials that were locked out once; a site always has some.
            lockouts: (1..=100).map(|n| (CredentialId::new(n), Wall::from_seconds(0))).collect(),
            site,
            people,
            bytes_a_person,
        }
    }

    fn decide(&self, request: &Request<'static>) -> Result<(), Denial> {
        let situation = Situation {
            doors: &self.doors,
            modes: &self.modes,
            online: &self.online,
            untrusted: &self.untrusted,
            journal: JournalHealth::Writable,
            threat: ThreatLevel::Normal,
            presence: &self.presence,
            lockouts: &self.lockouts,
        };
        let (site, people, open) = (&self.site, &self.people, &self.open);
        let view = View { site, people, open, situation: Some(situation), at: NOW };
        match settle(&view, request, &mut NoTrace) {
            Ok(Verdict::Admit(_)) => Ok(()),
            Ok(Verdict::AwaitPin { .. } | Verdict::AwaitCompanion(_)) => Err(Denial::NoDecision),
            Err(refusal) => Err(refusal.reason),
        }
    }
}

struct Figures {
    floor: f64,
    decision: f64,
    person_edit: f64,
    group_edit: f64,
    bytes_a_person: f64,
}

fn measure(count: u32, doors: u32) -> Figures {
    let mut world = World::new(count, doors);
    let trace = trace(&world.site, count, doors);
    for wish in trace.iter().take(20_000) {
        assert_eq!(world.decide(&wish.request), obvious(&world.site, wish, doors), "answers must be equal");
    }
    let floor: Floor = (1..=count).map(|n| (card(&key(n)), n)).collect();
    let (mut bare, mut ours) = (Rounds::default(), Rounds::default());
    for round in 0..2 * ROUNDS {
        // Who went last goes first in the next round.
        if round % 4 == 0 || round % 4 == 3 {
            bare.add(nanoseconds_each(REQUESTS, || {
                for wish in &trace {
                    let Presented::Card(key) = wish.request.presented else { continue };
                    black_box(floor.get(&card(&key)));
                }
            }));
        } else {
            ours.add(nanoseconds_each(REQUESTS, || {
                for wish in &trace {
                    let _verdict = black_box(world.decide(&wish.request));
                }
            }));
        }
    }
    let (person_edit, group_edit) = edits(&mut world, count);
    let (low, high) = ours.spread();
    println!(
        "{count:>9} people {doors:>6} doors: bare look-up {:>5.1} ns, decision {:>5.1} ns ({low:.1} to {high:.1}), change of \
         one person's rights {person_edit:>5.0} ns, of everybody's {group_edit:>4.0} ns, {:.0} bytes a person",
        bare.median(),
        ours.median(),
        world.bytes_a_person
    );
    let (floor, decision, bytes_a_person) = (bare.median(), ours.median(), world.bytes_a_person);
    Figures { floor, decision, person_edit, group_edit, bytes_a_person }
}

/// What a change to the rights of one person costs, and one to the profile of everybody, each seen by the next badge.
fn edits(world: &mut World, count: u32) -> (f64, f64) {
    let (mut person, mut group) = (Rounds::default(), Rounds::default());
    let always = |door: u32| Policy { door: DoorId::new(door), schedule: None };
    for round in 1..=ROUNDS as u32 {
        let changed: Vec<(PersonId, Vec<Grant>)> = (0..EDITS)
            .map(|n| 1 + (n.wrapping_mul(7919) + round) % count)
            .map(|person| (PersonId::new(person), grants_of(person, round)))
            .collect();
        person.add(nanoseconds_each(changed.len(), || {
            changed.iter().for_each(|(person, grants)| world.people.put_grants(*person, grants.iter()));
        }));
        group.add(nanoseconds_each(EDITS as usize, || {
            for n in 0..EDITS {
                let doors = [always(1), always(2)];
                world.people.put_profile(EVERYBODY, &doors[..1 + (n % 2) as usize]);
                world.people.refresh(&mut world.open, NOW);
            }
        }));
    }
    let second = world.people.bearer(&key(1)).map_or(0, |row| row.rights_to(DoorId::new(2)).count());
    assert!(second >= 1, "the last change gave everybody the second door");
    (person.median(), group.median())
}

fn resident_bytes() -> f64 {
    /// What the kernel counts memory in here.
    const PAGE_BYTES: f64 = 4096.0;
    let text = std::fs::read_to_string("/proc/self/statm").expect("the kernel says how much memory is in use");
    let pages: Option<f64> = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.expect("the second number is the resident pages") * PAGE_BYTES
}

fn main() {
    println!("{REQUESTS} requests a round, {ROUNDS} rounds in turns, medians; answers compared with a slow model");
    // The largest first: memory that a smaller site gave back would hide what it takes.
    let million = measure(1_000_000, 10_000);
    let hundred_thousand = measure(100_000, 10_000);
    let ten_thousand = measure(10_000, 1_000);
    let thousand = measure(1_000, 10_000);
    at_most("decision/bare-lookup-10k", ten_thousand.decision / ten_thousand.floor, 10.0);
    at_most("decision/bare-lookup-100k", hundred_thousand.decision / hundred_thousand.floor, 10.0);
    at_most("decision/bare-lookup-1M", million.decision / million.floor, 10.0);
    at_most("rights-edit-1M/1k", million.person_edit / thousand.person_edit, 2.0);
    at_most("group-edit-1M/1k", million.group_edit / thousand.group_edit, 2.0);
    at_most("bytes-a-person-1M", million.bytes_a_person, 150.0);
}
