//! Events: the newest, those that a query means, one of them. A search goes through as many pages as it takes and says on
//! the way how far it is, where somebody watches.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::{Report, Session, Target, cameras, screens, single};
use crate::cli::arguments::{EventOrder, EventSearch, EventVerb};
use crate::cli::failure::Failure;
use crate::cli::output::column::EVENTS;

/// The most events that one request brings.
const PAGE_EVENTS: u32 = 1_000;

/// Events of the journal; `None` for following them, which ends with whoever looks.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn event(session: &Session, verb: &EventVerb) -> Option<Result<Report, Failure>> {
    Some(match verb {
        EventVerb::List { after, limit } => list(session, *after, *limit).await,
        EventVerb::Search(wanted) => search(session, wanted).await,
        EventVerb::Show { seq } => show(session, *seq).await,
        EventVerb::Stills(wanted) => cameras::stills(session, wanted).await,
        EventVerb::Watch { .. } => return None,
    })
}

/// The newest entries: without `after`, from so many before the newest that `limit` of them come.
async fn list(session: &Session, after: Option<u64>, limit: u32) -> Result<Report, Failure> {
    let after = match after {
        Some(after) => after,
        None => {
            let status = session.get(Target::new(&["status"])).await?;
            status.get("head").and_then(Value::as_u64).unwrap_or_default().saturating_sub(u64::from(limit))
        }
    };
    let target = Target::new(&["events"]).query("after", &after.to_string()).query("limit", &limit.to_string());
    // As many as were asked for: the next page is not wanted.
    let document = session.get(target).await?;
    Ok(Report::List { kind: "EventList", document, columns: EVENTS, empty: "no entries" })
}

/// What a query means, page after page.
pub(super) async fn search(session: &Session, wanted: &EventSearch) -> Result<Report, Failure> {
    let most = if wanted.all { usize::MAX } else { wanted.limit as usize };
    let sort = match wanted.order {
        EventOrder::Newest => "-at",
        EventOrder::Oldest => "at",
    };
    let target = Target::new(&["events"])
        .maybe("filter", wanted.query.as_deref())
        .maybe("from", wanted.from.as_deref())
        .maybe("to", wanted.to.as_deref())
        .query("sort", sort);
    let (mut items, mut cursor, mut total) = (Vec::new(), None::<String>, Value::Null);
    while items.len() < most {
        let page = u32::try_from(most - items.len()).unwrap_or(u32::MAX).min(PAGE_EVENTS);
        let asked = target.clone().query("limit", &page.to_string()).maybe("cursor", cursor.as_deref());
        let mut document = session.get(asked).await?;
        if cursor.is_none() {
            total = document.get_mut("total_estimate").map(Value::take).unwrap_or_default();
        }
        if let Some(Value::Array(found)) = document.get_mut("items").map(Value::take) {
            items.extend(found);
        }
        cursor = document.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            break;
        }
        tell_progress(items.len(), &total);
    }
    let document = json!({ "items": items, "next_cursor": cursor, "total_estimate": total });
    Ok(Report::List { kind: "EventList", document, columns: EVENTS, empty: "nothing was found" })
}

/// One entry of the journal.
pub(super) async fn show(session: &Session, seq: u64) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["events", &seq.to_string()])).await?;
    Ok(single("Event", document, screens::event))
}

fn tell_progress(found: usize, total: &Value) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() && found > PAGE_EVENTS as usize {
        // Whoever closed the terminal does not miss it.
        let _ = std::io::Write::write_fmt(&mut stderr, format_args!("{found} of about {total} found\n"));
    }
}
