//! `who-can` at a moment with a million entries since, from nothing in memory to the whole answer, at a site of 10,000 doors and
//! 100,000 people; and `simulate` over 200,000 passages of 30 days, beside the same decisions without any reading. Where each
//! answer is known, it is compared.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rackward::cursor::Consumer as _;
use rackward::past::{Historian, PastFile};
use rackward_core::engine::command::Scope;
use rackward_core::engine::past::{Past, Simulation};
use rackward_core::engine::query::Through;
use rackward_core::entry::{Entry, ReasonText};
use rackward_core::facts::Facts;
use rackward_core::id::{CommandId, CredentialId, DoorId, Generation, GrantId, PersonId, PointId, Seq};
use rackward_core::people::{
    Approval, CredentialKey, EscortNeed, Grant, GrantKind, GrantRight, GrantState, Uses, Validity, When,
};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::draft::{AreaDraft, DeviceDraft, DoorDraft, LevelDraft, RoleDraft, Side, SiteDraft};
use rackward_core::site::schedule::Weekly;
use rackward_core::site::{AreaKind, DoorKind, Level};
use rackward_core::{Answer, Caller, Command, Query, Site, Stamped, Wall};
use rackward_dashboard::past::SimulationNews;
use rackward_tests::bench::{Rounds, at_most};

const ROUNDS: usize = 5;
const BATCH: usize = 8_192;
/// Each person may pass so many doors, one after the other.
const DOORS_OF_ONE: u32 = 10;
/// Of so many entries one is about rights, one in five about somebody at a door.
const RIGHTS_EVERY: u64 = 1_000;
const AIM_WHO_MS: f64 = 500.0;
const AIM_SIMULATE_S: f64 = 10.0;
/// When it all begins, in seconds; an entry comes every two and a half.
const START: i64 = 1_782_302_400;
const BETWEEN_MS: i64 = 2_500;

struct Size {
    doors: u32,
    people: u32,
    since: u64,
}

pub(super) async fn measure(dir: &Path, is_small: bool) -> Result<(), Box<dyn std::error::Error>> {
    let tenth = if is_small { 10 } else { 1 };
    let size = Size { doors: 10_000 / tenth, people: 100_000 / tenth, since: 1_000_000 / u64::from(tenth) };
    let site = Arc::new(site(&size)?);
    let rights = rights(&size);
    let moment = rights.last().map_or(Wall::from_seconds(START), |last| last.at);
    let mut journal = rights;
    happen(&size, &site, &mut journal);
    let file = fill(dir, &journal).await?;
    let head = journal.last().map_or(Seq::new(0), |last| last.seq);
    who_can(&file, &site, moment, head, &size).await?;
    simulate(&file, &site, &journal, head).await
}

fn site(size: &Size) -> Result<Site, Box<dyn std::error::Error>> {
    let path = |door: u32| format!("lon1/d{door}");
    let device = |name: String, role| DeviceDraft { name, role };
    let level = LevelDraft::from(Level::Card);
    let readers = (0..size.doors).map(|door| {
        device(format!("r{door}"), RoleDraft::Reader { door: path(door), side: Side::In, level: level.clone() })
    });
    let locks = (0..size.doors).map(|door| device(format!("l{door}"), RoleDraft::Lock { door: path(door) }));
    let draft = SiteDraft {
        name: "lon1".into(),
        time_zone: "Europe/London".into(),
        areas: vec![AreaDraft::new("lon1/hall", AreaKind::Hall)],
        doors: (0..size.doors).map(|door| DoorDraft::new(path(door), DoorKind::Door, "lon1/hall")).collect(),
        devices: readers.chain(locks).collect(),
        ..SiteDraft::default()
    };
    draft.build(&BTreeMap::new()).map_err(|problems| format!("{problems:?}").into())
}

