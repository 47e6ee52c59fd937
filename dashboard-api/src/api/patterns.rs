//! Patterns of light, sound and text: which there are at this site, and one shown at a device so that somebody sees it. What each
//! looks like, and when a device may be tried, is the core's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::feedback::PatternId;
use rackward_core::{Command, Reply};

use super::{Api, lookup, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::pattern::{Pattern, PatternShown, Patterns};
use crate::wire::problem::FieldProblem;
use crate::wire::request::TryPattern;

/// `GET /api/v1/feedback/patterns`
pub(super) async fn list(State(api): State<Api>, uri: Uri) -> Result<Json<Patterns>, Refusal> {
    Params::of(&uri, &[])?;
    let policy = *api.backend.site().feedback();
    Ok(Json(Patterns { patterns: PatternId::all().filter_map(|id| Pattern::of(id, &policy)).collect() }))
}

/// `POST /api/v1/devices/{device}/pattern`
pub(super) async fn show(
    State(api): State<Api>,
    Path(device): Path<String>,
    asking: Asking,
    Read(wanted): Read<TryPattern>,
) -> Result<Json<PatternShown>, Refusal> {
    let named = PatternId::named(&wanted.pattern).ok_or_else(|| Refusal::from(unknown()));
    let found = lookup::device(&api, &device);
    let (pattern, device) = match (named, found) {
        (Ok(pattern), Ok(device)) => (pattern, device),
        (named, found) => return Err(Refusal::all([found.err(), named.err()].into_iter().flatten())),
    };
    let Reply::Shown(span) = api.submit(asking.caller, Command::TryPattern { device, pattern }).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    let name = site.device(device).map_or_else(|| device.to_string(), |device| device.name.clone());
    let shown = Pattern::of(pattern, site.feedback()).ok_or_else(wrong_shape)?;
    let for_ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Ok(Json(PatternShown { device: name, pattern: shown.id, looks: shown.looks, for_ms }))
}

/// What there is to choose from.
fn unknown() -> FieldProblem {
    let ids: Vec<&str> = PatternId::all().map(PatternId::id).collect();
    let (last, others) = ids.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
    FieldProblem::of("pattern", format!("pattern must be {} or {last}", others.join(", ")))
}
