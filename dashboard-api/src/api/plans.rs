//! Floor plans: the list, one with what stands on it, its drawing, and what an admin changes of them. What of a drawing is taken
//! is `plan.rs`; that a plan is of an area and its elements of places, the core says.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use rackward_core::engine::command::{PlanCommand, Scope};
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::AreaId;
use rackward_core::plan::{Binding, Plan as CorePlan, PlanDraft, PlanSlug};
use rackward_core::site::{Area, Door};
use rackward_core::{Answer, Caller, Command, Query, Site};

use super::lookup::{self, Sight};
use super::{Api, Page, wrong_shape};
use crate::body::{Read, SvgBytes};
use crate::lists::{Asked, resources};
use crate::made::{Kept, Made, Place};
use crate::params::{Holds, Parameter, Params};
use crate::plan::{self, Drawing, home_of, is_part, rack_of};
use crate::preconditions::{self, Terms};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::plan::{Plan, PlanChild, PlanDetail, generated_id};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{BindPlan, Done};

/// What `PUT /api/v1/plans/{id}` takes.
pub(super) const PUT: &[Parameter] = &[
    Parameter::optional(
        "area",
        Holds::Text,
        "The area that it shows, by path; of a plan that there is the same if left out",
    ),
    Parameter::optional("name", Holds::Text, "What people call it; the same, or its id, if left out"),
    Parameter::optional("floor", Holds::Text, "On which floor, from -100 to 1000; the same, or 0, if left out"),
];

/// How many places are named that a plan does not show.
const MISSING_MAX_COUNT: usize = 5_000;

/// The plans that a caller sees: those that were uploaded, and the areas that the daemon draws.
struct Seen {
    site: std::sync::Arc<Site>,
    sight: Sight,
    scope: Scope,
    uploaded: Vec<CorePlan>,
    drawn: BTreeSet<AreaId>,
}

impl Seen {
    async fn of(api: &Api, caller: Caller) -> Result<Self, Refusal> {
        let Answer::Plans(uploaded) = api.ask(caller, Query::Plans).await? else { return Err(wrong_shape()) };
        let (site, sight) = (api.backend.site(), Sight::of(api, caller).await?);
        let mut drawn = BTreeSet::new();
        for door in site.doors().filter(|door| sight.sees_door(door.id)) {
            let home = home_of(&site, door.area);
            // A rack of one's own in a hall that is not is all that there is to see.
            drawn.insert(if sight.sees_area(home) { home } else { door.area });
            let around = site.around(home).skip(1).filter(|area| sight.sees_area(area.id));
            drawn.extend(around.map(|area| area.id));
        }
        Ok(Self { site, sight, scope: caller.scope, uploaded, drawn })
    }

    fn uploaded(&self, id: &str) -> Option<&CorePlan> {
        self.uploaded.iter().find(|plan| plan.slug.as_str() == id)
    }

    fn generated(&self, id: &str) -> Option<&Area> {
        self.site.areas().find(|area| self.drawn.contains(&area.id) && generated_id(&area.path) == id)
    }

    fn generated_areas(&self) -> impl Iterator<Item = &Area> {
        self.site.areas().filter(|area| self.drawn.contains(&area.id))
    }

    fn sees(&self, door: &Door) -> bool {
        self.sight.sees_door(door.id)
    }

    /// The places that the caller may know of; everything if `None`.
    fn places(&self) -> Option<BTreeSet<String>> {
        if self.scope == Scope::Site {
            return None;
        }
        let mut places: BTreeSet<String> = BTreeSet::new();
        for door in self.site.doors().filter(|door| self.sees(door)) {
            let ends = door.path.match_indices('/').map(|(at, _)| at).chain([door.path.len()]);
            places.extend(ends.filter_map(|end| door.path.get(..end)).map(str::to_owned));
            places.extend(self.site.points().filter(|point| point.door == door.id).map(|point| point.path.clone()));
        }
        places.extend(self.site.areas().filter(|area| self.sight.sees_area(area.id)).map(|area| area.path.clone()));
        let devices = self.site.devices().filter(|device| self.sight.sees_device(device.id));
        places.extend(devices.map(|device| device.name.clone()));
        Some(places)
    }

    /// Plans of the areas that lie in this one.
    fn children(&self, area: AreaId) -> Vec<PlanChild> {
        let inside = self.site.areas().filter(|inner| inner.inside == Some(area) && !is_part(inner));
        let plans = inside.flat_map(|inner| {
            let uploaded = self.uploaded.iter().filter(|plan| plan.area == inner.id);
            let mut plans: Vec<Plan> = uploaded.map(|plan| Plan::uploaded(plan, None, &self.site)).collect();
            if plans.is_empty() && self.drawn.contains(&inner.id) {
                plans.push(Plan::generated(inner));
            }
            plans
        });
        plans.map(|plan| PlanChild { id: plan.id, name: plan.name, area: plan.area }).collect()
    }

