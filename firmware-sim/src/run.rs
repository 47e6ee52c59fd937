//! The simulation in real time: one task owns the whole installation and everything reaches it through bounded channels.
//!
//! Decided here: the order of one turn (tick, people, links) and when the next one is due. The only place of this crate that
//! reads a clock or draws random numbers.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rackward_protocol::mqtt::{Boot, UnixMillis};
use rackward_protocol::osdp::{Micros, NoEntropy};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::config::{ConfigError, WorldConfig};
use crate::control::{Asked, Listener, REQUEST_LIMIT_REQUESTS, Response};
use crate::hands::{self, Refused};
use crate::identity::{IdentityDir, IdentityError};
use crate::installation::{Installation, TICK};
use crate::link::LinkError;
use crate::link::mqtt::{Account, FromBroker, News, STEP_LIMIT_STEPS, ToLink};
use crate::link::osdp::{CHUNK_LIMIT_CHUNKS, FromLine};
use crate::link::{mqtt as mqtt_link, osdp as osdp_link};
use crate::memory::{Memory, MemoryError};
use crate::scenario::Scenario;
use crate::time::Moment;
use crate::wiring::mqtt::{Client, Flash};
use crate::wiring::osdp::Line;

/// How long a hand pulls at a leaf or handle that does not give: a slide travels up to a second, a badge's way takes less.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a simulation is run.
#[derive(Debug, Default)]
pub struct Options {
    /// Nobody walks by themselves.
    pub still: bool,
    /// Seed of everything people do by themselves; drawn and printed when not given.
    pub seed: Option<u64>,
    /// Where to listen for control requests; nowhere without.
    pub control: Option<PathBuf>,
    /// Told once when every pseudo-terminal exists and the control socket listens.
    pub ready: Option<oneshot::Sender<Ready>>,
}

/// What there is once a simulation is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The seed in use.
    pub seed: u64,
}

/// Why a simulation could not start or go on.
#[derive(Debug, Error)]
pub enum RunError {
    /// The world does not fit together.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A link could not be set up.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The control socket could not be made.
    #[error("the control socket {} cannot be made: {source}; is another simulation running there?", path.display())]
    Control {
        /// Where it was to be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What a device remembers cannot be read.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// What a handle at the broker keeps cannot be read.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The system has no random numbers.
    #[error("the system gives no random numbers: {0}; no secure session can be made without")]
    Entropy(#[from] getrandom::Error),
}

/// Runs the world of `config` until `shutdown` resolves. Every link is dropped then, so that wills speak and pseudo-terminals
/// vanish.
pub async fn run(config: WorldConfig, options: Options, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    let seed = options.seed.map_or_else(getrandom::u64, Ok)?;
    let clock = Clock::start();
    let installation = Installation::new(&config, clock.now())?;
    let scenario = (!options.still).then(|| Scenario::new(&installation, seed));
    let mut tasks = JoinSet::new();
    let mut inlets = Inlets::default();
    let mut hub = Hub {
        clock,
        installation,
        memory: config.memory.clone(),
        scenario,
        lines: Vec::new(),
        clients: Vec::new(),
        pulling: Vec::new(),
    };
    hub.open_lines(&config, &mut tasks, &inlets)?;
    hub.open_clients(&config, &mut tasks, &inlets)?;
    if let Some(path) = options.control {
        let listener = Listener::bind(&path).map_err(|source| RunError::Control { path, source })?;
        tasks.spawn(listener.serve(inlets.asked.0.clone()));
    }
    tracing::info!(seed, devices = config.devices.len(), "the simulated site is ready");
    if let Some(ready) = options.ready {
        // Whoever asked to be told may have stopped waiting.
        _ = ready.send(Ready { seed });
    }
    tokio::select! {
        () = hub.live(&mut inlets) => {}
        () = shutdown => {}
    }
    tasks.shutdown().await;
    Ok(())
}

/// The one clock of the simulation.
#[derive(Clone, Copy)]
struct Clock {
    origin: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { origin: Instant::now() }
    }

    fn now(&self) -> Moment {
        // Zero means "never" to a peripheral, so the simulation begins one microsecond in.
        let uptime = Micros(1) + self.origin.elapsed();
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Moment { uptime, wall: UnixMillis(u64::try_from(wall.as_millis()).unwrap_or(0)) }
    }

    fn instant(&self, at: Micros) -> Instant {
        self.origin + at.since(Micros(1))
    }
}

/// Where everything arrives.
struct Inlets {
    lines: (mpsc::Sender<FromLine>, mpsc::Receiver<FromLine>),
    brokers: (mpsc::Sender<FromBroker>, mpsc::Receiver<FromBroker>),
    asked: (mpsc::Sender<Asked>, mpsc::Receiver<Asked>),
}

impl Default for Inlets {
    fn default() -> Self {
        Self {
            lines: mpsc::channel(CHUNK_LIMIT_CHUNKS),
            brokers: mpsc::channel(STEP_LIMIT_STEPS),
            asked: mpsc::channel(REQUEST_LIMIT_REQUESTS),
        }
    }
}

/// One handle at the broker: what it says, its link, and where it keeps what survives a power cut.
struct Handle {
    client: Client,
    to_link: mpsc::Sender<ToLink>,
    home: Option<IdentityDir>,
}

/// The owner of everything.
struct Hub {
    clock: Clock,
    installation: Installation,
    memory: Option<PathBuf>,
    scenario: Option<Scenario>,
    lines: Vec<(Line, mpsc::Sender<Vec<u8>>)>,
    clients: Vec<Handle>,
    /// Requests whose hand pulls at something that does not give yet, and until when; as many as may be asked at once.
    pulling: Vec<(Asked, Instant)>,
}

impl Hub {
    fn open_lines(&mut self, config: &WorldConfig, tasks: &mut JoinSet<()>, inlets: &Inlets) -> Result<(), RunError> {
        for (index, bus) in config.buses.iter().enumerate() {
            let mut line =
                Line::new(config, &bus.name, || |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy));
            self.recall(&mut line)?;
            let to_line = osdp_link::start(tasks, index, bus, inlets.lines.0.clone())?;
            self.lines.push((line, to_line));
        }
        Ok(())
    }

