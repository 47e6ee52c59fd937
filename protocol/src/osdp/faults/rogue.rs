//! Somebody else's device in the place of a real one.
//!
//! Decides nothing that a real device would not; it knows the published key only and notes what it is given. A panel that
//! believes it, or tells it a key, has lost.

use alloc::vec::Vec;
use core::time::Duration;

use crate::osdp::key::{NoEntropy, Scbk};
use crate::osdp::line::Micros;
use crate::osdp::message::{Capability, NakCode, Reply, code};
use crate::osdp::peripheral::{Action, Peripheral, PeripheralConfig, PeripheralKey};
use crate::osdp::wire::{self, Direction, Envelope, Frame};

/// A device in install mode that says it is the one whose place it took.
#[derive(Debug)]
pub(super) struct Rogue(Peripheral);

impl Rogue {
    pub(super) fn in_place_of(config: &PeripheralConfig) -> Self {
        let config = PeripheralConfig { key: PeripheralKey::Install, turnaround: Duration::ZERO, ..config.clone() };
        let mut count: u64 = 0;
        // A rogue's nonces protect nobody; they only have to differ.
        let nonces = move |out: &mut [u8]| -> Result<(), NoEntropy> {
            count += 1;
            out.iter_mut().zip(count.to_le_bytes()).for_each(|(to, from)| *to = from);
            Ok(())
        };
        Self(Peripheral::new(config, nonces))
    }

    pub(super) fn handle_timeout(&mut self, now: Micros) {
        self.0.handle_timeout(now);
    }

    /// Its reply to a frame; keys it is given go to `captured`.
    pub(super) fn answer(&mut self, now: Micros, bytes: &[u8], captured: &mut Vec<Scbk>) -> Option<Vec<u8>> {
        self.0.handle_bytes(now, bytes);
        while let Some(action) = self.0.poll_action() {
            if let Action::KeyChanged(key) = action {
                captured.push(key);
            }
        }
        self.0.poll_transmit(now)
    }
}

/// What a device says that claims to know no security at all: everything is fine, in plaintext.
pub(super) fn answer_in_plaintext(config: &PeripheralConfig, frame: &Frame) -> Vec<u8> {
    let reply = match frame.code {
        code::CHLNG | code::SCRYPT => Reply::Nak(NakCode::SECURITY_BLOCK, Vec::new()),
        code::ID => Reply::Identity(config.identity),
        code::CAP => {
            let is_harmless = |capability: &&Capability| capability.function != Capability::SECURITY;
            Reply::Capabilities(config.capabilities.iter().filter(is_harmless).copied().collect())
        }
        _ => Reply::Ack,
    };
    let (code, data) = reply.encode();
    let envelope = Envelope { direction: Direction::ToPanel, ..frame.envelope };
    wire::plain(envelope, code, &data)
}
