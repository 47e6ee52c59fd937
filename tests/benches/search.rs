//! The first page of a search over a long journal, as the daemon answers it (the query read, the index, the entries decoded,
//! told as events and written as JSON; without the socket), beside the same rows from a plain SQLite table with one index for
//! each column that is asked for. Both give the same entries; that is checked. How many entries may be said after `--`: ten million are
//! the goal's, fewer are for trying. What filling costs, and what the index weighs, is told as well.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rackward::config::Config;
use rackward::cursor::Consumer as _;
use rackward::search::{SearchIndex, Searcher};
use rackward::store::{ENTRIES_MAX_ROWS, Reader, Store};
use rackward_core::entry::{Denial, Entry};
use rackward_core::facts::{Contact, Facts, Lock};
use rackward_core::id::{CommandId, CredentialId, GrantId, PersonId, Seq};
use rackward_core::{Batch, Site, Stamped, Wall};
use rackward_dashboard::query::{Meaning, Order, Search, meant};
use rackward_dashboard::wire::event::CloudEvent;
use rackward_tests::bench::{Rounds, at_most, build_dir, microseconds};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};

const DEFAULT_ENTRIES: u64 = 10_000_000;
const DOORS: u32 = 500;
const DOORS_A_BUS: u32 = 25;
const PEOPLE: u32 = 2_000;
const PAGE: u16 = 100;
const ROUNDS: usize = 200;
const WARM_ROUNDS: usize = 20;
/// Friday, 24 July 2026, 12:00 UTC, in microseconds; the journal ends there.
const NOW: i64 = 1_784_894_400_000_000;

/// What is asked for, and the same in SQL.
const QUESTIONS: &[(&str, &str)] = &[
    ("person:p-77", "person = 77"),
    ("door:door-42", "door = 42"),
    ("type:access.denied", "kind = 'access.denied'"),
    ("reason:pin_wrong", "reason = 'pin_wrong'"),
    ("person:p-77 type:access.denied", "person = 77 AND kind = 'access.denied'"),
    ("denied", "kind = 'access.denied'"),
    ("\"wrong pin\"", "reason = 'pin_wrong'"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(DEFAULT_ENTRIES);
    let dir = tempfile::Builder::new().prefix("bench-search-").tempdir_in(build_dir())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(dir.path(), count))
}

async fn measure(dir: &Path, count: u64) -> Result<(), Box<dyn std::error::Error>> {
    let site = Arc::new(site()?);
    let journal = write_journal(dir, &site, count).await?;
    let index = SearchIndex::in_dir(dir);
    fill(dir, &index, &site, &journal, count).await?;
    let mut floor = plain_table(dir, &site, &journal, count).await?;
    let searcher = Searcher::new(index, journal, None);
    let mut worst: f64 = 0.0;
    println!("first page of {PAGE}, microseconds            ours  finding    plain    ratio");
    for (filter, sql) in QUESTIONS {
        let Times { ours, finding, floor: plain } =
            question(&searcher, &site, &mut floor, filter, sql, Seq::new(count)).await?;
        let ratio = ours.median() / plain.median();
        println!("{filter:40} {:8.0} {:8.0} {:8.0} {ratio:8.2}", ours.median(), finding.median(), plain.median());
        worst = worst.max(ratio);
    }
    at_most("search-first-page", worst, 2.0);
    Ok(())
}

/// A site with many doors, on buses that have room for them; every fifth has a reader, the others are opened by operators.
fn site() -> Result<Site, Box<dyn std::error::Error>> {
    let mut text = String::from(
        "[site]\nname = \"lon1\"\ntime_zone = \"Europe/London\"\n[storage]\ndir = \"var\"\n[console]\nlisten = \"[::1]:0\"\n\
         [[area]]\npath = \"lon1/hall\"\n",
    );
    for door in 0..DOORS {
        let (bus, address) = (door / DOORS_A_BUS, door % DOORS_A_BUS);
        if address == 0 {
            text += &format!("[[bus]]\nname = \"b{bus}\"\nport = \"/dev/ttyUSB{bus}\"\nbaud = 115200\n");
        }
        text += &format!("[[door]]\npath = \"lon1/d{door}\"\nkind = \"door\"\narea = \"lon1/hall\"\n");
        let at = format!("door = \"lon1/d{door}\"\nbus = \"b{bus}\"\n");
        text += &format!("[[device]]\nname = \"l{door}\"\nrole = \"lock\"\n{at}address = {address}\n");
        if address % 5 == 0 {
            let own = DOORS_A_BUS + address;
            text +=
                &format!("[[device]]\nname = \"r{door}\"\nrole = \"reader\"\nside = \"out\"\n{at}address = {own}\n");
        }
    }
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("rackward.toml");
    std::fs::write(&file, text)?;
    let config = Config::read(&file)?;
    config.draft.build(&std::collections::BTreeMap::new()).map_err(|problems| format!("{problems:?}").into())
}

