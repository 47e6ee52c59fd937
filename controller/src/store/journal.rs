//! Reads the journal: the newest entry, pages of entries, and the whole of it along its hash chain. What does not fit is
//! found and named, and reading goes on behind it: a disk that lost an entry must not close every door. That such a journal
//! is no longer proof of anything is said by `verify.rs`.
//!
//! A chain goes on behind a break from the hash that stands in the row, so one entry that was changed is one finding.

use rackward_core::entry::{Entry, Stamped};
use rackward_core::id::Seq;
use rackward_core::journal::{Chain, canonical};
use rackward_core::time::Wall;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::damage::{Damage, ENTRY_TABLE, EntryDamage};
use super::error::is_broken_page;
use super::{Head, StoreError};

/// How many entries are fetched at once. It trades memory (some 300 bytes each) against the cost of a statement.
const PAGE_ROWS: i64 = 2_048;

/// After how many entries the checking says how far it is: about a second's work.
const PROGRESS_ENTRIES: u64 = 300_000;

/// How many damaged entries are named; the rest is counted. Whoever sees the first few has to restore a backup anyway.
const DAMAGED_MAX_ENTRIES: usize = 1_000;

/// The highest number that an entry can have. A site that writes a million entries a second reaches it in 285 years; a row
/// beyond it was not written by us and must not push the next entry out of the range of numbers.
const SEQ_MAX: i64 = 1 << 53;

/// A sequence number as SQLite's signed integer.
pub(super) fn seq_number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}

/// The newest entry as it stands: what the next one builds on, damaged or not.
pub(super) async fn head(connection: &mut SqliteConnection) -> Result<Head, StoreError> {
    let row = sqlx::query("SELECT seq, bytes, chain FROM entry WHERE seq BETWEEN 1 AND ? ORDER BY seq DESC LIMIT 1")
        .bind(SEQ_MAX)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::database("find the newest journal entry"))?;
    let newest = row.and_then(|row| Some(Head { seq: seq_of(&row)?, chain: chain_of(&row).unwrap_or(stand_in(&row)) }));
    Ok(newest.unwrap_or_default())
}

/// What came of walking the whole journal.
#[derive(Debug)]
pub(super) struct Walk {
    /// The newest entry.
    pub(super) head: Head,
    /// What does not fit, as far as it is named.
    pub(super) damage: Vec<Damage>,
}

/// Walks the whole journal, finds what is missing, altered or out of place, and shows every entry that fits to `visit`.
pub(super) async fn walk(connection: &mut SqliteConnection, visit: impl FnMut(&Stamped)) -> Result<Walk, StoreError> {
    let newest = head(connection).await?;
    let mut walker =
        Walker { at: Seq::new(0), before: Some(Before::agreed(Chain::GENESIS)), damage: Vec::new(), more: 0, visit };
    walker.strays(connection).await?;
    let mut from = 1;
    while from <= seq_number(newest.seq) {
        let rows =
            sqlx::query("SELECT seq, at, kind, bytes, chain FROM entry WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?")
                .bind(from)
                .bind(seq_number(newest.seq))
                .bind(PAGE_ROWS)
                .fetch_all(&mut *connection)
                .await;
        match rows {
            Ok(rows) => rows.iter().for_each(|row| walker.step(row, newest.seq)),
            Err(error) if is_broken_page(&error) => {
                let to = seq_number(newest.seq).min(from + PAGE_ROWS - 1);
                walker.one_by_one(connection, from..=to, newest.seq).await?;
                from = to + 1;
                continue;
            }
            Err(error) => return Err(StoreError::database("read the journal")(error)),
        }
        from = seq_number(walker.at) + 1;
    }
    if walker.more > 0 {
        tracing::error!(more = walker.more, "further journal entries are damaged");
    }
    Ok(Walk { head: newest, damage: walker.damage })
}

/// Where a walk is.
struct Walker<V> {
    at: Seq,
    before: Option<Before>,
    damage: Vec<Damage>,
    /// Findings beyond those that are named.
    more: u64,
    visit: V,
}

