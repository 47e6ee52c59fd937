//! One handle of the simulated site at the broker: when it connects, what it publishes, and what it does when told or alone.
//!
//! Decided here: birth, state and rights after every connect, state again on every change and at every heartbeat, and when a
//! handle decides by itself: without a connection at once, and with one when nobody has answered a card for
//! [`ANSWER_LIMIT`], so that a broker that outlives the daemon locks nobody out. What it decides then is in `standalone`;
//! numbering and repeats are decided in the protocol; sockets and certificates are in `link`.
//!
//! ```text
//!        retry, reachable          connected
//!  Down ──────────────────> Connecting ────> Up
//!    ^    lost, or unreachable  │             │
//!    └──────────────────────────┴─────────────┘
//! ```
//!
//! Vocabulary: a handle is *reachable* while its cable is whole and its supply is there.

pub mod flash;
mod lies;
pub mod standalone;
mod watch;

use std::collections::VecDeque;
use std::time::Duration;

use rackward_protocol::mqtt::{
    Ack, Birth, Boot, Buzzer, CardRead, Colour, Command, CommandId, CommandKind, Decision, Der, DeviceId,
    DeviceSession, DownLeaf, Event, Feedback, Led, Logged, Outcome, Received, Rhythm, RightsReport, Stamp, State,
    UpBody, UpLeaf,
};
use rackward_protocol::osdp::Micros;

use crate::device::{Cable, Charge, Device, DeviceIndex, Order, Power, Report};
use crate::firmware::Travel;
use crate::installation::Installation;
use crate::time::Moment;
use lies::Count;
use watch::DoorWatch;

pub use flash::Flash;
pub use standalone::{SiteKeys, Standalone, card_hash};

/// How long a device waits before it connects anew. Short enough that a restarted broker has every handle back in seconds,
/// long enough that a hundred handles do not storm it.
pub const RETRY: Duration = Duration::from_secs(1);
/// How long a card waits for an answer before the rights list is asked. A daemon that is there answers in milliseconds; a person
/// who waits longer pulls at the handle and goes.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// How long a device needs to start.
const START: Duration = Duration::from_millis(500);
/// Steps that wait for the link, which takes them after every turn; a full queue means a stuck link, and the oldest is lost.
const STEP_LIMIT_STEPS: usize = 64;
/// Releases that wait for the slide; more at once than a daemon ever sends to one handle.
const PENDING_LIMIT_COMMANDS: usize = 8;
/// Ticks of 100 ms that a handle shows what it decided by itself.
const VERDICT_TICKS: u16 = 20;

/// What the link shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Connect with this last will (leaf `gone`, retained), and subscribe to everything below `down`.
    Connect {
        /// The will's payload.
        will: Vec<u8>,
    },
    /// Publish, retained as the leaf says.
    Publish {
        /// Where.
        leaf: UpLeaf,
        /// What.
        payload: Vec<u8>,
    },
    /// Drop the connection without a word, so that the will speaks.
    Cut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Down { retry_at: Micros },
    Connecting,
    Up,
}

/// Whether the daemon behind the broker answers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Daemon {
    Answering,
    /// It has not answered this card yet.
    Asked {
        card: CardRead,
        at: Micros,
    },
    /// It did not answer the last card in time, and has said nothing since.
    Silent,
}

/// One device at the broker.
#[derive(Debug)]
pub struct Client {
    device: DeviceIndex,
    boot: Boot,
    starts: u64,
    session: DeviceSession,
    connection: Connection,
    daemon: Daemon,
    told: Option<State>,
    spoke_at: Micros,
    said: u64,
    last_stamp: Option<Stamp>,
    pending: VecDeque<CommandId>,
    standalone: Option<Standalone>,
    watch: DoorWatch,
    certificate: Option<Der>,
    steps: VecDeque<Step>,
}

