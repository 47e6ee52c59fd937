//! The same request twice has one effect (draft-ietf-httpapi-idempotency-key-header-07). A client that heard nothing sends
//! its request again under the same key: it is given the answer of the first time, is told that the first is still running,
//! or that a crash left the outcome unknown. Never is it carried out again. Answers are kept for a day by the daemon
//! ([`crate::Backend::begin_answer`]); which routes want a key is `writes.rs`'s.
//!
//! Vocabulary: a *fingerprint* says whether two requests are the same: of method, address, body and caller. Answers that
//! hold a secret (a code, a link, a token), or what is shown to nobody without a record of it, are not kept: a repetition
//! says so. What names somebody is left out of what is kept, and put back (`idempotency/personal.rs`). Which ones these are, the table of routes says (`Route::secret`).

mod personal;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LINK, LOCATION};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rackward_core::Wall;
use rackward_core::permission::Actor;
use sha2::{Digest as _, Sha256};

use crate::api::Api;
use crate::refusal::Refusal;
use crate::trace;
use crate::wire::at::At;
use crate::wire::names::actor_words;
use crate::wire::problem::{Problem, ProblemKind};

/// The key's field.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is that of an earlier time.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key, in characters: four times what a UUID has.
const MAX_KEY_CHARS: usize = 128;

/// The longest body that is kept, in bytes. A longer answer can be asked for again by other ways.
const MAX_KEPT_BYTES: usize = 256 << 10;

/// The longest refusal that is kept whole, in bytes: the usual one has a few hundred.
const MAX_KEPT_REFUSAL_BYTES: usize = 2_048;

/// How much is kept of what a longer one says, in characters.
const MAX_KEPT_DETAIL_CHARS: usize = 1_000;

/// How many requests with a key may be under way at once. More than there are connections is no use.
const MAX_RUNNING: usize = 512;

/// What an answer is kept under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey {
    /// Who asked: two callers may choose the same key.
    pub caller: String,
    /// The key that the caller chose.
    pub key: String,
}

/// Whether two requests under one key are the same: SHA-256 over method, address, body and caller. It is for a keyed hash
/// of the store: a body may be a PIN, which could be guessed from this.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl core::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

/// What is known of a key when a request comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: it is kept from now on that the request has begun.
    New,
    /// Another request came under it.
    OtherRequest,
    /// The same request was answered so.
    Answered(KeptAnswer),
    /// The same request began then and was never answered: a crash lies between.
    Unanswered(Wall),
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It was answered.
    Answered(KeptAnswer),
    /// Nothing was done, and the same request may succeed later: the key is free again.
    NotDone,
}

/// An answer as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its fields, of those that say something about the thing.
    pub fields: Vec<(String, String)>,
    /// Its body; `None` where it held a secret or was too long.
    pub body: Option<Vec<u8>>,
}

impl core::fmt::Debug for KeptAnswer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KeptAnswer({})", self.status)
    }
}

/// Whether an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// It may.
    Whole,
    /// It holds a secret, or what each look at is recorded.
    Secret,
}

/// The fields of an answer that are kept with it.
const KEPT_FIELDS: [HeaderName; 4] = [CONTENT_TYPE, LOCATION, ETAG, LINK];

/// The requests with a key that are under way.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<BTreeSet<RequestKey>>);

/// One request that is under way, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay<'a> {
    running: &'a Running,
    key: RequestKey,
}

impl Running {
    /// Takes note of a request.
    ///
    /// # Errors
    /// One under the same key is under way, or too many are.
    pub(crate) fn begin(&self, key: &RequestKey) -> Result<UnderWay<'_>, Refusal> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains(key) {
            let detail = "a request under this key is being carried out; ask again in a few seconds for its answer";
            return Err(Refusal::new(ProblemKind::KeyRunning, detail));
        }
        if running.len() >= MAX_RUNNING {
            return Err(Refusal::new(
                ProblemKind::Unavailable,
                "too many changes are under way; try again in a few seconds",
            ));
        }
        running.insert(key.clone());
        Ok(UnderWay { running: self, key: key.clone() })
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The key of a request; `None` where it has none.
///
/// # Errors
/// There are several, or one that is no quoted string (RFC 9651 clause 3.3.3) of 1 to 128 characters.
pub(crate) fn key(headers: &HeaderMap, caller: Actor) -> Result<Option<RequestKey>, Refusal> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let read = first.to_str().ok().and_then(unquoted).filter(|key| (1..=MAX_KEY_CHARS).contains(&key.len()));
    match (read, given.next()) {
        (Some(key), None) => Ok(Some(RequestKey { caller: actor_words(caller), key })),
        _ => {
            let detail = format!(
                "Idempotency-Key must be one quoted string of 1 to {MAX_KEY_CHARS} characters, such as \"01K0X3V7C1M8Q2\""
            );
            Err(Refusal::new(ProblemKind::Malformed, detail))
        }
    }
}

/// A request that needs a key and has none.
pub(crate) fn missing() -> Refusal {
    let detail = "send Idempotency-Key: \"...\" with a text of your own choice, new for each change and the same for each \
                  repetition; nothing was done";
    Refusal::new(ProblemKind::KeyMissing, detail)
}

