//! Counts the entries of a search by time: block by block from the newest on. A block whose entries all lie in one stretch is
//! counted as it stands; only where a stretch begins or ends, or the time of day matters, are its moments looked at.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rackward_core::Wall;
use rackward_core::id::Seq;
use rackward_dashboard::archive::{Bars, DENIED, RAISED, Scale};
use rackward_dashboard::query::{Clause, Field, Order, Pattern, Search, Sense, Test};
use sqlx::{Row as _, SqliteConnection, SqlitePool};

use super::{NO_BLOCKS, Offsets, STRETCH_MAX_BLOCKS, Stretch, Terms, Walk, Wanted, combine, within};
use crate::search::{BLOCK_ENTRIES, IndexError, SearchIndex, offset_of, seq_at};

/// How many blocks are counted at most: 33 million entries. It trades how far back is told for how long it takes.
const COUNTED_MAX_BLOCKS: u64 = 32_768;

/// How many blocks are looked into at most, whose moments are read one by one.
const OPENED_MAX_BLOCKS: u64 = 1_024;

/// What is counted in one go.
struct Count<'a> {
    search: &'a Search,
    scale: &'a Scale,
    wanted: &'a [Wanted],
    bounds: &'a RangeInclusive<u64>,
    bars: Bars,
    opened: u64,
}

/// Between which moments the entries of a block lie.
type Spans = BTreeMap<i64, (Wall, Wall)>;

impl SearchIndex {
    /// How many entries up to `head` a search means, by time.
    pub(in crate::search) async fn bars(&self, search: &Search, scale: &Scale, head: Seq) -> Result<Bars, IndexError> {
        let pool = self.pool().await?;
        if !self.is_filled() {
            return Err(IndexError::BegunAnew);
        }
        let bars = self.bars_in(&pool, search, scale, head).await;
        if let Err(error) = &bars {
            self.met(&pool, error).await;
        }
        bars
    }

    async fn bars_in(&self, pool: &SqlitePool, search: &Search, scale: &Scale, head: Seq) -> Result<Bars, IndexError> {
        let mut connection = pool.acquire().await.map_err(self.failed())?;
        let search = &Search { order: Order::NewestFirst, past: None, ..search.clone() };
        // What is told apart is looked up beside what is meant.
        let apart = |name| Clause { sense: Sense::With, any: vec![Test::Word(Field::Type, Pattern::exact(name))] };
        let clauses: Vec<Clause> = search.clauses.iter().cloned().chain([RAISED, DENIED].map(apart)).collect();
        let wanted = self.resolve(&mut connection, &clauses).await?;
        let mut meant = wanted.iter().take(search.clauses.len());
        let is_in_vain = meant.any(|wanted| wanted.sense == Sense::With && wanted.terms.is_empty());
        let terms = Terms::of(&wanted);
        let mut walk = Walk::new(search, head);
        self.narrow(&mut connection, &mut walk).await?;
        if is_in_vain {
            walk.blocks = NO_BLOCKS;
        }
        let (mut looked_at, bounds) = (0, walk.bounds.clone());
        let mut count = Count { search, scale, wanted: &wanted, bounds: &bounds, bars: Bars::none(scale), opened: 0 };
        while !walk.blocks.is_empty() {
            if looked_at >= COUNTED_MAX_BLOCKS || count.opened > OPENED_MAX_BLOCKS {
                count.bars.complete = false;
                break;
            }
            let blocks = walk.next_stretch(STRETCH_MAX_BLOCKS);
            looked_at += blocks.end().abs_diff(*blocks.start()) + 1;
            let found = self.stretch(&mut connection, &terms, &blocks).await?;
            let spans = self.spans(&mut connection, &blocks).await?;
            self.count(&mut connection, &mut count, &found, &spans).await?;
        }
        Ok(count.bars)
    }

