//! What survives a restart: the tables that are projections of the journal. The engine changes them only by applying an
//! entry (`engine/apply.rs`); the store writes the rows that [`RecordChange`] lists in the same transaction as the entry.

use std::collections::BTreeMap;

use crate::alarm::Alarm;
use crate::door::DoorRecord;
use crate::engine::command::{PersonName, PinHash};
use crate::entry::{PlaceKind, Stamped};
use crate::id::{AlarmId, CredentialId, DoorId, Generation, GrantId, PersonId, Seq};
use crate::people::{Credential, Grant, Person};

/// All rows, as loaded at start or as replay of the journal gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// The newest entry.
    pub head: Seq,
    /// The generation of rights.
    pub generation: Generation,
    /// The highest alarm number ever given; acknowledged alarms that ended are not kept.
    pub last_alarm: AlarmId,
    /// Every place ever named, by kind and number.
    pub places: BTreeMap<(PlaceKind, u32), String>,
    /// Every person.
    pub persons: BTreeMap<PersonId, Person>,
    /// Every credential.
    pub credentials: BTreeMap<CredentialId, Credential>,
    /// Every grant, ended ones too.
    pub grants: BTreeMap<GrantId, Grant>,
    /// Alarms that still want attention.
    pub alarms: BTreeMap<AlarmId, Alarm>,
    /// What is durable about each door.
    pub doors: BTreeMap<DoorId, DoorRecord>,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            head: Seq::new(0),
            generation: Generation::new(0),
            last_alarm: AlarmId::new(0),
            places: BTreeMap::new(),
            persons: BTreeMap::new(),
            credentials: BTreeMap::new(),
            grants: BTreeMap::new(),
            alarms: BTreeMap::new(),
            doors: BTreeMap::new(),
        }
    }
}

/// One row to write, whole, under its key; a later change of the same key replaces an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordChange {
    /// The numbers that must never go back.
    Counters {
        /// The generation of rights.
        generation: Generation,
        /// The highest alarm number given.
        last_alarm: AlarmId,
    },
    /// A place was named.
    Place(PlaceKind, u32, String),
    /// A person.
    Person(Person),
    /// A person's name, in the table that can be erased.
    PersonName(PersonId, PersonName),
    /// A person's PIN hash.
    Pin(PersonId, PinHash),
    /// A credential.
    Credential(Credential),
    /// A grant.
    Grant(Grant),
    /// An alarm that still wants attention.
    Alarm(Alarm),
    /// An alarm that no longer does: its row goes.
    AlarmClosed(AlarmId),
    /// A door.
    Door(DoorId, DoorRecord),
}

/// What must become durable together, before the outputs of the same turn may go.
#[derive(Debug, Default)]
pub struct Batch {
    /// New entries, in order, without gaps.
    pub entries: Vec<Stamped>,
    /// Rows to write.
    pub changes: Vec<RecordChange>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.changes.is_empty()
    }
}
