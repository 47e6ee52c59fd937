//! Who may pass, at any moment, and what changes would have made of what happened: the daemon answers, and here it is only
//! asked.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use hyper::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::job::Lines;
use super::{Session, at, files, list, number, pages, read_file, screens, single, with};
use crate::cli::arguments::{ExplainArgs, PastListArgs, SimulateArgs, WhatCanArgs, WhoCanArgs};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::{Column, MAY_OPEN, MAY_OPEN_OF_RACK, MAY_PASS, SIMULATED};
use crate::policy::SiteFiles;

/// The longest silence of a simulation that goes on.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

/// The largest set of changes that the daemon takes.
const CHANGES_MAX_BYTES: u64 = 8 << 20;

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

/// A list as it is, or as it was at a moment.
///
/// # Errors
/// The daemon does not answer or says no, or the time cannot be read.
pub(super) async fn list_then(
    session: &Session,
    target: Target,
    args: &PastListArgs,
    kind: &'static str,
    columns: &'static [Column],
    empty: &'static str,
) -> Result<Report, Failure> {
    let at = moment(session, args.past.at.as_deref()).await?;
    told_then(
        session,
        at.as_deref(),
        list(session, target.maybe("at", at.as_deref()), &args.part, kind, columns, empty),
    )
    .await
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

/// Who would have been treated differently.
///
/// # Errors
/// The daemon does not answer or says no, or the file cannot be read.
pub(super) async fn simulate(session: &Session, args: &SimulateArgs) -> Result<Report, Failure> {
    let is_set = args.file.extension().is_some_and(|kind| kind == "json");
    let files = if is_set { SiteFiles::default() } else { files::read(session, &args.file, args.adopt).await? };
    let body = if is_set {
        changes_in(&args.file)?
    } else {
        json!({ "objects": files::objects(&files), "prune": args.prune, "adopt": args.adopt })
    };
    let back = SignedDuration::try_from(args.replay).ok().and_then(|span| session.now.checked_sub(span).ok());
    let since = at(back.ok_or_else(|| Failure::usage("--replay", &"it begins before the first year of the calendar"))?);
    let body = with(body, "from_at", json!(since.to_string()));
    let opened = session.client.open(Method::POST, &Target::new(&["simulations"]), &body).await;
    let mut lines = Lines::of(opened.map_err(|failure| files::told(failure, &files))?);
    let (begun, mut told, mut items) = (Instant::now(), None, Vec::new());
    while let Some(line) = lines.next(SILENCE_LIMIT).await {
        let line: Value = serde_json::from_str(&line).unwrap_or_default();
        match line.get("type").and_then(Value::as_str) {
            Some("difference") => items.push(line),
            Some("progress") if begun.elapsed() > TOLD_AFTER => {
                let percent = number(&line, "/percent");
                if told.replace(percent / 10) != Some(percent / 10) {
                    session.tell(&format!("{percent} %: {} passages", number(&line, "/passages")));
                }
            }
            Some("end") => return Ok(simulated(session, &line, items)),
            Some("failed") => {
                let detail = line.get("detail").and_then(Value::as_str).unwrap_or_default();
                return Err(session.client.unreachable(detail));
            }
            Some(_) | None => {}
        }
    }
    Err(session.client.unreachable("the simulation was cut off; what it told so far is not all"))
}

fn simulated(session: &Session, end: &Value, items: Vec<Value>) -> Report {
    let count = |name: &str| number(end, &format!("/{name}"));
    let (passages, different, otherwise) = (count("passages"), count("different"), count("otherwise_then"));
    session.tell(&format!("{different} of {passages} passages would be decided differently"));
    if otherwise > 0 {
        session.tell(&format!("{otherwise} are decided otherwise today than they were, with or without the changes"));
    }
    let mut document = json!({ "items": items, "next_cursor": null });
    for name in ["passages", "different", "otherwise_then", "untold"] {
        document = with(document, name, json!(count(name)));
    }
    let empty = "nobody would be treated differently";
    Report::List { kind: "SimulationList", document, columns: SIMULATED, empty }
}

/// The set of changes in a file.
fn changes_in(file: &Path) -> Result<Value, Failure> {
    let bytes = read_file(file, "-f", CHANGES_MAX_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let detail = format!("{}: {error}", file.display());
        Failure::new(Exit::Invalid, "file", "The file holds no set of changes", detail, "write it as JSON")
    })
}

pub(super) async fn moment(session: &Session, at: Option<&str>) -> Result<Option<String>, Failure> {
    Ok(session.maybe_instant("--at", at).await?.map(|at| at.to_string()))
}

/// Says what takes so long, where it does.
pub(super) async fn told<T>(session: &Session, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(TOLD_AFTER, &mut work).await {
        return done;
    }
    session.tell("the daemon is going through what the journal kept of that moment ...");
    work.await
}

/// The same of what is asked about a moment; what is asked about now says nothing.
pub(super) async fn told_then<T>(session: &Session, at: Option<&str>, work: impl Future<Output = T>) -> T {
    match at {
        Some(_) => told(session, work).await,
        None => work.await,
    }
}
