//! The past, quickly: a database beside the journal (`past.sqlite`) with copies of those entries that say who may pass, and of
//! those that tell of somebody at a door, in large blocks. From the first the records of any moment are rebuilt without a look
//! at the rest of the journal; the second are what new rules are tried on. A cursor fills it; lost or damaged, it is made anew.
//!
//! It decides nothing: which entries matter, and what follows from them, is the core's (`engine/past.rs` there). What is
//! rebuilt is off the engine's thread, one moment at a time, and the last one is kept. "At a moment" means after the last entry
//! whose time is not later, so that a clock that was set back is followed.

mod blocks;
mod fill;
mod simulate;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rackward_core::engine::command::Scope;
use rackward_core::engine::past::{Past, Replay};
use rackward_core::id::Seq;
use rackward_core::review::LastUses;
use rackward_core::{Answer, Query, Site, Wall};
use rackward_dashboard::Unavailable;
use rackward_dashboard::past::PastRefused;
use sqlx::SqlitePool;
use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use blocks::{Bounds, Series};
pub use fill::Filler;

use crate::cursor::side_file::{Form, Look, SideFile, SideFileError};
use crate::cursor::{CursorName, CursorStatus, Cursors};
use crate::store::Reader;

/// The name of the cursor that fills it.
pub const CURSOR: &str = "past";

/// Connections: one fills it, the others read.
const CONNECTIONS: u32 = 3;

/// How long a question waits until what was durable when it came is there.
const CATCH_UP_WAIT: Duration = Duration::from_secs(2);

/// A lag beyond which it is not waited for, in entries: more cannot be taken in within that wait.
const CATCH_UP_MAX_ENTRIES: u64 = 50_000;

/// Blocks read ahead of the replay. With 64 KiB each it trades a little memory for reading and replaying at the same time.
const READ_AHEAD_BLOCKS: usize = 4;

const FORM: Form = Form {
    name: "past.sqlite",
    schema: "
        -- Up to where the journal was read; one row, 1.
        CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
        -- Copies of entries, one behind the other with their lengths, by the first of each block; between which moments they
        -- lie, in microseconds since 1970.
        CREATE TABLE rights (
            first INTEGER PRIMARY KEY, last INTEGER NOT NULL, least_at INTEGER NOT NULL, most_at INTEGER NOT NULL,
            entries BLOB NOT NULL
        ) STRICT;
        CREATE TABLE passage (
            first INTEGER PRIMARY KEY, last INTEGER NOT NULL, least_at INTEGER NOT NULL, most_at INTEGER NOT NULL,
            entries BLOB NOT NULL
        ) STRICT;
        INSERT INTO position VALUES (1, 0, 0);
    ",
    version: 2,
    look: Look::Surface,
};

/// Why what is kept of the past could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// There is no file for it.
    #[error(transparent)]
    File(#[from] SideFileError),
    /// The database failed.
    #[error("{path}, which keeps the past, failed: {cause}; a damaged one is made anew by itself")]
    Database {
        /// Which file.
        path: PathBuf,
        /// What the database said.
        #[source]
        cause: Box<sqlx::Error>,
    },
    /// Its rows are not what was written.
    #[error("{path}, which keeps the past, holds what was never written; it is made anew")]
    Nonsense {
        /// Which file.
        path: PathBuf,
    },
    /// It is another one than that which was filled so far.
    #[error("what is kept of the past was begun anew; it is filled from the first entry on")]
    BegunAnew,
    /// The program is ending.
    #[error("the daemon is stopping")]
    Stopping,
}

/// What is kept of one site's past. The file is opened at the first use, and again at the next where that failed.
#[derive(Debug, Clone)]
pub struct PastFile {
    file: SideFile,
    /// Which of the file's beginnings is being filled.
    filled: Arc<AtomicU64>,
}

impl PastFile {
    /// The file in a storage directory.
    pub fn in_dir(dir: &Path) -> Self {
        Self { file: SideFile::in_dir(FORM, dir, CONNECTIONS), filled: Arc::default() }
    }

    /// What fills it, for a cursor over the journal.
    pub fn filler(&self) -> Filler {
        Filler::new(self.clone())
    }

    async fn pool(&self) -> Result<SqlitePool, PastError> {
        Ok(self.file.pool().await?)
    }

