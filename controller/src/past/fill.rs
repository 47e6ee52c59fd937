//! Fills the file of the past: the consumer of a cursor. Entries and the position are committed together, so that each entry is
//! there once, whatever happens.

use std::sync::atomic::Ordering;

use rackward_core::engine::past::{Selection, is_passage};
use rackward_core::id::Seq;
use rackward_core::{Stamped, Wall};
use sqlx::{Row as _, SqlitePool};
use tokio::sync::{mpsc, watch};

use super::blocks::{self, Bounds, Series};
use super::{PastError, PastFile};
use crate::cursor::{Consumer, Failure, Position};
use crate::store::ENTRIES_MAX_ROWS;

/// Takes entries into the file.
#[derive(Debug)]
pub struct Filler {
    file: PastFile,
    selection: Selection,
    /// Tells when the file is another one than that which was filled so far.
    beginnings: watch::Receiver<u64>,
    /// That which was asked for its position.
    asked: u64,
}

impl Filler {
    pub(super) fn new(file: PastFile) -> Self {
        let beginnings = file.file.beginnings();
        Self { file, selection: Selection::default(), beginnings, asked: 0 }
    }

    async fn add(&mut self, entries: &[Stamped]) -> Result<(), PastError> {
        let file = self.file.clone();
        let pool = file.pool().await?;
        if self.beginnings.has_changed().unwrap_or(true) {
            return Err(PastError::BegunAnew);
        }
        let rights: Vec<&Stamped> = entries.iter().filter(|entry| self.selection.takes(&entry.entry)).collect();
        let passages: Vec<&Stamped> = entries.iter().filter(|entry| is_passage(&entry.entry)).collect();
        let added = write(&pool, &rights, &passages, entries.last()).await.map_err(file.failed());
        if let Err(error) = &added {
            file.met(&pool, error).await;
        }
        added
    }

    /// The position, and which grants are limited in their uses, as the entries that were kept say.
    async fn recall(&mut self, pool: &SqlitePool) -> Result<Position, PastError> {
        let row = sqlx::query("SELECT seq, at FROM position").fetch_optional(pool).await.map_err(self.file.failed())?;
        let row = row.ok_or_else(|| self.file.nonsense())?;
        let number = |column| row.try_get::<i64, _>(column).map_err(self.file.failed());
        let position = Position { seq: Seq::new(number("seq")?.unsigned_abs()), at: Wall::from_micros(number("at")?) };
        let (sender, mut kept) = mpsc::channel(1);
        let bounds = Bounds { after: Seq::new(0), upto: position.seq, since: Wall::from_micros(i64::MIN) };
        let all = self.file.blocks(pool, Series::Rights, &bounds).await?;
        let reading = self.file.send(pool, Series::Rights, &all, sender);
        let mut selection = Selection::default();
        let following = async {
            while let Some(block) = kept.recv().await {
                for entry in blocks::entries(&block) {
                    selection.takes(&entry.ok_or_else(|| self.file.nonsense())?.entry);
                }
            }
            Ok(())
        };
        let (read, followed) = tokio::join!(reading, following);
        read.and(followed)?;
        self.selection = selection;
        Ok(position)
    }
}

async fn write(
    pool: &SqlitePool,
    rights: &[&Stamped],
    passages: &[&Stamped],
    last: Option<&Stamped>,
) -> Result<(), sqlx::Error> {
    let mut whole = pool.begin_with("BEGIN IMMEDIATE").await?;
    blocks::append(&mut whole, Series::Rights, rights).await?;
    blocks::append(&mut whole, Series::Passages, passages).await?;
    if let Some(last) = last {
        let update = sqlx::query("UPDATE position SET seq = ?, at = ?");
        update.bind(blocks::number(last.seq)).bind(last.at.as_micros()).execute(&mut *whole).await?;
    }
    whole.commit().await
}

/// Takes away what was made of entries.
const FORGET_EVERYTHING: &str = "DELETE FROM rights; DELETE FROM passage; UPDATE position SET seq = 0, at = 0";

impl Consumer for Filler {
    const KEEPS_POSITION: bool = true;

    fn batch_entries(&self) -> u32 {
        // The more at once, the fewer times the last block is written while all is made anew.
        ENTRIES_MAX_ROWS
    }

    async fn own_position(&mut self) -> Result<Option<Position>, Failure> {
        self.asked = *self.beginnings.borrow_and_update();
        let file = self.file.clone();
        let pool = file.pool().await.map_err(Failure::because)?;
        let found = self.recall(&pool).await;
        if let Err(error) = &found {
            file.met(&pool, error).await;
        }
        found.map(Some).map_err(Failure::because)
    }

    fn begun(&mut self) {
        self.file.filled.store(self.asked, Ordering::Release);
    }

    async fn unsettled(&mut self) {
        // Without a sender nothing changes any more.
        if self.beginnings.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn start_over(&mut self) -> Result<(), Failure> {
        let forget = async || -> Result<(), PastError> {
            let pool = self.file.pool().await?;
            let mut whole = pool.begin_with("BEGIN IMMEDIATE").await.map_err(self.file.failed())?;
            sqlx::raw_sql(FORGET_EVERYTHING).execute(&mut *whole).await.map_err(self.file.failed())?;
            whole.commit().await.map_err(self.file.failed())
        };
        forget().await.map_err(Failure::because)?;
        self.selection = Selection::default();
        Ok(())
    }

    async fn take(&mut self, entries: &[Stamped]) -> Result<Seq, Failure> {
        self.add(entries).await.map_err(Failure::because)?;
        Ok(entries.last().map_or(Seq::new(0), |entry| entry.seq))
    }
}
