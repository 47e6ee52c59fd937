//! The panel's end of one RS-485 line with several devices.
//!
//! Decides who is asked next, how long an answer is waited for, when a device counts as lost and how it is won back. One
//! exchange is on the line at a time: a command, then its reply or silence. It does not decide what a card may open, nor
//! what an input means.
//!
//! What a device goes through:
//!
//! ```text
//!  Closed ──challenge──> Challenged ──proof──> Proving ──verified──> Surveying ──all states read──> Open
//!    ^                       │                    │                      │                            │
//!    └── refused, unproven, unanswered, MAC wrong, busy too long, eight seconds of silence ───────────┘
//! ```
//!
//! Vocabulary: an *exchange* is one command and its answer; a device is *suspect* after three missed answers and
//! *offline* after eight seconds without a believed one; to *survey* is to read everything a device can tell after its
//! session was made, because changes while it was away are lost.

mod answer;
mod backoff;
mod device;
mod event;
mod loss;
mod queue;
mod schedule;
mod survey;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use super::frame::{Framer, LineCounts};
use super::key::{Entropy, Nonces};
use super::line::{Address, Baud, Micros};
use super::message::PanelCommand;
use super::transaction::{Heard, Patience, classify};
use super::wire::Frame;

use answer::Taken;
use device::Device;
pub use event::{
    BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceKeys, DeviceRole, Failure, FirstKey, Job, JobEvent,
    JobFailure, JobRefused, LineTrouble, OfflineCause, ProvenKey, ScanEvent, ScanRefused, SecurityTrouble, SendRefused,
    Urgency,
};
use queue::Queued;
use schedule::Schedule;

/// Events kept for a driver that is slow to take them. At this many the bus stops asking, so that nothing is dropped:
/// devices keep their cards until asked. Fewer would stall a full bus that comes up at once.
const EVENT_LIMIT_EVENTS: usize = 512;

/// How long a line that is never silent is respected after an exchange. Beyond that, somebody babbles and waiting would
/// not help the others.
const LINE_HELD_LIMIT_MILLIS: u64 = 100;

/// One RS-485 line, seen from the panel.
#[derive(Debug)]
pub struct Bus {
    config: BusConfig,
    framer: Framer,
    nonces: Nonces,
    devices: BTreeMap<Address, Device>,
    schedule: Schedule,
    exchange: Option<Exchange>,
    /// The line has been silent long enough then.
    line_free_at: Micros,
    /// Nobody's babble delays us beyond this.
    line_held_until: Micros,
    events: VecDeque<(Address, BusEvent)>,
}

/// The exchange that is on the line.
#[derive(Debug)]
struct Exchange {
    address: Address,
    patience: Patience,
    /// Troubles already reported for this exchange; each is reported once, so that a flood of frames is not one of events.
    foreign_reported: bool,
    plaintext_reported: bool,
}

impl Bus {
    /// A line without devices. `entropy` must be the operating system's random source or as good.
    pub fn new(config: BusConfig, entropy: impl Entropy + Send + 'static) -> Self {
        Self {
            config,
            framer: Framer::for_panel(),
            nonces: Nonces::new(Box::new(entropy)),
            devices: BTreeMap::new(),
            schedule: Schedule::new(config),
            exchange: None,
            line_free_at: Micros::default(),
            line_held_until: Micros::default(),
            events: VecDeque::new(),
        }
    }

    /// Adds a device, or replaces the configuration of one, whose queued commands then fail as offline.
    pub fn add(&mut self, now: Micros, address: Address, config: DeviceConfig) {
        self.remove(address);
        self.devices.insert(address, Device::new(now, address, config));
    }

    /// Forgets a device. Its queued commands fail; nothing more is said about it.
    pub fn remove(&mut self, address: Address) {
        if let Some(mut device) = self.devices.remove(&address) {
            device.fail_queued(&mut self.events);
        }
        if self.exchange.as_ref().is_some_and(|exchange| exchange.address == address) {
            self.exchange = None;
        }
    }

    /// Queues a command. Exactly one of [`BusEvent::Done`] and [`BusEvent::Failed`] follows, unless this returns an error.
    ///
    /// A command whose `not_after` has passed when its turn comes is dropped. One for a device that is not online fails
    /// at once: by the time the device is back, whoever wanted it has gone.
    pub fn send(
        &mut self,
        now: Micros,
        address: Address,
        command: PanelCommand,
        tag: CommandTag,
        urgency: Urgency,
        not_after: Option<Micros>,
    ) -> Result<(), SendRefused> {
        let device = self.devices.get_mut(&address).ok_or(SendRefused::UnknownAddress)?;
        if self.events.len() >= EVENT_LIMIT_EVENTS {
            return Err(SendRefused::QueueFull);
        }
        device.accept(now, Queued::new(command, tag, urgency, not_after), &mut self.events)
    }

    /// Takes bytes that arrived at `now`, in pieces of any size.
    pub fn handle_bytes(&mut self, now: Micros, bytes: &[u8]) {
        let silent_at = now + self.config.baud.idle_time();
        self.line_free_at = self.line_free_at.max(silent_at.min(self.line_held_until));
        for frame in self.framer.feed(now, bytes) {
            self.hear(now, &frame);
        }
        let missing = self.framer.missing();
        if let Some(exchange) = self.exchange.as_mut().filter(|_| missing > 0) {
            exchange.patience.extend(now, self.config.baud, missing);
        }
    }

