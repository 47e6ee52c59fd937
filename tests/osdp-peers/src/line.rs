//! A line of stated speed with its devices, on a thread of its own.
//!
//! Decides when each byte has passed: ten bits a byte, one after the other, both directions on the same two wires. The panel
//! gets an answer's bytes when their time has come, never before; a device gets a frame when its last byte has passed. Times
//! are taken from the line's own timetable, so that what the thread itself is late by does not add up; how late it was is
//! measured and told.
//!
//! Vocabulary: a *badge* is a card at a device; its *release* is the moment when an output command has been received whole.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rackward_protocol::osdp::{Baud, Micros, Peripheral};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec};

use crate::devices::{CARD, CARD_BITS, Seat};
use crate::pty::Pty;
use crate::{Clock, bound};

/// Bytes are handed to the panel in pieces that span at most so long, as a UART's buffer does.
const PIECE_NANOS: u64 = 4_000_000;
/// The last stretch before an event is spun, because waking takes about so long.
const SPIN_NANOS: u64 = 60_000;
/// After an answer the panel's next frame is spun for at most so long.
const EXPECT_NANOS: u64 = 400_000;
/// The code of an output command (OSDP 2.2, 6.10); it is in clear even in a session.
const OUTPUT_CODE: u8 = 0x68;

/// How long one badge took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// Until a lock had received its command.
    pub release: Duration,
    /// Until the last byte of its acknowledgement had passed.
    pub acknowledged: Duration,
}

/// How exact the line was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exactness {
    /// How late each piece was handed to the panel, in nanoseconds.
    pub late_nanos: Vec<u64>,
    /// Frames of the panel that began while a device was speaking.
    pub collisions: u64,
    /// Frames of the panel.
    pub frames: u64,
}

/// A running line.
#[derive(Debug)]
pub struct Line {
    path: PathBuf,
    touches: Sender<Touch>,
    wake: OwnedFd,
    thread: Option<JoinHandle<anyhow::Result<Exactness>>>,
}

/// What is done to the line from outside.
enum Touch {
    Badge { address: u8, answer: Sender<Took> },
    End,
}

impl Line {
    /// Starts a line with these devices.
    ///
    /// # Errors
    /// No pseudo-terminal or no thread is to be had.
    pub fn start(clock: Clock, baud: Baud, seats: &[Seat]) -> anyhow::Result<Self> {
        let pty = Pty::make()?;
        let wake = rustix::event::eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        let (touches, touched) = channel();
        let devices = seats.iter().map(|seat| Ok((seat.address, seat.device(baud)?))).collect::<anyhow::Result<_>>()?;
        let path = pty.path.clone();
        let pump = Pump::new(clock, baud, pty, wake.try_clone()?, touched, devices);
        let thread = std::thread::Builder::new().name("line".into()).spawn(move || pump.run())?;
        Ok(Self { path, touches, wake, thread: Some(thread) })
    }

    /// What the panel opens.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Shows a card at a device and waits for what follows; `None` when nothing does within `limit`.
    ///
    /// # Errors
    /// The line has ended.
    pub fn badge(&self, address: u8, limit: Duration) -> anyhow::Result<Option<Took>> {
        let (answer, took) = channel();
        self.touches.send(Touch::Badge { address, answer })?;
        rustix::io::write(&self.wake, &1u64.to_ne_bytes())?;
        Ok(took.recv_timeout(limit).ok())
    }

    /// Ends the line and tells how exact it was.
    ///
    /// # Errors
    /// It ended before by an error.
    pub fn end(mut self) -> anyhow::Result<Exactness> {
        let _ended_already = self.touches.send(Touch::End);
        rustix::io::write(&self.wake, &1u64.to_ne_bytes())?;
        let thread = self.thread.take().ok_or_else(|| anyhow::anyhow!("the line has ended before"))?;
        thread.join().map_err(|_| anyhow::anyhow!("the line's thread panicked"))?
    }
}

/// A badge that is being waited for.
struct Badge {
    shown_at: u64,
    /// Who received the output command, and when.
    released: Option<(u8, u64)>,
    answer: Sender<Took>,
}

