//! What the sensors of a device read, as it goes over the wire.
//!
//! Each sensor is asked one question ("is the door closed?") and has four answers, because a reading that is missing or
//! broken must never pass for the quiet one. What follows from the readings is decided in the core.

/// The answer of one sensor to the question its field is named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Reading {
    /// Not read yet, or not since power came back.
    #[default]
    Unknown,
    /// The sensor is short, cut, or contradicts itself.
    Fault,
    /// The condition does not hold.
    No,
    /// The condition holds.
    Yes,
}

impl Reading {
    /// The reading of a sensor that works.
    pub fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(super) fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Fault => 1,
            Self::No => 2,
            Self::Yes => 3,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Unknown),
            1 => Some(Self::Fault),
            2 => Some(Self::No),
            3 => Some(Self::Yes),
            _ => None,
        }
    }
}

/// Lowest temperature a device may report, in tenths of a degree Celsius.
pub const MIN_TEMPERATURE_C10: i16 = -1000;
/// Highest temperature a device may report, in tenths of a degree Celsius.
pub const MAX_TEMPERATURE_C10: i16 = 1500;
/// Highest supply voltage a device may report, in millivolts; well above the 48 V of power over Ethernet.
pub const MAX_SUPPLY_MV: u32 = 60_000;

/// Highest motor current a device may report, in milliamperes.
pub const MAX_MOTOR_MA: u16 = 10_000;
/// Longest travel of the slide a device may report, in milliseconds.
pub const MAX_TRAVEL_MS: u16 = 60_000;

/// What moved the lock last from locked to unlocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnlockCause {
    /// A command of the daemon.
    Command,
    /// A card, by the rights list.
    RightsList,
    /// The mechanical key.
    Key,
    /// Nothing that the device knows of.
    Unexplained,
}

impl UnlockCause {
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Command => 0,
            Self::RightsList => 1,
            Self::Key => 2,
            Self::Unexplained => 3,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Command),
            1 => Some(Self::RightsList),
            2 => Some(Self::Key),
            3 => Some(Self::Unexplained),
            _ => None,
        }
    }
}

/// Everything a device knows about itself and its door at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// Is the door leaf closed? (`contact`)
    pub closed: Reading,
    /// Is the lock slide fully locked? (`lock`)
    pub locked: Reading,
    /// Is the handle seated? (`handle`)
    pub handle_home: Reading,
    /// Does the latch hold the leaf? `None` where no such sensor is fitted.
    pub latched: Option<Reading>,
    /// Has the mechanical key released the handle? (key override)
    pub key_turned: Reading,
    /// Is the cover open or the device off its mount?
    pub tampered: Reading,
    /// Supply voltage in millivolts, 0 to 60,000; `None` when it cannot be measured.
    pub supply_mv: Option<u32>,
    /// Temperature in tenths of a degree Celsius, -1000 to 1500; `None` when it cannot be measured.
    pub temperature_c10: Option<i16>,
    /// Relative humidity in percent, 0 to 100; `None` when it cannot be measured.
    pub humidity_percent: Option<u8>,
    /// Is the mechanical slide locked? `None` where there is none.
    pub slide_locked: Option<Reading>,
    /// Did the motor stall when it last moved the slide?
    pub stalled: Reading,
    /// Highest current of the motor when it last moved the slide, in milliamperes, 0 to 10,000.
    pub motor_ma: Option<u16>,
    /// How long the slide last travelled, in milliseconds, 0 to 60,000.
    pub travel_ms: Option<u16>,
    /// What unlocked it last; `None` where it did not since power-up.
    pub unlocked_by: Option<UnlockCause>,
}
