//! The form of a signed image: bytes to manifest and payload, and back.
//!
//! Decides what a whole image is and whether a key signed it. Which keys count is the site file's, which device may have it
//! the core's.
//!
//! ```text
//! magic 7 | form 1 | maker 3 | model 1 | version 3 | least hardware 1 | payload's length u32 | its SHA-256 32 | signature 64 | payload
//! ```
//!
//! Numbers are little-endian. The Ed25519 signature (RFC 8032) is over everything before it; since that names the payload's
//! length and SHA-256, it is over the payload too.

use std::sync::Arc;

use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::{PublicKey, SigningKey};

/// How every image begins.
const MAGIC: [u8; 7] = *b"rw-firm";
/// The form described above.
const FORM: u8 = 1;
const SIGNATURE_BYTES: usize = 64;
const SIGNED_BYTES: usize = MAGIC.len() + 1 + 3 + 1 + 3 + 1 + 4 + 32;

/// The largest payload, in bytes. The slowest bus would send it for a day; more is a wrong file.
pub const PAYLOAD_MAX_BYTES: usize = 15 << 20;

/// What a payload is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest {
    /// The maker's number (OUI), as the device tells it.
    pub oui: [u8; 3],
    /// The model's number, as the device tells it.
    pub model: u8,
    /// The version that the device will have: major, minor, build.
    pub version: [u8; 3],
    /// The least hardware version that can run it, as the device tells its own.
    pub least_hardware: u8,
}

/// An image of which nothing is known but its form and that it is whole. Whoever made it may be anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image<'b> {
    /// What it says it is for.
    pub manifest: Manifest,
    /// What a device would get.
    pub payload: &'b [u8],
    whole: &'b [u8],
    signed: &'b [u8],
    signature: &'b [u8],
}

/// An image that somebody whom the site trusts has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it is for.
    pub manifest: Manifest,
    /// What the device gets.
    pub payload: Arc<[u8]>,
    /// SHA-256 of the whole image.
    pub digest: [u8; 32],
}

/// Why bytes are no firmware for this site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Something else.
    #[error("it does not begin as a signed image does")]
    Foreign,
    /// Of a later program.
    #[error("it has form {0}, this program knows form 1")]
    Form(u8),
    /// It ends too early.
    #[error("it is cut off after {found_bytes} bytes, {wanted_bytes} are wanted")]
    CutOff {
        /// How long it is.
        found_bytes: usize,
        /// How long it should be.
        wanted_bytes: usize,
    },
    /// Something follows it.
    #[error("{extra_bytes} bytes follow its end")]
    TooLong {
        /// How many.
        extra_bytes: usize,
    },
    /// There is nothing in it.
    #[error("its payload is empty")]
    Empty,
    /// Its payload is too large.
    #[error("its payload has {found_bytes} bytes, {PAYLOAD_MAX_BYTES} are the most")]
    TooLarge {
        /// How large it is.
        found_bytes: usize,
    },
    /// The payload is not the one that was signed.
    #[error("its payload was changed: the SHA-256 in its manifest does not fit")]
    Changed,
    /// No trusted key signed it.
    #[error("no key that this site trusts signed it")]
    NotTrusted,
}

/// Makes the image of a payload.
///
/// # Errors
/// The payload is empty or too large.
pub fn sign(payload: &[u8], manifest: Manifest, key: &SigningKey) -> Result<Vec<u8>, ImageError> {
    check_size(payload.len())?;
    let length = u32::try_from(payload.len()).map_err(|_| ImageError::TooLarge { found_bytes: payload.len() })?;
    let Manifest { oui, model, version, least_hardware } = manifest;
    let mut image = Vec::with_capacity(SIGNED_BYTES + SIGNATURE_BYTES + payload.len());
    image.extend_from_slice(&MAGIC);
    image.push(FORM);
    image.extend_from_slice(&oui);
    image.push(model);
    image.extend_from_slice(&version);
    image.push(least_hardware);
    image.extend_from_slice(&length.to_le_bytes());
    image.extend_from_slice(&Sha256::digest(payload));
    let signature = key.sign(&image);
    image.extend_from_slice(&signature);
    image.extend_from_slice(payload);
    Ok(image)
}

fn check_size(payload_bytes: usize) -> Result<(), ImageError> {
    match payload_bytes {
        0 => Err(ImageError::Empty),
        1..=PAYLOAD_MAX_BYTES => Ok(()),
        found_bytes => Err(ImageError::TooLarge { found_bytes }),
    }
}

impl<'b> Image<'b> {
    /// Reads an image's form; the payload's SHA-256 is checked, the signature is not.
    ///
    /// # Errors
    /// It is no image, or not whole.
    pub fn parse(whole: &'b [u8]) -> Result<Self, ImageError> {
        let form = whole.strip_prefix(MAGIC.as_slice()).and_then(|rest| rest.first()).ok_or(ImageError::Foreign)?;
        if *form != FORM {
            return Err(ImageError::Form(*form));
        }
        let cut_off = |wanted_bytes| ImageError::CutOff { found_bytes: whole.len(), wanted_bytes };
        let (signed, rest) = whole.split_at_checked(SIGNED_BYTES).ok_or(cut_off(SIGNED_BYTES))?;
        let (signature, payload) =
            rest.split_at_checked(SIGNATURE_BYTES).ok_or(cut_off(SIGNED_BYTES + SIGNATURE_BYTES))?;
        let (manifest, length, sha256) = fields(signed).ok_or(ImageError::Foreign)?;
        check_size(length)?;
        if payload.len() < length {
            return Err(cut_off(SIGNED_BYTES + SIGNATURE_BYTES + length));
        }
        if payload.len() > length {
            return Err(ImageError::TooLong { extra_bytes: payload.len() - length });
        }
        if Sha256::digest(payload).as_slice() != sha256 {
            return Err(ImageError::Changed);
        }
        Ok(Self { manifest, payload, whole, signed, signature })
    }

