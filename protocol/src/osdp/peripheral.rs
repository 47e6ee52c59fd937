//! The device's end of the line: a reader, lock or handle that answers a panel.
//!
//! Decides which commands are carried out, what is answered, and which event is told next. It acts only inside a secure
//! session; outside of one it answers the handshake and says who it is. A session under the published key exists in
//! install mode only, and may do no more than give the device its key and its place. It does not decide what an output
//! drives or what an input means: outputs and lights come out as [`Action`]s, inputs go in as bytes. Several peripherals may
//! share one line: each ignores frames for other addresses and the answers of its neighbours.
//!
//! A key or place that the panel gave comes out as an action *before* the reply that confirms it is due: firmware writes
//! it down first and sends the reply afterwards, so that a power cut never leaves the two ends with different keys.
//!
//! Vocabulary: an *action* is what the firmware shall do; an *event* is what the panel shall be told, one per poll.

mod answer;
mod config;
mod events;
mod execute;
mod intake;
mod outputs;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::frame::Framer;
use super::key::{Entropy, Nonces, Scbk};
use super::line::{Address, Baud, Micros};
use super::message::{BuzzerRecord, DeviceIdentity, LedRecord, Sensitive, TextRecord};
use super::secure::{DeviceChannel, KeyInUse};
use super::wire::LONGEST_FRAME_BYTES;

pub use config::{FileIntake, ManufacturerMessages, PeripheralConfig, PeripheralKey};
use events::EventQueue;
pub use events::EventRefused;
pub use intake::FileVerdict;
use intake::Intake;
use outputs::Outputs;

/// Silence after which a session ends (OSDP 2.2, 5.7).
const SESSION_LIMIT_SECS: u64 = 8;

/// Actions kept for firmware that is slow to take them. At this many, the oldest light or sound goes, or an action that
/// the new one overtakes. It exceeds the number of things an action can be about, so one of these is always there.
const ACTION_LIMIT_ACTIONS: usize = 512;

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
    /// The panel gave the device this key; it is the only one from now on. Write it down durably before the next
    /// [`Peripheral::poll_transmit`].
    KeyChanged(Scbk),
    /// The panel gave the device another place on the line. Write it down; set the port to this speed once the reply that
    /// was just transmitted is out.
    LineChanged {
        /// Its address from now on.
        address: Address,
        /// Its speed from now on.
        baud: Baud,
    },
    /// A whole file has arrived. Say what becomes of it by [`Peripheral::judge_file`]; the panel waits for it.
    File {
        /// The file's type; 1 is firmware by custom.
        kind: u8,
        /// Its bytes.
        contents: Sensitive,
    },
    /// The panel has been told that the device restarts with the file: do it, and call [`Peripheral::restart`].
    Restart,
    /// Keep a card in the field powered for so long.
    KeepActive(Duration),
    /// A message of the maker's own; may be answered by [`Peripheral::manufacturer_reply`].
    Manufacturer(Sensitive),
}

impl Action {
    /// True when nothing is lost for good by forgetting this one, since `later` comes.
    fn is_overtaken_by(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Led(_) | Self::Buzzer(_) | Self::Text(_) | Self::KeepActive(_) | Self::Manufacturer(_), _) => true,
            (Self::Output { index, .. }, Self::Output { index: later, .. }) => index == later,
            (Self::SecureUp | Self::SecureDown, Self::SecureUp | Self::SecureDown) => true,
            (Self::KeyChanged(_), Self::KeyChanged(_)) | (Self::LineChanged { .. }, Self::LineChanged { .. }) => true,
            (Self::File { .. }, Self::File { .. }) | (Self::Restart, Self::Restart) => true,
            (Self::Output { .. } | Self::SecureUp | Self::SecureDown | Self::KeyChanged(_), _) => false,
            (Self::LineChanged { .. } | Self::File { .. } | Self::Restart, _) => false,
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
    intake: Intake,
    /// Longest reply the panel takes, in bytes of the whole frame; as it said in this session.
    reply_limit_bytes: usize,
    actions: VecDeque<Action>,
}

/// The session and when somebody was last believed. The latter outlives the session, so that a card shown while the panel
/// makes a new one is not lost.
struct Channel {
    state: DeviceChannel,
    heard: Option<Heard>,
}

/// Who was believed last, and when.
#[derive(Clone, Copy)]
struct Heard {
    at: Micros,
    key: KeyInUse,
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
    then: Afterwards,
}

/// What happens once a reply is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Afterwards {
    Nothing,
    /// The device moves (OSDP 2.2, 6.13: the answer to COMSET goes out at the old settings).
    Move {
        address: Address,
        baud: Baud,
    },
    Restart,
}