    /// Racks and doors of an area that are not among what is shown.
    fn missing(&self, area: AreaId, shown: &BTreeSet<String>) -> Vec<String> {
        let here = |door: &&Door| (door.area == area || home_of(&self.site, door.area) == area) && self.sees(door);
        let unshown = self.site.doors().filter(here).filter_map(|door| {
            let rack = rack_of(door).map(|facing| facing.rack);
            let is_shown = shown.contains(&door.path) || rack.as_ref().is_some_and(|rack| shown.contains(rack));
            (!is_shown).then(|| rack.unwrap_or_else(|| door.path.clone()))
        });
        let unshown: BTreeSet<String> = unshown.collect();
        unshown.into_iter().take(MISSING_MAX_COUNT).collect()
    }
}

/// `GET /api/v1/plans`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Plan> {
    let asked = Asked::of::<Plan>(&api, &asking, &uri, &resources::PLANS)?;
    let seen = Seen::of(&api, asking.caller).await?;
    let mut plans: Vec<Plan> = seen.generated_areas().map(Plan::generated).collect();
    for plan in &seen.uploaded {
        plans.push(Plan::uploaded(plan, revision(&api, asking.caller, plan).await?, &seen.site));
    }
    Ok(asked.page(plans))
}

async fn revision(api: &Api, caller: Caller, plan: &CorePlan) -> Result<Option<String>, Refusal> {
    match api.ask(caller, Query::Revision(Subject::Plan(plan.id))).await? {
        Answer::Revision(revision) => Ok(revision.map(|revision| revision.to_string())),
        _ => Err(wrong_shape()),
    }
}

/// `GET /api/v1/plans/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<PlanDetail>, Refusal> {
    Params::of(&uri, &[])?;
    let seen = Seen::of(&api, asking.caller).await?;
    if let Some(plan) = seen.uploaded(&id) {
        preconditions::tag(&api, asking.caller, Subject::Plan(plan.id)).await?;
    }
    detail(&api, asking.caller, &id).await.map(Json)
}

/// `GET /api/v1/plans/{id}/svg`
pub(super) async fn svg(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let seen = Seen::of(&api, asking.caller).await?;
    let drawing = drawing(&api, &seen, &id).await?;
    Ok(([(CONTENT_TYPE, "image/svg+xml")], drawing.svg).into_response())
}

/// A plan as it is now.
async fn detail(api: &Api, caller: Caller, id: &str) -> Result<PlanDetail, Refusal> {
    let seen = Seen::of(api, caller).await?;
    let drawing = drawing(api, &seen, id).await?;
    let (plan, area) = match (seen.uploaded(id), seen.generated(id)) {
        (Some(plan), _) => (Plan::uploaded(plan, revision(api, caller, plan).await?, &seen.site), plan.area),
        (None, Some(area)) => (Plan::generated(area), area.id),
        (None, None) => return Err(lookup::missing("plan")),
    };
    let bound: BTreeSet<String> = drawing.elements.iter().filter_map(|element| element.place.clone()).collect();
    let unbound = drawing.elements.iter().filter(|element| element.place.is_none());
    Ok(PlanDetail {
        unbound_ids: unbound.filter_map(|element| element.id.clone()).collect(),
        missing: seen.missing(area, &bound),
        bound: bound.into_iter().collect(),
        children: seen.children(area),
        plan,
    })
}

/// The drawing of a plan as the caller may see it.
async fn drawing(api: &Api, seen: &Seen, id: &str) -> Result<Drawing, Refusal> {
    if let Some(plan) = seen.uploaded(id) {
        return uploaded_drawing(api, seen, plan).await;
    }
    let area = seen.generated(id).ok_or_else(|| lookup::missing("plan"))?;
    let svg = plan::generated(&seen.site, area, &|door| seen.sees(door)).ok_or_else(|| lookup::missing("plan"))?;
    plan::drawn(svg.as_bytes()).map_err(|_| unreadable())
}

async fn uploaded_drawing(api: &Api, seen: &Seen, plan: &CorePlan) -> Result<Drawing, Refusal> {
    let kept = api.backend.drawings().load(plan.digest).await?;
    let svg = kept.ok_or_else(|| {
        let detail = format!("the drawing of plan {} is lost or was changed on disk; upload it again", plan.slug);
        Refusal::new(ProblemKind::Unavailable, detail)
    })?;
    let bound = plan.bindings.iter().map(|Binding { element, place }| (element.clone(), place.clone()));
    let (bound, places): (BTreeMap<String, String>, _) = (bound.collect(), seen.places());
    let rendering = tokio::task::spawn_blocking(move || {
        let is_seen = |place: &str| places.as_ref().is_none_or(|places| places.contains(place));
        plan::rendered(&svg, &bound, &is_seen)
    });
    rendering.await.ok().and_then(Result::ok).ok_or_else(unreadable)
}