    /// Devices take up where a former process left off. Reads files; called before anything runs.
    fn recall(&self, line: &mut Line) -> Result<(), RunError> {
        let Some(directory) = &self.memory else { return Ok(()) };
        for index in line.devices().collect::<Vec<_>>() {
            let Some(device) = self.installation.device(index) else { continue };
            if let Some(memory) = Memory::load(directory, device.name())? {
                line.recall(index, &memory);
            }
        }
        Ok(())
    }

    fn open_clients(&mut self, config: &WorldConfig, tasks: &mut JoinSet<()>, inlets: &Inlets) -> Result<(), RunError> {
        let Some(broker) = &config.mqtt else { return Ok(()) };
        for device in &config.devices {
            let (Some(_), Some(index)) = (&device.mqtt, self.installation.device_named(&device.name)) else {
                continue;
            };
            let account = Account::open(broker, device)?;
            let (keys, home) = (account.site_keys(), account.home());
            let mut client = Client::new(index, Boot(getrandom::u64()?));
            if let Some(flash) = home.as_ref().map(IdentityDir::flash).transpose()?.flatten() {
                client.recall(&self.installation, &flash);
            }
            if let Some(keys) = keys {
                client.equip(&self.installation, keys);
            }
            let to_link = mqtt_link::start(tasks, self.clients.len(), account, inlets.brokers.0.clone());
            self.clients.push(Handle { client, to_link, home });
        }
        Ok(())
    }

    async fn live(&mut self, inlets: &mut Inlets) {
        let mut next_tick = Instant::now();
        loop {
            let wake = self.next_deadline().map_or(next_tick, |at| next_tick.min(self.clock.instant(at)));
            tokio::select! {
                Some(heard) = inlets.lines.1.recv() => self.line_heard(&heard),
                Some(FromBroker { client, news }) = inlets.brokers.1.recv() => self.broker_said(client, news),
                Some(asked) = inlets.asked.1.recv() => self.answer(asked),
                () = tokio::time::sleep_until(wake) => {}
            }
            if Instant::now() >= next_tick {
                next_tick = Instant::now() + TICK;
                self.tick();
            }
            self.turn().await;
        }
    }

    fn next_deadline(&self) -> Option<Micros> {
        self.lines.iter().filter_map(|(line, _)| line.next_deadline()).min()
    }

