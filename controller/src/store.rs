//! Keeps the journal and the records on disk, so that what was acknowledged survives kill and power loss. One SQLite file
//! (`journal.db`, WAL, `synchronous=FULL`), one writer, one daemon. A batch becomes durable whole or not at all.
//!
//! It decides nothing about doors or people: rows are written as the core lists them and read back as they were. What an
//! entry's bytes are is settled in the core (`journal/canonical.rs`); when outputs may follow a commit is `run.rs`.
//!
//! Vocabulary: the *head* is the newest entry with the chain's hash after it; a *batch* is what one turn of the engine
//! wants durable; a *checkpoint* here is SQLite's copying of the write-ahead log into the database file.

mod carry_over;
mod checkpoint;
pub mod damage;
mod error;
mod journal;
mod links;
mod load;
mod ownership;
mod prepare;
mod read;
mod rows;
mod script;
mod sealed;
mod table;
pub mod verify;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rackward_core::engine::command::{OperatorName, PersonKey, PersonName, SealedSecret};
use rackward_core::id::{OperatorId, PersonId, Seq, VisitorId};
use rackward_core::journal::Chain;
use rackward_core::operator::Factor;
use rackward_core::records::DamagedRow;
use rackward_core::visitor::VisitorName;
use rackward_core::{Batch, Records};

pub use error::StoreError;
pub(crate) use error::is_damage;
pub use read::{ENTRIES_MAX_ROWS, Reader};

use crate::pin::PinHashes;
use checkpoint::Checkpointer;
use ownership::Ownership;
use write::Writer;

/// The database file's name inside the storage directory.
pub const DATABASE_FILE: &str = "journal.db";

/// The newest entry and the hash that stands for everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The newest entry's place; 0 while there is none.
    pub seq: Seq,
    /// The chain's head after it; 32 zero bytes while there is none.
    pub chain: [u8; 32],
}

impl Default for Head {
    fn default() -> Self {
        Self { seq: Seq::new(0), chain: Chain::GENESIS }
    }
}

/// What a start finds on disk.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The rows the engine starts from, without those that could not be read.
    pub records: Records,
    /// Every name that was not erased.
    pub names: BTreeMap<PersonId, PersonName>,
    /// What another register knows persons by, as it is written.
    pub person_keys: BTreeMap<PersonId, PersonKey>,
    /// What every visitor on record is called.
    pub visitor_names: BTreeMap<VisitorId, VisitorName>,
    /// Every PIN hash.
    pub pins: BTreeMap<PersonId, PinHashes>,
    /// What every operator signs in as.
    pub operator_names: BTreeMap<OperatorId, OperatorName>,
    /// What operators' factors are checked by; recovery codes under the number 0.
    pub secrets: BTreeMap<(OperatorId, Factor), SealedSecret>,
    /// The newest entry.
    pub head: Head,
    /// What could not be read, entries of the journal (table `entry`) first. It stays as it stands until it is written anew.
    pub damaged: Vec<DamagedRow>,
}

/// The open store of a running daemon. Dropping it without [`Store::close`] is what a crash looks like: nothing that was
/// committed is lost.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    reader: Reader,
    checkpointer: Checkpointer,
    // Last, so that another daemon may come only after everything above has let go of the files.
    ownership: Ownership,
}

impl Store {
    /// Opens the store in `dir`, creating both on first start, checks the hash chain from the first entry to the last and
    /// loads all rows. Takes about three seconds per million entries and says how far it is meanwhile. What is damaged is
    /// named, and keeps nothing from starting.
    ///
    /// # Errors
    /// Another daemon owns `dir`, a newer program made it, an older one made it and its journal is damaged, tables are
    /// missing, or the disk fails.
    pub async fn open(dir: &Path) -> Result<(Self, Loaded), StoreError> {
        let ownership = Ownership::take(dir.to_owned()).await?;
        let database = dir.join(DATABASE_FILE);
        let loaded = prepare::check_and_load(&database).await?;
        prepare::stretch_log(database.clone()).await?;
        let writer = Writer::open(database.clone(), loaded.head).await?;
        let checkpointer = Checkpointer::start(&database).await?;
        let reader = Reader::connect(&database).await?;
        Ok((Self { writer, reader, checkpointer, ownership }, loaded))
    }

    /// Makes a batch durable, all of it or nothing. An empty batch is no work.
    ///
    /// Safe to repeat after an error and to cancel: whether an earlier attempt reached the disk is found out before
    /// anything is written again, and entries that are already there are not written twice.
    ///
    /// # Errors
    /// The disk is full or fails, the batch does not continue the journal, or the journal on disk is not the one this
    /// store wrote.
    pub async fn commit(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if self.checkpointer.take_bulk_copied() {
            self.writer.checkpoint().await;
        }
        let written_bytes = self.writer.commit(batch).await?;
        self.checkpointer.note_commit(written_bytes);
        Ok(())
    }

    /// The newest durable entry.
    pub fn head(&self) -> Head {
        self.writer.head()
    }

    /// A reader of what is durable; cheap to clone, lives beside the writer and never delays it.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Lets the database file grow to `pages` pages of 4 KiB and no further, from the next commit on; a commit that needs
    /// more fails as on a full disk. `None` lifts the limit. For sites that share a disk, and to try what a full disk does.
    pub fn limit_pages(&mut self, pages: Option<u32>) {
        self.writer.limit_pages(pages);
    }

    /// Where the store lives.
    pub fn dir(&self) -> &Path {
        self.ownership.dir()
    }

    /// Closes in good order: readers first, then the writer, whose last act copies the log into the database file.
    ///
    /// # Errors
    /// The last copying failed; nothing is lost, the next start does it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.reader.close().await;
        self.checkpointer.stop().await;
        self.writer.close().await
    }
}

/// The write-ahead log that belongs to a database file.
fn log_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
