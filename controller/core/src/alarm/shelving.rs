//! How long each alarm may be put aside, and by how many people (`console.md` B.2; `alarms.md` 22). Whether one is put aside is
//! in its life (`alarm/life.rs`); the orders are carried out in `engine/commands/alarms.rs`.

use core::time::Duration;

use super::{AlarmKind, Priority};

/// The longest time for which something may be out of service: long enough for a spare part, short enough to be looked at
/// again.
pub const OUT_OF_SERVICE_AT_MOST: Duration = Duration::from_secs(31 * 24 * 3_600);

/// By whom an alarm may be put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelving {
    /// By nobody: while it lasts, everybody must see that it does.
    Never,
    /// By one operator, for so long at most.
    ByOne(Duration),
    /// By one operator with the word of a second one, for so long at most.
    ByTwo(Duration),
}

impl AlarmKind {
    /// By whom and for how long it may be put aside.
    pub const fn shelving(self) -> Shelving {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        if matches!(self, Self::FireRelease | Self::Lockdown | Self::Duress | Self::Muster) {
            return Shelving::Never;
        }
        match self.priority() {
            Priority::P1 => Shelving::ByTwo(Duration::from_secs(10 * MINUTE)),
            Priority::P2 => Shelving::ByOne(Duration::from_secs(30 * MINUTE)),
            Priority::P3 => Shelving::ByOne(Duration::from_secs(8 * HOUR)),
            Priority::P4 => Shelving::ByOne(Duration::from_secs(24 * HOUR)),
        }
    }
}
