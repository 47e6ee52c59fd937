//! The key that stills are sealed under, in a file of its own: whoever steals the file with the pictures alone sees none of them.
//!
//! Sealed is ChaCha20-Poly1305 (RFC 8439) with a random nonce in front, bound to the picture's digest, so that no picture can be
//! put in the place of another. At some stills a minute no nonce of 96 bits comes twice.

use std::path::{Path, PathBuf};

use rackward_core::still::StillDigest;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::secrets::{PrivateFileError, create_private, read_private};

/// The key's file name inside the storage directory.
pub(super) const STILLS_KEY_FILE: &str = "stills.key";

/// Length of the key in bytes.
const KEY_BYTES: usize = 32;

/// The key; wiped when dropped, never printed.
pub(super) struct StillsKey(Zeroizing<[u8; KEY_BYTES]>);

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub(super) enum StillsKeyError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds something else.
    #[error("{path} holds {found_bytes} bytes where a key has 32; restore it from a backup")]
    Length {
        /// The key file.
        path: PathBuf,
        /// How long it is.
        found_bytes: usize,
    },
    /// Stills are there and their key is not.
    #[error("{path} is missing, but stills were sealed under it; restore it from a backup, or move {stills} away too")]
    Lost {
        /// The key file.
        path: PathBuf,
        /// The file with the stills.
        stills: PathBuf,
    },
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a new key: {0}")]
    NoEntropy(getrandom::Error),
}

impl StillsKey {
    /// Reads the key in `dir`, or makes it there as long as there are no `stills`. Blocks on the disk.
    ///
    /// # Errors
    /// The file is unreadable, readable for others, not a key, or lost.
    pub(super) fn open(dir: &Path, stills: PathBuf) -> Result<Self, StillsKeyError> {
        let path = dir.join(STILLS_KEY_FILE);
        match read_private(&path) {
            Ok(bytes) => match bytes.as_slice().try_into() {
                Ok(key) => Ok(Self(Zeroizing::new(key))),
                Err(_) => Err(StillsKeyError::Length { path, found_bytes: bytes.len() }),
            },
            Err(error) if !error.is_missing() => Err(error.into()),
            Err(_) if stills.exists() => Err(StillsKeyError::Lost { path, stills }),
            Err(_) => {
                let mut key = Zeroizing::new([0; KEY_BYTES]);
                getrandom::fill(key.as_mut_slice()).map_err(StillsKeyError::NoEntropy)?;
                create_private(&path, key.as_slice())?;
                Ok(Self(key))
            }
        }
    }

    /// Seals a picture; `None` without random bytes.
    pub(super) fn seal(&self, digest: StillDigest, picture: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let mut sealed = picture.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.cipher()?.seal_in_place_append_tag(unique, Aad::from(digest.0), &mut sealed).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a picture; `None` where it is not what was sealed under this key with this digest.
    pub(super) fn open_sealed(&self, digest: StillDigest, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut picture = sealed.to_vec();
        let length = self.cipher()?.open_in_place(nonce, Aad::from(digest.0), &mut picture).ok()?.len();
        picture.truncate(length);
        Some(picture)
    }

    /// `None` never happens: the cipher takes 32 bytes.
    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, self.0.as_slice()).ok().map(LessSafeKey::new)
    }
}

impl std::fmt::Debug for StillsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StillsKey(..)")
    }
}
