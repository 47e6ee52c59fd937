//! Refusals as responses. Whatever goes wrong anywhere below, the answer is problem details: a handler returns a
//! [`Refusal`], and an error that came from the framework (no such route, wrong method, time-out, panic) is given the
//! problem that its status stands for. Which problem a failure is, is said in `wire/problem.rs`.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::Api;
use crate::trace::Trace;
use crate::wire::problem::{FieldProblem, Problem, ProblemKind, RefusingPolicy};

/// Why a request is not carried out. Boxed, because problem details are large and success is what is usual.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(Box<Problem>);

impl Refusal {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Problem::new(kind, detail).into()
    }

    pub(crate) fn invalid(errors: Vec<FieldProblem>) -> Self {
        Problem::invalid(errors).into()
    }

    /// Several refusals of parts of one request as one, with every problem; one that names no member is the answer alone.
    pub(crate) fn all(refusals: impl IntoIterator<Item = Self>) -> Self {
        let mut errors: Vec<FieldProblem> = Vec::new();
        let mut refusals = refusals.into_iter().peekable();
        let Some(first) = refusals.next() else { return Self::invalid(errors) };
        if refusals.peek().is_none() {
            return first;
        }
        for refusal in core::iter::once(first).chain(refusals) {
            if refusal.0.errors.is_empty() {
                return refusal;
            }
            for error in refusal.0.errors {
                // Of one member the first finding is said; what follows from it would only confuse.
                if errors.iter().all(|told| told.pointer != error.pointer) {
                    errors.push(error);
                }
            }
        }
        Self::invalid(errors)
    }

    pub(crate) fn problem(&self) -> &Problem {
        &self.0
    }

    /// Whether it is a problem of this kind.
    pub(crate) fn is(&self, kind: ProblemKind) -> bool {
        self.0.code == kind.facts().3
    }

    pub(crate) fn into_problem(self) -> Problem {
        *self.0
    }
}

impl<T> From<T> for Refusal
where
    Problem: From<T>,
{
    fn from(cause: T) -> Self {
        Self(Box::new(cause.into()))
    }
}

impl IntoResponse for Refusal {
    /// Carries the problem along; [`describe`] writes it out where the path is known.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes every error out as `application/problem+json` (RFC 9457 clause 3), except pages meant for people.
pub(crate) async fn describe(State(api): State<Api>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let trace_id = request.extensions().get::<Trace>().map(Trace::id);
    let mut response = next.run(request).await;
    let problem = match response.extensions_mut().remove::<Refusal>() {
        Some(refusal) => refusal.into_problem(),
        None if is_bare_error(&response) => for_status(response.status()),
        None => return response,
    };
    let place = |policy: RefusingPolicy| policy.placed(&api.backend.site());
    let policy = problem.policy.clone().map(place);
    write_out(Problem { instance: Some(path), trace_id, policy, ..problem }, response.headers())
}

/// Whether the framework made this error: what a handler writes itself is a page or JSON.
fn is_bare_error(response: &Response) -> bool {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    is_error && !kind.starts_with(b"text/html") && !kind.starts_with(b"application/json")
}

fn for_status(status: StatusCode) -> Problem {
    let (kind, detail) = match status {
        StatusCode::NOT_FOUND => (ProblemKind::NotFound, "no route has this path; the API begins at /api/v1"),
        StatusCode::METHOD_NOT_ALLOWED => {
            (ProblemKind::MethodNotAllowed, "see the Allow header for the methods it has")
        }
        StatusCode::PAYLOAD_TOO_LARGE => (ProblemKind::BodyTooLarge, "send less"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (ProblemKind::UnsupportedMediaType, "see the route's documentation"),
        StatusCode::GATEWAY_TIMEOUT => {
            (ProblemKind::TimedOut, "nothing is known about whether it was done; look before trying again")
        }
        status if status.is_client_error() => (ProblemKind::Malformed, "the request cannot be read"),
        _ => (ProblemKind::Internal, "please report it with the daemon's log"),
    };
    Problem::new(kind, detail)
}

/// What a refusal says beside its problem.
const CARRIED: [HeaderName; 4] = [
    axum::http::header::ALLOW,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("ratelimit"),
    HeaderName::from_static("ratelimit-policy"),
];

fn write_out(problem: Problem, before: &HeaderMap) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let retry_after = problem.retry_after_s;
    let mut response = (status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    for name in CARRIED {
        if let Some(value) = before.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        // RFC 9110 clause 11.6.1 asks for a challenge: this is how a program proves itself (RFC 6750 clause 3). Browsers show
        // no dialog for it.
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"rackward\""));
    }
    response
}

/// The answer of a handler that panicked. The panic's words stay in the log of the process: they may hold anything.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a request handler panicked; the daemon goes on");
    Refusal::new(ProblemKind::Internal, "please report it with the daemon's log").into_response()
}
