//! The lines of a server-sent event stream (WHATWG HTML, 9.2.6 "Interpreting an event stream") as events, however the
//! bytes were cut on their way. Where the bytes come from, and what to do when they stop, is `watch.rs`.

/// The longest event taken: far above any entry, small enough that a broken server cannot fill memory.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// One event of the stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StreamedEvent {
    /// The id in force: the journal sequence number of the last event that had one.
    pub(crate) id: Option<String>,
    /// The event's name; `message` when the stream gives none.
    pub(crate) name: String,
    /// Its data, lines joined by a line feed.
    pub(crate) data: String,
}

/// The stream sent an event longer than [`MAX_EVENT_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stream sent an event above {MAX_EVENT_BYTES} bytes")]
pub(crate) struct TooLong;

/// Takes bytes, gives events.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed that follows belongs to it.
    after_return: bool,
    seen_first_line: bool,
    data: String,
    name: String,
    id: Option<String>,
    retry_ms: Option<u64>,
}

impl Parser {
    /// Takes the next bytes, and appends the events they complete to `events`.
    ///
    /// # Errors
    /// An event is longer than [`MAX_EVENT_BYTES`].
    pub(crate) fn feed(&mut self, bytes: &[u8], events: &mut Vec<StreamedEvent>) -> Result<(), TooLong> {
        for byte in bytes {
            match byte {
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    self.take_line(&String::from_utf8_lossy(&line), events);
                }
                _ => {
                    self.after_return = false;
                    self.line.push(*byte);
                }
            }
            if self.line.len() + self.data.len() > MAX_EVENT_BYTES {
                return Err(TooLong);
            }
        }
        Ok(())
    }

    /// How long to wait before connecting again, in milliseconds, if the stream said so.
    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    fn take_line(&mut self, line: &str, events: &mut Vec<StreamedEvent>) {
        let first = !std::mem::replace(&mut self.seen_first_line, true);
        let line = if first { line.trim_start_matches('\u{feff}') } else { line };
        if line.is_empty() {
            self.dispatch(events);
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "retry" if value.bytes().all(|b| b.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok().or(self.retry_ms)
            }
            // A comment (its field name is empty) and fields unknown here are skipped, as the standard asks.
            _ => {}
        }
    }

    fn dispatch(&mut self, events: &mut Vec<StreamedEvent>) {
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        if data.pop().is_none() {
            return;
        }
        let name = if name.is_empty() { "message".to_owned() } else { name };
        events.push(StreamedEvent { id: self.id.clone(), name, data });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Vec<StreamedEvent> {
        let mut events = Vec::new();
        Parser::default().feed(text.as_bytes(), &mut events).unwrap();
        events
    }

    fn event(id: Option<&str>, name: &str, data: &str) -> StreamedEvent {
        StreamedEvent { id: id.map(str::to_owned), name: name.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn streams_read_as_the_standard_says() {
        let check = |text: &str, expect: &[StreamedEvent]| assert_eq!(parse(text), expect, "{text:?}");
        check("id: 7\nevent: door.changed\ndata: {}\n\n", &[event(Some("7"), "door.changed", "{}")]);
        check("data: a\ndata: b\n\n", &[event(None, "message", "a\nb")]);
        check("data:a\r\n\r\ndata: b\r\r", &[event(None, "message", "a"), event(None, "message", "b")]);
        check("\u{feff}data: a\n\n", &[event(None, "message", "a")]);
        check(": ping\n\n", &[]);
        check("event: x\n\ndata: y\n\n", &[event(None, "message", "y")]);
        check("id: 1\ndata: a\n\ndata: b\n\n", &[event(Some("1"), "message", "a"), event(Some("1"), "message", "b")]);
        check("id: 1\0\ndata: a\n\n", &[event(None, "message", "a")]);
        check("data\n\n", &[event(None, "message", "")]);
        check("data: not finished", &[]);
        check("surprise: 1\ndata:  two blanks\n\n", &[event(None, "message", " two blanks")]);
    }

    #[test]
    fn the_wait_before_a_new_try_is_remembered() {
        let mut parser = Parser::default();
        parser.feed(b"retry: 2000\n\nretry: soon\n\n", &mut Vec::new()).unwrap();
        assert_eq!(parser.retry_ms(), Some(2000));
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut parser = Parser::default();
        let chunk = [b'x'; 4096];
        let refused = (0..=MAX_EVENT_BYTES / chunk.len()).any(|_| parser.feed(&chunk, &mut Vec::new()).is_err());
        assert!(refused);
    }

    proptest! {
        #[test]
        fn the_cut_of_the_bytes_changes_nothing(text in "(id: [0-9]{1,3}|data: ?[a-zé]{0,5}|event: [a-z.]{1,9}|: ping|[\r\n]{1,3}){0,24}", cuts in prop::collection::vec(1usize..9, 1..40)) {
            let whole = parse(&text);
            let (mut parser, mut events, mut rest) = (Parser::default(), Vec::new(), text.as_bytes());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                parser.feed(now, &mut events).unwrap();
                rest = later;
            }
            prop_assert_eq!(events, whole);
        }

        #[test]
        fn no_bytes_upset_it(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Parser::default().feed(&bytes, &mut Vec::new());
        }
    }
}
