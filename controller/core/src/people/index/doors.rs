//! What opens each door besides rights that name it alone: for each door the profiles it is in, and sets of doors that
//! grants share.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::id::{DoorId, ProfileId};
use crate::people::index::ScheduleSlot;
use crate::people::index::row::signature_of;

/// Doors with higher numbers are in no profile. Doors are numbered one by one, and a number like that comes from a damaged
/// row, which must not make a list of four thousand million doors.
const DOOR_NUMBERS: usize = 1 << 20;

/// Profiles of a door that are kept in the line of the cache that the door has.
const INLINE_PROFILES: usize = 6;

/// The profiles that a door is in, sorted, and when: the first here, the rest elsewhere.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct DoorList {
    /// One bit for each profile, shared by profiles 64 apart: most profiles are known not to be in the list by one look.
    pub(super) signature: u64,
    profiles: [u32; INLINE_PROFILES],
    slots: [ScheduleSlot; INLINE_PROFILES],
    more: Box<[(u32, ScheduleSlot)]>,
}

/// The profiles of each door, by the door's number.
#[derive(Debug, Default)]
pub(super) struct DoorLists {
    lists: Vec<DoorList>,
    none: DoorList,
}

impl DoorLists {
    /// The profiles a door is in.
    #[inline]
    pub(super) fn of(&self, door: DoorId) -> &DoorList {
        self.lists.get(door.get() as usize).unwrap_or(&self.none)
    }

    /// Moves a profile from its `old` doors to its `new` ones, both sorted by door. Doors that stay as they are are not
    /// touched.
    pub(super) fn move_profile(
        &mut self,
        profile: ProfileId,
        old: &[(DoorId, ScheduleSlot)],
        new: &[(DoorId, ScheduleSlot)],
    ) {
        for (door, _) in old {
            if slot_at(new, *door).is_none() {
                self.edit(*door, profile, None);
            }
        }
        for (door, slot) in new {
            if slot_at(old, *door) != Some(*slot) {
                self.edit(*door, profile, Some(*slot));
            }
        }
    }

    fn edit(&mut self, door: DoorId, profile: ProfileId, slot: Option<ScheduleSlot>) {
        let index = door.get() as usize;
        if index >= DOOR_NUMBERS {
            return;
        }
        if self.lists.len() <= index {
            self.lists.resize_with(index + 1, DoorList::default);
        }
        if let Some(list) = self.lists.get_mut(index) {
            list.edit(profile.get(), slot);
        }
    }
}

impl DoorList {
    /// In place of a profile where there is none: no profile that a right names has this number.
    const NO_PROFILE: u32 = u32::MAX;

    /// When a profile opens the door.
    #[inline]
    pub(super) fn slot_of(&self, profile: u32) -> Option<ScheduleSlot> {
        let mut same = 0_u32;
        for (at, other) in self.profiles.iter().enumerate() {
            same |= u32::from(*other == profile) << at;
        }
        if let Some(slot) = self.slots.get(same.trailing_zeros() as usize) {
            return Some(*slot);
        }
        let at = self.more.binary_search_by_key(&profile, |(other, _)| *other).ok()?;
        self.more.get(at).map(|(_, slot)| *slot)
    }

    fn edit(&mut self, profile: u32, slot: Option<ScheduleSlot>) {
        let inline = self.profiles.into_iter().zip(self.slots).filter(|(other, _)| *other != Self::NO_PROFILE);
        let mut all: Vec<(u32, ScheduleSlot)> = inline.chain(self.more.iter().copied()).collect();
        all.retain(|(other, _)| *other != profile);
        if let Some(slot) = slot {
            all.insert(all.partition_point(|(other, _)| *other < profile), (profile, slot));
        }
        *self = Self::default();
        self.signature = all.iter().fold(0, |bits, (other, _)| bits | signature_of(*other));
        for (at, (other, slot)) in all.iter().enumerate().take(INLINE_PROFILES) {
            (self.profiles[at], self.slots[at]) = (*other, *slot);
        }
        self.more = all.get(INLINE_PROFILES..).unwrap_or(&[]).into();
    }
}

impl Default for DoorList {
    fn default() -> Self {
        Self {
            signature: 0,
            profiles: [Self::NO_PROFILE; INLINE_PROFILES],
            slots: [ScheduleSlot::NEVER; INLINE_PROFILES],
            more: Box::new([]),
        }
    }
}

fn slot_at(places: &[(DoorId, ScheduleSlot)], door: DoorId) -> Option<ScheduleSlot> {
    let at = places.binary_search_by_key(&door, |(door, _)| *door).ok()?;
    places.get(at).map(|(_, slot)| *slot)
}

/// Sets of doors at the times of a schedule, each kept once however many grants name it.
#[derive(Debug, Default)]
pub(super) struct DoorSets {
    sets: Vec<DoorSet>,
    free: Vec<u32>,
    numbers: BTreeMap<(Arc<[DoorId]>, ScheduleSlot), u32>,
}

/// Sorted doors and their schedule, and how many rights name them.
#[derive(Debug)]
struct DoorSet {
    doors: Arc<[DoorId]>,
    slot: ScheduleSlot,
    rights: u32,
}

