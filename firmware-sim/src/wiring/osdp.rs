//! One OSDP bus of the simulated site: a peripheral for each device, all on one line.
//!
//! Decided here: the default device profile. Output 0 drives strike or motor. Inputs of a lock: 0 door closed, 1 bolt locked,
//! 2 exit button; of a handle: 0 door closed, 1 slide locked, 2 handle home, 3 key turned; of a module: one per zone. Local
//! status: tamper is the cover, power the supply. An input byte is 1 when the named condition holds, 0 when it does not, and
//! [`INPUT_FAULT`] when the device cannot tell. What a session is worth is decided in the protocol.

use rackward_protocol::mqtt::{Buzzer, Colour, Led, Reading, Rhythm};
use rackward_protocol::osdp::{
    self, Action, Address, BuzzerRecord, BuzzerTone, DeviceIdentity, Entropy, LedColour, LedPermanent, LedRecord,
    LedTemporary, Micros, Peripheral, PeripheralConfig, Scbk,
};

use crate::card::bytes_from_hex;
use crate::config::{DeviceConfig, DeviceKind, WorldConfig};
use crate::device::{Cable, Charge, Device, DeviceIndex, Order, Report};
use crate::installation::Installation;

/// The input byte of a contact that is not known or broken; any value above 1 is a fault (OSDP 2.2, 7.6).
pub const INPUT_FAULT: u8 = 2;

/// The locally administered identifier under which simulated devices name their maker.
const OUI: [u8; 3] = [0x02, 0x52, 0x57];
const FIRMWARE: [u8; 3] = [1, 0, 0];

/// One bus.
#[derive(Debug)]
pub struct Line {
    stations: Vec<Station>,
}

#[derive(Debug)]
struct Station {
    device: DeviceIndex,
    peripheral: Peripheral,
}

impl Line {
    /// The devices of the bus called `bus`. Each gets a source of random bytes of its own from `entropy`.
    pub fn new<E: Entropy + Send + 'static>(config: &WorldConfig, bus: &str, mut entropy: impl FnMut() -> E) -> Self {
        let on_bus = |device: &(usize, &DeviceConfig)| device.1.bus.as_deref() == Some(bus);
        let devices = config.devices.iter().enumerate();
        let stations = devices.filter(on_bus).filter_map(|(index, device)| {
            let peripheral = Peripheral::new(profile(config, index, device)?, entropy());
            Some(Station { device: DeviceIndex(index), peripheral })
        });
        Self { stations: stations.collect() }
    }

    /// Takes bytes from the panel. A device whose cable is cut hears nothing.
    pub fn receive(&mut self, now: Micros, bytes: &[u8], installation: &Installation) {
        for station in self.stations.iter_mut().filter(|station| station.is_connected(installation)) {
            station.peripheral.handle_bytes(now, bytes);
        }
    }

    /// Carries out what the panel ordered and tells the peripherals what their devices have to tell.
    pub fn turn(&mut self, now: Micros, installation: &mut Installation) {
        for station in &mut self.stations {
            station.peripheral.handle_timeout(now);
            if let Some(device) = installation.device_mut(station.device) {
                station.obey(now, device);
                station.tell(device);
            }
        }
    }

    /// The bytes to put on the line now; empty when there are none.
    pub fn transmit(&mut self, now: Micros, installation: &Installation) -> Vec<u8> {
        let mut bytes = Vec::new();
        for station in &mut self.stations {
            let reply = station.peripheral.poll_transmit(now);
            if station.is_connected(installation) {
                bytes.extend(reply.into_iter().flatten());
            }
        }
        bytes
    }

    /// When to call [`Line::turn`] and [`Line::transmit`] again, if nothing arrives before.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.stations.iter().filter_map(|station| station.peripheral.next_deadline()).min()
    }

    /// The devices on this bus.
    pub fn devices(&self) -> impl Iterator<Item = DeviceIndex> {
        self.stations.iter().map(|station| station.device)
    }
}

impl Station {
    fn is_connected(&self, installation: &Installation) -> bool {
        installation.device(self.device).is_some_and(|device| device.cable() == Cable::Connected)
    }

