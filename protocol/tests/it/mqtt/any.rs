//! Any message that may be written, for the tests that hold for all of them.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use rackward_protocol::mqtt::message::{HEARTBEAT_SECS, MAX_UNIX_MS};
use rackward_protocol::mqtt::{
    Ack, Birth, Boot, BootCause, Buzzer, Capabilities, CardHash, CardRead, Colour, Command, CommandId, CommandKind,
    Der, Down, Event, Feedback, HeldRights, Keypad, Led, Legend, ListNumber, LogRecord, Logged, Outcome, Reading,
    Rhythm, RightsOutcome, RightsRefusal, RightsReport, SelfTest, Sequence, Stamp, State, UnixMillis, UnlockCause, Up,
    UpBody,
};

/// A message of a device.
pub(super) fn up() -> impl Strategy<Value = Up> {
    let body = prop_oneof![
        birth().prop_map(UpBody::Birth),
        state().prop_map(UpBody::State),
        card().prop_map(|card| UpBody::Event(Event::Card(card))),
        "[0-9*#]{1,16}".prop_map(|keys| UpBody::Event(Event::Keypad(Keypad::new(&keys).unwrap()))),
        ack().prop_map(UpBody::Ack),
        (option::of(held()), rights_outcome())
            .prop_map(|(held, outcome)| UpBody::Rights(RightsReport { held, outcome })),
        log().prop_map(UpBody::Log),
        der().prop_map(UpBody::Csr),
        Just(UpBody::Gone),
    ];
    (any::<u64>(), 1u32.., moment(), body).prop_map(|(boot, number, at, body)| Up {
        stamp: Stamp { boot: Boot(boot), sequence: Sequence::new(number).unwrap() },
        at,
        body,
    })
}

/// A message to a device.
pub(super) fn down() -> impl Strategy<Value = Down> {
    let kind = prop_oneof![
        (100u32..=300_000, moment())
            .prop_map(|(duration_ms, not_after)| CommandKind::Release { duration_ms, not_after }),
        Just(CommandKind::Relock),
        Just(CommandKind::ReadState),
        Just(CommandKind::DecideOnline),
        card().prop_map(|card| CommandKind::Canary { card }),
        any::<u64>().prop_map(|through| CommandKind::NoteLog { through }),
    ];
    prop_oneof![
        (any::<u64>(), kind).prop_map(|(id, kind)| Down::Command(Command { id: CommandId(id), kind })),
        (option::of(led()), option::of(buzzer())).prop_map(|(led, buzzer)| Down::Feedback(Feedback { led, buzzer })),
        vec(any::<u8>(), 0..2_000).prop_map(Down::Rights),
        der().prop_map(Down::Certificate),
    ]
}

fn moment() -> impl Strategy<Value = UnixMillis> {
    (0..=MAX_UNIX_MS).prop_map(UnixMillis)
}

fn birth() -> impl Strategy<Value = Birth> {
    let texts = ("[^\\p{Cc}]{1,64}", "[^\\p{Cc}]{1,64}", "[^\\p{Cc}]{1,64}");
    let cause = select(vec![
        BootCause::Unknown,
        BootCause::PowerOn,
        BootCause::Commanded,
        BootCause::Update,
        BootCause::Watchdog,
        BootCause::Brownout,
    ]);
    let legend = select(vec![Legend::None, Legend::OneColour, Legend::RedGreen, Legend::Full]);
    let rest = (any::<u32>(), cause, any::<u32>(), any::<u16>(), legend, HEARTBEAT_SECS, option::of(held()));
    (texts, rest).prop_map(
        |((model, serial, firmware), (test, cause, bits, rights_cards, legend, heartbeat_secs, held))| Birth {
            model,
            serial,
            firmware,
            self_test: SelfTest(test),
            cause,
            capabilities: Capabilities { bits, rights_cards },
            legend,
            heartbeat_secs,
            held,
        },
    )
}

fn held() -> impl Strategy<Value = HeldRights> {
    (1u64.., any::<u64>(), any::<[u8; 32]>(), moment()).prop_map(|(number, generation, digest, expires)| HeldRights {
        number: ListNumber(number),
        generation,
        digest,
        expires,
    })
}

