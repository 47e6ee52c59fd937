//! Files that only their owner may read: keys and passwords. A file that others can read is refused rather than used,
//! because what it holds is no secret any more.

use std::fs::{File, OpenOptions, hard_link, remove_file, rename};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The most that is read of a key or password file. Larger means that a wrong file was named.
const PRIVATE_FILE_MAX_BYTES: u64 = 4_096;

/// Permission bits of everybody but the owner and the group. The group may read, so that a service's group can share it.
const OTHERS: u32 = 0o007;

/// Why a private file was not read or made. Never says what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The system refused.
    #[error("cannot {doing} {path}: {cause}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Everybody can read or write it.
    #[error(
        "{path} is open to every user of this machine; run `chmod 600` on it, and replace the secret if others could have read it"
    )]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
    },
    /// It is far too long for a secret.
    #[error("{path} is longer than any key or password; is it the right file?")]
    TooLong {
        /// Which file.
        path: PathBuf,
    },
}

impl PrivateFileError {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { cause, .. } if cause.kind() == ErrorKind::NotFound)
    }

    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { doing, path: path.to_owned(), cause }
    }
}

/// Reads a private file whole.
///
/// # Errors
/// It is missing, unreadable, open to others, or longer than any secret.
pub fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    read_private_up_to(path, PRIVATE_FILE_MAX_BYTES)
}

/// Reads a private file that holds many secrets, of `max_bytes` at most.
///
/// # Errors
/// Those of [`read_private`].
pub(crate) fn read_private_up_to(path: &Path, max_bytes: u64) -> Result<Zeroizing<Vec<u8>>, PrivateFileError> {
    let file = File::open(path).map_err(PrivateFileError::io("open", path))?;
    let about = file.metadata().map_err(PrivateFileError::io("look at", path))?;
    if about.permissions().mode() & OTHERS != 0 {
        return Err(PrivateFileError::OpenToOthers { path: path.to_owned() });
    }
    // Room for all of it at once, because a vector that grows leaves what it held behind, unwiped.
    let room = usize::try_from(about.len().min(max_bytes)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let read = file.take(max_bytes + 1).read_to_end(&mut bytes);
    if read.map_err(PrivateFileError::io("read", path))? as u64 > max_bytes {
        return Err(PrivateFileError::TooLong { path: path.to_owned() });
    }
    Ok(bytes)
}

/// Makes a private file that appears whole or not at all and is on the disk when this returns. Never replaces a file.
///
/// # Errors
/// The file exists, or the system refuses.
pub fn create_private(path: &Path, content: &[u8]) -> Result<(), PrivateFileError> {
    let draft = clean_draft(path)?;
    let linked = write_draft(&draft, content, &mut |_| Ok(())).and_then(|()| hard_link(&draft, path));
    let removed = remove_file(&draft);
    linked.and(removed).and_then(|()| sync_directory(path)).map_err(PrivateFileError::io("make", path))
}

/// How far the replacing of a file has come. A power cut can come after each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteStep {
    /// The new content is in a draft beside the file, perhaps not on the disk.
    Drafted,
    /// The draft is on the disk.
    DraftDurable,
    /// The draft has taken the file's name, perhaps not on the disk.
    Renamed,
}

/// Replaces a private file, or makes it, so that a power cut at any moment leaves either the old one or the new one, whole.
/// The new one is on the disk when this returns.
///
/// `step` is told how far it has come, and what it returns as an error ends the work there, as a power cut would.
pub(crate) fn replace_private(
    path: &Path,
    content: &[u8],
    step: &mut dyn FnMut(WriteStep) -> io::Result<()>,
) -> Result<(), PrivateFileError> {
    let draft = clean_draft(path)?;
    write_draft(&draft, content, step)
        .and_then(|()| rename(&draft, path))
        .and_then(|()| step(WriteStep::Renamed))
        .and_then(|()| sync_directory(path))
        .map_err(PrivateFileError::io("replace", path))
}

/// Where a file's next content is written first. What lies there is of a crash half-way; it was never in use.
fn clean_draft(path: &Path) -> Result<PathBuf, PrivateFileError> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    match remove_file(&draft) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => {
            Err(PrivateFileError::Io { doing: "remove", path: draft, cause })
        }
        _ => Ok(draft),
    }
}

fn write_draft(draft: &Path, content: &[u8], step: &mut dyn FnMut(WriteStep) -> io::Result<()>) -> io::Result<()> {
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(draft)?;
    file.write_all(content)?;
    step(WriteStep::Drafted)?;
    file.sync_all()?;
    step(WriteStep::DraftDurable)
}

/// A new name is durable only when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_made_whole_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("device.key");
        create_private(&path, b"first").unwrap();
        let again = create_private(&path, b"second").unwrap_err();
        assert!(matches!(again, PrivateFileError::Io { ref cause, .. } if cause.kind() == ErrorKind::AlreadyExists));
        assert_eq!(read_private(&path).unwrap().as_slice(), b"first");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_left_by_a_crash_is_in_nobodys_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("device.key");
        std::fs::write(dir.path().join("device.key.new"), "half").unwrap();
        create_private(&path, b"whole").unwrap();
        assert_eq!(read_private(&path).unwrap().as_slice(), b"whole");
    }

    #[test]
    fn files_that_are_no_secrets_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let check = |name: &str, mode: u32, length: usize, expect: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, vec![b'x'; length]).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let got = read_private(&path).map(|bytes| bytes.len()).map_err(|error| error.to_string());
            match got {
                Ok(read) => assert_eq!((read, ""), (length, expect), "{name}"),
                Err(error) => assert!(!expect.is_empty() && error.contains(expect), "{name}: {error}"),
            }
        };
        check("mine", 0o600, 10, "");
        check("my-group's", 0o640, 10, "");
        check("largest", 0o600, 4096, "");
        check("everybody's", 0o644, 10, "open to every user");
        check("writable", 0o602, 10, "open to every user");
        check("long", 0o600, 4097, "longer than any key");
        assert!(read_private(&dir.path().join("none")).unwrap_err().is_missing());
    }
}