    /// Proof that one of `trusted` signed it.
    ///
    /// # Errors
    /// None of them did.
    pub fn verify(&self, trusted: &[PublicKey]) -> Result<Verified, ImageError> {
        let signed_by = |key: &PublicKey| {
            UnparsedPublicKey::new(&ED25519, key.as_bytes()).verify(self.signed, self.signature).is_ok()
        };
        if !trusted.iter().any(signed_by) {
            return Err(ImageError::NotTrusted);
        }
        let digest = Sha256::digest(self.whole).into();
        Ok(Verified { manifest: self.manifest, payload: self.payload.into(), digest })
    }
}

/// Manifest, payload's length and its SHA-256, out of the signed part.
fn fields(signed: &[u8]) -> Option<(Manifest, usize, &[u8])> {
    let rest = signed.get(MAGIC.len() + 1..)?;
    let (oui, rest) = rest.split_first_chunk::<3>()?;
    let ([model], rest) = rest.split_first_chunk::<1>()?;
    let (version, rest) = rest.split_first_chunk::<3>()?;
    let ([least_hardware], rest) = rest.split_first_chunk::<1>()?;
    let (length, sha256) = rest.split_first_chunk::<4>()?;
    let manifest = Manifest { oui: *oui, model: *model, version: *version, least_hardware: *least_hardware };
    Some((manifest, usize::try_from(u32::from_le_bytes(*length)).ok()?, sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: Manifest = Manifest { oui: [0, 0x1b, 0xc5], model: 3, version: [1, 2, 3], least_hardware: 2 };

    fn key(byte: u8) -> SigningKey {
        SigningKey::of_seed(&[byte; 32]).unwrap()
    }

    fn image() -> Vec<u8> {
        sign(b"new firmware", MANIFEST, &key(1)).unwrap()
    }

    #[test]
    fn what_was_signed_is_what_is_verified() {
        let image = image();
        let trusted = [key(2).public(), key(1).public()];
        let verified = Image::parse(&image).unwrap().verify(&trusted).unwrap();
        assert_eq!((verified.manifest, &*verified.payload), (MANIFEST, b"new firmware".as_slice()));
        assert_eq!(verified.digest.as_slice(), Sha256::digest(&image).as_slice());
    }

    #[test]
    fn nobody_else_can_sign() {
        let image = image();
        let parsed = Image::parse(&image).unwrap();
        assert_eq!(parsed.verify(&[key(2).public()]), Err(ImageError::NotTrusted));
        assert_eq!(parsed.verify(&[]), Err(ImageError::NotTrusted));
    }

    #[test]
    fn an_image_with_any_bit_changed_is_refused() {
        let image = image();
        let trusted = [key(1).public()];
        for at in 0..image.len() {
            for bit in 0..8 {
                let mut changed = image.clone();
                changed[at] ^= 1 << bit;
                let verified = Image::parse(&changed).and_then(|image| image.verify(&trusted));
                assert!(verified.is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn each_refusal_says_why() {
        let image = image();
        let check = |bytes: &[u8], expect: ImageError| assert_eq!(Image::parse(bytes).unwrap_err(), expect);
        let wanted = image.len();
        check(b"", ImageError::Foreign);
        check(b"\x7fELF", ImageError::Foreign);
        check(b"rw-firm", ImageError::Foreign);
        check(b"rw-firm\x02", ImageError::Form(2));
        check(&image[..20], ImageError::CutOff { found_bytes: 20, wanted_bytes: SIGNED_BYTES });
        check(&image[..60], ImageError::CutOff { found_bytes: 60, wanted_bytes: SIGNED_BYTES + SIGNATURE_BYTES });
        check(&image[..wanted - 1], ImageError::CutOff { found_bytes: wanted - 1, wanted_bytes: wanted });
        check(&[image.as_slice(), b"x"].concat(), ImageError::TooLong { extra_bytes: 1 });
        let mut changed = image.clone();
        *changed.last_mut().unwrap() ^= 1;
        check(&changed, ImageError::Changed);
        assert_eq!(sign(b"", MANIFEST, &key(1)), Err(ImageError::Empty));
        let large = vec![0; PAYLOAD_MAX_BYTES + 1];
        assert_eq!(sign(&large, MANIFEST, &key(1)), Err(ImageError::TooLarge { found_bytes: large.len() }));
    }

    /// Written down once: an image that a maker signed today must be taken in ten years.
    #[test]
    fn the_form_is_fixed() {
        let image = image();
        let head = [b"rw-firm\x01".as_slice(), &[0, 0x1b, 0xc5, 3, 1, 2, 3, 2], &[12, 0, 0, 0]].concat();
        assert_eq!(&image[..head.len()], head);
        assert_eq!(image.len(), head.len() + 32 + 64 + 12);
        assert!(image.ends_with(b"new firmware"));
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&image));
        // Ed25519 signatures have no chance in them (RFC 8032).
        assert_eq!(digest, "127c2454eb397f831f43ba0811f6f0b2a3327963b6edea0ed4e774397f8bd1db");
    }
}
