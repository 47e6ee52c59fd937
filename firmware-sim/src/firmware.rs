//! The firmware of readers, locks, swinghandles and input modules, generic over embedded-hal 1.0 pins.
//!
//! Decided here: when a contact is believed, when a lock locks again by itself, what a light shows at any moment, and what
//! the test at power-up finds. Not decided here: who may pass (the daemon), how a command travels (`wiring`, `link`), and
//! what the pins are fastened to (`board` and `world`, or a real circuit).
//!
//! Every pin is active high: high means that the condition it is named after holds. All pins of one unit have the same type,
//! as degraded pins of any hardware crate do. A unit does nothing by itself; `poll(now)` must be called about every 10 ms.

pub mod debounce;
pub mod inputs;
pub mod lamp;
pub mod lock;
pub mod model;
pub mod reader;
pub mod relock;
pub mod slide;
pub mod swinghandle;

pub use debounce::Debounced;
pub use inputs::InputFirmware;
pub use lamp::{Lamp, Sounder};
pub use lock::{LockFirmware, LockPins};
pub use model::HandleModel;
pub use reader::{ReaderFirmware, ReaderPins};
pub use relock::{Drive, Relock};
pub use slide::{LastMove, SlideWatch};
pub use swinghandle::{HandleFirmware, HandlePins, Measured, Travel};

#[cfg(test)]
mod tests;
