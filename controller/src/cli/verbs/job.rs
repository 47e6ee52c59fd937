//! What takes its time: jobs with devices and looks at buses. A job is followed on the live stream from before it began
//! until its end is told, however often the stream is cut; how far a transfer is, the device says in between. A look is
//! read line by line until the line that says that all was told.

use std::time::Duration;

use hyper::Method;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{Session, screens, with};
use crate::cli::arguments::BusVerb;
use crate::cli::client::{Opened, Target};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::column::SCAN;
use crate::cli::output::{Audience, Report, safe};
use crate::cli::sse::{Parser, StreamedEvent};
use crate::cli::watch::Voice;

/// How often it is asked how far a transfer is.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// A stream without a byte for this long is dead: the daemon sends a heartbeat every 10 s.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);

/// How long to wait before a stream that stopped is taken up again.
const RETRY: Duration = Duration::from_secs(2);

/// A search with nothing to tell for this long is dead: it tells how far it is all the time.
const SCAN_SILENCE_LIMIT: Duration = Duration::from_secs(120);

/// The longest line of a look.
const MAX_LINE_BYTES: usize = 1 << 16;

/// Waits for the end of the job that was just begun, or does not.
///
/// # Errors
/// The job failed, or the daemon does not answer.
pub(super) async fn awaited(session: &Session, started: &Value, no_wait: bool) -> Result<Report, Failure> {
    let text = |name: &str| started.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, name) = (text("id"), text("name"));
    if no_wait {
        let document = started.clone();
        return Ok(Report::Single { kind: "DeviceJob", document, text: screens::job_begun, exit: Exit::Done });
    }
    session.tell(&format!("{} is under way; Ctrl-C ends the waiting, not the job", safe(&id)));
    let ended = end_of(session, &text("head"), &id, &name).await?;
    let outcome = ended.get("outcome").and_then(Value::as_str).unwrap_or_default().to_owned();
    let document = with(started.clone(), "outcome", json!(outcome));
    match failed(&outcome, &name) {
        None => Ok(Report::Single { kind: "DeviceJob", document, text: screens::job_done, exit: Exit::Done }),
        Some((exit, title, help)) => {
            let detail = ended.get("sentence").and_then(Value::as_str).unwrap_or_default();
            Err(Failure::new(exit, &format!("job-{}", outcome.replace('_', "-")), title, detail, help))
        }
    }
}

/// What a job that did not come about means for the caller; `None` for one that did.
fn failed(outcome: &str, name: &str) -> Option<(Exit, &'static str, String)> {
    let again = || format!("see how it stands with: rackward device show {name}");
    Some(match outcome {
        "done" => return None,
        "timed_out" => (Exit::Unreachable, "the job's time ran out", again()),
        "lost" => (Exit::Unreachable, "the device does not answer", again()),
        "not_in_install_mode" => {
            let help = "put the device into install mode (its manual says how), then try again".to_owned();
            (Exit::Conflict, "the device is not in install mode", help)
        }
        "refused" => (Exit::Failed, "the job was refused", again()),
        "not_proven" => (Exit::Failed, "the device took it and then did not prove it", again()),
        "stopped" => (Exit::Cancelled, "an operator stopped the job", again()),
        "interrupted" => (Exit::Failed, "the job was interrupted", again()),
        _ => (Exit::Failed, "the job did not come about", again()),
    })
}

/// The data of the event that tells the end of a job.
async fn end_of(session: &Session, head: &str, job: &str, name: &str) -> Result<Value, Failure> {
    let target = Target::new(&["stream"]).query("after", head);
    let mut progress = Progress { name: name.to_owned(), told: None, next: Instant::now() + PROGRESS_EVERY };
    let mut last_id: Option<String> = None;
    let mut opened = session.client.stream(&target, None).await?;
    loop {
        if let Some(data) = read(session, &mut opened, job, &mut last_id, &mut progress).await {
            return Ok(data);
        }
        session.tell("the daemon does not answer; waiting for it");
        opened = loop {
            sleep(RETRY).await;
            match session.client.stream(&target, last_id.as_deref()).await {
                Err(failure) if failure.passes() => {}
                settled => break settled?,
            }
        };
    }
}

/// Reads until the end of the job is told, or the stream stops.
async fn read(
    session: &Session,
    opened: &mut Opened,
    job: &str,
    last_id: &mut Option<String>,
    progress: &mut Progress,
) -> Option<Value> {
    let (mut parser, mut events) = (Parser::default(), Vec::new());
    let mut alive = Instant::now();
    loop {
        tokio::select! {
            bytes = opened.bytes() => {
                let bytes = bytes.ok().flatten()?;
                parser.feed(&bytes, &mut events).ok()?;
                alive = Instant::now();
            }
            () = tokio::time::sleep_until(progress.next) => progress.look(session).await,
        }
        for event in events.drain(..) {
            if let Some(data) = told_end(&event, job) {
                return Some(data);
            }
            *last_id = event.id.or(last_id.take());
        }
        if alive.elapsed() > SILENCE_LIMIT {
            return None;
        }
    }
}

/// The data of `event`, if it tells the end of `job`.
fn told_end(event: &StreamedEvent, job: &str) -> Option<Value> {
    if event.name != "device.job-ended" {
        return None;
    }
    let mut document: Value = serde_json::from_str(&event.data).ok()?;
    let data = document.get_mut("data")?.take();
    (data.get("command_id").and_then(Value::as_str) == Some(job)).then_some(data)
}

