//! What an answer means for a device.
//!
//! Decides which answers are taken and what they change: the next step of a handshake, a survey, a confirmed command, an
//! event. Only the session's own frames change what the driver is told; a plaintext refusal means "not done" and no more.
//! Silence and failure are in `loss`.

use core::mem;
use core::time::Duration;

use super::backoff;
use super::device::{About, Device, Events, KeyDoubt, Link, Outstanding, Presence, Purpose};
use super::event::{BusEvent, Failure, OfflineCause, SecurityTrouble, Urgency};
use super::loss::Fate;
use super::queue::Queued;
use super::survey::{Findings, Progress, Survey};
use crate::osdp::line::Micros;
use crate::osdp::message::{NakCode, Reply};
use crate::osdp::secure::{self, Claim};
use crate::osdp::wire::{Frame, NotProven};

/// Polls in a row that are granted to a device that always has something to say, before the others come.
const DRAIN_LIMIT_POLLS: u32 = 8;

/// A session that lasted so long wipes the memory of earlier losses.
const STABLE_AFTER_SECS: u64 = 10;

/// Whether a frame settled the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It did; the line is free.
    Yes,
    /// It was no answer; keep waiting for the real one.
    No,
    /// It was plaintext where none is believed; keep waiting.
    Plaintext,
}

impl Device {
    /// Takes a frame that claims to answer the outstanding one.
    pub(crate) fn answer(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        match secure::first_claim(frame) {
            Claim::NotDone(code) => self.not_done(now, code, events),
            Claim::Plaintext => Taken::Plaintext,
            Claim::Misplaced => Taken::No,
            Claim::ChallengeReply => self.proven(now, frame, events),
            Claim::ProofReply => self.accepted(now, frame, events),
            Claim::Secured => self.secured(now, frame, events),
        }
    }

    /// Plaintext NAK. A damaged command is repeated; anything else means that the device knows no session of ours.
    fn not_done(&mut self, now: Micros, code: NakCode, events: &mut Events) -> Taken {
        if code == NakCode::CHECK {
            self.misses = self.misses.saturating_add(1);
            self.ready_at = now + backoff::after_silence(self.misses, self.address);
        } else {
            self.lose_session_with(now, Fate::Retry(Failure::Refused(code)), events);
        }
        Taken::Yes
    }

    /// CCRYPT: the device's proof. Ours follows at once.
    fn proven(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        let (challenge, purpose) = match mem::replace(&mut self.link, Link::Closed) {
            Link::Challenged(challenge, purpose) => (challenge, purpose),
            other => return self.keep(other),
        };
        let sequence = self.sequence;
        match secure::prove(challenge, frame, self.address, sequence) {
            Ok((proof, bytes)) => {
                self.misses = 0;
                self.link = Link::Proving(proof, purpose);
                self.outstanding = Some(Outstanding::new(bytes, sequence, About::Handshake));
                self.sequence = sequence.next();
                self.ready_at = now;
            }
            Err(NotProven) => self.not_proven(now, events),
        }
        Taken::Yes
    }

    /// RMAC_I: the session is open.
    fn accepted(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        let (proof, purpose) = match mem::replace(&mut self.link, Link::Closed) {
            Link::Proving(proof, purpose) => (proof, purpose),
            other => return self.keep(other),
        };
        match secure::conclude(proof, frame) {
            Ok(session) => {
                self.outstanding = None;
                self.doubt = KeyDoubt::None;
                self.link = match purpose {
                    Purpose::Connect => Link::Surveying { session, survey: Survey::default() },
                    Purpose::Renew => Link::Open { session, since: now },
                };
                self.heard(now);
                self.ready_at = now;
            }
            Err(NotProven) => self.not_proven(now, events),
        }
        Taken::Yes
    }

    fn keep(&mut self, link: Link) -> Taken {
        self.link = link;
        Taken::No
    }

    /// The device did not prove its key. After missed answers this may be the late answer to an earlier nonce, so then
    /// the next handshake decides.
    fn not_proven(&mut self, now: Micros, events: &mut Events) {
        let could_be_late = self.misses > 0;
        self.lose_session(now, events);
        match self.doubt {
            KeyDoubt::None if could_be_late => self.doubt = KeyDoubt::Once,
            KeyDoubt::None | KeyDoubt::Once => {
                self.doubt = KeyDoubt::Reported;
                self.tell(BusEvent::Security(SecurityTrouble::WrongKey), events);
                self.go_offline(now, OfflineCause::WrongKey, events);
            }
            KeyDoubt::Reported => {}
        }
    }

