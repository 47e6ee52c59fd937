//! A pattern of light, sound and text as OSDP commands, and the colours a device says it has.
//!
//! Decides the order and the records (OSDP 2.2, 6.10 to 6.12). Which pattern is shown is `rackward_core::feedback`'s to say.

use rackward_core::feedback::{LightOrder, Palette, Pattern, Rhythm, SoundOrder, Text};
use rackward_protocol::osdp::{
    self, BuzzerRecord, BuzzerTone, Capability, LedPermanent, LedRecord, LedTemporary, PanelCommand, TextDuration,
    TextRecord, Ticks,
};

use crate::drivers::feedback::colour;

/// A device has one reader and one light, by our profile.
const READER: u8 = 0;
const LIGHT: u8 = 0;

/// The commands for a pattern: light first, because it is what people look at, then sound, then text, which may get lost
/// without harm (`feedback.md`, rule 4).
pub(super) fn commands(pattern: &Pattern, has_display: bool) -> Vec<PanelCommand> {
    let light = pattern.light.map(|order| PanelCommand::Led(light(order)));
    let sound = pattern.sound.map(|order| PanelCommand::Buzzer(sound(order)));
    let texts = pattern.text.as_ref().filter(|_| has_display).map(texts);
    light.into_iter().chain(sound).chain(texts.into_iter().flatten()).collect()
}

/// The colours of a device that tells these capabilities; all of them where it does not say.
pub(super) fn palette(capabilities: &[Capability]) -> Palette {
    let said = capabilities.iter().find(|able| able.function == Capability::LIGHTS);
    said.map_or(Palette::Full, |able| Palette::of_capability(able.level, able.count))
}

/// Whether a device that tells these capabilities shows text.
pub(super) fn has_display(capabilities: &[Capability]) -> bool {
    capabilities.iter().any(|able| able.function == Capability::TEXT && able.level > 0)
}

fn light(order: LightOrder) -> LedRecord {
    let (temporary, permanent) = match order {
        LightOrder::Lasting(shown) => (LedTemporary::Keep, LedPermanent::Show(rhythm(shown))),
        LightOrder::Result { rhythm: shown, ticks } => match Ticks::parse(ticks) {
            Some(timer) => (LedTemporary::Show { rhythm: rhythm(shown), timer }, LedPermanent::Keep),
            // Devices take a timer of zero for "for ever".
            None => (LedTemporary::Cancel, LedPermanent::Keep),
        },
        LightOrder::EndResult => (LedTemporary::Cancel, LedPermanent::Keep),
    };
    LedRecord { reader: READER, led: LIGHT, temporary, permanent }
}

fn rhythm(rhythm: Rhythm) -> osdp::Rhythm {
    osdp::Rhythm {
        on: rhythm.on_ticks,
        off: rhythm.off_ticks,
        on_colour: colour(rhythm.on),
        off_colour: colour(rhythm.off),
    }
}

fn sound(order: SoundOrder) -> BuzzerRecord {
    match order {
        SoundOrder::Silence => BuzzerRecord { reader: READER, tone: BuzzerTone::Silent, on: 0, off: 0, count: 0 },
        SoundOrder::Play(sound) => BuzzerRecord {
            reader: READER,
            tone: BuzzerTone::Default,
            on: sound.on_ticks,
            off: sound.off_ticks,
            count: sound.count,
        },
    }
}

/// One command for each line that says something.
fn texts(text: &Text) -> Vec<PanelCommand> {
    let record = |(row, line): (u8, &String)| TextRecord {
        reader: READER,
        duration: TextDuration::Seconds(text.seconds),
        row,
        column: 1,
        text: line.as_bytes().to_vec(),
    };
    let said = (1_u8..).zip(&text.lines).filter(|(_, line)| !line.is_empty());
    said.map(|line| PanelCommand::Text(record(line))).collect()
}

#[cfg(test)]
#[path = "show/tests.rs"]
mod tests;
