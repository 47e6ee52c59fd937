//! The panel's side of the Secure Channel.
//!
//! Decides what an answer claims to be, and whether a handshake answer proves what it must. It keeps no state: the state
//! of a device's link is in `bus`, and each step here consumes one state and gives the next.
//!
//! Vocabulary: a *claim* is what an answer says it is before anything has been verified; an *offer* is the key a handshake
//! is made with.

use alloc::vec::Vec;

use crate::osdp::key::{NoEntropy, Nonces, PublishedKey, Scbk};
use crate::osdp::line::Address;
use crate::osdp::message::{NakCode, code, reply_code};
use crate::osdp::transaction::Sequence;
use crate::osdp::wire::{self, Direction, Envelope, Frame, NotProven, OpenSession, PanelChallenge, PanelProof, block};

/// What an answer claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Plaintext "not done". Believed only as that.
    NotDone(NakCode),
    /// Any other plaintext; never believed.
    Plaintext,
    /// The device's proof and nonce (CCRYPT).
    ChallengeReply,
    /// The seed of the chain (RMAC_I).
    ProofReply,
    /// A frame of a session.
    Secured,
    /// A handshake block around something that is no handshake answer.
    Misplaced,
}

/// Sorts an answer by its block and code.
pub(crate) fn first_claim(frame: &Frame) -> Claim {
    match (frame.block_kind(), frame.code) {
        (None, reply_code::NAK) => Claim::NotDone(NakCode(frame.data.first().copied().unwrap_or_default())),
        (None, _) => Claim::Plaintext,
        (Some(block::CHALLENGE_REPLY), reply_code::CCRYPT) => Claim::ChallengeReply,
        (Some(block::PROOF_REPLY), reply_code::RMAC_I) => Claim::ProofReply,
        // A refusal inside a handshake block is still only a refusal.
        (Some(block::CHALLENGE_REPLY | block::PROOF_REPLY), reply_code::NAK) => {
            Claim::NotDone(NakCode(frame.data.first().copied().unwrap_or_default()))
        }
        (Some(block::REPLY | block::REPLY_ENCRYPTED), _) => Claim::Secured,
        (Some(_), _) => Claim::Misplaced,
    }
}

/// Block data of a handshake under the published key.
const PUBLISHED_KEY: u8 = 0;

/// The key a handshake is made with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Offer<'a> {
    /// The device's own.
    Own(&'a Scbk),
    /// The published one, in a commissioning job.
    Published(&'a PublishedKey),
}

/// Which of the two kinds of keys a handshake is about; each of its frames says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Own,
    Published,
}

/// How a device did not prove what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// It was asked for its own key and offers the published one.
    OffersPublished,
    /// Its proof is wrong.
    Wrong,
}

impl Offer<'_> {
    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::Own(_) => KeyKind::Own,
            Self::Published(_) => KeyKind::Published,
        }
    }

    fn key(&self) -> &Scbk {
        match self {
            Self::Own(key) => key,
            Self::Published(key) => key.for_cipher(),
        }
    }
}

impl KeyKind {
    fn number(self) -> u8 {
        match self {
            Self::Own => block::OWN_KEY,
            Self::Published => PUBLISHED_KEY,
        }
    }
}

/// Begins a handshake: a fresh nonce and the CHLNG frame. Sequence 0 makes the device forget its last session and reply.
pub(crate) fn begin(
    offer: Offer<'_>,
    nonces: &mut Nonces,
    address: Address,
) -> Result<(PanelChallenge, Vec<u8>), NoEntropy> {
    let nonce = nonces.draw()?;
    let status = offer.kind().number();
    let bytes = wire::handshake(envelope(address, Sequence::START), block::CHALLENGE, status, code::CHLNG, &nonce);
    Ok((PanelChallenge::new(offer.key(), nonce), bytes))
}

/// Checks the device's proof and gives the SCRYPT frame. A device that offers another kind of key than it was asked for
/// has proven nothing.
pub(crate) fn prove(
    challenge: PanelChallenge,
    kind: KeyKind,
    frame: &Frame,
    address: Address,
    sequence: Sequence,
) -> Result<(PanelProof, Vec<u8>), Unproven> {
    if require_status(frame, kind.number()).is_err() {
        let offers_published = kind == KeyKind::Own && require_status(frame, PUBLISHED_KEY).is_ok();
        return Err(if offers_published { Unproven::OffersPublished } else { Unproven::Wrong });
    }
    let proof = challenge.verify(&frame.data).map_err(|NotProven| Unproven::Wrong)?;
    let bytes = wire::handshake(envelope(address, sequence), block::PROOF, kind.number(), code::SCRYPT, &proof.proof());
    Ok((proof, bytes))
}

