//! From a credential's key to its row: an open hash table of buckets of sixteen rows, beside it one byte of each key to tell
//! which of the sixteen is worth a look. Those bytes are few and stay in the cache, so finding a row waits for memory once.
//! The table is cut into shards that grow one by one, so that no addition waits for a whole large table to be rebuilt. Keys
//! are keyed hashes already, so nobody outside can choose them to collide and some of their bytes will do as the hash.

use core::fmt;

use crate::id::PersonId;
use crate::people::CredentialKey;
use crate::people::index::holders::Prefix;
use crate::people::index::row::CardRow;

/// Shards, chosen by the first byte of a key. More would make an empty table larger; fewer, the rebuilding of one longer.
const SHARDS: usize = 256;

/// How full a shard may be: memory against looking at a second bucket.
const FULLEST: (usize, usize) = (9, 10);

/// How full shards are with the rows that room was made for: so much below [`FULLEST`] that chance makes few fuller.
const RESERVE: (usize, usize) = (17, 20);

/// A fuller shard grows by this part of itself: memory against rebuilding.
const GROWTH: usize = 10;

/// Rows of a bucket: as many as there are tags to compare at once.
const BUCKET_ROWS: usize = 16;

/// Buckets after those in which a key can be at home that a shard has from the beginning.
const SPARE_BUCKETS: usize = 1;

/// Rows by key.
#[derive(Default)]
pub(super) struct CardTable {
    shards: Vec<Shard>,
}

/// Where a row lies, until the next addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    shard: usize,
    bucket: usize,
    row: usize,
}

/// Part of the table. A row lies in the bucket where its key is at home or, when that was full, in the first after it that
/// was not: a search ends at a bucket with a free place.
#[derive(Default)]
struct Shard {
    tags: Vec<Tags>,
    buckets: Vec<Bucket>,
    /// Buckets in which a key can be at home; more follow for those who find no room.
    homes: usize,
    used: usize,
}

/// A byte of the key of each row of a bucket, never 0; free places come last and are 0.
#[derive(Clone, Copy)]
struct Tags([u8; BUCKET_ROWS]);

/// Beginning with a line of the cache, so that as few rows as can be lie on more of them than they must.
#[derive(Clone)]
#[repr(align(64))]
struct Bucket([CardRow; BUCKET_ROWS]);

impl CardTable {
    /// Makes room for `rows` rows in all, so that adding them rebuilds nothing.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.shards.resize_with(SHARDS, Shard::default);
        let homes = rows * RESERVE.1 / (RESERVE.0 * SHARDS * BUCKET_ROWS) + 1;
        for shard in self.shards.iter_mut().filter(|shard| shard.homes < homes) {
            shard.rebuild(homes, |_| true);
        }
    }

    /// The row of a key.
    #[inline]
    pub(super) fn find(&self, key: &CredentialKey) -> Option<&CardRow> {
        let prefix = Prefix::of(key);
        let shard = self.shards.get(shard_of(prefix))?;
        let home = shard.home(prefix);
        let buckets = shard.buckets.get(home..)?;
        for (tags, bucket) in shard.tags.get(home..)?.iter().zip(buckets) {
            for row in tags.with(tag_of(prefix)) {
                let row = bucket.0.get(row)?;
                if row.key == *key {
                    return Some(row);
                }
            }
            if !tags.is_full() {
                return None;
            }
        }
        None
    }

    /// Where the row of a key lies.
    pub(super) fn place(&self, key: &CredentialKey) -> Option<Place> {
        self.places(Prefix::of(key), |row| row.key == *key).next()
    }

    /// Where the rows of a person lie whose keys begin with `prefix`.
    pub(super) fn places_of(&self, prefix: Prefix, person: PersonId) -> impl Iterator<Item = Place> {
        self.places(prefix, move |row| row.person == person && Prefix::of(&row.key) == prefix)
    }

    /// The row at a place.
    pub(super) fn get(&self, place: Place) -> Option<&CardRow> {
        self.shards.get(place.shard)?.buckets.get(place.bucket)?.0.get(place.row)
    }

    /// The row at a place, to change anything but its key.
    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut CardRow> {
        self.shards.get_mut(place.shard)?.buckets.get_mut(place.bucket)?.0.get_mut(place.row)
    }

    /// Adds a row whose key is not there yet.
    pub(super) fn insert(&mut self, row: &CardRow) {
        if self.shards.is_empty() {
            self.shards.resize_with(SHARDS, Shard::default);
        }
        if let Some(shard) = self.shards.get_mut(shard_of(Prefix::of(&row.key))) {
            shard.insert(row);
        }
    }

    /// Removes the row of a key. Rare, and therefore simple: the shard is built again without it.
    pub(super) fn remove(&mut self, key: &CredentialKey) {
        if let Some(shard) = self.shards.get_mut(shard_of(Prefix::of(key))) {
            shard.rebuild(shard.homes, |row| row.key != *key);
        }
    }

    fn places(&self, prefix: Prefix, is_it: impl Fn(&CardRow) -> bool) -> impl Iterator<Item = Place> {
        let number = shard_of(prefix);
        let shard = self.shards.get(number);
        let run = shard.into_iter().flat_map(move |shard| shard.run(shard.home(prefix), tag_of(prefix)));
        run.filter(move |(_, _, found)| is_it(found)).map(move |(bucket, row, _)| Place { shard: number, bucket, row })
    }
}

