//! What goes over the wire to a WebDriver: one request of HTTP/1.1, one answer in JSON, a connection for each. A driver is on
//! this machine, answers in order and with a length, so no more of HTTP is needed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// The longest that a driver may think: to start a browser takes seconds on a busy machine.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Why a driver did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// It cannot be reached, or has ended.
    #[error("the driver does not answer: {0}")]
    Unreached(#[from] std::io::Error),
    /// Its answer is no answer.
    #[error("the driver's answer cannot be read")]
    Unreadable,
    /// It says why not.
    #[error("{error}: {message}")]
    Refused {
        /// The kind (WebDriver, clause 6.6).
        error: String,
        /// In words.
        message: String,
    },
}

/// A way to a driver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    port: u16,
}

impl Wire {
    pub(super) const fn to(port: u16) -> Self {
        Self { port }
    }

    pub(super) fn get(&self, path: &str) -> Result<Value, WireError> {
        self.ask("GET", path, "")
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value, WireError> {
        self.ask("POST", path, &body.to_string())
    }

    pub(super) fn delete(&self, path: &str) -> Result<Value, WireError> {
        self.ask("DELETE", path, "")
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value, WireError> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        let (port, length) = (self.port, body.len());
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Err(WireError::Unreadable);
            }
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(|_| WireError::Unreadable)?;
                }
                Some(_) => {}
                None if line.trim_end().is_empty() => break,
                None => {}
            }
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes)?;
        let answer: Value = serde_json::from_slice(&bytes).map_err(|_| WireError::Unreadable)?;
        let value = answer.get("value").cloned().ok_or(WireError::Unreadable)?;
        match value.get("error").and_then(Value::as_str) {
            Some(error) if value.get("stacktrace").is_some() => {
                let message = value["message"].as_str().unwrap_or_default().to_owned();
                Err(WireError::Refused { error: error.to_owned(), message })
            }
            Some(_) | None => Ok(value),
        }
    }
}
