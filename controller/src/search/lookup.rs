//! Finds the entries of a search in the index: looks at blocks from the end at which the page begins, few at first, then as
//! many as the page will need by what those had, until it is full.

mod bars;
mod meaning;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use data_encoding::HEXUPPER;
use rackward_core::Wall;
use rackward_core::id::Seq;
use rackward_dashboard::query::{Order, Search, Sense, Total};
use sqlx::{Row as _, SqliteConnection, SqlitePool};

use super::blocks::Offsets;
use super::{BLOCK_ENTRIES, IndexError, SearchIndex, block_of, offset_of, seq_at};

pub(super) use meaning::Remembered;

/// The most terms that a query may stand for: each is looked up in every stretch of blocks.
const TERMS_MAX_COUNT: usize = 50_000;

/// How many blocks are looked at in one go at most: with everything in them, a few megabytes for each clause.
const STRETCH_MAX_BLOCKS: i64 = 512;

/// How many blocks are looked at first, full as the page may be after one of them: how many entries there are in all is
/// judged by no fewer. It trades how well that is judged for how soon the page comes.
const FIRST_BLOCKS: i64 = 8;

/// By how much the stretches grow while nothing is found.
const STRETCH_GROWTH: i64 = 16;

/// Where there is nothing to look at.
#[expect(clippy::reversed_empty_ranges, reason = "nothing is what is meant")]
const NO_BLOCKS: RangeInclusive<i64> = 1..=0;

/// What was found.
pub(super) struct Hits {
    /// In the order asked for, as many as the page has.
    pub(super) seqs: Vec<Seq>,
    pub(super) next: Option<Seq>,
    pub(super) total: Total,
}

/// A clause in terms of the index.
struct Wanted {
    sense: Sense,
    terms: Vec<i64>,
}

/// Offsets by block and clause, as one stretch of blocks has them.
type Stretch = BTreeMap<(i64, usize), Offsets>;

/// What is still to be looked at, and what was found before.
struct Walk<'a> {
    search: &'a Search,
    /// The entries that can belong to the page.
    bounds: RangeInclusive<u64>,
    /// The blocks not yet looked at.
    blocks: RangeInclusive<i64>,
    /// One more than the page has, to know whether there is another.
    seqs: Vec<Seq>,
    counted: u64,
    looked_at: u64,
}

impl SearchIndex {
    /// The entries up to `head` that a search means.
    pub(super) async fn hits(&self, search: &Search, head: Seq) -> Result<Hits, IndexError> {
        let pool = self.pool().await?;
        if !self.is_filled() {
            return Err(IndexError::BegunAnew);
        }
        let hits = self.hits_in(&pool, search, head).await;
        if let Err(error) = &hits {
            self.met(&pool, error).await;
        }
        hits
    }

    async fn hits_in(&self, pool: &SqlitePool, search: &Search, head: Seq) -> Result<Hits, IndexError> {
        let mut connection = pool.acquire().await.map_err(self.failed())?;
        let wanted = self.resolve(&mut connection, &search.clauses).await?;
        let is_in_vain = wanted.iter().any(|wanted| wanted.sense == Sense::With && wanted.terms.is_empty());
        let terms = Terms::of(&wanted);
        let mut walk = Walk::new(search, head);
        if search.from.is_some() || search.to.is_some() {
            self.narrow(&mut connection, &mut walk).await?;
        }
        if is_in_vain {
            walk.blocks = NO_BLOCKS;
        }
        let whole = walk.blocks.clone();
        let mut size = FIRST_BLOCKS;
        while !walk.is_over() {
            let stretch = walk.next_stretch(size);
            let found = self.stretch(&mut connection, &terms, &stretch).await?;
            let mut times = self.times(&mut connection, search, &stretch, &found, &wanted).await?;
            walk.take(stretch, |block| combine(&found, &wanted, block), |block, meant| times.keep(block, meant));
            size = walk.next_size(size);
        }
        Ok(walk.end(whole))
    }

    /// Leaves out blocks whose entries are all too old or too new.
    async fn narrow(&self, connection: &mut SqliteConnection, walk: &mut Walk<'_>) -> Result<(), IndexError> {
        let (from, to) = (walk.search.from, walk.search.to);
        let row = sqlx::query("SELECT min(block), max(block) FROM span WHERE last >= ? AND first < ?")
            .bind(from.map_or(i64::MIN, Wall::as_micros))
            .bind(to.map_or(i64::MAX, Wall::as_micros))
            .fetch_one(connection)
            .await
            .map_err(self.failed())?;
        let edge = |column| row.try_get::<Option<i64>, _>(column).map_err(self.failed());
        walk.blocks = match (edge(0)?, edge(1)?) {
            (Some(first), Some(last)) => first.max(*walk.blocks.start())..=last.min(*walk.blocks.end()),
            (_, _) => NO_BLOCKS,
        };
        Ok(())
    }

