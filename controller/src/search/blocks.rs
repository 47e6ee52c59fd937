//! Sets of entries within one block, and which of its entries a search means. Pure.

use super::BLOCK_ENTRIES;

/// Words of 64 bits that a block takes.
const WORDS: usize = (BLOCK_ENTRIES / 64) as usize;

/// A set of offsets within a block, one bit each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Offsets([u64; WORDS]);

impl Offsets {
    pub(super) const NONE: Self = Self([0; WORDS]);

    /// All offsets from the first to the last, both included.
    pub(super) fn between(first: u16, last: u16) -> Self {
        let mut set = Self::NONE;
        for (word, base) in set.0.iter_mut().zip((0_u16..).step_by(64)) {
            if first > last || last < base || first > base + 63 {
                continue;
            }
            let (low, high) = (first.max(base) - base, last.min(base + 63) - base);
            *word = (u64::MAX >> (63 - high)) & (u64::MAX << low);
        }
        set
    }

    pub(super) fn add(&mut self, offset: u16) {
        if let Some(word) = self.0.get_mut(usize::from(offset) / 64) {
            *word |= 1 << (offset % 64);
        }
    }

    /// Adds what a row of the index says; `false` where no row can say that.
    pub(super) fn add_stored(&mut self, stored: &[u8]) -> bool {
        let (pairs, rest) = stored.as_chunks::<2>();
        let offsets = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
        let mut whole = rest.is_empty();
        for offset in offsets {
            whole &= u64::from(offset) < BLOCK_ENTRIES;
            self.add(offset);
        }
        whole
    }

    pub(super) fn keep(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn leave_out(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0).for_each(|(word, other)| *word &= !other);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The offsets, lowest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = u16> + '_ {
        let numbers = 0_u16..BLOCK_ENTRIES as u16;
        numbers.filter(|offset| self.0.get(usize::from(offset / 64)).is_some_and(|word| word >> (offset % 64) & 1 == 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn stored(offsets: &BTreeSet<u16>) -> Vec<u8> {
        offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect()
    }

    fn read(offsets: &BTreeSet<u16>) -> Offsets {
        let mut set = Offsets::NONE;
        assert!(set.add_stored(&stored(offsets)));
        set
    }

    proptest! {
        #[test]
        fn sets_do_what_sets_do(
            one in proptest::collection::btree_set(0_u16..1024, 0..200),
            other in proptest::collection::btree_set(0_u16..1024, 0..200),
        ) {
            let listed = |set: &Offsets| set.iter().collect::<BTreeSet<_>>();
            let (mut kept, mut dropped) = (read(&one), read(&one));
            prop_assert_eq!(listed(&kept), one.clone());
            prop_assert_eq!(kept.len(), one.len() as u64);
            kept.keep(&read(&other));
            dropped.leave_out(&read(&other));
            prop_assert_eq!(listed(&kept), one.intersection(&other).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(listed(&dropped), one.difference(&other).copied().collect::<BTreeSet<_>>());
            prop_assert_eq!(dropped.is_empty(), one.is_subset(&other));
        }
    }

    #[test]
    fn what_no_row_can_say_is_noticed() {
        let mut set = Offsets::NONE;
        assert!(!set.add_stored(&[1]));
        assert!(!set.add_stored(&1_024_u16.to_le_bytes()));
        assert_eq!(Offsets::between(60, 130).iter().collect::<Vec<_>>(), (60..=130).collect::<Vec<_>>());
        assert_eq!(Offsets::between(0, 1_023).len(), 1_024);
        assert_eq!(Offsets::between(3, 5).iter().collect::<Vec<_>>(), [3, 4, 5]);
        assert!(Offsets::between(5, 3).is_empty());
    }
}
