//! One target at work: entries come in through a cursor (`Intake`), wait as places in the journal, and go out a few at once
//! (`Courier`). A target that does not answer holds back its own messages and nobody else's: neither the journal nor another
//! target ever waits for it. What becomes of a message is decided in `queue.rs`; what is sent is `message.rs`, how `post.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rackward_core::engine::input::SinkHealth;
use rackward_core::id::Seq;
use rackward_core::{Now, Site, Stamped, Wall};
use rackward_dashboard::wire::event::CloudEvent;
use tokio::sync::{Notify, OnceCell, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::TargetSettings;
use super::engine_desk::EngineDesk;
use super::ledger::{Kept, Ledger, Replayed};
use super::message::Message;
use super::post::Post;
use super::queue::{Queue, Settled, Standing};
use super::retries::{Failure, Outcome};
use crate::cursor::{self, Consumer, Position, SideFileError, Source};

/// With nothing due a courier still looks around this often, because the wall clock may have been moved.
const LOOK_AROUND: Duration = Duration::from_secs(60);

/// What is counted of a target since the daemon's start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) delivered: u64,
    pub(super) failed_attempts: u64,
    pub(super) last_delivery: Option<Wall>,
    pub(super) last_failure: Option<(Wall, String)>,
}

/// One target, as its cursor, its courier and whoever asks about it see it.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) settings: TargetSettings,
    pub(super) ledger: Ledger,
    pub(super) post: Post,
    pub(super) site: Arc<Site>,
    pub(super) clock: fn() -> Now,
    queue: Mutex<Queue>,
    tally: Mutex<Tally>,
    /// What was kept of it is in the queue.
    loaded: OnceCell<()>,
    /// It is known that what waits is of this journal.
    begun: watch::Sender<bool>,
    /// There is something to send.
    changed: Notify,
    /// There is room for more.
    room: Notify,
    /// Whether what is sent arrives may be another than before.
    health_looked: Notify,
}

impl Desk {
    /// A target of which nothing is known yet.
    pub(super) fn new(
        settings: TargetSettings,
        ledger: Ledger,
        post: Post,
        site: Arc<Site>,
        clock: fn() -> Now,
    ) -> Self {
        let queue = Mutex::new(Queue::new(Standing::Open, BTreeMap::new()));
        let (tally, loaded, begun) = (Mutex::default(), OnceCell::new(), watch::Sender::new(false));
        let (changed, room, health_looked) = (Notify::new(), Notify::new(), Notify::new());
        Self { settings, ledger, post, site, clock, queue, tally, loaded, begun, changed, room, health_looked }
    }

    /// Sees to it that what it had not taken when the daemon stopped is known.
    async fn load(&self) -> Result<(), SideFileError> {
        let load = async || {
            let kept = self.ledger.kept(&self.settings.name).await?;
            *self.queue() = Queue::new(kept.standing, kept.waiting);
            self.health_looked.notify_one();
            Ok(())
        };
        self.loaded.get_or_try_init(load).await.map(drop)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was counted.
    pub(super) fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What waits and whether it is sent anything.
    pub(super) fn state(&self) -> State {
        let queue = self.queue();
        State {
            waiting: queue.len(),
            room: queue.room(),
            standing: queue.standing(),
            outage_attempts: queue.outage_attempts(),
        }
    }

    /// Whether what is sent arrives.
    pub(super) fn health(&self) -> SinkHealth {
        self.queue().health()
    }

    /// Waits until that may be another than before.
    pub(super) async fn health_looked(&self) {
        self.health_looked.notified().await;
    }

    /// Sends messages again that were given up, from one place of the journal to another, as many as may wait.
    pub(super) async fn replay(&self, stretch: (Seq, Seq)) -> Result<Replayed, NoReplay> {
        self.load().await?;
        let (State { room, standing, .. }, now) = (self.state(), (self.clock)().wall);
        if let Standing::Disabled { .. } = standing {
            return Err(NoReplay::Disabled);
        }
        if room == 0 {
            return Err(NoReplay::Full);
        }
        let replayed = self.ledger.replay(&self.settings.name, stretch, room, now).await?;
        replayed.seqs.iter().for_each(|seq| self.queue().add(*seq, now));
        self.changed.notify_one();
        Ok(replayed)
    }

    /// Sends messages again to a target that wanted none.
    pub(super) async fn enable(&self) -> Result<(), SideFileError> {
        self.load().await?;
        self.ledger.enable(&self.settings.name).await?;
        self.queue().enable((self.clock)().wall);
        self.changed.notify_one();
        self.room.notify_one();
        self.health_looked.notify_one();
        Ok(())
    }

    fn wants(&self, stamped: &Stamped) -> bool {
        let name = stamped.entry.event_name();
        self.settings.events.iter().any(|pattern| pattern.fits(name))
            && self.settings.area.as_ref().is_none_or(|area| area.fits(&CloudEvent::of(stamped, &self.site).subject))
    }

    /// How many more messages may wait; at least one.
    async fn room(&self) -> usize {
        loop {
            let room = self.queue().room();
            if room > 0 {
                return room;
            }
            self.room.notified().await;
        }
    }
}

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// Messages that wait.
    pub(super) waiting: usize,
    /// How many more may.
    pub(super) room: usize,
    /// Whether it is sent anything.
    pub(super) standing: Standing,
    /// How many failures in a row looked like an outage.
    pub(super) outage_attempts: u32,
}

