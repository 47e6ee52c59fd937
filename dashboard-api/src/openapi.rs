//! The API's own document (OpenAPI 3.1.1), written from the table that the router is made from (`openapi/table.rs`) and
//! the types its handlers take and give. Nothing in it is of the site, so it is the same for everybody and written once.

pub(crate) mod members;
pub(crate) mod operation;
mod schema;
pub(crate) mod table;
mod terms;
mod webhooks;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use self::operation::{Access, Content, HeaderParameter, Operation, RequestBody};
pub(crate) use self::schema::{Components, Wire};
use self::table::Table;
use crate::api;
use crate::params::{Holds, Parameter};
use crate::query::MAX_FILTER_CHARS;
use crate::rehearsal;
use crate::waiting::Waits;
use crate::wire::problem::{Problem, ProblemKind};
use crate::wire::request::Presence;

/// The version of the specification that the document follows.
const OPENAPI_VERSION: &str = "3.1.1";

/// How JSON is served: RFC 8259 clause 8.1 has no charset to say.
const JSON: &str = "application/json";

/// How a refusal is served (RFC 9457 clause 3).
const PROBLEM_JSON: &str = "application/problem+json";

/// `GET /api/v1/openapi.json`
pub(crate) async fn show() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| document(&api::table()).to_string());
    ([(CONTENT_TYPE, JSON)], TEXT.as_str()).into_response()
}

/// The whole document.
pub(crate) fn document(table: &Table) -> Value {
    let mut components = Components::default();
    let mut paths: Map<String, Value> = Map::new();
    for routes in &table.0 {
        for operation in routes.operations() {
            let written = operation_json(operation, routes.subject, &mut components);
            if let Some(methods) = paths.entry(operation.path).or_insert_with(|| json!({})).as_object_mut() {
                methods.insert(operation.method.to_owned(), written);
            }
        }
    }
    let responses = problem_responses(&mut components);
    components.put(webhooks::schema_component());
    let webhooks = webhooks::document();
    let tags: Vec<Value> =
        table.0.iter().map(|routes| json!({ "name": routes.subject, "description": routes.words })).collect();
    json!({
        "openapi": OPENAPI_VERSION,
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": info(),
        "servers": [{ "url": "/", "description": "The daemon that served this document" }],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "securitySchemes": security_schemes(),
            "parameters": parameter_components(),
            "headers": terms::header_components(),
            "responses": responses,
            "schemas": components.into_json(),
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Rackward",
        "summary": "Access control for a data centre",
        "description": "Requests with members or parameters that are not known are refused; of answers, members and words \
                        that are not known must be ignored, because they may grow. Times are RFC 3339 with an offset, \
                        places are paths, and every refusal is problem details of RFC 9457. A request takes part in the trace that \
                        its traceparent names. Whoever may use the daemon's socket on its own machine needs no session and no \
                        token there.",
        "version": env!("CARGO_PKG_VERSION"),
        "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
    })
}

fn security_schemes() -> Value {
    json!({
        "session": {
            "type": "apiKey", "in": "cookie", "name": crate::signin::COOKIE_NAME,
            "description": "The session of a browser that has signed in, over plain HTTP on the machine itself",
        },
        "session_over_tls": {
            "type": "apiKey", "in": "cookie", "name": crate::signin::SECURE_COOKIE_NAME,
            "description": "The session of a browser that has signed in",
        },
        "token": { "type": "http", "scheme": "bearer", "description": "A token that an operator made for a program" },
    })
}

fn operation_json(operation: &Operation, subject: &str, components: &mut Components) -> Value {
    let mut written = json!({
        "operationId": operation.id,
        "tags": [subject],
        "summary": operation.summary,
        "responses": responses(operation, components),
    });
    if let Some(members) = written.as_object_mut() {
        let parameters = parameters(operation);
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = operation.body {
            members.insert("requestBody".to_owned(), request_body(body, components));
        }
        members.insert("security".to_owned(), security(operation));
        if let Some(permission) = operation.permission {
            members.insert("x-rackward-permission".to_owned(), permission.word().into());
        }
        if !operation.or.is_empty() {
            let words: Vec<&str> = operation.or.iter().map(|permission| permission.word()).collect();
            members.insert("x-rackward-permission-or".to_owned(), words.into());
        }
    }
    written
}

