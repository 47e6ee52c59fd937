//! Persons, their credentials and their grants, as records. Who may pass is compiled from them in `people/index.rs` and
//! decided in `decide.rs`. Names are not here: they live in a table of their own that can be erased.

pub mod index;

use crate::id::{CredentialId, DoorId, GrantId, PersonId};
use crate::site::schedule::Weekly;
use crate::time::Wall;

/// A stretch of time: from its first instant to, exclusive, its last (ONVIF ValidFrom/ValidTo).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First instant at which it holds.
    pub from: Wall,
    /// First instant at which it no longer holds.
    pub to: Wall,
}

impl Validity {
    /// Whether it holds at `at`.
    pub fn contains(&self, at: Wall) -> bool {
        self.from <= at && at < self.to
    }
}

/// A person, by number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Which person.
    pub id: PersonId,
    /// Whether the person may pass anywhere at all.
    pub status: PersonStatus,
    /// Whether a PIN has been set; its hash lives in the store.
    pub pin: PinStatus,
}

/// Whether a person may pass anywhere at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonStatus {
    /// Rights count.
    Enabled,
    /// Every request is refused with `person_disabled`.
    Disabled,
}

/// Whether a person has a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinStatus {
    /// No PIN: points that ask for one refuse.
    Unset,
    /// A PIN is set.
    Set,
}

/// The keyed hash of a card number: the first 128 bits of HMAC-SHA256 under the site's key. The number itself never
/// reaches the core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialKey([u8; 16]);

impl CredentialKey {
    /// Wraps a keyed hash made by the shell that holds the site's key.
    pub const fn from_keyed_hash(hash: [u8; 16]) -> Self {
        Self(hash)
    }

    /// The hash, for storing and looking up.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl core::fmt::Debug for CredentialKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CredentialKey(..)")
    }
}

/// What a person presents at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Which credential.
    pub id: CredentialId,
    /// Who holds it.
    pub person: PersonId,
    /// What the reader's bytes hash to.
    pub key: CredentialKey,
    /// Whether it counts, and if not why.
    pub state: CredentialState,
    /// When it counts.
    pub validity: Validity,
}

/// Whether a credential counts, and if not why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// Counts within its validity.
    Enabled,
    /// Switched off by an operator.
    Disabled,
    /// Reported lost.
    Lost,
    /// Reported stolen; its use is an alarm.
    Stolen,
    /// Reported damaged.
    Damaged,
    /// Handed back.
    Returned,
}

/// A time-boxed right of one person to pass certain doors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which grant.
    pub id: GrantId,
    /// Who may pass.
    pub person: PersonId,
    /// Through which doors; never empty, sorted, without repeats.
    pub doors: Box<[DoorId]>,
    /// At which times of the week, in the site's time zone.
    pub weekly: Weekly,
    /// From when to when.
    pub validity: Validity,
    /// Why, in the words of who asked; never empty.
    pub reason: String,
    /// The change ticket, where one was given.
    pub ticket: Option<String>,
    /// Whether it still counts.
    pub state: GrantState,
}

/// Whether a grant still counts. It also ends by its validity, which is no change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// Counts within its validity and schedule.
    Active,
    /// Taken back; never counts again.
    Revoked,
}
