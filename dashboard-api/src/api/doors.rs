//! Doors and access points, and what an operator may do to a door: release it once, or put it in another mode.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::preconditions::Subject;
use rackward_core::mode::ModeOrder;
use rackward_core::{Answer, Caller, Command, Query};

use super::lookup::Sight;
use super::{Api, Page, chosen, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::params::Params;
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::place::{Door, Point};
use crate::wire::problem::ProblemKind;
use crate::wire::request::{Done, OpenDoor, OrderMode};

/// `GET /api/v1/doors`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Door> {
    let asked = Asked::of::<Door>(&api, &asking, &uri, &resources::DOORS)?;
    Ok(asked.page(current(&api, asking.caller).await?))
}

/// `GET /api/v1/doors/{id}`: by id, or by its path with every slash as `%2F`.
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Door>, Refusal> {
    Params::of(&uri, &[])?;
    let door = match id.parse() {
        Ok(door) => door,
        Err(_) => Sight::of(&api, asking.caller).await?.door("{id}", &id)?,
    };
    preconditions::tag(&api, asking.caller, Subject::Door(door)).await?;
    let Answer::Doors(doors) = api.ask(asking.caller, Query::Door(door)).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    let door = doors.first().and_then(|status| Door::of(status, &site));
    door.map(Json).ok_or_else(|| Refusal::new(ProblemKind::NotFound, format!("{id} does not exist")))
}

/// Every door as it stands.
pub(crate) async fn current(api: &Api, caller: Caller) -> Result<Vec<Door>, Refusal> {
    let Answer::Doors(doors) = api.ask(caller, Query::Doors).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    Ok(doors.iter().filter_map(|status| Door::of(status, &site)).collect())
}

/// `GET /api/v1/points`
pub(super) async fn points(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Point> {
    let asked = Asked::of::<Point>(&api, &asking, &uri, &resources::POINTS)?;
    let sight = Sight::of(&api, asking.caller).await?;
    let seen = sight.site().points().filter(|point| sight.sees_door(point.door));
    Ok(asked.page(seen.map(|point| Point::of(point, sight.site())).collect()))
}

/// `POST /api/v1/doors/open`
pub(super) async fn open(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<OpenDoor>,
) -> Result<Json<Done>, Refusal> {
    let reason = reason("reason", &wanted.reason)?;
    let door = Sight::of(&api, asking.caller).await?.door("/door", &wanted.door)?;
    let lasting = wanted.for_s.map(|seconds| Duration::from_secs(seconds.into()));
    let command = Command::OpenDoor { door, lasting, reason, not_after: wanted.not_after_at.0 };
    api.submit(asking.caller, command).await?;
    Ok(Json(Done { id: door.to_string() }))
}

/// `POST /api/v1/doors/mode`
pub(super) async fn order_mode(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<OrderMode>,
) -> Result<Json<Door>, Refusal> {
    let order = chosen("order", &wanted.order, ModeOrder::ALL, ModeOrder::word);
    let (order, reason) = match (order, reason("reason", &wanted.reason)) {
        (Ok(order), Ok(reason)) => (order, reason),
        (order, why) => return Err(Refusal::invalid([order.err(), why.err()].into_iter().flatten().collect())),
    };
    let door = Sight::of(&api, asking.caller).await?.door("/door", &wanted.door)?;
    let command = Command::SetDoorMode { door, order, reason };
    api.submit_before(wanted.not_after_at.0, asking.caller, command).await?;
    let doors = current(&api, asking.caller).await?;
    doors.into_iter().find(|row| row.id == door.to_string()).map(Json).ok_or_else(wrong_shape)
}
