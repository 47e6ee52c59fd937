//! The vault's file: how the keys of all devices become bytes, and back.
//!
//! Decides what a whole, untouched vault looks like. What its records mean is `vault.rs`'s, how the bytes get to the disk
//! `private_file.rs`'s.
//!
//! ```text
//! magic 7 | form 1 | salt 32 | number of records u32 | records | tag 32
//! record:  length of the name u16 | name | which slots u8 | since when i64 | for each slot: key 16, sealed, and its tag 16
//! ```
//!
//! The form says under which key: 1 under the site's key for cards, 2 and 3 under the vault's own. Only 3 has the second since
//! which the device has had its active key, the least number standing for one that is not known; 1 and 2 are read and never
//! written any more.
//!
//! Numbers are little-endian. The salt is fresh in every file, and both keys are derived from that key and the salt:
//! one seals slots (ChaCha20-Poly1305, RFC 8439, bound to the device's name and the slot; the nonce counts the slots of
//! this file), the other authenticates the whole file (HMAC-SHA256). So no record can be moved to another device, left
//! out, or taken from an older file.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use rackward_core::Wall;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Contents, Slots};
use crate::secrets::device_key::{DEVICE_KEY_BYTES, DeviceKey};
use crate::secrets::vault_key::VaultKey;

/// How every vault begins.
const MAGIC: [u8; 7] = *b"rw-keys";
const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 32;
/// A sealed key: the key and its tag.
const SEALED_BYTES: usize = DEVICE_KEY_BYTES + 16;
/// Stands where it is not known since when a device has had its key: no clock says so.
const UNKNOWN_AGE: i64 = i64::MIN;
const HEADER_BYTES: usize = MAGIC.len() + 1 + SALT_BYTES;

/// Under which key a file is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Under the site's key for cards.
    UnderSiteKey,
    /// Under the vault's own.
    UnderVaultKey,
    /// The same, with the ages of keys.
    WithAges,
}

impl Form {
    const fn number(self) -> u8 {
        match self {
            Self::UnderSiteKey => 1,
            Self::UnderVaultKey => 2,
            Self::WithAges => 3,
        }
    }

    /// The form of a file.
    pub(super) fn of(file: &[u8]) -> Result<Self, Unsealable> {
        match file.strip_prefix(MAGIC.as_slice()).and_then(<[u8]>::first) {
            Some(1) => Ok(Self::UnderSiteKey),
            Some(2) => Ok(Self::UnderVaultKey),
            Some(3) => Ok(Self::WithAges),
            Some(other) => Err(Unsealable::Version(*other)),
            None => Err(Unsealable::Foreign),
        }
    }
}

/// Why bytes are no vault of this site. Nothing of them is used then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsealable {
    /// Something else.
    #[error("it is no vault")]
    Foreign,
    /// Of a later program.
    #[error("it has form {0}, this program knows forms 1 to 3; use the program that wrote it")]
    Version(u8),
    /// Changed, cut off, or of another site.
    #[error(
        "its seal does not fit: it was changed or cut off, or {} is another one than it was sealed under",
        crate::secrets::VAULT_KEY_FILE
    )]
    Seal,
    /// The seal fits, but what is in it does not make sense.
    #[error("its record {0} cannot be read, though its seal fits")]
    Record(u32),
}

/// The keys of one file: for slots and for the whole.
struct FileKeys {
    slots: LessSafeKey,
    whole: Hmac<Sha256>,
}

impl FileKeys {
    /// `None` never happens: both ciphers take 32 bytes.
    fn derive(key: &VaultKey, salt: &[u8; SALT_BYTES]) -> Option<Self> {
        let slots = key.derive("device keys, slots", salt);
        let slots = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, slots.as_slice()).ok()?);
        let whole = key.derive("device keys, whole file", salt);
        Some(Self { slots, whole: Hmac::<Sha256>::new_from_slice(whole.as_slice()).ok()? })
    }
}

/// The file that holds `contents`; `salt` must be fresh. `None` if there is too much for one file.
pub(super) fn seal(
    key: &VaultKey,
    form: Form,
    salt: [u8; SALT_BYTES],
    contents: &Contents,
) -> Option<Zeroizing<Vec<u8>>> {
    let keys = FileKeys::derive(key, &salt)?;
    let mut file = Zeroizing::new(Vec::with_capacity(HEADER_BYTES + contents.len() * 160 + TAG_BYTES));
    file.extend_from_slice(&MAGIC);
    file.push(form.number());
    file.extend_from_slice(&salt);
    file.extend_from_slice(&u32::try_from(contents.len()).ok()?.to_le_bytes());
    let mut nonces = 0;
    for (name, slots) in contents {
        file.extend_from_slice(&u16::try_from(name.len()).ok()?.to_le_bytes());
        file.extend_from_slice(name.as_bytes());
        file.push(slots.present());
        if form == Form::WithAges {
            file.extend_from_slice(&slots.active_since.map_or(UNKNOWN_AGE, Wall::as_seconds).to_le_bytes());
        }
        for (slot, key) in slots.iter() {
            let mut sealed = Zeroizing::new(key.expose().to_vec());
            let tag = keys.slots.seal_in_place_separate_tag(nonce(nonces), about(name, slot), sealed.as_mut_slice());
            file.extend_from_slice(&sealed);
            file.extend_from_slice(tag.ok()?.as_ref());
            nonces += 1;
        }
    }
    let mut whole = keys.whole;
    whole.update(&file);
    let tag = whole.finalize().into_bytes();
    file.extend_from_slice(&tag);
    Some(file)
}

