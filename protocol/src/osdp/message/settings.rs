//! What a device is told once for good: its key, its address and speed (`osdp_KEYSET`, `osdp_COMSET`, `osdp_COM`).
//!
//! Decides the DATA layouts (OSDP 2.2, 6.17, 6.13, 7.13). It does not decide when a key is sent or believed (`bus`,
//! `peripheral`): neither command has any business outside a session.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::NakCode;
use super::device::Refusal;
use crate::osdp::key::Scbk;

/// Key type of a Secure Channel base key, the only one there is.
const KEY_TYPE_SCBK: u8 = 1;
const KEY_BYTES: usize = 16;

/// DATA of `osdp_KEYSET`.
pub(crate) fn encode_key(key: &Scbk) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(KEY_BYTES + 2));
    out.extend_from_slice(&[KEY_TYPE_SCBK, KEY_BYTES as u8]);
    out.extend_from_slice(key.expose());
    out
}

/// Reads `osdp_KEYSET`. A key that anybody could guess is refused as a record that cannot be processed.
pub(super) fn decode_key(data: &[u8]) -> Result<Scbk, Refusal> {
    let Some(([kind, length], key)) = data.split_first_chunk::<2>() else {
        return Err(Refusal(NakCode::LENGTH));
    };
    if *kind != KEY_TYPE_SCBK {
        return Err(Refusal(NakCode::RECORD));
    }
    let key: [u8; KEY_BYTES] = key.try_into().map_err(|_| Refusal(NakCode::LENGTH))?;
    let key = Zeroizing::new(key);
    if usize::from(*length) != KEY_BYTES {
        return Err(Refusal(NakCode::LENGTH));
    }
    Scbk::parse(*key).map_err(|_| Refusal(NakCode::RECORD))
}

/// Address and speed, as COMSET asks for them and COM answers. Raw numbers: a device may answer anything, and what it
/// answers is where it will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineSettings {
    pub(crate) address: u8,
    /// Bits per second.
    pub(crate) baud: u32,
}

impl LineSettings {
    const BYTES: usize = 5;

    pub(crate) fn encode(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::BYTES);
        out.push(self.address);
        out.extend_from_slice(&self.baud.to_le_bytes());
        out
    }

    /// Lenient: bytes behind the speed are padding.
    pub(super) fn decode(data: &[u8]) -> Option<Self> {
        let [address, b1, b2, b3, b4] = *data.first_chunk::<{ Self::BYTES }>()?;
        Some(Self { address, baud: u32::from_le_bytes([b1, b2, b3, b4]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_data(kind: u8, length: u8, key: &[u8]) -> Vec<u8> {
        [&[kind, length], key].concat()
    }

    #[test]
    fn a_key_has_the_bytes_of_the_standard_and_is_no_weak_one() {
        let good: [u8; 16] = core::array::from_fn(|i| 7 * i as u8 + 3);
        let published: [u8; 16] = core::array::from_fn(|i| 0x30 + i as u8);
        let key = Scbk::parse(good).unwrap();
        assert_eq!(*encode_key(&key), key_data(1, 16, &good));
        assert_eq!(decode_key(&encode_key(&key)), Ok(key));
        let check = |data: Vec<u8>, nak| assert_eq!(decode_key(&data), Err(Refusal(nak)));
        check(key_data(1, 16, &published), NakCode::RECORD);
        check(key_data(1, 16, &[0; 16]), NakCode::RECORD);
        check(key_data(1, 16, &[0x77; 16]), NakCode::RECORD);
        check(key_data(2, 16, &good), NakCode::RECORD);
        check(key_data(1, 15, &good), NakCode::LENGTH);
        check(key_data(1, 16, &good[..15]), NakCode::LENGTH);
        check(key_data(1, 32, &[good, good].concat()), NakCode::LENGTH);
        check(alloc::vec![1], NakCode::LENGTH);
    }

    #[test]
    fn line_settings_have_the_bytes_of_the_standard() {
        let settings = LineSettings { address: 5, baud: 115_200 };
        assert_eq!(settings.encode(), [5, 0x00, 0xC2, 0x01, 0x00]);
        assert_eq!(LineSettings::decode(&[5, 0x00, 0xC2, 0x01, 0x00]), Some(settings));
        assert_eq!(LineSettings::decode(&[5, 0x00, 0xC2, 0x01, 0x00, 0xFF]), Some(settings));
        assert_eq!(LineSettings::decode(&[5, 0x00, 0xC2, 0x01]), None);
    }
}
