//! What other programs are told, as the document's `webhooks`: for each kind of event the body of its message (`api.md` D.7,
//! Standard Webhooks 1.0). Which members the data of a kind can have is kept as text, `webhook_members.txt`, which a test
//! compares with every kind of entry as it is written. Who is sent what, and how it is signed, is the daemon's.

use std::collections::BTreeMap;

use rackward_core::Entry;
use serde_json::{Map, Value, json};

/// For each kind of event the members of its data, each with the types it can have.
const MEMBERS: &str = include_str!("webhook_members.txt");

/// The kind of a message that only shows that messages arrive.
const TEST: &str = "webhook.test";

/// The name among the components of what all messages have.
const MESSAGE: &str = "WebhookMessage";

/// Every kind of message.
pub(super) fn document() -> Value {
    let known: BTreeMap<&str, &str> = MEMBERS.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect();
    let kinds = Entry::all_event_names().chain([TEST]);
    kinds.map(|kind| (kind.to_owned(), message(kind, known.get(kind).copied().unwrap_or_default()))).collect()
}

fn message(kind: &str, members: &str) -> Value {
    let own = json!({
        "properties": { "type": { "const": kind }, "data": { "properties": properties(members) } },
    });
    let refer = |part: &str, name: &str| json!({ "$ref": format!("#/components/{part}/{name}") });
    let schema = json!({ "allOf": [refer("schemas", MESSAGE), own] });
    json!({
        "post": {
            "summary": format!("What is sent of {kind}"),
            "parameters": parameter_names().map(|name| refer("parameters", name)),
            "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
            "responses": { "2XX": refer("responses", "webhook-taken"), "410": refer("responses", "webhook-unwanted") },
            "security": [],
        },
    })
}

fn properties(members: &str) -> Value {
    let property = |member: &str| {
        let (name, types) = member.split_once(':')?;
        let types: Vec<&str> = types.split(',').collect();
        let mut schema = json!({ "type": if let [only] = types.as_slice() { json!(only) } else { json!(types) } });
        if let (true, Some(schema)) = (name.ends_with("_at"), schema.as_object_mut()) {
            schema.insert("format".to_owned(), "date-time".into());
        }
        Some((name.to_owned(), schema))
    };
    members.split(' ').filter_map(property).collect::<Map<_, _>>().into()
}

const fn parameter_names() -> [&'static str; 3] {
    ["webhook-id", "webhook-timestamp", "webhook-signature"]
}

/// The headers of every message, for the document's components.
pub(super) fn parameter_components() -> Map<String, Value> {
    let words = [
        "The same at every attempt: a message with an id that was seen is a repetition",
        "When it was sent, in seconds since 1970; what is minutes old is to be refused",
        "Signatures over id.timestamp.body, any one of which is enough: v1 (HMAC-SHA256), v1a (Ed25519)",
    ];
    let schemas = [
        json!({ "type": "string", "pattern": "^msg_" }),
        json!({ "type": "string", "pattern": "^[0-9]+$" }),
        json!({ "type": "string", "pattern": "^(v1,|v1a,)" }),
    ];
    let header = |((name, words), schema): ((&str, &str), Value)| {
        let written = json!({ "name": name, "in": "header", "required": true, "description": words, "schema": schema });
        (name.to_owned(), written)
    };
    parameter_names().into_iter().zip(words).zip(schemas).map(header).collect()
}

/// What a receiver may answer, for the document's components.
pub(super) fn response_components() -> [(String, Value); 2] {
    [
        ("webhook-taken".to_owned(), json!({ "description": "It was taken; every other answer has it sent again" })),
        ("webhook-unwanted".to_owned(), json!({ "description": "Nothing more is sent until an operator enables it" })),
    ]
}

/// What every message has, for the document's components.
pub(super) fn schema_component() -> (String, Value) {
    let text = |words: &str| json!({ "type": "string", "description": words });
    let data = json!({
        "type": "object",
        "description": "Thin: what happened and to what. Full: all that the entry says. Neither names a person",
        "required": ["id"],
        "properties": {
            "id": text("The entry's sequence number; of a test the message's own id"),
            "site": text("The site, such as urn:rackward:lon1"),
            "subject": text("Path of the place it is about, or the id of the thing where it has no place"),
        },
    });
    let message = json!({
        "type": "object",
        "description": "A message to a webhook. Members that are not known are to be ignored",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": text("What happened, such as alarm.raised"),
            "timestamp": { "type": "string", "format": "date-time", "description": "When it happened" },
            "data": data,
        },
    });
    (MESSAGE.to_owned(), message)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wire::event::every_event;

    fn type_of(value: &Value) -> &'static str {
        match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// What is written of one entry may be less than its kind can have: where it names nobody, null is written, and what is
    /// said of a cause depends on the cause.
    #[test]
    fn the_members_that_are_told_of_are_those_that_are_written() {
        let mut seen: BTreeMap<&str, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
        for (kind, data) in every_event() {
            let members = seen.entry(kind).or_default();
            for (name, value) in &data {
                members.entry(name.clone()).or_default().insert(type_of(value));
            }
        }
        for (kind, members) in &seen {
            let types = |(name, types): (&String, &BTreeSet<&str>)| {
                format!("{name}:{}", types.iter().copied().collect::<Vec<_>>().join(","))
            };
            println!("{kind} {}", members.iter().map(types).collect::<Vec<_>>().join(" "));
        }
        for (kind, members) in &seen {
            let line = MEMBERS.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
            let told = properties(line.unwrap_or_else(|| panic!("nothing is told of {kind}")));
            let told = told.as_object().unwrap();
            let names = |members: Vec<&String>| members.into_iter().cloned().collect::<BTreeSet<String>>();
            let (told_names, seen_names) = (names(told.keys().collect()), names(members.keys().collect()));
            assert!(seen_names.is_subset(&told_names), "{kind}: {seen_names:?}, told are {told_names:?}");
            for (name, types) in members {
                let known = told[name]["type"].to_string();
                assert!(
                    types.iter().all(|one| known.contains(&format!("\"{one}\""))),
                    "{kind} {name}: {types:?}, told is {known}"
                );
                assert_ne!(known, "\"null\"", "{kind} {name} is something at times");
            }
        }
        assert_eq!(MEMBERS.lines().count(), seen.len());
    }

    #[test]
    fn every_kind_of_event_is_told_of() {
        let document = document();
        for kind in Entry::all_event_names() {
            let line = MEMBERS.lines().find(|line| line.split(' ').next() == Some(kind));
            assert!(line.is_some(), "nothing is known of {kind}");
            let body = &document[kind]["post"]["requestBody"]["content"]["application/json"]["schema"]["allOf"][1];
            assert_eq!(body["properties"]["type"]["const"], kind);
        }
        let raised = &document["alarm.raised"]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(raised["allOf"][1]["properties"]["data"]["properties"]["alarm_id"]["type"], "string");
    }
}
