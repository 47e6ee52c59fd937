//! What site files look after: which records they made or took over, under which names, and what they said before the last
//! apply. Reading files and comparing them with what there is belongs to the daemon's shell.

use std::collections::BTreeMap;

use crate::engine::preconditions::{Revision, Subject};
use crate::id::{AgreementId, CalendarId, Generation, GrantId, ProfileId, ScheduleId};
use crate::permission::Actor;
use crate::time::Wall;

/// The longest name of an object in a file.
pub const NAME_MAX_CHARS: usize = 64;

/// How many parts the former state of an apply may have, of [`PART_MAX_BYTES`] each. Beyond it an apply cannot be undone, and
/// says so: a journal is no archive of files.
pub const PARTS_MAX_COUNT: usize = 128;

/// How large one such part is at most: what a text of the journal has room for.
pub const PART_MAX_BYTES: usize = 60_000;

/// A record that files can look after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileRecord {
    /// A schedule.
    Schedule(ScheduleId),
    /// A calendar of special days.
    Calendar(CalendarId),
    /// An access profile.
    Profile(ProfileId),
    /// A grant, of doors or of membership.
    Grant(GrantId),
    /// An agreement.
    Agreement(AgreementId),
}

impl FileRecord {
    /// What its revision is asked of.
    pub const fn subject(self) -> Subject {
        match self {
            Self::Schedule(id) => Subject::Schedule(id),
            Self::Calendar(id) => Subject::Calendar(id),
            Self::Profile(id) => Subject::Profile(id),
            Self::Grant(id) => Subject::Grant(id),
            Self::Agreement(id) => Subject::Agreement(id),
        }
    }
}

/// That a file looks after a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which record.
    pub record: FileRecord,
    /// The name of the object in the files.
    pub name: String,
    /// The record's revision when the files were applied; what differs from it was changed elsewhere.
    pub revision: Option<Revision>,
}

/// What files want to look after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesWish {
    /// SHA-256 of the files.
    pub digest: [u8; 32],
    /// Which records from now on, under which names; those of the same set by the ids that stand for them.
    pub claims: Vec<(FileRecord, String)>,
    /// Which no longer.
    pub released: Vec<FileRecord>,
    /// What the files would have said before of all that this changes, as whoever undoes it reads it.
    pub before: Vec<String>,
    /// Whether this undoes the last apply: then there is nothing to undo any more.
    pub undoes: bool,
}

/// The last apply of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// When.
    pub at: Wall,
    /// By whom.
    pub by: Actor,
    /// The generation of rights after it.
    pub generation: Generation,
    /// SHA-256 of the files.
    pub digest: [u8; 32],
    /// What the files would have said before; nothing where there is nothing to undo.
    pub before: Box<[String]>,
}

/// All that is on record of site files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteFiles {
    /// What they look after: the name in the files, and the revision when they were applied.
    pub claims: BTreeMap<FileRecord, (String, Option<Revision>)>,
    /// The last apply.
    pub last: Option<Applied>,
}
