//! The site's secrets and what is made with them: the key file, the keyed hash under which a card is known, and the vault
//! with the devices' keys. Card numbers themselves are stored nowhere: they pass through here and go.
//!
//! Which card may pass is decided in the core; how a reader's bits reach us is the drivers' business, how an operator
//! writes a card the API's.
//!
//! The site key is for cards alone, since handles that decide on their own hash cards too and are given it. The vault has a
//! key that never leaves the daemon.
//!
//! Vocabulary: *card bits* are what a reader sends, first bit in the highest bit of the first byte; the *site key* turns
//! them into a credential key that means nothing elsewhere.

mod device_key;
mod key_file;
mod private_file;
mod vault;
mod vault_key;

use std::fmt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use rackward_core::people::{CredentialKey, PersonKeyHash};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use device_key::{DeviceKey, DeviceKeyRefused};
pub use key_file::KeyFileError;
pub(crate) use key_file::{KEY_BYTES, KeyBytes, draw_key, make_key, open_sealed, read_key, seal};
pub use private_file::{PrivateFileError, create_private, read_private};
pub(crate) use private_file::{read_private_up_to, replace_private};
pub use vault::{DEVICE_KEYS_FILE, Unproven, Vault, VaultError};
pub use vault_key::VAULT_KEY_FILE;

/// The site key's file name inside the storage directory.
pub const SITE_KEY_FILE: &str = "site.key";

/// The key that turns card bits into credential keys; wiped when dropped, never printed.
#[derive(Clone)]
pub struct SiteKey(KeyBytes);

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKey(redacted)")
    }
}

/// Why there is no site key.
#[derive(Debug, thiserror::Error)]
pub enum SiteKeyError {
    /// The file gave none, or took none.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Cards are enrolled but the key they were enrolled under is gone.
    #[error(
        "{path} is missing, but {enrolled} credentials are enrolled under it; restore it from a backup, a new key would know none of their cards"
    )]
    Lost {
        /// The key file.
        path: PathBuf,
        /// How many credentials would be lost.
        enrolled: usize,
    },
    /// The devices' keys are there, in the form that rests on this key, which is gone.
    #[error(
        "{path} is missing, but {vault} was sealed under it; restore it from a backup, or move {vault} away too and commission every device on a bus anew"
    )]
    LostUnderVault {
        /// The key file.
        path: PathBuf,
        /// The vault.
        vault: PathBuf,
    },
}

impl SiteKey {
    /// Reads the key in `dir`, or makes it there on first start; `enrolled` is how many credentials the store knows, because
    /// a new key is right only when there is none, and no vault. Blocks on the disk: call it before the runtime is busy.
    ///
    /// # Errors
    /// The file is unreadable, readable for others, not a key, or lost.
    pub fn open(dir: &Path, enrolled: usize) -> Result<Self, SiteKeyError> {
        let (path, vault) = (dir.join(SITE_KEY_FILE), dir.join(DEVICE_KEYS_FILE));
        match read_key(&path)? {
            Some(key) => Ok(Self(key)),
            None if enrolled > 0 => Err(SiteKeyError::Lost { path, enrolled }),
            None if vault::rests_on_site_key(&vault) => Err(SiteKeyError::LostUnderVault { path, vault }),
            None => Ok(Self(make_key(&path)?)),
        }
    }

    /// What a card is known by: the first 16 bytes of HMAC-SHA256 under this key, over the bit count in two bytes, lowest
    /// first, and the bits. The count is hashed too, so that 26 bits and the same 26 with zeros behind are two cards.
    ///
    /// `data` holds the bits from the highest of the first byte on. What lies behind the last bit counts as zero, because
    /// readers differ in what they leave there; bits that `data` lacks count as zero too.
    pub fn credential_key(&self, bit_count: u16, data: &[u8]) -> CredentialKey {
        let mut mac = self.keyed_hash();
        mac.update(&bit_count.to_le_bytes());
        mac.update(&bits_alone(bit_count, data));
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let mut key = [0; 16];
        key.copy_from_slice(&tag[..16]);
        CredentialKey::from_keyed_hash(key)
    }

