//! Access reviews: making one, deciding, closing. What is listed and who may decide of what is the core's; when
//! rights were used last the daemon reads from the journal; the evidence is `review_evidence.rs`'s.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::{ReviewCommand, ReviewWish};
use rackward_core::engine::preconditions::Subject;
use rackward_core::engine::query::{LineFilter, Page as CorePage, ReviewLineStatus, ReviewStatus};
use rackward_core::id::{AreaId, Generation, ReviewId};
use rackward_core::review::{Closing, Decision, Undecided};
use rackward_core::site::Area;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::lookup::Sight;
use super::receipts::{self, Stored};
use super::{Api, Page, chosen, lookup, operators, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::{Made, Place};
use crate::params::Params;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::Names;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{AssignReview, CloseReview, DecideLine, DecideReview, OpenReview};
use crate::wire::review::{AccessReview, ReviewChanged, ReviewLine};

/// So many lines are asked of the core at once.
const PART_LINES: u16 = 1_000;

/// The words for decisions.
const DECISIONS: [&str; 4] = ["keep", "revoke", "shorten", "reassign"];

/// `GET /api/v1/reviews`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<AccessReview> {
    let asked = Asked::of::<AccessReview>(&api, &asking, &uri, &resources::REVIEWS)?;
    let Answer::Reviews(rows) = api.ask(asking.caller, Query::Reviews).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    Ok(asked.page(rows.iter().map(|row| AccessReview::of(row, &site)).collect()))
}

/// `GET /api/v1/reviews/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<AccessReview>, Refusal> {
    Params::of(&uri, &[])?;
    summary(&api, asking.caller, lookup::id(&id)?).await.map(Json)
}

/// `GET /api/v1/reviews/{id}/lines`
pub(super) async fn lines(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Page<ReviewLine> {
    let asked = Asked::of::<ReviewLine>(&api, &asking, &uri, &resources::REVIEW_LINES)?;
    let review = lookup::id(&id)?;
    one(&api, asking.caller, review).await?;
    let names = names(&api, asking.caller).await?;
    let rows = all_lines(&api, asking.caller, review).await?;
    Ok(asked.page(rows.iter().map(|row| shown(&api, row, &names)).collect()))
}

pub(super) async fn one(api: &Api, caller: Caller, id: ReviewId) -> Result<ReviewStatus, Refusal> {
    let Answer::Reviews(rows) = api.ask(caller, Query::Review(id)).await? else { return Err(wrong_shape()) };
    rows.into_iter().next().ok_or_else(|| lookup::absent(id))
}

pub(super) async fn all_lines(api: &Api, caller: Caller, review: ReviewId) -> Result<Vec<ReviewLineStatus>, Refusal> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = CorePage { after, limit: PART_LINES };
        let query = Query::ReviewLines { review, only: LineFilter::All, page };
        let Answer::ReviewLines(part) = api.ask(caller, query).await? else { return Err(wrong_shape()) };
        let Some(last) = part.last() else { return Ok(rows) };
        after = Some(last.number);
        rows.extend(part);
    }
}

pub(super) async fn names(api: &Api, caller: Caller) -> Result<Names, Refusal> {
    let Answer::Names(names) = api.ask(caller, Query::Names).await? else { return Err(wrong_shape()) };
    Ok(Names { schedules: names.schedules.into_iter().collect(), profiles: names.profiles.into_iter().collect() })
}

pub(super) fn shown(api: &Api, row: &ReviewLineStatus, names: &Names) -> ReviewLine {
    ReviewLine::of(row, api.person_name(row.line.frozen.person), names, &api.backend.site())
}

async fn give(api: &Api, caller: Caller, command: ReviewCommand) -> Result<(ReviewId, Generation), Refusal> {
    match api.submit(caller, Command::Review(command)).await? {
        Reply::Review(id, generation) => Ok((id, generation)),
        _ => Err(wrong_shape()),
    }
}

async fn summary(api: &Api, caller: Caller, id: ReviewId) -> Result<AccessReview, Refusal> {
    preconditions::tag(api, caller, Subject::Review(id)).await?;
    Ok(AccessReview::of(&one(api, caller, id).await?, &api.backend.site()))
}

/// `POST /api/v1/reviews`
pub(super) async fn open(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<OpenReview>,
) -> Result<Made<AccessReview>, Refusal> {
    let caller = asking.caller;
    let sight = Sight::of(&api, caller).await?;
    let (mut scope, mut refused) = (Vec::new(), Vec::new());
    for (place, text) in wanted.scope.iter().enumerate() {
        match areas_of(&sight, place, text) {
            Ok(areas) => scope.extend(areas),
            Err(refusal) => refused.push(refusal),
        }
    }
    let word = wanted.undecided.as_deref().unwrap_or(Undecided::Revoke.word());
    let undecided = chosen("undecided", word, Undecided::ALL, Undecided::word).map_err(Refusal::from);
    let reason = reason("reason", &wanted.reason).map_err(Refusal::from);
    let (undecided, reason) = match (undecided, reason) {
        (Ok(undecided), Ok(reason)) if refused.is_empty() => (undecided, reason),
        (undecided, reason) => {
            return Err(Refusal::all(refused.into_iter().chain(undecided.err()).chain(reason.err())));
        }
    };
    let uses = Arc::new(api.backend.last_uses().await?);
    let (due, unused_days) = (wanted.due_at.0, wanted.unused_days);
    let wish = ReviewWish { scope, due, unused_days, undecided, reason, uses };
    let (id, _) = give(&api, caller, ReviewCommand::Open(Box::new(wish))).await?;
    Ok(Made::new(Place::of("reviews", id), summary(&api, caller, id).await?))
}

