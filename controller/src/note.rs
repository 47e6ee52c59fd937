//! Signed notes (C2SP signed-note): a text, an empty line, and below it signatures, each of a key that has a name. The site signs
//! its evidence by one, and whoever has the *verifier key* can check that on any machine, without the daemon.
//!
//! Decides how notes and verifier keys are written and when a note counts. What the text of one says is
//! `rackward_dashboard::wire::note`'s.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::secrets::{KeyFileError, make_key, read_key};

/// The key that signs notes, inside the storage directory: the 32 bytes of an Ed25519 seed (RFC 8032, 5.1.5).
pub const NOTE_KEY_FILE: &str = "evidence.key";

/// What notes call Ed25519.
const ALGORITHM: u8 = 1;
/// How a line with a signature begins.
const SIGNATURE: &str = "\u{2014} ";
const KEY_ID_BYTES: usize = 4;

/// The key by which the site signs. It is never printed.
pub struct NoteKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

/// The key by which a note is checked: `name+id+key`, the id in hexadecimal digits, the key in base64 behind the algorithm's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: [u8; 32],
}

/// Why notes cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum NoteKeyError {
    /// The file gave none, or took none.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// No key can be made of what the file holds.
    #[error("{NOTE_KEY_FILE} holds no key; restore it from a backup, or move it away for a new key")]
    Damaged,
}

/// Why a text is no verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no verifier key, which looks like name+0123abcd+AbCd...; rackward audit key shows the site's")]
pub struct NoVerifierKey;

/// Why a note does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteRefused {
    /// It has no text, no signature, or characters that no note has.
    #[error("it is no signed note")]
    Malformed,
    /// Others signed it, or nobody.
    #[error("it was not signed by {0}")]
    NotSigned(VerifierKey),
    /// The signature is over another text.
    #[error("what {0} signed was another text")]
    Wrong(VerifierKey),
}

impl NoteKey {
    /// The site's key in `dir`, made there on first start. Blocks on the disk: call it before the runtime is busy.
    ///
    /// # Errors
    /// The file is unreadable, open to others or damaged; the system has no random bytes.
    pub fn open(dir: &Path, site: &str) -> Result<Self, NoteKeyError> {
        let path = dir.join(NOTE_KEY_FILE);
        let seed = match read_key(&path)? {
            Some(seed) => seed,
            None => make_key(&path)?,
        };
        Self::of_seed(&format!("rackward/{site}"), &seed).ok_or(NoteKeyError::Damaged)
    }

    fn of_seed(name: &str, seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let key = <[u8; 32]>::try_from(pair.public_key().as_ref()).ok()?;
        Some(Self { verifier: VerifierKey { name: name.to_owned(), key }, pair })
    }

    /// The key by which what this one signed is checked.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// A text, which ends with a line's end, as a note.
    pub fn sign(&self, text: &str) -> String {
        let mut signature = self.verifier.id().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{SIGNATURE}{} {}\n", self.verifier.name, BASE64.encode(&signature))
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "NoteKey({})", self.verifier)
    }
}

impl VerifierKey {
    /// The text of a note that this key signed. Signatures of other keys are nobody's business here.
    ///
    /// # Errors
    /// It is no note, this key did not sign it, or it signed something else.
    pub fn open<'n>(&self, note: &'n str) -> Result<&'n str, NoteRefused> {
        if note.chars().any(|c| c.is_ascii_control() && c != '\n') {
            return Err(NoteRefused::Malformed);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(NoteRefused::Malformed)?;
        let text = note.get(..=text.len()).ok_or(NoteRefused::Malformed)?;
        let lines = signatures.strip_suffix('\n').ok_or(NoteRefused::Malformed)?.split('\n');
        let mut found = Err(NoteRefused::NotSigned(self.clone()));
        for line in lines {
            let (name, signature) =
                line.strip_prefix(SIGNATURE).and_then(|line| line.split_once(' ')).ok_or(NoteRefused::Malformed)?;
            let bytes = BASE64.decode(signature.as_bytes()).map_err(|_| NoteRefused::Malformed)?;
            let (id, signature) = bytes.split_at_checked(KEY_ID_BYTES).ok_or(NoteRefused::Malformed)?;
            if name == self.name && id == self.id() {
                let is_right = UnparsedPublicKey::new(&ED25519, self.key).verify(text.as_bytes(), signature).is_ok();
                found = if is_right { Ok(text) } else { Err(NoteRefused::Wrong(self.clone())) };
            }
        }
        found
    }

    /// What tells keys of the same name apart.
    fn id(&self) -> [u8; KEY_ID_BYTES] {
        let named = Sha256::new_with_prefix(&self.name).chain_update([b'\n', ALGORITHM]).chain_update(self.key);
        let [a, b, c, d, ..]: [u8; 32] = named.finalize().into();
        [a, b, c, d]
    }
}

