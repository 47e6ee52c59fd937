//! The wire layer: one frame's bytes, and the cipher of the Secure Channel.
//!
//! The only module that knows crate `osdp`, so that it can be replaced in one place. Frames are parsed by the crate;
//! they are written here, because writing ours cannot fail. Decrypting is done here too, since the code must be verified
//! before the padding is looked at. It does not decide which frame is believed (`transaction`, `secure`) or where in a
//! stream a frame begins (`frame`).
//!
//! Vocabulary: a *block* is the security control block (SCB) behind the header; *block kind* is its SCS number; *check*
//! is CRC or checksum, *code* the message code, *MAC* the four authentication bytes.

use alloc::vec::Vec;
use core::fmt;

use ::osdp::Error as CrateError;
use ::osdp::packet::{MAC_LEN, ParsedPacket, checksum8, crc16};
use ::osdp::reply::CCrypt;
use ::osdp::secure::cipher::{complement_icv, decrypt_data};
use ::osdp::secure::crypto::{SessionKeys, client_cryptogram};
use ::osdp::secure::{Challenged, Cryptogrammed, Disconnected, Secure, Session};
use subtle::ConstantTimeEq;

use super::key::Scbk;

/// First byte of every frame (OSDP 2.2, 5.9).
pub(crate) const START_OF_MESSAGE: u8 = 0x53;
/// Bytes before the security block: start, address, length low and high, control.
pub(crate) const HEADER_BYTES: usize = 5;
/// Header, code and a one-byte checksum: nothing shorter is a frame.
pub(crate) const SHORTEST_FRAME_BYTES: usize = HEADER_BYTES + 2;
/// Longest frame anybody may send (OSDP 2.2, 5.6). Taking more would let noise swallow the bus for longer.
pub(crate) const LONGEST_FRAME_BYTES: usize = 1440;

/// Bytes of a secured frame around its DATA: header, block, code, MAC and CRC.
const SECURED_FRAME_BYTES: usize = HEADER_BYTES + 2 + 1 + MAC_LEN + CRC_BYTES;
/// DATA is encrypted in blocks of so many bytes, of which at least one is padding.
const CIPHER_BLOCK_BYTES: usize = 16;

/// The most DATA that a secured frame of at most `frame_bytes` bytes can carry.
pub(crate) const fn longest_secured_data(frame_bytes: usize) -> usize {
    let blocks = frame_bytes.saturating_sub(SECURED_FRAME_BYTES) / CIPHER_BLOCK_BYTES;
    (blocks * CIPHER_BLOCK_BYTES).saturating_sub(1)
}

const REPLY_BIT: u8 = 0x80;
const CRC_BIT: u8 = 0x04;
const BLOCK_BIT: u8 = 0x08;
/// Bits of the control byte that must be zero.
pub(crate) const RESERVED_CONTROL_BITS: u8 = 0xF0;
const SEQUENCE_BITS: u8 = 0x03;
const CRC_BYTES: usize = 2;

/// Security block kinds (OSDP 2.2, Annex D).
pub(crate) mod block {
    pub(crate) const CHALLENGE: u8 = 0x11;
    pub(crate) const CHALLENGE_REPLY: u8 = 0x12;
    pub(crate) const PROOF: u8 = 0x13;
    pub(crate) const PROOF_REPLY: u8 = 0x14;
    pub(crate) const COMMAND: u8 = 0x15;
    pub(crate) const REPLY: u8 = 0x16;
    pub(crate) const COMMAND_ENCRYPTED: u8 = 0x17;
    pub(crate) const REPLY_ENCRYPTED: u8 = 0x18;
    /// Block data of a handshake frame: the device's own key is meant, not the published one.
    pub(crate) const OWN_KEY: u8 = 1;
    /// Block data of a handshake frame: the published key is meant.
    pub(crate) const PUBLISHED_KEY: u8 = 0;
    /// Block data of `PROOF_REPLY`: the panel's proof was accepted.
    pub(crate) const ACCEPTED: u8 = 1;
}

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    ToDevice,
    ToPanel,
}

