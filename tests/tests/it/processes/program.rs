//! A child process whose output is kept and can be waited for. It decides nothing but this: no program outlives its test.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use super::PATIENCE;

/// One of our programs, as built beside this test.
pub(super) fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let path = profile.join(name);
    assert!(path.exists(), "{} is missing; run `cargo build --workspace --bins` first", path.display());
    path
}

/// A command for one of our programs, with nothing of the caller's settings.
pub(super) fn command(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    let ours = ["DIR", "OUTPUT", "NO_INPUT", "LOG", "CONTEXT", "SERVER", "TOKEN_FILE"];
    for variable in
        ours.map(|name| format!("RACKWARD_{name}")).iter().map(String::as_str).chain(["RUST_LOG", "NO_COLOR"])
    {
        command.env_remove(variable);
    }
    // Below a file there is no directory, so no settings of whoever runs the test are found.
    command.env("XDG_CONFIG_HOME", "/dev/null/settings");
    command
}

/// What came out of a program that was run to its end.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Said {
    pub(super) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The output as JSON, of a program that succeeded.
    #[track_caller]
    pub(super) fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// One stream of lines of a program, as far as they have come.
#[derive(Debug, Default)]
struct Heard {
    lines: Vec<String>,
    ended: bool,
}

/// Lines that a thread reads and others wait for.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<(Mutex<Heard>, Condvar)>);

impl Lines {
    fn read(source: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let heard = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
                heard.note(|heard| heard.lines.push(String::from_utf8_lossy(&line).into_owned()));
            }
            heard.note(|heard| heard.ended = true);
        });
        lines
    }

    fn note(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    /// Waits until `found` gives something; `None` when patience or the stream ends first.
    fn wait<T>(&self, mut found: impl FnMut(&Heard) -> Option<T>) -> Option<T> {
        let until = Instant::now() + PATIENCE;
        let mut heard = self.0.0.lock().unwrap();
        loop {
            if let Some(found) = found(&heard) {
                return Some(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || heard.ended {
                return None;
            }
            heard = self.0.1.wait_timeout(heard, left).unwrap().0;
        }
    }

    fn all(&self) -> String {
        self.0.0.lock().unwrap().lines.join("\n")
    }
}

/// A running program.
#[derive(Debug)]
pub(super) struct Program {
    child: Child,
    out: Lines,
    err: Lines,
}

impl Program {
    /// Starts it with its output kept.
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, out: Lines::read(out), err: Lines::read(err) }
    }

    /// Waits for its first line of output.
    #[track_caller]
    pub(super) fn first_line(&self) -> String {
        let line = self.out.wait(|heard| heard.lines.first().cloned());
        line.unwrap_or_else(|| panic!("no line of output; errors:\n{}", self.errors()))
    }

    /// Waits for a line on the error stream that holds `part`.
    #[track_caller]
    pub(super) fn wait_for_error_line(&self, part: &str) -> String {
        let line = self.err.wait(|heard| heard.lines.iter().find(|line| line.contains(part)).cloned());
        line.unwrap_or_else(|| panic!("no line with `{part}`; errors:\n{}", self.errors()))
    }

    /// Waits for a line of output that holds `part`.
    #[track_caller]
    pub(super) fn wait_for_line(&self, part: &str) -> String {
        let line = self.out.wait(|heard| heard.lines.iter().find(|line| line.contains(part)).cloned());
        line.unwrap_or_else(|| panic!("no line with `{part}`; output:\n{}\nerrors:\n{}", self.output(), self.errors()))
    }

    /// All of the error stream until now.
    pub(super) fn errors(&self) -> String {
        self.err.all()
    }

    /// All of the output until now.
    pub(super) fn output(&self) -> String {
        self.out.all()
    }

    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Ends it without a chance to do anything, as a power cut does.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub(super) fn wait(&mut self) -> ExitStatus {
        let ended = self.err.wait(|heard| heard.ended.then_some(()));
        assert!(ended.is_some(), "still running; output:\n{}\nerrors:\n{}", self.output(), self.errors());
        self.child.wait().unwrap()
    }

    /// Asks it to stop, as Ctrl-C does, and sees that it does so in good order.
    #[track_caller]
    pub(super) fn interrupt(mut self) {
        self.signal(Signal::INT);
        let status = self.wait();
        assert!(status.success(), "{status}; errors:\n{}", self.errors());
    }

    /// The same, and then looks at all that it has written to the error stream.
    #[track_caller]
    pub(super) fn interrupt_and_hear(mut self, hear: impl FnOnce(&str)) {
        self.signal(Signal::INT);
        let status = self.wait();
        assert!(status.success(), "{status}; errors:\n{}", self.errors());
        hear(&self.errors());
    }

    /// How much memory is its own, in kilobytes (`RssAnon` of proc_pid_status(5)). Pages of the program's file are not
    /// counted: how many of them are mapped is up to the system and the build, and they can be had back at any time.
    pub(super) fn own_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- errors of process {}:\n{}", self.child.id(), self.errors());
        }
    }
}
