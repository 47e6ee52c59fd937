//! The loop: takes what has arrived, hands it to the engine, makes what the engine settled durable, and only then lets the
//! outputs go. Nothing is decided here; the order is what this file is about. It runs on a thread of its own behind
//! bounded channels, so that no browser, sink or broker can hold up a door.
//!
//! While the journal cannot be written, entries wait in a bounded backlog, the engine admits nobody, and writing is tried
//! again and again; what needs no durable reason (feedback, exits) goes on.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rackward_core::engine::command::Scope;
use rackward_core::engine::input::{PinOutcome, SinkHealth, StorageRoom};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::JournalHealth;
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::id::{CameraId, DeviceId, PersonId, Seq, VisitorId};
use rackward_core::still::{CameraHealth, StillMissing, StillOrder, StillOutcome};
use rackward_core::visitor::VisitorName;
use rackward_core::{
    Answer, Batch, Caller, Command, CommandError, CommandTicket, DeviceReport, Engine, Input, Monotonic, Now, Output,
    Query, RecordChange, Reply, Site,
};
use rackward_dashboard::StreamEvent;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::cameras::{StillOrders, StillTask};
use crate::clock;
use crate::drivers::Drivers;
use crate::gate::{Gate, Written};
use crate::metrics::Counters;
use crate::operators::Operators;
use crate::pin::{PinWorker, Pins};
use crate::store::Store;
use crate::supervisor::Supervisor;

/// Inputs taken in one turn. More makes a bigger transaction and a longer wait for the first of them.
const TURN_INPUTS: usize = 256;

/// Requests of operators taken in one turn; fewer than device reports, so that the API can never crowd out a door.
const TURN_REQUESTS: usize = 32;

/// Live events kept for slow readers of the stream; a reader further behind reads the journal.
pub const LIVE_EVENTS: usize = 1024;

/// Requests that may wait for the engine; one more is refused as overload.
pub const WAITING_REQUESTS: usize = 256;

/// With nothing due the loop still turns this often: whoever watches over it learns from it that it is not stuck.
const BEAT: Duration = Duration::from_secs(1);

/// Device reports that may wait for the engine; a driver with one more waits, and loses nothing.
pub const WAITING_REPORTS: usize = 1024;

/// What operators and the API want of the engine.
#[derive(Debug)]
pub enum Wanted {
    /// A command to carry out.
    Command {
        /// Who gives it.
        caller: Caller,
        /// What.
        command: Command,
        /// What it rests on.
        preconditions: Preconditions,
        /// Where the answer goes, once it is durable.
        reply: oneshot::Sender<Result<Reply, CommandError>>,
    },
    /// A command of which only is wanted what would come of it.
    Rehearse {
        /// Who would give it.
        caller: Caller,
        /// What.
        command: Command,
        /// What it would rest on.
        preconditions: Preconditions,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Rehearsal, CommandError>>,
    },
    /// Nothing: the shell says whether what it sends to a target outside of the site arrives.
    Sink {
        /// What the target is called.
        name: String,
        /// Whether it does.
        health: SinkHealth,
    },
    /// Nothing: the shell says how much room there is where the journal is kept.
    Storage(StorageRoom),
    /// Nothing: the shell says what became of a still.
    Still {
        /// Which.
        order: StillOrder,
        /// What became of it.
        outcome: StillOutcome,
    },
    /// Nothing: the shell says whether a camera answers.
    Camera {
        /// Which.
        camera: CameraId,
        /// Whether it does.
        health: CameraHealth,
    },
    /// A question.
    Ask {
        /// How far the rights of who asks reach.
        scope: Scope,
        /// What.
        query: Query,
        /// Where the answer goes.
        reply: oneshot::Sender<Answer>,
    },
}

/// A compared PIN on its way back to the engine.
#[derive(Debug)]
pub struct PinChecked {
    person: PersonId,
    device: DeviceId,
    outcome: PinOutcome,
}

/// What the loop tells everybody else.
#[derive(Debug, Clone)]
pub struct Published {
    /// The newest durable entry.
    pub head: watch::Sender<Seq>,
    /// Whether the journal can be written.
    pub health: watch::Sender<JournalHealth>,
    /// Durable entries as they come, encoded once.
    pub live: broadcast::Sender<Arc<StreamEvent>>,
    /// Names, for those with the right to see them.
    pub names: Arc<RwLock<HashMap<PersonId, String>>>,
    /// What another register knows persons by, for the same.
    pub person_keys: Arc<RwLock<HashMap<PersonId, String>>>,
    /// What visitors are called, and for whom they work.
    pub visitor_names: Arc<RwLock<HashMap<VisitorId, VisitorName>>>,
    /// Operators, with what proves them.
    pub operators: Operators,
}

