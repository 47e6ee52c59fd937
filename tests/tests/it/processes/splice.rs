//! A line with the test in its middle: two pseudo-terminals, one for the daemon and one for the hardware, and threads that
//! carry the bytes across. The test can put its own bytes on either end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::OptionalActions;

/// One pseudo-terminal. The user's side is held open, so that the line does not hang up when a program lets go of it.
#[derive(Debug)]
struct End {
    controller: File,
    port: PathBuf,
    _user: OwnedFd,
}

impl End {
    fn make() -> Self {
        let controller = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        rustix::pty::grantpt(&controller).unwrap();
        rustix::pty::unlockpt(&controller).unwrap();
        let port = PathBuf::from(rustix::pty::ptsname(&controller, Vec::new()).unwrap().into_string().unwrap());
        let user = rustix::fs::open(&port, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        // Raw before anybody opens it, or the first bytes would be echoed.
        let mut settings = rustix::termios::tcgetattr(&user).unwrap();
        settings.make_raw();
        rustix::termios::tcsetattr(&user, OptionalActions::Now, &settings).unwrap();
        Self { controller: File::from(controller), port, _user: user }
    }
}

/// The line.
#[derive(Debug)]
pub(super) struct Splice {
    daemon: End,
    hardware: End,
}

impl Splice {
    pub(super) fn make() -> Self {
        let splice = Self { daemon: End::make(), hardware: End::make() };
        carry(&splice.daemon.controller, &splice.hardware.controller);
        carry(&splice.hardware.controller, &splice.daemon.controller);
        splice
    }

    /// The port that the daemon opens.
    pub(super) fn daemon_port(&self) -> &Path {
        &self.daemon.port
    }

    /// The port that the hardware opens.
    pub(super) fn hardware_port(&self) -> &Path {
        &self.hardware.port
    }

    /// Puts bytes on the line towards the daemon.
    pub(super) fn to_daemon(&self, bytes: &[u8]) {
        (&self.daemon.controller).write_all(bytes).unwrap();
    }

    /// Puts bytes on the line towards the hardware.
    pub(super) fn to_hardware(&self, bytes: &[u8]) {
        (&self.hardware.controller).write_all(bytes).unwrap();
    }
}

/// Carries bytes from one end to the other until the line is gone; the thread ends with the process at the latest.
fn carry(from: &File, to: &File) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let mut chunk = [0; 512];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            if to.write_all(&chunk[..count]).is_err() {
                return;
            }
        }
    });
}
