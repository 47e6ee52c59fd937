//! Replies: what a device may answer.
//!
//! Decides how each reply's DATA is read and written. Reading is lenient where real readers pad, and total: whatever does
//! not fit is kept as [`Reply::Unreadable`] with its code, never dropped silently. It does not decide whether the reply
//! is to be believed (`secure`) or what an input means (the device profile).
//!
//! Vocabulary: names follow OSDP 2.2 clause 7; *local* is the device's own tamper and power state.

use alloc::vec::Vec;

use super::Sensitive;
use super::ability::{self, Capability};
use super::extended::Part;
use super::file::FileStatus;
use super::settings::LineSettings;

/// Reply codes (OSDP 2.2, Annex A.2).
pub(crate) mod reply_code {
    pub(crate) const ACK: u8 = 0x40;
    pub(crate) const NAK: u8 = 0x41;
    pub(crate) const PDID: u8 = 0x45;
    pub(crate) const PDCAP: u8 = 0x46;
    pub(crate) const LSTATR: u8 = 0x48;
    pub(crate) const ISTATR: u8 = 0x49;
    pub(crate) const OSTATR: u8 = 0x4A;
    pub(crate) const RSTATR: u8 = 0x4B;
    pub(crate) const RAW: u8 = 0x50;
    pub(crate) const KEYPAD: u8 = 0x53;
    pub(crate) const COM: u8 = 0x54;
    pub(crate) const EXT_PDID: u8 = 0x59;
    pub(crate) const CCRYPT: u8 = 0x76;
    pub(crate) const RMAC_I: u8 = 0x78;
    pub(crate) const BUSY: u8 = 0x79;
    pub(crate) const FTSTAT: u8 = 0x7A;
    pub(crate) const MFGREP: u8 = 0x90;
}

const PDID_BYTES: usize = 12;

/// Why a device did not do what it was told (OSDP 2.2, Table 47); unknown numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NakCode(pub u8);

impl NakCode {
    /// 1: check character wrong.
    pub const CHECK: Self = Self(1);
    /// 2: command length wrong.
    pub const LENGTH: Self = Self(2);
    /// 3: command unknown.
    pub const UNKNOWN_COMMAND: Self = Self(3);
    /// 4: unexpected sequence number.
    pub const SEQUENCE: Self = Self(4);
    /// 5: security block not supported.
    pub const SECURITY_BLOCK: Self = Self(5);
    /// 6: security conditions not met.
    pub const SECURITY_CONDITION: Self = Self(6);
    /// 9: a record could not be processed.
    pub const RECORD: Self = Self(9);
}

/// Who a device says it is (`osdp_PDID`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// The maker's IEEE OUI.
    pub oui: [u8; 3],
    /// The maker's model number.
    pub model: u8,
    /// The maker's hardware version.
    pub version: u8,
    /// Serial number.
    pub serial: u32,
    /// Firmware major, minor and build; not part of who the device is, since an update changes it.
    pub firmware: [u8; 3],
}

impl DeviceIdentity {
    /// True when both name the same physical device: maker, model and serial number agree.
    pub fn is_same_device(&self, other: &Self) -> bool {
        self.oui == other.oui && self.model == other.model && self.serial == other.serial
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(PDID_BYTES);
        out.extend_from_slice(&self.oui);
        out.extend_from_slice(&[self.model, self.version]);
        out.extend_from_slice(&self.serial.to_le_bytes());
        out.extend_from_slice(&self.firmware);
        out
    }

    fn decode(data: &[u8]) -> Option<Self> {
        let [o1, o2, o3, model, version, s1, s2, s3, s4, f1, f2, f3] = *data.first_chunk::<PDID_BYTES>()?;
        Some(Self {
            oui: [o1, o2, o3],
            model,
            version,
            serial: u32::from_le_bytes([s1, s2, s3, s4]),
            firmware: [f1, f2, f3],
        })
    }
}

/// How a reader presents card data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardFormat {
    /// Bits as read from the card.
    Raw,
    /// Wiegand framing with its parity bits.
    Wiegand,
    /// A number of the maker's own.
    Vendor(u8),
}

impl CardFormat {
    fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Raw,
            1 => Self::Wiegand,
            other => Self::Vendor(other),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Raw => 0,
            Self::Wiegand => 1,
            Self::Vendor(number) => number,
        }
    }
}

