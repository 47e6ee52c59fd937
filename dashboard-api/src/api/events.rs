//! Entries of the journal, searched and page by page, in the shape in which the stream brings them. What a query means is
//! `query.rs`; finding is the daemon's.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use rackward_core::id::Seq;
use rackward_core::{Stamped, Wall};
use serde::{Deserialize, Serialize};

use super::{Api, lookup};
use crate::paging::{Bound, CURSOR, FIELDS, LIMIT, Members, Paged, limit_of};
use crate::params::{Holds, Parameter, Params};
use crate::query::{Found, MAX_FILTER_CHARS, Meaning, Mistake, Order, Search, Total, meant};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::event::{CloudEvent, EventPage};
use crate::wire::problem::{FieldProblem, Problem, ProblemKind};

/// What `GET /api/v1/events` takes.
pub(super) const LIST: &[Parameter] = &[
    Parameter::optional("filter", Holds::Text, "A query, such as type:access.denied door:hall-a/* from:-24h"),
    Parameter::optional("from", Holds::Text, "At or after: RFC 3339, -24h, today 14:00"),
    Parameter::optional("to", Holds::Text, "Before: RFC 3339, -1h, now"),
    Parameter::optional("sort", Holds::OneOf(&["at", "-at"]), "-at for the newest first; the oldest first if left out"),
    Parameter::optional("after", Holds::Seq, "Only what came after this entry; from the first if left out"),
    Parameter::optional("before", Holds::Seq, "The newest first: only what came before this entry"),
    LIMIT,
    CURSOR,
    FIELDS,
];

/// Where a page begins, as its cursor keeps it: relative times are those of the first page.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Place {
    past: u64,
    from: Option<i64>,
    to: Option<i64>,
}

/// `GET /api/v1/events?filter=&from=&to=&sort=-at&after=&before=&limit=&cursor=&fields=`
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Paged<EventPage>, Refusal> {
    let params = Params::declared(&uri, LIST)?;
    let members = Members::of::<CloudEvent>(&params)?;
    let bound = Bound::to(&uri, asking.caller.scope, &params, LIST, api.backend.now().wall);
    let key = api.backend.paging_key();
    let place: Option<Place> = params.text("cursor").map(|cursor| key.open(&bound, cursor)).transpose()?;
    let search = search(&api, &params, place)?;
    let (from, to) = (search.from.map(Wall::as_micros), search.to.map(Wall::as_micros));
    let is_first = search.past.is_none();
    let found = find(&api, search).await?;
    let next_cursor = found.next.map(|past| key.seal(&bound, &Place { past: past.get(), from, to }));
    let site = api.backend.site();
    let (total_estimate, total_counted) = match (is_first, found.total) {
        (false, _) => (None, None),
        (true, Total::Counted(counted)) => (Some(counted), Some(counted)),
        (true, Total::About { counted, estimate }) => (Some(estimate), Some(counted)),
    };
    let items = found.entries.iter().map(|stamped| CloudEvent::of(stamped, &site)).collect();
    let page = EventPage { items, next_cursor: next_cursor.clone(), total_estimate, total_counted };
    Ok(Paged::new(page, next_cursor.as_deref(), &uri, members))
}

/// `GET /api/v1/events/{seq}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(seq): Path<String>,
    uri: Uri,
) -> Result<Json<CloudEvent>, Refusal> {
    Params::of(&uri, &[])?;
    let seq: Seq = lookup::id(&seq)?;
    let missing = || Refusal::new(ProblemKind::NotFound, format!("the journal has no entry {seq}"));
    let before = seq.get().checked_sub(1).ok_or_else(missing)?;
    let entries = api.backend.entries_after(Seq::new(before), 1).await?;
    let stamped = entries.first().filter(|stamped| stamped.seq == seq).ok_or_else(missing)?;
    Ok(Json(CloudEvent::of(stamped, &api.backend.site())))
}

