//! The reference of the API, for people: drawn from the very document that programs get (`openapi.rs`), so that the two
//! cannot differ. It needs no script and asks for nothing outside.

use std::sync::LazyLock;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use rackward_core::permission::Permission;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::wire::operator_role_word;
use crate::wire::problem::ProblemKind;
use crate::{api, assets, openapi};

/// The page.
#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage {
    style: String,
    reference: String,
    icon: String,
    version: String,
    about: String,
    subjects: Vec<Subject>,
    things: Vec<Thing>,
}

/// The operations about one subject.
struct Subject {
    name: String,
    words: String,
    operations: Vec<Shown>,
}

/// One operation.
struct Shown {
    id: String,
    method: String,
    path: String,
    summary: String,
    permission: Option<Allowed>,
    parameters: Vec<Member>,
    /// The media type of its body, and what that holds.
    body: Option<(String, Kind)>,
    members: Vec<Member>,
    answers: Vec<Answer>,
    refusals: Vec<u16>,
}

/// What its caller must be allowed to do.
struct Allowed {
    word: String,
    roles: String,
}

/// A parameter, or a member of an object.
struct Member {
    name: String,
    kind: Kind,
    /// Where it stands (`path`, `query`, `header`), for parameters.
    place: String,
    required: bool,
    words: String,
}

/// What something holds.
struct Kind {
    words: String,
    /// The thing that is described elsewhere on the page.
    thing: Option<String>,
}

/// What an operation answers when it did what was asked.
struct Answer {
    status: String,
    words: String,
    media: String,
    kind: Kind,
}

/// An object that answers hold.
struct Thing {
    name: String,
    words: String,
    members: Vec<Member>,
}

/// `GET /help/api`
pub(crate) async fn show() -> Result<Response, Refusal> {
    static PAGE: LazyLock<Option<String>> = LazyLock::new(|| page(&openapi::document(&api::table())).render().ok());
    let drawn = PAGE.as_deref().ok_or_else(|| Refusal::new(ProblemKind::Internal, "the page could not be drawn"))?;
    Ok((StatusCode::OK, Html(drawn)).into_response())
}

fn page(document: &Value) -> ReferencePage {
    let tags = document["tags"].as_array().into_iter().flatten();
    ReferencePage {
        style: assets::address(super::PAGES_STYLE),
        reference: assets::address("reference.css"),
        icon: assets::address("icon.svg"),
        version: text(&document["info"]["version"]),
        about: text(&document["info"]["description"]),
        subjects: tags.map(|tag| subject(document, tag)).collect(),
        things: things(document),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn subject(document: &Value, tag: &Value) -> Subject {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    let ours = all.filter(|(_, _, operation)| operation["tags"][0] == tag["name"]);
    Subject {
        name: text(&tag["name"]),
        words: text(&tag["description"]),
        operations: ours.map(|(path, method, operation)| shown(document, path, method, operation)).collect(),
    }
}

fn shown(document: &Value, path: &str, method: &str, operation: &Value) -> Shown {
    let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    let responses = operation["responses"].as_object().into_iter().flatten();
    let (answers, refusals): (Vec<_>, Vec<_>) = responses.partition(|(status, _)| status.as_str() < "400");
    Shown {
        id: text(&operation["operationId"]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        permission: operation["x-rackward-permission"].as_str().map(allowed),
        parameters: parameters(document, operation),
        body: content.map(|(media, of)| (media.clone(), kind(&of["schema"]))),
        members: content.map(|(_, of)| members(document, &of["schema"])).unwrap_or_default(),
        answers: answers.into_iter().map(|(status, response)| answer(status, response)).collect(),
        refusals: refusals.into_iter().filter_map(|(status, _)| status.parse().ok()).collect(),
    }
}

fn allowed(word: &str) -> Allowed {
    let permission = Permission::ALL.iter().find(|permission| permission.word() == word);
    let roles = permission.map(|permission| permission.roles()).unwrap_or_default();
    let roles: Vec<&str> = roles.iter().map(|role| operator_role_word(*role)).collect();
    Allowed { word: word.to_owned(), roles: roles.join(", ") }
}

/// What a request carries; what many have stands among the document's components.
fn parameters(document: &Value, operation: &Value) -> Vec<Member> {
    let own = operation["parameters"].as_array().into_iter().flatten();
    own.map(|own| parameter(resolved(document, own))).collect()
}

/// What a reference leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => value,
    }
}

fn parameter(parameter: &Value) -> Member {
    Member {
        name: text(&parameter["name"]),
        kind: kind(&parameter["schema"]),
        place: text(&parameter["in"]),
        required: parameter["required"] == true,
        words: text(&parameter["description"]),
    }
}

fn answer(status: &str, response: &Value) -> Answer {
    let content = response["content"].as_object().and_then(|content| content.iter().next());
    Answer {
        status: status.to_owned(),
        words: text(&response["description"]),
        media: content.map(|(media, _)| media.clone()).unwrap_or_default(),
        kind: kind(content.map_or(&Value::Null, |(_, of)| &of["schema"])),
    }
}

/// Every object that has a name, in order of the names.
fn things(document: &Value) -> Vec<Thing> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let thing = |(name, schema): (&String, &Value)| Thing {
        name: name.clone(),
        words: text(&schema["description"]),
        members: members(document, schema),
    };
    schemas.map(thing).collect()
}

