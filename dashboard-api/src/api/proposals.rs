//! What waits for a second operator, and the second operator's word. Who may say it is the core's to decide.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::OperatorCommand;
use rackward_core::engine::query::Proposal as CoreProposal;
use rackward_core::id::{OperatorId, PersonId, ProposalId};
use rackward_core::operator::Operator;
use rackward_core::permission::{Permission, may};
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::{Api, Page, lookup, operators, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::params::Params;
use crate::refusal::Refusal;
use crate::rehearsal::recorded;
use crate::signin::Asking;
use crate::wire::Places;
use crate::wire::desk::reach_words;
use crate::wire::operator::{Confirmed, Revealed};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::proposal::{Proposal, Sight};
use crate::wire::request::{Confirm, Done, Nothing, Reason};

/// `GET /api/v1/proposals`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Proposal> {
    let asked = Asked::of::<Proposal>(&api, &asking, &uri, &resources::PROPOSALS)?;
    let rows = waiting(&api, asking.caller).await?;
    let operators = seen_operators(&api, asking.caller).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in &rows {
        shown.push(written(&api, asking.caller, &operators, row).await?);
    }
    Ok(asked.page(shown))
}

/// `GET /api/v1/proposals/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Proposal>, Refusal> {
    Params::of(&uri, &[])?;
    let id: ProposalId = lookup::id(&id)?;
    let rows = waiting(&api, asking.caller).await?;
    let over = || {
        let detail = format!("{id} waits no more: it was confirmed or dropped, or its time is over");
        Refusal::new(ProblemKind::NotFound, detail)
    };
    let row = rows.iter().find(|row| row.id == id).ok_or_else(over)?;
    let operators = seen_operators(&api, asking.caller).await?;
    written(&api, asking.caller, &operators, row).await.map(Json)
}

async fn waiting(api: &Api, caller: Caller) -> Result<Vec<CoreProposal>, Refusal> {
    let Answer::Proposals(rows) = api.ask(caller, Query::Proposals).await? else { return Err(wrong_shape()) };
    Ok(rows)
}

/// Operators, for whoever may see them.
async fn seen_operators(api: &Api, caller: Caller) -> Result<Vec<Operator>, Refusal> {
    match may(&caller, Permission::ViewOperators) {
        Ok(()) => operators::current(api, caller).await,
        Err(_) => Ok(Vec::new()),
    }
}

/// A proposal, in words that hold no more than its reader may see elsewhere.
async fn written(api: &Api, caller: Caller, operators: &[Operator], row: &CoreProposal) -> Result<Proposal, Refusal> {
    let alarm = match &row.command {
        Command::Alarm(command) => match api.ask(caller, Query::Alarm(command.alarm)).await? {
            Answer::Alarm(found) => found.map(|status| status.alarm),
            _ => return Err(wrong_shape()),
        },
        _ => None,
    };
    let site = api.backend.site();
    let operator = |id: OperatorId| {
        let row = operators.iter().find(|row| row.id == id)?;
        let (role, reach) = (row.role.word(), reach_words(row.scope, Places(&site)));
        let name = api.backend.operator_name(id).map(|name| format!("{name}, ")).unwrap_or_default();
        Some(format!("{name}{role} of {reach}"))
    };
    let sees_people = may(&caller, Permission::ViewPeople).is_ok();
    let sight = Sight {
        site: &site,
        operator: &operator,
        person: &|id| api.person_name(id).filter(|_| sees_people),
        sees_operators: may(&caller, Permission::ViewOperators).is_ok(),
        sees_people,
        alarm,
    };
    Ok(Proposal::of(row, &sight))
}

/// `POST /api/v1/proposals/{id}/confirm`: like every order for a lock, one that is confirmed must come in time, so that no
/// door opens when nobody looks at it any more.
pub(super) async fn confirm(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Confirm>,
) -> Result<Json<Confirmed>, Refusal> {
    let proposal: ProposalId = lookup::id(&id)?;
    let what = meant(&api, asking.caller, proposal).await?;
    let command = Command::Operator(OperatorCommand::Confirm { proposal });
    let reply = match (wanted.not_after_at, what) {
        (Some(not_after), _) => api.submit_before(not_after.0, asking.caller, command).await?,
        (None, Meant::Locks) => {
            let detail = "this moves locks: say until when it may still be done";
            return Err(FieldProblem::of("not_after_at", detail).into());
        }
        (None, Meant::Beginning | Meant::Other) => api.submit(asking.caller, command).await?,
    };
    let login = match (what, &reply) {
        (Meant::Beginning, Reply::Operator(operator)) => operators::invitation(&api, asking.caller, *operator).await?,
        (Meant::Beginning | Meant::Locks | Meant::Other, _) => None,
    };
    let to_be_taken_up = reply == Reply::ToTakeUp;
    Ok(Json(Confirmed { id: proposal.to_string(), made: made(&reply), login, to_be_taken_up }))
}

/// What a confirmation is about, as far as more belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// Locks, which must move in time or not at all.
    Locks,
    /// An operator, who begins with a link.
    Beginning,
    Other,
}

async fn meant(api: &Api, caller: Caller, proposal: ProposalId) -> Result<Meant, Refusal> {
    let Answer::Proposals(rows) = api.ask(caller, Query::Proposals).await? else { return Err(wrong_shape()) };
    let Some(row) = rows.iter().find(|row| row.id == proposal) else { return Ok(Meant::Other) };
    Ok(match (&row.command, row.takes) {
        (_, Permission::OpenDoors | Permission::GuardSite) => Meant::Locks,
        (Command::Operator(OperatorCommand::Create { .. } | OperatorCommand::Reset { .. }), _) => Meant::Beginning,
        _ => Meant::Other,
    })
}

/// `POST /api/v1/proposals/{id}/drop`
pub(super) async fn withdraw(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Done>, Refusal> {
    let proposal: ProposalId = lookup::id(&id)?;
    api.submit(asking.caller, Command::Operator(OperatorCommand::Drop { proposal })).await?;
    Ok(Json(Done { id: proposal.to_string() }))
}

/// `POST /api/v1/people/{id}/reveal`: recorded before it is shown.
pub(super) async fn reveal(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(why): Read<Reason>,
) -> Result<Json<Revealed>, Refusal> {
    let person: PersonId = lookup::id(&id)?;
    let reason = reason("reason", &why.reason)?;
    api.submit(asking.caller, Command::Operator(OperatorCommand::Reveal { person, reason })).await?;
    let row = lookup::known(&api, asking.caller, person).await?;
    // It was recorded just now why this one is shown.
    Ok(Json(Revealed::of(&row, api.backend.person_name(person))))
}

/// The id of what a command made, a record or not.
fn made(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Job(id) => Some(id.to_string()),
        Reply::Operator(id) => Some(id.to_string()),
        Reply::Session(id) => Some(id.to_string()),
        Reply::Token(id) => Some(id.to_string()),
        Reply::Proposed(id) => Some(id.to_string()),
        record => recorded(record),
    }
}