/// Shows no part of any key.
impl fmt::Debug for CardTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used: usize = self.shards.iter().map(|shard| shard.used).sum();
        f.debug_struct("CardTable").field("rows", &used).finish_non_exhaustive()
    }
}

/// By the first byte of the key.
#[inline]
fn shard_of(prefix: Prefix) -> usize {
    usize::from(prefix.bytes()[0])
}

/// By the fourth byte of the key.
#[inline]
fn tag_of(prefix: Prefix) -> u8 {
    prefix.bytes()[3].max(1)
}

impl Shard {
    /// The bucket in which a key is at home, by its second and third byte.
    #[inline]
    fn home(&self, prefix: Prefix) -> usize {
        let [_, high, low, _] = prefix.bytes();
        (usize::from(u16::from_be_bytes([high, low])) * self.homes) >> 16
    }

    /// Every row with a tag, with its bucket and place, from bucket `home` to the first with a free place.
    fn run(&self, home: usize, tag: u8) -> impl Iterator<Item = (usize, usize, &CardRow)> {
        let mut goes_on = true;
        let run = self.tags.iter().zip(&self.buckets).enumerate().skip(home);
        let run = run.take_while(move |(_, (tags, _))| core::mem::replace(&mut goes_on, tags.is_full()));
        run.flat_map(move |(number, (tags, bucket))| {
            tags.with(tag).filter_map(move |row| Some((number, row, bucket.0.get(row)?)))
        })
    }

    fn insert(&mut self, row: &CardRow) {
        if self.used * FULLEST.1 >= self.homes * BUCKET_ROWS * FULLEST.0 {
            self.rebuild(self.homes + self.homes / GROWTH + 1, |_| true);
        }
        self.put(row);
    }

    fn put(&mut self, row: &CardRow) {
        let home = self.home(Prefix::of(&row.key));
        self.used += 1;
        let mut places = self.tags.iter_mut().zip(&mut self.buckets).skip(home);
        if let Some((tags, bucket)) = places.find(|(tags, _)| !tags.is_full()) {
            bucket.set(tags.push(tag_of(Prefix::of(&row.key))), row);
            return;
        }
        let (mut tags, mut bucket) = (Tags::EMPTY, Bucket::EMPTY);
        bucket.set(tags.push(tag_of(Prefix::of(&row.key))), row);
        self.tags.push(tags);
        self.buckets.reserve_exact(1);
        self.buckets.push(bucket);
    }

    fn rebuild(&mut self, homes: usize, keep: impl Fn(&CardRow) -> bool) {
        let tags = core::mem::replace(&mut self.tags, vec![Tags::EMPTY; homes + SPARE_BUCKETS]);
        let buckets = core::mem::replace(&mut self.buckets, vec![Bucket::EMPTY; homes + SPARE_BUCKETS]);
        (self.homes, self.used) = (homes, 0);
        for (tags, bucket) in tags.into_iter().zip(&buckets) {
            bucket.0.iter().take(tags.used()).filter(|row| keep(row)).for_each(|row| self.put(row));
        }
    }
}

impl Tags {
    const EMPTY: Self = Self([0; BUCKET_ROWS]);

