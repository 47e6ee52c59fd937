//! How the values of entries about floor plans, and reasons that may be left out, are written: what stands for what is counted,
//! and read where the plan is.

use rackward_core::entry::ReasonText;
use rackward_core::id::PlanId;
use rackward_core::plan::{Binding, PlanSlug};

use serde_json::Value;

use super::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};

impl Part for PlanId {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(format!("{field}_id"), self.to_string());
    }
}

impl Part for PlanSlug {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.as_str());
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        marks.add(Mark::word(Field::Note, self.as_str()), context.site);
    }
}

impl Part for Option<ReasonText> {
    fn put(&self, field: &str, context: Context<'_>, members: &mut Members) {
        match self {
            Some(text) => text.put(field, context, members),
            None => members.add(field, Value::Null),
        }
    }

    fn mark(&self, field: &str, context: Context<'_>, marks: &mut Marks) {
        self.iter().for_each(|text| text.mark(field, context, marks));
    }
}

impl Part for i16 {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, *self);
    }
}

impl Part for Box<[Binding]> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(field, self.len());
    }
}
