//! Alerts: listing them, leaving a query standing as one, ending one. What a query means, and how often it would have matched, is
//! told with the code that finds events; which of it raises an alarm is the core's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::alarm::AlarmKind;
use rackward_core::alert::{AlertPlace, AlertPriority, FORECAST_MAX_MATCHES, FORECAST_WITHIN, Forecast, can_raise};
use rackward_core::engine::command::{AlertCommand, AlertWish, FloodWish, Scope};
use rackward_core::engine::preconditions::Subject;
use rackward_core::engine::query::AlertStatus;
use rackward_core::id::AlertId;
use rackward_core::permission::{Permission, may};
use rackward_core::{Answer, Caller, Command, Query, Reply, Stamped, Wall};

use super::events::find;
use super::lookup::{self, Sight};
use super::musters::long_text;
use super::{Api, Page, alarms, operators, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::{Made, Place};
use crate::paging::MAX_PAGE_ITEMS;
use crate::params::Params;
use crate::preconditions;
use crate::query::{Order, Search, matched, standing};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::alert::{Alert, AlertForecast, AlertMade};
use crate::wire::problem::FieldProblem;
use crate::wire::request::{CreateAlert, Reason};

/// `GET /api/v1/alerts`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Alert> {
    let asked = Asked::of::<Alert>(&api, &asking, &uri, &resources::ALERTS)?;
    let rows = all(&api, asking.caller).await?;
    Ok(asked.page(rows.iter().map(|row| shown(&api, asking.caller, row)).collect()))
}

/// `GET /api/v1/alerts/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Alert>, Refusal> {
    Params::of(&uri, &[])?;
    one(&api, asking.caller, lookup::id(&id)?).await.map(Json)
}

async fn all(api: &Api, caller: Caller) -> Result<Vec<AlertStatus>, Refusal> {
    let Answer::Alerts(rows) = api.ask(caller, Query::Alerts).await? else { return Err(wrong_shape()) };
    Ok(rows)
}

async fn one(api: &Api, caller: Caller, id: AlertId) -> Result<Alert, Refusal> {
    preconditions::tag(api, caller, Subject::Alert(id)).await?;
    let rows = all(api, caller).await?;
    let row = rows.iter().find(|row| row.alert.id == id).ok_or_else(|| lookup::missing("alert"))?;
    Ok(shown(api, caller, row))
}

fn shown(api: &Api, caller: Caller, row: &AlertStatus) -> Alert {
    let alert = Alert::of(row, &api.backend.site());
    if alarms::sees_persons(&caller) { alert } else { alert.without_persons() }
}

/// `POST /api/v1/alerts`
pub(super) async fn create(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<CreateAlert>,
) -> Result<Made<AlertMade>, Refusal> {
    let caller = asking.caller;
    // What it would have matched tells of the journal.
    may(&caller, Permission::ViewJournal)?;
    let wish = read(&api, caller, wanted).await?;
    let forecast = wish.forecast;
    let Reply::Alert(id) = api.submit(caller, Command::Alert(AlertCommand::Create(Box::new(wish)))).await? else {
        return Err(wrong_shape());
    };
    let alert = one(&api, caller, id).await?;
    Ok(Made::new(Place::of("alerts", id), AlertMade { alert, forecast: AlertForecast::of(forecast) }))
}

/// What a body wishes for, with its forecast; or everything that is wrong with it.
async fn read(api: &Api, caller: Caller, wanted: CreateAlert) -> Result<AlertWish, Refusal> {
    let CreateAlert { name, query, owner, organisation, until_at, .. } = wanted;
    let search = standing(&query, &api.backend.site()).map_err(|mistakes| {
        let problem = |mistake: &crate::query::Mistake| FieldProblem::of("query", mistake.to_string());
        Refusal::invalid(mistakes.iter().map(problem).collect())
    });
    let priority = u8::try_from(wanted.priority)
        .ok()
        .and_then(AlertPriority::numbered)
        .ok_or_else(|| FieldProblem::of("priority", "priority must be 2 (high), 3 (medium) or 4 (low)".to_owned()));
    let (priority, response, why) = (
        priority.map_err(Refusal::from),
        long_text("response", &wanted.response).map_err(Refusal::from),
        reason("reason", &wanted.reason).map_err(Refusal::from),
    );
    let owner = match owner {
        Some(text) => operators::named(api, caller, "owner", &text).await.map(Some),
        None => Ok(None),
    };
    let organisation = match organisation {
        Some(text) => lookup::organisation(api, caller, "/organisation", &text).await.map(Some),
        None => Ok(None),
    };
    let (search, priority, response, reason, owner, organisation) =
        match (search, priority, response, why, owner, organisation) {
            (Ok(search), Ok(priority), Ok(response), Ok(reason), Ok(owner), Ok(organisation)) => {
                (search, priority, response, reason, owner, organisation)
            }
            (search, priority, response, reason, owner, organisation) => {
                let wrong =
                    [search.err(), priority.err(), response.err(), reason.err(), owner.err(), organisation.err()];
                return Err(Refusal::all(wrong.into_iter().flatten()));
            }
        };
    let scope = organisation.map_or(Scope::Site, Scope::Organisation);
    let forecast = forecast(api, Caller { scope, ..caller }, search).await?;
    let flood = if wanted.accept_flood.unwrap_or(false) { FloodWish::Accept } else { FloodWish::Refuse };
    let until = until_at.0;
    Ok(AlertWish { name, query, priority, response, reason, owner, organisation, until, forecast, flood })
}

/// How often a standing query would have matched what `viewer` sees, the newest first until it is a flood in any case.
async fn forecast(api: &Api, viewer: Caller, search: Search) -> Result<Forecast, Refusal> {
    let (site, now) = (api.backend.site(), api.backend.now().wall);
    let sight = Sight::of(api, viewer).await?;
    let back = i64::try_from(FORECAST_WITHIN.as_micros()).unwrap_or(i64::MAX);
    let from = Some(Wall::from_micros(now.as_micros().saturating_sub(back)));
    let mut page = Search { order: Order::NewestFirst, limit: MAX_PAGE_ITEMS, from, ..search.clone() };
    // Which alarms were alerts' is not known of the past; those that were count as well.
    let raises = |stamped: &&Stamped| can_raise(&stamped.entry, |_| Some(AlarmKind::DoorForced));
    let is_seen = |stamped: &&Stamped| match matched([((), &search)], stamped, &site).first().map(|(_, place)| *place) {
        Some(AlertPlace::Door(door)) => sight.sees_door(door),
        Some(AlertPlace::Area(area)) => sight.sees_area(area),
        Some(AlertPlace::Device(device)) => sight.sees_device(device),
        Some(AlertPlace::Site | AlertPlace::Zone(_)) => viewer.scope == Scope::Site,
        None => false,
    };
    let mut times = Vec::new();
    loop {
        let found = find(api, page.clone()).await?;
        times.extend(found.entries.iter().filter(raises).filter(is_seen).map(|stamped| stamped.at));
        match found.next {
            Some(next) if times.len() < FORECAST_MAX_MATCHES => page.past = Some(next),
            Some(_) | None => break,
        }
    }
    times.truncate(FORECAST_MAX_MATCHES);
    Ok(Forecast::of(times))
}

/// `DELETE /api/v1/alerts/{id}`
pub(super) async fn end(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<Reason>,
) -> Result<Json<Alert>, Refusal> {
    let (alert, reason) = (lookup::id(&id)?, reason("reason", &wanted.reason)?);
    api.submit(asking.caller, Command::Alert(AlertCommand::End { alert, reason })).await?;
    one(&api, asking.caller, alert).await.map(Json)
}