impl Peripheral {
    /// A device that has just been powered: no session, all outputs off, all inputs 0, nothing wrong.
    pub fn new(config: PeripheralConfig, entropy: impl Entropy + Send + 'static) -> Self {
        Self {
            framer: Framer::for_device(),
            nonces: Nonces::new(Box::new(entropy)),
            channel: Channel { state: DeviceChannel::Closed, heard: None },
            last: LastExchange::None,
            outgoing: None,
            outputs: Outputs::new(config.outputs),
            events: EventQueue::new(config.inputs, config.readers),
            intake: Intake::Nothing,
            reply_limit_bytes: LONGEST_FRAME_BYTES,
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
    ///
    /// The reply to COMSET goes out at the speed that held before this call; [`Peripheral::baud`] is the new one already.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        let outgoing = self.outgoing.take_if(|outgoing| now >= outgoing.at)?;
        match outgoing.then {
            Afterwards::Nothing => {}
            Afterwards::Move { address, baud } => self.move_to(address, baud),
            Afterwards::Restart => self.act(Action::Restart),
        }
        Some(outgoing.bytes)
    }

    /// Its address on the line now.
    pub fn address(&self) -> Address {
        self.config.address
    }

    /// The speed at which it sends and listens now.
    pub fn baud(&self) -> Baud {
        self.config.baud
    }

    /// Who it says it is.
    pub fn identity(&self) -> DeviceIdentity {
        self.config.identity
    }

    /// What it was configured with, as commands of the panel have changed it since.
    pub fn config(&self) -> &PeripheralConfig {
        &self.config
    }

    /// It says it is somebody else from now on: other firmware runs, or another device hangs on the cable.
    pub fn set_identity(&mut self, identity: DeviceIdentity) {
        self.config.identity = identity;
    }

    /// Somebody has reset it by hand: it forgets its key, and perhaps its place. The session ends.
    pub fn reset(&mut self, key: PeripheralKey, address: Address, baud: Baud) {
        self.restart();
        self.config.key = key;
        self.config.address = address;
        self.config.baud = baud;
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

    /// Answers a message of the maker's own, at some later poll.
    pub fn manufacturer_reply(&mut self, data: &[u8]) -> Result<(), EventRefused> {
        self.require_session()?;
        self.events.manufacturer(self.config.identity.oui, data)
    }

    /// What becomes of the file that came by [`Action::File`]; the panel is told when it asks next.
    pub fn judge_file(&mut self, verdict: FileVerdict) {
        self.intake.judge(verdict);
    }

    /// A reader has this state now: 0 normal, 1 not connected, 2 tampered with. Readers the device does not have are ignored.
    pub fn set_reader(&mut self, reader: u8, state: u8) {
        self.events.set_reader(reader, state);
    }

    /// An input has this value now: 0 inactive, 1 active, higher ones are faults of supervision in the maker's numbering
    /// (OSDP 2.2.2). Inputs the device does not have are ignored.
    pub fn set_input(&mut self, index: u8, value: u8) {
        self.events.set_input(index, value);
    }

    /// The device's own state; `true` is trouble.
    pub fn set_local(&mut self, tamper: bool, power_failed: bool) {
        self.events.set_local(tamper, power_failed);
    }

    /// Power was lost and came back: the session and everything queued are gone, outputs are off. Key and place stay.
    pub fn restart(&mut self) {
        self.close();
        self.last = LastExchange::None;
        self.outgoing = None;
        self.events.forget();
        self.intake = Intake::Nothing;
        for (index, on) in self.outputs.all_off() {
            self.act(Action::Output { index, on });
        }
    }

    /// Without a session a card would be told to whoever comes first, perhaps minutes later; in install mode, to somebody
    /// who has proven nothing.
    fn require_session(&self) -> Result<(), EventRefused> {
        match self.channel.heard {
            Some(Heard { key: KeyInUse::Own, .. }) => Ok(()),
            Some(Heard { key: KeyInUse::Published, .. }) | None => Err(EventRefused::NoPanel),
        }
    }

    fn session_ends_at(&self) -> Option<Micros> {
        self.channel.heard.map(|heard| heard.at + Duration::from_secs(SESSION_LIMIT_SECS))
    }

    fn close(&mut self) {
        self.end_session();
        self.channel.heard = None;
    }

    /// Ends the session but not the memory of who was here.
    fn end_session(&mut self) {
        if self.channel.state.is_open() {
            self.act(Action::SecureDown);
        }
        self.channel.state = DeviceChannel::Closed;
        self.reply_limit_bytes = LONGEST_FRAME_BYTES;
    }

    /// The session goes on at the new place: a move is not among the things that end one (OSDP 2.2, Annex D), and a panel
    /// that would rather begin anew does so by sequence 0.
    fn move_to(&mut self, address: Address, baud: Baud) {
        (self.config.address, self.config.baud) = (address, baud);
        self.act(Action::LineChanged { address, baud });
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

#[cfg(test)]
mod tests;
