//! Bodies of requests: JSON by name and by content, or a merge patch, iCalendar or bytes where a route says so, no larger than one needs,
//! with known members of the right shape. All that is wrong is said at once, and never by repeating what was sent: it may
//! be a card number or a PIN.

mod once;
mod patch;
mod punctual;

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use rackward_core::Wall;
use rackward_core::site::schedule::icalendar::ICAL_BYTES;
use serde_json::{Map, Value};

use crate::api::Api;
use crate::plan::PLAN_MAX_BYTES;
use crate::refusal::Refusal;
use crate::wire::at::{At, parse_span};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Body, Member, Presence, Shape};
pub(crate) use patch::{MERGE_PATCH, Patch};
pub(crate) use punctual::{BODY_TIME, in_time};

/// The largest body in bytes. The longest that are any use are an access profile of ten thousand policies and a text of
/// iCalendar; a larger one only makes the daemon hold more for somebody who sends nonsense.
pub(crate) const MAX_BODY_BYTES: usize = ICAL_BYTES;

/// The largest firmware image in bytes: many times that of any reader's or lock's flash.
pub(crate) const MAX_FIRMWARE_BYTES: usize = 16 << 20;

/// The largest set of changes in bytes: ten thousand of them, each a line or two.
pub(crate) const MAX_CHANGES_BYTES: usize = 8 << 20;

/// The body of a request, read.
pub(crate) struct Read<T>(pub(crate) T);

impl<T: Body> FromRequest<Api> for Read<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        let is_json = is_of_type(request.headers(), "application/json");
        let bytes = Bytes::from_request(request, api).await.map_err(|rejection| unread(rejection.status()))?;
        let members = match (bytes.is_empty(), is_json) {
            // A route whose members are all optional may be asked with no body at all.
            (true, _) => Map::new(),
            (false, true) => parse(&bytes)?,
            (false, false) => {
                let detail = "send the body with Content-Type: application/json";
                return Err(Refusal::new(ProblemKind::UnsupportedMediaType, detail));
            }
        };
        of_members(members, api.backend.now().wall).map(Self)
    }
}

/// A body of these members, or all that is wrong with them.
pub(crate) fn of_members<T: Body>(members: Map<String, Value>, now: Wall) -> Result<T, Refusal> {
    check(&members, T::MEMBERS)?;
    let members = with_ends(members, T::MEMBERS, now);
    let misread = |_| Refusal::new(ProblemKind::Malformed, "the body does not have the shape that this route asks for");
    serde_json::from_value(Value::Object(members)).map_err(misread)
}

/// A body of iCalendar, as text.
pub(crate) struct Ical(pub(crate) String);

impl FromRequest<Api> for Ical {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        if !is_of_type(request.headers(), "text/calendar") {
            let detail = "send iCalendar with Content-Type: text/calendar";
            return Err(Refusal::new(ProblemKind::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, api).await.map_err(|rejection| unread(rejection.status()))?;
        let no_text = |_| Refusal::new(ProblemKind::Malformed, "the body is not text in UTF-8");
        String::from_utf8(bytes.into()).map(Self).map_err(no_text)
    }
}

/// A firmware image, as bytes.
pub(crate) struct FirmwareBytes(pub(crate) Vec<u8>);

impl FromRequest<Api> for FirmwareBytes {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        if !is_of_type(request.headers(), "application/octet-stream") {
            let detail = "send the image with Content-Type: application/octet-stream";
            return Err(Refusal::new(ProblemKind::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, api).await;
        bytes.map(|bytes| Self(bytes.into())).map_err(|rejection| unread_of(rejection.status(), MAX_FIRMWARE_BYTES))
    }
}

/// A drawing, as bytes.
pub(crate) struct SvgBytes(pub(crate) Vec<u8>);

impl FromRequest<Api> for SvgBytes {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        if !is_of_type(request.headers(), "image/svg+xml") {
            let detail = "send the plan with Content-Type: image/svg+xml";
            return Err(Refusal::new(ProblemKind::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, api).await;
        bytes.map(|bytes| Self(bytes.into())).map_err(|rejection| unread_of(rejection.status(), PLAN_MAX_BYTES))
    }
}

/// Why a body was not read.
pub(crate) fn unread(status: StatusCode) -> Refusal {
    unread_of(status, MAX_BODY_BYTES)
}

fn unread_of(status: StatusCode, most_bytes: usize) -> Refusal {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::new(ProblemKind::BodyTooLarge, format!("a body has at most {most_bytes} bytes"))
        }
        _ => {
            let seconds = BODY_TIME.as_secs();
            let detail = format!("the body ended too early, or took longer than {seconds} s; nothing was done");
            Refusal::new(ProblemKind::Malformed, detail)
        }
    }
}

fn is_of_type(headers: &HeaderMap, expected: &str) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(expected)
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match once::read(bytes) {
        Ok((Value::Object(members), twice)) if twice.is_empty() => Ok(members),
        Ok((Value::Object(_), twice)) => {
            let detail = |pointer: &str| format!("{pointer} stands there twice; say once what you mean");
            let errors = twice.into_iter().map(|pointer| FieldProblem { detail: detail(&pointer), pointer });
            Err(Refusal::invalid(errors.collect()))
        }
        Ok(_) => Err(Refusal::new(ProblemKind::Malformed, "the body must be one JSON object")),
        Err(error) => {
            let detail = format!("the body is not JSON: line {} column {}", error.line(), error.column());
            Err(Refusal::new(ProblemKind::Malformed, detail))
        }
    }
}

