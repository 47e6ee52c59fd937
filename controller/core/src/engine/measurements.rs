//! What devices measure: supply, temperature, humidity. Outside its range a value is an alarm, and it must come back by a
//! margin until it is none, so that a value on the line does not ring.

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::id::DeviceId;
use crate::inventory::Measurements;
use crate::time::Now;

/// The supply of a device in millivolts: PoE splitters and batteries from 12 V to 48 V, with what their makers allow.
const SUPPLY_MV: Range = Range { least: 10_000, most: 57_000, margin: 500 };

/// Temperature in tenths of a degree Celsius: what handles and readers are made for.
const TEMPERATURE_C10: Range = Range { least: -50, most: 600, margin: 20 };

/// Relative humidity in percent: drier, sparks fly; damper, water condenses.
const HUMIDITY_PERCENT: Range = Range { least: 5, most: 95, margin: 3 };

/// Between which values all is well, both included, and how far within a value must come back.
#[derive(Debug, Clone, Copy)]
struct Range {
    least: i64,
    most: i64,
    margin: i64,
}

impl Range {
    /// Whether a value is out of range, or was and has not come back far enough.
    fn is_out(self, value: i64, was_out: bool) -> bool {
        let margin = if was_out { self.margin } else { 0 };
        value < self.least + margin || value > self.most - margin
    }
}

impl Engine {
    pub(super) fn measured(&mut self, now: Now, device: DeviceId, measurements: Measurements) {
        let source = AlarmSource::Device(device);
        let was_hot = self.is_active(AlarmKind::ClimateFault, source);
        let was_low = self.is_active(AlarmKind::PowerFault, source);
        let Some(runtime) = self.devices.get_mut(&device) else { return };
        runtime.measurements = measurements;
        let Measurements { supply_mv, temperature_c10, humidity_percent, motor_ma: _ } = measurements;
        if let Some(supply) = supply_mv {
            runtime.health.measured_supply = SUPPLY_MV.is_out(supply.into(), was_low);
            self.review_supply(now, device);
        }
        let too_hot = temperature_c10.map(|value| TEMPERATURE_C10.is_out(value.into(), was_hot));
        let too_damp = humidity_percent.map(|value| HUMIDITY_PERCENT.is_out(value.into(), was_hot));
        match (too_hot, too_damp) {
            (None, None) => {}
            (Some(true), _) | (_, Some(true)) => self.begin_alarm(now, AlarmKind::ClimateFault, source),
            (Some(false) | None, Some(false) | None) => self.end_alarm(now, AlarmKind::ClimateFault, source),
        }
    }

    /// A device says that its supply is out of range, or no longer.
    pub(super) fn supply_said(&mut self, now: Now, device: DeviceId, fault: bool) {
        if let Some(runtime) = self.devices.get_mut(&device) {
            runtime.health.said_supply = fault;
        }
        self.review_supply(now, device);
    }

    /// Out of range is what the device says or what it measures.
    fn review_supply(&mut self, now: Now, device: DeviceId) {
        let health = self.devices.get(&device).map(|runtime| &runtime.health);
        let is_out = health.is_some_and(|health| health.said_supply || health.measured_supply);
        self.supply_is(now, device, is_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_out_beyond_its_range_and_back_within_its_margin() {
        let check = |value, was_out, expect| assert_eq!(SUPPLY_MV.is_out(value, was_out), expect, "{value} {was_out}");
        check(10_000, false, false);
        check(9_999, false, true);
        check(10_499, true, true);
        check(10_500, true, false);
        check(57_000, false, false);
        check(57_001, false, true);
        check(56_501, true, true);
    }
}
