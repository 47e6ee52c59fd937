//! The file that keeps sessions over a restart. It is written whole and renamed; what is in it is `dashboard-api`'s.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use rackward_dashboard::SessionKeeper;
use rackward_dashboard::backend::Pending;

use crate::secrets::replace_private;

/// The file's name inside the storage directory.
pub const SESSIONS_FILE: &str = "sessions.json";

/// The largest file that is read: many times as long as all sessions together.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// Keeps sessions in a file.
#[derive(Debug)]
pub struct SessionFile(PathBuf);

impl SessionFile {
    /// The file in the storage directory.
    pub fn new(dir: &Path) -> Self {
        Self(dir.join(SESSIONS_FILE))
    }

    /// What was kept; nothing where it cannot be read. Blocks on the disk.
    pub fn read(&self) -> Vec<u8> {
        let mut kept = Vec::new();
        match std::fs::File::open(&self.0).and_then(|file| file.take(FILE_MAX_BYTES).read_to_end(&mut kept)) {
            Ok(_) => kept,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, "the sessions that were kept cannot be read; everybody signs in again");
                Vec::new()
            }
        }
    }
}

impl SessionKeeper for SessionFile {
    fn keep(&self, sessions: Vec<u8>) -> Pending<()> {
        let path = self.0.clone();
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || replace_private(&path, &sessions, &mut |_| Ok(()))).await;
            if let Ok(Err(error)) = written {
                tracing::warn!(%error, "sessions will not outlive a restart");
            }
        })
    }
}