/// The areas that a text of the scope means; all that lies in them belongs to them anyway. A path that is no area itself, such as
/// that of the whole site, means the outermost areas below it.
fn areas_of(sight: &Sight, place: usize, text: &str) -> Result<Vec<AreaId>, Refusal> {
    let pointer = format!("/scope/{place}");
    let path = text.strip_suffix("/*").unwrap_or(text);
    if path.contains(['*', '?', '[']) {
        let detail = "a pattern may only end with /*; name each area that the review is about".to_owned();
        return Err(FieldProblem { pointer, detail }.into());
    }
    let (site, below) = (sight.site(), format!("{path}/"));
    let is_below = |area: &Area| area.path.starts_with(&below);
    let outermost =
        |area: &&Area| is_below(area) && !area.inside.and_then(|around| site.area(around)).is_some_and(is_below);
    if !site.areas().any(|area| area.path == path) && site.areas().any(is_below) {
        return Ok(site.areas().filter(outermost).map(|area| area.id).collect());
    }
    sight.area(&pointer, path).map(|area| vec![area])
}

/// `POST /api/v1/reviews/{id}/assign`
pub(super) async fn assign(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<AssignReview>,
) -> Result<Json<AccessReview>, Refusal> {
    let review = lookup::id(&id)?;
    let reviewer = operators::called(&api, &wanted.reviewer)?;
    let command = ReviewCommand::Assign { review, lines: wanted.lines, reviewer };
    let (id, _) = give(&api, asking.caller, command).await?;
    summary(&api, asking.caller, id).await.map(Json)
}

/// `POST /api/v1/reviews/{id}/decisions`
pub(super) async fn decide(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<DecideReview>,
) -> Result<Stored<ReviewChanged>, Refusal> {
    let review = lookup::id(&id)?;
    let (mut decisions, mut problems) = (Vec::new(), Vec::new());
    problems.extend(reason("note", &wanted.note).err());
    for (place, line) in wanted.decisions.iter().enumerate() {
        match decision_of(&api, place, line) {
            Ok(decision) => decisions.push((line.line, decision)),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Refusal::invalid(problems));
    }
    let note = reason("note", &wanted.note)?;
    let (id, generation) = give(&api, asking.caller, ReviewCommand::Decide { review, decisions, note }).await?;
    let review = summary(&api, asking.caller, id).await?;
    receipts::changed(&api, &asking, ReviewChanged { review, generation: generation.get() }, generation).await
}

/// What is decided of a line, or what is wrong with how it is said.
fn decision_of(api: &Api, place: usize, wanted: &DecideLine) -> Result<Decision, FieldProblem> {
    let at = |member: &str, detail: &str| FieldProblem {
        pointer: format!("/decisions/{place}/{member}"),
        detail: detail.to_owned(),
    };
    match (wanted.decision.as_str(), wanted.until_at, wanted.to.as_deref()) {
        ("keep", None, None) => Ok(Decision::Keep),
        ("revoke", None, None) => Ok(Decision::Revoke),
        ("shorten", Some(until), None) => Ok(Decision::Shorten(until.0)),
        ("shorten", None, _) => Err(at("until_at", "say until when with until_at")),
        ("reassign", None, Some(to)) => operators::called(api, to)
            .map(Decision::Reassign)
            .map_err(|_| at("to", "no operator is called so; list them to see their names")),
        ("reassign", _, None) => Err(at("to", "say with to who is to decide")),
        (word, Some(_), _) if DECISIONS.contains(&word) => Err(at("until_at", "until_at goes with shorten only")),
        (word, _, Some(_)) if DECISIONS.contains(&word) => Err(at("to", "to goes with reassign only")),
        _ => Err(at("decision", "decision must be keep, revoke, shorten or reassign")),
    }
}

/// `POST /api/v1/reviews/{id}/close`
pub(super) async fn close(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<CloseReview>,
) -> Result<Json<AccessReview>, Refusal> {
    let (review, reason) = (lookup::id(&id)?, reason("reason", &wanted.reason)?);
    let closing = if wanted.abandon.unwrap_or(false) { Closing::Abandon } else { Closing::Finish };
    let (id, _) = give(&api, asking.caller, ReviewCommand::Close { review, closing, reason }).await?;
    summary(&api, asking.caller, id).await.map(Json)
}
