//! The Secure Channel base key of one device, as it is kept: a secret that can be written down again, unlike the key that
//! a bus holds.
//!
//! Decides nothing of its own: which keys are too weak is `rackward_protocol`'s, where they are kept is `vault.rs`'s.

use std::fmt;

use data_encoding::HEXLOWER_PERMISSIVE;
use rackward_protocol::osdp::{KeyRefused, Scbk};
use zeroize::Zeroizing;

/// Length of a base key in bytes (OSDP 2.2, Annex D: AES-128).
pub(super) const DEVICE_KEY_BYTES: usize = 16;

/// A device's base key that nobody could guess; wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey {
    bytes: Zeroizing<[u8; DEVICE_KEY_BYTES]>,
    scbk: Scbk,
}

/// Why a text or bytes are no device key. Never says what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceKeyRefused {
    /// Something else than a key.
    #[error("the key file does not hold 32 hexadecimal digits")]
    Form,
    /// Anybody could guess it.
    #[error("the key file holds a weak key: {0}")]
    Weak(#[from] KeyRefused),
}

impl DeviceKey {
    /// Takes a key unless anybody could guess it.
    ///
    /// # Errors
    /// Which kind of weak key it is.
    pub fn parse(bytes: [u8; DEVICE_KEY_BYTES]) -> Result<Self, KeyRefused> {
        let bytes = Zeroizing::new(bytes);
        let scbk = Scbk::parse(*bytes)?;
        Ok(Self { bytes, scbk })
    }

    /// Reads 32 hexadecimal digits with white space around them, as key files hold them.
    ///
    /// # Errors
    /// It is something else, or a weak key.
    pub fn from_text(text: &[u8]) -> Result<Self, DeviceKeyRefused> {
        let decoded = HEXLOWER_PERMISSIVE.decode(text.trim_ascii()).map(Zeroizing::new);
        let bytes: Option<[u8; DEVICE_KEY_BYTES]> = decoded.ok().and_then(|key| key.as_slice().try_into().ok());
        let bytes = Zeroizing::new(bytes.ok_or(DeviceKeyRefused::Form)?);
        Ok(Self::parse(*bytes)?)
    }

    /// The key as a bus takes it.
    pub fn scbk(&self) -> Scbk {
        self.scbk.clone()
    }

    /// The raw key, for sealing only.
    pub(super) fn expose(&self) -> &[u8; DEVICE_KEY_BYTES] {
        &self.bytes
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_32_hexadecimal_digits() {
        let check = |text: &str, expect: &str| {
            let got =
                DeviceKey::from_text(text.as_bytes()).err().map(|refused| refused.to_string()).unwrap_or_default();
            assert!(got.contains(expect) && got.is_empty() == expect.is_empty(), "{text}: {got}");
        };
        check("00112233445566778899aabbccddeeff\n", "");
        check("00112233445566778899AABBCCDDEEFF", "");
        check("00112233445566778899aabbccddee", "32 hexadecimal");
        check("00112233445566778899aabbccddeeff00", "32 hexadecimal");
        check("zz112233445566778899aabbccddeeff", "32 hexadecimal");
        check("", "32 hexadecimal");
        check("303132333435363738393a3b3c3d3e3f", "weak key");
        check("00000000000000000000000000000000", "weak key");
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = DeviceKey::from_text(b"00112233445566778899aabbccddeeff").unwrap();
        assert_eq!(format!("{key:?}"), "DeviceKey(redacted)");
    }
}