/// The hash chain's value after an entry; `None` in its place where the entry is missing.
#[derive(Clone, Copy)]
struct Before {
    /// As its row says.
    stored: [u8; 32],
    /// As its bytes give it. It differs where the row was changed: then the next entry fits one or the other.
    computed: [u8; 32],
}

impl Before {
    fn agreed(chain: [u8; 32]) -> Self {
        Self { stored: chain, computed: chain }
    }
}

impl<V: FnMut(&Stamped)> Walker<V> {
    /// Rows whose number no entry can have.
    async fn strays(&mut self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let below = sqlx::query("SELECT seq FROM entry WHERE seq < 1 LIMIT ?").bind(PAGE_ROWS);
        let beyond = sqlx::query("SELECT seq FROM entry WHERE seq > ? LIMIT ?").bind(SEQ_MAX).bind(PAGE_ROWS);
        for query in [below, beyond] {
            match query.fetch_all(&mut *connection).await {
                Ok(rows) => {
                    let numbers = rows.iter().filter_map(|row| row.try_get("seq").ok());
                    numbers.for_each(|number| self.found(Damage::Stray { number }));
                }
                // Whatever stands on it is looked for where it would matter.
                Err(error) if is_broken_page(&error) => {}
                Err(error) => return Err(StoreError::database("read the journal")(error)),
            }
        }
        Ok(())
    }

    /// Steps through entries on a broken page of the file, as far as each can be read.
    async fn one_by_one(
        &mut self,
        connection: &mut SqliteConnection,
        numbers: core::ops::RangeInclusive<i64>,
        newest: Seq,
    ) -> Result<(), StoreError> {
        for number in numbers {
            let row = sqlx::query("SELECT seq, at, kind, bytes, chain FROM entry WHERE seq = ?")
                .bind(number)
                .fetch_optional(&mut *connection)
                .await;
            match row {
                Ok(Some(row)) => self.step(&row, newest),
                Ok(None) => {}
                Err(error) if is_broken_page(&error) => {
                    self.at = Seq::new(number.unsigned_abs());
                    self.before = None;
                    self.found(Damage::Entry { seq: self.at, cause: EntryDamage::Page });
                }
                Err(error) => return Err(StoreError::database("read the journal")(error)),
            }
        }
        Ok(())
    }

    /// Takes the next row.
    fn step(&mut self, row: &SqliteRow, newest: Seq) {
        let Some(seq) = seq_of(row) else { return };
        if seq != self.at.next() {
            self.found(Damage::Missing { first: self.at.next(), next: seq });
            self.before = None;
        }
        self.at = seq;
        let linked = self.link(row);
        match linked.and_then(|()| decode(row)) {
            Ok(stamped) => {
                if let Err(cause) = columns_agree(row, &stamped) {
                    self.found(Damage::Entry { seq, cause });
                }
                (self.visit)(&stamped);
            }
            Err(Broken::Chain) => self.found(Damage::Chain { seq }),
            Err(Broken::Entry(cause)) => self.found(Damage::Entry { seq, cause }),
        }
        if seq.get().is_multiple_of(PROGRESS_ENTRIES) {
            tracing::info!(checked = seq.get(), of = newest.get(), "checking the journal");
        }
    }

    /// Checks that a row goes on from the one before it, and remembers what the next one goes on from.
    fn link(&mut self, row: &SqliteRow) -> Result<(), Broken> {
        let (bytes, stored) = (bytes_of(row), chain_of(row));
        let before = self.before;
        let computed = |from: [u8; 32]| bytes.map_or(stand_in(row), |bytes| Chain::new(from).extend(bytes));
        let kept = stored.unwrap_or(stand_in(row));
        let first = before.map_or(kept, |before| computed(before.stored));
        let fits = first == kept || before.is_some_and(|before| computed(before.computed) == kept);
        self.before = Some(if fits { Before::agreed(kept) } else { Before { stored: kept, computed: first } });
        match (bytes, stored) {
            (None, _) => Err(Broken::Entry(EntryDamage::Unreadable("bytes"))),
            (_, None) => Err(Broken::Entry(EntryDamage::Unreadable("chain"))),
            (Some(_), Some(_)) if fits => Ok(()),
            (Some(_), Some(_)) => Err(Broken::Chain),
        }
    }