/// The same with moments where it said how long: counted from `now`, in which it is read.
fn with_ends(mut given: Map<String, Value>, known: &[Member], now: Wall) -> Map<String, Value> {
    for member in known.iter().filter(|member| member.shape == Shape::End) {
        if let Some(value) = given.get_mut(member.name)
            && let Some(span) = value.as_str().and_then(parse_span)
        {
            *value = At(now.after(span)).to_string().into();
        }
    }
    given
}

/// Finds every member that is unknown, missing or of the wrong shape.
fn check(given: &Map<String, Value>, known: &[Member]) -> Result<(), Refusal> {
    let errors = problems("", given, known);
    if errors.is_empty() { Ok(()) } else { Err(Refusal::invalid(errors)) }
}

/// Everything wrong with the members of the object at `at`. Bodies nest one list deep, as their declarations do.
fn problems(at: &str, given: &Map<String, Value>, known: &[Member]) -> Vec<FieldProblem> {
    let mut errors = Vec::new();
    // In the order of their names: in which order a map keeps them is not ours to say.
    for name in given.keys().collect::<BTreeSet<_>>() {
        if !known.iter().any(|member| member.name == name) {
            errors.push(FieldProblem { pointer: format!("{at}/{}", pointer(name)), detail: unknown(known) });
        }
    }
    for member in known {
        let here = format!("{at}/{}", member.name);
        match (given.get(member.name), member.presence) {
            (None | Some(Value::Null), Presence::Optional) => {}
            (None | Some(Value::Null), Presence::Required) => {
                errors.push(FieldProblem { pointer: here, detail: format!("{} is missing", member.name) });
            }
            (Some(value), _) => match (misshapen(&here, member, value), member.shape) {
                (Some(wrong), _) => errors.push(wrong),
                (None, Shape::List(members)) => errors.extend(inside(&here, members, value)),
                (
                    None,
                    Shape::Text
                    | Shape::Time
                    | Shape::End
                    | Shape::Count
                    | Shape::Number
                    | Shape::Numbers
                    | Shape::Flag
                    | Shape::Texts
                    | Shape::Objects,
                ) => {}
            },
        }
    }
    errors
}

fn misshapen(at: &str, member: &Member, value: &Value) -> Option<FieldProblem> {
    let (fits, expected) = match member.shape {
        Shape::Text => (value.is_string(), "a text"),
        Shape::Time => (
            value.as_str().is_some_and(|text| At::parse(text).is_some()),
            "a time as RFC 3339 with an offset, such as 2026-07-24T14:03:22Z",
        ),
        Shape::End => (
            value.as_str().is_some_and(|text| At::parse(text).is_some() || parse_span(text).is_some()),
            "a time as RFC 3339 with an offset, such as 2026-07-24T14:03:22Z, or how long from now, such as PT4H",
        ),
        Shape::Count => {
            (value.as_u64().is_some_and(|count| u16::try_from(count).is_ok()), "a whole number from 0 to 65535")
        }
        Shape::Number => (is_number(value), "a whole number from 0 to 4294967295"),
        Shape::Numbers => (
            value.as_array().is_some_and(|items| items.iter().all(is_number)),
            "a list of whole numbers from 0 to 4294967295",
        ),
        Shape::Flag => (value.is_boolean(), "true or false"),
        Shape::Texts => (value.as_array().is_some_and(|items| items.iter().all(Value::is_string)), "a list of texts"),
        Shape::List(_) | Shape::Objects => {
            (value.as_array().is_some_and(|items| items.iter().all(Value::is_object)), "a list of objects")
        }
    };
    let wrong = || FieldProblem { pointer: at.to_owned(), detail: format!("{} must be {expected}", member.name) };
    (!fits).then(wrong)
}

