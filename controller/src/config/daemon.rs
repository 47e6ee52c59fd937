//! The tables about the daemon itself: where it keeps things. Where the console listens is `console.rs`'s.

use std::path::{Path, PathBuf};

use super::report::Problems;
use super::table::Root;

/// Where state is kept unless the file says otherwise, beside it.
const DIR_DEFAULT: &str = "state";

/// `[storage]`: the directory of journal, keys and local socket.
pub(super) fn read_dir(root: &Root<'_>, base: &Path, problems: &mut Problems) -> PathBuf {
    let mut dir = base.join(DIR_DEFAULT);
    if let Some(mut table) = root.section("storage") {
        if let Some(written) = table.text("dir", problems) {
            dir = base.join(written.value);
        }
        table.finish(problems);
    }
    dir
}
