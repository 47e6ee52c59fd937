//! Receipts: waiting until every device has acknowledged a change of rights, and who has not. The daemon holds each question
//! until the answer is good or a moment has passed, so nothing here looks at a clock.

use std::time::Duration;

use serde_json::Value;

use super::{Session, honoured, number, with};
use crate::cli::arguments::ReceiptVerb;
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::BEHIND;

/// How long the daemon is asked to hold one question: after each, it is told how far it is.
const ASKED_FOR: Duration = Duration::from_secs(2);

/// Receipts.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn receipt(session: &Session, verb: &ReceiptVerb) -> Result<Report, Failure> {
    let ReceiptVerb::List { through } = verb;
    let mut receipts = session.get(Target::new(&["receipts"]).maybe("through", through.as_deref())).await?;
    let behind = receipts.as_object_mut().and_then(|told| told.remove("behind")).unwrap_or_default();
    let document = with(with(receipts, "items", behind), "next_cursor", Value::Null);
    Ok(Report::List {
        kind: "ReceiptList",
        document,
        columns: BEHIND,
        empty: "every device holds the rights it should",
    })
}

/// The report of a change once every device has acknowledged it, or once `limit` is over; then the program ends with
/// [`Exit::Behind`], and the report names every device that has not.
///
/// # Errors
/// The change is stored, and the daemon does not say how far its receipts are.
pub(super) async fn awaited(session: &Session, report: Report, limit: Duration) -> Result<Report, Failure> {
    let Report::Single { kind, document, text, exit } = report else { return Ok(report) };
    let Some(generation) = document.get("generation").and_then(Value::as_u64) else {
        session.tell("no right was changed, so there is nothing to wait for");
        return Ok(Report::Single { kind, document, text, exit });
    };
    let generation = format!("gen-{generation}");
    let receipts =
        until_acknowledged(session, &generation, limit).await.map_err(|failure| unknown(failure, &generation))?;
    let exit = if number(&receipts, "/pending") == 0 { exit } else { Exit::Behind };
    let receipts = honoured::told(session, &document, receipts).await;
    Ok(Report::Single { kind, document: with(document, "delivered", receipts), text, exit })
}

async fn until_acknowledged(session: &Session, generation: &str, limit: Duration) -> Result<Value, Failure> {
    let target = Target::new(&["receipts"]).query("through", generation);
    let mut left = limit;
    let mut told = None;
    loop {
        let wait = left.min(ASKED_FOR);
        left = left.saturating_sub(wait);
        // The daemon waits whole seconds; a rest of one is waited for as a whole one.
        let receipts = session.client.get_patiently(&target, wait.as_millis().div_ceil(1000)).await?;
        let (done, total) = (number(&receipts, "/done"), number(&receipts, "/total"));
        if number(&receipts, "/pending") == 0 || left.is_zero() {
            return Ok(receipts);
        }
        if told.replace(done) != Some(done) {
            session.tell(&format!("{done} of {total} acknowledged"));
        }
    }
}

/// The change stands whatever became of the question, and whoever reads this must know that.
fn unknown(failure: Failure, generation: &str) -> Failure {
    let detail = format!("it is stored as {generation}; {}", failure.headline().trim_start_matches("error: "));
    let help = format!("see which devices have it with: rackward receipt list --through {generation}");
    Failure::new(Exit::Behind, "receipts-unknown", "nobody says which devices have acknowledged it", detail, help)
}
