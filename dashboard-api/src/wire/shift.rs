//! The hand-over of the desk as the API shows it. Whoever may not see persons is not told who left a note, nor what it says.

use rackward_core::engine::query::ShiftStatus;
use rackward_core::shift::{Shift as CoreShift, ShiftAnswer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alarm::Alarm;
use super::at::At;
use super::inside::Visitor;
use super::names::actor_words;
use super::place::Door;
use rackward_core::Site;

/// What whoever comes to the desk takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shift {
    /// Counts what was recorded of the hand-over.
    pub revision: u32,
    /// The last note; null where none was left, and for whoever may not see persons.
    pub note: Option<ShiftNote>,
    /// What whoever came said to it; null until somebody has, and for whoever may not see persons.
    pub taken: Option<ShiftTaken>,
    /// Alarms that want attention.
    pub alarms: Vec<Alarm>,
    /// Alarms that are put aside, with their ends.
    pub shelved: Vec<Alarm>,
    /// Doors that are in another mode than by themselves.
    pub doors: Vec<ShiftDoor>,
    /// Visitors who are inside; none for whoever may not see persons.
    pub visitors: Vec<Visitor>,
}

/// A note for whoever comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftNote {
    /// What it says, in one line or several.
    pub text: String,
    /// Who left it.
    pub by: String,
    /// When.
    pub at: At,
}

/// What somebody said to a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftTaken {
    /// Who.
    pub by: String,
    /// When.
    pub at: At,
    /// Whether the desk is theirs.
    pub accepted: bool,
    /// Why not; null where it is.
    pub note: Option<String>,
}

/// A door that is in another mode than by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftDoor {
    /// Its path.
    pub path: String,
    /// Its mode.
    pub mode: String,
    /// Its facts in words.
    pub words: String,
}

/// What came of an order about the hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftChanged {
    /// The revision it has now.
    pub revision: u32,
    /// The last note.
    pub note: Option<ShiftNote>,
    /// What whoever came said to it.
    pub taken: Option<ShiftTaken>,
}

impl ShiftChanged {
    /// The hand-over alone.
    pub fn of(shift: &CoreShift) -> Self {
        let note = shift.note.as_ref().map(|note| ShiftNote {
            text: note.text.as_str().to_owned(),
            by: actor_words(note.by),
            at: At(note.at),
        });
        let taken = shift.taken.as_ref().map(|taken| ShiftTaken {
            by: actor_words(taken.by),
            at: At(taken.at),
            accepted: taken.answer == ShiftAnswer::Accepted,
            note: match &taken.answer {
                ShiftAnswer::Accepted => None,
                ShiftAnswer::Rejected(why) => Some(why.as_str().to_owned()),
            },
        });
        Self { revision: shift.revision, note, taken }
    }
}

impl Shift {
    /// What there is to take over; `people` where whoever asks may see who did what, and visitors.
    pub fn of(
        status: &ShiftStatus,
        people: Option<Vec<Visitor>>,
        alarms: Vec<Alarm>,
        shelved: Vec<Alarm>,
        site: &Site,
    ) -> Self {
        let ShiftChanged { revision, note, taken } = ShiftChanged::of(&status.shift);
        let sees_people = people.is_some();
        let doors = status.doors.iter().filter_map(|row| Door::of(row, site));
        Self {
            revision,
            note: note.filter(|_| sees_people),
            taken: taken.filter(|_| sees_people),
            alarms,
            shelved,
            doors: doors.map(|door| ShiftDoor { path: door.path, mode: door.mode, words: door.words }).collect(),
            visitors: people.unwrap_or_default(),
        }
    }
}
