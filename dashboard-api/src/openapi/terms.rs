//! What requests carry beside their address and body, and answers beside theirs, as the document tells it: keys, revisions,
//! rehearsals, allowances, where more is to be found. What a route wants of a request is asked of the same table that it is
//! answered by (`writes.rs`); what it says in its answers follows from the type that it answers with.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::operation::{Access, Operation};
use crate::writes::Manner;

/// A list of entity tags, none of them with a comma or a quote in it (RFC 9110 clause 8.8.3), as many as a request may have.
const TAGS: &str = r#"(W/)?"[ !#-+\--~]*"( *, *(W/)?"[ !#-+\--~]*"){0,15}"#;

/// One quoted string of a structured field (RFC 9651 clause 3.3.3), as long as a key may be.
const KEY: &str = r#"^"([ !#-\[\]-~]|\\["\\]){1,128}"$"#;

/// What the document calls a parameter that many routes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carried {
    Key,
    KeyIfWanted,
    Seen,
    SeenIfAny,
    Absent,
    Known,
    Trial,
    Patience,
}

impl Carried {
    const ALL: [Self; 8] = [
        Self::Key,
        Self::KeyIfWanted,
        Self::Seen,
        Self::SeenIfAny,
        Self::Absent,
        Self::Known,
        Self::Trial,
        Self::Patience,
    ];

    /// Its name among the components.
    const fn component(self) -> &'static str {
        match self {
            Self::Key => "idempotency-key",
            Self::KeyIfWanted => "idempotency-key-if-wanted",
            Self::Seen => "if-match",
            Self::SeenIfAny => "if-match-if-any",
            Self::Absent => "if-none-match",
            Self::Known => "if-none-match-of-a-read",
            Self::Trial => "dry-run",
            Self::Patience => "prefer",
        }
    }

    fn written(self) -> Value {
        const KEY_WORDS: &str = "A text of the caller's own choice, quoted, such as \"01K0X3V7C1M8Q2\": new for each change, \
                                 the same for each repetition, which is then answered and not carried out again";
        let header = |name: &str, required: bool, words: &str, schema: Value| json!({ "name": name, "in": "header", "required": required, "description": words, "schema": schema });
        let like = |pattern: String| json!({ "type": "string", "pattern": pattern });
        match self {
            Self::Key => header("Idempotency-Key", true, KEY_WORDS, like(KEY.to_owned())),
            Self::KeyIfWanted => header("Idempotency-Key", false, KEY_WORDS, like(KEY.to_owned())),
            Self::Seen => {
                let words = "The ETag of what was seen. What was changed since is refused (412)";
                header("If-Match", true, words, like(format!("^{TAGS}$")))
            }
            Self::SeenIfAny => {
                let words =
                    "The ETag of what was seen, or * for whatever there is. What was changed since is refused (412)";
                header("If-Match", false, words, like(format!(r"^(\*|{TAGS})$")))
            }
            Self::Absent => {
                let words = "*: only where there is nothing yet. Anything else says nothing of a change and is refused \
                             where no If-Match stands beside it";
                header("If-None-Match", false, words, like(format!(r"^(\*|{TAGS})$")))
            }
            Self::Known => {
                let words =
                    "The ETag of what the caller holds already. Where that is in force it is not sent again (304)";
                header("If-None-Match", false, words, json!({ "type": "string" }))
            }
            Self::Trial => json!({
                "name": "dry_run", "in": "query", "required": false,
                "description": "Whether the change is only tried: checked in every respect, and nothing comes of it",
                "schema": { "type": "boolean", "default": false },
            }),
            Self::Patience => {
                let words = "wait=10 waits so many seconds, ten at most, for devices to acknowledge (RFC 7240)";
                header("Prefer", false, words, json!({ "type": "string" }))
            }
        }
    }
}

/// What a request to this route carries beside its path, its query and its body.
pub(super) fn parameters(operation: &Operation) -> Vec<Value> {
    let refer = |carried: Carried| json!({ "$ref": format!("#/components/parameters/{}", carried.component()) });
    carried(operation).into_iter().map(refer).collect()
}

