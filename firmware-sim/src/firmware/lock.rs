//! The lock of a door: a strike or motor, the door contact, the lock monitor and the exit button.
//!
//! The exit button opens nothing here. It is told like any other input, and whoever is in charge answers with a release, so
//! that there is one place that decides and one record of why.

use core::time::Duration;

use embedded_hal::digital::{InputPin, OutputPin};
use rackward_protocol::mqtt::Reading;
use rackward_protocol::osdp::Micros;

use super::{Debounced, Drive, Relock};

/// The pins of a lock.
#[derive(Debug)]
pub struct LockPins<I, O> {
    /// The door leaf is closed.
    pub closed: I,
    /// The bolt is locked.
    pub locked: I,
    /// The exit button is pressed.
    pub exit: I,
    /// The cover is open.
    pub tamper: I,
    /// Drives strike or motor to unlocked.
    pub motor: O,
}

/// The firmware of one lock.
#[derive(Debug)]
pub struct LockFirmware<I, O> {
    closed: Debounced<I>,
    locked: Debounced<I>,
    exit: Debounced<I>,
    tamper: Debounced<I>,
    motor: O,
    relock: Relock,
}

impl<I: InputPin, O: OutputPin> LockFirmware<I, O> {
    /// A lock that was just powered, and is driven to locked.
    pub fn new(pins: LockPins<I, O>) -> Self {
        Self {
            closed: Debounced::new(pins.closed),
            locked: Debounced::new(pins.locked),
            exit: Debounced::new(pins.exit),
            tamper: Debounced::new(pins.tamper),
            motor: pins.motor,
            relock: Relock::default(),
        }
    }

    /// Unlocks for `span`, then locks by itself.
    pub fn release(&mut self, now: Micros, span: Duration) {
        self.relock.release(now, span);
    }

    /// Unlocks until told otherwise.
    pub fn hold(&mut self) {
        self.relock.hold();
    }

    /// Locks now.
    pub fn lock(&mut self) {
        self.relock.lock();
    }

    /// Samples the inputs and drives the motor.
    pub fn poll(&mut self, now: Micros) {
        for input in [&mut self.closed, &mut self.locked, &mut self.exit, &mut self.tamper] {
            input.poll(now);
        }
        let unlocked = self.relock.poll(now) != Drive::Locked;
        // A motor that does not follow shows in the lock monitor, which is the fact that counts.
        let _monitor_tells = self.motor.set_state(unlocked.into());
    }

    /// What the inputs read, in the order of the default profile: closed, locked, exit button.
    pub fn readings(&self) -> [Reading; 3] {
        [self.closed.reading(), self.locked.reading(), self.exit.reading()]
    }

    /// Is the cover open?
    pub fn tamper(&self) -> Reading {
        self.tamper.reading()
    }
}
