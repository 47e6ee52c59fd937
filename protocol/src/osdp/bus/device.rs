//! One device as the panel knows it: the state of its link, what waits for it, what it owes.
//!
//! Decides what this device is sent when its turn comes, and how urgent that is. What an answer means is in `answer`,
//! what silence and failure mean is in `loss`, whose turn it is is in `schedule`.
//!
//! Vocabulary: what is *outstanding* has been sent and not been answered; it is repeated unchanged.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::event::{BusEvent, DeviceConfig, DeviceKeys, DeviceRole, Failure, SecurityTrouble, SendRefused, Urgency};
use super::queue::{CommandQueue, Queued};
use super::survey::Survey;
use super::{backoff, event::CommandTag};
use crate::osdp::key::Nonces;
use crate::osdp::line::{Address, Micros};
use crate::osdp::message::{DeviceIdentity, code};
use crate::osdp::secure;
use crate::osdp::transaction::{Sequence, Stored};
use crate::osdp::wire::{Direction, Envelope, OpenSession, PanelChallenge, PanelProof};

/// A session's keys are renewed after this long, so that few bytes are ever under one key (32-bit MACs).
const RENEW_AFTER_SECS: u64 = 3_600;

/// How long a device that was just used is polled more often, and how much more.
const BOOST_SECS: u64 = 5;
const BOOST_FACTOR: u32 = 4;

/// Events for the driver, as the bus keeps them.
pub(crate) type Events = VecDeque<(Address, BusEvent)>;

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(super) address: Address,
    pub(super) keys: DeviceKeys,
    pub(super) role: DeviceRole,
    /// Who it must be: as configured, or as first seen.
    pub(super) pinned: Option<DeviceIdentity>,
    pub(super) presence: Presence,
    pub(super) link: Link,
    /// Number of the next new command.
    pub(super) sequence: Sequence,
    pub(super) outstanding: Option<Outstanding>,
    pub(super) queue: CommandQueue,
    /// Last believed answer, or when the device was added.
    pub(super) heard_at: Micros,
    /// When it is to be asked next, commands aside.
    pub(super) ready_at: Micros,
    pub(super) boosted_until: Micros,
    /// Answers missed in a row.
    pub(super) misses: u32,
    /// Sessions and handshakes lost in a row.
    pub(super) losses: u32,
    pub(super) doubt: KeyDoubt,
    /// Wrong authentication codes, ever.
    pub(super) mac_failures: u32,
    /// Polls in a row that brought something.
    pub(super) drained: u32,
}

/// What the driver has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Nothing yet.
    Connecting,
    Online,
    Offline,
}

/// Whether the device seems to have another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyDoubt {
    None,
    /// It failed once, perhaps because its answer was late.
    Once,
    /// It failed, and the driver has been told.
    Reported,
}

/// The state of the session; see the diagram in `bus`.
pub(super) enum Link {
    Closed,
    Challenged(PanelChallenge, Purpose),
    Proving(PanelProof, Purpose),
    Surveying { session: OpenSession, survey: Survey },
    Open { session: OpenSession, since: Micros },
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
    Poll,
}

/// How urgent a device's next frame is; the order is the order on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Release,
    Command,
    Handshake,
    /// A poll of a live device or a probe of a dead one.
    Poll,
}

/// When a device wants the line, and how urgently.
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
            Self::Surveying { .. } => "Surveying",
            Self::Open { .. } => "Open",
        })
    }
}