    /// The pool of a file that somebody fills, or filled.
    async fn filled_pool(&self) -> Result<SqlitePool, PastError> {
        let pool = self.pool().await?;
        let is_filled = *self.file.beginnings().borrow() == self.filled.load(Ordering::Acquire);
        if is_filled { Ok(pool) } else { Err(PastError::BegunAnew) }
    }

    /// Somebody who works with `pool` met an error, and holds no connection any more: damage begins it anew.
    async fn met(&self, pool: &SqlitePool, error: &PastError) {
        match error {
            PastError::Database { cause, .. } => self.file.met(pool, cause).await,
            PastError::Nonsense { .. } => self.file.begin_anew(pool, &error.to_string()).await,
            PastError::File(_) | PastError::BegunAnew | PastError::Stopping => {}
        }
    }

    fn failed(&self) -> impl Fn(sqlx::Error) -> PastError + Copy + '_ {
        |cause| PastError::Database { path: self.file.path(), cause: Box::new(cause) }
    }

    fn nonsense(&self) -> PastError {
        PastError::Nonsense { path: self.file.path() }
    }
}

/// The past that was asked for last, up to which entry.
#[derive(Debug)]
struct Known {
    upto: Seq,
    past: Arc<Past>,
}

/// Answers questions about the past.
#[derive(Debug, Clone)]
pub struct Historian {
    file: PastFile,
    site: Arc<Site>,
    status: Option<watch::Receiver<CursorStatus>>,
    /// One moment is rebuilt at a time: two would take twice the memory and no less time.
    known: Arc<Mutex<Option<Known>>>,
    /// One simulation runs at a time, for the same reason.
    simulating: Arc<Semaphore>,
}

impl Historian {
    /// Answers from `file` for `site`; `status` is that of the cursor that fills it. Without one nothing is waited for.
    pub fn new(file: PastFile, site: Arc<Site>, status: Option<watch::Receiver<CursorStatus>>) -> Self {
        Self { file, site, status, known: Arc::default(), simulating: Arc::new(Semaphore::new(1)) }
    }

