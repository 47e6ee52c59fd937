//! The shelf: images that operators handed in, each under its digest in the storage directory, whole or not at all.
//!
//! Decides that nothing is kept, and nothing given out, that no trusted key signed: the disk is not trusted to have kept
//! what it was given, nor the site file to trust today whom it trusted then.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use super::{Image, ImageError, PAYLOAD_MAX_BYTES, PublicKey, Verified};
use crate::secrets::{PrivateFileError, replace_private};

/// The shelf's name inside the storage directory.
pub const SHELF_DIR: &str = "firmware";

/// Images that are kept. A site has a handful of models and two versions of each; more would fill the disk unseen.
const SHELF_LIMIT_IMAGES: usize = 64;

/// The largest image that is read back: payload and what stands before it.
const IMAGE_MAX_BYTES: u64 = PAYLOAD_MAX_BYTES as u64 + 4_096;

/// The images that the daemon keeps. Its methods block on the disk.
#[derive(Debug, Clone)]
pub struct Shelf {
    dir: PathBuf,
    trusted: Vec<PublicKey>,
}

/// Why an image is not kept or not given out.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// It is no image of somebody the site trusts.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// There is none with this digest.
    #[error("there is no image with digest {digest} in {dir}; send it again")]
    Missing {
        /// Which.
        digest: String,
        /// The shelf.
        dir: PathBuf,
    },
    /// What lies under the digest is something else.
    #[error("{path} is not what its name says; remove it and send the image again")]
    Exchanged {
        /// Which file.
        path: PathBuf,
    },
    /// There is no room.
    #[error("{dir} holds {SHELF_LIMIT_IMAGES} images already; remove those that are no longer needed")]
    Full {
        /// The shelf.
        dir: PathBuf,
    },
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] PrivateFileError),
    /// The system refused.
    #[error("cannot {doing} {path}: {cause}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ShelfError {
    move |cause| ShelfError::Io { doing, path: path.to_owned(), cause }
}

impl Shelf {
    /// The shelf in `storage`, with whose signatures count. Touches nothing.
    pub fn new(storage: &Path, trusted: Vec<PublicKey>) -> Self {
        Self { dir: storage.join(SHELF_DIR), trusted }
    }

    /// Checks an image and keeps it; one that is there already is kept as it is.
    ///
    /// # Errors
    /// It is not to be trusted, or cannot be kept.
    pub fn keep(&self, image: &[u8]) -> Result<Verified, ShelfError> {
        let verified = Image::parse(image)?.verify(&self.trusted)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir).map_err(failed("make", &self.dir))?;
        let path = self.path_of(&verified.digest);
        if self.load(verified.digest).is_ok() {
            return Ok(verified);
        }
        if self.count().map_err(failed("look into", &self.dir))? >= SHELF_LIMIT_IMAGES {
            return Err(ShelfError::Full { dir: self.dir.clone() });
        }
        replace_private(&path, image, &mut |_| Ok(()))?;
        Ok(verified)
    }

    /// The image with this digest, checked again.
    ///
    /// # Errors
    /// It is not there, was changed, or is trusted no longer.
    pub fn load(&self, digest: [u8; 32]) -> Result<Verified, ShelfError> {
        let path = self.path_of(&digest);
        let image = match read_whole(&path) {
            Ok(image) => image,
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                return Err(ShelfError::Missing { digest: HEXLOWER.encode(&digest), dir: self.dir.clone() });
            }
            Err(cause) => return Err(failed("read", &path)(cause)),
        };
        let verified = Image::parse(&image)?.verify(&self.trusted)?;
        if verified.digest == digest { Ok(verified) } else { Err(ShelfError::Exchanged { path }) }
    }

    fn path_of(&self, digest: &[u8; 32]) -> PathBuf {
        self.dir.join(HEXLOWER.encode(digest))
    }

    fn count(&self) -> io::Result<usize> {
        Ok(std::fs::read_dir(&self.dir)?.count())
    }
}

fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut image = Vec::new();
    let read = File::open(path)?.take(IMAGE_MAX_BYTES + 1).read_to_end(&mut image)?;
    if read as u64 > IMAGE_MAX_BYTES { Err(ErrorKind::FileTooLarge.into()) } else { Ok(image) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::{Manifest, SigningKey, sign};

    fn key(byte: u8) -> SigningKey {
        SigningKey::of_seed(&[byte; 32]).unwrap()
    }

    fn image(payload: &[u8]) -> Vec<u8> {
        let manifest = Manifest { oui: [1, 2, 3], model: 4, version: [1, 0, 0], least_hardware: 0 };
        sign(payload, manifest, &key(1)).unwrap()
    }

    fn shelf(dir: &Path) -> Shelf {
        Shelf::new(dir, vec![key(1).public()])
    }

    #[test]
    fn an_image_is_kept_and_found_by_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path());
        let kept = shelf.keep(&image(b"one")).unwrap();
        assert_eq!(shelf.keep(&image(b"one")).unwrap(), kept);
        assert_eq!(shelf.load(kept.digest).unwrap(), kept);
        assert_eq!(std::fs::read_dir(dir.path().join(SHELF_DIR)).unwrap().count(), 1);
        assert!(matches!(shelf.load([0; 32]), Err(ShelfError::Missing { .. })));
    }

    #[test]
    fn what_is_not_trusted_is_not_kept_and_not_given_out() {
        let dir = tempfile::tempdir().unwrap();
        let other = Shelf::new(dir.path(), vec![key(2).public()]);
        assert!(matches!(other.keep(&image(b"one")), Err(ShelfError::Image(ImageError::NotTrusted))));
        assert!(matches!(other.keep(b"rubbish"), Err(ShelfError::Image(ImageError::Foreign))));
        assert!(!dir.path().join(SHELF_DIR).exists());
        let digest = shelf(dir.path()).keep(&image(b"one")).unwrap().digest;
        assert!(matches!(other.load(digest), Err(ShelfError::Image(ImageError::NotTrusted))), "trusted no longer");
    }

    #[test]
    fn a_file_that_was_exchanged_or_cut_is_not_given_out_and_is_mended() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path());
        let (one, two) = (shelf.keep(&image(b"one")).unwrap(), shelf.keep(&image(b"two")).unwrap());
        std::fs::copy(shelf.path_of(&two.digest), shelf.path_of(&one.digest)).unwrap();
        assert!(matches!(shelf.load(one.digest), Err(ShelfError::Exchanged { .. })));
        std::fs::write(shelf.path_of(&two.digest), b"rw-firm\x01").unwrap();
        assert!(matches!(shelf.load(two.digest), Err(ShelfError::Image(ImageError::CutOff { .. }))));
        assert_eq!(shelf.keep(&image(b"one")).unwrap(), one);
        assert_eq!(shelf.load(one.digest).unwrap(), one);
    }

    #[test]
    fn the_shelf_does_not_grow_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path());
        for number in 0..SHELF_LIMIT_IMAGES {
            shelf.keep(&image(&number.to_le_bytes())).unwrap();
        }
        let refused = shelf.keep(&image(b"one more")).unwrap_err().to_string();
        assert!(refused.contains("remove those"), "{refused}");
    }
}
