//! Rights on devices: which list each device should hold, when it is sent, and what its answers mean. Who is on a list follows
//! from the rules that `decide/` asks; how a list looks is `rights_list.rs`'s.

use super::Engine;
use crate::engine::input::{LogRecord, RightsReport};
use crate::engine::query::{Exposure, ReceiptSummary, Receipts};
use crate::engine::reach::Reach;
use crate::id::{DeviceId, Generation};
use crate::inventory::Description;
use crate::records::RecordChange;
use crate::time::Now;

impl Engine {
    /// At the start: nothing that devices may hold is forgotten.
    pub(super) fn begin_offline(&mut self, _now: Now) {}

    /// Notes which devices a change of the records may concern.
    pub(super) fn follow_rights(&mut self, _change: &RecordChange) {}

    /// After each input: what changed for devices is recorded, and what can be sent is.
    pub(super) fn carry_rights_out(&mut self, _now: Now) {}

    /// A device said what it can do: whether it keeps a list.
    pub(super) fn device_can_hold(&mut self, _now: Now, _device: DeviceId, _description: &Description) {}

    /// A device is no longer reached.
    pub(super) fn rights_holder_gone(&mut self, _device: DeviceId) {}

    pub(super) fn rights_report(&mut self, _now: Now, _device: DeviceId, _report: RightsReport) {}

    pub(super) fn logged(&mut self, _now: Now, _device: DeviceId, _record: LogRecord) {}

    pub(super) fn offline_due(&mut self, _now: Now) {}

    pub(super) fn receipts(&self, _reach: &Reach<'_>, _through: Option<Generation>) -> Receipts {
        Receipts::default()
    }

    pub(super) fn receipt_summary(&self, _reach: &Reach<'_>) -> ReceiptSummary {
        ReceiptSummary::default()
    }

    pub(super) fn exposure(&self, _now: Now, _device: DeviceId) -> Option<Exposure> {
        None
    }
}