    /// A frame of the session.
    fn secured(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        let opened = match &mut self.link {
            Link::Surveying { session, .. } | Link::Open { session, .. } => session.open(frame),
            Link::Closed | Link::Challenged(..) | Link::Proving(..) => return Taken::No,
        };
        match opened {
            Ok(data) => {
                self.heard(now);
                self.settle(now, Reply::decode(frame.code, &data), events);
            }
            Err(NotProven) => {
                self.mac_failures = self.mac_failures.saturating_add(1);
                let trouble = SecurityTrouble::MacFailure { count: self.mac_failures };
                self.tell(BusEvent::Security(trouble), events);
                self.lose_session(now, events);
            }
        }
        Taken::Yes
    }

    /// A believed sign of life.
    fn heard(&mut self, now: Micros) {
        self.heard_at = now;
        self.misses = 0;
        if let Link::Open { since, .. } = &self.link
            && now.since(*since) >= Duration::from_secs(STABLE_AFTER_SECS)
        {
            self.losses = 0;
        }
    }

    fn settle(&mut self, now: Micros, reply: Reply, events: &mut Events) {
        match self.outstanding.take().map(|outstanding| outstanding.about) {
            Some(About::Poll) => self.polled(now, reply, events),
            Some(About::Command(command)) => self.commanded(now, command, reply, events),
            Some(About::Survey) => self.surveyed(now, reply, events),
            // A handshake's outstanding frame and an open session exclude each other.
            Some(About::Handshake) | None => {}
        }
    }

    /// The answer to a poll. A device that had something to say often has more, so it is asked again at once.
    fn polled(&mut self, now: Micros, reply: Reply, events: &mut Events) {
        let is_empty = reply == Reply::Ack;
        self.content(now, reply, events);
        if is_empty || self.drained >= DRAIN_LIMIT_POLLS {
            self.drained = 0;
        } else {
            self.drained += 1;
            // Earlier than every other poll that is due.
            self.ready_at = Micros::default();
        }
    }

    /// The answer to a command. States that come instead of a bare ACK are told first, so that they are known when the
    /// command is done.
    fn commanded(&mut self, now: Micros, command: Queued, reply: Reply, events: &mut Events) {
        let tag = command.tag;
        match reply {
            Reply::Nak(code) => self.fail(tag, Failure::Refused(code), events),
            Reply::Busy => self.fail(tag, Failure::Busy, events),
            done => {
                self.content(now, done, events);
                if command.urgency == Urgency::Release {
                    self.boost(now);
                }
                self.tell(BusEvent::Done { tag }, events);
            }
        }
    }

    fn surveyed(&mut self, now: Micros, reply: Reply, events: &mut Events) {
        let Link::Surveying { survey, .. } = &mut self.link else { return };
        match survey.take(reply) {
            Progress::More => {}
            Progress::Nameless => self.lose_session(now, events),
            Progress::Complete(findings) => self.come_online(now, findings, events),
        }
    }

    fn come_online(&mut self, now: Micros, findings: Findings, events: &mut Events) {
        if let Link::Surveying { session, .. } = mem::replace(&mut self.link, Link::Closed) {
            self.link = Link::Open { session, since: now };
        }
        self.presence = Presence::Online;
        self.ready_at = now;
        let Findings { identity, capabilities, states } = findings;
        let expected = *self.pinned.get_or_insert(identity);
        if !expected.is_same_device(&identity) {
            self.tell(BusEvent::Security(SecurityTrouble::Replaced { expected, found: identity }), events);
        }
        self.tell(BusEvent::Online { identity, capabilities }, events);
        for state in states {
            self.content(now, state, events);
        }
    }

    /// Tells what an authenticated reply contains.
    fn content(&mut self, now: Micros, reply: Reply, events: &mut Events) {
        let event = match reply {
            Reply::Card { reader, format, bit_count, data } => {
                self.boost(now);
                BusEvent::Card { reader, format, bit_count, data }
            }
            Reply::Keypad { reader, digits } => {
                self.boost(now);
                BusEvent::Keypad { reader, digits }
            }
            Reply::Inputs(bytes) => BusEvent::Inputs(bytes),
            Reply::Outputs(bytes) => BusEvent::Outputs(bytes),
            Reply::Readers(bytes) => BusEvent::Readers(bytes),
            // 0 is normal; devices use more than one value for trouble.
            Reply::Local { tamper, power } => BusEvent::Local { tamper: tamper != 0, power_failed: power != 0 },
            Reply::Unreadable { code } => BusEvent::Unreadable { code },
            // Nothing to tell: confirmations, refusals of a poll, and answers nobody asked for.
            Reply::Ack | Reply::Nak(_) | Reply::Busy | Reply::Identity(_) | Reply::Capabilities(_) => return,
        };
        self.tell(event, events);
    }
}
