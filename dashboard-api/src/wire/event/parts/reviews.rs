//! How the values of entries about access reviews are written. The list of rights that a review begins with is told as a number: what
//! it says, the review itself tells.

use rackward_core::id::{AreaId, ReviewId};
use rackward_core::review::{Decision, FrozenRight, Lapse, LineDecision, ReviewEndCause, Undecided};
use serde_json::{Value, json};

use super::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};
use crate::wire::at::At;
use crate::wire::names::Places;

/// A review can be found by so many of those whose rights it lists: with more, it would be found by everybody.
const FOUND_BY_MAX_PEOPLE: usize = 1_000;

parts! {
    ReviewId: (value, field, _context) => format!("{field}_id"), value.to_string()
        => Some(Mark::word(Field::Note, &value.to_string()));
    Undecided: (value, field, _context) => field, value.word();
    ReviewEndCause: (value, field, _context) => field, value.word();
    Option<u16>: (value, field, _context) => field, *value;
    Box<[u32]>: (value, field, _context) => field, value.iter().map(|line| Value::from(*line)).collect::<Vec<_>>();
}

/// Where it is about, by paths.
impl Part for Box<[AreaId]> {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        let places = Places(context.site);
        members.add(field, self.iter().map(|area| Value::from(places.area(*area))).collect::<Vec<_>>());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().for_each(|area| area.mark("area", context, marks));
    }
}

impl Part for Box<[FrozenRight]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.len());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().take(FOUND_BY_MAX_PEOPLE).for_each(|right| right.person.mark("person", context, marks));
    }
}

impl Part for Box<[LineDecision]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.iter().map(decision).collect::<Vec<Value>>());
    }
}

fn decision(decided: &LineDecision) -> Value {
    let effect = decided.effect.map(rackward_core::id::Seq::get);
    let LineDecision { line, decision, .. } = decided;
    match decision {
        Decision::Keep => json!({ "line": line, "decision": "keep" }),
        Decision::Revoke => json!({ "line": line, "decision": "revoke", "effect_sequence": effect }),
        Decision::Shorten(to) => {
            json!({ "line": line, "decision": "shorten", "until_at": At(*to).to_string(), "effect_sequence": effect })
        }
        Decision::Reassign(to) => json!({ "line": line, "decision": "reassign", "reviewer_id": to.to_string() }),
    }
}

impl Part for Box<[Lapse]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        let row = |lapse: &Lapse| json!({ "line": lapse.line, "effect_sequence": lapse.effect.get() });
        members.add(field, self.iter().map(row).collect::<Vec<Value>>());
    }
}