    async fn spans(
        &self,
        connection: &mut SqliteConnection,
        blocks: &RangeInclusive<i64>,
    ) -> Result<Spans, IndexError> {
        let rows = sqlx::query("SELECT block, first, last FROM span WHERE block BETWEEN ? AND ?")
            .bind(blocks.start())
            .bind(blocks.end())
            .fetch_all(connection)
            .await
            .map_err(self.failed())?;
        let mut spans = Spans::new();
        for row in rows {
            let column = |number: usize| row.try_get::<i64, _>(number).map_err(self.failed());
            spans.insert(column(0)?, (Wall::from_micros(column(1)?), Wall::from_micros(column(2)?)));
        }
        Ok(spans)
    }

    async fn count(
        &self,
        connection: &mut SqliteConnection,
        count: &mut Count<'_>,
        found: &Stretch,
        spans: &Spans,
    ) -> Result<(), IndexError> {
        for (block, (first, last)) in spans.iter().rev() {
            let meant = count.meant(found, *block);
            if meant.is_empty() {
                continue;
            }
            if let Some(bar) = count.bar_of_all(*first, *last) {
                let [alarms, denied] = count.told_apart(found, *block, &meant);
                count.bars.add(bar, meant.len(), alarms.len(), denied.len());
                continue;
            }
            count.opened += 1;
            for (bar, offsets) in self.by_bar(connection, count, *block, &meant).await? {
                let [alarms, denied] = count.told_apart(found, *block, &offsets);
                count.bars.add(bar, offsets.len(), alarms.len(), denied.len());
            }
        }
        Ok(())
    }

    /// The entries of a block that are in time, by stretch.
    async fn by_bar(
        &self,
        connection: &mut SqliteConnection,
        count: &Count<'_>,
        block: i64,
        meant: &Offsets,
    ) -> Result<BTreeMap<usize, Offsets>, IndexError> {
        let number = |seq: Seq| i64::try_from(seq.get()).unwrap_or(i64::MAX);
        let rows = sqlx::query("SELECT seq, at FROM moment WHERE seq BETWEEN ? AND ?")
            .bind(number(seq_at(block, 0)))
            .bind(number(seq_at(block, (BLOCK_ENTRIES - 1) as u16)))
            .fetch_all(connection)
            .await
            .map_err(self.failed())?;
        let mut bars = BTreeMap::<usize, Offsets>::new();
        for row in rows {
            let seq: i64 = row.try_get(0).map_err(self.failed())?;
            let at = Wall::from_micros(row.try_get(1).map_err(self.failed())?);
            if let Some(bar) = count.scale.bar_of(at).filter(|_| count.search.is_in_time(at)) {
                bars.entry(bar).or_insert(Offsets::NONE).add(offset_of(Seq::new(seq.unsigned_abs())));
            }
        }
        bars.values_mut().for_each(|offsets| offsets.keep(meant));
        Ok(bars)
    }
}

impl Count<'_> {
    /// The clauses of the search, without the two that only tell apart.
    fn clauses(&self) -> &[Wanted] {
        self.wanted.get(..self.wanted.len().saturating_sub(2)).unwrap_or_default()
    }

    fn meant(&self, found: &Stretch, block: i64) -> Offsets {
        let mut meant = combine(found, self.clauses(), block);
        meant.keep(&within(self.bounds, block));
        meant
    }

    /// Alarms and refusals among some entries of a block.
    fn told_apart(&self, found: &Stretch, block: i64, meant: &Offsets) -> [Offsets; 2] {
        let clauses = self.clauses().len();
        [clauses, clauses + 1].map(|clause| {
            let mut of_kind = *meant;
            of_kind.keep(found.get(&(block, clause)).unwrap_or(&Offsets::NONE));
            of_kind
        })
    }

    /// The stretch in which everything between two moments lies, where that is one and all of it is in time.
    fn bar_of_all(&self, first: Wall, last: Wall) -> Option<usize> {
        let bar = self.scale.bar_of(first)?;
        let whole = self.search.during.is_empty() && self.search.is_in_time(first) && self.search.is_in_time(last);
        (whole && self.scale.bar_of(last) == Some(bar)).then_some(bar)
    }
}
