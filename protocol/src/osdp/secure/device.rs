//! The device's side of the Secure Channel.
//!
//! Decides which command is believed and which is answered by a refusal, and never carries out anything outside a
//! session. It does not decide what a command means, nor whether the device is in install mode (`peripheral`).
//!
//! States and what leads on:
//!
//! ```text
//! Closed ── CHLNG ──> Challenged ── SCRYPT with the right proof ──> Open
//!   ^                     │                                          │
//!   └── sequence 0, wrong proof, wrong MAC, silence ─────────────────┘
//! ```

use alloc::vec::Vec;

use crate::osdp::key::{Nonces, PublishedKey, Scbk};
use crate::osdp::message::NakCode;
use crate::osdp::wire::{DeviceChallenge, Frame, OpenSession, block};

/// A device's session.
#[derive(Default)]
pub(crate) enum DeviceChannel {
    /// No session; only the handshake and harmless questions are answered.
    #[default]
    Closed,
    /// A challenge was answered; the panel must prove itself next.
    Challenged(DeviceChallenge, KeyInUse),
    /// Both sides have proven the key.
    Open(OpenSession),
}

/// Which key a session stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyInUse {
    /// The device's own.
    Own,
    /// The published one: whoever is there has proven nothing, and may only give the device a key and a place.
    Published,
}

impl KeyInUse {
    /// The block data that means this key (OSDP 2.2, Annex D.3).
    pub(crate) const fn block_data(self) -> u8 {
        match self {
            Self::Own => block::OWN_KEY,
            Self::Published => block::PUBLISHED_KEY,
        }
    }

    fn meant_by(data: &[u8]) -> Option<Self> {
        match data.first() {
            Some(&block::OWN_KEY) => Some(Self::Own),
            Some(&block::PUBLISHED_KEY) => Some(Self::Published),
            _ => None,
        }
    }
}

/// The keys a device may prove. One that has its own key has no published one, unless somebody set it to install mode.
#[derive(Clone, Debug)]
pub(crate) struct ProvableKeys {
    pub(crate) own: Option<Scbk>,
    pub(crate) published: Option<PublishedKey>,
}

impl ProvableKeys {
    fn find(&self, wanted: KeyInUse) -> Option<&Scbk> {
        match wanted {
            KeyInUse::Own => self.own.as_ref(),
            KeyInUse::Published => self.published.as_ref().map(PublishedKey::for_cipher),
        }
    }
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
            (Self::Closed | Self::Challenged(..), _) => match frame.block_kind() {
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

    /// Answers CHLNG: the DATA of CCRYPT and the key it stands on, or a refusal. A key the device has not, or must not
    /// use any more, is refused; nothing is offered in its place.
    pub(crate) fn challenge(
        &mut self,
        frame: &Frame,
        keys: &ProvableKeys,
        number: [u8; 8],
        nonces: &mut Nonces,
    ) -> Result<(Vec<u8>, KeyInUse), NakCode> {
        *self = Self::Closed;
        let wanted = match &frame.block {
            Some((block::CHALLENGE, data)) => KeyInUse::meant_by(data).ok_or(NakCode::SECURITY_BLOCK)?,
            _ => return Err(NakCode::SECURITY_BLOCK),
        };
        let key = keys.find(wanted).ok_or(NakCode::SECURITY_BLOCK)?;
        let panel: [u8; 8] = frame.data.as_slice().try_into().map_err(|_| NakCode::LENGTH)?;
        let own = nonces.draw().map_err(|_| NakCode::SECURITY_CONDITION)?;
        let (challenge, ccrypt) =
            DeviceChallenge::answer(key, panel, number, own).ok_or(NakCode::SECURITY_CONDITION)?;
        *self = Self::Challenged(challenge, wanted);
        Ok((ccrypt, wanted))
    }

    /// Answers SCRYPT: the DATA of RMAC_I and the key that was proven, or a refusal. Consumes the challenge, so that each
    /// is answered once.
    pub(crate) fn conclude(&mut self, frame: &Frame) -> Result<([u8; 16], KeyInUse), NakCode> {
        let Self::Challenged(challenge, key) = core::mem::take(self) else {
            return Err(NakCode::SECURITY_CONDITION);
        };
        match &frame.block {
            Some((block::PROOF, data)) if data.first() == Some(&key.block_data()) => {}
            _ => return Err(NakCode::SECURITY_BLOCK),
        }
        let (session, seed) = challenge.verify(&frame.data).map_err(|_| NakCode::SECURITY_CONDITION)?;
        *self = Self::Open(session);
        Ok((seed, key))
    }
}
