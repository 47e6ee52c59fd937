//! Which messages of one boot have come, and where the next one stands among them.
//!
//! Decides what is the next message, one ahead, one that is late, and one that came before. What is made of it is `link`'s.

use super::Worth;
use crate::mqtt::message::Sequence;

/// How far back it is remembered which messages came, in messages; an older one counts as one that came before.
const WINDOW_MESSAGES: u32 = u64::BITS;

/// What has come of one boot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    last: Sequence,
    /// Bit n is the message n before `last`.
    seen: u64,
    start: Start,
    /// The newest of each kind of which only the newest counts.
    newest: [Option<Sequence>; 3],
}

/// Whether the count began with live messages, so that a gap in it is a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Retained,
    Live,
}

/// A kind of message of which only the newest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Kept with the session, because it opens one.
    Birth,
    State,
    Rights,
    Csr,
}

impl Slot {
    fn at(self) -> Option<usize> {
        match self {
            Self::Birth => None,
            Self::State => Some(0),
            Self::Rights => Some(1),
            Self::Csr => Some(2),
        }
    }
}

/// Where a message stands among those of its boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// None is missing before it.
    Next,
    /// Some are missing before it.
    Ahead { missing: u32 },
    /// Later ones came before it, and it had not come yet.
    Late,
    /// It came before.
    Twice,
    /// It is older than what is remembered.
    Old,
}

impl Count {
    /// Begins with the first message of a boot that is heard.
    pub(super) fn from(first: Sequence, retained: bool) -> Self {
        let start = if retained { Start::Retained } else { Start::Live };
        Self { last: first, seen: 1, start, newest: [None; 3] }
    }

    /// Begins with a message of a kind of which only the newest counts.
    pub(super) fn heard(first: Sequence, retained: bool, worth: Worth) -> Self {
        let mut count = Self::from(first, retained);
        count.is_newest(first, &worth);
        count
    }

    pub(super) fn last(&self) -> Sequence {
        self.last
    }

    pub(super) fn is_before(&self, sequence: Sequence) -> bool {
        self.last < sequence
    }

    /// Notes a message and says whether it still counts when it is late.
    pub(super) fn is_newest(&mut self, sequence: Sequence, worth: &Worth) -> bool {
        let slot = match worth {
            Worth::Moment => return false,
            Worth::Lasting => return true,
            Worth::Newest(slot) => slot.at().and_then(|at| self.newest.get_mut(at)),
        };
        let Some(newest) = slot else { return false };
        let is_newest = newest.is_none_or(|newest| sequence > newest);
        if is_newest {
            *newest = Some(sequence);
        }
        is_newest
    }

    /// Takes one message in. What the broker had kept is never news of a loss.
    pub(super) fn take(&mut self, sequence: Sequence, retained: bool) -> Place {
        let Some(ahead) = sequence.number().checked_sub(self.last.number()).filter(|ahead| *ahead > 0) else {
            return self.take_behind(self.last.number().saturating_sub(sequence.number()));
        };
        let counted = self.start == Start::Live;
        self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
        self.last = sequence;
        if !retained {
            self.start = Start::Live;
        }
        if counted && ahead > 1 { Place::Ahead { missing: ahead - 1 } } else { Place::Next }
    }

    fn take_behind(&mut self, behind: u32) -> Place {
        if behind >= WINDOW_MESSAGES {
            return Place::Old;
        }
        let bit = 1u64 << behind;
        let place = if self.seen & bit == 0 { Place::Late } else { Place::Twice };
        self.seen |= bit;
        place
    }
}
