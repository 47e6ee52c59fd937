//! The line: what time, speed and address mean on one RS-485 bus.
//!
//! Decides how long bytes take on the wire and which addresses exist. It does not decide who may transmit when (that is
//! `bus`) nor how bytes become frames (`frame`).
//!
//! Vocabulary: a *character* is one byte on the wire, ten bits long (8N1); [`Micros`] is an instant of the caller's
//! monotonic clock, never wall time.

use core::ops::Add;
use core::time::Duration;

use thiserror::Error;

/// Bits that one byte takes on the wire: start, eight data bits, stop.
const BITS_PER_CHARACTER: u64 = 10;

/// Silence a sender keeps before it drives the line, in characters (OSDP 2.2, 5.7).
const IDLE_CHARACTERS: usize = 2;

/// An instant of a monotonic clock, in microseconds since an origin of the caller's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

impl Micros {
    /// The instant `millis` milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// The instant `seconds` seconds after the origin.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// How long `earlier` lies back; zero when it does not.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Micros {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

/// The speed of a bus in bits per second; only the rates OSDP knows exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baud(u32);

impl Baud {
    /// 9600 bit/s, the rate a device leaves the factory with.
    pub const B9600: Self = Self(9_600);
    /// 38400 bit/s.
    pub const B38400: Self = Self(38_400);
    /// 115200 bit/s, enough for about forty devices.
    pub const B115200: Self = Self(115_200);

    /// All speeds, slowest first.
    pub const ALL: [Self; 6] = [Self(9_600), Self(19_200), Self(38_400), Self(57_600), Self(115_200), Self(230_400)];

    /// Accepts 9600, 19200, 38400, 57600, 115200 and 230400.
    pub const fn parse(bits_per_second: u32) -> Result<Self, BaudRefused> {
        match bits_per_second {
            9_600 | 19_200 | 38_400 | 57_600 | 115_200 | 230_400 => Ok(Self(bits_per_second)),
            _ => Err(BaudRefused { bits_per_second }),
        }
    }

    /// Bits per second, as a serial port wants it.
    pub const fn bits_per_second(self) -> u32 {
        self.0
    }

    /// Time that `characters` bytes occupy the wire, rounded up.
    pub const fn wire_time(self, characters: usize) -> Duration {
        let bits = (characters as u64).saturating_mul(BITS_PER_CHARACTER);
        Duration::from_micros(bits.saturating_mul(1_000_000).div_ceil(self.0 as u64))
    }

    /// Silence to keep before driving the line.
    pub const fn idle_time(self) -> Duration {
        self.wire_time(IDLE_CHARACTERS)
    }
}

/// A speed that OSDP does not use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{bits_per_second} is no OSDP line speed; use 9600, 19200, 38400, 57600, 115200 or 230400")]
pub struct BaudRefused {
    /// What was asked for.
    pub bits_per_second: u32,
}

/// The address of one device on a bus, 0x00 to 0x7E.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(u8);

impl Address {
    /// The highest address a device can have; 0x7F is broadcast and has no place on a bus with several devices.
    pub const HIGHEST: u8 = 0x7E;

    /// Accepts 0x00 to 0x7E.
    pub const fn parse(number: u8) -> Result<Self, AddressRefused> {
        if number > Self::HIGHEST { Err(AddressRefused { number }) } else { Ok(Self(number)) }
    }

    /// The number on the wire, without the reply bit.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A number that is no device address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{number:#04x} is no OSDP device address; use 0x00 to 0x7e")]
pub struct AddressRefused {
    /// What was asked for.
    pub number: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_characters_at_9600_take_14_58_milliseconds() {
        assert_eq!(Baud::B9600.wire_time(14), Duration::from_micros(14_584));
        assert_eq!(Baud::B115200.wire_time(30), Duration::from_micros(2_605));
    }

    #[test]
    fn only_known_speeds_and_addresses_are_accepted() {
        assert!(Baud::parse(230_400).is_ok());
        assert!(Baud::parse(0).is_err());
        assert!(Baud::parse(14_400).is_err());
        assert!(Address::parse(0x7E).is_ok());
        assert!(Address::parse(0x7F).is_err());
    }

    #[test]
    fn instants_saturate_instead_of_wrapping() {
        assert_eq!(Micros(u64::MAX) + Duration::from_secs(1), Micros(u64::MAX));
        assert_eq!(Micros(1).since(Micros(5)), Duration::ZERO);
    }
}
