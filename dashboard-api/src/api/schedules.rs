//! Schedules: listing, making, changing, removing, looking ahead, and iCalendar in and out. What a schedule means, and what
//! is wrong with one, is the core's (`site/schedule/`).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rackward_core::engine::command::SetMode;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::{CalendarId, ScheduleId};
use rackward_core::people::ManagedBy;
use rackward_core::site::draft::ScheduleDraft;
use rackward_core::site::schedule::icalendar::{self, IcalProblem};
use rackward_core::site::schedule::{
    Calendar as CoreCalendar, DayWindows, Schedule as CoreSchedule, Timetable, Weekly,
};
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::calendars::{self, Calendars};
use super::receipts::{self, Stored};
use super::{Api, CREATED, Page, lookup, wrong_shape};
use crate::body::{Ical, Read};
use crate::lists::{Asked, resources};
use crate::made::Place;
use crate::params::{Holds, Parameter, Params};
use crate::past::Moment;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignedIn};
use crate::wire::person::RightsChanged;
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{ChangeSchedule, CreateSchedule, SpecialDays};
use crate::wire::schedule::{Changed, Preview, Schedule};
use crate::wire::windows::{day_window, week_window};

/// How far a preview looks when nobody says: two weeks.
const PREVIEW_LENGTH: Duration = Duration::from_secs(14 * 86_400);

/// What iCalendar is served as (RFC 5545, 8.1).
pub(super) const ICAL_TYPE: &str = "text/calendar; charset=utf-8";

/// `GET /api/v1/schedules`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Schedule> {
    let asked = Asked::of::<Schedule>(&api, &asking, &uri, &resources::SCHEDULES)?;
    let moment = Moment::over(&api, &asked.params)?;
    let rows = at(&api, asking.caller, moment).await?;
    let calendars = calendars::at(&api, asking.caller, moment).await?;
    Ok(asked.page(rows.iter().map(|(row, managed)| Schedule::of(row, *managed, &calendars)).collect()))
}

async fn current(api: &Api, caller: Caller) -> Result<Vec<(CoreSchedule, ManagedBy)>, Refusal> {
    at(api, caller, Moment::Now).await
}

async fn at(api: &Api, caller: Caller, moment: Moment) -> Result<Vec<(CoreSchedule, ManagedBy)>, Refusal> {
    match api.ask_at(caller, moment, Query::Schedules).await? {
        Answer::Schedules(rows) => Ok(rows),
        _ => Err(wrong_shape()),
    }
}

async fn find(api: &Api, caller: Caller, name: &str) -> Result<Option<CoreSchedule>, Refusal> {
    let rows = current(api, caller).await?;
    let id = lookup::named(rows.iter().map(|(row, _)| (row.id, row.name.as_str())), name);
    Ok(rows.into_iter().map(|(row, _)| row).find(|row| Some(row.id) == id))
}

pub(super) async fn known(api: &Api, caller: Caller, name: &str) -> Result<CoreSchedule, Refusal> {
    find(api, caller, name).await?.ok_or_else(|| lookup::missing("schedule"))
}

/// `GET /api/v1/schedules/{name}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Schedule>, Refusal> {
    Params::of(&uri, &[])?;
    let known = known(&api, asking.caller, &name).await?;
    preconditions::tag(&api, asking.caller, Subject::Schedule(known.id)).await?;
    // Read again after its tag: a change in between then costs another look and nobody's change.
    shown(&api, asking.caller, known.id).await.map(Json)
}

pub(super) async fn shown(api: &Api, caller: Caller, id: ScheduleId) -> Result<Schedule, Refusal> {
    let (rows, calendars) = (current(api, caller).await?, calendars::current(api, caller).await?);
    let row = rows.iter().find(|(row, _)| row.id == id);
    row.map(|(row, managed)| Schedule::of(row, *managed, &calendars)).ok_or_else(|| lookup::missing("schedule"))
}

/// `POST /api/v1/schedules`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateSchedule>,
) -> Result<Stored<Changed<Schedule>>, Refusal> {
    let windows = wanted.windows.as_deref().unwrap_or_default();
    let (weekly, special) = read(windows, wanted.special.as_deref().unwrap_or_default()).map_err(Refusal::invalid)?;
    let draft = ScheduleDraft { name: wanted.name, time_zone: wanted.time_zone, weekly, special };
    made(&api, &asking, set(&api, asking.caller, draft, SetMode::Create).await?).await
}

