//! On what terms a request is made, beside what it asks for: on which revision it rests (`If-Match`, RFC 9110 clause 13.1.1),
//! until when it may be carried out, whether it is only rehearsed (`?dry_run=true`). The terms go with the task that answers
//! the request and not through each handler, so that no handler can forget them: [`Terms::current`] is what `Api::submit`
//! goes by, and a command without terms is not given. Whether a revision is the one in force is the core's to say, in the
//! turn in which the command is carried out.
//!
//! Reads are here too: what was not changed is not sent again (`If-None-Match`, clause 13.1.2). A resource with a revision
//! of its own is tagged with that; any other answer with the digest of its bytes.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH,
};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use rackward_core::engine::preconditions::{Expected, Preconditions, Revision, Subject};
use rackward_core::engine::rehearsal::Rehearsal;
use rackward_core::{Answer, Caller, Query, Site};
use sha2::{Digest as _, Sha256};

use crate::api::Api;
use crate::names::Names;
use crate::refusal::Refusal;
use crate::rehearsal::{Foretold, Rehearsed};
use crate::trace;
use crate::waiting::Waiting;
use crate::wire::problem::ProblemKind;
use crate::writes::Trial;

/// How many revisions one request may rest on. One is usual; a list is for who has seen several.
const MAX_REVISIONS: usize = 16;

/// The query member that asks for a rehearsal.
pub(crate) const DRY_RUN: &str = "dry_run";

tokio::task_local! {
    static TERMS: Terms;
}

/// Whether a request is to have an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It is.
    CarryOut,
    /// Only what would come of it is wanted.
    Rehearse,
}

/// The terms of one request.
pub(crate) struct Terms {
    intent: Intent,
    /// How its route is tried.
    trial: Trial,
    /// What the first command rests on; a second one of the same request follows the first.
    expected: Cell<Expected>,
    /// The revision of what a read shows.
    shown: Cell<Option<Revision>>,
    /// What was rehearsed.
    rehearsed: RefCell<Option<Rehearsed>>,
    /// What would be there by it.
    foretold: RefCell<Arc<Foretold>>,
    /// What waits for a second operator.
    waiting: RefCell<Option<Waiting>>,
    /// What whoever asks is shown of names.
    names: Names,
}

/// What became of the terms of a request while it was answered.
#[derive(Default)]
pub(crate) struct Met {
    /// The revision that was shown.
    pub(crate) shown: Option<Revision>,
    /// What was rehearsed.
    pub(crate) rehearsed: Option<Rehearsed>,
    /// What waits for a second operator.
    pub(crate) waiting: Option<Waiting>,
}

impl Terms {
    /// Terms that ask for nothing special.
    pub(crate) fn plain() -> Self {
        Self::new(Intent::CarryOut, Trial::Never, Expected::Anything)
    }

    pub(crate) fn new(intent: Intent, trial: Trial, expected: Expected) -> Self {
        let (shown, rehearsed, waiting) = (Cell::new(None), RefCell::new(None), RefCell::new(None));
        let foretold = RefCell::default();
        let names = Names::none();
        Self { intent, trial, expected: Cell::new(expected), shown, rehearsed, foretold, waiting, names }
    }

