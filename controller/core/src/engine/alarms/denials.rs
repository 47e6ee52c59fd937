//! Many refusals at one point within a short time (`console.md` B.2: five in two minutes): somebody tries cards, or many people
//! stand before a door that should know them. What refuses each of them is `decide.rs`.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use crate::alarm::{AlarmKind, AlarmSource};
use crate::engine::{Engine, TimerKey};
use crate::entry::{Denial, DenialClass};
use crate::id::PointId;
use crate::time::{Monotonic, Now};

/// So many refusals are many.
const MANY: usize = 5;

/// Within this time; the alarm is over once there was none for as long.
const WITHIN: Duration = Duration::from_secs(120);

/// When the latest refusals were at each point; at most [`MANY`] of each.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Denials(BTreeMap<PointId, VecDeque<Monotonic>>);

impl Engine {
    /// Nobody knows since the start when the last refusal was.
    pub(super) fn begin_denials(&mut self, now: Now) {
        let point = |(source, kind): &(AlarmSource, AlarmKind)| match (source, kind) {
            (AlarmSource::Point(point), AlarmKind::RepeatedDenials) => Some(*point),
            _ => None,
        };
        let points: Vec<PointId> = self.active_alarms.keys().filter_map(point).collect();
        for point in points {
            self.timers.set(TimerKey::Denials(point), now.monotonic.after(WITHIN));
        }
    }

    /// Somebody was refused. Where nobody could be told yes or no, or another door had to be closed first, it says nothing of
    /// them.
    pub(in crate::engine) fn denied_at(&mut self, now: Now, point: PointId, reason: Denial) {
        if reason.class() == DenialClass::F || reason == Denial::Interlock {
            return;
        }
        let latest = self.denials.0.entry(point).or_default();
        if latest.len() == MANY {
            latest.pop_front();
        }
        latest.push_back(now.monotonic);
        let is_many = latest.len() == MANY && latest.front().is_some_and(|first| now.monotonic.since(*first) <= WITHIN);
        let (kind, source) = (AlarmKind::RepeatedDenials, AlarmSource::Point(point));
        if is_many {
            self.begin_alarm(now, kind, source);
        }
        if self.is_active(kind, source) {
            self.timers.set(TimerKey::Denials(point), now.monotonic.after(WITHIN));
        }
    }

    /// Nobody was refused at a point for long enough.
    pub(in crate::engine) fn denials_over(&mut self, now: Now, point: PointId) {
        self.denials.0.remove(&point);
        self.end_alarm(now, AlarmKind::RepeatedDenials, AlarmSource::Point(point));
    }
}
