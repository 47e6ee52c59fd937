//! What happens on a healthy line: connecting, cards, releases, lights, inputs.

use std::time::Duration;

use rackward_protocol::osdp::{
    Action, Baud, Bus, BusConfig, BusEvent, BuzzerRecord, BuzzerTone, DeviceRole, Failure, LedColour, LedPermanent,
    LedRecord, LedTemporary, Micros, NakCode, OutputAction, PanelCommand, Rhythm, SendRefused, Sharing, TextDuration,
    TextRecord, Ticks, Urgency,
};

use super::line::{CARD, Line, address, cards, identity, release};

#[test]
fn devices_come_online_with_everything_read_and_nothing_said_in_the_clear() {
    let mut line = Line::new(Baud::B9600, 1);
    line.add(1, DeviceRole::Reader);
    line.add(2, DeviceRole::Handle);
    line.device(2).peripheral().set_input(1, 1);
    line.device(2).peripheral().set_local(true, false);
    line.settle();
    let events = line.events_of(2);
    let BusEvent::Online { identity: found, capabilities } = &events[0] else { panic!("{events:?}") };
    assert_eq!(*found, identity(2));
    assert!(capabilities.iter().any(|c| c.function == 2 && c.count == 1));
    assert_eq!(events[1], BusEvent::Inputs(vec![0, 1]));
    assert_eq!(events[2], BusEvent::Outputs(vec![0]));
    assert_eq!(events[3], BusEvent::Local { tamper: true, power_failed: false });
    for (_, _, bytes) in &line.wire {
        assert_ne!(bytes[4] & 0x08, 0, "a frame without security block: {bytes:02x?}");
    }
    assert_eq!(line.collisions, 0);
}

#[test]
fn a_panel_that_hears_itself_works_the_same() {
    let mut line = Line::new(Baud::B38400, 2);
    line.echo = true;
    line.add(1, DeviceRole::Reader);
    line.settle();
    line.card(1, &CARD);
    line.run(Duration::from_millis(200));
    assert_eq!(cards(&line.events_of(1)).len(), 1);
}

#[test]
fn a_card_is_told_once_with_its_bits() {
    let mut line = Line::with_readers(Baud::B115200, 3, 2);
    line.forget();
    line.card(2, &[0x12, 0x34, 0x56, 0x7F]);
    line.run(Duration::from_secs(2));
    let BusEvent::Card { reader: 0, bit_count: 26, data, .. } = &line.events_of(2)[0] else { panic!() };
    assert_eq!(data.expose(), CARD, "bits behind the last are cleared");
    assert_eq!(line.events_of(2).len(), 1);
    assert_eq!(line.events_of(1).len(), 0);
}

