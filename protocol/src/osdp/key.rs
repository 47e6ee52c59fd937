//! What must be secret or unpredictable: the Secure Channel base key and the source of random bytes.
//!
//! Decides which keys are too weak to use at all. It does not store keys, make keys or run the handshake (`secure`).
//!
//! Vocabulary: *SCBK* is the base key that panel and device share; *SCBK-D* is the published default key, which everybody
//! has and which is therefore no key.

use alloc::boxed::Box;
use core::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// The published default key (OSDP 2.2, Annex D.8): refused as anybody's own key, and known to [`PublishedKey`] alone.
const SCBK_D: [u8; 16] =
    [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F];

/// The Secure Channel base key of one device; wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Scbk(Zeroizing<[u8; 16]>);

impl Scbk {
    /// Takes a key unless it is one that anybody could guess.
    pub fn parse(bytes: [u8; 16]) -> Result<Self, KeyRefused> {
        let bytes = Zeroizing::new(bytes);
        if *bytes == SCBK_D {
            return Err(KeyRefused::Default);
        }
        let [first, rest @ ..] = &*bytes;
        if rest.iter().all(|byte| byte == first) {
            return Err(if *first == 0 { KeyRefused::AllZero } else { KeyRefused::RepeatedByte });
        }
        Ok(Self(bytes))
    }

    /// The raw key, for the device that was given it and must write it down. It must not reach a log.
    pub fn for_storage(&self) -> &[u8; 16] {
        &self.0
    }

    /// The raw key, for the cipher only.
    pub(crate) fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Scbk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scbk(redacted)")
    }
}

/// The right to use the published key on one end of the line. Only two types have it, and only one place makes each: a
/// panel's commissioning job, and a device in install mode.
pub(crate) trait MayUsePublishedKey {}

/// The published default key, in the hands of somebody who may use it. Everybody knows it, so it protects nothing; it
/// only lets a device that has no key of its own be given one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublishedKey(Scbk);

impl PublishedKey {
    pub(crate) fn with(_permit: &impl MayUsePublishedKey) -> Self {
        Self(Scbk(Zeroizing::new(SCBK_D)))
    }

    /// For the cipher only.
    pub(crate) fn for_cipher(&self) -> &Scbk {
        &self.0
    }
}

impl fmt::Debug for PublishedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublishedKey")
    }
}

/// Why a key was not taken. The key itself is never part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyRefused {
    /// Sixteen zero bytes.
    #[error("the key is all zero; draw sixteen random bytes")]
    AllZero,
    /// The published default key.
    #[error("the key is the published default key; draw sixteen random bytes")]
    Default,
    /// The same byte sixteen times.
    #[error("the key repeats one byte; draw sixteen random bytes")]
    RepeatedByte,
}

/// The caller could not supply random bytes. Nothing secret may be started then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no random bytes are available; secure sessions cannot start until the random source works")]
pub struct NoEntropy;

/// A source of unpredictable bytes, supplied by the shell. Any `FnMut(&mut [u8]) -> Result<(), NoEntropy>` is one.
pub trait Entropy {
    /// Fills all of `out`, or fails and leaves the session unopened.
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy>;
}

impl<F: FnMut(&mut [u8]) -> Result<(), NoEntropy>> Entropy for F {
    fn fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self(out)
    }
}

/// Draws eight-byte nonces and refuses a source that repeats itself: session keys depend on nothing else that is fresh.
pub(crate) struct Nonces {
    source: Box<dyn Entropy + Send>,
    last: Option<[u8; 8]>,
}

impl Nonces {
    pub(crate) fn new(source: Box<dyn Entropy + Send>) -> Self {
        Self { source, last: None }
    }

    pub(crate) fn draw(&mut self) -> Result<[u8; 8], NoEntropy> {
        let mut nonce = [0; 8];
        self.source.fill(&mut nonce)?;
        if self.last == Some(nonce) {
            return Err(NoEntropy);
        }
        self.last = Some(nonce);
        Ok(nonce)
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn guessable_keys_are_refused() {
        let check = |bytes, expect| assert_eq!(Scbk::parse(bytes).err(), expect);
        check([0; 16], Some(KeyRefused::AllZero));
        check(SCBK_D, Some(KeyRefused::Default));
        check([0xA5; 16], Some(KeyRefused::RepeatedByte));
        check(core::array::from_fn(|i| i as u8 * 7 + 1), None);
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = Scbk::parse(core::array::from_fn(|i| 0xC0 + i as u8)).unwrap();
        assert_eq!(format!("{key:?}"), "Scbk(redacted)");
    }

    #[test]
    fn a_source_that_repeats_itself_is_no_source() {
        let mut nonces = Nonces::new(Box::new(|out: &mut [u8]| {
            out.fill(7);
            Ok(())
        }));
        assert!(nonces.draw().is_ok());
        assert_eq!(nonces.draw(), Err(NoEntropy));
    }
}
