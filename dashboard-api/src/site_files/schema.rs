//! The form of objects as JSON Schema (2020-12), for editors and for those who write files by program. What it cannot say (that a
//! door exists, that nobody holds a right for longer than a year) a plan says.

use serde_json::{Value, json};

use crate::wire::site_file::{API_VERSION, KINDS};

/// The schema of one object.
pub fn schema() -> Value {
    let kinds: Vec<Value> = KINDS.iter().map(|kind| one_kind(kind)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rackward site files",
        "description": "One object of a site file. A file holds one object, or several as [[objects]].",
        "oneOf": kinds,
        "$defs": definitions(),
    })
}

fn one_kind(kind: &str) -> Value {
    let metadata = json!({
        "type": "object",
        "properties": { "name": { "type": "string", "minLength": 1, "maxLength": 64 } },
        "required": ["name"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "title": kind,
        "properties": {
            "api_version": { "const": API_VERSION },
            "kind": { "const": kind },
            "metadata": metadata,
            "spec": spec(kind),
            "tests": { "type": "array", "items": { "$ref": "#/$defs/test" } },
        },
        "required": ["api_version", "kind", "metadata", "spec"],
        "additionalProperties": false,
    })
}

fn spec(kind: &str) -> Value {
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let (texts, points) = (json!({ "$ref": "#/$defs/texts" }), json!({ "$ref": "#/$defs/points" }));
    let (text, time) = (json!({ "type": "string" }), json!({ "type": "string", "format": "date-time" }));
    match kind {
        "Calendar" => {
            object(json!({ "days": { "type": "array", "items": { "type": "string", "format": "date" } } }), &["days"])
        }
        "Schedule" => {
            let special = object(json!({ "calendar": text, "windows": texts }), &["calendar", "windows"]);
            let special = json!({ "type": "array", "items": special });
            object(json!({ "time_zone": text, "windows": texts, "special": special }), &[])
        }
        "Agreement" => object(
            json!({ "owner": text, "guest": text, "areas": texts, "from_at": time, "to_at": time, "reason": text }),
            &["owner", "guest", "areas", "to_at", "reason"],
        ),
        "AccessProfile" => {
            let policy = object(json!({ "points": points, "schedule": text }), &["points"]);
            let policies = json!({ "type": "array", "items": policy });
            object(json!({ "organisation": text, "points": points, "schedule": text, "policies": policies }), &[])
        }
        "Membership" => {
            let members = json!({ "type": "array", "items": object(terms(), &["person", "to_at", "reason"]) });
            object(json!({ "profile": text, "members": members }), &["profile", "members"])
        }
        _ => {
            let mut properties = terms();
            properties["points"] = points;
            properties["schedule"] = text;
            properties["windows"] = texts;
            object(properties, &["points", "person", "to_at", "reason"])
        }
    }
}

fn terms() -> Value {
    json!({
        "person": { "type": "string", "pattern": "^p-[0-9]+$", "description": "An id; files hold no names of people" },
        "from_at": { "type": "string", "format": "date-time" },
        "to_at": { "type": "string", "format": "date-time" },
        "reason": { "type": "string", "minLength": 1, "maxLength": 256 },
        "ticket": { "type": "string", "minLength": 1, "maxLength": 256 },
        "escort": { "type": "boolean" },
    })
}

fn definitions() -> Value {
    json!({
        "texts": { "type": "array", "items": { "type": "string" } },
        "points": {
            "type": "array",
            "items": { "type": "string" },
            "description": "Paths of doors; *, ? and [1-8] stand for parts of one step, ** for any steps",
        },
        "test": {
            "type": "object",
            "properties": {
                "person": { "type": "string", "pattern": "^p-[0-9]+$" },
                "at": { "type": "string", "format": "date-time" },
                "open": { "$ref": "#/$defs/texts" },
                "denied": { "$ref": "#/$defs/texts" },
            },
            "required": ["person", "at"],
            "additionalProperties": false,
        },
    })
}
