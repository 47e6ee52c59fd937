//! A peripheral that misbehaves, for tests and simulation.
//!
//! Decides nothing about the protocol: it stands between the line and a [`Peripheral`] and spoils what passes, or takes the
//! device's place. Some troubles need no fault: a wrong key and a key that two devices share are configurations, another
//! device on the same cable is [`Peripheral::set_identity`], and an echo may also be the line's.
//!
//! Vocabulary: a *tape* is the list of replies a device once gave; a *rogue* is somebody else's device at the same address,
//! which knows no key but the published one.

mod rogue;
mod uart;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::frame::Framer;
use super::key::Scbk;
use super::line::{Address, Baud, Micros};
use super::message::reply_code;
use super::peripheral::Peripheral;
use super::wire::{self, Direction, Envelope, Frame};

use rogue::Rogue;
pub use uart::misread;

/// Replies kept on a tape. A session's beginning is what a replay needs; more is only memory.
const TAPE_LIMIT_REPLIES: usize = 1_024;
/// Transmissions of the fault's own that wait for their time; a line this far behind is only noise.
const OWN_LIMIT_TRANSMISSIONS: usize = 64;
/// Noise bytes of one outburst of a babbling device.
const BABBLE_BYTES: usize = 24;

/// How a device misbehaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Not at all.
    #[default]
    Healthy,
    /// Says "busy" to the next so many commands and does not execute them.
    Busy(u32),
    /// Executes the next so many commands, but their replies are lost.
    LostReplies(u32),
    /// Executes the next so many commands, but their replies arrive damaged.
    DamagedReplies(u32),
    /// Executes the next so many commands, but the authentication codes of their replies are wrong; the check bytes are not.
    BadMacs(u32),
    /// Answers under another address.
    Impostor(Address),
    /// Answers nothing: its cable is cut or its power is off. It hears nothing either.
    Cut,
    /// Knows no key and answers every command with the next reply of a tape.
    Replay(VecDeque<Vec<u8>>),
    /// A rogue that refuses the device's own key, accepts the published one and notes every key it is given.
    RogueRefusing,
    /// A rogue that offers the published key even when asked for the device's own.
    RogueOffering,
    /// A rogue that lists no security among its abilities, refuses every session and answers everything in plaintext.
    Downgraded,
    /// Replies to polls are replaced by this card's bits in plaintext: DATA of `osdp_RAW`.
    PlaintextCard(Vec<u8>),
    /// Answers correctly, but so much later.
    Late(Duration),
    /// Its transceiver repeats every byte it hears.
    Echo,
    /// Its transceiver sends noise, once in every such span, whether asked or not.
    Babble(Duration),
    /// Its clock is off: it hears and speaks at this speed whatever it is set to.
    Speed(Baud),
    /// One bit in so many of what it sends is flipped.
    Flips(u32),
}

/// A peripheral with a fault.
#[derive(Debug)]
pub struct Faulty {
    inner: Peripheral,
    address: Address,
    fault: Fault,
    framer: Framer,
    own: VecDeque<(Micros, Vec<u8>)>,
    tape: VecDeque<Vec<u8>>,
    rogue: Option<Rogue>,
    captured: Vec<Scbk>,
    babbles_at: Option<Micros>,
    dice: u64,
}

impl Faulty {
    /// Wraps a healthy device at `address`.
    pub fn new(address: Address, inner: Peripheral) -> Self {
        Self {
            inner,
            address,
            fault: Fault::Healthy,
            framer: Framer::for_device(),
            own: VecDeque::new(),
            tape: VecDeque::new(),
            rogue: None,
            captured: Vec::new(),
            babbles_at: None,
            dice: u64::from(address.number()),
        }
    }

    /// From now on it misbehaves so.
    pub fn set(&mut self, fault: Fault) {
        self.fault = fault;
        self.own.clear();
        self.rogue = None;
        self.babbles_at = None;
    }

    /// The fault as it is now; those that count have counted down.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The device itself.
    pub fn peripheral(&mut self) -> &mut Peripheral {
        &mut self.inner
    }

    /// The replies it has given so far, oldest first.
    pub fn tape(&self) -> VecDeque<Vec<u8>> {
        self.tape.clone()
    }

    /// The keys that rogues in this device's place were given. None of them may ever be the device's own.
    pub fn captured_keys(&self) -> &[Scbk] {
        &self.captured
    }

    /// As [`Peripheral::handle_bytes`].
    pub fn handle_bytes(&mut self, now: Micros, bytes: &[u8]) {
        match &self.fault {
            Fault::Cut => {}
            Fault::Busy(_) | Fault::Replay(_) | Fault::RogueRefusing | Fault::RogueOffering | Fault::Downgraded => {
                for frame in self.framer.feed(now, bytes) {
                    if frame.envelope.address == self.address.number() {
                        self.answer_itself(now, &frame);
                    }
                }
            }
            Fault::Echo => {
                self.say(now, bytes.to_vec());
                self.inner.handle_bytes(now, bytes);
            }
            Fault::Speed(speed) => {
                let heard = misread(bytes, self.inner.baud(), *speed);
                self.inner.handle_bytes(now, &heard);
            }
            Fault::Healthy
            | Fault::LostReplies(_)
            | Fault::DamagedReplies(_)
            | Fault::BadMacs(_)
            | Fault::Impostor(_)
            | Fault::PlaintextCard(_)
            | Fault::Late(_)
            | Fault::Babble(_)
            | Fault::Flips(_) => self.inner.handle_bytes(now, bytes),
        }
    }

