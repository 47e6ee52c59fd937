//! What a three-colour light and a sounder do at any moment.
//!
//! Decided here: the colour and the sound for a given time, from a permanent pattern and a temporary one over it. Which
//! pattern belongs to which outcome is decided by whoever sends it.
//!
//! Vocabulary: a *tick* is 100 ms, as in the OSDP records; amber is red and green together.

use core::time::Duration;

use embedded_hal::digital::OutputPin;
use rackward_protocol::mqtt::{Buzzer, Colour, Led, Rhythm};
use rackward_protocol::osdp::Micros;

/// One tick in milliseconds.
pub const TICK_MS: u64 = 100;

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count.saturating_mul(TICK_MS))
}

fn phase(rhythm: Rhythm, elapsed: Duration) -> Colour {
    let period = u64::from(rhythm.on_ticks) + u64::from(rhythm.off_ticks);
    let tick = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX) / TICK_MS;
    match tick.checked_rem(period) {
        Some(at) if at < u64::from(rhythm.on_ticks) => rhythm.on_colour,
        Some(_) => rhythm.off_colour,
        // A rhythm without any length is steady, as devices read it.
        None => rhythm.on_colour,
    }
}

/// A pattern and when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Running {
    rhythm: Rhythm,
    since: Micros,
}

/// What the light shows, without its pins; also what an onlooker can tell of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Light {
    permanent: Option<Running>,
    temporary: Option<(Running, Micros)>,
}

impl Light {
    fn show(&mut self, now: Micros, led: Led) {
        match led {
            Led::Permanent(rhythm) => self.permanent = Some(Running { rhythm, since: now }),
            Led::Temporary { rhythm, ticks: count } => {
                self.temporary = Some((Running { rhythm, since: now }, now + ticks(u64::from(count))));
            }
            Led::Cancel => self.temporary = None,
        }
    }

    /// The colour at `now`.
    pub fn colour(&self, now: Micros) -> Colour {
        let temporary = self.temporary.filter(|(_, end)| now < *end).map(|(running, _)| running);
        temporary.or(self.permanent).map_or(Colour::Off, |running| phase(running.rhythm, now.since(running.since)))
    }

    /// The pattern shown until told otherwise, if any was ever set.
    pub fn permanent(&self) -> Option<Rhythm> {
        self.permanent.map(|running| running.rhythm)
    }

    /// The last temporary pattern, and whether it still shows at `now`.
    pub fn temporary(&self, now: Micros) -> Option<(Rhythm, bool)> {
        self.temporary.map(|(running, end)| (running.rhythm, now < end))
    }
}

/// A light on three pins.
#[derive(Debug)]
pub struct Lamp<O> {
    red: O,
    green: O,
    blue: O,
    light: Light,
}

impl<O: OutputPin> Lamp<O> {
    /// A dark light.
    pub fn new(red: O, green: O, blue: O) -> Self {
        Self { red, green, blue, light: Light::default() }
    }

    /// Forgets every pattern: the supply was gone.
    pub fn restart(&mut self) {
        self.light = Light::default();
    }

    /// Starts, replaces or ends a pattern.
    pub fn show(&mut self, now: Micros, led: Led) {
        self.light.show(now, led);
    }

    /// Drives the pins to what the pattern asks for now; an error when a pin did not follow.
    pub fn poll(&mut self, now: Micros) -> Result<(), O::Error> {
        self.drive(self.light.colour(now))
    }

    /// Drives the pins to one colour, whatever the pattern; for the test at power-up.
    pub fn drive(&mut self, colour: Colour) -> Result<(), O::Error> {
        let (red, green, blue) = match colour {
            Colour::Off => (false, false, false),
            Colour::Red => (true, false, false),
            Colour::Green => (false, true, false),
            Colour::Amber => (true, true, false),
            Colour::Blue => (false, false, true),
            Colour::Magenta => (true, false, true),
            Colour::Cyan => (false, true, true),
            Colour::White => (true, true, true),
        };
        self.red.set_state(red.into())?;
        self.green.set_state(green.into())?;
        self.blue.set_state(blue.into())
    }

    /// What it shows.
    pub fn light(&self) -> &Light {
        &self.light
    }
}

/// A sounder on one pin.
#[derive(Debug)]
pub struct Sounder<O> {
    pin: O,
    pattern: Option<(Sound, Micros)>,
}

/// One pattern of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Ticks with sound.
    pub on_ticks: u8,
    /// Ticks without.
    pub off_ticks: u8,
    /// How often; 0 is for ever.
    pub count: u8,
}

impl Sound {
    fn sounds(self, elapsed: Duration) -> bool {
        let period = u64::from(self.on_ticks) + u64::from(self.off_ticks);
        let tick = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX) / TICK_MS;
        let over = self.count > 0 && tick >= period * u64::from(self.count);
        !over && tick.checked_rem(period).is_some_and(|at| at < u64::from(self.on_ticks))
    }
}

impl<O: OutputPin> Sounder<O> {
    /// A silent sounder.
    pub fn new(pin: O) -> Self {
        Self { pin, pattern: None }
    }

    /// Forgets its pattern: the supply was gone.
    pub fn restart(&mut self) {
        self.pattern = None;
    }

    /// Starts, replaces or ends a pattern.
    pub fn sound(&mut self, now: Micros, buzzer: Buzzer) {
        self.pattern = match buzzer {
            Buzzer::Silence => None,
            Buzzer::Sound { on_ticks, off_ticks, count } => Some((Sound { on_ticks, off_ticks, count }, now)),
        };
    }

    /// Drives the pin to what the pattern asks for now; an error when it did not follow.
    pub fn poll(&mut self, now: Micros) -> Result<(), O::Error> {
        let sounds = self.pattern.is_some_and(|(sound, since)| sound.sounds(now.since(since)));
        self.pin.set_state(sounds.into())
    }

    /// The last pattern that was started and not silenced.
    pub fn pattern(&self) -> Option<Sound> {
        self.pattern.map(|(sound, _)| sound)
    }
}
