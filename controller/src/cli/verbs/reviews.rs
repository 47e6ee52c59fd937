//! Access reviews: the daemon lists rights, and here it is only said what is decided of them.

use std::io::{Cursor, read_to_string};
use std::path::Path;

use hyper::Method;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, at, first_of, list, number, screens, single, with};
use crate::cli::arguments::{DecisionWord, ReviewCreate, ReviewDecide, ReviewShow, ReviewVerb};
use crate::cli::client::Target;
use crate::cli::evidence::archive::Archive;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::REVIEWS;
use crate::cli::when;

/// Access reviews.
///
/// # Errors
/// The daemon does not answer or says no, or an input cannot be read.
pub(super) async fn review(session: &Session, verb: &ReviewVerb) -> Result<Report, Failure> {
    match verb {
        ReviewVerb::Create(args) => create(session, args).await,
        ReviewVerb::List(part) => {
            list(session, Target::new(&["reviews"]), part, "ReviewList", REVIEWS, "no reviews on record").await
        }
        ReviewVerb::Show(args) => show(session, args).await,
        ReviewVerb::Assign { review, reviewer, lines } => {
            let lines = lines.as_ref().map(|lines| lines.0.clone());
            let body = request::AssignReview { lines, reviewer: reviewer.clone() };
            let document = session.post(&["reviews", review, "assign"], &body).await.map_err(unknown)?;
            Ok(single("Review", document, screens::review))
        }
        ReviewVerb::Decide(args) => decide(session, args).await,
        ReviewVerb::Close { review, abandon, reason } => {
            let body = request::CloseReview { abandon: abandon.then_some(true), reason: reason.clone() };
            let document = session.post(&["reviews", review, "close"], &body).await.map_err(unknown)?;
            Ok(single("Review", document, screens::review))
        }
        ReviewVerb::Evidence { review, file } => evidence(session, review, file.as_deref()).await,
    }
}

async fn create(session: &Session, args: &ReviewCreate) -> Result<Report, Failure> {
    let due_at = match when::parse_span(&args.due) {
        Ok(span) => session.lasting("--due", span)?,
        Err(_) => session.instant("--due", &args.due).await?,
    };
    let body = request::OpenReview {
        scope: args.scope.clone(),
        due_at,
        unused_days: args.unused_for,
        undecided: Some(args.undecided.word().to_owned()),
        reason: args.reason.clone(),
    };
    let document = session.post(&["reviews"], &body).await?;
    Ok(single("Review", document, screens::review))
}

async fn show(session: &Session, args: &ReviewShow) -> Result<Report, Failure> {
    let document = session.get(Target::new(&["reviews", &args.review])).await.map_err(unknown)?;
    let target = Target::new(&["reviews", &args.review, "lines"]);
    let target = target.maybe("filter", args.part.filter.as_deref()).maybe("sort", args.part.sort.as_deref());
    let mut page = first_of(session, target, args.part.limit).await?;
    let lines = page.get_mut("items").map(Value::take).unwrap_or_default();
    let is_open = number(&document, "/counts/undecided") > 0;
    let exit = if args.detailed_exitcode && is_open { Exit::Differs } else { Exit::Done };
    Ok(Report::Single { kind: "Review", document: with(document, "lines", lines), text: screens::review, exit })
}

async fn decide(session: &Session, args: &ReviewDecide) -> Result<Report, Failure> {
    let until_at = match (args.decision(), args.until.as_deref()) {
        (DecisionWord::Shorten, Some(until)) => Some(session.instant("--until", until).await?),
        (DecisionWord::Keep | DecisionWord::Revoke | DecisionWord::Reassign, Some(_)) => {
            return Err(Failure::usage("--until", &"it goes with shorten only"));
        }
        (_, None) => None,
    };
    if args.to.is_some() && args.decision() != DecisionWord::Reassign {
        return Err(Failure::usage("--to", &"it goes with reassign only"));
    }
    let line = |line: &u32| request::DecideLine {
        line: *line,
        decision: args.decision().word().to_owned(),
        until_at,
        to: args.to.clone(),
    };
    let decisions = args.lines().iter().map(line).collect();
    let body = request::DecideReview { decisions, note: args.note.clone() };
    let target = ["reviews", &args.review, "decisions"];
    let document = session.change(Method::POST, &target, &body).await.map_err(unknown)?;
    Ok(single("Review", document, screens::review))
}

async fn evidence(session: &Session, review: &str, file: Option<&Path>) -> Result<Report, Failure> {
    let bytes = session.client.get_bytes(&Target::new(&["reviews", review, "evidence"])).await.map_err(unknown)?;
    let Ok(Handed { records, manifest, is_signed }) = handed(&bytes) else {
        return Err(session.client.unreachable("the evidence was cut off; what came of it was not written"));
    };
    if let Some(path) = file {
        write_new(path, &bytes)?;
    }
    let document = json!({
        "review": review,
        "file": file.map(|path| path.display().to_string()),
        "records": records.lines().count(),
        "pages": manifest["pages"],
        "signed": is_signed,
        "signed_by": manifest["signed_by"],
        "text": if file.is_some() { Value::Null } else { json!(records) },
        "written_at": at(session.now).to_string(),
    });
    Ok(single("ReviewEvidence", document, screens::review_evidence))
}

/// What is in the archive that the daemon sent.
struct Handed {
    records: String,
    manifest: Value,
    is_signed: bool,
}

fn handed(bytes: &[u8]) -> std::io::Result<Handed> {
    let mut archive = Archive::open(Cursor::new(bytes))?;
    let mut text = |name: &str| archive.file(name)?.map(read_to_string).transpose();
    let (Some(records), Some(manifest)) = (text("review.ndjson")?, text("manifest.json")?) else {
        return Err(std::io::ErrorKind::NotFound.into());
    };
    let is_signed = text("manifest.note")?.is_some();
    Ok(Handed { records, manifest: serde_json::from_str(&manifest)?, is_signed })
}

/// Evidence is never written over other evidence.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let written = std::fs::File::create_new(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| Failure::usage("-f", &format!("{}: {error}", path.display())))
}

fn unknown(failure: Failure) -> Failure {
    failure.advise_on(Exit::NotFound, "list them with: rackward review list")
}