    /// What a stretch of blocks has of each clause.
    async fn stretch(
        &self,
        connection: &mut SqliteConnection,
        terms: &Terms,
        blocks: &RangeInclusive<i64>,
    ) -> Result<Stretch, IndexError> {
        let mut found = Stretch::new();
        if terms.0.is_empty() {
            return Ok(found);
        }
        // All in one row, because a row for each costs more than what is in it.
        let select = "SELECT group_concat(term), group_concat(block), group_concat(hex(offsets)) \
                      FROM json_each(?) AS wanted CROSS JOIN posting \
                      ON term = wanted.value AND block BETWEEN ? AND ?";
        let row = sqlx::query(select).bind(terms.as_text()).bind(blocks.start()).bind(blocks.end());
        let row = row.fetch_one(connection).await.map_err(self.failed())?;
        let column = |number: usize| row.try_get::<Option<&str>, _>(number).map_err(self.failed());
        let (Some(found_terms), Some(blocks), Some(offsets)) = (column(0)?, column(1)?, column(2)?) else {
            return Ok(found);
        };
        for ((term, block), stored) in found_terms.split(',').zip(blocks.split(',')).zip(offsets.split(',')) {
            if terms.add_stored(&mut found, term, block, stored).is_none() {
                return Err(IndexError::Nonsense { path: self.path() });
            }
        }
        Ok(found)
    }

    /// Which entries of a stretch are not in time, as far as they could be meant otherwise.
    async fn times(
        &self,
        connection: &mut SqliteConnection,
        search: &Search,
        blocks: &RangeInclusive<i64>,
        found: &Stretch,
        wanted: &[Wanted],
    ) -> Result<Times, IndexError> {
        let mut times = Times::default();
        let (from, to) = (search.from.map(Wall::as_micros), search.to.map(Wall::as_micros));
        if from.is_none() && to.is_none() && search.during.is_empty() {
            return Ok(times);
        }
        let spans = sqlx::query("SELECT block, first, last FROM span WHERE block BETWEEN ? AND ?")
            .bind(blocks.start())
            .bind(blocks.end())
            .fetch_all(&mut *connection)
            .await
            .map_err(self.failed())?;
        for row in spans {
            let (block, first, last): (i64, i64, i64) = (
                row.try_get(0).map_err(self.failed())?,
                row.try_get(1).map_err(self.failed())?,
                row.try_get(2).map_err(self.failed())?,
            );
            let is_inside = from.is_none_or(|from| first >= from) && to.is_none_or(|to| last < to);
            if (is_inside && search.during.is_empty()) || combine(found, wanted, block).is_empty() {
                continue;
            }
            times.0.insert(block, self.out_of_time(connection, search, block).await?);
        }
        Ok(times)
    }

    async fn out_of_time(
        &self,
        connection: &mut SqliteConnection,
        search: &Search,
        block: i64,
    ) -> Result<Offsets, IndexError> {
        let number = |seq: Seq| i64::try_from(seq.get()).unwrap_or(i64::MAX);
        let rows = sqlx::query("SELECT seq, at FROM moment WHERE seq BETWEEN ? AND ?")
            .bind(number(seq_at(block, 0)))
            .bind(number(seq_at(block, (BLOCK_ENTRIES - 1) as u16)))
            .fetch_all(connection)
            .await
            .map_err(self.failed())?;
        let mut out = Offsets::NONE;
        for row in rows {
            let seq: i64 = row.try_get(0).map_err(self.failed())?;
            let at = Wall::from_micros(row.try_get(1).map_err(self.failed())?);
            if !search.is_in_time(at) {
                out.add(offset_of(Seq::new(seq.unsigned_abs())));
            }
        }
        Ok(out)
    }
}

/// Entries that are too old, too new or at the wrong time of day, by block.
#[derive(Default)]
struct Times(BTreeMap<i64, Offsets>);

impl Times {
    fn keep(&mut self, block: i64, meant: &mut Offsets) {
        if let Some(out) = self.0.get(&block) {
            meant.leave_out(out);
        }
    }
}

/// The entries of a block that all clauses mean.
fn combine(found: &Stretch, wanted: &[Wanted], block: i64) -> Offsets {
    let mut meant = Offsets::between(0, (BLOCK_ENTRIES - 1) as u16);
    for (clause, Wanted { sense, .. }) in wanted.iter().enumerate() {
        let has = found.get(&(block, clause)).unwrap_or(&Offsets::NONE);
        match sense {
            Sense::With => meant.keep(has),
            Sense::Without => meant.leave_out(has),
        }
    }
    meant
}

/// The terms that are looked up, each with the clauses that ask for it.
struct Terms(BTreeMap<i64, Vec<usize>>);

impl Terms {
    fn of(wanted: &[Wanted]) -> Self {
        let mut clauses_of = BTreeMap::<_, Vec<_>>::new();
        for (clause, wanted) in wanted.iter().enumerate() {
            wanted.terms.iter().for_each(|term| clauses_of.entry(*term).or_default().push(clause));
        }
        Self(clauses_of)
    }

    /// For SQLite to take apart.
    fn as_text(&self) -> String {
        let terms: Vec<String> = self.0.keys().map(i64::to_string).collect();
        format!("[{}]", terms.join(","))
    }

