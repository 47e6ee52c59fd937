//! The storage directory: it belongs to the daemon, and nobody else of the machine looks into it. The group may read, so that
//! a backup can run as another user.

use std::fs::{DirBuilder, Permissions, metadata, set_permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

/// What only the owner may: everybody else reads nothing, the group writes nothing.
const TOO_MUCH: u32 = 0o027;

/// Marks a directory that is meant for everybody, such as `/tmp`; it is not ours to close.
const SHARED: u32 = 0o1000;

/// Makes the directory, or takes from one that is there what others may do in it.
///
/// # Errors
/// It cannot be made or looked at.
pub(super) fn make(dir: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot make the storage directory {}", dir.display()))?;
    let about = metadata(dir).with_context(|| format!("cannot look at the storage directory {}", dir.display()))?;
    let mode = about.permissions().mode() & 0o7777;
    if mode & TOO_MUCH == 0 {
        return Ok(());
    }
    // Whose directory it is settles nothing about doors, so a refusal is told and no more.
    let closed = mode & SHARED == 0 && set_permissions(dir, Permissions::from_mode(mode & !TOO_MUCH)).is_ok();
    if closed {
        tracing::warn!(dir = %dir.display(), "the storage directory was open to others; it is closed to them now");
    } else {
        let help = "give the daemon a directory of its own";
        tracing::error!(dir = %dir.display(), help, "the storage directory is open to others");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_have_no_business_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let check = |mode: u32, expect: u32| {
            let path = dir.path().join(format!("{mode:o}"));
            std::fs::create_dir(&path).unwrap();
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            make(&path).unwrap();
            let got = metadata(&path).unwrap().permissions().mode() & 0o7777;
            assert_eq!(got, expect, "{mode:o}");
        };
        check(0o755, 0o750);
        check(0o777, 0o750);
        check(0o700, 0o700);
        check(0o750, 0o750);
        check(0o2770, 0o2750);
        check(0o1777, 0o1777);
        make(&dir.path().join("new/deep")).unwrap();
        assert_eq!(metadata(dir.path().join("new/deep")).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
