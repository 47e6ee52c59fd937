//! Cursors over the journal: whoever does something for every entry (the search index, webhooks, exports) reads it through
//! one of these instead of through a queue of its own. A cursor has a name and a durable position, gives entries to its
//! consumer in their order, each at least once, and waits ever longer where the consumer fails. Nothing that a consumer does
//! or fails to do delays a door: it reads what is durable already, beside the writer.
//!
//! It decides when entries are given again and where a cursor begins; what is done with them is the consumer's, who may see
//! the journal at all is decided where consumers are made. Waiting is `cursor/follow.rs`, how long `cursor/backoff.rs`, the
//! file with the positions `cursor/positions.rs`.
//!
//! Vocabulary: the *position* is the newest entry that the consumer has taken; the *lag* is how many durable entries come
//! after it; a cursor *starts over* when its position is of a journal that is not this one, as after a restored backup.

mod backoff;
mod follow;
mod positions;
pub(crate) mod side_file;

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, pending, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rackward_core::id::Seq;
use rackward_core::{Now, Stamped, Wall};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use positions::Positions;
pub use side_file::SideFileError;
pub(crate) use side_file::{Form, Look, SideFile, make_durable};

use crate::store::Reader;
use follow::Follower;

/// The most entries a batch has when the consumer does not say: some 30 kB. Larger ones cost fewer writes of the position,
/// smaller ones repeat less after a crash.
const BATCH_MAX_ENTRIES: u32 = 100;

/// What a cursor is called: 1 to 64 lower-case letters, digits, `-`, `.` and `:`. Its position is kept under this name, so a
/// name is never given to another consumer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CursorName(String);

impl CursorName {
    /// The longest name.
    pub const MAX_BYTES: usize = 64;

    /// Takes a name; `None` where it has other characters or another length.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
        (fits && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CursorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The newest entry that a consumer has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its place; 0 before the first.
    pub seq: Seq,
    /// Its time: two journals that went apart differ in it, whatever their length.
    pub at: Wall,
}

impl Position {
    /// Before the first entry.
    pub const START: Self = Self { seq: Seq::new(0), at: Wall::from_micros(0) };

    /// The position after an entry was taken.
    pub const fn of(entry: &Stamped) -> Self {
        Self { seq: entry.seq, at: entry.at }
    }
}

/// Why a consumer did not take entries. They are given to it again later, in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The last entry that it took all the same; `None` if it took none of the batch.
    pub reached: Option<Seq>,
    /// What went wrong and what to do, for logs and the health screen: without secrets and without names of persons.
    pub said: String,
    /// When it wants to be asked again; `None` leaves that to the cursor, which waits twice as long each time.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Nothing was taken, and nobody knows when it will be.
    pub fn because(said: impl fmt::Display) -> Self {
        Self { reached: None, said: said.to_string(), retry_after: None }
    }
}

/// Does something for every entry. It may be ended while it works on a batch, and is given that batch again at the next
/// start: what it does must be harmless twice, or be committed together with a position of its own.
pub trait Consumer: Send + 'static {
    /// The most entries it wants at once, from 1 to [`crate::store::ENTRIES_MAX_ROWS`].
    fn batch_entries(&self) -> u32 {
        BATCH_MAX_ENTRIES
    }

    /// Whether it keeps its position by itself, committed together with its work. Otherwise the cursor keeps it.
    const KEEPS_POSITION: bool = false;

    /// Where it begins when no position is known, while `head` is the newest entry: at the first entry, or, for what must not
    /// be told of the past, behind `head`.
    fn first(&self, _head: Seq) -> Seq {
        Seq::new(0)
    }

    /// The position that it keeps by itself, if it has one yet. Asked at the start and after every failure.
    fn own_position(&mut self) -> impl Future<Output = Result<Option<Position>, Failure>> + Send {
        ready(Ok(None))
    }

    /// Where it begins, to be kept by one that keeps its position: so that power loss does not take it back.
    fn begin_at(&mut self, _position: Position) -> impl Future<Output = Result<(), Failure>> + Send {
        ready(Ok(()))
    }

    /// The position was of another journal: what was made of it must be forgotten. It goes on after `first`.
    fn start_over(&mut self) -> impl Future<Output = Result<(), Failure>> + Send {
        ready(Ok(()))
    }

    /// It is known, and kept, where it goes on, and that this is the journal it was made of.
    fn begun(&mut self) {}

    /// Ends when what it keeps is no longer what it took, so that it must be asked for its position again.
    fn unsettled(&mut self) -> impl Future<Output = ()> + Send {
        pending()
    }

    /// Takes entries, at least one, in order and without gaps, and says which was the last it took. A failure of some keeps
    /// those before, as [`Failure::reached`] says.
    fn take(&mut self, entries: &[Stamped]) -> impl Future<Output = Result<Seq, Failure>> + Send;
}

