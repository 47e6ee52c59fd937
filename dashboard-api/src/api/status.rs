//! The state of everything in one screen, the health probe, and new sign-in links.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use rackward_core::engine::command::Scope;
use rackward_core::engine::query::{GrantFilter, JournalHealth, Page};
use rackward_core::permission::OperatorRole;
use rackward_core::site::OPERATOR;
use rackward_core::{Answer, Caller, Query};

use super::{Api, CREATED, chosen, lookup, whole_site, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::{Asking, local_only};
use crate::wire::operator_role_word;
use crate::wire::problem::ProblemKind;
use crate::wire::request::{Link, NewLink};
use crate::wire::status::{Health, Status, Waiting, journal_word};

/// The most requests that are counted: more than anybody settles in a shift.
const COUNTED_REQUESTS: u16 = 1000;

/// `GET /api/v1/status`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Status>, Refusal> {
    whole_site(asking.caller)?;
    Params::of(&uri, &[])?;
    Ok(Json(current(&api, asking.caller).await?))
}

/// The status now.
pub(crate) async fn current(api: &Api, caller: Caller) -> Result<Status, Refusal> {
    let Answer::Status(status) = api.ask(caller, Query::Status).await? else { return Err(wrong_shape()) };
    let Answer::Areas(areas) = api.ask(caller, Query::Areas).await? else { return Err(wrong_shape()) };
    let page = Page { after: None, limit: COUNTED_REQUESTS };
    let requests = Query::Grants { person: None, only: GrantFilter::Requested, page };
    let Answer::Grants(requests) = api.ask(caller, requests).await? else { return Err(wrong_shape()) };
    let waiting = Waiting::of(&areas, requests.len());
    Ok(Status::of(&status, &waiting, &api.backend.site(), api.backend.now().wall, api.sessions.console()))
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
    asking: Asking,
    Read(wanted): Read<NewLink>,
) -> Result<(StatusCode, Json<Link>), Refusal> {
    local_only(&api)?;
    const ROLES: [OperatorRole; 3] = [OperatorRole::Admin, OperatorRole::Security, OperatorRole::Auditor];
    let role = chosen("role", wanted.role.as_deref().unwrap_or("admin"), ROLES, operator_role_word)?;
    let scope = match wanted.organisation.as_deref() {
        None => Scope::Site,
        Some(text) => match lookup::organisation(&api, asking.caller, "/organisation", text).await? {
            // Whoever runs the site has all of it in view.
            OPERATOR => Scope::Site,
            organisation => Scope::Organisation(organisation),
        },
    };
    let made = api.sessions.new_link_within(role, scope, api.backend.now().monotonic);
    let login = made.map_err(|error| Refusal::new(ProblemKind::Unavailable, error.to_string()))?;
    Ok((CREATED, Json(Link { login })))
}
