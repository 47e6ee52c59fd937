//! The drawings of floor plans: each under its digest in the storage directory, whole or not at all. Which drawing is shown of
//! which area, the records say; what may be in one is decided before it comes here. They lie beside the database, because
//! twenty megabytes in a turn of the loop would keep a door waiting.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use rackward_dashboard::backend::{Pending, Unavailable};
use rackward_dashboard::plan::{Drawings, PLAN_MAX_BYTES, digest_of};

use crate::secrets::{PrivateFileError, replace_private};

/// The name of their directory in the storage directory.
const DIR: &str = "plans";

/// How many drawings are kept that no plan shows: one is there for a moment before its plan is.
const UNUSED_MAX_FILES: usize = 8;

/// A drawing is written anew where it is made clean: escapes can make it longer than what was uploaded.
const FILE_MAX_BYTES: u64 = 4 * PLAN_MAX_BYTES as u64;

/// Why a drawing is not kept or not given out.
#[derive(Debug, thiserror::Error)]
enum DrawingError {
    #[error(transparent)]
    NotWritten(#[from] PrivateFileError),
    #[error("cannot {doing} {path}: {cause}")]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DrawingError {
    move |cause| DrawingError::Io { doing, path: path.to_owned(), cause }
}

/// The drawings of one site.
#[derive(Debug, Clone)]
pub(crate) struct KeptDrawings {
    dir: PathBuf,
}

impl KeptDrawings {
    /// Those in `storage`. Touches nothing.
    pub(crate) fn new(storage: &Path) -> Self {
        Self { dir: storage.join(DIR) }
    }

    fn put(&self, svg: &str, in_use: &[[u8; 32]]) -> Result<(), DrawingError> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir).map_err(failed("make", &self.dir))?;
        self.clear(in_use)?;
        replace_private(&self.path_of(&digest_of(svg)), svg.as_bytes(), &mut |_| Ok(()))?;
        Ok(())
    }

    /// Removes the oldest of those that no plan shows.
    fn clear(&self, in_use: &[[u8; 32]]) -> Result<(), DrawingError> {
        let names: Vec<String> = in_use.iter().map(|digest| HEXLOWER.encode(digest)).collect();
        let mut unused: Vec<(SystemTime, PathBuf)> = Vec::new();
        for file in std::fs::read_dir(&self.dir).map_err(failed("look into", &self.dir))? {
            let file = file.map_err(failed("look into", &self.dir))?;
            let is_used = file.file_name().to_str().is_some_and(|name| names.iter().any(|used| used == name));
            if !is_used {
                let modified = file.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
                unused.push((modified, file.path()));
            }
        }
        unused.sort();
        let surplus = unused.len().saturating_sub(UNUSED_MAX_FILES);
        for (_, path) in unused.into_iter().take(surplus) {
            std::fs::remove_file(&path).map_err(failed("remove", &path))?;
        }
        Ok(())
    }

    /// The drawing with this digest; none where what lies there is something else.
    fn get(&self, digest: &[u8; 32]) -> Result<Option<Vec<u8>>, DrawingError> {
        let path = self.path_of(digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed("read", &path)(cause)),
        };
        let mut bytes = Vec::new();
        file.take(FILE_MAX_BYTES).read_to_end(&mut bytes).map_err(failed("read", &path))?;
        let is_it = std::str::from_utf8(&bytes).is_ok_and(|svg| digest_of(svg) == *digest);
        Ok(is_it.then_some(bytes))
    }

    fn path_of(&self, digest: &[u8; 32]) -> PathBuf {
        self.dir.join(HEXLOWER.encode(digest))
    }
}

impl Drawings for KeptDrawings {
    fn keep(&self, svg: String, in_use: Vec<[u8; 32]>) -> Pending<Result<(), Unavailable>> {
        let drawings = self.clone();
        Box::pin(async move {
            let kept = tokio::task::spawn_blocking(move || drawings.put(&svg, &in_use)).await;
            kept.map_err(|_| Unavailable)?.map_err(not_there)
        })
    }

    fn load(&self, digest: [u8; 32]) -> Pending<Result<Option<Vec<u8>>, Unavailable>> {
        let drawings = self.clone();
        Box::pin(async move {
            let loaded = tokio::task::spawn_blocking(move || drawings.get(&digest)).await;
            loaded.map_err(|_| Unavailable)?.map_err(not_there)
        })
    }
}

fn not_there(error: DrawingError) -> Unavailable {
    tracing::error!(%error, "the drawing of a floor plan cannot be kept or read");
    Unavailable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_found_by_its_digest_and_not_when_it_was_changed() {
        let dir = tempfile::tempdir().unwrap();
        let drawings = KeptDrawings::new(dir.path());
        let digest = digest_of("<svg/>");
        assert_eq!(drawings.get(&digest).unwrap(), None);
        drawings.put("<svg/>", &[]).unwrap();
        assert_eq!(drawings.get(&digest).unwrap().as_deref(), Some(&b"<svg/>"[..]));
        std::fs::write(drawings.path_of(&digest), "<svg></svg>").unwrap();
        assert_eq!(drawings.get(&digest).unwrap(), None);
    }

    #[test]
    fn what_no_plan_shows_does_not_fill_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let drawings = KeptDrawings::new(dir.path());
        let shown = digest_of("0");
        for number in 0..40 {
            drawings.put(&number.to_string(), &[shown]).unwrap();
        }
        assert!(drawings.get(&shown).unwrap().is_some());
        assert!(std::fs::read_dir(dir.path().join(DIR)).unwrap().count() <= UNUSED_MAX_FILES + 2);
    }
}
