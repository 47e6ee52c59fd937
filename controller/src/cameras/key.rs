//! The key that stills are sealed under, in a file of its own: whoever steals the file with the pictures alone sees none of them.
//!
//! A seal is bound to the picture's digest, so that no picture can be put in the place of another.

use std::path::{Path, PathBuf};

use rackward_core::still::StillDigest;

use crate::secrets::{self, KeyBytes, KeyFileError, make_key, read_key};

/// The key's file name inside the storage directory.
pub(super) const STILLS_KEY_FILE: &str = "stills.key";

/// The key; wiped when dropped, never printed.
pub(super) struct StillsKey(KeyBytes);

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub(super) enum StillsKeyError {
    /// The file gave none, or took none.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Stills are there and their key is not.
    #[error("{path} is missing, but stills were sealed under it; restore it from a backup, or move {stills} away too")]
    Lost {
        /// The key file.
        path: PathBuf,
        /// The file with the stills.
        stills: PathBuf,
    },
}

impl StillsKey {
    /// Reads the key in `dir`, or makes it there as long as there are no `stills`. Blocks on the disk.
    ///
    /// # Errors
    /// The file is unreadable, readable for others, not a key, or lost.
    pub(super) fn open(dir: &Path, stills: PathBuf) -> Result<Self, StillsKeyError> {
        let path = dir.join(STILLS_KEY_FILE);
        match read_key(&path)? {
            Some(key) => Ok(Self(key)),
            None if stills.exists() => Err(StillsKeyError::Lost { path, stills }),
            None => Ok(Self(make_key(&path)?)),
        }
    }

    /// Seals a picture; `None` without random bytes.
    pub(super) fn seal(&self, digest: StillDigest, picture: &[u8]) -> Option<Vec<u8>> {
        secrets::seal(&self.0, &digest.0, picture)
    }

    /// Opens a picture; `None` where it is not what was sealed under this key with this digest.
    pub(super) fn open_sealed(&self, digest: StillDigest, sealed: &[u8]) -> Option<Vec<u8>> {
        secrets::open_sealed(&self.0, &digest.0, sealed).map(|mut picture| std::mem::take(&mut *picture))
    }
}

impl std::fmt::Debug for StillsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StillsKey(..)")
    }
}