impl Client {
    /// A device that was just powered and is not connected; `boot` must be drawn at random. The boots after it follow from it.
    pub fn new(device: DeviceIndex, boot: Boot) -> Self {
        Self {
            device,
            boot,
            starts: 1,
            session: DeviceSession::new(boot),
            connection: Connection::Down { retry_at: Micros(0) },
            daemon: Daemon::Answering,
            told: None,
            spoke_at: Micros(0),
            said: 0,
            last_stamp: None,
            pending: VecDeque::new(),
            standalone: None,
            watch: DoorWatch::default(),
            certificate: None,
            steps: VecDeque::new(),
        }
    }

    /// Which device this is.
    pub fn device(&self) -> DeviceIndex {
        self.device
    }

    /// Gives it what its site gives an enrolled handle. Without, it takes no rights list and decides nothing.
    pub fn equip(&mut self, installation: &Installation, keys: SiteKeys) {
        let Some(device) = installation.device(self.device) else { return };
        if let Some(standalone) = self.standalone(device) {
            standalone.equip(keys);
        }
    }

    /// Gives it what it had kept before it was powered.
    pub fn recall(&mut self, installation: &Installation, flash: &Flash) {
        let Some(device) = installation.device(self.device) else { return };
        if let Some(standalone) = self.standalone(device) {
            standalone.recall(flash);
        }
    }

    /// What must be kept before anything that follows is said.
    pub fn poll_flash(&mut self) -> Option<Flash> {
        self.standalone.as_mut()?.take_flash()
    }

    /// A certificate that came, for the link to try.
    pub fn poll_certificate(&mut self) -> Option<Der> {
        self.certificate.take()
    }

    /// Whether it is connected.
    pub fn is_up(&self) -> bool {
        self.connection == Connection::Up
    }

    /// What it does on its own; made when it is first needed, because only then its name and model are at hand.
    fn standalone(&mut self, device: &Device) -> Option<&mut Standalone> {
        if self.standalone.is_none() {
            let name = DeviceId::parse(device.name()).ok()?;
            self.standalone = Some(Standalone::new(name, device.model().capabilities().rights_cards));
        }
        self.standalone.as_mut()
    }

    /// The broker has accepted the connection and the subscription.
    pub fn connected(&mut self, now: Moment, installation: &mut Installation) {
        let Some(device) = installation.device_mut(self.device) else { return };
        if self.connection != Connection::Connecting {
            return;
        }
        self.connection = Connection::Up;
        if self.daemon == Daemon::Silent {
            self.daemon = Daemon::Answering;
        }
        device.set_charge(Charge::InCharge);
        let model = device.model();
        let held = self.standalone(device).and_then(|standalone| {
            standalone.tell_again();
            standalone.held()
        });
        let birth = Birth {
            model: model.name().into(),
            serial: format!("SIM-{:05}", self.device.0 + 1),
            firmware: env!("CARGO_PKG_VERSION").into(),
            self_test: device.self_test(),
            cause: device.starts().cause,
            capabilities: model.capabilities(),
            legend: model.legend(),
            heartbeat_secs: u16::try_from(device.heartbeat().as_secs()).unwrap_or(u16::MAX),
            held,
        };
        self.publish(now, device, UpBody::Birth(birth));
        self.told = None;
        self.tell_state(now, device);
        self.tell_rights(now, device);
        self.tell_log(now, device);
    }

    /// The connection is lost, or could not be made.
    pub fn lost(&mut self, now: Moment, installation: &mut Installation) {
        self.connection = Connection::Down { retry_at: now.uptime + RETRY };
        if let Some(device) = installation.device_mut(self.device) {
            device.set_charge(Charge::Alone);
            self.decide_unanswered(now, device);
        }
    }

    /// Asks for the certificate after the one it has.
    pub fn ask_certificate(&mut self, now: Moment, installation: &Installation, request: Der) {
        if let Some(device) = installation.device(self.device) {
            self.publish(now, device, UpBody::Csr(request));
        }
    }

