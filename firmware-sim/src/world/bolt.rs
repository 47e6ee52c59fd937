//! A bolt that a motor moves: it takes its time, it may be blocked on its way back, jam, or lose its supply half-way and go on
//! where it was when that returns.
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

/// What a motor draws that runs as it should, in milliamperes.
const SMOOTH_MA: i32 = 120;
/// What a motor draws that moves nothing, in milliamperes.
const JAMMED_MA: i32 = 850;
/// How long a healthy slide travels.
const HEALTHY_TRAVEL: Duration = Duration::from_millis(700);
/// Delay that costs the motor one milliampere more.
const MS_PER_MA: u128 = 10;

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

/// How well a bolt runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// As it should.
    Smooth,
    /// The motor turns against something and moves nothing.
    Jammed,
}

/// One bolt.
#[derive(Clone, Debug)]
pub struct Bolt {
    position: BoltPosition,
    travel: Duration,
    run: Run,
    ticked: Micros,
}

impl Bolt {
    /// A locked bolt that travels for so long.
    pub fn new(travel: Duration) -> Self {
        Self { position: BoltPosition::Locked, travel, run: Run::Smooth, ticked: Micros(0) }
    }

    pub(super) fn set_travel(&mut self, travel: Duration) {
        self.travel = travel;
    }

    pub(super) fn set_run(&mut self, run: Run) {
        self.run = run;
    }

    /// Lets time pass without any supply: what moves stays where it is.
    pub(super) fn rest(&mut self, now: Micros) {
        let passed = now.since(self.ticked);
        self.ticked = now;
        self.position = match self.position {
            BoltPosition::Unlocking { at } => BoltPosition::Unlocking { at: at + passed },
            BoltPosition::Locking { at } => BoltPosition::Locking { at: at + passed },
            position @ (BoltPosition::Locked | BoltPosition::Unlocked) => position,
        };
    }

    pub(super) fn tick(&mut self, now: Micros, motor: bool, way: Way) {
        match self.run {
            Run::Smooth => self.ticked = now,
            Run::Jammed => self.rest(now),
        }
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

    /// What its motor draws now, in milliamperes: more the slower it runs, and most when it moves nothing.
    pub(super) fn motor_ma(&self) -> i32 {
        let moves = matches!(self.position, BoltPosition::Unlocking { .. } | BoltPosition::Locking { .. });
        match (moves, self.run) {
            (false, Run::Smooth | Run::Jammed) => 0,
            (true, Run::Jammed) => JAMMED_MA,
            (true, Run::Smooth) => {
                let slower = self.travel.saturating_sub(HEALTHY_TRAVEL).as_millis();
                SMOOTH_MA + i32::try_from(slower / MS_PER_MA).unwrap_or(JAMMED_MA).min(JAMMED_MA - SMOOTH_MA)
            }
        }
    }

    /// Where it is.
    pub fn position(&self) -> BoltPosition {
        self.position
    }
}
