//! One running cursor: finds out where it was, gives entry after entry to its consumer, keeps the position, waits for new
//! entries, and waits longer and longer where something fails. It knows nothing of what the consumer does.

use rackward_core::Now;
use rackward_core::id::Seq;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::{Consumer, CursorName, CursorState, CursorStatus, Cursors, Failure, Position, Positions, Source};
use crate::store::ENTRIES_MAX_ROWS;

/// A cursor with all it needs.
pub(super) struct Follower<S, C> {
    name: CursorName,
    source: S,
    consumer: C,
    positions: Positions,
    head: watch::Receiver<Seq>,
    status: watch::Sender<CursorStatus>,
    clock: fn() -> Now,
    backoff: Backoff,
    standing: Standing,
}

/// What is known of the position.
#[derive(Debug, Clone, Copy)]
enum Standing {
    /// Nothing yet.
    Unknown,
    /// It is known, and kept by whoever keeps it.
    Known { position: Position },
    /// A consumer that keeps it must be asked whether it still does.
    Doubted { position: Position },
    /// The consumer begins here, but that could not be written down yet; it is given nothing before.
    Unbegun { position: Position },
    /// Entries were taken, but that could not be written down; they would be given again after a crash.
    Unkept { position: Position },
}

/// What one step came to.
enum Step {
    /// Entries were taken, or the position was found: there may be more to do.
    Done,
    /// Everything durable has been taken.
    UpToDate,
}

impl<S: Source, C: Consumer> Follower<S, C> {
    pub(super) fn new(cursors: &Cursors, source: S, consumer: C, status: watch::Sender<CursorStatus>) -> Self {
        let name = status.borrow().name.clone();
        Self {
            backoff: Backoff::new(seed_of(&name)),
            name,
            source,
            consumer,
            positions: cursors.positions.clone(),
            head: cursors.head.clone(),
            status,
            clock: cursors.clock,
            standing: Standing::Unknown,
        }
    }

    /// Follows until `ending`.
    pub(super) async fn run(mut self, ending: CancellationToken) {
        loop {
            let step = tokio::select! {
                biased;
                () = ending.cancelled() => return,
                step = self.step() => step,
            };
            let go_on = async {
                match step {
                    Ok(Step::Done) => self.well(),
                    Ok(Step::UpToDate) => {
                        self.well();
                        self.new_entries().await;
                    }
                    Err(failure) => self.wait_after(failure).await,
                }
            };
            tokio::select! {
                biased;
                () = ending.cancelled() => return,
                () = go_on => {}
            }
        }
    }

    async fn step(&mut self) -> Result<Step, Failure> {
        match self.standing {
            Standing::Unknown => self.begin(None).await,
            Standing::Doubted { position } => self.begin_again(position).await,
            Standing::Unbegun { position } => self.begin_at(position).await,
            Standing::Unkept { position } => self.keep(position).await,
            Standing::Known { position } => self.advance(position).await,
        }
    }

    /// Finds out where the cursor was, and whether that was in this journal. What is `remembered` of this run counts where
    /// the one who kept it has lost it.
    async fn begin(&mut self, remembered: Option<Position>) -> Result<Step, Failure> {
        let kept = if C::KEEPS_POSITION {
            self.consumer.own_position().await?
        } else {
            self.positions.of(&self.name).await.map_err(Failure::because)?
        };
        let head = *self.head.borrow_and_update();
        let position = match kept.or(remembered) {
            None => beginning(&self.source, self.consumer.first(head).min(head)).await?,
            Some(before) if is_of_journal(&self.source, before, head).await? => {
                if kept.is_some() {
                    return Ok(self.has_begun(before));
                }
                before
            }
            Some(before) => self.start_over(before, head).await?,
        };
        self.stands_at(Standing::Unbegun { position });
        self.begin_at(position).await
    }

    /// Asks again where it was, and goes on from there at once: to have asked is no success.
    async fn begin_again(&mut self, remembered: Position) -> Result<Step, Failure> {
        self.begin(Some(remembered)).await?;
        match self.standing {
            Standing::Known { position } => self.advance(position).await,
            Standing::Unknown | Standing::Doubted { .. } | Standing::Unbegun { .. } | Standing::Unkept { .. } => {
                Ok(Step::Done)
            }
        }
    }

    async fn start_over(&mut self, before: Position, head: Seq) -> Result<Position, Failure> {
        self.consumer.start_over().await?;
        let position = beginning(&self.source, self.consumer.first(head).min(head)).await?;
        tracing::warn!(cursor = %self.name, was = before.seq.get(), now = position.seq.get(), head = head.get(),
            "a cursor was at an entry that this journal does not have; it starts over");
        let now = (self.clock)().wall;
        self.status.send_modify(|status| status.started_over = Some(now));
        Ok(position)
    }

    /// Writes down where the cursor begins: what happens from here on is not to be lost.
    async fn begin_at(&mut self, position: Position) -> Result<Step, Failure> {
        if C::KEEPS_POSITION {
            self.consumer.begin_at(position).await?;
        } else {
            self.positions.begin(&self.name, position).await.map_err(Failure::because)?;
        }
        Ok(self.has_begun(position))
    }

