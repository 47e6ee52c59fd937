//! From a credential's key to the number of its row: an open hash table of buckets of eight, each one line of the cache, cut
//! into shards that grow one by one, so that no addition waits for a whole large table to be rebuilt. Keys are keyed hashes
//! already, so nobody outside can choose them to collide and some of their bytes will do as the hash.

use core::fmt;

use crate::people::CredentialKey;
use crate::people::index::row::{RowLink, RowNumber};

/// Shards, chosen by the first byte of a key. More would make an empty table larger; fewer, the rebuilding of one longer.
const SHARDS: usize = 256;

/// A shard grows by this factor when it is fuller than [`FULLEST`]: memory against rebuilding.
const GROWTH: (usize, usize) = (5, 4);

/// How full a shard may be: memory against looking at a second bucket.
const FULLEST: (usize, usize) = (4, 5);

/// Places of a bucket: as many as one line of the cache holds.
const BUCKET_PLACES: usize = 8;

/// Row numbers by key.
#[derive(Default)]
pub(super) struct CardTable {
    shards: Vec<Shard>,
}

/// Part of the table. A key lies in the bucket where it is at home or, when that was full, in the first after it that was
/// not: a search ends at a bucket with a free place.
#[derive(Default)]
struct Shard {
    buckets: Vec<Bucket>,
    /// Buckets in which a key can be at home; `buckets` goes on after them for those who find no room.
    homes: usize,
    used: usize,
}

/// Tags and their rows; free places come last.
#[derive(Clone)]
#[repr(C, align(64))]
struct Bucket {
    tags: [Tag; BUCKET_PLACES],
    rows: [RowLink; BUCKET_PLACES],
}

/// 32 bits of a key: they say where it is at home, and tell most keys apart without looking at their rows.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tag(u32);

impl CardTable {
    /// The row of a key; `is_it` looks at the row for certainty.
    #[inline]
    pub(super) fn find(&self, key: &CredentialKey, is_it: impl Fn(RowNumber) -> bool) -> Option<RowNumber> {
        let (shard, tag) = place_of(key);
        self.shards.get(shard)?.find(tag, is_it)
    }

    /// Adds a key that is not there yet.
    pub(super) fn insert(&mut self, key: &CredentialKey, row: RowNumber) {
        let (shard, tag) = place_of(key);
        if self.shards.is_empty() {
            self.shards.resize_with(SHARDS, Shard::default);
        }
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.insert(tag, row);
        }
    }

    /// Removes a key with its row. Rare, and therefore simple: the shard is built again without it.
    pub(super) fn remove(&mut self, key: &CredentialKey, row: RowNumber) {
        let (shard, _) = place_of(key);
        if let Some(shard) = self.shards.get_mut(shard) {
            shard.rebuild(shard.homes, |kept| kept != row);
        }
    }
}

/// Shows no part of any key.
impl fmt::Debug for CardTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used: usize = self.shards.iter().map(|shard| shard.used).sum();
        f.debug_struct("CardTable").field("keys", &used).finish_non_exhaustive()
    }
}

#[inline]
fn place_of(key: &CredentialKey) -> (usize, Tag) {
    let [shard, a, b, c, d, ..] = *key.as_bytes();
    (usize::from(shard), Tag(u32::from_be_bytes([a, b, c, d])))
}

impl Shard {
    #[inline]
    fn home(&self, tag: Tag) -> usize {
        ((u64::from(tag.0) * self.homes as u64) >> 32) as usize
    }

    #[inline]
    fn find(&self, tag: Tag, is_it: impl Fn(RowNumber) -> bool) -> Option<RowNumber> {
        for bucket in self.buckets.get(self.home(tag)..)? {
            if let Some(row) = bucket.with(tag).find(|row| is_it(*row)) {
                return Some(row);
            }
            if !bucket.is_full() {
                return None;
            }
        }
        None
    }

    fn insert(&mut self, tag: Tag, row: RowNumber) {
        if self.used * FULLEST.1 >= self.homes * BUCKET_PLACES * FULLEST.0 {
            self.rebuild(self.homes * GROWTH.0 / GROWTH.1 + 1, |_| true);
        }
        self.place(tag, row);
    }

