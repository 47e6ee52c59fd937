//! The bytes of the MQTT messages, held still.
//!
//! Devices in the field speak these bytes. If a test in this module fails, do not change the test: a new layout needs a new
//! version number beside the old one.

mod any;

use std::fmt::Write as _;

use proptest::prelude::*;
use rackward_protocol::mqtt::message::{MAX_DER_BYTES, MAX_TEXT_CHARS};
use rackward_protocol::mqtt::rights::MAX_LIST_BYTES;
use rackward_protocol::mqtt::{
    Ack, Birth, Boot, BootCause, Buzzer, Capabilities, CardHash, CardRead, Colour, Command, CommandId, CommandKind,
    Der, Down, DownLeaf, Event, Feedback, HeldRights, Keypad, Leaf, Led, Legend, ListNumber, LogRecord, Logged,
    MAX_MESSAGE_BYTES, MessageError, Outcome, Reading, Rhythm, RightsOutcome, RightsRefusal, RightsReport, SelfTest,
    Sequence, Stamp, State, UnixMillis, UnlockCause, Up, UpBody, UpLeaf,
};

const UP_LEAVES: [UpLeaf; 8] =
    [UpLeaf::Birth, UpLeaf::State, UpLeaf::Event, UpLeaf::Ack, UpLeaf::Rights, UpLeaf::Log, UpLeaf::Csr, UpLeaf::Gone];
const DOWN_LEAVES: [DownLeaf; 4] = [DownLeaf::Cmd, DownLeaf::Feedback, DownLeaf::Rights, DownLeaf::Certificate];

/// 2026-07-24T14:03:22.417Z
const MOMENT: UnixMillis = UnixMillis(1_784_901_802_417);
/// [`MOMENT`] as it is written.
const AT: &str = "1b0000019f947019b1";
/// The stamp of every message here and [`MOMENT`], as they are written.
const HEAD: &str = "1b0123456789abcdef1901021b0000019f947019b1";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn up(body: UpBody) -> Up {
    let stamp = Stamp { boot: Boot(0x0123_4567_89AB_CDEF), sequence: Sequence::new(258).unwrap() };
    Up { stamp, at: MOMENT, body }
}

/// `fields` is the head of the array and the kind, `rest` what stands behind stamp and time.
fn check_up(body: UpBody, fields: &str, rest: &str) {
    let message = up(body);
    let payload = message.encode().unwrap();
    assert_eq!(hex(&payload), format!("{fields}{HEAD}{rest}"));
    assert_eq!(Up::decode(message.body.leaf(), &payload), Ok(message));
}

fn check_down(message: Down, expect: &str) {
    let payload = message.encode().unwrap();
    assert_eq!(hex(&payload), expect);
    assert_eq!(Down::decode(message.leaf(), &payload), Ok(message));
}

fn held() -> HeldRights {
    HeldRights { number: ListNumber(300), generation: 7, digest: [0xD1; 32], expires: MOMENT }
}

/// [`held`] as it is written.
fn held_hex() -> String {
    format!("8419012c075820{}{AT}", "d1".repeat(32))
}

fn birth_of(text: &str) -> Birth {
    Birth {
        model: text.into(),
        serial: text.into(),
        firmware: text.into(),
        self_test: SelfTest(u32::MAX),
        cause: BootCause::Brownout,
        capabilities: Capabilities { bits: u32::MAX, rights_cards: u16::MAX },
        legend: Legend::Full,
        heartbeat_secs: 3_600,
        held: Some(HeldRights {
            number: ListNumber(u64::MAX),
            generation: u64::MAX,
            digest: [0xFF; 32],
            expires: MOMENT,
        }),
    }
}

#[test]
fn birth() {
    let birth = Birth {
        model: "SH-1".into(),
        serial: "0007".into(),
        firmware: "1.2.3".into(),
        self_test: SelfTest(SelfTest::SLIDE | SelfTest::CLOCK),
        cause: BootCause::Watchdog,
        capabilities: Capabilities { bits: Capabilities::READER | Capabilities::LOG, rights_cards: 2_000 },
        legend: Legend::RedGreen,
        heartbeat_secs: 60,
        held: None,
    };
    let texts = "6453482d3164303030376531".to_owned() + "2e322e33";
    check_up(UpBody::Birth(birth.clone()), "8f0201", &format!("{texts}11041901011907d002183cf6"));
    let held_too = Birth { held: Some(held()), ..birth };
    check_up(UpBody::Birth(held_too), "8f0201", &format!("{texts}11041901011907d002183c{}", held_hex()));
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
        humidity_percent: Some(45),
        slide_locked: Some(Reading::Yes),
        stalled: Reading::No,
        motor_ma: Some(350),
        travel_ms: Some(800),
        unlocked_by: Some(UnlockCause::Key),
    };
    check_up(UpBody::State(full), "930202", "030102030200195df22e182d030219015e19032002");
    check_up(UpBody::State(State::default()), "930202", "000000f60000f6f6f6f600f6f6f6");
}