/// Where a frame goes and its number in the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// Address without the reply bit.
    pub(crate) address: u8,
    pub(crate) direction: Direction,
    /// Sequence number, 0 to 3.
    pub(crate) sequence: u8,
}

/// One whole frame whose check bytes are right. Nothing in it is believed yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub(crate) envelope: Envelope,
    /// Security block kind and block data.
    pub(crate) block: Option<(u8, Vec<u8>)>,
    pub(crate) code: u8,
    /// DATA as on the wire, encrypted or not.
    pub(crate) data: Vec<u8>,
    pub(crate) raw: Vec<u8>,
}

impl Frame {
    /// The bytes as they were on the wire, without mark bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.raw
    }

    /// The security block's kind, when there is one.
    pub(crate) fn block_kind(&self) -> Option<u8> {
        self.block.as_ref().map(|(kind, _)| *kind)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // DATA may be a card number when a device speaks plaintext, so only its length is shown.
        let Frame { envelope, block: _, code, data, raw: _ } = self;
        let kind = self.block_kind();
        write!(f, "Frame({envelope:?}, block {kind:?}, code {code:#04x}, {} data bytes)", data.len())
    }
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoFrame;

/// Reads exactly one frame.
pub(crate) fn parse(raw: &[u8]) -> Result<Frame, NoFrame> {
    match ParsedPacket::parse(raw) {
        Ok((packet, used)) if used == raw.len() => Ok(Frame {
            envelope: envelope(packet.addr.as_byte(), packet.ctrl.sqn.value()),
            block: packet.scb.map(|view| (view.ty.as_byte(), view.data.to_vec())),
            code: packet.code,
            data: packet.data.to_vec(),
            raw: raw.to_vec(),
        }),
        Err(CrateError::BadSecurityBlock(kind)) => parse_unknown_block(raw, kind),
        _ => Err(NoFrame),
    }
}

/// A frame with a security block of no known kind is still a frame: a device must refuse it by NAK, not by silence.
fn parse_unknown_block(raw: &[u8], kind: u8) -> Result<Frame, NoFrame> {
    let (&[_, address, _, _, control], _) = raw.split_first_chunk::<HEADER_BYTES>().ok_or(NoFrame)?;
    if !check_is_right(raw, control) {
        return Err(NoFrame);
    }
    Ok(Frame {
        envelope: envelope(address, control & SEQUENCE_BITS),
        block: Some((kind, Vec::new())),
        code: 0,
        data: Vec::new(),
        raw: raw.to_vec(),
    })
}

fn envelope(address: u8, sequence: u8) -> Envelope {
    let direction = if address & REPLY_BIT == 0 { Direction::ToDevice } else { Direction::ToPanel };
    Envelope { address: address & !REPLY_BIT, direction, sequence }
}

fn check_is_right(raw: &[u8], control: u8) -> bool {
    if control & CRC_BIT != 0 {
        raw.split_last_chunk::<CRC_BYTES>().is_some_and(|(body, crc)| crc16(body).to_le_bytes() == *crc)
    } else {
        raw.split_last().is_some_and(|(sum, body)| checksum8(body) == *sum)
    }
}

/// Writes a frame without a security block.
pub(crate) fn plain(envelope: Envelope, code: u8, data: &[u8]) -> Vec<u8> {
    let mut out = head(envelope, None, data.len(), 0);
    out.push(code);
    out.extend_from_slice(data);
    with_check(out)
}

/// Writes a handshake frame: a security block, but neither encryption nor MAC.
pub(crate) fn handshake(envelope: Envelope, kind: u8, status: u8, code: u8, data: &[u8]) -> Vec<u8> {
    let mut out = head(envelope, Some((kind, &[status])), data.len(), 0);
    out.push(code);
    out.extend_from_slice(data);
    with_check(out)
}

