//! Who looked at whom, and whether names are shown in a session.

use rackward_core::Stamped;
use rackward_core::entry::{Entry, OperatorEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::actor_words;

/// One look at a person's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct View {
    /// The entry of the journal that says so.
    pub entry: u64,
    /// When.
    pub at: At,
    /// Who looked.
    pub by: String,
    /// `viewed`: the record, and whatever was looked at of it in the half-hour after; `revealed`: what is kept hidden.
    pub what: String,
    /// Why, where that was stated.
    pub reason: Option<String>,
}

impl View {
    /// A look that an entry tells of; `None` where it tells of something else.
    pub fn of(stamped: &Stamped) -> Option<Self> {
        let Entry::Operator(entry) = &stamped.entry else { return None };
        let (what, by, reason) = match entry {
            OperatorEntry::Viewed { reason, by, .. } => ("viewed", *by, reason.as_ref()),
            OperatorEntry::Revealed { reason, by, .. } => ("revealed", *by, Some(reason)),
            _ => return None,
        };
        let reason = reason.map(|reason| reason.as_str().to_owned());
        let (by, what) = (actor_words(by), what.to_owned());
        Some(Self { entry: stamped.seq.get(), at: At(stamped.at), by, what, reason })
    }
}

/// Whether persons' names are shown to whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionNames {
    /// Whether they are; otherwise `person p-7` stands in their place, but for those whose alarm wants an answer.
    pub shown: bool,
    /// Until when; null where they are hidden, or always shown.
    pub until_at: Option<At>,
    /// What was stated for it.
    pub reason: Option<String>,
}
