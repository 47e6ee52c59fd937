//! Floor plans as the API shows them, and what somebody says of their elements.

use rackward_core::plan::Plan as CorePlan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::Places;
use rackward_core::Site;
use rackward_core::site::Area;

/// A floor plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// By what it is known: a name, or of a generated one the path of its area with `.` for every `/`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Path of the area that it shows.
    pub area: String,
    /// Whether the daemon draws it from the doors of the area.
    pub generated: bool,
    /// Which state of it this is; null for a generated one, which follows the site file.
    pub revision: Option<String>,
    /// On which floor; 0 is the ground.
    pub floor: i16,
    /// When its drawing was uploaded; null for a generated one.
    pub uploaded_at: Option<At>,
}

impl Plan {
    /// One that was uploaded.
    pub fn uploaded(plan: &CorePlan, revision: Option<String>, site: &Site) -> Self {
        Self {
            id: plan.slug.to_string(),
            name: plan.name.clone(),
            area: Places(site).area(plan.area),
            generated: false,
            revision,
            floor: plan.floor,
            uploaded_at: Some(At(plan.uploaded)),
        }
    }

    /// The one that an area has without anybody's.
    pub fn generated(area: &Area) -> Self {
        let name = area.path.rsplit('/').next().unwrap_or(&area.path).to_owned();
        let id = generated_id(&area.path);
        Self { id, name, area: area.path.clone(), generated: true, revision: None, floor: 0, uploaded_at: None }
    }
}

/// By what the generated plan of an area is known.
pub fn generated_id(area: &str) -> String {
    area.replace('/', ".")
}

/// A floor plan with what stands on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanDetail {
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// The places that its elements show.
    pub bound: Vec<String>,
    /// Ids of elements that show none.
    pub unbound_ids: Vec<String>,
    /// Places of its area that no element shows: racks, and doors that are none of a rack's.
    pub missing: Vec<String>,
    /// Plans of the areas that lie in its area.
    pub children: Vec<PlanChild>,
}

/// A plan of an area that lies in another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanChild {
    /// By what it is known.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Path of its area.
    pub area: String,
}
