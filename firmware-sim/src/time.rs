//! Time in the simulated world: always an argument, never read here.
//!
//! Vocabulary: the *uptime* is monotonic since the simulation began, the *wall* is what a clock on the wall shows. Timers use
//! the first, `not_after` of a command uses the second.

use core::time::Duration;

use rackward_protocol::mqtt::UnixMillis;
use rackward_protocol::osdp::Micros;

/// One moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Monotonic, since the simulation began.
    pub uptime: Micros,
    /// Milliseconds since 1970.
    pub wall: UnixMillis,
}

impl Moment {
    /// The beginning of a simulation, at `wall` by the clock on the wall.
    pub fn start(wall: UnixMillis) -> Self {
        Self { uptime: Micros(0), wall }
    }

    /// The moment `span` later on both clocks.
    pub fn after(self, span: Duration) -> Self {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self { uptime: self.uptime + span, wall: UnixMillis(self.wall.0.saturating_add(millis)) }
    }
}
