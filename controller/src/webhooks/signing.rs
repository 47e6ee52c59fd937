//! Signs webhook messages as Standard Webhooks 1.0 says ("Signature scheme"): over `id.timestamp.body`, with HMAC-SHA256
//! under a shared secret (`v1`) or Ed25519 (`v1a`). Several secrets sign beside each other, so that one can be replaced
//! without a message being refused. What is signed is `message.rs`; where secrets lie is the site file's.

use std::fmt;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What begins a shared secret.
const SHARED_PREFIX: &str = "whsec_";
/// What begins a private key of the public kind.
const PRIVATE_PREFIX: &str = "whsk_";
/// What begins the public key that a receiver checks with.
const PUBLIC_PREFIX: &str = "whpk_";

/// How long a shared secret is, in bytes ("Signature scheme": 24 to 64).
const SHARED_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How long a secret that we draw is, in bytes.
const DRAWN_BYTES: usize = 32;
/// How long the seed of a key pair is, in bytes (RFC 8032 clause 5.1.5).
const SEED_BYTES: usize = 32;
/// How many secrets one target has at most: the old one and the new one, of both kinds.
const SECRETS_LIMIT: usize = 4;

/// Which kind of secret is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A secret that sender and receiver share.
    Shared,
    /// A key pair, of which the receiver has the public half.
    KeyPair,
}

/// Why a text is no secret. Never says the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefused {
    /// It begins otherwise.
    #[error("a secret begins with whsec_ or whsk_; make one with `rackward webhook keygen`")]
    Kind,
    /// What follows is not base64.
    #[error("what follows the secret's prefix is not base64")]
    Coding,
    /// It is too short or too long.
    #[error("a whsec_ secret has 24 to 64 bytes, a whsk_ key 32 or 64")]
    Length,
    /// The two halves of the pair are not each other's.
    #[error("the public half in the whsk_ key is not that of its private half")]
    Halves,
    /// The file holds none.
    #[error("the file holds no secret; make one with `rackward webhook keygen`")]
    None,
    /// The file holds more than are of use.
    #[error("the file holds more than {SECRETS_LIMIT} secrets; remove those that no receiver checks with")]
    TooMany,
}

/// One secret; wiped when dropped, never printed.
enum Secret {
    Shared(Zeroizing<Vec<u8>>),
    Pair(Box<Ed25519KeyPair>),
}

impl Secret {
    fn parse(text: &str) -> Result<Self, SecretRefused> {
        if let Some(coded) = text.strip_prefix(SHARED_PREFIX) {
            let bytes = decode(coded)?;
            return if SHARED_BYTES.contains(&bytes.len()) {
                Ok(Self::Shared(bytes))
            } else {
                Err(SecretRefused::Length)
            };
        }
        let coded = text.strip_prefix(PRIVATE_PREFIX).ok_or(SecretRefused::Kind)?;
        let bytes = decode(coded)?;
        let pair = match bytes.split_at_checked(SEED_BYTES) {
            Some((seed, [])) => Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| SecretRefused::Length)?,
            Some((seed, public)) if public.len() == SEED_BYTES => {
                Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(|_| SecretRefused::Halves)?
            }
            _ => return Err(SecretRefused::Length),
        };
        Ok(Self::Pair(Box::new(pair)))
    }

    /// One element of the signature header.
    fn sign(&self, signed: &[u8]) -> String {
        match self {
            Self::Shared(key) => format!("v1,{}", BASE64.encode(&keyed_hash(key, signed))),
            Self::Pair(pair) => format!("v1a,{}", BASE64.encode(pair.sign(signed).as_ref())),
        }
    }
}

/// HMAC takes keys of every length.
fn keyed_hash(key: &[u8], signed: &[u8]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    mac.update(signed);
    mac.finalize().into_bytes().into()
}

fn decode(coded: &str) -> Result<Zeroizing<Vec<u8>>, SecretRefused> {
    BASE64.decode(coded.as_bytes()).map(Zeroizing::new).map_err(|_| SecretRefused::Coding)
}

/// What signs the messages to one target.
pub struct Signer(Vec<Secret>);

impl Signer {
    /// The secrets in a file, one a line; the newest first.
    ///
    /// # Errors
    /// What is wrong with the first line that is no secret.
    pub fn from_text(bytes: &[u8]) -> Result<Self, SecretRefused> {
        let text = std::str::from_utf8(bytes).map_err(|_| SecretRefused::Coding)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let secrets = lines.map(Secret::parse).collect::<Result<Vec<_>, _>>()?;
        match secrets.len() {
            0 => Err(SecretRefused::None),
            1..=SECRETS_LIMIT => Ok(Self(secrets)),
            _ => Err(SecretRefused::TooMany),
        }
    }

