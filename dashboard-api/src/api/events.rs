//! Entries of the journal, page by page, in the shape in which the stream brings them.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use rackward_core::id::Seq;

use super::{Api, whole_site};
use crate::params::{Holds, Parameter, Params};
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::List;
use crate::wire::event::CloudEvent;

/// How many entries a page has when nobody says.
const DEFAULT_PAGE_ENTRIES: u32 = 100;

/// The largest page: about half a megabyte.
const MAX_PAGE_ENTRIES: u32 = 1000;

/// What `GET /api/v1/events` takes.
pub(super) const LIST: &[Parameter] = &[
    Parameter::optional("after", Holds::Seq, "Only what came after this entry; from the first if left out"),
    Parameter::optional("limit", Holds::Count { most: MAX_PAGE_ENTRIES }, "How many at most; 100 if left out"),
];

/// `GET /api/v1/events?after=SEQ&limit=`; `next_cursor` is what to give as `after` for the next page.
pub(super) async fn list(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Json<List<CloudEvent>>, Refusal> {
    whole_site(asking.caller)?;
    let params = Params::declared(&uri, LIST)?;
    let after = params.seq("after")?.unwrap_or(Seq::new(0));
    let limit = params.count("limit", MAX_PAGE_ENTRIES)?.unwrap_or(DEFAULT_PAGE_ENTRIES);
    let entries = api.backend.entries_after(after, limit).await?;
    let site = api.backend.site();
    let newest = *api.backend.head().borrow();
    let next_cursor = entries.last().filter(|last| last.seq < newest).map(|last| last.seq.to_string());
    let items = entries.iter().map(|stamped| CloudEvent::of(stamped, &site)).collect();
    Ok(Json(List { items, next_cursor }))
}
