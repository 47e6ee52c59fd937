//! The rights list of a handle: which cards it opens for, and when, while it cannot ask. Signed by the site, numbered, and at an
//! end by itself.
//!
//! Decided here: the bytes, the digest, and what makes a list no list for this handle. Whether a newer list replaces an older
//! one, and what is done by it, is `keeper`'s; who is on it, the core's. Signatures are checked by a function that the caller
//! gives, so that a device may use its own hardware.
//!
//! ```text
//! body = "RWRL" 01 | site: len u8, text | device: len u8, text | number u64 | generation u64 | issued u64 | expires u64
//!        | release_ms u32 | cards u32 | cards x (hash 16 bytes, windows u8, windows x (from u32, to u32))
//! list = body | Ed25519 signature of SIGNED_TEXT | body, 64 bytes
//! digest = SHA-256 of body
//! ```
//! Numbers are big-endian; moments of the head are milliseconds since 1970, those of windows seconds. The number is 1 or more,
//! and the list is over after it was issued, at most [`MAX_LIFE_MS`] later. Cards stand in order of their hashes, each once;
//! the windows of a card in order, apart, none of them empty. So each list has one body only, and one digest.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};

use super::message::{MAX_RELEASE_MS, MAX_UNIX_MS, MIN_RELEASE_MS, UnixMillis};
use super::topic::{DeviceId, SiteId};

/// Longest list, in bytes with its signature: some four thousand cards with one window each.
pub const MAX_LIST_BYTES: usize = 131_072;
/// Most windows of one card.
pub const MAX_WINDOWS: usize = 32;
/// Longest time for which a list is good, in milliseconds: a day. A device whose clock was set back honours a list for no longer
/// than that, and whoever is cut off for longer must send somebody with a key.
pub const MAX_LIFE_MS: u64 = 86_400_000;
/// What stands before the body when it is signed, so that no other signature of the site can be taken for one of a list.
pub const SIGNED_TEXT: &[u8] = b"rackward rights list 1\0";
/// Length of the signature in bytes (Ed25519, RFC 8032).
pub const SIGNATURE_BYTES: usize = 64;

const MAGIC: &[u8; 5] = b"RWRL\x01";

/// The number of a list, from 1; a higher one is newer. Numbers of one device never repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListNumber(pub u64);

/// A card as a list names it: the first 128 bits of HMAC-SHA256 under the site's card key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardHash(pub [u8; 16]);

impl fmt::Debug for CardHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardHash(redacted)")
    }
}

/// A stretch of time in seconds since 1970: from the first to before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// When it begins.
    pub from: u32,
    /// When it is over.
    pub to: u32,
}

/// One card and when it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsEntry {
    /// Which card.
    pub card: CardHash,
    /// When, 1 to [`MAX_WINDOWS`], in order, apart, none of them empty.
    pub windows: Vec<Window>,
}

/// What a list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsList {
    /// For which site.
    pub site: SiteId,
    /// For which device.
    pub device: DeviceId,
    /// Its number.
    pub number: ListNumber,
    /// The generation of rights it was made from.
    pub generation: u64,
    /// When it was made.
    pub issued: UnixMillis,
    /// From then on it opens for nobody.
    pub expires: UnixMillis,
    /// For how long the lock is released, in milliseconds, within the bounds of a release command.
    pub release_ms: u32,
    /// Who it opens for, in order of card.
    pub entries: Vec<RightsEntry>,
}

/// Which list a device holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeldRights {
    /// Its number.
    pub number: ListNumber,
    /// The generation of rights it was made from.
    pub generation: u64,
    /// The digest of its body.
    pub digest: [u8; 32],
    /// When it is over.
    pub expires: UnixMillis,
}

/// Why a device does not take a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RightsRefusal {
    /// Its bytes are no list.
    #[error("the bytes are no rights list")]
    Malformed,
    /// This site has not signed it.
    #[error("the signature is not this site's")]
    Signature,
    /// It is of another site.
    #[error("the list is for another site")]
    Site,
    /// It is for another device.
    #[error("the list is for another device")]
    Device,
    /// It is no newer than one that was here before.
    #[error("the list is no newer than one that was here before")]
    Replayed,
    /// Its time is over.
    #[error("the list has expired")]
    Expired,
    /// It has more bytes than [`MAX_LIST_BYTES`], or more cards than there is room for.
    #[error("the list has more cards than the device has room for")]
    TooLong,
    /// It could not be kept.
    #[error("the list could not be kept")]
    NotKept,
}

impl RightsRefusal {
    const ALL: [Self; 8] = [
        Self::Malformed,
        Self::Signature,
        Self::Site,
        Self::Device,
        Self::Replayed,
        Self::Expired,
        Self::TooLong,
        Self::NotKept,
    ];

