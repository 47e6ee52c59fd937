//! The state of everything in one screen, the health probe, and new sign-in links.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use rackward_core::engine::query::JournalHealth;
use rackward_core::permission::OperatorRole;
use rackward_core::{Answer, Query};

use super::{Api, CREATED, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::local_only;
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Link, NewLink};
use crate::wire::status::{Health, Status, journal_word};

/// `GET /api/v1/status`
pub(super) async fn show(State(api): State<Api>, uri: Uri) -> Result<Json<Status>, Refusal> {
    Params::of(&uri, &[])?;
    Ok(Json(current(&api).await?))
}

/// The status now.
pub(crate) async fn current(api: &Api) -> Result<Status, Refusal> {
    let Answer::Status(status) = api.ask(Query::Status).await? else {
        return Err(wrong_shape());
    };
    Ok(Status::of(&status, &api.backend.site(), api.backend.now().wall, api.sessions.console()))
}

/// `GET /healthz`: tells a probe that the daemon answers and whether it can record. Nothing else, because anybody may ask.
pub(crate) async fn health(State(api): State<Api>) -> (StatusCode, Json<Health>) {
    let journal = *api.backend.journal_health().borrow();
    let (code, status) = match journal {
        JournalHealth::Writable => (StatusCode::OK, "ok"),
        JournalHealth::Unwritable => (StatusCode::SERVICE_UNAVAILABLE, "degraded"),
    };
    (code, Json(Health { status: status.to_owned(), journal: journal_word(journal).to_owned() }))
}

/// `POST /api/v1/sessions/link`
pub(super) async fn new_link(
    State(api): State<Api>,
    Read(wanted): Read<NewLink>,
) -> Result<(StatusCode, Json<Link>), Refusal> {
    local_only(&api)?;
    let role = match wanted.role.as_deref() {
        None | Some("admin") => OperatorRole::Admin,
        Some("security") => OperatorRole::Security,
        Some("auditor") => OperatorRole::Auditor,
        Some(_) => {
            return Err(FieldProblem::of("role", "role must be admin, security or auditor").into());
        }
    };
    let made = api.sessions.new_link(role, api.backend.now().monotonic);
    let login = made.map_err(|error| Refusal::new(ProblemKind::Unavailable, error.to_string()))?;
    Ok((CREATED, Json(Link { login })))
}
