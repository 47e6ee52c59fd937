//! Doors, devices and access points, and the one thing an operator may do to a door: release it once.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::{Answer, Command, Query};

use super::{Api, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::List;
use crate::wire::place::{Device, Door, Point};
use crate::wire::request::{Done, OpenDoor};

/// `GET /api/v1/doors`
pub(super) async fn list(State(api): State<Api>, uri: Uri) -> Result<Json<List<Door>>, Refusal> {
    Params::of(&uri, &[])?;
    Ok(Json(List::whole(current(&api).await?)))
}

/// Every door as it stands.
pub(crate) async fn current(api: &Api) -> Result<Vec<Door>, Refusal> {
    let Answer::Doors(doors) = api.ask(Query::Doors).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    Ok(doors.iter().filter_map(|status| Door::of(status, &site)).collect())
}

/// `GET /api/v1/devices`
pub(super) async fn devices(State(api): State<Api>, uri: Uri) -> Result<Json<List<Device>>, Refusal> {
    Params::of(&uri, &[])?;
    let Answer::Devices(devices) = api.ask(Query::Devices).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    Ok(Json(List::whole(devices.iter().filter_map(|status| Device::of(status, &site)).collect())))
}

/// `GET /api/v1/points`
pub(super) async fn points(State(api): State<Api>, uri: Uri) -> Result<Json<List<Point>>, Refusal> {
    Params::of(&uri, &[])?;
    let site = api.backend.site();
    Ok(Json(List::whole(site.points().map(|point| Point::of(point, &site)).collect())))
}

/// `POST /api/v1/doors/open`
pub(super) async fn open(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<OpenDoor>,
) -> Result<Json<Done>, Refusal> {
    let site = api.backend.site();
    let door = lookup::door(&site, "/door", &wanted.door)?;
    let command =
        Command::OpenDoor { door, reason: reason("reason", &wanted.reason)?, not_after: wanted.not_after_at.0 };
    api.submit(asking.caller, command).await?;
    Ok(Json(Done { id: door.to_string() }))
}
