//! Why a forced door alarm probably came: the table at the head of `nuisance.rs`, as a fold over what happened at the door.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use super::door_event::DoorEvent;
use crate::alarm::life::CauseLabel;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::door::{Cause, Passage};
use crate::entry::{Entry, Stamped};
use crate::facts::{Facts, HandlePosition, Lock};
use crate::id::{AlarmId, DoorId};
use crate::time::Wall;

/// How late an exit request may come after the opening that it explains.
const EXIT_LAG: Duration = Duration::from_secs(3);

/// An opening that ends sooner than this is no passage.
const SHORTEST_PASSAGE: Duration = Duration::from_secs(1);

/// So many openings within [`TOGGLING`] are a contact that bounces.
const TOGGLES: usize = 3;

/// See [`TOGGLES`].
const TOGGLING: Duration = Duration::from_secs(10);

/// How long after the end of a release an opening may still be somebody who was slow.
const RELOCK_LAG: Duration = Duration::from_secs(3);

/// A locked leaf that opens so soon after it closed was not latched: nobody forces one that fast.
const SPRINGS: Duration = Duration::from_secs(3);

/// The same where it has happened within [`SPRUNG_BEFORE`] already.
const SPRINGS_AGAIN: Duration = Duration::from_secs(10);

/// See [`SPRINGS_AGAIN`].
const SPRUNG_BEFORE: Duration = Duration::from_secs(24 * 3600);

/// How many openings without right are remembered of each door: enough for a burst within the time that a label takes.
const OPENINGS_MAX: usize = 8;

/// Whether alarms of this kind have a probable cause: those that say that a door was opened without right.
pub const fn can_be_labelled(kind: AlarmKind) -> bool {
    matches!(kind, AlarmKind::DoorForced | AlarmKind::HandleForced)
}

/// Why an alarm probably came, as far as it can be said yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labelling {
    /// Facts that would say so may still come, until this instant.
    NotYet(Wall),
    /// It can be said.
    Settled(CauseLabel),
}

/// What happened of late at each door, as far as labels need it. Feed it every entry, in order.
#[derive(Debug, Clone, Default)]
pub struct Trails(BTreeMap<DoorId, Trail>);

impl Trails {
    /// Takes in one entry; those that say nothing about a door change nothing.
    pub fn take(&mut self, stamped: &Stamped) {
        if let Some((door, event)) = DoorEvent::of(&stamped.entry) {
            self.0.entry(door).or_default().take(&event, stamped.at);
        }
    }

    /// Why an alarm that was raised at `door` at `raised_at` probably came, asked at `now`. Ask again at the instant of
    /// [`Labelling::NotYet`]; what was settled once stays so as long as the door's last eight openings are remembered.
    pub fn label(&self, door: DoorId, raised_at: Wall, now: Wall) -> Labelling {
        self.0.get(&door).map_or(Labelling::Settled(CauseLabel::Unexplained), |trail| trail.label(raised_at, now))
    }
}

/// How many alarms wait for their label at once: those of three seconds, so this is never reached. Beyond, they have none,
/// which counts as unexplained.
const WAITING_MAX: usize = 10_000;

/// Labels alarms as entries of a journal pass by.
#[derive(Debug, Clone, Default)]
pub(super) struct Labeller {
    trails: Trails,
    /// Alarms whose label cannot be settled yet, by the instant at which it can.
    waiting: BTreeMap<(Wall, AlarmId), Waiting>,
}

/// An alarm that waits for its label.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    door: DoorId,
    raised_at: Wall,
}

/// A label that was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labelled {
    pub(super) alarm: AlarmId,
    pub(super) door: DoorId,
    pub(super) raised_at: Wall,
    pub(super) label: CauseLabel,
}

impl Labeller {
    /// Takes in one entry; what can be labelled before it happened is.
    pub(super) fn take(&mut self, stamped: &Stamped) -> Vec<Labelled> {
        let settled = self.settle(stamped.at);
        self.trails.take(stamped);
        if let Entry::AlarmRaised { alarm, kind, source: AlarmSource::Door(door) } = &stamped.entry
            && can_be_labelled(*kind)
            && self.waiting.len() < WAITING_MAX
        {
            let until = match self.trails.label(*door, stamped.at, stamped.at) {
                Labelling::NotYet(until) => until,
                Labelling::Settled(_) => stamped.at,
            };
            self.waiting.insert((until, *alarm), Waiting { door: *door, raised_at: stamped.at });
        }
        settled
    }

    /// Labels what can be labelled at `now`.
    pub(super) fn settle(&mut self, now: Wall) -> Vec<Labelled> {
        let mut settled = Vec::new();
        while let Some(entry) = self.waiting.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((until, alarm), Waiting { door, raised_at }) = entry.remove_entry();
            if let Labelling::Settled(label) = self.trails.label(door, raised_at, until) {
                settled.push(Labelled { alarm, door, raised_at, label });
            }
        }
        settled
    }
}

/// What happened of late at one door.
#[derive(Debug, Clone, Default)]
struct Trail {
    facts: Facts,
    passage: Passage,
    closed_at: Option<Wall>,
    relock: Relock,
    sprung_at: Option<Wall>,
    openings: VecDeque<Opening>,
}

