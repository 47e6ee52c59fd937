//! The daemon is killed in the middle of its work, again and again. What it has told anybody is in the journal afterwards,
//! byte for byte; the chain holds; no lock has moved without an entry that says why.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::PATIENCE;
use super::hands::{Hands, find, unlocked};
use super::http::Api;
use super::site::{DOORS, POINTS, Plan, Site};
use super::stream::{Event, Over, Stream};

/// Kills in one run.
const ROUNDS: u32 = 4;

/// Fewest and most things done in a round before the kill.
const DEEDS: std::ops::Range<u64> = 20..150;

/// A handle that is back tells within this time what it did by itself.
const LOG_PATIENCE: Duration = Duration::from_secs(5);

/// How often the hardware is looked at after the kill, for what was already on its way.
const LAST_LOOKS: u32 = 60;

/// Numbers from a seed (SplitMix64), so that a run can be had again.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }

    pub(super) fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

pub(super) fn seed() -> u64 {
    let given = std::env::var("RACKWARD_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
    println!("seed {seed}; RACKWARD_SEED={seed} does the same again");
    seed
}

/// What the outside knows.
#[derive(Default)]
struct Witness {
    /// Every entry that was streamed, by its number.
    streamed: BTreeMap<u64, Event>,
    /// Every grant that was answered with "created".
    answered: Vec<Value>,
    /// How often each lock was seen to let go in this round.
    let_go: BTreeMap<String, usize>,
}

#[test]
fn what_was_told_survives_kills_and_no_lock_moved_without_its_entry() {
    let mut draw = Draw(seed());
    let site = Site::lay_out(&Plan::default());
    let hardware = site.hardware();
    let mut witness = Witness::default();
    witness.begin(&site);
    for round in 1..=ROUNDS {
        let before = busy_round(&site, &hardware.hands, &mut draw, &mut witness);
        verify(&site);
        let daemon = site.daemon();
        witness.check(&daemon.api, before, round);
        daemon.program.kill();
        verify(&site);
    }
    assert!(!witness.answered.is_empty() && !witness.streamed.is_empty(), "nothing was told");
}

#[test]
#[should_panic(expected = "was streamed")]
fn a_journal_that_lost_its_end_is_noticed() {
    let site = Site::lay_out(&Plan::default());
    let (hardware, mut witness) = (site.hardware(), Witness::default());
    witness.begin(&site);
    let before = busy_round(&site, &hardware.hands, &mut Draw(1), &mut witness);
    // What a disk does that confirms writes it has not made.
    std::fs::remove_file(site.path("state/journal.db-wal")).unwrap();
    witness.check(&site.daemon().api, before, 1);
}

#[test]
#[should_panic(expected = "the journal has")]
fn a_lock_that_let_go_by_itself_is_noticed() {
    let site = Site::lay_out(&Plan::default());
    let (hardware, mut witness) = (site.hardware(), Witness::default());
    witness.begin(&site);
    let before = busy_round(&site, &hardware.hands, &mut Draw(2), &mut witness);
    *witness.let_go.entry(DOORS[2].to_owned()).or_default() += DEEDS.end as usize;
    witness.check(&site.daemon().api, before, 1);
}

#[track_caller]
fn verify(site: &Site) {
    let verified = site.cli(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

/// Starts the daemon, does many things at once, and kills it in the middle; the number of the last entry before.
fn busy_round(site: &Site, hands: &Hands, draw: &mut Draw, witness: &mut Witness) -> u64 {
    let daemon = site.daemon();
    let last = witness.streamed.keys().next_back().copied();
    let mut stream = Stream::open(&daemon.api, last);
    daemon.whole(&mut stream);
    hands.all_locked();
    let before = daemon.api.head();
    let deeds = DEEDS.start + draw.below(DEEDS.end - DEEDS.start);
    let killed = AtomicBool::new(false);
    let api = daemon.api.clone();
    thread::scope(|scope| {
        let reader = scope.spawn(move || read_to_the_end(stream));
        let clerk = scope.spawn(|| grant_until_refused(&api));
        let watcher = scope.spawn(|| watch_locks(hands, &killed));
        for _ in 0..deeds {
            match draw.below(6) {
                0 => hands.act("rex", &[draw.of(&DOORS[..2])]),
                _ => hands.badge(draw.of(&["p-1", "p-2", "p-3", "stranger"]), draw.of(&POINTS)),
            }
        }
        daemon.program.kill();
        killed.store(true, Ordering::Relaxed);
        witness.note(reader.join().unwrap());
        witness.answered.append(&mut clerk.join().unwrap());
        witness.let_go = watcher.join().unwrap();
    });
    before
}

pub(super) fn read_to_the_end(mut stream: Stream) -> Vec<Event> {
    loop {
        match stream.next(PATIENCE) {
            Ok(_) => {}
            Err(Over::Closed) => return stream.seen,
            Err(Over::Silence) => panic!("neither an event nor the end"),
        }
    }
}

/// Grants rights as fast as the daemon answers; returns what it said it had done.
fn grant_until_refused(api: &Api) -> Vec<Value> {
    let mut answered = Vec::new();
    let to_at = api.document("/api/v1/grants")["items"][0]["to_at"].clone();
    let body = json!({ "person": "p-3", "doors": ["lon1/side"], "to_at": to_at, "reason": "busy" });
    while let Ok(answer) = api.try_change("/api/v1/grants", &body.to_string()) {
        assert_eq!(answer.status, 201, "the daemon refused a grant");
        let length: usize = answer.header("content-length").unwrap().parse().unwrap();
        let mut text = String::new();
        let mut answer = answer;
        let read = std::io::Read::read_to_string(&mut answer.body, &mut text);
        // An answer that the kill cut short was no answer.
        if read.is_err() || text.len() < length {
            break;
        }
        answered.push(serde_json::from_str(&text).unwrap());
    }
    answered
}

/// Counts, lock by lock, how often it was seen to let go.
fn watch_locks(hands: &Hands, killed: &AtomicBool) -> BTreeMap<String, usize> {
    let (mut let_go, mut loose, mut looks_left) = (BTreeMap::new(), Vec::new(), LAST_LOOKS);
    while looks_left > 0 {
        if killed.load(Ordering::Relaxed) {
            looks_left -= 1;
        }
        let now = unlocked(&hands.state());
        for door in now.iter().filter(|door| !loose.contains(*door)) {
            *let_go.entry(door.clone()).or_default() += 1;
        }
        loose = now;
    }
    let_go
}

impl Witness {
    /// Sees the first start and the people being enrolled, and the first kill.
    fn begin(&mut self, site: &Site) {
        let daemon = site.daemon();
        let mut stream = Stream::open(&daemon.api, Some(0));
        daemon.whole(&mut stream);
        site.enrol();
        stream.read_to(daemon.api.head());
        self.note(stream.seen);
        daemon.program.kill();
    }

    /// A handle tells what it did by itself some time after it is back; what never comes is found missing by the check.
    fn wait_for_reasons(&self, stream: &mut Stream, before: u64) {
        let missing = |stream: &Stream| {
            self.let_go.iter().any(|(door, times)| {
                let after = |event: &&Event| event.id.is_some_and(|id| id > before) && releases(event, door);
                stream.seen.iter().filter(after).count() < *times
            })
        };
        let until = Instant::now() + LOG_PATIENCE;
        while missing(stream) && Instant::now() < until && stream.next(LOG_PATIENCE).is_ok() {}
    }

    fn note(&mut self, events: Vec<Event>) {
        self.streamed.extend(events.into_iter().filter_map(|event| Some((event.id?, event))));
    }

    /// Compares what the outside knows with what the restarted daemon has.
    fn check(&mut self, api: &Api, before: u64, round: u32) {
        let mut stream = Stream::open(api, Some(0));
        stream.read_to(api.head());
        self.wait_for_reasons(&mut stream, before);
        let journal: BTreeMap<u64, Event> =
            stream.seen.into_iter().filter_map(|event| Some((event.id?, event))).collect();
        for (id, event) in &self.streamed {
            assert_eq!(journal.get(id), Some(event), "round {round}: entry {id} was streamed");
        }
        let created = |grant: &Value| {
            let entries = journal.values().filter(|event| event.name == "grant.created");
            entries.filter(|event| event.subject() == grant["id"].as_str().unwrap()).count()
        };
        let grants = api.whole_list("/api/v1/grants");
        for grant in &self.answered {
            assert_eq!(created(grant), 1, "round {round}: this grant was answered: {grant}");
            let kept = find(&grants, "id", grant["id"].as_str().unwrap());
            for member in ["person", "doors", "from_at", "to_at", "reason"] {
                assert_eq!(kept[member], grant[member], "round {round}: {member} of {grant}");
            }
        }
        for (door, times) in &self.let_go {
            let reasons = journal.range(before + 1..).filter(|(_, event)| releases(event, door)).count();
            assert!(reasons >= *times, "round {round}: {door} let go {times} times, the journal has {reasons} reasons");
        }
        println!(
            "round {round}: {} entries, {} grants answered, locks that let go: {:?}",
            journal.len(),
            self.answered.len(),
            self.let_go
        );
    }
}

/// Whether an entry is a reason for this door's lock to let go. A handle whose card was in flight when the daemon died decides
/// by its own list, and says so when it is back.
fn releases(event: &Event, door: &str) -> bool {
    let kinds = ["access.granted", "door.exit-released", "door.operator-released"];
    let by_itself = event.name == "access.offline" && event.says("what") == "admitted";
    (kinds.contains(&event.name.as_str()) || by_itself) && event.says("door") == door
}
