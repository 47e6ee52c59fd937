//! How long to leave a device alone after it failed.
//!
//! Decides the pauses and nothing else. A dead device costs the bus 200 ms each time it is asked, so silence is asked
//! less and less; a device that answers but lost its session costs little and is won back quickly.
//!
//! Vocabulary: a *miss* is an answer that did not come; a *loss* is a session that ended or a handshake that was refused.

use core::time::Duration;

use crate::osdp::line::Address;

/// Missed answers in a row after which a device is suspect and asked less often. Fewer would slow down a device on a
/// noisy line; more would let a dead one take 200 ms of the bus each.
pub(crate) const SUSPECT_AFTER_MISSES: u32 = 3;

/// First pause for a silent device.
const SILENT_FIRST_MILLIS: u64 = 500;
/// No pause is longer, so that with a handshake and a survey nobody is away for more than eight seconds beyond its fault.
const LONGEST_MILLIS: u64 = 7_000;

/// Pauses before handshakes after a loss: at once, then 1, 2, 4, 7 s.
const LOSS_FIRST_MILLIS: u64 = 1_000;

/// Spread by address, so that devices that died together do not come back together. In 1/512 of the pause: less by up to
/// an eighth.
const SPREAD_STEPS: u64 = 64;

/// Pause before a silent device is asked again: none for the first misses, then 0.5, 1, 2, 4, 7 s, each a little shorter
/// by address.
pub(crate) fn after_silence(misses: u32, address: Address) -> Duration {
    let Some(step) = misses.checked_sub(SUSPECT_AFTER_MISSES) else {
        return Duration::ZERO;
    };
    doubled(SILENT_FIRST_MILLIS, step, address)
}

/// Pause before the next handshake after so many losses in a row.
pub(crate) fn after_loss(losses: u32, address: Address) -> Duration {
    match losses {
        0 | 1 => Duration::ZERO,
        more => doubled(LOSS_FIRST_MILLIS, more - 2, address),
    }
}

fn doubled(first_millis: u64, step: u32, address: Address) -> Duration {
    let pause = first_millis.saturating_mul(1 << step.min(8)).min(LONGEST_MILLIS);
    let spread = u64::from(address.number()).wrapping_mul(37) % SPREAD_STEPS;
    Duration::from_micros(pause * 1_000 - pause * 1_000 * spread / 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: fn() -> Address = || Address::parse(0).unwrap();

    #[test]
    fn silence_is_asked_less_and_less() {
        let check = |misses, millis| assert_eq!(after_silence(misses, FIRST()), Duration::from_millis(millis));
        for (misses, millis) in [(0, 0), (1, 0), (2, 0), (3, 500), (4, 1_000), (5, 2_000), (6, 4_000), (7, 7_000)] {
            check(misses, millis);
        }
        check(u32::MAX, 7_000);
    }

    #[test]
    fn a_lost_session_is_made_again_at_once_then_more_slowly() {
        let check = |losses, millis| assert_eq!(after_loss(losses, FIRST()), Duration::from_millis(millis));
        for (losses, millis) in [(0, 0), (1, 0), (2, 1_000), (3, 2_000), (4, 4_000), (5, 7_000), (6, 7_000)] {
            check(losses, millis);
        }
        check(u32::MAX, 7_000);
    }

    #[test]
    fn two_devices_pause_differently_and_never_much_shorter() {
        let pause = |number| after_silence(9, Address::parse(number).unwrap());
        assert_ne!(pause(1), pause(2));
        for number in 0..=Address::HIGHEST {
            assert!((Duration::from_secs(6)..=Duration::from_secs(7)).contains(&pause(number)));
        }
    }
}
