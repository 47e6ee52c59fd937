//! What waits to be published, in two lanes: what somebody at a door waits for goes before what can wait.
//!
//! Decides the order of messages and how much may wait. Within a lane nothing overtakes, so two orders for one device reach
//! it in the order they were given. What becomes of a message that cannot be sent is `fleet`'s.

use std::collections::VecDeque;

use rackward_core::id::{CommandId, DeviceId};

/// What may wait in the lane of what can wait. Some two hundred of the longest rights lists fit; a list for which there is
/// no room is sent again by the engine, which hears no receipt.
const BULK_LIMIT_BYTES: usize = 32 << 20;

/// One message to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it is published.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
    /// After how many seconds the broker throws it away.
    pub expiry_seconds: u32,
    pub(super) purpose: Purpose,
}

/// What a message is for, and with that what becomes of it when it cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A release or relock: the engine is told.
    Command(DeviceId, CommandId),
    /// Light and sound: nothing. Shown later it would be shown to somebody else.
    Feedback,
    /// Rights, receipts, questions: it is put again.
    Upkeep,
}

/// Messages that wait.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    urgent: VecDeque<Message>,
    bulk: VecDeque<Message>,
    bulk_bytes: usize,
}

impl Outbox {
    /// Puts a message behind those of its lane; false when there is no room for it.
    pub(super) fn push(&mut self, message: Message) -> bool {
        match message.purpose {
            Purpose::Command(..) | Purpose::Feedback => self.urgent.push_back(message),
            Purpose::Upkeep => {
                let bytes = self.bulk_bytes + message.payload.len();
                if bytes > BULK_LIMIT_BYTES {
                    return false;
                }
                self.bulk_bytes = bytes;
                self.bulk.push_back(message);
            }
        }
        true
    }

    /// Puts a message back to where it was taken from.
    pub(super) fn put_back(&mut self, message: Message) {
        match message.purpose {
            Purpose::Command(..) | Purpose::Feedback => self.urgent.push_front(message),
            Purpose::Upkeep => {
                self.bulk_bytes += message.payload.len();
                self.bulk.push_front(message);
            }
        }
    }

    pub(super) fn next_urgent(&mut self) -> Option<Message> {
        self.urgent.pop_front()
    }

    pub(super) fn next(&mut self) -> Option<Message> {
        if let Some(message) = self.urgent.pop_front() {
            return Some(message);
        }
        let message = self.bulk.pop_front()?;
        self.bulk_bytes -= message.payload.len();
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.urgent.is_empty() && self.bulk.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(purpose: Purpose, bytes: usize) -> Message {
        Message { topic: String::new(), payload: vec![0; bytes], expiry_seconds: 1, purpose }
    }

    #[test]
    fn what_somebody_waits_for_goes_first_and_nothing_overtakes_in_its_lane() {
        let command = |number| Purpose::Command(DeviceId::new(1), CommandId::new(number));
        let mut outbox = Outbox::default();
        for (purpose, bytes) in
            [(Purpose::Upkeep, 1), (command(1), 2), (Purpose::Upkeep, 3), (Purpose::Feedback, 4), (command(2), 5)]
        {
            assert!(outbox.push(message(purpose, bytes)));
        }
        let first = outbox.next().unwrap();
        assert_eq!(first.payload.len(), 2);
        outbox.put_back(first);
        let lengths: Vec<_> = std::iter::from_fn(|| outbox.next()).map(|message| message.payload.len()).collect();
        assert_eq!(lengths, [2, 4, 5, 1, 3]);
        assert!(outbox.is_empty());
    }

    #[test]
    fn what_can_wait_is_bounded_in_bytes_and_leaves_room_again() {
        let mut outbox = Outbox::default();
        assert!(outbox.push(message(Purpose::Upkeep, BULK_LIMIT_BYTES)));
        assert!(!outbox.push(message(Purpose::Upkeep, 1)));
        assert!(outbox.push(message(Purpose::Feedback, 1)));
        assert_eq!(outbox.next_urgent().map(|message| message.purpose), Some(Purpose::Feedback));
        assert_eq!(outbox.next_urgent(), None);
        let long = outbox.next().unwrap();
        outbox.put_back(long);
        assert!(!outbox.push(message(Purpose::Upkeep, 1)));
        outbox.next();
        assert!(outbox.push(message(Purpose::Upkeep, 1)));
    }
}