impl Display for VerifierKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut key = vec![ALGORITHM];
        key.extend_from_slice(&self.key);
        write!(f, "{}+{}+{}", self.name, HEXLOWER.encode(&self.id()), BASE64.encode(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoVerifierKey;

    fn from_str(text: &str) -> Result<Self, NoVerifierKey> {
        // Base64 has plus signs of its own, names have none.
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (
            parts.next().ok_or(NoVerifierKey)?,
            parts.next().ok_or(NoVerifierKey)?,
            parts.next().ok_or(NoVerifierKey)?,
        );
        let bytes = BASE64.decode(key.as_bytes()).map_err(|_| NoVerifierKey)?;
        let Some((&ALGORITHM, key)) = bytes.split_first() else { return Err(NoVerifierKey) };
        let key = Self { name: name.to_owned(), key: key.try_into().map_err(|_| NoVerifierKey)? };
        let is_whole = !name.is_empty() && !name.contains(char::is_whitespace) && id == HEXLOWER.encode(&key.id());
        is_whole.then_some(key).ok_or(NoVerifierKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Go's `golang.org/x/mod/sumdb/note`, from which the format comes.
    const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn key(byte: u8) -> NoteKey {
        NoteKey::of_seed("rackward/lon1", &[byte; 32]).unwrap()
    }

    #[test]
    fn notes_are_those_of_the_format() {
        let key: VerifierKey = GO_KEY.parse().unwrap();
        assert_eq!(key.to_string(), GO_KEY);
        assert_eq!(key.open(GO_NOTE), Ok(GO_TEXT));
    }

    #[test]
    fn a_note_is_opened_by_its_key_and_no_other() {
        let text = "one\n\ntwo\n";
        let note = key(1).sign(text);
        assert_eq!(key(1).verifier().open(&note), Ok(text));
        let (other, ours) = (key(2).verifier().clone(), key(1).verifier().clone());
        assert_eq!(other.open(&note), Err(NoteRefused::NotSigned(other.clone())));
        assert_eq!(ours.open(&note.replace("two", "too")), Err(NoteRefused::Wrong(ours.clone())));
        // Somebody else's signature beside it changes nothing, before it or behind.
        let line = |note: &str| note.rsplit_once("\n\n").unwrap().1.to_owned();
        let beside = format!("{note}{}", line(&key(2).sign(text)));
        assert_eq!((ours.open(&beside), other.open(&beside)), (Ok(text), Ok(text)));
        for malformed in
            ["", "\n", "text\n", "text\n\n", "text\n\nname AAAA\n", "\u{2014} a b\n", "a\r\n\n\u{2014} a AAAAAA==\n"]
        {
            assert_eq!(ours.open(malformed), Err(NoteRefused::Malformed), "{malformed:?}");
        }
        for cut in (0..note.len()).filter(|cut| note.is_char_boundary(*cut)) {
            assert!(ours.open(&note[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_verifier_key_is_read_as_it_was_written() {
        let written = key(3).verifier().to_string();
        assert_eq!(written.parse(), Ok(key(3).verifier().clone()));
        let id = written.split('+').nth(1).unwrap();
        for wrong in [
            String::new(),
            "a+b".to_owned(),
            written.replace("lon1", "lon2"),
            written.replace(id, "00000000"),
            written.replace("+A", "+B"),
            format!("{written}AAAA"),
            written.replace("rackward/lon1", ""),
        ] {
            assert_eq!(wrong.parse::<VerifierKey>(), Err(NoVerifierKey), "{wrong}");
        }
    }

    #[test]
    fn the_key_is_made_once_and_a_damaged_one_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let first = NoteKey::open(dir.path(), "lon1").unwrap();
        assert_eq!(NoteKey::open(dir.path(), "lon1").unwrap().verifier(), first.verifier());
        assert!(first.verifier().to_string().starts_with("rackward/lon1+"));
        assert!(
            !format!("{first:?}").contains(&HEXLOWER.encode(&std::fs::read(dir.path().join(NOTE_KEY_FILE)).unwrap()))
        );
        let other = tempfile::tempdir().unwrap();
        crate::secrets::create_private(&other.path().join(NOTE_KEY_FILE), b"short").unwrap();
        assert!(matches!(
            NoteKey::open(other.path(), "lon1"),
            Err(NoteKeyError::File(KeyFileError::Length { found_bytes: 5, .. }))
        ));
    }
}
