//! What devices say about themselves besides who they are: what follows from a failed test, a stalled slide, a wrong clock or too
//! much heat, and how far a device is trusted.

use super::Engine;
use crate::id::DeviceId;
use crate::inventory::{Description, Measurements, SlideReport, TrustGrade};
use crate::time::Now;

impl Engine {
    pub(super) fn described(&mut self, _now: Now, _device: DeviceId, _description: Description) {}

    pub(super) fn slide_moved(&mut self, _now: Now, _device: DeviceId, _slide: SlideReport) {}

    pub(super) fn measured(&mut self, _now: Now, _device: DeviceId, _measurements: Measurements) {}

    pub(super) fn clock_heard(&mut self, _now: Now, _device: DeviceId, _offset_ms: i64) {}

    pub(super) fn grade_of(&self, _device: DeviceId) -> TrustGrade {
        TrustGrade::A
    }
}
