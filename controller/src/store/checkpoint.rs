//! Keeps the write-ahead log at its size: a task of its own copies it into the database file, so that no commit waits for
//! that. SQLite starts the log over from its beginning only when a commit finds all of it copied; under an unbroken stream
//! of commits there is always one more, so the writer copies those last few pages itself, once in some hundred commits.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::StoreError;
use super::prepare::{LOG_BYTES, options};

/// SQLite's page size in bytes; the default, which the schema does not change.
const PAGE_BYTES: usize = 4_096;

/// The log's size in pages.
const LOG_PAGES: u64 = LOG_BYTES / PAGE_BYTES as u64;

/// After how many pages written the log is copied: half of it, so that commits that arrive meanwhile find room.
const COPY_AFTER_PAGES: u64 = LOG_PAGES / 2;

/// Pages that any commit writes besides its payload: the leaf it lands on and now and then its parent.
const COMMIT_PAGES: u64 = 2;

/// The task that copies the log, and what the writer tells it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    shared: Arc<Shared>,
    written_pages: u64,
    task: JoinHandle<()>,
    stop: DropGuard,
}

#[derive(Debug, Default)]
struct Shared {
    due: Notify,
    bulk_copied: AtomicBool,
}

impl Checkpointer {
    /// Starts the task.
    pub(super) async fn start(database: &Path) -> Result<Self, StoreError> {
        let connection =
            options(database).connect().await.map_err(StoreError::database("open the journal for copying"))?;
        let shared = Arc::new(Shared::default());
        let stop = CancellationToken::new();
        let work = copy_when_due(database.to_owned(), connection, Arc::clone(&shared), stop.clone());
        Ok(Self { shared, written_pages: 0, task: tokio::spawn(work), stop: stop.drop_guard() })
    }

    /// Counts a commit and wakes the task when enough is written.
    pub(super) fn note_commit(&mut self, payload_bytes: usize) {
        self.written_pages += (payload_bytes / PAGE_BYTES) as u64 + COMMIT_PAGES;
        if self.written_pages >= COPY_AFTER_PAGES {
            self.written_pages = 0;
            self.shared.due.notify_one();
        }
    }

    /// Whether the task has copied all but what was committed meanwhile; says so once.
    pub(super) fn take_bulk_copied(&self) -> bool {
        self.shared.bulk_copied.swap(false, Ordering::Relaxed)
    }

    /// Ends the task once its present copying is done.
    pub(super) async fn stop(self) {
        drop(self.stop);
        if let Err(cause) = self.task.await {
            tracing::warn!(%cause, "the task that copies the log ended badly");
        }
    }
}

async fn copy_when_due(database: PathBuf, connection: SqliteConnection, shared: Arc<Shared>, stop: CancellationToken) {
    let mut connection = Some(connection);
    while let Some(()) = stop.run_until_cancelled(shared.due.notified()).await {
        let result = match connection.take() {
            Some(connection) => Ok(connection),
            None => options(&database).connect().await,
        };
        let copied = match result {
            Ok(mut open) => {
                let copied = run(&mut open).await;
                connection = copied.is_ok().then_some(open);
                copied
            }
            Err(cause) => Err(cause),
        };
        match copied {
            Ok(()) => shared.bulk_copied.store(true, Ordering::Relaxed),
            // Not fatal: commits go on into the log, and the next round tries again.
            Err(cause) => tracing::warn!(%cause, "the log could not be copied into the database; it grows meanwhile"),
        }
    }
    if let Some(connection) = connection {
        drop(connection.close().await);
    }
}

/// Copies as much of the log as no reader or writer holds; waits for nobody (sqlite.org/pragma.html, PASSIVE).
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(connection).await.map(drop)
}
