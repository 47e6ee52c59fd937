//! The device's side of a rights list: which list is in force, and what it says about a card.
//!
//! Decided here: that a list which is older, over or too long never replaces another, and that without a list, or with one that
//! is over, nobody passes. Not decided here: when the device is on its own (the firmware), and where the list is kept.

use super::message::{RightsOutcome, RightsReport, UnixMillis};
use super::rights::{CardHash, HeldRights, ListNumber, RightsRefusal, SignedList};

/// What the list says about a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It opens.
    Admit {
        /// By this list.
        list: ListNumber,
        /// For how long the lock is released, in milliseconds.
        release_ms: u32,
    },
    /// It does not.
    Refuse,
}

/// The list of one device, and the highest number it has ever seen, which must survive a power cut.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    highest: Option<ListNumber>,
    list: Option<SignedList>,
    room_cards: u16,
}

impl Keeper {
    /// A keeper with room for so many cards that holds nothing; `highest` is what was kept over the power cut.
    pub fn new(room_cards: u16, highest: Option<ListNumber>) -> Self {
        Self { highest, list: None, room_cards }
    }

    /// The highest number ever seen: keep it before the list is in force.
    pub fn highest(&self) -> Option<ListNumber> {
        self.highest
    }

    /// Takes a list whose signature was checked, or the reason why it was not one.
    pub fn put(&mut self, now: UnixMillis, opened: Result<SignedList, RightsRefusal>) -> RightsReport {
        let outcome = match opened.and_then(|signed| self.replace(now, signed)) {
            Ok(()) => RightsOutcome::Applied,
            Err(refusal) => RightsOutcome::Refused(refusal),
        };
        RightsReport { held: self.held(), outcome }
    }

    fn replace(&mut self, now: UnixMillis, signed: SignedList) -> Result<(), RightsRefusal> {
        let list = signed.list();
        if self.highest.is_some_and(|highest| list.number <= highest) {
            return Err(RightsRefusal::Replayed);
        }
        if now >= list.expires {
            return Err(RightsRefusal::Expired);
        }
        if list.entries.len() > usize::from(self.room_cards) {
            return Err(RightsRefusal::TooLong);
        }
        self.highest = Some(list.number);
        self.list = Some(signed);
        Ok(())
    }

    /// Forgets the list: nobody passes until another one comes.
    pub fn forget(&mut self) -> RightsReport {
        self.list = None;
        self.report()
    }

    /// What is held, for whoever asks.
    pub fn report(&self) -> RightsReport {
        RightsReport { held: self.held(), outcome: RightsOutcome::Holding }
    }

    /// What is held.
    pub fn held(&self) -> Option<HeldRights> {
        self.list.as_ref().map(SignedList::held)
    }

    /// What the list says about a card at `now`.
    pub fn decide(&self, now: UnixMillis, card: CardHash) -> Decision {
        let Some(list) =
            self.list.as_ref().map(SignedList::list).filter(|list| list.issued <= now && now < list.expires)
        else {
            return Decision::Refuse;
        };
        let Ok(at) = list.entries.binary_search_by_key(&card, |entry| entry.card) else { return Decision::Refuse };
        let seconds = now.0 / 1_000;
        let holds = |entry: &super::rights::RightsEntry| {
            entry.windows.iter().any(|window| u64::from(window.from) <= seconds && seconds < u64::from(window.to))
        };
        match list.entries.get(at).filter(|entry| holds(entry)) {
            Some(_) => Decision::Admit { list: list.number, release_ms: list.release_ms },
            None => Decision::Refuse,
        }
    }
}
