//! Areas, who is inside them, and what is ordered for many at once: lockdowns, the threat level, forgetting whereabouts.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::AreaId;
use rackward_core::people::ThreatLevel;
use rackward_core::{Answer, Caller, Command, Query};

use super::lookup::Sight;
use super::{Api, Page, chosen, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::params::{Holds, Parameter, Params};
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::THREAT_LEVELS;
use crate::wire::area::{Area, Occupant};
use crate::wire::problem::ProblemKind;
use crate::wire::request::{AreaOrder, Done, Forgive, SetThreatLevel};

/// `GET /api/v1/areas`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Area> {
    let asked = Asked::of::<Area>(&api, &asking, &uri, &resources::AREAS)?;
    let Answer::Areas(areas) = api.ask(asking.caller, Query::Areas).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    Ok(asked.page(areas.iter().map(|status| Area::of(status, &site)).collect()))
}

/// `GET /api/v1/areas/{id}`: by id, or by its path with every slash as `%2F`.
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Area>, Refusal> {
    Params::of(&uri, &[])?;
    let wanted: AreaId = match id.parse() {
        Ok(area) => area,
        Err(_) => named(&api, asking.caller, "{id}", &id).await?,
    };
    preconditions::tag(&api, asking.caller, Subject::Area(wanted)).await?;
    let Answer::Areas(areas) = api.ask(asking.caller, Query::Areas).await? else { return Err(wrong_shape()) };
    let area = areas.iter().find(|status| status.area.id == wanted);
    let missing = || Refusal::new(ProblemKind::NotFound, format!("{id} does not exist"));
    area.map(|status| Json(Area::of(status, &api.backend.site()))).ok_or_else(missing)
}

/// What `GET /api/v1/areas/occupancy` takes.
pub(crate) const OCCUPANCY: &[Parameter] =
    &[Parameter::required("area", Holds::Text, "The area's path, or the end of it")];

/// `GET /api/v1/areas/occupancy?area=`
pub(super) async fn occupancy(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Occupant> {
    let asked = Asked::of::<Occupant>(&api, &asking, &uri, &resources::OCCUPANTS)?;
    let area = named(&api, asking.caller, "?area", asked.params.required("area")?).await?;
    let Answer::Occupancy(inside) = api.ask(asking.caller, Query::Occupancy(area)).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    let show = |(person, known)| Occupant::of(person, api.person_name(person), known, &site);
    Ok(asked.page(inside.into_iter().map(show).collect()))
}

async fn named(api: &Api, caller: Caller, pointer: &str, text: &str) -> Result<AreaId, Refusal> {
    Sight::of(api, caller).await?.area(pointer, text)
}

/// `POST /api/v1/areas/lockdown`
pub(super) async fn lock_down(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<AreaOrder>,
) -> Result<Json<Done>, Refusal> {
    let reason = reason("reason", &wanted.reason)?;
    let area = named(&api, asking.caller, "/area", &wanted.area).await?;
    let command = Command::LockDownArea { area, reason };
    api.submit_before(wanted.not_after_at.0, asking.caller, command).await?;
    Ok(Json(Done { id: area.to_string() }))
}

/// `POST /api/v1/areas/release`
pub(super) async fn release(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<AreaOrder>,
) -> Result<Json<Done>, Refusal> {
    let reason = reason("reason", &wanted.reason)?;
    let area = named(&api, asking.caller, "/area", &wanted.area).await?;
    let command = Command::ReleaseArea { area, reason };
    api.submit_before(wanted.not_after_at.0, asking.caller, command).await?;
    Ok(Json(Done { id: area.to_string() }))
}

/// `POST /api/v1/threat-level`
pub(super) async fn set_threat_level(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<SetThreatLevel>,
) -> Result<Json<Done>, Refusal> {
    let level = chosen("level", &wanted.level, THREAT_LEVELS, ThreatLevel::word);
    let command = match (level, reason("reason", &wanted.reason)) {
        (Ok(level), Ok(reason)) => Command::SetThreatLevel { level, reason },
        (level, why) => return Err(Refusal::invalid([level.err(), why.err()].into_iter().flatten().collect())),
    };
    api.submit(asking.caller, command).await?;
    Ok(Json(Done { id: wanted.level }))
}

/// `POST /api/v1/presence/forgive`
pub(super) async fn forgive(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<Forgive>,
) -> Result<Json<Done>, Refusal> {
    let reason = reason("reason", &wanted.reason)?;
    let person = match wanted.person.as_deref() {
        Some(text) => Some(lookup::person(&api, asking.caller, "/person", text).await?),
        None => None,
    };
    let area = match wanted.area.as_deref() {
        Some(text) => Some(named(&api, asking.caller, "/area", text).await?),
        None => None,
    };
    api.submit(asking.caller, Command::ForgivePassback { person, area, reason }).await?;
    let id = match (person, area) {
        (Some(person), _) => person.to_string(),
        (None, Some(area)) => area.to_string(),
        (None, None) => "everybody".to_owned(),
    };
    Ok(Json(Done { id }))
}
