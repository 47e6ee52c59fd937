//! The bytes of the MQTT messages, held still.
//!
//! Devices in the field speak these bytes. If a test in this module fails, do not change the test: a new layout needs a new
//! version number beside the old one.

use std::fmt::Write as _;

use proptest::prelude::*;
use rackward_protocol::mqtt::{
    Ack, Birth, Boot, Buzzer, CardRead, Colour, Command, CommandId, CommandKind, Down, DownLeaf, Event, Feedback,
    Keypad, Led, MAX_MESSAGE_BYTES, MessageError, Outcome, Reading, Rhythm, SelfTest, Sequence, Stamp, State,
    UnixMillis, Up, UpBody, UpLeaf,
};

/// 2026-07-24T14:03:22.417Z
const MOMENT: UnixMillis = UnixMillis(1_784_901_802_417);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn up(body: UpBody) -> Up {
    Up { stamp: Stamp { boot: Boot(0x0123_4567_89AB_CDEF), sequence: Sequence::new(258).unwrap() }, body }
}

fn check_up(body: UpBody, expect: &str) {
    let message = up(body);
    let payload = message.encode().unwrap();
    assert_eq!(hex(&payload), expect);
    assert_eq!(Up::decode(message.body.leaf(), &payload), Ok(message));
}

fn check_down(message: Down, expect: &str) {
    let payload = message.encode().unwrap();
    assert_eq!(hex(&payload), expect);
    assert_eq!(Down::decode(message.leaf(), &payload), Ok(message));
}

#[test]
fn birth() {
    let birth =
        Birth { model: "SH-1".into(), serial: "0007".into(), firmware: "1.2.3".into(), self_test: SelfTest::Passed };
    check_up(UpBody::Birth(birth), "8801011b0123456789abcdef1901026453482d31643030303765312e322e33f5");
}

#[test]
fn state() {
    let full = State {
        closed: Reading::Yes,
        locked: Reading::Fault,
        handle_home: Reading::No,
        latched: Some(Reading::Yes),
        key_turned: Reading::No,
        tampered: Reading::Unknown,
        supply_mv: Some(24_050),
        temperature_c10: Some(-15),
    };
    check_up(UpBody::State(full), "8c01021b0123456789abcdef190102030102030200195df22e");
    check_up(UpBody::State(State::default()), "8c01021b0123456789abcdef190102000000f60000f6f6");
}

#[test]
fn event() {
    let card = CardRead::new(26, &[0x18, 0x87, 0x07, 0x40]).unwrap();
    check_up(UpBody::Event(Event::Card(card)), "8601031b0123456789abcdef190102181a4418870740");
    check_up(UpBody::Event(Event::Keypad(Keypad::new("12*#").unwrap())), "8501041b0123456789abcdef1901026431322a23");
}

#[test]
fn ack_and_gone() {
    let rows = [(Outcome::Done, "00"), (Outcome::Expired, "01"), (Outcome::Refused, "02"), (Outcome::Failed, "03")];
    for (outcome, code) in rows {
        let expect = format!("8701051b0123456789abcdef1901021907d0{code}1b0000019f947019b1");
        check_up(UpBody::Ack(Ack { command: CommandId(2000), outcome, at: MOMENT }), &expect);
    }
    check_up(UpBody::Gone, "8401061b0123456789abcdef190102");
}

#[test]
fn commands() {
    let command = |kind| Down::Command(Command { id: CommandId(2000), kind });
    let release = CommandKind::Release { duration_ms: 10_000, not_after: MOMENT };
    check_down(command(release), "8501101907d01927101b0000019f947019b1");
    check_down(command(CommandKind::Relock), "8301111907d0");
    check_down(command(CommandKind::ReadState), "8301121907d0");
}

