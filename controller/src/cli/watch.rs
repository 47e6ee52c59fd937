//! Following the live stream: entries as they happen, one line each. When the daemon goes away the stream is taken up again
//! where it stopped, by the last sequence number seen, so that nothing is missed or shown twice. Standard output gets entries
//! alone; what else the stream says (the journal's own health, a new beginning) is told on the error stream. The bytes of the stream are read in `sse.rs`; what an event means is the daemon's business.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::arguments::Form;
use super::client::{Client, Opened, Target};
use super::failure::{Exit, Failure};
use super::output::column::EVENTS;
use super::output::{Audience, Screen, safe, yaml};
use super::sse::{Parser, StreamedEvent};

/// The first line of NDJSON, so that a reader knows what follows.
pub(crate) const NDJSON_HEAD: &str = "{\"type\":\"version\",\"schema\":\"1.0\"}\n";
/// A stream without a byte for this long is dead: the daemon sends a heartbeat every 10 s.
const SILENCE_LIMIT_S: u64 = 30;
/// How long to wait before connecting again, unless the stream has said.
const RETRY_MS: u64 = 2_000;
/// The longest wait that a stream may ask for.
const MAX_RETRY_MS: u64 = 60_000;

/// What is said of a journal that can be written.
const JOURNAL_WELL: &str = "the journal can be written";

/// Where lines go.
pub(crate) struct Voice<'a> {
    /// Entries: standard output.
    pub(crate) show: &'a mut dyn FnMut(&str) -> Result<Audience, Failure>,
    /// Notes: the error stream, or nowhere.
    pub(crate) tell: &'a mut dyn FnMut(&str),
}

/// Follows the stream from `after`, or from now, until the process is told to stop; of entries it shows those whose event
/// names begin with `only`.
///
/// # Errors
/// The daemon does not answer the first time, or says no.
pub(crate) async fn follow(
    client: &Client,
    after: Option<u64>,
    only: &str,
    screen: &Screen,
    voice: &mut Voice<'_>,
) -> Result<Exit, Failure> {
    let after = match after {
        Some(after) => after,
        None => head(client).await?,
    };
    let target = Target::new(&["stream"]).query("after", &after.to_string());
    let mut opened = client.stream(&target, None).await?;
    if matches!(screen.form, Form::Json | Form::Ndjson) && (voice.show)(NDJSON_HEAD)? == Audience::Gone {
        return Ok(Exit::Done);
    }
    let mut last_id = Some(after.to_string());
    let mut wait_ms = RETRY_MS;
    loop {
        let cause = match read(&mut opened, only, screen, voice, &mut last_id, &mut wait_ms).await? {
            Stopped::Unread => return Ok(Exit::Done),
            Stopped::Broken(cause) => cause,
        };
        (voice.tell)(&format!("the stream stopped ({cause}); waiting for the daemon"));
        opened = reopen(client, &target, last_id.as_deref(), wait_ms).await?;
        (voice.tell)(&format!("the stream goes on after {}", last_id.as_deref().unwrap_or("the beginning")));
    }
}

/// Why reading stopped.
enum Stopped {
    /// Nobody reads standard output any more.
    Unread,
    /// The stream ended, and how.
    Broken(String),
}

/// The newest entry, so that following starts at a known place and misses nothing after it.
async fn head(client: &Client) -> Result<u64, Failure> {
    let status = client.get(&Target::new(&["status"])).await?;
    status.get("head").and_then(Value::as_u64).ok_or_else(|| client.unreachable("its status names no newest entry"))
}

/// Reads until the stream stops, and says why it did.
async fn read(
    opened: &mut Opened,
    only: &str,
    screen: &Screen,
    voice: &mut Voice<'_>,
    last_id: &mut Option<String>,
    wait_ms: &mut u64,
) -> Result<Stopped, Failure> {
    let broken = |cause: String| Ok(Stopped::Broken(cause));
    let told = &mut JOURNAL_WELL.to_owned();
    let (mut parser, mut events) = (Parser::default(), Vec::new());
    loop {
        let bytes = match timeout(Duration::from_secs(SILENCE_LIMIT_S), opened.bytes()).await {
            Err(_) => return broken(format!("no heartbeat for {SILENCE_LIMIT_S} s")),
            Ok(Err(error)) => return broken(error.to_string()),
            Ok(Ok(None)) => return broken("the daemon closed it".to_owned()),
            Ok(Ok(Some(bytes))) => bytes,
        };
        if let Err(error) = parser.feed(&bytes, &mut events) {
            return broken(error.to_string());
        }
        *wait_ms = parser.retry_ms().unwrap_or(*wait_ms).min(MAX_RETRY_MS);
        // How far receipts are, and the state as it is, are no entries either; other verbs tell them.
        events.retain(|event| event.name != "receipts" && event.name != "snapshot");
        for event in events.drain(..) {
            if let Some(note) = note(&event) {
                // Every stream begins by saying that the journal is well, which is no news.
                if std::mem::replace(told, note.clone()) != note {
                    (voice.tell)(&note);
                }
                continue;
            }
            if event.name.starts_with(only) && (voice.show)(&line(&event, screen))? == Audience::Gone {
                return Ok(Stopped::Unread);
            }
            *last_id = event.id.or(last_id.take());
        }
    }
}

