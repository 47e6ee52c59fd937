//! The stock room behind the drivers: the vault with the devices' keys and the shelf with their firmware. Meets the needs of
//! panels; blocks on the disk, so it is called off the runtime.
//!
//! Decides nothing: which keys are kept is the vault's business, which firmware is trusted the shelf's. What fails is said
//! in the log here, because a panel only learns that it failed.

use std::sync::Arc;

use super::osdp::{Brought, Errand, Held, KeyErrand, Met, Need, Unmet};
use crate::firmware::{Shelf, Verified};
use crate::secrets::Vault;
use rackward_protocol::osdp::ProvenKey;

/// The vault and the shelf; a stock without them keeps nothing and meets no need.
#[derive(Debug, Clone, Default)]
pub struct Stock(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    vault: Vault,
    shelf: Shelf,
}

impl Stock {
    /// A stock that keeps keys in `vault` and firmware on `shelf`.
    pub fn new(vault: Vault, shelf: Shelf) -> Self {
        Self(Some(Arc::new(Kept { vault, shelf })))
    }

    /// Does what a panel needs. Blocks on the disk.
    pub fn meet(&self, need: Need) -> Met {
        let Some(kept) = &self.0 else {
            tracing::error!(device = %need.name, "a device's job cannot go on: this daemon keeps neither keys nor firmware");
            return need.unmet();
        };
        let brought = match need.errand {
            Errand::LoadImage(digest) => Brought::Image(kept.image(&need.name, digest)),
            Errand::Keys(errand) => Brought::Keys(kept.keys(&need.name, errand)),
        };
        Met { device: need.device, brought }
    }
}

impl Kept {
    fn keys(&self, name: &str, errand: KeyErrand) -> Result<Held, Unmet> {
        let kept = match errand {
            KeyErrand::Draw(unproven) => self.vault.draw_pending(name, unproven),
            KeyErrand::Settle(ProvenKey::Pending) => self.vault.promote(name),
            KeyErrand::Settle(ProvenKey::Active) => self.vault.discard_pending(name),
            KeyErrand::Withdraw => self.vault.withdraw(name),
        };
        let keys = kept.map_err(|error| {
            tracing::error!(device = %name, %error, "a device's keys were not changed");
            Unmet
        })?;
        Ok(Held { keys, since: self.vault.active_since(name) })
    }

    fn image(&self, name: &str, digest: [u8; 32]) -> Result<Verified, Unmet> {
        self.shelf.load(digest).map_err(|error| {
            tracing::error!(device = %name, %error, "firmware was not sent");
            Unmet
        })
    }
}