#[test]
fn event() {
    let card = CardRead::new(26, &[0x18, 0x87, 0x07, 0x40]).unwrap();
    check_up(UpBody::Event(Event::Card(card)), "870203", "181a4418870740");
    check_up(UpBody::Event(Event::Keypad(Keypad::new("12*#").unwrap())), "860204", "6431322a23");
}

#[test]
fn ack_and_gone() {
    let rows = [
        (Outcome::Done, "00"),
        (Outcome::Expired, "01"),
        (Outcome::Refused, "02"),
        (Outcome::Failed, "03"),
        (Outcome::WouldRefuse, "04"),
        (Outcome::WouldAdmit, "05"),
    ];
    for (outcome, code) in rows {
        let ack = Ack { command: CommandId(2000), outcome, at: MOMENT };
        check_up(UpBody::Ack(ack), "880205", &format!("1907d0{code}{AT}"));
    }
    check_up(UpBody::Gone, "850206", "");
}

#[test]
fn rights() {
    let report = |outcome, held| UpBody::Rights(RightsReport { held, outcome });
    check_up(report(RightsOutcome::Holding, None), "870207", "00f6");
    check_up(report(RightsOutcome::Applied, Some(held())), "870207", &format!("01{}", held_hex()));
    let refusals = [
        (RightsRefusal::Malformed, "10"),
        (RightsRefusal::Signature, "11"),
        (RightsRefusal::Site, "12"),
        (RightsRefusal::Device, "13"),
        (RightsRefusal::Replayed, "14"),
        (RightsRefusal::Expired, "15"),
        (RightsRefusal::TooLong, "16"),
        (RightsRefusal::NotKept, "17"),
    ];
    for (refusal, code) in refusals {
        check_up(report(RightsOutcome::Refused(refusal), None), "870207", &format!("{code}f6"));
    }
}

#[test]
fn log() {
    let card = CardHash([0xCA; 16]);
    let hash = format!("50{}", "ca".repeat(16));
    let rows = [
        (Logged::Admitted { card, list: ListNumber(300) }, "8a", format!("00{hash}19012c")),
        (Logged::Refused { card }, "89", format!("01{hash}")),
        (Logged::Opened, "88", "02".into()),
        (Logged::Closed, "88", "03".into()),
        (Logged::KeyTurned, "88", "04".into()),
        (Logged::Tampered, "88", "05".into()),
        (Logged::Overflowed { lost: 12 }, "89", "060c".into()),
    ];
    for (what, fields, rest) in rows {
        let record = LogRecord { number: 2000, at: MOMENT, what };
        check_up(UpBody::Log(record), &format!("{fields}0208"), &format!("1907d0{AT}{rest}"));
    }
}

#[test]
fn certificates() {
    let der = Der::new(&[0x30, 0x01, 0x02]).unwrap();
    check_up(UpBody::Csr(der.clone()), "860209", "43300102");
    check_down(Down::Certificate(der), "83021743300102");
}

#[test]
fn commands() {
    let command = |kind| Down::Command(Command { id: CommandId(2000), kind });
    let release = CommandKind::Release { duration_ms: 10_000, not_after: MOMENT };
    check_down(command(release), &format!("8502101907d0192710{AT}"));
    check_down(command(CommandKind::Relock), "8302111907d0");
    check_down(command(CommandKind::ReadState), "8302121907d0");
    check_down(command(CommandKind::DecideOnline), "8302141907d0");
    let card = CardRead::new(26, &[0x18, 0x87, 0x07, 0x40]).unwrap();
    check_down(command(CommandKind::Canary { card }), "8502151907d0181a4418870740");
    check_down(command(CommandKind::NoteLog { through: 258 }), "8402161907d0190102");
}

