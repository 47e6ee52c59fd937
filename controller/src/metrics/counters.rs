//! What is counted while the daemon runs, by the loop: it adds what has become durable, and how long badges waited. Whoever
//! reads takes a moment's look; the lock is held for a few additions at a time. Counting starts anew with the daemon, as
//! Prometheus expects.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rackward_core::entry::AlarmEntry;
use rackward_core::facts::Contact;
use rackward_core::id::{AlarmId, DoorId};
use rackward_core::{Entry, Monotonic, Stamped, Wall};

use super::histogram::Histogram;
use super::text::{Kind, Text};

/// From a badge to its answer.
const DECISION_SECONDS: &[f64] = &[0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0];
/// From an alarm to somebody who has seen it.
const ACKNOWLEDGE_SECONDS: &[f64] = &[10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];
/// From a door's opening to its closing.
const OPEN_SECONDS: &[f64] = &[2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 300.0, 3600.0];

/// How many alarms that nobody has seen are remembered with their time. There are not more kinds of alarms than that at a
/// large site; what comes beyond is not measured.
const UNSEEN_LIMIT_ALARMS: usize = 10_000;

/// The counters.
#[derive(Debug)]
pub struct Counters {
    tallies: Mutex<Tallies>,
    /// When the loop last turned, in microseconds of the monotonic clock.
    turned_micros: AtomicU64,
    /// When the journal's chain was last checked whole.
    verified: Mutex<Option<Wall>>,
}

#[derive(Debug)]
struct Tallies {
    decisions: BTreeMap<(&'static str, &'static str), u64>,
    decision: Histogram,
    acknowledge: Histogram,
    open: Histogram,
    raised: BTreeMap<AlarmId, Wall>,
    opened: BTreeMap<DoorId, Wall>,
}

impl Default for Counters {
    fn default() -> Self {
        let tallies = Tallies {
            decisions: BTreeMap::new(),
            decision: Histogram::new(DECISION_SECONDS),
            acknowledge: Histogram::new(ACKNOWLEDGE_SECONDS),
            open: Histogram::new(OPEN_SECONDS),
            raised: BTreeMap::new(),
            opened: BTreeMap::new(),
        };
        Self { tallies: Mutex::new(tallies), turned_micros: AtomicU64::new(0), verified: Mutex::new(None) }
    }
}

impl Counters {
    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The loop has turned.
    pub fn turned(&self, now: Monotonic) {
        self.turned_micros.store(now.as_micros(), Ordering::Relaxed);
    }

    /// How long ago the loop last turned.
    pub fn since_turn(&self, now: Monotonic) -> Duration {
        now.since(Monotonic::from_micros(self.turned_micros.load(Ordering::Relaxed)))
    }

    /// The journal's chain was found whole.
    pub fn verified(&self, at: Wall) {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// When the journal's chain was last checked whole.
    pub fn last_verified(&self) -> Option<Wall> {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A badge was answered after so long.
    pub fn decided(&self, span: Duration) {
        self.tallies().decision.add(span);
    }

    /// Entries have become durable.
    pub fn count(&self, entries: &[Stamped]) {
        let mut tallies = self.tallies();
        entries.iter().for_each(|stamped| tallies.count(stamped));
    }

    pub(super) fn write(&self, text: &mut Text) {
        let tallies = self.tallies();
        let name = "rackward_access_decisions_total";
        text.family(name, Kind::Counter, "Badges by what was decided and why.");
        for ((result, reason), count) in &tallies.decisions {
            text.sample(name, &[("result", result), ("reason", reason)], *count as f64);
        }
        let help = "From a badge at its reader to its durable answer.";
        tallies.decision.write("rackward_access_decision_duration_seconds", help, text);
        let help = "From an alarm to somebody who has seen it.";
        tallies.acknowledge.write("rackward_alarm_acknowledge_seconds", help, text);
        tallies.open.write("rackward_door_open_seconds", "How long doors stood open.", text);
        let name = "rackward_audit_chain_last_verify_timestamp_seconds";
        text.family(name, Kind::Gauge, "When the journal's chain was last found whole.");
        if let Some(at) = self.last_verified() {
            text.sample(name, &[], at.as_seconds() as f64);
        }
    }
}

impl Tallies {
    fn count(&mut self, stamped: &Stamped) {
        match &stamped.entry {
            Entry::AccessGranted { .. } => self.decided("granted", "granted"),
            Entry::AccessDenied { reason, .. } => self.decided("denied", reason.word()),
            Entry::AlarmRaised { alarm, .. } if self.raised.len() < UNSEEN_LIMIT_ALARMS => {
                self.raised.entry(*alarm).or_insert(stamped.at);
            }
            Entry::AlarmAcknowledged { alarm, .. } => {
                if let Some(raised) = self.raised.remove(alarm) {
                    self.acknowledge.add(stamped.at.since(raised));
                }
            }
            // Nobody is waited for any more: it was judged, or another one stands for it.
            Entry::Alarm(AlarmEntry::Closed { alarm, .. } | AlarmEntry::SuppressedByDesign { alarm, .. }) => {
                self.raised.remove(alarm);
            }
            Entry::DoorChanged { door, facts } => self.moved(*door, facts.contact, stamped.at),
            // Nothing of the others is counted.
            _ => {}
        }
    }

    fn decided(&mut self, result: &'static str, reason: &'static str) {
        *self.decisions.entry((result, reason)).or_default() += 1;
    }

    fn moved(&mut self, door: DoorId, contact: Contact, at: Wall) {
        match contact {
            Contact::Open => {
                self.opened.entry(door).or_insert(at);
            }
            Contact::Closed => {
                if let Some(opened) = self.opened.remove(&door) {
                    self.open.add(at.since(opened));
                }
            }
            // Nobody knows how long it stands open then.
            Contact::Unknown | Contact::Fault => {
                self.opened.remove(&door);
            }
        }
    }
}
