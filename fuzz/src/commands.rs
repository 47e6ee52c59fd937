//! Commands drawn from all that a panel may ask, and what a device must make of each.

use std::time::Duration;

use rackward_protocol::osdp::{
    Action, BuzzerRecord, BuzzerTone, LedColour, LedPermanent, LedRecord, LedTemporary, OutputAction, PanelCommand,
    Rhythm, Sensitive, TextDuration, TextRecord, Ticks,
};

use crate::draw::Draw;

const COLOURS: [LedColour; 8] = [
    LedColour::Off,
    LedColour::Red,
    LedColour::Green,
    LedColour::Amber,
    LedColour::Blue,
    LedColour::Magenta,
    LedColour::Cyan,
    LedColour::White,
];

/// A command for a device with two outputs and one reader, now and then for something it does not have.
pub(crate) fn drawn(draw: &mut Draw<'_>) -> PanelCommand {
    let index = draw.below(8) / 3;
    let reader = u8::from(index == 2);
    match draw.below(13) {
        0 => PanelCommand::Output { index, action: output(draw) },
        1 => PanelCommand::Led(led(draw, reader)),
        2 => PanelCommand::Buzzer(BuzzerRecord {
            reader,
            tone: if draw.coin() { BuzzerTone::Default } else { BuzzerTone::Silent },
            on: draw.byte(),
            off: draw.byte(),
            count: draw.byte(),
        }),
        3 => PanelCommand::Text(text(draw, reader)),
        4 => PanelCommand::ReadInputs,
        5 => PanelCommand::ReadOutputs,
        6 => PanelCommand::ReadLocal,
        7 => PanelCommand::Leds((0..draw.below(9)).map(|_| led(draw, reader)).collect()),
        8 => PanelCommand::ReadReaders,
        // So short that it is refused, or long enough for every event.
        9 => PanelCommand::SetReceiveSize(match draw.short() {
            short @ 0..30 => short,
            long => long | 128,
        }),
        10 => PanelCommand::KeepActive(Duration::from_millis(u64::from(draw.short()))),
        11 => PanelCommand::Abort,
        _ => PanelCommand::Manufacturer {
            oui: if draw.coin() { [0xCA, 0xFE, 1] } else { [draw.byte(), 0, 0] },
            data: Sensitive::new(draw.bytes(120).to_vec()),
        },
    }
}

fn output(draw: &mut Draw<'_>) -> OutputAction {
    match draw.below(3) {
        0 => OutputAction::Off,
        1 => OutputAction::On,
        _ => OutputAction::OnFor(ticks(draw)),
    }
}

fn ticks(draw: &mut Draw<'_>) -> Ticks {
    Ticks::parse(draw.short().max(1)).expect("not zero")
}

fn led(draw: &mut Draw<'_>, reader: u8) -> LedRecord {
    let temporary = match draw.below(3) {
        0 => LedTemporary::Keep,
        1 => LedTemporary::Cancel,
        _ => LedTemporary::Show { rhythm: rhythm(draw), timer: ticks(draw) },
    };
    let permanent = if draw.coin() { LedPermanent::Show(rhythm(draw)) } else { LedPermanent::Keep };
    LedRecord { reader, led: draw.byte(), temporary, permanent }
}

fn rhythm(draw: &mut Draw<'_>) -> Rhythm {
    let (on, off) = (draw.byte(), draw.byte());
    Rhythm { on, off, on_colour: colour(draw), off_colour: colour(draw) }
}

fn colour(draw: &mut Draw<'_>) -> LedColour {
    COLOURS[usize::from(draw.below(8))]
}

fn text(draw: &mut Draw<'_>, reader: u8) -> TextRecord {
    let duration = if draw.coin() { TextDuration::Seconds(draw.byte()) } else { TextDuration::Permanent };
    TextRecord { reader, duration, row: draw.byte(), column: draw.byte(), text: draw.bytes(40).to_vec() }
}

/// Whether a device did what the command says; what is sent in another form is taken in that form.
pub(crate) fn is_carried_out_by(command: &PanelCommand, action: &Action) -> bool {
    match (command, action) {
        (PanelCommand::Led(wanted), Action::Led(done)) => {
            wanted.reader == done.reader
                && wanted.led == done.led
                && same_temporary(wanted.temporary, done.temporary)
                && same_permanent(wanted.permanent, done.permanent)
        }
        (PanelCommand::Buzzer(wanted), Action::Buzzer(done)) => wanted == done,
        (PanelCommand::Text(wanted), Action::Text(done)) => same_text(wanted, done),
        (PanelCommand::KeepActive(wanted), Action::KeepActive(done)) => wanted == done,
        (PanelCommand::Manufacturer { data, .. }, Action::Manufacturer(done)) => {
            // What is longer than 108 bytes is cut.
            data.expose().get(..108.min(data.expose().len())) == Some(done.expose())
        }
        _ => false,
    }
}

fn same_temporary(wanted: LedTemporary, done: LedTemporary) -> bool {
    match (wanted, done) {
        (LedTemporary::Show { rhythm, timer }, LedTemporary::Show { rhythm: other, timer: other_timer }) => {
            timer == other_timer && steady(rhythm) == other
        }
        (wanted, done) => wanted == done,
    }
}

fn same_permanent(wanted: LedPermanent, done: LedPermanent) -> bool {
    match (wanted, done) {
        (LedPermanent::Show(rhythm), LedPermanent::Show(other)) => steady(rhythm) == other,
        (wanted, done) => wanted == done,
    }
}

/// Both times zero is sent as steady.
fn steady(rhythm: Rhythm) -> Rhythm {
    if rhythm.on == 0 && rhythm.off == 0 { Rhythm { on: 1, ..rhythm } } else { rhythm }
}

/// What is not printable is a question mark, what is longer than 32 bytes is cut.
fn same_text(wanted: &TextRecord, done: &TextRecord) -> bool {
    let printable = |byte: &u8| if (0x20..0x7F).contains(byte) { *byte } else { b'?' };
    let text: Vec<u8> = wanted.text.iter().take(32).map(printable).collect();
    let expect = TextRecord { text, ..wanted.clone() };
    expect == *done
}
