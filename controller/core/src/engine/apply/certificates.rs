//! What entries about certificates do to the records. Which entry asks for what is in `apply.rs`.

use crate::certificate::{Certificate, CertificateRecord, EnrolmentOffer, IssueCause};
use crate::device::Trust;
use crate::entry::DeviceEntry;
use crate::id::DeviceId;
use crate::records::{RecordChange, Records};

impl Records {
    pub(super) fn apply_to_certificates(&mut self, entry: &DeviceEntry, changes: &mut Vec<RecordChange>) {
        match entry {
            DeviceEntry::EnrolmentOffered { device, code, until, .. } => {
                let offer = EnrolmentOffer { code: *code, until: *until };
                self.change_certificates(*device, changes, |row| row.offer = Some(offer));
            }
            DeviceEntry::EnrolmentEnded { device, .. } => {
                self.change_certificates(*device, changes, |row| row.offer = None);
            }
            DeviceEntry::CertificateIssued { device, certificate, cause } => {
                self.issue(*device, *certificate, *cause, changes);
            }
            DeviceEntry::CertificateTaken { device } => {
                self.change_certificates(*device, changes, |row| row.former = None);
            }
            DeviceEntry::CertificatesRevoked { device, .. } => {
                self.change_certificates(*device, changes, |row| *row = CertificateRecord::default());
            }
            DeviceEntry::Replaced { .. }
            | DeviceEntry::Accepted { .. }
            | DeviceEntry::FirmwareChanged { .. }
            | DeviceEntry::JobStarted { .. }
            | DeviceEntry::JobStopOrdered { .. }
            | DeviceEntry::JobEnded { .. }
            | DeviceEntry::InputFaults { .. }
            | DeviceEntry::BusInspected { .. }
            | DeviceEntry::Booted { .. }
            | DeviceEntry::ClockOff { .. }
            | DeviceEntry::GradeChanged { .. }
            | DeviceEntry::LocateOrdered { .. }
            | DeviceEntry::PatternTried { .. }
            | DeviceEntry::Unlocked { .. }
            | DeviceEntry::TravelLearned { .. } => {}
        }
    }

    /// Whoever redeemed a code is the device from now on, and whoever was it before is not: its certificate is void and its
    /// identity forgotten. A renewed one leaves the certificate with which it was asked for good until the new one is seen.
    fn issue(
        &mut self,
        device: DeviceId,
        certificate: Certificate,
        cause: IssueCause,
        changes: &mut Vec<RecordChange>,
    ) {
        self.change_certificates(device, changes, |row| {
            *row = match cause {
                IssueCause::Enrolled => CertificateRecord { offer: None, current: Some(certificate), former: None },
                IssueCause::Renewed => CertificateRecord {
                    offer: row.offer,
                    current: Some(certificate),
                    former: row.former.or(row.current),
                },
            }
        });
        match cause {
            IssueCause::Enrolled => {
                self.change_device(device, changes, |row| {
                    row.trust = Trust::Awaited;
                    row.usual_travel = None;
                });
                self.begin_log_anew(device, changes);
            }
            IssueCause::Renewed => {}
        }
    }

    /// Changes the certificates of a device.
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