#[test]
fn feedback() {
    let rhythm = Rhythm { on_ticks: 2, off_ticks: 2, on_colour: Colour::Red, off_colour: Colour::Off };
    let refused = Feedback {
        led: Some(Led::Temporary { rhythm, ticks: 600 }),
        buzzer: Some(Buzzer::Sound { on_ticks: 2, off_ticks: 2, count: 3 }),
    };
    check_down(Down::Feedback(refused), "840213850202010019025883020203");
    let blip = Rhythm { on_ticks: 1, off_ticks: 49, on_colour: Colour::Blue, off_colour: Colour::Off };
    let ready = Feedback { led: Some(Led::Permanent(blip)), buzzer: Some(Buzzer::Silence) };
    check_down(Down::Feedback(ready), "84021384011831040080");
    check_down(Down::Feedback(Feedback { led: Some(Led::Cancel), buzzer: None }), "84021380f6");
}

#[test]
fn the_former_version_is_refused_as_such() {
    let former = [
        (UpLeaf::Birth, "8801011b0123456789abcdef1901026453482d31643030303765312e322e33f5"),
        (UpLeaf::State, "8c01021b0123456789abcdef190102000000f60000f6f6"),
        (UpLeaf::Event, "8601031b0123456789abcdef190102181a4418870740"),
        (UpLeaf::Gone, "8401061b0123456789abcdef190102"),
    ];
    for (leaf, payload) in former {
        assert_eq!(Up::decode(leaf, &unhex(payload)), Err(MessageError::Version { found: 1 }), "{payload}");
    }
    assert_eq!(Down::decode(DownLeaf::Cmd, &unhex("8301111907d0")), Err(MessageError::Version { found: 1 }));
}

#[test]
fn what_is_not_exactly_one_message_is_refused() {
    let range = |field| MessageError::OutOfRange { field };
    let head = "1b0123456789abcdef0100";
    let boot = "1b0123456789abcdef";
    let hash = format!("50{}", "00".repeat(16));
    let rows = [
        (UpLeaf::Gone, String::new(), MessageError::Malformed),
        (UpLeaf::Gone, format!("850306{head}"), MessageError::Version { found: 3 }),
        (UpLeaf::Birth, format!("850206{head}"), MessageError::Kind { found: 6 }),
        (UpLeaf::Gone, format!("850263{head}"), MessageError::Malformed),
        (UpLeaf::Gone, format!("850206{boot}0000"), range("sequence")),
        (UpLeaf::Gone, format!("850206{boot}1b000000010000000000"), MessageError::Malformed),
        (UpLeaf::Gone, format!("850206{boot}011bffffffffffffffff"), range("at")),
        (UpLeaf::Gone, format!("850206{head}00"), MessageError::Trailing),
        (UpLeaf::Gone, format!("860206{head}00"), MessageError::Malformed),
        (UpLeaf::Gone, format!("840206{boot}01"), MessageError::Malformed),
        (UpLeaf::Gone, format!("9f0206{head}ff"), MessageError::Malformed),
        (UpLeaf::Event, format!("870203{head}181a43188707"), range("card")),
        (UpLeaf::Event, format!("870203{head}181a44ffffffff"), range("card")),
        (UpLeaf::Event, format!("860204{head}6161"), range("digits")),
        (UpLeaf::State, format!("930202{head}040000f60000f6f6f6f600f6f6f6"), range("closed")),
        (UpLeaf::State, format!("930202{head}000000f6000019ffff1905ddf6f600f6f6f6"), range("supply_mv")),
        (UpLeaf::State, format!("930202{head}000000f60000f61905ddf6f600f6f6f6"), range("temperature_c10")),
        (UpLeaf::State, format!("930202{head}000000f60000f6f61865f600f6f6f6"), range("humidity_percent")),
        (UpLeaf::State, format!("930202{head}000000f60000f6f6f60400f6f6f6"), range("slide_locked")),
        (UpLeaf::State, format!("930202{head}000000f60000f6f6f6f604f6f6f6"), range("stalled")),
        (UpLeaf::State, format!("930202{head}000000f60000f6f6f6f600192711f6f6"), range("motor_ma")),
        (UpLeaf::State, format!("930202{head}000000f60000f6f6f6f600f619ea61f6"), range("travel_ms")),
        (UpLeaf::State, format!("930202{head}000000f60000f6f6f6f600f6f604"), range("unlocked_by")),
        (UpLeaf::State, format!("930202{head}f60000f60000f6f6f6f600f6f6f6"), MessageError::Malformed),
        (UpLeaf::Ack, format!("880205{head}010600"), range("outcome")),
        (UpLeaf::Ack, format!("880205{head}01001bffffffffffffffff"), range("at")),
        (UpLeaf::Birth, format!("8f0201{head}6061616161000000000005f6"), range("model")),
        (UpLeaf::Birth, format!("8f0201{head}610761616161000000000005f6"), range("model")),
        (UpLeaf::Birth, format!("8f0201{head}616161616161000600000005f6"), range("cause")),
        (UpLeaf::Birth, format!("8f0201{head}616161616161000000000405f6"), range("legend")),
        (UpLeaf::Birth, format!("8f0201{head}616161616161000000000004f6"), range("heartbeat_secs")),
        (UpLeaf::Birth, format!("8f0201{head}6161616161610000000000190e11f6"), range("heartbeat_secs")),
        (UpLeaf::Birth, format!("8f0201{head}616161616161000000000005830100{hash}"), MessageError::Malformed),
        (UpLeaf::Rights, format!("870207{head}02f6"), range("outcome")),
        (UpLeaf::Rights, format!("870207{head}1818f6"), range("outcome")),
        (UpLeaf::Rights, format!("870207{head}008400005820{}00", "00".repeat(32)), range("number")),
        (UpLeaf::Rights, format!("870207{head}00840100581f{}00", "00".repeat(31)), MessageError::Malformed),
        (UpLeaf::Log, format!("880208{head}000002"), range("number")),
        (UpLeaf::Log, format!("880208{head}011bffffffffffffffff02"), range("at")),
        (UpLeaf::Log, format!("880208{head}010007"), range("what")),
        (UpLeaf::Log, format!("8a0208{head}010000{hash}00"), range("list")),
        (UpLeaf::Log, format!("890208{head}01000600"), range("lost")),
        (UpLeaf::Log, format!("890208{head}01000141aa"), MessageError::Malformed),
        (UpLeaf::Csr, format!("860209{head}40"), range("der")),
        (UpLeaf::Csr, format!("860209{head}5903c1{}", "00".repeat(961)), range("der")),
    ];
    for (leaf, payload, expect) in rows {
        assert_eq!(Up::decode(leaf, &unhex(&payload)), Err(expect), "{payload}");
    }
}

