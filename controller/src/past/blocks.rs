//! Blocks of entries in the file of the past: how they are cut, appended to and read. An entry is its length in four bytes and
//! its canonical bytes.

use rackward_core::id::Seq;
use rackward_core::journal::canonical;
use rackward_core::{Stamped, Wall};
use sqlx::{Row as _, SqliteConnection, SqlitePool};
use tokio::sync::mpsc;

use super::{PastError, PastFile};

/// How large a block grows: the last one is written anew with each entry that comes, all of them are read for a question.
const BLOCK_MAX_BYTES: usize = 64 * 1024;

/// Which entries are kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series {
    /// Those that say who may pass.
    Rights,
    /// Those that tell of somebody at a door.
    Passages,
}

impl Series {
    const fn newest(self) -> &'static str {
        match self {
            Self::Rights => "SELECT first, length(entries) FROM rights ORDER BY first DESC LIMIT 1",
            Self::Passages => "SELECT first, length(entries) FROM passage ORDER BY first DESC LIMIT 1",
        }
    }

    const fn put(self) -> &'static str {
        match self {
            Self::Rights => {
                "INSERT INTO rights VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET last = excluded.last, \
                 least_at = min(least_at, excluded.least_at), most_at = max(most_at, excluded.most_at), \
                 entries = CAST(entries || excluded.entries AS BLOB)"
            }
            Self::Passages => {
                "INSERT INTO passage VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET last = excluded.last, \
                 least_at = min(least_at, excluded.least_at), most_at = max(most_at, excluded.most_at), \
                 entries = CAST(entries || excluded.entries AS BLOB)"
            }
        }
    }

    const fn keys(self) -> &'static str {
        match self {
            Self::Rights => "SELECT first FROM rights WHERE last > ? AND first <= ? AND most_at >= ? ORDER BY first",
            Self::Passages => "SELECT first FROM passage WHERE last > ? AND first <= ? AND most_at >= ? ORDER BY first",
        }
    }

    const fn one(self) -> &'static str {
        match self {
            Self::Rights => "SELECT entries FROM rights WHERE first = ?",
            Self::Passages => "SELECT entries FROM passage WHERE first = ?",
        }
    }
}

/// Which blocks are wanted: those that have entries within these bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// After this entry.
    pub(super) after: Seq,
    /// Up to this one.
    pub(super) upto: Seq,
    /// At or after this moment.
    pub(super) since: Wall,
}

impl Bounds {
    /// Whether an entry lies within.
    pub(super) fn hold(&self, entry: &Stamped) -> bool {
        entry.seq > self.after && entry.seq <= self.upto && entry.at >= self.since
    }
}

/// Entries on their way into one block.
struct Part {
    first: Seq,
    last: Seq,
    least_at: Wall,
    most_at: Wall,
    bytes: Vec<u8>,
}

impl Part {
    fn begun_by(entry: &Stamped) -> Self {
        Self { first: entry.seq, last: entry.seq, least_at: entry.at, most_at: entry.at, bytes: Vec::new() }
    }

    fn add(&mut self, entry: &Stamped, canonical: &[u8]) {
        let length = u32::try_from(canonical.len()).unwrap_or(u32::MAX);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(canonical);
        self.last = entry.seq;
        self.least_at = self.least_at.min(entry.at);
        self.most_at = self.most_at.max(entry.at);
    }
}

/// Appends entries behind those that are there.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    series: Series,
    entries: &[&Stamped],
) -> Result<(), sqlx::Error> {
    let Some(first) = entries.first() else { return Ok(()) };
    let newest = sqlx::query(series.newest()).fetch_optional(&mut *connection).await?;
    let newest: Option<(i64, i64)> =
        newest.map(|row| Ok::<_, sqlx::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?;
    let mut part = Part::begun_by(first);
    let mut room = BLOCK_MAX_BYTES;
    if let Some((first, bytes)) = newest {
        let taken = usize::try_from(bytes).unwrap_or(BLOCK_MAX_BYTES);
        if taken < BLOCK_MAX_BYTES {
            (part.first, room) = (Seq::new(first.unsigned_abs()), BLOCK_MAX_BYTES - taken);
        }
    }
    for entry in entries {
        let canonical = canonical::encode(entry);
        if part.bytes.len() >= room {
            let full = core::mem::replace(&mut part, Part::begun_by(entry));
            put(connection, series, full).await?;
            room = BLOCK_MAX_BYTES;
        }
        part.add(entry, &canonical);
    }
    put(connection, series, part).await
}

async fn put(connection: &mut SqliteConnection, series: Series, part: Part) -> Result<(), sqlx::Error> {
    let query = sqlx::query(series.put()).bind(number(part.first)).bind(number(part.last));
    let query = query.bind(part.least_at.as_micros()).bind(part.most_at.as_micros()).bind(part.bytes);
    query.execute(connection).await.map(drop)
}

impl PastFile {
    /// The last entry about rights whose time is not after `at`; 0 where there is none.
    pub(super) async fn last_before(&self, pool: &SqlitePool, at: Wall) -> Result<Seq, PastError> {
        let row = sqlx::query("SELECT entries FROM rights WHERE least_at <= ? ORDER BY first DESC LIMIT 1")
            .bind(at.as_micros())
            .fetch_optional(pool)
            .await
            .map_err(self.failed())?;
        let Some(row) = row else { return Ok(Seq::new(0)) };
        let bytes: &[u8] = row.try_get(0).map_err(self.failed())?;
        let mut last = Seq::new(0);
        for entry in entries(bytes) {
            let entry = entry.ok_or_else(|| self.nonsense())?;
            if entry.at <= at {
                last = entry.seq;
            }
        }
        Ok(last)
    }

    /// The blocks within bounds, in order, each by its first entry.
    pub(super) async fn blocks(
        &self,
        pool: &SqlitePool,
        series: Series,
        bounds: &Bounds,
    ) -> Result<Vec<i64>, PastError> {
        let keys = sqlx::query(series.keys()).bind(number(bounds.after)).bind(number(bounds.upto));
        let keys = keys.bind(bounds.since.as_micros()).fetch_all(pool).await.map_err(self.failed())?;
        keys.iter().map(|row| row.try_get(0).map_err(self.failed())).collect()
    }

    /// Sends these blocks, until nobody takes them.
    pub(super) async fn send(
        &self,
        pool: &SqlitePool,
        series: Series,
        blocks: &[i64],
        sender: mpsc::Sender<Vec<u8>>,
    ) -> Result<(), PastError> {
        for first in blocks {
            let row = sqlx::query(series.one()).bind(first).fetch_one(pool).await.map_err(self.failed())?;
            let bytes = row.try_get(0).map_err(self.failed())?;
            if sender.send(bytes).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// The entries of a block, in order; `None` where it goes on and does not read.
pub(super) fn entries(block: &[u8]) -> impl Iterator<Item = Option<Stamped>> {
    let mut rest = Some(block);
    core::iter::from_fn(move || {
        let bytes = rest.take().filter(|bytes| !bytes.is_empty())?;
        let one = bytes.split_first_chunk::<4>().and_then(|(length, bytes)| {
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            bytes.split_at_checked(length)
        });
        let Some((canonical, behind)) = one else { return Some(None) };
        rest = Some(behind);
        Some(canonical::decode(canonical).ok())
    })
}

/// A sequence number as SQLite's signed integer.
pub(super) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}
