//! A pseudo-terminal whose both ends stay open.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::OptionalActions;

/// A pseudo-terminal: the end that plays the wire, and the path that a program opens as a serial port.
#[derive(Debug)]
pub struct Pty {
    /// The wire's end; never blocks.
    pub controller: OwnedFd,
    /// Held, so that the terminal does not hang up before a program has opened it.
    pub user: OwnedFd,
    /// What a program opens.
    pub path: PathBuf,
}

impl Pty {
    /// Makes one, raw from the start.
    ///
    /// # Errors
    /// The system gives none.
    pub fn make() -> anyhow::Result<Self> {
        let controller = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&controller)?;
        rustix::pty::unlockpt(&controller)?;
        rustix::io::ioctl_fionbio(&controller, true)?;
        let path = PathBuf::from(rustix::pty::ptsname(&controller, Vec::new())?.into_string()?);
        let user = open(&path)?;
        Ok(Self { controller, user, path })
    }
}

/// Opens a terminal raw, without waiting in reads.
///
/// # Errors
/// It cannot be opened.
pub fn open(path: &std::path::Path) -> anyhow::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let end = rustix::fs::open(path, flags, Mode::empty())?;
    let mut settings = rustix::termios::tcgetattr(&end)?;
    settings.make_raw();
    rustix::termios::tcsetattr(&end, OptionalActions::Now, &settings)?;
    Ok(end)
}