    /// Adds what one row of the index says; `None` where no row can say that.
    fn add_stored(&self, found: &mut Stretch, term: &str, block: &str, stored: &str) -> Option<()> {
        let (clauses, block) = (self.0.get(&term.parse().ok()?)?, block.parse().ok()?);
        let stored = HEXUPPER.decode(stored.as_bytes()).ok()?;
        for clause in clauses {
            let offsets = found.entry((block, *clause)).or_insert(Offsets::NONE);
            offsets.add_stored(&stored).then_some(())?;
        }
        Some(())
    }
}

/// A text in which LIKE finds nothing but that text.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

impl<'a> Walk<'a> {
    fn new(search: &'a Search, head: Seq) -> Self {
        let (mut first, mut last) = (search.after.next().get(), head.get());
        match (search.order, search.past) {
            (_, None) => {}
            (Order::OldestFirst, Some(past)) => first = first.max(past.next().get()),
            (Order::NewestFirst, Some(past)) => last = last.min(past.get().saturating_sub(1)),
        }
        let blocks = if first > last { NO_BLOCKS } else { block_of(Seq::new(first))..=block_of(Seq::new(last)) };
        let (seqs, bounds) = (Vec::new(), first..=last);
        Self { search, bounds, blocks, seqs, counted: 0, looked_at: 0 }
    }

    fn is_full(&self) -> bool {
        self.seqs.len() > usize::from(self.search.limit)
    }

    fn is_over(&self) -> bool {
        self.blocks.is_empty() || self.is_full()
    }

    /// How many blocks the page will need, judged by those before, with a quarter more so that one go is mostly enough.
    fn next_size(&self, last: i64) -> i64 {
        let missing = (u64::from(self.search.limit) + 1).saturating_sub(self.seqs.len() as u64);
        let needed = (missing * self.looked_at * 5 / 4).checked_div(self.counted);
        let needed = needed.map_or(last * STRETCH_GROWTH, |blocks| i64::try_from(blocks).unwrap_or(i64::MAX));
        needed.clamp(FIRST_BLOCKS, STRETCH_MAX_BLOCKS)
    }

    /// The next blocks in the order asked for.
    fn next_stretch(&mut self, size: i64) -> RangeInclusive<i64> {
        let (first, last) = (*self.blocks.start(), *self.blocks.end());
        match self.search.order {
            Order::OldestFirst => {
                let end = last.min(first + size - 1);
                self.blocks = end + 1..=last;
                first..=end
            }
            Order::NewestFirst => {
                let begin = first.max(last - size + 1);
                self.blocks = first..=begin - 1;
                begin..=last
            }
        }
    }

    fn take(
        &mut self,
        stretch: RangeInclusive<i64>,
        meant: impl Fn(i64) -> Offsets,
        mut in_time: impl FnMut(i64, &mut Offsets),
    ) {
        let mut blocks = stretch.clone();
        let mut next = || match self.search.order {
            Order::OldestFirst => blocks.next(),
            Order::NewestFirst => blocks.next_back(),
        };
        while let Some(block) = next() {
            let mut offsets = meant(block);
            if !offsets.is_empty() {
                offsets.keep(&within(&self.bounds, block));
                in_time(block, &mut offsets);
            }
            self.looked_at += 1;
            self.counted += offsets.len();
            if !self.is_full() {
                self.add(block, &offsets);
            }
        }
    }

    fn add(&mut self, block: i64, offsets: &Offsets) {
        let room = usize::from(self.search.limit) + 1 - self.seqs.len();
        match self.search.order {
            Order::OldestFirst => self.seqs.extend(offsets.iter().take(room).map(|offset| seq_at(block, offset))),
            Order::NewestFirst => self.seqs.extend(offsets.iter().rev().take(room).map(|offset| seq_at(block, offset))),
        }
    }

    fn end(mut self, whole: RangeInclusive<i64>) -> Hits {
        let is_full = self.is_full();
        self.seqs.truncate(usize::from(self.search.limit));
        let next = self.seqs.last().copied().filter(|_| is_full);
        let blocks = u64::try_from(whole.end() - whole.start() + 1).unwrap_or_default();
        let total = if self.looked_at >= blocks {
            Total::Counted(self.counted)
        } else {
            let estimate = u128::from(self.counted) * u128::from(blocks) / u128::from(self.looked_at.max(1));
            Total::About { counted: self.counted, estimate: u64::try_from(estimate).unwrap_or(u64::MAX) }
        };
        Hits { seqs: self.seqs, next, total }
    }
}

/// The offsets of a block that lie within bounds.
fn within(bounds: &RangeInclusive<u64>, block: i64) -> Offsets {
    let (first, last) = (seq_at(block, 0).get(), seq_at(block, (BLOCK_ENTRIES - 1) as u16).get());
    let (first, last) = (first.max(*bounds.start()), last.min(*bounds.end()));
    if first > last { Offsets::NONE } else { Offsets::between(offset_of(Seq::new(first)), offset_of(Seq::new(last))) }
}