    fn place(&mut self, tag: Tag, row: RowNumber) {
        let home = self.home(tag);
        self.used += 1;
        if let Some(bucket) = self.buckets.iter_mut().skip(home).find(|bucket| !bucket.is_full()) {
            bucket.push(tag, row);
            return;
        }
        let mut bucket = Bucket::EMPTY;
        bucket.push(tag, row);
        self.buckets.reserve_exact(1);
        self.buckets.push(bucket);
    }

    fn rebuild(&mut self, homes: usize, keep: impl Fn(RowNumber) -> bool) {
        let old = core::mem::replace(&mut self.buckets, vec![Bucket::EMPTY; homes]);
        (self.homes, self.used) = (homes, 0);
        for bucket in old {
            let kept = bucket.tags.into_iter().zip(bucket.rows.into_iter().filter_map(RowLink::get));
            kept.filter(|(_, row)| keep(*row)).for_each(|(tag, row)| self.place(tag, row));
        }
    }
}

impl Bucket {
    const EMPTY: Self = Self { tags: [Tag(0); BUCKET_PLACES], rows: [RowLink::NOWHERE; BUCKET_PLACES] };

    /// The rows with this tag, nearly always one or none. All tags are compared before any is looked at: which place it is
    /// cannot be foreseen.
    #[inline]
    fn with(&self, tag: Tag) -> impl Iterator<Item = RowNumber> {
        let mut left = 0_u32;
        for (at, other) in self.tags.iter().enumerate() {
            left |= u32::from(*other == tag) << at;
        }
        core::iter::from_fn(move || {
            let row = self.rows.get(left.trailing_zeros() as usize)?;
            left &= left.wrapping_sub(1);
            row.get()
        })
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.rows.last().is_some_and(|row| *row != RowLink::NOWHERE)
    }

    fn push(&mut self, tag: Tag, row: RowNumber) {
        if let Some(at) = self.rows.iter().position(|row| *row == RowLink::NOWHERE) {
            (self.tags[at], self.rows[at]) = (tag, Some(row).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn key(bytes: [u8; 3]) -> CredentialKey {
        let mut hash = [0; 16];
        (hash[1], hash[4], hash[9]) = (bytes[0], bytes[1], bytes[2]);
        CredentialKey::from_keyed_hash(hash)
    }

    proptest! {
        #[test]
        fn a_table_finds_what_a_map_finds(steps in vec((any::<bool>(), any::<u8>(), 0..3_u8, 0..3_u8), 0..800)) {
            let mut table = CardTable::default();
            let mut map: BTreeMap<[u8; 3], RowNumber> = BTreeMap::new();
            let mut keys: Vec<[u8; 3]> = Vec::new();
            for (add, high, low, rest) in steps {
                let bytes = [high, low, rest];
                match (add, map.contains_key(&bytes)) {
                    (true, false) => {
                        let row = RowNumber::at(keys.len()).unwrap();
                        keys.push(bytes);
                        table.insert(&key(bytes), row);
                        map.insert(bytes, row);
                    }
                    (false, true) => {
                        let row = map.remove(&bytes).unwrap();
                        table.remove(&key(bytes), row);
                    }
                    (true, true) | (false, false) => {}
                }
                let found = table.find(&key(bytes), |row| keys[row.index()] == bytes);
                prop_assert_eq!(found, map.get(&bytes).copied());
            }
            for (bytes, row) in &map {
                prop_assert_eq!(table.find(&key(*bytes), |row| keys[row.index()] == *bytes), Some(*row));
            }
        }
    }

    #[test]
    fn keys_that_are_all_alike_are_only_slow() {
        let mut table = CardTable::default();
        let row = |number: usize| RowNumber::at(number).unwrap();
        for number in 0..2_000 {
            table.insert(&key([255, 255, 0]), row(number));
        }
        assert_eq!(table.find(&key([255, 255, 0]), |found| found == row(1_999)), Some(row(1_999)));
        assert_eq!(table.find(&key([255, 255, 0]), |_| false), None);
        assert!(table.shards[0].buckets.len() < 1_000);
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        let mut table = CardTable::default();
        table.insert(&key([7, 7, 7]), RowNumber::at(0).unwrap());
        assert_eq!(format!("{table:?}"), "CardTable { keys: 1, .. }");
    }
}
