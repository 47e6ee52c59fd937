//! Where rows, spills and the first row of each person are stored. Rows grow by pieces that are never moved, so that no
//! addition costs more at a large site than at a small one.

use std::collections::BTreeMap;

use crate::id::PersonId;
use crate::people::CredentialKey;
use crate::people::index::row::{CardRow, Detail, RowLink, RowNumber, SpillLink, SpillNumber, Target};

/// Rows of one chunk: two megabytes, which a new chunk only reserves. Fewer would make the list of chunks longer than the
/// first-level cache; more would be reserved in vain at a small site.
const CHUNK_ROWS: usize = 1 << 14;

/// Persons of one page of first rows. Fewer would make the list of pages longer; more would let damaged rows with scattered
/// numbers take more memory.
const PAGE_PERSONS: u32 = 64;

/// All rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    chunks: Vec<Vec<CardRow>>,
    free: Vec<RowNumber>,
}

impl Rows {
    /// Stores a row; `None` only with four thousand million rows stored.
    pub(super) fn add(&mut self, row: CardRow) -> Option<RowNumber> {
        if let Some(number) = self.free.pop() {
            self.change(number, |place| *place = row);
            return Some(number);
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK_ROWS) {
            self.chunks.push(Vec::with_capacity(CHUNK_ROWS));
        }
        let full = (self.chunks.len() - 1) * CHUNK_ROWS;
        let chunk = self.chunks.last_mut()?;
        let number = RowNumber::at(full + chunk.len())?;
        chunk.push(row);
        Some(number)
    }

    /// Takes a row out of use; its place is given to the next that is added.
    pub(super) fn remove(&mut self, number: RowNumber) {
        self.free.push(number);
    }

    #[inline]
    pub(super) fn get(&self, number: RowNumber) -> Option<&CardRow> {
        self.chunks.get(number.index() / CHUNK_ROWS)?.get(number.index() % CHUNK_ROWS)
    }

    pub(super) fn change(&mut self, number: RowNumber, change: impl FnOnce(&mut CardRow)) {
        let chunk = self.chunks.get_mut(number.index() / CHUNK_ROWS);
        if let Some(row) = chunk.and_then(|chunk| chunk.get_mut(number.index() % CHUNK_ROWS)) {
            change(row);
        }
    }

    #[inline]
    pub(super) fn has_key(&self, number: RowNumber, key: &CredentialKey) -> bool {
        self.get(number).is_some_and(|row| row.key == *key)
    }

    /// A person's rows, from the first on.
    pub(super) fn chain(&self, first: RowNumber) -> Vec<RowNumber> {
        core::iter::successors(Some(first), |number| self.get(*number)?.next.get()).collect()
    }

    /// Whether `number` is the next row of the same person after `other`.
    pub(super) fn comes_before(&self, other: RowNumber, number: RowNumber) -> bool {
        self.get(other).is_some_and(|row| row.next.get() == Some(number))
    }
}

/// The first row of each person who has any.
#[derive(Debug, Default)]
pub(super) struct FirstRows {
    pages: BTreeMap<u32, Box<[RowLink; PAGE_PERSONS as usize]>>,
}

impl FirstRows {
    pub(super) fn get(&self, person: PersonId) -> Option<RowNumber> {
        let page = self.pages.get(&(person.get() / PAGE_PERSONS))?;
        page.get((person.get() % PAGE_PERSONS) as usize)?.get()
    }

    pub(super) fn set(&mut self, person: PersonId, first: Option<RowNumber>) {
        let page = self.pages.entry(person.get() / PAGE_PERSONS);
        let page = page.or_insert_with(|| Box::new([RowLink::NOWHERE; PAGE_PERSONS as usize]));
        if let Some(place) = page.get_mut((person.get() % PAGE_PERSONS) as usize) {
            *place = first.into();
        }
    }
}

/// The rights of one person that have no room in a row. Targets lie together, so that a search for a door reads few lines.
#[derive(Debug, Default)]
pub(super) struct Spill {
    targets: Box<[Target]>,
    details: Box<[Detail]>,
}

impl Spill {
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (Target, Detail)> {
        self.targets.iter().copied().zip(self.details.iter().copied())
    }
}

/// All spills.
#[derive(Debug, Default)]
pub(super) struct Spills {
    spills: Vec<Spill>,
    free: Vec<SpillNumber>,
    none: Spill,
}

impl Spills {
    /// Replaces the spill `old`, if any, by one with these rights, if any.
    pub(super) fn put(&mut self, old: Option<SpillNumber>, rights: &[(Target, Detail)]) -> SpillLink {
        if rights.is_empty() {
            if let Some(old) = old {
                self.write(old, Spill::default());
                self.free.push(old);
            }
            return SpillLink::NOWHERE;
        }
        let spill = Spill {
            targets: rights.iter().map(|(target, _)| *target).collect(),
            details: rights.iter().map(|(_, detail)| *detail).collect(),
        };
        let place = old.or_else(|| self.free.pop());
        match place {
            Some(place) => self.write(place, spill),
            None => self.spills.push(spill),
        }
        place.or_else(|| SpillNumber::at(self.spills.len() - 1)).into()
    }

    /// What a link leads to; an empty spill when it leads nowhere.
    #[inline]
    pub(super) fn of(&self, link: SpillLink) -> &Spill {
        link.get().and_then(|number| self.spills.get(number.index())).unwrap_or(&self.none)
    }

    fn write(&mut self, number: SpillNumber, spill: Spill) {
        if let Some(place) = self.spills.get_mut(number.index()) {
            *place = spill;
        }
    }
}
