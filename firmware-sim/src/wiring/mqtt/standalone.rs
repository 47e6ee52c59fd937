//! What a handle does on its own: whom it opens for by its rights list, and what it writes down for later.
//!
//! Decided here: that a list counts only with the site's signature, how a card is hashed, what is kept over a power cut, and that
//! what was written down is told in order until the daemon has it. Which list replaces which, and what one says about a card, is
//! the protocol's `keeper`; when a handle is on its own is decided in [`super`].
//!
//! Vocabulary: the *flash* is what survives a power cut; a record is *told* when it was sent over this connection, and *noted*
//! when the daemon has said that it is safe.

use std::fmt;

use rackward_protocol::mqtt::{
    CardHash, CardRead, Decision, DeviceId, HeldRights, Keeper, LogRecord, Logbook, Logged, Outcome, RightsRefusal,
    RightsReport, SignedList, SiteId, UnixMillis,
};
use ring::{hmac, signature};

use super::flash::Flash;

/// Records told and not yet noted. More would fill the link's queue ahead of the next card.
const UNNOTED_LIMIT_RECORDS: usize = 16;
/// Bytes of a keyed hash that name a card.
const CARD_HASH_BYTES: usize = 16;

/// What a site gave a handle to decide with.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteKeys {
    /// The site.
    pub site: SiteId,
    /// The site's Ed25519 public key for rights lists.
    pub list_key: [u8; 32],
    /// The key under which cards are hashed; none for a handle that never decides by itself.
    pub card_key: Option<[u8; 32]>,
}

impl fmt::Debug for SiteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SiteKeys({}, redacted)", self.site)
    }
}

/// Whether the flash holds what is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Same,
    Older,
}

/// The rights and the log of one handle.
#[derive(Debug)]
pub struct Standalone {
    device: DeviceId,
    room_cards: u16,
    keys: Option<SiteKeys>,
    keeper: Keeper,
    /// The list in force as it came, signature and all.
    list: Option<Vec<u8>>,
    log: Logbook,
    told_through: u64,
    kept: Kept,
}

impl Standalone {
    /// A handle that holds nothing, with room for so many cards.
    pub fn new(device: DeviceId, room_cards: u16) -> Self {
        Self {
            device,
            room_cards,
            keys: None,
            keeper: Keeper::new(room_cards, None),
            list: None,
            log: Logbook::new(),
            told_through: 0,
            kept: Kept::Same,
        }
    }

    /// Takes what the site gave it. What it held under other keys is looked at again.
    pub fn equip(&mut self, keys: SiteKeys) {
        let flash = self.flash();
        self.keys = Some(keys);
        self.recall(&flash);
    }

    /// Begins anew with what the flash holds, as after a power cut.
    pub fn restart(&mut self) {
        let flash = self.flash();
        self.recall(&flash);
    }

    /// Takes up what the flash holds. A list that this site has not signed for this handle is no list; its number counts on.
    pub fn recall(&mut self, flash: &Flash) {
        self.told_through = 0;
        self.log = Logbook::from_bytes(&flash.log).unwrap_or_default();
        let signed = flash.list.as_ref().and_then(|bytes| self.open(bytes).ok());
        self.keeper = Keeper::restored(self.room_cards, flash.highest, signed);
        // Without keys it cannot be opened yet, and is looked at again when they come.
        let waits = self.keys.is_none() || self.keeper.held().is_some();
        self.list = flash.list.clone().filter(|_| waits);
    }

    fn flash(&self) -> Flash {
        Flash { highest: self.keeper.highest(), list: self.list.clone(), log: self.log.to_bytes() }
    }

    /// What the flash shall hold, when that is something else than it was given last.
    pub fn take_flash(&mut self) -> Option<Flash> {
        match std::mem::replace(&mut self.kept, Kept::Same) {
            Kept::Older => Some(self.flash()),
            Kept::Same => None,
        }
    }

    fn open(&self, bytes: &[u8]) -> Result<SignedList, RightsRefusal> {
        let keys = self.keys.as_ref().ok_or(RightsRefusal::Signature)?;
        let key = signature::UnparsedPublicKey::new(&signature::ED25519, keys.list_key);
        SignedList::open(bytes, &keys.site, &self.device, |text, signed| key.verify(text, signed).is_ok())
    }