/// Whether the lock may not have been back yet after the last release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Relock {
    /// It was, or nothing was released.
    #[default]
    Done,
    /// The release ended unused at this time.
    Lapsed(Wall),
    /// Whoever passed closed the door at this time, and the lock has not read locked since.
    Closed(Wall),
}

/// One opening without right.
#[derive(Debug, Clone, Copy)]
struct Opening {
    at: Wall,
    closed_at: Option<Wall>,
    exit_at: Option<Wall>,
    /// What the moments before it say.
    hint: Hint,
}

/// What the moments before an opening say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    LateRelock,
    MisfitLatch,
    Nothing,
}

impl Trail {
    fn take(&mut self, event: &DoorEvent, at: Wall) {
        let before = self.passage;
        self.passage = event.moves(before, at);
        match event {
            DoorEvent::Released { cause: Cause::Exit, .. } | DoorEvent::ExitHeldBack => self.exit_wanted(at),
            DoorEvent::Released { .. } | DoorEvent::OpenUnlocked => {}
            DoorEvent::ReleaseOver => self.relock = Relock::Lapsed(at),
            DoorEvent::Facts(facts) => self.facts_came(facts, before, at),
        }
    }

    fn exit_wanted(&mut self, at: Wall) {
        if let Some(opening) = self.openings.back_mut().filter(|opening| at.since(opening.at) <= EXIT_LAG) {
            opening.exit_at.get_or_insert(at);
        }
    }

    fn facts_came(&mut self, facts: &Facts, before: Passage, at: Wall) {
        if before == Passage::Idle && matches!(self.passage, Passage::Suspect { .. }) {
            let hint = self.hint(facts, at);
            if hint == Hint::MisfitLatch {
                self.sprung_at = Some(at);
            }
            if self.openings.len() == OPENINGS_MAX {
                self.openings.pop_front();
            }
            self.openings.push_back(Opening { at, closed_at: None, exit_at: None, hint });
        }
        self.facts = *facts;
        if before != Passage::Idle && self.passage == Passage::Idle {
            self.closed(before, at);
        }
        if facts.lock == Lock::Locked && matches!(self.relock, Relock::Closed(_)) {
            self.relock = Relock::Done;
        }
    }

    fn closed(&mut self, before: Passage, at: Wall) {
        self.closed_at = Some(at);
        if let Some(opening) = self.openings.back_mut() {
            opening.closed_at.get_or_insert(at);
        }
        if matches!(before, Passage::Open { .. }) {
            self.relock = Relock::Closed(at);
        }
    }

    /// What the moments before this opening say; `facts` are those that it came with.
    fn hint(&self, facts: &Facts, at: Wall) -> Hint {
        if let Relock::Lapsed(ended) | Relock::Closed(ended) = self.relock
            && at.since(ended) <= RELOCK_LAG
        {
            return Hint::LateRelock;
        }
        let is_locked = self.facts.lock == Lock::Locked;
        let is_lifted = facts.handle.is_some_and(|handle| handle != HandlePosition::Closed);
        let Some(closed_for) = self.closed_at.map(|closed_at| at.since(closed_at)) else { return Hint::Nothing };
        let sprung_before = self.sprung_at.is_some_and(|sprung_at| at.since(sprung_at) <= SPRUNG_BEFORE);
        let springs = closed_for <= SPRINGS || (closed_for <= SPRINGS_AGAIN && sprung_before);
        if is_locked && !is_lifted && springs { Hint::MisfitLatch } else { Hint::Nothing }
    }

    fn label(&self, raised_at: Wall, now: Wall) -> Labelling {
        let Some((place, opening)) = self.openings.iter().enumerate().rfind(|(_, opening)| opening.at <= raised_at)
        else {
            return Labelling::Settled(CauseLabel::Unexplained);
        };
        let settled_at = opening.at.after(EXIT_LAG);
        if opening.exit_at.is_some() {
            return Labelling::Settled(CauseLabel::LateExit);
        }
        // An exit request in the very last instant still counts.
        if now <= settled_at {
            return Labelling::NotYet(settled_at.after(Duration::from_micros(1)));
        }
        if opening.is_short() || self.toggles_around(place) {
            return Labelling::Settled(CauseLabel::Bounce);
        }
        Labelling::Settled(match opening.hint {
            Hint::LateRelock => CauseLabel::LateRelock,
            Hint::MisfitLatch => CauseLabel::MisfitLatch,
            Hint::Nothing => CauseLabel::Unexplained,
        })
    }

    /// Whether the opening at `place` is one of three within ten seconds, wherever in them it stands.
    fn toggles_around(&self, place: usize) -> bool {
        let at = |place: usize| self.openings.get(place).map(|opening| opening.at);
        let within = |first: Option<Wall>, last: Option<Wall>| matches!((first, last), (Some(first), Some(last)) if last.since(first) <= TOGGLING);
        let starts = (0..TOGGLES).filter_map(|back| place.checked_sub(back));
        starts.into_iter().any(|start| within(at(start), at(start + TOGGLES - 1)))
    }
}

impl Opening {
    fn is_short(&self) -> bool {
        self.closed_at.is_some_and(|closed_at| closed_at.since(self.at) < SHORTEST_PASSAGE)
    }
}
