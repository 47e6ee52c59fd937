//! Commands about floor plans. Whatever a plan shows opens no door: what is checked is that it is of an area that there is, and
//! that its elements stand for places that there are.

use super::{Order, Outcome, conflict, invalid, not_found, numbered, problem};
use crate::engine::Engine;
use crate::engine::command::{CommandError, PlanCommand, Problem, Reply, disguises};
use crate::entry::PlanEntry;
use crate::id::PlanId;
use crate::plan::{Binding, Plan, PlanDraft, PlanSlug};

/// The longest name (ONVIF: names up to 64 characters).
const NAME_MAX_CHARS: usize = 64;

/// How many plans a site has at most: some floors of each of its areas. Each can hold a drawing of 20 MB.
const PLANS_MAX_COUNT: usize = 256;

/// How many elements of one plan stand for places: both sides of some ten thousand racks.
const BINDINGS_MAX_COUNT: usize = 25_000;

/// The longest id of an element, in bytes; what may be in one is the shell's to say.
const ELEMENT_MAX_BYTES: usize = 128;

/// How many mistakes are named.
const PROBLEMS_MAX_COUNT: usize = 100;

/// Floors that buildings have.
const FLOORS: core::ops::RangeInclusive<i16> = -100..=1_000;

impl Engine {
    pub(super) fn plan_command(&mut self, order: Order, command: PlanCommand) -> Outcome {
        match command {
            PlanCommand::Set(draft) => self.set_plan(order, draft),
            PlanCommand::Bind { slug, bindings } => self.bind_plan(order, &slug, bindings),
            PlanCommand::Remove { slug } => {
                let plan = self.known_plan(&slug)?.id;
                self.record(order.now, PlanEntry::Removed { plan, by: order.by });
                Ok(Reply::Done)
            }
        }
    }

    fn set_plan(&mut self, order: Order, draft: PlanDraft) -> Outcome {
        let PlanDraft { slug, name, area, floor, digest, bytes } = draft;
        let name = name.trim().to_owned();
        let mut problems = Vec::new();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || disguises(&name) {
            problems.push(problem("name", "a name has 1 to 64 characters, none that nobody sees"));
        }
        if !FLOORS.contains(&floor) {
            problems.push(problem("floor", "a floor is a number from -100 to 1000; 0 is the ground"));
        }
        if self.site.area(area).is_none() {
            problems.push(problem("area", format!("{area} does not exist; name an area that does")));
        }
        invalid(problems)?;
        let plan = match self.plan_called(&slug) {
            Some(known) => known.id,
            None => self.plan_number()?,
        };
        let by = order.by;
        self.record(order.now, PlanEntry::Uploaded { plan, slug, name, area, floor, digest, bytes, by });
        Ok(Reply::Plan(plan))
    }

    /// The number of a new plan. A removed plan's may be given again: nothing outside of the records is known by it.
    fn plan_number(&self) -> Result<PlanId, CommandError> {
        if self.records.plans.len() >= PLANS_MAX_COUNT {
            return Err(conflict(format!("a site has at most {PLANS_MAX_COUNT} plans; remove one first")));
        }
        let last = self.records.plans.keys().next_back().map_or(0, |last| last.get());
        numbered(last.checked_add(1)).map(PlanId::new)
    }

    fn bind_plan(&mut self, order: Order, slug: &PlanSlug, mut bindings: Vec<Binding>) -> Outcome {
        let plan = self.known_plan(slug)?.id;
        if bindings.len() > BINDINGS_MAX_COUNT {
            let message = format!("at most {BINDINGS_MAX_COUNT} elements stand for places; split the plan");
            invalid(vec![problem("bindings", message)])?;
        }
        bindings.sort();
        let problems = self.binding_problems(&bindings);
        invalid(problems)?;
        let bindings = bindings.into_boxed_slice();
        self.record(order.now, PlanEntry::Bound { plan, bindings, by: order.by });
        Ok(Reply::Plan(plan))
    }

    fn binding_problems(&self, bindings: &[Binding]) -> Vec<Problem> {
        let twice = bindings.windows(2).filter_map(|pair| match pair {
            [one, next] if one.element == next.element => {
                Some(problem("bindings", format!("{} stands here twice; give it one place", one.element)))
            }
            _ => None,
        });
        let places = self.site.known_places();
        let nowhere = bindings.iter().filter(|binding| !places.contains(binding.place.as_str()));
        let nowhere = nowhere.map(|binding| {
            let message = format!("{} is no place of this site; name a door, rack, row, area or device", binding.place);
            problem("bindings", message)
        });
        let unnamed = bindings.iter().filter(|binding| !is_element(&binding.element));
        let unnamed = unnamed.map(|_| problem("bindings", "an element's id has 1 to 128 plain characters"));
        twice.chain(nowhere).chain(unnamed).take(PROBLEMS_MAX_COUNT).collect()
    }

    pub(in crate::engine) fn plan_called(&self, slug: &PlanSlug) -> Option<&Plan> {
        self.records.plans.values().find(|plan| plan.slug == *slug)
    }

    fn known_plan(&self, slug: &PlanSlug) -> Result<&Plan, CommandError> {
        self.plan_called(slug).ok_or_else(|| not_found(format!("plan {slug}")))
    }
}

fn is_element(text: &str) -> bool {
    (1..=ELEMENT_MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
