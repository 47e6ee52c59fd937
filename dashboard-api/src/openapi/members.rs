//! The members that things have in JSON, read off the schemas that the API's document shows of them. So what may be asked for
//! by name (`fields=`) cannot differ from what is documented.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::schema::{Components, Wire};

/// How deep schemas refer to each other at most: none of ours refers to itself.
const DEPTH_MAX: usize = 16;

/// The members that one kind of thing can have.
pub(crate) struct Known {
    schema: Value,
    components: Value,
}

impl Known {
    /// Those of `T`.
    pub(crate) fn members_of<T: Wire>() -> Self {
        let mut components = Components::default();
        let schema = T::schema(&mut components);
        Self { schema, components: components.into_json() }
    }

    /// `None` where something of this kind can have a member there; otherwise the members that there are instead.
    pub(crate) fn without(&self, path: &[String]) -> Option<BTreeSet<String>> {
        let mut here = vec![&self.schema];
        for name in path {
            let mut found = Found::default();
            here.iter().for_each(|schema| self.look_at(schema, DEPTH_MAX, &mut found));
            let next: Vec<&Value> = found.members.iter().filter_map(|members| members.get(name)).collect();
            if next.is_empty() {
                let names = || found.members.iter().flat_map(|members| members.keys().cloned()).collect();
                return (!found.is_open).then(names);
            }
            here = next;
        }
        None
    }

    fn look_at<'a>(&'a self, schema: &'a Value, depth: usize, found: &mut Found<'a>) {
        let Some(deeper) = depth.checked_sub(1) else { return };
        let referred = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let parts = ["allOf", "oneOf", "anyOf"].map(|kind| schema[kind].as_array().into_iter().flatten());
        let referred = referred.and_then(|name| self.components.get(name)).into_iter();
        // Of what is in an array each is meant.
        let each = schema.get("items").into_iter();
        for schema in referred.chain(each).chain(parts.into_iter().flatten()) {
            self.look_at(schema, deeper, found);
        }
        match schema["properties"].as_object() {
            Some(members) => found.members.push(members),
            // An object of which nothing more is said may have any.
            None => found.is_open |= schema["type"] == "object",
        }
    }
}

#[derive(Default)]
struct Found<'a> {
    members: Vec<&'a Map<String, Value>>,
    is_open: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::device::Device;
    use crate::wire::event::CloudEvent;

    #[test]
    fn members_are_those_of_the_schema_and_of_what_it_refers_to() {
        let check = |known: &Known, path: &str, expect: Option<&str>| {
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            let there = known.without(&path);
            assert_eq!(there.is_none(), expect.is_none(), "{path:?}: {there:?}");
            assert!(expect.is_none_or(|one| there.is_some_and(|there| there.contains(one))), "{path:?}");
        };
        let device = Known::members_of::<Device>();
        check(&device, "name", None);
        check(&device, "line", None);
        check(&device, "line.bus", None);
        check(&device, "line.colour", Some("baud"));
        check(&device, "colour", Some("serial"));
        // What is written among its members by another struct.
        check(&device, "rights", None);
        let event = Known::members_of::<CloudEvent>();
        check(&event, "data.whatever", None);
        check(&event, "type", None);
        check(&event, "kind", Some("type"));
        assert_eq!(event.without(&["id".to_owned(), "more".to_owned()]), Some(BTreeSet::new()));
    }
}
