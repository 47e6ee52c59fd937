//! The search index: a database beside the journal (`search.sqlite`) in which every entry stands under its marks, so that a
//! page of a search costs a few reads however long the journal is. It is made from the journal by a cursor, together with
//! that cursor's position, so that every entry is in it once; lost or damaged, it is made anew in the background, and until
//! it has caught up a search is refused rather than answered by half.
//!
//! It decides nothing about meaning: what an entry can be found by, and which entries a search means, is
//! `rackward_dashboard::query`. Names of persons are not in it.
//!
//! Form: the journal is cut into blocks of [`BLOCK_ENTRIES`] entries. A *term* is one value of one field; for each block in
//! which it occurs there is one row with the *offsets* of its entries, two bytes each. What belongs to a search is found
//! block by block with set operations on offsets (`search/blocks.rs`); which blocks are looked at, and in which order, is
//! `search/lookup.rs`; filling is `search/fill.rs`, and what is done when the site itself has changed, `search/lying.rs`.

mod blocks;
mod fill;
mod key;
mod lookup;
mod lying;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rackward_core::Site;
use rackward_core::id::Seq;
use rackward_dashboard::Unavailable;
use rackward_dashboard::archive::{Bars, Scale};
use rackward_dashboard::query::{Field, Found, Order, Search, SearchRefused};
use sqlx::SqlitePool;
use tokio::sync::watch;

pub use fill::Filler;
pub(crate) use key::open_paging_key;

use crate::cursor::side_file::{Form, Look, SideFile, SideFileError};
use crate::cursor::{CursorName, CursorStatus};
use crate::store::{Reader, StoreError};

/// The name of the cursor that fills the index.
pub const CURSOR: &str = "search";

/// How many entries a block has: a row of offsets then has at most 2 kB, and a page of what is frequent is in one block.
const BLOCK_ENTRIES: u64 = 1 << BLOCK_BITS;

const BLOCK_BITS: u32 = 10;

/// Connections to the index: one fills it, the others search. Each costs a thread.
const CONNECTIONS: u32 = 3;

/// How long a search waits until what was durable when it came is in the index. It trades an answer that is whole for one
/// that comes at once; while the index is built anew, no wait would be long enough.
const CATCH_UP_WAIT: Duration = Duration::from_secs(2);

/// A lag beyond which it is not waited for, in entries: more cannot be taken in within that wait.
const CATCH_UP_MAX_ENTRIES: u64 = 50_000;

