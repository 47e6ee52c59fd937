//! Exactly one daemon may own a storage directory: two writers would each believe in their own journal. The mark is an
//! advisory lock on a file, which the system takes back when the process ends, however it ends.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The file that carries the lock; its content means nothing.
const LOCK_FILE: &str = "owner.lock";

/// The right to be the only daemon in a directory, for as long as it lives.
#[derive(Debug)]
pub(super) struct Ownership {
    dir: PathBuf,
    _locked: File,
}

impl Ownership {
    /// Takes `dir`, making it on first start, readable for its owner alone: it holds names and keys.
    pub(super) async fn take(dir: PathBuf) -> Result<Self, StoreError> {
        let doomed = dir.clone();
        match tokio::task::spawn_blocking(move || Self::take_blocking(dir)).await {
            Ok(result) => result,
            Err(cause) => Err(StoreError::file("lock", doomed)(cause.into())),
        }
    }

    fn take_blocking(dir: PathBuf) -> Result<Self, StoreError> {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir).map_err(StoreError::file("create", &dir))?;
        let path = dir.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(StoreError::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { dir, _locked: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { dir }),
            Err(TryLockError::Error(cause)) => Err(StoreError::file("lock", path)(cause)),
        }
    }

    /// The owned directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }
}
