//! One entry made durable, beside an interleaved `fdatasync` of as many bytes on the same disk; and what grouping gives:
//! 64 producers, each waiting for its own entry, beside one.

use std::path::Path;
use std::time::Instant;

use rackward::store::Store;
use rackward_core::entry::{Denial, Entry};
use rackward_core::facts::{Contact, Facts, Lock};
use rackward_core::id::{CredentialId, DoorId, PersonId, PointId, Seq};
use rackward_core::time::Wall;
use rackward_core::{Batch, Records, Stamped};
use rackward_tests::bench::{Floor, Rounds, at_least, at_most, build_dir, microseconds};
use tokio::sync::{mpsc, oneshot};

/// Rounds of floor, entry and entry with rows, taking turns.
const TURNS: usize = 6_000;
/// The first turns warm caches and are not counted.
const WARM_TURNS: usize = 500;
/// Entries that each grouping run makes durable.
const GROUPED_ENTRIES: usize = 8_000;
const PRODUCERS: usize = 64;
const GROUPING_ROUNDS: usize = 5;

/// Writes batches as the engine would: entries with the rows they change.
#[derive(Default)]
struct Author {
    records: Records,
}

impl Author {
    fn write(&mut self, entry: Entry, batch: &mut Batch) {
        let seq = self.records.head.next();
        let stamped = Stamped { seq, at: Wall::from_micros(1_785_744_000_000_000 + seq.get() as i64), entry };
        self.records.apply(&stamped, &mut batch.changes);
        batch.entries.push(stamped);
    }
}

fn denied() -> Entry {
    let (person, credential) = (Some(PersonId::new(7)), Some(CredentialId::new(7)));
    Entry::AccessDenied { point: PointId::new(1), person, credential, reason: Denial::NotPermittedAtThisTime }
}

fn door_changed(turn: usize) -> Entry {
    let contact = if turn.is_multiple_of(2) { Contact::Open } else { Contact::Closed };
    let facts = Facts { contact, lock: Lock::Unlocked, handle: None, key: None, latch: None };
    Entry::DoorChanged { door: DoorId::new(1 + turn as u32 % 40), facts }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::Builder::new().prefix("bench-append-").tempdir_in(build_dir())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(one_at_a_time(dir.path()))?;
    runtime.block_on(grouped(dir.path()))
}

async fn one_at_a_time(dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let floor = Floor::new(dir)?;
    let (mut store, _) = Store::open(&dir.join("one")).await?;
    let mut author = Author::default();
    let (mut synced, mut entry_alone, mut with_rows) = (Rounds::default(), Rounds::default(), Rounds::default());
    for turn in 0..TURNS {
        let (mut alone, mut rows) = (Batch::default(), Batch::default());
        author.write(denied(), &mut alone);
        author.write(door_changed(turn), &mut rows);
        let floor_took = floor.sync(turn)?;
        let floor_done = Instant::now();
        store.commit(&alone).await?;
        let alone_done = Instant::now();
        store.commit(&rows).await?;
        if turn >= WARM_TURNS {
            synced.add(floor_took);
            entry_alone.add(microseconds(alone_done - floor_done));
            with_rows.add(microseconds(alone_done.elapsed()));
        }
    }
    assert_eq!(store.head().seq, Seq::new(2 * TURNS as u64), "every entry is durable");
    store.close().await?;
    println!("{:<28}{:>10}{:>10}{:>10}", "microseconds", "p50", "p99", "p999");
    for (name, rounds) in [("fdatasync", &synced), ("entry", &entry_alone), ("entry with its door's row", &with_rows)] {
        let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| rounds.quantile(share));
        println!("{name:<28}{p50:>10.1}{p99:>10.1}{p999:>10.1}");
    }
    let ratio = |rounds: &Rounds, share| rounds.quantile(share) / synced.quantile(share);
    at_most("append_p50_over_fdatasync", ratio(&entry_alone, 0.5), 2.0);
    at_most("append_p99_over_fdatasync", ratio(&entry_alone, 0.99), 3.0);
    at_most("append_with_row_p50_over_fdatasync", ratio(&with_rows, 0.5), 2.0);
    at_most("append_with_row_p99_over_fdatasync", ratio(&with_rows, 0.99), 3.0);
    Ok(())
}

async fn grouped(dir: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let (mut one, mut many) = (Rounds::default(), Rounds::default());
    for round in 0..GROUPING_ROUNDS {
        let order = if round % 2 == 0 { [1, PRODUCERS] } else { [PRODUCERS, 1] };
        for producers in order {
            let rate = entries_per_second(&dir.join(format!("group-{round}-{producers}")), producers).await?;
            if producers == 1 { one.add(rate) } else { many.add(rate) }
        }
    }
    println!("{:<28}{:>10}{:>10}{:>10}", "entries a second", "median", "low", "high");
    for (name, rounds) in [("one producer", &one), ("64 producers", &many)] {
        let (low, high) = rounds.spread();
        println!("{name:<28}{:>10.0}{low:>10.0}{high:>10.0}", rounds.median());
    }
    at_least("append_64_producers_over_one", many.median() / one.median(), 5.0);
    Ok(())
}

/// How many entries a second become durable when each of `producers` waits for its last before it brings the next.
async fn entries_per_second(dir: &Path, producers: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let (mut store, _) = Store::open(dir).await?;
    let entries = if producers == 1 { GROUPED_ENTRIES / 4 } else { GROUPED_ENTRIES };
    let (bring, mut brought) = mpsc::channel::<oneshot::Sender<()>>(producers);
    for _ in 0..producers {
        let bring = bring.clone();
        tokio::spawn(async move {
            for _ in 0..entries / producers {
                let (durable, wait) = oneshot::channel();
                if bring.send(durable).await.is_err() || wait.await.is_err() {
                    return;
                }
            }
        });
    }
    drop(bring);
    let mut author = Author::default();
    let started = Instant::now();
    let mut waiting = Vec::with_capacity(producers);
    while brought.recv_many(&mut waiting, producers).await > 0 {
        let mut batch = Batch::default();
        waiting.iter().for_each(|_| author.write(denied(), &mut batch));
        store.commit(&batch).await?;
        for producer in waiting.drain(..) {
            // A producer that is gone has all it wanted.
            let _ = producer.send(());
        }
    }
    let rate = author.records.head.get() as f64 / started.elapsed().as_secs_f64();
    store.close().await?;
    Ok(rate)
}
