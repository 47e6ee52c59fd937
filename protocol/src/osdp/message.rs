//! What the two ends say to each other once a frame is open: command and reply codes and their DATA fields.
//!
//! Decides how each DATA field is laid out (OSDP 2.2, clauses 6 and 7) and how lenient its reading is: strict about
//! lengths that could hide something, lenient about what real readers pad. It does not decide when a message is sent or
//! whether its sender is to be believed (`bus`, `peripheral`, `secure`).
//!
//! Vocabulary: a *command* goes from panel to device, a *reply* comes back; a *tick* is the protocol's 100 ms.

mod ability;
mod command;
mod device;
mod extended;
mod file;
mod light;
mod output;
mod reply;
mod settings;

use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU16;
use core::time::Duration;

use zeroize::Zeroizing;

pub use ability::{Abilities, Capability};
pub(crate) use command::code;
pub use command::{BuzzerRecord, BuzzerTone, PanelCommand, TextDuration, TextRecord};
pub(crate) use device::{DeviceCommand, IdentityForm, Question, Refusal};
pub(crate) use extended::cut;
pub use extended::{Assembly, NamePlate, Part, PlateLine};
pub(crate) use file::{FRAGMENT_HEAD_BYTES, FileDetail, FileFragment, FileStatus};
pub use light::{LedColour, LedPermanent, LedRecord, LedTemporary, Rhythm};
pub use output::OutputAction;
pub(crate) use output::OutputRecord;
pub use reply::{CardFormat, DeviceIdentity, NakCode};
pub(crate) use reply::{Reply, cut_to_bits, reply_code};
pub(crate) use settings::{LineSettings, encode_key};

/// Milliseconds in one tick of the protocol's timers.
const TICK_MILLIS: u128 = 100;

/// How long a temporary state lasts, in ticks of 100 ms: 0.1 s to 6553.5 s.
///
/// Never zero, because devices read a zero timer as "for ever", and no lock may be released for ever by accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticks(NonZeroU16);

impl Ticks {
    /// Accepts 1 to 65535 ticks.
    pub const fn parse(ticks: u16) -> Option<Self> {
        match NonZeroU16::new(ticks) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
    }

    /// The shortest timer that lasts at least `span`, held between 0.1 s and 6553.5 s.
    pub fn covering(span: Duration) -> Self {
        let ticks = span.as_millis().div_ceil(TICK_MILLIS);
        let ticks = u16::try_from(ticks).unwrap_or(u16::MAX);
        Self(NonZeroU16::new(ticks).unwrap_or(NonZeroU16::MIN))
    }

    /// The number of ticks.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// The same span as a duration.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0.get() as u64 * TICK_MILLIS as u64)
    }
}

/// Bytes that identify a person: card bits or keypad digits. Wiped when dropped, and `Debug` shows only their number.
#[derive(Clone, PartialEq, Eq)]
pub struct Sensitive(Zeroizing<Vec<u8>>);

impl Sensitive {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for comparison and hashing; they must not reach a log.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sensitive({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use std::format;

    #[test]
    fn a_timer_lasts_at_least_as_long_as_asked_and_is_never_zero() {
        let check = |millis, ticks| assert_eq!(Ticks::covering(Duration::from_millis(millis)).get(), ticks);
        check(0, 1);
        check(1, 1);
        check(100, 1);
        check(101, 2);
        check(5_000, 50);
        check(100_000_000, u16::MAX);
        assert_eq!(Ticks::parse(0), None);
    }

    #[test]
    fn sensitive_bytes_are_counted_not_shown() {
        assert_eq!(format!("{:?}", Sensitive::new(vec![0x31, 0x32])), "Sensitive(2 bytes)");
    }
}
