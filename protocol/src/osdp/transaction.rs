//! One command and the reply that belongs to it.
//!
//! Decides sequence numbers, which frame answers which command, and how long to wait. A command's bytes are stored and
//! repeated unchanged until they are answered, because a changed repeat would be a second command. It does not decide
//! what to send (`bus`) or whether an answer is authentic (`secure`).
//!
//! Vocabulary: a *stale* frame answers an earlier command; a *foreign* one comes from another address.

use alloc::vec::Vec;
use core::time::Duration;

use super::line::{Address, Baud, Micros};
use super::message::reply_code;
use super::wire::{Frame, LONGEST_FRAME_BYTES, block};

/// Time a device has for its answer to begin (OSDP 2.2, 5.7). Less would give up on slow devices; more would let a dead
/// one block the bus for longer.
const REPLY_LIMIT_MILLIS: u64 = 200;

/// Characters of the shortest secured reply: the least that must still fit after the device has begun at the last moment.
const SHORT_REPLY_CHARACTERS: usize = 14;

/// A sequence number: 0 starts over, then 1, 2, 3, 1 and so on (OSDP 2.2, Table 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sequence(u8);

impl Sequence {
    pub(crate) const START: Self = Self(0);

    pub(crate) fn next(self) -> Self {
        Self(if self.0 >= 3 { 1 } else { self.0 + 1 })
    }

    pub(crate) fn number(self) -> u8 {
        self.0
    }
}

/// A command's bytes, kept until answered.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sequence: Sequence,
}

/// What a frame is to a waiting panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It claims to answer the command.
    Answer,
    /// "Not now": nothing was executed. Not authenticated.
    Busy,
    /// It answers something else, or is secured for the other direction; keep waiting.
    Stale,
    /// Another address speaks; keep waiting.
    Foreign(Address),
}

/// Sorts a frame that arrived while `address` was asked with `sequence`. The framer has already dropped commands.
pub(crate) fn classify(frame: &Frame, address: Address, sequence: Sequence) -> Heard {
    let envelope = frame.envelope;
    if envelope.address != address.number() {
        // Broadcast replies (0x7F) have no place on a bus with several devices and count as stale.
        return Address::parse(envelope.address).map_or(Heard::Stale, Heard::Foreign);
    }
    if frame.code == reply_code::BUSY && frame.block.is_none() {
        // BUSY carries sequence 0 and never a block, even inside a session (OSDP 2.2, 7.18).
        return if envelope.sequence == 0 { Heard::Busy } else { Heard::Stale };
    }
    let for_us = matches!(
        frame.block_kind(),
        None | Some(block::CHALLENGE_REPLY | block::PROOF_REPLY | block::REPLY | block::REPLY_ENCRYPTED)
    );
    if envelope.sequence == sequence.number() && for_us { Heard::Answer } else { Heard::Stale }
}

/// How long to wait for one answer. The time on the wire is counted: at 9600 baud it is most of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Give up then, unless a frame is under way.
    pub(crate) until: Micros,
    /// Give up then in any case, so that a babbling device cannot hold the bus.
    limit: Micros,
}

impl Patience {
    /// For a command of `bytes` bytes that starts on the wire at `now`.
    pub(crate) fn new(now: Micros, baud: Baud, bytes: usize) -> Self {
        Self::of(now, baud, bytes, Duration::from_millis(REPLY_LIMIT_MILLIS))
    }

    /// For a question to somebody who has `reply_limit` for the beginning of an answer.
    pub(crate) fn of(now: Micros, baud: Baud, bytes: usize, reply_limit: Duration) -> Self {
        let longest = Duration::from_millis(REPLY_LIMIT_MILLIS);
        let begun_by = now + baud.wire_time(bytes) + reply_limit.min(longest);
        Self {
            until: begun_by + baud.wire_time(SHORT_REPLY_CHARACTERS),
            limit: begun_by + baud.wire_time(LONGEST_FRAME_BYTES),
        }
    }

    /// A frame that lacks `missing` bytes is under way: let it finish.
    pub(crate) fn extend(&mut self, now: Micros, baud: Baud, missing: usize) {
        let finished = now + baud.wire_time(missing);
        self.until = self.until.max(finished.min(self.limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::wire::{self, Direction, Envelope};

    fn frame(address: u8, sequence: u8, kind: Option<u8>, code: u8) -> Frame {
        let envelope = Envelope { address, direction: Direction::ToPanel, sequence };
        let bytes = match kind {
            None => wire::plain(envelope, code, &[]),
            Some(kind) => wire::handshake(envelope, kind, 1, code, &[0; 8]),
        };
        wire::parse(&bytes).unwrap()
    }

    #[test]
    fn only_the_asked_device_answers_the_asked_question() {
        let asked = Address::parse(5).unwrap();
        let check = |frame: Frame, expect| assert_eq!(classify(&frame, asked, Sequence(2)), expect, "{frame:?}");
        check(frame(5, 2, Some(0x16), 0x40), Heard::Answer);
        check(frame(5, 2, Some(0x18), 0x50), Heard::Answer);
        check(frame(5, 2, None, 0x41), Heard::Answer);
        check(frame(5, 1, Some(0x16), 0x40), Heard::Stale);
        check(frame(5, 0, None, 0x79), Heard::Busy);
        check(frame(5, 2, None, 0x79), Heard::Stale);
        check(frame(5, 0, Some(0x16), 0x79), Heard::Stale);
        check(frame(5, 2, Some(0x15), 0x40), Heard::Stale);
        check(frame(5, 2, Some(0x17), 0x40), Heard::Stale);
        check(frame(6, 2, Some(0x16), 0x40), Heard::Foreign(Address::parse(6).unwrap()));
        check(frame(0x7F, 2, Some(0x16), 0x40), Heard::Stale);
    }

    #[test]
    fn numbers_run_one_two_three_one() {
        let mut sequence = Sequence::START;
        for expect in [1, 2, 3, 1, 2] {
            sequence = sequence.next();
            assert_eq!(sequence.number(), expect);
        }
    }

    #[test]
    fn patience_counts_the_wire_and_ends() {
        let mut patience = Patience::new(Micros(0), Baud::B9600, 128);
        assert!(patience.until > Micros::from_millis(133 + 200));
        let before = patience.until;
        patience.extend(Micros(0), Baud::B9600, 10);
        assert_eq!(patience.until, before, "a frame that ends in time needs no more patience");
        patience.extend(before, Baud::B9600, usize::MAX / 100);
        assert!(patience.until > before);
        assert!(patience.until < Micros::from_secs(2), "nobody may hold the bus");
    }
}