/// How far a transfer is, told when it moved on.
struct Progress {
    name: String,
    told: Option<u64>,
    next: Instant,
}

impl Progress {
    async fn look(&mut self, session: &Session) {
        self.next = Instant::now() + PROGRESS_EVERY;
        // Whoever waits for the end does not fail because nobody can say how far it is.
        let Ok(document) = super::pages(session, Target::new(&["devices"])).await else { return };
        let items = document.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let device = items.iter().find(|item| item.get("name").and_then(Value::as_str) == Some(self.name.as_str()));
        let bytes = |member: &str| device?.pointer(&format!("/job/transfer/{member}")).and_then(Value::as_u64);
        if let (Some(sent), Some(total)) = (bytes("sent_bytes"), bytes("total_bytes").filter(|total| *total > 0)) {
            let percent = sent * 100 / total;
            if self.told != Some(percent) {
                self.told = Some(percent);
                session.tell(&format!("{percent} % of {total} bytes"));
            }
        }
    }
}

/// Searches a bus, tells how far it is, and gives what was found.
///
/// # Errors
/// The daemon says no, or the search was cut off.
pub(super) async fn scan(session: &Session, bus: &str, body: &request::ScanBus) -> Result<Report, Failure> {
    let mut lines = Lines::open(session, &["buses", bus, "scan"], body).await?;
    let (mut found, mut told) = (Vec::new(), None);
    while let Some(line) = lines.next(SCAN_SILENCE_LIMIT).await {
        let line: Value = serde_json::from_str(&line).unwrap_or_default();
        let number = |name: &str| line.get(name).and_then(Value::as_u64).unwrap_or_default();
        match line.get("kind").and_then(Value::as_str) {
            Some("end") => {
                let document = json!({ "items": found, "next_cursor": null });
                return Ok(Report::List { kind: "BusScan", document, columns: SCAN, empty: "nobody else answers" });
            }
            Some("found") => found.push(line),
            Some("progress") => {
                let percent = number("tried") * 100 / number("total").max(1);
                if told.replace(percent / 10) != Some(percent / 10) {
                    session.tell(&format!("{percent} % of {} places", number("total")));
                }
            }
            _ => {}
        }
    }
    Err(session.client.unreachable("the search was cut off; what it found so far is not all"))
}

/// Writes the frames of a bus as they pass.
///
/// # Errors
/// The daemon says no, or the trace was cut off.
pub(crate) async fn trace(session: &Session, verb: &BusVerb, voice: &mut Voice<'_>) -> Result<Exit, Failure> {
    let BusVerb::Trace { bus, lasting, reason } = verb else { return Ok(Exit::Done) };
    let seconds = u32::try_from(lasting.as_secs()).unwrap_or(u32::MAX);
    let body = request::TraceBus { for_s: Some(seconds), reason: reason.clone() };
    let mut lines = Lines::open(session, &["buses", bus, "trace"], &body).await?;
    // A quiet bus has no frames, so its silence says nothing; the trace's own end does.
    let patience = *lasting + SILENCE_LIMIT;
    while let Some(line) = lines.next(patience).await {
        match serde_json::from_str::<Value>(&line).unwrap_or_default().get("kind").and_then(Value::as_str) {
            Some("end") => return Ok(Exit::Done),
            Some("missed") => (voice.tell)("frames are missing here: they came faster than they could be written"),
            Some(_) | None => {
                if (voice.show)(&(line + "\n"))? == Audience::Gone {
                    return Ok(Exit::Done);
                }
            }
        }
    }
    Err(session.client.unreachable("the trace was cut off before its time"))
}

/// Lines of an answer that goes on.
pub(super) struct Lines {
    opened: Opened,
    waiting: Vec<u8>,
}

impl Lines {
    /// The lines of an answer that was opened.
    pub(super) const fn of(opened: Opened) -> Self {
        Self { opened, waiting: Vec::new() }
    }

    async fn open(session: &Session, segments: &[&str], body: &impl serde::Serialize) -> Result<Self, Failure> {
        let opened = session.client.open(Method::POST, &Target::new(segments), body).await;
        let opened =
            opened.map_err(|failure| failure.advise_on(Exit::NotFound, "see what there is with: rackward bus list"))?;
        Ok(Self::of(opened))
    }

    /// The next line without its line feed; `None` when the answer ends, breaks off or is silent for too long.
    pub(super) async fn next(&mut self, patience: Duration) -> Option<String> {
        loop {
            if let Some(end) = self.waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.waiting.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.waiting.len() > MAX_LINE_BYTES {
                return None;
            }
            let bytes = timeout(patience, self.opened.bytes()).await.ok()?.ok()??;
            self.waiting.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_its_exit_code() {
        let check = |outcome: &str, code: u8| {
            let exit = failed(outcome, "r").map_or(Exit::Done, |(exit, _, _)| exit);
            assert_eq!(exit.code(), code, "{outcome}");
        };
        check("done", 0);
        check("timed_out", 11);
        check("lost", 11);
        check("not_in_install_mode", 6);
        check("refused", 1);
        check("not_proven", 1);
        check("stopped", 3);
        check("interrupted", 1);
        check("something of a later version", 1);
    }
}
