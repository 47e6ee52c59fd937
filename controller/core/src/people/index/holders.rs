//! From a person to the cards that person holds. Rows move when their table grows, so what is kept of each is the first bytes
//! of its key, by which the table finds it wherever it lies.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasherDefault;

use crate::id::PersonId;
use crate::people::CredentialKey;

/// Persons of one page. Fewer would make the table of pages larger; more would let damaged rows with scattered numbers take
/// more memory.
const PAGE_PERSONS: u32 = 64;

/// The first four bytes of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix(u32);

/// Prefixes of keys by holder.
#[derive(Default)]
pub(super) struct Holders {
    /// One prefix of each person: most people hold one card. Persons' numbers are ours, so nobody chooses them to collide.
    pages: HashMap<u32, Box<[Prefix; PAGE_PERSONS as usize]>, BuildHasherDefault<DefaultHasher>>,
    /// The other prefixes of those who hold more.
    more: BTreeMap<PersonId, Vec<Prefix>>,
}

impl Prefix {
    /// What no key has.
    const NONE: Self = Self(u32::MAX);

    #[inline]
    pub(super) fn of(key: &CredentialKey) -> Self {
        let [a, b, c, d, ..] = *key.as_bytes();
        Self(u32::from_be_bytes([a, b, c, d]).min(Self::NONE.0 - 1))
    }

    /// Its bytes, first to last.
    #[inline]
    pub(super) const fn bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl Holders {
    /// The prefixes of a person's keys, each once.
    pub(super) fn of(&self, person: PersonId) -> impl Iterator<Item = Prefix> {
        let first = self.pages.get(&(person.get() / PAGE_PERSONS)).and_then(|page| page.get(place_of(person)));
        let more = self.more.get(&person).into_iter().flatten();
        first.into_iter().chain(more).copied().filter(|prefix| *prefix != Prefix::NONE)
    }

    /// Adds a prefix unless it is there.
    pub(super) fn add(&mut self, person: PersonId, prefix: Prefix) {
        if self.of(person).any(|other| other == prefix) {
            return;
        }
        match self.first_mut(person) {
            Some(first) if *first == Prefix::NONE => *first = prefix,
            Some(_) | None => self.more.entry(person).or_default().push(prefix),
        }
    }

    /// Removes a prefix.
    pub(super) fn remove(&mut self, person: PersonId, prefix: Prefix) {
        if let Some(first) = self.first_mut(person).filter(|first| **first == prefix) {
            *first = Prefix::NONE;
        }
        if let Some(more) = self.more.get_mut(&person) {
            more.retain(|other| *other != prefix);
        }
    }

    fn first_mut(&mut self, person: PersonId) -> Option<&mut Prefix> {
        let page = self.pages.entry(person.get() / PAGE_PERSONS);
        let page = page.or_insert_with(|| Box::new([Prefix::NONE; PAGE_PERSONS as usize]));
        page.get_mut(place_of(person))
    }
}

/// Shows no part of any key.
impl core::fmt::Debug for Holders {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Holders").finish_non_exhaustive()
    }
}

const fn place_of(person: PersonId) -> usize {
    (person.get() % PAGE_PERSONS) as usize
}