    /// What a key of another register, such as a personnel number, is known by in the journal: the first 16 bytes of
    /// HMAC-SHA256 under this key. The two bytes in front say more bits than a card has, so that this never is a card's hash.
    pub fn person_key_hash(&self, text: &str) -> PersonKeyHash {
        let mut mac = self.keyed_hash();
        mac.update(&u16::MAX.to_le_bytes());
        mac.update(b"rackward person key\0");
        mac.update(text.as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let mut hash = [0; 16];
        hash.copy_from_slice(&tag[..16]);
        PersonKeyHash::from_keyed_hash(hash)
    }

    /// The key itself, for a device that decides on its own: it hashes cards as we do. What else is hashed
    /// under it is told apart by what stands in front.
    pub fn card_key(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.0.clone()
    }

    #[cfg(test)]
    fn of_test(byte: u8) -> Self {
        Self(Zeroizing::new([byte; KEY_BYTES]))
    }

    fn keyed_hash(&self) -> Hmac<Sha256> {
        keyed_hash(&self.0)
    }
}

/// HMAC-SHA256 under a key of 32 bytes.
fn keyed_hash(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC fills a shorter key with zeros to the block's length (RFC 2104 §2), so this is HMAC under the key itself.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::<Sha256>::new((&*block).into())
}

/// Exactly the bytes that `bit_count` bits need, with nothing behind the last bit.
fn bits_alone(bit_count: u16, data: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut bits = Zeroizing::new(vec![0; usize::from(bit_count.div_ceil(8))]);
    for (bit, read) in bits.iter_mut().zip(data) {
        *bit = *read;
    }
    if let Some(last) = bits.last_mut() {
        *last &= u8::MAX << ((8 - bit_count % 8) % 8);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn key(byte: u8) -> SiteKey {
        SiteKey::of_test(byte)
    }

    /// Computed with an independent HMAC: `printf '\x1a\x00\x9f\x8d\x1a\x00' | openssl dgst -sha256 -mac hmac -macopt
    /// hexkey:0b..` (32 times).
    #[test]
    fn the_keyed_hash_is_plain_hmac_sha256() {
        let got = data_encoding::HEXLOWER.encode(key(0x0b).credential_key(26, &[0x9f, 0x8d, 0x1a, 0x00]).as_bytes());
        assert_eq!(got, "aa97e46fa983c146a5b41848af3e8ee1");
    }

    #[test]
    fn key_count_and_bits_all_matter() {
        let base = key(1).credential_key(26, &[1, 2, 3, 0x40]);
        let same = |bit_count, data: &[u8]| key(1).credential_key(bit_count, data) == base;
        assert!(same(26, &[1, 2, 3, 0x40]));
        assert!(same(26, &[1, 2, 3, 0x7f]), "what lies behind the last bit is the reader's own");
        assert!(same(26, &[1, 2, 3, 0x40, 9, 9]));
        assert!(!same(27, &[1, 2, 3, 0x40]));
        assert!(!same(26, &[1, 2, 3, 0xc0]));
        assert!(!same(26, &[1, 2, 3]));
        assert!(!same(0, &[]));
        assert_ne!(key(2).credential_key(26, &[1, 2, 3, 0x40]), base);
        assert_eq!(key(1).credential_key(32, &[1, 2, 3, 4]), key(1).credential_key(32, &[1, 2, 3, 4]));
        assert_eq!(key(1).credential_key(26, &[1, 2]), key(1).credential_key(26, &[1, 2, 0, 0]));
    }

    #[test]
    fn the_key_file_is_made_once_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = SiteKey::open(dir.path(), 0).unwrap();
        let mode = std::fs::metadata(dir.path().join(SITE_KEY_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = SiteKey::open(dir.path(), 3).unwrap();
        assert_eq!(*first.0, *again.0);
        assert_ne!(*first.0, [0; 32]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn a_lost_or_damaged_key_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(SITE_KEY_FILE);
        assert!(matches!(SiteKey::open(dir.path(), 1), Err(SiteKeyError::Lost { enrolled: 1, .. })));
        assert!(!path.exists());
        let vault = dir.path().join(DEVICE_KEYS_FILE);
        std::fs::write(&vault, b"rw-keys\x01sealed").unwrap();
        assert!(matches!(SiteKey::open(dir.path(), 0), Err(SiteKeyError::LostUnderVault { .. })));
        assert!(!path.exists(), "a new key would open none of the devices' keys");
        std::fs::remove_file(&vault).unwrap();
        create_private(&path, &[7; 31]).unwrap();
        assert!(matches!(
            SiteKey::open(dir.path(), 0),
            Err(SiteKeyError::File(KeyFileError::Length { found_bytes: 31, .. }))
        ));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        let refused = SiteKey::open(dir.path(), 0).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn the_key_is_never_printed() {
        assert_eq!(format!("{:?}", key(0xab)), "SiteKey(redacted)");
    }
}