/// Checks that the device accepted our proof and seeds the chain as we do.
pub(crate) fn conclude(proof: PanelProof, frame: &Frame) -> Result<OpenSession, NotProven> {
    require_status(frame, block::ACCEPTED)?;
    proof.verify(&frame.data)
}

fn require_status(frame: &Frame, status: u8) -> Result<(), NotProven> {
    match &frame.block {
        Some((_, data)) if data.first() == Some(&status) => Ok(()),
        _ => Err(NotProven),
    }
}

fn envelope(address: Address, sequence: Sequence) -> Envelope {
    Envelope { address: address.number(), direction: Direction::ToDevice, sequence: sequence.number() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::osdp::wire::DeviceChallenge;
    use alloc::boxed::Box;

    fn key() -> Scbk {
        Scbk::parse(core::array::from_fn(|i| 3 * i as u8 + 1)).unwrap()
    }

    fn reply(sequence: u8, kind: u8, status: u8, code: u8, data: &[u8]) -> Frame {
        let envelope = Envelope { address: 1, direction: Direction::ToPanel, sequence };
        wire::parse(&wire::handshake(envelope, kind, status, code, data)).unwrap()
    }

    /// A handshake in which the device answers with these two status bytes; tells how far it came.
    fn check(challenge_status: u8, proof_status: u8, spoil_seed: u8) -> &'static str {
        let address = Address::parse(1).unwrap();
        let mut nonces = Nonces::new(Box::new(|out: &mut [u8]| {
            out.fill(9);
            Ok(())
        }));
        let (challenge, bytes) = begin(Offer::Own(&key()), &mut nonces, address).unwrap();
        assert_eq!(bytes[5..9], [3, 0x11, 1, 0x76]);
        let (device, ccrypt) = DeviceChallenge::answer(&key(), [9; 8], [0; 8], [5; 8]).unwrap();
        let answer = reply(0, block::CHALLENGE_REPLY, challenge_status, reply_code::CCRYPT, &ccrypt);
        let Ok((proof, bytes)) = prove(challenge, KeyKind::Own, &answer, address, Sequence::START.next()) else {
            return "no proof";
        };
        let (_, mut seed) = device.verify(&bytes[9..25]).unwrap();
        seed[15] ^= spoil_seed;
        let answer = reply(1, block::PROOF_REPLY, proof_status, reply_code::RMAC_I, &seed);
        if conclude(proof, &answer).is_ok() { "open" } else { "not concluded" }
    }

    #[test]
    fn a_session_opens_only_when_every_step_is_right() {
        assert_eq!(check(1, 1, 0), "open");
        assert_eq!(check(0, 1, 0), "no proof", "the published key is offered");
        assert_eq!(check(1, 0, 0), "not concluded", "the device did not accept our proof");
        assert_eq!(check(1, 0xFF, 0), "not concluded");
        assert_eq!(check(1, 1, 1), "not concluded", "the seed of the chain is another");
    }

    #[test]
    fn claims_are_told_apart() {
        let plain = |code, data: &[u8]| {
            let envelope = Envelope { address: 1, direction: Direction::ToPanel, sequence: 1 };
            wire::parse(&wire::plain(envelope, code, data)).unwrap()
        };
        assert_eq!(first_claim(&plain(0x41, &[6])), Claim::NotDone(NakCode::SECURITY_CONDITION));
        assert_eq!(first_claim(&plain(0x41, &[])), Claim::NotDone(NakCode(0)));
        assert_eq!(first_claim(&plain(0x40, &[])), Claim::Plaintext);
        assert_eq!(first_claim(&plain(0x76, &[0; 32])), Claim::Plaintext);
        assert_eq!(first_claim(&reply(1, block::CHALLENGE_REPLY, 1, 0x40, &[])), Claim::Misplaced);
        assert_eq!(first_claim(&reply(1, block::REPLY, 1, 0x40, &[0; 4])), Claim::Secured);
    }
}
