//! Commands as a device reads them.
//!
//! Decides which command codes a device knows, and with which code it refuses what it cannot read. Unlike the panel's
//! side it knows control codes that our panel never sends. It does not decide what carrying a command out means
//! (`peripheral`).

use alloc::vec::Vec;

use super::command::{BuzzerRecord, LED_RECORD_BYTES, LedRecord, TextRecord, code};
use super::{NakCode, Ticks};

const OUT_RECORD_BYTES: usize = 4;
const BUZ_RECORD_BYTES: usize = 5;

/// Why a device does not carry a command out; goes back as a NAK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) NakCode);

/// A command as a device reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceCommand {
    Poll,
    Identify,
    ListCapabilities,
    ReadLocal,
    ReadInputs,
    ReadOutputs,
    ReadReaders,
    Outputs(Vec<OutputRecord>),
    Leds(Vec<LedRecord>),
    Buzzer(BuzzerRecord),
    Text(TextRecord),
}

/// One output instruction with the full set of control codes, some of which our panel never sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputRecord {
    pub(crate) index: u8,
    pub(crate) control: OutputControl,
}

/// Output control codes (OSDP 2.2, Table 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputControl {
    Nothing,
    /// Codes 1 and 2: now, and a running timer ends.
    Set(bool),
    /// Codes 3 and 4: when the running timer ends.
    SetAfterTimer(bool),
    /// Codes 5 and 6: for so long, then back.
    SetFor(bool, Ticks),
}

impl OutputRecord {
    fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let [index, control, low, high] = *bytes else {
            return Err(Refusal(NakCode::LENGTH));
        };
        let control = match (control, Ticks::parse(u16::from_le_bytes([low, high]))) {
            (0, _) => OutputControl::Nothing,
            (1 | 2, _) => OutputControl::Set(control == 2),
            (3 | 4, _) => OutputControl::SetAfterTimer(control == 4),
            (5 | 6, Some(ticks)) => OutputControl::SetFor(control == 5, ticks),
            // A temporary state without an end would be a permanent one: a lock must not stay released by mistake.
            _ => return Err(Refusal(NakCode::RECORD)),
        };
        Ok(Self { index, control })
    }
}

impl DeviceCommand {
    /// Reads a command's DATA. The error is the NAK to answer with.
    pub(crate) fn decode(command: u8, data: &[u8]) -> Result<Self, Refusal> {
        match command {
            code::POLL => Self::bare(Self::Poll, data),
            code::ID => Ok(Self::Identify),
            code::CAP => Ok(Self::ListCapabilities),
            code::LSTAT => Self::bare(Self::ReadLocal, data),
            code::ISTAT => Self::bare(Self::ReadInputs, data),
            code::OSTAT => Self::bare(Self::ReadOutputs, data),
            code::RSTAT => Self::bare(Self::ReadReaders, data),
            code::OUT => records(data, OUT_RECORD_BYTES, OutputRecord::decode).map(Self::Outputs),
            code::LED => records(data, LED_RECORD_BYTES, LedRecord::decode).map(Self::Leds),
            code::BUZ if data.len() == BUZ_RECORD_BYTES => BuzzerRecord::decode(data).map(Self::Buzzer),
            code::BUZ => Err(Refusal(NakCode::LENGTH)),
            code::TEXT => TextRecord::decode(data).map(Self::Text),
            _ => Err(Refusal(NakCode::UNKNOWN_COMMAND)),
        }
    }

    fn bare(command: Self, data: &[u8]) -> Result<Self, Refusal> {
        if data.is_empty() { Ok(command) } else { Err(Refusal(NakCode::LENGTH)) }
    }
}

/// Splits DATA into records of one size; an empty or ragged list is a length error.
fn records<T>(data: &[u8], size: usize, decode: fn(&[u8]) -> Result<T, Refusal>) -> Result<Vec<T>, Refusal> {
    if data.is_empty() || !data.len().is_multiple_of(size) {
        return Err(Refusal(NakCode::LENGTH));
    }
    data.chunks_exact(size).map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_refuses_with_the_right_code() {
        let check = |code, data: &[u8], nak| assert_eq!(DeviceCommand::decode(code, data), Err(Refusal(nak)));
        check(0x68, &[], NakCode::LENGTH);
        check(0x68, &[0, 5, 1], NakCode::LENGTH);
        check(0x68, &[0, 5, 0, 0], NakCode::RECORD);
        check(0x68, &[0, 7, 1, 0], NakCode::RECORD);
        check(0x69, &[0, 0, 2, 0, 0, 1, 0, 18, 0, 0, 0, 0, 0, 0], NakCode::RECORD);
        check(0x6A, &[0, 2], NakCode::LENGTH);
        check(0x6B, &[0, 1, 0, 1, 1, 9, b'x'], NakCode::LENGTH);
        check(0x60, &[1], NakCode::LENGTH);
        check(0x75, &[1, 16], NakCode::UNKNOWN_COMMAND);
        check(0xFF, &[], NakCode::UNKNOWN_COMMAND);
    }
}
