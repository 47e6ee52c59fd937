//! The key under which operators' secrets are sealed or hashed, in a file of its own: whoever steals the database alone can
//! neither show a code of anybody's app nor try recovery codes.
//!
//! Sealed is ChaCha20-Poly1305 (RFC 8439) under a key derived for each purpose, with a random nonce in front. Sealings are
//! few (one for each sign-in), so that no nonce of 96 bits ever comes twice.

use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secrets::{self, KEY_BYTES, KeyBytes, KeyFileError, make_key, read_key};

/// The key's file name inside the storage directory.
pub const OPERATORS_KEY_FILE: &str = "operators.key";

/// The key; wiped when dropped, never printed.
pub struct OperatorsKey(KeyBytes);

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub enum OperatorsKeyError {
    /// The file gave none, or took none.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Secrets are there and their key is not.
    #[error(
        "{path} is missing, but the secrets of operators were sealed under it; restore it from a backup, or invite every operator anew"
    )]
    Lost {
        /// The key file.
        path: PathBuf,
    },
}

impl OperatorsKey {
    /// Reads the key in `dir`, or makes it there as long as no secret rests on one. Blocks on the disk.
    ///
    /// # Errors
    /// The file is unreadable, readable for others, not a key, or lost.
    pub fn open(dir: &Path, has_secrets: bool) -> Result<Self, OperatorsKeyError> {
        let path = dir.join(OPERATORS_KEY_FILE);
        match read_key(&path)? {
            Some(key) => Ok(Self(key)),
            None if has_secrets => Err(OperatorsKeyError::Lost { path }),
            None => Ok(Self(make_key(&path)?)),
        }
    }

    #[cfg(test)]
    pub(super) fn of_test(byte: u8) -> Self {
        Self(Zeroizing::new([byte; KEY_BYTES]))
    }

    /// HMAC-SHA256 of parts, each with its length in front so that no two lists of parts look alike.
    pub(super) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        // HMAC fills a shorter key with zeros to the block's length (RFC 2104 §2), so this is HMAC under the key itself.
        let mut block = Zeroizing::new([0; 64]);
        block[..KEY_BYTES].copy_from_slice(self.0.as_slice());
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        for part in [purpose.as_bytes()].iter().chain(parts) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// Seals a secret; `None` without random bytes.
    pub(super) fn seal(&self, purpose: &'static str, plain: &[u8]) -> Option<Vec<u8>> {
        secrets::seal(&self.mac(purpose, &[]), purpose.as_bytes(), plain)
    }

    /// Opens what was sealed; `None` where it was not, under this key and for this purpose.
    pub(super) fn open_sealed(&self, purpose: &'static str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        secrets::open_sealed(&self.mac(purpose, &[]), purpose.as_bytes(), sealed)
    }
}

impl std::fmt::Debug for OperatorsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperatorsKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_the_same_purpose_alone() {
        let key = OperatorsKey::of_test(1);
        let sealed = key.seal("app", b"secret").unwrap();
        assert_eq!(key.open_sealed("app", &sealed).unwrap().as_slice(), b"secret");
        assert!(key.open_sealed("other", &sealed).is_none());
        assert!(OperatorsKey::of_test(2).open_sealed("app", &sealed).is_none());
    }

    #[test]
    fn parts_are_told_apart() {
        let key = OperatorsKey::of_test(1);
        assert_ne!(key.mac("x", &[b"ab", b"c"]), key.mac("x", &[b"a", b"bc"]));
        assert_ne!(key.mac("x", &[b"ab"]), key.mac("y", &[b"ab"]));
    }

    #[test]
    fn a_key_is_made_once_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(OperatorsKey::open(dir.path(), true), Err(OperatorsKeyError::Lost { .. })));
        let made = OperatorsKey::open(dir.path(), false).unwrap();
        assert_eq!(OperatorsKey::open(dir.path(), true).unwrap().0, made.0);
        std::fs::remove_file(dir.path().join(OPERATORS_KEY_FILE)).unwrap();
        secrets::create_private(&dir.path().join(OPERATORS_KEY_FILE), &[7; 31]).unwrap();
        assert!(matches!(
            OperatorsKey::open(dir.path(), true),
            Err(OperatorsKeyError::File(KeyFileError::Length { found_bytes: 31, .. }))
        ));
        assert_eq!(format!("{made:?}"), "OperatorsKey(..)");
    }
}