#[test]
fn a_message_down_out_of_range_is_refused() {
    let range = |field| MessageError::OutOfRange { field };
    let rows = [
        (DownLeaf::Cmd, "85021001186300", range("duration_ms")),
        (DownLeaf::Cmd, "850210011a000493e100", range("duration_ms")),
        (DownLeaf::Cmd, "850210011903e81bffffffffffffffff", range("not_after")),
        (DownLeaf::Cmd, "85021501181a43188707", range("card")),
        (DownLeaf::Cmd, "84021601f6", MessageError::Malformed),
        (DownLeaf::Cmd, "84021401f6", MessageError::Malformed),
        (DownLeaf::Cmd, "8302181801", MessageError::Kind { found: 24 }),
        (DownLeaf::Feedback, "83021101", MessageError::Kind { found: 17 }),
        (DownLeaf::Cmd, "84021380f6", MessageError::Kind { found: 19 }),
        (DownLeaf::Cmd, "83021743300102", MessageError::Kind { found: 23 }),
        (DownLeaf::Certificate, "83021740", range("der")),
        (DownLeaf::Feedback, "8402138400000101f6", range("rhythm")),
        (DownLeaf::Feedback, "8402138401010800f6", range("on_colour")),
        (DownLeaf::Feedback, "840213850101010100f6", range("ticks")),
        (DownLeaf::Feedback, "840213f683000101", range("buzzer")),
        (DownLeaf::Feedback, "840213f68401010101", MessageError::Malformed),
        (DownLeaf::Feedback, "84021386010101010505f6", MessageError::Malformed),
        (DownLeaf::Feedback, "840213f6f6f6", MessageError::Trailing),
    ];
    for (leaf, payload, expect) in rows {
        assert_eq!(Down::decode(leaf, &unhex(payload)), Err(expect), "{payload}");
    }
}

#[test]
fn what_would_be_refused_is_not_written() {
    let range = |field| Err(MessageError::OutOfRange { field });
    let hot = State { temperature_c10: Some(1501), ..State::default() };
    assert_eq!(up(UpBody::State(hot)).encode(), range("temperature_c10"));
    let silent = Birth { heartbeat_secs: 3_601, ..birth_of("a") };
    assert_eq!(up(UpBody::Birth(silent)).encode(), range("heartbeat_secs"));
    let kind = CommandKind::Release { duration_ms: 99, not_after: MOMENT };
    let short = Down::Command(Command { id: CommandId(1), kind });
    assert_eq!(short.encode(), range("duration_ms"));
}

