//! What operators and programs may ask of the engine, and what it answers. Wire forms (JSON) live in the API; who may ask
//! what is in `permission.rs`.

use crate::entry::ReasonText;
use crate::id::{AlarmId, CredentialId, DoorId, Generation, GrantId, PersonId};
use crate::people::{CredentialKey, CredentialState, PersonStatus, Validity};
use crate::permission::{Actor, OperatorRole};
use crate::site::schedule::Weekly;
use crate::time::Wall;

/// Where a reply goes; numbers are the shell's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommandTicket(pub u64);

/// Who gives a command, as the shell has established.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// With which role.
    pub role: OperatorRole,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A new person.
    CreatePerson {
        /// The name, kept outside the journal.
        name: PersonName,
    },
    /// Lets a person pass again, or nowhere.
    SetPersonStatus {
        /// Who.
        person: PersonId,
        /// What now.
        status: PersonStatus,
        /// Why.
        reason: ReasonText,
    },
    /// Sets a person's PIN.
    SetPin {
        /// Whose.
        person: PersonId,
        /// The argon2id hash, made by the shell.
        hash: PinHash,
    },
    /// Gives a credential to a person.
    AssignCredential {
        /// To whom.
        person: PersonId,
        /// What the card's bytes hash to.
        key: CredentialKey,
        /// When it counts.
        validity: Validity,
    },
    /// Changes whether a credential counts.
    SetCredentialState {
        /// Which.
        credential: CredentialId,
        /// What now.
        state: CredentialState,
        /// Why.
        reason: ReasonText,
    },
    /// A time-boxed right.
    CreateGrant {
        /// Who may pass.
        person: PersonId,
        /// Through which doors.
        doors: Vec<DoorId>,
        /// At which times of the week.
        weekly: Weekly,
        /// From when to when.
        validity: Validity,
        /// Why.
        reason: ReasonText,
        /// The change ticket.
        ticket: Option<ReasonText>,
    },
    /// Takes a grant back, at once.
    RevokeGrant {
        /// Which.
        grant: GrantId,
        /// Why.
        reason: ReasonText,
    },
    /// One timed release by an operator.
    OpenDoor {
        /// Which door.
        door: DoorId,
        /// Why.
        reason: ReasonText,
        /// After this instant the command does nothing.
        not_after: Wall,
    },
    /// "Seen, mine": never ends the condition.
    AcknowledgeAlarm {
        /// Which.
        alarm: AlarmId,
        /// What the operator notes.
        note: String,
    },
}

/// A person's name: 1 to 64 characters, no control characters; never printed by `Debug`, never in the journal.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// The longest name (ONVIF: names up to 64 characters).
    pub const MAX_CHARS: usize = 64;

    /// Takes a name; leading and trailing white space is dropped. Control characters and the invisible characters that
    /// reorder text (U+202A to U+202E, U+2066 to U+2069) are refused, because they disguise one name as another.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim();
        let fits = !name.is_empty() && name.chars().count() <= Self::MAX_CHARS;
        (fits && !name.chars().any(disguises)).then(|| Self(name.to_owned()))
    }

    /// The name, for those with the right to see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Whether a character can make a text look like another one.
pub(crate) fn disguises(c: char) -> bool {
    c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
}

impl core::fmt::Debug for PersonName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PersonName(..)")
    }
}

/// An argon2id hash in its standard text form; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash(String);

impl PinHash {
    /// Wraps a hash made by the shell.
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The hash, for the store.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for PinHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PinHash(..)")
    }
}

/// What a command came to; durable when it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A person was created.
    Person(PersonId),
    /// A credential was assigned.
    Credential(CredentialId),
    /// A grant was created, under this generation of rights.
    Grant(GrantId, Generation),
    /// Rights changed, and this is their generation now.
    Rights(Generation),
    /// Done.
    Done,
}

/// Why a command was not carried out; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The caller's role has no right to it.
    #[error("your role does not allow this; ask an admin")]
    Forbidden,
    /// Something named does not exist.
    #[error("{what} does not exist")]
    NotFound {
        /// What was named, as its id prints.
        what: String,
    },
    /// The input is not acceptable; all problems are listed.
    #[error("{}", .0.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Problem>),
    /// The state of the thing does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The command's own `not_after` had passed.
    #[error("the command came after its own time limit and did nothing")]
    TooLate,
    /// The journal failed just then: the change is kept and becomes durable when it can be written again.
    #[error(
        "the journal could not be written: the change is kept in memory and stored when it can be written again; look again then"
    )]
    NotYetDurable,
    /// The journal cannot be written, so nothing may change.
    #[error("the journal cannot be written, so nothing was changed; free disk space and try again")]
    JournalUnwritable,
}

/// One thing wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which member, as the API names it.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}
