//! Doors that exclude each other are never unlocked together, not even for the moment a bolt travels. One exception is
//! life safety's: an exit button opens its door although nobody knows how the other one stands.

use std::collections::BTreeSet;

use rackward_core::door::{DoorRecord, Passage};
use rackward_core::engine::output::ReleaseCause;
use rackward_core::facts::{Contact, Lock};
use rackward_core::id::DoorId;

use super::{Checker, DoorSight, Sight};

/// See the file's head.
#[derive(Debug, Default)]
pub struct Interlock {
    /// Doors that are unlocked by an exit button that nothing known stood against.
    exits: BTreeSet<DoorId>,
}

impl Interlock {
    fn note_releases(&mut self, sight: &Sight<'_>) {
        for sent in sight.sent {
            let Some(door) = sight.doors.iter().find(|door| door.lock == sent.device) else { continue };
            let is_excused = sent.cause == ReleaseCause::LifeSafety && !others(sight, door.door).any(is_known_open);
            if is_excused {
                self.exits.insert(door.door)
            } else {
                self.exits.remove(&door.door)
            };
        }
    }
}

/// What is believed of the doors that exclude this one.
fn others<'a>(sight: &Sight<'a>, door: DoorId) -> impl Iterator<Item = &'a DoorRecord> {
    let records = sight.records();
    let others = sight.site.door(door).map(|door| door.interlocked_with.as_slice()).unwrap_or_default();
    others.iter().filter_map(|other| records.doors.get(other))
}

fn is_known_open(record: &DoorRecord) -> bool {
    let facts = &record.facts;
    record.passage != Passage::Idle || facts.contact == Contact::Open || facts.lock == Lock::Unlocked
}

fn is_free(door: &DoorSight) -> bool {
    door.is_motor_on || !door.is_held
}

impl Checker for Interlock {
    fn name(&self) -> &'static str {
        "interlock"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        self.note_releases(sight);
        let free: BTreeSet<DoorId> = sight.doors.iter().filter(|door| is_free(door)).map(|door| door.door).collect();
        for door in sight.site.doors().filter(|door| free.contains(&door.id)) {
            let other = door.interlocked_with.iter().find(|other| free.contains(other));
            if let Some(other) = other.filter(|other| !self.exits.contains(other) && !self.exits.contains(&door.id)) {
                return Err(format!("{} and {} are unlocked together", door.path, sight.path(*other)));
            }
        }
        // An exit under way is not free yet, so an excuse ends with the release and not before it.
        let is_over = |door: &&DoorSight| !is_free(door) && !sight.sent.iter().any(|sent| sent.device == door.lock);
        for door in sight.doors.iter().filter(is_over) {
            let is_idle = sight.records().doors.get(&door.door).is_none_or(|record| record.passage == Passage::Idle);
            if is_idle {
                self.exits.remove(&door.door);
            }
        }
        Ok(())
    }
}
