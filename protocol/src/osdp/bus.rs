//! The panel's end of one RS-485 line with several devices.
//!
//! Decides who is asked next, how long an answer is waited for, when a device counts as lost and how it is won back. One
//! exchange is on the line at a time: a command, then its reply or silence. It does not decide what a card may open, nor
//! what an input means, nor where keys are kept.
//!
//! What a device goes through:
//!
//! ```text
//!  Closed ──challenge──> Challenged ──proof──> Proving ──verified──> Surveying ──all states read──> Open
//!    ^                       │                    │  │                   │                            │
//!    │                       │                    │  └─first key─> Provisioning                       │
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
mod job;
mod keyring;
mod loss;
mod place;
mod queue;
mod scan;
mod schedule;
mod survey;
mod trouble;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use super::frame::{Framer, LineCounts};
use super::key::{Entropy, Nonces, Scbk};
use super::line::{Address, Baud, Micros};
use super::message::PanelCommand;
use super::transaction::{Heard, Patience, Sequence, classify};
use super::wire::Frame;

use answer::Taken;
use device::{Device, Kind};
pub use event::{
    BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceKeys, DeviceRole, DeviceView, Failure, FirstKey, Job,
    JobEvent, JobFailure, JobRefused, LineTrouble, OfflineCause, ProvenKey, ScanEvent, ScanRefused, SecurityTrouble,
    SendRefused, Sharing, Urgency,
};
use job::ActiveJob;
use place::Place;
use queue::Queued;
use scan::Search;
use schedule::{Choice, Schedule};
use trouble::Troubles;

/// Events kept for a driver that is slow to take them. At this many the bus stops asking, so that nothing is dropped:
/// devices keep their cards until asked. Fewer would stall a full bus that comes up at once.
const EVENT_LIMIT_EVENTS: usize = 512;

/// How long a line that is never silent is respected after an exchange. Beyond that, somebody babbles and waiting would
/// not help the others.
const LINE_HELD_LIMIT_MILLIS: u64 = 100;

/// Silence before the line's speed changes, so that nobody takes the bytes of one speed for the end of a frame of the other:
/// twenty milliseconds end a frame (OSDP 2.2, 5.7).
const SPEED_CHANGE_SILENCE_MILLIS: u64 = 25;

/// One RS-485 line, seen from the panel.
#[derive(Debug)]
pub struct Bus {
    config: BusConfig,
    framer: Framer,
    nonces: Nonces,
    devices: BTreeMap<Address, Device>,
    schedule: Schedule,
    search: Search,
    exchange: Option<Exchange>,
    /// The speed of the last frame.
    speed: Baud,
    /// The line has been silent long enough then.
    line_free_at: Micros,
    /// Nobody's babble delays us beyond this.
    line_held_until: Micros,
    last_byte_at: Micros,
    /// Who was asked last.
    last_asked: Option<Address>,
    /// What was told of the line as a whole.
    troubles: Troubles,
    events: VecDeque<(Address, BusEvent)>,
}

/// The exchange that is on the line.
#[derive(Debug)]
struct Exchange {
    asked: Asked,
    place: Place,
    patience: Patience,
    began: Micros,
    /// The command has left the wire then.
    sent_by: Micros,
    /// Bytes that were no frames, when it began.
    spoilt_before: u32,
    /// Whole frames, when it began.
    frames_before: u32,
    has_heard: bool,
}

