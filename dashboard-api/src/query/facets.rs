//! What values the entries of a search have most: counted over their marks, so that a value told here is one that can be
//! searched for. Pure; which entries are counted is `api/history.rs`.

use std::collections::{BTreeMap, HashMap};

use rackward_core::Site;
use rackward_core::entry::Denial;
use rackward_core::id::{AreaId, DeviceId, PersonId};

use super::{Field, Marks, Value};

/// How many values of each field are told: as many as stand beside a list without hiding it.
const TOLD_MAX_VALUES: usize = 12;

/// The fields that are counted. A reason is one of the words for a refusal: what operators wrote is each its own.
const FACETS: [Field; 5] = [Field::Type, Field::Reason, Field::Area, Field::Person, Field::Device];

/// Counts by field and value.
#[derive(Debug, Default)]
pub(crate) struct Facets {
    counts: HashMap<(Field, Value), u64>,
}

impl Facets {
    /// Counts one entry.
    pub(crate) fn add(&mut self, marks: &Marks) {
        let counted = |field: Field, value: &Value| match value {
            Value::Word(word) if field == Field::Reason => Denial::ALL.iter().any(|denial| denial.word() == word),
            Value::Word(_) | Value::Id(_) => FACETS.contains(&field),
        };
        for mark in marks.iter().filter(|mark| counted(mark.field, &mark.value)) {
            *self.counts.entry((mark.field, mark.value.clone())).or_default() += 1;
        }
    }

    /// The most frequent values of each field in the words of the query language, the most frequent first.
    pub(crate) fn told(&self, site: &Site) -> BTreeMap<&'static str, Vec<(String, u64)>> {
        let mut told: BTreeMap<&'static str, Vec<(String, u64)>> =
            FACETS.iter().map(|field| (field.word(), Vec::new())).collect();
        for ((field, value), count) in &self.counts {
            let words = words_of(*field, value, site);
            told.entry(field.word()).or_default().extend(words.map(|words| (words, *count)));
        }
        for values in told.values_mut() {
            values.sort_by(|(one, first), (other, second)| second.cmp(first).then_with(|| one.cmp(other)));
            values.truncate(TOLD_MAX_VALUES);
        }
        told
    }
}

/// A value as a query names it; `None` for a place that is gone.
fn words_of(field: Field, value: &Value, site: &Site) -> Option<String> {
    match (field, value) {
        (_, Value::Word(word)) => Some(word.clone()),
        (Field::Person, Value::Id(id)) => Some(PersonId::new(*id).to_string()),
        (Field::Area, Value::Id(id)) => site.area(AreaId::new(*id)).map(|area| area.path.clone()),
        (Field::Device, Value::Id(id)) => site.device(DeviceId::new(*id)).map(|device| device.name.clone()),
        (_, Value::Id(_)) => None,
    }
}
