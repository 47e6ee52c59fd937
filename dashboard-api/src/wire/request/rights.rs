//! Bodies about who may pass: grants, access profiles, agreements.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/grants`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CreateGrant {
    /// Id or a part of the name that only one person has.
    pub person: String,
    /// A rack: both of its doors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// Paths of doors, or ends of paths that only one door has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doors: Option<Vec<String>>,
    /// An access profile by name, instead of `rack` and `doors`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// First instant at which it counts; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// A schedule by name, instead of `days` and `between`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Days of the week, such as `Mon-Fri`; every day if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<String>,
    /// Time of day, such as `08:00-18:00`, over midnight when it ends before it begins; all day if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<String>,
    /// How often it may be used; without limit if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u16>,
    /// Whether the holder must be escorted; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escort: Option<bool>,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// The change ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// `POST /api/v1/grants/{id}/end`: lets it end earlier or later.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeGrantEnd {
    /// First instant at which it no longer counts.
    pub to_at: At,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/grants/{id}/review`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ReviewNote)]
pub struct Review {
    /// What the reviewer found, 1 to 256 characters.
    pub note: String,
}

/// `POST /api/v1/tickets/close`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CloseTicket {
    /// The change ticket, as the grants name it.
    pub ticket: String,
    /// Why, or what was done, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/break-glass`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct BreakGlass {
    /// Id or a part of the name that only one person has.
    pub person: String,
    /// A rack: both of its doors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// Paths of doors, or ends of paths that only one door has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doors: Option<Vec<String>>,
    /// First instant at which it no longer counts; an hour from now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_at: Option<At>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// One policy of a profile: a door, a rack or an area, and when.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ProfilePolicy {
    /// Path of a door, or the end of a path that only one door has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// A rack: both of its doors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// An area: every door into it and inside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// A schedule by name; always if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

/// `POST /api/v1/profiles`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CreateProfile {
    /// Its name, 1 to 64 characters.
    pub name: String,
    /// Who it belongs to, by name; the caller's own organisation if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Which doors when, one policy for each door.
    pub policies: Vec<ProfilePolicy>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `PUT /api/v1/profiles/{name}`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ChangeProfile {
    /// Who it belongs to, by name; as it is if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Which doors when, all of them, one policy for each door.
    pub policies: Vec<ProfilePolicy>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/agreements`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MakeAgreement {
    /// The organisation that shares, by name.
    pub owner: String,
    /// The organisation it shares with, by name.
    pub guest: String,
    /// Paths of areas, each with all inside it.
    pub areas: Vec<String>,
    /// First instant at which it holds; now if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// First instant at which it no longer holds.
    pub to_at: At,
    /// Why, 1 to 256 characters.
    pub reason: String,
}
