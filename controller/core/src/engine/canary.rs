//! The canary: a card that nobody has is tried on every device that can be asked, on a schedule and on an operator's word.

use super::Engine;
use crate::id::{CommandId, DeviceId};
use crate::inventory::CanaryAnswer;
use crate::time::Now;

impl Engine {
    pub(super) fn begin_canaries(&mut self, _now: Now) {}

    pub(super) fn canaries_due(&mut self, _now: Now) {}

    pub(super) fn canary_answer(&mut self, _now: Now, _device: DeviceId, _command: CommandId, _answer: CanaryAnswer) {}
}
