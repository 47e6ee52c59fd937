//! People going from place to place: who is expected through a door that was released, and what a confirmed passage says
//! about where they are. What follows from where people are is decided in `decide/`.

use super::Engine;
use crate::entry::Entry;
use crate::id::{AreaId, DoorId, PersonId, PointId};
use crate::muster::Somebody;
use crate::people::Place;
use crate::site::AreaKind;
use crate::time::Now;

/// Somebody who was admitted and has not opened yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    person: PersonId,
    to: Place,
}

/// People who may be expected through one door at once: admitted one after the other while it is released.
const EXPECTED_MAX_PEOPLE: usize = 16;

impl Engine {
    /// Somebody was admitted at `point` and will be on its other side once the door opens.
    pub(super) fn expect_passage(&mut self, door: DoorId, point: PointId, person: PersonId) {
        let Some(way) = self.site.way(point) else { return };
        let to = match way.to {
            // Nobody steps into a rack.
            Some(area) if self.site.area(area).is_some_and(|area| area.kind == AreaKind::Rack) => return,
            Some(area) => Place::Inside(area),
            None => Place::Outside,
        };
        let expected = self.expected.entry(door).or_default();
        expected.retain(|expected| expected.person != person);
        if expected.len() < EXPECTED_MAX_PEOPLE {
            expected.push(Expected { person, to });
        }
    }

    /// The release ended unused.
    pub(super) fn expect_nobody(&mut self, door: DoorId) {
        self.expected.remove(&door);
    }

    /// The door opened: everybody expected through it is on the other side.
    pub(super) fn passage_confirmed(&mut self, now: Now, door: DoorId) {
        let expected = self.expected.remove(&door).unwrap_or_default();
        let before: Vec<Option<Place>> =
            expected.iter().map(|expected| self.presence.of(expected.person).map(|known| known.place)).collect();
        for Expected { person, to } in &expected {
            self.record(now, Entry::PresenceChanged { person: *person, place: *to });
        }
        for (Expected { person, to }, before) in expected.iter().zip(&before) {
            self.person_moved(now, *person, *before, *to);
            if let Place::Inside(area) = to {
                self.join_musters(now, Somebody::Person(*person), *area, None);
            }
        }
        let places = before.into_iter().flatten().chain(expected.iter().map(|expected| expected.to));
        let areas: Vec<AreaId> = places.filter_map(area_of).collect();
        areas.into_iter().for_each(|area| self.review_people_in(now, area));
        // Whoever leaves does not open the day.
        let behind = self.site.door(door).map(|door| Place::Inside(door.area));
        for Expected { person, .. } in expected.into_iter().filter(|expected| Some(expected.to) == behind) {
            self.first_person_passed(now, door, person);
        }
    }
}

const fn area_of(place: Place) -> Option<AreaId> {
    match place {
        Place::Inside(area) => Some(area),
        Place::Outside => None,
    }
}