/// The ways in which a caller may show who they are, any one of them.
fn security(operation: &Operation) -> Value {
    let sessions = || vec![json!({ "session": [] }), json!({ "session_over_tls": [] })];
    match (operation.access, operation.takes_tokens()) {
        (Access::SignedIn, true) => [sessions(), vec![json!({ "token": [] })]].concat().into(),
        (Access::SignedIn, false) => sessions().into(),
        (Access::Everybody, _) => json!([]),
    }
}

fn request_body(body: RequestBody, components: &mut Components) -> Value {
    json!({ "required": body.required, "content": { body.media: { "schema": (body.schema)(components) } } })
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path_parameters().map(|name| in_path(operation.path, name));
    let own = operation.query.iter().map(in_query).chain(operation.headers.iter().map(in_header));
    in_path.chain(own).chain(terms::parameters(operation)).collect()
}

fn in_path(path: &str, name: &str) -> Value {
    let example = example(path);
    json!({
        "name": name,
        "in": "path",
        "required": true,
        "description": format!("Such as {example}"),
        // An empty part of a path is another path.
        "schema": { "type": "string", "minLength": 1 },
        "example": example,
    })
}

/// What a name in a path may be, by what comes before it.
fn example(path: &str) -> &'static str {
    let before = path.split('/').take_while(|part| !part.starts_with('{')).last();
    match before.unwrap_or_default() {
        "people" => "p-1",
        "credentials" => "cred-1",
        "grants" => "g-1",
        "agreements" => "agr-1",
        "alarms" => "alm-1",
        "areas" => "area-1",
        "doors" => "door-1",
        "devices" => "main-entrance-lock",
        "buses" => "yard",
        "schedules" => "Nights",
        "calendars" => "Holidays",
        "profiles" => "Own",
        "proposals" => "prp-1",
        "operators" => "opr-1",
        "tokens" => "tok-1",
        "passkeys" => "0",
        "operations" => "op-1",
        _ => "1",
    }
}

fn in_query(parameter: &Parameter) -> Value {
    let schema = match parameter.holds {
        Holds::Text => json!({ "type": "string" }),
        Holds::Time => json!({ "type": "string", "format": "date-time" }),
        Holds::Seq => json!({ "type": "integer", "minimum": 0 }),
        Holds::Count { most } => json!({ "type": "integer", "minimum": 1, "maximum": most }),
        Holds::OneOf(words) => json!({ "type": "string", "enum": words }),
        Holds::Filter(_) => json!({ "type": "string", "maxLength": MAX_FILTER_CHARS }),
        Holds::Sort(sorts) => {
            json!({ "type": "string", "enum": sorts.iter().map(|sort| sort.word).collect::<Vec<_>>() })
        }
    };
    let words = match parameter.holds {
        Holds::Filter(resource) => format!("{}. Fields: {}", parameter.words, resource.told()),
        Holds::Text | Holds::Time | Holds::Seq | Holds::Count { .. } | Holds::OneOf(_) | Holds::Sort(_) => {
            parameter.words.to_owned()
        }
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.presence == Presence::Required,
        "description": words,
        "schema": schema,
    })
}

fn in_header(header: &HeaderParameter) -> Value {
    json!({
        "name": header.name,
        "in": "header",
        "required": header.required,
        "description": header.words,
        "schema": { "type": "string" },
    })
}

