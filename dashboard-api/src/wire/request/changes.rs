//! The body of several changes that are carried out together. What each change holds depends on what it does, and is read by
//! `api/changes.rs` with the bodies of its single route.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/changes`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CarryOutChanges {
    /// Why, 1 to 256 characters: the reason of every change that has none of its own.
    pub reason: String,
    /// The generation of rights that whoever sends this has seen; if it has moved since, nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_generation: Option<u64>,
    /// The changes, 10,000 at most, in order. Each has `do`, which says what it is, the members of the route that does it alone,
    /// and may have `as`: under `@` and that name a later change refers to what this one makes.
    #[schema(value_type = Vec<Object>)]
    pub changes: Vec<Map<String, Value>>,
}

/// `POST /api/v1/simulations`: changes, or the objects of site files, that are tried and not carried out.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct TryChanges {
    /// From when on what happened is looked at; thirty days ago if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_at: Option<At>,
    /// Why, 1 to 256 characters: the reason of every change that has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Changes, as several of them are carried out together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub changes: Option<Vec<Map<String, Value>>>,
    /// The objects of all site files, instead of `changes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub objects: Option<Vec<Map<String, Value>>>,
    /// Whether what files look after and no object says any more goes; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<bool>,
    /// Whether what has a name of an object's is taken over; no if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<bool>,
}

/// A change that ends something: `revoke_grant`, `end_agreement`, `remove_profile`, `remove_schedule`, `remove_calendar`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EndOne {
    /// The grant, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The agreement, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// The access profile, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The schedule, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The calendar, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}
