//! The device's end of the line: a reader, lock or handle that answers a panel.
//!
//! Decides which commands are carried out, what is answered, and which event is told next. It acts only inside a secure
//! session; outside of one it answers the handshake and says who it is. It does not decide what an output drives or what
//! an input means: outputs and lights come out as [`Action`]s, inputs go in as bytes. Several peripherals may share one
//! line: each ignores frames for other addresses and the answers of its neighbours.
//!
//! Vocabulary: an *action* is what the firmware shall do; an *event* is what the panel shall be told, one per poll.

mod answer;
mod events;
mod outputs;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::frame::Framer;
use super::key::{Entropy, Nonces, Scbk};
use super::line::{Address, Micros};
use super::message::{BuzzerRecord, Capability, DeviceIdentity, LedRecord, TextRecord};
use super::secure::DeviceChannel;

use events::EventQueue;
pub use events::EventRefused;
use outputs::Outputs;

/// Silence after which a session ends (OSDP 2.2, 5.7).
const SESSION_LIMIT_SECS: u64 = 8;

/// Actions kept for firmware that is slow to take them. At this many, the oldest light or sound goes, or an action that
/// the new one overtakes. It exceeds the number of things an action can be about, so one of these is always there.
const ACTION_LIMIT_ACTIONS: usize = 512;

/// What a device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeripheralConfig {
    /// Its address on the line.
    pub address: Address,
    /// Its own Secure Channel base key.
    pub key: Scbk,
    /// Who it says it is.
    pub identity: DeviceIdentity,
    /// What it says it can do.
    pub capabilities: Vec<Capability>,
    /// Number of inputs.
    pub inputs: u8,
    /// Number of outputs.
    pub outputs: u8,
    /// Number of readers, each with light and buzzer; commands for others are refused.
    pub readers: u8,
    /// Time it takes to answer. At least two characters of the line's speed on a real line; the standard allows 200 ms.
    pub turnaround: Duration,
}

impl PeripheralConfig {
    /// A device that says of itself what its numbers of inputs, outputs and readers imply, and answers at once.
    pub fn new(address: Address, key: Scbk, identity: DeviceIdentity, inputs: u8, outputs: u8, readers: u8) -> Self {
        let capability = |function, level, count| Capability { function, level, count };
        // OSDP 2.2, Annex B: contacts, outputs with timers, lights of seven colours, sound, CRC, AES, 1440-byte buffer,
        // readers, version 2.2.
        let list = [
            (inputs > 0).then(|| capability(1, 1, inputs)),
            (outputs > 0).then(|| capability(2, 4, outputs)),
            (readers > 0).then(|| capability(3, 1, 1)),
            (readers > 0).then(|| capability(4, 4, 1)),
            (readers > 0).then(|| capability(5, 2, 1)),
            (readers > 0).then(|| capability(6, 1, 1)),
            Some(capability(8, 1, 0)),
            Some(capability(9, 1, 0)),
            Some(capability(10, 0xA0, 0x05)),
            (readers > 0).then(|| capability(13, 0, readers)),
            Some(capability(16, 2, 0)),
        ];
        let capabilities = list.into_iter().flatten().collect();
        Self { address, key, identity, capabilities, inputs, outputs, readers, turnaround: Duration::ZERO }
    }
}

/// What the firmware shall do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Drive an output. Told on every change, also when a timer ends.
    Output {
        /// Output number, from 0.
        index: u8,
        /// Its new level.
        on: bool,
    },
    /// Show a light.
    Led(LedRecord),
    /// Sound or silence the buzzer.
    Buzzer(BuzzerRecord),
    /// Show a text.
    Text(TextRecord),
    /// A panel that knows the key is in charge.
    SecureUp,
    /// No panel is in charge any more. Output timers run on, so that a released lock still locks.
    SecureDown,
}

impl Action {
    /// True when nothing is lost for good by forgetting this one, since `later` comes.
    fn is_overtaken_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Led(_) | Self::Buzzer(_) | Self::Text(_), _) => true,
            (Self::Output { index, .. }, Self::Output { index: later, .. }) => index == later,
            (Self::SecureUp | Self::SecureDown, Self::SecureUp | Self::SecureDown) => true,
            (Self::Output { .. } | Self::SecureUp | Self::SecureDown, _) => false,
        }
    }
}

/// One device on a line.
#[derive(Debug)]
pub struct Peripheral {
    config: PeripheralConfig,
    framer: Framer,
    nonces: Nonces,
    channel: Channel,
    last: LastExchange,
    outgoing: Option<Outgoing>,
    outputs: Outputs,
    events: EventQueue,
    actions: VecDeque<Action>,
}

/// The session and when a panel was last believed. The latter outlives the session, so that a card shown while the panel
/// makes a new one is not lost.
struct Channel {
    state: DeviceChannel,
    heard_at: Option<Micros>,
}

impl core::fmt::Debug for Channel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Channel(open: {})", self.state.is_open())
    }
}

