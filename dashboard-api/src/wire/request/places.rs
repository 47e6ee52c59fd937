//! Bodies about places: opening doors, modes, lockdowns, the threat level, whereabouts, alarms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::at::At;

/// `POST /api/v1/doors/open`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenDoor {
    /// Path of the door, or the end of a path that only one door has.
    pub door: String,
    /// For how many seconds, from 3 up to the longest that the door is released for anybody; its release time if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<u32>,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// After this instant the command does nothing.
    pub not_after_at: At,
}

/// `POST /api/v1/doors/mode`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderMode {
    /// Path of the door, or the end of a path that only one door has.
    pub door: String,
    /// `lock`, `unlock`, `block`, `lockdown`, `lockdown-release`, `lock-open`, `lock-open-release` or `double-lock`.
    pub order: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// After this instant the command does nothing.
    pub not_after_at: At,
}

/// `POST /api/v1/areas/lockdown`, `.../release`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AreaOrder {
    /// Path of the area, or the end of a path that only one area has.
    pub area: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
    /// After this instant the command does nothing.
    pub not_after_at: At,
}

/// `POST /api/v1/threat-level`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SetThreatLevel {
    /// `normal`, `guarded`, `high` or `severe`.
    pub level: String,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// `POST /api/v1/presence/forgive`
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Forgive {
    /// Whose whereabouts are forgotten, by id or a part of the name; everybody's if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Only of those inside this area; anywhere if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Why, 1 to 256 characters.
    pub reason: String,
}

/// What an element of a plan stands for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanBinding {
    /// The element's id in the drawing.
    pub element: String,
    /// Path of a door, rack, row, area or access point, or the name of a device.
    pub place: String,
}

/// `PUT /api/v1/plans/{id}/bindings`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BindPlan {
    /// All of them: what is not among them shows only what the drawing itself says.
    pub bindings: Vec<PlanBinding>,
}
