//! The facts that were taken over from other registers: what persons are known by in the list of personnel, and what an asset
//! register says of racks. What a person is called or known by is not in the journal; the hash of the key is.

use crate::asset::RackFacts;
use crate::entry::event_name::event_names;
use crate::id::{AreaId, AssetId, PersonId};
use crate::people::PersonKeyHash;
use crate::permission::Actor;

/// One fact that was taken over from another register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterEntry {
    /// A person is known by another key in the list of personnel, or by none.
    PersonKeySet {
        /// Who.
        person: PersonId,
        /// What the key hashes to.
        key: Option<PersonKeyHash>,
        /// By whom.
        by: Actor,
    },
    /// A person is called otherwise.
    PersonRenamed {
        /// Who.
        person: PersonId,
        /// By whom.
        by: Actor,
    },
    /// What an asset register says of a rack.
    RackTaken {
        /// All of it.
        facts: Box<RackFacts>,
        /// Which rack of this site it is, if one.
        rack: Option<AreaId>,
        /// By whom.
        by: Actor,
    },
    /// An asset register no longer says anything of a rack.
    RackGone {
        /// Which.
        asset: AssetId,
        /// By whom.
        by: Actor,
    },
}

impl RegisterEntry {
    event_names! {
        Self::PersonKeySet { .. } => "person.key-set",
        Self::PersonRenamed { .. } => "person.renamed",
        Self::RackTaken { .. } => "rack.taken-over",
        Self::RackGone { .. } => "rack.gone-from-register",
    }
}

impl From<RegisterEntry> for crate::Entry {
    fn from(entry: RegisterEntry) -> Self {
        Self::Register(entry)
    }
}
