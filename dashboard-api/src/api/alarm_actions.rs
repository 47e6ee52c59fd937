//! What is ordered of alarms. Which orders an alarm takes as it stands, and within which limits, is the core's
//! (`engine/commands/alarms.rs`); which revision an order rests on travels beside it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rackward_core::alarm::life::{Assignee, EscalationLevel, ShelfKind, Verdict};
use rackward_core::engine::command::{AlarmCommand, AlarmOrder};
use rackward_core::entry::ReasonText;
use rackward_core::id::AlarmId;
use rackward_core::permission::Actor;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::{Api, chosen, lookup, meanwhile, operators, reason, wrong_shape};
use crate::body::Read;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::alarm::AlarmChanged;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{
    Acknowledge, AlarmNote, AssignAlarm, CloseAlarm, EscalateAlarm, FinishStep, Nothing, Reason, ShelveAlarm,
    TakeOutOfService,
};

type Changed = Result<(StatusCode, Json<AlarmChanged>), Refusal>;

/// Gives an order. What waits for a second operator is accepted and not done (RFC 9110 clause 15.3.3).
async fn give(api: &Api, caller: Caller, id: &str, order: AlarmOrder) -> Changed {
    let alarm: AlarmId = lookup::id(id)?;
    let command = Command::Alarm(AlarmCommand { alarm, seen: None, order });
    let given = match api.submit_or_propose(caller, command).await {
        Ok(reply) => reply,
        Err(refusal) => return Err(meanwhile::told(api, caller, alarm, refusal).await),
    };
    match given {
        Reply::Alarm { revision, active } => {
            Ok((StatusCode::OK, Json(AlarmChanged { id: alarm.to_string(), revision, active, proposal: None })))
        }
        Reply::Proposed(proposal) => {
            let Answer::Alarm(Some(status)) = api.ask(caller, Query::Alarm(alarm)).await? else {
                return Err(wrong_shape());
            };
            let (revision, active) = (status.alarm.life.revision, status.alarm.is_active());
            let proposal = Some(proposal.to_string());
            Ok((StatusCode::ACCEPTED, Json(AlarmChanged { id: alarm.to_string(), revision, active, proposal })))
        }
        _ => Err(wrong_shape()),
    }
}

fn text(member: &'static str, text: &str) -> Result<ReasonText, Refusal> {
    reason(member, text).map_err(Refusal::from)
}

/// `POST /api/v1/alarms/{id}/acknowledge`
pub(super) async fn acknowledge(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Acknowledge>,
) -> Changed {
    give(&api, asking.caller, &id, AlarmOrder::Acknowledge { note: wanted.note }).await
}

/// `POST /api/v1/alarms/{id}/note`
pub(super) async fn note(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<AlarmNote>,
) -> Changed {
    let note = text("note", &wanted.note)?;
    give(&api, asking.caller, &id, AlarmOrder::Note { note }).await
}

/// `POST /api/v1/alarms/{id}/shelve`
pub(super) async fn shelve(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<ShelveAlarm>,
) -> Changed {
    let reason = text("reason", &wanted.reason)?;
    let kind = if wanted.one_shot.unwrap_or(false) { ShelfKind::OneShot } else { ShelfKind::Timed };
    give(&api, asking.caller, &id, AlarmOrder::Shelve { until: wanted.until_at.0, kind, reason }).await
}

/// `POST /api/v1/alarms/{id}/unshelve`
pub(super) async fn unshelve(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Changed {
    let reason = text("reason", &wanted.reason)?;
    give(&api, asking.caller, &id, AlarmOrder::Unshelve { reason }).await
}

/// `POST /api/v1/alarms/{id}/out-of-service`
pub(super) async fn take_out_of_service(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<TakeOutOfService>,
) -> Changed {
    let work_order = text("work_order", &wanted.work_order)?;
    give(&api, asking.caller, &id, AlarmOrder::TakeOutOfService { until: wanted.until_at.0, work_order }).await
}

/// `POST /api/v1/alarms/{id}/return-to-service`
pub(super) async fn return_to_service(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Changed {
    give(&api, asking.caller, &id, AlarmOrder::ReturnToService).await
}

/// `POST /api/v1/alarms/{id}/assign`
pub(super) async fn assign(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<AssignAlarm>,
) -> Changed {
    let to = match (wanted.to.as_str(), asking.caller.actor) {
        ("desk", _) => Assignee::Desk,
        ("me", Actor::Operator(operator)) => Assignee::Operator(operator),
        ("me", Actor::System | Actor::LocalUser(_) | Actor::Session(_) | Actor::Token(_)) => {
            return Err(wrong("/to", "nobody knows who you are; sign in as an operator, or name one"));
        }
        (operator, _) => Assignee::Operator(operators::named(&api, asking.caller, "to", operator).await?),
    };
    give(&api, asking.caller, &id, AlarmOrder::Assign { to }).await
}

/// `POST /api/v1/alarms/{id}/escalate`
pub(super) async fn escalate(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<EscalateAlarm>,
) -> Changed {
    let reason = text("reason", &wanted.reason)?;
    let to = match &wanted.to {
        Some(word) => Some(chosen("to", word, EscalationLevel::ALL, EscalationLevel::word)?),
        None => None,
    };
    give(&api, asking.caller, &id, AlarmOrder::Escalate { to, reason }).await
}

/// `POST /api/v1/alarms/{id}/steps`
pub(super) async fn finish_step(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<FinishStep>,
) -> Changed {
    // No procedure has so many steps: which ones there are, the engine says.
    let step = u8::try_from(wanted.step).unwrap_or(u8::MAX);
    give(&api, asking.caller, &id, AlarmOrder::FinishStep { step }).await
}

/// `POST /api/v1/alarms/{id}/close`
pub(super) async fn close(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<CloseAlarm>,
) -> Changed {
    let verdict = chosen("verdict", &wanted.verdict, Verdict::ALL, Verdict::word)?;
    give(&api, asking.caller, &id, AlarmOrder::Close { verdict, note: wanted.note.unwrap_or_default() }).await
}

fn wrong(pointer: &str, detail: &str) -> Refusal {
    Refusal::invalid(vec![FieldProblem { pointer: pointer.to_owned(), detail: detail.to_owned() }])
}
