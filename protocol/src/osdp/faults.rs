//! A peripheral that misbehaves, for tests and simulation.
//!
//! Decides nothing about the protocol: it stands between the line and a [`Peripheral`] and spoils what passes. A wrong key
//! needs no fault; configure one.
//!
//! Vocabulary: a *tape* is the list of replies a device once gave.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::frame::Framer;
use super::line::{Address, Micros};
use super::message::reply_code;
use super::peripheral::Peripheral;
use super::wire::{self, Direction, Envelope};

/// Replies kept on a tape. A session's beginning is what a replay needs; more is only memory.
const TAPE_LIMIT_REPLIES: usize = 1_024;

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
    /// Answers under another address.
    Impostor(Address),
    /// Answers nothing: its cable is cut or its power is off. It hears nothing either.
    Cut,
    /// Knows no key and answers every command with the next reply of a tape.
    Replay(VecDeque<Vec<u8>>),
}

/// A peripheral with a fault.
#[derive(Debug)]
pub struct Faulty {
    inner: Peripheral,
    address: Address,
    fault: Fault,
    framer: Framer,
    own: Option<Vec<u8>>,
    tape: VecDeque<Vec<u8>>,
}

impl Faulty {
    /// Wraps a healthy device at `address`.
    pub fn new(address: Address, inner: Peripheral) -> Self {
        Self { inner, address, fault: Fault::Healthy, framer: Framer::for_device(), own: None, tape: VecDeque::new() }
    }

    /// From now on it misbehaves so.
    pub fn set(&mut self, fault: Fault) {
        self.fault = fault;
        self.own = None;
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

    /// As [`Peripheral::handle_bytes`].
    pub fn handle_bytes(&mut self, now: Micros, bytes: &[u8]) {
        match &self.fault {
            Fault::Cut => {}
            Fault::Busy(_) | Fault::Replay(_) => {
                let asked = self.framer.feed(now, bytes);
                let asked = asked.iter().any(|frame| frame.envelope.address == self.address.number());
                if asked {
                    self.answer_itself();
                }
            }
            Fault::Healthy | Fault::LostReplies(_) | Fault::DamagedReplies(_) | Fault::Impostor(_) => {
                self.inner.handle_bytes(now, bytes);
            }
        }
    }

    /// As [`Peripheral::handle_timeout`].
    pub fn handle_timeout(&mut self, now: Micros) {
        self.inner.handle_timeout(now);
    }

    /// As [`Peripheral::next_deadline`].
    pub fn next_deadline(&self) -> Option<Micros> {
        self.inner.next_deadline()
    }

    /// As [`Peripheral::poll_transmit`], spoilt.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        if let Some(own) = self.own.take() {
            return Some(own);
        }
        let reply = self.inner.poll_transmit(now)?;
        if self.tape.len() < TAPE_LIMIT_REPLIES {
            self.tape.push_back(reply.clone());
        }
        self.spoil(reply)
    }

    fn spoil(&mut self, mut reply: Vec<u8>) -> Option<Vec<u8>> {
        match &mut self.fault {
            Fault::Healthy => Some(reply),
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
            Fault::Impostor(address) => Some(wire::readdressed(&reply, address.number())),
            Fault::Cut | Fault::Busy(_) | Fault::Replay(_) => None,
        }
    }

    fn answer_itself(&mut self) {
        match &mut self.fault {
            Fault::Busy(left) => {
                // BUSY carries sequence 0 and no block, even inside a session.
                let envelope = Envelope { address: self.address.number(), direction: Direction::ToPanel, sequence: 0 };
                self.own = Some(wire::plain(envelope, reply_code::BUSY, &[]));
                self.fault = one_less(*left, Fault::Busy);
            }
            Fault::Replay(tape) => self.own = tape.pop_front(),
            Fault::Healthy | Fault::LostReplies(_) | Fault::DamagedReplies(_) | Fault::Impostor(_) | Fault::Cut => {}
        }
    }
}

fn one_less(left: u32, fault: fn(u32) -> Fault) -> Fault {
    if left <= 1 { Fault::Healthy } else { fault(left - 1) }
}
