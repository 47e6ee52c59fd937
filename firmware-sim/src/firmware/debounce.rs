//! When a contact is believed: only after it has read the same for a while.
//!
//! A bouncing contact keeps its last believed reading. A pin that cannot be read is a fault at once, never the quiet answer.

use core::time::Duration;

use embedded_hal::digital::InputPin;
use rackward_protocol::mqtt::Reading;
use rackward_protocol::osdp::Micros;

/// How long a contact must read the same. Shorter would report the bounce of a slammed door, longer would miss a latch that
/// is lifted for a blink.
pub const CONTACT_SETTLE: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contact {
    Settled(Reading),
    Settling { believed: Reading, candidate: bool, since: Micros },
}

/// One input pin and what is believed about it.
#[derive(Debug)]
pub struct Debounced<I> {
    pin: I,
    contact: Contact,
}

impl<I: InputPin> Debounced<I> {
    /// A contact of which nothing is known yet.
    pub fn new(pin: I) -> Self {
        Self { pin, contact: Contact::Settled(Reading::Unknown) }
    }

    /// Reads the pin once and says what is believed now.
    pub fn poll(&mut self, now: Micros) -> Reading {
        self.contact = match self.pin.is_high() {
            Ok(level) => self.contact.sampled(now, level),
            Err(_) => Contact::Settled(Reading::Fault),
        };
        self.reading()
    }

    /// Forgets what was read: the supply was gone.
    pub fn restart(&mut self) {
        self.contact = Contact::Settled(Reading::Unknown);
    }

    /// What was believed at the last poll.
    pub fn reading(&self) -> Reading {
        match self.contact {
            Contact::Settled(reading) | Contact::Settling { believed: reading, .. } => reading,
        }
    }

    /// Whether the pin can be read at all.
    pub(super) fn works(&mut self) -> bool {
        self.pin.is_high().is_ok()
    }
}

impl Contact {
    fn sampled(self, now: Micros, level: bool) -> Self {
        match self {
            Self::Settled(believed) if believed == Reading::of(level) => self,
            Self::Settling { believed, .. } if believed == Reading::of(level) => Self::Settled(believed),
            Self::Settling { candidate, since, .. } if candidate == level && now.since(since) >= CONTACT_SETTLE => {
                Self::Settled(Reading::of(level))
            }
            Self::Settling { candidate, .. } if candidate == level => self,
            Self::Settled(believed) | Self::Settling { believed, .. } => {
                Self::Settling { believed, candidate: level, since: now }
            }
        }
    }
}