    /// Takes one message from the broker.
    pub fn receive(
        &mut self,
        now: Moment,
        (leaf, retained): (DownLeaf, bool),
        payload: &[u8],
        installation: &mut Installation,
    ) {
        let Some(device) = installation.device_mut(self.device) else { return };
        if !is_reachable(device) {
            return;
        }
        let received = self.session.receive(device.clock(now.wall), leaf, retained, payload);
        self.hear(&received);
        match received {
            Received::Execute(command) => self.execute(now, command, device),
            Received::Answer(ack) => self.publish(now, device, UpBody::Ack(ack)),
            Received::Show(feedback) => show(now.uptime, device, feedback),
            Received::Rights(list) => self.take_list(now, device, list),
            Received::Certificate(certificate) => self.certificate = Some(certificate),
            Received::Pending | Received::Stale | Received::Malformed(_) => {}
        }
    }

    /// Notes that the daemon is there. Only what may follow a card answers it: a release, or something to show.
    fn hear(&mut self, received: &Received) {
        let answers = match received {
            Received::Show(_) => true,
            Received::Execute(command) => matches!(command.kind, CommandKind::Release { .. }),
            Received::Answer(_) | Received::Rights(_) | Received::Certificate(_) => false,
            Received::Pending | Received::Stale | Received::Malformed(_) => return,
        };
        let waits = matches!(self.daemon, Daemon::Asked { .. });
        if answers || !waits {
            self.daemon = Daemon::Answering;
        }
    }

    fn take_list(&mut self, now: Moment, device: &Device, list: Vec<u8>) {
        if device.mischief() == Some(&crate::config::Mischief::IgnoresLists) {
            return;
        }
        let wall = device.clock(now.wall);
        if let Some(report) = self.standalone(device).map(|standalone| standalone.put(wall, list)) {
            self.publish(now, device, UpBody::Rights(report));
        }
    }

    fn execute(&mut self, now: Moment, command: Command, device: &mut Device) {
        let outcome = match command.kind {
            CommandKind::Release { duration_ms, not_after: _ } => {
                device.obey(now.uptime, Order::Release(Duration::from_millis(u64::from(duration_ms))));
                if self.pending.len() == PENDING_LIMIT_COMMANDS {
                    self.finish(now, device, Outcome::Failed);
                }
                // The answer waits for the slide: "done" means that the handle can be lifted.
                self.pending.push_back(command.id);
                return;
            }
            CommandKind::Relock => {
                device.obey(now.uptime, Order::Lock);
                Outcome::Done
            }
            CommandKind::ReadState => {
                self.told = None;
                self.tell_state(now, device);
                self.tell_rights(now, device);
                self.standalone.iter_mut().for_each(Standalone::tell_again);
                Outcome::Done
            }
            CommandKind::DecideOnline => self.decide_online(now, device),
            CommandKind::Canary { card } => self.try_canary(now, device, &card),
            CommandKind::NoteLog { through } => {
                self.standalone.iter_mut().for_each(|standalone| standalone.noted(through));
                Outcome::Done
            }
        };
        self.answer(now, device, command.id, outcome);
    }

    fn decide_online(&mut self, now: Moment, device: &Device) -> Outcome {
        let report = self.standalone(device).map(Standalone::forget);
        report.map_or(Outcome::Refused, |report| {
            self.publish(now, device, UpBody::Rights(report));
            Outcome::Done
        })
    }

    fn try_canary(&mut self, now: Moment, device: &Device, card: &CardRead) -> Outcome {
        let wall = device.clock(now.wall);
        let reads = device.reads_cards();
        let standalone = self.standalone(device).filter(|_| reads);
        standalone.map_or(Outcome::Refused, |standalone| standalone.canary(wall, card))
    }

    /// Starts anew when the device did, connects or cuts as cable and supply ask, and does and tells what there is.
    pub fn turn(&mut self, now: Moment, installation: &mut Installation) {
        let Some(device) = installation.device_mut(self.device) else { return };
        self.start_with(now, device);
        match (self.connection, is_reachable(device)) {
            (Connection::Down { retry_at }, true) if now.uptime >= retry_at => self.connect(now, device),
            (Connection::Connecting | Connection::Up, false) => self.cut(now.uptime, device),
            (Connection::Down { .. } | Connection::Connecting | Connection::Up, _) => {}
        }
        if device.power() == Power::Off {
            return;
        }
        self.watch_door(now, device);
        self.tell_state(now, device);
        self.take_reports(now, device);
        self.lose_patience(now, device);
        self.tell_log(now, device);
    }

