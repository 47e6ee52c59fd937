//! One pseudo-terminal that outlives whoever opens it.
//!
//! The other end is held open here too, so that the daemon may close and reopen it, or be killed, without the line hanging
//! up. When the line has been silent for a while, what the last user left behind is taken off: the mark of exclusive use,
//! which would lock the next one out, and bytes nobody has read.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rackward_protocol::osdp::Baud;
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, QueueSelector};
use tokio::io::unix::AsyncFd;

/// A pseudo-terminal and the symbolic link to it.
#[derive(Debug)]
pub(super) struct Pty {
    controller: AsyncFd<OwnedFd>,
    user: OwnedFd,
    link: PathBuf,
    target: PathBuf,
}

impl Pty {
    /// Makes one and puts a symbolic link to it at `link`, in place of an older link but never of anything else.
    pub(super) fn make(link: &Path) -> io::Result<Self> {
        let controller = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&controller)?;
        rustix::pty::unlockpt(&controller)?;
        rustix::io::ioctl_fionbio(&controller, true)?;
        let name = rustix::pty::ptsname(&controller, Vec::new())?.into_string();
        let target = PathBuf::from(name.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?);
        let user = rustix::fs::open(&target, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        // Raw before anyone opens it, or the first bytes would be echoed back as if a device had answered.
        let mut settings = rustix::termios::tcgetattr(&user)?;
        settings.make_raw();
        rustix::termios::tcsetattr(&user, OptionalActions::Now, &settings)?;
        place_link(&target, link)?;
        // The registration needs the same open descriptor until it is dropped, which an `OwnedFd` guarantees; the replacement
        // asks its caller to promise this in unsafe code.
        #[expect(deprecated, reason = "sound for an owned descriptor, and the replacement is unsafe")]
        let controller = AsyncFd::new(controller)?;
        Ok(Self { controller, user, link: link.to_owned(), target })
    }

    /// Waits for bytes from the daemon and appends them to `into`.
    pub(super) async fn read(&self, into: &mut Vec<u8>) -> io::Result<()> {
        let mut chunk = [0; 2048];
        loop {
            let mut ready = self.controller.readable().await?;
            match ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut chunk)?)) {
                Ok(Ok(count)) => {
                    into.extend(chunk.get(..count).unwrap_or_default());
                    return Ok(());
                }
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(error),
                Err(_not_ready) => {}
            }
        }
    }

    /// Puts bytes on the line. What does not fit because nobody reads is lost, as on a wire.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match rustix::io::write(self.controller.get_ref(), bytes) {
            Ok(_) | Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The speed to which its user has set it; none when that is no speed of OSDP.
    pub(super) fn speed(&self) -> Option<Baud> {
        let settings = rustix::termios::tcgetattr(&self.user).ok()?;
        Baud::parse(settings.output_speed()).ok()
    }

    /// Takes off what the last user left behind.
    pub(super) fn tidy(&self) -> io::Result<()> {
        rustix::termios::ioctl_tiocnxcl(&self.user)?;
        rustix::termios::tcflush(&self.user, QueueSelector::IFlush)?;
        Ok(())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // Another simulation may have put its own link there since.
        if std::fs::read_link(&self.link).is_ok_and(|target| target == self.target) {
            let _gone_already = std::fs::remove_file(&self.link);
        }
    }
}

fn place_link(target: &Path, link: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(link) {
        Ok(found) if found.file_type().is_symlink() => std::fs::remove_file(link)?,
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    std::os::unix::fs::symlink(target, link)
}
