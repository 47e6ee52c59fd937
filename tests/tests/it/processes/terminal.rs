//! A program at a terminal of its own: what it shows there, and what somebody types once it has asked. Its output goes past
//! the terminal, so that both can be told apart.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::OpenptFlags;
use rustix::termios::{LocalModes, tcgetattr};

use super::PATIENCE;
use super::program::Said;

/// What the test itself writes to the terminal when the program is gone: whatever was shown before has been read then.
const END: &str = "<the program is gone>";

/// A program at its terminal.
pub(super) struct Terminal {
    controller: File,
    /// Held open, so that the terminal can be looked at when the program is gone, and nothing shown there is lost.
    user: OwnedFd,
    shown: Arc<(Mutex<String>, Condvar)>,
    child: Child,
    /// How much of what was shown was waited for already.
    read: usize,
}

impl Terminal {
    /// Starts a program at a new terminal.
    pub(super) fn start(mut command: Command) -> Self {
        let controller = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        rustix::pty::grantpt(&controller).unwrap();
        rustix::pty::unlockpt(&controller).unwrap();
        let port = rustix::pty::ptsname(&controller, Vec::new()).unwrap();
        let open = || rustix::fs::open(&port, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let user = open();
        command.stdin(Stdio::from(open())).stderr(Stdio::from(open())).stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        // What the command holds open of the terminal is the child's alone from here.
        drop(command);
        let controller = File::from(controller);
        let shown = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let (mut source, heard) = (controller.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut part = [0; 1024];
            while let Ok(count @ 1..) = source.read(&mut part) {
                heard.0.lock().unwrap().push_str(&String::from_utf8_lossy(&part[..count]));
                heard.1.notify_all();
            }
        });
        Self { controller, user, shown, child, read: 0 }
    }

    /// Waits until the program has shown `words`, after what was waited for before.
    #[track_caller]
    pub(super) fn wait_for(&mut self, words: &str) {
        let until = Instant::now() + PATIENCE;
        let mut shown = self.shown.0.lock().unwrap();
        loop {
            if let Some(at) = shown[self.read..].find(words) {
                self.read += at + words.len();
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no `{words}` in:\n{shown}");
            shown = self.shown.1.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Waits for a question and answers it.
    #[track_caller]
    pub(super) fn answer(&mut self, question: &str, text: &str) {
        self.wait_for(question);
        self.controller.write_all(format!("{text}\n").as_bytes()).unwrap();
    }

    /// Whether the terminal shows what is typed.
    pub(super) fn echoes(&self) -> bool {
        tcgetattr(&self.user).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Presses Ctrl-C.
    pub(super) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Waits for the end of the program: what it has written, and everything that stands at the terminal.
    #[track_caller]
    pub(super) fn end(&mut self) -> Said {
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        rustix::io::write(&self.user, END.as_bytes()).unwrap();
        self.wait_for(END);
        let err = self.shown.0.lock().unwrap().replace(END, "");
        Said { code, out, err }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
