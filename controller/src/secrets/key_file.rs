//! Keys of 32 random bytes, each in a private file of its own, and what is sealed under one. Whether a new key may be made where
//! the file is gone is for its owner to decide.

use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::private_file::{PrivateFileError, create_private, read_private};

/// Length of a key in bytes.
pub(crate) const KEY_BYTES: usize = 32;

/// A key; wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// Why a file gave no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds something else.
    #[error("{path} holds {found_bytes} bytes where a key has 32; restore it from a backup")]
    Length {
        /// The key file.
        path: PathBuf,
        /// How long it is.
        found_bytes: usize,
    },
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a new key: {0}")]
    NoEntropy(getrandom::Error),
}

/// The key in a file; `None` where there is no file. Blocks on the disk.
///
/// # Errors
/// The file is unreadable, readable for others, or no key.
pub(crate) fn read_key(path: &Path) -> Result<Option<KeyBytes>, KeyFileError> {
    let bytes = match read_private(path) {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match bytes.as_slice().try_into() {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(_) => Err(KeyFileError::Length { path: path.to_owned(), found_bytes: bytes.len() }),
    }
}

/// Draws a key and keeps it in a new file. Blocks on the disk.
///
/// # Errors
/// There are no random bytes, or the file cannot be made.
pub(crate) fn make_key(path: &Path) -> Result<KeyBytes, KeyFileError> {
    let key = draw_key().map_err(KeyFileError::NoEntropy)?;
    create_private(path, key.as_slice())?;
    Ok(key)
}

/// A new key.
///
/// # Errors
/// The system has no random bytes.
pub(crate) fn draw_key() -> Result<KeyBytes, getrandom::Error> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(key.as_mut_slice())?;
    Ok(key)
}

/// Seals by ChaCha20-Poly1305 (RFC 8439), bound to `about`, with a random nonce in front: under one key that is good for some
/// billions of seals. `None` without random bytes.
pub(crate) fn seal(key: &KeyBytes, about: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).ok()?;
    let mut sealed = Zeroizing::new(plain.to_vec());
    let unique = Nonce::assume_unique_for_key(nonce);
    cipher(key)?.seal_in_place_append_tag(unique, Aad::from(about), &mut *sealed).ok()?;
    Some([nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed; `None` where it was not, under this key and about this.
pub(crate) fn open_sealed(key: &KeyBytes, about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let length = cipher(key)?.open_in_place(nonce, Aad::from(about), &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

/// `None` never happens: the cipher takes 32 bytes.
fn cipher(key: &KeyBytes) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_the_same_key_about_the_same_and_whole() {
        let (key, other) = (Zeroizing::new([1; KEY_BYTES]), Zeroizing::new([2; KEY_BYTES]));
        let sealed = seal(&key, b"app", b"secret").unwrap();
        assert_eq!(open_sealed(&key, b"app", &sealed).unwrap().as_slice(), b"secret");
        assert!(open_sealed(&key, b"other", &sealed).is_none());
        assert!(open_sealed(&other, b"app", &sealed).is_none());
        assert_ne!(seal(&key, b"app", b"secret").unwrap(), sealed, "never the same bytes twice");
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert!(open_sealed(&key, b"app", &damaged).is_none(), "byte {place}");
            assert!(open_sealed(&key, b"app", &sealed[..place]).is_none(), "cut at {place}");
        }
    }

    #[test]
    fn a_file_gives_the_key_that_was_kept_in_it_or_says_what_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.key");
        assert!(read_key(&path).unwrap().is_none());
        let made = make_key(&path).unwrap();
        assert_eq!(*read_key(&path).unwrap().unwrap(), *made);
        assert!(matches!(make_key(&path), Err(KeyFileError::File(_))), "nothing is written over");
        let short = dir.path().join("short.key");
        create_private(&short, &[7; 31]).unwrap();
        assert!(matches!(read_key(&short), Err(KeyFileError::Length { found_bytes: 31, .. })));
    }
}
