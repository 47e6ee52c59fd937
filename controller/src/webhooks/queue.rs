//! What one target still has to be sent: places in the journal, never bodies. Decides what is sent next, what becomes of a
//! message after an attempt, and when a target is left alone. Pure: moments and luck are arguments. What is kept on disk of
//! it is `ledger.rs`, how a message is sent `post.rs`.
//!
//! ```text
//!           taken from the journal            2xx
//!  (none) ─────────────────────────▶ Waiting ──────▶ (none)
//!                                     ▲  │ failed, tries left: waits longer
//!                                     └──┘
//!                                        │ failed, none left           replayed
//!                                        └──────────────────▶ given up ────────▶ Waiting
//! ```
//! A message that the target does not want any more, because the site file asks for less, leaves without a word.
//!
//! Vocabulary: an *outage* is a run of failures that look as if the target were away; its first success brings forward what
//! waits because of it. A target that answered 410 is *disabled* until an operator enables it.

use std::collections::{BTreeMap, BTreeSet};

use rackward_core::Wall;
use rackward_core::engine::input::SinkHealth;
use rackward_core::id::Seq;

use super::retries::{Failure, LONGEST_WAIT, Outcome, wait_after};

/// How many messages of one target wait at most, tried or not. When so many wait, no more are taken from the journal, which
/// holds them as long as it takes. More means more attempts on a target that is away, fewer that a few messages nobody
/// wants hold back the rest sooner.
pub(super) const WAITING_LIMIT_MESSAGES: usize = 1_000;

/// How many messages of one target are on their way at once. More overwhelms a small receiver after an outage.
pub(super) const IN_FLIGHT_LIMIT_MESSAGES: usize = 4;

/// After so many failed attempts at one message the desk is told: at once, after 5 s and after 5 min. Fewer would tell of
/// every restart of a receiver.
const FAILING_AFTER_ATTEMPTS: u32 = 3;

/// Whether a target is sent anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is.
    Open,
    /// It answered 410: nothing is sent, and nothing taken from the journal, until an operator enables it.
    Disabled {
        /// When it did.
        since: Wall,
    },
}

/// One message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Failed attempts.
    pub(super) attempts: u32,
    /// When it is sent next.
    pub(super) due: Wall,
    /// Why the last attempt failed; none before the first.
    pub(super) failure: Option<Failed>,
}

/// A failure as it is kept: its words, and whether it looked like an outage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// What was found.
    pub(super) cause: String,
    /// Whether the target seemed to be away.
    pub(super) is_outage: bool,
}

impl From<&Failure> for Failed {
    fn from(failure: &Failure) -> Self {
        Self { cause: failure.to_string(), is_outage: failure.is_outage() }
    }
}

/// What became of a message, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
    /// It was taken, and these that waited for an outage to end are due now.
    Delivered {
        /// Which.
        brought_forward: Vec<Seq>,
    },
    /// It waits again.
    Again(Waiting),
    /// It is given up.
    GivenUp {
        /// After so many attempts.
        attempts: u32,
        /// Why the last one failed.
        cause: String,
    },
    /// It is not wanted any more.
    Dropped,
    /// The target wants nothing any more; the message waits with the others.
    Disabled,
}

/// The messages of one target.
#[derive(Debug)]
pub(super) struct Queue {
    standing: Standing,
    waiting: BTreeMap<Seq, Waiting>,
    in_flight: BTreeSet<Seq>,
    /// Failures in a row that looked like an outage.
    outage_attempts: u32,
    /// Messages given up since the last one that was taken.
    lost_messages: u32,
}

impl Queue {
    /// What is left from before.
    pub(super) fn new(standing: Standing, waiting: BTreeMap<Seq, Waiting>) -> Self {
        let outage_attempts = u32::from(waiting.values().any(is_in_outage));
        Self { standing, waiting, in_flight: BTreeSet::new(), outage_attempts, lost_messages: 0 }
    }

    /// Whether what is sent arrives, as far as the desk should know: one failure is none of its business, a message that has
    /// failed for minutes is.
    pub(super) fn health(&self) -> SinkHealth {
        let is_late = |waiting: &Waiting| waiting.attempts >= FAILING_AFTER_ATTEMPTS;
        match self.standing {
            Standing::Disabled { .. } => SinkHealth::Failing,
            Standing::Open if self.lost_messages > 0 || self.waiting.values().any(is_late) => SinkHealth::Failing,
            Standing::Open => SinkHealth::Delivering,
        }
    }

    /// Whether it is sent anything.
    pub(super) fn standing(&self) -> Standing {
        self.standing
    }

