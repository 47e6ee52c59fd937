//! The key that the vault is sealed under, in a file of its own. It never leaves the daemon, unlike the key for cards, which
//! handles are given that decide on their own.

use std::path::{Path, PathBuf};

use hmac::Mac as _;
use zeroize::Zeroizing;

use super::key_file::{KeyBytes, KeyFileError, make_key, read_key};
use super::{SiteKey, keyed_hash};

/// The vault key's file name inside the storage directory.
pub const VAULT_KEY_FILE: &str = "vault.key";

/// The key; wiped when dropped, never printed.
pub(super) struct VaultKey(KeyBytes);

/// Why there is no vault key.
#[derive(Debug, thiserror::Error)]
pub(super) enum VaultKeyError {
    /// The file gave none, or took none.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The vault is there and its key is not.
    #[error(
        "{path} is missing, but the devices' keys were sealed under it; restore it from a backup, or move {} away too and commission every device on a bus anew",
        super::DEVICE_KEYS_FILE
    )]
    Lost {
        /// The key file.
        path: PathBuf,
    },
}

impl VaultKey {
    /// Reads the key in `dir`, or makes it there as long as no vault rests on one.
    pub(super) fn open(dir: &Path, has_vault: bool) -> Result<Self, VaultKeyError> {
        let path = dir.join(VAULT_KEY_FILE);
        match read_key(&path)? {
            Some(key) => Ok(Self(key)),
            None if has_vault => Err(VaultKeyError::Lost { path }),
            None => Ok(Self(make_key(&path)?)),
        }
    }

    /// The key that a vault of the older form was sealed under.
    pub(super) fn of_site_key(site_key: &SiteKey) -> Self {
        Self(site_key.card_key())
    }

    /// A key for one purpose, from which neither this key nor that of another purpose can be had: HMAC-SHA256 over the
    /// purpose and the salt. The two bytes in front say 65,535 card bits, whose 8,192 bytes no purpose has: where this key
    /// was the one for cards too, what this gives was never a card's hash.
    pub(super) fn derive(&self, purpose: &str, salt: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        let mut mac = keyed_hash(&self.0);
        mac.update(&u16::MAX.to_le_bytes());
        mac.update(salt);
        mac.update(purpose.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    #[cfg(test)]
    pub(super) fn of_test(byte: u8) -> Self {
        Self(Zeroizing::new([byte; 32]))
    }
}
