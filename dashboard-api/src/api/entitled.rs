//! Who may pass somewhere and where somebody may pass, now, at a moment of the past or at one to come. Who may is the core's; here
//! its parts are put together, and names are looked up.

use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::query::Through;
use rackward_core::{Answer, Caller, Query};

use super::lookup::{self, Sight};
use super::{Api, Page, wrong_shape};
use crate::lists::{Asked, resources};
use crate::params::{Holds, Parameter};
use crate::past::Moment;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::grant::MayOpen;
use crate::wire::past::MayPass;
use crate::wire::problem::ProblemKind;

/// What these lists take beside what all lists take.
pub(crate) const OWN: &[Parameter] =
    &[Parameter::optional("at", Holds::Time, "At which moment, past or to come; now if left out")];

/// `GET /api/v1/doors/{id}/who`: by id, or by its path with every slash as `%2F`.
pub(super) async fn at_door(State(api): State<Api>, Path(id): Path<String>, asking: Asking, uri: Uri) -> Page<MayOpen> {
    let asked = Asked::of::<MayOpen>(&api, &asking, &uri, &resources::MAY_OPEN)?;
    let door = match id.parse() {
        Ok(door) => door,
        Err(_) => Sight::of(&api, asking.caller).await?.door("{id}", &id)?,
    };
    let Answer::Doors(seen) = api.ask(asking.caller, Query::Door(door)).await? else { return Err(wrong_shape()) };
    if seen.is_empty() {
        return Err(Refusal::new(ProblemKind::NotFound, format!("{id} does not exist")));
    }
    who(&api, asking.caller, asked, Through::Door(door)).await
}

/// `GET /api/v1/points/{id}/who`: by id, or by its path with every slash as `%2F`.
pub(super) async fn at_point(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Page<MayOpen> {
    let asked = Asked::of::<MayOpen>(&api, &asking, &uri, &resources::MAY_OPEN)?;
    let sight = Sight::of(&api, asking.caller).await?;
    let point = match id.parse() {
        Ok(point) => point,
        Err(_) => sight.point("{id}", &id)?,
    };
    if !sight.site().point(point).is_some_and(|point| sight.sees_door(point.door)) {
        return Err(Refusal::new(ProblemKind::NotFound, format!("{id} does not exist")));
    }
    who(&api, asking.caller, asked, Through::Point(point)).await
}

async fn who(api: &Api, caller: Caller, asked: Asked, through: Through) -> Page<MayOpen> {
    let moment = Moment::of(api, asked.params.time("at")?);
    let names = lookup::names_at(api, caller, moment).await?;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let query = Query::Entitled { through, at: moment.to_come(), after };
        let Answer::Entitled(part) = api.ask_at(caller, moment, query).await? else { return Err(wrong_shape()) };
        rows.extend(part.entitled.iter().map(|entitled| {
            let name = entitled.is_own.then(|| api.person_name(entitled.grant.person)).flatten();
            MayOpen::of(&entitled.grant, name, &names)
        }));
        after = part.next;
        if after.is_none() {
            return Ok(asked.page(rows));
        }
    }
}

/// `GET /api/v1/people/{id}/points`
pub(super) async fn points(State(api): State<Api>, Path(id): Path<String>, asking: Asking, uri: Uri) -> Page<MayPass> {
    let asked = Asked::of::<MayPass>(&api, &asking, &uri, &resources::MAY_PASS)?;
    let moment = Moment::of(&api, asked.params.time("at")?);
    let person = lookup::person(&api, asking.caller, "{id}", &id).await?;
    let (names, site) = (lookup::names_at(&api, asking.caller, moment).await?, api.backend.site());
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let query = Query::Passable { person, at: moment.to_come(), after };
        let Answer::Passable(part) = api.ask_at(asking.caller, moment, query).await? else {
            return Err(wrong_shape());
        };
        let Some(part) = part else {
            return Err(Refusal::new(ProblemKind::NotFound, format!("{person} does not exist")));
        };
        rows.extend(part.points.iter().map(|(point, grant)| MayPass::of(*point, grant, &site, &names)));
        after = part.next;
        if after.is_none() {
            return Ok(asked.page(rows));
        }
    }
}