/// The search that the parameters mean. The moments in a cursor take the place of those in the parameters.
fn search(api: &Api, params: &Params, place: Option<Place>) -> Result<Search, Refusal> {
    let limit = limit_of(params)?;
    let order = match params.text("sort") {
        Some("-at") => Order::NewestFirst,
        Some("at") | None => Order::OldestFirst,
        Some(_) => return Err(refused("sort", &["must be at or -at".to_owned()])),
    };
    let past = params.seq("before")?;
    if past.is_some() && order == Order::OldestFirst {
        return Err(refused("before", &["goes with sort=-at".to_owned()]));
    }
    let meant = wanted(api, params, "filter", limit)?;
    let mut search = Search { order, after: params.seq("after")?.unwrap_or(Seq::new(0)), past, ..meant };
    if let Some(place) = place {
        search.past = Some(Seq::new(place.past));
        (search.from, search.to) = (place.from.map(Wall::from_micros), place.to.map(Wall::from_micros));
    }
    Ok(search)
}

/// The search that a query in the parameter of this name means, within `from` and `to`; the oldest first, from the first on.
pub(super) fn wanted(api: &Api, params: &Params, query: &str, limit: u16) -> Result<Search, Refusal> {
    let (site, now) = (api.backend.site(), api.backend.now().wall);
    let named = |part: &str| api.people_named(part).into_iter().map(|(id, _)| id).collect();
    let meaning = Meaning { site: &site, now, people: &named };
    let meant = meant(params.text(query).unwrap_or_default(), &meaning, limit)
        .map_err(|mistakes| refused(query, &mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>()));
    let moment = |name| {
        let read = |text: &str| meaning.moment(text).map_err(|detail| refused(name, &[detail]));
        params.text(name).map(read).transpose()
    };
    let (mut search, from, to) = match (meant, moment("from"), moment("to")) {
        (Ok(search), Ok(from), Ok(to)) => (search, from, to),
        (meant, from, to) => return Err(all_of([meant.err(), from.err(), to.err()])),
    };
    search.within(from, to);
    Ok(search)
}

/// A parameter that cannot be read, with everything that is wrong with it.
fn refused(name: &str, details: &[String]) -> Refusal {
    let pointer = format!("?{name}");
    let errors = details.iter().map(|detail| FieldProblem { pointer: pointer.clone(), detail: detail.clone() });
    let said: Vec<String> = details.iter().map(|detail| format!("{pointer} {detail}")).collect();
    Problem { errors: errors.collect(), ..Problem::new(ProblemKind::Malformed, said.join("; ")) }.into()
}

fn all_of(refusals: [Option<Refusal>; 3]) -> Refusal {
    let problems: Vec<Problem> = refusals.into_iter().flatten().map(Refusal::into_problem).collect();
    let said: Vec<&str> = problems.iter().map(|problem| problem.detail.as_str()).collect();
    let all = Problem::new(ProblemKind::Malformed, said.join("; "));
    Problem { errors: problems.into_iter().flat_map(|problem| problem.errors).collect(), ..all }.into()
}

/// Finds a page. Where everything is wanted, nothing is searched: the journal has no gaps.
pub(super) async fn find(api: &Api, search: Search) -> Result<Found, Refusal> {
    if !search.wants_everything() {
        return Ok(api.backend.search(search).await?);
    }
    let head = *api.backend.head().borrow();
    let limit = u64::from(search.limit);
    let (after, entries) = match search.order {
        Order::OldestFirst => {
            let after = search.past.map_or(search.after, |past| past.max(search.after));
            (after, api.backend.entries_after(after, u32::from(search.limit)).await?)
        }
        Order::NewestFirst => {
            let last = search.past.map_or(head.get(), |past| past.get().saturating_sub(1).min(head.get()));
            let after = Seq::new(last.saturating_sub(limit).max(search.after.get()));
            let count = u32::try_from(last.saturating_sub(after.get())).unwrap_or(u32::MAX);
            let mut entries = match count {
                0 => Vec::new(),
                count => api.backend.entries_after(after, count).await?,
            };
            entries.reverse();
            (after, entries)
        }
    };
    let total = Total::Counted(head.get().saturating_sub(search.after.get()));
    let next = next_of(&entries, search.order, head, search.after, after);
    Ok(Found { entries, next, total })
}

/// Where the page after these entries begins.
fn next_of(entries: &[Stamped], order: Order, head: Seq, bound: Seq, after: Seq) -> Option<Seq> {
    let last = entries.last()?.seq;
    let is_last = match order {
        Order::OldestFirst => last >= head,
        Order::NewestFirst => after <= bound,
    };
    (!is_last).then_some(last)
}

const _: () = assert!(MAX_FILTER_CHARS < 8_000, "a query must fit into an address");
