//! A timer for one bus, precise to some tens of microseconds.
//!
//! Decides nothing. The runtime's own timers are a millisecond coarse, which is most of a slot at 115200 bit/s; the kernel's
//! timer wakes the task when it is time, without spinning and without an allocation.

use std::future::pending;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use tokio::io::unix::AsyncFd;

/// A timer of the kernel.
#[derive(Debug)]
pub(super) struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    /// A timer that is not set. Must be called on a tokio runtime.
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let descriptor = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // The registration needs the same open descriptor until it is dropped, which an `OwnedFd` guarantees; the replacement
        // asks its caller to promise this in unsafe code.
        #[expect(deprecated, reason = "sound for an owned descriptor, and the replacement is unsafe")]
        let timer = AsyncFd::new(descriptor)?;
        Ok(Self(timer))
    }

    /// Waits for `pause`, or for ever without one. Each call sets the timer anew, so the waiting may be given up.
    pub(super) async fn after(&self, pause: Option<Duration>) {
        match pause {
            None => pending().await,
            Some(Duration::ZERO) => {}
            Some(pause) => {
                if self.ring(pause).await.is_err() {
                    // A timer that the kernel refuses to set still must not turn the task into a spinning one.
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn ring(&self, pause: Duration) -> io::Result<()> {
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let it_value = Timespec::try_from(pause).map_err(io::Error::other)?;
        let once = Itimerspec { it_interval: never, it_value };
        rustix::time::timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        let mut rings = [0; 8];
        loop {
            let mut ready = self.0.readable().await?;
            // A readiness left over from an earlier setting finds nothing to read and is taken back.
            match ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut rings)?)) {
                Ok(rung) => return rung.map(|_| ()),
                Err(_not_yet) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_timer_that_was_given_up_does_not_ring_for_the_next() {
        let timer = Timer::new().unwrap();
        timer.after(Some(Duration::from_micros(1))).await;
        let soon = timer.after(Some(Duration::from_micros(1)));
        drop(soon);
        tokio::select! {
            biased;
            () = timer.after(Some(Duration::from_secs(3_600))) => panic!("rang an hour early"),
            () = another(Duration::from_millis(1)) => {}
        }
    }

    async fn another(pause: Duration) {
        Timer::new().unwrap().after(Some(pause)).await;
    }
}
