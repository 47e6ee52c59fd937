//! How the values of entries about site files are written: what they look after is counted; which records they are, the entries
//! before it tell.

use rackward_core::site_files::{Claim, FileRecord};

use super::{Context, Members, Part};

impl Part for Box<[Claim]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.len());
    }
}

impl Part for Box<[FileRecord]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.len());
    }
}

/// What files said before is kept for whoever undoes it, and is nothing to be told.
impl Part for Box<[String]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.len());
    }
}
