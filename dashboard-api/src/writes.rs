//! What every request meets between sign-in and its handler, so that no handler can forget it: a change that must rest on a
//! revision does (428 where it does not say on which), one that must not happen twice has a key, one that is only rehearsed
//! has no effect. Which route wants what is one table. The parts are `preconditions.rs`, `idempotency.rs`, `rehearsal.rs`;
//! whether a change is allowed is the core's to say.

use axum::body::Bytes;
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rackward_core::engine::preconditions::Expected;
use tracing::Instrument as _;

use crate::api::Api;
use crate::body;
use crate::idempotency::{self, Fingerprint, Keeping, RequestKey};
use crate::preconditions::{self, DRY_RUN, Intent, Terms};
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
    keeping: Keeping,
    rehearsing: Rehearsing,
}

/// Whether something must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    /// It is not looked at: the answer goes on for as long as the caller reads, or the route has a safeguard of its own.
    Ignored,
}

/// How a route can be rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rehearsing {
    /// Its effect is its commands.
    Commands,
    /// It cannot.
    Never,
}

/// The usual change: a command that the engine carries out.
const CHANGE: Manner = Manner {
    match_need: Need::Optional,
    key_need: Need::Required,
    keeping: Keeping::Whole,
    rehearsing: Rehearsing::Commands,
};

/// A change of something that somebody has looked at.
const REVISED: Manner = Manner { match_need: Need::Required, key_need: Need::Optional, ..CHANGE };

/// The routes that differ from what their method usually wants, by the beginning or the end of their path.
fn manner(method: &Method, route: &str) -> Manner {
    let route = route.trim_start_matches("/api/v1");
    match route {
        // What is seen of a bus goes on until nobody looks.
        "/buses/{bus}/scan" | "/buses/{bus}/trace" => Manner { key_need: Need::Ignored, ..CHANGE },
        // The image's own digest is its name: there is nothing to lose.
        "/firmware" => {
            Manner { match_need: Need::Ignored, key_need: Need::Optional, rehearsing: Rehearsing::Never, ..CHANGE }
        }
        "/devices/{device}/enrol" => Manner { keeping: Keeping::Secret, rehearsing: Rehearsing::Never, ..CHANGE },
        "/sessions/link" => {
            Manner { key_need: Need::Optional, keeping: Keeping::Secret, rehearsing: Rehearsing::Never, ..CHANGE }
        }
        // A job stops or has stopped; which one it is is in nobody's hands.
        "/devices/{device}/job" if method == Method::DELETE => {
            Manner { match_need: Need::Optional, key_need: Need::Optional, ..CHANGE }
        }
        _ if route.starts_with("/alarms/{id}/") => Manner { match_need: Need::Required, ..CHANGE },
        _ if is_own_business(route) => Manner {
            match_need: Need::Optional,
            key_need: Need::Optional,
            keeping: Keeping::Secret,
            rehearsing: Rehearsing::Never,
        },
        _ if method == Method::POST => CHANGE,
        _ => REVISED,
    }
}

