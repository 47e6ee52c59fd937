//! Questions that change nothing, and their answers. They are answered from the same memory that decides, between two
//! inputs, so an answer is never half of a change.

use crate::alarm::Alarm;
use crate::decide::explain::Explanation;
use crate::engine::input::Identity;
use crate::facts::Facts;
use crate::id::{DeviceId, DoorId, Generation, PersonId, PointId, Seq};
use crate::people::{Credential, Grant, Person};
use crate::time::Wall;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The state of everything in one screen.
    Status,
    /// Alarms that still want attention, most urgent first.
    OpenAlarms,
    /// Every door with its facts.
    Doors,
    /// Every device.
    Devices,
    /// Every person.
    People,
    /// The credentials of one person.
    Credentials(PersonId),
    /// Every grant, or those of one person.
    Grants(Option<PersonId>),
    /// Why a person would or would not pass, step by step.
    Explain {
        /// Who.
        person: PersonId,
        /// Where.
        point: PointId,
        /// When; now if `None`.
        at: Option<Wall>,
    },
}

/// An answer, in the shape of its question.
#[derive(Debug, Clone)]
pub enum Answer {
    /// To [`Query::Status`].
    Status(Status),
    /// To [`Query::OpenAlarms`].
    Alarms(Vec<Alarm>),
    /// To [`Query::Doors`].
    Doors(Vec<DoorStatus>),
    /// To [`Query::Devices`].
    Devices(Vec<DeviceStatus>),
    /// To [`Query::People`].
    People(Vec<Person>),
    /// To [`Query::Credentials`].
    Credentials(Vec<Credential>),
    /// To [`Query::Grants`].
    Grants(Vec<Grant>),
    /// To [`Query::Explain`]; `None` when person or point do not exist.
    Explain(Option<Explanation>),
}

/// The state of everything in one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The newest entry given out.
    pub head: Seq,
    /// The generation of rights.
    pub generation: Generation,
    /// Whether the journal can be written.
    pub journal: JournalHealth,
    /// Open alarms by priority, P1 first: unacknowledged, all.
    pub alarms: [(u32, u32); 4],
    /// Doors: secured, unsecured, unknown.
    pub doors: [u32; 3],
    /// Devices: online, offline.
    pub devices: [u32; 2],
}

/// Whether the journal can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalHealth {
    /// Entries become durable.
    Writable,
    /// They do not; nobody is admitted.
    Unwritable,
}

/// One door as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoorStatus {
    /// Which.
    pub door: DoorId,
    /// ONVIF door mode in snake case: `locked` or `accessed`.
    pub mode: &'static str,
    /// What the sensors say.
    pub facts: Facts,
    /// ONVIF door alarm in snake case: `normal`, `forced_open`, `pre_alarm`, `open_too_long`.
    pub alarm: &'static str,
}

/// One device as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// Which.
    pub device: DeviceId,
    /// Whether it answers; `None` until it first did or failed to.
    pub online: Option<bool>,
    /// What it said of itself.
    pub identity: Option<Identity>,
    /// Whether its cover is open.
    pub tamper: bool,
}
