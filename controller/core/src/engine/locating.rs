//! Handles that show where they are (`feedback.md` T15): because an operator wants it, because somebody with a change ticket
//! has just entered the room, or because somebody tries the handle beside the right one (`engine/neighbours.rs`).
//!
//! On their own, exactly those handles blink that stand on racks inside the area entered, at any depth, and that a grant of
//! this person covers at this moment which names a ticket. They stop when their door is opened, when the person leaves, or
//! after half a minute. Nothing here lets anybody pass.

use core::ops::RangeInclusive;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::commands::not_found;
use super::{Engine, TimerKey};
use crate::door::Passage;
use crate::engine::command::{CommandError, LocateWish, Scope};
use crate::engine::output::Feedback;
use crate::id::{AreaId, DeviceId, DoorId, GrantId, PersonId};
use crate::people::index::{Right, RightStanding, Row};
use crate::people::{Grant, GrantState, PersonStatus, Place};
use crate::site::{Door, DoorKind};
use crate::time::{Monotonic, Now, Wall};

/// For how long an operator may let a handle blink: time to walk along a row, and no longer than somebody searches.
pub(super) const LOCATE_TIMES: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(600);

/// How long handles blink on their own; the light of T15 lasts as long.
const LOCATED_FOR: Duration = Duration::from_secs(30);

/// While a door is released its handle says so; whether it is still to be found is asked again after this.
const AFTER_RELEASE: Duration = Duration::from_secs(5);

/// Which handles show where they are; one of each device at most.
#[derive(Debug, Clone, Default)]
pub(super) struct Locating(BTreeMap<DeviceId, Shown>);

/// Until when a handle shows where it is, and to whom.
#[derive(Debug, Clone, Copy)]
struct Shown {
    until: Monotonic,
    /// For whom; `None` because an operator wants it.
    seeker: Option<Seeker>,
}

/// Somebody who looks for a rack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seeker {
    person: PersonId,
    /// The area in which they look; once they leave it they no longer do.
    within: AreaId,
}

impl Engine {
    /// An operator wants to see a handle.
    pub(super) fn locate_ordered(&mut self, now: Now, device: DeviceId, duration: Duration) {
        self.locate_for(now, device, None, duration);
    }

    /// A handle blinks for somebody; what an operator ordered goes on for as long as it was ordered.
    pub(super) fn locate_for(&mut self, now: Now, device: DeviceId, seeker: Option<Seeker>, duration: Duration) {
        let until = now.monotonic.after(duration);
        let ordered = self.locating.0.get(&device).filter(|shown| shown.seeker.is_none() && shown.until > until);
        if ordered.is_some() && seeker.is_some() {
            return;
        }
        self.locating.0.insert(device, Shown { until, seeker });
        self.locate_due(now, device);
    }

    /// Shows it again, or no longer.
    pub(super) fn locate_due(&mut self, now: Now, device: DeviceId) {
        let Some(shown) = self.locating.0.get(&device).copied() else { return };
        let left = shown.until.since(now.monotonic);
        if left.is_zero() {
            return self.end_locating(device);
        }
        let is_released =
            self.door_of(device).is_some_and(|door| matches!(self.door_record(door).passage, Passage::Released { .. }));
        let again = if is_released { AFTER_RELEASE } else { LOCATED_FOR };
        if !is_released {
            self.show_at(device, Feedback::Locate);
        }
        self.timers.set(TimerKey::Locate(device), now.monotonic.after(left.min(again)));
    }

    /// A handle shows the state of its door again.
    fn end_locating(&mut self, device: DeviceId) {
        self.timers.cancel(TimerKey::Locate(device));
        if self.locating.0.remove(&device).is_some() {
            self.show_at(device, Feedback::Cancel);
            self.show_state_at(device);
        }
    }

    /// A door was opened: whoever looked for it has found it.
    pub(super) fn end_locating_at(&mut self, door: DoorId) {
        if let Some(handle) = self.handle_of(door) {
            self.end_locating(handle);
        }
    }

    /// To whom a door is being shown.
    pub(super) fn located_for(&self, door: DoorId) -> Option<PersonId> {
        let handle = self.handle_of(door)?;
        self.locating.0.get(&handle)?.seeker.map(|seeker| seeker.person)
    }

    /// Shows somebody in front of the racks where the handle of a door is.
    pub(super) fn show_handle_to(&mut self, now: Now, door: DoorId, person: PersonId) {
        let Some(site_door) = self.site.door(door) else { return };
        let within = site_door.from.unwrap_or(site_door.area);
        if let Some(handle) = self.handle_of(door) {
            self.locate_for(now, handle, Some(Seeker { person, within }), LOCATED_FOR);
        }
    }

