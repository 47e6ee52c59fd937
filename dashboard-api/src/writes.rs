//! What every request meets between sign-in and its handler, so that no handler can forget it: a change that must rest on a
//! revision does (428 where it does not say on which), one that must not happen twice has a key, one that is only rehearsed
//! has no effect, one that waits for a second operator is answered as such. Which route wants what is one table. The parts
//! are `preconditions.rs`, `idempotency.rs`, `rehearsal.rs`, `waiting.rs`; whether a change is allowed is the core's to say.

use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rackward_core::engine::preconditions::Expected;
use tracing::Instrument as _;

use crate::api::Api;
use crate::body;
use crate::idempotency::{self, Fingerprint, Keeping, RequestKey};
use crate::names::Names;
use crate::preconditions::{self, DRY_RUN, Intent, Met, Terms};
use crate::refusal::Refusal;
use crate::signin::SignedIn;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};

/// What a write wants of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Whether it must rest on a revision.
    match_need: Need,
    /// Whether it must have a key.
    key_need: Need,
    trial: Trial,
}

impl Manner {
    /// Whether there must be a key; `None` where it is not looked at.
    pub(crate) const fn must_have_key(self) -> Option<bool> {
        match self.key_need {
            Need::Exact | Need::Required => Some(true),
            Need::Optional => Some(false),
            Need::Ignored => None,
        }
    }

    /// Whether it must be said which revision was seen; `None` where it is not looked at.
    pub(crate) const fn must_be_exact(self) -> Option<bool> {
        match self.match_need {
            Need::Exact => Some(true),
            Need::Required | Need::Optional => Some(false),
            Need::Ignored => None,
        }
    }

    /// Whether it must be said on what the change rests: on what was seen, or on there being nothing yet.
    pub(crate) const fn must_rest(self) -> bool {
        matches!(self.match_need, Need::Required | Need::Exact)
    }

    /// How it is tried.
    pub(crate) const fn trial(self) -> Trial {
        self.trial
    }

    /// Whether it can be tried at all.
    pub(crate) const fn can_be_tried(self) -> bool {
        !matches!(self.trial, Trial::Never)
    }
}

/// A route whose writes are watched over.
#[derive(Clone)]
pub(crate) struct Guarded {
    pub(crate) api: Api,
    /// Whether its answers may be kept.
    pub(crate) keeping: Keeping,
}

/// Whether something must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// And it is a revision: that the thing is there is not enough.
    Exact,
    Required,
    Optional,
    /// It is not looked at: the answer goes on for as long as the caller reads, or the route has a safeguard of its own.
    Ignored,
}

/// How a route can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It answers as if it had been done: its effect is its commands.
    AsDone,
    /// It is left at its command, and says what would be recorded: more belongs to it that cannot be foretold.
    Left,
    /// It cannot.
    Never,
}

/// The usual change: a command that the engine carries out.
const CHANGE: Manner = Manner { match_need: Need::Optional, key_need: Need::Required, trial: Trial::AsDone };

/// A change to which more belongs than what the engine does.
const LEFT: Manner = Manner { trial: Trial::Left, ..CHANGE };

/// A change of something that somebody has looked at.
const REVISED: Manner = Manner { match_need: Need::Required, key_need: Need::Optional, ..CHANGE };

