//! Bodies about access reviews, and about which person an operator is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/reviews`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenReview {
    /// The areas that it is about, by path or the end of it: rights at doors into them and into what lies in them. `/*` behind a
    /// path says the same.
    pub scope: Vec<String>,
    /// When it is to be done.
    pub due_at: At,
    /// Only rights that were not used for so many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_days: Option<u16>,
    /// What becomes then of what nobody decided: `revoke`, which it is if left out, or `keep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided: Option<String>,
    /// What for, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/reviews/{id}/assign`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssignReview {
    /// Which lines; all that are undecided if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<u32>>,
    /// Who is to decide of them, by id or name.
    pub reviewer: String,
}

/// One line of `POST /api/v1/reviews/{id}/decisions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecideLine {
    /// Its number.
    pub line: u32,
    /// `keep`, `revoke`, `shorten` or `reassign`.
    pub decision: String,
    /// When it ends; for `shorten`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_at: Option<At>,
    /// Who decides of it, by id or name; for `reassign`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// `POST /api/v1/reviews/{id}/decisions`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecideReview {
    /// What of which line: all of it is carried out, or none.
    pub decisions: Vec<DecideLine>,
    /// Why, 1 to 256 characters: the reason of every right that ends by it.
    pub note: String,
}

/// `POST /api/v1/reviews/{id}/close`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CloseReview {
    /// Whether it is given up, so that what is undecided stays; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandon: Option<bool>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `PUT /api/v1/operators/{id}/person`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LinkPerson {
    /// Which person the operator is, by id or name; none on record if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}