async fn made(api: &Api, asking: &SignedIn, made: Changed<Schedule>) -> Result<Stored<Changed<Schedule>>, Refusal> {
    let place = Place::of("schedules", &made.now.id);
    Ok(receipts::set(api, asking, CREATED, made).await?.made(place))
}

/// `PUT /api/v1/schedules/{name}`
pub(super) async fn change(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    Read(wanted): Read<ChangeSchedule>,
) -> Result<Stored<Changed<Schedule>>, Refusal> {
    let before = known(&api, asking.caller, &name).await?;
    let before = as_draft(&before, &calendars::current(&api, asking.caller).await?);
    let windows = wanted.windows.as_deref().unwrap_or_default();
    let (weekly, special) = read(windows, wanted.special.as_deref().unwrap_or_default()).map_err(Refusal::invalid)?;
    let draft = ScheduleDraft {
        time_zone: wanted.time_zone.or(before.time_zone),
        weekly: if wanted.windows.is_some() { weekly } else { before.weekly },
        special: if wanted.special.is_some() { special } else { before.special },
        name: before.name,
    };
    receipts::set(&api, &asking, StatusCode::OK, set(&api, asking.caller, draft, SetMode::Edit).await?).await
}

/// A schedule as somebody could have written it, with its calendars by name.
fn as_draft(row: &CoreSchedule, calendars: &Calendars) -> ScheduleDraft {
    let name = |id: CalendarId| calendars.get(&id).map_or_else(|| id.to_string(), |(row, _)| row.name.clone());
    ScheduleDraft {
        name: row.name.clone(),
        time_zone: Some(row.zone.clone()),
        weekly: row.weekly.clone(),
        special: row.special.iter().map(|special| (name(special.calendar), special.windows.clone())).collect(),
    }
}

/// Windows of the week and of special days.
pub(crate) type Windows = (Option<Weekly>, Vec<(String, DayWindows)>);

/// Reads windows, or names all that are none.
pub(crate) fn read(windows: &[String], special: &[SpecialDays]) -> Result<Windows, Vec<FieldProblem>> {
    let mut errors = Vec::new();
    let wrong = |pointer: String, error: &dyn std::fmt::Display| FieldProblem { pointer, detail: error.to_string() };
    let mut stretches = Vec::new();
    for (place, text) in windows.iter().enumerate() {
        let pointer = format!("/windows/{place}");
        match week_window(text).map(|(days, from, to)| Weekly::on_days(&days, from, to)) {
            Ok(Ok(weekly)) => stretches.extend(weekly.stretches().to_vec()),
            Ok(Err(error)) => errors.push(wrong(pointer, &error)),
            Err(error) => errors.push(wrong(pointer, &error)),
        }
    }
    let mut read = Vec::new();
    for (place, days) in special.iter().enumerate() {
        let mut day = Vec::new();
        for (index, text) in days.windows.iter().enumerate() {
            match day_window(text) {
                Ok(window) => day.push(window),
                Err(error) => errors.push(wrong(format!("/special/{place}/windows/{index}"), &error)),
            }
        }
        match DayWindows::new(day) {
            Ok(windows) => read.push((days.calendar.clone(), windows)),
            Err(error) => errors.push(wrong(format!("/special/{place}/windows"), &error)),
        }
    }
    // No window at all is no weekly part; whether anything is left to open is for the engine to say.
    let weekly = Weekly::from_stretches(stretches).ok();
    if errors.is_empty() { Ok((weekly, read)) } else { Err(errors) }
}

pub(super) async fn set(
    api: &Api,
    caller: Caller,
    draft: ScheduleDraft,
    mode: SetMode,
) -> Result<Changed<Schedule>, Refusal> {
    // Where the engine says "weekly", the body says "windows".
    let command = Command::SetSchedule { draft, mode };
    let Reply::Schedule(id, generation) = api.submit_as(caller, command, &[("weekly", "windows")]).await? else {
        return Err(wrong_shape());
    };
    if mode == SetMode::Create {
        preconditions::tag(api, caller, Subject::Schedule(id)).await?;
    }
    let (rows, calendars) = (current(api, caller).await?, calendars::current(api, caller).await?);
    let (row, managed) = rows.iter().find(|(row, _)| row.id == id).ok_or_else(wrong_shape)?;
    Ok(Changed { now: Schedule::of(row, *managed, &calendars), generation: generation.get() })
}