#[test]
fn feedback() {
    let rhythm = Rhythm { on_ticks: 2, off_ticks: 2, on_colour: Colour::Red, off_colour: Colour::Off };
    let refused = Feedback {
        led: Some(Led::Temporary { rhythm, ticks: 600 }),
        buzzer: Some(Buzzer::Sound { on_ticks: 2, off_ticks: 2, count: 3 }),
    };
    check_down(Down::Feedback(refused), "840113850202010019025883020203");
    let blip = Rhythm { on_ticks: 1, off_ticks: 49, on_colour: Colour::Blue, off_colour: Colour::Off };
    let ready = Feedback { led: Some(Led::Permanent(blip)), buzzer: Some(Buzzer::Silence) };
    check_down(Down::Feedback(ready), "84011384011831040080");
    check_down(Down::Feedback(Feedback { led: Some(Led::Cancel), buzzer: None }), "84011380f6");
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn what_is_not_exactly_one_message_is_refused() {
    let boot = "1b0123456789abcdef";
    let rows = [
        (UpLeaf::Gone, String::new(), MessageError::Malformed),
        (UpLeaf::Gone, format!("840206{boot}01"), MessageError::Version { found: 2 }),
        (UpLeaf::Birth, format!("840106{boot}01"), MessageError::Kind { found: 6 }),
        (UpLeaf::Gone, format!("840163{boot}01"), MessageError::Malformed),
        (UpLeaf::Gone, format!("840106{boot}00"), MessageError::OutOfRange { field: "sequence" }),
        (UpLeaf::Gone, format!("840106{boot}1b0000000100000000"), MessageError::Malformed),
        (UpLeaf::Gone, format!("840106{boot}0100"), MessageError::Trailing),
        (UpLeaf::Gone, format!("850106{boot}0100"), MessageError::Malformed),
        (UpLeaf::Gone, format!("830106{boot}"), MessageError::Malformed),
        (UpLeaf::Gone, format!("9f0106{boot}01ff"), MessageError::Malformed),
        (UpLeaf::Event, format!("860103{boot}01181a43188707"), MessageError::OutOfRange { field: "card" }),
        (UpLeaf::Event, format!("860103{boot}01184444ffffffff"), MessageError::OutOfRange { field: "card" }),
        (UpLeaf::Event, format!("850104{boot}016161"), MessageError::OutOfRange { field: "digits" }),
        (UpLeaf::State, format!("8c0102{boot}01040000f60000f6f6"), MessageError::OutOfRange { field: "closed" }),
        (
            UpLeaf::State,
            format!("8c0102{boot}01000000f6000019ffff1905dd"),
            MessageError::OutOfRange { field: "supply_mv" },
        ),
        (
            UpLeaf::State,
            format!("8c0102{boot}01000000f60000f61905dd"),
            MessageError::OutOfRange { field: "temperature_c10" },
        ),
        (UpLeaf::State, format!("8c0102{boot}01f6000000f60000f6f6"), MessageError::Malformed),
        (UpLeaf::Ack, format!("870105{boot}01010400"), MessageError::OutOfRange { field: "outcome" }),
        (UpLeaf::Ack, format!("870105{boot}0101001bffffffffffffffff"), MessageError::OutOfRange { field: "at" }),
        (UpLeaf::Birth, format!("880101{boot}01606161f5"), MessageError::Malformed),
        (UpLeaf::Birth, format!("880101{boot}016061616161f5"), MessageError::OutOfRange { field: "model" }),
        (UpLeaf::Birth, format!("880101{boot}01610761616161f5"), MessageError::OutOfRange { field: "model" }),
    ];
    for (leaf, payload, expect) in rows {
        assert_eq!(Up::decode(leaf, &unhex(&payload)), Err(expect), "{payload}");
    }
    let oversize = vec![0x84; MAX_MESSAGE_BYTES + 1];
    assert_eq!(Up::decode(UpLeaf::Gone, &oversize), Err(MessageError::Oversize { bytes: MAX_MESSAGE_BYTES + 1 }));
}

#[test]
fn a_command_or_feedback_out_of_range_is_refused() {
    let rows = [
        (DownLeaf::Cmd, "85011001186300", MessageError::OutOfRange { field: "duration_ms" }),
        (DownLeaf::Cmd, "850110011a000493e100", MessageError::OutOfRange { field: "duration_ms" }),
        (DownLeaf::Cmd, "850110011903e81bffffffffffffffff", MessageError::OutOfRange { field: "not_after" }),
        (DownLeaf::Feedback, "83011101", MessageError::Kind { found: 17 }),
        (DownLeaf::Cmd, "84011380f6", MessageError::Kind { found: 19 }),
        (DownLeaf::Feedback, "8401138400000101f6", MessageError::OutOfRange { field: "rhythm" }),
        (DownLeaf::Feedback, "8401138401010800f6", MessageError::OutOfRange { field: "on_colour" }),
        (DownLeaf::Feedback, "840113850101010100f6", MessageError::OutOfRange { field: "ticks" }),
        (DownLeaf::Feedback, "840113f683000101", MessageError::OutOfRange { field: "buzzer" }),
        (DownLeaf::Feedback, "840113f68401010101", MessageError::Malformed),
        (DownLeaf::Feedback, "84011386010101010505f6", MessageError::Malformed),
        (DownLeaf::Feedback, "840113f6f6f6", MessageError::Trailing),
    ];
    for (leaf, payload, expect) in rows {
        assert_eq!(Down::decode(leaf, &unhex(payload)), Err(expect), "{payload}");
    }
}

#[test]
fn what_would_be_refused_is_not_written() {
    let hot = State { temperature_c10: Some(1501), ..State::default() };
    assert_eq!(up(UpBody::State(hot)).encode(), Err(MessageError::OutOfRange { field: "temperature_c10" }));
    let kind = CommandKind::Release { duration_ms: 99, not_after: MOMENT };
    let short = Down::Command(Command { id: CommandId(1), kind });
    assert_eq!(short.encode(), Err(MessageError::OutOfRange { field: "duration_ms" }));
}

fn any_reading() -> impl Strategy<Value = Reading> {
    prop_oneof![Just(Reading::Unknown), Just(Reading::Fault), Just(Reading::No), Just(Reading::Yes)]
}

fn any_state() -> impl Strategy<Value = State> {
    let readings = (
        any_reading(),
        any_reading(),
        any_reading(),
        proptest::option::of(any_reading()),
        any_reading(),
        any_reading(),
    );
    let measured = (proptest::option::of(0u32..=60_000), proptest::option::of(-1000i16..=1500));
    (readings, measured).prop_map(
        |((closed, locked, handle_home, latched, key_turned, tampered), (supply_mv, temperature_c10))| State {
            closed,
            locked,
            handle_home,
            latched,
            key_turned,
            tampered,
            supply_mv,
            temperature_c10,
        },
    )
}

proptest! {
    #[test]
    fn every_state_comes_back_as_it_went(state in any_state()) {
        let message = up(UpBody::State(state));
        let payload = message.encode().unwrap();
        prop_assert_eq!(Up::decode(UpLeaf::State, &payload), Ok(message));
    }

    /// A payload with one byte changed is refused or is another valid message; it never panics.
    #[test]
    fn a_changed_byte_never_panics(state in any_state(), at in 0usize..40, flip in 1u8..) {
        let mut payload = up(UpBody::State(state)).encode().unwrap();
        let at = at % payload.len();
        payload[at] ^= flip;
        if let Ok(read) = Up::decode(UpLeaf::State, &payload) {
            prop_assert!(read.encode().is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..120)) {
        for leaf in [UpLeaf::Birth, UpLeaf::State, UpLeaf::Event, UpLeaf::Ack, UpLeaf::Gone] {
            let _ = Up::decode(leaf, &payload);
        }
        for leaf in [DownLeaf::Cmd, DownLeaf::Feedback] {
            let _ = Down::decode(leaf, &payload);
        }
    }
}
