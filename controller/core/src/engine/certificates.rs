//! The certificates of devices: when a code may be redeemed, when a certificate is renewed, and when it no longer counts. Keys and
//! bytes are the shell's, and so is keeping out whoever comes with a certificate that does not count: it is told which do.
//!
//! ```text
//!               offered                redeemed                 asked for, due
//!  NotEnrolled ─────────▶ CodeWaits ─────────────▶ Enrolled ────────────────────▶ Enrolled, the one before too
//!      ▲  ▲                   │                    │  ▲                                │
//!      │  └── over, guessed ──┘                    │  └──── the newest was shown ──────┘
//!      └────────────────── revoked ────────────────┘
//! ```
//! A device that had a certificate and has none that counts is not believed, whatever still arrives of it: its messages may
//! have been under way when an operator took its certificates.

use core::time::Duration;

use super::Engine;
use super::devices::Presence;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::certificate::{Certificate, CertificateRecord, CertificateSerial, IssueCause, OfferEnd};
use crate::engine::input::SecurityTrouble;
use crate::engine::output::Output;
use crate::engine::query::JournalHealth;
use crate::entry::DeviceEntry;
use crate::id::DeviceId;
use crate::time::{Now, Wall};

/// For how long a code may be redeemed: long enough to walk to the rack, short enough that a lost slip of paper is worthless.
pub(super) const OFFER_TIME: Duration = Duration::from_secs(3_600);

/// So many wrong codes void an offer. Whoever types one from paper errs once or twice; the code's 80 bits are beyond guessing
/// anyway, so what this ends is the noise.
pub(super) const WRONG_CODES: u8 = 5;

/// A device that asks for a certificate more often than this without need is not answered: it would write journal entries as
/// fast as it can ask.
const RENEWED_AT_MOST_EVERY: Duration = Duration::from_secs(3_600);

/// The longest life of a certificate that is taken from the shell; the site file says less.
const LONGEST_LIFE: Duration = Duration::from_secs(3_660 * 86_400);

impl Engine {
    pub(super) fn certificates_of(&self, device: DeviceId) -> CertificateRecord {
        self.records.certificates.get(&device).copied().unwrap_or_default()
    }

    /// At the start, and when the journal can be written again: tells the shell which certificates count.
    pub(super) fn begin_certificates(&mut self, now: Now) {
        let devices: Vec<DeviceId> = self.records.certificates.keys().copied().collect();
        for device in devices {
            self.forget_told(device);
            self.tell_certificates(now, device);
        }
        self.review_certificates(now);
    }

