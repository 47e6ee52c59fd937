//! One serial line in virtual time: the shipped panel at one end, simulated devices at the other, bytes that take as long
//! as the speed says, and noise. What bytes mean is decided at the ends.
//!
//! Vocabulary: a *chunk* is what one side puts on the line at once; the *adapter* is what plugs the line into the machine; a
//! *guest* is a device that nobody of the site put there.

mod meddling;
mod noise;

use std::collections::VecDeque;

use rackward::drivers::Panel;
use rackward_core::Monotonic;
use rackward_firmware_sim::wiring::osdp::Line as Devices;
use rackward_firmware_sim::{Installation, WorldConfig};
use rackward_protocol::osdp::{Baud, Micros};

use super::dice::Dice;
use meddling::{Arrival, Recording};
pub use meddling::{Guest, Meddling, address};
pub use noise::Noise;

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
    /// The speed of the panel's end.
    speed: Baud,
    devices: Devices,
    chunks: Vec<Chunk>,
    noise: Noise,
    nonsense_at: Monotonic,
    meddling: Meddling,
    recording: Option<Recording>,
    guest: Option<Guest>,
    adapter: Adapter,
    disturbed_at: Monotonic,
}

impl SerialLine {
    /// The line called `name`, with all its devices powered.
    pub fn new(config: &WorldConfig, name: &'static str, baud: Baud, dice: &mut Dice) -> Self {
        Self {
            name,
            speed: baud,
            devices: Devices::new(config, name, || dice.entropy()),
            chunks: Vec::new(),
            noise: Noise::Quiet,
            nonsense_at: Monotonic::default(),
            meddling: Meddling::None,
            recording: None,
            guest: None,
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

    /// Lets somebody meddle with what is said, or stop it.
    pub fn set_meddling(&mut self, meddling: Meddling) {
        self.meddling = meddling;
    }

    /// Hangs a device of somebody else's on the line.
    pub fn invite(&mut self, guest: Guest) {
        self.guest = Some(guest);
    }

    /// Takes the guest away.
    pub fn dismiss(&mut self) -> Option<Guest> {
        self.guest.take()
    }

    /// Takes down what the device at this address says from now on.
    pub fn record(&mut self, address: u8) {
        self.recording = Some(Recording::of(address));
    }

    /// What was taken down.
    pub fn take_tape(&mut self) -> VecDeque<Vec<u8>> {
        self.recording.take().map(Recording::into_tape).unwrap_or_default()
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
        self.deliver(now, panel.as_deref_mut(), site);
        if let Some(panel) = panel {
            panel.handle_timeout(now);
            while let Some(frame) = panel.poll_transmit(now) {
                self.speed = panel.line_speed();
                self.devices.set_panel_speed(Some(self.speed));
                self.put(now, Towards::Devices, frame, dice);
            }
        }
        self.devices.turn(micros(now), site);
        let reply = self.devices.transmit(micros(now), site);
        let guests = self.guest.as_mut().and_then(|guest| guest.speak(micros(now)));
        for reply in [reply, guests.unwrap_or_default()] {
            if !reply.is_empty() && self.adapter == Adapter::Plugged {
                self.put(now, Towards::Panel, reply, dice);
            }
        }
        self.babble(now, dice);
    }

    fn deliver(&mut self, now: Monotonic, mut panel: Option<&mut Panel>, site: &Installation) {
        let (due, later) = std::mem::take(&mut self.chunks).into_iter().partition(|chunk| chunk.arrives <= now);
        self.chunks = later;
        let due: Vec<Chunk> = due;
        for chunk in due {
            match (chunk.towards, panel.as_deref_mut()) {
                (Towards::Devices, _) => {
                    self.devices.receive(micros(now), &chunk.bytes, site);
                    if let Some(guest) = &mut self.guest {
                        guest.hear(micros(now), &chunk.bytes);
                    }
                }
                (Towards::Panel, Some(panel)) => panel.handle_bytes(now, &chunk.bytes),
                (Towards::Panel, None) => {}
            }
        }
    }

    /// When something is due next.
    pub fn next_deadline(&self, panel: Option<&Panel>) -> Option<Monotonic> {
        let arrival = self.chunks.iter().map(|chunk| chunk.arrives).min();
        let panel = panel.filter(|_| self.adapter == Adapter::Plugged).and_then(Panel::next_deadline);
        let devices = self.devices.next_deadline().map(|at| Monotonic::from_micros(at.0));
        let guest = self.guest.as_ref().and_then(Guest::next_deadline);
        let nonsense = self.noise.next_nonsense(self.nonsense_at);
        [arrival, panel, devices, guest, nonsense].into_iter().flatten().min()
    }

    fn put(&mut self, now: Monotonic, towards: Towards, bytes: Vec<u8>, dice: &mut Dice) {
        if let Some(recording) = &mut self.recording {
            recording.hear(&bytes);
        }
        if self.noise == Noise::Echo && towards == Towards::Devices {
            self.lay(now, Towards::Panel, Arrival::InTime, bytes.clone());
        }
        for (arrival, frame) in self.meddling.change(bytes) {
            let whole = frame.clone();
            let chunks = self.noise.spoil(frame, self.speed, towards == Towards::Devices, dice);
            if self.meddling != Meddling::None || chunks.as_slice() != [whole] {
                self.disturbed_at = now;
            }
            for chunk in chunks {
                self.lay(now, towards, arrival, chunk);
            }
        }
    }

    fn lay(&mut self, now: Monotonic, towards: Towards, arrival: Arrival, bytes: Vec<u8>) {
        let on_wire = self.speed.wire_time(bytes.len());
        let arrives = match arrival {
            Arrival::AtOnce => now,
            Arrival::InTime => now.after(on_wire),
            Arrival::Late(by) => now.after(on_wire + by),
        };
        self.chunks.push(Chunk { arrives, towards, bytes });
    }

    fn babble(&mut self, now: Monotonic, dice: &mut Dice) {
        if self.noise.next_nonsense(self.nonsense_at).is_some_and(|at| at <= now) {
            (self.nonsense_at, self.disturbed_at) = (now, now);
            let bytes = noise::nonsense(dice);
            self.lay(now, Towards::Devices, Arrival::InTime, bytes.clone());
            self.lay(now, Towards::Panel, Arrival::InTime, bytes);
        }
    }
}

fn micros(at: Monotonic) -> Micros {
    Micros(at.as_micros())
}
