//! What the document says of keys, revisions, rehearsals and the headers of answers, beside what the API does: every route is
//! asked in every way that the document knows, and in ways that it says are refused.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::http::{Request, StatusCode};
use rackward_core::permission::{OperatorRole, Permission};
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, new_key};
use crate::document::{complaints, document, media, operation_of, request, resolved};
use crate::routes::{address, every_route, prepared};

const ROOT: Who = Who::Socket(0);

/// Headers that say nothing of one route: what every answer of a server has, and what browsers are told.
const GENERAL: [&str; 11] = [
    "cache-control",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "vary",
    "x-content-type-options",
];

/// A way of asking: what is changed about the request, by field; without a value the field is left out.
type Way = Vec<(&'static str, Option<String>)>;

fn way(fields: &[(&'static str, Option<&str>)]) -> Way {
    fields.iter().map(|(name, value)| (*name, value.map(str::to_owned))).collect()
}

/// A request that is as it should be, but for the way it is asked.
async fn asked(desk: &Desk, (method, path, body): (&str, &str, &Value), way: &Way) -> Request<Body> {
    let mut request = request(method, path, body);
    let headers = request.headers_mut();
    if method != "GET" {
        let seen = match path.strip_prefix("/api/v1/alarms/") {
            Some(rest) => {
                let alarm = format!("/api/v1/alarms/{}", rest.split('/').next().unwrap());
                desk.get(&ROOT, &alarm).await.header("etag").to_owned()
            }
            None => "*".to_owned(),
        };
        let rests = method != "POST" || path.starts_with("/api/v1/alarms/");
        headers.remove("if-match");
        if rests && !seen.is_empty() {
            headers.insert("if-match", seen.parse().unwrap());
        }
        headers.insert("idempotency-key", new_key().parse().unwrap());
    }
    for (name, value) in way {
        match value {
            Some(value) => drop(headers.insert(*name, HeaderValue::from_str(value).unwrap())),
            None => drop(headers.remove(*name)),
        }
    }
    request
}

/// What is wrong with the headers of an answer, by the document.
fn wrong_headers(document: &Value, operation: &Value, status: StatusCode, headers: &HeaderMap) -> Vec<String> {
    let response = resolved(document, &operation["responses"][status.as_str()]);
    let told = response["headers"].as_object().cloned().unwrap_or_default();
    let named = |name: &HeaderName| told.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_str()));
    let mut wrong = Vec::new();
    for (name, value) in headers.iter().filter(|(name, _)| !GENERAL.contains(&name.as_str())) {
        let Some((_, header)) = named(name) else {
            wrong.push(format!("{status} has {name}, which is not documented"));
            continue;
        };
        let schema = &resolved(document, header)["schema"];
        let value = Value::from(value.to_str().unwrap());
        if !jsonschema::is_valid(schema, &value) {
            wrong.push(format!("{status} has {name}: {value}, documented is {schema}"));
        }
    }
    for (name, header) in &told {
        if resolved(document, header)["required"] == true && !headers.contains_key(name.as_str()) {
            wrong.push(format!("{status} has no {name}"));
        }
    }
    wrong
}

/// A caller's trace.
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Every way in which a route may be asked.
fn ways(method: &str) -> Vec<Way> {
    if method == "GET" {
        // What a caller says of its trace counts beside the trace alone (Trace Context, clause 3.3).
        let traced = [("traceparent", Some(TRACE)), ("tracestate", Some("vendor=1"))];
        return vec![way(&[]), way(&[("prefer", Some("wait=0"))]), way(&traced)];
    }
    vec![
        way(&[("idempotency-key", None)]),
        way(&[("idempotency-key", Some("k1"))]),
        way(&[("if-match", None)]),
        way(&[("if-match", Some("x"))]),
        way(&[("if-match", Some("\"0123456789abcdef\""))]),
        way(&[("if-none-match", Some("*")), ("if-match", None)]),
        way(&[("prefer", Some("wait=0"))]),
    ]
}

/// An answer, with what is wrong with it; of one that streams only the head is looked at.
async fn looked_at(desk: &Desk, document: &Value, who: &Who, request: Request<Body>) -> (Answered, Vec<String>) {
    let (method, path) = (request.method().as_str().to_owned(), request.uri().path().to_owned());
    let (pattern, operation) = operation_of(document, &method, &path);
    let response = desk.respond(who.clone(), request).await;
    let (status, media) = (response.status(), media(&response));
    let streams = ["text/event-stream", "application/x-ndjson"].contains(&media.as_str());
    let answered = if streams {
        Answered { status, headers: response.headers().clone(), body: Default::default() }
    } else {
        Answered::of(response).await
    };
    let mut wrong = wrong_headers(document, operation, status, &answered.headers);
    if status != StatusCode::NOT_MODIFIED {
        wrong.extend(complaints(document, operation, status.as_u16(), &media, &answered.body));
    }
    (answered, wrong.into_iter().map(|wrong| format!("{method} {pattern} as {who:?}: {wrong}")).collect())
}

#[tokio::test]
async fn every_answer_has_the_headers_that_are_documented_and_no_others() {
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (method, path, body, _) in every_route() {
        let desk = prepared().await;
        let document = document(&desk).await;
        let path = address(path);
        let admin = Who::Session(desk.sign_in(OperatorRole::Admin).await);
        let mut look = async |who: &Who, request: Request<Body>| {
            let (answered, found) = looked_at(&desk, &document, who, request).await;
            seen.extend(answered.headers.keys().map(|name| (name.to_string(), answered.status.as_u16())));
            wrong.extend(found);
            answered
        };
        for way in ways(method) {
            look(&ROOT, asked(&desk, (method, &path, &body), &way).await).await;
        }
        look(&Who::Nobody, asked(&desk, (method, &path, &body), &way(&[])).await).await;
        if method == "GET" {
            let tag =
                look(&admin, asked(&desk, (method, &path, &body), &way(&[])).await).await.header("etag").to_owned();
            if !tag.is_empty() {
                let known = way(&[("if-none-match", Some(&tag))]);
                let again = look(&admin, asked(&desk, (method, &path, &body), &known).await).await;
                // What says when it was asked for is never the same twice.
                assert!(matches!(again.status.as_u16(), 200 | 304), "{path}: {}", again.status);
            }
            continue;
        }
        let tried = format!("{path}?dry_run=true");
        look(&ROOT, asked(&desk, (method, &tried, &body), &way(&[])).await).await;
        let key = new_key();
        let keyed = way(&[("idempotency-key", Some(&key))]);
        look(&admin, asked(&desk, (method, &path, &body), &keyed).await).await;
        look(&admin, asked(&desk, (method, &path, &body), &keyed).await).await;
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    for (name, status) in [
        ("etag", 200),
        ("etag", 304),
        ("idempotency-replayed", 201),
        ("idempotency-replayed", 409),
        ("rackward-dry-run", 200),
        ("ratelimit", 200),
        ("ratelimit-policy", 403),
        ("content-digest", 200),
        ("link", 200),
        ("www-authenticate", 401),
        ("tracestate", 200),
    ] {
        assert!(seen.contains(&(name.to_owned(), status)), "no {status} with {name} was seen: {seen:?}");
    }
}

/// The parameters of an operation, by name and place.
fn parameter<'a>(document: &'a Value, operation: &'a Value, name: &str) -> Option<&'a Value> {
    let all = operation["parameters"].as_array().into_iter().flatten().map(|one| resolved(document, one));
    let mut named = all.filter(|one| one["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
    named.next()
}

#[tokio::test]
async fn what_a_request_must_carry_is_documented() {
    let mut counted = [0; 4];
    for (method, path, body, _) in every_route().into_iter().filter(|(method, ..)| *method != "GET") {
        let desk = prepared().await;
        let document = document(&desk).await;
        let path = address(path);
        let (pattern, operation) = operation_of(&document, method, &path);
        let code = async |path: &str, way: &[(&'static str, Option<&str>)]| {
            let response = desk.respond(ROOT, asked(&desk, (method, path, &body), &self::way(way)).await).await;
            // Where it is carried out it may stream.
            let refused = response.status().is_client_error();
            let told = if refused { Answered::of(response).await.json()["code"].clone() } else { Value::Null };
            told.as_str().unwrap_or_default().to_owned()
        };
        let told = |name: &str| parameter(&document, operation, name);
        let must = |name: &str| told(name).is_some_and(|one| one["required"] == true);

        let tried = format!("{path}?dry_run=true");
        let can_be_tried = told("dry_run").is_some();
        assert_eq!(code(&tried, &[]).await != "RW-I006", can_be_tried, "{method} {pattern}: trying it");
        let attempted = if can_be_tried { &tried } else { &path };
        let without_key = code(attempted, &[("idempotency-key", None)]).await;
        assert_eq!(without_key == "RW-I001", must("idempotency-key"), "{method} {pattern}: no key, {without_key}");
        let wrong_key = code(&path, &[("idempotency-key", Some("k1"))]).await;
        assert_eq!(wrong_key == "RW-H005", told("idempotency-key").is_some(), "{method} {pattern}: {wrong_key}");
        let wrong_tag = code(&path, &[("if-match", Some("x"))]).await;
        assert_eq!(wrong_tag == "RW-H005", told("if-match").is_some(), "{method} {pattern}: {wrong_tag}");
        let unsaid = code(&tried, &[("if-match", None)]).await;
        let may_be_428 = operation["responses"].get("428").is_some();
        assert!(can_be_tried || !may_be_428, "{method} {pattern} rests on something and cannot be tried");
        assert_eq!(unsaid == "RW-C003", may_be_428, "{method} {pattern}: no If-Match, {unsaid}");
        let any = code(&tried, &[("if-match", Some("*"))]).await;
        assert_eq!(any == "RW-C003", must("if-match"), "{method} {pattern}: any state, {any}");
        for (place, is_so) in
            [can_be_tried, must("idempotency-key"), must("if-match"), may_be_428].into_iter().enumerate()
        {
            counted[place] += usize::from(is_so);
        }
    }
    assert!(counted.iter().all(|count| *count > 8), "{counted:?}");
}

/// What a change answers when it is tried is what it answers when it is made.
#[tokio::test]
async fn what_is_tried_answers_as_it_would_be_done() {
    let mut compared = 0;
    for (method, path, body, _) in every_route().into_iter().filter(|(method, ..)| *method != "GET") {
        let desk = prepared().await;
        let path = address(path);
        let tried_path = format!("{path}?dry_run=true");
        let tried = desk.send(ROOT, asked(&desk, (method, &tried_path, &body), &way(&[])).await).await;
        let done = desk.respond(ROOT, asked(&desk, (method, &path, &body), &way(&[])).await).await;
        if media(&done) == "application/x-ndjson" || !tried.status.is_success() {
            continue;
        }
        let done = Answered::of(done).await;
        let (mut foretold, mut told) = (tried.json(), done.json());
        let would = foretold.as_object_mut().unwrap().remove("would");
        assert!(would.is_some_and(|would| would.is_array()), "{method} {path}: {}", tried.text());
        let unreached = foretold.as_object_mut().unwrap().remove("unreached");
        assert!(unreached.is_some_and(|unreached| unreached.is_array()), "{method} {path}: {}", tried.text());
        if foretold == json!({}) && told != json!({}) {
            // It was left at its command.
            continue;
        }
        // How far its receipts are is known of what was done only.
        if let Some(told) = told.as_object_mut() {
            told.remove("delivered");
        }
        assert_eq!(foretold, told, "{method} {path}");
        if done.status != StatusCode::ACCEPTED {
            assert_eq!(tried.status, done.status, "{method} {path}");
        }
        compared += 1;
    }
    assert!(compared > 45, "only {compared}");
}

/// A token can be made for what the routes say that tokens are taken for, and for nothing else.
#[tokio::test]
async fn the_document_says_where_a_token_is_taken() {
    let desk = prepared().await;
    let document = document(&desk).await;
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|methods| methods.as_object().unwrap().values());
    let takes_tokens =
        |operation: &Value| operation["security"].as_array().unwrap().iter().any(|one| one.get("token").is_some());
    for operation in operations {
        let Some(word) = operation["x-rackward-permission"].as_str() else { continue };
        assert!(Permission::from_word(word).is_some(), "{word}");
        let wanted = json!({
            "owner": "m.rossi", "permissions": [word], "to_at": "2026-07-24T16:00:00Z", "reason": "x",
        });
        let made = desk.post(&ROOT, "/api/v1/tokens?dry_run=true", wanted).await;
        assert_eq!(made.status.is_success(), takes_tokens(operation), "{word}: {}", made.text());
    }
}
