//! A bolt that a motor moves: it takes its time, and it may be blocked on its way back.
//!
//! ```text
//!            motor on                    travelled
//!  Locked ─────────────> Moving(unlock) ───────────> Unlocked
//!    ^                      │    ^ motor on              │
//!    │ travelled   motor off v    │                      │ motor off and not blocked
//!    └────────────────── Moving(lock) <──────────────────┘
//! ```

use core::time::Duration;

use rackward_protocol::osdp::Micros;

/// Where a bolt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoltPosition {
    /// It holds.
    Locked,
    /// It still holds, and will not at this moment.
    Unlocking {
        /// When it will have travelled.
        at: Micros,
    },
    /// It does not hold.
    Unlocked,
    /// It does not hold yet, and will at this moment.
    Locking {
        /// When it will have travelled.
        at: Micros,
    },
}

/// What is in the bolt's way when it wants to lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing.
    Free,
    /// A lifted handle; the bolt waits for it.
    Blocked,
}

/// One bolt.
#[derive(Clone, Debug)]
pub struct Bolt {
    position: BoltPosition,
    travel: Duration,
}

impl Bolt {
    /// A locked bolt that travels for so long.
    pub fn new(travel: Duration) -> Self {
        Self { position: BoltPosition::Locked, travel }
    }

    pub(super) fn tick(&mut self, now: Micros, motor: bool, way: Way) {
        self.position = match (self.position, motor) {
            (BoltPosition::Locked, true) => BoltPosition::Unlocking { at: now + self.travel },
            (BoltPosition::Unlocking { at }, true) if now >= at => BoltPosition::Unlocked,
            (BoltPosition::Locking { .. }, true) => BoltPosition::Unlocking { at: now + self.travel },
            (BoltPosition::Unlocked, false) if way == Way::Free => BoltPosition::Locking { at: now + self.travel },
            (BoltPosition::Locking { .. }, false) if way == Way::Blocked => BoltPosition::Unlocked,
            (BoltPosition::Locking { at }, false) if now >= at => BoltPosition::Locked,
            (BoltPosition::Unlocking { .. }, false) => BoltPosition::Locking { at: now + self.travel },
            (
                position @ (BoltPosition::Locked
                | BoltPosition::Unlocking { .. }
                | BoltPosition::Unlocked
                | BoltPosition::Locking { .. }),
                _,
            ) => position,
        };
    }

    /// Whether it holds what it shall hold: until the whole way out, and not before the whole way in. Its monitor switch
    /// reads the same.
    pub fn holds(&self) -> bool {
        matches!(self.position, BoltPosition::Locked | BoltPosition::Unlocking { .. })
    }

    /// Where it is.
    pub fn position(&self) -> BoltPosition {
        self.position
    }
}