    fn found(&mut self, damage: Damage) {
        if self.damage.len() < DAMAGED_MAX_ENTRIES {
            self.damage.push(damage);
        } else {
            self.more += 1;
        }
    }
}

/// What keeps a row from being the entry that was written.
enum Broken {
    Chain,
    Entry(EntryDamage),
}

/// The entries after `after`, oldest first, without a gap, at most `limit`, from rows in order. In the place of one that is
/// missing or cannot be read stands what is true of it: that the row is damaged.
pub(super) fn entries(after: Seq, rows: &[SqliteRow], limit: usize) -> Vec<Stamped> {
    let mut entries: Vec<Stamped> = Vec::with_capacity(rows.len());
    let mut next = after.next();
    for row in rows {
        let Some(seq) = seq_of(row) else { continue };
        let at = Wall::from_micros(row.try_get("at").unwrap_or_default());
        while next < seq && entries.len() < limit {
            entries.push(damaged_entry(next, at));
            next = next.next();
        }
        if entries.len() == limit {
            break;
        }
        entries.push(decode(row).unwrap_or_else(|_| damaged_entry(seq, at)));
        next = seq.next();
    }
    entries
}

fn damaged_entry(seq: Seq, at: Wall) -> Stamped {
    Stamped { seq, at, entry: Entry::RowDamaged { table: ENTRY_TABLE.to_owned(), key: seq.get() } }
}

/// The entry of a row, or what stands in its place where it cannot be read; `None` where not even its place can.
pub(super) fn entry_or_damage(row: &SqliteRow) -> Option<Stamped> {
    let seq = seq_of(row)?;
    let at = Wall::from_micros(row.try_get("at").unwrap_or_default());
    Some(decode(row).unwrap_or_else(|_| damaged_entry(seq, at)))
}

/// The entry of a row; `None` where it cannot be read.
pub(super) fn entry_of(row: &SqliteRow) -> Option<Entry> {
    decode(row).ok().map(|stamped| stamped.entry)
}

/// Reads the entry that the row's bytes stand for.
fn decode(row: &SqliteRow) -> Result<Stamped, Broken> {
    let bytes = bytes_of(row).ok_or(Broken::Entry(EntryDamage::Unreadable("bytes")))?;
    let stamped = canonical::decode(bytes).map_err(|cause| Broken::Entry(cause.into()))?;
    if seq_of(row) == Some(stamped.seq) { Ok(stamped) } else { Err(Broken::Entry(EntryDamage::Contradiction("seq"))) }
}

/// Whether the columns that repeat what the bytes say repeat it rightly.
fn columns_agree(row: &SqliteRow, stamped: &Stamped) -> Result<(), EntryDamage> {
    if row.try_get::<i64, _>("at").ok() != Some(stamped.at.as_micros()) {
        return Err(EntryDamage::Contradiction("at"));
    }
    if row.try_get::<&str, _>("kind").ok() != Some(stamped.entry.event_name()) {
        return Err(EntryDamage::Contradiction("kind"));
    }
    Ok(())
}

fn seq_of(row: &SqliteRow) -> Option<Seq> {
    let number: i64 = row.try_get("seq").ok()?;
    u64::try_from(number).ok().map(Seq::new)
}

fn bytes_of(row: &SqliteRow) -> Option<&[u8]> {
    row.try_get::<Option<&[u8]>, _>("bytes").ok().flatten()
}

fn chain_of(row: &SqliteRow) -> Option<[u8; 32]> {
    row.try_get::<&[u8], _>("chain").ok()?.try_into().ok()
}

/// What stands for the hash after an entry whose own cannot be read: something that is the same at every start, so that
/// entries written behind it stay in their chain.
fn stand_in(row: &SqliteRow) -> [u8; 32] {
    Chain::new(Chain::GENESIS).extend(bytes_of(row).unwrap_or_default())
}