#[test]
fn keys_are_told_and_never_printed() {
    let mut line = Line::with_readers(Baud::B115200, 4, 1);
    line.forget();
    line.device(1).peripheral().keypad(0, b"4711\r").unwrap();
    line.run(Duration::from_millis(100));
    let events = line.events_of(1);
    let [BusEvent::Keypad { reader: 0, digits }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(digits.expose(), b"4711\r");
    assert!(!format!("{events:?}").contains("4711") && !format!("{events:?}").contains("52, 55"));
}

#[test]
fn a_release_is_confirmed_and_ends_by_itself() {
    let mut line = Line::with_readers(Baud::B9600, 5, 3);
    line.forget();
    let tag = line.release(2, 30);
    line.run(Duration::from_secs(4));
    assert_eq!(line.outputs_of(2), [true, false]);
    let times: Vec<Micros> =
        line.actions.iter().filter(|(_, _, a)| matches!(a, Action::Output { .. })).map(|(at, ..)| *at).collect();
    assert_eq!(times[1].since(times[0]), Duration::from_secs(3));
    let events = line.events_of(2);
    assert!(events.contains(&BusEvent::Done { tag }));
    assert!(events.contains(&BusEvent::Outputs(vec![1])) && events.contains(&BusEvent::Outputs(vec![0])));
    assert_eq!(line.outputs_of(1), []);
}

#[test]
fn a_released_lock_locks_again_though_the_panel_is_gone() {
    let mut line = Line::with_readers(Baud::B9600, 6, 1);
    line.forget();
    line.release(1, 50);
    line.run(Duration::from_millis(500));
    assert_eq!(line.outputs_of(1), [true]);
    line.pause_bus(Duration::from_secs(5));
    line.run(Duration::from_millis(1));
    assert_eq!(line.outputs_of(1), [true, false]);
}

#[test]
fn lights_sounds_and_texts_arrive_as_sent() {
    let mut line = Line::with_readers(Baud::B115200, 7, 1);
    line.forget();
    let rhythm = Rhythm { on: 2, off: 2, on_colour: LedColour::Red, off_colour: LedColour::Off };
    let led = LedRecord {
        reader: 0,
        led: 0,
        temporary: LedTemporary::Show { rhythm, timer: Ticks::parse(18).unwrap() },
        permanent: LedPermanent::Show(Rhythm {
            on: 1,
            off: 49,
            on_colour: LedColour::Blue,
            off_colour: LedColour::Off,
        }),
    };
    let buzzer = BuzzerRecord { reader: 0, tone: BuzzerTone::Default, on: 2, off: 2, count: 3 };
    let text = TextRecord {
        reader: 0,
        duration: TextDuration::Seconds(5),
        row: 1,
        column: 1,
        text: b"NO ACCESS N21".to_vec(),
    };
    let commands = [PanelCommand::Led(led), PanelCommand::Buzzer(buzzer), PanelCommand::Text(text.clone())];
    let tags = commands.map(|command| line.send(1, command, Urgency::Normal));
    line.run(Duration::from_millis(200));
    let actions: Vec<Action> = line.actions.iter().map(|(_, _, action)| action.clone()).collect();
    assert_eq!(actions, [Action::Led(led), Action::Buzzer(buzzer), Action::Text(text)]);
    assert_eq!(line.events_of(1), tags.map(|tag| BusEvent::Done { tag }));
}

#[test]
fn a_refused_command_fails_and_the_session_goes_on() {
    let mut line = Line::with_readers(Baud::B115200, 8, 1);
    line.forget();
    let tag = line.send(1, PanelCommand::Output { index: 9, action: OutputAction::On }, Urgency::Normal);
    let next = line.release(1, 10);
    line.run(Duration::from_millis(200));
    let events = line.events_of(1);
    assert!(events.contains(&BusEvent::Failed { tag, why: Failure::Refused(NakCode::RECORD) }));
    assert!(events.contains(&BusEvent::Done { tag: next }));
    assert!(!line.actions.iter().any(|(_, _, action)| *action == Action::SecureDown));
}

#[test]
fn questions_are_answered_before_they_are_done() {
    let mut line = Line::with_readers(Baud::B115200, 9, 1);
    line.forget();
    let inputs = line.send(1, PanelCommand::ReadInputs, Urgency::Normal);
    let local = line.send(1, PanelCommand::ReadLocal, Urgency::Normal);
    let outputs = line.send(1, PanelCommand::ReadOutputs, Urgency::Normal);
    line.run(Duration::from_millis(200));
    let expect = [
        BusEvent::Inputs(vec![0, 0]),
        BusEvent::Done { tag: inputs },
        BusEvent::Local { tamper: false, power_failed: false },
        BusEvent::Done { tag: local },
        BusEvent::Outputs(vec![0]),
        BusEvent::Done { tag: outputs },
    ];
    assert_eq!(line.events_of(1), expect);
}

#[test]
fn a_door_opened_and_closed_between_two_polls_is_seen() {
    let mut line = Line::with_readers(Baud::B9600, 10, 4);
    line.forget();
    for value in [1, 0, 1, 0] {
        line.device(3).peripheral().set_input(0, value);
    }
    line.run(Duration::from_secs(2));
    let expect = [[1, 0], [0, 0], [1, 0], [0, 0]].map(|inputs| BusEvent::Inputs(inputs.to_vec()));
    assert_eq!(line.events_of(3), expect);
}

#[test]
fn an_input_that_chatters_ends_with_the_truth() {
    let mut line = Line::with_readers(Baud::B9600, 11, 1);
    line.forget();
    for turn in 0..101_u32 {
        line.device(1).peripheral().set_input(0, u8::from(turn.is_multiple_of(2)));
    }
    line.device(1).peripheral().set_local(true, true);
    line.run(Duration::from_secs(5));
    let events = line.events_of(1);
    assert_eq!(
        events[events.len() - 2..],
        [BusEvent::Inputs(vec![1, 0]), BusEvent::Local { tamper: true, power_failed: true }]
    );
}

#[test]
fn tamper_is_told_when_it_begins_and_ends() {
    let mut line = Line::with_readers(Baud::B38400, 12, 1);
    line.forget();
    line.device(1).peripheral().set_local(true, false);
    line.run(Duration::from_millis(300));
    line.device(1).peripheral().set_local(false, false);
    line.run(Duration::from_millis(300));
    let expect = [true, false].map(|tamper| BusEvent::Local { tamper, power_failed: false });
    assert_eq!(line.events_of(1), expect);
}

#[test]
fn a_release_overtakes_a_pile_of_lights() {
    let mut line = Line::with_readers(Baud::B9600, 13, 2);
    line.forget();
    let buzzer = BuzzerRecord { reader: 0, tone: BuzzerTone::Silent, on: 0, off: 0, count: 0 };
    for _ in 0..16 {
        line.send(1, PanelCommand::Buzzer(buzzer), Urgency::Normal);
    }
    let full = line.bus.send(
        line.now,
        address(1),
        PanelCommand::Buzzer(buzzer),
        rackward_protocol::osdp::CommandTag(999),
        Urgency::Normal,
        None,
    );
    assert_eq!(full, Err(SendRefused::QueueFull));
    let tag = line.release(1, 30);
    let start = line.now;
    let end = start + Duration::from_secs(2);
    assert!(line.run_until(end, |line| line.events_of(1).contains(&BusEvent::Done { tag })));
    // One exchange may be on the line already; then the release and its answer.
    assert!(line.now.since(start) < Duration::from_millis(140), "{:?}", line.now.since(start));
}

#[test]
fn a_command_to_a_device_that_is_not_online_fails_at_once() {
    let mut line = Line::new(Baud::B9600, 14);
    line.add(1, DeviceRole::Lock);
    let tag = line.release(1, 30);
    let event = line.bus.poll_event();
    assert_eq!(event, Some((address(1), BusEvent::Failed { tag, why: Failure::Offline })));
    line.settle();
    assert_eq!(line.outputs_of(1), []);
    let unknown = line.bus.send(line.now, address(9), release(1), tag, Urgency::Release, None);
    assert_eq!(unknown, Err(SendRefused::UnknownAddress));
}

#[test]
fn a_command_past_its_time_is_dropped_unsent() {
    let mut line = Line::with_readers(Baud::B9600, 15, 1);
    line.forget();
    let past = Micros(line.now.0 - 1);
    let tag = line.send_until(1, release(30), Urgency::Release, Some(past));
    let now = line.now;
    let in_time = line.send_until(1, release(30), Urgency::Release, Some(now + Duration::from_millis(200)));
    line.run(Duration::from_secs(1));
    let events = line.events_of(1);
    assert!(events.contains(&BusEvent::Failed { tag, why: Failure::Expired }));
    assert!(events.contains(&BusEvent::Done { tag: in_time }));
    assert_eq!(line.outputs_of(1), [true]);
}

#[test]
fn a_removed_device_is_not_asked_again() {
    let mut line = Line::with_readers(Baud::B38400, 16, 2);
    line.bus.remove(address(1));
    line.run(Duration::from_millis(50));
    line.forget();
    line.run(Duration::from_secs(2));
    assert_eq!(line.asked(1), 0);
    assert!(line.asked(2) > 20);
}

#[test]
fn a_device_removed_while_it_is_asked_disturbs_nobody_and_its_command_fails() {
    let mut line = Line::with_readers(Baud::B9600, 17, 3);
    line.forget();
    let tag = line.release(1, 10);
    let waiting = line.send(1, PanelCommand::ReadInputs, Urgency::Normal);
    let is_sent = |line: &Line| line.wire.last().is_some_and(|(_, from_bus, bytes)| *from_bus && bytes[7] == 0x68);
    assert!(line.run_until(line.now + Duration::from_secs(1), is_sent));
    line.bus.remove(address(1));
    line.run(Duration::from_secs(2));
    let failed = |tag, why| BusEvent::Failed { tag, why };
    assert_eq!(line.events_of(1), [failed(tag, Failure::Unconfirmed), failed(waiting, Failure::Offline)]);
    assert_eq!(line.collisions, 0, "nobody spoke into the answer");
    assert!(line.asked(2) > 10);
}

#[test]
fn all_devices_have_the_same_share_when_that_is_wanted() {
    let mut line = Line::new(Baud::B9600, 18);
    let entropy = line.dice.entropy();
    line.bus = Bus::new(BusConfig { sharing: Sharing::Equal, ..BusConfig::new(Baud::B9600) }, entropy);
    line.add(1, DeviceRole::Reader);
    line.add(2, DeviceRole::Handle);
    line.settle();
    line.release(2, 1);
    line.run(Duration::from_secs(1));
    line.forget();
    line.run(Duration::from_secs(4));
    assert!(line.asked(1).abs_diff(line.asked(2)) <= 1, "{} and {}", line.asked(1), line.asked(2));
}