/// What was taken once cannot be read any more: a defect.
fn unreadable() -> Refusal {
    Refusal::new(ProblemKind::Internal, "the plan cannot be drawn; please report it")
}

/// `PUT /api/v1/plans/{id}?area=&name=&floor=`
pub(super) async fn put(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
    SvgBytes(file): SvgBytes,
) -> Result<Kept<PlanDetail>, Refusal> {
    let params = Params::declared(&uri, PUT)?;
    let seen = Seen::of(&api, asking.caller).await?;
    let before = seen.uploaded(&id);
    let (slug, area, floor) = (slug(&id)?, area_of(&seen, &params, before)?, floor(&params, before)?);
    let name = params.text("name").or(before.map(|plan| plan.name.as_str())).unwrap_or(&id).to_owned();
    let drawing = tokio::task::spawn_blocking(move || plan::drawn(&file)).await.map_err(|_| unreadable())?;
    let drawing = drawing.map_err(|problems| {
        let field = |problem: plan::Problem| {
            let detail = format!("line {}: {}", problem.line, problem.detail);
            FieldProblem { pointer: format!("/line/{}", problem.line), detail }
        };
        Refusal::invalid(problems.into_iter().map(field).collect())
    })?;
    let is_new = before.is_none();
    let bytes = u32::try_from(drawing.svg.len()).unwrap_or(u32::MAX);
    let digest = plan::digest_of(&drawing.svg);
    // What is only tried leaves nothing behind.
    if !Terms::is_tried() {
        let in_use = seen.uploaded.iter().map(|plan| plan.digest).collect();
        api.backend.drawings().keep(drawing.svg, in_use).await?;
    }
    let draft = PlanDraft { slug, name, area, floor, digest, bytes };
    let Json(detail) = changed(&api, asking.caller, Command::Plan(PlanCommand::Set(draft)), &id).await?;
    Ok(if is_new { Kept::Made(Made::new(Place::of("plans", id), detail)) } else { Kept::Changed(detail) })
}

fn slug(id: &str) -> Result<PlanSlug, Refusal> {
    PlanSlug::parse(id).ok_or_else(|| {
        let detail = "the name of a plan in its address has 1 to 64 of a-z, 0-9 and -, such as hall-a-ground; generated \
                      plans follow the site file and cannot be changed";
        Refusal::new(ProblemKind::Malformed, detail)
    })
}

fn area_of(seen: &Seen, params: &Params, before: Option<&CorePlan>) -> Result<AreaId, Refusal> {
    match (params.text("area"), before) {
        (Some(text), _) => seen.sight.area("?area", text),
        (None, Some(plan)) => Ok(plan.area),
        (None, None) => params.required("area").map(|_| AreaId::new(0)),
    }
}

fn floor(params: &Params, before: Option<&CorePlan>) -> Result<i16, Refusal> {
    let usual = before.map_or(0, |plan| plan.floor);
    let wrong = || params.refused("floor", "must be a whole number such as -1; 0 is the ground".to_owned());
    params.text("floor").map_or(Ok(usual), |text| text.parse().map_err(|_| wrong()))
}

/// `PUT /api/v1/plans/{id}/bindings`
pub(super) async fn bind(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(wanted): Read<BindPlan>,
) -> Result<Json<PlanDetail>, Refusal> {
    let bindings = wanted.bindings.into_iter().map(|row| Binding { element: row.element, place: row.place });
    let command = PlanCommand::Bind { slug: slug(&id)?, bindings: bindings.collect() };
    changed(&api, asking.caller, Command::Plan(command), &id).await
}

async fn changed(api: &Api, caller: Caller, command: Command, id: &str) -> Result<Json<PlanDetail>, Refusal> {
    let rackward_core::Reply::Plan(plan) = api.submit(caller, command).await? else { return Err(wrong_shape()) };
    preconditions::tag(api, caller, Subject::Plan(plan)).await?;
    detail(api, caller, id).await.map(Json)
}

/// `DELETE /api/v1/plans/{id}`
pub(super) async fn remove(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
) -> Result<Json<Done>, Refusal> {
    api.submit(asking.caller, Command::Plan(PlanCommand::Remove { slug: slug(&id)? })).await?;
    Ok(Json(Done { id }))
}