    /// The value of `webhook-signature`: one element a secret, apart by blanks.
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let mut signed = format!("{id}.{timestamp}.").into_bytes();
        signed.extend_from_slice(body);
        self.0.iter().map(|secret| secret.sign(&signed)).collect::<Vec<_>>().join(" ")
    }

    /// The public keys that a receiver may check with.
    pub fn public_keys(&self) -> Vec<String> {
        let pairs = self.0.iter().filter_map(|secret| match secret {
            Secret::Pair(pair) => Some(format!("{PUBLIC_PREFIX}{}", BASE64.encode(pair.public_key().as_ref()))),
            Secret::Shared(_) => None,
        });
        pairs.collect()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({} secrets, redacted)", self.0.len())
    }
}

/// Draws a secret: the line for the secret file.
///
/// # Errors
/// The system has no random bytes.
pub fn draw(kind: SecretKind) -> Result<Zeroizing<String>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; DRAWN_BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    let prefix = match kind {
        SecretKind::Shared => SHARED_PREFIX,
        SecretKind::KeyPair => PRIVATE_PREFIX,
    };
    Ok(Zeroizing::new(format!("{prefix}{}\n", BASE64.encode(bytes.as_slice()))))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    const ID: &str = "msg_01K0X3V7C1M8Q3";
    const AT: i64 = 1_784_901_803;
    const BODY: &[u8] =
        br#"{"type":"alarm.raised","timestamp":"2026-07-24T14:03:22.417Z","data":{"id":"01K0X3V7C1M8Q3"}}"#;

    /// The worked example of the API's description.
    #[test]
    fn the_published_sample_is_signed_byte_for_byte() {
        let signer = Signer::from_text(b"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n").unwrap();
        assert_eq!(signer.sign(ID, AT, BODY), "v1,lWeUMmBm+ToSXfhNbLK14dT+fCdDpP42MifeOALBf7k=");
    }

    /// What somebody who builds a receiver tries their code on.
    #[test]
    fn the_message_in_the_documentation_is_signed_as_it_says() {
        let page = include_str!("../../../docs/webhooks.md");
        let (_, sample) = page.split_once("    secret:").unwrap();
        let sample = format!("secret:{sample}");
        let said = |name: &str| {
            let line = sample.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}:")));
            line.unwrap_or_else(|| panic!("{name} is missing")).trim()
        };
        let signer = Signer::from_text(said("secret").as_bytes()).unwrap();
        let at = said("webhook-timestamp").parse().unwrap();
        let signature = signer.sign(said("webhook-id"), at, said("body").as_bytes());
        assert_eq!(signature, said("webhook-signature"));
        assert_eq!((said("webhook-id"), said("body").as_bytes()), (ID, BODY), "the published sample");
    }

    #[test]
    fn a_key_pair_signs_what_its_public_half_verifies() {
        let line = draw(SecretKind::KeyPair).unwrap();
        let signer = Signer::from_text(line.as_bytes()).unwrap();
        let header = signer.sign(ID, AT, BODY);
        let signature = BASE64.decode(header.strip_prefix("v1a,").unwrap().as_bytes()).unwrap();
        let public = signer.public_keys().remove(0);
        let public = BASE64.decode(public.strip_prefix("whpk_").unwrap().as_bytes()).unwrap();
        let key = UnparsedPublicKey::new(&ED25519, public);
        let signed = [format!("{ID}.{AT}.").as_bytes(), BODY].concat();
        assert!(key.verify(&signed, &signature).is_ok());
        assert!(key.verify(&signed[1..], &signature).is_err());
    }

    #[test]
    fn old_and_new_secrets_sign_beside_each_other() {
        let both = [draw(SecretKind::Shared).unwrap(), draw(SecretKind::KeyPair).unwrap()];
        let signer = Signer::from_text(format!("{}\n{}", both[0].as_str(), both[1].as_str()).as_bytes()).unwrap();
        let header = signer.sign(ID, AT, BODY);
        let kinds: Vec<_> = header.split(' ').map(|one| one.split_once(',').unwrap().0).collect();
        assert_eq!(kinds, ["v1", "v1a"]);
    }

    #[test]
    fn what_is_no_secret_is_refused_without_being_told() {
        let check = |text: &str, expect: SecretRefused| {
            let refused = Signer::from_text(text.as_bytes()).unwrap_err();
            assert_eq!(refused, expect, "{text}");
        };
        check("", SecretRefused::None);
        check("hunter2", SecretRefused::Kind);
        check("whsec_!!!", SecretRefused::Coding);
        check("whsec_AAECAwQF", SecretRefused::Length);
        check(&format!("whsec_{}", BASE64.encode(&[7; 65])), SecretRefused::Length);
        check(&format!("whsk_{}", BASE64.encode(&[7; 31])), SecretRefused::Length);
        check(&format!("whsk_{}", BASE64.encode(&[7; 64])), SecretRefused::Halves);
        check(&format!("whsec_{}\n", BASE64.encode(&[7; 32])).repeat(5), SecretRefused::TooMany);
        let signer = Signer::from_text(b"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap();
        assert!(!format!("{signer:?}").contains("AAEC"));
    }
}