impl Device {
    pub(crate) fn new(now: Micros, address: Address, config: DeviceConfig) -> Self {
        Self {
            address,
            keys: config.keys,
            role: config.role,
            pinned: config.expected,
            presence: Presence::Connecting,
            link: Link::Closed,
            sequence: Sequence::START,
            outstanding: None,
            queue: CommandQueue::default(),
            heard_at: now,
            ready_at: now,
            boosted_until: now,
            misses: 0,
            losses: 0,
            doubt: KeyDoubt::None,
            mac_failures: 0,
            drained: 0,
        }
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

    /// True when the outstanding frame is a command of the driver's.
    pub(crate) fn awaits_command(&self) -> bool {
        matches!(self.outstanding, Some(Outstanding { about: About::Command(_), .. }))
    }

    /// When this device wants the line.
    pub(crate) fn turn(&self) -> Turn {
        let kind = if self.is_doubtful() { Kind::Poll } else { self.kind() };
        let at = match (&self.outstanding, &self.link) {
            // A queued command need not wait for the poll to be due; a pause after a failure it must respect.
            (None, Link::Surveying { .. }) => self.heard_at,
            (None, Link::Open { .. }) if self.queue.first().is_some() => self.heard_at,
            (None, Link::Open { since, .. }) => self.ready_at.min(renewal_at(*since)),
            (None, Link::Closed | Link::Challenged(..) | Link::Proving(..)) | (Some(_), _) => self.ready_at,
        };
        Turn { kind, at }
    }

    /// A dead device is asked only when no urgent work waits, even if something waits for it.
    fn is_doubtful(&self) -> bool {
        self.presence == Presence::Offline || self.misses >= backoff::SUSPECT_AFTER_MISSES
    }

    /// The most urgent thing that must get through, which may stand behind the outstanding one.
    fn kind(&self) -> Kind {
        let outstanding = self.outstanding.as_ref().map(|outstanding| match &outstanding.about {
            About::Command(command) => command.urgency.into(),
            About::Handshake | About::Survey => Kind::Handshake,
            About::Poll => Kind::Poll,
        });
        let queued = self.queue.first().map(Kind::from);
        let link = match &self.link {
            Link::Closed | Link::Challenged(..) | Link::Proving(..) | Link::Surveying { .. } => Kind::Handshake,
            Link::Open { since, .. } if self.ready_at >= renewal_at(*since) => Kind::Handshake,
            Link::Open { .. } => Kind::Poll,
        };
        [outstanding, queued].into_iter().flatten().fold(link, Kind::min)
    }

    /// This device's share of the polls: none while it is in doubt.
    pub(crate) fn weight(&self, now: Micros) -> u32 {
        let weight = match self.role {
            DeviceRole::Reader => 4,
            DeviceRole::Lock => 2,
            DeviceRole::Handle => 1,
        };
        match (self.is_doubtful(), now < self.boosted_until) {
            (true, _) => 0,
            (false, true) => weight * BOOST_FACTOR,
            (false, false) => weight,
        }
    }

    pub(super) fn boost(&mut self, now: Micros) {
        self.boosted_until = now + Duration::from_secs(BOOST_SECS);
    }

    /// The schedule's word on when to poll next; failures overrule it.
    pub(crate) fn poll_again_at(&mut self, at: Micros) {
        self.ready_at = at;
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
            Link::Surveying { survey, .. } => match self.queue.pop_release() {
                Some(release) => self.seal_command(release),
                None => {
                    let (code, data) = survey.question();
                    self.seal(code, data, About::Survey)
                }
            },
            Link::Open { since, .. } => {
                let is_old = now >= renewal_at(*since);
                match self.queue.pop() {
                    Some(command) => self.seal_command(command),
                    None if is_old => self.challenge(now, Purpose::Renew, nonces, events),
                    None => self.seal(code::POLL, &[], About::Poll),
                }
            }
        }
    }

    fn challenge(
        &mut self,
        now: Micros,
        purpose: Purpose,
        nonces: &mut Nonces,
        events: &mut Events,
    ) -> Option<Outstanding> {
        let key = self.keys.active.clone()?;
        match secure::begin(&key, nonces, self.address) {
            Ok((challenge, bytes)) => {
                self.link = Link::Challenged(challenge, purpose);
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

    fn seal_command(&mut self, mut command: Queued) -> Option<Outstanding> {
        command.attempts = command.attempts.saturating_add(1);
        let (code, data) = command.command.encode();
        self.seal(code, &data, About::Command(command))
    }

    /// Secures a new command of the session and numbers it.
    fn seal(&mut self, code: u8, data: &[u8], about: About) -> Option<Outstanding> {
        let sequence = self.sequence;
        let envelope =
            Envelope { address: self.address.number(), direction: Direction::ToDevice, sequence: sequence.number() };
        let bytes = match &mut self.link {
            Link::Surveying { session, .. } | Link::Open { session, .. } => session.seal(envelope, code, data),
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
