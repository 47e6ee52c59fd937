//! What becomes of the matches of alerts: each raises the alarm of its place, which counts where it is on the list already, and
//! which has no condition that lasts. An alert over its rate raises one alarm that says so, and is only counted until ten minutes
//! hold no more than its rate again. In time: an alert warns that it ends, and ends. What a query matches is the shell's.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use super::{Engine, Journal};
use crate::alarm::{AlarmKind, AlarmSource};
use crate::alert::{Alert, AlertMatch, AlertPlace, RATE_MATCHES, RATE_WITHIN, can_raise};
use crate::engine::command::Scope;
use crate::entry::{AlertEntry, ReasonText};
use crate::id::{AlarmId, AlertId, Seq};
use crate::permission::Actor;
use crate::time::{Now, Wall};

/// One more than the rate: with so many within [`RATE_WITHIN`] an alert is over it.
const TOO_MANY: usize = RATE_MATCHES + 1;

/// What is known of alerts beside their records, from the start on.
#[derive(Debug, Clone, Default)]
pub(super) struct Alerting(BTreeMap<AlertId, Pace>);

/// How fast one alert matches.
#[derive(Debug, Clone, Default)]
struct Pace {
    /// When the latest entries were settled that it matched; at most [`TOO_MANY`].
    latest: VecDeque<Wall>,
    /// Matches that were not recorded one by one, since it is over its rate, and the last of them.
    counted: Option<(u32, Seq)>,
}

impl Pace {
    fn take(&mut self, at: Wall) {
        self.latest.push_back(at);
        if self.latest.len() > TOO_MANY {
            self.latest.pop_front();
        }
    }

    /// Whether there were more matches within the last ten minutes before `at` than its rate allows.
    fn is_over(&self, at: Wall) -> bool {
        self.latest.len() == TOO_MANY && self.latest.front().is_some_and(|first| at.since(*first) <= RATE_WITHIN)
    }
}

/// What an alarm about an alert as a whole is about.
const fn whole(alert: AlertId) -> AlarmSource {
    AlarmSource::Alert { alert, place: AlertPlace::Site }
}

impl Engine {
    /// Nobody knows since the start how fast the alerts match that were over their rate: they are for as long again.
    pub(super) fn begin_alerts(&mut self, now: Now) {
        let over: Vec<AlertId> = self.records.alerts.keys().copied().filter(|id| self.is_over_rate(*id)).collect();
        for alert in over {
            let latest = core::iter::repeat_n(now.wall, TOO_MANY).collect();
            self.alerting.0.insert(alert, Pace { latest, counted: None });
        }
    }

    /// Whether matches of an alert are only counted now.
    pub(super) fn is_over_rate(&self, alert: AlertId) -> bool {
        self.is_active(AlarmKind::AlertOverRate, whole(alert))
    }

    /// An entry of the journal matches an alert. Whatever was told before is heard no more.
    pub(super) fn alert_matched(&mut self, now: Now, found: &AlertMatch) {
        let AlertMatch { alert, ref entry, place } = *found;
        let (at, seq) = (entry.at, entry.seq);
        let Some(row) = self.records.alerts.get(&alert).filter(|row| row.is_in_force()) else { return };
        let counted = self.alerting.0.get(&alert).and_then(|pace| pace.counted);
        let heard = counted.map_or(row.upto, |(_, last)| last.max(row.upto));
        if seq <= heard || at >= row.terms.until || !self.is_shown_to_owner(now, row, place) {
            return;
        }
        if !can_raise(&entry.entry, |alarm| self.kind_of_alarm(alarm)) {
            return;
        }
        let kind = row.terms.priority.kind();
        let pace = self.alerting.0.entry(alert).or_default();
        pace.take(at);
        if pace.is_over(at) {
            let (before, _) = pace.counted.unwrap_or((0, seq));
            pace.counted = Some((before.saturating_add(1), seq));
            if !self.is_over_rate(alert) {
                self.settle_count(now, alert);
                self.begin_alarm(now, AlarmKind::AlertOverRate, whole(alert));
            }
            return;
        }
        self.settle_count(now, alert);
        self.record(now, AlertEntry::Matched { alert, matched: seq, place });
        self.flash_alarm(now, kind, AlarmSource::Alert { alert, place });
    }

    /// An alert of an organisation matches where that one may look; what is nowhere in particular is the site's.
    fn is_shown_to_owner(&self, now: Now, row: &Alert, place: AlertPlace) -> bool {
        row.terms.organisation.is_none_or(|organisation| {
            self.reach(now.wall, Scope::Organisation(organisation)).sees_source(place.source())
        })
    }

    fn kind_of_alarm(&self, alarm: AlarmId) -> Option<AlarmKind> {
        let closed = || self.records.closed.values().rev().find(|row| row.id == alarm);
        self.records.alarms.get(&alarm).or_else(closed).map(|row| row.kind)
    }

    /// Records what was only counted so far.
    fn settle_count(&mut self, now: Now, alert: AlertId) {
        let counted = self.alerting.0.get_mut(&alert).and_then(|pace| pace.counted.take());
        if let Some((matches, upto)) = counted {
            self.record(now, AlertEntry::Counted { alert, matches, upto });
        }
    }

    /// The queries of these alerts mean nothing at this site; those of all others that are in force do.
    pub(super) fn alerts_read(&mut self, now: Now, void: &[AlertId]) {
        let rows = self.records.alerts.values().filter(|row| row.is_in_force());
        let in_force: Vec<AlertId> = rows.map(|row| row.id).collect();
        for alert in in_force {
            if void.contains(&alert) {
                self.begin_alarm(now, AlarmKind::AlertVoid, whole(alert));
            } else {
                self.end_alarm(now, AlarmKind::AlertVoid, whole(alert));
            }
        }
    }

    /// Asked in each minute of the wall clock.
    pub(super) fn time_alerts(&mut self, now: Now) {
        // What cannot be recorded does not happen; the next minute looks again.
        if !matches!(self.journal, Journal::Writable) {
            return;
        }
        let in_force: Vec<AlertId> =
            self.records.alerts.values().filter(|row| row.is_in_force()).map(|row| row.id).collect();
        for alert in in_force {
            self.settle_count(now, alert);
            let Some(row) = self.records.alerts.get(&alert) else { continue };
            let (until, warns_at) = (row.terms.until, row.warns_at());
            if until <= now.wall {
                self.end_alert(now, alert, None, Actor::System);
                continue;
            }
            if warns_at <= now.wall {
                self.begin_alarm(now, AlarmKind::AlertEnding, whole(alert));
            } else {
                self.end_alarm(now, AlarmKind::AlertEnding, whole(alert));
            }
            if !self.alerting.0.get(&alert).is_some_and(|pace| pace.is_over(now.wall)) {
                self.end_alarm(now, AlarmKind::AlertOverRate, whole(alert));
            }
        }
    }

    /// Ends an alert, with what was said of it as a whole. What it raised stays until somebody has seen it.
    pub(super) fn end_alert(&mut self, now: Now, alert: AlertId, reason: Option<ReasonText>, by: Actor) {
        if self.rehearsed.is_none() {
            self.settle_count(now, alert);
            self.alerting.0.remove(&alert);
        }
        self.record(now, AlertEntry::Ended { alert, reason, by });
        for kind in [AlarmKind::AlertOverRate, AlarmKind::AlertEnding, AlarmKind::AlertVoid] {
            self.end_alarm(now, kind, whole(alert));
        }
    }
}

const _: () = assert!(RATE_WITHIN.as_secs() > Duration::from_secs(60).as_secs(), "the rate is looked at each minute");
