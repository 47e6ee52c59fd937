//! Commands as a device reads them.
//!
//! Decides which command codes a device knows, and with which code it refuses what it cannot read. Unlike the panel's
//! side it knows control codes that our panel never sends. It does not decide what carrying a command out means
//! (`peripheral`).

use alloc::vec::Vec;

use core::time::Duration;

use super::command::{BuzzerRecord, TextRecord, code};
use super::file::FileFragment;
use super::light::{LED_RECORD_BYTES, LedRecord};
use super::output::{OUT_RECORD_BYTES, OutputRecord};
use super::settings::{self, LineSettings};
use super::{NakCode, Sensitive};
use crate::osdp::key::Scbk;

const BUZ_RECORD_BYTES: usize = 5;

/// Why a device does not carry a command out; goes back as a NAK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) NakCode);

/// What a device is asked about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Identity(IdentityForm),
    Capabilities,
    Local,
    Inputs,
    Outputs,
    Readers,
}

/// Which of its identities a device is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdentityForm {
    /// Numbers: `osdp_PDID`.
    Short,
    /// Words: `osdp_EXT_PDID`.
    NamePlate,
}

impl IdentityForm {
    /// Lenient: whatever is not asked for in words is asked for in numbers.
    fn from_data(data: &[u8]) -> Self {
        if data.first() == Some(&1) { Self::NamePlate } else { Self::Short }
    }
}

/// A command as a device reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceCommand {
    Poll,
    Read(Question),
    Outputs(Vec<OutputRecord>),
    Leds(Vec<LedRecord>),
    Buzzer(BuzzerRecord),
    Text(TextRecord),
    SetKey(Scbk),
    SetLine(LineSettings),
    /// Longest reply the panel takes, in bytes of the whole frame.
    SetReceiveSize(u16),
    File(FileFragment),
    KeepActive(Duration),
    Abort,
    Manufacturer {
        oui: [u8; 3],
        data: Sensitive,
    },
}

impl DeviceCommand {
    /// Reads a command's DATA. The error is the NAK to answer with.
    pub(crate) fn decode(command: u8, data: &[u8]) -> Result<Self, Refusal> {
        match command {
            code::POLL => Self::bare(Self::Poll, data),
            code::ID => Ok(Self::Read(Question::Identity(IdentityForm::from_data(data)))),
            code::CAP => Ok(Self::Read(Question::Capabilities)),
            code::LSTAT => Self::bare(Self::Read(Question::Local), data),
            code::ISTAT => Self::bare(Self::Read(Question::Inputs), data),
            code::OSTAT => Self::bare(Self::Read(Question::Outputs), data),
            code::RSTAT => Self::bare(Self::Read(Question::Readers), data),
            code::OUT => records(data, OUT_RECORD_BYTES, OutputRecord::decode).map(Self::Outputs),
            code::LED => records(data, LED_RECORD_BYTES, LedRecord::decode).map(Self::Leds),
            code::BUZ if data.len() == BUZ_RECORD_BYTES => BuzzerRecord::decode(data).map(Self::Buzzer),
            code::BUZ => Err(Refusal(NakCode::LENGTH)),
            code::TEXT => TextRecord::decode(data).map(Self::Text),
            code::KEYSET => settings::decode_key(data).map(Self::SetKey),
            code::COMSET => LineSettings::decode(data)
                .filter(|_| data.len() == 5)
                .map(Self::SetLine)
                .ok_or(Refusal(NakCode::LENGTH)),
            code::ACURXSIZE => Ok(Self::SetReceiveSize(u16::from_le_bytes(exactly(data)?))),
            code::FILETRANSFER => FileFragment::decode(data).map(Self::File),
            code::KEEPACTIVE => {
                Ok(Self::KeepActive(Duration::from_millis(u64::from(u16::from_le_bytes(exactly(data)?)))))
            }
            code::ABORT => Self::bare(Self::Abort, data),
            code::MFG => Self::manufacturer(data),
            // Among them 0x6C and 0x6D, reader mode and time of day, which the standard has withdrawn.
            _ => Err(Refusal(NakCode::UNKNOWN_COMMAND)),
        }
    }

    fn manufacturer(data: &[u8]) -> Result<Self, Refusal> {
        let (oui, data) = data.split_first_chunk::<3>().ok_or(Refusal(NakCode::LENGTH))?;
        Ok(Self::Manufacturer { oui: *oui, data: Sensitive::new(data.to_vec()) })
    }

    fn bare(command: Self, data: &[u8]) -> Result<Self, Refusal> {
        if data.is_empty() { Ok(command) } else { Err(Refusal(NakCode::LENGTH)) }
    }
}

/// DATA of one fixed size.
fn exactly<const N: usize>(data: &[u8]) -> Result<[u8; N], Refusal> {
    data.try_into().map_err(|_| Refusal(NakCode::LENGTH))
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
        check(0x75, &[1, 16], NakCode::LENGTH);
        check(0x6E, &[1, 0x80, 0x25, 0], NakCode::LENGTH);
        check(0x6E, &[1, 0x80, 0x25, 0, 0, 0], NakCode::LENGTH);
        check(0x7B, &[0x80], NakCode::LENGTH);
        check(0x7C, &[1, 0, 0], NakCode::LENGTH);
        check(0x80, &[1, 2], NakCode::LENGTH);
        check(0xA7, &[1, 2, 3], NakCode::LENGTH);
        check(0xA2, &[1], NakCode::LENGTH);
        check(0x6C, &[0, 1], NakCode::UNKNOWN_COMMAND);
        check(0x6D, &[0; 7], NakCode::UNKNOWN_COMMAND);
        check(0xFF, &[], NakCode::UNKNOWN_COMMAND);
    }
}