    /// As [`Peripheral::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Micros) {
        self.inner.handle_timeout(now);
        if let Some(rogue) = &mut self.rogue {
            rogue.handle_timeout(now);
        }
        self.babble(now);
    }

    /// As [`Peripheral::next_deadline`].
    pub fn next_deadline(&self) -> Option<Micros> {
        let own = self.own.iter().map(|(at, _)| *at).min();
        [self.inner.next_deadline(), own, self.babbles_at].into_iter().flatten().min()
    }

    /// As [`Peripheral::poll_transmit`], spoilt.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        if let Some(reply) = self.inner.poll_transmit(now) {
            self.address = self.inner.address();
            if self.tape.len() < TAPE_LIMIT_REPLIES {
                self.tape.push_back(reply.clone());
            }
            if let Some(spoilt) = self.spoil(now, reply) {
                return Some(spoilt);
            }
        }
        let due = self.own.iter().position(|(at, _)| *at <= now)?;
        self.own.remove(due).map(|(_, bytes)| bytes)
    }

    fn spoil(&mut self, now: Micros, mut reply: Vec<u8>) -> Option<Vec<u8>> {
        match &mut self.fault {
            Fault::Healthy | Fault::Echo | Fault::Babble(_) => Some(reply),
            Fault::LostReplies(left) => {
                self.fault = one_less(*left, Fault::LostReplies);
                None
            }
            Fault::DamagedReplies(left) => {
                self.fault = one_less(*left, Fault::DamagedReplies);
                if let Some(last) = reply.last_mut() {
                    *last ^= 0x10;
                }
                Some(reply)
            }
            Fault::BadMacs(left) => {
                self.fault = one_less(*left, Fault::BadMacs);
                Some(wire::with_wrong_mac(&reply))
            }
            Fault::Impostor(address) => Some(wire::readdressed(&reply, address.number())),
            Fault::PlaintextCard(card) => Some(plaintext_card(&reply, card)),
            Fault::Late(by) => {
                let at = now + *by;
                self.say(at, reply);
                None
            }
            Fault::Speed(speed) => Some(misread(&reply, *speed, self.inner.baud())),
            Fault::Flips(one_in) => {
                let one_in = u64::from((*one_in).max(1));
                self.flip(one_in, &mut reply);
                Some(reply)
            }
            Fault::Cut
            | Fault::Busy(_)
            | Fault::Replay(_)
            | Fault::RogueRefusing
            | Fault::RogueOffering
            | Fault::Downgraded => None,
        }
    }

    /// Takes the device's place for one command.
    fn answer_itself(&mut self, now: Micros, frame: &Frame) {
        let reply = match &mut self.fault {
            Fault::Busy(left) => {
                // BUSY carries sequence 0 and no block, even inside a session.
                let envelope = Envelope { address: self.address.number(), direction: Direction::ToPanel, sequence: 0 };
                self.fault = one_less(*left, Fault::Busy);
                Some(wire::plain(envelope, reply_code::BUSY, &[]))
            }
            Fault::Replay(tape) => tape.pop_front(),
            Fault::Downgraded => Some(rogue::answer_in_plaintext(self.inner.config(), frame)),
            Fault::RogueRefusing => self.ask_rogue(now, frame.bytes()),
            Fault::RogueOffering => self.ask_rogue(now, &wire::asking_for_published_key(frame)),
            Fault::Healthy
            | Fault::LostReplies(_)
            | Fault::DamagedReplies(_)
            | Fault::BadMacs(_)
            | Fault::Impostor(_)
            | Fault::Cut
            | Fault::PlaintextCard(_)
            | Fault::Late(_)
            | Fault::Echo
            | Fault::Babble(_)
            | Fault::Speed(_)
            | Fault::Flips(_) => None,
        };
        if let Some(reply) = reply {
            self.say(now, reply);
        }
    }

    fn ask_rogue(&mut self, now: Micros, bytes: &[u8]) -> Option<Vec<u8>> {
        let config = self.inner.config();
        let rogue = self.rogue.get_or_insert_with(|| Rogue::in_place_of(config));
        rogue.answer(now, bytes, &mut self.captured)
    }

    fn say(&mut self, at: Micros, bytes: Vec<u8>) {
        if self.own.len() < OWN_LIMIT_TRANSMISSIONS {
            self.own.push_back((at, bytes));
        }
    }

    fn babble(&mut self, now: Micros) {
        let Fault::Babble(every) = self.fault else { return };
        let every = every.max(Duration::from_micros(1));
        match self.babbles_at {
            Some(at) if now < at => {}
            Some(_) => {
                let noise = (0..BABBLE_BYTES).map(|_| self.roll() as u8).collect();
                self.say(now, noise);
                self.babbles_at = Some(now + every);
            }
            None => self.babbles_at = Some(now + every),
        }
    }

    fn flip(&mut self, one_in: u64, bytes: &mut [u8]) {
        for byte in bytes {
            for bit in 0..8 {
                if self.roll().is_multiple_of(one_in) {
                    *byte ^= 1 << bit;
                }
            }
        }
    }

    /// SplitMix64: the same fault spoils the same way in every run.
    fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn one_less(left: u32, fault: fn(u32) -> Fault) -> Fault {
    if left <= 1 { Fault::Healthy } else { fault(left - 1) }
}

/// The card where the device's own reply would have been: right address, right sequence number, no authentication.
fn plaintext_card(reply: &[u8], card: &[u8]) -> Vec<u8> {
    match wire::parse(reply) {
        Ok(frame) => wire::plain(frame.envelope, reply_code::RAW, card),
        Err(wire::NoFrame) => reply.to_vec(),
    }
}

#[cfg(test)]
mod tests;