/// The last command that was answered, so that its repeat is recognised and answered by the same bytes.
#[derive(Debug)]
enum LastExchange {
    /// None since the start or since sequence 0.
    None,
    Answered {
        sequence: u8,
        command: Vec<u8>,
        reply: Vec<u8>,
    },
}

/// A reply that waits for its time.
#[derive(Debug)]
struct Outgoing {
    at: Micros,
    bytes: Vec<u8>,
}

impl Peripheral {
    /// A device that has just been powered: no session, all outputs off, all inputs 0, nothing wrong.
    pub fn new(config: PeripheralConfig, entropy: impl Entropy + Send + 'static) -> Self {
        Self {
            framer: Framer::for_device(),
            nonces: Nonces::new(Box::new(entropy)),
            channel: Channel { state: DeviceChannel::Closed, heard_at: None },
            last: LastExchange::None,
            outgoing: None,
            outputs: Outputs::new(config.outputs),
            events: EventQueue::new(config.inputs),
            actions: VecDeque::new(),
            config,
        }
    }

    /// Takes bytes that arrived at `now`, its own echo and its neighbours' answers included.
    pub fn handle_bytes(&mut self, now: Micros, bytes: &[u8]) {
        self.handle_timeout(now);
        for frame in self.framer.feed(now, bytes) {
            self.hear(now, &frame);
        }
    }

    /// Does what is due at `now`: timers of outputs, the end of a silent session, a half frame.
    pub fn handle_timeout(&mut self, now: Micros) {
        self.events.set_clock(now);
        for frame in self.framer.expire(now) {
            self.hear(now, &frame);
        }
        if self.session_ends_at().is_some_and(|at| now >= at) {
            self.close();
            // Nobody waits any more for a card that was shown before: whoever showed it has left.
            self.events.forget();
        }
        self.tell_output_changes(now);
    }

    /// The reply to write, when its time has come.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        self.outgoing.take_if(|outgoing| now >= outgoing.at).map(|outgoing| outgoing.bytes)
    }

    /// When to call [`Peripheral::handle_timeout`] and [`Peripheral::poll_transmit`], if nothing arrives before.
    pub fn next_deadline(&self) -> Option<Micros> {
        let reply = self.outgoing.as_ref().map(|outgoing| outgoing.at);
        [reply, self.outputs.deadline(), self.session_ends_at(), self.framer.deadline()].into_iter().flatten().min()
    }

    /// What the firmware shall do next, oldest first.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// A card was presented: `bit_count` bits, left aligned in `data`, framed as Wiegand.
    pub fn card(&mut self, reader: u8, bit_count: u16, data: &[u8]) -> Result<(), EventRefused> {
        self.require_session()?;
        self.events.card(reader, bit_count, data)
    }

    /// Keys were pressed: ASCII digits, `*` as 0x7F, `#` as 0x0D.
    pub fn keypad(&mut self, reader: u8, digits: &[u8]) -> Result<(), EventRefused> {
        self.require_session()?;
        self.events.keypad(reader, digits)
    }

    /// An input has this value now: 0 inactive, 1 active. Inputs the device does not have are ignored.
    pub fn set_input(&mut self, index: u8, value: u8) {
        self.events.set_input(index, value);
    }

    /// The device's own state; `true` is trouble.
    pub fn set_local(&mut self, tamper: bool, power_failed: bool) {
        self.events.set_local(tamper, power_failed);
    }

    /// Power was lost and came back: the session and everything queued are gone, outputs are off.
    pub fn restart(&mut self) {
        self.close();
        self.last = LastExchange::None;
        self.outgoing = None;
        self.events.forget();
        for (index, on) in self.outputs.all_off() {
            self.act(Action::Output { index, on });
        }
    }

    /// Without a session a card would be told to whoever comes first, perhaps minutes later.
    fn require_session(&self) -> Result<(), EventRefused> {
        self.channel.heard_at.map(|_| ()).ok_or(EventRefused::NoPanel)
    }

    fn session_ends_at(&self) -> Option<Micros> {
        self.channel.heard_at.map(|at| at + Duration::from_secs(SESSION_LIMIT_SECS))
    }

    fn close(&mut self) {
        if self.channel.state.is_open() {
            self.act(Action::SecureDown);
        }
        self.channel = Channel { state: DeviceChannel::Closed, heard_at: None };
    }

    fn act(&mut self, action: Action) {
        if self.actions.len() >= ACTION_LIMIT_ACTIONS {
            let dispensable = self.actions.iter().position(|waiting| waiting.is_overtaken_by(&action));
            dispensable.map(|at| self.actions.remove(at));
        }
        self.actions.push_back(action);
    }

    fn tell_output_changes(&mut self, now: Micros) {
        let changes = self.outputs.expire(now);
        if !changes.is_empty() {
            self.events.outputs_changed(self.outputs.levels());
        }
        for (index, on) in changes {
            self.act(Action::Output { index, on });
        }
    }
}
