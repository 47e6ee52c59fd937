//! One device as the panel knows it: the state of its link, what waits for it, what it owes.
//!
//! Decides what this device is sent when its turn comes, and how urgent that is. What an answer means is in `answer`,
//! what silence and failure mean is in `loss`, which key it must prove is in `keyring`, longer pieces of work are in `job`,
//! whose turn it is is in `schedule`.
//!
//! Vocabulary: what is *outstanding* has been sent and not been answered; it is repeated unchanged.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::backoff;
use super::event::{
    BusEvent, CommandTag, DeviceConfig, DeviceRole, DeviceView, Failure, LineTrouble, OfflineCause, SecurityTrouble,
    SendRefused, Urgency,
};
use super::job::{ActiveJob, JobFrame};
use super::keyring::{KeyRing, Slot};
use super::place::Place;
use super::queue::{CommandQueue, Queued};
use super::survey::Survey;
use super::trouble::Troubles;
use crate::osdp::key::Nonces;
use crate::osdp::line::{Address, Baud, Micros};
use crate::osdp::message::{DeviceIdentity, code};
use crate::osdp::secure::{self, KeyKind};
use crate::osdp::transaction::{Sequence, Stored};
use crate::osdp::wire::{Direction, Envelope, OpenSession, PanelChallenge, PanelProof};

/// A session's keys are renewed after this long, so that few bytes are ever under one key (32-bit MACs).
const RENEW_AFTER_SECS: u64 = 3_600;

/// How long a device that was just used is polled more often, and how much more.
const BOOST_SECS: u64 = 5;
const BOOST_FACTOR: u32 = 4;

/// A device that wants to be left alone with a file is polled after this long all the same, or its session would end.
const ALONE_LIMIT_SECS: u64 = 5;

/// A dead device is given this many times its usual answer time, and at least so long.
const USUAL_ANSWER_FACTOR: u32 = 8;
const PROBE_LEAST_MILLIS: u64 = 40;
/// One probe in so many waits as long as the standard allows.
const PATIENT_PROBE_EVERY: u32 = 8;

/// An answer that comes this much after it was given up is late and no stranger's: gateways hold frames back for hundreds of
/// milliseconds. Longer would take somebody else under this address for late, which is a lesser alarm.
const LATE_LIMIT_SECS: u64 = 2;

/// Events for the driver, as the bus keeps them.
pub(crate) type Events = VecDeque<(Address, BusEvent)>;

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    /// The address under which the driver knows it.
    pub(super) address: Address,
    /// Where it belongs.
    pub(super) home: Baud,
    /// Where it is spoken to now: elsewhere while it is moved or looked for.
    pub(super) place: Place,
    /// False when the driver cannot change the line's speed.
    pub(super) may_be_elsewhere: bool,
    /// Tries to find it, since it was last heard.
    pub(super) searches: u32,
    pub(super) keys: KeyRing,
    pub(super) role: DeviceRole,
    /// Who it must be: as configured, or as first seen.
    pub(super) pinned: Option<DeviceIdentity>,
    /// Its receive buffer in bytes, as far as it said.
    pub(super) frame_limit: Option<u16>,
    pub(super) presence: Presence,
    pub(super) link: Link,
    /// Number of the next new command.
    pub(super) sequence: Sequence,
    pub(super) outstanding: Option<Outstanding>,
    pub(super) queue: CommandQueue,
    pub(super) job: Option<ActiveJob>,
    /// Last believed answer, or when the device was added.
    pub(super) heard_at: Micros,
    /// When it is to be asked next, commands aside.
    pub(super) ready_at: Micros,
    pub(super) boosted_until: Micros,
    /// Its share of the polls so far; see `schedule`.
    pub(super) pass: Option<u64>,
    pub(super) asked_at: Micros,
    /// Answers missed in a row.
    pub(super) misses: u32,
    /// When an answer was missed last: it may still come.
    pub(super) missed_at: Option<Micros>,
    /// Sessions and handshakes lost in a row.
    pub(super) losses: u32,
    /// Wrong authentication codes, ever.
    pub(super) mac_failures: u32,
    /// Polls in a row that brought something.
    pub(super) drained: u32,
    pub(super) troubles: Troubles,
    pub(super) answer_time: Option<Duration>,
    pub(super) failures: u64,
}

/// What the driver has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Nothing yet.
    Connecting,
    Online,
    Offline,
}

/// The state of the session; see the diagram in `bus`.
pub(super) enum Link {
    Closed,
    Challenged(PanelChallenge, Attempt),
    Proving(PanelProof, Attempt),
    /// A session under the first key of a commissioning, in which the device is given its own and nothing else.
    Provisioning(OpenSession),
    Surveying {
        session: OpenSession,
        survey: Survey,
    },
    Open {
        session: OpenSession,
        since: Micros,
    },
}

