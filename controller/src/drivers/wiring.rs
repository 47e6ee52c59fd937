//! A device's wiring: what each of its numbered outputs and inputs stands for, as its device profile says.
//!
//! Decides how raw input bytes become facts, zones and line faults, and which output releases. OSDP has no locks, only
//! numbered inputs and outputs, and every maker numbers them as it likes; so the numbering is data, of the site file's
//! `[[device_profile]]` or built in (`config/device_profiles.toml`), and a new model needs no code. What follows from the
//! facts is the core's to say.
//!
//! Vocabulary: the *band* of an input is what its supervised line says of itself: normal, active or at fault (the resistors
//! stand at the sensor, so a cut or bridged line reads as neither). *Polarity* says which of the first two means that the
//! condition holds.

use std::time::Duration;

use rackward_core::engine::input::{InputFault, LineFault};
use rackward_core::facts::Facts;
use rackward_protocol::osdp::DeviceRole;

use super::profile::{self, Condition};

/// What one model's outputs and inputs are wired to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// What it can be used as.
    pub(crate) part: Part,
    /// How often it is polled beside others.
    pub(crate) poll: DeviceRole,
    /// Which output releases its lock.
    pub(crate) release: Option<Release>,
    /// Its inputs, by number.
    pub(crate) inputs: Vec<Option<Sensor>>,
    /// What the inputs behind those are.
    pub(crate) further: Further,
    /// What an input's raw byte says.
    pub(crate) bands: Bands,
    /// Whether its own tamper state (`osdp_LSTATR`) counts.
    pub(crate) local_tamper: Local,
    /// Whether its own power state (`osdp_LSTATR`) counts.
    pub(crate) local_power: Local,
    /// How many lights it has; each shows the same.
    pub(crate) lights: u8,
    /// Whether it has a display.
    pub(crate) display: Display,
}

/// What a device of a wiring can be used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Reader,
    Lock,
    Handle,
    Inputs,
}

/// How a lock is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release {
    /// The output's number.
    pub(crate) output: u8,
    /// The longest time it can be driven; a longer release ends then.
    pub(crate) longest: Duration,
}

/// One input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sensor {
    pub(crate) meaning: Meaning,
    pub(crate) polarity: Polarity,
}

/// What a sensor watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    DoorClosed,
    BoltLocked,
    HandleHome,
    KeyTurned,
    ExitButton,
    Tamper,
    BatteryLow,
    MainsFail,
    /// The use with this number in the device's own list.
    Zone(u8),
}

/// When a sensor's condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polarity {
    WhenActive,
    WhenNormal,
}

/// What the inputs are that a profile does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Further {
    Unused,
    /// Zones, each under its own input's number.
    Zones,
}

/// Whether something that a device says of itself counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Local {
    Counts,
    /// Some models say it always, or never mean it.
    Ignored,
}

/// Whether a device has a display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Display {
    /// It says so itself (`osdp_PDCAP`).
    AsItSays,
    Yes,
    No,
}

/// What an input's line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Band {
    Normal,
    Active,
    Fault(LineFault),
}

/// What each of the 256 raw bytes of an input says. OSDP 2.2 has 0 and 1; devices with supervised lines use more, each
/// maker its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bands(pub(crate) [Band; 256]);

impl Bands {
    fn of(&self, byte: u8) -> Band {
        self.0.get(usize::from(byte)).copied().unwrap_or(Band::Fault(LineFault::Unspecified))
    }
}

impl Wiring {
    /// Nothing is wired; for a device whose profile is not known.
    pub(crate) fn none(part: Part) -> Self {
        let mut bands = [Band::Fault(LineFault::Unspecified); 256];
        // What most makers of supervised inputs send; a profile names what its model does.
        let [normal, active, short, cut, off_band, ..] = &mut bands;
        (*normal, *active) = (Band::Normal, Band::Active);
        (*short, *cut) = (Band::Fault(LineFault::Short), Band::Fault(LineFault::Cut));
        *off_band = Band::Fault(LineFault::OffBand);
        Self {
            part,
            poll: part.usual_poll(),
            release: None,
            inputs: Vec::new(),
            further: Further::Unused,
            bands: Bands(bands),
            local_tamper: Local::Counts,
            local_power: Local::Counts,
            lights: 1,
            display: Display::AsItSays,
        }
    }

    /// The door's facts in the device's inputs; `None` when it watches no door. What is not wired is unknown.
    pub(super) fn facts(&self, inputs: &[u8]) -> Option<Facts> {
        let ask = |meaning| self.condition(meaning, inputs);
        let (handle, key) = match self.part {
            Part::Reader | Part::Inputs => return None,
            Part::Lock => (None, None),
            Part::Handle => {
                (Some(profile::handle(ask(Meaning::HandleHome))), Some(profile::key(ask(Meaning::KeyTurned))))
            }
        };
        let (contact, lock) = (profile::contact(ask(Meaning::DoorClosed)), profile::lock(ask(Meaning::BoltLocked)));
        Some(Facts { contact, lock, handle, key, latch: None })
    }