/// What is next on the timetable.
#[derive(Clone, Copy)]
enum Due {
    /// A frame of the panel has passed whole.
    Passed,
    /// A device's time has come.
    Device(usize),
    /// The first so many bytes of an answer have passed.
    Piece(usize),
}

struct Pump {
    clock: Clock,
    character_nanos: u64,
    pty: Pty,
    wake: OwnedFd,
    touched: Receiver<Touch>,
    devices: Vec<(u8, Peripheral)>,
    /// A device whose deadline did not move is looked at again only then.
    not_before: Vec<u64>,
    /// Both wires are silent from then on.
    free_at: u64,
    /// Bytes of the panel and when each has passed.
    from_panel: VecDeque<(u64, u8)>,
    /// Bytes of a device and when each has passed.
    to_panel: VecDeque<(u64, u8)>,
    expect_until: u64,
    badge: Option<Badge>,
    exactness: Exactness,
}

impl Pump {
    fn new(
        clock: Clock,
        baud: Baud,
        pty: Pty,
        wake: OwnedFd,
        touched: Receiver<Touch>,
        devices: Vec<(u8, Peripheral)>,
    ) -> Self {
        let character_nanos = u64::try_from(bound::characters(baud, 1).as_nanos()).unwrap_or(u64::MAX);
        Self {
            clock,
            character_nanos,
            pty,
            wake,
            touched,
            not_before: vec![0; devices.len()],
            devices,
            free_at: 0,
            from_panel: VecDeque::new(),
            to_panel: VecDeque::new(),
            expect_until: 0,
            badge: None,
            exactness: Exactness::default(),
        }
    }

    fn run(mut self) -> anyhow::Result<Exactness> {
        loop {
            self.take_from_panel()?;
            let now = self.clock.nanos();
            while let Some((at, due)) = self.next().filter(|(at, _)| *at <= now) {
                self.carry_out(at, due)?;
            }
            while let Ok(touch) = self.touched.try_recv() {
                match touch {
                    Touch::Badge { address, answer } => self.show(address, answer),
                    Touch::End => return Ok(self.exactness),
                }
            }
            self.rest()?;
        }
    }

