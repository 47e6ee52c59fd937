//! What probes are told: nothing that not everybody may know.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
}