/// What happens, by a number: every person and door equally often.
fn entry(site: &Site, seq: u64) -> Entry {
    // Multiplication by a large odd number spreads the numbers over all bits (Knuth, 6.4).
    let dice = seq.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let person = PersonId::new((dice >> 40) as u32 % PEOPLE);
    let (credential, grant) = (CredentialId::new(person.get()), GrantId::new(person.get()));
    let doors = site.doors().count().max(1);
    let points = site.points().count().max(1);
    let door = site.doors().nth((dice >> 20) as usize % doors).map(|door| door.id);
    let point = site.points().nth((dice >> 20) as usize % points).map(|point| (point.id, point.door));
    match (dice >> 60, door, point) {
        (0..=1, _, Some((point, _))) => {
            let reason = if dice & 64 == 0 { Denial::PinWrong } else { Denial::NotPermittedAtThisTime };
            Entry::AccessDenied { point, person: Some(person), credential: Some(credential), reason }
        }
        (2..=7, _, Some((point, door))) => {
            let (release_time, command) = (std::time::Duration::from_secs(5), CommandId::new(seq));
            Entry::AccessGranted { point, door, person, credential, grant, release_time, command }
        }
        (8..=11, Some(door), _) => Entry::AccessTaken { door, person: Some(person) },
        (_, Some(door), _) => {
            let contact = if dice & 1 == 0 { Contact::Open } else { Contact::Closed };
            let facts = Facts { contact, lock: Lock::Unlocked, handle: None, key: None, latch: None };
            Entry::DoorChanged { door, facts }
        }
        (_, None, _) => Entry::Stopped,
    }
}

async fn write_journal(dir: &Path, site: &Site, count: u64) -> Result<Reader, Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let (mut store, _) = Store::open(dir).await?;
    let reader = Reader::open(dir).await?;
    let mut first = 1;
    while first <= count {
        let last = count.min(first + u64::from(ENTRIES_MAX_ROWS) - 1);
        let at = |seq: u64| Wall::from_micros(NOW - (count - seq) as i64 * 1_000_000);
        let stamp = |seq| Stamped { seq: Seq::new(seq), at: at(seq), entry: entry(site, seq) };
        store.commit(&Batch { entries: (first..=last).map(stamp).collect(), changes: Vec::new() }).await?;
        first = last + 1;
    }
    store.close().await?;
    println!("journal of {count} entries written in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(reader)
}

/// As the daemon does when it finds no index: by the cursor's consumer, batch after batch.
async fn fill(
    dir: &Path,
    index: &SearchIndex,
    site: &Arc<Site>,
    journal: &Reader,
    count: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let begun = Instant::now();
    let mut filler = index.filler(Arc::clone(site));
    let mut after = Seq::new(0);
    while after.get() < count {
        let entries = journal.entries_after(after, ENTRIES_MAX_ROWS).await?;
        after = filler.take(&entries).await.map_err(|failure| failure.said)?;
    }
    let (took, bytes) = (begun.elapsed().as_secs_f64(), size(dir, "search.sqlite") + size(dir, "search.sqlite-wal"));
    println!("index filled in {took:.0} s: {:.0} entries a second", count as f64 / took);
    println!(
        "index: {:.0} bytes an entry; journal: {:.0}",
        bytes / count as f64,
        size(dir, "journal.db") / count as f64
    );
    Ok(())
}

fn size(dir: &Path, name: &str) -> f64 {
    std::fs::metadata(dir.join(name)).map_or(0.0, |file| file.len() as f64)
}