/// The members of an object, with those of everything that it consists of.
fn members(document: &Value, schema: &Value) -> Vec<Member> {
    if schema["$ref"].is_string() {
        return members(document, resolved(document, schema));
    }
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| members(document, part));
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, property)| Member {
        name: name.clone(),
        kind: kind(property),
        place: String::new(),
        required: required(name),
        words: words_of(property),
    });
    parts.chain(own).collect()
}

/// What a member is for; of one that may be null, the words stand inside.
fn words_of(property: &Value) -> String {
    let inside = || property["oneOf"].as_array()?.iter().find_map(|one| one["description"].as_str());
    property["description"].as_str().or_else(inside).unwrap_or_default().to_owned()
}

/// What a schema allows, in words.
fn kind(schema: &Value) -> Kind {
    let plain = |words: &str| Kind { words: words.to_owned(), thing: None };
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return Kind { words: name.to_owned(), thing: Some(name.to_owned()) };
    }
    if let Some(first) = schema["allOf"].as_array().and_then(|parts| parts.first()) {
        let first = kind(first);
        let more = if first.words.ends_with(" and more") { "" } else { " and more" };
        return Kind { words: format!("{}{more}", first.words), ..first };
    }
    // Where a type stands beside it, the choice is only of how it is written.
    let any_of = schema["anyOf"].as_array().filter(|_| schema["type"].is_null());
    if let Some(choices) = schema["oneOf"].as_array().or(any_of) {
        let kinds: Vec<Kind> = choices.iter().map(kind).collect();
        let words: Vec<&str> = kinds.iter().map(|kind| kind.words.as_str()).filter(|words| *words != "null").collect();
        let (words, or_null) = (words.join(" or "), if words.len() < kinds.len() { " or null" } else { "" });
        return Kind { words: words + or_null, thing: kinds.into_iter().find_map(|kind| kind.thing) };
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return plain(&words.join(" or "));
    }
    if let Some(items) = schema["properties"].get("items") {
        let of = kind(&items["items"]);
        return Kind { words: format!("page of {}", of.words), ..of };
    }
    let (types, or_null) = match &schema["type"] {
        Value::Array(types) => (types[0].as_str().unwrap_or_default(), " or null"),
        other => (other.as_str().unwrap_or_default(), ""),
    };
    match (types, &schema["format"]) {
        ("array", _) => {
            let of = kind(&schema["items"]);
            Kind { words: format!("list of {}{or_null}", of.words), ..of }
        }
        ("string", format) if format == "date-time" => plain(&format!("time{or_null}")),
        ("string", _) => plain(&format!("text{or_null}")),
        ("integer" | "number", _) => plain(&format!("number{or_null}")),
        ("boolean", _) => plain(&format!("true or false{or_null}")),
        (other, _) => plain(&format!("{other}{or_null}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_schema_allows_is_said_in_words() {
        let check = |schema: Value, words: &str, thing: Option<&str>| {
            let kind = kind(&schema);
            assert_eq!((kind.words.as_str(), kind.thing.as_deref()), (words, thing), "{schema}");
        };
        check(json!({ "type": "string" }), "text", None);
        check(json!({ "type": ["string", "null"], "format": "date-time" }), "time or null", None);
        check(json!({ "type": "array", "items": { "type": "integer" } }), "list of number", None);
        check(json!({ "$ref": "#/components/schemas/Door" }), "Door", Some("Door"));
        let door = json!({ "$ref": "#/components/schemas/Door" });
        check(json!({ "oneOf": [{ "type": "null" }, door] }), "Door or null", Some("Door"));
        let more = json!({ "allOf": [door, { "type": "object" }] });
        check(more.clone(), "Door and more", Some("Door"));
        check(json!({ "allOf": [more, { "type": "object" }] }), "Door and more", Some("Door"));
        let waits = json!({ "$ref": "#/components/schemas/Waits" });
        check(json!({ "anyOf": [door, waits] }), "Door or Waits", Some("Door"));
        let page = json!({ "type": "object", "properties": { "items": { "type": "array", "items": door } } });
        check(page, "page of Door", Some("Door"));
        check(json!({ "type": "string", "enum": ["a", "b"] }), "a or b", None);
    }

    #[test]
    fn the_page_shows_every_operation_of_the_document() {
        let document = openapi::document(&api::table());
        let page = page(&document);
        let shown: usize = page.subjects.iter().map(|subject| subject.operations.len()).sum();
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(shown, paths.values().map(|methods| methods.as_object().unwrap().len()).sum::<usize>());
        let drawn = page.render().unwrap();
        assert!(!drawn.contains("<script"), "it needs no script");
        assert!(drawn.contains("/api/v1/doors/open") && drawn.contains(r#"id="thing-Door""#));
        let told = |name: &str| drawn.matches(name).count();
        assert!(told("Idempotency-Key") > 50 && told("dry_run") > 50 && told("If-None-Match") > 100);
    }
}
