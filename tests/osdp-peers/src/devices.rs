//! The devices of a measured line: ours, whichever panel asks them.

use rackward_protocol::osdp::{Address, Baud, DeviceIdentity, NoEntropy, Peripheral, PeripheralConfig, Scbk};

use crate::bound;

/// One device of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its address.
    pub address: u8,
    /// What it is.
    pub kind: Kind,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A reader without a lock.
    Reader,
    /// A rack handle with a reader and a lock.
    Handle,
}

/// The bits of every card shown; their parity is right.
pub const CARD: [u8; 4] = [0x9F, 0x8D, 0x2C, 0x00];
/// How many of them count.
pub const CARD_BITS: u16 = 26;

/// `count` rack handles.
pub fn handles(count: u8) -> Vec<Seat> {
    (1..=count).map(|address| Seat { address, kind: Kind::Handle }).collect()
}

/// One reader for three handles.
pub fn mixed(count: u8) -> Vec<Seat> {
    let kind = |address: u8| if address % 4 == 1 { Kind::Reader } else { Kind::Handle };
    (1..=count).map(|address| Seat { address, kind: kind(address) }).collect()
}

impl Seat {
    /// Its own key.
    pub fn key(self) -> [u8; 16] {
        std::array::from_fn(|place| self.address.wrapping_mul(37) ^ (place as u8).wrapping_mul(11) ^ 0xA5)
    }

    /// Who it says it is.
    pub fn identity(self) -> DeviceIdentity {
        DeviceIdentity {
            oui: [0x02, 0x52, 0x57],
            model: 1,
            version: 1,
            serial: u32::from(self.address),
            firmware: [1, 0, 0],
        }
    }

    /// The device; it answers after the silence that a line of this speed demands.
    ///
    /// # Errors
    /// Its address or key is none.
    pub fn device(self, baud: Baud) -> anyhow::Result<Peripheral> {
        let (inputs, outputs, readers) = match self.kind {
            Kind::Reader => (0, 0, 1),
            Kind::Handle => (4, 1, 1),
        };
        let (address, key) = (Address::parse(self.address)?, Scbk::parse(self.key())?);
        let mut config = PeripheralConfig::new(address, key, self.identity(), inputs, outputs, readers);
        config.turnaround = bound::characters(baud, 2);
        Ok(Peripheral::new(config, |out: &mut [u8]| getrandom::fill(out).map_err(|_| NoEntropy)))
    }
}
