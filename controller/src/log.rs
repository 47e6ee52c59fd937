//! What the daemon says of its work: lines on standard error, for whoever keeps them, and the last of them in memory, for whoever
//! needs help from outside. No line names a person or holds a secret, which is a rule for those who write them and tested; what is
//! kept here is less by construction. Only lines of our own program are kept, and of their fields only numbers and those that
//! [`TOLD_FIELDS`] names.

use std::collections::VecDeque;
use std::fmt;
use std::io::IsTerminal as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::support::{LogLine, LogTail, REDACTED};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::clock;

/// How many lines are kept. A quiet daemon says so much in weeks, one in trouble in minutes; more would take memory from what the
/// daemon is for.
const KEPT_MAX_LINES: usize = 1_000;
/// How much of one text is kept. A longer one is cut: it is a list, and its beginning says of what.
const TEXT_MAX_CHARS: usize = 400;

/// Fields whose text says what a line is about and never who: places of the program, devices, ports, files of our own making and
/// what the system said.
const TOLD_FIELDS: [&str; 16] = [
    "error", "cause", "why", "help", "refused", "trouble", "device", "bus", "port", "webhook", "driver", "part",
    "state", "wait", "version", "http",
];

/// The last lines of this process. There is one log of a process, whoever writes into it.
static KEPT: Mutex<Ring> = Mutex::new(Ring { lines: VecDeque::new(), gone: 0 });

/// The last lines.
struct Ring {
    lines: VecDeque<LogLine>,
    gone: u64,
}

impl Ring {
    fn keep(&mut self, line: LogLine) {
        if self.lines.len() >= KEPT_MAX_LINES {
            self.lines.pop_front();
            self.gone = self.gone.saturating_add(1);
        }
        self.lines.push_back(line);
    }
}

/// Sends logs to standard error, and keeps the last of ours; `RACKWARD_LOG` chooses what is sent, `default` where it is silent.
pub fn begin(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("RACKWARD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let colours = std::io::stderr().is_terminal();
    let sent = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr).with_filter(filter);
    let kept = Keeper.with_filter(LevelFilter::INFO);
    // A second call, from a test in the same process, changes nothing.
    let _ = tracing_subscriber::registry().with(sent).with(kept).try_init();
}

/// The last lines that were kept.
pub(crate) fn tail() -> LogTail {
    let ring = ring();
    LogTail { lines: ring.lines.iter().cloned().collect(), gone: ring.gone }
}

fn ring() -> MutexGuard<'static, Ring> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the last lines.
struct Keeper;

impl<S: Subscriber> Layer<S> for Keeper {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let about = event.metadata();
        if !is_ours(about.target()) {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        // Outside the lock, which every thread that logs waits for.
        let line = LogLine {
            logged_at: At(clock::now().wall),
            level: word(*about.level()),
            target: about.target().to_owned(),
            message: said.message,
            fields: said.fields,
        };
        ring().keep(line);
    }
}

fn is_ours(target: &str) -> bool {
    let (name, _) = target.split_once("::").unwrap_or((target, ""));
    name == "rackward" || name.starts_with("rackward_")
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}

/// What of a line is kept.
#[derive(Default)]
struct Said {
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    fn text(&mut self, field: &Field, text: &str) {
        let told = TOLD_FIELDS.contains(&field.name());
        let value = if told { text.chars().take(TEXT_MAX_CHARS).collect() } else { REDACTED.to_owned() };
        self.number(field, value.into());
    }

    fn number(&mut self, field: &Field, value: Value) {
        self.fields.insert(field.name().to_owned(), value);
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text.chars().take(TEXT_MAX_CHARS).collect(),
            _ => self.text(field, &text),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.chars().take(TEXT_MAX_CHARS).collect(),
            _ => self.text(field, value),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of `said` that were kept; other tests log at the same time.
    fn kept(said: impl FnOnce(), message: &str) -> Vec<LogLine> {
        let subscriber = tracing_subscriber::registry().with(Keeper.with_filter(LevelFilter::INFO));
        tracing::subscriber::with_default(subscriber, said);
        tail().lines.into_iter().filter(|line| line.message.contains(message)).collect()
    }

    #[test]
    fn of_a_line_is_kept_what_names_nobody() {
        let say = || {
            let error = std::fmt::Error;
            tracing::warn!(device = "r01-front", person = "Bo Byrne", %error, tries = 3, "flamingo {}", 7);
            tracing::debug!("flamingo that nobody needs");
            tracing::info!(target: "mqtt5::client", "flamingo of a library");
        };
        let lines = kept(say, "flamingo");
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((line.level, line.message.as_str()), ("WARN", "flamingo 7"));
        let error = std::fmt::Error;
        let told =
            serde_json::json!({ "device": "r01-front", "person": REDACTED, "error": error.to_string(), "tries": 3 });
        assert_eq!(Value::Object(line.fields.clone()), told);
    }

    #[test]
    fn a_long_text_is_cut() {
        let lines = kept(|| tracing::info!(error = "x".repeat(9_999), "pelican"), "pelican");
        assert_eq!(lines[0].fields["error"].as_str().unwrap().len(), TEXT_MAX_CHARS);
    }

    #[test]
    fn the_oldest_lines_go_first_and_are_counted() {
        let mut ring = Ring { lines: VecDeque::new(), gone: 0 };
        let line = |number: usize| LogLine {
            logged_at: At(clock::now().wall),
            level: "INFO",
            target: "rackward".to_owned(),
            message: number.to_string(),
            fields: Map::new(),
        };
        (0..KEPT_MAX_LINES + 3).for_each(|number| ring.keep(line(number)));
        assert_eq!((ring.lines.len(), ring.gone, ring.lines[0].message.as_str()), (KEPT_MAX_LINES, 3, "3"));
    }
}
