//! ID tokens (RFC 7519) and the keys that sign them, made by hand, so that one can be made that no library would make.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use super::CLIENT_SECRET;

/// A key for RS256, which takes too long to draw in a test. It guards nothing.
const RSA_KEY: &[u8] = include_bytes!("rs256.pkcs8");

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// By the provider's P-256 key.
    Es256,
    /// By its RSA key.
    Rs256,
    /// By its P-256 key, over something else.
    Wrongly,
    /// By a key that is none of its, which the token names.
    ByAnotherKey,
    /// By a key that is none of its, under the name of its own.
    ByAnotherKeyOfThisName,
    /// By nobody (`alg` is `none`).
    NotAtAll,
    /// By nobody, and the token says otherwise.
    NotAtAllAsEs256,
    /// By its public P-256 key, taken for a shared secret.
    Hs256ByPublicKey,
    /// By the client's secret.
    Hs256BySecret,
}

/// The keys of a provider.
pub(super) struct Keys {
    ec: EcdsaKeyPair,
    other: EcdsaKeyPair,
    rsa: RsaKeyPair,
    name: String,
}

/// A text that nobody guesses.
pub(super) fn random() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).unwrap();
    HEXLOWER.encode(&bytes)
}

fn ec_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

impl Keys {
    pub(super) fn draw() -> Self {
        Self { ec: ec_key(), other: ec_key(), rsa: RsaKeyPair::from_pkcs8(RSA_KEY).unwrap(), name: random() }
    }

    /// What everybody may see of them (RFC 7517).
    pub(super) fn published(&self) -> Value {
        let point = self.ec.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..65]);
        let rsa = PublicKeyComponents::<Vec<u8>>::from(self.rsa.public());
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "use": "sig", "kid": self.ec_name(), "x": text(x), "y": text(y) },
            { "kty": "RSA", "use": "sig", "kid": self.rsa_name(), "n": text(&rsa.n), "e": text(&rsa.e) },
        ] })
    }

    fn ec_name(&self) -> String {
        format!("ec-{}", self.name)
    }

    fn rsa_name(&self) -> String {
        format!("rsa-{}", self.name)
    }

    /// A token with these claims.
    pub(super) fn token(&self, claims: &Value, signed: Signed) -> String {
        let (algorithm, name) = match signed {
            Signed::Es256 | Signed::Wrongly | Signed::ByAnotherKeyOfThisName | Signed::NotAtAllAsEs256 => {
                ("ES256", self.ec_name())
            }
            Signed::ByAnotherKey => ("ES256", "of nobody".to_owned()),
            Signed::Rs256 => ("RS256", self.rsa_name()),
            Signed::NotAtAll => ("none", self.ec_name()),
            Signed::Hs256ByPublicKey | Signed::Hs256BySecret => ("HS256", self.ec_name()),
        };
        let header = json!({ "alg": algorithm, "kid": name });
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let said = format!("{}.{}", part(&header), part(claims));
        let signature = self.signature(&said, signed);
        format!("{said}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    fn signature(&self, said: &str, signed: Signed) -> Vec<u8> {
        let random = SystemRandom::new();
        let by = |key: &EcdsaKeyPair, said: &str| key.sign(&random, said.as_bytes()).unwrap().as_ref().to_vec();
        let shared =
            |secret: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), said.as_bytes()).as_ref().to_vec();
        match signed {
            Signed::Es256 => by(&self.ec, said),
            Signed::Wrongly => by(&self.ec, "something else"),
            Signed::ByAnotherKey | Signed::ByAnotherKeyOfThisName => by(&self.other, said),
            Signed::NotAtAll | Signed::NotAtAllAsEs256 => Vec::new(),
            Signed::Hs256ByPublicKey => shared(self.ec.public_key().as_ref()),
            Signed::Hs256BySecret => shared(CLIENT_SECRET.as_bytes()),
            Signed::Rs256 => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, said.as_bytes(), &mut signature).unwrap();
                signature
            }
        }
    }
}