/// Why nothing is sent again.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoReplay {
    /// The target is sent nothing.
    #[error("it is disabled")]
    Disabled,
    /// As many messages wait as may.
    #[error("as many wait as may")]
    Full,
    /// What is kept cannot be used.
    #[error(transparent)]
    Ledger(#[from] SideFileError),
}

/// Gives a target's cursor the entries that it wants.
pub(super) struct Intake(pub(super) Arc<Desk>);

impl Consumer for Intake {
    const KEEPS_POSITION: bool = true;

    /// A new target is not told of the past.
    fn first(&self, head: Seq) -> Seq {
        head
    }

    async fn own_position(&mut self) -> Result<Option<Position>, cursor::Failure> {
        let desk = &self.0;
        let read = async || {
            desk.load().await?;
            desk.ledger.position(&desk.settings.name).await
        };
        read().await.map_err(cursor::Failure::because)
    }

    async fn begin_at(&mut self, position: Position) -> Result<(), cursor::Failure> {
        let desk = &self.0;
        let known = {
            let queue = desk.queue();
            Kept { standing: queue.standing(), waiting: queue.waiting().clone() }
        };
        desk.ledger.begin_at(&desk.settings.name, position, &known).await.map_err(cursor::Failure::because)
    }

    async fn start_over(&mut self) -> Result<(), cursor::Failure> {
        self.0.ledger.start_over(&self.0.settings.name).await.map_err(cursor::Failure::because)?;
        let mut queue = self.0.queue();
        *queue = Queue::new(queue.standing(), BTreeMap::new());
        Ok(())
    }

    fn begun(&mut self) {
        self.0.begun.send_replace(true);
    }

    async fn take(&mut self, entries: &[Stamped]) -> Result<Seq, cursor::Failure> {
        let desk = &self.0;
        let (room, now) = (desk.room().await, (desk.clock)().wall);
        let (mut wanted, mut last) = (Vec::new(), None);
        for stamped in entries {
            if wanted.len() == room {
                break;
            }
            if desk.wants(stamped) {
                wanted.push((stamped.seq, now));
            }
            last = Some(Position::of(stamped));
        }
        let Some(last) = last else { return Err(cursor::Failure::because("no entries were given")) };
        desk.ledger.take(&desk.settings.name, last, &wanted).await.map_err(cursor::Failure::because)?;
        wanted.iter().for_each(|(seq, due)| desk.queue().add(*seq, *due));
        desk.changed.notify_one();
        Ok(last.seq)
    }
}

/// Sends what waits.
pub(super) struct Courier<S> {
    pub(super) desk: Arc<Desk>,
    pub(super) source: Arc<S>,
    pub(super) engine: EngineDesk,
}

