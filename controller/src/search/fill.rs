//! Fills the index: the consumer of a cursor. Entries and the position are committed together, so that each entry is in the
//! index once, whatever happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rackward_core::id::Seq;
use rackward_core::{Site, Stamped, Wall};
use rackward_dashboard::query::Value;
use rackward_dashboard::wire::event::CloudEvent;
use sqlx::{Connection as _, Row as _, SqliteConnection, SqlitePool};
use tokio::sync::watch;

use super::words::Words;
use super::{IndexError, SearchIndex, block_of, lying, offset_of, term};
use crate::cursor::{Consumer, Failure, Position};
use crate::store::ENTRIES_MAX_ROWS;

/// How often the building of a long index is told, in entries.
const PROGRESS_ENTRIES: u64 = 500_000;

/// Takes entries into the index.
#[derive(Debug)]
pub struct Filler {
    index: SearchIndex,
    site: Arc<Site>,
    words: Words,
    /// Which of the file's beginnings was compared with the site as it is.
    compared: Option<u64>,
    /// Tells when the file is another one than that which was filled so far.
    beginnings: watch::Receiver<u64>,
    /// That which was asked for its position.
    asked: u64,
}

/// What some entries add to the index.
#[derive(Default)]
struct Addition {
    postings: BTreeMap<(i64, i64), Vec<u16>>,
    spans: BTreeMap<i64, (i64, i64)>,
    moments: Vec<(Seq, Wall)>,
}

impl Filler {
    pub(super) fn new(index: SearchIndex, site: Arc<Site>) -> Self {
        let beginnings = index.file.beginnings();
        Self { index, site, words: Words::default(), compared: None, beginnings, asked: 0 }
    }

    async fn add(&mut self, entries: &[Stamped]) -> Result<(), IndexError> {
        let index = self.index.clone();
        let pool = index.pool().await?;
        if self.beginnings.has_changed().unwrap_or(true) {
            return Err(IndexError::BegunAnew);
        }
        let added = self.add_in(&pool, entries).await.map_err(index.failed());
        if let Err(error) = &added {
            self.words.forget();
            index.met(&pool, error).await;
        }
        added
    }

    async fn add_in(&mut self, pool: &SqlitePool, entries: &[Stamped]) -> Result<(), sqlx::Error> {
        let mut connection = pool.acquire().await?;
        self.add_over(&mut connection, entries).await
    }

    async fn add_over(&mut self, connection: &mut SqliteConnection, entries: &[Stamped]) -> Result<(), sqlx::Error> {
        let mut whole = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut addition = Addition::default();
        for entry in entries {
            self.add_entry(&mut whole, entry, &mut addition).await?;
        }
        addition.write(&mut whole).await?;
        if let Some(last) = entries.last() {
            write_position(&mut whole, Position::of(last)).await?;
        }
        whole.commit().await
    }

    async fn add_entry(
        &mut self,
        connection: &mut SqliteConnection,
        entry: &Stamped,
        addition: &mut Addition,
    ) -> Result<(), sqlx::Error> {
        let (block, at) = (block_of(entry.seq), entry.at.as_micros());
        addition.moments.push((entry.seq, entry.at));
        let span = addition.spans.entry(block).or_insert((at, at));
        *span = (span.0.min(at), span.1.max(at));
        for mark in CloudEvent::marks(entry, &self.site).iter() {
            let number = match &mark.value {
                Value::Id(number) => *number,
                Value::Word(text) => self.words.number(connection, mark.field, text).await?,
            };
            let offsets = addition.postings.entry((term(mark.field, number), block)).or_default();
            offsets.push(offset_of(entry.seq));
        }
        Ok(())
    }
}

impl Addition {
    /// One statement for each table: what goes in is handed over as one text in JSON, which SQLite takes apart.
    async fn write(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let into_postings = "INSERT INTO posting \
            SELECT value ->> 0, value ->> 1, unhex(value ->> 2) FROM json_each(?) WHERE true \
            ON CONFLICT DO UPDATE SET offsets = CAST(offsets || excluded.offsets AS BLOB)";
        sqlx::query(into_postings).bind(self.postings_as_text()).execute(&mut *connection).await?;
        let into_spans = "INSERT INTO span SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true \
            ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)";
        let spans = rows(self.spans.iter().map(|(block, (first, last))| format!("[{block},{first},{last}]")));
        sqlx::query(into_spans).bind(spans).execute(&mut *connection).await?;
        let into_moments = "INSERT INTO moment SELECT value ->> 0, value ->> 1 FROM json_each(?)";
        let moments = rows(self.moments.iter().map(|(seq, at)| format!("[{seq},{}]", at.as_micros())));
        sqlx::query(into_moments).bind(moments).execute(connection).await?;
        Ok(())
    }

