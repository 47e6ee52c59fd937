//! Pages of long lists (`api.md` D.4): where the next page begins is told in a text that nobody but the daemon can make, so
//! that it need not be understood, and always means what it meant. What lists there are, and how they are searched and
//! ordered, is `lists.rs`; events are `api/events.rs`.
//!
//! Vocabulary: a *cursor* here is the text in `next_cursor`; what it is *bound* to is the list, its parameters and the reach
//! of whoever asked.

use axum::Json;
use axum::http::Uri;
use axum::http::header::{HeaderValue, LINK};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rackward_core::Wall;
use rackward_core::engine::command::Scope;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::openapi::Wire;
use crate::openapi::members::Known;
use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};

/// How much of the HMAC goes into a cursor; 128 bits are beyond guessing.
const TAG_BYTES: usize = 16;

/// The longest cursor: longer ones are none of ours.
const MAX_CURSOR_CHARS: usize = 1_000;

/// How long a cursor is good, in seconds: whoever walks a list does so within a day, and one that is found later in some
/// log leads nowhere.
const CURSOR_LIFE_S: i64 = 24 * 3_600;

/// How many items a page has when nobody says.
pub(crate) const DEFAULT_PAGE_ITEMS: u16 = 100;

/// The largest page.
pub(crate) const MAX_PAGE_ITEMS: u16 = 1_000;

/// How a route declares how long a page is.
pub(crate) const LIMIT: Parameter =
    Parameter::optional("limit", Holds::Count { most: MAX_PAGE_ITEMS as u32 }, "How many at most; 100 if left out");

/// How a route declares where a page begins.
pub(crate) const CURSOR: Parameter =
    Parameter::optional("cursor", Holds::Text, "Where the page begins: next_cursor of the page before, good for a day");

/// How a route declares which members are wanted.
pub(crate) const FIELDS: Parameter =
    Parameter::optional("fields", Holds::Text, "Only these members of each item, joined by commas");

/// How long a page is.
pub(crate) fn limit_of(params: &Params) -> Result<u16, Refusal> {
    let limit = params.count("limit", u32::from(MAX_PAGE_ITEMS))?;
    Ok(limit.and_then(|limit| u16::try_from(limit).ok()).unwrap_or(DEFAULT_PAGE_ITEMS))
}

/// What cursors of one request are bound to, and when they are made or read.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    parts: Vec<String>,
    now: Wall,
}

impl Bound {
    /// The list at the path of `uri`, asked for with those of `params` that say what is in it and in which order, by somebody
    /// whose rights reach `scope`.
    pub(crate) fn to(uri: &Uri, scope: Scope, params: &Params, known: &[Parameter], now: Wall) -> Self {
        let reach = match scope {
            Scope::Site => "site".to_owned(),
            Scope::Organisation(own) => own.to_string(),
        };
        let mut parts = vec![uri.path().to_owned(), reach];
        // How much of each item, and how many, may be asked for otherwise on every page.
        let paging = [LIMIT.name, CURSOR.name, FIELDS.name];
        for parameter in known.iter().filter(|parameter| !paging.contains(&parameter.name)) {
            // What was left out is not the same as what was given and empty.
            let text = params.text(parameter.name).map_or_else(String::new, |text| format!("={text}"));
            parts.extend([parameter.name.to_owned(), text]);
        }
        Self { parts, now }
    }
}

/// The key that cursors are signed under. It signs nothing else.
#[derive(Clone)]
pub struct PagingKey([u8; 32]);

impl core::fmt::Debug for PagingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PagingKey(redacted)")
    }
}

impl PagingKey {
    /// The key with these bytes, which nobody can guess.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A cursor that stands for `place` in what it is bound to.
    pub(crate) fn seal(&self, bound: &Bound, place: &impl Serialize) -> String {
        let made_s = bound.now.as_micros().div_euclid(1_000_000);
        let mut text = serde_json::to_vec(&(made_s, place)).unwrap_or_default();
        text.extend(self.tag(bound, &text));
        BASE64URL_NOPAD.encode(&text)
    }

    /// The place that a cursor stands for.
    pub(crate) fn open<T: DeserializeOwned>(&self, bound: &Bound, cursor: &str) -> Result<T, Refusal> {
        let foreign = || {
            refused("is not one of this list with these parameters; leave it out to begin at the first page".to_owned())
        };
        let bytes = if cursor.len() > MAX_CURSOR_CHARS { None } else { BASE64URL_NOPAD.decode(cursor.as_bytes()).ok() };
        let bytes = bytes.ok_or_else(foreign)?;
        let (text, tag) = bytes.len().checked_sub(TAG_BYTES).map(|at| bytes.split_at(at)).ok_or_else(foreign)?;
        self.mac(bound, text).verify_truncated_left(tag).map_err(|_| foreign())?;
        let (made_s, place): (i64, T) = serde_json::from_slice(text).map_err(|_| foreign())?;
        let age_s = bound.now.as_micros().div_euclid(1_000_000).saturating_sub(made_s);
        if age_s > CURSOR_LIFE_S {
            return Err(refused("is older than a day; leave it out to begin at the first page".to_owned()));
        }
        Ok(place)
    }

