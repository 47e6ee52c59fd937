//! What a device has to tell, one event per poll.
//!
//! Decides the order of events and which are kept. Cards and keys are kept until they were delivered, or refused when the
//! queue is full; input changes are kept as pictures of all inputs, so that a door opened and closed between two polls is
//! still seen. When there are too many pictures, the latest is told and the ones between are lost.
//!
//! Vocabulary: an event is *delivered* once the panel has sent its next command; until then its reply may have been lost.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use thiserror::Error;

use crate::osdp::message::{CardFormat, Reply, Sensitive, cut_to_bits};

/// Events that wait for polls. A panel polls many times a second; more than these means that nobody polls.
const EVENT_LIMIT_EVENTS: usize = 32;
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
    /// The number of bits does not fit the bytes, or is none or more than 768; or there are no digits or more than 32.
    #[error("the card or key data is empty, too long or does not match its length")]
    Malformed,
}

/// Events and current states of one device.
#[derive(Debug)]
pub(super) struct EventQueue {
    inputs: Vec<u8>,
    tamper: bool,
    power_failed: bool,
    waiting: VecDeque<Reply>,
    undelivered: Option<Reply>,
    /// A picture did not fit any more; the current one is told when the queue is empty.
    owes_picture: bool,
}

impl EventQueue {
    pub(super) fn new(inputs: u8) -> Self {
        Self {
            inputs: alloc::vec![0; usize::from(inputs)],
            tamper: false,
            power_failed: false,
            waiting: VecDeque::new(),
            undelivered: None,
            owes_picture: false,
        }
    }

    /// The answer to a poll.
    pub(super) fn next(&mut self) -> Reply {
        if self.waiting.is_empty() && core::mem::take(&mut self.owes_picture) {
            self.waiting.push_back(self.inputs());
            self.waiting.push_back(self.local());
        }
        self.undelivered = self.waiting.pop_front();
        self.undelivered.clone().unwrap_or(Reply::Ack)
    }

    /// The panel went on, so it has the last answer.
    pub(super) fn delivered(&mut self) {
        self.undelivered = None;
    }

    /// The panel starts over; what it may not have got is told again.
    pub(super) fn return_undelivered(&mut self) {
        self.waiting.extend(self.undelivered.take());
        self.waiting.rotate_right(usize::from(!self.waiting.is_empty()));
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
        self.waiting.push_back(event);
        Ok(())
    }
}
