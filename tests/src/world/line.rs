//! One serial line in virtual time: the shipped panel at one end, simulated devices at the other, bytes that take as long
//! as the speed says, and noise. What bytes mean is decided at the ends.
//!
//! Vocabulary: a *chunk* is what one side puts on the line at once; the *adapter* is what plugs the line into the machine.

use rackward::drivers::Panel;
use rackward_core::Monotonic;
use rackward_firmware_sim::wiring::osdp::Line as Devices;
use rackward_firmware_sim::{Installation, WorldConfig};
use rackward_protocol::osdp::{Baud, Micros};

use super::dice::Dice;

/// What happens to bytes on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Nothing.
    Quiet,
    /// One chunk in so many arrives damaged, shortened, twice or not at all.
    OneIn(u64),
}

/// Whether the line is plugged into the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// It is.
    Plugged,
    /// It is not; bytes go nowhere.
    Unplugged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Towards {
    Panel,
    Devices,
}

#[derive(Debug)]
struct Chunk {
    arrives: Monotonic,
    towards: Towards,
    bytes: Vec<u8>,
}

/// One serial line with the devices on it.
#[derive(Debug)]
pub struct SerialLine {
    name: &'static str,
    baud: Baud,
    devices: Devices,
    chunks: Vec<Chunk>,
    noise: Noise,
    adapter: Adapter,
    disturbed_at: Monotonic,
}

impl SerialLine {
    /// The line called `name`, with all its devices powered.
    pub fn new(config: &WorldConfig, name: &'static str, baud: Baud, dice: &mut Dice) -> Self {
        Self {
            name,
            baud,
            devices: Devices::new(config, name, || dice.entropy()),
            chunks: Vec::new(),
            noise: Noise::Quiet,
            adapter: Adapter::Plugged,
            disturbed_at: Monotonic::default(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// When a fault last touched it.
    pub fn disturbed_at(&self) -> Monotonic {
        self.disturbed_at
    }

    /// Lets noise begin or end.
    pub fn set_noise(&mut self, noise: Noise) {
        self.noise = noise;
    }

    /// Whether it is plugged in.
    pub fn adapter(&self) -> Adapter {
        self.adapter
    }

    /// Pulls the line out of the machine or puts it back; the panel, if there is one, notices at once.
    pub fn set_adapter(&mut self, now: Monotonic, adapter: Adapter, panel: Option<&mut Panel>) {
        if self.adapter == adapter {
            return;
        }
        self.adapter = adapter;
        self.disturbed_at = now;
        self.chunks.clear();
        match (adapter, panel) {
            (Adapter::Unplugged, Some(panel)) => panel.line_lost(now),
            (Adapter::Plugged, Some(panel)) => panel.restart(now),
            (_, None) => {}
        }
    }

    /// Lets bytes arrive and both ends do what is due at `now`.
    pub fn step(&mut self, now: Monotonic, mut panel: Option<&mut Panel>, site: &mut Installation, dice: &mut Dice) {
        if self.adapter == Adapter::Unplugged {
            panel = None;
        }
        let (due, later) = std::mem::take(&mut self.chunks).into_iter().partition(|chunk| chunk.arrives <= now);
        self.chunks = later;
        let due: Vec<Chunk> = due;
        for chunk in due {
            match (chunk.towards, panel.as_deref_mut()) {
                (Towards::Devices, _) => self.devices.receive(micros(now), &chunk.bytes, site),
                (Towards::Panel, Some(panel)) => panel.handle_bytes(now, &chunk.bytes),
                (Towards::Panel, None) => {}
            }
        }
        if let Some(panel) = panel {
            panel.handle_timeout(now);
            while let Some(frame) = panel.poll_transmit(now) {
                self.put(now, Towards::Devices, frame, dice);
            }
        }
        self.devices.turn(micros(now), site);
        let reply = self.devices.transmit(micros(now), site);
        if !reply.is_empty() && self.adapter == Adapter::Plugged {
            self.put(now, Towards::Panel, reply, dice);
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self, panel: Option<&Panel>) -> Option<Monotonic> {
        let arrival = self.chunks.iter().map(|chunk| chunk.arrives).min();
        let panel = panel.filter(|_| self.adapter == Adapter::Plugged).and_then(Panel::next_deadline);
        let devices = self.devices.next_deadline().map(|at| Monotonic::from_micros(at.0));
        [arrival, panel, devices].into_iter().flatten().min()
    }

    fn put(&mut self, now: Monotonic, towards: Towards, mut bytes: Vec<u8>, dice: &mut Dice) {
        let arrives = now.after(self.baud.wire_time(bytes.len()));
        if let Noise::OneIn(n) = self.noise
            && dice.one_in(n)
        {
            self.disturbed_at = now;
            match dice.between(0, 3) {
                0 => {
                    let at = dice.between(0, bytes.len() as u64 - 1) as usize;
                    bytes[at] ^= 1 << dice.between(0, 7);
                }
                1 => bytes.truncate(dice.between(0, bytes.len() as u64 - 1) as usize),
                2 => self.chunks.push(Chunk { arrives, towards, bytes: bytes.clone() }),
                _ => return,
            }
        }
        self.chunks.push(Chunk { arrives, towards, bytes });
    }
}

fn micros(at: Monotonic) -> Micros {
    Micros(at.as_micros())
}
