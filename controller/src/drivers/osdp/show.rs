//! A pattern of light, sound and text as OSDP commands.
//!
//! Decides the order and the records (OSDP 2.2, 6.10 to 6.12). Which pattern is shown is `feedback`'s to say.

use rackward_protocol::mqtt::feedback::{Buzzer, Colour, Led, Rhythm};
use rackward_protocol::osdp::{
    self, BuzzerRecord, BuzzerTone, LedColour, LedPermanent, LedRecord, LedTemporary, PanelCommand, TextDuration,
    TextRecord, Ticks,
};

use crate::drivers::feedback::{Caption, Pattern};

/// A device has one reader and one light, by our profile.
const READER: u8 = 0;
const LIGHT: u8 = 0;

/// The commands for a pattern, light first: it is what people look at.
pub(super) fn commands(pattern: &Pattern, has_display: bool) -> Vec<PanelCommand> {
    let light = pattern.led.map(|led| PanelCommand::Led(light(led)));
    let sound = pattern.buzzer.map(|buzzer| PanelCommand::Buzzer(sound(buzzer)));
    let text = pattern.caption.as_ref().filter(|_| has_display).map(|caption| PanelCommand::Text(text(caption)));
    [light, sound, text].into_iter().flatten().collect()
}

/// Whether the pattern stays until told otherwise.
pub(super) fn is_lasting(pattern: &Pattern) -> bool {
    matches!(pattern.led, Some(Led::Permanent(_)))
}

fn light(led: Led) -> LedRecord {
    let (temporary, permanent) = match led {
        Led::Permanent(shown) => (LedTemporary::Keep, LedPermanent::Show(rhythm(shown))),
        Led::Temporary { rhythm: shown, ticks } => match Ticks::parse(ticks) {
            Some(timer) => (LedTemporary::Show { rhythm: rhythm(shown), timer }, LedPermanent::Keep),
            // Devices take a timer of zero for "for ever".
            None => (LedTemporary::Cancel, LedPermanent::Keep),
        },
        Led::Cancel => (LedTemporary::Cancel, LedPermanent::Keep),
    };
    LedRecord { reader: READER, led: LIGHT, temporary, permanent }
}

fn rhythm(rhythm: Rhythm) -> osdp::Rhythm {
    osdp::Rhythm {
        on: rhythm.on_ticks,
        off: rhythm.off_ticks,
        on_colour: colour(rhythm.on_colour),
        off_colour: colour(rhythm.off_colour),
    }
}

fn colour(colour: Colour) -> LedColour {
    match colour {
        Colour::Off => LedColour::Off,
        Colour::Red => LedColour::Red,
        Colour::Green => LedColour::Green,
        Colour::Amber => LedColour::Amber,
        Colour::Blue => LedColour::Blue,
        Colour::Magenta => LedColour::Magenta,
        Colour::Cyan => LedColour::Cyan,
        Colour::White => LedColour::White,
    }
}

fn sound(buzzer: Buzzer) -> BuzzerRecord {
    match buzzer {
        Buzzer::Silence => BuzzerRecord { reader: READER, tone: BuzzerTone::Silent, on: 0, off: 0, count: 0 },
        Buzzer::Sound { on_ticks, off_ticks, count } => {
            BuzzerRecord { reader: READER, tone: BuzzerTone::Default, on: on_ticks, off: off_ticks, count }
        }
    }
}

fn text(caption: &Caption) -> TextRecord {
    TextRecord {
        reader: READER,
        duration: TextDuration::Seconds(caption.seconds),
        row: 1,
        column: 1,
        text: caption.words.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::feedback::Face;
    use rackward_core::Feedback;
    use rackward_core::engine::output::PointState;

    #[test]
    fn light_goes_first_then_sound_then_text() {
        let pattern = Face::default().show(Feedback::EnterPin);
        let names: Vec<&str> = commands(&pattern, true)
            .iter()
            .map(|command| match command {
                PanelCommand::Led(_) => "light",
                PanelCommand::Buzzer(_) => "sound",
                PanelCommand::Text(_) => "text",
                _ => "other",
            })
            .collect();
        assert_eq!(names, ["light", "sound", "text"]);
        assert_eq!(commands(&pattern, false).len(), 2);
    }

    #[test]
    fn a_result_never_touches_the_lasting_state() {
        let [PanelCommand::Led(record), ..] = commands(&Face::default().show(Feedback::EnterPin), false)[..] else {
            panic!("no light");
        };
        assert_eq!(record.permanent, LedPermanent::Keep);
        let state = Face::default().show(Feedback::State(PointState::Ready));
        let [PanelCommand::Led(record), ..] = commands(&state, false)[..] else { panic!("no light") };
        assert_eq!(record.temporary, LedTemporary::Keep);
        assert!(is_lasting(&state));
    }

    #[test]
    fn cancel_and_silence_have_records_of_their_own() {
        let record = light(Led::Cancel);
        assert_eq!((record.temporary, record.permanent), (LedTemporary::Cancel, LedPermanent::Keep));
        assert_eq!(sound(Buzzer::Silence).tone, BuzzerTone::Silent);
    }
}
