//! Bytes to messages and back, for both links a device can hang on: OSDP on a serial bus and MQTT on a network.
//!
//! Decides how a frame, a session or a message is told from noise, a stranger or a replay, and when the next byte is due.
//! It does not decide who may pass (that is `rackward-core`), opens no port, reads no clock and draws no random number:
//! time and entropy are arguments, bytes go in and come out. It knows no doors: inputs and outputs are numbers here, and
//! what they mean is a device profile further up.
//!
//! Vocabulary: the *panel* is the end that asks and commands (our daemon); the *peripheral* or *device* is the reader,
//! lock or handle that answers.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod colour;
pub mod mqtt;
pub mod osdp;
