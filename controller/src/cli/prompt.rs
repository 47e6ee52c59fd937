//! Asking whoever sits at the terminal. Secrets are typed without echo; the echo comes back whatever happens, Ctrl-C
//! included. What is asked, and what becomes of it, is the verbs' business.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::failure::{Exit, Failure};

/// The longest line that is taken: far above any password, so that a wrong file fed in does not fill memory.
const MAX_LINE_BYTES: u64 = 4096;

/// Whether a missing input may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompting {
    /// There is a person at a terminal.
    Allowed,
    /// There is not, or they said `--no-input`.
    Forbidden,
}

impl Prompting {
    /// Whether somebody can be asked: it is allowed, and standard input is a terminal.
    pub(crate) fn reaches_somebody(self) -> bool {
        self == Self::Allowed && std::io::stdin().is_terminal()
    }
}

/// Asks for a line that everybody may see.
///
/// # Errors
/// The input ended.
pub(crate) async fn line(words: &str) -> Result<String, Failure> {
    eprint!("{words}");
    read().await.map(|line| line.to_string())
}

/// Asks whether something shall be done; anything but yes is no.
///
/// # Errors
/// The input ended.
pub(crate) async fn agreed(question: &str) -> Result<bool, Failure> {
    let answer = line(&format!("{question} [y/N] ")).await?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a line without showing what is typed.
///
/// # Errors
/// The input ended, or is no terminal.
pub(crate) async fn secret(words: &str) -> Result<Zeroizing<String>, Failure> {
    // Before the question, so that nobody can have typed before it is quiet.
    let quiet = Quiet::begin().map_err(|error| Failure::usage("the input", &error))?;
    eprint!("{words}");
    let line = read().await;
    drop(quiet);
    eprintln!();
    line
}

/// Does what waits for an input apart from everything else, so that Ctrl-C is heard meanwhile.
///
/// # Errors
/// The input cannot be read.
pub(crate) async fn apart<T: Send + 'static>(
    read: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other).and_then(|read| read)
}

/// Takes a line that was piped in, without its end; nothing where the input is empty.
///
/// # Errors
/// The input cannot be read.
pub(crate) async fn piped(most_bytes: u64) -> std::io::Result<Zeroizing<String>> {
    apart(move || {
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().take(most_bytes).read_line(&mut line)?;
        Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
    })
    .await
}

async fn read() -> Result<Zeroizing<String>, Failure> {
    let reading = apart(|| {
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().take(MAX_LINE_BYTES).read_line(&mut line).map(|bytes| (bytes, line))
    });
    let (bytes, line) = reading.await.map_err(|error| Failure::usage("the input", &error))?;
    if bytes == 0 {
        return Err(Failure::new(Exit::Cancelled, "cancelled", "nothing was done", "the input ended", ""));
    }
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> std::io::Result<Self> {
        let before = tcgetattr(std::io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
        // What was typed before the question is thrown away: it was meant for something else.
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing anyway.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}
