//! The API's document beside the API: what is served is what is told, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use rackward_core::permission::Permission;
use rackward_dashboard::wire::problem::ProblemKind;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, json_request};
use crate::routes::{address, every_route, prepared};

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

pub(crate) async fn document(desk: &Desk) -> Value {
    let answered = desk.get(&Who::Nobody, "/api/v1/openapi.json").await;
    assert_eq!(answered.header("content-type"), "application/json");
    answered.json()
}

/// Every operation, with its method and path.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &'_ Value)| {
        let (path, methods) = (path.clone(), methods.as_object().unwrap().clone());
        methods.keys().map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
    };
    let all = paths.iter().flat_map(of_path);
    all.map(|(method, path)| (method.to_uppercase(), path.clone(), &document["paths"][&path][&method])).collect()
}

/// The operation that a request is for.
pub(crate) fn operation_of<'a>(document: &'a Value, method: &str, path: &str) -> (String, &'a Value) {
    let path = path.split('?').next().unwrap();
    let fits = |pattern: &str| {
        let (given, known): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), pattern.split('/').collect());
        given.len() == known.len()
            && given.iter().zip(&known).all(|(given, known)| given == known || known.starts_with('{'))
    };
    // A path without braces wins, as it does in the router.
    let mut found: Vec<_> =
        operations(document).into_iter().filter(|(known, pattern, _)| known == method && fits(pattern)).collect();
    found.sort_by_key(|(_, pattern, _)| pattern.matches('{').count());
    let (_, pattern, operation) =
        found.into_iter().next().unwrap_or_else(|| panic!("{method} {path} is not documented"));
    (pattern, operation)
}

/// Follows a reference within the document.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
        None => value,
    }
}

/// What is wrong with an answer, by the document.
pub(crate) fn complaints(document: &Value, operation: &Value, status: u16, media: &str, body: &[u8]) -> Vec<String> {
    let Some(response) = operation["responses"].get(status.to_string()) else {
        return vec![format!("{status} is not documented: {}", String::from_utf8_lossy(body))];
    };
    let response = resolved(document, response);
    let media = media.split(';').next().unwrap().trim();
    let Some(content) = response["content"].get(media) else {
        return vec![format!("{status} comes as {media:?}, documented is {}", response["content"])];
    };
    if !media.ends_with("json") || media.contains("ndjson") {
        return Vec::new();
    }
    // The schema sees the document's components, as a reader of the whole document does.
    let schema = json!({ "allOf": [content["schema"]], "components": document["components"] });
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let body: Value = serde_json::from_slice(body).unwrap();
    validator.iter_errors(&body).map(|error| format!("{status} at {}: {error}", error.instance_path())).collect()
}

pub(crate) fn media(response: &Response) -> String {
    response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

pub(crate) fn request(method: &str, path: &str, body: &Value) -> Request<Body> {
    let of_type = |kind: &str, text: &str| {
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        request.body(Body::from(text.to_owned())).unwrap()
    };
    match body {
        Value::Null => Request::builder().method(method).uri(path).body(Body::empty()).unwrap(),
        Value::String(text) if path.ends_with("/firmware") => of_type("application/octet-stream", text),
        Value::String(text) if text.starts_with("<svg") => of_type("image/svg+xml", text),
        Value::String(text) => of_type("text/calendar", text),
        body => json_request(method, path, body),
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let document = document(&Desk::open()).await;
    assert_eq!(document["openapi"], "3.1.1");
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} is two operations");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path} has no summary");
        let responses = operation["responses"].as_object().unwrap();
        for (status, response) in responses {
            let response = resolved(&document, response);
            for header in response["headers"].as_object().unwrap().values() {
                assert!(resolved(&document, header)["description"].is_string(), "{method} {path}: {status} {header}");
            }
            let told = !response["content"].is_null();
            assert!(told || ["204", "304"].contains(&status.as_str()), "{method} {path}: what does {status} hold?");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path} never succeeds");
    }
}

#[tokio::test]
async fn every_route_says_what_its_caller_must_be_allowed_to_do() {
    /// Routes that are for everybody who is signed in.
    const NEEDS_NOTHING: &[&str] = &["session_list_current", "device_leave"];
    let document = document(&Desk::open()).await;
    let known: Vec<&str> = Permission::ALL.iter().map(|permission| permission.word()).collect();
    for (method, path, operation) in operations(&document) {
        let is_open = operation["security"] == json!([]);
        let permission = operation["x-rackward-permission"].as_str();
        let needs_nothing = is_open || NEEDS_NOTHING.contains(&operation["operationId"].as_str().unwrap());
        assert_eq!(permission.is_none(), needs_nothing, "{method} {path}");
        assert!(permission.is_none_or(|word| known.contains(&word)), "{method} {path}: {permission:?}");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    fn references(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, into));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }
    let document = document(&Desk::open()).await;
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(found.contains(&format!("#/components/schemas/{name}")), "nothing refers to {name}");
    }
}