    fn has_begun(&mut self, position: Position) -> Step {
        self.stands_at(Standing::Known { position });
        self.consumer.begun();
        Step::Done
    }

    /// Gives the next entries to the consumer.
    async fn advance(&mut self, position: Position) -> Result<Step, Failure> {
        let head = *self.head.borrow_and_update();
        if head <= position.seq {
            return Ok(Step::UpToDate);
        }
        let limit = self.consumer.batch_entries().clamp(1, ENTRIES_MAX_ROWS);
        let entries = self.source.entries_after(position.seq, limit).await?;
        if entries.is_empty() {
            return Err(Failure::because("the journal has fewer entries than its head says"));
        }
        let taken = self.consumer.take(&entries).await;
        let (reached, failure) = match taken {
            Ok(reached) => (Some(reached), None),
            Err(failure) => (failure.reached, Some(failure)),
        };
        let last = reached.and_then(|reached| entries.iter().find(|entry| entry.seq == reached));
        if let Some(last) = last {
            // What fails after this is another entry, which has not failed before.
            self.backoff.succeeded();
            self.move_to(Position::of(last)).await?;
        }
        match failure {
            Some(failure) => {
                self.doubt();
                Err(failure)
            }
            None if last.is_none() => Err(Failure::because("none of the entries given was taken, and no reason said")),
            None => Ok(Step::Done),
        }
    }

    async fn move_to(&mut self, position: Position) -> Result<(), Failure> {
        if C::KEEPS_POSITION {
            self.stands_at(Standing::Known { position });
        } else {
            self.stands_at(Standing::Unkept { position });
            self.keep(position).await?;
        }
        Ok(())
    }

    /// Writes the position down; nothing further is given before, so that no more than one batch is ever given twice.
    async fn keep(&mut self, position: Position) -> Result<Step, Failure> {
        self.positions.set(&self.name, position).await.map_err(Failure::because)?;
        self.stands_at(Standing::Known { position });
        Ok(Step::Done)
    }

    /// A consumer that keeps its position may have lost it with what it failed on.
    fn doubt(&mut self) {
        if let (true, Standing::Known { position }) = (C::KEEPS_POSITION, self.standing) {
            self.standing = Standing::Doubted { position };
        }
    }

    fn stands_at(&mut self, standing: Standing) {
        self.standing = standing;
        // What is not kept yet may be given again, so it is not told as taken.
        if let Standing::Known { position } = standing {
            let head = *self.head.borrow();
            self.status.send_modify(|status| {
                status.position = position.seq;
                status.head = head;
            });
        }
    }

    fn well(&mut self) {
        self.backoff.succeeded();
        self.status.send_if_modified(|status| {
            let before = std::mem::replace(&mut status.state, CursorState::Following);
            if let CursorState::Failing { failures, .. } = &before {
                tracing::info!(cursor = %status.name, failures, "a cursor goes on after failures");
            }
            before != CursorState::Following
        });
    }

    /// Waits until there are entries after the position, or the position counts no more.
    async fn new_entries(&mut self) {
        tokio::select! {
            changed = self.head.changed() => {
                if changed.is_err() {
                    // Nothing will ever come; whoever spawned this ends it.
                    std::future::pending::<()>().await;
                }
            }
            () = self.consumer.unsettled() => self.doubt(),
        }
    }

    async fn wait_after(&mut self, failure: Failure) {
        let wait = self.backoff.failed(failure.retry_after);
        let (now, failures) = ((self.clock)().wall, self.backoff.failures());
        if failures == 1 {
            tracing::warn!(cursor = %self.name, said = %failure.said, "a cursor failed; it tries again");
        } else {
            tracing::debug!(cursor = %self.name, failures, said = %failure.said, "a cursor failed again");
        }
        self.status.send_modify(|status| {
            let since = match status.state {
                CursorState::Failing { since, .. } => since,
                CursorState::Starting | CursorState::Following => now,
            };
            status.state = CursorState::Failing { since, failures, said: failure.said };
        });
        sleep(wait).await;
    }
}

/// Where a consumer begins, with the time of the entry there.
async fn beginning(source: &impl Source, seq: Seq) -> Result<Position, Failure> {
    Ok(entry_at(source, seq).await?.unwrap_or(Position::START))
}

async fn is_of_journal(source: &impl Source, position: Position, head: Seq) -> Result<bool, Failure> {
    if position.seq > head {
        return Ok(false);
    }
    Ok(position.seq == Position::START.seq || entry_at(source, position.seq).await? == Some(position))
}

async fn entry_at(source: &impl Source, seq: Seq) -> Result<Option<Position>, Failure> {
    let Some(before) = seq.get().checked_sub(1) else { return Ok(None) };
    let found = source.entries_after(Seq::new(before), 1).await?;
    Ok(found.first().map(Position::of))
}

/// Cursors differ by their names, daemons by chance; a machine without randomness still tells its cursors apart.
fn seed_of(name: &CursorName) -> u64 {
    let chance = getrandom::u64().unwrap_or_default();
    name.as_str().bytes().fold(chance, |seed, byte| seed.rotate_left(8) ^ u64::from(byte))
}
