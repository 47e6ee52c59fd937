//! One door replayed with timings of its own: recorded facts in, alarms out that the engine would have raised with them. How a
//! passage moves and which condition holds is `door.rs`, the same code that the engine asks; here are only its timers, as
//! `engine/doors.rs` has them.
//!
//! Facts do not depend on timings, but what follows from them does: an exit request within the debounce makes a suspect
//! opening one by right, the same request after the alarm does not.

use core::time::Duration;
use std::collections::BTreeSet;

use super::door_event::DoorEvent;
use crate::alarm::AlarmKind;
use crate::door::{DoorRecord, Holds, Passage, holds};
use crate::facts::{Facts, Lock};
use crate::id::PersonId;
use crate::mode::DoorMode;
use crate::site::{Door, Timings};
use crate::time::Wall;

/// The alarms that are replayed: those that timings of a door decide about and that follow from its passage. Their order is
/// that of the engine.
pub(super) const REPLAYED: [AlarmKind; 4] =
    [AlarmKind::DoorForced, AlarmKind::HandleForced, AlarmKind::HeldPreAlarm, AlarmKind::HeldOpen];

/// A lock that was told to lock may report an opening from before that for this long (`engine/modes/holding.rs`).
const ENDING_FOR: Duration = Duration::from_secs(3);

/// The door, and who needs longer at it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) door: &'a Door,
    pub(super) needs_longer: &'a BTreeSet<PersonId>,
}

/// One door under timings.
#[derive(Debug, Clone)]
pub(super) struct Replay {
    times: Timings,
    facts: Facts,
    passage: Passage,
    mode: DoorMode,
    lock: LockTold,
    conditions: [Condition; REPLAYED.len()],
    /// How often each alarm was raised since the door was last closed.
    raised: [u8; REPLAYED.len()],
    /// When each alarm was raised last, until somebody asks.
    news: [Option<Wall>; REPLAYED.len()],
}

/// Whether an unlocked mode that is over still explains an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LockTold {
    /// The lock follows the mode.
    Follows,
    /// It was told to lock, and may report an opening from before until this instant.
    Ending(Wall),
    /// A release runs on; the lock is told once that is over.
    Lent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    No,
    Due(Wall),
    Active,
}

impl Replay {
    pub(super) fn new(times: Timings, mode: DoorMode) -> Self {
        Self {
            times,
            facts: Facts::default(),
            passage: Passage::Idle,
            mode,
            lock: LockTold::Follows,
            conditions: [Condition::No; REPLAYED.len()],
            raised: [0; REPLAYED.len()],
            news: [None; REPLAYED.len()],
        }
    }

    /// How often `kind` was raised since the door was last closed.
    pub(super) fn raised(&self, kind: AlarmKind) -> u8 {
        let place = REPLAYED.iter().position(|each| *each == kind);
        place.and_then(|place| self.raised.get(place)).copied().unwrap_or(0)
    }

    /// What was raised since this was last asked, in order; each alarm is raised once between two events at most.
    pub(super) fn take_raises(&mut self) -> Vec<(AlarmKind, Wall)> {
        let news = core::mem::take(&mut self.news);
        let mut raises: Vec<_> = REPLAYED.into_iter().zip(news).filter_map(|(kind, at)| Some((kind, at?))).collect();
        raises.sort_by_key(|(_, at)| *at);
        raises
    }

    /// The door is closed: what follows is another opening.
    pub(super) const fn forget_raised(&mut self) {
        self.raised = [0; REPLAYED.len()];
    }

    /// Something happened at `at`. What was due before is done first.
    pub(super) fn step(&mut self, place: Place<'_>, event: &DoorEvent, at: Wall) {
        self.advance(place, at);
        // While a mode explains openings, one that is explained already is not explained anew.
        let is_explained = self.mode_at_lock().is_unlocked() && matches!(self.passage, Passage::Open { .. });
        if *event != DoorEvent::OpenUnlocked || !is_explained {
            self.passage = event.moves(self.passage, at);
        }
        match event {
            DoorEvent::Released { .. } if matches!(self.passage, Passage::Open { .. }) => self.count_anew(),
            DoorEvent::Facts(facts) => self.facts_came(*facts, at),
            DoorEvent::Released { .. } | DoorEvent::ReleaseOver | DoorEvent::ExitHeldBack | DoorEvent::OpenUnlocked => {
            }
        }
        self.finish_lent(at);
        self.review(place, at);
    }

    /// Whoever is released while the door stands open has the whole open time again; an alarm stands.
    fn count_anew(&mut self) {
        for (kind, condition) in REPLAYED.iter().zip(&mut self.conditions) {
            let is_held = matches!(kind, AlarmKind::HeldPreAlarm | AlarmKind::HeldOpen);
            if is_held && matches!(condition, Condition::Due(_)) {
                *condition = Condition::No;
            }
        }
    }

    fn facts_came(&mut self, facts: Facts, at: Wall) {
        self.facts = facts;
        self.explain_opening(at);
        if facts.lock == Lock::Locked && matches!(self.lock, LockTold::Ending(_)) {
            self.lock = LockTold::Follows;
        }
    }

    /// Another mode came into force at `at`.
    pub(super) fn mode_moved(&mut self, place: Place<'_>, mode: DoorMode, at: Wall) {
        if mode == self.mode {
            return;
        }
        self.advance(place, at);
        let before = core::mem::replace(&mut self.mode, mode);
        match (before.is_unlocked(), mode.is_unlocked()) {
            (_, true) => {
                self.lock = LockTold::Follows;
                self.explain_opening(at);
            }
            (true, false) => self.end_hold(at),
            (false, false) => {}
        }
        self.review(place, at);
    }

