//! Somebody who has the line's wires in their hands and one device in mind. They can change what it says, say something
//! before it does, or hang a device of their own in its place.
//!
//! Frames are changed as bytes, with a right check: whoever meddles on purpose does not fail at that.

use std::collections::VecDeque;
use std::time::Duration;

use rackward_core::Monotonic;
use rackward_protocol::osdp::faults::Faulty;
use rackward_protocol::osdp::{Address, Micros};

/// What somebody does to frames on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meddling {
    /// Nothing.
    None,
    /// The answers of the device at this address come so much later.
    Late(u8, Duration),
    /// The devices at these two addresses have each other's.
    Swapped(u8, u8),
    /// The authentication codes in the answers of this address are wrong.
    BadMacs(u8),
    /// Before each answer of this address comes a card in the clear.
    ForgedCards(u8, [u8; 4]),
}

/// When a frame arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Before anybody else could have spoken.
    AtOnce,
    /// After its time on the wire.
    InTime,
    /// So much later.
    Late(Duration),
}

/// Bit of the address byte that marks a reply.
const REPLY_BIT: u8 = 0x80;
const CRC_BYTES: usize = 2;
const MAC_BYTES: usize = 4;
/// Start, address, length low and high, control, block length and kind, code, MAC, CRC.
const SHORTEST_SECURED_BYTES: usize = 14;

impl Meddling {
    /// What becomes of a frame, and when it arrives.
    pub(super) fn change(self, mut frame: Vec<u8>) -> Vec<(Arrival, Vec<u8>)> {
        let (address, is_reply) = frame.get(1).map_or((0, false), |byte| (byte & !REPLY_BIT, byte & REPLY_BIT != 0));
        match self {
            Self::Late(late, by) if is_reply && address == late => return vec![(Arrival::Late(by), frame)],
            Self::Swapped(one, other) if address == one || address == other => {
                let to = if address == one { other } else { one };
                frame[1] = to | (frame[1] & REPLY_BIT);
                mend(&mut frame);
            }
            Self::BadMacs(at) if is_reply && address == at && frame.len() >= SHORTEST_SECURED_BYTES => {
                let mac = frame.len() - CRC_BYTES - MAC_BYTES;
                frame[mac] ^= 0x01;
                mend(&mut frame);
            }
            Self::ForgedCards(at, card) if is_reply && address == at => {
                return vec![(Arrival::AtOnce, forged_card(&frame, card)), (Arrival::InTime, frame)];
            }
            Self::None | Self::Late(..) | Self::Swapped(..) | Self::BadMacs(_) | Self::ForgedCards(..) => {}
        }
        vec![(Arrival::InTime, frame)]
    }
}

/// A card of 26 bits where the device's own answer comes: right address, right number, in the clear.
fn forged_card(answer: &[u8], card: [u8; 4]) -> Vec<u8> {
    const CRC_BIT: u8 = 0x04;
    const RAW: u8 = 0x50;
    let sequence = answer.get(4).map_or(0, |control| control & 3);
    let mut frame = vec![0x53, answer[1], 16, 0, sequence | CRC_BIT, RAW, 0, 1, 26, 0];
    frame.extend(card);
    frame.extend([0; CRC_BYTES]);
    mend(&mut frame);
    frame
}

/// Makes the check right: polynomial 0x1021, initial value 0x1D0F, low byte first (OSDP 2.2, Annex C).
fn mend(frame: &mut [u8]) {
    let Some((body, check)) = frame.split_last_chunk_mut::<CRC_BYTES>() else { return };
    let crc = body.iter().fold(0x1D0F_u16, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| if crc & 0x8000 != 0 { (crc << 1) ^ 0x1021 } else { crc << 1 },
        )
    });
    *check = crc.to_le_bytes();
}

/// Answers of one device, taken down from the line, oldest first.
#[derive(Debug)]
pub(super) struct Recording {
    address: u8,
    tape: VecDeque<Vec<u8>>,
}

impl Recording {
    pub(super) fn of(address: u8) -> Self {
        Self { address, tape: VecDeque::new() }
    }

    pub(super) fn hear(&mut self, frame: &[u8]) {
        if frame.get(1) == Some(&(self.address | REPLY_BIT)) {
            self.tape.push_back(frame.to_vec());
        }
    }

    pub(super) fn into_tape(self) -> VecDeque<Vec<u8>> {
        self.tape
    }
}

/// A device of somebody else's on the line.
#[derive(Debug)]
pub struct Guest {
    device: Faulty,
}

impl Guest {
    /// It hangs there and behaves as `device` does.
    pub fn new(device: Faulty) -> Self {
        Self { device }
    }

    /// How many keys it was given.
    pub fn captured_keys(&self) -> usize {
        self.device.captured_keys().len()
    }

    pub(super) fn hear(&mut self, now: Micros, bytes: &[u8]) {
        self.device.handle_bytes(now, bytes);
    }

    pub(super) fn speak(&mut self, now: Micros) -> Option<Vec<u8>> {
        self.device.handle_timeout(now);
        while self.device.peripheral().poll_action().is_some() {}
        self.device.poll_transmit(now)
    }

    pub(super) fn next_deadline(&self) -> Option<Monotonic> {
        self.device.next_deadline().map(|at| Monotonic::from_micros(at.0))
    }
}

/// An address that exists.
///
/// # Panics
/// There is none with this number.
pub fn address(number: u8) -> Address {
    Address::parse(number).unwrap()
}
