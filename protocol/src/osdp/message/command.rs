//! Commands: what a panel may ask of a device.
//!
//! Decides the DATA layout of each command. It does not decide when a command is sent (`bus`), which codes a device knows
//! (`device`) or what carrying them out means (`peripheral`).
//!
//! Vocabulary: a *record* is one fixed-size instruction inside a command; a *rhythm* is a light's on/off pattern.

use alloc::vec::Vec;

use super::device::Refusal;
use super::{NakCode, Ticks};

/// Command codes (OSDP 2.2, Annex A.1).
pub(crate) mod code {
    pub(crate) const POLL: u8 = 0x60;
    pub(crate) const ID: u8 = 0x61;
    pub(crate) const CAP: u8 = 0x62;
    pub(crate) const LSTAT: u8 = 0x64;
    pub(crate) const ISTAT: u8 = 0x65;
    pub(crate) const OSTAT: u8 = 0x66;
    pub(crate) const RSTAT: u8 = 0x67;
    pub(crate) const OUT: u8 = 0x68;
    pub(crate) const LED: u8 = 0x69;
    pub(crate) const BUZ: u8 = 0x6A;
    pub(crate) const TEXT: u8 = 0x6B;
    pub(crate) const CHLNG: u8 = 0x76;
    pub(crate) const SCRYPT: u8 = 0x77;
}

/// Size of one light's record (OSDP 2.2, Tables 16 and 17).
pub(super) const LED_RECORD_BYTES: usize = 14;
const TEXT_HEAD_BYTES: usize = 6;

/// Longest text sent to a display; two lines of sixteen. A frame with it still fits every device's 128-byte buffer.
const TEXT_LIMIT_BYTES: usize = 32;

/// One thing the panel wants a device to do or to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PanelCommand {
    /// Drive an output, such as a lock's motor.
    Output {
        /// Output number on the device, from 0.
        index: u8,
        /// What it shall do.
        action: OutputAction,
    },
    /// Show a light.
    Led(LedRecord),
    /// Sound the buzzer.
    Buzzer(BuzzerRecord),
    /// Show text on a display.
    Text(TextRecord),
    /// Ask for the state of all inputs; answered by an inputs event before it is done.
    ReadInputs,
    /// Ask for the state of all outputs.
    ReadOutputs,
    /// Ask for tamper and power.
    ReadLocal,
}

/// What an output shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputAction {
    /// Off now and until told otherwise; ends a running timer (control code 1).
    Off,
    /// On now and until told otherwise (control code 2). Only for outputs that may stay on; a lock is never driven so.
    On,
    /// On for so long, then off by the device's own timer even if this panel is gone (control code 5).
    OnFor(Ticks),
}

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

/// Colours of a light (OSDP 2.2, Table 18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LedColour {
    Off,
    Red,
    Green,
    Amber,
    Blue,
    Magenta,
    Cyan,
    White,
}

/// One pattern of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuzzerRecord {
    /// Reader number on the device, from 0.
    pub reader: u8,
    /// Sound or silence.
    pub tone: BuzzerTone,
    /// Time of sound, in ticks of 100 ms.
    pub on: u8,
    /// Time of silence, in ticks of 100 ms.
    pub off: u8,
    /// Repetitions; 0 sounds until told to stop.
    pub count: u8,
}

/// Tone codes (OSDP 2.2, Table 19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuzzerTone {
    /// Stop whatever sounds (code 1).
    Silent,
    /// The device's usual tone (code 2).
    Default,
}

/// Text for a display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRecord {
    /// Reader number on the device, from 0.
    pub reader: u8,
    /// Until told otherwise, or for some seconds.
    pub duration: TextDuration,
    /// Row, from 1.
    pub row: u8,
    /// Column, from 1.
    pub column: u8,
    /// Printable ASCII, at most 32 bytes; what is not printable is sent as `?`, what is longer is cut.
    pub text: Vec<u8>,
}

/// How long a text stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextDuration {
    /// Until the next permanent text.
    Permanent,
    /// For so many seconds.
    Seconds(u8),
}

impl PanelCommand {
    /// The command code and DATA that ask for this.
    pub(crate) fn encode(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Output { index, action } => (code::OUT, action.encode(*index)),
            Self::Led(record) => (code::LED, record.encode()),
            Self::Buzzer(record) => (code::BUZ, record.encode()),
            Self::Text(record) => (code::TEXT, record.encode()),
            Self::ReadInputs => (code::ISTAT, Vec::new()),
            Self::ReadOutputs => (code::OSTAT, Vec::new()),
            Self::ReadLocal => (code::LSTAT, Vec::new()),
        }
    }
}

