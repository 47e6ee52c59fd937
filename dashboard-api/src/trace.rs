//! One number for what belongs together: a request takes the trace it came in (`traceparent`, W3C Trace Context level 1) or
//! begins one; the number stands in every log line of the request, in its answer and in its problem. Nothing is sent
//! anywhere, and what is logged of a request is its method: paths hold names.
//!
//! Exports are given a `Content-Digest` (RFC 9530) here as well, so that whoever files one can say later that it is whole.

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Vendors' own state is passed on up to this many bytes (Trace Context clause 3.3.1.5 asks for at least 512).
const MAX_STATE_BYTES: usize = 512;

/// The largest export a digest is made of, in bytes; a larger one is none of ours.
const MAX_EXPORT_BYTES: usize = 64 << 20;

/// The trace a request belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    id: [u8; 16],
    flags: u8,
}

impl Trace {
    /// The trace that the caller began, if it named exactly one as the standard writes it.
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(TRACEPARENT).iter();
        let (text, None) = (given.next()?.to_str().ok()?, given.next()) else { return None };
        let mut parts = text.split('-');
        let (version, id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let [version] = bytes(version)?;
        // A later version may say more; of this one nothing more is known.
        if version == 0xff || version == 0 && parts.next().is_some() {
            return None;
        }
        let (id, parent, [flags]): ([u8; 16], [u8; 8], [u8; 1]) = (bytes(id)?, bytes(parent)?, bytes(flags)?);
        (id != [0; 16] && parent != [0; 8]).then_some(Self { id, flags })
    }

    /// A trace that begins here; `None` where the system gives no random bytes.
    fn begin() -> Option<Self> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        Some(Self { id, flags: 0 })
    }

    /// Its number, as problems and log lines have it.
    pub(crate) fn id(&self) -> String {
        HEXLOWER.encode(&self.id)
    }

    /// The field for our part of it.
    fn field(&self) -> Option<HeaderValue> {
        let mut span = [0; 8];
        getrandom::fill(&mut span).ok()?;
        let text = format!("00-{}-{}-{:02x}", self.id(), HEXLOWER.encode(&span), self.flags);
        HeaderValue::try_from(text).ok()
    }
}

/// Bytes in lower-case hexadecimal, exactly as many as wanted.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Gives a request its trace, its log lines the trace's number, and its answer the fields.
pub(crate) async fn follow(mut request: Request, next: Next) -> Response {
    let given = Trace::of(request.headers());
    let state = given.is_some().then(|| request.headers().get(TRACESTATE).cloned()).flatten();
    let Some(trace) = given.or_else(Trace::begin) else { return next.run(request).await };
    let span = tracing::info_span!("request", trace_id = %trace.id(), method = %request.method());
    request.extensions_mut().insert(trace.clone());
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    if let Some(field) = trace.field() {
        headers.insert(TRACEPARENT, field);
    }
    if let Some(state) = state.filter(|state| state.len() <= MAX_STATE_BYTES) {
        headers.insert(TRACESTATE, state);
    }
    response
}

/// Gives an export its digest.
pub(crate) async fn digest(request: Request, next: Next) -> Result<Response, Refusal> {
    let response = next.run(request).await;
    if !response.status().is_success() {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let too_large = |_| Refusal::new(ProblemKind::Internal, "the export is larger than an export can be");
    let bytes = axum::body::to_bytes(body, MAX_EXPORT_BYTES).await.map_err(too_large)?;
    let field = format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(&bytes)));
    if let Ok(field) = HeaderValue::try_from(field) {
        parts.headers.insert(CONTENT_DIGEST, field);
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// Whether the whole of a body is there already, so that looking at it keeps nobody waiting.
pub(crate) fn is_whole(body: &Body) -> bool {
    body.size_hint().exact().is_some_and(|bytes| bytes <= MAX_EXPORT_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_as_the_standard_writes_it() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let check = |fields: &[&str], expect: Option<&str>| {
            let headers: HeaderMap =
                fields.iter().map(|field| (TRACEPARENT, HeaderValue::from_str(field).unwrap())).collect();
            let expect = expect.map(str::to_owned);
            assert_eq!(Trace::of(&headers).map(|trace| trace.id()), expect, "{fields:?}");
        };
        let good = format!("00-{id}-00f067aa0ba902b7-01");
        check(&[&good], Some(id));
        check(&[&good, &good], None);
        check(&[&format!("cc-{id}-00f067aa0ba902b7-01-what-the-future-will-be-like")], Some(id));
        check(&[&format!("{good}-more")], None);
        check(&[&format!("ff-{id}-00f067aa0ba902b7-01")], None);
        check(&[&format!("00-{}-00f067aa0ba902b7-01", id.to_uppercase())], None);
        check(&["00-00000000000000000000000000000000-00f067aa0ba902b7-01"], None);
        check(&[&format!("00-{id}-0000000000000000-01")], None);
        check(&[&format!("00-{id}-00f067aa0ba902b7")], None);
        check(&["nonsense"], None);
        check(&[], None);
    }

    #[test]
    fn our_part_of_a_trace_has_its_number_and_a_number_of_its_own() {
        let trace = Trace { id: [0xab; 16], flags: 1 };
        let (one, other) = (trace.field().unwrap(), trace.field().unwrap());
        assert!(one.to_str().unwrap().starts_with(&format!("00-{}-", "ab".repeat(16))), "{one:?}");
        assert!(one.to_str().unwrap().ends_with("-01"), "{one:?}");
        assert_ne!(one, other);
    }
}
