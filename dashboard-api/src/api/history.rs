//! The journal over time: how much happened when, and which values it has most. What a query means is `query.rs`; counting by
//! time is the daemon's.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::Wall;
use rackward_core::id::Seq;
use std::time::Duration;

use super::{Api, events};
use crate::archive::{BARS_MAX, Scale};
use crate::paging::MAX_PAGE_ITEMS;
use crate::params::{Holds, Parameter, Params};
use crate::query::{Facets as Counted, Order, Search};
use crate::refusal::Refusal;
use crate::wire::at::At;
use crate::wire::event::CloudEvent;
use crate::wire::history::{AuditKey, Facet, Facets, Histogram, JournalCheck};
use crate::wire::problem::ProblemKind;

/// How many bars there are when nobody says.
const USUAL_BARS: u32 = 120;

/// How many events are counted for facets: enough to see what is frequent, few enough to be there at once.
const COUNTED_MAX_EVENTS: u64 = 10_000;

/// What `GET /api/v1/audit/check` takes.
pub(super) const CHECK: &[Parameter] = &[Parameter::optional(
    "since",
    Holds::Time,
    "Begin another check where the newest began before this moment; one runs at a time",
)];

const QUERY: Parameter =
    Parameter::optional("q", Holds::Text, "A query, such as type:access.denied door:hall-a/* from:-24h");
const FROM: Parameter = Parameter::optional("from", Holds::Text, "At or after: RFC 3339, -24h, today 14:00");
const TO: Parameter = Parameter::optional("to", Holds::Text, "Before: RFC 3339, -1h, now");

/// What `GET /api/v1/events/facets` takes.
pub(super) const FACETS: &[Parameter] = &[QUERY, FROM, TO];

/// What `GET /api/v1/events/histogram` takes.
pub(super) const HISTOGRAM: &[Parameter] = &[
    QUERY,
    FROM,
    TO,
    Parameter::optional("buckets", Holds::Count { most: BARS_MAX as u32 }, "How many stretches; 120 if left out"),
];

/// `GET /api/v1/events/histogram?q=&from=&to=&buckets=120`
pub(super) async fn histogram(State(api): State<Api>, uri: Uri) -> Result<Json<Histogram>, Refusal> {
    let params = Params::declared(&uri, HISTOGRAM)?;
    let mut search = events::wanted(&api, &params, QUERY.name, 1)?;
    let buckets = params.count("buckets", u32::from(BARS_MAX))?.unwrap_or(USUAL_BARS);
    // What happens in this second is before the end.
    let to = search.to.unwrap_or_else(|| api.backend.now().wall.after(Duration::from_secs(1)));
    let from = match search.from {
        Some(from) => from,
        None => first_moment(&api).await?.unwrap_or(to).min(to),
    };
    if from >= to {
        return Ok(Json(Histogram::of(At(from), At(to), None)));
    }
    (search.from, search.to) = (Some(from), Some(to));
    let scale = Scale::between(from, to, u16::try_from(buckets).unwrap_or(BARS_MAX));
    let bars = api.backend.archive().bars(search, scale).await?;
    Ok(Json(Histogram::of(At(from), At(to), Some((scale, bars)))))
}

async fn first_moment(api: &Api) -> Result<Option<Wall>, Refusal> {
    let first = api.backend.entries_after(Seq::new(0), 1).await?;
    Ok(first.first().map(|stamped| stamped.at))
}

/// `GET /api/v1/events/facets?q=&from=&to=`
pub(super) async fn facets(State(api): State<Api>, uri: Uri) -> Result<Json<Facets>, Refusal> {
    let params = Params::declared(&uri, FACETS)?;
    let wanted = events::wanted(&api, &params, QUERY.name, MAX_PAGE_ITEMS)?;
    let mut search = Search { order: Order::NewestFirst, ..wanted };
    let (site, mut facets, mut counted) = (api.backend.site(), Counted::default(), 0);
    let complete = loop {
        let found = events::find(&api, search.clone()).await?;
        found.entries.iter().for_each(|stamped| facets.add(&CloudEvent::marks(stamped, &site)));
        counted += found.entries.len() as u64;
        match found.next {
            None => break true,
            Some(_) if counted >= COUNTED_MAX_EVENTS => break false,
            next => search.past = next,
        }
    };
    let told = facets.told(&site).into_iter().map(|(field, values)| {
        let values = values.into_iter().map(|(value, count)| Facet { value, count });
        (field.to_owned(), values.collect())
    });
    Ok(Json(Facets { complete, counted, facets: told.collect() }))
}

/// `GET /api/v1/audit/check?since=`
pub(super) async fn check(State(api): State<Api>, uri: Uri) -> Result<Json<JournalCheck>, Refusal> {
    let params = Params::declared(&uri, CHECK)?;
    let since = params.time("since")?.map(|at| at.0);
    Ok(Json(JournalCheck::of(api.backend.archive().check(since))))
}

/// `GET /api/v1/audit/key`
pub(super) async fn key(State(api): State<Api>, uri: Uri) -> Result<Json<AuditKey>, Refusal> {
    Params::of(&uri, &[])?;
    let verifier_key = api.backend.archive().verifier_key().ok_or_else(|| {
        let why = "the site's key for evidence cannot be used; the daemon's log says why";
        Refusal::new(ProblemKind::Unavailable, why)
    })?;
    Ok(Json(AuditKey { verifier_key }))
}
