//! One device of the simulated site at the broker: when it connects, what it publishes, and what it does when told.
//!
//! Decided here: birth and state after every connect, state again on every change, and that what happens while there is no
//! connection is not told later, because whoever presented a card has gone by then. Numbering and repeats are decided in
//! the protocol; sockets are in `link`.
//!
//! ```text
//!        retry, cable whole        connected
//!  Down ──────────────────> Connecting ────> Up
//!    ^    lost, or cable cut    │             │
//!    └──────────────────────────┴─────────────┘
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use rackward_protocol::mqtt::{
    Ack, Birth, Boot, BootCause, Capabilities, Command, CommandId, CommandKind, DeviceSession, DownLeaf, Event,
    Feedback, Legend, Outcome, Received, State, UnixMillis, UpBody, UpLeaf,
};
use rackward_protocol::osdp::Micros;

use crate::device::{Cable, Charge, Device, DeviceIndex, Order, Report};
use crate::firmware::Travel;
use crate::installation::Installation;
use crate::time::Moment;

/// How long a device waits before it connects anew. Short enough that a restarted broker has every handle back in seconds,
/// long enough that a hundred handles do not storm it.
pub const RETRY: Duration = Duration::from_secs(1);

/// Steps that wait for the link, which takes them after every turn; a full queue means a stuck link, and the oldest is lost.
const STEP_LIMIT_STEPS: usize = 64;
/// Releases that wait for the slide; more at once than a daemon ever sends to one handle.
const PENDING_LIMIT_COMMANDS: usize = 8;

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

/// One device at the broker.
#[derive(Debug)]
pub struct Client {
    device: DeviceIndex,
    session: DeviceSession,
    connection: Connection,
    told: Option<State>,
    pending: VecDeque<CommandId>,
    steps: VecDeque<Step>,
}

impl Client {
    /// A device that was just powered and is not connected; `boot` must be drawn at random.
    pub fn new(device: DeviceIndex, boot: Boot) -> Self {
        Self {
            device,
            session: DeviceSession::new(boot),
            connection: Connection::Down { retry_at: Micros(0) },
            told: None,
            pending: VecDeque::new(),
            steps: VecDeque::new(),
        }
    }

    /// Which device this is.
    pub fn device(&self) -> DeviceIndex {
        self.device
    }

    /// The broker has accepted the connection and the subscription.
    pub fn connected(&mut self, now: Moment, installation: &mut Installation) {
        let Some(device) = installation.device_mut(self.device) else { return };
        if self.connection != Connection::Connecting {
            return;
        }
        self.connection = Connection::Up;
        device.set_charge(Charge::InCharge);
        self.publish(
            now.wall,
            UpBody::Birth(Birth {
                model: "Rackward SIM swinghandle".into(),
                serial: format!("SIM-{:05}", self.device.0 + 1),
                firmware: env!("CARGO_PKG_VERSION").into(),
                self_test: device.self_test(),
                cause: BootCause::PowerOn,
                capabilities: Capabilities::default(),
                legend: Legend::Full,
                heartbeat_secs: 60,
                held: None,
            }),
        );
        self.told = None;
        self.tell_state(now, device);
    }

