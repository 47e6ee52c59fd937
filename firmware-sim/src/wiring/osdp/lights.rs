//! Lights and sounds of the line, in the words of the firmware. Nothing is decided here.

use rackward_protocol::mqtt::{Buzzer, Led, Rhythm};
use rackward_protocol::osdp::{self, BuzzerRecord, BuzzerTone, LedPermanent, LedRecord, LedTemporary, Micros};

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
        on_colour: pattern.on_colour,
        off_colour: pattern.off_colour,
    }
}

pub(super) fn sound(record: &BuzzerRecord) -> Buzzer {
    match record.tone {
        BuzzerTone::Silent => Buzzer::Silence,
        BuzzerTone::Default => Buzzer::Sound { on_ticks: record.on, off_ticks: record.off, count: record.count },
    }
}
