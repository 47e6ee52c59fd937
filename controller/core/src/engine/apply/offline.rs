//! What entries about rights on devices do to the records. Which entry asks for what is in `apply.rs`.

use crate::entry::{OfflineEntry, Stamped};
use crate::id::DeviceId;
use crate::records::{RecordChange, Records};
use crate::rights_list::{HeldList, ListNumber, RightsChange, RightsRecord};

impl Records {
    pub(super) fn apply_to_rights(&mut self, entry: &OfflineEntry, stamped: &Stamped, changes: &mut Vec<RecordChange>) {
        match entry {
            OfflineEntry::RightsChanged { generation, narrowed, widened } => {
                let change = Some(RightsChange { generation: *generation, at: stamped.at });
                for device in narrowed {
                    self.change_rights(*device, changes, |row| (row.changed, row.narrowed) = (change, change));
                }
                for device in widened {
                    self.change_rights(*device, changes, |row| row.changed = change);
                }
                self.rights_changed(self.generation.max(*generation), changes);
            }
            OfflineEntry::ListIssued { device, generation, digest, expires, .. } => {
                let number = ListNumber(stamped.seq.get());
                let list = HeldList { number, generation: *generation, digest: *digest, expires: *expires };
                self.change_rights(*device, changes, |row| {
                    row.issued = Some(list);
                    row.honoured_until = row.honoured_until.max(Some(*expires));
                });
            }
            OfflineEntry::ListApplied { device, list } => self.change_rights(*device, changes, |row| {
                // A newer one may be on its way to it.
                let coming = row.issued.filter(|issued| issued.number > list.number);
                row.applied = Some(*list);
                row.honoured_until = Some(list.expires).max(coming.map(|issued| issued.expires));
            }),
            OfflineEntry::ListCleared { device } => self.change_rights(*device, changes, |row| {
                let gone = row.applied.take();
                let coming = row.issued.filter(|issued| gone.is_none_or(|gone| issued.number > gone.number));
                row.honoured_until = coming.map(|issued| issued.expires);
            }),
            OfflineEntry::ListDrifted { device, held } => self.change_rights(*device, changes, |row| {
                row.applied = None;
                row.honoured_until = row.honoured_until.max(held.map(|held| held.expires));
            }),
            OfflineEntry::Logged { device, number, .. } => {
                self.change_rights(*device, changes, |row| row.logged_through = row.logged_through.max(*number));
            }
            OfflineEntry::ListRefused { .. }
            | OfflineEntry::OnlineOnlyOrdered { .. }
            | OfflineEntry::CanaryFailed { .. }
            | OfflineEntry::CanaryRound { .. } => {}
        }
    }

    /// Changes what a device may open by itself.
    fn change_rights(
        &mut self,
        device: DeviceId,
        changes: &mut Vec<RecordChange>,
        change: impl FnOnce(&mut RightsRecord),
    ) {
        let row = self.rights.entry(device).or_default();
        change(row);
        changes.push(RecordChange::Rights(device, row.clone()));
    }
}
