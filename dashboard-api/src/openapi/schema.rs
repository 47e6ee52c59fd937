//! Schemas (JSON Schema 2020-12). What the API gives is read off its structs; what it takes, off the very declaration by
//! which a body is checked (`Body::MEMBERS`), and only the words are the struct's. So a request has `additionalProperties:
//! false`, and an answer may always grow.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, schema::Schema};

use crate::wire::List;
use crate::wire::event::{CloudEvent, EventPage};
use crate::wire::request::{Body, Member, Presence, Shape};
use crate::wire::schedule::Changed;

/// The member with which a change says why it is made.
const REASON: &str = "reason";

/// The schemas that others refer to, by name.
#[derive(Debug, Default)]
pub(crate) struct Components(BTreeMap<String, Value>);

impl Components {
    /// Keeps a schema and everything it refers to, and says how to refer to it.
    fn keep<T: ToSchema>(&mut self) -> Value {
        let mut nested: Vec<(String, RefOr<Schema>)> = Vec::new();
        T::schemas(&mut nested);
        for (name, schema) in nested {
            self.0.entry(name).or_insert_with(|| as_json(&schema));
        }
        let name = T::name().into_owned();
        let reference = refer(&name);
        self.0.entry(name).or_insert_with(|| as_json(&T::schema()));
        reference
    }

    /// Keeps a schema that no type of ours has.
    pub(crate) fn put(&mut self, (name, schema): (String, Value)) {
        self.0.insert(name, schema);
    }

    /// All of them.
    pub(crate) fn into_json(self) -> Value {
        Value::Object(self.0.into_iter().collect())
    }
}

fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A schema that cannot be written is one that allows anything; the tests of the document would show it.
fn as_json(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).unwrap_or(Value::Bool(true))
}

/// What is written as JSON.
pub(crate) trait Wire {
    /// Its schema, with what it refers to among the components.
    fn schema(components: &mut Components) -> Value;
}

impl<T: ToSchema> Wire for T {
    fn schema(components: &mut Components) -> Value {
        components.keep::<T>()
    }
}

impl<T: Wire> Wire for List<T> {
    fn schema(components: &mut Components) -> Value {
        let cursor = "Where the next part begins; null when this is the last";
        let total = "How many there are in all parts, or about as many; null where nobody has looked";
        json!({
            "type": "object",
            "required": ["items", "next_cursor", "total_estimate"],
            "properties": {
                "items": { "type": "array", "items": T::schema(components) },
                "next_cursor": { "type": ["string", "null"], "description": cursor },
                "total_estimate": { "type": ["integer", "null"], "minimum": 0, "description": total },
            },
        })
    }
}

impl Wire for EventPage {
    fn schema(components: &mut Components) -> Value {
        let mut schema = <List<CloudEvent>>::schema(components);
        let total = |words: &str| json!({ "type": ["integer", "null"], "minimum": 0, "description": words });
        if let Some(properties) = schema.get_mut("properties") {
            properties["total_estimate"] = total("How many there are, from the first page on; null on later pages");
            properties["total_counted"] =
                total("How many of these were counted; where it is less, the rest is judged by them");
        }
        schema["required"] = json!(["items", "next_cursor", "total_estimate", "total_counted"]);
        schema
    }
}

impl<T: Wire> Wire for Changed<T> {
    fn schema(components: &mut Components) -> Value {
        let generation = json!({
            "type": "object",
            "required": ["generation"],
            "properties": {
                "generation": { "type": "integer", "minimum": 0, "description": "The generation of rights this made" },
            },
        });
        json!({ "allOf": [T::schema(components), generation] })
    }
}

/// The schema of a body.
pub(crate) fn body_schema<T: Body>(components: &mut Components) -> Value {
    let mut words = Components::default();
    // The struct's own schema is asked for its words only.
    words.keep::<T>();
    let schema = object(T::MEMBERS, &words, &T::name());
    let name = T::name().into_owned();
    let reference = refer(&name);
    components.0.insert(name, schema);
    reference
}

/// The schema of a merge patch that leads to such a body: whatever is there already may be left out. Why a change is made is
/// of the change and not of the thing, and is said each time.
pub(crate) fn patch_schema<T: Body>(components: &mut Components) -> Value {
    let mut words = Components::default();
    words.keep::<T>();
    let mut schema = object(T::MEMBERS, &words, &T::name());
    let always = T::MEMBERS.iter().any(|member| member.name == REASON && member.presence == Presence::Required);
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("required");
        schema.extend(always.then(|| ("required".to_owned(), json!([REASON]))));
        schema.insert("description".to_owned(), "What is to be otherwise; null takes away (RFC 7396)".into());
    }
    let name = T::name();
    let name = format!("Patch{}", name.strip_prefix("Change").unwrap_or(&name));
    let reference = refer(&name);
    components.0.insert(name, schema);
    reference
}

fn object(members: &[Member], words: &Components, name: &str) -> Value {
    let told = words.0.get(name).cloned().unwrap_or_default();
    let mut properties = Map::new();
    for member in members {
        let told = &told["properties"][member.name];
        let mut property = member_schema(member, told, words);
        if let (Some(property), Some(words)) = (property.as_object_mut(), description(told)) {
            property.insert("description".to_owned(), words.clone());
        }
        properties.insert(member.name.to_owned(), property);
    }
    let required: Vec<&str> =
        members.iter().filter(|member| member.presence == Presence::Required).map(|member| member.name).collect();
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if let (Some(schema), false) = (schema.as_object_mut(), required.is_empty()) {
        schema.insert("required".to_owned(), required.into());
    }
    if let (Some(schema), Some(words)) = (schema.as_object_mut(), told.get("description")) {
        schema.insert("description".to_owned(), words.clone());
    }
    schema
}

/// What a member is for. Of one that may be left out, the words stand beside what it holds if it is there.
fn description(told: &Value) -> Option<&Value> {
    let inside = || told["oneOf"].as_array()?.iter().find_map(|one| one.get("description"));
    told.get("description").or_else(inside)
}

fn member_schema(member: &Member, told: &Value, words: &Components) -> Value {
    let mut schema = match member.shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::Time => json!({ "type": "string", "format": "date-time" }),
        Shape::End => json!({
            "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "duration", "pattern": "^PT" }],
        }),
        Shape::Count => json!({ "type": "integer", "minimum": 0, "maximum": u16::MAX }),
        Shape::Number => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Shape::Numbers => {
            json!({ "type": "array", "items": { "type": "integer", "minimum": 0, "maximum": u32::MAX } })
        }
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::Objects => json!({ "type": "array", "items": { "type": "object" } }),
        Shape::List(members) => {
            let inner = told["items"]["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            json!({ "type": "array", "items": object(members, words, inner) })
        }
    };
    if member.presence == Presence::Optional {
        // What may be left out may be null as well.
        schema["type"] = json!([schema["type"], "null"]);
    }
    schema
}

/// A document that has a specification of its own.
pub(crate) fn document(_: &mut Components) -> Value {
    json!({ "type": "object" })
}

/// Any text.
pub(crate) fn text(_: &mut Components) -> Value {
    json!({ "type": "string" })
}

/// Anything: bytes have no schema (OpenAPI 3.1.1, "Considerations for Binary Data").
pub(crate) fn anything(_: &mut Components) -> Value {
    json!({})
}
