//! Once the revocation of a grant is durable, the daemon admits nobody by it. What devices with rights of their own may still
//! do is looked at in `acknowledged_revocation`.

use std::collections::BTreeSet;

use rackward_core::Entry;
use rackward_core::id::GrantId;

use super::{Checker, Sight};

/// See the file's head.
#[derive(Debug, Default)]
pub struct RevokedGrant {
    revoked: BTreeSet<GrantId>,
}

impl Checker for RevokedGrant {
    fn name(&self) -> &'static str {
        "revoked grant"
    }

    fn look(&mut self, sight: &Sight<'_>) -> Result<(), String> {
        for stamped in sight.fresh {
            match stamped.entry {
                Entry::GrantRevoked { grant, .. } => _ = self.revoked.insert(grant),
                Entry::AccessGranted { grant, .. } if self.revoked.contains(&grant) => {
                    return Err(format!("entry {} admits by {grant}, which was revoked before", stamped.seq));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
