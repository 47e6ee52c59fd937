//! One OSDP bus of the simulated site: a peripheral for each device, all on one line.
//!
//! Decided here: who hears what. A device whose cable is cut or that is starting hears nothing; one that is set to another
//! speed than the panel hears, and sends, noise. What a device does is in `station`, what a session is worth is decided in
//! the protocol.
//!
//! The default device profile: output 0 drives strike or motor. Inputs of a lock: 0 door closed, 1 bolt locked, 2 exit
//! button; of a handle: 0 door closed, 1 slide locked, 2 handle home, 3 key turned; of a module: one per zone. Local status:
//! tamper is the cover, power the supply. An input byte is 1 when the named condition holds, 0 when it does not,
//! [`INPUT_SHORT`], [`INPUT_CUT`] or [`INPUT_OFF_BAND`] when somebody was at its wire, and [`INPUT_FAULT`] when the device
//! cannot tell.

mod lights;
mod station;

use rackward_protocol::osdp::faults::misread;
use rackward_protocol::osdp::{Baud, Entropy, Micros};

use crate::config::{DeviceConfig, WorldConfig};
use crate::device::DeviceIndex;
use crate::installation::Installation;
use crate::memory::Memory;

use station::Station;

/// The input byte of a short-circuited wire; values above 1 are faults (OSDP 2.2.2, 7.6).
pub const INPUT_SHORT: u8 = 2;
/// The input byte of a cut wire.
pub const INPUT_CUT: u8 = 3;
/// The input byte of a wire with a resistance in no band.
pub const INPUT_OFF_BAND: u8 = 4;
/// The input byte of a contact that is not known or broken; in the range that makers number themselves.
pub const INPUT_FAULT: u8 = 0x80;

/// One bus.
#[derive(Debug)]
pub struct Line {
    stations: Vec<Station>,
    panel_speed: Option<Baud>,
}

impl Line {
    /// The devices of the bus called `bus`. Each gets a source of random bytes of its own from `entropy`.
    pub fn new<E: Entropy + Send + 'static>(config: &WorldConfig, bus: &str, mut entropy: impl FnMut() -> E) -> Self {
        let on_bus = |device: &(usize, &DeviceConfig)| device.1.bus.as_deref() == Some(bus);
        let devices = config.devices.iter().enumerate();
        let stations = devices.filter(on_bus);
        let stations = stations.filter_map(|(index, device)| Station::new(config, index, device, entropy()));
        Self { stations: stations.collect(), panel_speed: None }
    }

    /// A device remembers what it was given before this process began. A memory that makes no sense is left alone.
    pub fn recall(&mut self, device: DeviceIndex, memory: &Memory) {
        for station in self.stations.iter_mut().filter(|station| station.device() == device) {
            station.recall(memory);
        }
    }

    /// What a device must keep now, before [`Line::transmit`] is called next; at most one for each device.
    pub fn poll_memory(&mut self) -> Option<(DeviceIndex, Memory)> {
        self.stations.iter_mut().find_map(|station| Some((station.device(), station.take_unsaved()?)))
    }

    /// The panel's end runs at this speed from now on; without one, speeds do not matter on this line.
    pub fn set_panel_speed(&mut self, speed: Option<Baud>) {
        self.panel_speed = speed;
    }

    /// Takes bytes from the panel. A device whose cable is cut hears nothing.
    pub fn receive(&mut self, now: Micros, bytes: &[u8], installation: &Installation) {
        for station in self.stations.iter_mut().filter(|station| station.is_listening(now, installation)) {
            match self.panel_speed {
                Some(speed) if speed != station.speed() => {
                    let heard = misread(bytes, speed, station.speed());
                    station.handle_bytes(now, &heard);
                }
                Some(_) | None => station.handle_bytes(now, bytes),
            }
        }
    }

    /// Carries out what the panel ordered and tells the peripherals what their devices have to tell.
    pub fn turn(&mut self, now: Micros, installation: &mut Installation) {
        for station in &mut self.stations {
            if let Some(device) = installation.device_mut(station.device()) {
                station.turn(now, device);
            }
        }
    }

    /// The bytes to put on the line now; empty when there are none.
    pub fn transmit(&mut self, now: Micros, installation: &Installation) -> Vec<u8> {
        let mut bytes = Vec::new();
        for station in &mut self.stations {
            let speed = station.speed();
            let reply = station.poll_transmit(now).unwrap_or_default();
            if !station.is_listening(now, installation) {
                continue;
            }
            match self.panel_speed {
                Some(panel) if panel != speed => bytes.extend(misread(&reply, speed, panel)),
                Some(_) | None => bytes.extend(reply),
            }
        }
        bytes
    }

    /// When to call [`Line::turn`] and [`Line::transmit`] again, if nothing arrives before.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.stations.iter().filter_map(Station::next_deadline).min()
    }

    /// The devices on this bus.
    pub fn devices(&self) -> impl Iterator<Item = DeviceIndex> {
        self.stations.iter().map(Station::device)
    }
}