fn unquoted(text: &str) -> Option<String> {
    let inside = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let mut key = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => key.push(characters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            '"' => return None,
            ' '..='~' => key.push(character),
            _ => return None,
        }
    }
    Some(key)
}

/// What says whether two requests are the same. Each part is preceded by its length, so that no two lists of parts are one
/// text.
pub(crate) fn fingerprint(method: &Method, uri: &Uri, body: &Bytes, caller: &str) -> Fingerprint {
    let address = uri.path_and_query().map_or_else(|| uri.path(), |address| address.as_str());
    let parts = [method.as_str().as_bytes(), address.as_bytes(), caller.as_bytes(), body];
    let hash = parts
        .iter()
        .fold(Sha256::new(), |hash, part| hash.chain_update((part.len() as u64).to_be_bytes()).chain_update(part));
    Fingerprint(hash.finalize().into())
}

/// What to say to a request under a key that is known; `None` where it is to be carried out.
pub(crate) fn known(api: &Api, begun: Begun) -> Option<Response> {
    match begun {
        Begun::New => None,
        Begun::OtherRequest => {
            let detail = "another request came under this key; choose a new key for each change. Nothing was done";
            Some(Refusal::new(ProblemKind::KeyReused, detail).into_response())
        }
        Begun::Unanswered(since) => {
            let detail = format!(
                "this request began at {} and was interrupted: whether it was done is not known. Look at the thing \
                 itself or at /api/v1/events, and use a new key if it was not",
                At(since)
            );
            Some(Refusal::new(ProblemKind::OutcomeUnknown, detail).into_response())
        }
        Begun::Answered(answer) => Some(replayed(api, answer)),
    }
}

fn replayed(api: &Api, answer: KeptAnswer) -> Response {
    let mut response = match answer.body {
        None => {
            let detail = "this was done already; its answer held a secret or was too long to be kept for so long. Look at \
                          the thing itself, or make a new one if you need it";
            Refusal::new(ProblemKind::AnswerNotKept, detail).into_response()
        }
        Some(body) => match serde_json::from_slice::<Problem>(&body).ok().filter(|_| answer.status >= 400) {
            Some(problem) => Refusal::from(problem).into_response(),
            None => whole(answer.status, &answer.fields, personal::with_names(api, body)),
        },
    };
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn whole(status: u16, fields: &[(String, String)], body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    response
}

/// What is to be kept of a response, and the response; nothing where its outcome is not known.
pub(crate) async fn settled(response: Response, keeping: Keeping) -> (Option<Settled>, Response) {
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        return (refused(refusal.problem()), response);
    }
    if response.status().is_server_error() {
        return (None, response);
    }
    let (parts, body) = response.into_parts();
    let (bytes, body) = match keeping {
        Keeping::Whole if trace::is_whole(&body) => match axum::body::to_bytes(body, usize::MAX).await {
            Ok(bytes) => (Some(bytes.clone()), Body::from(bytes)),
            Err(_) => (None, Body::empty()),
        },
        Keeping::Whole | Keeping::Secret => (None, body),
    };
    let fields = KEPT_FIELDS.iter().flat_map(|name| {
        let values = parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.map(|value| (name.as_str().to_owned(), value.to_owned()))
    });
    let kept = KeptAnswer {
        status: parts.status.as_u16(),
        fields: fields.collect(),
        body: bytes.filter(|bytes| bytes.len() <= MAX_KEPT_BYTES).map(|bytes| personal::without(bytes.to_vec())),
    };
    (Some(Settled::Answered(kept)), Response::from_parts(parts, body))
}

/// A refusal is kept like any answer, unless time or its caller may change it without another request. Of a long one it is
/// kept what was refused and why in words: whoever sends much nonsense has no more kept of it than that.
fn refused(problem: &Problem) -> Option<Settled> {
    let is = |kind: ProblemKind| problem.code == kind.facts().3;
    if is(ProblemKind::Internal) || is(ProblemKind::OutcomeUnknown) {
        return None;
    }
    let passes = [
        ProblemKind::Unavailable,
        ProblemKind::JournalUnwritable,
        ProblemKind::TooManyRequests,
        // Whoever asks may be let in, be given the right or prove themselves again, and then it is the same request.
        ProblemKind::SignInRequired,
        ProblemKind::Forbidden,
        ProblemKind::StepUpRequired,
        ProblemKind::SignInFailed,
        // On which revision a request rests is no part of its fingerprint: sent with a newer one it is the same request.
        ProblemKind::Stale,
    ];
    if passes.into_iter().any(is) {
        return Some(Settled::NotDone);
    }
    let problem = &personal::without_names(problem);
    let whole = serde_json::to_vec(problem).ok().filter(|whole| whole.len() <= MAX_KEPT_REFUSAL_BYTES);
    let body = whole.or_else(|| serde_json::to_vec(&short(problem)).ok());
    Some(Settled::Answered(KeptAnswer { status: problem.status, fields: Vec::new(), body }))
}

