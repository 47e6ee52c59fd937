//! What entries about rights on devices and about certificates do to the records. Which entry asks for what is in `apply.rs`.

use crate::certificate::CertificateRecord;
use crate::entry::{DeviceEntry, OfflineEntry};
use crate::id::DeviceId;
use crate::records::{RecordChange, Records};
use crate::rights_list::RightsRecord;
use crate::time::Wall;

impl Records {
    pub(super) fn apply_to_rights(&mut self, _entry: &OfflineEntry, _at: Wall, _changes: &mut Vec<RecordChange>) {}

    pub(super) fn apply_to_certificates(&mut self, _entry: &DeviceEntry, _changes: &mut Vec<RecordChange>) {}

    /// Changes what a device may open by itself.
    #[expect(dead_code, reason = "filled in next")]
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

    /// Changes the certificates of a device.
    #[expect(dead_code, reason = "filled in next")]
    fn change_certificates(
        &mut self,
        device: DeviceId,
        changes: &mut Vec<RecordChange>,
        change: impl FnOnce(&mut CertificateRecord),
    ) {
        let row = self.certificates.entry(device).or_default();
        change(row);
        changes.push(RecordChange::Certificates(device, *row));
    }
}
