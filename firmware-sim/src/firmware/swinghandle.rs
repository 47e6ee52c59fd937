//! An electronic swinghandle of a rack: lock slide, handle, latch, key cylinder, door contact, light and sounder.
//!
//! Decided here: when the slide is driven, when it locks again by itself, and whether it followed. The handle never decides
//! who may pass.
//!
//! ```text
//!         release                 slide reads unlocked
//!  Still ─────────> Travelling ──────────────────────────> Still, Arrived
//!                       │  STALL_LIMIT over, or locked again before
//!                       └──────────────────────────────────────────> Still, Stalled
//! ```
//!
//! Vocabulary: the *slide* blocks the handle; the *latch* holds the leaf; the *key* releases the handle mechanically.

use core::time::Duration;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};
use rackward_protocol::mqtt::{Buzzer, Colour, Led, Reading, SelfTest, State};
use rackward_protocol::osdp::Micros;

use super::reader::LAMP_TEST_MS;
use super::{Debounced, Drive, Lamp, Relock, Sounder};

/// How long the slide may travel before it counts as stuck; it needs up to one second when it is healthy.
pub const STALL_LIMIT: Duration = Duration::from_secs(2);

/// The pins of a swinghandle.
#[derive(Debug)]
pub struct HandlePins<I, O> {
    /// The door leaf is closed.
    pub closed: I,
    /// The slide is locked.
    pub locked: I,
    /// The handle is seated.
    pub handle_home: I,
    /// The latch holds the leaf.
    pub latched: I,
    /// The key has released the handle.
    pub key_turned: I,
    /// The cover is open.
    pub tamper: I,
    /// Drives the slide to unlocked.
    pub motor: O,
    /// Red.
    pub red: O,
    /// Green.
    pub green: O,
    /// Blue.
    pub blue: O,
    /// Sound.
    pub buzzer: O,
}

/// How a release ended, mechanically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Travel {
    /// The slide is unlocked.
    Arrived,
    /// It did not follow in time.
    Stalled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slide {
    Still,
    Travelling { since: Micros },
}

/// The firmware of one swinghandle.
#[derive(Debug)]
pub struct HandleFirmware<I, O> {
    closed: Debounced<I>,
    locked: Debounced<I>,
    handle_home: Debounced<I>,
    latched: Debounced<I>,
    key_turned: Debounced<I>,
    tamper: Debounced<I>,
    motor: O,
    relock: Relock,
    slide: Slide,
    lamp: Lamp<O>,
    sounder: Sounder<O>,
}

impl<I: InputPin, O: OutputPin> HandleFirmware<I, O> {
    /// A handle that was just powered, and is driven to locked.
    pub fn new(pins: HandlePins<I, O>) -> Self {
        Self {
            closed: Debounced::new(pins.closed),
            locked: Debounced::new(pins.locked),
            handle_home: Debounced::new(pins.handle_home),
            latched: Debounced::new(pins.latched),
            key_turned: Debounced::new(pins.key_turned),
            tamper: Debounced::new(pins.tamper),
            motor: pins.motor,
            relock: Relock::default(),
            slide: Slide::Still,
            lamp: Lamp::new(pins.red, pins.green, pins.blue),
            sounder: Sounder::new(pins.buzzer),
        }
    }

    /// The test at power-up: drives the slide to locked, shows white for a moment and reads every input once.
    pub fn power_up(&mut self, delay: &mut impl DelayNs) -> SelfTest {
        let driven = self.motor.set_low().is_ok();
        let lit = self.lamp.drive(Colour::White).is_ok();
        delay.delay_ms(LAMP_TEST_MS);
        let dark = self.lamp.drive(Colour::Off).is_ok();
        let readable = self.inputs().into_iter().all(Debounced::works);
        if driven && lit && dark && readable { SelfTest::PASSED } else { SelfTest(SelfTest::SLIDE) }
    }

    fn inputs(&mut self) -> [&mut Debounced<I>; 6] {
        [
            &mut self.closed,
            &mut self.locked,
            &mut self.handle_home,
            &mut self.latched,
            &mut self.key_turned,
            &mut self.tamper,
        ]
    }

    /// Unlocks for `span`, then locks by itself. A later [`HandleFirmware::poll`] tells whether the slide followed.
    pub fn release(&mut self, now: Micros, span: Duration) {
        self.relock.release(now, span);
        self.slide = Slide::Travelling { since: now };
    }

    /// Unlocks until told otherwise.
    pub fn hold(&mut self) {
        self.relock.hold();
    }

    /// Locks now.
    pub fn lock(&mut self) {
        self.relock.lock();
    }

    /// Shows a light pattern.
    pub fn show(&mut self, now: Micros, led: Led) {
        self.lamp.show(now, led);
    }

    /// Sounds a pattern.
    pub fn sound(&mut self, now: Micros, buzzer: Buzzer) {
        self.sounder.sound(now, buzzer);
    }

    /// Samples the inputs, drives motor, light and sound, and tells how a release ended when it just did.
    pub fn poll(&mut self, now: Micros) -> Option<Travel> {
        for input in self.inputs() {
            input.poll(now);
        }
        let drive = self.relock.poll(now);
        // A motor that does not follow shows in the slide's monitor, which is the fact that counts.
        let _monitor_tells = self.motor.set_state((drive != Drive::Locked).into());
        let _light_may_fail = self.lamp.poll(now);
        let _sound_may_fail = self.sounder.poll(now);
        self.follow(now, drive)
    }

    fn follow(&mut self, now: Micros, drive: Drive) -> Option<Travel> {
        let Slide::Travelling { since } = self.slide else { return None };
        let ended = if self.locked.reading() == Reading::No {
            Some(Travel::Arrived)
        } else if drive == Drive::Locked || now.since(since) >= STALL_LIMIT {
            Some(Travel::Stalled)
        } else {
            None
        };
        if ended.is_some() {
            self.slide = Slide::Still;
        }
        ended
    }

    /// Everything the handle knows, as the MQTT link tells it. Supply and temperature have no pins here.
    pub fn state(&self) -> State {
        State {
            closed: self.closed.reading(),
            locked: self.locked.reading(),
            handle_home: self.handle_home.reading(),
            latched: Some(self.latched.reading()),
            key_turned: self.key_turned.reading(),
            tampered: self.tamper.reading(),
            supply_mv: None,
            temperature_c10: None,
            ..State::default()
        }
    }

    /// What the inputs read, in the order of the default OSDP profile: closed, locked, handle home, key turned.
    pub fn readings(&self) -> [Reading; 4] {
        [self.closed.reading(), self.locked.reading(), self.handle_home.reading(), self.key_turned.reading()]
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
