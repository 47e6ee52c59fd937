//! What waits for a second operator, and the second operator's word. Who may say it is the core's to decide.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::OperatorCommand;
use rackward_core::id::{PersonId, ProposalId};
use rackward_core::permission::Permission;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::{Api, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::rehearsal::recorded;
use crate::signin::Asking;
use crate::wire::List;
use crate::wire::operator::{Confirmed, Proposal, Revealed};
use crate::wire::problem::FieldProblem;
use crate::wire::request::{Confirm, Done, Nothing, Reason};

/// `GET /api/v1/proposals`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<List<Proposal>>, Refusal> {
    Params::of(&uri, &[])?;
    let Answer::Proposals(rows) = api.ask(asking.caller, Query::Proposals).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    Ok(Json(List::whole(rows.iter().map(|row| Proposal::of(row, &site)).collect())))
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
    let command = Command::Operator(OperatorCommand::Confirm { proposal });
    let reply = match wanted.not_after_at {
        Some(not_after) => api.submit_before(not_after.0, asking.caller, command).await?,
        None if moves_locks(&api, asking.caller, proposal).await? => {
            let detail = "this moves locks: say until when it may still be done";
            return Err(FieldProblem::of("not_after_at", detail).into());
        }
        None => api.submit(asking.caller, command).await?,
    };
    Ok(Json(Confirmed { id: proposal.to_string(), made: made(&reply) }))
}

async fn moves_locks(api: &Api, caller: Caller, proposal: ProposalId) -> Result<bool, Refusal> {
    let Answer::Proposals(rows) = api.ask(caller, Query::Proposals).await? else { return Err(wrong_shape()) };
    let moves = |takes| matches!(takes, Permission::OpenDoors | Permission::GuardSite);
    Ok(rows.iter().any(|row| row.id == proposal && moves(row.takes)))
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
