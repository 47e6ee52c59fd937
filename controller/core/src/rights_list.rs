//! The rights list of a device with a reader of its own: which cards it opens for, and when, while nobody can be asked.
//!
//! Decides the form of a list and its digest, which are those of the wire (`rackward_protocol::mqtt::rights`), so that a digest
//! that a device acknowledges can be compared with ours. Who is on a list is `engine/offline.rs`'s, and when it must be there.

pub(crate) mod coverage;

use core::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::id::Generation;
use crate::people::CredentialKey;
use crate::time::Wall;

/// Cards that are put on one list at most; a device may have room for fewer.
pub const MAX_CARDS: usize = 4_000;

/// What a device shall go by while nobody can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsList {
    /// Its number; see [`RightsRecord::next_number`].
    pub number: ListNumber,
    /// The generation of rights it was made from.
    pub generation: Generation,
    /// When it was made, in whole milliseconds.
    pub issued: Wall,
    /// From then on it opens for nobody, in whole milliseconds.
    pub expires: Wall,
    /// For how long it releases the lock.
    pub release_time: Duration,
    /// Who it opens for, in order of card, each once.
    pub cards: Box<[ListedCard]>,
}

/// One card and when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCard {
    /// Which card.
    pub card: CredentialKey,
    /// When, in order and apart.
    pub windows: Box<[Window]>,
}

/// A stretch of time in seconds since 1970: from the first to before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// When it begins.
    pub from: u32,
    /// When it is over.
    pub to: u32,
}

/// The number of a list: a higher one is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListNumber(pub u64);

/// The SHA-256 of a list's body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListDigest(pub [u8; 32]);

impl core::fmt::Debug for ListDigest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ListDigest({self})")
    }
}

impl core::fmt::Display for ListDigest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A list as a device names the one it holds, or as we name one that was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldList {
    /// Its number.
    pub number: ListNumber,
    /// The generation of rights it was made from.
    pub generation: Generation,
    /// The digest of its body.
    pub digest: ListDigest,
    /// When it is over.
    pub expires: Wall,
}

/// Why a device did not take a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRefusal {
    /// Its bytes are no list.
    Malformed,
    /// This site has not signed it.
    Signature,
    /// It is of another site.
    Site,
    /// It is for another device.
    Device,
    /// It is no newer than one that was there before.
    Replayed,
    /// Its time is over.
    Expired,
    /// It has more cards than there is room for.
    TooLong,
    /// It could not be kept.
    NotKept,
}

/// What is durable about the rights that one device holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RightsRecord {
    /// The last change to what it should hold.
    pub changed: Option<RightsChange>,
    /// The last change that took something away.
    pub narrowed: Option<RightsChange>,
    /// The newest list that was issued to it.
    pub issued: Option<HeldList>,
    /// The list it acknowledged last.
    pub applied: Option<HeldList>,
    /// No list that it may still hold is good for longer: the latest end of all issued since the one it acknowledged, that one
    /// included.
    pub honoured_until: Option<Wall>,
    /// The last record of its log that is in the journal; 0 while nothing is known of its log.
    pub logged_through: u64,
}

/// One change to what a device should hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RightsChange {
    /// The generation that changed it.
    pub generation: Generation,
    /// When.
    pub at: Wall,
}

/// One thing that happened while a device was on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logged {
    /// It opened for a card.
    Admitted {
        /// Which.
        card: CredentialKey,
        /// By which list.
        list: ListNumber,
    },
    /// It did not open for a card.
    Refused {
        /// Which.
        card: CredentialKey,
    },
    /// The door was opened.
    Opened,
    /// The door was closed and is secured.
    Closed,
    /// The mechanical key was turned.
    KeyTurned,
    /// Cover or mounting was opened.
    Tampered,
    /// So many records found no room.
    Overflowed {
        /// How many.
        lost: u32,
    },
}

/// No list lasts longer from its issue on, as no device takes one that does.
pub(crate) const LONGEST_LIFE: Duration = Duration::from_secs(86_400);

impl RightsRecord {
    /// The number of a list issued at `at`: the milliseconds since 1970, or the next after the one before. So it is higher than
    /// any before even where the records were lost or restored from a backup, and the device takes the list.
    pub fn next_number(&self, at: Wall) -> ListNumber {
        let after = self.issued.map_or(1, |issued| issued.number.0.saturating_add(1));
        ListNumber(after.max(millis(at)))
    }
}

const MAGIC: &[u8; 5] = b"RWRL\x01";

impl RightsList {
    /// The digest of the list for `device` at `site`; the bytes digested are those of `rackward_protocol::mqtt::rights`.
    pub fn digest(&self, site: &str, device: &str) -> ListDigest {
        let mut hash = Sha256::new();
        hash.update(MAGIC);
        for text in [site, device] {
            hash.update([u8::try_from(text.len()).unwrap_or(u8::MAX)]);
            hash.update(text);
        }
        for number in [self.number.0, self.generation.get(), millis(self.issued), millis(self.expires)] {
            hash.update(number.to_be_bytes());
        }
        let release_millis = u32::try_from(self.release_time.as_millis()).unwrap_or(u32::MAX);
        hash.update(release_millis.to_be_bytes());
        hash.update(u32::try_from(self.cards.len()).unwrap_or(u32::MAX).to_be_bytes());
        for ListedCard { card, windows } in &self.cards {
            hash.update(card.as_bytes());
            hash.update([u8::try_from(windows.len()).unwrap_or(u8::MAX)]);
            for window in windows {
                hash.update(window.from.to_be_bytes());
                hash.update(window.to.to_be_bytes());
            }
        }
        ListDigest(hash.finalize().into())
    }

    /// What a device that holds it says of it.
    pub fn held(&self, site: &str, device: &str) -> HeldList {
        let digest = self.digest(site, device);
        HeldList { number: self.number, generation: self.generation, digest, expires: self.expires }
    }
}

fn millis(at: Wall) -> u64 {
    u64::try_from(at.as_micros().div_euclid(1_000)).unwrap_or(0)
}
