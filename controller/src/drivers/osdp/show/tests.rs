//! Patterns as records, one part at a time; whole conversations are in `drivers/feedback/tests.rs`.

use rackward_core::Feedback;
use rackward_core::engine::output::PointState;
use rackward_core::feedback::{DenialNotice, DenialWords, Face, Label};

use super::*;

fn names(feedback: Feedback, has_display: bool) -> Vec<&'static str> {
    let pattern = Face::default().show(feedback);
    let name = |command: &PanelCommand| match command {
        PanelCommand::Led(_) => "light",
        PanelCommand::Buzzer(_) => "sound",
        PanelCommand::Text(_) => "text",
        _ => "other",
    };
    commands(&pattern, has_display).iter().map(name).collect()
}

#[test]
fn light_goes_first_then_sound_then_text() {
    assert_eq!(names(Feedback::EnterPin, true), ["light", "sound", "text"]);
    assert_eq!(names(Feedback::EnterPin, false), ["light", "sound"]);
    let reference = rackward_core::feedback::Reference::parse("7F3K").unwrap();
    let words = DenialWords::Reference(reference);
    assert_eq!(names(Feedback::Denied(DenialNotice::NoAccess(words)), true), ["light", "sound", "text", "text"]);
}

#[test]
fn a_result_never_touches_what_lasts() {
    let [PanelCommand::Led(record), ..] = commands(&Face::default().show(Feedback::EnterPin), false)[..] else {
        panic!("no light");
    };
    assert_eq!(record.permanent, LedPermanent::Keep);
    let state = Face::default().show(Feedback::State(PointState::Ready));
    let [PanelCommand::Led(record), ..] = commands(&state, false)[..] else { panic!("no light") };
    assert_eq!(record.temporary, LedTemporary::Keep);
    assert!(state.is_lasting());
}

#[test]
fn cancel_and_silence_have_records_of_their_own() {
    let record = light(LightOrder::EndResult);
    assert_eq!((record.temporary, record.permanent), (LedTemporary::Cancel, LedPermanent::Keep));
    assert_eq!(sound(SoundOrder::Silence).tone, BuzzerTone::Silent);
}

#[test]
fn each_line_of_a_text_has_its_row() {
    let notice = DenialNotice::Fault(DenialWords::None, Label::parse("4400"));
    let text = Face::default().show(Feedback::Denied(notice)).text.unwrap();
    let rows: Vec<(u8, Vec<u8>)> = texts(&Text { lines: [text.lines[0].clone(), "REF 7F3K".into()], ..text })
        .into_iter()
        .filter_map(
            |command| if let PanelCommand::Text(record) = command { Some((record.row, record.text)) } else { None },
        )
        .collect();
    assert_eq!(rows, [(1, b"CALL 4400".to_vec()), (2, b"REF 7F3K".to_vec())]);
}