    /// Somebody went from one place to another, as a passage shows. Whoever comes out of an area into the one around it enters
    /// nothing.
    pub(super) fn person_moved(&mut self, now: Now, person: PersonId, before: Option<Place>, after: Place) {
        let is_in = |place, area| match place {
            Place::Inside(inner) => self.site.lies_in(inner, area),
            Place::Outside => false,
        };
        let is_left = |(device, shown): (&DeviceId, &Shown)| {
            let seeker = shown.seeker.filter(|seeker| seeker.person == person)?;
            (!is_in(after, seeker.within)).then_some(*device)
        };
        let left: Vec<DeviceId> = self.locating.0.iter().filter_map(is_left).collect();
        let entered = match after {
            Place::Inside(area) if !before.is_some_and(|before| is_in(before, area)) => Some(area),
            Place::Inside(_) | Place::Outside => None,
        };
        left.into_iter().for_each(|device| self.end_locating(device));
        if let Some(within) = entered {
            for device in self.ticketed_handles(person, within, now.wall) {
                self.locate_for(now, device, Some(Seeker { person, within }), LOCATED_FOR);
            }
        }
    }

    /// The handles inside an area that grants of this person cover now which name a ticket.
    fn ticketed_handles(&self, person: PersonId, area: AreaId, at: Wall) -> BTreeSet<DeviceId> {
        let grants = self.grants_of.get(&person).into_iter().flatten().filter_map(|id| self.records.grants.get(id));
        let doors = grants.filter(|grant| grant.ticket.is_some()).flat_map(|grant| self.covered_now(grant, at));
        // A door that stands open was found.
        let is_open = |door: &Door| matches!(self.door_record(door.id).passage, Passage::Open { .. });
        let inside = doors.filter(|door| self.site.lies_in(door.area, area) && !is_open(door));
        inside.filter_map(|door| self.handle_of(door.id)).collect()
    }

    /// The doors that a grant lets its holder pass at `at`.
    fn covered_now<'a>(&'a self, grant: &'a Grant, at: Wall) -> impl Iterator<Item = &'a Door> {
        let is_counting = grant.state == GrantState::Active && grant.is_live(at) && grant.validity.contains(at);
        let doors = is_counting.then(|| self.doors_of(&grant.right)).into_iter().flatten();
        let covered = doors.filter(move |door| self.holds_now(grant.id, grant.person, *door, at));
        covered.filter_map(|door| self.site.door(door))
    }

    fn holds_now(&self, grant: GrantId, person: PersonId, door: DoorId, at: Wall) -> bool {
        let holds = |right: Right| {
            let counts = match right.standing {
                RightStanding::Counts => true,
                RightStanding::UsedUp | RightStanding::NotApproved => false,
            };
            counts && right.grant == grant && right.validity.contains(at) && self.open.holds(right.slot)
        };
        let entitles = |row: Row<'_>| row.status() == PersonStatus::Enabled && row.rights_to(door).any(holds);
        self.people.bearers_of(person).chain(self.people.assumed(person)).any(entitles)
    }

    /// The handle on a rack door.
    pub(super) fn handle_of(&self, door: DoorId) -> Option<DeviceId> {
        self.site.door(door).filter(|door| door.kind == DoorKind::RackDoor).map(|door| door.lock)
    }

    /// The handles that an operator means and may see, in order.
    pub(super) fn handles_meant(
        &self,
        now: Now,
        scope: Scope,
        what: &LocateWish,
    ) -> Result<Vec<DeviceId>, CommandError> {
        let doors: BTreeSet<DoorId> = match what {
            LocateWish::Door(door) => {
                self.site.door(*door).ok_or_else(|| not_found(door))?;
                BTreeSet::from([*door])
            }
            LocateWish::Area(area) => {
                self.site.area(*area).ok_or_else(|| not_found(area))?;
                self.site.doors().filter(|door| self.site.lies_in(door.area, *area)).map(|door| door.id).collect()
            }
            LocateWish::Grant(grant) => {
                let grant = self.records.grants.get(grant).ok_or_else(|| not_found(grant))?;
                self.covered_now(grant, now.wall).map(|door| door.id).collect()
            }
            LocateWish::Ticket(ticket) => {
                let is_meant = |grant: &&Grant| grant.ticket.as_deref() == Some(ticket.as_str());
                let grants = self.records.grants.values().filter(is_meant);
                grants.flat_map(|grant| self.covered_now(grant, now.wall)).map(|door| door.id).collect()
            }
        };
        let reach = self.reach(now.wall, scope);
        let seen = doors.into_iter().filter(|door| reach.sees_door(*door));
        Ok(seen.filter_map(|door| self.handle_of(door)).collect())
    }
}
