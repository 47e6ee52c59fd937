//! The device's side of the Secure Channel.
//!
//! Decides which command is believed and which is answered by a refusal, and never carries out anything outside a
//! session. It does not decide what a command means (`peripheral`).
//!
//! States and what leads on:
//!
//! ```text
//! Closed ── CHLNG ──> Challenged ── SCRYPT with the right proof ──> Open
//!   ^                     │                                          │
//!   └── sequence 0, wrong proof, wrong MAC, silence ─────────────────┘
//! ```

use alloc::vec::Vec;

use crate::osdp::key::{Nonces, Scbk};
use crate::osdp::message::NakCode;
use crate::osdp::wire::{DeviceChallenge, Frame, OpenSession, block};

/// A device's session.
#[derive(Default)]
pub(crate) enum DeviceChannel {
    /// No session; only the handshake and harmless questions are answered.
    #[default]
    Closed,
    /// A challenge was answered; the panel must prove itself next.
    Challenged(DeviceChallenge),
    /// Both sides have proven the key.
    Open(OpenSession),
}

/// What a frame turned out to be.
pub(crate) enum Unlocked {
    /// A command of the session, decrypted.
    Secured(Vec<u8>),
    /// A command in plaintext while no session exists.
    Plaintext,
    /// Not to be believed; answer with this refusal.
    Refused(NakCode),
}

impl DeviceChannel {
    /// True when commands are believed.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Verifies and decrypts a command that is no handshake. A wrong MAC ends the session (OSDP 2.2, Annex D); a
    /// plaintext frame does not, or anybody on the line could end it.
    pub(crate) fn unlock(&mut self, frame: &Frame) -> Unlocked {
        let secured = matches!(frame.block_kind(), Some(block::COMMAND | block::COMMAND_ENCRYPTED));
        match (self, secured) {
            (this @ Self::Open(_), true) => this.open(frame),
            (Self::Open(_), false) => Unlocked::Refused(NakCode::SECURITY_CONDITION),
            (Self::Closed | Self::Challenged(_), _) => match frame.block_kind() {
                None => Unlocked::Plaintext,
                Some(block::COMMAND | block::COMMAND_ENCRYPTED) => Unlocked::Refused(NakCode::SECURITY_CONDITION),
                Some(_) => Unlocked::Refused(NakCode::SECURITY_BLOCK),
            },
        }
    }

    fn open(&mut self, frame: &Frame) -> Unlocked {
        let Self::Open(session) = self else {
            return Unlocked::Refused(NakCode::SECURITY_CONDITION);
        };
        match session.open(frame) {
            Ok(data) => Unlocked::Secured(data),
            Err(_) => {
                *self = Self::Closed;
                Unlocked::Refused(NakCode::SECURITY_CONDITION)
            }
        }
    }

    /// Answers CHLNG: the DATA of CCRYPT, or a refusal. Only the device's own key is accepted, whatever is asked for.
    pub(crate) fn challenge(
        &mut self,
        frame: &Frame,
        key: &Scbk,
        number: [u8; 8],
        nonces: &mut Nonces,
    ) -> Result<Vec<u8>, NakCode> {
        *self = Self::Closed;
        match &frame.block {
            Some((block::CHALLENGE, data)) if data.first() == Some(&block::OWN_KEY) => {}
            _ => return Err(NakCode::SECURITY_BLOCK),
        }
        let panel: [u8; 8] = frame.data.as_slice().try_into().map_err(|_| NakCode::LENGTH)?;
        let own = nonces.draw().map_err(|_| NakCode::SECURITY_CONDITION)?;
        let (challenge, ccrypt) =
            DeviceChallenge::answer(key, panel, number, own).ok_or(NakCode::SECURITY_CONDITION)?;
        *self = Self::Challenged(challenge);
        Ok(ccrypt)
    }

    /// Answers SCRYPT: the DATA of RMAC_I, or a refusal. Consumes the challenge, so that each is answered once.
    pub(crate) fn conclude(&mut self, frame: &Frame) -> Result<[u8; 16], NakCode> {
        let Self::Challenged(challenge) = core::mem::take(self) else {
            return Err(NakCode::SECURITY_CONDITION);
        };
        match &frame.block {
            Some((block::PROOF, data)) if data.first() == Some(&block::OWN_KEY) => {}
            _ => return Err(NakCode::SECURITY_BLOCK),
        }
        let (session, seed) = challenge.verify(&frame.data).map_err(|_| NakCode::SECURITY_CONDITION)?;
        *self = Self::Open(session);
        Ok(seed)
    }
}