/// What a file holds.
///
/// # Errors
/// It is not exactly what [`seal`] made with this key.
pub(super) fn open(key: &VaultKey, file: &[u8]) -> Result<Contents, Unsealable> {
    let (body, tag) = file.split_last_chunk::<TAG_BYTES>().ok_or(Unsealable::Seal)?;
    let (header, records) = body.split_at_checked(HEADER_BYTES).ok_or(Unsealable::Seal)?;
    let salt = header.last_chunk::<SALT_BYTES>().ok_or(Unsealable::Seal)?;
    let keys = FileKeys::derive(key, salt).ok_or(Unsealable::Seal)?;
    let mut whole = keys.whole.clone();
    whole.update(body);
    whole.verify_slice(tag).map_err(|_| Unsealable::Seal)?;
    Reader { rest: records, keys, nonces: 0, form: Form::of(file)? }.contents()
}

/// Reads records out of an authenticated file. It trusts no length all the same.
struct Reader<'f> {
    rest: &'f [u8],
    keys: FileKeys,
    nonces: u64,
    form: Form,
}

impl Reader<'_> {
    fn contents(mut self) -> Result<Contents, Unsealable> {
        let count = self.array::<4>().map(u32::from_le_bytes).ok_or(Unsealable::Record(0))?;
        let mut contents = BTreeMap::new();
        for index in 0..count {
            let (name, slots) = self.record().ok_or(Unsealable::Record(index))?;
            if contents.insert(name, slots).is_some() {
                return Err(Unsealable::Record(index));
            }
        }
        if self.rest.is_empty() { Ok(contents) } else { Err(Unsealable::Record(count)) }
    }

    fn record(&mut self) -> Option<(String, Slots)> {
        let length = self.array::<2>().map(u16::from_le_bytes)?;
        let (name, rest) = self.rest.split_at_checked(usize::from(length))?;
        self.rest = rest;
        let name = std::str::from_utf8(name).ok()?.to_owned();
        let [present] = self.array::<1>()?;
        let active_since = match self.form {
            Form::UnderSiteKey | Form::UnderVaultKey => None,
            Form::WithAges => Some(self.array::<8>().map(i64::from_le_bytes)?).filter(|second| *second != UNKNOWN_AGE),
        };
        let mut slots = Slots { active_since: active_since.map(Wall::from_seconds), ..Slots::default() };
        for slot in Slots::named_by(present)? {
            *slots.slot_mut(slot) = Some(self.key(&name, slot)?);
        }
        Some((name, slots))
    }

    fn key(&mut self, name: &str, slot: u8) -> Option<DeviceKey> {
        let mut sealed = Zeroizing::new(self.array::<SEALED_BYTES>()?);
        let opened =
            self.keys.slots.open_in_place(nonce(self.nonces), about(name, slot), sealed.as_mut_slice()).ok()?;
        self.nonces += 1;
        DeviceKey::parse((&*opened).try_into().ok()?).ok()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*array)
    }
}

/// The nonce of the file's slot with this number; the key is this file's alone, so counting never repeats one.
fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    if let Some(low) = nonce.first_chunk_mut::<8>() {
        *low = number.to_le_bytes();
    }
    Nonce::assume_unique_for_key(nonce)
}

