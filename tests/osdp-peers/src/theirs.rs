//! Their panel, libosdp, on the line's pseudo-terminal, with an application that admits every card at once.
//!
//! Decides how it is served: refreshed at once when bytes arrive and otherwise every 200 microseconds, far more often than it
//! asks for; Secure Channel enforced. Its callbacks own what they touch, because the wrapper would let them borrow too long.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use libosdp::{
    Channel, ChannelError, ControlPanel, ControlPanelBuilder, OsdpCommand, OsdpCommandOutput, OsdpEvent, OsdpFlag,
    PdInfoBuilder,
};
use rackward_protocol::osdp::Baud;
use rustix::event::{PollFd, PollFlags, Timespec};

use crate::Chance;
use crate::devices::{Kind, Seat};
use crate::pty;

/// How long it may sleep when nothing arrives.
const REFRESH_MICROS: u64 = 200;
/// "Temporary on, then back", as our panel sends it.
const TEMPORARILY_ON: u8 = 5;
/// The longest timer there is.
const LONGEST_TICKS: u16 = 36_000;

/// A terminal as libosdp wants it.
#[derive(Debug)]
pub struct Terminal {
    id: i32,
    end: OwnedFd,
}

impl Terminal {
    /// Opens one; the number must be the channel's own.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(id: i32, path: &Path) -> anyhow::Result<Self> {
        Ok(Self { id, end: pty::open(path)? })
    }

    /// The same terminal, to wait on.
    ///
    /// # Errors
    /// The system has no descriptor left.
    pub fn ear(&self) -> anyhow::Result<OwnedFd> {
        Ok(self.end.try_clone()?)
    }
}

impl Channel for Terminal {
    fn get_id(&self) -> i32 {
        self.id
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ChannelError> {
        match rustix::io::read(&self.end, buffer) {
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::AGAIN) => Err(ChannelError::WouldBlock),
            Err(_) => Err(ChannelError::TransportError),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ChannelError> {
        match rustix::io::write(&self.end, bytes) {
            Ok(count) => Ok(count),
            Err(rustix::io::Errno::AGAIN) => Err(ChannelError::WouldBlock),
            Err(_) => Err(ChannelError::TransportError),
        }
    }

    fn flush(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), ChannelError> {
        Ok(())
    }
}

/// Waits until bytes have arrived, but not longer than a refresh period.
///
/// # Errors
/// The terminal is gone.
pub fn wait_for_bytes(ear: &OwnedFd) -> anyhow::Result<()> {
    let pause = Timespec::try_from(Duration::from_micros(REFRESH_MICROS))?;
    match rustix::event::poll(&mut [PollFd::from_borrowed_fd(ear.as_fd(), PollFlags::IN)], Some(&pause)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A running panel.
#[derive(Debug)]
pub struct Theirs {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Theirs {
    /// Starts it and waits until every device has a secure session.
    ///
    /// # Errors
    /// It does not start, or a device stays away.
    pub fn start(path: &Path, baud: Baud, seats: &[Seat], limit: Duration) -> anyhow::Result<Self> {
        let ends = Arc::new(AtomicBool::new(false));
        let (ready, came) = channel();
        let (ending, seats, path) = (Arc::clone(&ends), seats.to_vec(), path.to_owned());
        let thread = std::thread::Builder::new().name("theirs".into()).spawn(move || {
            let terminal = Terminal::open(1, &path)?;
            let ear = terminal.ear()?;
            let (mut panel, cards) = panel(terminal, baud, &seats)?;
            let begun = Instant::now();
            while begun.elapsed() < limit && !ending.load(Ordering::Relaxed) {
                panel.refresh();
                wait_for_bytes(&ear)?;
                if is_online(&panel, seats.len()) {
                    ready.send(())?;
                    return serve(panel, &cards, &seats, &ear, &ending);
                }
            }
            anyhow::bail!("not all devices came online with their panel")
        })?;
        let theirs = Self { ends, thread: Some(thread) };
        match came.recv_timeout(limit + Duration::from_secs(1)) {
            Ok(()) => Ok(theirs),
            Err(_) => {
                theirs.end()?;
                anyhow::bail!("their panel did not start")
            }
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// It had ended by an error.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.ends.store(true, Ordering::Relaxed);
        let thread = self.thread.take().ok_or_else(|| anyhow::anyhow!("ended before"))?;
        thread.join().map_err(|_| anyhow::anyhow!("their panel's thread panicked"))?
    }
}

fn is_online(panel: &ControlPanel, count: usize) -> bool {
    (0..count as i32).all(|device| panel.is_online(device) && panel.is_sc_active(device))
}

/// The panel, and the devices that told a card.
fn panel(terminal: Terminal, baud: Baud, seats: &[Seat]) -> anyhow::Result<(ControlPanel, Receiver<i32>)> {
    let info = |seat: &Seat| {
        let info = PdInfoBuilder::new().address(i32::from(seat.address))?;
        let info = info.baud_rate(baud.bits_per_second() as i32)?;
        Ok(info.flag(OsdpFlag::EnforceSecure).secure_channel_key(seat.key()))
    };
    let infos = seats.iter().map(info).collect::<Result<Vec<_>, libosdp::OsdpError>>()?;
    let mut panel = ControlPanelBuilder::new().add_channel(Box::new(terminal), infos).build()?;
    let (told, cards) = channel();
    panel.set_event_callback(move |device, event| {
        if matches!(event, OsdpEvent::CardRead(_)) {
            let _nobody_listens = told.send(device);
        }
        0
    });
    Ok((panel, cards))
}

fn serve(
    mut panel: ControlPanel,
    cards: &Receiver<i32>,
    seats: &[Seat],
    ear: &OwnedFd,
    ends: &AtomicBool,
) -> anyhow::Result<()> {
    let locks: Vec<usize> = (0..seats.len()).filter(|at| seats[*at].kind == Kind::Handle).collect();
    let mut chance = Chance::new(1);
    while !ends.load(Ordering::Relaxed) {
        panel.refresh();
        while let Ok(device) = cards.try_recv() {
            let own = seats.get(device as usize).is_some_and(|seat| seat.kind == Kind::Handle);
            let any = locks.get(chance.below(locks.len() as u64) as usize).map_or(device, |lock| *lock as i32);
            let output = OsdpCommandOutput { output_no: 0, control_code: TEMPORARILY_ON, timer_count: LONGEST_TICKS };
            if panel.send_command(if own { device } else { any }, OsdpCommand::Output(output)).is_err() {
                println!("  ! their panel took no command");
            }
            panel.refresh();
        }
        wait_for_bytes(ear)?;
    }
    Ok(())
}