    pub(super) fn code(self) -> u8 {
        self as u8
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

impl RightsList {
    /// The body: what is signed and digested. [`RightsRefusal::Malformed`] where the fields are none of a list,
    /// [`RightsRefusal::TooLong`] where the signed list would exceed [`MAX_LIST_BYTES`].
    pub fn body(&self) -> Result<Vec<u8>, RightsRefusal> {
        self.check()?;
        let mut body = Vec::from(MAGIC);
        for text in [self.site.as_str(), self.device.as_str()] {
            // An id has 64 characters at most.
            body.push(text.len() as u8);
            body.extend_from_slice(text.as_bytes());
        }
        for number in [self.number.0, self.generation, self.issued.0, self.expires.0] {
            body.extend_from_slice(&number.to_be_bytes());
        }
        let cards = u32::try_from(self.entries.len()).map_err(|_| RightsRefusal::TooLong)?;
        body.extend_from_slice(&self.release_ms.to_be_bytes());
        body.extend_from_slice(&cards.to_be_bytes());
        for RightsEntry { card, windows } in &self.entries {
            body.extend_from_slice(&card.0);
            body.push(windows.len() as u8);
            for window in windows {
                body.extend_from_slice(&window.from.to_be_bytes());
                body.extend_from_slice(&window.to.to_be_bytes());
            }
        }
        if body.len() + SIGNATURE_BYTES > MAX_LIST_BYTES { Err(RightsRefusal::TooLong) } else { Ok(body) }
    }

    /// The digest of a body.
    pub fn digest(body: &[u8]) -> [u8; 32] {
        Sha256::digest(body).into()
    }

    /// The signed list, from a body and what signs [`SIGNED_TEXT`] and the body together.
    pub fn sign(body: Vec<u8>, sign: impl FnOnce(&[u8]) -> [u8; SIGNATURE_BYTES]) -> Vec<u8> {
        let signature = sign(&signed_text(&body));
        let mut list = body;
        list.extend_from_slice(&signature);
        list
    }

    fn check(&self) -> Result<(), RightsRefusal> {
        let in_order = self.entries.windows(2).all(|pair| pair[0].card < pair[1].card);
        let life = self.expires.0.checked_sub(self.issued.0);
        let times = life.is_some_and(|life| (1..=MAX_LIFE_MS).contains(&life)) && self.expires.0 <= MAX_UNIX_MS;
        let release = (MIN_RELEASE_MS..=MAX_RELEASE_MS).contains(&self.release_ms);
        let windows = self.entries.iter().all(|entry| are_windows(&entry.windows));
        let numbered = self.number.0 > 0;
        if numbered && in_order && times && release && windows { Ok(()) } else { Err(RightsRefusal::Malformed) }
    }
}

fn are_windows(windows: &[Window]) -> bool {
    let apart = windows.windows(2).all(|pair| pair[0].to < pair[1].from);
    let full = windows.iter().all(|window| window.from < window.to);
    (1..=MAX_WINDOWS).contains(&windows.len()) && apart && full
}

fn signed_text(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::from(SIGNED_TEXT);
    text.extend_from_slice(body);
    text
}

/// A list whose signature, site and device are right. Whether it is newer and not over is [`Keeper`](super::Keeper)'s to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedList {
    list: RightsList,
    digest: [u8; 32],
}

impl SignedList {
    /// Reads a list for this device; `is_signed(text, signature)` says whether this site signed the text.
    pub fn open(
        bytes: &[u8],
        site: &SiteId,
        device: &DeviceId,
        is_signed: impl FnOnce(&[u8], &[u8; SIGNATURE_BYTES]) -> bool,
    ) -> Result<Self, RightsRefusal> {
        if bytes.len() > MAX_LIST_BYTES {
            return Err(RightsRefusal::TooLong);
        }
        let (body, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(RightsRefusal::Malformed)?;
        if !is_signed(&signed_text(body), signature) {
            return Err(RightsRefusal::Signature);
        }
        let list = read(body).ok_or(RightsRefusal::Malformed)?;
        list.check()?;
        if list.site != *site {
            return Err(RightsRefusal::Site);
        }
        if list.device != *device {
            return Err(RightsRefusal::Device);
        }
        Ok(Self { list, digest: RightsList::digest(body) })
    }

    /// What it says.
    pub fn list(&self) -> &RightsList {
        &self.list
    }

    /// What a device that holds it says of it.
    pub fn held(&self) -> HeldRights {
        let RightsList { number, generation, expires, .. } = self.list;
        HeldRights { number, generation, digest: self.digest, expires }
    }
}

fn read(body: &[u8]) -> Option<RightsList> {
    let mut rest = body.strip_prefix(MAGIC)?;
    let site = SiteId::parse(&take_text(&mut rest)?).ok()?;
    let device = DeviceId::parse(&take_text(&mut rest)?).ok()?;
    let mut number = || take(&mut rest).map(u64::from_be_bytes);
    let (number, generation, issued, expires) = (number()?, number()?, number()?, number()?);
    let release_ms = u32::from_be_bytes(take(&mut rest)?);
    let cards = u32::from_be_bytes(take(&mut rest)?);
    let mut entries = Vec::new();
    for _ in 0..cards {
        let card = CardHash(take(&mut rest)?);
        let [count] = take(&mut rest)?;
        let mut windows = Vec::new();
        for _ in 0..count {
            let (from, to) = (u32::from_be_bytes(take(&mut rest)?), u32::from_be_bytes(take(&mut rest)?));
            windows.push(Window { from, to });
        }
        entries.push(RightsEntry { card, windows });
    }
    let (issued, expires) = (UnixMillis(issued), UnixMillis(expires));
    let number = ListNumber(number);
    rest.is_empty().then_some(RightsList { site, device, number, generation, issued, expires, release_ms, entries })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let [length] = take(rest)?;
    let (text, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    Some(String::from(core::str::from_utf8(text).ok()?))
}

#[cfg(test)]
mod tests;
