//! Requests: grants that wait for approval. Whoever waits for one is told when it is settled: the live stream says when to look
//! again, and the grant itself how it stands.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{Session, number, rights, screens, single};
use crate::cli::arguments::RequestVerb;
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::REQUESTS;
use crate::cli::sse::Parser;

/// A stream without a byte for this long is dead: the daemon sends a heartbeat every 10 s.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// How long to wait before a stream that ended is taken up again.
const RETRY: Duration = Duration::from_secs(2);

/// Requests.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn request(session: &Session, verb: &RequestVerb) -> Result<Report, Failure> {
    let action = match verb {
        RequestVerb::Create(args) => return rights::create(session, args).await,
        RequestVerb::List(part) => {
            let target = Target::new(&["grants"]).query("state", "requested");
            let empty = "nothing waits for approval";
            return super::list(session, target, part, "RequestList", REQUESTS, empty).await;
        }
        RequestVerb::Show { grant } => return rights::show(session, grant, "Request").await,
        RequestVerb::Watch { grant, lasting } => return watch(session, grant, *lasting).await,
        RequestVerb::Approve(args) => rights::settle(session, args, "approve").await?,
        RequestVerb::Deny(args) => rights::settle(session, args, "deny").await?,
        RequestVerb::Cancel(args) => rights::settle(session, args, "revoke").await?,
    };
    Ok(single("Request", action, screens::grant_changed))
}

/// Waits until a request is approved, denied or taken back, but no longer than somebody wants to.
async fn watch(session: &Session, grant: &str, lasting: Option<Duration>) -> Result<Report, Failure> {
    let settled = settled(session, grant);
    let settled = match lasting {
        None => settled.await?,
        Some(limit) => timeout(limit, settled).await.map_err(|_| still_waits(grant))??,
    };
    let exit = match settled.get("state").and_then(Value::as_str) {
        Some("denied") => Exit::Refused,
        Some("revoked") => Exit::Cancelled,
        _ => Exit::Done,
    };
    Ok(Report::Single { kind: "Request", document: settled, text: screens::grant_changed, exit })
}

/// The grant once it waits no more. It is looked at after the stream has begun, so that nothing falls between the two.
async fn settled(session: &Session, grant: &str) -> Result<Value, Failure> {
    let mut told = None;
    loop {
        let status = session.get(Target::new(&["status"])).await?;
        let target = Target::new(&["stream"]).query("after", &number(&status, "/head").to_string());
        let looked = look(session, grant, &mut told).await?;
        if let Some(settled) = looked {
            return Ok(settled);
        }
        let mut opened = session.client.stream(&target, None).await?;
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        // A stream that ends, is silent or makes no sense is begun anew.
        while let Ok(Ok(Some(bytes))) = timeout(SILENCE_LIMIT, opened.bytes()).await {
            if parser.feed(&bytes, &mut events).is_err() {
                break;
            }
            if !events.drain(..).any(|event| event.name.starts_with("grant.")) {
                continue;
            }
            if let Some(settled) = look(session, grant, &mut told).await? {
                return Ok(settled);
            }
        }
        sleep(RETRY).await;
    }
}

/// The grant, if it waits no more; who has approved it so far is told where somebody reads along.
async fn look(session: &Session, grant: &str, told: &mut Option<usize>) -> Result<Option<Value>, Failure> {
    let document = rights::found(session, grant).await?;
    if document.get("state").and_then(Value::as_str) != Some("requested") {
        return Ok(Some(document));
    }
    let given = document.get("approved_by").and_then(Value::as_array).map_or(0, Vec::len);
    if told.replace(given) != Some(given) {
        session.tell(&format!("{given} of {} approvals", number(&document, "/approvals_wanted")));
    }
    Ok(None)
}

fn still_waits(grant: &str) -> Failure {
    let help = format!("wait on with: rackward request watch {grant}");
    Failure::new(Exit::Cancelled, "still-waiting", "nobody has settled it yet", "it waits for approval as before", help)
}
