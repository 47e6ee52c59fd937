//! Doors that stand open on a right that has ended: whoever opened a rack for an hour's work and is still at it after the
//! hour, or after the grant was taken back, is a breach that no lock can end. Whether a right holds is the index's to say;
//! when a door counts as open is `door.rs`.

use super::Engine;
use crate::alarm::{AlarmKind, AlarmSource};
use crate::door::Passage;
use crate::id::{DoorId, PersonId};
use crate::people::PersonStatus;
use crate::people::index::{Right, RightStanding, Row};
use crate::time::{Now, Wall};

impl Engine {
    /// Looks at every door that somebody opened by right; once a minute and after every command.
    pub(super) fn review_overstays(&mut self, now: Now) {
        let over =
            |door: &DoorId| self.opener(*door).is_some_and(|person| !self.may_still_be_at(person, *door, now.wall));
        let over: Vec<DoorId> = self.open_doors.iter().copied().filter(over).collect();
        for door in over {
            self.begin_alarm(now, AlarmKind::OpenPastGrant, AlarmSource::Door(door));
        }
    }

    /// Keeps the list of doors that somebody opened by right.
    pub(super) fn follow_opener(&mut self, door: DoorId) {
        match self.opener(door) {
            Some(_) => self.open_doors.insert(door),
            None => self.open_doors.remove(&door),
        };
    }

    /// Who opened a door that stands open.
    fn opener(&self, door: DoorId) -> Option<PersonId> {
        match self.door_record(door).passage {
            Passage::Open { cause, .. } => cause.person(),
            Passage::Idle | Passage::Released { .. } | Passage::Suspect { .. } | Passage::Forced { .. } => None,
        }
    }

    /// Ends the alarm of a door that was closed, or that somebody opened anew.
    pub(super) fn end_overstay(&mut self, now: Now, door: DoorId) {
        if !self.is_active(AlarmKind::OpenPastGrant, AlarmSource::Door(door)) {
            return;
        }
        if self.opener(door).is_none_or(|person| self.may_still_be_at(person, door, now.wall)) {
            self.end_alarm(now, AlarmKind::OpenPastGrant, AlarmSource::Door(door));
        }
    }

    /// Whether a right of the person to the door holds. The last use of a grant is used up by the very passage it allowed.
    fn may_still_be_at(&self, person: PersonId, door: DoorId, at: Wall) -> bool {
        let holds = |right: Right| {
            let counts = match right.standing {
                RightStanding::Counts | RightStanding::UsedUp => true,
                RightStanding::NotApproved => false,
            };
            counts && right.validity.contains(at) && self.open.holds(right.slot)
        };
        let entitles = |row: Row<'_>| row.status() == PersonStatus::Enabled && row.rights_to(door).any(holds);
        self.people.bearers_of(person).chain(self.people.assumed(person)).any(entitles)
    }
}
