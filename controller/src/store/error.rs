//! What can go wrong with the store, in words for the person who has to put it right. No message holds what a row says,
//! only which row it is: rows hold names and hashes.

use std::io;
use std::path::PathBuf;

use rackward_core::id::Seq;
use rackward_core::journal::canonical::DecodeError;
use sqlx::migrate::MigrateError;

/// Why the store could not do what was asked. Nothing half-done is left behind by any of these.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or directory could not be made, opened or read.
    #[error("cannot {doing} {path}: {cause}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Another process owns the directory.
    #[error("{dir} belongs to another running daemon; stop that one or choose another storage directory")]
    InUse {
        /// The storage directory.
        dir: PathBuf,
    },
    /// A newer or altered program made the database.
    #[error("{path} was made by another version of the program ({cause}); start that version or restore a backup")]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// What differs.
        #[source]
        cause: Box<MigrateError>,
    },
    /// There is no room for what should be written.
    #[error("the disk or the store's page limit is full while trying to {doing}; free space, nothing was written")]
    Full {
        /// What was tried.
        doing: &'static str,
    },
    /// The database failed.
    #[error("the database failed to {doing}: {cause}; check the disk and its file system")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// What the database said.
        #[source]
        cause: Box<sqlx::Error>,
    },
    /// An entry is missing.
    #[error("the journal has no entry {expected} (the next one is {found}); entries were removed, restore a backup")]
    Gap {
        /// The entry that should follow.
        expected: Seq,
        /// The one that does.
        found: Seq,
    },
    /// An entry's bytes cannot be read.
    #[error("journal entry {seq} is damaged: {cause}; restore a backup")]
    DamagedEntry {
        /// Which entry.
        seq: Seq,
        /// What is wrong with its bytes.
        #[source]
        cause: DecodeError,
    },
    /// An entry is not the one that was written, or not in its place.
    #[error(
        "journal entry {seq} does not fit the hash chain: it or one before it was changed; keep the file as evidence and restore a backup"
    )]
    BrokenChain {
        /// The first entry that does not fit.
        seq: Seq,
    },
    /// A row of a table cannot be read.
    #[error("row {key} of table \"{table}\" is damaged: {cause}; restore a backup")]
    DamagedRow {
        /// Which table.
        table: &'static str,
        /// Which row, by its key.
        key: String,
        /// What is wrong, without what it says.
        cause: RowDamage,
    },
    /// A batch does not continue the journal.
    #[error(
        "a batch starts with entry {found} where entry {expected} should follow; this is a defect of the program, report it"
    )]
    OutOfOrder {
        /// The entry that should come.
        expected: Seq,
        /// The one that came.
        found: Seq,
    },
    /// The journal on disk went another way than this process.
    #[error(
        "entry {seq} on disk is not the one this process wrote; another program wrote to the journal, stop it and restart"
    )]
    Diverged {
        /// The newest entry on disk.
        seq: Seq,
    },
    /// The journal, replayed, does not give the tables.
    #[error("replaying the journal does not give table {}; restore a backup", .tables.join(", table "))]
    ReplayDiffers {
        /// Which tables differ.
        tables: Vec<&'static str>,
    },
}

/// What is wrong with a row, without what it says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowDamage {
    /// A column in the journal's encoding cannot be read.
    #[error("{0}")]
    Encoding(#[from] DecodeError),
    /// A number lies outside what its column may hold.
    #[error("column \"{0}\" is out of range")]
    OutOfRange(&'static str),
    /// A column is missing or of another type.
    #[error("column \"{0}\" cannot be read")]
    Unreadable(&'static str),
    /// A column repeats something that the row says elsewhere, wrongly.
    #[error("column \"{0}\" contradicts the rest of the row")]
    Contradiction(&'static str),
}

/// SQLite's result code for "no room" (sqlite.org/rescode.html, SQLITE_FULL).
const SQLITE_FULL: i32 = 13;

impl StoreError {
    /// Sorts a database error by what can be done about it.
    pub(super) fn database(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |cause| match primary_code(&cause) {
            Some(SQLITE_FULL) => Self::Full { doing },
            _ => Self::Database { doing, cause: Box::new(cause) },
        }
    }

    /// An error about a file.
    pub(super) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::File { doing, path: path.into(), cause }
    }
}

/// The primary result code: the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|extended| extended & 0xff)
}