/// What a device said, and when it was heard: a turn that had to wait for the disk must not shorten what happened in it.
pub type Heard = (Now, DeviceId, DeviceReport);

/// What arrives for the loop. It holds a sender of each channel itself, so that none closes while the loop runs.
#[derive(Debug)]
pub struct Inbox {
    reports: Channel<Heard>,
    wanted: Channel<Wanted>,
    pins: Channel<PinChecked>,
}

#[derive(Debug)]
struct Channel<T> {
    sender: mpsc::Sender<T>,
    receiver: mpsc::Receiver<T>,
}

impl<T> Channel<T> {
    fn new(bound: usize) -> Self {
        let (sender, receiver) = mpsc::channel(bound);
        Self { sender, receiver }
    }

    /// Adds what is waiting to `taken`, up to `limit` in all.
    fn drain(&mut self, taken: &mut Vec<T>, limit: usize) {
        while taken.len() < limit
            && let Ok(item) = self.receiver.try_recv()
        {
            taken.push(item);
        }
    }
}

impl Inbox {
    /// Empty, open channels.
    pub fn new() -> Self {
        Self {
            reports: Channel::new(WAITING_REPORTS),
            wanted: Channel::new(WAITING_REQUESTS),
            pins: Channel::new(WAITING_REQUESTS),
        }
    }

    /// Where drivers report.
    pub fn reports(&self) -> mpsc::Sender<Heard> {
        self.reports.sender.clone()
    }

    /// Where the API asks.
    pub fn wanted(&self) -> mpsc::Sender<Wanted> {
        self.wanted.sender.clone()
    }
}

impl Default for Inbox {
    fn default() -> Self {
        Self::new()
    }
}

/// What one turn works on.
#[derive(Debug, Default)]
struct Turn {
    reports: Vec<Heard>,
    wanted: Vec<Wanted>,
    pins: Vec<PinChecked>,
}

impl Turn {
    /// Waits until something arrives or `deadline`, then takes whatever else is waiting: it shares one transaction.
    async fn wait(inbox: &mut Inbox, deadline: tokio::time::Instant, shutdown: &CancellationToken) -> Self {
        let mut turn = Self::default();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => {}
            report = inbox.reports.receiver.recv() => turn.reports.extend(report),
            pin = inbox.pins.receiver.recv() => turn.pins.extend(pin),
            want = inbox.wanted.receiver.recv() => turn.wanted.extend(want),
            () = tokio::time::sleep_until(deadline) => {}
        }
        inbox.reports.drain(&mut turn.reports, TURN_INPUTS);
        inbox.pins.drain(&mut turn.pins, TURN_INPUTS);
        inbox.wanted.drain(&mut turn.wanted, TURN_REQUESTS);
        turn
    }
}

/// The loop and all it owns.
pub struct Loop {
    engine: Engine,
    site: Arc<Site>,
    store: Store,
    drivers: Drivers,
    pins: Pins,
    pin_worker: PinWorker,
    pin_results: Option<mpsc::Sender<PinChecked>>,
    published: Published,
    replies: HashMap<CommandTicket, oneshot::Sender<Result<Reply, CommandError>>>,
    last_ticket: u64,
    gate: Gate,
    pulse: Pulse,
    cameras: Option<StillOrders>,
}

/// How others know that the loop turns, and what it has done.
#[derive(Debug, Clone, Default)]
pub struct Pulse {
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Who restarts a daemon whose loop is stuck.
    pub supervisor: Supervisor,
}

impl Loop {
    /// Puts the loop together; nothing runs yet.
    pub fn new(
        engine: Engine,
        store: Store,
        drivers: Drivers,
        pins: Pins,
        pin_worker: PinWorker,
        published: Published,
    ) -> Self {
        let site = Arc::new(engine.site().clone());
        Self {
            engine,
            site,
            store,
            drivers,
            pins,
            pin_worker,
            pin_results: None,
            published,
            replies: HashMap::new(),
            last_ticket: 0,
            gate: Gate::default(),
            pulse: Pulse::default(),
            cameras: None,
        }
    }