/// The same journal as a plain table, a column and an index for everything that is asked for.
async fn plain_table(
    dir: &Path,
    site: &Site,
    journal: &Reader,
    count: u64,
) -> Result<SqliteConnection, Box<dyn std::error::Error>> {
    let file = dir.join("plain.sqlite");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Off);
    let mut plain = options.disable_statement_logging().connect().await?;
    let columns = "kind TEXT NOT NULL, person INTEGER, door INTEGER, reason TEXT, bytes BLOB NOT NULL";
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE TABLE event (seq INTEGER PRIMARY KEY, {columns}) STRICT")))
        .execute(&mut plain)
        .await?;
    sqlx::query("ATTACH ? AS journal").bind(dir.join("journal.db").display().to_string()).execute(&mut plain).await?;
    let mut after = Seq::new(0);
    while after.get() < count {
        let entries = journal.entries_after(after, ENTRIES_MAX_ROWS).await?;
        let rows: Vec<String> = entries.iter().map(|entry| columns_of(entry, site)).collect();
        let insert = "INSERT INTO event SELECT value ->> 0, kind, value ->> 1, value ->> 2, value ->> 3, bytes \
                      FROM json_each(?) JOIN journal.entry ON seq = value ->> 0";
        sqlx::query(insert).bind(format!("[{}]", rows.join(","))).execute(&mut plain).await?;
        after = entries.last().map_or(Seq::new(count), |entry| entry.seq);
    }
    for column in ["kind", "person", "door", "reason"] {
        let index = format!("CREATE INDEX event_{column} ON event ({column}, seq)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(index)).execute(&mut plain).await?;
    }
    sqlx::raw_sql("ANALYZE").execute(&mut plain).await?;
    println!("plain table with four indexes: {:.0} bytes an entry", size(dir, "plain.sqlite") / count as f64);
    Ok(plain)
}

fn columns_of(stamped: &Stamped, site: &Site) -> String {
    let door_of = |point| site.point(point).map(|point| point.door.get());
    let (person, door, reason) = match &stamped.entry {
        Entry::AccessDenied { point, person, reason, .. } => (*person, door_of(*point), Some(reason.word())),
        Entry::AccessGranted { door, person, .. } => (Some(*person), Some(door.get()), None),
        Entry::AccessTaken { door, person } => (*person, Some(door.get()), None),
        Entry::DoorChanged { door, .. } => (None, Some(door.get()), None),
        _ => (None, None, None),
    };
    let number = |number: Option<u32>| number.map_or("null".to_owned(), |number| number.to_string());
    let reason = reason.map_or("null".to_owned(), |reason| format!("\"{reason}\""));
    format!("[{},{},{},{reason}]", stamped.seq, number(person.map(PersonId::get)), number(door))
}

/// How long a page takes.
#[derive(Default)]
struct Times {
    ours: Rounds,
    /// Until its entries were found, of that.
    finding: Rounds,
    floor: Rounds,
}

/// Asks both in turn and compares what they say.
async fn question(
    searcher: &Searcher,
    site: &Site,
    plain: &mut SqliteConnection,
    filter: &str,
    sql: &str,
    head: Seq,
) -> Result<Times, Box<dyn std::error::Error>> {
    let select = format!("SELECT seq, bytes FROM event WHERE {sql} ORDER BY seq DESC LIMIT {PAGE}");
    let Times { mut ours, mut finding, mut floor } = Times::default();
    for round in 0..ROUNDS {
        let begun = Instant::now();
        let found = searcher.find(&read(filter, site)?, head).await?;
        let found_after = begun.elapsed();
        let events: Vec<CloudEvent> = found.entries.iter().map(|entry| CloudEvent::of(entry, site)).collect();
        let answer = serde_json::to_vec(&events)?;
        let ours_done = Instant::now();
        let rows = sqlx::query(sqlx::AssertSqlSafe(select.as_str())).fetch_all(&mut *plain).await?;
        let floor_took = ours_done.elapsed();
        let theirs = rows.iter().map(|row| row.try_get::<i64, _>(0)).collect::<Result<Vec<_>, _>>()?;
        let same: Vec<i64> = found.entries.iter().map(|entry| entry.seq.get() as i64).collect();
        if same != theirs || answer.is_empty() {
            return Err(format!("{filter}: ours {same:?}, plain {theirs:?}").into());
        }
        if round >= WARM_ROUNDS {
            ours.add(microseconds(ours_done - begun));
            finding.add(microseconds(found_after));
            floor.add(microseconds(floor_took));
        }
    }
    Ok(Times { ours, finding, floor })
}

fn read(filter: &str, site: &Site) -> Result<Search, Box<dyn std::error::Error>> {
    let meaning = Meaning { site, now: Wall::from_micros(NOW), people: &|_| Vec::new() };
    let search = meant(filter, &meaning, PAGE).map_err(|mistakes| format!("{mistakes:?}"))?;
    Ok(Search { order: Order::NewestFirst, ..search })
}
