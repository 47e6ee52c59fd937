//! A card reader with keypad, light and sounder.
//!
//! It reads and shows; it opens nothing. The card and the keys themselves arrive from the radio and the keypad matrix, which
//! have no pins here, and go up unread.

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};
use rackward_protocol::mqtt::{Buzzer, Colour, Led, Reading, SelfTest};
use rackward_protocol::osdp::Micros;

use super::{Debounced, Lamp, Sounder};

/// How long the light is white at power-up, in milliseconds, so that an installer sees all three colours work.
pub const LAMP_TEST_MS: u32 = 300;

/// The pins of a reader.
#[derive(Debug)]
pub struct ReaderPins<I, O> {
    /// The cover is open.
    pub tamper: I,
    /// Red.
    pub red: O,
    /// Green.
    pub green: O,
    /// Blue.
    pub blue: O,
    /// Sound.
    pub buzzer: O,
}

/// The firmware of one reader.
#[derive(Debug)]
pub struct ReaderFirmware<I, O> {
    tamper: Debounced<I>,
    lamp: Lamp<O>,
    sounder: Sounder<O>,
}

impl<I: InputPin, O: OutputPin> ReaderFirmware<I, O> {
    /// A reader that was just powered.
    pub fn new(pins: ReaderPins<I, O>) -> Self {
        let lamp = Lamp::new(pins.red, pins.green, pins.blue);
        Self { tamper: Debounced::new(pins.tamper), lamp, sounder: Sounder::new(pins.buzzer) }
    }

    /// The test at power-up: shows white for [`LAMP_TEST_MS`] and reads every input once.
    pub fn power_up(&mut self, delay: &mut impl DelayNs) -> SelfTest {
        let lit = self.lamp.drive(Colour::White).is_ok();
        delay.delay_ms(LAMP_TEST_MS);
        let dark = self.lamp.drive(Colour::Off).is_ok();
        if lit && dark && self.tamper.works() { SelfTest::PASSED } else { SelfTest(SelfTest::READER) }
    }

    /// Shows a light pattern.
    pub fn show(&mut self, now: Micros, led: Led) {
        self.lamp.show(now, led);
    }

    /// Sounds a pattern.
    pub fn sound(&mut self, now: Micros, buzzer: Buzzer) {
        self.sounder.sound(now, buzzer);
    }

    /// Samples the inputs and drives light and sound. A light that fails is no reason to stop reading cards, so its error
    /// shows only in the test at power-up.
    pub fn poll(&mut self, now: Micros) {
        self.tamper.poll(now);
        let _light_may_fail = self.lamp.poll(now);
        let _sound_may_fail = self.sounder.poll(now);
    }

    /// Is the cover open?
    pub fn tamper(&self) -> Reading {
        self.tamper.reading()
    }

    /// The light.
    pub fn lamp(&self) -> &Lamp<O> {
        &self.lamp
    }

    /// The sounder.
    pub fn sounder(&self) -> &Sounder<O> {
        &self.sounder
    }
}