/// The same frame under another address, for tests that need a device to lie.
pub(crate) fn readdressed(raw: &[u8], address: u8) -> Vec<u8> {
    let mut out: Vec<u8> = raw.split_last_chunk::<CRC_BYTES>().map_or(raw, |(body, _)| body).to_vec();
    if let Some(byte) = out.get_mut(1) {
        *byte = address | REPLY_BIT;
    }
    with_check(out)
}

/// The same frame with a wrong authentication code and right check bytes, for tests of what is believed.
pub(crate) fn with_wrong_mac(raw: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = raw.split_last_chunk::<CRC_BYTES>().map_or(raw, |(body, _)| body).to_vec();
    if let Some(byte) = out.last_mut() {
        *byte ^= 0x01;
    }
    with_check(out)
}

/// The same handshake frame, but about the published key, for tests of devices that offer it unasked.
pub(crate) fn asking_for_published_key(frame: &Frame) -> Vec<u8> {
    match frame.block_kind() {
        Some(kind @ (block::CHALLENGE | block::PROOF)) => {
            handshake(frame.envelope, kind, block::PUBLISHED_KEY, frame.code, &frame.data)
        }
        _ => frame.raw.clone(),
    }
}

/// Header and block. LEN counts everything from the start byte to the check. Messages of ours are far below the limit,
/// so the length always fits.
fn head(envelope: Envelope, block: Option<(u8, &[u8])>, data_bytes: usize, mac_bytes: usize) -> Vec<u8> {
    let block_bytes = block.map_or(0, |(_, data)| data.len() + 2);
    let total = HEADER_BYTES + block_bytes + 1 + data_bytes + mac_bytes + CRC_BYTES;
    let [low, high] = u16::try_from(total).unwrap_or(u16::MAX).to_le_bytes();
    let reply_bit = match envelope.direction {
        Direction::ToDevice => 0,
        Direction::ToPanel => REPLY_BIT,
    };
    let control = envelope.sequence | CRC_BIT | if block.is_some() { BLOCK_BIT } else { 0 };
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(&[START_OF_MESSAGE, envelope.address | reply_bit, low, high, control]);
    if let Some((kind, data)) = block {
        out.extend_from_slice(&[(data.len() + 2) as u8, kind]);
        out.extend_from_slice(data);
    }
    out
}

/// CRC: polynomial 0x1021, initial value 0x1D0F, low byte first (OSDP 2.2, Annex C).
fn with_check(mut out: Vec<u8>) -> Vec<u8> {
    let crc = crc16(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    out
}

/// The other end did not prove what it had to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotProven;

/// Keys and authentication chain of an open session. Wiped when dropped.
pub(crate) struct OpenSession(Session<Secure>);

impl OpenSession {
    /// Writes a secured frame: encrypted when there is data, authenticated always (OSDP 2.2, Annex D.5). The chain moves
    /// on, so the bytes must be kept for repeats.
    pub(crate) fn seal(&mut self, envelope: Envelope, code: u8, data: &[u8]) -> Vec<u8> {
        let data = if data.is_empty() { Vec::new() } else { self.0.seal_data(data) };
        let kind = match (envelope.direction, data.is_empty()) {
            (Direction::ToDevice, true) => block::COMMAND,
            (Direction::ToDevice, false) => block::COMMAND_ENCRYPTED,
            (Direction::ToPanel, true) => block::REPLY,
            (Direction::ToPanel, false) => block::REPLY_ENCRYPTED,
        };
        let mut out = head(envelope, Some((kind, &[])), data.len(), MAC_LEN);
        out.push(code);
        out.extend_from_slice(&data);
        let mac = self.0.mac(&out);
        out.extend(mac.iter().take(MAC_LEN));
        with_check(out)
    }

    /// Verifies a secured frame, then decrypts it. The chain moves on only when the frame is authentic. The caller has
    /// checked the block's direction.
    pub(crate) fn open(&mut self, frame: &Frame) -> Result<Vec<u8>, NotProven> {
        let check_bytes = match frame.raw.get(HEADER_BYTES - 1) {
            Some(control) if control & CRC_BIT != 0 => CRC_BYTES,
            _ => 1,
        };
        let end = frame.raw.len().checked_sub(check_bytes).ok_or(NotProven)?;
        let (body, mac) = frame.raw.get(..end).and_then(|b| b.split_last_chunk::<MAC_LEN>()).ok_or(NotProven)?;
        let previous = *self.0.last_other_mac();
        self.0.verify(body, mac).map_err(|_| NotProven)?;
        match frame.block_kind() {
            Some(block::COMMAND_ENCRYPTED | block::REPLY_ENCRYPTED) => {
                decrypt_data(&self.0.keys().s_enc, &complement_icv(&previous), &frame.data).map_err(|_| NotProven)
            }
            _ => Ok(frame.data.clone()),
        }
    }
}

impl fmt::Debug for OpenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenSession(redacted)")
    }
}

