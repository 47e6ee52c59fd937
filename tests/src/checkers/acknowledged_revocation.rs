//! Once a device has acknowledged a revocation, the cards of that person never open it again, however long it is on its own.
//!
//! The truth is the hardware's: whose card was presented at a door last, and that its device unlocked by its list. What was
//! revoked and what was acknowledged is the journal's. A person who has another right to the door is none of this checker's.

use std::collections::BTreeMap;

use rackward_core::entry::OfflineEntry;
use rackward_core::id::{DeviceId, DoorId, Generation, PersonId};
use rackward_core::people::{GrantRight, GrantState};
use rackward_core::{Entry, Records};

use super::{Checker, DoorSight, Sight};

/// See the file's head.
#[derive(Debug, Default)]
pub struct AcknowledgedRevocation {
    /// The generation of the last revocation of any right of a person.
    revoked: BTreeMap<PersonId, Generation>,
    /// What each device has acknowledged last.
    acknowledged: BTreeMap<DeviceId, Acknowledged>,
    presented: BTreeMap<DoorId, PersonId>,
    unlocked: BTreeMap<DoorId, u64>,
}

/// What a device said that it goes by.
#[derive(Clone, Copy, Debug)]
enum Acknowledged {
    /// A list of this generation.
    List(Generation),
    /// Nothing, so that it opens for nobody by itself.
    Nothing,
}

impl AcknowledgedRevocation {
    fn check(&self, sight: &Sight<'_>, door: &DoorSight) -> Result<(), String> {
        let Some(person) = self.presented.get(&door.door) else {
            return Err(format!("{} unlocked by its list although nobody presented a card", sight.path(door.door)));
        };
        match self.acknowledged.get(&door.lock) {
            Some(Acknowledged::Nothing) => {
                Err(format!("{} unlocked for {person} by a list it had acknowledged to be gone", sight.path(door.door)))
            }
            Some(Acknowledged::List(acknowledged))
                if self.revoked.get(person).is_some_and(|revoked| revoked <= acknowledged)
                    && !has_right(sight.records(), *person, door.door) =>
            {
                let path = sight.path(door.door);
                Err(format!("{path} unlocked for {person}, whose revocation it had acknowledged"))
            }
            Some(Acknowledged::List(_)) | None => Ok(()),
        }
    }

    fn note(&mut self, sight: &Sight<'_>, entry: &Entry) {
        match entry {
            Entry::GrantRevoked { grant, generation, .. } => {
                let person = sight.disk.tables().grants.get(grant).map(|grant| grant.person);
                self.revoked.extend(person.map(|person| (person, *generation)));
            }
            Entry::Offline(OfflineEntry::ListApplied { device, list }) => {
                self.acknowledged.insert(*device, Acknowledged::List(list.generation));
            }
            Entry::Offline(OfflineEntry::ListCleared { device }) => {
                self.acknowledged.insert(*device, Acknowledged::Nothing);
            }
            // A list that is on its way may be in force before its acknowledgement is heard.
            Entry::Offline(OfflineEntry::ListIssued { device, .. }) => {
                if let Some(Acknowledged::Nothing) = self.acknowledged.get(device) {
                    self.acknowledged.remove(device);
                }
            }
            _ => {}
        }
    }
}

/// Whether a person has a right to a door now, as the records say.
fn has_right(records: &Records, person: PersonId, door: DoorId) -> bool {
    records.grants.values().any(|grant| {
        let is_there = match &grant.right {
            GrantRight::Doors { doors, .. } => doors.contains(&door),
            GrantRight::Member(_) => true,
        };
        grant.person == person && grant.state == GrantState::Active && is_there
    })
}

impl Checker for AcknowledgedRevocation {
    fn name(&self) -> &'static str {
        "acknowledged revocation"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        self.presented.extend(sight.presented.iter().copied());
        // What a device did happened before what is heard of it in the same moment.
        for door in sight.doors {
            let before = self.unlocked.insert(door.door, door.unlocked_by_list);
            if before.unwrap_or_default() < door.unlocked_by_list {
                self.check(sight, door)?;
            }
        }
        for stamped in sight.fresh {
            self.note(sight, &stamped.entry);
        }
        Ok(())
    }
}
