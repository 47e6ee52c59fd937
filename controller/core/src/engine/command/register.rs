//! What is taken over from other registers: what a person is called and known by in the list of personnel, and what an asset
//! register says of racks. None of it says who may pass.

use crate::asset::{RackFacts, RackSource};
use crate::engine::command::{PersonKey, PersonName};
use crate::id::{AreaId, PersonId};

/// An order about what another register says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterCommand {
    /// A person is called otherwise.
    Rename {
        /// Who.
        person: PersonId,
        /// The name, kept outside the journal.
        name: PersonName,
    },
    /// A person is known by another key, or by none.
    SetKey {
        /// Who.
        person: PersonId,
        /// The key, kept outside the journal.
        key: Option<PersonKey>,
    },
    /// Takes over what an asset register says of racks; what it no longer says is flagged and kept.
    TakeRacks {
        /// What was asked for: only what lies within it can be gone.
        source: RackSource,
        /// All of that, each with the rack of this site that it is.
        racks: Vec<(RackFacts, Option<AreaId>)>,
    },
}
