//! Who is on a list, and when: the rules of `decide.rs` are asked for every card that has a right to the door, at every moment
//! at which their answer can change while the list lasts.
//!
//! For nobody opens: a door with two people, an interlock, a path, a limit of people or a hard anti-passback; a point that
//! asks for a PIN; a right with an escort or counted uses; a door that is blocked or locked down or whose area a threat
//! closes; a device that is trusted less than its area asks. A door that stands unlocked keeps its list: whoever has a right
//! passes it either way.

use std::collections::{BTreeMap, BTreeSet};

use super::Holder;
use crate::decide::{Situation, View, unasked};
use crate::engine::Engine;
use crate::engine::query::JournalHealth;
use crate::id::{DeviceId, GrantId};
use crate::people::Uses;
use crate::people::index::{OpenSchedules, People, Row, ScheduleSlot};
use crate::rights_list::coverage::merged;
use crate::rights_list::{LONGEST_LIFE, ListedCard, Window};
use crate::site::Way;
use crate::time::Wall;

/// Windows of one card at most, as many as a list has room for. Whoever has more within a day opens in the first ones.
const CARD_MAX_WINDOWS: usize = 32;

/// Which schedules hold when, worked out once for all devices that are looked at in one moment.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    from: Wall,
    open: BTreeMap<i64, OpenSchedules>,
    changes: BTreeMap<ScheduleSlot, Vec<Wall>>,
}

impl Moments {
    pub(super) fn from(from: Wall) -> Self {
        Self { from, open: BTreeMap::new(), changes: BTreeMap::new() }
    }

    fn open_at(&mut self, people: &People, at: Wall) -> &OpenSchedules {
        self.open.entry(at.as_seconds().div_euclid(60)).or_insert_with(|| people.open_at(at))
    }

    fn changes_of(&mut self, people: &People, slot: ScheduleSlot) -> &[Wall] {
        let until = self.from.after(LONGEST_LIFE);
        self.changes.entry(slot).or_insert_with(|| people.changes_of(slot, self.from, until))
    }
}

/// The seconds since 1970 of an instant, as lists have them, rounded down.
pub(super) fn second(at: Wall) -> u32 {
    u32::try_from(at.as_seconds().max(0)).unwrap_or(u32::MAX)
}

impl Engine {
    /// The cards that a device opens for between now, when `moments` begin, and `to`.
    pub(super) fn listing(
        &self,
        device: DeviceId,
        holder: &Holder,
        to: Wall,
        moments: &mut Moments,
    ) -> Vec<ListedCard> {
        let Some(way) = self.site.way(holder.point) else { return Vec::new() };
        if holder.room.is_none() || !unasked::asks_nothing_else(&self.site, way) || !self.may_open_alone(device) {
            return Vec::new();
        }
        let mut cards = Vec::new();
        for person in self.offline.index.persons_at(way.door, &self.records) {
            for row in self.people.bearers_of(person) {
                let windows = self.windows_of(&row, holder, way, to, moments);
                if !windows.is_empty() {
                    cards.push(ListedCard { card: row.key(), windows: windows.into() });
                }
            }
        }
        cards.sort_unstable_by_key(|listed| listed.card);
        cards
    }

    fn windows_of(&self, row: &Row<'_>, holder: &Holder, way: &Way, to: Wall, moments: &mut Moments) -> Vec<Window> {
        let instants = self.instants(row, way, to, moments);
        let is_counted = |grant: GrantId| self.records.grants.get(&grant).is_none_or(|row| row.uses != Uses::Unlimited);
        let mut windows = Vec::new();
        for (at, end) in instants.iter().zip(instants.iter().skip(1).chain([&to])) {
            let view = self.view_alone(*at, moments.open_at(&self.people, *at));
            if unasked::admits(&view, holder.point, row.key(), is_counted) {
                windows.push(Window { from: second(*at), to: second(*end) });
            }
        }
        windows.retain(|window| window.from < window.to);
        let mut windows = merged(&windows);
        windows.truncate(CARD_MAX_WINDOWS);
        windows
    }

    /// The moments from now and before `to` at which the rules may say something else than before about a card at a door.
    fn instants(&self, row: &Row<'_>, way: &Way, to: Wall, moments: &mut Moments) -> Vec<Wall> {
        let now = moments.from;
        let mut instants = BTreeSet::from([row.validity().from, row.validity().to]);
        let mut slots: BTreeSet<ScheduleSlot> = way.level_by_time.iter().map(|(slot, _)| *slot).collect();
        for right in row.rights_to(way.door) {
            instants.extend([right.validity.from, right.validity.to]);
            slots.insert(right.slot);
        }
        for slot in slots {
            instants.extend(moments.changes_of(&self.people, slot));
        }
        if let Some(until) = self.records.lockouts.get(&row.credential()) {
            // A list goes by whole seconds: the rest that a lock-out asks for is not cut short.
            let part = i64::from(Wall::from_seconds(until.as_seconds()) < *until);
            instants.insert(Wall::from_seconds(until.as_seconds().saturating_add(part)));
        }
        core::iter::once(now).chain(instants.into_iter().filter(|at| now < *at && *at < to)).collect()
    }

    /// What a decision looks at that is made by the device alone: the site as it stands, but neither its link nor the
    /// journal is asked for.
    pub(super) fn view_alone<'a>(&'a self, at: Wall, open: &'a OpenSchedules) -> View<'a> {
        let view = self.view(at);
        let alone =
            |situation| Situation { online: &self.offline.answering, journal: JournalHealth::Writable, ..situation };
        View { open, situation: view.situation.map(alone), ..view }
    }
}
