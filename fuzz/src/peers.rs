//! Both ends of a Secure Channel that hold the key and say whatever a run draws: the device in front of our panel and the
//! panel in front of our device. Frames are those of `frames`; the cipher is crate `osdp`'s.
//!
//! Decides nothing about what is said; keeps the chain of authentication codes, so that what is said is believed.

use osdp::reply::CCrypt;
use osdp::secure::cipher::{complement_icv, decrypt_data};
use osdp::secure::crypto::{SessionKeys, client_cryptogram};
use osdp::secure::{Challenged, Cryptogrammed, Disconnected, Secure, Session};

use rackward_protocol::osdp::Baud;

use crate::frames::{Parts, Way};

/// Codes of the handshake and of nothing else.
pub mod code {
    /// `osdp_CHLNG`.
    pub const CHALLENGE: u8 = 0x76;
    /// `osdp_SCRYPT`.
    pub const PROOF: u8 = 0x77;
    /// `osdp_CCRYPT`.
    pub const CHALLENGE_REPLY: u8 = 0x76;
    /// `osdp_RMAC_I`.
    pub const PROOF_REPLY: u8 = 0x78;
    /// `osdp_KEYSET`.
    pub const KEYSET: u8 = 0x75;
}

const MAC_BYTES: usize = 4;

/// The published default key (OSDP 2.2, Annex D.8), which everybody has.
pub const PUBLISHED: [u8; 16] =
    [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F];

/// What a handshake's block says of the key: the published one.
const KEY_PUBLISHED: u8 = 0;
/// The device's own.
const KEY_OWN: u8 = 1;

/// A key of its own for each number.
pub fn key(number: u8) -> [u8; 16] {
    std::array::from_fn(|i| number.wrapping_mul(31) ^ (i as u8).wrapping_mul(17) ^ 0x5A)
}

/// What was said inside a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Command or reply code.
    pub code: u8,
    /// Its data, decrypted.
    pub data: Vec<u8>,
    /// Its number in the exchange.
    pub sequence: u8,
}

/// One end's chain in an open session.
struct Chain(Session<Secure>);

impl Chain {
    fn seal(&mut self, way: Way, address: u8, sequence: u8, code: u8, data: &[u8]) -> Vec<u8> {
        let data = if data.is_empty() { Vec::new() } else { self.0.seal_data(data) };
        let kind = match (way, data.is_empty()) {
            (Way::ToDevice, true) => 0x15,
            (Way::ToPanel, true) => 0x16,
            (Way::ToDevice, false) => 0x17,
            (Way::ToPanel, false) => 0x18,
        };
        let mut parts = Parts { data, ..Parts::plain(way, address, sequence, code, &[]) }.with_block(kind, &[]);
        let mac = self.0.mac(&parts.body_before_mac(MAC_BYTES));
        parts.data.extend_from_slice(&mac[..MAC_BYTES]);
        parts.bytes()
    }

    fn open(&mut self, raw: &[u8]) -> Option<Said> {
        let parts = Parts::read(raw)?;
        let (data, mac) = parts.data.split_last_chunk::<MAC_BYTES>()?;
        let before = *self.0.last_other_mac();
        self.0.verify(raw.get(..raw.len() - 2 - MAC_BYTES)?, mac).ok()?;
        let data = match parts.block_kind()? {
            0x15 | 0x16 => data.to_vec(),
            _ => decrypt_data(&self.0.keys().s_enc, &complement_icv(&before), data).ok()?,
        };
        Some(Said { code: parts.code, data, sequence: parts.sequence })
    }
}

/// A panel that holds a key.
pub struct PanelPeer {
    /// Whom it speaks to.
    pub address: u8,
    key: [u8; 16],
    which: u8,
    sequence: u8,
    stage: PanelStage,
}

enum PanelStage {
    Closed,
    Challenged(Session<Challenged>),
    Proving(Session<Cryptogrammed>),
    Open(Chain),
}

impl PanelPeer {
    /// Nothing has been said yet.
    pub fn new(address: u8, key: [u8; 16]) -> Self {
        Self { address, key, which: KEY_OWN, sequence: 0, stage: PanelStage::Closed }
    }

    /// One that offers the published key as such.
    pub fn with_published_key(address: u8) -> Self {
        Self { which: KEY_PUBLISHED, ..Self::new(address, PUBLISHED) }
    }

    /// True once both sides have proven the key.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, PanelStage::Open(_))
    }

    /// The first frame of a handshake.
    pub fn challenge(&mut self, nonce: [u8; 8]) -> Vec<u8> {
        self.stage = PanelStage::Challenged(Session::<Disconnected>::new(self.key).challenge(nonce));
        self.sequence = 0;
        Parts::plain(Way::ToDevice, self.address, 0, code::CHALLENGE, &nonce).with_block(0x11, &[self.which]).bytes()
    }

    /// Takes the device's answer to a step of the handshake; gives the next step, if there is one.
    pub fn shake(&mut self, raw: &[u8]) -> Option<Vec<u8>> {
        let parts = Parts::read(raw)?;
        match std::mem::replace(&mut self.stage, PanelStage::Closed) {
            PanelStage::Challenged(session) => {
                let session = session.receive_ccrypt(&CCrypt::decode(&parts.data).ok()?).ok()?;
                let proof = session.server_cryptogram();
                self.stage = PanelStage::Proving(session);
                self.sequence = 1;
                let frame = Parts::plain(Way::ToDevice, self.address, 1, code::PROOF, &proof);
                Some(frame.with_block(0x13, &[self.which]).bytes())
            }
            PanelStage::Proving(session) => {
                let seed: [u8; 16] = parts.data.as_slice().try_into().ok()?;
                self.stage = PanelStage::Open(Chain(session.confirm_rmac_i(&seed).ok()?));
                None
            }
            PanelStage::Closed | PanelStage::Open(_) => None,
        }
    }

    /// A command of the open session.
    ///
    /// # Panics
    /// There is no session.
    pub fn seal(&mut self, code: u8, data: &[u8]) -> Vec<u8> {
        let PanelStage::Open(chain) = &mut self.stage else { panic!("no session") };
        self.sequence = if self.sequence >= 3 { 1 } else { self.sequence + 1 };
        chain.seal(Way::ToDevice, self.address, self.sequence, code, data)
    }

    /// The answer to the last command; `None` ends the session, since the answer is not of it.
    pub fn open(&mut self, raw: &[u8]) -> Option<Said> {
        let PanelStage::Open(chain) = &mut self.stage else { return None };
        let said = chain.open(raw);
        if said.as_ref().is_none_or(|said| said.sequence != self.sequence) {
            self.stage = PanelStage::Closed;
        }
        said
    }
}