/// `DELETE /api/v1/schedules/{name}`
pub(super) async fn remove(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
) -> Result<Stored<RightsChanged>, Refusal> {
    let schedule: ScheduleId = known(&api, asking.caller, &name).await?.id;
    let command = Command::RemoveSchedule { schedule };
    let Reply::Rights(generation) = api.submit(asking.caller, command).await? else { return Err(wrong_shape()) };
    let told = RightsChanged { id: schedule.to_string(), state: "removed".to_owned(), generation: generation.get() };
    receipts::changed(&api, &asking, told, generation).await
}

/// What `GET /api/v1/schedules/{name}/preview` takes.
pub(super) const PREVIEW: &[Parameter] = &[
    Parameter::optional("from_at", Holds::Time, "The first instant looked at; now if left out"),
    Parameter::optional("to_at", Holds::Time, "The first instant no longer looked at; two weeks later if left out"),
];

/// `GET /api/v1/schedules/{name}/preview?from_at=&to_at=`
pub(super) async fn preview(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Preview>, Refusal> {
    let params = Params::declared(&uri, PREVIEW)?;
    let from = params.time("from_at")?.map_or_else(|| api.backend.now().wall, |at| at.0);
    let to = params.time("to_at")?.map_or_else(|| from.after(PREVIEW_LENGTH), |at| at.0);
    if to <= from {
        return Err(Refusal::new(ProblemKind::Malformed, "to_at must be later than from_at"));
    }
    let row = known(&api, asking.caller, &name).await?;
    let calendars = calendars::current(&api, asking.caller).await?;
    let calendars: BTreeMap<CalendarId, CoreCalendar> =
        calendars.into_iter().map(|(id, (calendar, _))| (id, calendar)).collect();
    let unknown =
        || Refusal::new(ProblemKind::Conflict, "its zone or one of its calendars is not known, so it never holds");
    let timetable = Timetable::compile(&row, &calendars).ok_or_else(unknown)?;
    Ok(Json(Preview::of(&row.name, &timetable, from, to)))
}

/// `GET /api/v1/schedules/{name}/ical`
pub(super) async fn to_ical(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let id = known(&api, asking.caller, &name).await?.id;
    preconditions::tag(&api, asking.caller, Subject::Schedule(id)).await?;
    let row = known(&api, asking.caller, &id.to_string()).await?;
    Ok(([(CONTENT_TYPE, ICAL_TYPE)], icalendar::to_ical(&row)).into_response())
}

/// `PUT /api/v1/schedules/{name}/ical`: makes the schedule, or replaces its weekly windows.
pub(super) async fn from_ical(
    State(api): State<Api>,
    Path(name): Path<String>,
    asking: Asking,
    Ical(text): Ical,
) -> Result<Stored<Changed<Schedule>>, Refusal> {
    let (weekly, zone) = icalendar::from_ical(&text).map_err(refused)?;
    let caller = asking.caller;
    let changed = match find(&api, caller, &name).await? {
        Some(row) => {
            let before = as_draft(&row, &calendars::current(&api, caller).await?);
            let draft = ScheduleDraft { time_zone: zone.or(before.time_zone), weekly: Some(weekly), ..before };
            set(&api, caller, draft, SetMode::Edit).await?
        }
        None => {
            preconditions::made_new()?;
            let draft = ScheduleDraft { name, time_zone: zone, weekly: Some(weekly), special: Vec::new() };
            let new = set(&api, caller, draft, SetMode::Create).await?;
            return made(&api, &asking, new).await;
        }
    };
    receipts::set(&api, &asking, StatusCode::OK, changed).await
}

/// Every line of a text that cannot be taken.
pub(super) fn refused(problems: Vec<IcalProblem>) -> Refusal {
    let told = |problem: IcalProblem| FieldProblem {
        pointer: format!("line {}", problem.line),
        detail: format!("{}; {}", problem.message, problem.help),
    };
    Refusal::invalid(problems.into_iter().map(told).collect())
}
