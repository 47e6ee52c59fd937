//! An electronic swinghandle of a rack: lock slide, handle, latch, key cylinder, door contact, light and sounder.
//!
//! Decided here: when the slide is driven, when it locks again by itself, whether it followed, and what unlocked it last. Who
//! may pass is not decided here.
//!
//! ```text
//!         release                 slide reads unlocked
//!  Still ─────────> Travelling ──────────────────────────> Still, Arrived
//!                       │  STALL_LIMIT over, or locked again before
//!                       └──────────────────────────────────────────> Still, Stalled
//! ```
//!
//! How the slide moved is watched in `slide`.
//!
//! Vocabulary: the *slide* blocks the handle; the *latch* holds the leaf; the *key* releases the handle mechanically.

use core::time::Duration;

use embedded_hal::delay::DelayNs;
use embedded_hal::digital::{InputPin, OutputPin};
use rackward_protocol::mqtt::{Buzzer, Colour, Led, Reading, SelfTest, State, UnlockCause};
use rackward_protocol::osdp::Micros;

use super::reader::LAMP_TEST_MS;
use super::slide::{Glance, STALL_LIMIT};
use super::{Debounced, Drive, Lamp, LastMove, Relock, SlideWatch, Sounder};

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

/// What the converter of the circuit measures. embedded-hal 1.0 has no trait for such inputs, so whoever polls the handle reads
/// them and brings them along. `None` is what is not fitted or cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Supply, in millivolts.
    pub supply_mv: Option<u32>,
    /// Temperature, in tenths of a degree Celsius.
    pub temperature_c10: Option<i16>,
    /// Relative humidity, in percent.
    pub humidity_percent: Option<u8>,
    /// What the motor draws, in milliamperes.
    pub motor_ma: Option<u16>,
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
    watch: SlideWatch,
    measured: Measured,
    driven_by: UnlockCause,
    unlocked_by: Option<UnlockCause>,
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
            watch: SlideWatch::default(),
            measured: Measured::default(),
            driven_by: UnlockCause::Command,
            unlocked_by: None,
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
        let parts = [(driven, SelfTest::SLIDE), (readable, SelfTest::SENSORS), (lit && dark, SelfTest::READER)];
        SelfTest(parts.iter().filter(|(works, _)| !works).fold(0, |word, (_, part)| word | part))
    }

    /// Begins anew, as after a loss of its supply: driven to locked, dark, silent, and knowing nothing of its sensors.
    pub fn restart(&mut self) {
        self.inputs().into_iter().for_each(Debounced::restart);
        (self.relock, self.slide, self.watch) = (Relock::default(), Slide::Still, SlideWatch::default());
        self.unlocked_by = None;
        self.lamp.restart();
        self.sounder.restart();
    }

    /// Takes what was measured since the last poll.
    pub fn measure(&mut self, measured: Measured) {
        self.measured = measured;
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

    /// Unlocks for `span` because it was told to, then locks by itself. A later [`HandleFirmware::poll`] tells whether the slide
    /// followed.
    pub fn release(&mut self, now: Micros, span: Duration) {
        self.release_by(UnlockCause::Command, now, span);
    }

    /// Unlocks for `span` because its rights list says so, then locks by itself.
    pub fn admit(&mut self, now: Micros, span: Duration) {
        self.release_by(UnlockCause::RightsList, now, span);
    }

    fn release_by(&mut self, cause: UnlockCause, now: Micros, span: Duration) {
        self.driven_by = cause;
        self.relock.release(now, span);
        self.slide = Slide::Travelling { since: now };
    }

    /// Unlocks until told otherwise.
    pub fn hold(&mut self) {
        self.driven_by = UnlockCause::Command;
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
        let before = (self.locked.reading(), self.key_turned.reading());
        for input in self.inputs() {
            input.poll(now);
        }
        let drive = self.relock.poll(now);
        self.explain(before, drive);
        let glance = Glance {
            driven_out: drive != Drive::Locked,
            locked: self.locked.reading(),
            handle_home: self.handle_home.reading(),
            motor_ma: self.measured.motor_ma,
        };
        self.watch.poll(now, glance);
        // A motor that does not follow shows in the slide's monitor, which is the fact that counts.
        let _monitor_tells = self.motor.set_state((drive != Drive::Locked).into());
        let _light_may_fail = self.lamp.poll(now);
        let _sound_may_fail = self.sounder.poll(now);
        self.follow(now, drive)
    }

    /// Notes what unlocked it when something just did.
    fn explain(&mut self, before: (Reading, Reading), drive: Drive) {
        if before.0 == Reading::Yes && self.locked.reading() == Reading::No {
            self.unlocked_by = Some(match drive {
                Drive::Released { .. } | Drive::Held => self.driven_by,
                Drive::Locked if self.key_turned.reading() == Reading::Yes => UnlockCause::Key,
                Drive::Locked => UnlockCause::Unexplained,
            });
        } else if before.1 == Reading::No && self.key_turned.reading() == Reading::Yes {
            self.unlocked_by = Some(UnlockCause::Key);
        }
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

    /// Everything the handle knows, as the MQTT link tells it. The key cylinder moves the mechanical slide.
    pub fn state(&self) -> State {
        let LastMove { stalled, peak_ma, travel_ms } = self.watch.last();
        let Measured { supply_mv, temperature_c10, humidity_percent, motor_ma: _ } = self.measured;
        State {
            closed: self.closed.reading(),
            locked: self.locked.reading(),
            handle_home: self.handle_home.reading(),
            latched: Some(self.latched.reading()),
            key_turned: self.key_turned.reading(),
            tampered: self.tamper.reading(),
            supply_mv,
            temperature_c10,
            humidity_percent,
            slide_locked: Some(opposite(self.key_turned.reading())),
            stalled,
            motor_ma: peak_ma,
            travel_ms,
            unlocked_by: self.unlocked_by,
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

fn opposite(reading: Reading) -> Reading {
    match reading {
        Reading::Yes => Reading::No,
        Reading::No => Reading::Yes,
        Reading::Unknown | Reading::Fault => reading,
    }
}