/// The routes that differ from what their method usually wants, by the beginning or the end of their path.
pub(crate) fn manner(method: &Method, route: &str) -> Manner {
    let route = route.trim_start_matches("/api/v1");
    match route {
        // What is seen of a bus goes on until nobody looks.
        "/buses/{bus}/scan" | "/buses/{bus}/trace" => Manner { key_need: Need::Ignored, trial: Trial::Left, ..CHANGE },
        // Whether a message arrives is not to be foretold.
        "/webhooks/{name}/replay" | "/webhooks/{name}/test" | "/webhooks/{name}/enable" => LEFT,
        // A link or a token is only drawn where it counts.
        "/operators" | "/operators/{id}/reset" | "/tokens" => LEFT,
        // What is shown is shown on the record.
        "/people/{id}/reveal" => LEFT,
        // Codes and an app's first code are only drawn and used up where it counts.
        "/account/factors/recovery-codes" | "/account/factors/app/confirm" if method == Method::POST => {
            Manner { key_need: Need::Optional, ..LEFT }
        }
        // Marks come together in any order to the same, however often they are sent; and an answer with everybody's names is
        // nothing to be kept at every mark.
        "/musters/{id}/marks" => Manner { match_need: Need::Ignored, key_need: Need::Ignored, ..LEFT },
        // Who is on a list is known where it counts.
        "/musters" | "/musters/{id}/visitors" | "/musters/{id}/end" | "/visitors" | "/visitors/{id}/leave" => LEFT,
        "/shift/note" | "/shift/accept" | "/shift/reject" => LEFT,
        // What is confirmed may be any of these.
        "/proposals/{id}/confirm" => LEFT,
        // The image's own digest is its name: there is nothing to lose.
        "/firmware" => Manner { match_need: Need::Ignored, key_need: Need::Optional, trial: Trial::Never },
        // A drawing is larger than what is read for a key, and rests on what was seen or on there being nothing.
        "/plans/{id}" if method == Method::PUT => {
            Manner { match_need: Need::Required, key_need: Need::Ignored, trial: Trial::Left }
        }
        // A plan is a question, however long.
        "/site-files/plan" | "/simulations" => {
            Manner { match_need: Need::Ignored, key_need: Need::Ignored, trial: Trial::Never }
        }
        "/devices/{device}/enrol" => Manner { trial: Trial::Never, ..CHANGE },
        "/sessions/link" => Manner { key_need: Need::Optional, trial: Trial::Never, ..CHANGE },
        // A job stops or has stopped; which one it is is in nobody's hands.
        "/devices/{device}/job" if method == Method::DELETE => {
            Manner { match_need: Need::Optional, key_need: Need::Optional, ..CHANGE }
        }
        // Stills can be asked for again whatever became of their alarm meanwhile.
        "/alarms/{id}/stills" => Manner { match_need: Need::Ignored, ..CHANGE },
        _ if route.starts_with("/alarms/{id}/") => Manner { match_need: Need::Exact, ..CHANGE },
        _ if is_own_business(method, route) => {
            Manner { match_need: Need::Optional, key_need: Need::Optional, trial: Trial::Never }
        }
        _ if method == Method::POST => CHANGE,
        _ => REVISED,
    }
}

/// Whether a change has to name the revision that its sender has seen.
pub(crate) fn rests_on_a_revision(method: &Method, route: &str) -> bool {
    manner(method, route).must_rest()
}

/// Signing in and what belongs to it changes nobody's rights. What somebody has to sign in with is changed like anything else
/// that was looked at.
fn is_own_business(method: &Method, route: &str) -> bool {
    let is_under = |start: &str| route.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    is_under("/sessions") || (is_under("/account") && method == Method::POST)
}

