//! The key under which cursors of long lists are signed, in `paging.key`, so that a page begun before a restart can be gone
//! on with after it. Where the file cannot be used, a new key serves until the next start.

use std::path::Path;

use rackward_dashboard::PagingKey;

use crate::secrets::{create_private, draw_key, read_key};

/// The file's name in the storage directory.
const FILE: &str = "paging.key";

/// The key in `dir`, made there on first start.
///
/// # Errors
/// The system has no random bytes.
pub(crate) fn open_paging_key(dir: &Path) -> Result<PagingKey, getrandom::Error> {
    let path = dir.join(FILE);
    if let Ok(Some(key)) = read_key(&path) {
        return Ok(PagingKey::new(*key));
    }
    let key = draw_key()?;
    if let Err(error) = create_private(&path, key.as_slice()) {
        tracing::warn!(%error, "the key of page cursors is not kept; pages end with this run of the daemon");
    }
    Ok(PagingKey::new(*key))
}