    fn start_with(&mut self, now: Moment, device: &mut Device) {
        let count = device.starts().count;
        if self.starts == count {
            return;
        }
        if self.connection != (Connection::Down { retry_at: now.uptime }) {
            self.cut(now.uptime, device);
        }
        self.connection = Connection::Down { retry_at: now.uptime + START };
        (self.starts, self.boot) = (count, boot_after(self.boot));
        self.session = DeviceSession::new(self.boot);
        (self.told, self.daemon, self.watch) = (None, Daemon::Answering, DoorWatch::default());
        self.pending.clear();
        self.standalone.iter_mut().for_each(Standalone::restart);
    }

    fn cut(&mut self, now: Micros, device: &mut Device) {
        self.steps.clear();
        if !matches!(self.connection, Connection::Down { .. }) {
            self.step(Step::Cut);
        }
        self.connection = Connection::Down { retry_at: now };
        device.set_charge(Charge::Alone);
    }

    fn watch_door(&mut self, now: Moment, device: &Device) {
        let Some(state) = device.handle_state() else { return };
        let happened = self.watch.look(&state);
        let heard = self.connection == Connection::Up && self.daemon != Daemon::Silent;
        if !heard {
            let wall = device.clock(now.wall);
            for what in happened {
                self.standalone(device).into_iter().for_each(|standalone| standalone.write_down(wall, what));
            }
        }
    }

    fn take_reports(&mut self, now: Moment, device: &mut Device) {
        while let Some(report) = device.poll_report() {
            match report {
                Report::Card(card) if self.connection == Connection::Up => {
                    self.publish(now, device, UpBody::Event(Event::Card(card.clone())));
                    self.daemon = Daemon::Asked { card, at: now.uptime };
                }
                Report::Card(card) => self.decide(now, device, &card),
                Report::Keys(keys) => self.publish(now, device, UpBody::Event(Event::Keypad(keys))),
                Report::Travel(Travel::Arrived) => self.finish(now, device, Outcome::Done),
                Report::Travel(Travel::Stalled) => self.finish(now, device, Outcome::Failed),
            }
        }
    }

    /// Asks the list about a card that nobody has answered.
    fn lose_patience(&mut self, now: Moment, device: &mut Device) {
        let Daemon::Asked { at, .. } = &self.daemon else { return };
        if now.uptime.since(*at) >= ANSWER_LIMIT {
            self.decide_unanswered(now, device);
            self.daemon = Daemon::Silent;
        }
    }

    /// Whoever asked last has no answer, and will get none: the list is asked instead.
    fn decide_unanswered(&mut self, now: Moment, device: &mut Device) {
        if let Daemon::Asked { card, .. } = std::mem::replace(&mut self.daemon, Daemon::Answering) {
            self.decide(now, device, &card);
        }
    }

    /// Opens or not by the rights list, writes it down, and shows it.
    fn decide(&mut self, now: Moment, device: &mut Device, card: &CardRead) {
        let wall = device.clock(now.wall);
        let Some(standalone) = self.standalone(device) else { return };
        let Some((card, decision)) = standalone.decide(wall, card) else { return };
        let colour = match decision {
            Decision::Admit { list, release_ms } => {
                standalone.write_down(wall, Logged::Admitted { card, list });
                device.obey(now.uptime, Order::Admit(Duration::from_millis(u64::from(release_ms))));
                Colour::Green
            }
            Decision::Refuse => {
                standalone.write_down(wall, Logged::Refused { card });
                Colour::Red
            }
        };
        show(now.uptime, device, verdict(colour));
    }

