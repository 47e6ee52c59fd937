//! HTTP by hand, over TCP or the Unix socket, so that what is tested is what goes over the wire. Requests are HTTP/1.0: the
//! answer then ends with the connection and is not cut into chunks.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::PATIENCE;

/// Changes asked for so far: each has a key of its own (Idempotency-Key), so that none is taken for a repetition.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Where the API is.
#[derive(Debug, Clone)]
pub(super) enum Api {
    /// The local socket.
    Local(PathBuf),
    /// The console's address, `host:port`, and the cookie of a session if there is one.
    Console { address: String, cookie: Option<String> },
    /// The console's address, and the token that a program comes with.
    Program { address: String, token: String },
}

/// A connection of either kind.
pub(super) enum Connection {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Connection {
    /// How long the next read may take.
    pub(super) fn limit(&self, limit: Duration) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.set_read_timeout(Some(limit)),
            Self::Tcp(stream) => stream.set_read_timeout(Some(limit)),
        }
    }
}

impl Connection {
    /// Sends one request, whose head is whole but for its length; the answer's body is still to be read.
    pub(super) fn exchange(mut self, head: &str, body: &str) -> io::Result<Answer> {
        self.limit(PATIENCE)?;
        // In one piece: whoever answers after the head and closes would break the pipe before the body.
        self.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
        let mut body = BufReader::new(self);
        let first = head_line(&mut body)?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        loop {
            let line = head_line(&mut body)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(Answer { status, headers, body })
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(buffer),
            Self::Tcp(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The head of an answer; its body is still to be read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: BufReader<Connection>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(mut self) -> String {
        let mut text = String::new();
        self.body.read_to_string(&mut text).unwrap();
        text
    }

    /// The body, unless the daemon goes away before it is whole.
    pub(super) fn try_text(mut self) -> io::Result<String> {
        let mut text = String::new();
        self.body.read_to_string(&mut text).map(|_| text)
    }

    pub(super) fn json(self) -> Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

impl Api {
    /// The API on the local socket in `state`.
    pub(super) fn local(state: &Path) -> Self {
        Self::Local(state.join("rackward.sock"))
    }

    /// The API at an address such as `http://127.0.0.1:8080`, for nobody in particular.
    pub(super) fn console(address: &str) -> Self {
        Self::Console { address: address.strip_prefix("http://").unwrap().to_owned(), cookie: None }
    }

    /// The console of the daemon that is asked here, for a program with a token.
    #[track_caller]
    pub(super) fn with_token(&self, token: &str) -> Self {
        let status = self.document("/api/v1/status");
        let address = status["http"].as_str().unwrap().strip_prefix("http://").unwrap();
        Self::Program { address: address.to_owned(), token: token.to_owned() }
    }

    /// Sends one request; an error when the daemon goes away meanwhile.
    pub(super) fn try_send(&self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        let over_tcp = |address: &str| TcpStream::connect(address).map(Connection::Tcp);
        let (connection, host, proof) = match self {
            Self::Local(socket) => (Connection::Unix(UnixStream::connect(socket)?), "local", String::new()),
            Self::Console { address, cookie } => {
                let cookie = cookie.as_ref().map(|cookie| format!("cookie: {cookie}\r\n"));
                (over_tcp(address)?, address.as_str(), cookie.unwrap_or_default())
            }
            Self::Program { address, token } => {
                (over_tcp(address)?, address.as_str(), format!("authorization: Bearer {token}\r\n"))
            }
        };
        connection.exchange(&format!("{method} {path} HTTP/1.0\r\nhost: {host}\r\n{proof}{headers}"), body)
    }

    #[track_caller]
    pub(super) fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.try_send(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Asks for one change by POST, under a key of its own; an error when the daemon goes away meanwhile.
    pub(super) fn try_change(&self, path: &str, body: &str) -> io::Result<Answer> {
        let (process, count) = (std::process::id(), CHANGES.fetch_add(1, Ordering::Relaxed));
        let headers = format!("content-type: application/json\r\nidempotency-key: \"{process}-{count}\"\r\n");
        self.try_send("POST", path, &headers, body)
    }

    #[track_caller]
    pub(super) fn change(&self, path: &str, body: &str) -> Answer {
        self.try_change(path, body).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    #[track_caller]
    pub(super) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", "")
    }

    /// A document that must be there.
    #[track_caller]
    pub(super) fn document(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "GET {path}");
        answer.json()
    }

    /// Every item of a list that comes in parts.
    pub(super) fn whole_list(&self, path: &str) -> Value {
        let mut items = Vec::new();
        let mut part = self.document(&format!("{path}?limit=1000"));
        loop {
            items.append(part["items"].as_array_mut().unwrap());
            let Some(after) = part["next_cursor"].as_str() else { return Value::Array(items) };
            part = self.document(&format!("{path}?limit=1000&cursor={after}"));
        }
    }

    /// The newest durable entry: whatever happens from now on has a higher number.
    pub(super) fn head(&self) -> u64 {
        self.document("/api/v1/status")["head"].as_u64().unwrap()
    }
}

fn head_line(body: &mut BufReader<Connection>) -> io::Result<String> {
    let mut line = String::new();
    match body.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().to_owned()),
    }
}
