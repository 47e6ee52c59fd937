//! The decision alone, all rules on, beside a bare hash look-up of the same cards in the same order: 10,000 people and
//! 1,000 doors with 20 grants each, then 1,000, 100,000 and a million people at 10,000 doors; and what a change to one
//! person's rights costs at each size.

#![allow(clippy::expect_used, reason = "a benchmark whose site is not whole has nothing to measure")]

use std::collections::{BTreeMap, HashMap};
use std::hint::black_box;
use std::time::Duration;

use rackward_core::Wall;
use rackward_core::decide::{NoTrace, PinEvidence, Presented, Request, Situation, settle};
use rackward_core::door::DoorRecord;
use rackward_core::engine::query::JournalHealth;
use rackward_core::entry::Denial;
use rackward_core::id::{CredentialId, DoorId, GrantId, PersonId, PointId};
use rackward_core::people::index::People;
use rackward_core::people::{
    Credential, CredentialKey, CredentialState, Grant, GrantState, Person, PersonStatus, PinStatus, Validity,
};
use rackward_core::site::Site;
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::schedule::{Day, Weekly};
use rackward_core::site::{DoorKind, Level, TicketPolicy, Timings};
use rackward_tests::bench::{Rounds, at_most, nanoseconds_each};

const GRANTS_EACH: u32 = 20;
const REQUESTS: usize = 200_000;
const ROUNDS: usize = 7;
/// Monday 2026-08-03 09:00 in London.
const NOW: Wall = Wall::from_seconds(1_785_744_000);

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
    let door = |n: u32| DoorDraft {
        path: path(n),
        kind: DoorKind::Door,
        area: "lon1/hall".into(),
        interlock: None,
        timings: Timings::default_for(DoorKind::Door),
    };
    let reader = |n: u32| RoleDraft::Reader { door: path(n), side: Side::In, level: Level::Card };
    let devices = |n: u32| {
        [
            DeviceDraft { name: format!("reader-{n}"), role: reader(n) },
            DeviceDraft { name: format!("lock-{n}"), role: RoleDraft::Lock { door: path(n) } },
        ]
    };
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft { path: "lon1/hall".into(), ticket: TicketPolicy::Optional }],
        doors: (1..=doors).map(door).collect(),
        devices: (1..=doors).flat_map(devices).collect(),
    };
    draft.build(&BTreeMap::new()).expect("the generated site is whole")
}

/// Fifty schedules, as a large site has; some hold on this Monday morning and some do not.
fn schedules() -> Vec<Weekly> {
    let schedule = |n: u16| {
        let days = [Day::ALL[usize::from(n) % 7], Day::Mon, Day::ALL[usize::from(n * 3) % 7]];
        Weekly::on_days(&days[..1 + usize::from(n % 3)], 360 + n * 10, 900 + n * 5).expect("a window of hours")
    };
    (0..50).map(schedule).collect()
}

fn key(person: u32) -> CredentialKey {
    let mut numbers = Numbers(u64::from(person) << 20);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&numbers.next().to_be_bytes());
    bytes[8..].copy_from_slice(&numbers.next().to_be_bytes());
    CredentialKey::from_keyed_hash(bytes)
}

fn grants_of(person: u32, doors: u32, schedules: &[Weekly]) -> Vec<Grant> {
    let mut numbers = Numbers(u64::from(person));
    let day = Duration::from_secs(86_400);
    let grant = |n: u32| Grant {
        id: GrantId::new(person * GRANTS_EACH + n),
        person: PersonId::new(person),
        doors: Box::new([DoorId::new(1 + numbers.below(doors))]),
        weekly: schedules[numbers.below(50) as usize].clone(),
        validity: Validity { from: Wall::from_seconds(NOW.as_seconds() - 86_400), to: NOW.after(day * (1 + n)) },
        reason: String::new(),
        ticket: None,
        state: GrantState::Active,
    };
    (0..GRANTS_EACH).map(grant).collect()
}

fn people(count: u32, doors: u32, schedules: &[Weekly]) -> People {
    let mut people = People::default();
    let validity = Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(i64::MAX / 2_000_000) };
    for n in 1..=count {
        let id = PersonId::new(n);
        people.put_person(&Person { id, status: PersonStatus::Enabled, pin: PinStatus::Unset });
        let state = CredentialState::Enabled;
        people.put_credential(&Credential { id: CredentialId::new(n), person: id, key: key(n), state, validity });
        people.put_grants(id, grants_of(n, doors, schedules).iter());
    }
    people
}

