//! Calendars of special days: listing, making, changing, removing, and iCalendar in and out.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::command::SetMode;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::CalendarId;
use rackward_core::people::ManagedBy;
use rackward_core::site::draft::CalendarDraft;
use rackward_core::site::schedule::{Calendar as CoreCalendar, Date, icalendar};
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::receipts::{self, Stored};
use super::schedules::{ICAL_TYPE, refused};
use super::{Api, CREATED, Page, lookup, wrong_shape};
use crate::body::{Ical, Read};
use crate::lists::{Asked, resources};
use crate::made::Place;
use crate::params::Params;
use crate::past::Moment;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::wire::person::RightsChanged;
use crate::wire::problem::FieldProblem;
use crate::wire::request::{ChangeCalendar, CreateCalendar};
use crate::wire::schedule::{Calendar, Changed};

/// Every calendar, by id.
pub(super) type Calendars = BTreeMap<CalendarId, (CoreCalendar, ManagedBy)>;

/// `GET /api/v1/calendars`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Calendar> {
    let asked = Asked::of::<Calendar>(&api, &asking, &uri, &resources::CALENDARS)?;
    let rows = at(&api, asking.caller, Moment::over(&api, &asked.params)?).await?;
    Ok(asked.page(rows.values().map(|(row, managed)| Calendar::of(row, *managed)).collect()))
}

pub(super) async fn current(api: &Api, caller: Caller) -> Result<Calendars, Refusal> {
    at(api, caller, Moment::Now).await
}

pub(super) async fn at(api: &Api, caller: Caller, moment: Moment) -> Result<Calendars, Refusal> {
    match api.ask_at(caller, moment, Query::Calendars).await? {
        Answer::Calendars(rows) => Ok(rows.into_iter().map(|(row, managed)| (row.id, (row, managed))).collect()),
        _ => Err(wrong_shape()),
    }
}

async fn find(api: &Api, caller: Caller, name: &str) -> Result<Option<CoreCalendar>, Refusal> {
    let mut rows = current(api, caller).await?;
    let id = lookup::named(rows.iter().map(|(id, (row, _))| (*id, row.name.as_str())), name);
    Ok(id.and_then(|id| rows.remove(&id)).map(|(row, _)| row))
}

pub(super) async fn known(api: &Api, caller: Caller, name: &str) -> Result<CoreCalendar, Refusal> {
    find(api, caller, name).await?.ok_or_else(|| lookup::missing("calendar"))
}

/// `GET /api/v1/calendars/{name}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Calendar>, Refusal> {
    Params::of(&uri, &[])?;
    let known = known(&api, asking.caller, &name).await?;
    preconditions::tag(&api, asking.caller, Subject::Calendar(known.id)).await?;
    // Read again after its tag: a change in between then costs another look and nobody's change.
    shown(&api, asking.caller, known.id).await.map(Json)
}

pub(super) async fn shown(api: &Api, caller: Caller, id: CalendarId) -> Result<Calendar, Refusal> {
    let rows = current(api, caller).await?;
    rows.get(&id).map(|(row, managed)| Calendar::of(row, *managed)).ok_or_else(|| lookup::missing("calendar"))
}

/// `POST /api/v1/calendars`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateCalendar>,
) -> Result<Stored<Changed<Calendar>>, Refusal> {
    let draft = CalendarDraft { name: wanted.name, days: days(&wanted.days).map_err(Refusal::invalid)? };
    made(&api, &asking, set(&api, asking.caller, draft, SetMode::Create).await?).await
}

async fn made(api: &Api, asking: &SignedIn, made: Changed<Calendar>) -> Result<Stored<Changed<Calendar>>, Refusal> {
    let place = Place::of("calendars", &made.now.id);
    Ok(receipts::set(api, asking, CREATED, made).await?.made(place))
}

/// `PUT /api/v1/calendars/{name}`
pub(super) async fn change(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    Read(wanted): Read<ChangeCalendar>,
) -> Result<Stored<Changed<Calendar>>, Refusal> {
    let days = days(&wanted.days).map_err(Refusal::invalid)?;
    let name = known(&api, asking.caller, &name).await?.name;
    let now = set(&api, asking.caller, CalendarDraft { name, days }, SetMode::Edit).await?;
    receipts::set(&api, &asking, StatusCode::OK, now).await
}

pub(super) fn days(texts: &[String]) -> Result<Vec<Date>, Vec<FieldProblem>> {
    let (mut days, mut errors) = (Vec::new(), Vec::new());
    for (place, text) in texts.iter().enumerate() {
        match text.trim().parse::<Date>() {
            Ok(day) => days.push(day),
            Err(error) => errors.push(FieldProblem { pointer: format!("/days/{place}"), detail: error.to_string() }),
        }
    }
    if errors.is_empty() { Ok(days) } else { Err(errors) }
}

pub(super) async fn set(
    api: &Api,
    caller: Caller,
    draft: CalendarDraft,
    mode: SetMode,
) -> Result<Changed<Calendar>, Refusal> {
    let Reply::Calendar(id, generation) = api.submit(caller, Command::SetCalendar { draft, mode }).await? else {
        return Err(wrong_shape());
    };
    if mode == SetMode::Create {
        preconditions::tag(api, caller, Subject::Calendar(id)).await?;
    }
    let rows = current(api, caller).await?;
    let (row, managed) = rows.get(&id).ok_or_else(wrong_shape)?;
    Ok(Changed { now: Calendar::of(row, *managed), generation: generation.get() })
}

/// `DELETE /api/v1/calendars/{name}`
pub(super) async fn remove(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
) -> Result<Stored<RightsChanged>, Refusal> {
    let calendar = known(&api, asking.caller, &name).await?.id;
    let command = Command::RemoveCalendar { calendar };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else { return Err(wrong_shape()) };
    let told = RightsChanged { id: calendar.to_string(), state: "removed".to_owned(), generation: generation.get() };
    receipts::changed(&api, &asking, told, generation).await
}

/// `GET /api/v1/calendars/{name}/ical`
pub(super) async fn to_ical(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let id = known(&api, asking.caller, &name).await?.id;
    preconditions::tag(&api, asking.caller, Subject::Calendar(id)).await?;
    let row = known(&api, asking.caller, &id.to_string()).await?;
    Ok(([(CONTENT_TYPE, ICAL_TYPE)], icalendar::calendar_to_ical(&row)).into_response())
}

/// `PUT /api/v1/calendars/{name}/ical`: makes the calendar, or replaces its dates.
pub(super) async fn from_ical(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    Ical(text): Ical,
) -> Result<Stored<Changed<Calendar>>, Refusal> {
    let days = icalendar::calendar_from_ical(&text).map_err(refused)?;
    let caller = asking.caller;
    let changed = match find(&api, caller, &name).await? {
        Some(row) => {
            let draft = CalendarDraft { name: row.name, days };
            set(&api, caller, draft, SetMode::Edit).await?
        }
        None => {
            preconditions::made_new()?;
            let new = set(&api, caller, CalendarDraft { name, days }, SetMode::Create).await?;
            return made(&api, &asking, new).await;
        }
    };
    receipts::set(&api, &asking, StatusCode::OK, changed).await
}