#[tokio::test]
async fn what_is_answered_is_what_is_documented() {
    let mut wrong = Vec::new();
    for (method, path, body, _) in every_route() {
        let desk = prepared().await;
        let document = document(&desk).await;
        let path = address(path);
        let (pattern, operation) = operation_of(&document, method, &path);
        for who in [ROOT, Who::Nobody] {
            let response = desk.respond(who, request(method, &path, &body)).await;
            let (status, media) = (response.status().as_u16(), media(&response));
            // What streams has no end to wait for.
            let streams = ["text/event-stream", "application/x-ndjson"].contains(&media.as_str());
            let body = if streams { Default::default() } else { Answered::of(response).await.body };
            let found = complaints(&document, operation, status, &media, &body);
            wrong.extend(found.into_iter().map(|found| format!("{method} {pattern}: {found}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names that a refusal offers instead of an unknown one.
fn offered(answered: &Answered, pointer: &str) -> Option<BTreeSet<String>> {
    let json = answered.json();
    let error = json["errors"].as_array()?.iter().find(|error| error["pointer"] == pointer)?;
    let (_, names) = error["detail"].as_str()?.split_once("there is ")?;
    Some(names.split(", ").filter(|name| *name != "none").map(str::to_owned).collect())
}

#[tokio::test]
async fn the_parameters_that_are_documented_are_those_that_are_taken() {
    let desk = prepared().await;
    let document = document(&desk).await;
    let mut asked = BTreeMap::new();
    for (method, path, _, _) in every_route().into_iter().filter(|(method, ..)| *method == "GET") {
        let path = address(path.split('?').next().unwrap());
        let (pattern, operation) = operation_of(&document, method, &path);
        asked.insert(pattern, (path, operation));
    }
    assert!(asked.len() > 20, "{asked:?}");
    for (pattern, (path, operation)) in asked {
        let answered = desk.get(&ROOT, &format!("{path}?no-such-parameter=1")).await;
        let taken = offered(&answered, "?no-such-parameter");
        let taken = taken.unwrap_or_else(|| panic!("{pattern} takes unknown parameters: {}", answered.text()));
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let documented = parameters.iter().filter(|parameter| parameter["in"] == "query");
        let documented = documented.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(taken, documented, "{pattern}");
    }
}

#[tokio::test]
async fn the_members_that_are_documented_are_those_that_are_taken() {
    let mut checked = 0;
    for (method, path, body, _) in every_route().into_iter().filter(|(_, _, body, _)| body.is_object()) {
        let desk = prepared().await;
        let document = document(&desk).await;
        let path = address(path);
        let (pattern, operation) = operation_of(&document, method, &path);
        let Some(schema) = operation["requestBody"]["content"].get("application/json") else { continue };
        let schema = resolved(&document, &schema["schema"]);
        assert_eq!(schema["additionalProperties"], false, "{method} {pattern}");
        let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        assert!(validator.is_valid(&body), "{method} {pattern}: {body}");

        let stranger = json!({ "no-such-member": 1 });
        assert!(!validator.is_valid(&stranger));
        let answered = desk.send(ROOT, json_request(method, &path, &stranger)).await;
        let taken = offered(&answered, "#/no-such-member");
        let taken = taken.unwrap_or_else(|| panic!("{method} {pattern} takes unknown members: {}", answered.text()));
        let documented = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(taken, documented, "{method} {pattern}");
        for member in documented {
            assert!(schema["properties"][&member]["description"].is_string(), "{method} {pattern}: what is {member}?");
        }
        checked += 1;
    }
    assert!(checked > 30, "only {checked}");
}

#[tokio::test]
async fn the_reference_and_the_problems_are_open_and_hold_nothing_of_the_site() {
    let desk = prepared().await;
    let mut pages = vec!["/help/api".to_owned(), "/help/problems".to_owned()];
    pages.extend(ProblemKind::ALL.iter().map(|kind| format!("/help/problems/{}", kind.facts().0)));
    for path in pages {
        let answered = desk.get(&Who::Nobody, &path).await;
        assert_eq!(answered.status.as_u16(), 200, "{path}");
        assert_eq!(answered.header("content-type"), "text/html; charset=utf-8");
        assert!(answered.header("content-security-policy").contains("default-src 'self'"));
        let page = answered.text();
        for outside in ["<script", "style=", "http://", "src=\"//"] {
            assert!(!page.contains(outside), "{path} has {outside}");
        }
        for of_the_site in ["Mary Own", "Roy Other", "r02-c01"] {
            assert!(!page.contains(of_the_site), "{path} tells {of_the_site}");
        }
    }
    let missing = desk.get(&Who::Nobody, "/help/problems/no-such-problem").await;
    assert_eq!(missing.status.as_u16(), 404);
}

#[tokio::test]
async fn a_refusal_leads_to_its_page() {
    let desk = Desk::open();
    let refused = desk.get(&Who::Nobody, "/api/v1/doors").await.json();
    let slug = refused["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let page = desk.get(&Who::Nobody, &format!("/help/problems/{slug}")).await.text();
    assert!(page.contains(refused["title"].as_str().unwrap()) && page.contains(refused["code"].as_str().unwrap()));
}