/// A reply whose DATA has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Ack,
    /// Refused; with [`NakCode::RECORD`] perhaps one byte for each record, zero for those that were carried out.
    Nak(NakCode, Vec<u8>),
    Busy,
    Identity(DeviceIdentity),
    Capabilities(Vec<Capability>),
    /// Bytes as sent: 0 is normal, everything else is trouble.
    Local {
        tamper: u8,
        power: u8,
    },
    Inputs(Vec<u8>),
    Outputs(Vec<u8>),
    Readers(Vec<u8>),
    Card {
        reader: u8,
        format: CardFormat,
        bit_count: u16,
        data: Sensitive,
    },
    Keypad {
        reader: u8,
        digits: Sensitive,
    },
    /// Where the device will really be after COMSET.
    Line(LineSettings),
    FileStatus(FileStatus),
    /// A part of the device's name plate.
    NamePlate(Part),
    Manufacturer {
        oui: [u8; 3],
        data: Sensitive,
    },
    /// A code we do not know, such as a fingerprint's, or DATA that does not fit it; kept as it came.
    Unreadable {
        code: u8,
        data: Sensitive,
    },
}

impl Reply {
    /// Reads a reply. Total: what does not fit becomes [`Reply::Unreadable`].
    pub(crate) fn decode(code: u8, data: &[u8]) -> Self {
        Self::read(code, data).unwrap_or_else(|| Self::Unreadable { code, data: Sensitive::new(data.to_vec()) })
    }

    fn read(code: u8, data: &[u8]) -> Option<Self> {
        Some(match code {
            reply_code::ACK => Self::Ack,
            reply_code::NAK => {
                let (number, records) = data.split_first()?;
                Self::Nak(NakCode(*number), records.to_vec())
            }
            reply_code::BUSY => Self::Busy,
            reply_code::PDID => Self::Identity(DeviceIdentity::decode(data)?),
            reply_code::PDCAP => Self::Capabilities(ability::decode(data)),
            reply_code::LSTATR => match *data {
                [tamper, power, ..] => Self::Local { tamper, power },
                _ => return None,
            },
            reply_code::ISTATR => Self::Inputs(data.to_vec()),
            reply_code::OSTATR => Self::Outputs(data.to_vec()),
            reply_code::RSTATR => Self::Readers(data.to_vec()),
            reply_code::RAW => return card(data),
            reply_code::KEYPAD => return keypad(data),
            reply_code::COM => Self::Line(LineSettings::decode(data)?),
            reply_code::FTSTAT => Self::FileStatus(FileStatus::decode(data)?),
            reply_code::EXT_PDID => Self::NamePlate(Part::decode(data)?),
            reply_code::MFGREP => {
                let (oui, data) = data.split_first_chunk::<3>()?;
                Self::Manufacturer { oui: *oui, data: Sensitive::new(data.to_vec()) }
            }
            _ => return None,
        })
    }

    /// The reply code and DATA a device sends.
    pub(crate) fn encode(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Ack => (reply_code::ACK, Vec::new()),
            Self::Nak(NakCode(number), records) => {
                (reply_code::NAK, core::iter::once(*number).chain(records.iter().copied()).collect())
            }
            Self::Busy => (reply_code::BUSY, Vec::new()),
            Self::Identity(identity) => (reply_code::PDID, identity.encode()),
            Self::Capabilities(list) => (reply_code::PDCAP, ability::encode(list)),
            Self::Local { tamper, power } => (reply_code::LSTATR, alloc::vec![*tamper, *power]),
            Self::Inputs(bytes) => (reply_code::ISTATR, bytes.clone()),
            Self::Outputs(bytes) => (reply_code::OSTATR, bytes.clone()),
            Self::Readers(bytes) => (reply_code::RSTATR, bytes.clone()),
            Self::Card { reader, format, bit_count, data } => {
                let [low, high] = bit_count.to_le_bytes();
                let mut out = alloc::vec![*reader, format.number(), low, high];
                out.extend_from_slice(data.expose());
                (reply_code::RAW, out)
            }
            Self::Keypad { reader, digits } => {
                let mut out = alloc::vec![*reader, digits.expose().len() as u8];
                out.extend_from_slice(digits.expose());
                (reply_code::KEYPAD, out)
            }
            Self::Line(settings) => (reply_code::COM, settings.encode()),
            Self::FileStatus(status) => (reply_code::FTSTAT, status.encode()),
            Self::NamePlate(part) => (reply_code::EXT_PDID, part.encode()),
            Self::Manufacturer { oui, data } => {
                (reply_code::MFGREP, oui.iter().chain(data.expose()).copied().collect())
            }
            Self::Unreadable { code, data } => (*code, data.expose().to_vec()),
        }
    }
}

/// Reads `osdp_RAW` (OSDP 2.2, 7.10). Readers may pad behind the bits; the padding is cut and unused bits are cleared, so
/// that the same card always gives the same bytes.
fn card(data: &[u8]) -> Option<Reply> {
    let ([reader, format, low, high], bits) = data.split_first_chunk::<4>()?;
    let bit_count = u16::from_le_bytes([*low, *high]);
    let data = cut_to_bits(bits, bit_count)?;
    Some(Reply::Card { reader: *reader, format: CardFormat::from_number(*format), bit_count, data })
}