    /// What waits.
    pub(super) fn waiting(&self) -> &BTreeMap<Seq, Waiting> {
        &self.waiting
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many failures in a row looked as if the target were away.
    pub(super) fn outage_attempts(&self) -> u32 {
        self.outage_attempts
    }

    /// How many more may be taken from the journal.
    pub(super) fn room(&self) -> usize {
        match self.standing {
            Standing::Open => WAITING_LIMIT_MESSAGES.saturating_sub(self.waiting.len()),
            Standing::Disabled { .. } => 0,
        }
    }

    /// A message comes from the journal, or back from those given up.
    pub(super) fn add(&mut self, seq: Seq, now: Wall) {
        self.waiting.entry(seq).or_insert(Waiting { attempts: 0, due: now, failure: None });
    }

    /// The messages to send now, in the journal's order, as many as may go beside those on their way.
    pub(super) fn take_due(&mut self, now: Wall) -> Vec<Seq> {
        if self.standing != Standing::Open {
            return Vec::new();
        }
        let room = IN_FLIGHT_LIMIT_MESSAGES.saturating_sub(self.in_flight.len());
        let is_due = |waiting: &Waiting| waiting.due <= now || waiting.due > now.after(LONGEST_WAIT);
        let due = self.waiting.iter().filter(|(seq, waiting)| is_due(waiting) && !self.in_flight.contains(seq));
        let taken: Vec<Seq> = due.map(|(seq, _)| *seq).take(room).collect();
        self.in_flight.extend(&taken);
        taken
    }

    /// When the next message is due that is not on its way; `None` when nothing waits or nothing may go.
    pub(super) fn next_due(&self) -> Option<Wall> {
        if self.standing != Standing::Open || self.in_flight.len() >= IN_FLIGHT_LIMIT_MESSAGES {
            return None;
        }
        self.waiting.iter().filter(|(seq, _)| !self.in_flight.contains(seq)).map(|(_, waiting)| waiting.due).min()
    }

    /// An attempt has ended. `None` for one that nobody waits for any more.
    pub(super) fn settle(&mut self, seq: Seq, outcome: &Outcome, now: Wall, luck: u32) -> Option<Settled> {
        self.in_flight.remove(&seq);
        let waiting = self.waiting.get_mut(&seq)?;
        Some(match outcome {
            Outcome::Delivered => {
                self.waiting.remove(&seq);
                self.lost_messages = 0;
                Settled::Delivered { brought_forward: self.end_outage(now) }
            }
            Outcome::Unwanted => {
                self.waiting.remove(&seq);
                Settled::Dropped
            }
            // Several were on their way when the first of them was answered so.
            Outcome::Gone if self.standing != Standing::Open => return None,
            Outcome::Gone => {
                self.standing = Standing::Disabled { since: now };
                Settled::Disabled
            }
            Outcome::Failed(failure) => {
                if failure.is_outage() {
                    self.outage_attempts = self.outage_attempts.saturating_add(1);
                }
                waiting.attempts += 1;
                waiting.failure = Some(failure.into());
                match wait_after(waiting.attempts, luck) {
                    Some(wait) => {
                        waiting.due = now.after(wait);
                        Settled::Again(waiting.clone())
                    }
                    None => {
                        let attempts = waiting.attempts;
                        self.waiting.remove(&seq);
                        self.lost_messages = self.lost_messages.saturating_add(1);
                        Settled::GivenUp { attempts, cause: failure.to_string() }
                    }
                }
            }
        })
    }

    /// Nothing is on its way any more, whatever was thought to be.
    pub(super) fn recall(&mut self) {
        self.in_flight.clear();
    }

    /// An operator enables the target: what waits is sent now.
    pub(super) fn enable(&mut self, now: Wall) {
        self.standing = Standing::Open;
        self.waiting.values_mut().for_each(|waiting| waiting.due = waiting.due.min(now));
    }

    /// The target answers again: what waits because it did not is due now.
    fn end_outage(&mut self, now: Wall) -> Vec<Seq> {
        if std::mem::take(&mut self.outage_attempts) == 0 {
            return Vec::new();
        }
        let held = self.waiting.iter_mut().filter(|(_, waiting)| is_in_outage(waiting) && waiting.due > now);
        held.map(|(seq, waiting)| {
            waiting.due = now;
            *seq
        })
        .collect()
    }
}

fn is_in_outage(waiting: &Waiting) -> bool {
    waiting.failure.as_ref().is_some_and(|failure| failure.is_outage)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: i64) -> Wall {
        Wall::from_seconds(1_784_898_202 + seconds)
    }

    fn with(seqs: impl IntoIterator<Item = u64>) -> Queue {
        let mut queue = Queue::new(Standing::Open, BTreeMap::new());
        seqs.into_iter().for_each(|seq| queue.add(Seq::new(seq), at(0)));
        queue
    }

    fn numbers(seqs: &[Seq]) -> Vec<u64> {
        seqs.iter().map(|seq| seq.get()).collect()
    }

    const AWAY: Outcome = Outcome::Failed(Failure::Unreachable);