/// The panel has sent its challenge and waits for the device's proof.
pub(crate) struct PanelChallenge(Session<Challenged>);

/// The panel has seen the device's proof and sent its own.
pub(crate) struct PanelProof(Session<Cryptogrammed>);

impl PanelChallenge {
    pub(crate) fn new(key: &Scbk, nonce: [u8; 8]) -> Self {
        Self(Session::<Disconnected>::new(*key.expose()).challenge(nonce))
    }

    /// Checks the DATA of CCRYPT: device number, device nonce, proof.
    pub(crate) fn verify(self, data: &[u8]) -> Result<PanelProof, NotProven> {
        let ccrypt = CCrypt::decode(data).map_err(|_| NotProven)?;
        self.0.receive_ccrypt(&ccrypt).map(PanelProof).map_err(|_| NotProven)
    }
}

impl PanelProof {
    /// DATA of SCRYPT.
    pub(crate) fn proof(&self) -> [u8; 16] {
        self.0.server_cryptogram()
    }

    /// Checks the DATA of RMAC_I, which seeds the chain; a wrong value would only show later, so it is refused here.
    pub(crate) fn verify(self, data: &[u8]) -> Result<OpenSession, NotProven> {
        let seed: &[u8; 16] = data.try_into().map_err(|_| NotProven)?;
        self.0.confirm_rmac_i(seed).map(OpenSession).map_err(|_| NotProven)
    }
}

/// The device has answered a challenge and waits for the panel's proof.
pub(crate) struct DeviceChallenge(Session<Cryptogrammed>);

impl DeviceChallenge {
    /// Answers a challenge; also gives the DATA of CCRYPT.
    pub(crate) fn answer(key: &Scbk, panel: [u8; 8], number: [u8; 8], own: [u8; 8]) -> Option<(Self, Vec<u8>)> {
        let keys = SessionKeys::derive(key.expose(), &panel);
        let client_cryptogram = client_cryptogram(&keys.s_enc, &panel, &own);
        let ccrypt = CCrypt { cuid: number, rnd_b: own, client_cryptogram };
        let session = Session::<Disconnected>::new(*key.expose()).challenge(panel).receive_ccrypt(&ccrypt).ok()?;
        Some((Self(session), ccrypt.encode().ok()?))
    }

    /// Checks the DATA of SCRYPT; also gives the DATA of RMAC_I.
    pub(crate) fn verify(self, data: &[u8]) -> Result<(OpenSession, [u8; 16]), NotProven> {
        let seed = self.0.initial_rmac();
        if !bool::from(self.0.server_cryptogram().as_slice().ct_eq(data)) {
            return Err(NotProven);
        }
        let session = self.0.confirm_rmac_i(&seed).map_err(|_| NotProven)?;
        Ok((OpenSession(session), seed))
    }
}

#[cfg(test)]
mod tests;
