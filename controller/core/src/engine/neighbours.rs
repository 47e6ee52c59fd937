//! Racks stand side by side and look alike, and each has two doors. Whoever has a right to one of them and tries the one beside
//! it is shown the right one before anybody is alarmed; whoever forces the other side of a rack is said to have done so.
//!
//! - Directly neighbouring are two rack doors on the same face of a row whose racks follow each other in the order of their
//!   names: `r07/c03/front` and `r07/c04/front`. Numbers in names count as numbers.
//! - Somebody has a *live right* to a rack door for two minutes after being admitted there, while the door stands open on that
//!   admission, and while its handle blinks for them (`engine/locating.rs`).
//! - A card that is refused at a door beside one to which its bearer has a live right, or at the other side of the same rack,
//!   is refused as everybody is, and the right handle blinks. It counts as no wrong try and raises no alarm.
//! - A handle lifted beside such a door shows T14, the right one blinks, and the alarm waits five seconds instead of the usual
//!   debounce, as long as the leaf stays closed. Once the leaf moves, or after that time, it is a forced handle as always.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use super::TimerKey;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::Refusal;
use crate::door::Passage;
use crate::engine::output::Feedback;
use crate::entry::Denial;
use crate::facts::Contact;
use crate::id::{DoorId, PersonId};
use crate::site::{Door, DoorKind, Site, Timings};
use crate::time::{Monotonic, Now};

/// For how long an admission is a live right: the time to walk to the rack and to see that it is not this one.
const LIVE_FOR: Duration = Duration::from_secs(120);

/// How long a lifted handle on a closed door beside the right one may wait for its alarm: the time to read the light and to
/// push the handle home. Nothing can be reached behind a closed leaf.
const GENTLE_FOR: Duration = Duration::from_secs(5);

/// What stands beside what, and who was admitted where.
#[derive(Debug, Clone, Default)]
pub(super) struct Neighbours {
    /// The doors beside a rack door.
    beside: BTreeMap<DoorId, Vec<DoorId>>,
    /// The other doors of the same rack.
    other_sides: BTreeMap<DoorId, Vec<DoorId>>,
    /// Who was last admitted at a rack door, and when; one of each door at most.
    admitted: BTreeMap<DoorId, (PersonId, Monotonic)>,
    /// Doors whose handle was lifted by somebody who is being shown the right one.
    warned: BTreeSet<DoorId>,
}

impl Neighbours {
    pub(super) fn of(site: &Site) -> Self {
        let mut rows: BTreeMap<(&str, &str), Vec<(RackOrder<'_>, DoorId)>> = BTreeMap::new();
        let mut racks: BTreeMap<&str, Vec<DoorId>> = BTreeMap::new();
        for door in site.doors().filter(|door| door.kind == DoorKind::RackDoor) {
            let Some((rack, face)) = door.path.rsplit_once('/') else { continue };
            racks.entry(rack).or_default().push(door.id);
            if let Some((row, name)) = rack.rsplit_once('/') {
                rows.entry((row, face)).or_default().push((RackOrder::of(name), door.id));
            }
        }
        let mut neighbours = Self::default();
        for row in rows.values_mut() {
            row.sort_unstable();
            for ((_, left), (_, right)) in row.iter().zip(row.iter().skip(1)) {
                neighbours.beside.entry(*left).or_default().push(*right);
                neighbours.beside.entry(*right).or_default().push(*left);
            }
        }
        for doors in racks.values() {
            for door in doors {
                let others = doors.iter().copied().filter(|other| other != door).collect();
                neighbours.other_sides.insert(*door, others);
            }
        }
        neighbours
    }
}

/// Where a rack stands in its row, by its name: what is before its number, the number, the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RackOrder<'s>(&'s str, u64, &'s str);

impl<'s> RackOrder<'s> {
    fn of(name: &'s str) -> Self {
        let word = name.trim_end_matches(|character: char| character.is_ascii_digit());
        let number = name.strip_prefix(word).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        Self(word, number, name)
    }
}

impl Engine {
    /// Somebody was admitted at a door.
    pub(super) fn note_admission(&mut self, now: Now, door: DoorId, person: PersonId) {
        if self.handle_of(door).is_some() {
            self.neighbours.admitted.insert(door, (person, now.monotonic));
        }
    }