/// The index's form.
const FORM: Form = Form {
    name: "search.sqlite",
    schema: "
        -- Up to where the index has come; one row, 1.
        CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
        -- Words of entries, in lower case, each once in its field.
        CREATE TABLE word (
            id INTEGER PRIMARY KEY, field INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (field, text)
        ) STRICT;
        -- For each term and block the offsets of its entries within the block, two bytes each, lowest first.
        CREATE TABLE posting (
            term INTEGER NOT NULL, block INTEGER NOT NULL, offsets BLOB NOT NULL, PRIMARY KEY (term, block)
        ) STRICT, WITHOUT ROWID;
        -- Between which moments the entries of a block lie.
        CREATE TABLE span (block INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
        -- When each entry was settled, in microseconds since 1970.
        CREATE TABLE moment (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
        -- For each place and device what entries about it are found by as well, as fields and numbers.
        CREATE TABLE lying (
            field INTEGER NOT NULL, id INTEGER NOT NULL, along TEXT NOT NULL, PRIMARY KEY (field, id)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO position VALUES (1, 0, 0);
    ",
    version: 2,
    // With ten million entries a look at every page would take longer than a start may.
    look: Look::Surface,
};

/// Why the index could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no file for it.
    #[error(transparent)]
    File(#[from] SideFileError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] StoreError),
    /// The database failed.
    #[error("the search index {path} failed: {cause}; a damaged one is made anew by itself")]
    Database {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        #[source]
        cause: Box<sqlx::Error>,
    },
    /// Its rows are not what was written.
    #[error("the search index {path} holds what was never written; it is made anew")]
    Nonsense {
        /// Which file.
        path: PathBuf,
    },
    /// It is another one than that which was filled so far.
    #[error("the search index was begun anew; it is filled from the first entry on")]
    BegunAnew,
    /// Too many different values are meant.
    #[error("a query stands for more than {most} values")]
    TooWide {
        /// The most values that a query may stand for.
        most: usize,
    },
}

/// The index of one site. The file is opened at the first use, and again at the next where that failed.
#[derive(Debug, Clone)]
pub struct SearchIndex {
    file: SideFile,
    /// Which of the file's beginnings is being filled. An answer from a file that nobody fills yet would be by half.
    filled: Arc<AtomicU64>,
    /// Words that were looked up before.
    remembered: Arc<lookup::Remembered>,
}

impl SearchIndex {
    /// The index in a storage directory.
    pub fn in_dir(dir: &Path) -> Self {
        Self { file: SideFile::in_dir(FORM, dir, CONNECTIONS), filled: Arc::default(), remembered: Arc::default() }
    }

    /// What fills it, for a cursor over the journal.
    pub fn filler(&self, site: Arc<Site>) -> Filler {
        Filler::new(self.clone(), site)
    }

    /// The name that its cursor has.
    pub fn cursor_name() -> Option<CursorName> {
        CursorName::parse(CURSOR)
    }

    async fn pool(&self) -> Result<SqlitePool, IndexError> {
        Ok(self.file.pool().await?)
    }

    /// Somebody who works with `pool` met an error, and holds no connection any more: damage begins the index anew.
    async fn met(&self, pool: &SqlitePool, error: &IndexError) {
        match error {
            IndexError::Database { cause, .. } => self.file.met(pool, cause).await,
            IndexError::Nonsense { .. } => self.file.begin_anew(pool, &error.to_string()).await,
            IndexError::File(_) | IndexError::Journal(_) | IndexError::BegunAnew | IndexError::TooWide { .. } => {}
        }
    }

    /// Whether the file is the one that is being filled, or was.
    fn is_filled(&self) -> bool {
        *self.file.beginnings().borrow() == self.filled.load(Ordering::Acquire)
    }

    fn path(&self) -> PathBuf {
        self.file.path()
    }

    fn failed(&self) -> impl Fn(sqlx::Error) -> IndexError + Copy + '_ {
        |cause| IndexError::Database { path: self.path(), cause: Box::new(cause) }
    }
}

/// Searches a journal through its index.
#[derive(Debug, Clone)]
pub struct Searcher {
    index: SearchIndex,
    journal: Reader,
    status: Option<watch::Receiver<CursorStatus>>,
}

impl Searcher {
    /// A searcher of `journal`; `status` is that of the cursor that fills the index. Without one nothing is waited for.
    pub fn new(index: SearchIndex, journal: Reader, status: Option<watch::Receiver<CursorStatus>>) -> Self {
        Self { index, journal, status }
    }

    /// The page that a search means, of everything up to `head`.
    ///
    /// # Errors
    /// The index is not there yet, cannot be read, or the query means too much.
    pub async fn find(&self, search: &Search, head: Seq) -> Result<Found, SearchRefused> {
        self.wait_for(head).await?;
        self.find_now(search, head).await.map_err(|error| self.refused(error, head))
    }

    /// How many entries up to `head` a search means, by time.
    ///
    /// # Errors
    /// The same as of [`Searcher::find`].
    pub async fn bars(&self, search: &Search, scale: &Scale, head: Seq) -> Result<Bars, SearchRefused> {
        self.wait_for(head).await?;
        self.index.bars(search, scale, head).await.map_err(|error| self.refused(error, head))
    }

    fn refused(&self, error: IndexError, head: Seq) -> SearchRefused {
        match error {
            IndexError::TooWide { most } => SearchRefused::TooWide { most },
            IndexError::BegunAnew => SearchRefused::Building { reached: Seq::new(0), head },
            error @ (IndexError::File(_)
            | IndexError::Journal(_)
            | IndexError::Database { .. }
            | IndexError::Nonsense { .. }) => {
                tracing::error!(%error, "a search failed");
                // Damage that a search meets begins the index anew: it will be there again by itself.
                match self.index.is_filled() {
                    true => SearchRefused::Unavailable(Unavailable),
                    false => SearchRefused::Building { reached: Seq::new(0), head },
                }
            }
        }
    }

    async fn find_now(&self, search: &Search, head: Seq) -> Result<Found, IndexError> {
        let hits = self.index.hits(search, head).await?;
        let mut entries = self.journal.entries_at(&hits.seqs).await?;
        // The journal gives them in its own order, whatever was asked for.
        match search.order {
            Order::OldestFirst => {}
            Order::NewestFirst => entries.reverse(),
        }
        Ok(Found { entries, next: hits.next, total: hits.total })
    }

    async fn wait_for(&self, head: Seq) -> Result<(), SearchRefused> {
        let Some(mut status) = self.status.clone() else { return Ok(()) };
        let reached = status.borrow().position;
        let building = |reached| SearchRefused::Building { reached, head };
        if head.get().saturating_sub(reached.get()) > CATCH_UP_MAX_ENTRIES {
            return Err(building(reached));
        }
        let there = tokio::time::timeout(CATCH_UP_WAIT, status.wait_for(|status| status.position >= head)).await;
        match there {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(SearchRefused::Unavailable(Unavailable)),
            Err(_) => Err(building(self.status.as_ref().map_or(reached, |status| status.borrow().position))),
        }
    }
}

/// The number of a term: the field's in the high bits, an id's or a word's in the low ones.
const fn term(field: Field, number: u32) -> i64 {
    ((field.number() as i64) << 32) | number as i64
}

/// The block in which an entry is; the first entry is at offset 1 of block 0.
const fn block_of(seq: Seq) -> i64 {
    // Journals end long before the sign does.
    (seq.get() >> BLOCK_BITS) as i64
}

/// Where an entry is within its block.
const fn offset_of(seq: Seq) -> u16 {
    (seq.get() & (BLOCK_ENTRIES - 1)) as u16
}

/// The entry at an offset of a block.
const fn seq_at(block: i64, offset: u16) -> Seq {
    Seq::new(((block as u64) << BLOCK_BITS) | offset as u64)
}

#[cfg(test)]
mod tests;
