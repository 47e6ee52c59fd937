//! What handles show that drive their lights themselves, by their makers' legends, as data for the legend page. The
//! controller sends such a handle no lights.

use super::Colour;
use super::Colour::{Blue, Magenta, Off, Red};

/// One maker's legend for one model.
#[derive(Debug, PartialEq, Eq)]
pub struct NativeLegend {
    /// Its word in the site file.
    pub word: &'static str,
    /// Maker and model.
    pub model: &'static str,
    /// What it shows.
    pub rows: &'static [NativeRow],
}

/// One look of a handle.
#[derive(Debug, PartialEq, Eq)]
pub struct NativeRow {
    /// What it looks like.
    pub looks: &'static str,
    /// The colours it alternates between.
    pub colours: [Colour; 2],
    /// What it means.
    pub means: &'static str,
}

/// Every legend that is known.
pub static NATIVE_LEGENDS: [NativeLegend; 2] = [
    NativeLegend {
        word: "panduit-ace02",
        model: "Panduit ACE02",
        rows: &[
            NativeRow {
                looks: "blue and magenta in turn",
                colours: [Blue, Magenta],
                means: "Released: lift the handle.",
            },
            NativeRow {
                looks: "flashing blue",
                colours: [Blue, Off],
                means: "The handle is open, or was released mechanically.",
            },
            NativeRow { looks: "blue and red in turn", colours: [Blue, Red], means: "Not fully closed: push it home." },
            NativeRow {
                looks: "flashing magenta",
                colours: [Magenta, Off],
                means: "The lock slide is at fault: call the desk.",
            },
        ],
    },
    NativeLegend {
        word: "southco-h3-em-62",
        model: "Southco H3-EM-62",
        rows: &[NativeRow {
            looks: "flashing red",
            colours: [Red, Off],
            means: "Its supply is out of range: call the desk.",
        }],
    },
];

/// The legend with this word.
pub fn native_legend(word: &str) -> Option<&'static NativeLegend> {
    NATIVE_LEGENDS.iter().find(|legend| legend.word == word)
}
