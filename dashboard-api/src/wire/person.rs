//! Persons and their credentials as the API shows them. A name is personal data: it is in these answers and nowhere else,
//! not in the stream, not in `Debug`.

use core::fmt;

use rackward_core::people::{Credential as CoreCredential, Person as CorePerson, PinStatus};
use serde::{Deserialize, Serialize};

use super::at::At;
use super::names::{credential_state_word, person_status_word};

/// A person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id, such as `p-3`.
    pub id: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
    /// `enabled` or `disabled`.
    pub status: String,
    /// Whether a PIN is set.
    pub pin_set: bool,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

impl Person {
    /// A person of the core under a name.
    pub fn of(person: &CorePerson, name: Option<String>) -> Self {
        Self {
            id: person.id.to_string(),
            name,
            status: person_status_word(person.status).to_owned(),
            pin_set: person.pin == PinStatus::Set,
        }
    }
}

/// A credential: what a person presents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The id, such as `cred-5531`.
    pub id: String,
    /// Who holds it.
    pub person: String,
    /// `enabled`, `disabled`, `lost`, `stolen`, `damaged` or `returned`.
    pub state: String,
    /// First instant at which it counts.
    pub valid_from_at: At,
    /// First instant at which it no longer counts.
    pub valid_to_at: At,
    /// The masked card number, once, in the answer to its assignment; the number is never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

impl Credential {
    /// A credential of the core.
    pub fn of(credential: &CoreCredential) -> Self {
        Self {
            id: credential.id.to_string(),
            person: credential.person.to_string(),
            state: credential_state_word(credential.state).to_owned(),
            valid_from_at: At(credential.validity.from),
            valid_to_at: At(credential.validity.to),
            card: None,
        }
    }
}

/// A change of who may pass was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsChanged {
    /// What was changed.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// The generation of rights this made.
    pub generation: u64,
}
