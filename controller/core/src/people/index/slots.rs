//! Schedules by small numbers, and which of them hold in the current minute: one bit each, worked out once a minute rather
//! than at every badge. Schedules and changes of offset are on whole minutes, so a minute has one answer.

use std::collections::{BTreeMap, VecDeque};

use crate::id::ScheduleId;
use crate::site::local_time::LocalTime;
use crate::site::schedule::Weekly;
use crate::site::schedule::timetable::Timetable;
use crate::time::Wall;

/// The number of a schedule among all that rights, profiles and points name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScheduleSlot(u16);

impl ScheduleSlot {
    /// Holds at all times.
    pub const ALWAYS: Self = Self(0);
    /// Holds at no time. With 65,535 different schedules in use this is what the next one gets: whom it concerns is refused
    /// until the right is given anew. A site has hundreds.
    pub const NEVER: Self = Self(u16::MAX);

    pub(super) const fn at(number: u16) -> Self {
        Self(number)
    }

    pub(super) const fn get(self) -> u16 {
        self.0
    }
}

/// Changed slots that are remembered one by one; after more of them between two refreshes all are worked out again.
const REMEMBERED_CHANGES: usize = 1024;

/// All schedules in use.
#[derive(Debug)]
pub(super) struct Slots {
    /// The site's local time, for weekly schedules of grants; without one, none but [`ScheduleSlot::ALWAYS`] holds.
    local_time: Option<LocalTime>,
    slots: Vec<Slot>,
    free: Vec<ScheduleSlot>,
    weekly: BTreeMap<Weekly, ScheduleSlot>,
    named: BTreeMap<ScheduleId, ScheduleSlot>,
    /// The last slots that changed; the newest is change number `changes`.
    recent: VecDeque<ScheduleSlot>,
    changes: u64,
}

/// A schedule and how many rights and policies name it.
#[derive(Debug)]
struct Slot {
    times: SlotTimes,
    uses: u32,
}

#[derive(Debug)]
enum SlotTimes {
    Always,
    Weekly(Weekly),
    /// A schedule of its own; without a timetable it is only named, and never holds.
    Named(ScheduleId, Option<Timetable>),
    Free,
}

/// Which schedules hold in one minute.
#[derive(Debug, Clone, Default)]
pub struct OpenSchedules {
    words: Vec<u64>,
    /// Minutes since 1970-01-01T00:00:00Z; none before the first refresh.
    minute: Option<i64>,
    /// Changes that are taken into account.
    changes: u64,
}

impl OpenSchedules {
    /// Whether a schedule holds. One that is newer than the last refresh does not.
    #[inline]
    pub fn holds(&self, slot: ScheduleSlot) -> bool {
        self.words.get(usize::from(slot.0 / 64)).is_some_and(|word| word >> (slot.0 % 64) & 1 == 1)
    }

    /// The beginning of the minute it was made for.
    pub fn minute(&self) -> Option<Wall> {
        self.minute.map(|minute| Wall::from_seconds(minute.saturating_mul(60)))
    }

    fn set(&mut self, slot: ScheduleSlot, holds: bool) {
        let index = usize::from(slot.0 / 64);
        if self.words.len() <= index {
            self.words.resize(index + 1, 0);
        }
        let bit = 1 << (slot.0 % 64);
        self.words[index] = if holds { self.words[index] | bit } else { self.words[index] & !bit };
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            local_time: None,
            slots: vec![Slot { times: SlotTimes::Always, uses: 1 }],
            free: Vec::new(),
            weekly: BTreeMap::from([(Weekly::always(), ScheduleSlot::ALWAYS)]),
            named: BTreeMap::new(),
            recent: VecDeque::new(),
            changes: 0,
        }
    }
}

impl Slots {
    pub(super) fn new(local_time: LocalTime) -> Self {
        Self { local_time: Some(local_time), ..Self::default() }
    }

    /// The slot of a weekly schedule, in use once more.
    pub(super) fn take_weekly(&mut self, weekly: &Weekly) -> ScheduleSlot {
        if let Some(slot) = self.weekly.get(weekly).copied() {
            return self.used(slot);
        }
        let Some(slot) = self.give(SlotTimes::Weekly(weekly.clone())) else { return ScheduleSlot::NEVER };
        self.weekly.insert(weekly.clone(), slot);
        self.used(slot)
    }

    /// The slot of a schedule, known or not, in use once more.
    pub(super) fn take_named(&mut self, schedule: ScheduleId) -> ScheduleSlot {
        let Some(slot) = self.of(schedule).or_else(|| self.give_named(schedule)) else { return ScheduleSlot::NEVER };
        self.used(slot)
    }

