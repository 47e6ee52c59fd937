//! The keys that sign firmware: the secret half in a private file of whoever makes firmware, the public half in the site
//! file of whoever trusts it.
//!
//! Decides how both are written: 32 bytes in base64, the secret one as Ed25519's seed (RFC 8032 §5.1.5).

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use data_encoding::BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

use crate::secrets::{PrivateFileError, create_private, read_private};

const KEY_BYTES: usize = 32;

/// The public half of a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

/// A key that signs; never printed.
pub struct SigningKey(Ed25519KeyPair);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key's file cannot be used.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds something else.
    #[error("{path} holds no signing key; make one with `rackward firmware keygen`")]
    NoKey {
        /// Which file.
        path: PathBuf,
    },
    /// The text is no public key.
    #[error("a public key is 32 bytes in base64, as `rackward firmware keygen` prints it")]
    NoPublicKey,
    /// The system has no random bytes.
    #[error("the system gave no random bytes for a signing key: {0}")]
    NoEntropy(getrandom::Error),
}

impl PublicKey {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(text.trim().as_bytes()).map_err(|_| KeyError::NoPublicKey)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::NoPublicKey)
    }
}

impl SigningKey {
    /// Draws a key and keeps it in a new private file at `path`. Blocks on the disk.
    ///
    /// # Errors
    /// The file exists already, or cannot be made.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(seed.as_mut_slice()).map_err(KeyError::NoEntropy)?;
        let mut text = Zeroizing::new(BASE64.encode(seed.as_slice()));
        text.push('\n');
        create_private(path, text.as_bytes())?;
        Self::of_seed(seed.as_slice()).ok_or_else(|| KeyError::NoKey { path: path.to_owned() })
    }

    /// Reads the key in a private file. Blocks on the disk.
    ///
    /// # Errors
    /// The file cannot be read, is open to others, or holds something else.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let text = read_private(path)?;
        let seed = BASE64.decode(text.trim_ascii()).map(Zeroizing::new);
        seed.ok().and_then(|seed| Self::of_seed(&seed)).ok_or_else(|| KeyError::NoKey { path: path.to_owned() })
    }

    /// `None` unless the seed has 32 bytes.
    pub(super) fn of_seed(seed: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    /// The half to give away.
    pub fn public(&self) -> PublicKey {
        let mut public = [0; KEY_BYTES];
        for (byte, given) in public.iter_mut().zip(self.0.public_key().as_ref()) {
            *byte = *given;
        }
        PublicKey(public)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("firmware.key");
        let made = SigningKey::create(&path).unwrap();
        assert_eq!(SigningKey::open(&path).unwrap().public(), made.public());
        assert!(SigningKey::create(&path).is_err(), "never replaced");
        assert_eq!(format!("{made:?}"), "SigningKey(redacted)");
    }

    #[test]
    fn a_file_with_something_else_is_no_key() {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let check = |name: &str, content: &str| {
            let path = dir.path().join(name);
            let file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path);
            file.unwrap().write_all(content.as_bytes()).unwrap();
            let refused = SigningKey::open(&path).unwrap_err().to_string();
            assert!(refused.contains("holds no signing key"), "{refused}");
        };
        check("empty", "");
        check("short", "AAAA");
        check("words", "not a key at all");
    }

    #[test]
    fn public_keys_are_read_as_they_are_printed() {
        let public = SigningKey::of_seed(&[5; 32]).unwrap().public();
        assert_eq!(public.to_string().parse::<PublicKey>().unwrap(), public);
        for wrong in ["", "AAAA", "??", "QUJD", &"A".repeat(44)] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }

    /// The first test of RFC 8032, section 7.1.
    #[test]
    fn the_signature_is_plain_ed25519() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let key =
            SigningKey::of_seed(&hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")).unwrap();
        assert_eq!(key.public().as_bytes(), hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
        let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        assert_eq!(key.sign(b""), hex(signature));
    }
}
