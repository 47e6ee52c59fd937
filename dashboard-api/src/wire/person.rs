//! Persons and their credentials as the API shows them. A name is personal data: it is in these answers and nowhere else,
//! not in the stream, not in `Debug`.

use core::fmt;

use rackward_core::people::{Credential as CoreCredential, Person as CorePerson, Whereabouts};
use rackward_core::{Site, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::{Places, credential_state_word, is_extended, is_set, person_status_word};

/// A person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// The id, such as `p-3`.
    pub id: String,
    /// The name; null when it was erased.
    pub name: Option<String>,
    /// What another register knows the person by, such as a personnel number; null where there is none, it was erased, or
    /// whoever asks is shown no names.
    pub external_id: Option<String>,
    /// `enabled`, `suspended`, `expected` or `left`.
    pub status: String,
    /// The organisation the person belongs to, by name.
    pub organisation: String,
    /// The highest threat level at which the person is still admitted everywhere.
    pub clearance: String,
    /// Whether the person needs longer at doors.
    pub extended_time: bool,
    /// Whether a PIN is set.
    pub pin_set: bool,
    /// Path of the innermost area the person is known to be in, or `outside`; null when nothing is known.
    pub place: Option<String>,
    /// Since when the person is there; null when nothing is known.
    pub since_at: Option<At>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).field("status", &self.status).finish_non_exhaustive()
    }
}

impl Person {
    /// A person of the core, as `called` by name and by another register's key, and where they are as far as is known.
    pub fn of(
        person: &CorePerson,
        called: (Option<String>, Option<String>),
        whereabouts: Option<Whereabouts>,
        site: &Site,
    ) -> Self {
        let places = Places(site);
        Self {
            id: person.id.to_string(),
            name: called.0,
            external_id: called.1,
            status: person_status_word(person.status).to_owned(),
            organisation: places.organisation(person.details.organisation),
            clearance: person.details.clearance.word().to_owned(),
            extended_time: is_extended(person.details.extended_time),
            pin_set: is_set(person.pin),
            place: whereabouts.map(|known| places.whereabouts(known.place)),
            since_at: whereabouts.map(|known| At(known.since)),
        }
    }
}

/// A credential: what a person presents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Credential {
    /// The id, such as `cred-5531`.
    pub id: String,
    /// Who holds it.
    pub person: String,
    /// `enabled`, `disabled`, `lost`, `stolen`, `damaged`, `returned` or `destroyed`.
    pub state: String,
    /// First instant at which it counts.
    pub valid_from_at: At,
    /// First instant at which it no longer counts.
    pub valid_to_at: At,
    /// Until when it is locked out after wrong tries; null when it is not.
    #[serde(default)]
    pub locked_out_until_at: Option<At>,
    /// The masked card number, once, in the answer to its assignment; the number is never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

impl Credential {
    /// A credential of the core, and until when it is locked out.
    pub fn of(credential: &CoreCredential, locked_out_until: Option<Wall>) -> Self {
        Self {
            id: credential.id.to_string(),
            person: credential.person.to_string(),
            state: credential_state_word(credential.state).to_owned(),
            valid_from_at: At(credential.validity.from),
            valid_to_at: At(credential.validity.to),
            locked_out_until_at: locked_out_until.map(At),
            card: None,
        }
    }
}

/// A change of who may pass was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RightsChanged {
    /// What was changed.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// The generation of rights this made.
    pub generation: u64,
}