    /// One right or policy fewer uses a slot; one that nothing uses is free for another schedule.
    pub(super) fn release(&mut self, slot: ScheduleSlot) {
        if slot == ScheduleSlot::ALWAYS {
            return;
        }
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)) {
            place.uses = place.uses.saturating_sub(1);
        }
        self.free_if_unused(slot);
    }

    /// Sets when a schedule holds; without a timetable, never.
    pub(super) fn put(&mut self, schedule: ScheduleId, timetable: Option<Timetable>) {
        let known = self.of(schedule);
        let slot = if timetable.is_some() { known.or_else(|| self.give_named(schedule)) } else { known };
        let Some(slot) = slot else { return };
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)) {
            place.times = SlotTimes::Named(schedule, timetable);
        }
        self.changed(slot);
        self.free_if_unused(slot);
    }

    pub(super) fn of(&self, schedule: ScheduleId) -> Option<ScheduleSlot> {
        self.named.get(&schedule).copied()
    }

    /// The instants after `after` and before `until` at which what a slot says changes, in order.
    pub(super) fn changes_of(&self, slot: ScheduleSlot, after: Wall, until: Wall) -> Vec<Wall> {
        let all = |timetable: &Timetable| {
            let first = timetable.next_change(after);
            core::iter::successors(first, |change| timetable.next_change(*change))
                .take_while(|change| *change < until)
                .collect()
        };
        match (self.slots.get(usize::from(slot.0)).map(|slot| &slot.times), &self.local_time) {
            (Some(SlotTimes::Weekly(weekly)), Some(zone)) => all(&Timetable::of_weekly(weekly, zone)),
            (Some(SlotTimes::Named(_, Some(timetable))), _) => all(timetable),
            (
                Some(SlotTimes::Weekly(_) | SlotTimes::Named(_, None) | SlotTimes::Always | SlotTimes::Free) | None,
                _,
            ) => Vec::new(),
        }
    }

    pub(super) fn refresh(&self, open: &mut OpenSchedules, at: Wall) {
        let minute = at.as_seconds().div_euclid(60);
        let missed = self.changes.saturating_sub(open.changes);
        if open.minute != Some(minute) || missed > self.recent.len() as u64 {
            for (number, slot) in (0..ScheduleSlot::NEVER.0).zip(&self.slots) {
                open.set(ScheduleSlot(number), self.holds(slot, at));
            }
        } else {
            for slot in self.recent.iter().rev().take(missed as usize) {
                let holds = self.slots.get(usize::from(slot.0)).is_some_and(|place| self.holds(place, at));
                open.set(*slot, holds);
            }
        }
        open.minute = Some(minute);
        open.changes = self.changes;
    }

    fn holds(&self, slot: &Slot, at: Wall) -> bool {
        match &slot.times {
            SlotTimes::Always => true,
            SlotTimes::Weekly(weekly) => {
                self.local_time.as_ref().is_some_and(|local| weekly.contains(local.week_minute(at)))
            }
            SlotTimes::Named(_, timetable) => timetable.as_ref().is_some_and(|timetable| timetable.holds(at)),
            SlotTimes::Free => false,
        }
    }

    fn give_named(&mut self, schedule: ScheduleId) -> Option<ScheduleSlot> {
        let slot = self.give(SlotTimes::Named(schedule, None))?;
        self.named.insert(schedule, slot);
        Some(slot)
    }

    /// A free slot for this schedule, in use by nothing yet; `None` when all are in use.
    fn give(&mut self, times: SlotTimes) -> Option<ScheduleSlot> {
        if let Some(slot) = self.free.pop() {
            self.slots.get_mut(usize::from(slot.0))?.times = times;
            self.changed(slot);
            return Some(slot);
        }
        let number = u16::try_from(self.slots.len()).ok().filter(|number| *number != ScheduleSlot::NEVER.0)?;
        self.slots.push(Slot { times, uses: 0 });
        self.changed(ScheduleSlot(number));
        Some(ScheduleSlot(number))
    }

    fn used(&mut self, slot: ScheduleSlot) -> ScheduleSlot {
        // It is there whether used or not.
        if slot == ScheduleSlot::ALWAYS {
            return slot;
        }
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)) {
            place.uses = place.uses.saturating_add(1);
        }
        slot
    }

    fn free_if_unused(&mut self, slot: ScheduleSlot) {
        let Some(place) = self.slots.get_mut(usize::from(slot.0)).filter(|place| place.uses == 0) else { return };
        match &place.times {
            SlotTimes::Weekly(weekly) => drop(self.weekly.remove(weekly)),
            SlotTimes::Named(schedule, None) => drop(self.named.remove(schedule)),
            SlotTimes::Named(_, Some(_)) | SlotTimes::Always | SlotTimes::Free => return,
        }
        place.times = SlotTimes::Free;
        self.free.push(slot);
        self.changed(slot);
    }

    fn changed(&mut self, slot: ScheduleSlot) {
        self.changes += 1;
        if self.recent.len() == REMEMBERED_CHANGES {
            self.recent.pop_front();
        }
        self.recent.push_back(slot);
    }
}
