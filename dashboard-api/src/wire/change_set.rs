//! What several changes that are carried out together came to, as the API tells it.

use rackward_core::Reply;
use rackward_core::engine::command::SetDone;
use rackward_core::widening::Widening;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rehearsal::recorded;

/// What a set of changes came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangesDone {
    /// The generation of rights after it.
    pub generation: u64,
    /// What each change came to, in order.
    pub items: Vec<ChangeDone>,
    /// By how much it widens who may pass.
    pub widening: Widened,
    /// By how much it narrows that.
    pub narrowing: Widened,
    /// Whether it takes a second operator; said where it was only tried.
    pub takes_two: bool,
}

/// What one change came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeDone {
    /// Its number, from 0.
    pub index: u32,
    /// What it did, as it was sent.
    #[serde(rename = "do")]
    pub what: String,
    /// The id of what it made or set, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether what it made waits for approval.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub waits: bool,
}

/// By how much a change widens, or narrows, who may pass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Widened {
    /// People and doors, counted one by one: one person who passes at one door more is one.
    pub person_doors: u64,
    /// How many people.
    pub people: u32,
    /// How many doors.
    pub doors: u32,
    /// Whether it was counted exactly; otherwise it is at most so much.
    pub exact: bool,
}

impl From<&Widening> for Widened {
    fn from(widening: &Widening) -> Self {
        let &Widening { person_doors, people, doors, exact, .. } = widening;
        Self { person_doors, people, doors, exact }
    }
}

impl ChangesDone {
    /// What the engine says of a set whose changes were sent under these words.
    pub fn of(done: &SetDone, words: &[String]) -> Self {
        let one = |((index, reply), what): ((u32, &Reply), &String)| ChangeDone {
            index,
            what: what.clone(),
            id: recorded(reply),
            waits: matches!(reply, Reply::Requested(..)),
        };
        Self {
            generation: done.generation.get(),
            items: (0..).zip(&done.replies).zip(words).map(one).collect(),
            widening: Widened::from(&done.widening),
            narrowing: Widened::from(&done.narrowing),
            takes_two: done.takes_two,
        }
    }
}