/// A device that holds a key.
pub struct DevicePeer {
    /// Where it answers.
    pub address: u8,
    /// The key it proves.
    pub key: [u8; 16],
    /// The speed at which it listens and speaks.
    pub baud: Baud,
    /// Whether it also proves the published key.
    pub is_in_install_mode: bool,
    stage: DeviceStage,
    /// The last command of a session and its answer, for repeats.
    last: Option<(Vec<u8>, Vec<u8>)>,
}

enum DeviceStage {
    Closed,
    Challenged(Session<Cryptogrammed>),
    Open(Chain),
}

/// What a device makes of a panel's frame.
pub enum Asked {
    /// Nothing: it is for somebody else, or in the clear, or not believed.
    Nothing,
    /// A step of the handshake, or a repeat, with its answer.
    Answered(Vec<u8>),
    /// A new command of the session; answer with [`DevicePeer::reply`].
    Command(Said),
}

impl DevicePeer {
    /// Nothing has been said yet.
    pub fn new(address: u8, key: [u8; 16], baud: Baud) -> Self {
        Self { address, key, baud, is_in_install_mode: false, stage: DeviceStage::Closed, last: None }
    }

    /// Its power was lost and came back.
    pub fn restart(&mut self) {
        self.stage = DeviceStage::Closed;
        self.last = None;
    }

    /// Takes a frame of the panel's.
    pub fn hear(&mut self, raw: &[u8]) -> Asked {
        let Some(parts) = Parts::read(raw).filter(|parts| parts.address == self.address) else {
            return Asked::Nothing;
        };
        if let Some((command, reply)) = &self.last
            && command == raw
        {
            return Asked::Answered(reply.clone());
        }
        let answer = match parts.block_kind() {
            Some(0x11) => self.answer_challenge(&parts),
            Some(0x13) => self.answer_proof(&parts),
            Some(0x15 | 0x17) => {
                let DeviceStage::Open(chain) = &mut self.stage else { return Asked::Nothing };
                let Some(said) = chain.open(raw) else { return Asked::Nothing };
                self.last = Some((raw.to_vec(), Vec::new()));
                return Asked::Command(said);
            }
            _ => None,
        };
        let Some(answer) = answer else { return Asked::Nothing };
        self.last = (parts.sequence != 0).then(|| (raw.to_vec(), answer.clone()));
        Asked::Answered(answer)
    }

    /// Answers the command just heard.
    ///
    /// # Panics
    /// There is no session.
    pub fn reply(&mut self, said: &Said, code: u8, data: &[u8]) -> Vec<u8> {
        let DeviceStage::Open(chain) = &mut self.stage else { panic!("no session") };
        let bytes = chain.seal(Way::ToPanel, self.address, said.sequence, code, data);
        if let Some((_, reply)) = &mut self.last {
            reply.clone_from(&bytes);
        }
        bytes
    }

    fn answer_challenge(&mut self, parts: &Parts) -> Option<Vec<u8>> {
        let panel: [u8; 8] = parts.data.as_slice().try_into().ok()?;
        let which = parts.block.as_ref().and_then(|(_, content)| content.first().copied())?;
        let key = match which {
            KEY_OWN => self.key,
            KEY_PUBLISHED if self.is_in_install_mode => PUBLISHED,
            _ => return None,
        };
        let keys = SessionKeys::derive(&key, &panel);
        let own = [7; 8];
        let proof = client_cryptogram(&keys.s_enc, &panel, &own);
        let ccrypt = CCrypt { cuid: [3; 8], rnd_b: own, client_cryptogram: proof };
        let session = Session::<Disconnected>::new(key).challenge(panel).receive_ccrypt(&ccrypt).ok()?;
        self.stage = DeviceStage::Challenged(session);
        let frame =
            Parts::plain(Way::ToPanel, self.address, parts.sequence, code::CHALLENGE_REPLY, &ccrypt.encode().ok()?);
        Some(frame.with_block(0x12, &[which]).bytes())
    }

    fn answer_proof(&mut self, parts: &Parts) -> Option<Vec<u8>> {
        let DeviceStage::Challenged(session) = std::mem::replace(&mut self.stage, DeviceStage::Closed) else {
            return None;
        };
        assert_eq!(parts.data, session.server_cryptogram(), "our panel proves its key rightly");
        let seed = session.initial_rmac();
        self.stage = DeviceStage::Open(Chain(session.confirm_rmac_i(&seed).ok()?));
        let frame = Parts::plain(Way::ToPanel, self.address, parts.sequence, code::PROOF_REPLY, &seed);
        Some(frame.with_block(0x14, &[1]).bytes())
    }
}