    fn obey(&mut self, now: Micros, device: &mut Device) {
        while let Some(action) = self.peripheral.poll_action() {
            match action {
                // The timer of a release runs in the peripheral; it tells the end of it as an output that goes off.
                Action::Output { index: 0, on: true } => _ = device.obey(now, Order::Hold),
                Action::Output { index: 0, on: false } => _ = device.obey(now, Order::Lock),
                Action::Led(record) => show(now, device, &record),
                Action::Buzzer(record) => _ = device.obey(now, Order::Sound(sound(&record))),
                Action::SecureUp => device.set_charge(Charge::InCharge),
                Action::SecureDown => device.set_charge(Charge::Alone),
                // No simulated device has a display or a second output.
                Action::Text(_) | Action::Output { .. } => {}
            }
        }
    }

    fn tell(&mut self, device: &mut Device) {
        for (index, reading) in (0..).zip(device.readings()) {
            self.peripheral.set_input(index, input_byte(reading));
        }
        self.peripheral.set_local(device.tamper() == Reading::Yes, false);
        while let Some(report) = device.poll_report() {
            // Without a panel nobody hears a card, and it must not be told to a later one: a refusal is the right end here.
            match report {
                Report::Card(card) => _ = self.peripheral.card(0, card.bit_count(), card.data()),
                Report::Keys(keys) => _ = self.peripheral.keypad(0, &keypad_bytes(keys.digits())),
                Report::Travel(_) => {}
            }
        }
    }
}

fn profile(config: &WorldConfig, index: usize, device: &DeviceConfig) -> Option<PeripheralConfig> {
    let address = Address::parse(device.address?).ok()?;
    let key = Scbk::parse(bytes_from_hex(device.key.as_ref()?.expose())?.try_into().ok()?).ok()?;
    let zones = config.zones.iter().filter(|zone| zone.device == device.name).map(|zone| zone.input + 1).max();
    let (model, inputs, outputs, readers) = match device.kind {
        DeviceKind::Reader => (1, 0, 0, 1),
        DeviceKind::Lock => (2, 3, 1, 0),
        DeviceKind::Handle => (3, 4, 1, 1),
        DeviceKind::Input => (4, zones.unwrap_or(0), 0, 0),
    };
    let serial = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
    let identity = DeviceIdentity { oui: OUI, model, version: 1, serial, firmware: FIRMWARE };
    Some(PeripheralConfig::new(address, key, identity, inputs, outputs, readers))
}

fn input_byte(reading: Reading) -> u8 {
    match reading {
        Reading::No => 0,
        Reading::Yes => 1,
        Reading::Unknown | Reading::Fault => INPUT_FAULT,
    }
}

/// `*` is 0x7F and `#` is 0x0D on this link (OSDP 2.2, 7.12).
fn keypad_bytes(digits: &str) -> Vec<u8> {
    let key = |byte| match byte {
        b'*' => 0x7F,
        b'#' => 0x0D,
        digit => digit,
    };
    digits.bytes().map(key).collect()
}

fn show(now: Micros, device: &mut Device, record: &LedRecord) {
    let permanent = match record.permanent {
        LedPermanent::Keep => None,
        LedPermanent::Show(pattern) => Some(Led::Permanent(rhythm(&pattern))),
    };
    let temporary = match record.temporary {
        LedTemporary::Keep => None,
        LedTemporary::Cancel => Some(Led::Cancel),
        LedTemporary::Show { rhythm: pattern, timer } => {
            Some(Led::Temporary { rhythm: rhythm(&pattern), ticks: timer.get() })
        }
    };
    for led in [permanent, temporary].into_iter().flatten() {
        device.obey(now, Order::Show(led));
    }
}

fn rhythm(pattern: &osdp::Rhythm) -> Rhythm {
    Rhythm {
        on_ticks: pattern.on,
        off_ticks: pattern.off,
        on_colour: colour(pattern.on_colour),
        off_colour: colour(pattern.off_colour),
    }
}

fn colour(colour: LedColour) -> Colour {
    match colour {
        LedColour::Off => Colour::Off,
        LedColour::Red => Colour::Red,
        LedColour::Green => Colour::Green,
        LedColour::Amber => Colour::Amber,
        LedColour::Blue => Colour::Blue,
        LedColour::Magenta => Colour::Magenta,
        LedColour::Cyan => Colour::Cyan,
        LedColour::White => Colour::White,
    }
}

fn sound(record: &BuzzerRecord) -> Buzzer {
    match record.tone {
        BuzzerTone::Silent => Buzzer::Silence,
        BuzzerTone::Default => Buzzer::Sound { on_ticks: record.on, off_ticks: record.off, count: record.count },
    }
}
