//! The live stream, read raw: what each event says byte for byte, and that the numbers follow each other.

use std::io::{self, BufRead};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::PATIENCE;
use super::http::{Answer, Api};

/// One event as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its number in the journal; none when it is no entry.
    pub(super) id: Option<u64>,
    pub(super) name: String,
    /// The data line, untouched.
    pub(super) data: String,
}

impl Event {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }

    pub(super) fn subject(&self) -> String {
        self.json()["subject"].as_str().unwrap_or_default().to_owned()
    }

    /// A member of what the entry says.
    pub(super) fn says(&self, member: &str) -> Value {
        self.json()["data"][member].clone()
    }

    /// Whether it is `name` at a place whose path ends in `place`.
    pub(super) fn is(&self, name: &str, place: &str) -> bool {
        self.name == name && self.subject().ends_with(place)
    }
}

/// A reader of the stream.
pub(super) struct Stream {
    answer: Answer,
    line: Vec<u8>,
    partial: Event,
    /// Everything that came, in order.
    pub(super) seen: Vec<Event>,
    last: Option<u64>,
}

/// Why there is no next event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Nothing came in time.
    Silence,
    /// The daemon closed the stream, or is gone.
    Closed,
}

impl Stream {
    /// Follows from now on, or from after an entry, as a browser does that comes back.
    #[track_caller]
    pub(super) fn open(api: &Api, after: Option<u64>) -> Self {
        let header = after.map(|seq| format!("last-event-id: {seq}\r\n")).unwrap_or_default();
        let answer = api.send("GET", "/api/v1/stream", &header, "");
        assert_eq!(answer.status, 200, "the stream did not open");
        assert_eq!(answer.header("content-type"), Some("text/event-stream"));
        let partial = Event { id: None, name: String::new(), data: String::new() };
        let mut stream = Self { answer, line: Vec::new(), partial, seen: Vec::new(), last: after };
        // The greeting says that the subscription stands: what happens from here on will be told.
        stream.wait_for("the greeting", |event| event.name == "journal");
        stream
    }

    /// The next event, if one comes within `limit`. Numbers that do not follow each other are a failure.
    pub(super) fn next(&mut self, limit: Duration) -> Result<Event, Over> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Over::Silence);
            }
            self.answer.body.get_ref().limit(left).map_err(|_| Over::Closed)?;
            match self.answer.body.read_until(b'\n', &mut self.line) {
                Ok(_) if self.line.ends_with(b"\n") => {
                    if let Some(event) = self.take_line() {
                        self.check_number(&event);
                        self.seen.push(event.clone());
                        return Ok(event);
                    }
                }
                Ok(_) => return Err(Over::Closed),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Err(_) => return Err(Over::Closed),
            }
        }
    }

    fn take_line(&mut self) -> Option<Event> {
        let line = String::from_utf8(std::mem::take(&mut self.line)).unwrap();
        let line = line.trim_end_matches('\n');
        match line.split_once(": ") {
            Some(("id", id)) => self.partial.id = Some(id.rsplit('-').next().unwrap().parse().unwrap()),
            Some(("event", name)) => name.clone_into(&mut self.partial.name),
            Some(("data", data)) => data.clone_into(&mut self.partial.data),
            Some(("retry", _)) => {}
            _ if line.is_empty() && !self.partial.name.is_empty() => {
                let empty = Event { id: None, name: String::new(), data: String::new() };
                return Some(std::mem::replace(&mut self.partial, empty));
            }
            _ => assert!(line.is_empty() || line.starts_with(':'), "not a line of a stream: {line}"),
        }
        None
    }

    fn check_number(&mut self, event: &Event) {
        let Some(id) = event.id else { return };
        assert_eq!(event.json()["id"], id.to_string(), "the event's id and its data differ");
        if let Some(last) = self.last {
            assert_eq!(id, last + 1, "a gap or a double in the stream");
        }
        self.last = Some(id);
    }

    /// Waits for an event that has not come yet.
    #[track_caller]
    pub(super) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        self.find(u64::MAX, what, wanted)
    }

    /// The first entry after `since` that fits, whether it came already or is waited for; events that are no entries fit
    /// only when they come.
    #[track_caller]
    pub(super) fn find(&mut self, since: u64, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let after = |event: &&Event| event.id.is_some_and(|id| id > since);
        if let Some(event) = self.seen.iter().filter(after).find(|event| wanted(event)) {
            return event.clone();
        }
        let until = Instant::now() + PATIENCE;
        loop {
            match self.next(until.saturating_duration_since(Instant::now())) {
                Ok(event) if event.id.is_none_or(|id| id > since || since == u64::MAX) && wanted(&event) => {
                    return event;
                }
                Ok(_) => {}
                Err(over) => panic!("{what}: {over:?}; seen since {since}:\n{}", self.told(since)),
            }
        }
    }

    /// Reads up to the entry `head`.
    #[track_caller]
    pub(super) fn read_to(&mut self, head: u64) {
        while self.last.is_none_or(|last| last < head) {
            let next = self.next(PATIENCE);
            assert!(next.is_ok(), "{next:?} before entry {head}");
        }
    }

    /// The number of the last entry that came.
    pub(super) fn last(&self) -> Option<u64> {
        self.last
    }

    fn told(&self, since: u64) -> String {
        let later = self.seen.iter().filter(|event| since == u64::MAX || event.id.is_none_or(|id| id > since));
        let lines: Vec<_> = later.map(|event| format!("{:?} {} {}", event.id, event.name, event.data)).collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}