/// Signing in and what belongs to it changes nobody's rights, and its answers are full of secrets.
fn is_own_business(route: &str) -> bool {
    ["/sessions"]
        .iter()
        .any(|start| route.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Lets a request through to its handler on its terms.
pub(crate) async fn guard(State(api): State<Api>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return preconditions::read(request, next).await;
    }
    match prepare(request) {
        Ok(write) => write.answer(api, next).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// A write whose terms were read.
struct Write {
    request: Request,
    manner: Manner,
    intent: Intent,
    expected: Expected,
    key: Option<RequestKey>,
}

fn prepare(mut request: Request) -> Result<Write, Refusal> {
    let route = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let manner = manner(request.method(), route.as_deref().unwrap_or_default());
    let (intent, shorter) = preconditions::intent(request.uri())?;
    if let Some(shorter) = shorter {
        *request.uri_mut() = shorter;
    }
    no_other_members(request.uri())?;
    if intent == Intent::Rehearse && manner.rehearsing == Rehearsing::Never {
        let detail = "this cannot be rehearsed, because its effect is not a command alone; nothing was done";
        return Err(Refusal::new(ProblemKind::NoRehearsal, detail));
    }
    let headers = request.headers();
    let expected = match manner.match_need {
        Need::Ignored => Expected::Anything,
        Need::Required if !headers.contains_key(IF_MATCH) && !headers.contains_key(IF_NONE_MATCH) => {
            let detail = "read it first and send its ETag in If-Match, so that nobody's change is overwritten unseen; to \
                          make something new send If-None-Match: *";
            return Err(Refusal::new(ProblemKind::RevisionMissing, detail));
        }
        Need::Required | Need::Optional => preconditions::expected(headers)?,
    };
    // Nothing happens in a rehearsal, so it cannot happen twice.
    let key = match (manner.key_need, request.extensions().get::<SignedIn>()) {
        (Need::Ignored, _) | (_, None) => None,
        (Need::Required | Need::Optional, Some(_)) if intent == Intent::Rehearse => None,
        (need, Some(signed_in)) => match (need, idempotency::key(headers, signed_in.caller.actor)?) {
            (Need::Required, None) => return Err(idempotency::missing()),
            (_, key) => key,
        },
    };
    Ok(Write { request, manner, intent, expected, key })
}

/// A misspelt `dry_run` that is silently ignored would do what was only to be tried.
fn no_other_members(uri: &Uri) -> Result<(), Refusal> {
    let names = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let names = names.map(|pair| pair.split('=').next().unwrap_or_default());
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
        let Some(key) = self.key.take() else { return self.carry_out(next).await };
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
        if let Some(response) = idempotency::known(begun) {
            return response;
        }
        let keeping = self.manner.keeping;
        let (settled, response) = idempotency::settled(self.carry_out(next).await, keeping).await;
        if let Some(settled) = settled
            && api.backend.keep_answer(key, settled).await.is_err()
        {
            // The answer itself is right; a repetition will be told that the outcome is not known.
            tracing::warn!("an answer could not be kept for a repetition of its request");
        }
        response
    }

    async fn carry_out(self, next: Next) -> Response {
        let terms = Terms::new(self.intent, self.expected);
        let (response, shown, rehearsed) = terms.govern(next.run(self.request)).await;
        match (self.intent, rehearsed, shown) {
            (Intent::Rehearse, Some(rehearsed), _) => rehearsed.into_response(),
            // Whatever went wrong before a command was given would go wrong as well.
            (Intent::Rehearse, None, _) => response,
            (Intent::CarryOut, _, Some(revision)) => preconditions::tagged(response, &revision.to_string()),
            (Intent::CarryOut, _, None) => response,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_route_wants() {
        let check = |method: Method, route: &str, match_need: Need, key_need: Need| {
            let got = manner(&method, &format!("/api/v1{route}"));
            assert_eq!((got.match_need, got.key_need), (match_need, key_need), "{method} {route}");
        };
        use Need::{Ignored, Optional, Required};
        check(Method::POST, "/grants", Optional, Required);
        check(Method::POST, "/doors/open", Optional, Required);
        check(Method::POST, "/routes/to/come", Optional, Required);
        check(Method::PUT, "/schedules/{name}", Required, Optional);
        check(Method::DELETE, "/profiles/{name}", Required, Optional);
        check(Method::PATCH, "/things/to/come", Required, Optional);
        check(Method::POST, "/alarms/{id}/acknowledge", Required, Required);
        check(Method::POST, "/buses/{bus}/trace", Optional, Ignored);
        check(Method::POST, "/sessions/link", Optional, Optional);
        check(Method::DELETE, "/sessions/{id}", Optional, Optional);
        check(Method::POST, "/sessions-of-something-else", Optional, Required);
        check(Method::DELETE, "/devices/{device}/job", Optional, Optional);
        check(Method::POST, "/devices/{device}/job", Optional, Required);
    }

    #[test]
    fn a_misspelt_rehearsal_is_refused() {
        let check = |query: &str, fits: bool| {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            assert_eq!(no_other_members(&uri).is_ok(), fits, "{query}");
        };
        check("", true);
        check("dryrun=true", false);
        check("dry-run", false);
        check("&", true);
    }
}
