//! What operators order about the identity of MQTT devices, about canaries and about finding a handle.

use super::{Order, Outcome, conflict};
use crate::certificate::Certificate;
use crate::engine::Engine;
use crate::engine::command::LocateWish;
use crate::entry::ReasonText;
use crate::id::DeviceId;
use core::time::Duration;

impl Engine {
    pub(super) fn offer_enrolment(
        &mut self,
        _order: Order,
        _device: DeviceId,
        _code: [u8; 32],
        _reason: ReasonText,
    ) -> Outcome {
        Err(conflict("not yet".to_owned()))
    }

    pub(super) fn redeem_enrolment(
        &mut self,
        _order: Order,
        _device: DeviceId,
        _code: [u8; 32],
        _certificate: Certificate,
    ) -> Outcome {
        Err(conflict("not yet".to_owned()))
    }

    pub(super) fn revoke_certificates(&mut self, _order: Order, _device: DeviceId, _reason: ReasonText) -> Outcome {
        Err(conflict("not yet".to_owned()))
    }

    pub(super) fn locate(
        &mut self,
        _order: Order,
        _what: &LocateWish,
        _duration: Duration,
        _reason: ReasonText,
    ) -> Outcome {
        Err(conflict("not yet".to_owned()))
    }

    pub(super) fn try_canaries(&mut self, _order: Order, _reason: &ReasonText) -> Outcome {
        Err(conflict("not yet".to_owned()))
    }
}