    /// What the link shall do next, oldest first.
    pub fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    fn connect(&mut self, now: Moment, device: &Device) {
        let will = self.session.will(device.clock(now.wall)).and_then(|will| will.encode().ok());
        if let Some(will) = will {
            self.connection = Connection::Connecting;
            self.step(Step::Connect { will });
        }
    }

    /// Tells the state when it has changed, or when nothing else was said for a heartbeat.
    fn tell_state(&mut self, now: Moment, device: &Device) {
        let state = device.handle_state();
        let quiet = now.uptime.since(self.spoke_at) >= device.heartbeat();
        if self.connection == Connection::Up && (state != self.told || quiet) {
            self.told.clone_from(&state);
            if let Some(state) = state {
                self.publish(now, device, UpBody::State(state));
            }
        }
    }

    fn tell_rights(&mut self, now: Moment, device: &Device) {
        let holds_rights = device.model().capabilities().rights_cards > 0;
        let report: Option<RightsReport> = self.standalone(device).map(|standalone| standalone.report());
        if let Some(report) = report.filter(|_| holds_rights) {
            self.publish(now, device, UpBody::Rights(report));
        }
    }

    fn tell_log(&mut self, now: Moment, device: &Device) {
        if self.connection != Connection::Up {
            return;
        }
        while let Some(record) = self.standalone.as_mut().and_then(Standalone::next_record) {
            self.publish(now, device, UpBody::Log(record));
        }
    }

    fn finish(&mut self, now: Moment, device: &Device, outcome: Outcome) {
        for command in std::mem::take(&mut self.pending) {
            self.answer(now, device, command, outcome);
        }
    }

    fn answer(&mut self, now: Moment, device: &Device, command: CommandId, outcome: Outcome) {
        let ack: Ack = self.session.completed(device.clock(now.wall), command, outcome);
        self.publish(now, device, UpBody::Ack(ack));
    }

    /// Numbers and queues one message. Without a connection it is neither sent nor numbered.
    fn publish(&mut self, now: Moment, device: &Device, body: UpBody) {
        if self.connection != Connection::Up {
            return;
        }
        let mischief = device.mischief();
        let Some(body) = lies::spoil(mischief, body) else { return };
        let (leaf, wall) = (body.leaf(), device.clock(now.wall));
        let count = lies::count(mischief, self.said);
        if count == Count::Skip {
            _ = self.session.stamp(wall, UpBody::Gone);
        }
        let up = match count {
            Count::Repeat => self.last_stamp.map(|stamp| rackward_protocol::mqtt::Up { stamp, at: wall, body }),
            Count::Honest | Count::Skip => self.session.stamp(wall, body),
        };
        let Some(up) = up else { return };
        self.last_stamp = Some(up.stamp);
        if let Ok(payload) = up.encode() {
            (self.said, self.spoke_at) = (self.said + 1, now.uptime);
            self.step(Step::Publish { leaf, payload: lies::pad(mischief, leaf, payload) });
        }
    }

    fn step(&mut self, step: Step) {
        if self.steps.len() == STEP_LIMIT_STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(step);
    }
}

fn is_reachable(device: &Device) -> bool {
    device.cable() == Cable::Connected && device.power() == Power::On
}

/// The boot after one: as good as drawn anew, and the same in every run of a story (splitmix64).
fn boot_after(boot: Boot) -> Boot {
    let mut mixed = boot.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    Boot(mixed ^ (mixed >> 31))
}

fn verdict(colour: Colour) -> Feedback {
    let rhythm = Rhythm { on_ticks: 1, off_ticks: 0, on_colour: colour, off_colour: Colour::Off };
    let led = Led::Temporary { rhythm, ticks: VERDICT_TICKS };
    Feedback { led: Some(led), buzzer: Some(Buzzer::Sound { on_ticks: 1, off_ticks: 1, count: 1 }) }
}

fn show(now: Micros, device: &mut Device, feedback: Feedback) {
    if let Some(led) = feedback.led {
        device.obey(now, Order::Show(led));
    }
    if let Some(buzzer) = feedback.buzzer {
        device.obey(now, Order::Sound(buzzer));
    }
}
