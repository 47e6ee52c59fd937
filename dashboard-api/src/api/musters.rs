//! Musters: starting, marking, ending, and showing them. What each order does, and to whom it may not be given, is the core's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::DeskCommand;
use rackward_core::engine::preconditions::Subject;
use rackward_core::entry::{LongText, ReasonText};
use rackward_core::id::MusterId;
use rackward_core::muster::{Mark, Muster as CoreMuster, MusterKind, MusterStatus};
use rackward_core::{Answer, Caller, Command, Query, Reply, Wall};

use super::inside::{Book, called, made};
use super::lookup::Sight;
use super::{Api, Page, chosen, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::{Made, Place};
use crate::params::Params;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::inside::Visitor;
use crate::wire::muster::{Muster, MusterSummary};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{EndMuster, FindVisitor, MarkMuster, MusterMark, StartMuster};

/// `GET /api/v1/musters`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<MusterSummary> {
    let asked = Asked::of::<MusterSummary>(&api, &asking, &uri, &resources::MUSTERS)?;
    let rows = known(&api, asking.caller).await?;
    let site = api.backend.site();
    Ok(asked.page(rows.iter().map(|row| MusterSummary::of(row, &site)).collect()))
}

async fn known(api: &Api, caller: Caller) -> Result<Vec<CoreMuster>, Refusal> {
    let Answer::Musters(rows) = api.ask(caller, Query::Musters).await? else { return Err(wrong_shape()) };
    Ok(rows)
}

/// `GET /api/v1/musters/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Muster>, Refusal> {
    Params::of(&uri, &[])?;
    shown(&api, asking.caller, lookup::id(&id)?).await.map(Json)
}

async fn shown(api: &Api, caller: Caller, id: MusterId) -> Result<Muster, Refusal> {
    preconditions::tag(api, caller, Subject::Muster(id)).await?;
    let Answer::Muster(view) = api.ask(caller, Query::Muster(id)).await? else { return Err(wrong_shape()) };
    let view = view.ok_or_else(|| Refusal::new(ProblemKind::NotFound, format!("{id} does not exist")))?;
    Ok(Muster::of(&view, &Book(api), &api.backend.site()))
}

/// A muster without its people, as it is after an order.
async fn summary(api: &Api, caller: Caller, id: MusterId) -> Result<MusterSummary, Refusal> {
    preconditions::tag(api, caller, Subject::Muster(id)).await?;
    let row = known(api, caller).await?.into_iter().find(|row| row.id == id).ok_or_else(wrong_shape)?;
    Ok(MusterSummary::of(&row, &api.backend.site()))
}

async fn give(api: &Api, caller: Caller, command: DeskCommand) -> Result<MusterId, Refusal> {
    match api.submit(caller, Command::Desk(command)).await? {
        Reply::Muster(id) => Ok(id),
        _ => Err(wrong_shape()),
    }
}

/// `POST /api/v1/musters`
pub(super) async fn start(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<StartMuster>,
) -> Result<Made<MusterSummary>, Refusal> {
    let kind = chosen("kind", &wanted.kind, [MusterKind::Drill, MusterKind::Real], MusterKind::word);
    let (kind, reason) = match (kind, reason("reason", &wanted.reason)) {
        (Ok(kind), Ok(reason)) => (kind, reason),
        (kind, why) => return Err(Refusal::invalid([kind.err(), why.err()].into_iter().flatten().collect())),
    };
    let area = Sight::of(&api, asking.caller).await?.area("/area", &wanted.area)?;
    let id = give(&api, asking.caller, DeskCommand::StartMuster { kind, area, reason }).await?;
    Ok(Made::new(Place::of("musters", id), summary(&api, asking.caller, id).await?))
}

/// `POST /api/v1/musters/{id}/marks`
pub(super) async fn mark(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<MarkMuster>,
) -> Result<Json<Muster>, Refusal> {
    let muster: MusterId = lookup::id(&id)?;
    let now = api.backend.now().wall;
    let mut problems = Vec::new();
    let read = wanted.marks.iter().enumerate().filter_map(|(index, mark)| match read_mark(index, mark, now) {
        Ok(mark) => Some(mark),
        Err(mut wrong) => {
            problems.append(&mut wrong);
            None
        }
    });
    let marks: Vec<Mark> = read.collect();
    if !problems.is_empty() {
        return Err(Refusal::invalid(problems));
    }
    give(&api, asking.caller, DeskCommand::Mark { muster, marks }).await?;
    shown(&api, asking.caller, muster).await.map(Json)
}

/// One mark, or everything that is wrong with it.
fn read_mark(index: usize, mark: &MusterMark, now: Wall) -> Result<Mark, Vec<FieldProblem>> {
    let at = |member: &str, detail: String| FieldProblem { pointer: format!("/marks/{index}/{member}"), detail };
    let who = mark.person.parse().map_err(|wrong| at("person", format!("{wrong}")));
    let status = chosen("status", &mark.status, MusterStatus::ALL, MusterStatus::word);
    let status = status.map_err(|wrong| at("status", wrong.detail));
    let text = |member: &'static str, text: &Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => ReasonText::parse(text).map(Some).ok_or_else(|| {
            at(member, format!("{member} has at most 256 characters on one line, none that nobody sees"))
        }),
    };
    match (who, status, text("where", &mark.r#where), text("note", &mark.note)) {
        (Ok(who), Ok(status), Ok(place), Ok(note)) => {
            Ok(Mark { who, status, place, note, at: mark.at.map_or(now, |at| at.0) })
        }
        (who, status, place, note) => {
            Err([who.err(), status.err(), place.err(), note.err()].into_iter().flatten().collect())
        }
    }
}

/// `POST /api/v1/musters/{id}/visitors`
pub(super) async fn find_visitor(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<FindVisitor>,
) -> Result<Made<Visitor>, Refusal> {
    let muster: MusterId = lookup::id(&id)?;
    let name = called(&wanted.name, wanted.company.as_deref()).map_err(Refusal::invalid)?;
    let area = Sight::of(&api, asking.caller).await?.area("/area", &wanted.area)?;
    made(&api, asking.caller, DeskCommand::FindVisitor { muster, name, area }).await
}

/// `POST /api/v1/musters/{id}/end`
pub(super) async fn end(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<EndMuster>,
) -> Result<Json<MusterSummary>, Refusal> {
    let muster: MusterId = lookup::id(&id)?;
    let report = long_text("report", &wanted.report)?;
    let id = give(&api, asking.caller, DeskCommand::EndMuster { muster, report }).await?;
    summary(&api, asking.caller, id).await.map(Json)
}

/// A note or report in several lines, or what is wrong with it.
pub(super) fn long_text(field: &'static str, text: &str) -> Result<LongText, FieldProblem> {
    LongText::parse(text).ok_or_else(|| {
        let longest = LongText::MAX_CHARS;
        FieldProblem::of(field, format!("{field} must have 1 to {longest} characters, none that nobody sees"))
    })
}
