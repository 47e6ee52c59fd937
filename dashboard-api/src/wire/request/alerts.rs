//! Bodies about alerts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/alerts`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreateAlert {
    /// What people call it, 1 to 64 characters; no other alert in force is called so.
    pub name: String,
    /// The query, in the language of `GET /api/v1/events`, without `from:` and `to:`, and with persons by id alone.
    pub query: String,
    /// How urgent its alarms are: 2 (high), 3 (medium) or 4 (low). Critical is for what the hardware reports.
    pub priority: u16,
    /// What whoever answers one has to do, 1 to 4000 characters.
    pub response: String,
    /// What it is for, 1 to 256 characters.
    pub reason: String,
    /// When it is over, within 366 days.
    pub until_at: At,
    /// Who answers for it, an operator by id or name; whoever makes it if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The organisation whose it is, by id or name: it then matches only at places that this one sees, and is shown to it. The
    /// site's own if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Whether it is wanted although it would have been a flood; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_flood: Option<bool>,
}
