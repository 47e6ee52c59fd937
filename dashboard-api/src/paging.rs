//! Pages of long lists (`api.md` D.4): where the next page begins is told in a text that nobody but the daemon can make, so
//! that it need not be understood, and always means what it meant. What a list is ordered and searched by is its route's.
//!
//! Vocabulary: a *cursor* here is the text in `next_cursor`; it belongs to the list and the parameters it was given for.

use axum::Json;
use axum::http::Uri;
use axum::http::header::{HeaderValue, LINK};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};

/// How much of the HMAC goes into a cursor; 128 bits are beyond guessing.
const TAG_BYTES: usize = 16;

/// The longest cursor: longer ones are none of ours.
const MAX_CURSOR_CHARS: usize = 1_000;

/// How a route declares where a page begins.
pub(crate) const CURSOR: Parameter =
    Parameter::optional("cursor", Holds::Text, "Where the page begins: next_cursor of the page before");

/// How a route declares which members are wanted.
pub(crate) const FIELDS: Parameter =
    Parameter::optional("fields", Holds::Text, "Only these members of each item, such as id,data.sentence");

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

    /// A cursor that stands for `place` in the list that `list` and `asked` name.
    pub(crate) fn seal(&self, list: &str, asked: &[&str], place: &impl Serialize) -> String {
        let mut text = serde_json::to_vec(place).unwrap_or_default();
        text.extend(self.tag(list, asked, &text));
        BASE64URL_NOPAD.encode(&text)
    }

    /// The place that a cursor stands for.
    pub(crate) fn open<T: DeserializeOwned>(&self, list: &str, asked: &[&str], cursor: &str) -> Result<T, Refusal> {
        let refused = || {
            let detail = "is not one of this list with these parameters; leave it out to begin at the first page";
            let errors = vec![FieldProblem { pointer: "?cursor".to_owned(), detail: detail.to_owned() }];
            Problem { errors, ..Problem::new(ProblemKind::Malformed, format!("?cursor {detail}")) }
        };
        let bytes = if cursor.len() > MAX_CURSOR_CHARS { None } else { BASE64URL_NOPAD.decode(cursor.as_bytes()).ok() };
        let bytes = bytes.ok_or_else(refused)?;
        let (place, tag) = bytes.len().checked_sub(TAG_BYTES).map(|at| bytes.split_at(at)).ok_or_else(refused)?;
        self.mac(list, asked, place).verify_truncated_left(tag).map_err(|_| refused())?;
        serde_json::from_slice(place).map_err(|_| refused().into())
    }

    fn tag(&self, list: &str, asked: &[&str], place: &[u8]) -> Vec<u8> {
        self.mac(list, asked, place).finalize().into_bytes().into_iter().take(TAG_BYTES).collect()
    }

    fn mac(&self, list: &str, asked: &[&str], place: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a shorter key with zeros to the block's length (RFC 2104 clause 2).
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut mac = <Hmac<Sha256>>::new((&block).into());
        for part in core::iter::once(list).chain(asked.iter().copied()).map(str::as_bytes).chain([place]) {
            // The length keeps two parts from being read as two others.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
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

    /// Reads `fields=id,data.sentence`.
    pub(crate) fn of(params: &Params) -> Result<Self, Refusal> {
        let Some(text) = params.text("fields") else { return Ok(Self::All) };
        let paths: Vec<Vec<String>> =
            text.split(',').map(|path| path.trim().split('.').map(str::to_owned).collect()).collect();
        let plain =
            |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if paths.len() > Self::MOST || !paths.iter().flatten().all(plain) {
            let detail = "?fields must be member names joined by commas, such as id,data.sentence";
            return Err(Refusal::new(ProblemKind::Malformed, detail));
        }
        Ok(Self::These(paths))
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
    if rest.is_empty() {
        to.insert(name.clone(), member.clone());
    } else {
        copy(member, rest, to.entry(name).or_insert_with(|| Value::Object(Map::new())));
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
    use serde_json::json;

    const KEY: PagingKey = PagingKey::new([7; 32]);

    #[test]
    fn a_cursor_opens_for_the_list_it_was_given_for() {
        let cursor = KEY.seal("events", &["type:x", "-at"], &(17_u64, "p"));
        let open = |key: &PagingKey, list: &str, asked: &[&str], cursor: &str| {
            key.open::<(u64, String)>(list, asked, cursor).ok().map(|(seq, _)| seq)
        };
        assert_eq!(open(&KEY, "events", &["type:x", "-at"], &cursor), Some(17));
        assert_eq!(open(&KEY, "people", &["type:x", "-at"], &cursor), None);
        assert_eq!(open(&KEY, "events", &["type:x-", "at"], &cursor), None);
        assert_eq!(open(&PagingKey::new([8; 32]), "events", &["type:x", "-at"], &cursor), None);
        let mut last_changed = cursor.clone();
        last_changed.replace_range(0..1, if cursor.starts_with('A') { "B" } else { "A" });
        assert_eq!(open(&KEY, "events", &["type:x", "-at"], &last_changed), None);
        for wrong in ["", "17", "ä", &cursor[4..], &"A".repeat(2_000)] {
            assert_eq!(open(&KEY, "events", &["type:x", "-at"], wrong), None, "{wrong}");
        }
    }

    #[test]
    fn wanted_members_are_copied_and_no_others() {
        let uri: Uri = "/x?fields=id,data.sentence,data.none".parse().unwrap();
        let members = Members::of(&Params::of(&uri, &["fields"]).unwrap()).unwrap();
        let item = json!({ "id": "7", "time": "now", "data": { "sentence": "It opened", "door": "gate" } });
        assert_eq!(members.pick(item), json!({ "id": "7", "data": { "sentence": "It opened" } }));
        for wrong in ["", "id,,time", "Id", "a.b.", "id\u{202e}"] {
            let uri: Uri = format!("/x?fields={}", wrong.replace('\u{202e}', "%E2%80%AE")).parse().unwrap();
            assert!(Members::of(&Params::of(&uri, &["fields"]).unwrap()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_with_the_same_parameters() {
        let check = |asked: &str, expect: &str| assert_eq!(next_address(&asked.parse().unwrap(), "abc"), expect);
        check("/api/v1/events", "/api/v1/events?cursor=abc");
        check("/api/v1/events?filter=a%20b&cursor=old&limit=5", "/api/v1/events?filter=a%20b&limit=5&cursor=abc");
    }
}
