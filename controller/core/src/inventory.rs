//! What a device says about itself besides its identity, and how far it is trusted.
//!
//! Decides what the grades are. What lowers one, and what may not be done below which, is `engine/inventory.rs`'s.

use core::time::Duration;

/// What a device can do and how it stands, as it says at its birth and as its link knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Description {
    /// Cards that its rights list can hold; `None` where it keeps none.
    pub list_room: Option<u16>,
    /// Whether it can be asked if it would open for a card.
    pub canary: CanaryAbility,
    /// What failed when it tested itself at power-up, one bit each; 0 is nothing.
    pub self_test: u32,
    /// Why it started; `None` where this is no new start.
    pub boot: Option<BootCause>,
    /// How its link is protected.
    pub channel: Channel,
}

/// Whether a device can be asked if it would open for a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CanaryAbility {
    /// No.
    #[default]
    Unable,
    /// Yes.
    Able,
}

/// How the link to a device is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Channel {
    /// By a key or certificate of its own.
    #[default]
    Proven,
    /// Not at all, as far as is known.
    Plaintext,
}

/// Why a device started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootCause {
    /// It does not know.
    Unknown,
    /// Power came.
    PowerOn,
    /// It was told to.
    Commanded,
    /// New firmware.
    Update,
    /// Its watchdog.
    Watchdog,
    /// The supply sank too far.
    Brownout,
}

impl BootCause {
    /// Whether something is wrong with a device that starts for this cause.
    pub const fn is_unexplained(self) -> bool {
        match self {
            Self::Unknown | Self::Watchdog | Self::Brownout => true,
            Self::PowerOn | Self::Commanded | Self::Update => false,
        }
    }
}

/// How far a device is trusted; A is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrustGrade {
    /// Nothing is wrong.
    A,
    /// One thing should be seen to.
    B,
    /// It can be overheard, or several things are wrong.
    C,
    /// It cannot be told from somebody else's.
    D,
}

impl TrustGrade {
    /// The grade that these misgivings, each once, leave.
    pub fn of(misgivings: &[Misgiving]) -> Self {
        let (mut worst, mut lesser) = (Self::A, 0);
        for misgiving in misgivings {
            match misgiving {
                Misgiving::Unproven | Misgiving::DefaultKey => return Self::D,
                Misgiving::Plaintext => worst = Self::C,
                Misgiving::OldFirmware | Misgiving::UnexplainedReboots | Misgiving::SelfTest | Misgiving::OldKey => {
                    lesser += 1
                }
            }
        }
        match lesser {
            0 => worst,
            1 => worst.max(Self::B),
            _ => Self::C,
        }
    }
}

/// What lowers a device's grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misgiving {
    /// Its firmware is older than the site asks.
    OldFirmware,
    /// Its link is not protected.
    Plaintext,
    /// It offers the published default key.
    DefaultKey,
    /// It started again and again without a cause.
    UnexplainedReboots,
    /// It failed its own test.
    SelfTest,
    /// Its key or certificate is older than it should be.
    OldKey,
    /// Another device answers in its place, or who it is is not known.
    Unproven,
}

/// What the slide of a lock did last, and what unlocked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlideReport {
    /// How long it travelled.
    pub travel: Option<Duration>,
    /// Whether its motor stalled.
    pub stalled: Stall,
    /// What unlocked it.
    pub unlocked_by: Option<UnlockCause>,
}

/// Whether a motor stalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stall {
    /// It is not known.
    Unknown,
    /// No.
    No,
    /// Yes.
    Yes,
}

/// What unlocked a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnlockCause {
    /// A command of ours.
    Command,
    /// A card, by the rights list.
    RightsList,
    /// The mechanical key.
    Key,
    /// Nothing that the device knows of.
    Unexplained,
}

impl UnlockCause {
    /// The word for it in the API and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::RightsList => "rights_list",
            Self::Key => "key",
            Self::Unexplained => "unexplained",
        }
    }
}

/// What a device measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measurements {
    /// Supply voltage in millivolts.
    pub supply_mv: Option<u32>,
    /// Temperature in tenths of a degree Celsius.
    pub temperature_c10: Option<i16>,
    /// Relative humidity in percent.
    pub humidity_percent: Option<u8>,
    /// Highest current of the motor when it last moved, in milliamperes.
    pub motor_ma: Option<u16>,
}

/// What a device answers when it is asked whether it would open for the canary, a card that nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CanaryAnswer {
    /// It would not.
    WouldRefuse,
    /// It would.
    WouldAdmit,
    /// It did not answer, or not that.
    NoAnswer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_follow_from_misgivings() {
        use Misgiving::{DefaultKey, OldFirmware, OldKey, Plaintext, SelfTest, UnexplainedReboots, Unproven};
        let check = |misgivings: &[Misgiving], expect| assert_eq!(TrustGrade::of(misgivings), expect, "{misgivings:?}");
        check(&[], TrustGrade::A);
        check(&[OldFirmware], TrustGrade::B);
        check(&[UnexplainedReboots], TrustGrade::B);
        check(&[SelfTest, OldKey], TrustGrade::C);
        check(&[OldFirmware, SelfTest, OldKey, UnexplainedReboots], TrustGrade::C);
        check(&[Plaintext], TrustGrade::C);
        check(&[OldFirmware, Plaintext], TrustGrade::C);
        check(&[DefaultKey], TrustGrade::D);
        check(&[Plaintext, Unproven], TrustGrade::D);
    }
}
