//! An input module: contacts of fence zones, glass breaks and the like, and nothing else.

use embedded_hal::digital::InputPin;
use rackward_protocol::mqtt::Reading;
use rackward_protocol::osdp::Micros;

use super::Debounced;

/// The firmware of one input module.
#[derive(Debug)]
pub struct InputFirmware<I> {
    inputs: Vec<Debounced<I>>,
    tamper: Debounced<I>,
}

impl<I: InputPin> InputFirmware<I> {
    /// A module that was just powered; input 0 is the first of `inputs`.
    pub fn new(inputs: Vec<I>, tamper: I) -> Self {
        Self { inputs: inputs.into_iter().map(Debounced::new).collect(), tamper: Debounced::new(tamper) }
    }

    /// Samples every input.
    pub fn poll(&mut self, now: Micros) {
        self.tamper.poll(now);
        for input in &mut self.inputs {
            input.poll(now);
        }
    }

    /// What each input reads, in order.
    pub fn readings(&self) -> Vec<Reading> {
        self.inputs.iter().map(Debounced::reading).collect()
    }

    /// Is the cover open?
    pub fn tamper(&self) -> Reading {
        self.tamper.reading()
    }
}