/// The first `bit_count` bits, left aligned, the rest of the last byte zero. `None` when there are fewer, or none.
pub(crate) fn cut_to_bits(bytes: &[u8], bit_count: u16) -> Option<Sensitive> {
    let needed = usize::from(bit_count).div_ceil(8);
    let mut bytes = bytes.get(..needed)?.to_vec();
    let unused = needed * 8 - usize::from(bit_count);
    *bytes.last_mut()? &= 0xFF << unused;
    Some(Sensitive::new(bytes))
}

fn keypad(data: &[u8]) -> Option<Reply> {
    let ([reader, count], digits) = data.split_first_chunk::<2>()?;
    let digits = digits.get(..usize::from(*count))?;
    Some(Reply::Keypad { reader: *reader, digits: Sensitive::new(digits.to_vec()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::message::{FileDetail, extended::cut};
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn replies_survive_the_wire() {
        let identity =
            DeviceIdentity { oui: [1, 2, 3], model: 4, version: 5, serial: 0x0A0B_0C0D, firmware: [6, 7, 8] };
        let card = Reply::Card {
            reader: 0,
            format: CardFormat::Wiegand,
            bit_count: 26,
            data: Sensitive::new(vec![0xAB, 0xCD, 0xEF, 0xC0]),
        };
        for reply in [
            Reply::Ack,
            Reply::Nak(NakCode(0x6E), vec![]),
            Reply::Nak(NakCode::RECORD, vec![0, 1]),
            Reply::Busy,
            Reply::Identity(identity),
            Reply::Capabilities(vec![Capability { function: 4, level: 4, count: 1 }]),
            Reply::Local { tamper: 1, power: 0 },
            Reply::Inputs(vec![0, 1, 0x82]),
            Reply::Outputs(vec![1]),
            Reply::Readers(vec![0, 2]),
            card,
            Reply::Keypad { reader: 1, digits: Sensitive::new(vec![0x31, 0x0D]) },
            Reply::Line(LineSettings { address: 4, baud: 38_400 }),
            Reply::FileStatus(FileStatus::new(FileDetail::Finishing).with_event(true)),
            Reply::NamePlate(cut(&[1, 2, 3], 100).remove(0)),
            Reply::Manufacturer { oui: [1, 2, 3], data: Sensitive::new(vec![9]) },
            Reply::Unreadable { code: 0x57, data: Sensitive::new(vec![0, 0, 1]) },
        ] {
            let (code, data) = reply.encode();
            assert_eq!(Reply::decode(code, &data), reply);
        }
    }

    #[test]
    fn the_same_card_gives_the_same_bytes_whatever_the_reader_pads() {
        let check = |data: &[u8], expect: Option<&[u8]>| match (Reply::decode(0x50, data), expect) {
            (Reply::Card { data, .. }, Some(bits)) => assert_eq!(data.expose(), bits),
            (Reply::Unreadable { code: 0x50, .. }, None) => {}
            other => panic!("{other:?}"),
        };
        check(&[0, 1, 26, 0, 0xAB, 0xCD, 0xEF, 0xFF], Some(&[0xAB, 0xCD, 0xEF, 0xC0]));
        check(&[0, 1, 26, 0, 0xAB, 0xCD, 0xEF, 0xC0, 0x00], Some(&[0xAB, 0xCD, 0xEF, 0xC0]));
        check(&[0, 1, 26, 0, 0xAB, 0xCD, 0xEF], None);
        check(&[0, 1, 0, 0], None);
        check(&[0, 1, 0xFF, 0xFF, 1], None);
        check(&[0, 1], None);
    }

    #[test]
    fn what_does_not_fit_is_kept_as_unreadable() {
        let check = |code, bytes: &[u8]| {
            let data = Sensitive::new(bytes.to_vec());
            assert_eq!(Reply::decode(code, bytes), Reply::Unreadable { code, data });
        };
        check(0x41, &[]);
        check(0x45, &[1, 2, 3]);
        check(0x48, &[1]);
        check(0x53, &[0, 4, 0x31]);
        check(0x54, &[1, 2, 3, 4]);
        check(0x57, &[0, 0, 1]);
        check(0x59, &[1, 0, 0, 0, 9, 0]);
        check(0x6C, &[]);
        check(0x7A, &[1, 0, 0, 0]);
        check(0x90, &[1, 2]);
    }

    proptest! {
        /// What a device says in its own words goes back to the same words, whatever they are.
        #[test]
        fn any_reply_is_read_and_states_survive(code: u8, data in prop::collection::vec(any::<u8>(), 0..200)) {
            let reply = Reply::decode(code, &data);
            let (again, bytes) = reply.encode();
            prop_assert_eq!(again, code);
            prop_assert_eq!(Reply::decode(again, &bytes), reply);
        }
    }
}
