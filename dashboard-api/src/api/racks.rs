//! What an asset register says of racks: listed, and taken over whole. What that means is the core's to say.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::asset::{RackFacts, RackSource};
use rackward_core::engine::command::RegisterCommand;
use rackward_core::id::{AreaId, AssetId};
use rackward_core::{Answer, Command, Query, Reply};

use super::lookup::Sight;
use super::{Api, Page, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::problem::FieldProblem;
use crate::wire::rack::{Rack, RacksTaken};
use crate::wire::request::{RackOfRegister, TakeRacks};

/// How many mistakes are named.
const PROBLEMS_MAX_COUNT: usize = 100;

/// `GET /api/v1/racks`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Rack> {
    let asked = Asked::of::<Rack>(&api, &asking, &uri, &resources::RACKS)?;
    let Answer::Racks(rows) = api.ask(asking.caller, Query::Racks).await? else { return Err(wrong_shape()) };
    let site = api.backend.site();
    Ok(asked.page(rows.iter().map(|row| Rack::of(row, &site)).collect()))
}

/// `POST /api/v1/racks/import`
pub(super) async fn take(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<TakeRacks>,
) -> Result<Json<RacksTaken>, Refusal> {
    let sight = Sight::of(&api, asking.caller).await?;
    let (mut racks, mut errors) = (Vec::new(), Vec::new());
    let count = wanted.racks.len();
    for (place, row) in wanted.racks.into_iter().enumerate() {
        match matched(&sight, row.rack.as_deref(), place) {
            Ok(area) => racks.push((facts(row), area)),
            Err(problem) if errors.len() < PROBLEMS_MAX_COUNT => errors.push(problem),
            Err(_) => {}
        }
    }
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors));
    }
    let command = Command::Register(RegisterCommand::TakeRacks { source: RackSource { site: wanted.site }, racks });
    let Reply::Racks { taken, gone } = api.submit(asking.caller, command).await? else { return Err(wrong_shape()) };
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Json(RacksTaken { racks: count, taken, gone, unchanged: count.saturating_sub(taken) }))
}

/// The rack of this site that one of the register is said to be.
fn matched(sight: &Sight, rack: Option<&str>, place: usize) -> Result<Option<AreaId>, FieldProblem> {
    let Some(path) = rack else { return Ok(None) };
    let area = sight.site().areas().find(|area| area.path == path).map(|area| area.id);
    area.map(Some).ok_or_else(|| FieldProblem {
        pointer: format!("/racks/{place}/rack"),
        detail: format!("{path} is no area of this site; leave it out, or name a rack by its whole path"),
    })
}

fn facts(row: RackOfRegister) -> RackFacts {
    RackFacts {
        id: AssetId::new(row.id),
        name: row.name,
        facility_id: row.facility_id.unwrap_or_default(),
        site: row.site,
        location: row.location.unwrap_or_default(),
        role: row.role.unwrap_or_default(),
        status: row.status.unwrap_or_default(),
        tenant: row.tenant.unwrap_or_default(),
        u_height: row.u_height.unwrap_or_default(),
        serial: row.serial.unwrap_or_default(),
        asset_tag: row.asset_tag.unwrap_or_default(),
    }
}
