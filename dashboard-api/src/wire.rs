//! The JSON that crosses the wire, in both directions: the server writes what a command line reads and the other way
//! round. Member names are snake case, times are RFC 3339 and end in `_at`, ids print as the core prints them, places are
//! paths. Nothing here decides; domain types have no serde, so that a change in the core is a visible change here.
//!
//! Readers must ignore members and words they do not know; requests with unknown members are refused (`body.rs`).

pub mod alarm;
pub mod alert;
pub mod area;
pub mod at;
pub mod bus;
pub mod card;
pub mod change_set;
pub(crate) mod desk;
pub mod device;
pub mod event;
pub mod explanation;
pub(crate) mod export;
pub mod figures;
pub mod grant;
pub mod health;
pub mod history;
pub mod inside;
pub mod inventory;
pub mod job;
pub mod muster;
pub mod note;
pub mod operator;
pub mod organisation;
pub mod past;
pub mod pattern;
pub mod person;
pub mod place;
pub mod plan;
pub mod problem;
pub mod proposal;
pub mod rack;
pub mod receipt;
pub mod request;
pub mod review;
pub mod rights;
pub mod schedule;
pub mod sentence;
pub mod session;
pub mod shift;
pub mod simulation;
pub mod site_file;
pub mod status;
pub mod still;
pub mod support;
pub mod view;
pub mod webhook;
pub mod windows;

pub(crate) mod names;

pub(crate) use desk::session_end_word;
pub(crate) use names::{CREDENTIAL_STATES, PERSON_STATUSES, Places, THREAT_LEVELS};
pub use names::{
    Names, actor_words, area_kind_word, credential_state_word, door_kind_word, end_cause_word, operator_role_word,
    person_status_word,
};

use serde::{Deserialize, Serialize};

/// A page of a list of things; `next_cursor` is null on the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    /// The things.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
    /// How many things there are on all pages, or about as many; null where nobody has looked.
    #[serde(default)]
    pub total_estimate: Option<u64>,
}