    fn tag(&self, bound: &Bound, text: &[u8]) -> Vec<u8> {
        self.mac(bound, text).finalize().into_bytes().into_iter().take(TAG_BYTES).collect()
    }

    fn mac(&self, bound: &Bound, text: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a shorter key with zeros to the block's length (RFC 2104 clause 2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256>>::new((&block).into());
        for part in bound.parts.iter().map(String::as_bytes).chain([text]) {
            // The length keeps two parts from being read as two others.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

fn refused(detail: String) -> Refusal {
    let errors = vec![FieldProblem { pointer: "?cursor".to_owned(), detail: detail.clone() }];
    Problem { errors, ..Problem::new(ProblemKind::Malformed, format!("?cursor {detail}")) }.into()
}

/// Which members of each item are wanted.
#[derive(Debug, Clone)]
pub(crate) enum Members {
    /// All of them.
    All,
    /// These, each a path of member names.
    These(Vec<Vec<String>>),
}

impl Members {
    /// The most members that can be listed.
    const MOST: usize = 50;

    /// Reads `fields=id,data.sentence`: members that items of this kind can have.
    pub(crate) fn of<T: Wire>(params: &Params) -> Result<Self, Refusal> {
        let Some(text) = params.text(FIELDS.name) else { return Ok(Self::All) };
        let paths: Vec<Vec<String>> =
            text.split(',').map(|path| path.trim().split('.').map(str::to_owned).collect()).collect();
        if paths.len() > Self::MOST {
            return Err(params.refused(FIELDS.name, format!("lists at most {} members", Self::MOST)));
        }
        let known = Known::members_of::<T>();
        let wrong = paths.iter().filter_map(|path| {
            let there = known.without(path)?;
            let there: Vec<&str> = there.iter().map(String::as_str).collect();
            Some(format!("no member is called \"{}\"; there is {}", path.join("."), there.join(", ")))
        });
        let wrong: Vec<String> = wrong.collect();
        if wrong.is_empty() { Ok(Self::These(paths)) } else { Err(params.refused(FIELDS.name, wrong.join("; "))) }
    }

    fn pick(&self, item: Value) -> Value {
        let Self::These(paths) = self else { return item };
        let mut picked = Value::Object(Map::new());
        for path in paths {
            copy(&item, path, &mut picked);
        }
        picked
    }
}

/// Copies one member, with what lies around it.
fn copy(from: &Value, path: &[String], to: &mut Value) {
    let (Some((name, rest)), Value::Object(to)) = (path.split_first(), to) else { return };
    let Some(member) = from.get(name) else { return };
    let nothing = || Value::Object(Map::new());
    match member {
        Value::Object(_) if !rest.is_empty() => copy(member, rest, to.entry(name).or_insert_with(nothing)),
        Value::Array(each) if !rest.is_empty() => {
            let slots = to.entry(name).or_insert_with(|| Value::Array(each.iter().map(|_| nothing()).collect()));
            let slots = slots.as_array_mut().into_iter().flatten();
            each.iter().zip(slots).for_each(|(one, slot)| copy(one, rest, slot));
        }
        _ => drop(to.insert(name.clone(), member.clone())),
    }
}

/// An answer that is one page of a list.
#[derive(Debug)]
pub(crate) struct Paged<L> {
    list: L,
    next: Option<String>,
    members: Members,
}

impl<L: Serialize> Paged<L> {
    /// A page of the list at `uri`, with the cursor of the next one.
    pub(crate) fn new(list: L, next_cursor: Option<&str>, uri: &Uri, members: Members) -> Self {
        Self { list, next: next_cursor.map(|cursor| next_address(uri, cursor)), members }
    }
}

/// The address of the next page: the same parameters, and the cursor (RFC 8288 clause 3; it is relative to the host).
fn next_address(uri: &Uri, cursor: &str) -> String {
    let kept = uri.query().unwrap_or_default().split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && name != "cursor"
    });
    let mut address = format!("{}?", uri.path());
    kept.for_each(|pair| address.extend([pair, "&"]));
    address + "cursor=" + cursor
}

impl<L: Serialize> IntoResponse for Paged<L> {
    fn into_response(self) -> Response {
        let mut response = match self.members {
            Members::All => Json(self.list).into_response(),
            Members::These(_) => {
                let mut list = serde_json::to_value(self.list).unwrap_or_default();
                if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
                    items.iter_mut().for_each(|item| *item = self.members.pick(item.take()));
                }
                Json(list).into_response()
            }
        };
        let link = self.next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
        response.headers_mut().extend(link.map(|link| (LINK, link)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::id::OrganisationId;
    use serde_json::json;

    use crate::wire::event::CloudEvent;

    const KEY: PagingKey = PagingKey::new([7; 32]);

    const KNOWN: [Parameter; 5] = [
        Parameter::optional("filter", Holds::Text, ""),
        Parameter::optional("sort", Holds::Text, ""),
        LIMIT,
        CURSOR,
        FIELDS,
    ];

    fn bound(address: &str, scope: Scope, at_s: i64) -> Bound {
        let uri: Uri = address.parse().unwrap();
        let params = Params::declared(&uri, &KNOWN).unwrap();
        Bound::to(&uri, scope, &params, &KNOWN, Wall::from_seconds(at_s))
    }

    #[test]
    fn a_cursor_opens_for_the_list_it_was_given_for_and_for_a_day() {
        let made = bound("/events?filter=type:x&sort=-at", Scope::Site, 1_000);
        let cursor = KEY.seal(&made, &(17_u64, "p"));
        let check = |key: &PagingKey, bound: &Bound, cursor: &str, expect: Option<u64>| {
            let got = key.open::<(u64, String)>(bound, cursor).ok().map(|(seq, _)| seq);
            assert_eq!(got, expect, "{bound:?} {cursor}");
        };
        let asked = |address: &str| bound(address, Scope::Site, 1_000);
        check(&KEY, &made, &cursor, Some(17));
        // How long pages are and what is shown of each item may change on the way.
        check(&KEY, &asked("/events?sort=-at&filter=type:x&limit=3&fields=id&cursor=x"), &cursor, Some(17));
        check(&KEY, &asked("/people?filter=type:x&sort=-at"), &cursor, None);
        check(&KEY, &asked("/events?filter=type:x-&sort=at"), &cursor, None);
        check(&KEY, &asked("/events?filter=type:x"), &cursor, None);
        check(&KEY, &asked("/events?filter=type:x&sort="), &KEY.seal(&asked("/events?filter=type:x"), &(1, "")), None);
        let of = |scope, at_s| bound("/events?filter=type:x&sort=-at", scope, at_s);
        check(&KEY, &of(Scope::Organisation(OrganisationId::new(2)), 1_000), &cursor, None);
        check(&KEY, &of(Scope::Site, 1_000 + CURSOR_LIFE_S), &cursor, Some(17));
        check(&KEY, &of(Scope::Site, 1_001 + CURSOR_LIFE_S), &cursor, None);
        // A clock that was set back makes nothing of ours foreign.
        check(&KEY, &of(Scope::Site, -5), &cursor, Some(17));
        check(&PagingKey::new([8; 32]), &made, &cursor, None);
        for place in 0..cursor.len() {
            let mut changed = cursor.clone();
            changed.replace_range(place..=place, if cursor[place..].starts_with('A') { "B" } else { "A" });
            check(&KEY, &made, &changed, None);
        }
        for wrong in ["", "17", "ä", &cursor[4..], &"A".repeat(2_000)] {
            check(&KEY, &made, wrong, None);
        }
    }

    #[test]
    fn wanted_members_are_copied_and_no_others() {
        let of = |fields: &str| {
            let uri: Uri = format!("/x?fields={}", fields.replace('\u{202e}', "%E2%80%AE")).parse().unwrap();
            Members::of::<CloudEvent>(&Params::declared(&uri, &KNOWN).unwrap())
        };
        let item = json!({ "id": "7", "time": "now", "data": { "sentence": "It opened", "door": "gate" } });
        let picked = of("id,data.sentence,data.none").unwrap().pick(item);
        assert_eq!(picked, json!({ "id": "7", "data": { "sentence": "It opened" } }));
        let item = json!({ "data": { "doors": [{ "a": 1, "b": 2, "c": 3 }, { "b": 4 }], "none": null } });
        let picked = of("data.doors.a,data.doors.b,data.none.more").unwrap().pick(item);
        assert_eq!(picked, json!({ "data": { "doors": [{ "a": 1, "b": 2 }, { "b": 4 }], "none": null } }));
        for wrong in ["", "id,,time", "Id", "a.b.", "id\u{202e}", "id.more"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        let problem = of("id,colour").unwrap_err().into_problem();
        assert_eq!(problem.errors[0].pointer, "?fields");
        let detail = &problem.errors[0].detail;
        assert!(detail.contains("\"colour\"; there is data, ") && detail.contains("subject, time, type"), "{detail}");
    }

    #[test]
    fn the_next_page_is_asked_for_with_the_same_parameters() {
        let check = |asked: &str, expect: &str| assert_eq!(next_address(&asked.parse().unwrap(), "abc"), expect);
        check("/api/v1/events", "/api/v1/events?cursor=abc");
        check("/api/v1/events?filter=a%20b&cursor=old&limit=5", "/api/v1/events?filter=a%20b&limit=5&cursor=abc");
    }
}
