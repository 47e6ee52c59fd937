//! A program under measurement: started, read, and looked at through /proc (proc_pid_stat(5)).

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a program may take until it says that it is ready; it looks at its whole journal first.
const READY_LIMIT: Duration = Duration::from_secs(120);
/// What one tick of a processor's time in /proc is, in seconds: Linux tells 100 of them a second on every machine.
const TICK_SECS: f64 = 0.01;

/// A running program, ended with the benchmark.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it, and waits for a line on its error stream that holds `ready`.
    pub(crate) fn start(mut command: Command, ready: &str) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let errors = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (tell, heard) = mpsc::channel();
        let wanted = ready.to_owned();
        std::thread::spawn(move || {
            let mut seen = Vec::new();
            let mut is_ready = false;
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                if !is_ready && line.contains(&wanted) {
                    is_ready = true;
                    // Nobody listens any more once the wait was given up.
                    _ = tell.send(Ok(()));
                } else if !is_ready {
                    seen.push(line);
                } else if line.contains("ERROR") || line.contains("panicked") {
                    eprintln!("{line}");
                }
            }
            if !is_ready {
                _ = tell.send(Err(io::Error::other(seen.join("\n"))));
            }
        });
        let process = Self { child };
        match heard.recv_timeout(READY_LIMIT) {
            Ok(said) => said.map(|()| process),
            Err(_) => Err(io::Error::other(format!("{command:?} never said `{ready}`"))),
        }
    }

    /// Ends it without a chance to do anything.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::INT)?;
        self.child.wait().map(drop)
    }

    pub(crate) fn resident_kb(&self) -> io::Result<u64> {
        resident_kb(self.child.id())
    }

    pub(crate) fn cpu_seconds(&self) -> io::Result<f64> {
        cpu_seconds(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Memory that a process has in use, in kibibytes.
pub(crate) fn resident_kb(id: u32) -> io::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
}

/// Processor time that a process has used, its own and the system's for it, in seconds.
pub(crate) fn cpu_seconds(id: u32) -> io::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name of the program stands in brackets and may hold anything.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace()).ok_or(io::ErrorKind::InvalidData)?;
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks * TICK_SECS)
}