#[test]
fn the_longest_messages_fit() {
    // A character of four bytes is the longest there is.
    let longest = birth_of(&"\u{1F512}".repeat(MAX_TEXT_CHARS));
    let payload = up(UpBody::Birth(longest.clone())).encode().unwrap();
    assert!(payload.len() > 850 && payload.len() <= MAX_MESSAGE_BYTES, "{}", payload.len());
    assert_eq!(Up::decode(UpLeaf::Birth, &payload), Ok(up(UpBody::Birth(longest))));
    let longer = birth_of(&"\u{1F512}".repeat(MAX_TEXT_CHARS + 1));
    assert_eq!(up(UpBody::Birth(longer)).encode(), Err(MessageError::OutOfRange { field: "model" }));

    let stamp = Stamp { boot: Boot(u64::MAX), sequence: Sequence::new(u32::MAX).unwrap() };
    let at = UnixMillis(rackward_protocol::mqtt::message::MAX_UNIX_MS);
    let der = Der::new(&[0xFF; MAX_DER_BYTES]).unwrap();
    let csr = Up { stamp, at, body: UpBody::Csr(der.clone()) };
    assert_eq!(Up::decode(UpLeaf::Csr, &csr.encode().unwrap()), Ok(csr));
    assert!(Down::Certificate(der).encode().is_ok());
}

#[test]
fn a_payload_too_long_is_refused_unread() {
    for leaf in UP_LEAVES {
        let max = Leaf::Up(leaf).max_bytes();
        let refused = Err(MessageError::Oversize { bytes: max + 1, max });
        assert_eq!((max, Up::decode(leaf, &vec![0x84; max + 1])), (MAX_MESSAGE_BYTES, refused), "{leaf:?}");
    }
    for leaf in DOWN_LEAVES {
        let max = Leaf::Down(leaf).max_bytes();
        let expect = if leaf == DownLeaf::Rights { MAX_LIST_BYTES } else { MAX_MESSAGE_BYTES };
        let refused = Err(MessageError::Oversize { bytes: max + 1, max });
        assert_eq!((max, Down::decode(leaf, &vec![0x84; max + 1])), (expect, refused), "{leaf:?}");
    }
    let list = vec![0x84; MAX_LIST_BYTES];
    assert_eq!(Down::decode(DownLeaf::Rights, &list), Ok(Down::Rights(list.clone())));
    assert_eq!(Down::Rights(list.clone()).encode(), Ok(list));
    let longer = Down::Rights(vec![0; MAX_LIST_BYTES + 1]);
    assert_eq!(longer.encode(), Err(MessageError::Oversize { bytes: MAX_LIST_BYTES + 1, max: MAX_LIST_BYTES }));
}

proptest! {
    #[test]
    fn every_message_up_comes_back_as_it_went(message in any::up()) {
        let payload = message.encode().unwrap();
        prop_assert!(payload.len() <= MAX_MESSAGE_BYTES);
        for leaf in UP_LEAVES {
            let read = Up::decode(leaf, &payload);
            if leaf == message.body.leaf() {
                prop_assert_eq!(read, Ok(message.clone()));
            } else {
                prop_assert!(matches!(read, Err(MessageError::Kind { .. })), "{:?}", read);
            }
        }
    }

    #[test]
    fn every_message_down_comes_back_as_it_went(message in any::down()) {
        let payload = message.encode().unwrap();
        prop_assert!(payload.len() <= Leaf::Down(message.leaf()).max_bytes());
        prop_assert_eq!(Down::decode(message.leaf(), &payload), Ok(message));
    }

    #[test]
    fn a_message_cut_short_is_refused(message in any::up(), cut: prop::sample::Index) {
        let payload = message.encode().unwrap();
        let cut = cut.index(payload.len());
        prop_assert_eq!(Up::decode(message.body.leaf(), &payload[..cut]), Err(MessageError::Malformed));
    }

    /// A payload with one byte changed is refused or is another valid message; it never panics.
    #[test]
    fn a_changed_byte_never_panics(message in any::up(), at: prop::sample::Index, flip in 1u8..) {
        let mut payload = message.encode().unwrap();
        let at = at.index(payload.len());
        payload[at] ^= flip;
        if let Ok(read) = Up::decode(message.body.leaf(), &payload) {
            let again = read.encode().unwrap();
            prop_assert_eq!(Up::decode(message.body.leaf(), &again), Ok(read));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..120)) {
        for leaf in UP_LEAVES {
            let _ = Up::decode(leaf, &payload);
        }
        for leaf in DOWN_LEAVES {
            let _ = Down::decode(leaf, &payload);
        }
    }
}