fn doors_of(person: u32, size: &Size) -> Box<[DoorId]> {
    let mut doors: Vec<DoorId> =
        (0..DOORS_OF_ONE).map(|more| DoorId::new((person * DOORS_OF_ONE + more) % size.doors + 1)).collect();
    doors.sort_unstable();
    doors.dedup();
    doors.into()
}

fn grant(id: u32, person: u32, size: &Size) -> Grant {
    Grant {
        id: GrantId::new(id),
        person: PersonId::new(person),
        right: GrantRight::Doors { doors: doors_of(person, size), when: When::Weekly(Weekly::always()) },
        validity: Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(START + 365 * 86_400) },
        reason: "works there".into(),
        ticket: Some("CHG-48213".into()),
        uses: Uses::Unlimited,
        escort: EscortNeed::No,
        kind: GrantKind::Ordinary,
        state: GrantState::Active,
        requested_by: Actor::LocalUser(0),
        approval: Approval::None,
        approved_by: Vec::new(),
    }
}

/// Everybody with a card and a right, as the journal's beginning.
fn rights(size: &Size) -> Vec<Stamped> {
    let (by, at) = (Actor::LocalUser(0), Wall::from_seconds(START));
    let validity = Validity { from: Wall::from_seconds(0), to: Wall::from_seconds(START + 365 * 86_400) };
    let entries = (1..=size.people).flat_map(|number| {
        let (person, generation) = (PersonId::new(number), Generation::new(number.into()));
        let mut key = [0; 16];
        key[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
        let (credential, key) = (CredentialId::new(number), CredentialKey::from_keyed_hash(key));
        [
            Entry::PersonCreated { person, by },
            Entry::CredentialAssigned { credential, person, key, validity, by, generation },
            Entry::GrantCreated { grant: grant(number, number, size), by, generation },
        ]
    });
    (1..).map(Seq::new).zip(entries).map(|(seq, entry)| Stamped { seq, at, entry }).collect()
}

/// What happens from then on.
fn happen(size: &Size, site: &Site, journal: &mut Vec<Stamped>) {
    let points: BTreeMap<DoorId, PointId> = site.points().map(|point| (point.door, point.id)).collect();
    let first = journal.len() as u64;
    for number in 1..=size.since {
        // Multiplication by a large odd number spreads the numbers over all bits (Knuth, 6.4).
        let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let person = (dice >> 40) as u32 % size.people + 1;
        let own = doors_of(person, size);
        let door = own[(dice >> 20) as usize % own.len()];
        let at = Wall::from_micros((START * 1_000 + number as i64 * BETWEEN_MS) * 1_000);
        let entry = match (number % RIGHTS_EVERY, number % 5, points.get(&door)) {
            (0, _, _) => Entry::GrantCreated {
                grant: grant(size.people + (number / RIGHTS_EVERY) as u32, person, size),
                by: Actor::LocalUser(0),
                generation: Generation::new(number),
            },
            (_, 1, Some(point)) => Entry::AccessGranted {
                point: *point,
                door,
                person: PersonId::new(person),
                credential: CredentialId::new(person),
                grant: GrantId::new(person),
                release_time: Duration::from_secs(5),
                command: CommandId::new(number),
            },
            _ => Entry::DoorChanged { door, facts: Facts::default() },
        };
        journal.push(Stamped { seq: Seq::new(first + number), at, entry });
    }
}

async fn fill(dir: &Path, journal: &[Stamped]) -> Result<PastFile, Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let file = PastFile::in_dir(dir);
    let mut filler = file.filler();
    filler.own_position().await.map_err(|failure| failure.said)?;
    filler.begun();
    for batch in journal.chunks(BATCH) {
        filler.take(batch).await.map_err(|failure| failure.said)?;
    }
    let took = begun.elapsed().as_secs_f64();
    let bytes: u64 = ["past.sqlite", "past.sqlite-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(dir.join(name)).ok())
        .map(|file| file.len())
        .sum();
    println!(
        "{} entries taken in {took:.1} s, {:.0} a second; {:.0} bytes an entry",
        journal.len(),
        journal.len() as f64 / took,
        bytes as f64 / journal.len() as f64
    );
    Ok(file)
}

async fn who_can(
    file: &PastFile,
    site: &Arc<Site>,
    moment: Wall,
    head: Seq,
    size: &Size,
) -> Result<(), Box<dyn std::error::Error>> {
    let door = DoorId::new(1);
    let expected = (1..=size.people).filter(|person| doors_of(*person, size).contains(&door)).count();
    let (mut cold, mut warm) = (Rounds::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let historian = Historian::new(file.clone(), Arc::clone(site), None);
        for rounds in [&mut cold, &mut warm] {
            let begun = Instant::now();
            let found = everybody(&historian, moment, head, door).await?;
            rounds.add(begun.elapsed().as_secs_f64() * 1_000.0);
            if found != expected {
                return Err(format!("{found} may pass, {expected} should").into());
            }
        }
    }
    println!(
        "who could pass, {} people, {} entries since: {:.0} ms, asked again {:.0} ms",
        size.people,
        size.since,
        cold.median(),
        warm.median()
    );
    at_most("who-can-past", cold.median() / AIM_WHO_MS, 1.0);
    Ok(())
}

async fn everybody(
    historian: &Historian,
    at: Wall,
    head: Seq,
    door: DoorId,
) -> Result<usize, Box<dyn std::error::Error>> {
    let (mut found, mut after) = (0, None);
    loop {
        let query = Query::Entitled { through: Through::Door(door), at: None, after };
        let Answer::Entitled(part) = historian.answer(at, Scope::Site, query, head).await? else {
            return Err("another answer".into());
        };
        found += part.entitled.len();
        after = part.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

async fn simulate(
    file: &PastFile,
    site: &Arc<Site>,
    journal: &[Stamped],
    head: Seq,
) -> Result<(), Box<dyn std::error::Error>> {
    let now = journal.last().map_or(Wall::from_seconds(START), |last| last.at);
    let reason = ReasonText::parse("to be tried").ok_or("a reason")?;
    let command = Command::RevokeGrant { grant: GrantId::new(7), reason };
    let caller = Caller::new(Actor::LocalUser(0), OperatorRole::Admin, Scope::Site);
    let historian = Historian::new(file.clone(), Arc::clone(site), None);
    let current = historian.at(now, head).await?;
    let begun = Instant::now();
    let mut news = historian.simulate(now, Wall::from_seconds(0), caller, command.clone(), head).await?;
    let prepared = begun.elapsed();
    let simulated = loop {
        match news.recv().await.ok_or("it was cut off")? {
            SimulationNews::Progress { .. } => {}
            SimulationNews::Done(simulated) => break simulated,
            SimulationNews::Failed(refused) => return Err(refused.into()),
        }
    };
    let whole = begun.elapsed();
    let mut new = Past::of((**site).clone(), current.records().clone());
    new.carry_out(now, caller, command)?;
    let mut alone = Simulation::of(current, new, Scope::Site);
    let deciding = Instant::now();
    journal.iter().for_each(|entry| alone.try_on(entry));
    let deciding = deciding.elapsed();
    if *simulated != alone.finish() {
        return Err("reading makes another result".into());
    }
    println!(
        "simulated {} passages in {:.2} s, {:.2} s of it to prepare; deciding alone {:.2} s; {} differ",
        simulated.passages,
        whole.as_secs_f64(),
        prepared.as_secs_f64(),
        deciding.as_secs_f64(),
        simulated.different
    );
    at_most("simulate", whole.as_secs_f64() / AIM_SIMULATE_S, 1.0);
    at_most("simulate-beside-deciding", (whole - prepared).as_secs_f64() / deciding.as_secs_f64(), 2.0);
    Ok(())
}
