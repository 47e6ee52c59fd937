//! The control socket: the hands of the simulated world for other processes.
//!
//! A Unix socket, one JSON object per line each way: `{"verb":"badge","args":["p-1","main-entrance/in"]}` is answered by
//! `{"ok":true,"text":"...","data":...}` or `{"ok":false,"why":"...","error":"...","help":"..."}`. Decided here: framing and
//! bounds. What a verb does is in `hands`. The socket belongs to its owner alone (mode 0600).

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::hands::{Answer, Refused};

pub use crate::hands::Request;

/// Longest request, in bytes; the longest path twice over.
const REQUEST_LIMIT_BYTES: u64 = 8 * 1024;
/// Longest answer a client reads, in bytes; the state of a thousand doors.
const ANSWER_LIMIT_BYTES: u64 = 4 * 1024 * 1024;
/// Connections at once; more wait at the door.
const CONNECTION_LIMIT_CONNECTIONS: usize = 16;
/// Requests that wait for the simulation, which answers within a tick.
pub(crate) const REQUEST_LIMIT_REQUESTS: usize = 32;
/// How long a client waits for an answer, which comes within milliseconds.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// An answer on the wire.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// It was done.
    Done {
        /// Always true.
        ok: bool,
        /// One sentence for people.
        text: String,
        /// The same for programs.
        data: Value,
    },
    /// It was not.
    Refused {
        /// Always false.
        ok: bool,
        /// The kind of refusal, for programs.
        why: Why,
        /// Why, for people.
        error: String,
        /// What to do about it.
        help: String,
    },
}

/// The kinds of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The request is not understood.
    Usage,
    /// There is nothing of that name.
    Unknown,
    /// There is more than one thing of that name.
    Ambiguous,
    /// It cannot be done as things stand.
    Impossible,
    /// The simulation is ending.
    Ending,
}

impl From<&Refused> for Why {
    fn from(refused: &Refused) -> Self {
        match refused {
            Refused::Verb { .. } | Refused::Arguments { .. } | Refused::Digits => Self::Usage,
            Refused::Unknown { .. } => Self::Unknown,
            Refused::Ambiguous { .. } => Self::Ambiguous,
            Refused::Impossible { .. } | Refused::Lacks { .. } | Refused::Unfit { .. } => Self::Impossible,
        }
    }
}

impl Response {
    /// The wire form of what a hand did.
    pub fn of(done: Result<Answer, Refused>) -> Self {
        match done {
            Ok(Answer { text, data }) => Self::Done { ok: true, text, data },
            Err(refused) => Self::refused(Why::from(&refused), &refused.to_string(), refused.help()),
        }
    }

    fn refused(why: Why, error: &str, help: impl Into<String>) -> Self {
        Self::Refused { ok: false, why, error: error.to_owned(), help: help.into() }
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum CallError {
    /// Nobody listens there, or it broke off.
    #[error("the simulation at {} does not answer: {source}; is it running?", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What came back is no answer.
    #[error("the simulation at {} answered something that is no answer; is the socket another program's?", path.display())]
    Answer {
        /// The socket.
        path: PathBuf,
    },
}

/// Asks the simulation at `path` and waits for its answer, at most five seconds. Blocking; not for an async runtime.
pub fn call(path: &Path, request: &Request) -> Result<Response, CallError> {
    let line = exchange(path, request).map_err(|source| CallError::Io { path: path.to_owned(), source })?;
    serde_json::from_str(&line).map_err(|_| CallError::Answer { path: path.to_owned() })
}

fn exchange(path: &Path, request: &Request) -> io::Result<String> {
    let mut stream = StdUnixStream::connect(path)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    stream.set_write_timeout(Some(ANSWER_LIMIT))?;
    let mut bytes = serde_json::to_vec(request)?;
    bytes.push(b'\n');
    stream.write_all(&bytes)?;
    let mut line = String::new();
    BufReader::new(stream.take(ANSWER_LIMIT_BYTES)).read_line(&mut line)?;
    Ok(line)
}

/// A request and where its answer goes.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) answer: oneshot::Sender<Response>,
}

/// A listening control socket; its file is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: UnixListener,
    path: PathBuf,
}

impl Listener {
    /// Listens at `path`, in place of a socket that nobody listens at any more, but never of anything else.
    pub(crate) fn bind(path: &Path) -> io::Result<Self> {
        match StdUnixStream::connect(path) {
            Ok(_) => return Err(io::ErrorKind::AddrInUse.into()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)?,
            Err(_) => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Serves connections until the simulation ends.
    pub(crate) async fn serve(self, asked: mpsc::Sender<Asked>) {
        let mut connections = JoinSet::new();
        loop {
            if connections.len() >= CONNECTION_LIMIT_CONNECTIONS {
                connections.join_next().await;
            }
            tokio::select! {
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        connections.spawn(converse(stream, asked.clone()));
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_file(&self.path);
    }
}

/// Answers one connection, line by line. A connection that breaks off has no one left to tell.
async fn converse(mut stream: UnixStream, asked: mpsc::Sender<Asked>) {
    let (read, mut write) = stream.split();
    let mut read = tokio::io::BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let count = (&mut read).take(REQUEST_LIMIT_BYTES).read_until(b'\n', &mut line).await;
        if count.is_err() || line.is_empty() {
            return;
        }
        let whole = line.ends_with(b"\n");
        let response = if whole {
            ask(&line, &asked).await
        } else {
            Response::refused(Why::Usage, "the request is cut short or too long", "")
        };
        let Ok(mut bytes) = serde_json::to_vec(&response) else { return };
        bytes.push(b'\n');
        if write.write_all(&bytes).await.is_err() || !whole {
            return;
        }
    }
}

async fn ask(line: &[u8], asked: &mpsc::Sender<Asked>) -> Response {
    let request = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(_) => {
            return Response::refused(
                Why::Usage,
                "the request is not understood",
                r#"write {"verb":"...","args":["..."]} on one line"#,
            );
        }
    };
    let (answer, answered) = oneshot::channel();
    if asked.send(Asked { request, answer }).await.is_err() {
        return Response::refused(Why::Ending, "the simulation is ending", "start it again");
    }
    answered.await.unwrap_or_else(|_| Response::refused(Why::Ending, "the simulation is ending", "start it again"))
}
