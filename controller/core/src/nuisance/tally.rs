//! Counts of one site or one door over a period, as they grow.

use core::time::Duration;

use super::Period;
use super::figures::Summary;
use super::rate::Rate;
use super::spread::Spread;
use crate::alarm::life::CauseLabel;
use crate::alarm::{AlarmKind, Priority};
use crate::time::Wall;

/// Counts of one site or one door.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    raised: u64,
    again: u64,
    again_most: u32,
    by_priority: [u64; 4],
    by_label: [u64; 5],
    rate: Rate,
    acknowledged: Spread,
    longest_active: Duration,
    longest_unacknowledged: Duration,
    stale: u64,
    chattering: u64,
    active: u64,
    unacknowledged: u64,
}

impl Tally {
    /// An alarm was raised; it is the `again`th time under its number, from nought.
    pub(super) fn raised(&mut self, kind: AlarmKind, again: u32, at: Wall, period: Period) {
        self.rate.raised(at, period);
        if !period.contains(at) {
            return;
        }
        self.raised += 1;
        let place = usize::from(kind.priority().number()) - 1;
        if let Some(count) = self.by_priority.get_mut(place) {
            *count += 1;
        }
        if again > 0 {
            self.again += 1;
            self.again_most = self.again_most.max(again);
        }
    }

    /// Somebody saw an alarm after this time.
    pub(super) fn acknowledged(&mut self, after: Duration) {
        self.acknowledged.add(after);
    }

    /// An alarm has been unseen for this long.
    pub(super) fn unseen(&mut self, lasting: Duration) {
        self.longest_unacknowledged = self.longest_unacknowledged.max(lasting);
    }

    /// An alarm has been active for this long.
    pub(super) fn active(&mut self, lasting: Duration) {
        self.longest_active = self.longest_active.max(lasting);
    }

    /// An alarm has been active for longer than a day.
    pub(super) const fn stale(&mut self) {
        self.stale += 1;
    }

    /// A source began to chatter.
    pub(super) const fn chattering(&mut self) {
        self.chattering += 1;
    }

    /// An alarm was labelled.
    pub(super) fn labelled(&mut self, label: CauseLabel) {
        let counts = CauseLabel::ALL.iter().zip(&mut self.by_label);
        counts.filter(|(each, _)| **each == label).for_each(|(_, count)| *count += 1);
    }

    /// An alarm that stands at the end of the period.
    pub(super) const fn stands(&mut self, active: bool, acknowledged: bool) {
        self.active += active as u64;
        self.unacknowledged += !acknowledged as u64;
    }

    pub(super) fn summary(&self, period: Period) -> Summary {
        const PRIORITIES: [Priority; 4] = [Priority::P1, Priority::P2, Priority::P3, Priority::P4];
        let tens = period.length().as_secs().div_ceil(600).max(1);
        Summary {
            raised: self.raised,
            active: self.active,
            unacknowledged: self.unacknowledged,
            average_milli: self.raised.saturating_mul(1000) / tens,
            most_in_ten_minutes: self.rate.most() as u64,
            in_flood: self.rate.in_flood(),
            by_priority: core::array::from_fn(|place| (PRIORITIES[place], self.by_priority[place])),
            by_label: core::array::from_fn(|place| (CauseLabel::ALL[place], self.by_label[place])),
            again: self.again,
            again_most: self.again_most,
            chattering: self.chattering,
            stale: self.stale,
            longest_active: self.longest_active,
            longest_unacknowledged: self.longest_unacknowledged,
            acknowledged_half_within: self.acknowledged.percentile(50),
            acknowledged_most_within: self.acknowledged.percentile(95),
        }
    }
}
