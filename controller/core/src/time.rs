//! The two times the core lives by. Timers of doors run on [`Monotonic`], which never jumps; schedules, validity and the
//! journal run on [`Wall`]. Which clock they come from is the shell's business (`clock.rs` of the daemon).

use core::time::Duration;

/// Microseconds since some fixed moment of this process; never goes back, unrelated to the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Monotonic(u64);

impl Monotonic {
    /// The moment `micros` microseconds after the fixed one.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the fixed moment.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The moment `span` later; saturates at the end of time, 584,000 years away.
    pub const fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Wall(i64);

impl Wall {
    /// The instant `micros` microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant `seconds` seconds after the Unix epoch; saturates.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The instant `span` later; saturates.
    pub const fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(micros_of(span)))
    }

    /// The instant `span` earlier; saturates.
    pub const fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub_unsigned(micros_of(span)))
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub const fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(if micros < 0 { 0 } else { micros.unsigned_abs() })
    }
}

/// The two times of one moment, read together by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For timers.
    pub monotonic: Monotonic,
    /// For schedules, validity and the journal.
    pub wall: Wall,
}

impl Now {
    /// How far the wall clock is ahead of the monotonic one, in microseconds: it changes where the wall clock is set.
    pub const fn offset_micros(self) -> i64 {
        self.wall.as_micros().saturating_sub_unsigned(self.monotonic.as_micros())
    }

    /// The moment `span` later on both clocks; what a simulator steps by.
    pub const fn after(self, span: Duration) -> Self {
        Self { monotonic: self.monotonic.after(span), wall: self.wall.after(span) }
    }
}

const fn micros_of(span: Duration) -> u64 {
    let micros = span.as_micros();
    if micros > u64::MAX as u128 { u64::MAX } else { micros as u64 }
}