impl OutputAction {
    fn encode(self, index: u8) -> Vec<u8> {
        let (control, timer) = match self {
            Self::Off => (1, 0),
            Self::On => (2, 0),
            Self::OnFor(ticks) => (5, ticks.get()),
        };
        let [low, high] = u16::to_le_bytes(timer);
        alloc::vec![index, control, low, high]
    }
}

impl LedRecord {
    /// Layout: OSDP 2.2, Tables 16 and 17.
    fn encode(&self) -> Vec<u8> {
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
        [on, self.off, self.on_colour.number(), self.off_colour.number()]
    }

    fn decode([on, off, on_colour, off_colour]: [u8; 4]) -> Result<Self, Refusal> {
        if on == 0 && off == 0 {
            return Err(Refusal(NakCode::RECORD));
        }
        Ok(Self {
            on,
            off,
            on_colour: LedColour::from_number(on_colour),
            off_colour: LedColour::from_number(off_colour),
        })
    }
}

impl LedColour {
    const ALL: [Self; 8] =
        [Self::Off, Self::Red, Self::Green, Self::Amber, Self::Blue, Self::Magenta, Self::Cyan, Self::White];

    /// The colour's number on the wire.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// A number from the wire; one that no standard names is dark.
    fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Off)
    }
}

impl BuzzerRecord {
    fn encode(&self) -> Vec<u8> {
        let tone = match self.tone {
            BuzzerTone::Silent => 1,
            BuzzerTone::Default => 2,
        };
        alloc::vec![self.reader, tone, self.on, self.off, self.count]
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let [reader, tone, on, off, count] = *bytes else {
            return Err(Refusal(NakCode::LENGTH));
        };
        let tone = if tone <= 1 { BuzzerTone::Silent } else { BuzzerTone::Default };
        Ok(Self { reader, tone, on, off, count })
    }
}

impl TextRecord {
    fn encode(&self) -> Vec<u8> {
        let (control, seconds) = match self.duration {
            TextDuration::Permanent => (1, 0),
            TextDuration::Seconds(seconds) => (3, seconds),
        };
        let text = self.text.iter().take(TEXT_LIMIT_BYTES);
        let mut out = Vec::with_capacity(TEXT_HEAD_BYTES + text.len());
        out.extend_from_slice(&[self.reader, control, seconds, self.row, self.column, text.len() as u8]);
        out.extend(text.map(|byte| if (0x20..=0x7E).contains(byte) { *byte } else { b'?' }));
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let Some(([reader, control, seconds, row, column, length], text)) = bytes.split_first_chunk() else {
            return Err(Refusal(NakCode::LENGTH));
        };
        if text.len() != usize::from(*length) {
            return Err(Refusal(NakCode::LENGTH));
        }
        let duration = match *control {
            1 | 2 => TextDuration::Permanent,
            3 | 4 => TextDuration::Seconds(*seconds),
            _ => return Err(Refusal(NakCode::RECORD)),
        };
        Ok(Self { reader: *reader, duration, row: *row, column: *column, text: text.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::message::DeviceCommand;
    use alloc::vec;

    fn check(command: PanelCommand, code: u8, data: &[u8]) {
        assert_eq!(command.encode(), (code, data.to_vec()), "{command:?}");
    }

    #[test]
    fn commands_have_the_bytes_of_the_standard() {
        let ticks = Ticks::parse(0x0132).unwrap();
        check(PanelCommand::Output { index: 2, action: OutputAction::OnFor(ticks) }, 0x68, &[2, 5, 0x32, 0x01]);
        check(PanelCommand::Output { index: 0, action: OutputAction::Off }, 0x68, &[0, 1, 0, 0]);
        check(PanelCommand::Output { index: 0, action: OutputAction::On }, 0x68, &[0, 2, 0, 0]);
        let buzzer = BuzzerRecord { reader: 0, tone: BuzzerTone::Default, on: 2, off: 3, count: 4 };
        check(PanelCommand::Buzzer(buzzer), 0x6A, &[0, 2, 2, 3, 4]);
        check(PanelCommand::ReadInputs, 0x65, &[]);
        check(PanelCommand::ReadLocal, 0x64, &[]);
        check(PanelCommand::ReadOutputs, 0x66, &[]);
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
    fn text_is_cut_and_made_printable() {
        let record =
            TextRecord { reader: 0, duration: TextDuration::Seconds(5), row: 1, column: 1, text: b"OPEN\n".to_vec() };
        check(PanelCommand::Text(record), 0x6B, b"\x00\x03\x05\x01\x01\x05OPEN?");
        let long =
            TextRecord { reader: 0, duration: TextDuration::Permanent, row: 1, column: 1, text: vec![b'x'; 300] };
        assert_eq!(PanelCommand::Text(long).encode().1.len(), 6 + 32);
    }
}
