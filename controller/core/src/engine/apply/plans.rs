//! What entries about floor plans change: a plan keeps what its elements stand for when its drawing is exchanged.

use crate::entry::PlanEntry;
use crate::plan::Plan;
use crate::records::{RecordChange, Records};
use crate::time::Wall;

impl Records {
    pub(super) fn apply_to_plans(&mut self, entry: &PlanEntry, at: Wall, changes: &mut Vec<RecordChange>) {
        let plan = match entry {
            PlanEntry::Uploaded { plan, slug, name, area, floor, digest, bytes, .. } => {
                let bindings = self.plans.remove(plan).map(|before| before.bindings).unwrap_or_default();
                let row = Plan {
                    id: *plan,
                    slug: slug.clone(),
                    name: name.clone(),
                    area: *area,
                    floor: *floor,
                    digest: *digest,
                    bytes: *bytes,
                    uploaded: at,
                    bindings,
                };
                self.plans.insert(*plan, row);
                plan
            }
            PlanEntry::Bound { plan, bindings, .. } => {
                if let Some(row) = self.plans.get_mut(plan) {
                    row.bindings.clone_from(bindings);
                }
                plan
            }
            PlanEntry::Removed { plan, .. } => {
                self.plans.remove(plan);
                plan
            }
        };
        changes.push(RecordChange::Plan(*plan, self.plans.get(plan).cloned()));
    }
}