    /// What the exit button says; `None` when there is none.
    pub(super) fn exit_button(&self, inputs: &[u8]) -> Option<Condition> {
        let has_one = self.sensors().any(|(_, sensor)| sensor.meaning == Meaning::ExitButton);
        has_one.then(|| self.condition(Meaning::ExitButton, inputs))
    }

    /// Which of the device's uses are active. A fault counts as active: a cut fence wire is a breach, and a fire line that
    /// is cut must not keep people in. The list ends where the device has no more inputs.
    pub(super) fn zones(&self, inputs: &[u8], uses: usize) -> Vec<bool> {
        let active = |condition| match condition {
            Condition::Unknown => None,
            Condition::Fails => Some(false),
            Condition::Holds | Condition::Fault => Some(true),
        };
        (0..=u8::MAX).take(uses).map_while(|number| active(self.condition(Meaning::Zone(number), inputs))).collect()
    }

    /// Whether a cover contact on an input is open; `None` when there is none. A line at fault may have been cut by whoever
    /// opened the cover.
    pub(super) fn tamper(&self, inputs: &[u8]) -> Option<bool> {
        self.any(&[Meaning::Tamper], inputs)
    }

    /// Whether an input says that the supply fails; `None` when none is for that.
    pub(super) fn power_fault(&self, inputs: &[u8]) -> Option<bool> {
        self.any(&[Meaning::BatteryLow, Meaning::MainsFail], inputs)
    }

    /// The wired inputs whose line is at fault, by number.
    pub(super) fn faults(&self, inputs: &[u8]) -> Vec<InputFault> {
        let fault = |(input, byte): (u8, &u8)| match (self.sensor(input), self.bands.of(*byte)) {
            (Some(_), Band::Fault(fault)) => Some(InputFault { input, fault }),
            (Some(_), Band::Normal | Band::Active) | (None, _) => None,
        };
        (0..=u8::MAX).zip(inputs).filter_map(fault).collect()
    }

    fn any(&self, meanings: &[Meaning], inputs: &[u8]) -> Option<bool> {
        let mut conditions = self.sensors().filter(|(_, sensor)| meanings.contains(&sensor.meaning)).peekable();
        conditions.peek()?;
        Some(conditions.any(|(input, sensor)| match self.reading(input, sensor, inputs) {
            Condition::Holds | Condition::Fault => true,
            Condition::Fails | Condition::Unknown => false,
        }))
    }

    /// What the input with this meaning says to its question; unknown when nothing is wired to it.
    fn condition(&self, meaning: Meaning, inputs: &[u8]) -> Condition {
        let listed = self.sensors().find(|(_, sensor)| sensor.meaning == meaning);
        let further = || match meaning {
            Meaning::Zone(number) => self.sensor(number).map(|sensor| (number, sensor)),
            _ => None,
        };
        let wired = listed.or_else(further).filter(|(_, sensor)| sensor.meaning == meaning);
        wired.map_or(Condition::Unknown, |(input, sensor)| self.reading(input, sensor, inputs))
    }

    fn reading(&self, input: u8, sensor: Sensor, inputs: &[u8]) -> Condition {
        let Some(byte) = inputs.get(usize::from(input)) else { return Condition::Unknown };
        match (self.bands.of(*byte), sensor.polarity) {
            (Band::Active, Polarity::WhenActive) | (Band::Normal, Polarity::WhenNormal) => Condition::Holds,
            (Band::Normal, Polarity::WhenActive) | (Band::Active, Polarity::WhenNormal) => Condition::Fails,
            (Band::Fault(_), _) => Condition::Fault,
        }
    }

    /// The listed inputs that are wired.
    fn sensors(&self) -> impl Iterator<Item = (u8, Sensor)> + '_ {
        (0..=u8::MAX).zip(&self.inputs).filter_map(|(input, sensor)| Some((input, (*sensor)?)))
    }

    /// What an input is wired to, listed or not.
    fn sensor(&self, input: u8) -> Option<Sensor> {
        match (self.inputs.get(usize::from(input)), self.further) {
            (Some(listed), _) => *listed,
            (None, Further::Zones) => Some(Sensor { meaning: Meaning::Zone(input), polarity: Polarity::WhenActive }),
            (None, Further::Unused) => None,
        }
    }
}

impl Part {
    /// How often such a device is polled. Zone inputs are polled like locks: a fence must be noticed as quickly as a door.
    pub(crate) fn usual_poll(self) -> DeviceRole {
        match self {
            Self::Reader => DeviceRole::Reader,
            Self::Lock | Self::Inputs => DeviceRole::Lock,
            Self::Handle => DeviceRole::Handle,
        }
    }
}

#[cfg(test)]
mod tests;
