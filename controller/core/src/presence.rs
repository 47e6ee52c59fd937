//! Who is where, compiled from the records for deciding: one look-up for a person, one for how many are in an area with all
//! inside it. Fed by confirmed passages only (`engine/presence.rs`); what follows from it is decided in
//! `decide/{antipassback,path,occupancy,two_person,escort}.rs`.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use crate::id::{AreaId, PersonId};
use crate::people::{Place, Whereabouts};
use crate::site::Site;

/// Where everybody is known to be.
#[derive(Debug, Default)]
pub struct Presence {
    people: HashMap<PersonId, Whereabouts, BuildHasherDefault<Spread>>,
    /// How many are in each area or in one inside it, by number.
    counts: Vec<u32>,
    recorded: Recorded,
}

/// Whether it is known where people are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Recorded {
    /// As far as confirmed passages say.
    #[default]
    Followed,
    /// Of nobody, as at a moment of the past.
    Nothing,
}

impl Presence {
    /// What is known of a moment for which nobody wrote down where people were. Rules that ask for what only the moment knows
    /// are left out beside it, rather than answered by a guess.
    pub fn unrecorded() -> Self {
        Self { recorded: Recorded::Nothing, ..Self::default() }
    }

    /// Whether nothing is known of the moment but what records say.
    #[inline]
    pub fn is_unrecorded(&self) -> bool {
        self.recorded == Recorded::Nothing
    }

    /// Compiles what the records say.
    pub fn compile(site: &Site, records: &BTreeMap<PersonId, Whereabouts>) -> Self {
        let mut presence = Self::default();
        records.iter().for_each(|(person, whereabouts)| presence.put(site, *person, Some(*whereabouts)));
        presence
    }

    /// Follows one change; without whereabouts nothing is known of the person.
    pub fn put(&mut self, site: &Site, person: PersonId, whereabouts: Option<Whereabouts>) {
        let before = match whereabouts {
            Some(whereabouts) => self.people.insert(person, whereabouts),
            None => self.people.remove(&person),
        };
        if let Some(Place::Inside(area)) = before.map(|before| before.place) {
            self.count(site, area, |count| count.saturating_sub(1));
        }
        if let Some(Place::Inside(area)) = whereabouts.map(|now| now.place) {
            self.count(site, area, |count| count.saturating_add(1));
        }
    }

    fn count(&mut self, site: &Site, area: AreaId, change: impl Fn(u32) -> u32) {
        for around in site.around(area) {
            let index = around.id.get() as usize;
            if self.counts.len() <= index {
                self.counts.resize(index + 1, 0);
            }
            self.counts[index] = change(self.counts[index]);
        }
    }

    /// Where a person is, as far as is known.
    pub fn of(&self, person: PersonId) -> Option<Whereabouts> {
        self.people.get(&person).copied()
    }

    /// Whether a person is known to be in `area` or in one inside it.
    pub fn is_in(&self, site: &Site, person: PersonId, area: AreaId) -> bool {
        match self.of(person).map(|whereabouts| whereabouts.place) {
            Some(Place::Inside(inner)) => site.lies_in(inner, area),
            Some(Place::Outside) | None => false,
        }
    }

    /// How many are known to be in an area or in one inside it.
    pub fn count_in(&self, area: AreaId) -> u32 {
        self.counts.get(area.get() as usize).copied().unwrap_or(0)
    }

    /// Who is known to be in an area or in one inside it, in order of number. Looks at everybody: for rare questions.
    pub fn members(&self, site: &Site, area: AreaId) -> Vec<PersonId> {
        #[expect(clippy::disallowed_methods, reason = "sorted before anybody sees it")]
        let everybody = self.people.keys().copied();
        let mut members: Vec<PersonId> = everybody.filter(|person| self.is_in(site, *person, area)).collect();
        members.sort_unstable();
        members
    }
}

/// Spreads numbers that count up over the whole word; they come from our own counter, so nobody can choose them to collide.
#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(u32::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        // Fibonacci hashing: an odd multiplier near 2^64 divided by the golden ratio.
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
