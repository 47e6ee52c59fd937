//! Who is inside, and visitors. Who may know of whom is the core's to say; what they are called is added here.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::engine::command::{DeskCommand, PersonName};
use rackward_core::engine::preconditions::Subject;
use rackward_core::id::VisitorId;
use rackward_core::muster::Somebody;
use rackward_core::visitor::VisitorName;
use rackward_core::{Answer, Caller, Command, Query, Reply};

use super::lookup::Sight;
use super::{Api, Page, lookup, reason, wrong_shape};
use crate::body::Read;
use crate::lists::{Asked, resources};
use crate::made::{Made, Place};
use crate::params::{Holds, Parameter, Params};
use crate::preconditions;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::inside::{AreaCount, CallBook, Called, Insider, Visitor};
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Done, EnterVisitor, Nothing};

/// Names as the daemon knows them.
pub(super) struct Book<'a>(pub(super) &'a Api);

impl CallBook for Book<'_> {
    fn called(&self, who: Somebody) -> Called {
        match who {
            Somebody::Person(person) => Called { name: self.0.backend.person_name(person), company: None },
            Somebody::Visitor(visitor) => {
                let known = self.0.backend.visitor_name(visitor);
                let (name, company) = known.map_or((None, None), |(name, company)| (Some(name), company));
                Called { name, company }
            }
        }
    }
}

/// What `GET /api/v1/inside` takes.
pub(crate) const INSIDE: &[Parameter] =
    &[Parameter::optional("area", Holds::Text, "The area's path, or the end of it; anywhere on the site if left out")];

/// `GET /api/v1/inside?area=`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Insider> {
    let asked = Asked::of::<Insider>(&api, &asking, &uri, &resources::INSIDERS)?;
    let area = match asked.params.text("area") {
        Some(text) => Some(Sight::of(&api, asking.caller).await?.area("?area", text)?),
        None => None,
    };
    let Answer::Insiders(rows) = api.ask(asking.caller, Query::Insiders(area)).await? else {
        return Err(wrong_shape());
    };
    let (book, site) = (Book(&api), api.backend.site());
    let shown = rows.iter().map(|row| Insider::of(row, &book, &site)).collect();
    Ok(asked.page(shown))
}

/// `GET /api/v1/inside/areas`
pub(super) async fn areas(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<AreaCount> {
    let asked = Asked::of::<AreaCount>(&api, &asking, &uri, &resources::AREA_COUNTS)?;
    let Answer::Headcounts(rows) = api.ask(asking.caller, Query::Headcounts).await? else {
        return Err(wrong_shape());
    };
    let site = api.backend.site();
    Ok(asked.page(rows.iter().map(|row| AreaCount::of(row, &site)).collect()))
}

/// `GET /api/v1/visitors`
pub(super) async fn visitors(State(api): State<Api>, asking: Asking, uri: Uri) -> Page<Visitor> {
    let asked = Asked::of::<Visitor>(&api, &asking, &uri, &resources::VISITORS)?;
    let Answer::Visitors(rows) = api.ask(asking.caller, Query::Visitors).await? else { return Err(wrong_shape()) };
    let (book, site) = (Book(&api), api.backend.site());
    let shown = rows.iter().map(|row| Visitor::of(row, &book, &site)).collect();
    Ok(asked.page(shown))
}

/// `GET /api/v1/visitors/{id}`
pub(super) async fn visitor(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    uri: Uri,
) -> Result<Json<Visitor>, Refusal> {
    Params::of(&uri, &[])?;
    shown(&api, asking.caller, lookup::id(&id)?).await.map(Json)
}

/// A visitor as they are on record, tagged with the revision.
pub(super) async fn shown(api: &Api, caller: Caller, id: VisitorId) -> Result<Visitor, Refusal> {
    preconditions::tag(api, caller, Subject::Visitor(id)).await?;
    let Answer::Visitors(rows) = api.ask(caller, Query::Visitor(id)).await? else { return Err(wrong_shape()) };
    let row = rows.first().map(|row| Visitor::of(row, &Book(api), &api.backend.site()));
    row.ok_or_else(|| Refusal::new(ProblemKind::NotFound, format!("{id} does not exist")))
}

/// `POST /api/v1/visitors`
pub(super) async fn enter(
    State(api): State<Api>,
    asking: Asking,
    Read(wanted): Read<EnterVisitor>,
) -> Result<Made<Visitor>, Refusal> {
    let caller = asking.caller;
    let (name, why) = match (called(&wanted.name, wanted.company.as_deref()), reason("reason", &wanted.reason)) {
        (Ok(name), Ok(why)) => (name, why),
        (name, why) => {
            let wrong = name.err().into_iter().flatten().chain(why.err());
            return Err(Refusal::invalid(wrong.collect()));
        }
    };
    let host = lookup::person(&api, caller, "/host", &wanted.host).await?;
    lookup::known(&api, caller, host).await?;
    let area = Sight::of(&api, caller).await?.area("/area", &wanted.area)?;
    let until = wanted.until_at.0;
    let command = DeskCommand::EnterVisitor { name, host, area, reason: why, until };
    made(&api, caller, command).await
}

/// Enters a visitor and shows them.
pub(super) async fn made(api: &Api, caller: Caller, command: DeskCommand) -> Result<Made<Visitor>, Refusal> {
    let Reply::Visitor(id) = api.submit(caller, Command::Desk(command)).await? else { return Err(wrong_shape()) };
    Ok(Made::new(Place::of("visitors", id), shown(api, caller, id).await?))
}

/// `POST /api/v1/visitors/{id}/leave`
pub(super) async fn leave(
    State(api): State<Api>,
    Path(id): Path<String>,
    asking: Asking,
    Read(Nothing {}): Read<Nothing>,
) -> Result<Json<Done>, Refusal> {
    let visitor: VisitorId = lookup::id(&id)?;
    api.submit(asking.caller, Command::Desk(DeskCommand::LetVisitorGo { visitor })).await?;
    Ok(Json(Done { id: visitor.to_string() }))
}

/// What a visitor is called, or everything that is wrong with it.
pub(super) fn called(name: &str, company: Option<&str>) -> Result<VisitorName, Vec<FieldProblem>> {
    let person = PersonName::parse(name);
    let given = person.clone().and_then(|name| VisitorName::parse(name, company.unwrap_or_default()));
    if let Some(given) = given {
        return Ok(given);
    }
    let message = "has at most 64 characters, a letter or digit, and none that nobody sees";
    let field = if person.is_none() { "name" } else { "company" };
    Err(vec![FieldProblem::of(field, format!("{field} {message}"))])
}
