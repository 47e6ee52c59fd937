//! What a device has to tell, one event per poll.
//!
//! Decides the order of events and which are kept. Cards and keys are kept until they were delivered, or refused when the
//! queue is full; input changes are kept as pictures of all inputs, so that a door opened and closed between two polls is
//! still seen. When there are too many pictures, the latest is told and the ones between are lost. What could not be told
//! for eight seconds is old: whoever showed the card or pressed the button has left, and a door must not open for them.
//!
//! Vocabulary: an event is *delivered* once the panel has sent its next command; until then its reply may have been lost.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use thiserror::Error;

use crate::osdp::line::Micros;
use crate::osdp::message::{CardFormat, Part, Reply, Sensitive, cut_to_bits};

/// Events that wait for polls. A panel polls many times a second; more than these means that nobody polls.
const EVENT_LIMIT_EVENTS: usize = 32;
/// How long an event is worth telling. Longer would release a lock for somebody who has left; shorter would lose cards on
/// a line that is in trouble for a moment.
const EVENT_GOOD_FOR_SECS: u64 = 8;
/// Digits in one event; the standard's shortest buffer holds them easily.
const KEYPAD_LIMIT_DIGITS: usize = 32;
/// Card bytes in one event, as they fit into the shortest buffer (128 bytes) with everything around them.
const CARD_LIMIT_BYTES: usize = 96;

/// Why an event was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EventRefused {
    /// No panel has been in charge for eight seconds; a card read now would be told to whoever comes later.
    #[error("no panel is connected; present the card again when one is")]
    NoPanel,
    /// The queue is full.
    #[error("too many events wait for the panel; present the card again")]
    QueueFull,
    /// The number of bits does not fit the bytes, or is none or more than 768; or there are no digits or more than 32; or a
    /// maker's message is longer than 96 bytes.
    #[error("the card or key data is empty, too long or does not match its length")]
    Malformed,
}

/// Events and current states of one device.
#[derive(Debug)]
pub(super) struct EventQueue {
    inputs: Vec<u8>,
    readers: Vec<u8>,
    tamper: bool,
    power_failed: bool,
    /// The time as far as anybody has told it; events are stamped with it.
    clock: Micros,
    waiting: VecDeque<(Micros, Reply)>,
    undelivered: Option<(Micros, Reply)>,
    /// A picture did not fit any more; the current one is told when the queue is empty.
    owes_picture: bool,
}

impl EventQueue {
    pub(super) fn new(inputs: u8, readers: u8) -> Self {
        Self {
            inputs: alloc::vec![0; usize::from(inputs)],
            readers: alloc::vec![0; usize::from(readers)],
            tamper: false,
            power_failed: false,
            clock: Micros::default(),
            waiting: VecDeque::new(),
            undelivered: None,
            owes_picture: false,
        }
    }

    /// It is `now`.
    pub(super) fn set_clock(&mut self, now: Micros) {
        self.clock = now;
    }

    /// The answer to a poll.
    pub(super) fn next(&mut self) -> Reply {
        self.drop_old();
        if self.waiting.is_empty() && core::mem::take(&mut self.owes_picture) {
            if !self.readers.is_empty() {
                self.waiting.push_back((self.clock, self.readers()));
            }
            self.waiting.push_back((self.clock, self.inputs()));
            self.waiting.push_back((self.clock, self.local()));
        }
        self.undelivered = self.waiting.pop_front();
        self.undelivered.as_ref().map_or(Reply::Ack, |(_, event)| event.clone())
    }

    /// Old pictures are history, but how things stand now must still be told.
    fn drop_old(&mut self) {
        let is_old = |at: Micros| self.clock.since(at) > Duration::from_secs(EVENT_GOOD_FOR_SECS);
        while self.waiting.front().is_some_and(|(at, _)| is_old(*at)) {
            self.waiting.pop_front();
            self.owes_picture = true;
        }
    }

    /// The panel went on, so it has the last answer.
    pub(super) fn delivered(&mut self) {
        self.undelivered = None;
    }

    /// The panel starts over; what it may not have got is told again.
    pub(super) fn return_undelivered(&mut self) {
        if let Some(event) = self.undelivered.take() {
            self.waiting.push_front(event);
        }
    }

    /// Nobody waits for these any more. States are read anew by the next panel.
    pub(super) fn forget(&mut self) {
        self.waiting.clear();
        self.undelivered = None;
        self.owes_picture = false;
    }

    pub(super) fn inputs(&self) -> Reply {
        Reply::Inputs(self.inputs.clone())
    }

    pub(super) fn readers(&self) -> Reply {
        Reply::Readers(self.readers.clone())
    }