fn responses(operation: &Operation, components: &mut Components) -> Value {
    let mut responses = Map::new();
    let mut statuses = operation.statuses.clone();
    statuses.extend(operation.is_tagged().then_some(304));
    statuses.extend(operation.may_wait().then_some(202));
    // What is left at its command when it is only tried says so with 200, whatever it says when it is carried out.
    statuses.extend(operation.is_left_when_tried().then_some(200));
    for status in statuses {
        let headers = terms::headers(operation, status);
        let mut answer = json!({ "description": said(operation, status), "headers": headers });
        // An answer of 304 repeats nothing (RFC 9110 clause 15.4.5), one of 204 has nothing.
        if let (Some(answer), false) = (answer.as_object_mut(), matches!(status, 204 | 304)) {
            answer.insert("content".to_owned(), content(operation, status, components).into());
        }
        responses.insert(status.to_string(), answer);
    }
    for status in operation.refused_with() {
        let told = responses.get_mut(&status.to_string()).and_then(|told| told["content"].as_object_mut());
        if let Some(content) = told {
            content.insert(PROBLEM_JSON.to_owned(), json!({ "schema": <Problem as Wire>::schema(components) }));
        } else {
            let reference = format!("#/components/responses/problem-{status}");
            responses.insert(status.to_string(), json!({ "$ref": reference }));
        }
    }
    responses.into()
}

/// What an answer with `status` holds when it did what was asked, by media type.
fn content(operation: &Operation, status: u16, components: &mut Components) -> Map<String, Value> {
    let mut told: Vec<Value> = Vec::new();
    let mut content = Map::new();
    // What waits for a second operator is told by 202, whatever the route says otherwise.
    let is_own = operation.statuses.contains(&status);
    match operation.content {
        Content::Json(schema) if is_own => told.push(schema(components)),
        Content::Other(media) if is_own => {
            content.insert(media.to_owned(), json!({ "schema": { "type": "string" } }));
        }
        Content::Nothing | Content::Json(_) | Content::Other(_) => {}
    }
    if status == 202 && operation.may_wait() {
        told.push(<Waits as Wire>::schema(components));
    }
    if operation.is_told_as_done_when_tried() && status < 300 {
        let with = |schema: Value| rehearsal::with_what_would_be(schema, components);
        told = told.into_iter().map(with).collect();
    }
    if operation.is_left_when_tried() && status == 200 {
        told.push(<rehearsal::Rehearsed as Wire>::schema(components));
    }
    let schema = match <[Value; 1]>::try_from(told) {
        Ok([only]) => Some(only),
        Err(none) if none.is_empty() => None,
        Err(several) => Some(json!({ "anyOf": several })),
    };
    content.extend(schema.map(|schema| (JSON.to_owned(), json!({ "schema": schema }))));
    content
}

fn said(operation: &Operation, status: u16) -> &'static str {
    match status {
        202 if !operation.statuses.contains(&202) => "It waits for a second operator; nothing was done",
        201 => "It was made",
        202 => "It was accepted, and is not over yet",
        204 => "Done; there is nothing to say",
        304 => "As it was",
        _ => "Done",
    }
}

/// One answer for each status that a kind of problem has.
fn problem_responses(components: &mut Components) -> Value {
    let statuses: BTreeSet<u16> = ProblemKind::ALL.iter().map(|kind| kind.facts().2).collect();
    let schema = <Problem as Wire>::schema(components);
    let response = |status: u16| {
        let kinds = ProblemKind::ALL.iter().map(|kind| kind.facts()).filter(|(_, _, of, _)| *of == status);
        let told: Vec<String> =
            kinds.map(|(slug, title, _, code)| format!("- [{code}](/help/problems/{slug}) {title}")).collect();
        let content = json!({ PROBLEM_JSON: { "schema": schema } });
        let headers = terms::headers_of_refusal(status);
        let written = json!({ "description": told.join("\n"), "headers": headers, "content": content });
        (format!("problem-{status}"), written)
    };
    statuses.into_iter().map(response).chain(webhooks::response_components()).collect::<Map<_, _>>().into()
}

/// The parameters that stand in several places.
fn parameter_components() -> Value {
    terms::parameter_components().into_iter().chain(webhooks::parameter_components()).collect::<Map<_, _>>().into()
}