fn carried(operation: &Operation) -> Vec<Carried> {
    let manner = operation.manner();
    let key = manner.and_then(Manner::must_have_key).map(|must| if must { Carried::Key } else { Carried::KeyIfWanted });
    let seen = manner.and_then(Manner::must_be_exact).map(|must| if must { Carried::Seen } else { Carried::SeenIfAny });
    [
        key,
        seen,
        seen.map(|_| Carried::Absent),
        operation.is_tagged().then_some(Carried::Known),
        manner.is_some_and(Manner::can_be_tried).then_some(Carried::Trial),
        operation.is_patient.then_some(Carried::Patience),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The parameters that many routes have, for the document's components.
pub(super) fn parameter_components() -> Map<String, Value> {
    Carried::ALL.iter().map(|carried| (carried.component().to_owned(), carried.written())).collect()
}

/// A header of answers: its name, whether it is always there where it is told of, what it says, and how it is written.
struct Field {
    name: &'static str,
    always: bool,
    words: &'static str,
    pattern: &'static str,
}

const fn field(name: &'static str, words: &'static str, pattern: &'static str) -> Field {
    Field { name, always: false, words, pattern }
}

/// Every header of answers that is told of.
const FIELDS: [Field; 17] = [
    Field { always: true, ..field("ETag", "Which state of the thing this is", r#"^"[0-9a-f]+"$"#) },
    field("Location", "Where what was made is to be found, or how far this is, or what it waits for", "^/api/v1/"),
    field("Link", "The next page (rel=\"next\"), or the receipts of the change (rel=\"receipts\")", "^<[^>]+>; rel="),
    field("Idempotency-Replayed", "The answer is that of an earlier request under this key", "^true$"),
    field("Rackward-Dry-Run", "The change was only tried", "^true$"),
    field("Preference-Applied", "For how long receipts were waited for", "^wait=[0-9]+$"),
    field(
        "RateLimit-Policy",
        "How much may be asked: requests, and in how many seconds",
        r#"^"[a-z-]+";q=[0-9]+;w=[0-9]+$"#,
    ),
    field(
        "RateLimit",
        "How much of that is left, and in how many seconds it is whole",
        r#"^"[a-z-]+";r=[0-9]+;t=[0-9]+$"#,
    ),
    Field {
        always: true,
        ..field("Content-Digest", "The digest of the body (RFC 9530)", "^sha-256=:[A-Za-z0-9+/]+=*:$")
    },
    Field {
        always: true,
        ..field("Content-Disposition", "The name of the file", r#"^attachment; filename="[A-Za-z0-9.-]+"$"#)
    },
    Field { always: true, ..field("Trailer", "What follows the body: its digest (RFC 9530)", "^content-digest$") },
    field("traceparent", "The trace that the request belongs to", "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"),
    field("tracestate", "What the caller said of its trace, as it said it", "."),
    field("Set-Cookie", "The session", "^[A-Za-z_-]+="),
    field("Retry-After", "After how many seconds it is worth trying again", "^[0-9]+$"),
    Field { always: true, ..field("WWW-Authenticate", "How a program proves who it is", "^Bearer ") },
    field("Allow", "The methods that the route has", "."),
];

/// The headers of answers, for the document's components.
pub(super) fn header_components() -> Value {
    FIELDS.iter().map(|field| (field.name.to_owned(), header(field, field.always))).collect::<Map<_, _>>().into()
}

fn header(field: &Field, always: bool) -> Value {
    let schema = json!({ "type": "string", "pattern": field.pattern });
    json!({ "description": field.words, "required": always, "schema": schema })
}

fn refer<'a>(names: impl IntoIterator<Item = &'a str>) -> Value {
    let refer = |name: &str| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    names.into_iter().map(refer).collect::<Map<_, _>>().into()
}

/// The headers of what this route answers with `status`, when it did what was asked.
pub(super) fn headers(operation: &Operation, status: u16) -> Value {
    let mut names = BTreeSet::from(["traceparent", "tracestate"]);
    let manner = operation.manner();
    let is_read = matches!(status, 200 | 304);
    if operation.access == Access::SignedIn {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    let says = [
        (operation.is_tagged() && is_read, "ETag"),
        (operation.is_export && is_read, "Content-Digest"),
        (operation.is_file() && is_read, "Content-Disposition"),
        (operation.is_in_pieces && is_read, "Trailer"),
        (operation.has_link && status < 400, "Link"),
        ((operation.has_receipts || operation.may_wait()) && status == 202, "Location"),
        (operation.has_place && matches!(status, 201 | 202), "Location"),
        (operation.has_receipts && status < 300, "Preference-Applied"),
        (manner.is_some_and(Manner::can_be_tried) && status < 300, "Rackward-Dry-Run"),
        (manner.is_some_and(|manner| manner.must_have_key().is_some()), "Idempotency-Replayed"),
        (operation.has_cookie && status < 300, "Set-Cookie"),
        (status == 503, "Retry-After"),
    ];
    names.extend(says.into_iter().filter_map(|(is_said, name)| is_said.then_some(name)));
    let mut headers = refer(names);
    // What is only tried is in no state, so it is not always told.
    if operation.has_place && operation.access == Access::SignedIn && status == 201 {
        put(&mut headers, "ETag", false);
    }
    // A change that is answered with the thing as it is now tells its state as well.
    if !operation.is_safe() && operation.access == Access::SignedIn && status == 200 {
        put(&mut headers, "ETag", false);
    }
    headers
}

/// Writes one header down where it stands, because it is there more often or more seldom than elsewhere.
fn put(headers: &mut Value, name: &str, always: bool) {
    if let (Some(field), Some(headers)) = (FIELDS.iter().find(|field| field.name == name), headers.as_object_mut()) {
        headers.insert(field.name.to_owned(), header(field, always));
    }
}

/// The headers of a refusal with `status`, whatever refused.
pub(super) fn headers_of_refusal(status: u16) -> Value {
    let mut names = BTreeSet::from(["RateLimit", "RateLimit-Policy", "traceparent", "tracestate"]);
    if (400..500).contains(&status) {
        names.insert("Idempotency-Replayed");
    }
    names.extend(match status {
        401 => Some("WWW-Authenticate"),
        405 => Some("Allow"),
        503 => Some("Retry-After"),
        _ => None,
    });
    let mut headers = refer(names);
    // Whoever asks too much is always told when to come again; of what goes wrong otherwise it is not always known.
    if status == 429 {
        put(&mut headers, "Retry-After", true);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_tells_what_it_wants_of_a_request() {
        let check = |method, path, expect: &[Carried]| {
            let operation = Operation { path, ..Operation::new(method, "a::b", "") };
            assert_eq!(carried(&operation), expect, "{method} {path}");
        };
        use Carried::{Absent, Key, KeyIfWanted, Seen, SeenIfAny, Trial};
        check("get", "/api/v1/grants", &[]);
        check("post", "/api/v1/grants", &[Key, SeenIfAny, Absent, Trial]);
        check("put", "/api/v1/schedules/{name}", &[KeyIfWanted, SeenIfAny, Absent, Trial]);
        check("post", "/api/v1/alarms/{id}/acknowledge", &[Key, Seen, Absent, Trial]);
        check("put", "/api/v1/firmware", &[KeyIfWanted]);
        check("post", "/api/v1/buses/{bus}/trace", &[SeenIfAny, Absent, Trial]);
        check("post", "/api/v1/sessions/link", &[KeyIfWanted, SeenIfAny, Absent]);
        let open =
            Operation { path: "/api/v1/sessions", access: Access::Everybody, ..Operation::new("post", "a::b", "") };
        assert!(carried(&open).is_empty(), "nothing is looked at where nobody is signed in");
    }
}
