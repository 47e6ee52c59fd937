//! The simulated board: wires between the firmware's pins and the world.
//!
//! A [`Wire`] has one level; the world drives the wires of sensors and reads those of motors and lights, the firmware the
//! other way round, through the embedded-hal traits alone. A [`Gauge`] is the same for what is measured and not only told
//! apart. Nothing is decided here.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};

/// One wire. Clones are the same wire. High means: the condition the wire is named after holds.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<AtomicBool>);

impl Wire {
    /// A wire with this level.
    pub fn at(high: bool) -> Self {
        Self(Arc::new(AtomicBool::new(high)))
    }

    /// Drives the wire.
    pub fn set(&self, high: bool) {
        self.0.store(high, Ordering::Relaxed);
    }

    /// Its level now.
    pub fn is_high(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The firmware's input at this wire.
    pub fn input(&self) -> SimInput {
        SimInput(self.clone())
    }

    /// The firmware's output at this wire.
    pub fn output(&self) -> SimOutput {
        SimOutput(self.clone())
    }
}

/// Something measured, in the unit that whoever owns it says. Clones are the same measurement; nothing is connected at first.
#[derive(Clone, Debug)]
pub struct Gauge(Arc<AtomicI32>);

/// No quantity of a rack is that low in any unit.
const NOT_CONNECTED: i32 = i32::MIN;

impl Default for Gauge {
    fn default() -> Self {
        Self(Arc::new(AtomicI32::new(NOT_CONNECTED)))
    }
}

impl Gauge {
    /// Sets what is measured.
    pub fn set(&self, value: i32) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// What is measured now; `None` where nothing is connected.
    pub fn read(&self) -> Option<i32> {
        Some(self.0.load(Ordering::Relaxed)).filter(|value| *value != NOT_CONNECTED)
    }
}

/// An input pin at a wire.
#[derive(Debug)]
pub struct SimInput(Wire);

impl ErrorType for SimInput {
    type Error = Infallible;
}

impl InputPin for SimInput {
    fn is_high(&mut self) -> Result<bool, Infallible> {
        Ok(self.0.is_high())
    }

    fn is_low(&mut self) -> Result<bool, Infallible> {
        Ok(!self.0.is_high())
    }
}

/// An output pin at a wire.
#[derive(Debug)]
pub struct SimOutput(Wire);

impl ErrorType for SimOutput {
    type Error = Infallible;
}

impl OutputPin for SimOutput {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.set(false);
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.set(true);
        Ok(())
    }
}

/// A delay that takes no time: power-up is over before the world's first tick.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDelay;

impl DelayNs for NoDelay {
    fn delay_ns(&mut self, _ns: u32) {}
}
