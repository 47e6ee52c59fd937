//! What an answer means for a device.
//!
//! Decides which answers are taken and what they change: the next step of a handshake, a survey, a confirmed command, an
//! event. Only the session's own frames change what the driver is told; a plaintext refusal means "not done" and no more.
//! Silence and failure are in `loss`.

use core::mem;
use core::time::Duration;

use super::backoff;
use super::device::{About, Attempt, Device, Events, Link, Outstanding, Presence, Purpose};
use super::event::{BusEvent, Failure, OfflineCause, SecurityTrouble, Urgency};
use super::job::JobFrame;
use super::keyring::{Evidence, Slot, Verdict};
use super::loss::Fate;
use super::queue::Queued;
use super::survey::{self, Findings, Progress, Survey};
use crate::osdp::line::Micros;
use crate::osdp::message::{NakCode, Reply, reply_code};
use crate::osdp::secure::{self, Claim, Unproven};
use crate::osdp::wire::{Frame, NotProven, OpenSession};

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
            Claim::Plaintext if self.is_hint_of_new_key(frame) => self.key_perhaps_taken(now, events),
            Claim::Plaintext => Taken::Plaintext,
            Claim::Misplaced => Taken::No,
            Claim::ChallengeReply => self.proven(now, frame, events),
            Claim::ProofReply => self.accepted(now, frame, events),
            Claim::Secured => self.secured(now, frame, events),
        }
    }

    /// Plaintext NAK. A damaged command is repeated; anything else means that the device knows no session of ours, or
    /// that it does not want to make one.
    fn not_done(&mut self, now: Micros, code: NakCode, events: &mut Events) -> Taken {
        if code == NakCode::CHECK {
            self.misses = self.misses.saturating_add(1);
            self.ready_at = now + backoff::after_silence(self.misses, self.address);
            return Taken::Yes;
        }
        match &self.link {
            Link::Challenged(_, attempt) if code == NakCode::SECURITY_BLOCK || code == NakCode::SECURITY_CONDITION => {
                let attempt = *attempt;
                self.not_proven(now, attempt, Evidence::Refused, events);
            }
            Link::Closed
            | Link::Challenged(..)
            | Link::Proving(..)
            | Link::Provisioning(_)
            | Link::Surveying { .. }
            | Link::Open { .. } => self.lose_session_with(now, Fate::Retry, events),
        }
        Taken::Yes
    }

    /// Some readers confirm a new key in the clear. That proves nothing; the next handshake does.
    fn is_hint_of_new_key(&self, frame: &Frame) -> bool {
        let about_key = matches!(&self.outstanding, Some(Outstanding { about: About::Job(JobFrame::SetKey), .. }));
        about_key && frame.code == reply_code::ACK
    }

    fn key_perhaps_taken(&mut self, now: Micros, events: &mut Events) -> Taken {
        self.outstanding = None;
        self.start_proof(now, events);
        Taken::Yes
    }

    /// CCRYPT: the device's proof. Ours follows at once.
    fn proven(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        let (challenge, attempt) = match mem::replace(&mut self.link, Link::Closed) {
            Link::Challenged(challenge, attempt) => (challenge, attempt),
            other => return self.keep(other),
        };
        let sequence = self.sequence;
        match secure::prove(challenge, attempt.kind, frame, self.place.address, sequence) {
            Ok((proof, bytes)) => {
                self.misses = 0;
                self.link = Link::Proving(proof, attempt);
                self.outstanding = Some(Outstanding::new(bytes, sequence, About::Handshake));
                self.sequence = sequence.next();
                self.ready_at = now;
            }
            Err(unproven) => {
                let evidence = Evidence::of(unproven, self.misses > 0);
                self.not_proven(now, attempt, evidence, events);
            }
        }
        Taken::Yes
    }

    /// RMAC_I: the session is open.
    fn accepted(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        let (proof, attempt) = match mem::replace(&mut self.link, Link::Closed) {
            Link::Proving(proof, attempt) => (proof, attempt),
            other => return self.keep(other),
        };
        match secure::conclude(proof, frame) {
            Ok(session) => {
                self.outstanding = None;
                self.session_made(now, session, attempt, events);
            }
            Err(NotProven) => {
                let evidence = Evidence::of(Unproven::Wrong, self.misses > 0);
                self.not_proven(now, attempt, evidence, events);
            }
        }
        Taken::Yes
    }

    fn session_made(&mut self, now: Micros, session: OpenSession, attempt: Attempt, events: &mut Events) {
        let proven = self.keys.proven(attempt.slot);
        self.link = match (attempt.slot, attempt.purpose) {
            (Slot::First, _) => Link::Provisioning(session),
            (Slot::Active | Slot::Pending, Purpose::Connect) => Link::Surveying { session, survey: Survey::default() },
            (Slot::Active | Slot::Pending, Purpose::Renew) => Link::Open { session, since: now },
        };
        self.heard(now);
        self.ready_at = now;
        self.searches = 0;
        if let Some(key) = proven {
            self.tell(BusEvent::KeyProven(key), events);
        }
        self.job_after_proof(now, proven, events);
        self.return_home(now);
    }

    fn keep(&mut self, link: Link) -> Taken {
        self.link = link;
        Taken::No
    }

    /// The device did not prove the key it was asked for.
    fn not_proven(&mut self, now: Micros, attempt: Attempt, evidence: Evidence, events: &mut Events) {
        if self.nobody_here(now, events) {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let verdict = self.keys.failed(attempt.slot, evidence);
        self.lose_session(now, events);
        match verdict {
            Verdict::TryOther => {
                self.losses = self.losses.saturating_sub(1);
                self.ready_at = now;
            }
            Verdict::Again | Verdict::StillFailing => {}
            Verdict::AllFailed(trouble) if !self.job_without_key(now, events) => {
                self.tell(BusEvent::Security(trouble), events);
                self.go_offline(now, OfflineCause::WrongKey, events);
            }
            Verdict::AllFailed(_) => {}
        }
    }

    /// A frame of the session.
    fn secured(&mut self, now: Micros, frame: &Frame, events: &mut Events) -> Taken {
        let opened = match &mut self.link {
            Link::Provisioning(session) | Link::Surveying { session, .. } | Link::Open { session, .. } => {
                session.open(frame)
            }
            Link::Closed | Link::Challenged(..) | Link::Proving(..) => return Taken::No,
        };
        match opened {
            Ok(data) => {
                self.heard(now);
                self.settle(now, Reply::decode(frame.code, &data), events);
            }
            Err(NotProven) => {
                self.failures = self.failures.saturating_add(1);
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
            Some(About::Job(frame)) => self.job_answered(now, frame, reply, events),
            // A handshake's outstanding frame and an open session exclude each other.
            Some(About::Handshake) | None => {}
        }
    }

    /// The answer to a poll. A device that had something to say often has more, so it is asked again at once.
    fn polled(&mut self, now: Micros, reply: Reply, events: &mut Events) {
        let is_empty = reply == Reply::Ack;
        self.content(now, reply, events);
        self.drained = if is_empty || self.drained >= DRAIN_LIMIT_POLLS { 0 } else { self.drained + 1 };
    }

    /// The answer to a command. States that come instead of a bare ACK are told first, so that they are known when the
    /// command is done.
    fn commanded(&mut self, now: Micros, command: Queued, reply: Reply, events: &mut Events) {
        let tag = command.tag;
        match reply {
            Reply::Nak(code, _) => self.fail(tag, Failure::Refused(code), events),
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
        self.pass = None;
        let Findings { identity, capabilities, states } = findings;
        self.frame_limit = survey::receive_buffer(&capabilities);
        let expected = *self.pinned.get_or_insert(identity);
        if !expected.is_same_device(&identity) {
            self.tell(BusEvent::Security(SecurityTrouble::Replaced { expected, found: identity }), events);
        }
        self.tell(BusEvent::Online { identity, capabilities }, events);
        self.drop_done(now, &states, events);
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
            Reply::Unreadable { code, .. } => BusEvent::Unreadable { code },
            // Nothing to tell: confirmations, refusals of a poll, and answers nobody asked for.
            Reply::Ack
            | Reply::Nak(..)
            | Reply::Busy
            | Reply::Identity(_)
            | Reply::Capabilities(_)
            | Reply::Line(_)
            | Reply::FileStatus(_)
            | Reply::NamePlate(_)
            | Reply::Manufacturer { .. } => return,
        };
        self.tell(event, events);
    }
}