/// A problem without what it says of single parts of the request, which is as long as the request.
fn short(problem: &Problem) -> Problem {
    let cut = problem.detail.char_indices().nth(MAX_KEPT_DETAIL_CHARS).map(|(at, _)| at);
    Problem {
        detail: cut.map_or(problem.detail.as_str(), |at| problem.detail.split_at(at).0).to_owned(),
        errors: Vec::new(),
        candidates: Vec::new(),
        meanwhile: None,
        instance: None,
        trace_id: None,
        retry_after_s: None,
        policy: problem.policy.clone(),
        kind: problem.kind.clone(),
        title: problem.title.clone(),
        status: problem.status,
        code: problem.code.clone(),
        error: problem.error.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::problem::FieldProblem;

    #[test]
    fn of_a_refusal_little_is_kept() {
        let errors: Vec<_> = (0..5_000).map(|n| FieldProblem::of(&format!("member-{n}"), "\u{e9} is wrong")).collect();
        let problem = Problem { trace_id: Some("t".into()), ..Problem::invalid(errors) };
        let Some(Settled::Answered(kept)) = refused(&problem) else { panic!("it is kept") };
        let body = kept.body.unwrap();
        assert!(body.len() < 4_096, "{} bytes", body.len());
        let said: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!((said.status, said.code.as_str()), (422, "RW-V001"));
        assert!(problem.detail.starts_with(&said.detail) && !said.detail.is_empty());
        let small = Problem::invalid(vec![FieldProblem::of("name", "a name is wanted")]);
        let Some(Settled::Answered(kept)) = refused(&small) else { panic!("it is kept") };
        assert_eq!(serde_json::from_slice::<Problem>(&kept.body.unwrap()).unwrap(), small);
    }

    #[test]
    fn a_key_is_one_quoted_string() {
        let check = |fields: &[&str], expect: Option<Option<&str>>| {
            let headers: HeaderMap =
                fields.iter().map(|field| (IDEMPOTENCY_KEY, HeaderValue::from_str(field).unwrap())).collect();
            let got = key(&headers, Actor::LocalUser(0)).ok().map(|key| key.map(|key| key.key));
            assert_eq!(got, expect.map(|key| key.map(str::to_owned)), "{fields:?}");
        };
        check(&[], Some(None));
        check(&["\"01K0X3V7C1M8Q2\""], Some(Some("01K0X3V7C1M8Q2")));
        check(&["\"a\\\"b\\\\c d\""], Some(Some("a\"b\\c d")));
        check(&[&format!("\"{}\"", "k".repeat(128))], Some(Some(&"k".repeat(128))));
        check(&[&format!("\"{}\"", "k".repeat(129))], None);
        for wrong in [
            "01K0X3V7C1M8Q2",
            "\"\"",
            "\"",
            "",
            "\"a\"b\"",
            "\"a\\n\"",
            "\"a\\\"",
            "\"a\";x=1",
            "\"a\", \"b\"",
            "\"é\"",
        ] {
            check(&[wrong], None);
        }
        check(&["\"a\"", "\"b\""], None);
    }

    #[test]
    fn every_part_of_a_request_makes_another_fingerprint() {
        let of = |method: &str, uri: &str, body: &str, caller: &str| {
            fingerprint(&method.parse().unwrap(), &uri.parse().unwrap(), &Bytes::from(body.to_owned()), caller).0
        };
        let first = of("POST", "/a", "b", "c");
        assert_eq!(first, of("POST", "/a", "b", "c"));
        for other in [
            of("PUT", "/a", "b", "c"),
            of("POST", "/ab", "", "c"),
            of("POST", "/a?x=1", "b", "c"),
            of("POST", "/a", "bc", ""),
            of("POST", "/a", "b", "d"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn one_request_under_a_key_at_a_time() {
        let (running, key) = (Running::default(), RequestKey { caller: "c".into(), key: "k".into() });
        let first = running.begin(&key).unwrap();
        assert_eq!(running.begin(&key).unwrap_err().into_problem().status, 409);
        assert!(running.begin(&RequestKey { caller: "d".into(), key: "k".into() }).is_ok());
        drop(first);
        assert!(running.begin(&key).is_ok());
    }

    #[test]
    fn what_may_change_without_another_request_frees_the_key() {
        let check = |kind: ProblemKind, expect: &str| {
            let got = match refused(&Problem::new(kind, "x")) {
                None => "unknown",
                Some(Settled::NotDone) => "free",
                Some(Settled::Answered(_)) => "kept",
            };
            assert_eq!(got, expect, "{kind:?}");
        };
        check(ProblemKind::Invalid, "kept");
        check(ProblemKind::Conflict, "kept");
        check(ProblemKind::NotYetDurable, "kept");
        check(ProblemKind::Unavailable, "free");
        check(ProblemKind::JournalUnwritable, "free");
        check(ProblemKind::TooManyRequests, "free");
        check(ProblemKind::Forbidden, "free");
        check(ProblemKind::StepUpRequired, "free");
        check(ProblemKind::SignInFailed, "free");
        check(ProblemKind::Stale, "free");
        check(ProblemKind::Internal, "unknown");
    }
}
