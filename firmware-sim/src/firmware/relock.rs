//! The relock timer: whatever becomes of daemon, bus or broker, a released lock returns to locked by itself.
//!
//! ```text
//!             release(span)                 hold
//!  Locked ──────────────────> Released ───────────> Held
//!    ^  <──────────────────────  │                    │
//!    │   span over, or lock      │ release: later end │
//!    └────────────────────────────────────────────────┘ lock, or release(span) and its end
//! ```

use core::time::Duration;

use rackward_protocol::osdp::Micros;

/// What the lock is driven to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Drive {
    /// Locked.
    #[default]
    Locked,
    /// Unlocked until this moment.
    Released {
        /// When it locks again.
        until: Micros,
    },
    /// Unlocked until told otherwise, by a door that is open by schedule.
    Held,
}

/// The timer of one lock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relock {
    drive: Drive,
}

impl Relock {
    /// Unlocks for `span`. A second release moves the end, but never to an earlier moment.
    pub fn release(&mut self, now: Micros, span: Duration) {
        let asked = now + span;
        let until = match self.drive {
            Drive::Released { until } => until.max(asked),
            Drive::Locked | Drive::Held => asked,
        };
        self.drive = Drive::Released { until };
    }

    /// Unlocks until told otherwise.
    pub fn hold(&mut self) {
        self.drive = Drive::Held;
    }

    /// Locks now.
    pub fn lock(&mut self) {
        self.drive = Drive::Locked;
    }

    /// What to drive the lock to at `now`.
    pub fn poll(&mut self, now: Micros) -> Drive {
        self.drive = match self.drive {
            Drive::Released { until } if now >= until => Drive::Locked,
            Drive::Locked | Drive::Released { .. } | Drive::Held => self.drive,
        };
        self.drive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Micros = Micros::from_secs;

    #[test]
    fn a_released_lock_locks_by_itself() {
        let mut relock = Relock::default();
        relock.release(S(10), Duration::from_secs(5));
        let rows =
            [(10, Drive::Released { until: S(15) }), (14, Drive::Released { until: S(15) }), (15, Drive::Locked)];
        for (second, expect) in rows {
            assert_eq!(relock.poll(S(second)), expect, "second {second}");
        }
    }

    #[test]
    fn every_other_arrow() {
        let span = Duration::from_secs(5);
        let check = |act: fn(&mut Relock, Duration), expect| {
            let mut relock = Relock::default();
            act(&mut relock, span);
            assert_eq!(relock.poll(S(1)), expect);
        };
        check(|r, _| r.hold(), Drive::Held);
        check(|r, _| (r.hold(), r.lock()).1, Drive::Locked);
        check(|r, s| (r.hold(), r.release(S(0), s)).1, Drive::Released { until: S(5) });
        check(|r, s| (r.release(S(0), s), r.hold()).1, Drive::Held);
        check(|r, s| (r.release(S(0), s), r.lock()).1, Drive::Locked);
        check(|r, s| (r.release(S(0), s), r.release(S(0), s / 5)).1, Drive::Released { until: S(5) });
        check(|r, s| (r.release(S(0), s), r.release(S(0), s * 2)).1, Drive::Released { until: S(10) });
    }
}
