//! Where people were seen last: the point at which a card of theirs was admitted, and with whom they came. It is finer than what
//! is on record of where people are, since a rack that somebody opens is no place to be in, and it is kept in memory alone: after
//! a start it is known from the records in which area somebody is, and the rest again from the next card on.

use std::collections::BTreeMap;

use crate::entry::Entry;
use crate::id::{PersonId, PointId};
use crate::people::Place;
use crate::time::Wall;

/// Of so many people at most: some 8 MB. Beyond them the area has to do.
const SEEN_MAX_PEOPLE: usize = 100_000;

/// See the file's head.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    at: BTreeMap<PersonId, (PointId, Wall)>,
    with: BTreeMap<PersonId, PersonId>,
}

impl Seen {
    /// Follows an entry that was recorded.
    pub(super) fn follow(&mut self, entry: &Entry, at: Wall) {
        match entry {
            Entry::AccessGranted { point, person, .. } => self.note(*person, *point, at),
            Entry::CompanionAdmitted { point, person, with, .. } => {
                self.note(*person, *point, at);
                if self.at.contains_key(person) {
                    self.with.insert(*person, *with);
                    self.with.insert(*with, *person);
                }
            }
            Entry::PresenceChanged { person, place: Place::Outside } => self.forget(*person),
            Entry::PresenceForgiven { person: Some(person), .. } => self.forget(*person),
            _ => {}
        }
    }

    fn note(&mut self, person: PersonId, point: PointId, at: Wall) {
        if self.at.len() < SEEN_MAX_PEOPLE || self.at.contains_key(&person) {
            self.at.insert(person, (point, at));
        }
    }

    fn forget(&mut self, person: PersonId) {
        self.at.remove(&person);
        self.with.remove(&person);
    }

    /// The point at which somebody was admitted last, and when.
    pub(super) fn last(&self, person: PersonId) -> Option<(PointId, Wall)> {
        self.at.get(&person).copied()
    }

    /// Who was admitted together with somebody.
    pub(super) fn company_of(&self, person: PersonId) -> Option<PersonId> {
        self.with.get(&person).copied()
    }
}
