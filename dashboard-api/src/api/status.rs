//! The state of everything in one screen, and new sign-in links.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::engine::query::{GrantFilter, Page};
use rackward_core::id::OperatorId;
use rackward_core::permission::{OperatorRole, may_know_of};
use rackward_core::site::OPERATOR;
use rackward_core::{Answer, Caller, Command, Query};

use super::{Api, CREATED, alarms, chosen, lookup, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::sessions::LinkFor;
use crate::signin::{Asking, local_only};
use crate::wire::alarm::Alarm;
use crate::wire::operator_role_word;
use crate::wire::problem::{Problem, ProblemKind};
use crate::wire::request::{Link, NewLink};
use crate::wire::status::{Status, Waiting};

/// The most requests that are counted: more than anybody settles in a shift.
const COUNTED_REQUESTS: u16 = 1000;

/// `GET /api/v1/status`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Status>, Refusal> {
    Params::of(&uri, &[])?;
    Ok(Json(current(&api, asking.caller).await?))
}

/// The status now.
pub(super) async fn current(api: &Api, caller: Caller) -> Result<Status, Refusal> {
    let Answer::Status(mut status) = api.ask(caller, Query::Status).await? else { return Err(wrong_shape()) };
    if !may_know_of(&caller, AlarmKind::Duress) {
        status.alarms = counted(&alarms::current(api, caller).await?);
    }
    let Answer::Areas(areas) = api.ask(caller, Query::Areas).await? else { return Err(wrong_shape()) };
    let page = Page { after: None, limit: COUNTED_REQUESTS };
    let requests = Query::Grants { person: None, only: GrantFilter::Requested, page };
    let Answer::Grants(requests) = api.ask(caller, requests).await? else { return Err(wrong_shape()) };
    // Everything else is told all the same while the journal cannot be read.
    let chain_head = api.backend.archive().chain_head().await.ok();
    let waiting = Waiting { chain_head, ..Waiting::of(&areas, requests.len(), &api.backend.vitals().parts) };
    Ok(Status::of(&status, &waiting, &api.backend.site(), api.backend.now().wall, api.sessions.console()))
}

/// How many alarms of each priority there are, and how many of them nobody has acknowledged.
fn counted(alarms: &[Alarm]) -> [(u32, u32); 4] {
    let mut counts = [(0, 0); 4];
    for alarm in alarms {
        if let Some(count) = counts.get_mut(usize::from(alarm.priority.saturating_sub(1))) {
            *count = (count.0 + u32::from(alarm.acked.is_none()), count.1 + 1);
        }
    }
    counts
}

/// `POST /api/v1/sessions/link`
pub(super) async fn new_link(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<NewLink>,
) -> Result<(StatusCode, Json<Link>), Refusal> {
    local_only(&api)?;
    let whom = match wanted.operator.as_deref() {
        Some(text) => LinkFor::Operator(operator_called(&api, text)?),
        None => for_the_machine(&api, asking.caller, &wanted).await?,
    };
    let operator = match whom {
        LinkFor::Operator(operator) | LinkFor::Invitation(operator) => Some(operator),
        LinkFor::FirstAdmin | LinkFor::Machine { .. } => None,
    };
    api.submit(asking.caller, Command::Operator(OperatorCommand::NoteLink { operator })).await?;
    let made = api.sessions.new_link_for(whom, api.backend.now().monotonic);
    let login = made.map_err(|error| Refusal::new(ProblemKind::Unavailable, error.to_string()))?;
    Ok((CREATED, Json(Link { login })))
}

/// An operator, by id or by the name they sign in with.
fn operator_called(api: &Api, text: &str) -> Result<OperatorId, Refusal> {
    let by_name = || api.proofs.as_ref().and_then(|proofs| proofs.named(&text.to_lowercase()));
    let found = text.parse().ok().or_else(by_name);
    let known = found.filter(|id| api.proofs.as_ref().is_some_and(|proofs| proofs.operator(*id).is_some()));
    known.ok_or_else(|| Problem::unknown_name("/operator", "operator", Vec::new()).into())
}

/// A link for whoever is at the machine: to become the first admin while there is nobody and nothing else is asked for.
async fn for_the_machine(api: &Api, caller: Caller, wanted: &NewLink) -> Result<LinkFor, Refusal> {
    let plain = wanted.role.is_none() && wanted.organisation.is_none();
    if plain && api.proofs.as_ref().is_some_and(|proofs| proofs.operators().is_empty()) {
        return Ok(LinkFor::FirstAdmin);
    }
    let role = chosen("role", wanted.role.as_deref().unwrap_or("admin"), OperatorRole::ALL, operator_role_word)?;
    let scope = match wanted.organisation.as_deref() {
        None => Scope::Site,
        Some(text) => match lookup::organisation(api, caller, "/organisation", text).await? {
            // Whoever runs the site has all of it in view.
            OPERATOR => Scope::Site,
            organisation => Scope::Organisation(organisation),
        },
    };
    Ok(LinkFor::Machine { role, scope })
}
