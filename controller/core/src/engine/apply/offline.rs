//! What entries about rights on devices do to the records. Which entry asks for what is in `apply.rs`.

use crate::entry::{OfflineEntry, Stamped};
use crate::id::DeviceId;
use crate::records::{RecordChange, Records};
use crate::rights_list::{HeldList, LONGEST_LIFE, RightsChange, RightsRecord};

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
                self.change_rights(*device, changes, |row| {
                    let number = row.next_number(stamped.at);
                    row.issued = Some(HeldList { number, generation: *generation, digest: *digest, expires: *expires });
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
                // A device may say what it likes, but goes by no list for longer.
                let longest = stamped.at.after(LONGEST_LIFE);
                row.applied = None;
                row.honoured_until =
                    row.honoured_until.max(Some(held.map_or(longest, |held| held.expires.min(longest))));
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

    /// Another device has this one's name from now on: its log begins anew.
    pub(super) fn begin_log_anew(&mut self, device: DeviceId, changes: &mut Vec<RecordChange>) {
        if self.rights.get(&device).is_some_and(|row| row.logged_through > 0) {
            self.change_rights(device, changes, |row| row.logged_through = 0);
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
