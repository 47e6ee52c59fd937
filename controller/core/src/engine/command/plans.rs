//! What may be ordered of floor plans. The drawing is in place before its plan is set; the core knows its digest.

use crate::plan::{Binding, PlanDraft, PlanSlug};

/// An order about a floor plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanCommand {
    /// Shows a drawing under a name, of whatever was shown under it before the place.
    Set(PlanDraft),
    /// Says which elements stand for which places; all of them.
    Bind {
        /// Of which plan.
        slug: PlanSlug,
        /// Which, in any order.
        bindings: Vec<Binding>,
    },
    /// Shows it no more.
    Remove {
        /// Which.
        slug: PlanSlug,
    },
}

impl PlanCommand {
    /// Which plan it is about.
    pub const fn slug(&self) -> &PlanSlug {
        match self {
            Self::Set(draft) => &draft.slug,
            Self::Bind { slug, .. } | Self::Remove { slug } => slug,
        }
    }
}