    /// True when a poll would be answered by an event.
    pub(super) fn has_event(&self) -> bool {
        !self.waiting.is_empty() || self.owes_picture
    }

    pub(super) fn local(&self) -> Reply {
        Reply::Local { tamper: u8::from(self.tamper), power: u8::from(self.power_failed) }
    }

    pub(super) fn card(&mut self, reader: u8, bit_count: u16, data: &[u8]) -> Result<(), EventRefused> {
        if usize::from(bit_count).div_ceil(8) > CARD_LIMIT_BYTES {
            return Err(EventRefused::Malformed);
        }
        let data = cut_to_bits(data, bit_count).ok_or(EventRefused::Malformed)?;
        self.push(Reply::Card { reader, format: CardFormat::Wiegand, bit_count, data })
    }

    pub(super) fn keypad(&mut self, reader: u8, digits: &[u8]) -> Result<(), EventRefused> {
        if digits.is_empty() || digits.len() > KEYPAD_LIMIT_DIGITS {
            return Err(EventRefused::Malformed);
        }
        self.push(Reply::Keypad { reader, digits: Sensitive::new(digits.to_vec()) })
    }

    pub(super) fn set_input(&mut self, index: u8, value: u8) {
        let Some(input) = self.inputs.get_mut(usize::from(index)) else { return };
        if *input != value {
            *input = value;
            self.push_picture(self.inputs());
        }
    }

    pub(super) fn set_reader(&mut self, reader: u8, state: u8) {
        let Some(found) = self.readers.get_mut(usize::from(reader)) else { return };
        if *found != state {
            *found = state;
            self.push_picture(self.readers());
        }
    }

    pub(super) fn manufacturer(&mut self, oui: [u8; 3], data: &[u8]) -> Result<(), EventRefused> {
        if data.len() > CARD_LIMIT_BYTES {
            return Err(EventRefused::Malformed);
        }
        self.push(Reply::Manufacturer { oui, data: Sensitive::new(data.to_vec()) })
    }

    /// The parts of a message behind its first, which has just been told.
    pub(super) fn parts(&mut self, parts: impl Iterator<Item = Part>) {
        for part in parts {
            self.push_picture(Reply::NamePlate(part));
        }
    }

    pub(super) fn set_local(&mut self, tamper: bool, power_failed: bool) {
        if (self.tamper, self.power_failed) != (tamper, power_failed) {
            (self.tamper, self.power_failed) = (tamper, power_failed);
            self.push_picture(self.local());
        }
    }

    pub(super) fn outputs_changed(&mut self, levels: Vec<u8>) {
        self.push_picture(Reply::Outputs(levels));
    }

    fn push_picture(&mut self, picture: Reply) {
        if self.push(picture).is_err() {
            self.owes_picture = true;
        }
    }

    fn push(&mut self, event: Reply) -> Result<(), EventRefused> {
        if self.waiting.len() >= EVENT_LIMIT_EVENTS {
            return Err(EventRefused::QueueFull);
        }
        self.waiting.push_back((self.clock, event));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures must be told in the order in which they were taken, or the last one told is not how things stand.
    #[test]
    fn what_is_told_again_keeps_its_place() {
        let told = |was_delivered: bool| {
            let mut queue = EventQueue::new(1, 0);
            [1, 0, 1].into_iter().for_each(|value| queue.set_input(0, value));
            let first = queue.next();
            if was_delivered {
                queue.delivered();
            }
            queue.return_undelivered();
            queue.return_undelivered();
            let mut rest: Vec<Reply> = core::iter::repeat_with(|| queue.next()).take(3).collect();
            rest.insert(0, first);
            rest
        };
        let picture = |value: u8| Reply::Inputs(alloc::vec![value]);
        assert_eq!(told(false), [picture(1), picture(1), picture(0), picture(1)]);
        assert_eq!(told(true), [picture(1), picture(0), picture(1), Reply::Ack]);
    }

    #[test]
    fn what_is_old_is_not_told_but_how_things_stand_is() {
        let mut queue = EventQueue::new(1, 0);
        queue.set_clock(Micros::from_secs(10));
        queue.card(0, 26, &[1, 2, 3, 0x40]).unwrap();
        queue.set_input(0, 1);
        queue.set_clock(Micros::from_secs(18));
        assert!(matches!(queue.next(), Reply::Card { .. }), "eight seconds are not too long");
        queue.return_undelivered();
        queue.set_clock(Micros::from_millis(18_001));
        let told: Vec<Reply> = core::iter::repeat_with(|| queue.next()).take(3).collect();
        assert_eq!(told, [Reply::Inputs(alloc::vec![1]), Reply::Local { tamper: 0, power: 0 }, Reply::Ack]);
    }
}
