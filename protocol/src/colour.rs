//! The colours of a light, the same on both links.
//!
//! Decides their numbers (OSDP 2.2, Table 18). What a colour means is the core's to say.

/// What one light can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Colour {
    /// Dark.
    Off,
    /// Red.
    Red,
    /// Green.
    Green,
    /// Amber.
    Amber,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
    /// Cyan.
    Cyan,
    /// White.
    White,
}

impl Colour {
    const ALL: [Self; 8] =
        [Self::Off, Self::Red, Self::Green, Self::Amber, Self::Blue, Self::Magenta, Self::Cyan, Self::White];

    /// The number of this colour on the wire, 0 to 7.
    pub fn code(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Red => 1,
            Self::Green => 2,
            Self::Amber => 3,
            Self::Blue => 4,
            Self::Magenta => 5,
            Self::Cyan => 6,
            Self::White => 7,
        }
    }

    /// The colour with this number, or `None` above 7.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}
