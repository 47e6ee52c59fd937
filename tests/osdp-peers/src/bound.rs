//! What the wire alone costs: the least that any panel could take.
//!
//! Decides the bounds that measured times stand beside. Frame lengths are those of Secure Channel with CRC: a poll and its
//! answer have 14 characters each, a card and an output command 30.

use std::time::Duration;

use rackward_protocol::osdp::Baud;

/// Characters of a poll, its answer, and two silences of two characters.
const SLOT_CHARACTERS: u64 = 14 + 2 + 14 + 2;
/// A card and the command to the output, and a silence between them.
const BADGE_CHARACTERS: u64 = 30 + 2 + 30;
/// The acknowledgement.
const ACK_CHARACTERS: u64 = 14;

/// Best, mean and worst time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The card was ready just as its device was asked.
    pub best: Duration,
    /// The card came at any moment.
    pub mean: Duration,
    /// The card came just after its device had been asked.
    pub worst: Duration,
}

/// From a badge to the release, with `devices` devices asked in turn that answer at once.
pub fn release(baud: Baud, devices: u32) -> Bound {
    let slot = characters(baud, SLOT_CHARACTERS);
    let best = characters(baud, BADGE_CHARACTERS);
    Bound { best, mean: best + slot * devices / 2, worst: best + slot * devices }
}

/// From a badge to the last byte of the acknowledgement.
pub fn acknowledged(baud: Baud, devices: u32) -> Bound {
    let Bound { best, mean, worst } = release(baud, devices);
    let ack = characters(baud, ACK_CHARACTERS);
    Bound { best: best + ack, mean: mean + ack, worst: worst + ack }
}

/// The time of so many characters of ten bits.
pub fn characters(baud: Baud, count: u64) -> Duration {
    Duration::from_nanos(count * 10 * 1_000_000_000 / u64::from(baud.bits_per_second()))
}
