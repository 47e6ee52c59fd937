//! A pseudo-terminal whose both ends stay open.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::OptionalActions;

use crate::Clock;

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

/// How long a pseudo-terminal keeps bytes before the other end can read them: half of a round trip between two threads, the
/// time in the middle and the time that one in a hundred exceeds. It is in every measured exchange twice, and no part of what
/// the panel or the line takes.
///
/// # Errors
/// No pseudo-terminal is to be had.
pub fn transit(clock: Clock) -> anyhow::Result<(Duration, Duration)> {
    const ROUNDS: usize = 400;
    let pty = Pty::make()?;
    let far = pty.user.try_clone()?;
    let echo = std::thread::spawn(move || -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            let byte = read_one(&far)?;
            rustix::io::write(&far, &[byte])?;
        }
        Ok(())
    });
    let mut halves = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        std::thread::sleep(Duration::from_millis(2));
        let begun = clock.nanos();
        rustix::io::write(&pty.controller, &[0x53])?;
        read_one(&pty.controller)?;
        halves.push((clock.nanos() - begun) / 2);
    }
    echo.join().map_err(|_| anyhow::anyhow!("the echoing thread panicked"))??;
    halves.sort_unstable();
    let at = |place: usize| Duration::from_nanos(halves.get(place).copied().unwrap_or_default());
    Ok((at(ROUNDS / 2), at(ROUNDS * 99 / 100)))
}

fn read_one(end: &OwnedFd) -> anyhow::Result<u8> {
    loop {
        rustix::event::poll(&mut [PollFd::from_borrowed_fd(end.as_fd(), PollFlags::IN)], None)?;
        let mut byte = [0];
        match rustix::io::read(end, &mut byte) {
            Ok(1..) => return Ok(byte[0]),
            Ok(0) => anyhow::bail!("the terminal hung up"),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
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
