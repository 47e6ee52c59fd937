//! Lights and sounds of the line, in the words of the firmware. Nothing is decided here.

use rackward_protocol::mqtt::{Buzzer, Colour, Led, Rhythm};
use rackward_protocol::osdp::{
    self, BuzzerRecord, BuzzerTone, LedColour, LedPermanent, LedRecord, LedTemporary, Micros,
};

use crate::device::{Device, Order};

pub(super) fn show(now: Micros, device: &mut Device, record: &LedRecord) {
    let permanent = match record.permanent {
        LedPermanent::Keep => None,
        LedPermanent::Show(pattern) => Some(Led::Permanent(rhythm(&pattern))),
    };
    let temporary = match record.temporary {
        LedTemporary::Keep => None,
        LedTemporary::Cancel => Some(Led::Cancel),
        LedTemporary::Show { rhythm: pattern, timer } => {
            Some(Led::Temporary { rhythm: rhythm(&pattern), ticks: timer.get() })
        }
    };
    for led in [permanent, temporary].into_iter().flatten() {
        device.obey(now, Order::Show(led));
    }
}

fn rhythm(pattern: &osdp::Rhythm) -> Rhythm {
    Rhythm {
        on_ticks: pattern.on,
        off_ticks: pattern.off,
        on_colour: colour(pattern.on_colour),
        off_colour: colour(pattern.off_colour),
    }
}

fn colour(colour: LedColour) -> Colour {
    match colour {
        LedColour::Off => Colour::Off,
        LedColour::Red => Colour::Red,
        LedColour::Green => Colour::Green,
        LedColour::Amber => Colour::Amber,
        LedColour::Blue => Colour::Blue,
        LedColour::Magenta => Colour::Magenta,
        LedColour::Cyan => Colour::Cyan,
        LedColour::White => Colour::White,
    }
}

pub(super) fn sound(record: &BuzzerRecord) -> Buzzer {
    match record.tone {
        BuzzerTone::Silent => Buzzer::Silence,
        BuzzerTone::Default => Buzzer::Sound { on_ticks: record.on, off_ticks: record.off, count: record.count },
    }
}
