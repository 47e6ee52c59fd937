//! An entry in its place. Places and times are given out by the engine alone.

use super::Entry;
use crate::id::Seq;
use crate::time::Wall;

/// An entry with its place in the journal and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Its place.
    pub seq: Seq,
    /// When the engine settled it.
    pub at: Wall,
    /// What it says.
    pub entry: Entry,
}