    /// Takes a signed list, and gives what to say about it.
    pub fn put(&mut self, now: UnixMillis, bytes: Vec<u8>) -> RightsReport {
        let before = (self.keeper.highest(), self.keeper.held());
        let report = self.keeper.put(now, self.open(&bytes));
        if (self.keeper.highest(), report.held) != before {
            self.list = report.held.is_some().then_some(bytes);
            self.kept = Kept::Older;
        }
        report
    }

    /// Forgets the list, and gives what to say about it.
    pub fn forget(&mut self) -> RightsReport {
        self.list = None;
        self.kept = Kept::Older;
        self.keeper.forget()
    }

    /// What it holds, for whoever asks.
    pub fn report(&self) -> RightsReport {
        self.keeper.report()
    }

    /// What it holds.
    pub fn held(&self) -> Option<HeldRights> {
        self.keeper.held()
    }

    /// What the list says about a card, under the name that the log has for the card; `None` for a handle that was given no key
    /// to hash cards with, and so decides nothing.
    pub fn decide(&self, now: UnixMillis, card: &CardRead) -> Option<(CardHash, Decision)> {
        let key = self.keys.as_ref()?.card_key.as_ref()?;
        let hash = card_hash(key, card);
        Some((hash, self.keeper.decide(now, hash)))
    }

    /// Whether it would open for a card, asked exactly as for one that is presented.
    pub fn canary(&self, now: UnixMillis, card: &CardRead) -> Outcome {
        match self.decide(now, card) {
            Some((_, Decision::Admit { .. })) => Outcome::WouldAdmit,
            Some((_, Decision::Refuse)) | None => Outcome::WouldRefuse,
        }
    }

    /// Writes down what happened.
    pub fn write_down(&mut self, at: UnixMillis, what: Logged) {
        self.log.note_down(at, what);
        self.kept = Kept::Older;
    }

    /// Everything that is not noted is told again.
    pub fn tell_again(&mut self) {
        self.told_through = 0;
        self.log.connected();
    }

    /// The next record to tell, while not too many are on their way.
    pub fn next_record(&mut self) -> Option<LogRecord> {
        let told = self.log.unsent().take_while(|record| record.number <= self.told_through).count();
        if told >= UNNOTED_LIMIT_RECORDS {
            return None;
        }
        let next = self.log.next_unsent()?;
        self.told_through = next.number;
        Some(next)
    }

    /// The daemon has the records up to this number.
    pub fn noted(&mut self, through: u64) {
        self.log.note(through);
        self.kept = Kept::Older;
    }
}

/// The name of a card: the first 128 bits of HMAC-SHA256 over the number of its bits, two bytes little-endian, and the bits.
pub fn card_hash(key: &[u8; 32], card: &CardRead) -> CardHash {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    context.update(&card.bit_count().to_le_bytes());
    context.update(card.data());
    let tag = context.sign();
    let mut hash = [0; CARD_HASH_BYTES];
    hash.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
    CardHash(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with another program: `printf '\x1a\x00\x9f\x8d\x1a\x00' | openssl dgst -sha256 -mac hmac -macopt hexkey:0b..`
    /// (32 times), first 16 bytes.
    #[test]
    fn a_card_has_the_name_that_the_site_has_for_it() {
        let card = CardRead::new(26, &[0x9f, 0x8d, 0x1a, 0x00]).unwrap();
        let CardHash(hash) = card_hash(&[0x0b; 32], &card);
        let expect = [0xaa, 0x97, 0xe4, 0x6f, 0xa9, 0x83, 0xc1, 0x46, 0xa5, 0xb4, 0x18, 0x48, 0xaf, 0x3e, 0x8e, 0xe1];
        assert_eq!(hash, expect);
    }

    #[test]
    fn keys_are_never_printed() {
        let keys = SiteKeys { site: SiteId::parse("lon1").unwrap(), list_key: [7; 32], card_key: Some([171; 32]) };
        assert_eq!(format!("{keys:?}"), "SiteKeys(lon1, redacted)");
    }
}