impl<S: Source> Courier<S> {
    /// Sends until `closing`; what is on its way then is sent again at the next start. Before it is known that what waits is
    /// of this journal nothing is: at its places another journal has other entries.
    pub(super) async fn run(self, closing: CancellationToken) {
        let mut begun = self.desk.begun.subscribe();
        tokio::select! {
            biased;
            () = closing.cancelled() => return,
            known = begun.wait_for(|known| *known) => if known.is_err() { return },
        }
        let mut on_their_way = JoinSet::new();
        loop {
            let now = (self.desk.clock)().wall;
            if on_their_way.is_empty() {
                // None is left behind by an attempt that ended without an outcome.
                self.desk.queue().recall();
            }
            for seq in self.desk.queue().take_due(now) {
                on_their_way.spawn(attempt(Arc::clone(&self.desk), Arc::clone(&self.source), seq));
            }
            let due = self.desk.queue().next_due();
            let wait = due.map_or(LOOK_AROUND, |due| due.since(now).min(LOOK_AROUND));
            tokio::select! {
                biased;
                () = closing.cancelled() => return,
                Some(ended) = on_their_way.join_next() => match ended {
                    Ok((seq, outcome)) => self.settle(seq, &outcome).await,
                    Err(_) => tracing::error!(webhook = %self.desk.settings.name, "an attempt at a webhook broke down"),
                },
                () = self.desk.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn settle(&self, seq: Seq, outcome: &Outcome) {
        let (desk, now) = (&self.desk, (self.desk.clock)().wall);
        let was_well = desk.queue().outage_attempts() == 0;
        let luck = getrandom::u32().unwrap_or_default();
        let settled = desk.queue().settle(seq, outcome, now, luck);
        let Some(settled) = settled else { return };
        self.count(outcome, now);
        self.say(outcome, &settled, was_well);
        if let Err(error) = desk.ledger.settle(&desk.settings.name, seq, &settled, now).await {
            // After a restart the message is sent once more, which a receiver can tell by its id.
            tracing::error!(webhook = %desk.settings.name, %error, "the outcome of a webhook could not be kept");
        }
        desk.room.notify_one();
        desk.health_looked.notify_one();
        if settled == Settled::Disabled {
            self.engine.disabled(&desk.settings.name);
        }
    }

    fn count(&self, outcome: &Outcome, now: Wall) {
        let mut tally = self.desk.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Outcome::Delivered => {
                tally.delivered += 1;
                tally.last_delivery = Some(now);
            }
            Outcome::Unwanted => {}
            Outcome::Gone => {
                tally.failed_attempts += 1;
                tally.last_failure = Some((now, GONE.to_owned()));
            }
            Outcome::Failed(failure) => {
                tally.failed_attempts += 1;
                tally.last_failure = Some((now, failure.to_string()));
            }
        }
    }

    /// Logs what changes, not every attempt of an outage; never where the target is, because its path may hold a token.
    fn say(&self, outcome: &Outcome, settled: &Settled, was_well: bool) {
        let webhook = self.desk.settings.name.as_str();
        match (outcome, settled) {
            (Outcome::Failed(failure), Settled::GivenUp { attempts, .. }) => {
                tracing::warn!(webhook, attempts, %failure, "a message was given up; `rackward webhook failures` lists it");
            }
            (Outcome::Failed(failure), _) if was_well || !failure.is_outage() => {
                tracing::warn!(webhook, %failure, "a message was not taken; it is sent again");
            }
            (_, Settled::Disabled) => {
                tracing::warn!(webhook, "the target wants no more (410); `rackward webhook enable` resumes");
            }
            (Outcome::Delivered, _) if !was_well => tracing::info!(webhook, "the target answers again"),
            (Outcome::Failed(_) | Outcome::Delivered | Outcome::Unwanted | Outcome::Gone, _) => {}
        }
    }
}

/// What is said of a target that answered 410.
pub(super) const GONE: &str = "answered 410: it wants no more";

/// One attempt at one message: the entry is read, written out, signed and sent. Whether the target wants it is asked again:
/// the site file may ask for less than when the message was taken from the journal.
async fn attempt<S: Source>(desk: Arc<Desk>, source: Arc<S>, seq: Seq) -> (Seq, Outcome) {
    let before = Seq::new(seq.get().saturating_sub(1));
    let found = source.entries_after(before, 1).await;
    let entry = found.ok().and_then(|entries| entries.into_iter().find(|entry| entry.seq == seq));
    let outcome = match entry {
        Some(entry) if !desk.wants(&entry) => Outcome::Unwanted,
        Some(entry) => {
            let message = Message::of(&entry, &desk.site, desk.settings.content);
            desk.post.send(&message, (desk.clock)().wall).await
        }
        None => Outcome::Failed(Failure::Unread),
    };
    (seq, outcome)
}