    /// The connection is lost, or could not be made.
    pub fn lost(&mut self, now: Moment, installation: &mut Installation) {
        self.connection = Connection::Down { retry_at: now.uptime + RETRY };
        if let Some(device) = installation.device_mut(self.device) {
            device.set_charge(Charge::Alone);
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
        if device.cable() == Cable::Cut {
            return;
        }
        match self.session.receive(now.wall, leaf, retained, payload) {
            Received::Execute(command) => self.execute(now, command, device),
            Received::Answer(ack) => self.publish(now.wall, UpBody::Ack(ack)),
            Received::Show(feedback) => show(now.uptime, device, feedback),
            Received::Rights(_) | Received::Certificate(_) => {}
            Received::Pending | Received::Stale | Received::Malformed(_) => {}
        }
    }

    fn execute(&mut self, now: Moment, command: Command, device: &mut Device) {
        match command.kind {
            CommandKind::DecideOnline | CommandKind::Canary { .. } | CommandKind::NoteLog { .. } => {
                self.answer(now, command.id, Outcome::Refused);
            }
            CommandKind::Release { duration_ms, not_after: _ } => {
                device.obey(now.uptime, Order::Release(Duration::from_millis(u64::from(duration_ms))));
                if self.pending.len() == PENDING_LIMIT_COMMANDS {
                    self.finish(now, Outcome::Failed);
                }
                // The answer waits for the slide: "done" means that the handle can be lifted.
                self.pending.push_back(command.id);
            }
            CommandKind::Relock => {
                device.obey(now.uptime, Order::Lock);
                self.answer(now, command.id, Outcome::Done);
            }
            CommandKind::ReadState => {
                self.told = None;
                self.tell_state(now, device);
                self.answer(now, command.id, Outcome::Done);
            }
        }
    }

    /// Connects or cuts as the cable asks, and publishes what the device has to tell.
    pub fn turn(&mut self, now: Moment, installation: &mut Installation) {
        let Some(device) = installation.device_mut(self.device) else { return };
        match (self.connection, device.cable()) {
            (Connection::Down { retry_at }, Cable::Connected) if now.uptime >= retry_at => self.connect(now),
            (Connection::Connecting | Connection::Up, Cable::Cut) => {
                self.steps.clear();
                self.step(Step::Cut);
                self.connection = Connection::Down { retry_at: now.uptime };
                device.set_charge(Charge::Alone);
            }
            (Connection::Down { .. } | Connection::Connecting | Connection::Up, _) => {}
        }
        self.tell_state(now, device);
        while let Some(report) = device.poll_report() {
            match report {
                Report::Card(card) => self.publish(now.wall, UpBody::Event(Event::Card(card))),
                Report::Keys(keys) => self.publish(now.wall, UpBody::Event(Event::Keypad(keys))),
                Report::Travel(Travel::Arrived) => self.finish(now, Outcome::Done),
                Report::Travel(Travel::Stalled) => self.finish(now, Outcome::Failed),
            }
        }
    }

    /// What the link shall do next, oldest first.
    pub fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    fn connect(&mut self, now: Moment) {
        let will = self.session.will(now.wall).and_then(|will| will.encode().ok());
        if let Some(will) = will {
            self.connection = Connection::Connecting;
            self.step(Step::Connect { will });
        }
    }

    fn tell_state(&mut self, now: Moment, device: &Device) {
        let state = device.handle_state();
        if self.connection == Connection::Up && state != self.told {
            self.told.clone_from(&state);
            if let Some(state) = state {
                self.publish(now.wall, UpBody::State(state));
            }
        }
    }

    fn finish(&mut self, now: Moment, outcome: Outcome) {
        for command in std::mem::take(&mut self.pending) {
            self.answer(now, command, outcome);
        }
    }

    fn answer(&mut self, now: Moment, command: CommandId, outcome: Outcome) {
        let ack: Ack = self.session.completed(now.wall, command, outcome);
        self.publish(now.wall, UpBody::Ack(ack));
    }

    /// Numbers and queues one message. Without a connection it is neither sent nor numbered.
    fn publish(&mut self, now: UnixMillis, body: UpBody) {
        if self.connection != Connection::Up {
            return;
        }
        let leaf = body.leaf();
        let payload = self.session.stamp(now, body).and_then(|up| up.encode().ok());
        if let Some(payload) = payload {
            self.step(Step::Publish { leaf, payload });
        }
    }

    fn step(&mut self, step: Step) {
        if self.steps.len() == STEP_LIMIT_STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(step);
    }
}

fn show(now: Micros, device: &mut Device, feedback: Feedback) {
    if let Some(led) = feedback.led {
        device.obey(now, Order::Show(led));
    }
    if let Some(buzzer) = feedback.buzzer {
        device.obey(now, Order::Sound(buzzer));
    }
}
