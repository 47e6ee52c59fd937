//! How the values of entries about other registers are written. A hash of what a person is known by tells nobody anything, so it is
//! only said whether there is one.

use rackward_core::asset::RackFacts;
use rackward_core::id::AssetId;
use rackward_core::people::PersonKeyHash;
use serde_json::Value;

use super::{Context, Members, Part};
use crate::query::{Field, Mark, Marks};

impl Part for Option<PersonKeyHash> {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(format!("{field}_set"), self.is_some());
    }
}

impl Part for AssetId {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add(format!("{field}_id"), self.to_string());
    }
}

impl Part for RackFacts {
    fn put(&self, field: &str, _context: Context<'_>, members: &mut Members) {
        members.add("asset_id", self.id.to_string());
        let texts = self.texts().into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
        let mut facts: serde_json::Map<String, Value> = texts.collect();
        facts.insert("u_height".to_owned(), self.u_height.into());
        members.add(field, Value::Object(facts));
    }

    fn mark(&self, _field: &str, context: Context<'_>, marks: &mut Marks) {
        for text in [&self.name, &self.serial, &self.asset_tag] {
            if !text.is_empty() {
                marks.add(Mark::word(Field::Note, text), context.site);
            }
        }
    }
}
