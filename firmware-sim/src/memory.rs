//! What a device on a bus keeps when its supply fails: key, place, serial number, firmware version.
//!
//! Decided here: the file, one for each device in the directory `memory` of the world file, and that it is written whole
//! or not at all. It holds a key, so it belongs to its owner alone (mode 0600). What stands in it goes before the world
//! file; to make a device forget, reset it by hand (`reset DEVICE`) or remove its file while the simulation is stopped.
//! When something is kept is decided by the device (`wiring::osdp`), which does so before it confirms a key to the panel.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::config::Secret;
use crate::private_file;

/// Longest file that is read; a whole one is a tenth of it.
const FILE_LIMIT_BYTES: u64 = 4_096;

/// The memory of one device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Its own key, 32 hex digits; none in install mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Secret>,
    /// Its address.
    pub address: u8,
    /// Its speed, in bits per second.
    pub baud: u32,
    /// Its serial number.
    pub serial: u32,
    /// Firmware major, minor and build.
    pub firmware: [u8; 3],
}

/// Why a memory cannot be used.
#[derive(Debug, Error)]
pub enum MemoryError {
    /// It cannot be read or written.
    #[error("the memory of a device at {} cannot be used: {source}; check the directory `memory` of the world file", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no memory. What it says is not shown: it may hold a key.
    #[error("the memory of a device at {} is not understood; remove the file to start as the world file says", path.display())]
    Content {
        /// The file.
        path: PathBuf,
    },
}

impl Memory {
    /// What the device called `name` remembers; nothing when it has never been given anything. Blocking.
    pub fn load(directory: &Path, name: &str) -> Result<Option<Self>, MemoryError> {
        let path = file_of(directory, name);
        let length = match std::fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(MemoryError::Io { path, source }),
        };
        if length > FILE_LIMIT_BYTES {
            return Err(MemoryError::Content { path });
        }
        let text = std::fs::read_to_string(&path).map_err(|source| MemoryError::Io { path: path.clone(), source })?;
        toml::from_str(&text).map(Some).map_err(|_| MemoryError::Content { path })
    }

    /// Keeps it for the device called `name`, in place of what was kept before. Blocking; on disk when this returns.
    pub fn store(&self, directory: &Path, name: &str) -> Result<(), MemoryError> {
        let path = file_of(directory, name);
        let text = toml::to_string(self).map_err(|_| io::Error::from(io::ErrorKind::InvalidData));
        let written = text.and_then(|text| private_file::write(&path, text.as_bytes()));
        written.map_err(|source| MemoryError::Io { path, source })
    }
}

/// Names may hold anything; what a file name may not hold is written as its number.
fn file_of(directory: &Path, name: &str) -> PathBuf {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let spelt = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
    let file: String = name.bytes().map(spelt).collect();
    directory.join(format!("{file}.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn memory(key: Option<&str>) -> Memory {
        Memory { key: key.map(Secret::new), address: 4, baud: 38_400, serial: 7, firmware: [1, 2, 3] }
    }

    #[test]
    fn what_is_kept_comes_back_and_belongs_to_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Memory::load(dir.path(), "main-in").unwrap(), None);
        let first = memory(Some("00112233445566778899aabbccddeeff"));
        first.store(dir.path(), "main-in").unwrap();
        assert_eq!(Memory::load(dir.path(), "main-in").unwrap(), Some(first));
        memory(None).store(dir.path(), "main-in").unwrap();
        assert_eq!(Memory::load(dir.path(), "main-in").unwrap(), Some(memory(None)));
        let mode = std::fs::metadata(dir.path().join("main-in.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left behind");
    }

    #[test]
    fn a_name_cannot_leave_the_directory() {
        let check = |name: &str, file: &str| assert_eq!(file_of(Path::new("m"), name), Path::new("m").join(file));
        check("main-in", "main-in.toml");
        check("../main", "%2e%2e%2fmain.toml");
        check("a b", "a%20b.toml");
    }

    #[test]
    fn what_is_no_memory_is_named_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.toml"), "key = 'secret-words'\ncolour = 1").unwrap();
        let error = Memory::load(dir.path(), "x").unwrap_err().to_string();
        assert!(error.contains("x.toml") && !error.contains("secret-words"), "{error}");
    }

    #[test]
    fn a_key_is_never_printed() {
        assert!(!format!("{:?}", memory(Some("00112233"))).contains("00112233"));
    }
}
