//! What is wrong with a line, as far as it is worth a word.
//!
//! Decides from how much noise on there is a trouble, and that the same is not told again too soon; that holds for frames of
//! strangers as well, or a flood of them would be a flood of alarms. It does not decide what
//! is done about it: a damaged frame is asked for again (`loss`), a late one is not listened to (`bus`).

use core::time::Duration;

use super::event::LineTrouble;
use crate::osdp::line::Micros;

/// The same trouble of the same device is told again after so long.
const AGAIN_AFTER_SECS: u64 = 10;
/// An adapter that lets the panel hear itself does so for ever and harms nothing.
const ECHO_AGAIN_AFTER_SECS: u64 = 3_600;
/// Exchanges with noise, within ten seconds, that make a trouble. One is a spark; more would hide a wrong speed.
const NOISE_LIMIT_EXCHANGES: u32 = 3;

/// What was told of one device, and when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Troubles {
    noise: Option<Micros>,
    babble: Option<Micros>,
    echo: Option<Micros>,
    late: Option<Micros>,
    busy: Option<Micros>,
    plaintext: Option<Micros>,
    foreign: Option<Micros>,
    noisy_since: Micros,
    noisy: u32,
}

impl Troubles {
    /// True when `trouble` is to be told now.
    pub(crate) fn tells(&mut self, now: Micros, trouble: LineTrouble) -> bool {
        let (told, pause) = match trouble {
            LineTrouble::Noise => (&mut self.noise, AGAIN_AFTER_SECS),
            LineTrouble::Babble => (&mut self.babble, AGAIN_AFTER_SECS),
            LineTrouble::Echo => (&mut self.echo, ECHO_AGAIN_AFTER_SECS),
            LineTrouble::Late => (&mut self.late, AGAIN_AFTER_SECS),
            LineTrouble::Busy => (&mut self.busy, AGAIN_AFTER_SECS),
        };
        is_due(told, now, pause)
    }

    /// True when a plaintext answer is to be told now.
    pub(crate) fn tells_plaintext(&mut self, now: Micros) -> bool {
        is_due(&mut self.plaintext, now, AGAIN_AFTER_SECS)
    }

    /// True when an answer from another address is to be told now.
    pub(crate) fn tells_foreign(&mut self, now: Micros) -> bool {
        is_due(&mut self.foreign, now, AGAIN_AFTER_SECS)
    }

    /// One exchange was noisy. True when that makes a trouble to tell.
    pub(crate) fn noisy_exchange(&mut self, now: Micros) -> bool {
        if now.since(self.noisy_since) >= Duration::from_secs(AGAIN_AFTER_SECS) {
            self.noisy_since = now;
            self.noisy = 0;
        }
        self.noisy = self.noisy.saturating_add(1);
        self.noisy >= NOISE_LIMIT_EXCHANGES && self.tells(now, LineTrouble::Noise)
    }
}

/// True when something that was told at `told` is to be told again, which is noted.
fn is_due(told: &mut Option<Micros>, now: Micros, pause: u64) -> bool {
    let is_due = told.is_none_or(|told| now.since(told) >= Duration::from_secs(pause));
    if is_due {
        *told = Some(now);
    }
    is_due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_at_most_once_in_ten_seconds() {
        let mut troubles = Troubles::default();
        let mut check = |millis, trouble, expect| {
            assert_eq!(troubles.tells(Micros::from_millis(millis), trouble), expect, "{trouble:?} at {millis} ms");
        };
        check(0, LineTrouble::Late, true);
        check(0, LineTrouble::Late, false);
        check(0, LineTrouble::Busy, true);
        check(9_999, LineTrouble::Late, false);
        check(10_000, LineTrouble::Late, true);
        check(0, LineTrouble::Echo, true);
        check(60_000, LineTrouble::Echo, false);
    }

    #[test]
    fn a_spark_is_no_noise() {
        let mut troubles = Troubles::default();
        let mut check = |seconds, expect| assert_eq!(troubles.noisy_exchange(Micros::from_secs(seconds)), expect);
        for (second, expect) in [(20, false), (21, false), (32, false), (33, false), (34, true), (35, false)] {
            check(second, expect);
        }
    }
}