    /// The same for somebody who is shown these names.
    pub(crate) fn naming(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// What whoever asks is shown of names; nothing outside of a request.
    pub(crate) fn names() -> Names {
        TERMS.try_with(|terms| terms.names.clone()).unwrap_or_else(|_| Names::none())
    }

    /// Runs what answers a request on these terms, and says what became of them.
    pub(crate) async fn govern<T>(self, answering: impl Future<Output = T>) -> (T, Met) {
        TERMS
            .scope(self, async {
                let answer = answering.await;
                let met = TERMS.with(|terms| Met {
                    shown: terms.shown.take(),
                    rehearsed: terms.rehearsed.take(),
                    waiting: terms.waiting.take(),
                });
                (answer, met)
            })
            .await
    }

    /// What the command about to be given rests on, and whether it is to have an effect.
    ///
    /// # Errors
    /// The request that it belongs to is not known, so neither are its terms: a defect.
    pub(crate) fn current() -> Result<(Intent, Preconditions), Refusal> {
        let here = TERMS.try_with(|terms| {
            let expected = terms.expected.replace(Expected::Anything);
            (terms.intent, Preconditions { expected, not_after: None })
        });
        here.map_err(|_| {
            Refusal::new(ProblemKind::Internal, "a command was given outside of a request; please report it")
        })
    }

    /// Keeps what a rehearsal came to, for whoever asked, and says whether the handler goes on as if it had been done.
    pub(crate) fn keep(rehearsal: &Rehearsal, site: &Site) -> bool {
        let goes_on = TERMS.try_with(|terms| {
            terms.rehearsed.borrow_mut().get_or_insert_default().add(rehearsal, site);
            Arc::make_mut(&mut terms.foretold.borrow_mut()).add(rehearsal);
            terms.trial == Trial::AsDone
        });
        // Outside of a request nobody asked.
        goes_on.unwrap_or(false)
    }

    /// Whether what is done now is only tried: what follows a command is then left out, where it would have an effect or
    /// rest on one.
    pub(crate) fn is_tried() -> bool {
        TERMS.try_with(|terms| terms.intent == Intent::Rehearse).unwrap_or(false)
    }

    /// What would be there by what was rehearsed, if anything would be otherwise than it is.
    pub(crate) fn foretold() -> Option<Arc<Foretold>> {
        let foretold = TERMS.try_with(|terms| Arc::clone(&terms.foretold.borrow()));
        foretold.ok().filter(|foretold| !foretold.is_empty())
    }

    /// Keeps what waits for a second operator, for whoever asked.
    pub(crate) fn wait(waiting: Waiting) {
        let _ = TERMS.try_with(|terms| terms.waiting.replace(Some(waiting)));
    }

    /// Where something waits for a second operator: whoever asked for it holds its secret already, which counts for nothing
    /// until then.
    pub(crate) fn wait_with_secret(secret: &str) {
        let _ = TERMS.try_with(|terms| {
            if let Some(waiting) = terms.waiting.borrow_mut().as_mut() {
                waiting.hold(secret.to_owned());
            }
        });
    }
}

/// Lets a request that needs no sign-in run on no special terms.
pub(crate) async fn plainly(request: Request, next: Next) -> Response {
    Terms::plain().govern(next.run(request)).await.0
}

/// Says which revision the answer of this request shows. To be called before the thing is read: a change in between then
/// costs its reader another look, and never anybody's change.
pub(crate) async fn tag(api: &Api, caller: Caller, subject: Subject) -> Result<(), Refusal> {
    if let Answer::Revision(Some(revision)) = api.ask(caller, Query::Revision(subject)).await? {
        // A page that shows the thing as a part of itself has no revision.
        let _ = TERMS.try_with(|terms| terms.shown.set(Some(revision)));
    }
    Ok(())
}

/// To be asked before a thing is read of which only a part is to be changed: where its sender rests on whatever there is, it
/// rests on what is there now, so that what comes of it undoes nobody's change in between (RFC 5789 clause 2: atomically).
pub(crate) async fn hold(api: &Api, caller: Caller, subject: Subject) -> Result<(), Refusal> {
    if let Answer::Revision(Some(revision)) = api.ask(caller, Query::Revision(subject)).await? {
        let _ = TERMS.try_with(|terms| match terms.expected.take() {
            Expected::Existing | Expected::Anything => terms.expected.set(Expected::OneOf([revision].into())),
            expected @ (Expected::Absent | Expected::OneOf(_)) => terms.expected.set(expected),
        });
    }
    Ok(())
}

/// To be asked before something is made where a change of what there is was possible as well: whoever wants to find it there
/// (`If-Match: *`) is refused, as RFC 9110 clause 13.1.1 asks.
pub(crate) fn made_new() -> Result<(), Refusal> {
    let wants_it_there = TERMS.try_with(|terms| {
        let expected = terms.expected.take();
        let wants_it_there = expected == Expected::Existing;
        terms.expected.set(expected);
        wants_it_there
    });
    if wants_it_there.unwrap_or(false) {
        let detail =
            "nothing is called so yet that could be changed; send If-None-Match: * to make it. Nothing was done";
        return Err(Refusal::new(ProblemKind::Stale, detail));
    }
    Ok(())
}

/// Answers a read: tagged, and without its body if the caller has it already.
pub(crate) async fn read(request: Request, next: Next) -> Response {
    let known = tags(request.headers(), &IF_NONE_MATCH);
    let names = request.extensions().get::<Names>().cloned().unwrap_or_else(Names::none);
    let (response, met) = Terms::plain().naming(names).govern(next.run(request)).await;
    let response = match met.shown {
        Some(revision) => tagged(response, &revision.to_string()),
        None => tagged_by_bytes(response).await,
    };
    let tag = response.headers().get(ETAG).map(|tag| tag.as_bytes().to_vec());
    let unchanged = tag.is_some_and(|tag| known.iter().any(|known| known == "*" || weakly(known).as_bytes() == tag));
    if unchanged && response.status() == StatusCode::OK { not_modified(response) } else { response }
}

/// A weak tag stands for the same thing as the strong one here (RFC 9110 clause 8.8.3.2, weak comparison).
fn weakly(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// The same response with a tag.
pub(crate) fn tagged(mut response: Response, tag: &str) -> Response {
    if response.status().is_success()
        && let Ok(value) = HeaderValue::try_from(format!("\"{tag}\""))
    {
        response.headers_mut().insert(ETAG, value);
    }
    response
}

/// What streams is not whole, and has no tag.
async fn tagged_by_bytes(response: Response) -> Response {
    if response.status() != StatusCode::OK || !trace::is_whole(response.body()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => {
            let digest = Sha256::digest(&bytes);
            let tag = HEXLOWER.encode(digest.get(..16).unwrap_or(&digest));
            tagged(Response::from_parts(parts, Body::from(bytes)), &tag)
        }
        Err(_) => Refusal::new(ProblemKind::Internal, "the answer could not be read again").into_response(),
    }
}

/// Whether a request says on what it rests: on a revision, or (`If-None-Match: *`) on there being nothing yet. Any other
/// `If-None-Match` is a question about what a cache holds and says nothing of a change.
pub(crate) fn is_said(headers: &HeaderMap) -> bool {
    headers.contains_key(IF_MATCH) || makes_new(headers)
}

fn makes_new(headers: &HeaderMap) -> bool {
    tags(headers, &IF_NONE_MATCH) == ["*"]
}

/// What a request rests on.
///
/// # Errors
/// `If-Match` is there and is no list of tags, or `If-None-Match` alone is another than `*`.
pub(crate) fn expected(headers: &HeaderMap) -> Result<Expected, Refusal> {
    if !headers.contains_key(IF_MATCH) {
        return match headers.contains_key(IF_NONE_MATCH) {
            false => Ok(Expected::Anything),
            true if makes_new(headers) => Ok(Expected::Absent),
            true => {
                let detail = "with a change, If-None-Match can only be *: that it makes something new. To change what you \
                              have seen, send its ETag in If-Match; nothing was done";
                Err(Refusal::new(ProblemKind::Malformed, detail))
            }
        };
    }
    let given = tags(headers, &IF_MATCH);
    if given == ["*"] {
        return Ok(Expected::Existing);
    }
    let unread = || {
        let detail = "If-Match must be the ETag of what you have seen, in its quotes, as GET gave it, and so must what stands \
                      in If-None-Match beside it";
        Refusal::new(ProblemKind::Malformed, detail)
    };
    if !are_tags(&given) || (headers.contains_key(IF_NONE_MATCH) && !are_tags_or_any(headers, &IF_NONE_MATCH)) {
        return Err(unread());
    }
    // A tag that none of ours can be stands for nothing that is in force, weak ones included (strong comparison).
    let known = given.iter().filter_map(|tag| Revision::parse(tag.strip_prefix('"')?.strip_suffix('"')?));
    Ok(Expected::OneOf(known.collect()))
}

fn are_tags(given: &[String]) -> bool {
    !given.is_empty() && given.len() <= MAX_REVISIONS && given.iter().all(|tag| is_quoted(tag))
}

fn are_tags_or_any(headers: &HeaderMap, field: &HeaderName) -> bool {
    let given = tags(headers, field);
    given == ["*"] || are_tags(&given)
}

fn is_quoted(tag: &str) -> bool {
    let inside = weakly(tag).strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    inside.is_some_and(|inside| !inside.contains('"'))
}

/// The tags in a field, as they are written. Commas inside of tags are none of ours.
fn tags(headers: &HeaderMap, field: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(field).iter().filter_map(|line| line.to_str().ok());
    let tags = lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty());
    tags.take(MAX_REVISIONS + 1).collect()
}

/// Whether a rehearsal is wanted, and the address without saying so, for handlers that know nothing of it.
///
/// # Errors
/// It says neither `true` nor `false`, or says it twice.
pub(crate) fn intent(uri: &Uri) -> Result<(Intent, Option<Uri>), Refusal> {
    let query = uri.query().unwrap_or_default();
    let (ours, others): (Vec<&str>, Vec<&str>) =
        query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| pair.split('=').next() == Some(DRY_RUN));
    let intent = match ours.as_slice() {
        [] => return Ok((Intent::CarryOut, None)),
        ["dry_run=true"] => Intent::Rehearse,
        ["dry_run=false"] => Intent::CarryOut,
        _ => {
            let detail = "dry_run must be true or false, once; nothing was done";
            return Err(Refusal::new(ProblemKind::Malformed, detail));
        }
    };
    let mut address = uri.path().to_owned();
    if !others.is_empty() {
        address = format!("{address}?{}", others.join("&"));
    }
    let shorter =
        Uri::try_from(address).map_err(|_| Refusal::new(ProblemKind::Malformed, "the address cannot be read"))?;
    Ok((intent, Some(shorter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_read_as_the_standard_writes_it() {
        let revision = Revision::parse("0123456789abcdef").unwrap();
        let check = |fields: &[&str], expect: Option<Expected>| {
            let headers: HeaderMap =
                fields.iter().map(|field| (IF_MATCH, HeaderValue::from_str(field).unwrap())).collect();
            assert_eq!(expected(&headers).ok(), expect, "{fields:?}");
        };
        check(&[], Some(Expected::Anything));
        check(&["*"], Some(Expected::Existing));
        check(&["\"0123456789abcdef\""], Some(Expected::OneOf([revision].into())));
        check(&["\"0123456789abcdef\" , \"x\""], Some(Expected::OneOf([revision].into())));
        check(&["\"x\"", "\"0123456789abcdef\""], Some(Expected::OneOf([revision].into())));
        check(&["W/\"0123456789abcdef\""], Some(Expected::OneOf([].into())));
        check(&["\"of another program\""], Some(Expected::OneOf([].into())));
        check(&["0123456789abcdef"], None);
        check(&["\"x\", *"], None);
        check(&["*, *"], None);
        check(&["\"x\" \"y\""], None);
        check(&["\""], None);
        check(&[""], None);
        check(&[&["\"x\""; 17].join(",")], None);
    }

    #[test]
    fn what_a_cache_holds_is_nothing_that_a_change_rests_on() {
        let check = |field: &str, says: bool, expect: Option<Expected>| {
            let headers: HeaderMap = [(IF_NONE_MATCH, HeaderValue::from_str(field).unwrap())].into_iter().collect();
            assert_eq!((is_said(&headers), expected(&headers).ok()), (says, expect), "{field}");
        };
        check("*", true, Some(Expected::Absent));
        check(" * ", true, Some(Expected::Absent));
        for other in ["\"x\"", "W/\"x\"", "\"x\", *", "*, \"x\"", "*, *", "x", ""] {
            check(other, false, None);
        }
        assert!(!is_said(&HeaderMap::new()));
    }

    #[test]
    fn a_rehearsal_is_asked_for_in_one_way() {
        let check = |address: &str, expect: Option<(Intent, &str)>| {
            let uri: Uri = address.parse().unwrap();
            let got = intent(&uri).ok().map(|(intent, shorter)| (intent, shorter.unwrap_or(uri).to_string()));
            assert_eq!(got, expect.map(|(intent, left)| (intent, left.to_owned())), "{address}");
        };
        check("/x", Some((Intent::CarryOut, "/x")));
        check("/x?a=b", Some((Intent::CarryOut, "/x?a=b")));
        check("/x?dry_run=true", Some((Intent::Rehearse, "/x")));
        check("/x?a=b&dry_run=true&c=%20", Some((Intent::Rehearse, "/x?a=b&c=%20")));
        check("/x?dry_run=false", Some((Intent::CarryOut, "/x")));
        for unclear in ["dry_run", "dry_run=", "dry_run=1", "dry_run=True", "dry_run=true&dry_run=true"] {
            check(&format!("/x?{unclear}"), None);
        }
    }
}