    /// The daemon started at `at`: what it knew of locks that were told to lock is gone.
    pub(super) fn restarted(&mut self, place: Place<'_>, at: Wall) {
        self.advance(place, at);
        self.lock = LockTold::Follows;
        self.review(place, at);
    }

    fn end_hold(&mut self, at: Wall) {
        match self.passage {
            Passage::Released { cause, .. } if !self.mode.takes_back(cause) => self.lock = LockTold::Lent,
            Passage::Idle | Passage::Released { .. } => self.begin_ending(at),
            Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => {
                self.passage = self.passage.after_unlocked(at);
            }
        }
    }

    fn begin_ending(&mut self, at: Wall) {
        let is_locked = self.facts.lock == Lock::Locked;
        self.lock = if is_locked { LockTold::Follows } else { LockTold::Ending(at.after(ENDING_FOR)) };
    }

    fn finish_lent(&mut self, at: Wall) {
        if self.lock != LockTold::Lent {
            return;
        }
        match self.passage {
            Passage::Released { .. } => {}
            Passage::Idle => self.begin_ending(at),
            Passage::Open { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => self.lock = LockTold::Follows,
        }
    }

    const fn mode_at_lock(&self) -> DoorMode {
        match self.lock {
            LockTold::Ending(_) => DoorMode::Unlocked,
            LockTold::Follows | LockTold::Lent => self.mode,
        }
    }

    fn explain_opening(&mut self, at: Wall) {
        let is_unexplained = matches!(self.passage, Passage::Suspect { .. } | Passage::Forced { .. });
        if is_unexplained && self.mode_at_lock().is_unlocked() {
            self.passage = self.passage.after_unlocked(at);
        }
    }

    /// Does what is due until `at`, in order of time; at one instant, a condition before a lock's time to lock.
    pub(super) fn advance(&mut self, place: Place<'_>, at: Wall) {
        loop {
            let condition = self.next_condition().filter(|(due, _)| *due <= at);
            let ending = match self.lock {
                LockTold::Ending(until) if until <= at => Some(until),
                LockTold::Ending(_) | LockTold::Follows | LockTold::Lent => None,
            };
            match (condition, ending) {
                (Some((due, index)), ending) if ending.is_none_or(|until| due <= until) => {
                    self.lasted(place, index, due);
                }
                (_, Some(until)) => {
                    self.lock = LockTold::Follows;
                    self.review(place, until);
                }
                (_, None) => return,
            }
        }
    }

    fn next_condition(&self) -> Option<(Wall, usize)> {
        let due = self.conditions.iter().enumerate().filter_map(|(index, condition)| match condition {
            Condition::Due(due) => Some((*due, index)),
            Condition::No | Condition::Active => None,
        });
        due.min()
    }

    /// Starts, stops and raises what follows from how the door stands.
    fn review(&mut self, place: Place<'_>, at: Wall) {
        (0..REPLAYED.len()).for_each(|index| self.review_one(place, index, at));
    }

    fn review_one(&mut self, place: Place<'_>, index: usize, at: Wall) {
        let Some(condition) = self.conditions.get(index).copied() else { return };
        match (self.holds(place, index, at), condition) {
            (Holds::No, _) => self.put(index, Condition::No),
            (Holds::For(delay), Condition::No) => {
                let lasted = self.passage.since().map_or(Duration::ZERO, |since| at.since(since));
                if lasted >= delay {
                    self.lasted(place, index, at);
                } else {
                    self.put(index, Condition::Due(at.after(delay - lasted)));
                }
            }
            (Holds::For(_), Condition::Due(_) | Condition::Active) | (Holds::CannotTell, _) => {}
        }
    }

    /// A condition has lasted as long as it may.
    fn lasted(&mut self, place: Place<'_>, index: usize, at: Wall) {
        self.put(index, Condition::No);
        let (Some(kind), Holds::For(_)) = (REPLAYED.get(index), self.holds(place, index, at)) else { return };
        self.put(index, Condition::Active);
        if let Some(raised) = self.raised.get_mut(index) {
            *raised = raised.saturating_add(1);
        }
        if let Some(news) = self.news.get_mut(index) {
            *news = Some(at);
        }
        if matches!(kind, AlarmKind::DoorForced | AlarmKind::HandleForced) {
            self.passage = self.passage.after_forced();
        }
        // The held alarm ends the warning before it.
        self.review(place, at);
    }

    fn put(&mut self, index: usize, to: Condition) {
        if let Some(condition) = self.conditions.get_mut(index) {
            *condition = to;
        }
    }

    fn holds(&self, place: Place<'_>, index: usize, at: Wall) -> Holds {
        let Some(kind) = REPLAYED.get(index).copied() else { return Holds::No };
        let mut standing = REPLAYED.iter().zip(&self.conditions);
        let is_held = standing.any(|(each, of)| *each == AlarmKind::HeldOpen && *of == Condition::Active);
        let record = DoorRecord { facts: self.facts, passage: self.passage };
        holds(kind, place.door, &self.times_now(place), &record, self.mode_at_lock(), is_held, at)
    }

    fn times_now(&self, place: Place<'_>) -> Timings {
        let passing = match self.passage {
            Passage::Open { cause, .. } => cause.person(),
            Passage::Idle | Passage::Released { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => None,
        };
        if passing.is_some_and(|person| place.needs_longer.contains(&person)) {
            Timings { open_time: self.times.extended_open_time, ..self.times }
        } else {
            self.times
        }
    }
}
