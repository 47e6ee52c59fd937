//! What a bad line does to bytes: damage, babble, echo, another speed. It touches everybody on the line alike; who meddles
//! with one device is `meddling`.

use std::time::Duration;

use rackward_core::Monotonic;
use rackward_protocol::osdp::Baud;
use rackward_protocol::osdp::faults::misread;

use super::super::dice::Dice;

/// What happens to bytes on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Nothing.
    Quiet,
    /// One chunk in so many arrives damaged, shortened, twice or not at all.
    OneIn(u64),
    /// One bit in so many is another.
    BitsOneIn(u64),
    /// Somebody says nonsense, with pauses of this length.
    Babble(Duration),
    /// The panel hears what it says itself.
    Echo,
    /// The devices' clocks are off: they hear and speak at this speed, whatever they are set to.
    Speed(Baud),
}

/// The longest nonsense that is said at once, in bytes.
const NONSENSE_BYTES: u64 = 24;

impl Noise {
    /// What becomes of a chunk: none, one or two of them.
    pub(super) fn spoil(self, mut bytes: Vec<u8>, panel: Baud, is_from_panel: bool, dice: &mut Dice) -> Vec<Vec<u8>> {
        match self {
            Self::Quiet | Self::Babble(_) | Self::Echo => vec![bytes],
            Self::OneIn(n) if !dice.one_in(n) => vec![bytes],
            Self::OneIn(_) => match dice.between(0, 3) {
                0 => {
                    let at = dice.between(0, bytes.len() as u64 - 1) as usize;
                    bytes[at] ^= 1 << dice.between(0, 7);
                    vec![bytes]
                }
                1 => {
                    bytes.truncate(dice.between(0, bytes.len() as u64 - 1) as usize);
                    vec![bytes]
                }
                2 => vec![bytes.clone(), bytes],
                _ => Vec::new(),
            },
            Self::BitsOneIn(n) => {
                for byte in &mut bytes {
                    for bit in 0..8 {
                        if dice.one_in(n) {
                            *byte ^= 1 << bit;
                        }
                    }
                }
                vec![bytes]
            }
            Self::Speed(devices) if is_from_panel => vec![misread(&bytes, panel, devices)],
            Self::Speed(devices) => vec![misread(&bytes, devices, panel)],
        }
    }

    /// When somebody speaks next without being asked, after they did so at `last`.
    pub(super) fn next_nonsense(self, last: Monotonic) -> Option<Monotonic> {
        match self {
            Self::Babble(pause) => Some(last.after(pause)),
            Self::Quiet | Self::OneIn(_) | Self::BitsOneIn(_) | Self::Echo | Self::Speed(_) => None,
        }
    }
}

/// Bytes that mean nothing, though some of them look like the start of a frame.
pub(super) fn nonsense(dice: &mut Dice) -> Vec<u8> {
    let count = dice.between(1, NONSENSE_BYTES);
    (0..count).map(|_| if dice.one_in(8) { 0x53 } else { dice.roll() as u8 }).collect()
}
