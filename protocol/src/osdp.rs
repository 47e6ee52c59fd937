//! OSDP on RS-485: both ends of the link, without I/O.
//!
//! Decides how bytes become believed messages and when the next frame is due: framing, sequence numbers, Secure Channel,
//! polling, loss and return of devices. Every session is encrypted with a key of the device's own; there is no plaintext
//! mode to fall back to. It does not decide who may pass, opens no port and reads no clock.
//!
//! The panel's end is [`Bus`]: one value per serial port, several devices on it. The device's end is [`Peripheral`]:
//! one value per address, several on one line. Both are pumped the same way:
//!
//! ```text
//! loop {
//!     while let Some(bytes) = end.poll_transmit(now) { write(bytes) }
//!     while let Some(event) = end.poll_event() { ... }          // poll_action() on a peripheral
//!     wait until bytes arrive          -> end.handle_bytes(now, &bytes)
//!          or end.next_deadline()      -> end.handle_timeout(now)
//!          or there is something to say -> end.send(..) / end.card(..)
//! }
//! ```
//!
//! Layers, from the wire up: `line` (time and addresses), `wire` (the only module that knows crate `osdp`), `frame`
//! (bytes to frames), `transaction` (which reply answers which command), `secure` (sessions), `message` (DATA fields),
//! `transfer` (a file, piece by piece), then `bus` and `peripheral`. `faults` makes a peripheral misbehave for tests.
//!
//! Vocabulary: *panel* and *device* are the standard's ACU and PD; *poll*, *tick* and *reply* are the standard's words.

pub mod bus;
pub mod faults;
mod frame;
mod key;
mod line;
mod message;
pub mod peripheral;
mod secure;
mod transaction;
mod transfer;
mod wire;

pub use bus::{
    Bus, BusConfig, BusEvent, CommandTag, DeviceConfig, DeviceKeys, DeviceRole, DeviceView, Failure, FirstKey, Job,
    JobEvent, JobFailure, JobRefused, LineTrouble, OfflineCause, ProvenKey, ScanEvent, ScanRefused, SecurityTrouble,
    SendRefused, Sharing, Urgency,
};
pub use frame::{Framer, LineCounts};
pub use key::{Entropy, KeyRefused, NoEntropy, Scbk};
pub use line::{Address, AddressRefused, Baud, BaudRefused, Micros};
pub use message::{
    Abilities, Assembly, BuzzerRecord, BuzzerTone, Capability, CardFormat, DeviceIdentity, LedColour, LedPermanent,
    LedRecord, LedTemporary, NakCode, NamePlate, OutputAction, PanelCommand, Part, PlateLine, Rhythm, Sensitive,
    TextDuration, TextRecord, Ticks,
};
pub use peripheral::{
    Action, EventRefused, FileIntake, FileVerdict, ManufacturerMessages, Peripheral, PeripheralConfig, PeripheralKey,
};
pub use wire::Frame;