    /// Everybody who has a live right to a door.
    fn live_rights(&self, now: Now, door: DoorId) -> impl Iterator<Item = PersonId> {
        let admitted = self.neighbours.admitted.get(&door).filter(|(_, at)| now.monotonic.since(*at) <= LIVE_FOR);
        let passing = match self.door_record(door).passage {
            Passage::Open { cause, .. } | Passage::Released { cause, .. } => cause.person(),
            Passage::Idle | Passage::Suspect { .. } | Passage::Forced { .. } => None,
        };
        let admitted = admitted.map(|(person, _)| *person);
        admitted.into_iter().chain(passing).chain(self.located_for(door))
    }

    /// Somebody was refused: if the right door is beside this one, its handle blinks.
    pub(super) fn refused_beside(&mut self, now: Now, door: DoorId, refusal: &Refusal) {
        let (Denial::NotAuthorisedPoint, Some(person)) = (refusal.reason, refusal.person) else { return };
        let beside = self.neighbours.beside.get(&door).into_iter().flatten();
        let mut near = beside.chain(self.neighbours.other_sides.get(&door).into_iter().flatten()).copied();
        let right = near.find(|near| self.live_rights(now, *near).any(|holder| holder == person));
        if let Some(right) = right {
            self.show_right_one(now, right, person);
        }
    }

    fn show_right_one(&mut self, now: Now, door: DoorId, person: PersonId) {
        let is_open = matches!(self.door_record(door).passage, Passage::Open { .. });
        if !is_open {
            self.show_handle_to(now, door, person);
        }
    }

    /// What sensors say made `before` into `after`: a handle lifted beside the right one, or pushed home again.
    pub(super) fn follow_neighbour(&mut self, now: Now, door: DoorId, before: Passage, after: Passage) {
        match (before, after) {
            (Passage::Idle, Passage::Suspect { .. }) => self.lifted(now, door),
            (_, Passage::Suspect { .. }) => {
                let is_open = self.door_record(door).facts.contact != Contact::Closed;
                if is_open && self.neighbours.warned.remove(&door) {
                    // It goes on: from here the usual time counts.
                    self.timers.cancel(TimerKey::Condition(door, AlarmKind::HandleForced));
                }
            }
            (_, Passage::Idle | Passage::Released { .. } | Passage::Open { .. } | Passage::Forced { .. }) => {
                if self.neighbours.warned.remove(&door) {
                    self.show(door, Feedback::Cancel);
                }
            }
        }
        if after == Passage::Idle {
            self.end_alarm(now, AlarmKind::WrongSide, AlarmSource::Door(door));
        }
    }

    fn lifted(&mut self, now: Now, door: DoorId) {
        let mut near = self.neighbours.beside.get(&door).into_iter().flatten().copied();
        let right = near.find_map(|near| Some((near, self.live_rights(now, near).next()?)));
        let Some((right, person)) = right.filter(|_| self.door_record(door).facts.contact == Contact::Closed) else {
            return;
        };
        self.neighbours.warned.insert(door);
        self.show(door, Feedback::NotLatched);
        self.show_right_one(now, right, person);
    }

    /// The times of a door whose handle was lifted beside the right one.
    pub(super) fn gentle_times(&self, door: &Door, times: Timings) -> Timings {
        if self.neighbours.warned.contains(&door.id) {
            Timings { forced_debounce: times.forced_debounce.max(GENTLE_FOR), ..times }
        } else {
            times
        }
    }

    /// A rack door was forced: if somebody works at the other side of the rack, it is said that this side is not theirs.
    pub(super) fn forced_beside_session(&mut self, now: Now, door: DoorId) {
        let is_session = |other: &DoorId| match self.door_record(*other).passage {
            Passage::Open { cause, .. } | Passage::Released { cause, .. } => cause.person().is_some(),
            Passage::Idle | Passage::Suspect { .. } | Passage::Forced { .. } => false,
        };
        let others = self.neighbours.other_sides.get(&door).into_iter().flatten();
        if others.into_iter().any(is_session) {
            self.begin_alarm(now, AlarmKind::WrongSide, AlarmSource::Door(door));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RackOrder;

    #[test]
    fn racks_stand_in_the_order_of_their_numbers() {
        let check = |names: &[&str], expect: &[&str]| {
            let mut sorted: Vec<RackOrder<'_>> = names.iter().map(|name| RackOrder::of(name)).collect();
            sorted.sort_unstable();
            assert_eq!(sorted.iter().map(|rack| rack.2).collect::<Vec<_>>(), expect);
        };
        check(&["c10", "c2", "c1"], &["c1", "c2", "c10"]);
        check(&["c03", "c02", "c10"], &["c02", "c03", "c10"]);
        check(&["b1", "a2", "99999999999999999999999"], &["99999999999999999999999", "a2", "b1"]);
    }
}
