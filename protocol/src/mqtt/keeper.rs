//! The device's side of a rights list: which list is in force, and what it says about a card.
//!
//! Decided here: that a list comes into force only if it is newer than every one before, not over, and no longer than there is
//! room for; that a newer one ends the one before it even where it cannot come into force itself, because who is on the old
//! list may be missing on the new one for a reason; and that without a list, or with one that is over or not yet made by the
//! device's own clock, nobody passes. Not decided here: when the device is on its own (the firmware), and how the list and its
//! number outlast a power cut (the firmware's memory, in the order that [`Keeper::put_kept`] gives).
//!
//! A clock that is behind by some seconds makes a new list open that much later; nothing is allowed for it, as the daemon was
//! in reach when the list came. A clock that is ahead ends it earlier. Neither ever admits outside the list's windows as the
//! clock shows them.

use super::message::{RightsOutcome, RightsReport, UnixMillis};
use super::rights::{CardHash, HeldRights, ListNumber, RightsEntry, RightsRefusal, SignedList};

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

    /// A keeper after a power cut: `list` is what was kept next to `highest`. It is in force again only if it is the one of
    /// that number; an older one was replaced or forgotten before the power went.
    pub fn restored(room_cards: u16, highest: Option<ListNumber>, list: Option<SignedList>) -> Self {
        let fits = |signed: &SignedList| signed.list().entries.len() <= usize::from(room_cards);
        let list = list.filter(|signed| Some(signed.list().number) == highest && fits(signed));
        Self { highest, list, room_cards }
    }

    /// The highest number ever seen.
    pub fn highest(&self) -> Option<ListNumber> {
        self.highest
    }

    /// Takes a list whose signature was checked, or the reason why it was not one, where nothing is kept over a power cut.
    pub fn put(&mut self, now: UnixMillis, opened: Result<SignedList, RightsRefusal>) -> RightsReport {
        self.put_kept(now, opened, |_| true)
    }

    /// Takes a list whose signature was checked, or the reason why it was not one. Before it is in force, `keep` keeps its
    /// number and then the list itself over a power cut, in this order, and says whether it could.
    pub fn put_kept(
        &mut self,
        now: UnixMillis,
        opened: Result<SignedList, RightsRefusal>,
        keep: impl FnOnce(&SignedList) -> bool,
    ) -> RightsReport {
        let outcome = match opened.and_then(|signed| self.replace(now, signed, keep)) {
            Ok(()) => RightsOutcome::Applied,
            Err(refusal) => RightsOutcome::Refused(refusal),
        };
        RightsReport { held: self.held(), outcome }
    }

    fn replace(
        &mut self,
        now: UnixMillis,
        signed: SignedList,
        keep: impl FnOnce(&SignedList) -> bool,
    ) -> Result<(), RightsRefusal> {
        // The broker may deliver one twice (MQTT 5, 4.3.2); what is in force already is in force.
        if self.list.as_ref() == Some(&signed) {
            return Ok(());
        }
        let list = signed.list();
        if self.highest.is_some_and(|highest| list.number <= highest) {
            return Err(RightsRefusal::Replayed);
        }
        self.highest = Some(list.number);
        self.list = None;
        if now >= list.expires {
            return Err(RightsRefusal::Expired);
        }
        if list.entries.len() > usize::from(self.room_cards) {
            return Err(RightsRefusal::TooLong);
        }
        if !keep(&signed) {
            return Err(RightsRefusal::NotKept);
        }
        self.list = Some(signed);
        Ok(())
    }

    /// Forgets the list: nobody passes until a newer one comes. Whoever keeps lists over a power cut wipes the list, not the
    /// number, before they answer.
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
        match list.entries.get(at).filter(|entry| is_open(entry, now)) {
            Some(_) => Decision::Admit { list: list.number, release_ms: list.release_ms },
            None => Decision::Refuse,
        }
    }
}

fn is_open(entry: &RightsEntry, now: UnixMillis) -> bool {
    let seconds = now.0 / 1_000;
    entry.windows.iter().any(|window| u64::from(window.from) <= seconds && seconds < u64::from(window.to))
}

#[cfg(test)]
mod tests;