/// One handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) purpose: Purpose,
    pub(super) slot: Slot,
    pub(super) kind: KeyKind,
}

/// Why a handshake is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// There was no session; the device may have restarted.
    Connect,
    /// The keys were old.
    Renew,
}

/// A command that was sent and not yet answered.
#[derive(Debug)]
pub(super) struct Outstanding {
    pub(super) stored: Stored,
    pub(super) about: About,
    /// How often the device said it was busy.
    pub(super) busy: u32,
}

/// What an outstanding frame is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    Handshake,
    Survey,
    Command(Queued),
    Job(JobFrame),
    Poll,
}

/// What a device's next frame is for; the order is the order on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Release,
    Command,
    Handshake,
    /// A job's frame.
    Work,
    /// A poll of a live device.
    Poll,
    /// Anything to a device that seems dead.
    Probe,
}

/// When a device wants the line, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) kind: Kind,
    pub(crate) at: Micros,
}

impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Closed => "Closed",
            Self::Challenged(..) => "Challenged",
            Self::Proving(..) => "Proving",
            Self::Provisioning(_) => "Provisioning",
            Self::Surveying { .. } => "Surveying",
            Self::Open { .. } => "Open",
        })
    }
}

impl Device {
    pub(crate) fn new(now: Micros, home: Place, may_be_elsewhere: bool, config: DeviceConfig) -> Self {
        Self {
            address: home.address,
            home: home.baud,
            place: home,
            may_be_elsewhere,
            searches: 0,
            keys: KeyRing::new(config.keys),
            role: config.role,
            pinned: config.expected,
            frame_limit: None,
            presence: Presence::Connecting,
            link: Link::Closed,
            sequence: Sequence::START,
            outstanding: None,
            queue: CommandQueue::default(),
            job: None,
            heard_at: now,
            ready_at: now,
            boosted_until: now,
            pass: None,
            asked_at: now,
            misses: 0,
            missed_at: None,
            losses: 0,
            mac_failures: 0,
            drained: 0,
            troubles: Troubles::default(),
            answer_time: None,
            failures: 0,
        }
    }

    /// Says at once that a device without a key is not there for anybody.
    pub(crate) fn announce(&mut self, now: Micros, events: &mut Events) {
        if !self.keys.has_key() {
            self.go_offline(now, OfflineCause::NoSession, events);
        }
    }

    pub(crate) fn view(&self) -> DeviceView {
        DeviceView {
            is_online: self.presence == Presence::Online,
            has_key: self.keys.has_key(),
            baud: self.place.baud,
            address: self.place.address,
            answer_time: self.answer_time,
            failures: self.failures,
            transfer: self.job.as_ref().and_then(ActiveJob::transfer),
        }
    }

    /// How long a probe of this device waits for the beginning of an answer. One that used to answer in a few milliseconds
    /// and is dead now costs the others less than the standard's time; every eighth probe waits that long all the same.
    pub(crate) fn probe_patience(&self) -> Option<Duration> {
        let usual = self.answer_time.filter(|_| self.presence == Presence::Offline)?;
        if self.misses.is_multiple_of(PATIENT_PROBE_EVERY) {
            return None;
        }
        Some((usual * USUAL_ANSWER_FACTOR).max(Duration::from_millis(PROBE_LEAST_MILLIS)))
    }

    /// Books how long the device took to begin an answer; a moving mean, so that one slow answer does not count much.
    pub(crate) fn note_answer_time(&mut self, took: Duration) {
        self.answer_time = Some(self.answer_time.map_or(took, |mean| (mean * 7 + took) / 8));
    }

    /// Where the device is spoken to.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Takes a command for later, or fails it at once when nobody is there to execute it.
    pub(crate) fn accept(&mut self, now: Micros, command: Queued, events: &mut Events) -> Result<(), SendRefused> {
        match self.presence {
            Presence::Online if command.is_expired(now) => self.fail(command.tag, Failure::Expired, events),
            Presence::Online => self.queue.push(command)?,
            Presence::Connecting | Presence::Offline => self.fail(command.tag, Failure::Offline, events),
        }
        Ok(())
    }

    /// The sequence number an answer must carry, when one is owed.
    pub(crate) fn awaited(&self) -> Option<Sequence> {
        self.outstanding.as_ref().map(|outstanding| outstanding.stored.sequence)
    }

    /// Whether an answer that comes out of turn may be one that it owed: to what it is asked now, or to a copy that was
    /// given up a moment ago.
    pub(crate) fn may_be_late(&self, now: Micros) -> bool {
        self.awaited().is_some() || self.missed_lately(now)
    }

    /// Whether an answer of it was given up a moment ago.
    pub(crate) fn missed_lately(&self, now: Micros) -> bool {
        self.missed_at.is_some_and(|missed| now.since(missed) < Duration::from_secs(LATE_LIMIT_SECS))
    }

