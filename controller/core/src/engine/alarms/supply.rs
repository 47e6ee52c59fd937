//! Supply trouble that lasts (`alarms.md` 21): medium at first, urgent once a battery may be empty. Whether a supply is out of
//! range is `engine/measurements.rs`'s to say.

use core::time::Duration;

use crate::alarm::life::{DesignRule, Suppression};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::{Engine, TimerKey};
use crate::id::DeviceId;
use crate::time::Now;

/// For how long a supply may be out of range before that is urgent: longer than most cuts of the mains last, shorter than the
/// batteries of locks and readers.
const URGENT_AFTER: Duration = Duration::from_secs(30 * 60);

impl Engine {
    /// Times go on from what is recorded.
    pub(super) fn begin_supplies(&mut self, now: Now) {
        for device in self.devices_with(AlarmKind::PowerFault) {
            self.time_supply(now, device);
        }
    }

    /// A supply is out of range, or no longer.
    pub(in crate::engine) fn supply_is(&mut self, now: Now, device: DeviceId, is_out: bool) {
        let source = AlarmSource::Device(device);
        let was_out = self.is_active(AlarmKind::PowerFault, source);
        self.device_condition(now, device, AlarmKind::PowerFault, is_out);
        match (was_out, is_out) {
            (false, true) => self.time_supply(now, device),
            (_, false) => {
                self.timers.cancel(TimerKey::Supply(device));
                self.end_alarm(now, AlarmKind::SupplyFailing, source);
            }
            (true, true) => {}
        }
    }

    /// When its trouble is urgent, counted from when it began.
    fn time_supply(&mut self, now: Now, device: DeviceId) {
        let alarm = self.active_alarms.get(&(AlarmSource::Device(device), AlarmKind::PowerFault));
        let Some(row) = alarm.and_then(|alarm| self.records.alarms.get(alarm)) else { return };
        let left = URGENT_AFTER.saturating_sub(now.wall.since(row.raised_at));
        self.timers.set(TimerKey::Supply(device), now.monotonic.after(left));
    }

    /// In each minute: what was put aside when its time came, and is not any more.
    pub(super) fn review_supplies(&mut self, now: Now) {
        for device in self.devices_with(AlarmKind::PowerFault) {
            if !self.timers.is_set(TimerKey::Supply(device)) {
                self.supply_lasts(now, device);
            }
        }
    }

    /// A supply has been out of range for long. Where somebody put that aside, they know: it is urgent once it is back.
    pub(in crate::engine) fn supply_lasts(&mut self, now: Now, device: DeviceId) {
        let source = AlarmSource::Device(device);
        let Some(alarm) = self.active_alarms.get(&(source, AlarmKind::PowerFault)).copied() else { return };
        let is_known = self.records.alarms.get(&alarm).is_some_and(|row| match row.life.suppression {
            Suppression::Shelved(_) | Suppression::OutOfService { .. } => true,
            Suppression::None | Suppression::ByDesign { .. } => false,
        });
        if is_known || self.is_active(AlarmKind::SupplyFailing, source) {
            return;
        }
        self.begin_alarm(now, AlarmKind::SupplyFailing, source);
        if let Some(cause) = self.active_alarms.get(&(source, AlarmKind::SupplyFailing)).copied() {
            self.count_behind(now, alarm, DesignRule::Worsened, cause);
        }
    }

    fn devices_with(&self, wanted: AlarmKind) -> Vec<DeviceId> {
        let device = |(source, kind): &(AlarmSource, AlarmKind)| match source {
            AlarmSource::Device(device) if *kind == wanted => Some(*device),
            AlarmSource::Device(_)
            | AlarmSource::Site
            | AlarmSource::Door(_)
            | AlarmSource::Zone(_)
            | AlarmSource::Area(_)
            | AlarmSource::Grant(_)
            | AlarmSource::Credential(_)
            | AlarmSource::Line(_)
            | AlarmSource::Point(_)
            | AlarmSource::Operator(_)
            | AlarmSource::Alert { .. }
            | AlarmSource::Camera(_) => None,
        };
        self.active_alarms.keys().filter_map(device).collect()
    }
}
