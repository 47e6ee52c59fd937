//! The certificates of devices: when a code may be redeemed, when a certificate is renewed, and when it no longer counts. Keys and
//! bytes are the shell's.

use super::Engine;
use crate::certificate::{Certificate, CertificateSerial};
use crate::id::DeviceId;
use crate::time::Now;

impl Engine {
    /// At the start: tells the shell which certificates count.
    pub(super) fn begin_certificates(&mut self, _now: Now) {}

    pub(super) fn certificate_wanted(&mut self, _now: Now, _device: DeviceId, _certificate: Certificate) {}

    pub(super) fn certificate_shown(&mut self, _now: Now, _device: DeviceId, _serial: CertificateSerial) {}

    /// In each minute: offers that run out, certificates that come to their end.
    pub(super) fn review_certificates(&mut self, _now: Now) {}
}