/// Where entries come from.
pub trait Source: Send + Sync + 'static {
    /// At most `limit` durable entries after `after`, oldest first, without gaps.
    fn entries_after(&self, after: Seq, limit: u32) -> impl Future<Output = Result<Vec<Stamped>, Failure>> + Send;
}

impl Source for Reader {
    async fn entries_after(&self, after: Seq, limit: u32) -> Result<Vec<Stamped>, Failure> {
        Self::entries_after(self, after, limit).await.map_err(Failure::because)
    }
}

/// How a cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CursorStatus {
    /// Which.
    pub name: CursorName,
    /// The newest entry that its consumer has taken.
    pub position: Seq,
    /// The newest durable entry.
    pub head: Seq,
    /// What it does.
    pub state: CursorState,
    /// When it last started over since the daemon's start.
    pub started_over: Option<Wall>,
}

/// What a cursor does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorState {
    /// It finds out where it was.
    Starting,
    /// It gives entries to its consumer, or waits for new ones.
    Following,
    /// Its consumer, the journal or the file of positions failed; it waits and tries again.
    Failing {
        /// Since when nothing has been taken.
        since: Wall,
        /// How often in a row.
        failures: u32,
        /// What was said last.
        said: String,
    },
}

impl CursorStatus {
    /// How many durable entries its consumer has not taken.
    pub const fn lag_entries(&self) -> u64 {
        self.head.get().saturating_sub(self.position.get())
    }
}

/// All cursors of a daemon.
#[derive(Debug, Clone)]
pub struct Cursors {
    positions: Positions,
    head: watch::Receiver<Seq>,
    clock: fn() -> Now,
    running: Arc<Mutex<BTreeMap<CursorName, watch::Receiver<CursorStatus>>>>,
}

impl Cursors {
    /// Cursors whose positions are kept in `positions`, over a journal whose newest durable entry is `head`.
    pub fn new(positions: Positions, head: watch::Receiver<Seq>, clock: fn() -> Now) -> Self {
        Self { positions, head, clock, running: Arc::default() }
    }

    /// Gives the entries of `source` to `consumer` until `ending`. The caller spawns what this returns; one cursor of a name
    /// may run at a time.
    pub fn follow<S: Source, C: Consumer>(
        &self,
        name: CursorName,
        source: S,
        consumer: C,
        ending: CancellationToken,
    ) -> impl Future<Output = ()> + Send + use<S, C> {
        let head = *self.head.borrow();
        let unknown = CursorStatus {
            name: name.clone(),
            position: Seq::new(0),
            head,
            state: CursorState::Starting,
            started_over: None,
        };
        let status = watch::Sender::new(unknown);
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(name, status.subscribe());
        Follower::new(self, source, consumer, status).run(ending)
    }

    /// How every running cursor is, by name.
    pub fn statuses(&self) -> Vec<CursorStatus> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, status| status.has_changed().is_ok());
        let head = *self.head.borrow();
        running.values().map(|status| CursorStatus { head, ..status.borrow().clone() }).collect()
    }

    /// The status of one running cursor as it changes; `None` where none of that name runs.
    pub fn watch(&self, name: &CursorName) -> Option<watch::Receiver<CursorStatus>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(name).filter(|status| status.has_changed().is_ok()).cloned()
    }

    /// Where positions are kept, to set or forget that of a cursor that does not run.
    pub const fn positions(&self) -> &Positions {
        &self.positions
    }
}

#[cfg(test)]
mod tests;