    /// What the outstanding frame is for.
    pub(crate) fn outstanding_kind(&self) -> Option<Kind> {
        self.outstanding.as_ref().map(|outstanding| match &outstanding.about {
            About::Command(command) => command.urgency.into(),
            About::Handshake | About::Survey => Kind::Handshake,
            About::Job(_) => Kind::Work,
            About::Poll => Kind::Poll,
        })
    }

    /// When this device wants the line; never, while it has no key to prove.
    pub(crate) fn turn(&self) -> Option<Turn> {
        if self.outstanding.is_none() && !self.keys.has_key() {
            return None;
        }
        let turn = self.wish();
        Some(if self.is_doubtful() { Turn { kind: Kind::Probe, ..turn } } else { turn })
    }

    /// A dead device is asked only when no urgent work waits, even if something waits for it.
    fn is_doubtful(&self) -> bool {
        let is_away = self.presence == Presence::Offline && matches!(self.link, Link::Closed);
        is_away || self.misses >= backoff::SUSPECT_AFTER_MISSES
    }

    fn wish(&self) -> Turn {
        let queued = self.queue.first().map(Kind::from);
        match (self.outstanding_kind(), &self.link) {
            // The most urgent thing that must get through may stand behind the outstanding one.
            (Some(kind), _) => Turn { kind: queued.map_or(kind, |queued| queued.min(kind)), at: self.ready_at },
            (None, Link::Closed | Link::Challenged(..) | Link::Proving(..)) => {
                Turn { kind: queued.map_or(Kind::Handshake, |queued| queued.min(Kind::Handshake)), at: self.ready_at }
            }
            (None, Link::Provisioning(_) | Link::Surveying { .. }) => {
                let release = queued.filter(|kind| *kind == Kind::Release);
                Turn { kind: release.unwrap_or(Kind::Handshake), at: self.heard_at }
            }
            // A queued command need not wait for the poll to be due.
            (None, Link::Open { since, .. }) => match queued {
                Some(kind) => Turn { kind, at: self.heard_at },
                None => self.idle_wish(*since),
            },
        }
    }

    /// What an open session wants when no command waits: a job's frame, new keys or a poll, whichever is due first.
    fn idle_wish(&self, since: Micros) -> Turn {
        let poll = Turn { kind: Kind::Poll, at: self.poll_at() };
        let work = self.job.as_ref().and_then(ActiveJob::wants_line_at).map(|at| Turn { kind: Kind::Work, at });
        let renewal = Turn { kind: Kind::Handshake, at: renewal_at(since) };
        match work {
            Some(work) if work.at <= poll.at => work,
            _ if renewal.at <= poll.at => renewal,
            Some(_) | None => poll,
        }
    }

    fn poll_at(&self) -> Micros {
        match &self.job {
            Some(job) if job.wants_to_be_alone() => self.asked_at + Duration::from_secs(ALONE_LIMIT_SECS),
            Some(_) | None => self.ready_at,
        }
    }

    /// True while a handshake or survey is under way.
    pub(crate) fn is_half_connected(&self) -> bool {
        match &self.link {
            Link::Challenged(..) | Link::Proving(..) | Link::Provisioning(_) | Link::Surveying { .. } => true,
            Link::Closed | Link::Open { .. } => false,
        }
    }