    /// Starts the cursor that keeps the past. Whatever is wrong with it keeps no door waiting.
    pub(crate) fn start(
        dir: &Path,
        cursors: &Cursors,
        journal: Reader,
        site: &Site,
        shutdown: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Self {
        let file = PastFile::in_dir(dir);
        let name = CursorName::parse(CURSOR);
        if let Some(name) = &name {
            tasks.spawn(cursors.follow(name.clone(), journal, file.filler(), shutdown.clone()));
        }
        Self::new(file, Arc::new(site.clone()), name.and_then(|name| cursors.watch(&name)))
    }

    /// Answers a question as of `at`, while `head` is the newest durable entry.
    ///
    /// # Errors
    /// What is kept of the past is not there yet, or cannot be read.
    pub async fn answer(&self, at: Wall, scope: Scope, query: Query, head: Seq) -> Result<Answer, PastRefused> {
        let past = self.at(at, head).await?;
        let answered = tokio::task::spawn_blocking(move || past.answer(at, scope, &query)).await;
        answered.map_err(|_| PastRefused::Unavailable(Unavailable))
    }

    /// The site as it was at `at`, while `head` is the newest durable entry.
    ///
    /// # Errors
    /// The same as of [`Historian::answer`].
    pub async fn at(&self, at: Wall, head: Seq) -> Result<Arc<Past>, PastRefused> {
        self.wait_for(head).await?;
        self.rebuilt(at).await.map_err(|error| refused(error, head))
    }

    async fn rebuilt(&self, at: Wall) -> Result<Arc<Past>, PastError> {
        let pool = self.file.filled_pool().await?;
        let mut known = self.known.lock().await;
        let rebuilt = self.rebuild(&pool, &mut known, at).await;
        if let Err(error) = &rebuilt {
            self.file.met(&pool, error).await;
        }
        rebuilt
    }

    async fn rebuild(&self, pool: &SqlitePool, known: &mut Option<Known>, at: Wall) -> Result<Arc<Past>, PastError> {
        let upto = self.file.last_before(pool, at).await?;
        if let Some(known) = known.as_ref().filter(|known| known.upto == upto) {
            return Ok(Arc::clone(&known.past));
        }
        // What was known is let go of before the next is made, or goes on to become it.
        let before = known.take().filter(|known| known.upto < upto).and_then(|known| Arc::into_inner(known.past));
        let after = before.as_ref().map_or(Seq::new(0), |past| past.records().head);
        let bounds = Bounds { after, upto, since: Wall::from_micros(i64::MIN) };
        let blocks = self.file.blocks(pool, Series::Rights, &bounds).await?;
        let (sender, arriving) = mpsc::channel(READ_AHEAD_BLOCKS);
        let site = Arc::clone(&self.site);
        let replaying = tokio::task::spawn_blocking(move || replay(&site, before, arriving, &bounds));
        self.file.send(pool, Series::Rights, &blocks, sender).await?;
        let past = replaying.await.map_err(|_| PastError::Stopping)?.ok_or_else(|| self.file.nonsense())?;
        let past = Arc::new(past);
        *known = Some(Known { upto, past: Arc::clone(&past) });
        Ok(past)
    }

    /// When rights were used last, as the passages up to `head` tell.
    ///
    /// # Errors
    /// The same as of [`Historian::answer`].
    pub async fn last_uses(&self, head: Seq) -> Result<LastUses, PastRefused> {
        self.wait_for(head).await?;
        let read = async {
            let pool = self.file.filled_pool().await?;
            let uses = self.read_uses(&pool, head).await;
            if let Err(error) = &uses {
                self.file.met(&pool, error).await;
            }
            uses
        };
        read.await.map_err(|error| refused(error, head))
    }

    async fn read_uses(&self, pool: &SqlitePool, head: Seq) -> Result<LastUses, PastError> {
        let bounds = Bounds { after: Seq::new(0), upto: head, since: Wall::from_micros(i64::MIN) };
        let blocks = self.file.blocks(pool, Series::Passages, &bounds).await?;
        let (sender, mut arriving) = mpsc::channel::<Vec<u8>>(READ_AHEAD_BLOCKS);
        let taking = tokio::task::spawn_blocking(move || {
            let mut uses = LastUses::default();
            while let Some(block) = arriving.blocking_recv() {
                for entry in blocks::entries(&block) {
                    let entry = entry?;
                    if bounds.hold(&entry) {
                        uses.take(&entry);
                    }
                }
            }
            Some(uses)
        });
        self.file.send(pool, Series::Passages, &blocks, sender).await?;
        taking.await.map_err(|_| PastError::Stopping)?.ok_or_else(|| self.file.nonsense())
    }

    async fn wait_for(&self, head: Seq) -> Result<(), PastRefused> {
        let Some(mut status) = self.status.clone() else { return Ok(()) };
        let reached = status.borrow().position;
        if head.get().saturating_sub(reached.get()) > CATCH_UP_MAX_ENTRIES {
            return Err(PastRefused::Building { reached, head });
        }
        let there = tokio::time::timeout(CATCH_UP_WAIT, status.wait_for(|status| status.position >= head)).await;
        match there {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(PastRefused::Unavailable(Unavailable)),
            Err(_) => Err(PastRefused::Building { reached, head }),
        }
    }
}

/// What whoever asked is told.
fn refused(error: PastError, head: Seq) -> PastRefused {
    match error {
        PastError::BegunAnew => PastRefused::Building { reached: Seq::new(0), head },
        error
        @ (PastError::File(_) | PastError::Database { .. } | PastError::Nonsense { .. } | PastError::Stopping) => {
            tracing::error!(%error, "a question about the past failed");
            PastRefused::Unavailable(Unavailable)
        }
    }
}

/// Goes on from `before` with the entries within bounds; `None` where a block does not read.
fn replay(site: &Site, before: Option<Past>, mut blocks: mpsc::Receiver<Vec<u8>>, bounds: &Bounds) -> Option<Past> {
    let mut replay = before.map_or_else(Replay::default, |past| Replay::from(past.into_records()));
    while let Some(block) = blocks.blocking_recv() {
        for entry in blocks::entries(&block) {
            let entry = entry?;
            if bounds.hold(&entry) {
                replay.take(&entry);
            }
        }
    }
    Some(Past::of(site.clone(), replay.into_records()))
}

#[cfg(test)]
mod tests;
