//! Light and sound at a reader or handle, as it goes over the wire.
//!
//! Which pattern belongs to which outcome is decided in the core; here stands only what a pattern may hold. Times are ticks
//! of 100 ms, the unit of the OSDP records, so that one table of patterns serves both links.

pub use crate::colour::Colour;

/// A light that alternates between two colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rhythm {
    /// Ticks of 100 ms in `on_colour`, 0 to 255; not 0 when `off_ticks` is 0.
    pub on_ticks: u8,
    /// Ticks of 100 ms in `off_colour`, 0 to 255; 0 is a steady light.
    pub off_ticks: u8,
    /// The first colour.
    pub on_colour: Colour,
    /// The second colour.
    pub off_colour: Colour,
}

/// What the light shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Led {
    /// Show this until told otherwise, and after every temporary pattern.
    Permanent(Rhythm),
    /// Show this for `ticks` of 100 ms (1 to 65,535), then the permanent pattern again.
    Temporary {
        /// The pattern.
        rhythm: Rhythm,
        /// How long, in ticks of 100 ms.
        ticks: u16,
    },
    /// End a temporary pattern now.
    Cancel,
}

/// What the sounder shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Buzzer {
    /// Be quiet.
    Silence,
    /// Sound `count` times; 0 is until told otherwise.
    Sound {
        /// Ticks of 100 ms with sound, 1 to 255.
        on_ticks: u8,
        /// Ticks of 100 ms without, 0 to 255.
        off_ticks: u8,
        /// How often; 0 is for ever.
        count: u8,
    },
}

/// One piece of feedback; a part that is `None` stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Feedback {
    /// The light.
    pub led: Option<Led>,
    /// The sounder.
    pub buzzer: Option<Buzzer>,
}