    #[test]
    fn messages_go_in_order_and_a_few_at_once() {
        let mut queue = with([3, 1, 2, 5, 4, 6]);
        assert_eq!(numbers(&queue.take_due(at(0))), [1, 2, 3, 4]);
        assert_eq!(queue.take_due(at(0)), []);
        assert_eq!(queue.next_due(), None, "the next one goes when another is back");
        queue.settle(Seq::new(2), &Outcome::Delivered, at(1), 0);
        assert_eq!(numbers(&queue.take_due(at(1))), [5]);
    }

    #[test]
    fn what_fails_waits_longer_each_time_and_is_given_up_after_the_tenth_attempt() {
        let mut queue = with([1]);
        let (mut now, mut attempts) = (at(0), 0);
        let given_up = loop {
            assert_eq!(numbers(&queue.take_due(now)), [1]);
            attempts += 1;
            match queue.settle(Seq::new(1), &AWAY, now, 0).unwrap() {
                Settled::Again(waiting) => {
                    assert_eq!(queue.next_due(), Some(waiting.due));
                    assert_eq!(queue.take_due(now), [], "not before it is due");
                    now = waiting.due;
                }
                settled => break settled,
            }
        };
        assert_eq!(given_up, Settled::GivenUp { attempts: 10, cause: "no connection".to_owned() });
        assert_eq!((attempts, queue.len()), (10, 0));
        let hours = 2 + 5 + 10 + 14 + 20 + 24;
        assert_eq!(now, at(0).after(Duration::from_secs(5 + 300 + 1800 + hours * 3600)));
    }

    #[test]
    fn the_end_of_an_outage_brings_forward_what_waits_for_it_alone() {
        let mut queue = with([1, 2, 3]);
        queue.take_due(at(0));
        queue.settle(Seq::new(1), &AWAY, at(0), 0);
        queue.settle(Seq::new(2), &Outcome::Failed(Failure::Answered(422)), at(0), 0);
        let settled = queue.settle(Seq::new(3), &Outcome::Delivered, at(1), 0);
        assert_eq!(settled, Some(Settled::Delivered { brought_forward: vec![Seq::new(1)] }));
        assert_eq!(numbers(&queue.take_due(at(1))), [1]);
    }

    #[test]
    fn a_target_that_is_gone_is_sent_nothing_until_it_is_enabled() {
        let mut queue = with([1, 2]);
        queue.take_due(at(0));
        assert_eq!(queue.settle(Seq::new(1), &Outcome::Gone, at(1), 0), Some(Settled::Disabled));
        queue.settle(Seq::new(2), &AWAY, at(1), 0);
        assert_eq!((queue.take_due(at(999)), queue.next_due(), queue.room()), (vec![], None, 0));
        queue.enable(at(1000));
        assert_eq!(numbers(&queue.take_due(at(1000))), [1, 2]);
    }

    #[test]
    fn what_is_not_wanted_any_more_leaves_and_is_no_failure() {
        let mut queue = with([1]);
        queue.take_due(at(0));
        assert_eq!(queue.settle(Seq::new(1), &Outcome::Unwanted, at(0), 0), Some(Settled::Dropped));
        assert_eq!((queue.len(), queue.outage_attempts(), queue.health()), (0, 0, SinkHealth::Delivering));
    }

    #[test]
    fn the_desk_is_told_of_what_fails_for_minutes_is_given_up_or_refused_for_good() {
        let mut queue = with([1, 2]);
        let mut healths = Vec::new();
        let mut now = at(0);
        for _ in 0..10 {
            queue.take_due(now);
            if let Some(Settled::Again(waiting)) = queue.settle(Seq::new(1), &AWAY, now, 0) {
                now = waiting.due;
            }
            healths.push(queue.health());
        }
        assert_eq!(healths[..2], [SinkHealth::Delivering; 2]);
        assert_eq!(healths[2..], [SinkHealth::Failing; 8], "the last of them gave it up");
        queue.settle(Seq::new(2), &Outcome::Delivered, now, 0);
        assert_eq!(queue.health(), SinkHealth::Delivering);
        queue.add(Seq::new(3), now);
        queue.take_due(now);
        queue.settle(Seq::new(3), &Outcome::Gone, now, 0);
        assert_eq!(queue.health(), SinkHealth::Failing);
        queue.enable(now);
        assert_eq!(queue.health(), SinkHealth::Delivering);
    }

    #[test]
    fn only_so_many_wait() {
        let queue = with(1..=WAITING_LIMIT_MESSAGES as u64);
        assert_eq!(queue.room(), 0);
        assert_eq!(with(1..=3).room(), WAITING_LIMIT_MESSAGES - 3);
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing_up() {
        let mut queue = with([]);
        queue.add(Seq::new(1), at(10 * 86_400));
        assert_eq!(numbers(&queue.take_due(at(0))), [1]);
    }
}
