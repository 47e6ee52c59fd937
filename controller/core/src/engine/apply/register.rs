//! What entries about other registers change: a rack that is gone from one is kept as it was said to be last, with the moment
//! since when it is not said any more.

use crate::asset::{RackAsset, RackFacts};
use crate::entry::RegisterEntry;
use crate::records::{RecordChange, Records};
use crate::time::Wall;

impl Records {
    pub(super) fn apply_to_registers(&mut self, entry: &RegisterEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        match entry {
            RegisterEntry::PersonKeySet { person, key, .. } => {
                match key {
                    Some(key) => drop(self.person_keys.insert(*person, *key)),
                    None => drop(self.person_keys.remove(person)),
                }
                changes.push(RecordChange::PersonKey(*person, *key));
            }
            // What people are called is kept elsewhere.
            RegisterEntry::PersonRenamed { .. } => {}
            RegisterEntry::RackTaken { facts, rack, .. } => {
                let row = RackAsset { facts: RackFacts::clone(facts), rack: *rack, taken: at, gone: None };
                self.racks.insert(facts.id, row.clone());
                changes.push(RecordChange::RackAsset(row));
            }
            RegisterEntry::RackGone { asset, .. } => {
                if let Some(row) = self.racks.get_mut(asset) {
                    row.gone = Some(at);
                    changes.push(RecordChange::RackAsset(row.clone()));
                }
            }
        }
    }
}
