//! How many messages one device may send. Pure; time is an argument.
//!
//! Decides when a device talks too much. Its messages are then dropped unread, so that it cannot keep the engine from
//! hearing the others; the gap shows in its sequence numbers and is reported as loss. A device in good health sends a few
//! messages when somebody stands at it and is silent otherwise.

use std::time::Duration;

use rackward_core::Monotonic;

/// Messages that a device may send at once: everything it has to say after a reconnect, many times over.
const BURST_LIMIT_MESSAGES: u32 = 64;
/// Time in which it earns one more: 20 a second, more than a person can cause.
const REFILL_MILLIS: u64 = 50;

/// What one device may still send.
#[derive(Debug)]
pub(super) struct Pace {
    left: u32,
    counted_from: Monotonic,
}

impl Default for Pace {
    fn default() -> Self {
        Self { left: BURST_LIMIT_MESSAGES, counted_from: Monotonic::default() }
    }
}

impl Pace {
    /// Counts one message that came at `now`; false when it is one too many.
    pub(super) fn takes(&mut self, now: Monotonic) -> bool {
        let refill = Duration::from_millis(REFILL_MILLIS);
        let earned = now.since(self.counted_from).as_millis() / u128::from(REFILL_MILLIS);
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        if earned >= BURST_LIMIT_MESSAGES - self.left {
            self.left = BURST_LIMIT_MESSAGES;
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

    /// How many of `count` messages, one every `gap` milliseconds, are taken.
    fn taken(count: u64, gap: u64) -> usize {
        let mut pace = Pace::default();
        let at = |number: u64| Monotonic::from_micros(1_000_000 + number * gap * 1_000);
        (0..count).filter(|number| pace.takes(at(*number))).count()
    }

    #[test]
    fn a_burst_is_taken_and_a_flood_is_not() {
        assert_eq!(taken(64, 0), 64);
        assert_eq!(taken(1_000, 0), 64);
        assert_eq!(taken(1_000, 50), 1_000);
        assert_eq!(taken(1_000, 25), 64 + 499);
    }
}
