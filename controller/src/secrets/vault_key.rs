//! The key that the vault is sealed under, in a file of its own. It never leaves the daemon, unlike the key for cards, which
//! handles are given that decide on their own.

use std::path::{Path, PathBuf};

use hmac::Mac as _;
use zeroize::Zeroizing;

use super::{PrivateFileError, SiteKey, create_private, keyed_hash, read_private};

/// The vault key's file name inside the storage directory.
pub const VAULT_KEY_FILE: &str = "vault.key";

/// Length of the key in bytes.
const VAULT_KEY_BYTES: usize = 32;

/// The key; wiped when dropped, never printed.
pub(super) struct VaultKey(Zeroizing<[u8; VAULT_KEY_BYTES]>);

/// Why there is no vault key.
#[derive(Debug, thiserror::Error)]
pub(super) enum VaultKeyError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds something else.
    #[error("{path} holds {found_bytes} bytes where a vault key has 32; restore it from a backup")]
    Length {
        /// The key file.
        path: PathBuf,
        /// How long it is.
        found_bytes: usize,
    },
    /// The vault is there and its key is not.
    #[error(
        "{path} is missing, but the devices' keys were sealed under it; restore it from a backup, or move {} away too and commission every device on a bus anew",
        super::DEVICE_KEYS_FILE
    )]
    Lost {
        /// The key file.
        path: PathBuf,
    },
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a new vault key: {0}")]
    NoEntropy(getrandom::Error),
}

impl VaultKey {
    /// Reads the key in `dir`, or makes it there as long as no vault rests on one.
    pub(super) fn open(dir: &Path, has_vault: bool) -> Result<Self, VaultKeyError> {
        let path = dir.join(VAULT_KEY_FILE);
        match read_private(&path) {
            Ok(bytes) => match bytes.as_slice().try_into() {
                Ok(key) => Ok(Self(Zeroizing::new(key))),
                Err(_) => Err(VaultKeyError::Length { path, found_bytes: bytes.len() }),
            },
            Err(error) if !error.is_missing() => Err(error.into()),
            Err(_) if has_vault => Err(VaultKeyError::Lost { path }),
            Err(_) => Self::create(&path),
        }
    }

    fn create(path: &Path) -> Result<Self, VaultKeyError> {
        let mut key = Zeroizing::new([0; VAULT_KEY_BYTES]);
        getrandom::fill(key.as_mut_slice()).map_err(VaultKeyError::NoEntropy)?;
        create_private(path, key.as_slice())?;
        Ok(Self(key))
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
        Self(Zeroizing::new([byte; VAULT_KEY_BYTES]))
    }
}
