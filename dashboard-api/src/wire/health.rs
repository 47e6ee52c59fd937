//! What probes are told: nothing that not everybody may know.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::backend::{Part, PartState, PartVitals};

/// Whether the daemon lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or `stuck` when the loop that decides has not turned for some time: restart the daemon then.
    pub status: String,
    /// `writable` or `unwritable`.
    pub journal: String,
}

/// Whether the daemon can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// `ready` or `not_ready`.
    pub status: String,
    /// `writable` or `unwritable`; nobody is admitted while it is not writable.
    pub journal: String,
    /// `turning` or `stuck`.
    pub decisions: String,
    /// Buses whose port is away. The daemon is ready all the same: the other doors work.
    pub away: Vec<String>,
    /// What the daemon needs or feeds beside its doors and its journal. It is ready however they are.
    #[serde(default)]
    pub parts: Vec<PartHealth>,
}

/// How one part of the daemon is, or one that it speaks to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartHealth {
    /// `mqtt_broker`, `search_index`, `webhook` or `reader`.
    pub part: String,
    /// Which of them: a webhook's or reader's name, `embedded` or `external` for a broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `working`, `catching_up` or `failing`.
    pub state: String,
    /// How many entries of the journal it has not taken yet; missing for what takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind_entries: Option<u64>,
}

impl PartHealth {
    /// A part as it is.
    pub fn of(vitals: &PartVitals) -> Self {
        let (part, name) = match &vitals.part {
            Part::EmbeddedBroker => ("mqtt_broker", Some("embedded".to_owned())),
            Part::ExternalBroker => ("mqtt_broker", Some("external".to_owned())),
            Part::SearchIndex => ("search_index", None),
            Part::Webhook(name) => ("webhook", Some(name.clone())),
            Part::Reader(name) => ("reader", Some(name.clone())),
        };
        let state = match vitals.state {
            PartState::Working => "working",
            PartState::CatchingUp => "catching_up",
            PartState::Failing => "failing",
        };
        Self { part: part.to_owned(), name, state: state.to_owned(), behind_entries: vitals.behind_entries }
    }
}