    fn postings_as_text(&self) -> String {
        rows(self.postings.iter().map(|((term, block), offsets)| {
            let mut row = format!("[{term},{block},\"");
            for byte in offsets.iter().flat_map(|offset| offset.to_le_bytes()) {
                // Writing into a string cannot fail.
                let _ = write!(row, "{byte:02x}");
            }
            row + "\"]"
        }))
    }
}

fn rows(rows: impl Iterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (place, row) in rows.enumerate() {
        text.push_str(if place == 0 { "" } else { "," });
        text.push_str(&row);
    }
    text + "]"
}

async fn write_position(connection: &mut SqliteConnection, position: Position) -> Result<(), sqlx::Error> {
    let seq = i64::try_from(position.seq.get()).unwrap_or(i64::MAX);
    let update = sqlx::query("UPDATE position SET seq = ?, at = ?").bind(seq).bind(position.at.as_micros());
    update.execute(connection).await.map(drop)
}

/// Takes away what was made of entries.
const FORGET_EVERYTHING: &str = "DELETE FROM posting; DELETE FROM span; DELETE FROM moment; DELETE FROM word; \
                                 UPDATE position SET seq = 0, at = 0";

/// Compares where places and devices lay when the index was filled with where they lie now; where one has moved, everything
/// is forgotten. The position after that.
async fn compare(pool: &SqlitePool, site: &Site) -> Result<Option<Position>, sqlx::Error> {
    let now = lying::lying(site);
    let mut whole = pool.begin_with("BEGIN IMMEDIATE").await?;
    let before = lying::read(&mut whole).await?;
    let moved = lying::moved(&before, &now);
    if moved > 0 {
        tracing::warn!(moved, "places or devices lie in other areas than before; the search index is made anew");
        sqlx::raw_sql(FORGET_EVERYTHING).execute(&mut *whole).await?;
    }
    lying::write(&mut whole, &now).await?;
    whole.commit().await?;
    read_position(pool).await
}

async fn read_position(pool: &SqlitePool) -> Result<Option<Position>, sqlx::Error> {
    let Some(row) = sqlx::query("SELECT seq, at FROM position").fetch_optional(pool).await? else { return Ok(None) };
    let (seq, at): (i64, i64) = (row.try_get("seq")?, row.try_get("at")?);
    Ok(Some(Position { seq: Seq::new(seq.unsigned_abs()), at: Wall::from_micros(at) }))
}

impl Consumer for Filler {
    const KEEPS_POSITION: bool = true;

    fn batch_entries(&self) -> u32 {
        // Each term's rows of several blocks lie beside each other: the more blocks at once, the fewer pages are written
        // twice while the index is made anew.
        ENTRIES_MAX_ROWS
    }

    async fn own_position(&mut self) -> Result<Option<Position>, Failure> {
        self.words.forget();
        self.asked = *self.beginnings.borrow_and_update();
        let (index, path, site) = (self.index.clone(), self.index.path(), Arc::clone(&self.site));
        let is_compared = self.compared == Some(self.asked);
        let read = async || -> Result<Option<Position>, IndexError> {
            let pool = index.pool().await?;
            let found = match is_compared {
                true => read_position(&pool).await,
                false => compare(&pool, &site).await,
            };
            let found = found.map_err(index.failed());
            let found = found.and_then(|position| position.ok_or(IndexError::Nonsense { path }));
            if let Err(error) = &found {
                index.met(&pool, error).await;
            }
            found.map(Some)
        };
        let found = read().await.map_err(Failure::because)?;
        self.compared = Some(self.asked);
        Ok(found)
    }

    fn begun(&mut self) {
        self.index.filled.store(self.asked, Ordering::Release);
    }

    async fn unsettled(&mut self) {
        // Without a sender nothing changes any more.
        if self.beginnings.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn start_over(&mut self) -> Result<(), Failure> {
        self.words.forget();
        let index = self.index.clone();
        let clear = async || -> Result<(), IndexError> {
            let pool = index.pool().await?;
            let mut whole = pool.begin_with("BEGIN IMMEDIATE").await.map_err(index.failed())?;
            sqlx::raw_sql(FORGET_EVERYTHING).execute(&mut *whole).await.map_err(index.failed())?;
            whole.commit().await.map_err(index.failed())
        };
        clear().await.map_err(Failure::because)
    }

    async fn take(&mut self, entries: &[Stamped]) -> Result<Seq, Failure> {
        self.add(entries).await.map_err(Failure::because)?;
        let last = entries.last().map_or(Seq::new(0), |entry| entry.seq);
        let before = entries.first().map_or(last, |entry| entry.seq);
        if last.get() / PROGRESS_ENTRIES != before.get() / PROGRESS_ENTRIES {
            tracing::info!(reached = last.get(), "the search index is being built");
        }
        Ok(last)
    }
}
