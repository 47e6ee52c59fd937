//! Who may pass, at any moment: the daemon answers for the past and for times to come, and here it is only asked.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Session, list, pages, screens, single, with};
use crate::cli::arguments::{ExplainArgs, WhatCanArgs, WhoCanArgs};
use crate::cli::client::Target;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::output::column::{MAY_OPEN, MAY_OPEN_OF_RACK, MAY_PASS};

/// After how long somebody who waits is told for what.
const TOLD_AFTER: Duration = Duration::from_secs(1);

/// Why somebody would or would not pass.
///
/// # Errors
/// The daemon does not answer or says no, or the time cannot be read.
pub(super) async fn explain(session: &Session, args: &ExplainArgs) -> Result<Report, Failure> {
    let at = moment(session, args.at.as_deref()).await?;
    let target = Target::new(&["explain"]).query("person", &args.person).query("point", &args.point);
    let document = told(session, session.get(target.maybe("at", at.as_deref()))).await?;
    Ok(single("Explanation", document, screens::explanation))
}

/// Who may pass a point.
///
/// # Errors
/// The daemon does not answer or says no, or the time cannot be read.
pub(super) async fn who_can(session: &Session, args: &WhoCanArgs) -> Result<Report, Failure> {
    let at = moment(session, args.at.as_deref()).await?;
    let target = Target::new(&["points", &args.point, "who"]).maybe("at", at.as_deref());
    told(session, list(session, target, &args.part, "WhoCanList", MAY_OPEN, "nobody may pass there")).await
}

/// Where somebody may pass.
///
/// # Errors
/// The daemon does not answer or says no, or the time cannot be read.
pub(super) async fn what_can(session: &Session, args: &WhatCanArgs) -> Result<Report, Failure> {
    let at = moment(session, args.at.as_deref()).await?;
    let target = Target::new(&["people", &args.person, "points"]).maybe("at", at.as_deref());
    told(session, list(session, target, &args.part, "WhatCanList", MAY_PASS, "they may pass nowhere")).await
}

/// Who may open the doors of a rack at a moment.
///
/// # Errors
/// The daemon does not answer or says no, or the time cannot be read.
pub(super) async fn rack_who(session: &Session, doors: &[&str], at: &str) -> Result<Report, Failure> {
    let at = moment(session, Some(at)).await?;
    let mut rows = Vec::new();
    for door in doors {
        let target = Target::new(&["doors", door, "who"]).maybe("at", at.as_deref());
        let mut page = told(session, pages(session, target)).await?;
        let items = page.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        rows.extend(items.into_iter().map(|row| with(row, "door", json!(door))));
    }
    let document = json!({ "items": rows, "next_cursor": null });
    Ok(Report::List { kind: "WhoCanList", document, columns: MAY_OPEN_OF_RACK, empty: "nobody may open this rack" })
}

async fn moment(session: &Session, at: Option<&str>) -> Result<Option<String>, Failure> {
    Ok(session.maybe_instant("--at", at).await?.map(|at| at.to_string()))
}

/// Says what takes so long, where it does.
async fn told<T>(session: &Session, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(TOLD_AFTER, &mut work).await {
        return done;
    }
    session.tell("the daemon is going through what the journal kept of that moment ...");
    work.await
}