/// Lets a request through to its handler on its terms.
pub(crate) async fn guard(State(guarded): State<Guarded>, mut request: Request, next: Next) -> Response {
    if let Some(signed_in) = request.extensions().get::<SignedIn>().cloned() {
        let names = Names::for_caller(&guarded.api, &signed_in).await;
        request.extensions_mut().insert(names);
    }
    if request.method().is_safe() {
        return preconditions::read(request, next).await;
    }
    let Guarded { api, keeping } = guarded;
    if let Some(session) = request.extensions().get::<SignedIn>().and_then(|signed_in| signed_in.session) {
        api.sessions.acts(session, api.backend.now());
    }
    match prepare(request, keeping) {
        Ok(write) => write.answer(api, next).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// A write whose terms were read.
struct Write {
    request: Request,
    keeping: Keeping,
    intent: Intent,
    trial: Trial,
    expected: Expected,
    key: Option<RequestKey>,
}

fn prepare(mut request: Request, keeping: Keeping) -> Result<Write, Refusal> {
    let route = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let manner = manner(request.method(), route.as_deref().unwrap_or_default());
    let (intent, shorter) = preconditions::intent(request.uri())?;
    if let Some(shorter) = shorter {
        *request.uri_mut() = shorter;
    }
    no_other_members(request.uri(), own_members(request.method(), route.as_deref().unwrap_or_default()))?;
    if intent == Intent::Rehearse && !manner.can_be_tried() {
        let detail = "this cannot be rehearsed, because its effect is not a command alone; nothing was done";
        return Err(Refusal::new(ProblemKind::NoRehearsal, detail));
    }
    let headers = request.headers();
    let expected = rests_on(headers, manner.match_need)?;
    let key = match (manner.must_have_key(), request.extensions().get::<SignedIn>()) {
        (None, _) | (_, None) => None,
        (Some(must), Some(signed_in)) => match idempotency::key(headers, signed_in.caller.actor)? {
            None if must => return Err(idempotency::missing()),
            // What is tried is looked at like the real thing; but nothing happens, so it cannot happen twice.
            key => key.filter(|_| intent == Intent::CarryOut),
        },
    };
    Ok(Write { request, keeping, intent, trial: manner.trial(), expected, key })
}

/// What a request says it rests on, where it must, or may.
fn rests_on(headers: &HeaderMap, need: Need) -> Result<Expected, Refusal> {
    let unsaid = |detail: &str| Err(Refusal::new(ProblemKind::RevisionMissing, detail));
    match need {
        Need::Ignored => Ok(Expected::Anything),
        Need::Exact | Need::Required if !preconditions::is_said(headers) => unsaid(
            "read it first and send its ETag in If-Match, so that nobody's change is overwritten unseen; to make something \
             new send If-None-Match: *",
        ),
        Need::Exact | Need::Required | Need::Optional => match (preconditions::expected(headers)?, need) {
            (Expected::Existing, Need::Exact) => unsaid(
                "send the ETag, or the revision in quotes, that you have seen in If-Match: what is done with an alarm is \
                 done with what is known of it, and * stands for anything that it may have become",
            ),
            (expected, _) => Ok(expected),
        },
    }
}

/// What a change may be told in its address, because its body is no JSON; the route reads it.
fn own_members(method: &Method, route: &str) -> &'static [&'static str] {
    match route {
        "/api/v1/plans/{id}" if method == Method::PUT => &["area", "name", "floor"],
        _ => &[],
    }
}

/// A misspelt `dry_run` that is silently ignored would do what was only to be tried.
fn no_other_members(uri: &Uri, own: &[&str]) -> Result<(), Refusal> {
    let names = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let names = names.map(|pair| pair.split('=').next().unwrap_or_default()).filter(|name| !own.contains(name));
    let errors: Vec<FieldProblem> = names
        .map(|name| FieldProblem {
            pointer: format!("?{}", name.chars().take(64).collect::<String>()),
            detail: format!("no parameter is called so here; there is {DRY_RUN}"),
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    let problem =
        Problem::new(ProblemKind::Malformed, format!("a change has no parameter but {DRY_RUN}; nothing was done"));
    Err(Problem { errors, ..problem }.into())
}

impl Write {
    async fn answer(mut self, api: Api, next: Next) -> Response {
        let Some(key) = self.key.take() else { return self.carry_out(next).await.0 };
        // Read here, where a client that takes for ever is given up, and not in what goes on without its client.
        let (parts, body) = self.request.into_parts();
        let bytes = match Bytes::from_request(Request::from_parts(parts.clone(), body), &api).await {
            Ok(bytes) => bytes,
            Err(rejection) => return body::unread(rejection.status()).into_response(),
        };
        let fingerprint = idempotency::fingerprint(&parts.method, &parts.uri, &bytes, &key.caller);
        self.request = Request::from_parts(parts, bytes.into());
        // Whoever asked may go before the answer: what was begun under a key is ended and kept.
        let task = tokio::spawn(async move { self.answer_once(&api, key, fingerprint, next).await }.in_current_span());
        task.await.unwrap_or_else(|ended| crate::refusal::panicked(Box::new(ended)))
    }

    async fn answer_once(self, api: &Api, key: RequestKey, fingerprint: Fingerprint, next: Next) -> Response {
        let _under_way = match api.running.begin(&key) {
            Ok(under_way) => under_way,
            Err(refusal) => return refusal.into_response(),
        };
        let begun = match api.backend.begin_answer(key.clone(), fingerprint).await {
            Ok(begun) => begun,
            Err(unavailable) => return Refusal::from(unavailable).into_response(),
        };
        if let Some(response) = idempotency::known(api, begun) {
            return response;
        }
        let (response, keeping) = self.carry_out(next).await;
        let (settled, response) = idempotency::settled(response, keeping).await;
        if let Some(settled) = settled
            && api.backend.keep_answer(key, settled).await.is_err()
        {
            // The answer itself is right; a repetition will be told that the outcome is not known.
            tracing::warn!("an answer could not be kept for a repetition of its request");
        }
        response
    }

    /// The answer, and how it may be kept.
    async fn carry_out(self, next: Next) -> (Response, Keeping) {
        let names = self.request.extensions().get::<Names>().cloned().unwrap_or_else(Names::none);
        let terms = Terms::new(self.intent, self.trial, self.expected).naming(names);
        let usual = self.keeping;
        let (response, met) = terms.govern(next.run(self.request)).await;
        match (self.intent, met) {
            (Intent::Rehearse, met) => (tried(response, met, self.trial).await, usual),
            (Intent::CarryOut, Met { waiting: Some(waiting), .. }) => {
                let keeping = waiting.keeping(usual);
                (waiting.answer(response), keeping)
            }
            // What is not over yet is told of otherwise.
            (Intent::CarryOut, Met { waiting: None, shown: Some(revision), .. })
                if response.status() != StatusCode::ACCEPTED =>
            {
                (preconditions::tagged(response, &revision.to_string()), usual)
            }
            (Intent::CarryOut, Met { waiting: None, .. }) => (response, usual),
        }
    }
}

/// The answer to a change that was only tried; `response` is what its handler said.
async fn tried(response: Response, met: Met, trial: Trial) -> Response {
    match (met.rehearsed, met.waiting, trial) {
        (None, _, _) if response.status().is_success() => unrehearsed(),
        // Whatever went wrong before a command was given would go wrong as well.
        (None, _, _) => response,
        (Some(rehearsed), _, Trial::Left | Trial::Never) => rehearsed.into_response(),
        (Some(rehearsed), Some(waiting), Trial::AsDone) => rehearsed.beside(waiting.answer(response)).await,
        (Some(rehearsed), None, Trial::AsDone) => rehearsed.beside(response).await,
    }
}

/// A handler that was to rehearse and succeeded without a command: what it did, it did.
fn unrehearsed() -> Response {
    tracing::error!("a route that cannot be rehearsed was carried out where it was only to be tried");
    let detail =
        "this should have been tried only, and may have been done; look at the thing itself, and please report it";
    Refusal::new(ProblemKind::Internal, detail).into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::header::{HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
    use rackward_core::engine::preconditions::Revision;

    use super::*;

    #[test]
    fn what_a_route_wants() {
        let check = |method: Method, route: &str, match_need: Need, key_need: Need| {
            let got = manner(&method, &format!("/api/v1{route}"));
            assert_eq!((got.match_need, got.key_need), (match_need, key_need), "{method} {route}");
        };
        use Need::{Exact, Ignored, Optional, Required};
        check(Method::POST, "/grants", Optional, Required);
        check(Method::POST, "/doors/open", Optional, Required);
        check(Method::POST, "/routes/to/come", Optional, Required);
        check(Method::PUT, "/schedules/{name}", Required, Optional);
        check(Method::DELETE, "/profiles/{name}", Required, Optional);
        check(Method::PATCH, "/things/to/come", Required, Optional);
        check(Method::POST, "/alarms/{id}/acknowledge", Exact, Required);
        check(Method::POST, "/alarms/{id}/stills", Ignored, Required);
        check(Method::POST, "/buses/{bus}/trace", Optional, Ignored);
        check(Method::POST, "/sessions/link", Optional, Optional);
        check(Method::DELETE, "/sessions/{id}", Optional, Optional);
        check(Method::POST, "/sessions-of-something-else", Optional, Required);
        check(Method::POST, "/account/factors/app", Optional, Optional);
        check(Method::POST, "/account/factors/recovery-codes", Optional, Optional);
        check(Method::PUT, "/account/factors/password", Required, Optional);
        check(Method::DELETE, "/account/factors/recovery-codes", Required, Optional);
        check(Method::DELETE, "/devices/{device}/job", Optional, Optional);
        check(Method::POST, "/devices/{device}/job", Optional, Required);
    }

    #[test]
    fn how_a_route_is_tried() {
        let check = |method: Method, route: &str, expect: Trial| {
            assert_eq!(manner(&method, &format!("/api/v1{route}")).trial(), expect, "{method} {route}");
        };
        check(Method::POST, "/grants", Trial::AsDone);
        check(Method::PUT, "/schedules/{name}", Trial::AsDone);
        check(Method::POST, "/alarms/{id}/acknowledge", Trial::AsDone);
        check(Method::POST, "/webhooks/{name}/test", Trial::Left);
        check(Method::POST, "/buses/{bus}/scan", Trial::Left);
        check(Method::POST, "/tokens", Trial::Left);
        check(Method::POST, "/tokens/{id}/revoke", Trial::AsDone);
        check(Method::POST, "/sessions/step-up", Trial::Never);
        check(Method::POST, "/account/factors/app", Trial::Never);
        check(Method::POST, "/account/factors/app/confirm", Trial::Left);
        check(Method::POST, "/account/factors/recovery-codes", Trial::Left);
        check(Method::PUT, "/account/factors/password", Trial::AsDone);
        check(Method::DELETE, "/account/factors/recovery-codes", Trial::AsDone);
        check(Method::PUT, "/firmware", Trial::Never);
    }

    #[test]
    fn what_must_rest_on_something_says_on_what() {
        let check = |need: Need, fields: &[(HeaderName, &str)], expect: Result<Expected, u16>| {
            let headers = fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
            let got = rests_on(&headers.collect(), need).map_err(|refusal| refusal.problem().status);
            assert_eq!(got, expect, "{need:?} {fields:?}");
        };
        let seen = Expected::OneOf([Revision::Count(7)].into());
        for need in [Need::Required, Need::Exact] {
            check(need, &[], Err(428));
            check(need, &[(IF_NONE_MATCH, "\"x\"")], Err(428));
            check(need, &[(IF_NONE_MATCH, "*")], Ok(Expected::Absent));
            check(need, &[(IF_MATCH, "\"7\"")], Ok(seen.clone()));
            check(need, &[(IF_MATCH, "\"7\""), (IF_NONE_MATCH, "\"x\"")], Ok(seen.clone()));
        }
        check(Need::Required, &[(IF_MATCH, "*")], Ok(Expected::Existing));
        check(Need::Exact, &[(IF_MATCH, "*")], Err(428));
        check(Need::Exact, &[(IF_MATCH, "\"7\", *")], Err(400));
        check(Need::Required, &[(IF_MATCH, "\"7\""), (IF_NONE_MATCH, "x")], Err(400));
        check(Need::Optional, &[], Ok(Expected::Anything));
        check(Need::Optional, &[(IF_NONE_MATCH, "\"x\"")], Err(400));
        check(Need::Ignored, &[(IF_NONE_MATCH, "\"x\"")], Ok(Expected::Anything));
    }

    #[test]
    fn a_misspelt_rehearsal_is_refused() {
        let check = |query: &str, fits: bool| {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            assert_eq!(no_other_members(&uri, &["area"]).is_ok(), fits, "{query}");
        };
        check("", true);
        check("dryrun=true", false);
        check("dry-run", false);
        check("&", true);
        check("area=lon1", true);
        check("area=lon1&dryrun=true", false);
    }
}
