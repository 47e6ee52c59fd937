//! Lights: the record of `osdp_LED` (OSDP 2.2, 6.10).
//!
//! Decides its layout and which patterns exist on the wire. Which pattern means what to a person is decided further up.
//!
//! Vocabulary: a *rhythm* is a light's on/off pattern; the *temporary* half is shown over the *permanent* one.

use alloc::vec::Vec;

use super::device::Refusal;
use super::{NakCode, Ticks};
pub use crate::colour::Colour as LedColour;

/// Size of one light's record (OSDP 2.2, Tables 16 and 17).
pub(super) const LED_RECORD_BYTES: usize = 14;

/// What one light shall show: a temporary result over a permanent state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedRecord {
    /// Reader number on the device, from 0.
    pub reader: u8,
    /// Light number on the reader, from 0.
    pub led: u8,
    /// What to do with the temporary state.
    pub temporary: LedTemporary,
    /// What to do with the permanent state.
    pub permanent: LedPermanent,
}

/// The temporary half of a light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedTemporary {
    /// Leave it as it is.
    Keep,
    /// End it and show the permanent state.
    Cancel,
    /// Show a rhythm for so long.
    Show {
        /// The rhythm.
        rhythm: Rhythm,
        /// How long.
        timer: Ticks,
    },
}

/// The permanent half of a light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedPermanent {
    /// Leave it as it is.
    Keep,
    /// Show a rhythm until told otherwise.
    Show(Rhythm),
}

/// A light's pattern. A steady light is `on: 1, off: 0`; both zero would be refused by devices and is sent as steady.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    /// Time in the first colour, in ticks of 100 ms.
    pub on: u8,
    /// Time in the second colour, in ticks of 100 ms.
    pub off: u8,
    /// The first colour.
    pub on_colour: LedColour,
    /// The second colour.
    pub off_colour: LedColour,
}

impl LedRecord {
    /// Layout: OSDP 2.2, Tables 16 and 17.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(LED_RECORD_BYTES);
        out.extend_from_slice(&[self.reader, self.led]);
        match self.temporary {
            LedTemporary::Keep => out.extend_from_slice(&[0; 7]),
            LedTemporary::Cancel => out.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0]),
            LedTemporary::Show { rhythm, timer } => {
                out.push(2);
                out.extend_from_slice(&rhythm.encode());
                out.extend_from_slice(&timer.get().to_le_bytes());
            }
        }
        match self.permanent {
            LedPermanent::Keep => out.extend_from_slice(&[0; 5]),
            LedPermanent::Show(rhythm) => {
                out.push(1);
                out.extend_from_slice(&rhythm.encode());
            }
        }
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let [reader, led, t_control, t1, t2, t3, t4, t5, t6, p_control, p1, p2, p3, p4] = *bytes else {
            return Err(Refusal(NakCode::LENGTH));
        };
        let temporary = match t_control {
            0 => LedTemporary::Keep,
            1 => LedTemporary::Cancel,
            2 => LedTemporary::Show {
                rhythm: Rhythm::decode([t1, t2, t3, t4])?,
                timer: Ticks::parse(u16::from_le_bytes([t5, t6])).ok_or(Refusal(NakCode::RECORD))?,
            },
            _ => return Err(Refusal(NakCode::RECORD)),
        };
        let permanent = match p_control {
            0 => LedPermanent::Keep,
            1 => LedPermanent::Show(Rhythm::decode([p1, p2, p3, p4])?),
            _ => return Err(Refusal(NakCode::RECORD)),
        };
        Ok(Self { reader, led, temporary, permanent })
    }
}

impl Rhythm {
    fn encode(self) -> [u8; 4] {
        // "Set" with both times zero is refused by devices (NAK 9); a steady light is what was meant.
        let on = if self.on == 0 && self.off == 0 { 1 } else { self.on };
        [on, self.off, self.on_colour.code(), self.off_colour.code()]
    }

    fn decode([on, off, on_colour, off_colour]: [u8; 4]) -> Result<Self, Refusal> {
        if on == 0 && off == 0 {
            return Err(Refusal(NakCode::RECORD));
        }
        // A number that no standard names is dark.
        let colour = |number| LedColour::from_code(number).unwrap_or(LedColour::Off);
        Ok(Self { on, off, on_colour: colour(on_colour), off_colour: colour(off_colour) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::message::{DeviceCommand, PanelCommand};
    use alloc::vec;

    fn check(command: PanelCommand, code: u8, data: &[u8]) {
        assert_eq!(command.encode(), (code, data.to_vec()), "{command:?}");
    }

    #[test]
    fn a_light_carries_both_halves() {
        let rhythm = Rhythm { on: 2, off: 2, on_colour: LedColour::Red, off_colour: LedColour::Off };
        let temporary = LedTemporary::Show { rhythm, timer: Ticks::parse(18).unwrap() };
        let record = LedRecord { reader: 1, led: 0, temporary, permanent: LedPermanent::Keep };
        check(PanelCommand::Led(record), 0x69, &[1, 0, 2, 2, 2, 1, 0, 18, 0, 0, 0, 0, 0, 0]);
        let (_, data) = PanelCommand::Led(record).encode();
        assert_eq!(DeviceCommand::decode(0x69, &data), Ok(DeviceCommand::Leds(vec![record])));
    }

    #[test]
    fn a_steady_light_is_never_sent_with_both_times_zero() {
        let rhythm = Rhythm { on: 0, off: 0, on_colour: LedColour::Blue, off_colour: LedColour::Off };
        let record =
            LedRecord { reader: 0, led: 0, temporary: LedTemporary::Cancel, permanent: LedPermanent::Show(rhythm) };
        check(PanelCommand::Led(record), 0x69, &[0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 4, 0]);
    }

    #[test]
    fn several_lights_share_a_command() {
        let rhythm = Rhythm { on: 1, off: 0, on_colour: LedColour::Green, off_colour: LedColour::Off };
        let permanent = LedPermanent::Show(rhythm);
        let record = |led| LedRecord { reader: 0, led, temporary: LedTemporary::Keep, permanent };
        let (code, data) = PanelCommand::Leds((0..3).map(record).collect()).encode();
        assert_eq!(data.len(), 3 * LED_RECORD_BYTES);
        assert_eq!(DeviceCommand::decode(code, &data), Ok(DeviceCommand::Leds((0..3).map(record).collect())));
        assert_eq!(PanelCommand::Leds((0..20).map(record).collect()).encode().1.len(), 7 * LED_RECORD_BYTES);
    }
}