/// Who was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Device(Address, Kind),
    Stranger(Sequence),
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
            search: Search::default(),
            exchange: None,
            speed: config.baud,
            line_free_at: Micros::default(),
            line_held_until: Micros::default(),
            last_byte_at: Micros::default(),
            last_asked: None,
            troubles: Troubles::default(),
            events: VecDeque::new(),
        }
    }

    /// Adds a device, or replaces the configuration of one, whose queued commands then fail as offline and whose job is
    /// stopped. A job that was about to bring another device to this address is stopped too.
    pub fn add(&mut self, now: Micros, address: Address, config: DeviceConfig) {
        self.remove(address);
        let comes_here = |device: &&mut Device| device.job.as_ref().and_then(ActiveJob::new_address) == Some(address);
        for device in self.devices.values_mut().filter(comes_here) {
            device.stop_job(now, &mut self.events);
        }
        let home = Place::new(address, config.baud.unwrap_or(self.config.baud));
        let mut device = Device::new(now, home, !self.config.speed_is_fixed, config);
        device.announce(now, &mut self.events);
        self.devices.insert(address, device);
    }

    /// Forgets a device. Its commands fail and its job is stopped; nothing more is said about it. An answer that it still
    /// owes is waited for and not listened to, so that nobody speaks into it.
    pub fn remove(&mut self, address: Address) {
        if let Some(mut device) = self.devices.remove(&address) {
            device.dismiss(&mut self.events);
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
        let silent_at = now + self.speed.idle_time();
        self.line_free_at = self.line_free_at.max(silent_at.min(self.line_held_until));
        self.last_byte_at = now;
        if let Some(exchange) = &mut self.exchange {
            exchange.has_heard |= !bytes.is_empty();
        }
        let echoes = self.framer.counts().echoes;
        for frame in self.framer.feed(now, bytes) {
            self.hear(now, &frame);
        }
        if self.framer.counts().echoes != echoes {
            self.tell_of_line(now, LineTrouble::Echo);
        }
        let (missing, speed) = (self.framer.missing(), self.speed);
        if let Some(exchange) = self.exchange.as_mut().filter(|_| missing > 0) {
            exchange.patience.extend(now, speed, missing);
        }
    }

    /// Does what is due at `now`. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Micros) {
        for frame in self.framer.expire(now) {
            self.hear(now, &frame);
        }
        if let Some(exchange) = self.exchange.take_if(|exchange| now >= exchange.patience.until) {
            self.end_exchange(now);
            self.unanswered(now, &exchange);
        }
        for device in self.devices.values_mut() {
            device.check_clock(now, &mut self.events);
        }
    }

    /// The next frame to write, if the line is free and something is due. Its transmission is taken to begin at `now`, at
    /// [`Bus::line_speed`].
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        if self.exchange.is_some() || now < self.line_free_at {
            return None;
        }
        // Each turn either sends, or uses up a command, a handshake try or an address, so the loop ends.
        while self.events.len() < EVENT_LIMIT_EVENTS {
            let choice = self.schedule.choose(now, &self.devices, self.search.ready_at())?;
            let place = match choice {
                Choice::Device(address, _) => self.devices.get(&address)?.place(),
                Choice::Search => match self.search.next_place(|address| is_known(&self.devices, address)) {
                    Some(place) => place,
                    None => continue,
                },
            };
            if !self.may_speak_at(now, place.baud) {
                return None;
            }
            if let Some(bytes) = self.frame_for(now, choice, place) {
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
            None => {
                let turn = self.schedule.next_turn(&self.devices, self.search.ready_at());
                turn.map(|at| at.max(self.line_free_at))
            }
        };
        // A half frame matters only while an answer is waited for.
        let gap = self.exchange.as_ref().and_then(|_| self.framer.deadline());
        [clock, line, gap].into_iter().flatten().min()
    }

    /// Begins a job with a device. [`BusEvent::Job`] tells how it goes on and, once, how it ended.
    ///
    /// # Errors
    /// It cannot begin; nothing was sent and nothing follows.
    pub fn begin_job(&mut self, now: Micros, address: Address, job: Job) -> Result<(), JobRefused> {
        let is_taken = |wanted: &Address| {
            let comes_there = |device: &Device| device.job.as_ref().and_then(ActiveJob::new_address) == Some(*wanted);
            *wanted != address && (self.devices.contains_key(wanted) || self.devices.values().any(comes_there))
        };
        match &job {
            Job::Commission { first: FirstKey::Given(first), fresh, .. } if first == fresh => {
                return Err(JobRefused::DuplicateKey);
            }
            Job::Commission { fresh, .. } | Job::RollKey { fresh } if self.is_used(address, fresh) => {
                return Err(JobRefused::DuplicateKey);
            }
            Job::SetLine { address: wanted, .. } if is_taken(wanted) => return Err(JobRefused::AddressTaken),
            Job::SetLine { baud, .. } if self.config.speed_is_fixed && *baud != self.config.baud => {
                return Err(JobRefused::SpeedFixed);
            }
            Job::Commission { .. } | Job::RollKey { .. } | Job::SetLine { .. } | Job::SendFile { .. } => {}
        }
        let device = self.devices.get_mut(&address).ok_or(JobRefused::UnknownAddress)?;
        device.begin_job(now, job, &mut self.events)
    }

    /// Stops a device's job, if it has one; [`JobFailure::Stopped`] follows.
    pub fn stop_job(&mut self, now: Micros, address: Address) {
        if let Some(device) = self.devices.get_mut(&address) {
            device.stop_job(now, &mut self.events);
        }
    }

    /// Searches for devices at every address that no device of this bus has, at each of `speeds` that the port can be set to.
    /// The devices of the bus are served meanwhile.
    ///
    /// # Errors
    /// One is under way.
    pub fn begin_scan(&mut self, _now: Micros, speeds: &[Baud]) -> Result<(), ScanRefused> {
        if self.search.is_under_way() {
            return Err(ScanRefused::Busy);
        }
        let may_use = |baud: &Baud| !self.config.speed_is_fixed || *baud == self.config.baud;
        let speeds: Vec<Baud> = speeds.iter().copied().filter(may_use).collect();
        self.search.begin(&speeds);
        Ok(())
    }

    /// What the search found, oldest first. A search waits for somebody to take it.
    pub fn poll_scan(&mut self) -> Option<ScanEvent> {
        self.search.take_event()
    }

    /// The speed at which the frame that [`Bus::poll_transmit`] gave last must be sent, and the answer be heard.
    pub fn line_speed(&self) -> Baud {
        self.speed
    }

    /// What is known of a device now.
    pub fn device_view(&self, address: Address) -> Option<DeviceView> {
        self.devices.get(&address).map(Device::view)
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<(Address, BusEvent)> {
        self.events.pop_front()
    }

    /// What was seen on the line, for diagnosis.
    pub fn line_counts(&self) -> LineCounts {
        self.framer.counts()
    }

    /// True when a device of the bus has `key`, leaving aside a key that is already pending for the one at `address`.
    fn is_used(&self, address: Address, key: &Scbk) -> bool {
        self.devices.iter().any(|(other, device)| match *other == address {
            true => device.keys.is_active(key),
            false => device.keys.uses(key),
        })
    }

    /// A change of speed needs a silence that everybody takes for the end of whatever was said.
    fn may_speak_at(&mut self, now: Micros, baud: Baud) -> bool {
        if baud == self.speed {
            return true;
        }
        let silent_from = self.last_byte_at + Duration::from_millis(SPEED_CHANGE_SILENCE_MILLIS);
        self.line_free_at = self.line_free_at.max(silent_from.min(self.line_held_until));
        now >= self.line_free_at
    }

    fn frame_for(&mut self, now: Micros, choice: Choice, place: Place) -> Option<Vec<u8>> {
        let (bytes, asked) = match choice {
            Choice::Device(address, kind) => {
                let device = self.devices.get_mut(&address)?;
                let bytes = device.next_frame(now, &mut self.nonces, &mut self.events)?;
                (bytes, Asked::Device(address, kind))
            }
            Choice::Search => {
                let (bytes, sequence) = self.search.frame(place)?;
                (bytes, Asked::Stranger(sequence))
            }
        };
        self.begin_exchange(now, asked, place, bytes.len());
        Some(bytes)
    }

    fn begin_exchange(&mut self, now: Micros, asked: Asked, place: Place, bytes: usize) {
        let usual = match asked {
            Asked::Device(address, Kind::Probe) => self.devices.get(&address).and_then(Device::probe_patience),
            Asked::Device(..) => None,
            Asked::Stranger(_) => Some(scan::patience()),
        };
        let patience = match usual {
            Some(limit) => Patience::of(now, place.baud, bytes, limit),
            None => Patience::new(now, place.baud, bytes),
        };
        self.notice_babble(now);
        self.speed = place.baud;
        self.exchange = Some(Exchange {
            asked,
            place,
            patience,
            began: now,
            sent_by: now + place.baud.wire_time(bytes),
            spoilt_before: self.spoilt(),
            frames_before: self.framer.counts().frames,
            has_heard: false,
        });
        if let Asked::Device(address, _) = asked {
            self.last_asked = Some(address);
            self.schedule.sent(now, &mut self.devices, address);
        }
    }

    /// Bytes that cannot have been a frame, so far.
    fn spoilt(&self) -> u32 {
        let counts = self.framer.counts();
        counts.false_starts.saturating_add(counts.cut_off)
    }

    /// The line is ours again after a short silence.
    fn end_exchange(&mut self, now: Micros) {
        self.exchange = None;
        self.line_free_at = now + self.speed.idle_time();
        self.line_held_until = now + Duration::from_millis(LINE_HELD_LIMIT_MILLIS);
    }

    /// Nobody answered in time.
    fn unanswered(&mut self, now: Micros, exchange: &Exchange) {
        let is_garbled = exchange.has_heard && self.framer.counts().frames == exchange.frames_before;
        let is_noisy = is_garbled || self.spoilt() != exchange.spoilt_before;
        match exchange.asked {
            Asked::Stranger(_) => {
                self.search.unanswered(exchange.place);
                self.schedule.searched(now, exchange.began);
            }
            Asked::Device(address, kind) => {
                if kind == Kind::Probe {
                    self.schedule.probe_failed(now, exchange.began);
                }
                let owing = self.devices.get_mut(&address).filter(|device| device.awaited().is_some());
                if let Some(device) = owing {
                    if is_noisy {
                        device.noise(now, &mut self.events);
                    }
                    device.unanswered(now, &mut self.events);
                }
            }
        }
    }

    /// One whole reply frame, from whoever sent it. Without an exchange nobody was asked, so nobody is listened to.
    fn hear(&mut self, now: Micros, frame: &Frame) {
        let Some(exchange) = &self.exchange else { return self.hear_unasked(now, frame) };
        match exchange.asked {
            Asked::Device(address, kind) => self.hear_device(now, frame, address, kind),
            Asked::Stranger(sequence) => self.hear_stranger(now, frame, exchange.place, sequence),
        }
    }

    fn hear_device(&mut self, now: Micros, frame: &Frame, address: Address, kind: Kind) {
        let Some(place) = self.exchange.as_ref().map(|exchange| exchange.place) else { return };
        let owing = self.devices.get_mut(&address).and_then(|device| Some((device.awaited()?, device)));
        let Some((sequence, device)) = owing else {
            // The device was taken off the bus, or given a job, while it was asked: its answer only frees the line.
            if frame.envelope.address == place.address.number() {
                self.end_exchange(now);
            }
            return;
        };
        let told = self.events.len();
        match classify(frame, place.address, sequence) {
            // The answer to a copy that was given up, now that the other copy has been answered.
            Heard::Stale if frame.envelope.address == place.address.number() && device.missed_lately(now) => {
                device.tell_trouble(now, LineTrouble::Late, &mut self.events);
            }
            Heard::Stale => {}
            Heard::Foreign(from) => self.hear_foreign(now, from),
            Heard::Busy => {
                device.busy(now, &mut self.events);
                self.end_exchange(now);
            }
            Heard::Answer => match device.answer(now, frame, &mut self.events) {
                Taken::Yes => self.answered(now, frame, (address, kind), told),
                Taken::No => {}
                Taken::Plaintext => device.refuse_plaintext(now, &mut self.events),
            },
        }
    }

    /// The exchange is settled: books what it took, and follows a device that has another address now.
    /// What was told since there were `told` events is what the answer brought.
    fn answered(&mut self, now: Micros, frame: &Frame, (address, kind): (Address, Kind), told: usize) {
        let spoilt = self.spoilt();
        let Some(exchange) = self.exchange.take() else { return };
        self.end_exchange(now);
        if kind == Kind::Poll {
            self.schedule.poll_took(exchange.began, self.line_free_at);
        }
        let is_use =
            |(_, event): &(Address, BusEvent)| matches!(event, BusEvent::Card { .. } | BusEvent::Keypad { .. });
        if self.events.iter().skip(told).any(is_use) {
            self.schedule.hold_polls(now);
        }
        let Some(device) = self.devices.get_mut(&address) else { return };
        let began_at = exchange.sent_by + exchange.place.baud.wire_time(frame.bytes().len());
        device.note_answer_time(now.since(began_at));
        if spoilt != exchange.spoilt_before {
            device.noise(now, &mut self.events);
        }
        if device.address != address
            && let Some(device) = self.devices.remove(&address)
        {
            self.devices.insert(device.address, device);
        }
    }

    fn hear_stranger(&mut self, now: Micros, frame: &Frame, place: Place, sequence: Sequence) {
        match classify(frame, place.address, sequence) {
            Heard::Answer | Heard::Busy => {
                let began = self.exchange.as_ref().map_or(now, |exchange| exchange.began);
                self.end_exchange(now);
                self.search.answered(place, frame);
                self.schedule.searched(now, began);
            }
            Heard::Stale => {}
            Heard::Foreign(_) => self.hear_unasked(now, frame),
        }
    }

    /// A device that answers too late is slow, not foreign; anybody else has no business to speak.
    fn hear_foreign(&mut self, now: Micros, from: Address) {
        if let Some(late) = self.devices.get_mut(&from).filter(|device| device.may_be_late(now)) {
            late.tell_trouble(now, LineTrouble::Late, &mut self.events);
        } else if let Some(asked) = self.last_asked.and_then(|asked| self.devices.get_mut(&asked)) {
            asked.refuse_foreign(now, from, &mut self.events);
        }
    }

    /// Nobody was asked, or somebody else: an answer that is still owed is late, and everything else is nobody's.
    fn hear_unasked(&mut self, now: Micros, frame: &Frame) {
        let from = Address::parse(frame.envelope.address).ok();
        let owes = |device: &&mut Device| {
            device.awaited().is_some_and(|sequence| sequence.number() == frame.envelope.sequence)
        };
        if let Some(late) = from.and_then(|from| self.devices.get_mut(&from)).filter(owes) {
            late.tell_trouble(now, LineTrouble::Late, &mut self.events);
        }
    }

    /// We speak although the line has not been silent, because it has not been for too long.
    fn notice_babble(&mut self, now: Micros) {
        if now.since(self.last_byte_at) < self.speed.idle_time() {
            self.tell_of_line(now, LineTrouble::Babble);
        }
    }

    /// A trouble that is nobody's in particular is told of the first device, so that one fault of the line is one trouble.
    fn tell_of_line(&mut self, now: Micros, trouble: LineTrouble) {
        if let Some(first) = self.devices.values().next().filter(|_| self.troubles.tells(now, trouble)) {
            first.tell(BusEvent::Line(trouble), &mut self.events);
        }
    }
}

/// True for the addresses of the bus's own devices, and for one at which a device is that is being moved.
fn is_known(devices: &BTreeMap<Address, Device>, address: Address) -> bool {
    devices.contains_key(&address) || devices.values().any(|device| device.place().address == address)
}

#[cfg(test)]
mod tests;
