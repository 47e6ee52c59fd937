//! The facts about site files: that they were applied, and what they look after since. What they changed stands in the entries
//! before, one for each record.

use crate::entry::event_name::event_names;
use crate::id::Generation;
use crate::permission::Actor;
use crate::site_files::{Claim, FileRecord};

/// One fact about site files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesEntry {
    /// Files were applied, or an apply was undone.
    Applied {
        /// SHA-256 of the files.
        digest: [u8; 32],
        /// How many changes it took.
        changes: u32,
        /// What they look after since, beside what they did before.
        claims: Box<[Claim]>,
        /// What they do not look after any more.
        released: Box<[FileRecord]>,
        /// What the files would have said before of all that was changed; nothing where there is nothing to undo.
        before: Box<[String]>,
        /// The generation of rights after it.
        generation: Generation,
        /// By whom.
        by: Actor,
        /// The second operator, where it took one.
        second: Option<Actor>,
    },
}

impl FilesEntry {
    event_names! {
        Self::Applied { .. } => "files.applied",
    }
}

impl From<FilesEntry> for crate::Entry {
    fn from(entry: FilesEntry) -> Self {
        Self::Files(entry)
    }
}