    /// Puts what the panel has written on the wire.
    fn take_from_panel(&mut self) -> anyhow::Result<()> {
        let mut buffer = [0; 2048];
        match rustix::io::read(&self.pty.controller, &mut buffer) {
            Ok(count) => {
                let now = self.clock.nanos();
                self.exactness.frames += 1;
                self.exactness.collisions += u64::from(!self.to_panel.is_empty());
                self.expect_until = 0;
                for byte in buffer.iter().take(count) {
                    let passed = self.occupy(now);
                    self.from_panel.push_back((passed, *byte));
                }
                Ok(())
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// One more byte from `at` on; when it has passed.
    fn occupy(&mut self, at: u64) -> u64 {
        self.free_at = self.free_at.max(at) + self.character_nanos;
        self.free_at
    }

    fn next(&self) -> Option<(u64, Due)> {
        let passed = self.from_panel.back().map(|(at, _)| (*at, Due::Passed));
        let piece = self.to_panel.front().map(|(first, _)| {
            let count = self.to_panel.iter().take_while(|(at, _)| *at <= first + PIECE_NANOS).count();
            (self.to_panel.get(count - 1).map_or(*first, |(at, _)| *at), Due::Piece(count))
        });
        let deadlines = self.devices.iter().zip(&self.not_before).enumerate();
        let device = deadlines
            .filter_map(|(index, ((_, device), not_before))| {
                let deadline = device.next_deadline()?.0.saturating_mul(1_000);
                Some((deadline.max(*not_before), Due::Device(index)))
            })
            .min_by_key(|(at, _)| *at);
        [passed, piece, device].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn carry_out(&mut self, at: u64, due: Due) -> anyhow::Result<()> {
        match due {
            Due::Passed => self.pass(at),
            Due::Piece(count) => self.hand_over(count)?,
            Due::Device(index) => {
                self.let_speak(index, at);
                let moved = self.devices.get(index).and_then(|(_, device)| device.next_deadline());
                if let (Some(moved), Some(not_before)) = (moved, self.not_before.get_mut(index)) {
                    let stays = moved.0.saturating_mul(1_000) <= at;
                    *not_before = if stays { at + 100_000 } else { 0 };
                }
            }
        }
        Ok(())
    }

    /// A frame has reached every device; only the one it is for does anything with it.
    fn pass(&mut self, at: u64) {
        let frame: Vec<u8> = self.from_panel.drain(..).map(|(_, byte)| byte).collect();
        let Some((address, code)) = head(&frame) else { return };
        if let Some(badge) = self.badge.as_mut().filter(|badge| badge.released.is_none() && code == OUTPUT_CODE) {
            badge.released = Some((address, at));
        }
        let Some(index) = self.devices.iter().position(|(seat, _)| *seat == address) else { return };
        if let Some((_, device)) = self.devices.get_mut(index) {
            device.handle_bytes(micros(at), &frame);
            self.let_speak(index, at);
        }
    }

    fn let_speak(&mut self, index: usize, at: u64) {
        let Some((address, device)) = self.devices.get_mut(index) else { return };
        let address = *address;
        device.handle_timeout(micros(at));
        while device.poll_action().is_some() {}
        let Some(reply) = device.poll_transmit(micros(at)) else { return };
        for byte in reply {
            let passed = self.occupy(at);
            self.to_panel.push_back((passed, byte));
        }
        let acknowledged = self.free_at;
        if let Some(badge) = self.badge.take_if(|badge| badge.released.is_some_and(|(lock, _)| lock == address))
            && let Some((_, released)) = badge.released
        {
            let since = |end: u64| Duration::from_nanos(end.saturating_sub(badge.shown_at));
            let took = Took { release: since(released), acknowledged: since(acknowledged) };
            let _gave_up = badge.answer.send(took);
        }
    }

    fn hand_over(&mut self, count: usize) -> anyhow::Result<()> {
        let piece: Vec<(u64, u8)> = self.to_panel.drain(..count).collect();
        let bytes: Vec<u8> = piece.iter().map(|(_, byte)| *byte).collect();
        rustix::io::write(&self.pty.controller, &bytes)?;
        let now = self.clock.nanos();
        if let Some((at, _)) = piece.last() {
            self.exactness.late_nanos.push(now.saturating_sub(*at));
        }
        if self.to_panel.is_empty() {
            self.expect_until = now + EXPECT_NANOS;
        }
        Ok(())
    }

    fn show(&mut self, address: u8, answer: Sender<Took>) {
        let now = self.clock.nanos();
        let device = self.devices.iter_mut().find(|(seat, _)| *seat == address);
        let shown = device.is_some_and(|(_, device)| device.card(0, CARD_BITS, &CARD).is_ok());
        self.badge = shown.then_some(Badge { shown_at: now, released: None, answer });
    }

    /// Waits for the panel, a touch or the timetable.
    fn rest(&self) -> anyhow::Result<()> {
        let now = self.clock.nanos();
        let next = self.next().map_or(now + 100_000_000, |(at, _)| at);
        if now < self.expect_until || next <= now + SPIN_NANOS {
            std::hint::spin_loop();
            return Ok(());
        }
        let pause = Duration::from_nanos(next - now - SPIN_NANOS);
        let mut ends = [
            PollFd::from_borrowed_fd(self.pty.controller.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN),
        ];
        match rustix::event::poll(&mut ends, Some(&Timespec::try_from(pause)?)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut woken = [0; 8];
        let _nobody_woke = rustix::io::read(&self.wake, &mut woken);
        Ok(())
    }
}

/// Address and code of a frame; a mark byte may come first.
fn head(frame: &[u8]) -> Option<(u8, u8)> {
    let start = frame.iter().position(|byte| *byte == 0x53)?;
    let frame = frame.get(start..)?;
    let (address, control) = (*frame.get(1)?, *frame.get(4)?);
    let block = if control & 0x08 == 0 { 0 } else { usize::from(*frame.get(5)?) };
    Some((address, *frame.get(5 + block)?))
}

/// Rounded up, so that a device never acts before its byte has passed.
fn micros(nanos: u64) -> Micros {
    Micros(nanos.div_ceil(1_000))
}