    /// The same, with others who want to know that it turns.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        Self { pulse, ..self }
    }

    /// The same, with those who take stills.
    #[must_use]
    pub fn with_cameras(self, cameras: Option<StillOrders>) -> Self {
        Self { cameras, ..self }
    }

    /// Runs until `shutdown`, then records the end and closes the store.
    pub async fn run(mut self, mut inbox: Inbox, shutdown: CancellationToken) {
        self.pin_results = Some(inbox.pins.sender.clone());
        self.settle().await;
        self.beat(None);
        let mut beaten = clock::now().monotonic;
        while !shutdown.is_cancelled() {
            let turn = Turn::wait(&mut inbox, self.wake_at(), &shutdown).await;
            self.turn(turn).await;
            beaten = self.beat(Some(beaten));
        }
        // Whatever drivers still reported before they ended is recorded, too.
        let mut last = Turn::default();
        inbox.reports.drain(&mut last.reports, WAITING_REPORTS);
        self.turn(last).await;
        self.engine.handle(clock::now(), Input::Shutdown);
        self.gate.retry_now();
        self.settle().await;
        if let Err(error) = self.store.close().await {
            tracing::error!(%error, "the store did not close in good order");
        }
    }

    async fn turn(&mut self, turn: Turn) {
        let mut badges = Vec::new();
        for (heard, device, report) in turn.reports {
            if let DeviceReport::Card(_) = report {
                badges.push(heard.monotonic);
            }
            self.engine.handle(heard, Input::Device { device, report });
        }
        let now = clock::now();
        self.engine.handle(now, Input::Tick);
        for PinChecked { person, device, outcome } in turn.pins {
            self.engine.handle(now, Input::PinChecked { person, device, outcome });
        }
        let mut questions = Vec::new();
        for want in turn.wanted {
            match want {
                Wanted::Command { caller, command, preconditions, reply } => {
                    let ticket = self.ticket(reply);
                    self.engine.handle(now, Input::Command { ticket, caller, command, preconditions });
                }
                Wanted::Sink { name, health } => self.engine.handle(now, Input::Sink { name, health }),
                Wanted::Storage(room) => self.engine.handle(now, Input::Storage(room)),
                Wanted::Still { order, outcome } => self.engine.handle(now, Input::Still { order, outcome }),
                Wanted::Camera { camera, health } => self.engine.handle(now, Input::Camera { camera, health }),
                want @ (Wanted::Ask { .. } | Wanted::Rehearse { .. }) => questions.push(want),
            }
        }
        self.settle().await;
        let settled = clock::now().monotonic;
        badges.iter().for_each(|heard| self.pulse.counters.decided(settled.since(*heard)));
        questions.into_iter().for_each(|question| self.answer(now, question));
    }

    /// Answers what changes nothing. Whoever asked may have gone; that is no fault.
    fn answer(&mut self, now: Now, question: Wanted) {
        match question {
            Wanted::Command { .. }
            | Wanted::Sink { .. }
            | Wanted::Storage(_)
            | Wanted::Still { .. }
            | Wanted::Camera { .. } => {}
            Wanted::Ask { scope, query, reply } => drop(reply.send(self.engine.answer(now, scope, &query))),
            Wanted::Rehearse { caller, command, preconditions, reply } => {
                drop(reply.send(self.engine.rehearse(now, caller, command, &preconditions)));
            }
        }
    }

    /// Says that the loop turns; to the supervisor once a beat, however busy it is. When that was last.
    fn beat(&self, last: Option<Monotonic>) -> Monotonic {
        let now = clock::now().monotonic;
        self.pulse.counters.turned(now);
        match last {
            Some(last) if now.since(last) < BEAT / 2 => last,
            Some(_) | None => {
                self.pulse.supervisor.alive();
                now
            }
        }
    }

    fn ticket(&mut self, reply: oneshot::Sender<Result<Reply, CommandError>>) -> CommandTicket {
        self.last_ticket += 1;
        let ticket = CommandTicket(self.last_ticket);
        self.replies.insert(ticket, reply);
        ticket
    }

    /// When the next turn begins at the latest.
    fn wake_at(&self) -> tokio::time::Instant {
        let now = clock::now();
        let due = [self.engine.next_deadline(), self.gate.retry_at()].into_iter().flatten().min();
        tokio::time::Instant::now() + due.map_or(BEAT, |due| due.since(now.monotonic).min(BEAT))
    }

    /// Makes everything settled durable and carries out what may go; repeats while that settles more.
    async fn settle(&mut self) {
        while let Some(mut load) = self.gate.take(&mut self.engine, clock::now().monotonic) {
            load.take_first().into_iter().for_each(|output| self.carry_out(output));
            let before = self.gate.health();
            let written = match load.batch() {
                Some(batch) => self.write(batch).await,
                None => Written::Durable,
            };
            let passed = self.gate.pass(load, written, clock::now().monotonic);
            self.publish(passed.durable.unwrap_or_default());
            self.tell_health(before);
            passed.outputs.into_iter().for_each(|output| self.carry_out(output));
            if let Some(news) = passed.news {
                self.engine.handle(clock::now(), news);
            }
        }
    }

    async fn write(&mut self, batch: &Batch) -> Written {
        match self.store.commit(batch).await {
            Ok(()) => Written::Durable,
            Err(error) => {
                // Said once: while it fails, it is tried twice a second.
                if self.gate.health() == JournalHealth::Writable {
                    tracing::error!(%error, "the journal cannot be written: nobody is admitted until it can");
                }
                Written::Failed
            }
        }
    }

    fn tell_health(&self, before: JournalHealth) {
        let health = self.gate.health();
        if health == before {
            return;
        }
        if health == JournalHealth::Writable {
            tracing::info!("the journal can be written again");
        }
        self.published.health.send_replace(health);
    }

    /// Tells everybody what has become durable.
    fn publish(&mut self, batch: Batch) {
        for change in batch.changes {
            self.published.operators.apply(&change);
            if let RecordChange::PersonName(person, name) = change {
                let mut names = self.published.names.write().unwrap_or_else(PoisonError::into_inner);
                names.insert(person, name.reveal().to_owned());
            } else if let RecordChange::PersonKeyText(person, key) = change {
                let mut keys = self.published.person_keys.write().unwrap_or_else(PoisonError::into_inner);
                match key {
                    Some(key) => drop(keys.insert(person, key.reveal().to_owned())),
                    None => drop(keys.remove(&person)),
                }
            } else if let RecordChange::VisitorName(visitor, name) = change {
                let mut names = self.published.visitor_names.write().unwrap_or_else(PoisonError::into_inner);
                match name {
                    Some(name) => drop(names.insert(visitor, name)),
                    None => drop(names.remove(&visitor)),
                }
            } else if let RecordChange::Pin(person, purpose, hash) = change {
                self.pins.set(person, purpose, hash);
            }
        }
        let Some(last) = batch.entries.last() else { return };
        self.pulse.counters.count(&batch.entries);
        // The head goes first: whoever heard of an entry and comes back at once must not be ahead of it.
        self.published.head.send_replace(last.seq);
        for stamped in &batch.entries {
            // Nobody listening is no fault.
            drop(self.published.live.send(Arc::new(StreamEvent::encode(stamped, &self.site))));
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Reply { ticket, result } => self.reply(ticket, result),
            Output::CheckPin { person, device, digits } => {
                let Some(results) = self.pin_results.clone() else { return };
                let (worker, hashes) = (self.pin_worker.clone(), self.pins.of(person));
                tokio::spawn(async move {
                    let outcome = worker.compare(hashes, digits).await;
                    // The loop may have ended meanwhile.
                    drop(results.send(PinChecked { person, device, outcome }).await);
                });
            }
            Output::TakeStill(order) => self.order_still(StillTask::Take(order)),
            Output::TakeStillsAgain(belongs) => self.order_still(StillTask::TakeAgain(belongs)),
            Output::NoteStill(order) => self.order_still(StillTask::Note(order)),
            Output::Release { .. }
            | Output::Relock { .. }
            | Output::Feedback { .. }
            | Output::StartJob { .. }
            | Output::StopJob { .. }
            | Output::PutRights { .. }
            | Output::DecideOnline { .. }
            | Output::NoteLog { .. }
            | Output::TryCanary { .. }
            | Output::Certificates { .. }
            | Output::IssueCertificate { .. } => {
                if let Err(undelivered) = self.drivers.dispatch(output) {
                    tracing::warn!(%undelivered, "an output had no way to its device");
                    if let Some((device, report)) = undelivered.report() {
                        self.engine.handle(clock::now(), Input::Device { device, report });
                    }
                }
            }
        }
    }

    /// Passes on what is wanted of stills. What finds no room is told to be missing; nothing waits for it here.
    fn order_still(&mut self, task: StillTask) {
        let refused = self.cameras.as_ref().map_or(Some(&task), |cameras| (!cameras.give(task)).then_some(&task));
        if let Some(StillTask::Take(order)) = refused {
            let (order, outcome) = (*order, StillOutcome::Missing(StillMissing::Overloaded));
            self.engine.handle(clock::now(), Input::Still { order, outcome });
        }
    }

    fn reply(&mut self, ticket: CommandTicket, result: Result<Reply, CommandError>) {
        if let Some(reply) = self.replies.remove(&ticket) {
            // Whoever asked may have gone; what was done stays done.
            drop(reply.send(result));
        }
    }
}