    fn line_heard(&mut self, heard: &FromLine) {
        let now = self.clock.now();
        if let Some((line, _)) = self.lines.get_mut(heard.bus) {
            line.set_panel_speed(heard.speed);
            line.receive(now.uptime, &heard.bytes, &self.installation);
        }
    }

    fn broker_said(&mut self, client: usize, news: News) {
        let now = self.clock.now();
        let Some(Handle { client, .. }) = self.clients.get_mut(client) else { return };
        match news {
            News::Enrolled(keys) => client.equip(&self.installation, keys),
            News::Request(request) => client.ask_certificate(now, &self.installation, request),
            News::Connected => client.connected(now, &mut self.installation),
            News::Lost => client.lost(now, &mut self.installation),
            News::Message { leaf, retained, payload } => {
                client.receive(now, (leaf, retained), &payload, &mut self.installation);
            }
        }
    }

    /// Lets what happened so far take effect, does the one thing, and lets it take effect before it is answered.
    fn answer(&mut self, asked: Asked) {
        self.attempt(asked, Instant::now() + PATIENCE);
    }

    fn attempt(&mut self, asked: Asked, until: Instant) {
        self.installation.tick(self.clock.now());
        let outcome = hands::perform(&mut self.installation, &asked.request);
        self.installation.tick(self.clock.now());
        let held = outcome.as_ref().is_err_and(Refused::is_held);
        if held && Instant::now() < until && self.pulling.len() < REQUEST_LIMIT_REQUESTS {
            self.pulling.push((asked, until));
            return;
        }
        // Whoever asked may have hung up.
        _ = asked.answer.send(Response::of(outcome));
    }

    fn pull(&mut self) {
        for (asked, until) in std::mem::take(&mut self.pulling) {
            self.attempt(asked, until);
        }
    }

    fn tick(&mut self) {
        self.installation.tick(self.clock.now());
        self.pull();
        if let Some(scenario) = &mut self.scenario {
            scenario.turn(&mut self.installation);
        }
    }

    async fn turn(&mut self) {
        let now = self.clock.now();
        let mut kept = Vec::new();
        for (line, _) in &mut self.lines {
            line.turn(now.uptime, &mut self.installation);
            kept.extend(std::iter::from_fn(|| line.poll_memory()));
        }
        for (device, memory) in kept {
            let name = self.installation.device(device).map(|device| device.name().to_owned());
            if let (Some(directory), Some(name)) = (self.memory.clone(), name) {
                keep(directory, name, memory).await;
            }
        }
        self.transmit();
        self.turn_clients(now).await;
    }

    fn transmit(&mut self) {
        let now = self.clock.now();
        for (line, to_line) in &mut self.lines {
            let bytes = line.transmit(now.uptime, &self.installation);
            if !bytes.is_empty() {
                // A line that takes no more has nobody at its other end; the panel will ask again.
                _ = to_line.try_send(bytes);
            }
        }
    }

    async fn turn_clients(&mut self, now: Moment) {
        for Handle { client, to_link, home } in &mut self.clients {
            client.turn(now, &mut self.installation);
            // What is said rests on what is kept: a list is acknowledged only when it survives a power cut.
            if let (Some(flash), Some(home)) = (client.poll_flash(), home.as_ref()) {
                keep_flash(home.clone(), flash).await;
            }
            let steps = std::iter::from_fn(|| client.poll_step()).map(ToLink::Step).collect::<Vec<_>>();
            let certificate = client.poll_certificate().map(ToLink::Certificate);
            if steps.into_iter().chain(certificate).any(|asked| to_link.try_send(asked).is_err()) {
                client.lost(now, &mut self.installation);
            }
        }
    }
}

async fn keep_flash(home: IdentityDir, flash: Flash) {
    let kept = tokio::task::spawn_blocking(move || home.store_flash(&flash)).await;
    if let Ok(Err(error)) = kept {
        tracing::error!(%error, "a handle will have forgotten its rights and log at the next start");
    }
}

/// Writes down what a device must not forget, before anything more goes out on its line.
async fn keep(directory: PathBuf, name: String, memory: Memory) {
    let kept = tokio::task::spawn_blocking(move || memory.store(&directory, &name)).await;
    if let Ok(Err(error)) = kept {
        tracing::error!(%error, "a device will have forgotten this at the next start");
    }
}
