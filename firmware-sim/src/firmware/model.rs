//! The models of swinghandle that are simulated: what each has, can do, and shows.
//!
//! Decided here: one table, from which birth and state are made. What a capability means is in the protocol.

use rackward_protocol::mqtt::{Capabilities, Legend, State};
use serde::{Deserialize, Serialize};

/// Cards that the rights list of the largest model holds.
pub const MANY_CARDS: u16 = 4_000;
/// Cards that the rights list of the middle model holds.
pub const SOME_CARDS: u16 = 500;
/// Cards that the rights list of the smallest model with a reader holds.
pub const FEW_CARDS: u16 = 100;

const STANDALONE: u32 = Capabilities::CANARY | Capabilities::LOG | Capabilities::RENEWAL;

/// Which model a handle is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandleModel {
    /// Everything there is: reader, keypad, every sensor, a light of every colour.
    #[default]
    Full,
    /// A reader and a light of red and green; no keypad, no humidity, no measured motor.
    RedGreen,
    /// A reader and a light of one colour; no latch sensor and no second slide.
    OneColour,
    /// No reader and no light: it is opened from elsewhere, and holds no rights.
    Blind,
}

impl HandleModel {
    /// The name in its birth.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "Rackward SIM swinghandle",
            Self::RedGreen => "Rackward SIM swinghandle RG",
            Self::OneColour => "Rackward SIM swinghandle 1C",
            Self::Blind => "Rackward SIM swinghandle B",
        }
    }

    /// How its light speaks.
    pub fn legend(self) -> Legend {
        match self {
            Self::Full => Legend::Full,
            Self::RedGreen => Legend::RedGreen,
            Self::OneColour => Legend::OneColour,
            Self::Blind => Legend::None,
        }
    }

    /// What it can do.
    pub fn capabilities(self) -> Capabilities {
        use Capabilities as C;
        let (bits, rights_cards) = match self {
            Self::Full => {
                let sensors = C::LATCH | C::KEY_CYLINDER | C::MECHANICAL_SLIDE | C::MOTOR_CURRENT | C::HUMIDITY;
                (C::READER | C::KEYPAD | sensors | STANDALONE, MANY_CARDS)
            }
            Self::RedGreen => (C::READER | C::LATCH | C::KEY_CYLINDER | C::MECHANICAL_SLIDE | STANDALONE, SOME_CARDS),
            Self::OneColour => (C::READER | C::KEY_CYLINDER | STANDALONE, FEW_CARDS),
            Self::Blind => (C::LATCH | C::KEY_CYLINDER | C::MOTOR_CURRENT | C::RENEWAL, 0),
        };
        C { bits, rights_cards }
    }

    /// A state without what this model cannot know.
    pub fn seen(self, state: State) -> State {
        let can = self.capabilities();
        let motor = can.has(Capabilities::MOTOR_CURRENT);
        State {
            latched: state.latched.filter(|_| can.has(Capabilities::LATCH)),
            slide_locked: state.slide_locked.filter(|_| can.has(Capabilities::MECHANICAL_SLIDE)),
            humidity_percent: state.humidity_percent.filter(|_| can.has(Capabilities::HUMIDITY)),
            motor_ma: state.motor_ma.filter(|_| motor),
            ..state
        }
    }
}