fn is_number(value: &Value) -> bool {
    value.as_u64().is_some_and(|number| u32::try_from(number).is_ok())
}

/// Everything wrong inside the objects of a list.
fn inside(at: &str, members: &[Member], value: &Value) -> Vec<FieldProblem> {
    let objects = value.as_array().into_iter().flatten().enumerate();
    let objects = objects.filter_map(|(place, item)| Some((place, item.as_object()?)));
    objects.flat_map(|(place, item)| problems(&format!("{at}/{place}"), item, members)).collect()
}

fn unknown(known: &[Member]) -> String {
    let names: Vec<&str> = known.iter().map(|member| member.name).collect();
    format!(
        "no member is called so here; there is {}",
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    )
}

/// A member's name as a part of a JSON pointer (RFC 6901 clause 3), cut so that a long one does not come back whole.
fn pointer(name: &str) -> String {
    const SHOWN_CHARS: usize = 64;
    let shown: String = name.chars().take(SHOWN_CHARS).collect();
    shown.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::request::{CreateGrant, CreatePerson, CreateSchedule};

    #[test]
    fn everything_wrong_with_a_body_is_said_at_once() {
        let check = |members: &[Member], json: &str, expect: &[&str]| {
            let given = parse(json.as_bytes()).unwrap();
            let got: Vec<String> = match check(&given, members) {
                Ok(()) => Vec::new(),
                Err(refusal) => refusal.into_problem().errors.into_iter().map(|error| error.pointer).collect(),
            };
            assert_eq!(got, expect, "{json}");
        };
        check(CreatePerson::MEMBERS, r#"{"name":"A"}"#, &[]);
        check(CreatePerson::MEMBERS, r#"{"name":"A","pin":null}"#, &[]);
        check(CreatePerson::MEMBERS, r#"{"nam":"A","a/b":1}"#, &["/a~1b", "/nam", "/name"]);
        check(CreatePerson::MEMBERS, r#"{"name":"A","pin":1234}"#, &["/pin"]);
        let grant = r#"{"person":"p-1","doors":["a",2],"to_at":"tomorrow","reason":null}"#;
        check(CreateGrant::MEMBERS, grant, &["/doors", "/to_at", "/reason"]);
        let grant = r#"{"person":"p-1","to_at":"2026-07-24T14:03:22Z","reason":"x","uses":70000,"escort":"yes"}"#;
        check(CreateGrant::MEMBERS, grant, &["/uses", "/escort"]);
        let schedule = r#"{"name":"A","special":[{"calendar":1,"windows":[]},{"windows":"x","until":2}]}"#;
        check(
            CreateSchedule::MEMBERS,
            schedule,
            &["/special/0/calendar", "/special/1/until", "/special/1/calendar", "/special/1/windows"],
        );
        check(CreateSchedule::MEMBERS, r#"{"name":"A","special":[3]}"#, &["/special"]);
    }

    #[test]
    fn how_long_something_lasts_counts_from_when_it_is_read() {
        let given = parse(br#"{"person":"p-1","from_at":"PT1H","to_at":"PT4H","reason":"PT4H"}"#).unwrap();
        let wrong: Vec<String> =
            problems("", &given, CreateGrant::MEMBERS).into_iter().map(|one| one.pointer).collect();
        assert_eq!(wrong, ["/from_at"], "only ends are counted");
        let ended = with_ends(given, CreateGrant::MEMBERS, Wall::from_seconds(1_784_898_202));
        assert_eq!((&ended["to_at"], &ended["reason"]), (&"2026-07-24T17:03:22.000Z".into(), &"PT4H".into()));
    }

    #[test]
    fn what_was_sent_is_not_repeated() {
        let given = parse(br#"{"name":"A","pin":271828}"#).unwrap();
        let problem = check(&given, CreatePerson::MEMBERS).unwrap_err();
        assert!(!format!("{problem:?}").contains("271828"));
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_by_name() {
        let problem = parse(br#"{"name":"A","pin":"1234","name":"B"}"#).unwrap_err().into_problem();
        let pointers: Vec<&str> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!((problem.status, pointers), (422, vec!["/name"]));
    }

    #[test]
    fn what_is_not_one_json_object_is_malformed() {
        for text in ["", "[]", "1", "{", "{\"a\":}", "{} {}", "\u{feff}{}"] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().into_problem().status, 400, "{text}");
        }
    }
}
