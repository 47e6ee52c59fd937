//! How the slide of a swinghandle moved when it last did: how long, with how much current, and whether it stalled.
//!
//! Decided here: when a move begins and ends, from what the motor is driven to and what the sensors read. A lifted handle blocks
//! the slide's way back; waiting for it is no move. Not decided here: when the motor is driven (`swinghandle`).
//!
//! ```text
//!            driven where it is not                 it reads there
//!  Still ───────────────────────────> Travelling ──────────────────> Still, moved
//!    ^                                    │  STALL_LIMIT over
//!    │ driven the other way, or there     v
//!    └─────────────────────────────── Stalled
//! ```

use core::time::Duration;

use rackward_protocol::mqtt::Reading;
use rackward_protocol::osdp::Micros;

/// How long the slide may travel before it counts as stuck; it needs up to one second when it is healthy.
pub const STALL_LIMIT: Duration = Duration::from_secs(2);

/// Which way the slide is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Out,
    Back,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Motion {
    Still,
    Travelling { course: Course, since: Micros, peak_ma: Option<u16> },
    Stalled { course: Course },
}

/// What is seen of the slide at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The motor is driven to unlocked.
    pub driven_out: bool,
    /// The slide is locked.
    pub locked: Reading,
    /// The handle is seated.
    pub handle_home: Reading,
    /// What the motor draws, in milliamperes; `None` where that is not measured.
    pub motor_ma: Option<u16>,
}

/// How the slide moved last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LastMove {
    /// Whether it stalled; `Unknown` before the first move.
    pub stalled: Reading,
    /// Highest current of the motor, in milliamperes.
    pub peak_ma: Option<u16>,
    /// How long it travelled, in milliseconds; `None` of a move that stalled.
    pub travel_ms: Option<u16>,
}

/// Watches one slide.
#[derive(Debug)]
pub struct SlideWatch {
    motion: Motion,
    last: LastMove,
}

impl Default for SlideWatch {
    fn default() -> Self {
        Self { motion: Motion::Still, last: LastMove::default() }
    }
}

impl SlideWatch {
    /// How it moved last.
    pub fn last(&self) -> LastMove {
        self.last
    }

    /// Looks at the slide once.
    pub fn poll(&mut self, now: Micros, glance: Glance) {
        let course = course(glance);
        self.motion = match self.motion {
            Motion::Still => match course {
                Some(course) => Motion::Travelling { course, since: now, peak_ma: glance.motor_ma },
                None => Motion::Still,
            },
            Motion::Stalled { course: stalled } if course == Some(stalled) => Motion::Stalled { course: stalled },
            Motion::Stalled { .. } => Motion::Still,
            Motion::Travelling { course: was, since, peak_ma } => {
                self.travel(now, glance, (was, course), since, peak_ma)
            }
        };
    }

    fn travel(
        &mut self,
        now: Micros,
        glance: Glance,
        (was, course): (Course, Option<Course>),
        since: Micros,
        peak_ma: Option<u16>,
    ) -> Motion {
        let peak_ma = peak_ma.max(glance.motor_ma);
        let arrived = match was {
            Course::Out => glance.locked == Reading::No,
            Course::Back => glance.locked == Reading::Yes,
        };
        let elapsed = now.since(since);
        if arrived {
            let travel_ms = u16::try_from(elapsed.as_millis()).ok();
            self.last = LastMove { stalled: Reading::No, peak_ma, travel_ms };
            Motion::Still
        } else if course != Some(was) {
            // It was called back before it arrived, or a hand is in its way: no move that tells anything.
            Motion::Still
        } else if elapsed >= STALL_LIMIT {
            self.last = LastMove { stalled: Reading::Yes, peak_ma, travel_ms: None };
            Motion::Stalled { course: was }
        } else {
            Motion::Travelling { course: was, since, peak_ma }
        }
    }
}

/// Where the slide has still to go.
fn course(glance: Glance) -> Option<Course> {
    match (glance.driven_out, glance.locked) {
        (true, Reading::Yes) => Some(Course::Out),
        (false, Reading::No) if glance.handle_home == Reading::Yes => Some(Course::Back),
        (true | false, Reading::Yes | Reading::No | Reading::Unknown | Reading::Fault) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Reading = Reading::Yes;
    const NO: Reading = Reading::No;

    fn after(looks: &[(u64, bool, Reading, Reading, u16)]) -> LastMove {
        let mut watch = SlideWatch::default();
        for &(at, driven_out, locked, handle_home, ma) in looks {
            watch.poll(Micros(at * 1_000), Glance { driven_out, locked, handle_home, motor_ma: Some(ma) });
        }
        watch.last()
    }

    #[test]
    fn a_move_is_measured_and_a_stall_is_told_within_two_seconds() {
        let moved = |peak_ma, travel_ms| LastMove { stalled: NO, peak_ma: Some(peak_ma), travel_ms: Some(travel_ms) };
        let stalled = |peak_ma| LastMove { stalled: YES, peak_ma: Some(peak_ma), travel_ms: None };
        let out = [(0, true, YES, YES, 100), (500, true, YES, YES, 130), (700, true, NO, YES, 0)];
        assert_eq!(after(&[(0, false, YES, YES, 0)]), LastMove::default());
        assert_eq!(after(&out), moved(130, 700));
        assert_eq!(after(&[(0, true, YES, YES, 800), (1_990, true, YES, YES, 850)]), LastMove::default());
        assert_eq!(after(&[(0, true, YES, YES, 800), (2_000, true, YES, YES, 850)]), stalled(850));
        let back = [(3_000, false, NO, YES, 120), (3_650, false, YES, YES, 90)];
        assert_eq!(after(&[out.as_slice(), &back].concat()), moved(120, 650));
        assert_eq!(after(&[(0, false, NO, YES, 850), (2_000, false, NO, YES, 850)]), stalled(850));
    }

    #[test]
    fn a_lifted_handle_is_waited_for() {
        let waiting = [(0, false, NO, NO, 0), (60_000, false, NO, NO, 0)];
        assert_eq!(after(&waiting), LastMove::default());
        let seated = [(61_000, false, NO, YES, 120), (61_700, false, YES, YES, 0)];
        assert_eq!(after(&[waiting.as_slice(), &seated].concat()).travel_ms, Some(700));
    }

    #[test]
    fn a_move_that_is_called_back_tells_nothing_and_a_stall_stays_until_the_next_move() {
        assert_eq!(after(&[(0, true, YES, YES, 9), (300, false, YES, YES, 9)]), LastMove::default());
        let stall = [(0, true, YES, YES, 850), (2_000, true, YES, YES, 850), (4_500, true, YES, YES, 850)];
        assert_eq!(after(&stall).stalled, YES);
        let freed = [(5_000, false, YES, YES, 0), (6_000, true, YES, YES, 120), (6_700, true, NO, YES, 0)];
        assert_eq!(after(&[stall.as_slice(), &freed].concat()).stalled, NO);
    }
}
