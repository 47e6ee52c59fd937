//! Our OSDP stack beside the reference implementation, libosdp.
//!
//! Decides nothing about the product. It measures how long a badge takes to a release on a line of stated speed, for our panel
//! and for theirs, and lets each panel talk to the other's device over a pseudo-terminal.
//!
//! Vocabulary: *ours* and *theirs* are the two stacks; a *line* is a pseudo-terminal through which bytes pass at the speed of
//! a real RS-485 line.

pub mod bound;
pub mod devices;
pub mod line;
pub mod ours;
pub mod pty;
pub mod theirs;

use std::time::Instant;

/// Time since the first look at the clock, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds since the start.
    pub fn nanos(self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Random numbers of a stated seed: a run is repeated by its seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Numbers of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}
