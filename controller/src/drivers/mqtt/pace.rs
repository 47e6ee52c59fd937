//! How many messages one device may send. Pure; time is an argument.
//!
//! Decides when a device talks too much. Its messages are then dropped unread, so that it cannot keep the engine from
//! hearing the others; the gap shows in its sequence numbers and is reported as loss. A device in good health sends a few
//! messages when somebody stands at it and is silent otherwise.
//!
//! What it was asked for counts apart: acknowledgements, rights, and the log of an hour on its own, which comes all at once
//! and must not be lost to the noise of the moment.

use std::time::Duration;

use rackward_core::Monotonic;
use rackward_protocol::mqtt::UpLeaf;

/// Of its own accord: everything a device has to say after a reconnect, many times over; then 20 a second, more than a
/// person can cause.
const TALK: Allowance = Allowance { burst_messages: 64, refill_millis: 50 };
/// What it was asked for: twice the longest log, then 50 a second.
const ANSWERS: Allowance = Allowance { burst_messages: 2_304, refill_millis: 20 };

/// What one kind of messages may come to.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    /// Messages that may come at once.
    burst_messages: u32,
    /// Time in which one more is earned.
    refill_millis: u64,
}

/// What one device may still send.
#[derive(Debug)]
pub(super) struct Pace {
    talk: Bucket,
    answers: Bucket,
}

impl Default for Pace {
    fn default() -> Self {
        Self { talk: Bucket::full(TALK), answers: Bucket::full(ANSWERS) }
    }
}

impl Pace {
    /// Counts one message that came at `now`; false when it is one too many.
    pub(super) fn takes(&mut self, now: Monotonic, leaf: UpLeaf) -> bool {
        match leaf {
            UpLeaf::Birth | UpLeaf::State | UpLeaf::Event | UpLeaf::Csr => self.talk.takes(now, TALK),
            UpLeaf::Ack | UpLeaf::Rights | UpLeaf::Log => self.answers.takes(now, ANSWERS),
            // A will is never too much: without it a device that is gone would count as present.
            UpLeaf::Gone => true,
        }
    }
}

#[derive(Debug)]
struct Bucket {
    left: u32,
    counted_from: Monotonic,
}

impl Bucket {
    fn full(allowance: Allowance) -> Self {
        Self { left: allowance.burst_messages, counted_from: Monotonic::default() }
    }

    fn takes(&mut self, now: Monotonic, Allowance { burst_messages, refill_millis }: Allowance) -> bool {
        let refill = Duration::from_millis(refill_millis);
        let earned = now.since(self.counted_from).as_millis() / u128::from(refill_millis);
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        if earned >= burst_messages - self.left {
            self.left = burst_messages;
            self.counted_from = now;
        } else {
            self.left += earned;
            self.counted_from = self.counted_from.after(refill * earned);
        }
        let takes = self.left > 0;
        self.left = self.left.saturating_sub(1);
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_micros(1_000_000 + millis * 1_000)
    }

    /// How many of `count` messages, one every `gap` milliseconds, are taken.
    fn taken(leaf: UpLeaf, count: u64, gap: u64) -> usize {
        let mut pace = Pace::default();
        (0..count).filter(|number| pace.takes(at(number * gap), leaf)).count()
    }

    #[test]
    fn a_burst_is_taken_and_a_flood_is_not() {
        assert_eq!(taken(UpLeaf::Event, 64, 0), 64);
        assert_eq!(taken(UpLeaf::Event, 1_000, 0), 64);
        assert_eq!(taken(UpLeaf::Event, 1_000, 50), 1_000);
        assert_eq!(taken(UpLeaf::Event, 1_000, 25), 64 + 499);
        assert_eq!(taken(UpLeaf::Log, 2_304, 0), 2_304);
        assert_eq!(taken(UpLeaf::Log, 10_000, 0), 2_304);
        assert_eq!(taken(UpLeaf::Gone, 10_000, 0), 10_000);
    }

    #[test]
    fn noise_takes_nothing_from_the_log_and_the_receipts() {
        let mut pace = Pace::default();
        let noise = (0..1_000).filter(|_| pace.takes(at(0), UpLeaf::State)).count();
        let log = (0..1_025).filter(|_| pace.takes(at(0), UpLeaf::Log)).count();
        assert_eq!((noise, log, pace.takes(at(0), UpLeaf::Rights)), (64, 1_025, true));
    }
}