    /// True while this device takes part in the round of polls.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.link, Link::Open { .. }) && self.misses < backoff::SUSPECT_AFTER_MISSES
    }

    /// This device's share of the polls.
    pub(crate) fn weight(&self, now: Micros) -> u32 {
        let weight = match self.role {
            DeviceRole::Reader => 4,
            DeviceRole::Lock => 2,
            DeviceRole::Handle => 1,
        };
        if now < self.boosted_until { weight * BOOST_FACTOR } else { weight }
    }

    /// It was just used, so the next thing is likely to happen here.
    pub(super) fn boost(&mut self, now: Micros) {
        self.boosted_until = now + Duration::from_secs(BOOST_SECS);
        self.pass = None;
    }

    /// The frame to send now: the outstanding one again, or a new one. `None` when nothing could be made of this turn;
    /// then the turn has been used up.
    pub(crate) fn next_frame(&mut self, now: Micros, nonces: &mut Nonces, events: &mut Events) -> Option<Vec<u8>> {
        self.drop_expired(now, events);
        if self.outstanding.is_none() {
            self.outstanding = self.compose(now, nonces, events);
        }
        self.outstanding.as_ref().map(|outstanding| outstanding.stored.bytes.clone())
    }

    fn compose(&mut self, now: Micros, nonces: &mut Nonces, events: &mut Events) -> Option<Outstanding> {
        match &mut self.link {
            // The handshake's later frames are composed when their cause arrives, so only its first one is due here.
            Link::Closed | Link::Challenged(..) | Link::Proving(..) => {
                self.challenge(now, Purpose::Connect, nonces, events)
            }
            Link::Provisioning(_) => self.compose_work(now, events),
            Link::Surveying { survey, .. } => match self.queue.pop_first_release() {
                Some(release) => self.seal_command(now, release),
                None => {
                    let (code, data) = survey.question();
                    self.seal(code, data, About::Survey)
                }
            },
            Link::Open { since, .. } => {
                let since = *since;
                match self.queue.pop() {
                    Some(command) => self.seal_command(now, command),
                    None => self.compose_idle(now, since, nonces, events),
                }
            }
        }
    }

    fn compose_idle(
        &mut self,
        now: Micros,
        since: Micros,
        nonces: &mut Nonces,
        events: &mut Events,
    ) -> Option<Outstanding> {
        let wish = self.idle_wish(since).kind;
        let work = if wish == Kind::Work { self.compose_work(now, events) } else { None };
        match work {
            Some(work) => Some(work),
            None if wish == Kind::Handshake => self.challenge(now, Purpose::Renew, nonces, events),
            None => self.seal(code::POLL, &[], About::Poll),
        }
    }

    fn challenge(
        &mut self,
        now: Micros,
        purpose: Purpose,
        nonces: &mut Nonces,
        events: &mut Events,
    ) -> Option<Outstanding> {
        let (slot, offer) = self.keys.offer()?;
        let kind = offer.kind();
        match secure::begin(offer, nonces, self.place.address) {
            Ok((challenge, bytes)) => {
                self.link = Link::Challenged(challenge, Attempt { purpose, slot, kind });
                self.sequence = Sequence::START.next();
                Some(Outstanding::new(bytes, Sequence::START, About::Handshake))
            }
            Err(_) => {
                self.tell(BusEvent::Security(SecurityTrouble::NoEntropy), events);
                self.lose_session(now, events);
                None
            }
        }
    }

    fn seal_command(&mut self, now: Micros, mut command: Queued) -> Option<Outstanding> {
        command.attempts = command.attempts.saturating_add(1);
        command.sent_at = now;
        let (code, data) = command.command.encode();
        self.seal(code, &data, About::Command(command))
    }

    /// Secures a new command of the session and numbers it.
    pub(super) fn seal(&mut self, code: u8, data: &[u8], about: About) -> Option<Outstanding> {
        let sequence = self.sequence;
        let address = self.place.address.number();
        let envelope = Envelope { address, direction: Direction::ToDevice, sequence: sequence.number() };
        let bytes = match &mut self.link {
            Link::Provisioning(session) | Link::Surveying { session, .. } | Link::Open { session, .. } => {
                session.seal(envelope, code, data)
            }
            Link::Closed | Link::Challenged(..) | Link::Proving(..) => return None,
        };
        self.sequence = sequence.next();
        Some(Outstanding::new(bytes, sequence, about))
    }

    pub(super) fn tell(&self, event: BusEvent, events: &mut Events) {
        events.push_back((self.address, event));
    }

    pub(super) fn fail(&self, tag: CommandTag, why: Failure, events: &mut Events) {
        self.tell(BusEvent::Failed { tag, why }, events);
    }

    /// Tells a trouble of the line, unless it was told a moment ago.
    pub(crate) fn tell_trouble(&mut self, now: Micros, trouble: LineTrouble, events: &mut Events) {
        if self.troubles.tells(now, trouble) {
            self.tell(BusEvent::Line(trouble), events);
        }
    }

    /// A plaintext answer was dropped.
    pub(crate) fn refuse_plaintext(&mut self, now: Micros, events: &mut Events) {
        if self.troubles.tells_plaintext(now) {
            self.tell(BusEvent::Security(SecurityTrouble::PlaintextRefused), events);
        }
    }

    /// While this device was asked, an address that owes no answer spoke.
    pub(crate) fn refuse_foreign(&mut self, now: Micros, from: Address, events: &mut Events) {
        if self.troubles.tells_foreign(now) {
            self.tell(BusEvent::Security(SecurityTrouble::ForeignAddress { from }), events);
        }
    }

    /// There was noise while this device was asked.
    pub(crate) fn noise(&mut self, now: Micros, events: &mut Events) {
        if self.troubles.noisy_exchange(now) {
            self.tell(BusEvent::Line(LineTrouble::Noise), events);
        }
    }
}

impl Outstanding {
    pub(super) fn new(bytes: Vec<u8>, sequence: Sequence, about: About) -> Self {
        Self { stored: Stored { bytes, sequence }, about, busy: 0 }
    }
}

impl From<Urgency> for Kind {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Release => Self::Release,
            Urgency::Normal => Self::Command,
        }
    }
}

fn renewal_at(since: Micros) -> Micros {
    since + Duration::from_secs(RENEW_AFTER_SECS)
}