    fn forget_told(&mut self, device: DeviceId) {
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.told_certificates = None;
        }
    }

    /// Says which certificates of a device count, where that is another answer than before.
    pub(super) fn tell_certificates(&mut self, now: Now, device: DeviceId) {
        let counting = self.certificates_of(device).counting_at(now.wall);
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        if runtime.told_certificates.as_ref() != Some(&counting) {
            runtime.told_certificates = Some(counting.clone());
            self.outputs.push_back(Output::Certificates { device, counting });
        }
    }

    /// Whether a device had to do with certificates and has none: what arrives of it is not believed.
    pub(super) fn lacks_certificate(&self, device: DeviceId) -> bool {
        self.records.certificates.get(&device).is_some_and(|row| row.current.is_none())
    }

    /// Whether a certificate that the shell proposes can be given: it counts for a while, and its number is new.
    pub(super) fn is_issuable(&self, now: Now, certificate: &Certificate) -> bool {
        let is_known = |row: &CertificateRecord| row.counting().any(|known| known.serial == certificate.serial);
        certificate.from < certificate.until
            && now.wall < certificate.until
            && certificate.lifetime() <= LONGEST_LIFE
            && !self.records.certificates.values().any(is_known)
    }

    /// A code was right: whoever came with it is the device from now on.
    pub(super) fn enrolled(&mut self, now: Now, device: DeviceId, certificate: Certificate) {
        let cause = IssueCause::Enrolled;
        self.record(now, DeviceEntry::CertificateIssued { device, certificate, cause });
        self.end_alarm(now, AlarmKind::DeviceReplaced, AlarmSource::Device(device));
        self.cut_off(now, device);
        self.review_certificate(now, device);
    }

    /// Whoever was connected as this device no longer is.
    pub(super) fn cut_off(&mut self, now: Now, device: DeviceId) {
        self.tell_certificates(now, device);
        match self.presence_of(device) {
            Presence::Online | Presence::Distrusted => self.put_offline(now, device),
            Presence::Unknown | Presence::Offline => {}
        }
    }

    /// A wrong code was tried.
    pub(super) fn wrong_code(&mut self, now: Now, device: DeviceId) {
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        runtime.wrong_codes = runtime.wrong_codes.saturating_add(1);
        if runtime.wrong_codes >= WRONG_CODES {
            runtime.wrong_codes = 0;
            self.record(now, DeviceEntry::EnrolmentEnded { device, cause: OfferEnd::Guessed });
            self.flash_alarm(now, AlarmKind::EnrolmentGuessed, AlarmSource::Device(device));
        }
    }

    /// A device asks for its next certificate, over a connection that the present one proved.
    pub(super) fn certificate_wanted(&mut self, now: Now, device: DeviceId, certificate: Certificate) {
        let Some(current) = self.certificates_of(device).current else { return };
        let is_due = now.wall >= current.renewal_due() || now.wall.since(current.from) >= RENEWED_AT_MOST_EVERY;
        let is_believed = self.presence_of(device) == Presence::Online && now.wall < current.until;
        let is_kept = self.journal_health() == JournalHealth::Writable;
        if !(is_due && is_believed && is_kept && self.is_issuable(now, &certificate)) {
            return;
        }
        let (serial, cause) = (certificate.serial, IssueCause::Renewed);
        self.record(now, DeviceEntry::CertificateIssued { device, certificate, cause });
        self.tell_certificates(now, device);
        self.outputs.push_back(Output::IssueCertificate { device, serial });
    }

    /// A device was reached with this certificate.
    pub(super) fn certificate_shown(&mut self, now: Now, device: DeviceId, serial: CertificateSerial) {
        let record = self.certificates_of(device);
        if !record.counting_at(now.wall).contains(&serial) {
            return self.security_trouble(now, device, SecurityTrouble::CertificateRevoked);
        }
        let is_newest = record.current.is_some_and(|current| current.serial == serial);
        if is_newest && record.former.is_some() {
            self.record(now, DeviceEntry::CertificateTaken { device });
            self.tell_certificates(now, device);
        }
        if is_newest {
            self.review_certificate(now, device);
        }
    }

    /// In each minute: offers that run out, certificates that come to their end.
    pub(super) fn review_certificates(&mut self, now: Now) {
        let devices: Vec<DeviceId> = self.records.certificates.keys().copied().collect();
        devices.into_iter().for_each(|device| self.review_certificate(now, device));
    }

    fn review_certificate(&mut self, now: Now, device: DeviceId) {
        let record = self.certificates_of(device);
        if record.offer.is_some_and(|offer| offer.until <= now.wall) {
            self.record(now, DeviceEntry::EnrolmentEnded { device, cause: OfferEnd::Expired });
        }
        self.tell_certificates(now, device);
        let (kind, source) = (AlarmKind::CertificateExpiring, AlarmSource::Device(device));
        if self.is_certificate_old(device, now.wall) {
            self.begin_alarm(now, kind, source);
        } else {
            self.end_alarm(now, kind, source);
        }
        self.regrade(now, device);
    }

    /// Whether the certificate that a device shows comes to its end and was not renewed, or is over.
    pub(super) fn is_certificate_old(&self, device: DeviceId, at: Wall) -> bool {
        let record = self.certificates_of(device);
        // One that the device has not shown yet may never have reached it.
        record.former.or(record.current).is_some_and(|shown| at >= shown.warning_due())
    }
}
