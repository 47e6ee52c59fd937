//! What operators order about the identity of MQTT devices and about finding a handle. When a certificate counts is
//! `engine/certificates.rs`'s; which handles show where they are on their own is `engine/locating.rs`'s.

use super::{Order, Outcome, conflict, invalid, not_found, problem};
use crate::certificate::{Certificate, CertificateRecord, OfferEnd};
use crate::engine::Engine;
use crate::engine::certificates::OFFER_TIME;
use crate::engine::command::{CommandError, LocateWish, Reply};
use crate::engine::locating::LOCATE_TIMES;
use crate::entry::{DeviceEntry, ReasonText};
use crate::id::DeviceId;
use crate::permission::Actor;
use core::time::Duration;

impl Engine {
    pub(super) fn offer_enrolment(
        &mut self,
        order: Order,
        device: DeviceId,
        code: [u8; 32],
        reason: ReasonText,
    ) -> Outcome {
        self.site.device(device).ok_or_else(|| not_found(device))?;
        if self.certificates_of(device).offer.is_some() {
            self.record(order.now, DeviceEntry::EnrolmentEnded { device, cause: OfferEnd::Replaced });
        }
        let until = order.now.wall.after(OFFER_TIME);
        self.record(order.now, DeviceEntry::EnrolmentOffered { device, code, until, reason, by: order.by });
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.wrong_codes = 0;
        }
        Ok(Reply::Done)
    }

    /// Whoever asks may be anybody, so every refusal reads the same.
    pub(super) fn redeem_enrolment(
        &mut self,
        order: Order,
        device: DeviceId,
        code: [u8; 32],
        certificate: Certificate,
    ) -> Outcome {
        if order.by != Actor::System {
            return Err(CommandError::Forbidden);
        }
        let now = order.now;
        let refused = || conflict("the code does not count; make a new one");
        self.site.device(device).ok_or_else(refused)?;
        let offer = self.certificates_of(device).offer.filter(|offer| now.wall < offer.until).ok_or_else(refused)?;
        if offer.code != code {
            self.wrong_code(now, device);
            return Err(refused());
        }
        if !self.is_issuable(now, &certificate) {
            return Err(refused());
        }
        self.enrolled(now, device, certificate);
        Ok(Reply::Done)
    }

    pub(super) fn revoke_certificates(&mut self, order: Order, device: DeviceId, reason: ReasonText) -> Outcome {
        let name = self.site.device(device).map(|device| device.name.clone());
        let record = self.certificates_of(device);
        if record == CertificateRecord::default() {
            let name = name.ok_or_else(|| not_found(device))?;
            return Err(conflict(format!("{name} has no certificate and no code; there is nothing to revoke")));
        }
        self.record(order.now, DeviceEntry::CertificatesRevoked { device, reason, by: order.by });
        self.cut_off(order.now, device);
        Ok(Reply::Done)
    }

    pub(super) fn locate(
        &mut self,
        order: Order,
        what: &LocateWish,
        duration: Duration,
        reason: ReasonText,
    ) -> Outcome {
        let fits = LOCATE_TIMES.contains(&duration);
        invalid(if fits { Vec::new() } else { vec![problem("for", "choose 5 seconds to 10 minutes")] })?;
        let handles = self.handles_meant(order.now, order.scope, what)?;
        if handles.is_empty() {
            return Err(conflict("no handle is meant by this now; name a rack door, a rack, a grant or a ticket"));
        }
        let devices = handles.clone().into_boxed_slice();
        self.record(order.now, DeviceEntry::LocateOrdered { devices, reason, by: order.by });
        handles.iter().for_each(|device| self.locate_ordered(order.now, *device, duration));
        Ok(Reply::Located(handles))
    }

    /// Trying says nothing about a person and changes nothing: the round is recorded, the reason is not.
    pub(super) fn try_canaries(&mut self, order: Order, _reason: &ReasonText) -> Outcome {
        self.try_all_canaries(order.now)
    }
}
