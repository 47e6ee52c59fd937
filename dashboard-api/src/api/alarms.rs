//! Alarms that still want attention, and acknowledging one.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::{AlarmCommand, AlarmOrder};
use rackward_core::id::AlarmId;
use rackward_core::{Answer, Caller, Command, Query};

use super::{Api, lookup, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::List;
use crate::wire::alarm::Alarm;
use crate::wire::request::{Acknowledge, Done};

/// `GET /api/v1/alarms`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<List<Alarm>>, Refusal> {
    Params::of(&uri, &[])?;
    Ok(Json(List::whole(current(&api, asking.caller).await?)))
}

/// Alarms that still want attention, in the engine's order: unacknowledged first, then by priority, then the newest.
pub(crate) async fn current(api: &Api, caller: Caller) -> Result<Vec<Alarm>, Refusal> {
    let Answer::Alarms(alarms) = api.ask(caller, Query::OpenAlarms).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    Ok(alarms.iter().map(|alarm| Alarm::of(alarm, &site)).collect())
}

/// `POST /api/v1/alarms/{id}/acknowledge`
pub(super) async fn acknowledge(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Acknowledge>,
) -> Result<Json<Done>, Refusal> {
    let alarm: AlarmId = lookup::id(&id)?;
    api.submit(
        asking.caller,
        Command::Alarm(AlarmCommand { alarm, seen: None, order: AlarmOrder::Acknowledge { note: wanted.note } }),
    )
    .await?;
    Ok(Json(Done { id: alarm.to_string() }))
}
