//! What is around a handle and in it that no pin tells: supply, climate, and how wrong its clock is.
//!
//! Only hands change it (`hands`); what follows from it is decided in the daemon.

use crate::firmware::Measured;

/// What a healthy supply measures, in millivolts.
const SUPPLY_MV: u32 = 24_000;
/// What a rack measures, in tenths of a degree Celsius.
const TEMPERATURE_C10: i16 = 240;
/// What a hall keeps, in percent of relative humidity.
const HUMIDITY_PERCENT: u8 = 45;

/// What is around a handle and in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// Supply, in millivolts; `None` when it cannot be measured.
    pub supply_mv: Option<u32>,
    /// Temperature, in tenths of a degree Celsius.
    pub temperature_c10: i16,
    /// Relative humidity, in percent.
    pub humidity_percent: u8,
    /// How far its clock is ahead, in milliseconds; behind when negative.
    pub clock_offset_ms: i64,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            supply_mv: Some(SUPPLY_MV),
            temperature_c10: TEMPERATURE_C10,
            humidity_percent: HUMIDITY_PERCENT,
            clock_offset_ms: 0,
        }
    }
}

impl Surroundings {
    /// What the converter reads, with a motor that draws so much.
    pub(super) fn measured(&self, motor_ma: Option<i32>) -> Measured {
        Measured {
            supply_mv: self.supply_mv,
            temperature_c10: Some(self.temperature_c10),
            humidity_percent: Some(self.humidity_percent),
            motor_ma: motor_ma.and_then(|ma| u16::try_from(ma).ok()),
        }
    }
}
