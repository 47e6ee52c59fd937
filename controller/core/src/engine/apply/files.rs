//! What entries about site files change: what they look after, and what the last apply was.

use crate::entry::FilesEntry;
use crate::records::{RecordChange, Records};
use crate::site_files::{Applied, Claim};
use crate::time::Wall;

impl Records {
    pub(super) fn apply_to_files(&mut self, entry: &FilesEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        let FilesEntry::Applied { digest, claims, released, before, generation, by, .. } = entry;
        for record in released {
            self.files.claims.remove(record);
            changes.push(RecordChange::FileClaim(*record, None));
        }
        for Claim { record, name, revision } in claims {
            self.files.claims.insert(*record, (name.clone(), *revision));
            let claim = Claim { record: *record, name: name.clone(), revision: *revision };
            changes.push(RecordChange::FileClaim(*record, Some(claim)));
        }
        let before = before.clone();
        let applied = Applied { at, by: *by, generation: *generation, digest: *digest, before };
        self.files.last = Some(applied.clone());
        changes.push(RecordChange::FilesApplied(applied));
    }
}
