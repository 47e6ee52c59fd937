//! What people are shown at a reader or handle: every pattern of light, sound and text as one table of data.
//!
//! Decides rhythms, colours, counts, lengths and words (`table.rs`), what is shown where a device has fewer colours
//! ([`Palette`]), how much a refusal says ([`policy`]) and what a device shows after what it showed before (`face.rs`).
//! It does not decide what is shown when: that is the engine's (`engine/notices.rs`). Drivers translate patterns into
//! their link's bytes, the legend page draws the same table.
//!
//! Vocabulary: a *tick* is 100 ms; a *row* is one line of the table, by an id such as T2 or S6; *lasting* is what a device
//! shows until told otherwise, a *result* lies over it for some ticks and then the device returns by itself; a *trial* is a row
//! that somebody wants to see, shown as a result whatever it is (`trial.rs`).

mod face;
pub mod native;
mod pattern;
pub mod policy;
mod reference;
mod table;
mod trial;
mod words;

use core::time::Duration;

pub use face::{Face, PROCESSING_AFTER};
pub use pattern::{LightOrder, Pattern, SoundOrder, Text, pattern};
pub use reference::{Reference, reference};
pub use table::{ROWS, row_of, rows_shown};
pub use trial::PatternId;
pub use words::{DenialNotice, DenialWords, Label, PermittedFrom};

/// The unit of every pattern.
pub const TICK: Duration = Duration::from_millis(100);

/// What one light can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// Dark.
    Off,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Amber: red and green together.
    Amber,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
    /// White.
    White,
}

impl Colour {
    /// The word on the legend page.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Red => "red",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Blue => "blue",
            Self::Magenta => "magenta",
            Self::White => "white",
        }
    }
}

/// A light that alternates between two colours; steady where `off_ticks` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rhythm {
    /// Ticks in the first colour, 1 to 255.
    pub on_ticks: u8,
    /// Ticks in the second colour, 0 to 255.
    pub off_ticks: u8,
    /// The first colour.
    pub on: Colour,
    /// The second colour.
    pub off: Colour,
}

impl Rhythm {
    /// Whether it does not change.
    pub const fn is_steady(self) -> bool {
        self.off_ticks == 0
    }
}

/// What a sounder plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sound {
    /// Ticks with sound, 1 to 255.
    pub on_ticks: u8,
    /// Ticks without, 0 to 255.
    pub off_ticks: u8,
    /// How often; 0 is until told otherwise.
    pub count: u8,
}

impl Sound {
    /// Whether it goes on until it is stopped.
    pub const fn is_lasting(self) -> bool {
        self.count == 0
    }
}

/// How long a pattern of light is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// Until told otherwise: a lasting state.
    Lasting,
    /// So many ticks.
    Ticks(u16),
    /// As long as the lock is released, less so many ticks, which belong to the warning before it locks.
    ReleaseLess(u16),
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its id, such as `T6`; variants that a site may choose share one.
    pub id: &'static str,
    /// What it stands for, in the words of ONVIF where it has some.
    pub outcome: &'static str,
    /// What it looks and sounds like, in words.
    pub looks: &'static str,
    /// What it means to whoever stands there.
    pub means: &'static str,
    /// The light, on a device with all colours.
    pub light: Rhythm,
    /// The light, on a device with red and green.
    pub red_green: Rhythm,
    /// The light, on a device with one colour, whichever it is: anything but [`Colour::Off`] is on.
    pub one_colour: Rhythm,
    /// How long the light is shown.
    pub lasts: Lasts,
    /// The sound, if any.
    pub sound: Option<Sound>,
    /// The text, if any, with `{place}`, `{s}` (seconds), `{call}` and `{code}` to be filled in or left out.
    pub text: &'static str,
}

impl Row {
    /// The light on a device with these colours; `None` on one without a light.
    pub const fn rhythm(&self, palette: Palette) -> Option<Rhythm> {
        match palette {
            Palette::Full => Some(self.light),
            Palette::RedGreen => Some(self.red_green),
            Palette::OneColour => Some(self.one_colour),
            Palette::NoLight => None,
        }
    }
}

/// Which colours a device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// All of them; also what is taken of a device that does not say.
    #[default]
    Full,
    /// Red and green, and both together.
    RedGreen,
    /// One.
    OneColour,
    /// The device says that it has no light.
    NoLight,
}

impl Palette {
    /// What a device has that tells this compliance level and number of lights (OSDP 2.2, Annex B, function code 4: levels
    /// 1 and 2 are on and off, 3 is two colours, 4 is three and more).
    pub const fn of_capability(level: u8, count: u8) -> Self {
        match (level, count) {
            (0, _) | (_, 0) => Self::NoLight,
            (1 | 2, _) => Self::OneColour,
            (3, _) => Self::RedGreen,
            (4..=u8::MAX, _) => Self::Full,
        }
    }
}

#[cfg(test)]
mod tests;
