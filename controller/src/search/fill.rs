//! Fills the index: the consumer of a cursor. Entries and the position are committed together, so that each entry is in the
//! index once, whatever happens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rackward_core::id::Seq;
use rackward_core::{Site, Stamped, Wall};
use rackward_dashboard::query::Value;
use rackward_dashboard::wire::event::CloudEvent;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::words::Words;
use super::{IndexError, SearchIndex, block_of, offset_of, term};
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
        Self { index, site, words: Words::default() }
    }

    async fn add(&mut self, entries: &[Stamped]) -> Result<(), IndexError> {
        let index = self.index.clone();
        let mut connection = index.pool().await?.acquire().await.map_err(index.failed())?;
        let added = self.add_over(&mut connection, entries).await;
        if added.is_err() {
            self.words.forget();
        }
        added.map_err(index.failed())
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

impl Consumer for Filler {
    fn batch_entries(&self) -> u32 {
        ENTRIES_MAX_ROWS
    }

    async fn own_position(&mut self) -> Result<Option<Position>, Failure> {
        let index = self.index.clone();
        let read = async || -> Result<Option<Position>, IndexError> {
            let row = sqlx::query("SELECT seq, at FROM position").fetch_optional(index.pool().await?).await;
            let row = row.map_err(index.failed())?.ok_or_else(|| IndexError::Nonsense { path: index.path() })?;
            let seq: i64 = row.try_get("seq").map_err(index.failed())?;
            let at = Wall::from_micros(row.try_get("at").map_err(index.failed())?);
            Ok(Some(Position { seq: Seq::new(seq.unsigned_abs()), at }))
        };
        read().await.map_err(Failure::because)
    }

    async fn start_over(&mut self) -> Result<(), Failure> {
        self.words.forget();
        let index = self.index.clone();
        let clear = async || -> Result<(), IndexError> {
            let mut whole = index.pool().await?.begin_with("BEGIN IMMEDIATE").await.map_err(index.failed())?;
            let everything = "DELETE FROM posting; DELETE FROM span; DELETE FROM moment; DELETE FROM word; \
                              UPDATE position SET seq = 0, at = 0";
            sqlx::raw_sql(everything).execute(&mut *whole).await.map_err(index.failed())?;
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
