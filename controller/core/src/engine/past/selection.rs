//! Which entries say anything of who may pass: those from which records of rights are rebuilt, and those that tell of somebody
//! at a door, which new rules can be tried on. A use of a right counts only where its uses are limited, so that of a million
//! passages next to none matter.

use std::collections::BTreeSet;

use crate::entry::Entry;
use crate::id::GrantId;
use crate::people::Uses;
use crate::review::LastUses;

/// Picks the entries from which rights are rebuilt. It remembers which grants are limited in their uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    limited: BTreeSet<GrantId>,
}

impl Selection {
    /// Goes on where the grants with limited uses are these.
    pub fn with_limited(limited: impl IntoIterator<Item = GrantId>) -> Self {
        Self { limited: limited.into_iter().collect() }
    }

    /// Whether an entry matters; asked of every entry, in order.
    pub fn takes(&mut self, entry: &Entry) -> bool {
        match entry {
            Entry::GrantCreated { grant, .. } | Entry::GrantRequested { grant, .. } => {
                if grant.uses != Uses::Unlimited {
                    self.limited.insert(grant.id);
                }
                true
            }
            Entry::AccessGranted { grant, .. } | Entry::CompanionAdmitted { grant, .. } => self.limited.contains(grant),
            other => is_of_rights(other),
        }
    }

    /// The grants with limited uses.
    pub fn limited(&self) -> impl Iterator<Item = GrantId> {
        self.limited.iter().copied()
    }
}

/// Whether an entry tells of a known person at a door who was let through or refused, or whom a swinghandle let through by itself.
pub fn is_passage(entry: &Entry) -> bool {
    LastUses::matters(entry) || matches!(entry, Entry::AccessDenied { person: Some(_), .. })
}

/// Whether an entry, other than of a use, changes records by which is decided who may pass. That nothing is missing here is
/// tried by rebuilding random histories (`tests/it/reference/past.rs`).
fn is_of_rights(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::PlaceNamed { .. }
            | Entry::PersonCreated { .. }
            | Entry::PersonStatusChanged { .. }
            | Entry::PersonDetailsChanged { .. }
            | Entry::PinChanged { .. }
            | Entry::DuressPinChanged { .. }
            | Entry::CredentialAssigned { .. }
            | Entry::CredentialStateChanged { .. }
            | Entry::CredentialLockedOut { .. }
            | Entry::LockoutEnded { .. }
            | Entry::GrantRevoked { .. }
            | Entry::GrantApproved { .. }
            | Entry::GrantDenied { .. }
            | Entry::GrantEndChanged { .. }
            | Entry::GrantEnded { .. }
            | Entry::BreakGlassReviewed { .. }
            | Entry::ScheduleSet { .. }
            | Entry::ScheduleRemoved { .. }
            | Entry::CalendarSet { .. }
            | Entry::CalendarRemoved { .. }
            | Entry::ProfileSet { .. }
            | Entry::ProfileRemoved { .. }
            | Entry::AgreementMade { .. }
            | Entry::AgreementEnded { .. }
            | Entry::DoorModeChanged { .. }
            | Entry::AreaLockedDown { .. }
            | Entry::AreaReleased { .. }
            | Entry::FireChanged { .. }
            | Entry::ThreatLevelChanged { .. }
    )
}