/// Half of the requests go to a door the person has a grant for, half to any door.
fn trace(count: u32, doors: u32, schedules: &[Weekly]) -> Vec<Request> {
    let mut numbers = Numbers(7);
    let request = |_| {
        let person = 1 + numbers.below(count);
        let door = if numbers.below(2) == 0 {
            grants_of(person, doors, schedules)[numbers.below(GRANTS_EACH) as usize].doors[0].get()
        } else {
            1 + numbers.below(doors)
        };
        Request { point: PointId::new(door), presented: Presented::Card(key(person)), pin: PinEvidence::Missing }
    };
    (0..REQUESTS).map(request).collect()
}

/// The same question answered the slow, obvious way, to know that the fast one is right.
fn obvious(site: &Site, request: &Request, person: u32, doors: u32, schedules: &[Weekly]) -> Result<(), Denial> {
    let minute = site.local_time().week_minute(NOW);
    let named: Vec<Grant> =
        grants_of(person, doors, schedules).into_iter().filter(|g| g.doors[0].get() == request.point.get()).collect();
    if named.is_empty() {
        return Err(Denial::NotAuthorisedPoint);
    }
    let holds = |grant: &Grant| grant.validity.contains(NOW) && grant.weekly.contains(minute);
    if named.iter().any(holds) { Ok(()) } else { Err(Denial::NotPermittedAtThisTime) }
}

struct Figures {
    floor: f64,
    decision: f64,
    edit: f64,
}

fn measure(count: u32, door_count: u32) -> Figures {
    let (site, schedules) = (site(door_count), schedules());
    let people_index = people(count, door_count, &schedules);
    let trace = trace(count, door_count, &schedules);
    let floor: HashMap<CredentialKey, u32, foldhash::fast::RandomState> = (1..=count).map(|n| (key(n), n)).collect();
    let doors: BTreeMap<DoorId, DoorRecord> = BTreeMap::new();
    let online = vec![true; 2 * door_count as usize + 2];
    let situation = Situation { doors: &doors, online: &online, journal: JournalHealth::Writable };
    let decide = |request: &Request| settle(&site, &people_index, Some(&situation), request, NOW, &mut NoTrace);
    let card = |request: &Request| match request.presented {
        Presented::Card(key) => key,
        Presented::Nothing(_) => unreachable!("the trace presents cards"),
    };
    for request in trace.iter().take(20_000) {
        let expect = obvious(&site, request, floor[&card(request)], door_count, &schedules);
        assert_eq!(decide(request).map(drop).map_err(|refusal| refusal.reason), expect, "answers must be equal");
    }
    let (mut bare, mut ours, mut edits) = (Rounds::default(), Rounds::default(), Rounds::default());
    let mut bare_round = || {
        bare.add(nanoseconds_each(REQUESTS, || {
            for request in &trace {
                black_box(floor.get(&card(request)));
            }
        }));
    };
    let mut our_round = || {
        ours.add(nanoseconds_each(REQUESTS, || {
            for request in &trace {
                let _verdict = black_box(decide(request));
            }
        }));
    };
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            bare_round();
            our_round();
        } else {
            our_round();
            bare_round();
        }
    }
    let mut edited = people_index;
    for round in 0..ROUNDS as u32 {
        let changed: Vec<(PersonId, Vec<Grant>)> = (0..1000)
            .map(|n| 1 + (n * 7919 + round) % count)
            .map(|person| (PersonId::new(person), grants_of(person, door_count, &schedules)))
            .collect();
        edits.add(nanoseconds_each(changed.len(), || {
            changed.iter().for_each(|(person, grants)| edited.put_grants(*person, grants.iter()));
        }));
    }
    let (low, high) = ours.spread();
    println!(
        "{count:>9} people {door_count:>6} doors: bare look-up {:>6.1} ns, decision {:>6.1} ns ({low:.1} to {high:.1}), \
         one person's rights {:>7.0} ns",
        bare.median(),
        ours.median(),
        edits.median()
    );
    Figures { floor: bare.median(), decision: ours.median(), edit: edits.median() }
}

fn main() {
    println!("{REQUESTS} requests a round, {ROUNDS} rounds in turns, medians; answers compared with a slow model");
    let issue = measure(10_000, 1_000);
    let thousand = measure(1_000, 10_000);
    let hundred_thousand = measure(100_000, 10_000);
    let million = measure(1_000_000, 10_000);
    at_most("decision/bare-lookup-10k", issue.decision / issue.floor, 10.0);
    at_most("decision/bare-lookup-100k", hundred_thousand.decision / hundred_thousand.floor, 10.0);
    at_most("decision/bare-lookup-1M", million.decision / million.floor, 10.0);
    at_most("rights-edit-1M/1k", million.edit / thousand.edit, 2.0);
}