fn rights_outcome() -> impl Strategy<Value = RightsOutcome> {
    let refusal = select(vec![
        RightsRefusal::Malformed,
        RightsRefusal::Signature,
        RightsRefusal::Site,
        RightsRefusal::Device,
        RightsRefusal::Replayed,
        RightsRefusal::Expired,
        RightsRefusal::TooLong,
        RightsRefusal::NotKept,
    ]);
    prop_oneof![Just(RightsOutcome::Holding), Just(RightsOutcome::Applied), refusal.prop_map(RightsOutcome::Refused)]
}

fn reading() -> impl Strategy<Value = Reading> {
    select(vec![Reading::Unknown, Reading::Fault, Reading::No, Reading::Yes])
}

fn state() -> impl Strategy<Value = State> {
    let readings = (reading(), reading(), reading(), option::of(reading()), reading(), reading());
    let measured = (option::of(0u32..=60_000), option::of(-1000i16..=1500), option::of(0u8..=100));
    let cause = select(vec![UnlockCause::Command, UnlockCause::RightsList, UnlockCause::Key, UnlockCause::Unexplained]);
    let slide =
        (option::of(reading()), reading(), option::of(0u16..=10_000), option::of(0u16..=60_000), option::of(cause));
    (readings, measured, slide).prop_map(|(readings, measured, slide)| {
        let (closed, locked, handle_home, latched, key_turned, tampered) = readings;
        let (supply_mv, temperature_c10, humidity_percent) = measured;
        let (slide_locked, stalled, motor_ma, travel_ms, unlocked_by) = slide;
        State {
            closed,
            locked,
            handle_home,
            latched,
            key_turned,
            tampered,
            supply_mv,
            temperature_c10,
            humidity_percent,
            slide_locked,
            stalled,
            motor_ma,
            travel_ms,
            unlocked_by,
        }
    })
}

fn card() -> impl Strategy<Value = CardRead> {
    (1u16..=512, vec(any::<u8>(), 64)).prop_map(|(bits, mut data)| {
        data.truncate(usize::from(bits).div_ceil(8));
        let spare = (8 - bits % 8) % 8;
        *data.last_mut().unwrap() &= 0xFF << spare;
        CardRead::new(bits, &data).unwrap()
    })
}

fn ack() -> impl Strategy<Value = Ack> {
    let outcome = select(vec![
        Outcome::Done,
        Outcome::Expired,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::WouldRefuse,
        Outcome::WouldAdmit,
    ]);
    (any::<u64>(), outcome, moment()).prop_map(|(id, outcome, at)| Ack { command: CommandId(id), outcome, at })
}

fn log() -> impl Strategy<Value = LogRecord> {
    let card = || any::<[u8; 16]>().prop_map(CardHash);
    let what = prop_oneof![
        (card(), 1u64..).prop_map(|(card, list)| Logged::Admitted { card, list: ListNumber(list) }),
        card().prop_map(|card| Logged::Refused { card }),
        Just(Logged::Opened),
        Just(Logged::Closed),
        Just(Logged::KeyTurned),
        Just(Logged::Tampered),
        (1u32..).prop_map(|lost| Logged::Overflowed { lost }),
    ];
    (1u64.., moment(), what).prop_map(|(number, at, what)| LogRecord { number, at, what })
}

fn der() -> impl Strategy<Value = Der> {
    vec(any::<u8>(), 1..=960).prop_map(|bytes| Der::new(&bytes).unwrap())
}

fn rhythm() -> impl Strategy<Value = Rhythm> {
    let colour = || {
        select(vec![
            Colour::Off,
            Colour::Red,
            Colour::Green,
            Colour::Amber,
            Colour::Blue,
            Colour::Magenta,
            Colour::Cyan,
            Colour::White,
        ])
    };
    (any::<u8>(), any::<u8>(), colour(), colour())
        .prop_filter("one of the two must last", |(on, off, _, _)| *on > 0 || *off > 0)
        .prop_map(|(on_ticks, off_ticks, on_colour, off_colour)| Rhythm { on_ticks, off_ticks, on_colour, off_colour })
}

fn led() -> impl Strategy<Value = Led> {
    prop_oneof![
        Just(Led::Cancel),
        rhythm().prop_map(Led::Permanent),
        (rhythm(), 1u16..).prop_map(|(rhythm, ticks)| Led::Temporary { rhythm, ticks }),
    ]
}

fn buzzer() -> impl Strategy<Value = Buzzer> {
    prop_oneof![
        Just(Buzzer::Silence),
        (1u8.., any::<u8>(), any::<u8>()).prop_map(|(on_ticks, off_ticks, count)| Buzzer::Sound {
            on_ticks,
            off_ticks,
            count
        }),
    ]
}
