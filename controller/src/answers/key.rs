//! The key under which requests are hashed, in a file of its own: whoever has the database alone cannot try what a request
//! said. Nothing rests on it for longer than answers are kept, so one that cannot be used gives way to a new one.

use std::path::Path;

use zeroize::Zeroizing;

use super::AnswersError;
use crate::secrets::{PrivateFileError, read_private, replace_private};

/// The name of the file with the key under which requests are hashed.
pub const ANSWERS_KEY_FILE: &str = "api.key";

/// Length of the key in bytes.
const KEY_BYTES: usize = 32;

type Key = Zeroizing<Vec<u8>>;

/// The key in `dir`; `None` where there is none that can be used.
///
/// # Errors
/// The file cannot be read now.
pub(super) fn read(dir: &Path) -> Result<Option<Key>, AnswersError> {
    let path = dir.join(ANSWERS_KEY_FILE);
    let why = match read_private(&path) {
        Ok(bytes) if bytes.len() == KEY_BYTES => return Ok(Some(bytes)),
        Ok(bytes) => format!("it holds {} bytes where a key has {KEY_BYTES}", bytes.len()),
        Err(error) if error.is_missing() => return Ok(None),
        Err(error @ PrivateFileError::Io { .. }) => return Err(error.into()),
        Err(error @ (PrivateFileError::OpenToOthers { .. } | PrivateFileError::TooLong { .. })) => error.to_string(),
    };
    tracing::error!(file = %path.display(), why, "the key of kept answers cannot be used; a new one takes its place");
    Ok(None)
}

/// A new key.
///
/// # Errors
/// The system has no random bytes.
pub(super) fn draw() -> Result<Key, AnswersError> {
    let mut bytes = Zeroizing::new(vec![0; KEY_BYTES]);
    getrandom::fill(&mut bytes).map_err(AnswersError::NoEntropy)?;
    Ok(bytes)
}

/// Keeps a new key in `dir`, in the place of any other.
///
/// # Errors
/// The system refuses.
pub(super) fn keep(dir: &Path, key: &Key) -> Result<(), AnswersError> {
    Ok(replace_private(&dir.join(ANSWERS_KEY_FILE), key, &mut |_| Ok(()))?)
}
