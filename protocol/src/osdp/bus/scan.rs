//! The search for devices that nobody has told the bus of.
//!
//! Decides which address is tried at which speed next, what is said there, and what counts as found. Strangers are asked in
//! the clear, because nobody knows a key of theirs; nothing they say is believed beyond that they are there. Addresses of
//! the bus's own devices are left out, so that no session is disturbed. When a try may take the line is decided by
//! `schedule`.
//!
//! Vocabulary: a *try* is one address at one speed.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::event::ScanEvent;
use super::place::Place;
use crate::osdp::line::{Address, Baud, Micros};
use crate::osdp::message::{Reply, code};
use crate::osdp::transaction::Sequence;
use crate::osdp::wire::{self, Direction, Envelope, Frame};

/// How long a stranger may take to begin its answer. Devices of our day need a few milliseconds; most addresses are empty,
/// and each of them costs the others so long.
pub(super) const PATIENCE_MILLIS: u64 = 60;

/// Tries between two words on how far the search is.
const PROGRESS_EVERY_TRIES: u32 = 32;

/// Most things found that may wait to be taken; a search waits when so many do.
const EVENT_LIMIT_EVENTS: usize = 64;

/// A search, and what it found.
#[derive(Debug, Default)]
pub(super) struct Search {
    plan: Option<Plan>,
    events: VecDeque<ScanEvent>,
}

/// A search under way.
#[derive(Debug)]
struct Plan {
    speeds: Vec<Baud>,
    tried: u32,
    question: Question,
}

/// What a stranger is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Whether it is there. Sequence 0 makes a device forget what it was told by others.
    There,
    /// Who it is, since it is there.
    Who,
}

impl Question {
    fn sequence(self) -> Sequence {
        match self {
            Self::There => Sequence::START,
            Self::Who => Sequence::START.next(),
        }
    }
}

impl Plan {
    fn total(&self) -> u32 {
        self.speeds.len() as u32 * ADDRESSES
    }

    fn place(&self) -> Option<Place> {
        let baud = *self.speeds.get((self.tried / ADDRESSES) as usize)?;
        let address = Address::parse((self.tried % ADDRESSES) as u8).ok()?;
        Some(Place::new(address, baud))
    }
}

/// Addresses that a device may have.
const ADDRESSES: u32 = Address::HIGHEST as u32 + 1;

impl Search {
    pub(super) fn is_under_way(&self) -> bool {
        self.plan.is_some()
    }

    pub(super) fn begin(&mut self, speeds: &[Baud]) {
        let speeds: Vec<Baud> = Baud::ALL.into_iter().filter(|baud| speeds.contains(baud)).collect();
        self.events.clear();
        self.plan = Some(Plan { speeds, tried: 0, question: Question::There });
        self.end_if_over();
    }

    pub(super) fn take_event(&mut self) -> Option<ScanEvent> {
        self.events.pop_front()
    }

    /// When a try may be made; never, when there is nothing to try or nobody takes what was found.
    pub(super) fn ready_at(&self) -> Option<Micros> {
        (self.plan.is_some() && self.events.len() < EVENT_LIMIT_EVENTS).then_some(Micros::default())
    }

    /// The place of the next try, leaving out those for which `is_known`.
    pub(super) fn next_place(&mut self, is_known: impl Fn(Address) -> bool) -> Option<Place> {
        while let Some(place) = self.plan.as_ref().and_then(Plan::place) {
            if !is_known(place.address) {
                return Some(place);
            }
            self.advance();
        }
        None
    }

    /// The frame of the next try at `place`.
    pub(super) fn frame(&self, place: Place) -> Option<(Vec<u8>, Sequence)> {
        let question = self.plan.as_ref()?.question;
        let sequence = question.sequence();
        let envelope =
            Envelope { address: place.address.number(), direction: Direction::ToDevice, sequence: sequence.number() };
        let bytes = match question {
            Question::There => wire::plain(envelope, code::POLL, &[]),
            Question::Who => wire::plain(envelope, code::ID, &[0]),
        };
        Some((bytes, sequence))
    }

    /// Somebody answered at `place`.
    pub(super) fn answered(&mut self, place: Place, frame: &Frame) {
        let Some(plan) = &mut self.plan else { return };
        match plan.question {
            Question::There => plan.question = Question::Who,
            Question::Who => {
                let said = frame.block.is_none().then(|| Reply::decode(frame.code, &frame.data));
                self.found(place, said);
            }
        }
    }

    /// Nobody answered at `place`.
    pub(super) fn unanswered(&mut self, place: Place) {
        match self.plan.as_ref().map(|plan| plan.question) {
            Some(Question::There) => self.advance(),
            Some(Question::Who) => self.found(place, None),
            None => {}
        }
    }

    fn found(&mut self, place: Place, said: Option<Reply>) {
        let identity = if let Some(Reply::Identity(identity)) = said { Some(identity) } else { None };
        self.events.push_back(ScanEvent::Found { address: place.address, baud: place.baud, identity });
        self.advance();
    }

    fn advance(&mut self) {
        let Some(plan) = &mut self.plan else { return };
        plan.tried += 1;
        plan.question = Question::There;
        let (tried, total) = (plan.tried, plan.total());
        if tried.is_multiple_of(PROGRESS_EVERY_TRIES) || tried >= total {
            self.events.push_back(ScanEvent::Progress { tried, total });
        }
        self.end_if_over();
    }

    fn end_if_over(&mut self) {
        if self.plan.as_ref().is_some_and(|plan| plan.place().is_none()) {
            self.plan = None;
            self.events.push_back(ScanEvent::Done);
        }
    }
}

/// How long a stranger's answer is waited for, beside the time on the wire.
pub(super) const fn patience() -> Duration {
    Duration::from_millis(PATIENCE_MILLIS)
}