    /// The places with this tag, nearly always one or none. All tags are compared at once, as one number: a byte that is the
    /// same leaves a zero byte, and a byte is zero when adding 0x7f to its lower bits does not reach the highest.
    #[inline]
    fn with(self, tag: u8) -> impl Iterator<Item = usize> {
        const LOW: u128 = u128::from_ne_bytes([0x7f; BUCKET_ROWS]);
        let other = u128::from_le_bytes(self.0) ^ u128::from_le_bytes([tag; BUCKET_ROWS]);
        let mut left = !(((other & LOW) + LOW) | other | LOW);
        core::iter::from_fn(move || {
            let place = (left.trailing_zeros() / u8::BITS) as usize;
            left &= left.wrapping_sub(1);
            (place < BUCKET_ROWS).then_some(place)
        })
    }

    #[inline]
    fn is_full(self) -> bool {
        self.0.last().is_some_and(|tag| *tag != 0)
    }

    fn used(self) -> usize {
        self.0.iter().take_while(|tag| **tag != 0).count()
    }

    /// Takes the first free place, of which there is one, for this tag.
    fn push(&mut self, tag: u8) -> usize {
        let place = self.used();
        if let Some(free) = self.0.get_mut(place) {
            *free = tag;
        }
        place
    }
}

impl Bucket {
    const EMPTY: Self = Self([CardRow::unknown(PersonId::new(0)); BUCKET_ROWS]);

    fn set(&mut self, at: usize, row: &CardRow) {
        if let Some(place) = self.0.get_mut(at) {
            *place = *row;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A row whose key collides with others in every way there is.
    fn row([prefix, tag, rest]: [u8; 3], person: u32) -> CardRow {
        let mut hash = [0; 16];
        (hash[1], hash[3], hash[9]) = (prefix, tag, rest);
        let mut row = CardRow::unknown(PersonId::new(person));
        row.key = CredentialKey::from_keyed_hash(hash);
        row
    }

    proptest! {
        #[test]
        fn a_table_finds_what_a_map_finds(
            steps in vec((0..4_u8, any::<u8>(), 0..3_u8, 0..3_u8), 0..900),
            reserved in 0..20_000_usize,
        ) {
            let mut table = CardTable::default();
            table.reserve(reserved);
            let mut map: BTreeMap<[u8; 3], u32> = BTreeMap::new();
            for (number, (step, prefix, tag, rest)) in steps.into_iter().enumerate() {
                let (bytes, person) = ([prefix, tag, rest], number as u32);
                let key = row(bytes, 0).key;
                match table.place(&key) {
                    Some(_) if step == 0 => {
                        table.remove(&key);
                        map.remove(&bytes);
                    }
                    Some(place) => {
                        *table.get_mut(place).unwrap() = row(bytes, person);
                        map.insert(bytes, person);
                    }
                    None => {
                        table.insert(&row(bytes, person));
                        map.insert(bytes, person);
                    }
                }
                let found = table.find(&key).map(|row| row.person.get());
                prop_assert_eq!(found, map.get(&bytes).copied());
            }
            for (bytes, person) in &map {
                let key = row(*bytes, 0).key;
                prop_assert_eq!(table.find(&key).map(|row| row.person.get()), Some(*person));
                let places: Vec<Place> = table.places_of(Prefix::of(&key), PersonId::new(*person)).collect();
                prop_assert_eq!(places, Vec::from_iter(table.place(&key)));
            }
        }
    }

    #[test]
    fn keys_that_are_all_alike_are_only_slow() {
        let mut table = CardTable::default();
        let key = |number: u16| {
            let mut hash = [u8::MAX; 16];
            hash[14..].copy_from_slice(&number.to_be_bytes());
            CredentialKey::from_keyed_hash(hash)
        };
        for number in 0..2_000 {
            let mut row = CardRow::unknown(PersonId::new(u32::from(number)));
            row.key = key(number);
            table.insert(&row);
        }
        for number in 0..2_000 {
            assert_eq!(table.find(&key(number)).map(|row| row.person), Some(PersonId::new(u32::from(number))));
        }
        assert!(table.find(&key(2_000)).is_none());
        assert!(table.shards[255].buckets.len() < 400);
    }

    #[test]
    fn a_bucket_is_full_of_rows() {
        assert_eq!(size_of::<Bucket>(), BUCKET_ROWS * size_of::<CardRow>());
    }

    #[test]
    fn nothing_of_a_key_is_shown() {
        let mut table = CardTable::default();
        table.insert(&row([7, 7, 7], 1));
        assert_eq!(format!("{table:?}"), "CardTable { rows: 1, .. }");
    }
}