/// Connects again, as often as it takes; a daemon that answers and says no is an end, one that is away is not.
async fn reopen(client: &Client, target: &Target, last_id: Option<&str>, wait_ms: u64) -> Result<Opened, Failure> {
    loop {
        sleep(Duration::from_millis(wait_ms)).await;
        match client.stream(target, last_id).await {
            Err(failure) if failure.passes() => {}
            settled => return settled,
        }
    }
}

/// What is no entry, as a sentence: the journal's own health, a journal that begins anew, or something unknown here.
fn note(event: &StreamedEvent) -> Option<String> {
    let document: Value = serde_json::from_str(&event.data).unwrap_or_default();
    let said = match (event.name.as_str(), document.get("journal").and_then(Value::as_str)) {
        ("journal", Some("writable")) => JOURNAL_WELL.to_owned(),
        ("journal", _) => "the journal cannot be written: nobody is admitted until it can".to_owned(),
        ("reset", _) => "the daemon has another journal now; what follows is from there".to_owned(),
        _ if document.get("time").is_some() => return None,
        (name, _) => format!("{}: {}", safe(name), safe(&event.data)),
    };
    Some(said)
}

/// One entry as one line.
fn line(event: &StreamedEvent, screen: &Screen) -> String {
    match screen.form {
        // The data is JSON on one line already; passing it on as it came loses nothing.
        Form::Json | Form::Ndjson => event.data.replace('\n', " ") + "\n",
        Form::Name => event.id.as_deref().map(safe).unwrap_or_default() + "\n",
        // One document after the other (YAML 1.2, 9.2).
        Form::Yaml => "---\n".to_owned() + &yaml(&serde_json::from_str(&event.data).unwrap_or_default()),
        Form::Table | Form::Wide | Form::Plain | Form::Csv => words(event, screen),
    }
}

/// Time, event, place and sentence.
fn words(event: &StreamedEvent, screen: &Screen) -> String {
    let document: Value = serde_json::from_str(&event.data).unwrap_or_default();
    let cells: Vec<String> = EVENTS.iter().map(|column| column.text(&document, &screen.calendar)).collect();
    match (screen.form, cells.as_slice()) {
        (Form::Table | Form::Wide, [_, _, name, place, sentence]) => {
            let time = document.get("time").and_then(Value::as_str).unwrap_or_default();
            format!("{}  {name:<24}  {place:<32}  {sentence}\n", safe(&screen.calendar.show_row(time)))
        }
        (_, cells) => cells.join("\t") + "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::TimeStyle;
    use crate::cli::output::{Headings, Paint};
    use crate::cli::when::Calendar;
    use jiff::tz::TimeZone;

    const DENIED: &str = r#"{"specversion":"1.0","id":"7","type":"rackward.access.denied.v1","subject":"lon1/main-entrance/in","time":"2026-07-24T14:03:22.417Z","data":{"sentence":"p-2 refused\u001b[2J"}}"#;

    fn event(name: &str, data: &str) -> StreamedEvent {
        StreamedEvent { id: Some("7".to_owned()), name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_one_line_in_every_form() {
        let check = |form: Form, event: &StreamedEvent, expect: &str| {
            let style = if form == Form::Table { TimeStyle::Relative } else { TimeStyle::Utc };
            let calendar = Calendar { now: jiff::Timestamp::UNIX_EPOCH, style, zone: TimeZone::UTC };
            let screen = Screen { form, calendar, paint: Paint::Plain, width_columns: None, headings: Headings::Shown };
            assert_eq!(line(event, &screen), expect, "{form:?}");
        };
        let denied = event("access.denied", DENIED);
        check(Form::Ndjson, &denied, &format!("{DENIED}\n"));
        check(Form::Json, &denied, &format!("{DENIED}\n"));
        check(Form::Name, &denied, "7\n");
        check(
            Form::Plain,
            &denied,
            "7\t2026-07-24T14:03:22.417Z\taccess.denied\tlon1/main-entrance/in\tp-2 refused\\u{1b}[2J\n",
        );
        check(
            Form::Table,
            &denied,
            "14:03:22  access.denied             lon1/main-entrance/in             p-2 refused\\u{1b}[2J\n",
        );
    }

    #[test]
    fn what_is_no_entry_is_told_apart() {
        let check = |name: &str, data: &str, expect: Option<&str>| {
            assert_eq!(note(&event(name, data)).as_deref(), expect, "{name} {data}");
        };
        check("access.denied", DENIED, None);
        check("journal", r#"{"journal":"writable"}"#, Some(JOURNAL_WELL));
        check(
            "journal",
            r#"{"journal":"unwritable"}"#,
            Some("the journal cannot be written: nobody is admitted until it can"),
        );
        check("reset", r#"{"head":7}"#, Some("the daemon has another journal now; what follows is from there"));
        check("x\u{7}", "no json", Some("x\\u{7}: no json"));
    }
}