impl DoorSets {
    /// The number of the set of these doors at these times, in use by one right more.
    pub(super) fn take(&mut self, doors: &[DoorId], slot: ScheduleSlot) -> u32 {
        let doors = sorted(doors);
        let key = (Arc::clone(&doors), slot);
        if let Some(number) = self.numbers.get(&key).copied() {
            if let Some(set) = self.sets.get_mut(number as usize) {
                set.rights = set.rights.saturating_add(1);
            }
            return number;
        }
        let number = self.free.pop().unwrap_or(self.sets.len() as u32);
        let set = DoorSet { doors, slot, rights: 1 };
        match self.sets.get_mut(number as usize) {
            Some(place) => *place = set,
            None => self.sets.push(set),
        }
        self.numbers.insert(key, number);
        number
    }

    /// One right fewer uses the set; with the last, it is gone. Its schedule, of which each right was one use.
    pub(super) fn release(&mut self, number: u32) -> ScheduleSlot {
        let Some(set) = self.sets.get_mut(number as usize) else { return ScheduleSlot::NEVER };
        set.rights = set.rights.saturating_sub(1);
        let slot = set.slot;
        if set.rights == 0 {
            let doors = core::mem::replace(&mut set.doors, Arc::new([]));
            self.numbers.remove(&(doors, slot));
            self.free.push(number);
        }
        slot
    }

    /// When a set opens a door, if the door is in it.
    pub(super) fn slot_of(&self, number: u32, door: DoorId) -> Option<ScheduleSlot> {
        let set = self.sets.get(number as usize)?;
        set.doors.binary_search(&door).is_ok().then_some(set.slot)
    }
}

/// Grants keep their doors sorted; a row read from a damaged store may not.
fn sorted(doors: &[DoorId]) -> Arc<[DoorId]> {
    if doors.is_sorted() {
        return doors.into();
    }
    let mut doors = doors.to_vec();
    doors.sort_unstable();
    doors.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors(numbers: &[u32]) -> Vec<DoorId> {
        numbers.iter().map(|number| DoorId::new(*number)).collect()
    }

    #[test]
    fn equal_sets_are_one_until_the_last_right_is_gone() {
        let (always, never) = (ScheduleSlot::ALWAYS, ScheduleSlot::NEVER);
        let mut sets = DoorSets::default();
        let (one, again) = (sets.take(&doors(&[1, 5]), always), sets.take(&doors(&[5, 1]), always));
        let (other, later) = (sets.take(&doors(&[1, 6]), always), sets.take(&doors(&[1, 5]), never));
        assert_eq!(one, again);
        assert!(one != other && one != later);
        assert_eq!(sets.release(one), always);
        assert_eq!(sets.slot_of(one, DoorId::new(5)), Some(always));
        sets.release(one);
        assert_eq!(sets.slot_of(one, DoorId::new(5)), None);
        assert_eq!(sets.take(&doors(&[9]), always), one, "a free number is given again");
        assert_eq!(sets.slot_of(other, DoorId::new(6)), Some(always));
        assert_eq!(sets.slot_of(later, DoorId::new(5)), Some(never));
        assert_eq!(sets.release(later), never);
    }

    #[test]
    fn a_list_is_one_line() {
        assert_eq!(size_of::<DoorList>(), 64);
    }

    #[test]
    fn a_door_in_many_profiles_knows_all_of_them() {
        let slot = ScheduleSlot::at;
        let mut list = DoorList::default();
        // From the highest down, so that every profile pushes another out of the line.
        (1..=20).rev().for_each(|profile| list.edit(profile * 3, Some(slot(profile as u16))));
        for profile in (2..=20).step_by(2) {
            list.edit(profile * 3, None);
        }
        for number in 1..=60 {
            let expect = (number % 3 == 0 && number / 3 % 2 == 1).then(|| slot((number / 3) as u16));
            assert_eq!(list.slot_of(number), expect, "profile {number}");
            assert_eq!(list.signature >> number & 1 == 1, expect.is_some(), "profile {number}");
        }
    }

    #[test]
    fn a_profile_moves_between_doors() {
        let (always, never) = (ScheduleSlot::ALWAYS, ScheduleSlot::NEVER);
        let mut lists = DoorLists::default();
        let place = |number: u32, slot| (DoorId::new(number), slot);
        let profile = ProfileId::new;
        let old = [place(1, always), place(2, always), place(u32::MAX, always)];
        let new = [place(2, never), place(3, always)];
        lists.move_profile(profile(8), &[], &[place(2, always)]);
        lists.move_profile(profile(4), &[], &old);
        lists.move_profile(profile(4), &old, &new);
        let check = |door: u32, profile: u32, expect: Option<ScheduleSlot>| {
            assert_eq!(lists.of(DoorId::new(door)).slot_of(profile), expect, "profile {profile} at {door}");
        };
        check(1, 4, None);
        check(2, 4, Some(never));
        check(2, 8, Some(always));
        check(3, 4, Some(always));
        check(u32::MAX, 4, None);
        assert!(lists.lists.len() < 10);
    }
}