    /// Does what is due at `now`. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Micros) {
        for frame in self.framer.expire(now) {
            self.hear(now, &frame);
        }
        if let Some(exchange) = self.exchange.take_if(|exchange| now >= exchange.patience.until) {
            self.end_exchange(now);
            if let Some(device) = self.devices.get_mut(&exchange.address) {
                device.unanswered(now, &mut self.events);
            }
        }
        for device in self.devices.values_mut() {
            device.check_clock(now, &mut self.events);
        }
    }

    /// The next frame to write, if the line is free and something is due. Its transmission is taken to begin at `now`.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        if self.exchange.is_some() || now < self.line_free_at {
            return None;
        }
        // Each turn either sends, or uses up a command or a handshake try, so the loop ends.
        while self.events.len() < EVENT_LIMIT_EVENTS {
            let address = self.schedule.choose(now, &self.devices)?;
            let device = self.devices.get_mut(&address)?;
            if let Some(bytes) = device.next_frame(now, &mut self.nonces, &mut self.events) {
                self.begin_exchange(now, address, bytes.len());
                return Some(bytes);
            }
        }
        None
    }

    /// When to call [`Bus::handle_timeout`] and then [`Bus::poll_transmit`], if nothing arrives before. It may lie in
    /// the past; then it is due now.
    pub fn next_deadline(&self) -> Option<Micros> {
        let clock = self.devices.values().filter_map(Device::clock_deadline).min();
        let line = match &self.exchange {
            Some(exchange) => Some(exchange.patience.until),
            None if self.events.len() >= EVENT_LIMIT_EVENTS => None,
            None => self.schedule.next_turn(&self.devices).map(|at| at.max(self.line_free_at)),
        };
        // A half frame matters only while an answer is waited for.
        let gap = self.exchange.as_ref().and_then(|_| self.framer.deadline());
        [clock, line, gap].into_iter().flatten().min()
    }

    /// Begins a job with a device. [`BusEvent::Job`] tells how it goes on and, once, how it ended.
    ///
    /// # Errors
    /// It cannot begin; nothing was sent and nothing follows.
    pub fn begin_job(&mut self, _now: Micros, _address: Address, _job: Job) -> Result<(), JobRefused> {
        Err(JobRefused::Offline)
    }

    /// Stops a device's job, if it has one; [`JobFailure::Stopped`] follows.
    pub fn stop_job(&mut self, _now: Micros, _address: Address) {}

    /// Searches for devices at every address that no device of this bus has, at each of `speeds`. The devices of the bus are
    /// served meanwhile.
    ///
    /// # Errors
    /// One is under way.
    pub fn begin_scan(&mut self, _now: Micros, _speeds: &[Baud]) -> Result<(), ScanRefused> {
        Err(ScanRefused::Busy)
    }

    /// What the search found, oldest first.
    pub fn poll_scan(&mut self) -> Option<ScanEvent> {
        None
    }

    /// The speed at which the frame that [`Bus::poll_transmit`] gave last must be sent, and the answer be heard.
    pub fn line_speed(&self) -> Baud {
        self.config.baud
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<(Address, BusEvent)> {
        self.events.pop_front()
    }

    /// What was seen on the line, for diagnosis.
    pub fn line_counts(&self) -> LineCounts {
        self.framer.counts()
    }

    fn begin_exchange(&mut self, now: Micros, address: Address, bytes: usize) {
        let patience = Patience::new(now, self.config.baud, bytes);
        self.exchange = Some(Exchange { address, patience, foreign_reported: false, plaintext_reported: false });
        self.schedule.sent(now, &mut self.devices, address);
    }

    /// The line is ours again after a short silence.
    fn end_exchange(&mut self, now: Micros) {
        self.exchange = None;
        self.line_free_at = now + self.config.baud.idle_time();
        self.line_held_until = now + Duration::from_millis(LINE_HELD_LIMIT_MILLIS);
    }

    /// One whole reply frame, from whoever sent it. Without an exchange nobody was asked, so nobody is listened to.
    fn hear(&mut self, now: Micros, frame: &Frame) {
        let Some(exchange) = &mut self.exchange else { return };
        let Some(device) = self.devices.get_mut(&exchange.address) else { return };
        let Some(sequence) = device.awaited() else { return };
        match classify(frame, exchange.address, sequence) {
            Heard::Stale => {}
            Heard::Foreign(from) => Self::hear_foreign(exchange, from, &self.devices, &mut self.events),
            Heard::Busy => {
                device.busy(now, &mut self.events);
                self.end_exchange(now);
            }
            Heard::Answer => match device.answer(now, frame, &mut self.events) {
                Taken::Yes => self.end_exchange(now),
                Taken::No => {}
                Taken::Plaintext if exchange.plaintext_reported => {}
                Taken::Plaintext => {
                    exchange.plaintext_reported = true;
                    let trouble = BusEvent::Security(SecurityTrouble::PlaintextRefused);
                    self.events.push_back((exchange.address, trouble));
                }
            },
        }
    }

    /// A device that answers too late is slow, not foreign; anybody else has no business to speak.
    fn hear_foreign(
        exchange: &mut Exchange,
        from: Address,
        devices: &BTreeMap<Address, Device>,
        events: &mut VecDeque<(Address, BusEvent)>,
    ) {
        let is_late = devices.get(&from).is_some_and(|device| device.awaited().is_some());
        if !is_late && !exchange.foreign_reported {
            exchange.foreign_reported = true;
            events.push_back((exchange.address, BusEvent::Security(SecurityTrouble::ForeignAddress { from })));
        }
    }
}
