//! Feedback on its way to a device: the core's patterns in the words of the MQTT messages. OSDP records are made in
//! `osdp/show.rs`.
//!
//! Decides nothing: which pattern is shown, and what a device shows already, is `rackward_core::feedback`'s.

use rackward_core::feedback::{Colour, LightOrder, Rhythm, SoundOrder};
use rackward_protocol::mqtt;

pub(super) use rackward_core::feedback::{Face, Pattern};

/// A pattern as a message; text has no place in it.
pub(super) fn message(pattern: &Pattern) -> mqtt::Feedback {
    mqtt::Feedback { led: pattern.light.map(led), buzzer: pattern.sound.map(buzzer) }
}

fn led(order: LightOrder) -> mqtt::Led {
    match order {
        LightOrder::Lasting(shown) => mqtt::Led::Permanent(rhythm(shown)),
        LightOrder::Result { rhythm: shown, ticks } => mqtt::Led::Temporary { rhythm: rhythm(shown), ticks },
        LightOrder::EndResult => mqtt::Led::Cancel,
    }
}

fn rhythm(rhythm: Rhythm) -> mqtt::Rhythm {
    let Rhythm { on_ticks, off_ticks, on, off } = rhythm;
    mqtt::Rhythm { on_ticks, off_ticks, on_colour: colour(on), off_colour: colour(off) }
}

/// The colour's word on either link.
pub(super) fn colour(colour: Colour) -> mqtt::Colour {
    match colour {
        Colour::Off => mqtt::Colour::Off,
        Colour::Red => mqtt::Colour::Red,
        Colour::Green => mqtt::Colour::Green,
        Colour::Amber => mqtt::Colour::Amber,
        Colour::Blue => mqtt::Colour::Blue,
        Colour::Magenta => mqtt::Colour::Magenta,
        Colour::White => mqtt::Colour::White,
    }
}

fn buzzer(order: SoundOrder) -> mqtt::Buzzer {
    match order {
        SoundOrder::Silence => mqtt::Buzzer::Silence,
        SoundOrder::Play(sound) => {
            mqtt::Buzzer::Sound { on_ticks: sound.on_ticks, off_ticks: sound.off_ticks, count: sound.count }
        }
    }
}

#[cfg(test)]
mod tests;
