//! A panel seen from its port: what is shown of it, and what of it must not be shown.
//!
//! Decides nothing about devices; it reads what the panel and its bus know and says it in the words of the API. Changes
//! nothing but a search.

use rackward_core::Monotonic;
use rackward_dashboard::bus::{BusDeviceStatus, BusStatus};
use rackward_protocol::osdp::{Address, Baud, ScanEvent, ScanRefused};

use super::{Panel, Seat, micros};
use crate::drivers::osdp::port::PortName;

impl Panel {
    /// The speed at which the frame given last must be sent, and its answer be heard.
    pub fn line_speed(&self) -> Baud {
        self.bus.line_speed()
    }

    /// Searches for devices at the addresses that nobody has.
    ///
    /// # Errors
    /// A search is under way.
    pub fn begin_scan(&mut self, now: Monotonic, speeds: &[Baud]) -> Result<(), ScanRefused> {
        self.bus.begin_scan(micros(now), speeds)
    }

    /// What the search found, oldest first.
    pub fn poll_scan(&mut self) -> Option<ScanEvent> {
        self.bus.poll_scan()
    }

    /// Whether the device there is being commissioned: its frames may hold a key that anybody could read, so they belong
    /// into no trace.
    pub fn is_secret(&self, address: u8) -> bool {
        let seat = Address::parse(address).ok().and_then(|address| self.seats.get(&address));
        seat.is_some_and(|seat| seat.desk.is_commissioning())
    }

    /// How the bus is, for whoever looks at it.
    pub(in crate::drivers::osdp) fn status(&self, name: &str, port: &PortName, baud: Baud, is_up: bool) -> BusStatus {
        let counts = self.bus.line_counts();
        BusStatus {
            name: name.to_owned(),
            port: port.to_string(),
            baud: baud.bits_per_second(),
            is_up,
            frames: counts.frames.into(),
            false_starts: counts.false_starts.into(),
            cut_off: counts.cut_off.into(),
            echoes: counts.echoes.into(),
            devices: self.seats.iter().map(|(address, seat)| self.device_status(*address, seat, baud)).collect(),
        }
    }

    fn device_status(&self, address: Address, seat: &Seat, baud: Baud) -> BusDeviceStatus {
        let view = self.bus.device_view(address);
        BusDeviceStatus {
            device: seat.device,
            address: address.number(),
            baud: view.map_or(baud, |view| view.baud).bits_per_second(),
            is_online: view.is_some_and(|view| view.is_online),
            has_key: seat.desk.has_key(),
            key_since: seat.desk.key_since(),
            answer_time: view.and_then(|view| view.answer_time),
            failures: view.map_or(0, |view| view.failures),
            transfer: view.and_then(|view| view.transfer),
        }
    }
}
