//! Commands: what a panel may ask of a device.
//!
//! Decides the DATA layout of each command. It does not decide when a command is sent (`bus`), which codes a device knows
//! (`device`) or what carrying them out means (`peripheral`). Keys, line settings and files are no commands of a panel's
//! user but of a job: their layouts are in `settings` and `file`.
//!
//! Vocabulary: a *record* is one fixed-size instruction inside a command.

use alloc::vec::Vec;
use core::time::Duration;

use super::device::Refusal;
use super::light::LedRecord;
use super::output::OutputAction;
use super::{NakCode, Sensitive};

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
    pub(crate) const COMSET: u8 = 0x6E;
    pub(crate) const KEYSET: u8 = 0x75;
    pub(crate) const CHLNG: u8 = 0x76;
    pub(crate) const SCRYPT: u8 = 0x77;
    pub(crate) const ACURXSIZE: u8 = 0x7B;
    pub(crate) const FILETRANSFER: u8 = 0x7C;
    pub(crate) const MFG: u8 = 0x80;
    pub(crate) const ABORT: u8 = 0xA2;
    pub(crate) const KEEPACTIVE: u8 = 0xA7;
}

const TEXT_HEAD_BYTES: usize = 6;

/// Lights in one command: as many as fit into every device's 128-byte buffer. More are cut.
const LED_LIMIT_RECORDS: usize = 7;
/// Bytes of a maker's own message, so that it fits into every device's 128-byte buffer. More are cut.
const MANUFACTURER_LIMIT_BYTES: usize = 108;

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
    /// Show several lights at once, at most seven: one exchange instead of one for each.
    Leds(Vec<LedRecord>),
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
    /// Ask for the state of the device's readers.
    ReadReaders,
    /// Tell the device how long a reply this panel takes, in bytes of the whole frame; longer ones it must cut up.
    SetReceiveSize(u16),
    /// Ask the device to keep a card in its field for so long; at most 65.535 s.
    KeepActive(Duration),
    /// Ask the device to stop what it is doing, such as a transfer.
    Abort,
    /// A message of the maker's own, at most 108 bytes.
    Manufacturer {
        /// Whose message it is: an IEEE OUI.
        oui: [u8; 3],
        /// What it says; only its length is ever printed.
        data: Sensitive,
    },
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
            Self::Output { index, action } => (code::OUT, action.encode(*index).to_vec()),
            Self::Led(record) => (code::LED, record.encode()),
            Self::Leds(records) => {
                (code::LED, records.iter().take(LED_LIMIT_RECORDS).flat_map(LedRecord::encode).collect())
            }
            Self::Buzzer(record) => (code::BUZ, record.encode()),
            Self::Text(record) => (code::TEXT, record.encode()),
            Self::ReadInputs => (code::ISTAT, Vec::new()),
            Self::ReadOutputs => (code::OSTAT, Vec::new()),
            Self::ReadLocal => (code::LSTAT, Vec::new()),
            Self::ReadReaders => (code::RSTAT, Vec::new()),
            Self::SetReceiveSize(bytes) => (code::ACURXSIZE, bytes.to_le_bytes().to_vec()),
            Self::KeepActive(span) => {
                let millis = u16::try_from(span.as_millis()).unwrap_or(u16::MAX);
                (code::KEEPACTIVE, millis.to_le_bytes().to_vec())
            }
            Self::Abort => (code::ABORT, Vec::new()),
            Self::Manufacturer { oui, data } => {
                (code::MFG, oui.iter().chain(data.expose().iter().take(MANUFACTURER_LIMIT_BYTES)).copied().collect())
            }
        }
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
    use crate::osdp::message::Ticks;
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
        check(PanelCommand::ReadReaders, 0x67, &[]);
        check(PanelCommand::SetReceiveSize(1_440), 0x7B, &[0xA0, 0x05]);
        check(PanelCommand::KeepActive(Duration::from_millis(7_000)), 0xA7, &[0x58, 0x1B]);
        check(PanelCommand::KeepActive(Duration::from_secs(1_000)), 0xA7, &[0xFF, 0xFF]);
        check(PanelCommand::Abort, 0xA2, &[]);
        let own = Sensitive::new(vec![9, 8]);
        check(PanelCommand::Manufacturer { oui: [1, 2, 3], data: own }, 0x80, &[1, 2, 3, 9, 8]);
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
