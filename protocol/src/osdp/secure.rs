//! The Secure Channel, as each end plays it.
//!
//! Decides what a frame must carry to be believed, in each step of the handshake and afterwards (OSDP 2.2, Annex D).
//! The cipher itself is in `wire`; when a handshake is tried again is decided by `bus`.
//!
//! The rules, at both ends: only the device's own key, except that a device in install mode is given one under the published
//! key, by a commissioning job and nothing else; the panel believes nothing that is not
//! secured, except that a plaintext NAK or BUSY means "not done"; the proof of each side and the seed of the chain are
//! verified, not assumed; nonces come from the caller's random source or the handshake does not begin.
//!
//! Vocabulary: *challenge* is CHLNG/CCRYPT, *proof* is SCRYPT/RMAC_I.

mod device;
mod panel;

pub(crate) use device::{DeviceChannel, KeyInUse, ProvableKeys, Unlocked};
pub(crate) use panel::{Claim, KeyKind, Offer, Unproven, begin, conclude, first_claim, prove};