/// What a sealed key is bound to: a name has at most 65,535 bytes and no second reading, since the slot stands before it.
fn about(name: &str, slot: u8) -> Aad<Vec<u8>> {
    let mut about = vec![slot];
    about.extend_from_slice(name.as_bytes());
    Aad::from(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Form = Form::WithAges;

    fn vault_key(byte: u8) -> VaultKey {
        VaultKey::of_test(byte)
    }

    fn key(byte: u8) -> DeviceKey {
        DeviceKey::parse(std::array::from_fn(|i| byte.wrapping_add(i as u8 * 3))).unwrap()
    }

    fn contents() -> Contents {
        let slots = |active, pending, displaced: Option<u8>| Slots {
            active: Option::map(active, key),
            active_since: (active == Some(2)).then(|| Wall::from_seconds(1_784_898_202)),
            pending: Option::map(pending, key),
            displaced: displaced.map(key),
        };
        [
            ("a", slots(Some(1), None, None)),
            ("gate-reader", slots(Some(2), Some(3), None)),
            ("new", slots(None, Some(4), None)),
            ("z", slots(Some(5), Some(6), Some(7))),
        ]
        .map(|(name, slots)| (name.to_owned(), slots))
        .into()
    }

    #[test]
    fn what_was_sealed_is_what_is_opened() {
        for contents in [contents(), Contents::new()] {
            let file = seal(&vault_key(1), FORM, [9; 32], &contents).unwrap();
            assert_eq!(open(&vault_key(1), &file), Ok(contents));
        }
    }

    /// A vault of before opens with its keys, and says of none since when it is there.
    #[test]
    fn an_older_form_has_no_ages() {
        for form in [Form::UnderSiteKey, Form::UnderVaultKey] {
            let file = seal(&vault_key(1), form, [9; 32], &contents()).unwrap();
            let ageless = contents().into_iter().map(|(name, slots)| (name, Slots { active_since: None, ..slots }));
            assert_eq!(open(&vault_key(1), &file), Ok(ageless.collect()), "{form:?}");
        }
    }

    #[test]
    fn no_key_stands_in_the_file() {
        let file = seal(&vault_key(1), FORM, [9; 32], &contents()).unwrap();
        for byte in 1..8 {
            assert!(!file.windows(8).any(|window| key(byte).expose().starts_with(window)), "{byte}");
        }
    }

    #[test]
    fn a_vault_with_any_bit_changed_is_refused() {
        let file = seal(&vault_key(1), FORM, [9; 32], &contents()).unwrap();
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut changed = file.clone();
                changed[at] ^= 1 << bit;
                assert!(open(&vault_key(1), &changed).is_err(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_vault_cut_off_anywhere_is_refused() {
        let file = seal(&vault_key(1), FORM, [9; 32], &contents()).unwrap();
        for length in 0..file.len() {
            assert!(open(&vault_key(1), &file[..length]).is_err(), "{length}");
        }
        let longer = [file.as_slice(), &[0]].concat();
        assert_eq!(open(&vault_key(1), &longer), Err(Unsealable::Seal));
    }

    #[test]
    fn each_refusal_says_why() {
        let file = seal(&vault_key(1), FORM, [9; 32], &contents()).unwrap();
        assert_eq!(open(&vault_key(2), &file), Err(Unsealable::Seal), "another site's");
        assert_eq!(Form::of(b""), Err(Unsealable::Foreign));
        assert_eq!(Form::of(b"PK\x03\x04 something else"), Err(Unsealable::Foreign));
        assert_eq!(Form::of(b"rw-keys"), Err(Unsealable::Foreign));
        assert_eq!(Form::of(b"rw-keys\x04"), Err(Unsealable::Version(4)));
        assert_eq!(Form::of(&file), Ok(FORM));
    }

    /// The whole file's tag is there against leaving out and rolling back; sealed keys must hold even without it.
    #[test]
    fn a_sealed_key_fits_no_other_device_and_no_other_slot() {
        let salt = [9; 32];
        let (site, name) = (vault_key(1), "a");
        let keys = FileKeys::derive(&site, &salt).unwrap();
        let mut sealed = key(1).expose().to_vec();
        keys.slots.seal_in_place_append_tag(nonce(0), about(name, 0), &mut sealed).unwrap();
        let opens = |name: &str, slot, nonces| {
            let keys = FileKeys::derive(&site, &salt).unwrap();
            Reader { rest: &sealed, keys, nonces, form: FORM }.key(name, slot)
        };
        assert_eq!(opens("a", 0, 0), Some(key(1)));
        assert_eq!(opens("b", 0, 0), None);
        assert_eq!(opens("a", 1, 0), None);
        assert_eq!(opens("a", 0, 1), None);
    }

    /// Written down once, and computed with other programs' HMAC and ChaCha20-Poly1305: a vault of today must open in ten
    /// years.
    #[test]
    fn the_form_is_fixed() {
        let one = [("gate".to_owned(), Slots { active: Some(key(1)), ..Slots::default() })].into();
        let file = seal(&vault_key(1), Form::UnderSiteKey, [9; 32], &one).unwrap();
        let head = [b"rw-keys\x01".as_slice(), &[9; 32], &[1, 0, 0, 0], &[4, 0], b"gate", &[1]].concat();
        assert_eq!(&file[..head.len()], head);
        assert_eq!(file.len(), head.len() + SEALED_BYTES + TAG_BYTES);
        let golden = "76b48aeead46467e79eaca98f24dc646869a716ddc6819be7d068021ed3cafb5\
                      c3d18f577dc8e729f9a2432eb0d3f705a78adaf89906b9f7182426a956521a31";
        assert_eq!(data_encoding::HEXLOWER.encode(&file[head.len()..]), golden);
    }
}
