//! The key under which cursors of long lists are signed, in `paging.key`, so that a page begun before a restart can be gone
//! on with after it. Where the file cannot be used, a new key serves until the next start.

use std::path::Path;

use rackward_dashboard::PagingKey;

use crate::secrets::{create_private, read_private};

/// The file's name in the storage directory.
const FILE: &str = "paging.key";

/// The key in `dir`, made there on first start.
///
/// # Errors
/// The system has no random bytes.
pub(crate) fn open_paging_key(dir: &Path) -> Result<PagingKey, getrandom::Error> {
    let path = dir.join(FILE);
    let stored = read_private(&path).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    if let Some(key) = stored {
        return Ok(PagingKey::new(key));
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    if let Err(error) = create_private(&path, &key) {
        tracing::warn!(%error, "the key of page cursors is not kept; pages end with this run of the daemon");
    }
    Ok(PagingKey::new(key))
}
