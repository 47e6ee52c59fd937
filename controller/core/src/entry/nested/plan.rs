//! The facts about floor plans: which drawing is shown of which area, by whom, and what its elements stand for. The drawing is
//! not in the journal; its digest is.

use crate::entry::event_name::event_names;
use crate::id::{AreaId, PlanId};
use crate::permission::Actor;
use crate::plan::{Binding, PlanSlug};

/// One fact about a floor plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanEntry {
    /// A drawing was uploaded, for a new plan or in the place of the one before.
    Uploaded {
        /// Which plan.
        plan: PlanId,
        /// By what it is known.
        slug: PlanSlug,
        /// What people call it.
        name: String,
        /// What it shows.
        area: AreaId,
        /// On which floor; 0 is the ground.
        floor: i16,
        /// SHA-256 of the drawing.
        digest: [u8; 32],
        /// How large the drawing is.
        bytes: u32,
        /// By whom.
        by: Actor,
    },
    /// It was said which elements stand for which places; those that were said before no longer hold.
    Bound {
        /// Of which plan.
        plan: PlanId,
        /// Which; sorted by element, each once.
        bindings: Box<[Binding]>,
        /// By whom.
        by: Actor,
    },
    /// A plan was removed.
    Removed {
        /// Which.
        plan: PlanId,
        /// By whom.
        by: Actor,
    },
}

impl PlanEntry {
    event_names! {
        Self::Uploaded { .. } => "plan.uploaded",
        Self::Bound { .. } => "plan.bound",
        Self::Removed { .. } => "plan.removed",
    }
}

impl From<PlanEntry> for crate::Entry {
    fn from(entry: PlanEntry) -> Self {
        Self::Plan(entry)
    }
}
