//! The one writer. It extends the hash chain and makes batches durable; after any doubt (an error, a cancelled commit) it
//! trusts nothing but the disk: the connection is given up, a new one is made and the newest entry read before it goes on.

use std::path::{Path, PathBuf};

use rackward_core::Batch;
use rackward_core::entry::Stamped;
use rackward_core::journal::{Chain, canonical};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::script::{Link, Script};
use super::{Head, StoreError, checkpoint, journal, prepare};

/// The connection that writes, and what it knows to be durable.
#[derive(Debug)]
pub(super) struct Writer {
    database: PathBuf,
    page_limit: Option<u32>,
    /// The newest entry known to be durable; the disk may be further while `connection` is `None`.
    head: Head,
    /// `None` while it is in doubt what the last attempt did.
    connection: Option<SqliteConnection>,
}

impl Writer {
    /// Opens the database for writing after `head`.
    pub(super) async fn open(database: PathBuf, head: Head) -> Result<Self, StoreError> {
        let mut writer = Self { database, page_limit: None, head, connection: None };
        writer.connection = Some(writer.connect().await?);
        Ok(writer)
    }

    /// The newest entry known to be durable.
    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// Limits the file from the next commit on.
    pub(super) fn limit_pages(&mut self, pages: Option<u32>) {
        self.page_limit = pages;
        self.connection = None;
    }

    /// Makes a batch durable and returns how many bytes that was.
    pub(super) async fn commit(&mut self, batch: &Batch) -> Result<usize, StoreError> {
        if batch.is_empty() {
            return Ok(0);
        }
        let links = extend(self.head, &batch.entries)?;
        let target = links.last().map_or(self.head, Link::head);
        // Taken out, so that a commit cancelled half-way leaves `None` behind: in doubt.
        let (mut connection, durable) = match self.connection.take() {
            Some(connection) => (connection, 0),
            None => self.reconnect(&links).await?,
        };
        if durable > 0 && durable == links.len() {
            self.settle(connection, target);
            return Ok(0);
        }
        let script = Script::of(links.get(durable..).unwrap_or_default(), &batch.changes)?;
        let payload_bytes = script.payload_bytes();
        match script.run(&mut connection).await {
            Ok(()) => {
                self.settle(connection, target);
                Ok(payload_bytes)
            }
            Err(cause) => self.find_out(connection, &links, target, cause).await,
        }
    }

    /// Copies what is left of the log, here and now.
    pub(super) async fn checkpoint(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            match checkpoint::run(&mut connection).await {
                Ok(()) => self.connection = Some(connection),
                Err(cause) => tracing::warn!(%cause, "the log could not be copied into the database"),
            }
        }
    }

    /// Closes; as the last connection it copies the log into the database file.
    pub(super) async fn close(mut self) -> Result<(), StoreError> {
        match self.connection.take() {
            Some(connection) => connection.close().await.map_err(StoreError::database("close the journal")),
            None => Ok(()),
        }
    }

    /// Forgets what happened after `head`, as a lost answer would make it.
    #[cfg(test)]
    pub(super) fn forget_since(&mut self, head: Head) {
        self.head = head;
        self.connection = None;
    }

    fn settle(&mut self, connection: SqliteConnection, head: Head) {
        self.connection = Some(connection);
        self.head = head;
    }

    /// After a failure: gives the connection up with whatever transaction it is in, and asks the disk whether the batch
    /// was written after all.
    async fn find_out(
        &mut self,
        failed: SqliteConnection,
        links: &[Link],
        target: Head,
        cause: StoreError,
    ) -> Result<usize, StoreError> {
        // Closing rolls back; that it may fail too changes nothing.
        drop(failed.close().await);
        let Ok((connection, durable)) = self.reconnect(links).await else { return Err(cause) };
        if durable > 0 && durable == links.len() {
            self.settle(connection, target);
            return Ok(0);
        }
        if durable == 0 {
            self.connection = Some(connection);
        }
        Err(cause)
    }

    /// Makes a new connection and counts how many of `links` an earlier attempt made durable.
    async fn reconnect(&self, links: &[Link]) -> Result<(SqliteConnection, usize), StoreError> {
        let mut connection = self.connect().await?;
        let on_disk = journal::head(&mut connection).await?;
        if on_disk == self.head {
            return Ok((connection, 0));
        }
        match links.iter().position(|link| link.head() == on_disk) {
            Some(index) => Ok((connection, index + 1)),
            None => Err(StoreError::Diverged { seq: on_disk.seq }),
        }
    }

    async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        connect(&self.database, self.page_limit).await
    }
}

async fn connect(database: &Path, page_limit: Option<u32>) -> Result<SqliteConnection, StoreError> {
    let mut options = prepare::options(database);
    if let Some(pages) = page_limit {
        options = options.pragma("max_page_count", pages.to_string());
    }
    options.connect().await.map_err(StoreError::database("open the journal for writing"))
}

/// The entries of a batch with the chain going on from `head`.
fn extend(head: Head, entries: &[Stamped]) -> Result<Vec<Link>, StoreError> {
    let mut chain = Chain::new(head.chain);
    let mut expected = head.seq.next();
    let mut links = Vec::with_capacity(entries.len());
    for stamped in entries {
        if stamped.seq != expected {
            return Err(StoreError::OutOfOrder { expected, found: stamped.seq });
        }
        let bytes = canonical::encode(stamped);
        links.push(Link {
            seq: stamped.seq,
            at_micros: stamped.at.as_micros(),
            kind: stamped.entry.event_name(),
            chain: chain.extend(&bytes),
            bytes,
        });
        expected = expected.next();
    }
    Ok(links)
}
