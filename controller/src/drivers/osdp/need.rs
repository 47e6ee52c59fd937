//! What a panel needs from the disk, and what it is brought: keys drawn and settled, firmware read.
//!
//! Decides nothing; it is the vocabulary between the pure [`Panel`](super::Panel) and the shell around it. When something is
//! needed is `jobs.rs`'s, how it is met is `stock.rs`'s.
//!
//! Vocabulary: an *errand* is one thing to do for one device; a device has at most one out at a time.

use rackward_core::Wall;
use rackward_core::id::DeviceId;
use rackward_protocol::osdp::{DeviceKeys, ProvenKey};

use crate::firmware::Verified;
use crate::secrets::Unproven;

/// One errand for the shell. It must be answered once, with [`Stock::meet`](crate::drivers::Stock::meet) or with
/// [`Need::unmet`], by [`Panel::met`](super::Panel::met).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub(in crate::drivers) device: DeviceId,
    /// The device's name in the site file, under which its keys are kept.
    pub(in crate::drivers) name: String,
    pub(in crate::drivers) errand: Errand,
}

/// What is to be done for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::drivers) enum Errand {
    /// Change its keys, durably.
    Keys(KeyErrand),
    /// Read the signed image with this SHA-256 and check it again.
    LoadImage([u8; 32]),
}

/// A change to the keys of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::drivers) enum KeyErrand {
    /// Draw a fresh key and keep it as pending.
    Draw(Unproven),
    /// One of the two keys was proven: keep that one alone.
    Settle(ProvenKey),
    /// The pending key was never sent: forget it.
    Withdraw,
}

/// The answer to a [`Need`]; never prints what it carries.
pub struct Met {
    pub(in crate::drivers) device: DeviceId,
    pub(in crate::drivers) brought: Brought,
}

/// What was brought.
pub(in crate::drivers) enum Brought {
    /// The device's keys as they are on the disk now.
    Keys(Result<Held, Unmet>),
    /// A firmware image that was checked again.
    Image(Result<Verified, Unmet>),
}

/// The keys that a device may know.
#[derive(Debug)]
pub(in crate::drivers) struct Held {
    pub(in crate::drivers) keys: DeviceKeys,
    /// Since when it has had the active one, where that is known.
    pub(in crate::drivers) since: Option<Wall>,
}

/// The errand failed; what failed stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::drivers) struct Unmet;

impl Need {
    /// Whom it is for.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// The answer when it could not even be tried.
    pub fn unmet(&self) -> Met {
        let brought = match self.errand {
            Errand::Keys(_) => Brought::Keys(Err(Unmet)),
            Errand::LoadImage(_) => Brought::Image(Err(Unmet)),
        };
        Met { device: self.device, brought }
    }
}

impl std::fmt::Debug for Met {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match &self.brought {
            Brought::Keys(Ok(_)) => "keys",
            Brought::Image(Ok(_)) => "image",
            Brought::Keys(Err(Unmet)) | Brought::Image(Err(Unmet)) => "nothing",
        };
        write!(f, "Met({} was brought {what})", self.device)
    }
}
