//! What can go wrong with the store, in words for the person who has to put it right. What can be wrong with what is stored
//! in it is `damage.rs`.

use std::io;
use std::path::PathBuf;

use rackward_core::id::Seq;
use sqlx::migrate::MigrateError;

use super::damage::Findings;

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
    /// An older program made the database, and nobody has carried it over yet.
    #[error("{path} was made by an older version of the program; start the daemon once, which carries it over")]
    Older {
        /// The database file.
        path: PathBuf,
    },
    /// Entries or rows are not what was written.
    #[error("what is stored is damaged; keep the file as evidence and restore a backup\n{findings}")]
    Damaged {
        /// What is wrong.
        findings: Findings,
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

/// SQLite's result code for "no room" (sqlite.org/rescode.html, SQLITE_FULL).
const SQLITE_FULL: i32 = 13;

/// SQLite's result code for a page of the file that holds nonsense (sqlite.org/rescode.html, SQLITE_CORRUPT).
const SQLITE_CORRUPT: i32 = 11;

/// SQLite's result code for a file that is no database (sqlite.org/rescode.html, SQLITE_NOTADB).
const SQLITE_NOTADB: i32 = 26;

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

/// Whether a page of the file cannot be made sense of; other pages may.
pub(super) fn is_broken_page(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(SQLITE_CORRUPT)
}

/// Whether a file is damaged: trying again, with more room or less load, would find it so again.
pub(crate) fn is_damage(error: &sqlx::Error) -> bool {
    matches!(primary_code(error), Some(SQLITE_CORRUPT | SQLITE_NOTADB))
}

/// The primary result code: the low byte of the extended one.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|extended| extended & 0xff)
}
