//! The hand-over of the desk: what there is to take over, leaving a note, accepting and rejecting.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::engine::command::DeskCommand;
use rackward_core::engine::preconditions::Subject;
use rackward_core::engine::query::ShiftStatus;
use rackward_core::permission::{Permission, may};
use rackward_core::shift::ShiftAnswer;
use rackward_core::{Answer, Caller, Command, Query};

use super::alarms::for_caller;
use super::inside::Book;
use super::musters::long_text;
use super::{Api, reason, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::inside::Visitor;
use crate::wire::request::{NoteShift, Nothing, RejectShift};
use crate::wire::shift::{Shift, ShiftChanged};

/// `GET /api/v1/shift`
pub(super) async fn show(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<Shift>, Refusal> {
    Params::of(&uri, &[])?;
    preconditions::tag(&api, asking.caller, Subject::Shift).await?;
    let status = status(&api, asking.caller).await?;
    let (site, caller) = (api.backend.site(), asking.caller);
    let listed = |rows: &[rackward_core::engine::query::AlarmStatus]| {
        rows.iter().map(|row| for_caller(row, &caller, &site)).collect()
    };
    let visitors = || status.visitors.iter().map(|row| Visitor::of(row, &Book(&api), &site)).collect();
    let people = sees_notes(&caller).then(|| if sees_people(&caller) { visitors() } else { Vec::new() });
    Ok(Json(Shift::of(&status, people, listed(&status.alarms), listed(&status.aside), &site)))
}

async fn status(api: &Api, caller: Caller) -> Result<ShiftStatus, Refusal> {
    match api.ask(caller, Query::Shift).await? {
        Answer::Shift(status) => Ok(*status),
        _ => Err(wrong_shape()),
    }
}

/// Whoever answers alarms works at the desk, and whoever sees people may know who does; a screen on a wall is told of neither.
fn sees_notes(caller: &Caller) -> bool {
    may(caller, Permission::AnswerAlarms).is_ok() || sees_people(caller)
}

fn sees_people(caller: &Caller) -> bool {
    may(caller, Permission::ViewPeople).is_ok()
}

/// `POST /api/v1/shift/note`
pub(super) async fn note(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<NoteShift>,
) -> Result<Json<ShiftChanged>, Refusal> {
    let note = long_text("note", &wanted.note)?;
    give(&api, asking.caller, DeskCommand::NoteShift { note }).await
}

/// `POST /api/v1/shift/accept`
pub(super) async fn accept(
    State(api): State<Api>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<ShiftChanged>, Refusal> {
    give(&api, asking.caller, DeskCommand::AnswerShift { answer: ShiftAnswer::Accepted }).await
}

/// `POST /api/v1/shift/reject`
pub(super) async fn reject(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<RejectShift>,
) -> Result<Json<ShiftChanged>, Refusal> {
    let answer = ShiftAnswer::Rejected(reason("note", &wanted.note)?);
    give(&api, asking.caller, DeskCommand::AnswerShift { answer }).await
}

async fn give(api: &Api, caller: Caller, command: DeskCommand) -> Result<Json<ShiftChanged>, Refusal> {
    api.submit(caller, Command::Desk(command)).await?;
    preconditions::tag(api, caller, Subject::Shift).await?;
    Ok(Json(ShiftChanged::of(&status(api, caller).await?.shift)))
}
