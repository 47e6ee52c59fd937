//! What happens when devices and lines fail: silence, return, lost and damaged replies, busyness, noise.

use std::time::Duration;

use rackward_protocol::osdp::faults::Fault;
use rackward_protocol::osdp::{
    Action, Baud, BusEvent, CommandTag, Failure, LineTrouble, OfflineCause, PanelCommand, SecurityTrouble, Urgency,
};

use super::line::{CARD, Line, address, cards, identity, key, release};

#[test]
fn a_cut_device_goes_offline_after_eight_seconds_and_takes_nobody_with_it() {
    let mut line = Line::with_readers(Baud::B9600, 20, 4);
    line.forget();
    let healthy_polls = {
        line.run(Duration::from_secs(8));
        line.asked(1)
    };
    line.forget();
    let cut_at = line.now;
    line.fault(3, Fault::Cut);
    line.run(Duration::from_secs(8));
    let polls = line.asked(1);
    assert!(polls * 10 >= healthy_polls * 8, "{polls} polls instead of {healthy_polls}");
    line.run(Duration::from_secs(1));
    let (at, ..) = line.events.iter().find(|(.., event)| matches!(event, BusEvent::Offline { .. })).unwrap();
    let after = at.since(cut_at);
    assert!(after >= Duration::from_millis(7_800) && after <= Duration::from_millis(8_500), "{after:?}");
    assert_eq!(line.events_of(3), [BusEvent::Offline { cause: OfflineCause::NoAnswer }]);
    for other in [1, 2, 4] {
        assert_eq!(line.events_of(other), []);
    }
    line.run(Duration::from_secs(30));
    line.forget();
    line.run(Duration::from_secs(30));
    // Every seven seconds where it belongs, and in every third pause once at another speed.
    assert!((4..=8).contains(&line.asked(3)), "a dead device is probed seldom, not {} times in 30 s", line.asked(3));
}

#[test]
fn a_device_that_returns_is_surveyed_before_it_is_online() {
    let mut line = Line::with_readers(Baud::B9600, 21, 2);
    line.fault(1, Fault::Cut);
    line.run(Duration::from_secs(20));
    for value in [1, 0, 1] {
        line.device(1).peripheral().set_input(0, value);
    }
    line.forget();
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(10));
    let events = line.events_of(1);
    assert!(matches!(events[0], BusEvent::Online { .. }), "{events:?}");
    assert_eq!(events[1], BusEvent::Inputs(vec![1, 0]));
    assert_eq!(events.len(), 4, "what happened while it was away is not told as if it happened now: {events:?}");
    line.forget();
    line.card(1, &CARD);
    line.run(Duration::from_secs(1));
    assert_eq!(cards(&line.events_of(1)).len(), 1);
}

#[test]
fn a_short_cut_is_nobodys_business() {
    let mut line = Line::with_readers(Baud::B9600, 22, 2);
    line.forget();
    line.card(1, &CARD);
    line.fault(1, Fault::Cut);
    line.run(Duration::from_secs(3));
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(5));
    assert_eq!(cards(&line.events_of(1)), [CARD.to_vec()]);
    assert_eq!(line.events_of(1).len(), 1, "{:?}", line.events_of(1));
    assert!(line.actions.is_empty(), "the session went on");
}

#[test]
fn commands_to_a_device_that_died_fail_when_that_is_known() {
    let mut line = Line::with_readers(Baud::B9600, 23, 2);
    line.forget();
    line.fault(1, Fault::Cut);
    let first = line.release(1, 30);
    let second = line.release(1, 30);
    line.run(Duration::from_secs(10));
    let events = line.events_of(1);
    // Which of them was under way when the cable broke is not the point; both are reported once.
    let failed = |tag| events.iter().filter(|e| matches!(e, BusEvent::Failed { tag: t, .. } if *t == tag)).count();
    assert_eq!((failed(first), failed(second)), (1, 1), "{events:?}");
    assert!(events.contains(&BusEvent::Failed { tag: second, why: Failure::Offline }));
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(15));
    assert_eq!(line.outputs_of(1), [], "nothing opens when the device is back");
}

/// A release whose device falls silent, either before the release is on the wire or right when it is.
fn release_into_silence(line: &mut Line) -> CommandTag {
    line.forget();
    line.fault(1, Fault::Cut);
    let not_after = line.now + Duration::from_secs(2);
    let tag = line.send_until(1, release(30), Urgency::Release, Some(not_after));
    line.run(Duration::from_secs(4));
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(10));
    assert_eq!(line.outputs_of(1), []);
    assert!(!line.events_of(1).iter().any(|event| matches!(event, BusEvent::Offline { .. })));
    line.forget();
    line.card(1, &CARD);
    line.run(Duration::from_secs(1));
    assert_eq!(cards(&line.events_of(1)).len(), 1);
    tag
}

#[test]
fn a_release_that_waits_behind_an_unanswered_poll_expires_unsent() {
    let mut line = Line::with_readers(Baud::B9600, 24, 1);
    let polls = line.wire.len();
    line.run_until(line.now + Duration::from_secs(1), |line| {
        line.wire.len() > polls && line.wire.last().is_some_and(|(_, from_bus, _)| *from_bus)
    });
    let before = line.now;
    let tag = release_into_silence(&mut line);
    let (at, _, why) = line.failures.iter().find(|(_, t, _)| *t == tag).copied().unwrap();
    assert_eq!(why, Failure::Expired);
    assert!(at.since(before) < Duration::from_millis(2_010), "told as soon as its time is over");
}

#[test]
fn a_release_on_the_wire_is_not_repeated_after_its_time() {
    let mut line = Line::with_readers(Baud::B9600, 24, 1);
    let polls = line.wire.len();
    line.run_until(line.now + Duration::from_secs(1), |line| {
        line.wire.len() > polls && line.wire.last().is_some_and(|(_, from_bus, _)| !*from_bus)
    });
    // The answer to the last poll is on its way; the release comes next.
    line.run(Duration::from_millis(15));
    let tag = release_into_silence(&mut line);
    let (.., why) = line.failures.iter().find(|(_, t, _)| *t == tag).copied().unwrap();
    assert_eq!(why, Failure::Unconfirmed);
}

#[test]
fn a_lost_reply_loses_no_card_and_doubles_none() {
    for lost in [1, 2, 5] {
        let mut line = Line::with_readers(Baud::B38400, 25, 2);
        line.forget();
        line.card(1, &CARD);
        line.fault(1, Fault::LostReplies(lost));
        line.run(Duration::from_secs(6));
        assert_eq!(cards(&line.events_of(1)), [CARD.to_vec()], "{lost} lost replies");
        assert_eq!(line.events_of(1).len(), 1);
    }
}

#[test]
fn a_lost_reply_does_not_release_twice() {
    for fault in [Fault::LostReplies(1), Fault::LostReplies(2), Fault::DamagedReplies(2)] {
        let mut line = Line::with_readers(Baud::B38400, 26, 1);
        line.forget();
        line.run_until(line.now + Duration::from_secs(1), |line| line.asked(1) > 3);
        line.fault(1, fault.clone());
        let tag = line.release(1, 2);
        line.run(Duration::from_secs(4));
        assert_eq!(line.outputs_of(1), [true, false], "{fault:?}");
        assert!(line.events_of(1).contains(&BusEvent::Done { tag }), "{fault:?}");
    }
}

#[test]
fn a_busy_device_is_asked_again_with_the_same_bytes_and_acts_once() {
    let mut line = Line::with_readers(Baud::B38400, 27, 2);
    line.forget();
    line.fault(1, Fault::Busy(5));
    let tag = line.release(1, 20);
    line.run(Duration::from_secs(1));
    assert!(line.events_of(1).contains(&BusEvent::Done { tag }));
    assert_eq!(line.outputs_of(1), [true]);
    assert!(!line.actions.iter().any(|(_, _, action)| *action == Action::SecureDown));
    assert!(line.asked(2) > 10, "the other one was served meanwhile");
}

#[test]
fn a_device_that_stays_busy_is_given_up_in_bounded_time() {
    let mut line = Line::with_readers(Baud::B38400, 28, 2);
    line.run_until(line.now + Duration::from_secs(1), |line| line.asked(1) > 400);
    line.forget();
    line.fault(1, Fault::Busy(1_000_000));
    let tag = line.release(1, 20);
    line.run(Duration::from_secs(12));
    let events = line.events_of(1);
    let failed = events.iter().filter(|event| matches!(event, BusEvent::Failed { tag: t, .. } if *t == tag));
    assert_eq!(failed.count(), 1, "{events:?}");
    assert!(events.contains(&BusEvent::Offline { cause: OfflineCause::NoSession }));
    assert_eq!(line.outputs_of(1), []);
    assert_eq!(line.events_of(2), []);
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(12));
    assert!(line.is_online(1));
}

#[test]
fn a_card_whose_reply_was_lost_with_its_session_is_told_in_the_next() {
    let mut line = Line::with_readers(Baud::B38400, 39, 1);
    // While a poll is on its way to the device, so that its answer carries the card.
    let frames = line.wire.len();
    line.run_until(line.now + Duration::from_secs(1), |line| {
        line.wire.len() > frames && line.wire.last().is_some_and(|(_, from_bus, _)| *from_bus)
    });
    line.card(1, &CARD);
    line.fault(1, Fault::LostReplies(1));
    let end = line.now + Duration::from_secs(1);
    let is_lost = |line: &Line| line.devices.iter().all(|(_, device)| *device.fault() == Fault::Healthy);
    assert!(line.run_until(end, is_lost));
    // Before the panel repeats its poll, something makes it believe that the session is gone.
    let sequence = line.wire.last().map(|(_, _, bytes)| bytes[4] & 3).unwrap();
    let mut nak = vec![0x53, 0x81, 8, 0, sequence, 0x41, 6];
    nak.push(nak.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg());
    line.bus.handle_bytes(line.now, &nak);
    line.run(Duration::from_secs(2));
    let sessions = line.actions.iter().filter(|(_, _, action)| *action == Action::SecureUp).count();
    assert_eq!(sessions, 2, "a new session was made");
    assert_eq!(cards(&line.events_of(1)), [CARD.to_vec()]);
}

#[test]
fn a_release_that_meets_a_restarted_device_is_sent_once_more() {
    let mut line = Line::with_readers(Baud::B9600, 38, 1);
    let frames = line.wire.len();
    line.run_until(line.now + Duration::from_secs(1), |line| {
        line.wire.len() > frames && line.wire.last().is_some_and(|(_, from_bus, _)| !*from_bus)
    });
    line.run(Duration::from_millis(15));
    line.forget();
    line.device(1).peripheral().restart();
    let tag = line.release(1, 20);
    line.run(Duration::from_secs(1));
    let first = line.wire.iter().find(|(_, from_bus, _)| *from_bus).map(|(_, _, bytes)| bytes[7]);
    assert_eq!(first, Some(0x68), "the release met the restarted device, not a poll");
    assert!(line.events_of(1).contains(&BusEvent::Done { tag }), "{:?}", line.events_of(1));
    assert_eq!(line.outputs_of(1), [true]);
}

#[test]
fn a_restarted_device_is_won_back_and_its_pending_release_is_carried_out() {
    let mut line = Line::with_readers(Baud::B38400, 29, 2);
    line.forget();
    line.device(1).peripheral().restart();
    let tag = line.release(1, 20);
    let start = line.now;
    assert!(line.run_until(start + Duration::from_secs(2), |line| line.events_of(1).contains(&BusEvent::Done { tag })));
    assert!(line.now.since(start) < Duration::from_millis(300), "{:?}", line.now.since(start));
    line.run(Duration::from_secs(1));
    let events = line.events_of(1);
    assert!(events.iter().any(|event| matches!(event, BusEvent::Online { .. })), "its lights must be written anew");
    assert!(!events.iter().any(|event| matches!(event, BusEvent::Offline { .. })));
    assert_eq!(line.outputs_of(1), [true]);
}

#[test]
fn one_flipped_bit_in_a_thousand_bytes_costs_nothing_but_time() {
    let mut line = Line::with_readers(Baud::B38400, 30, 4);
    line.forget();
    line.flips_one_in = Some(1_000);
    let mut releases = Vec::new();
    for round in 0..50 {
        let number = 1 + round % 4;
        line.card(number, &[round, 1, 2, 0x40]);
        releases.push((number, line.release(number, 1)));
        line.run(Duration::from_secs(2));
    }
    for number in 1..=4 {
        let events = line.events_of(number);
        let shown: Vec<u8> = cards(&events).iter().map(|data| data[0]).collect();
        let expect: Vec<u8> = (0..50).filter(|round| 1 + round % 4 == number).collect();
        assert_eq!(shown, expect, "device {number}");
        assert!(
            !events.iter().any(|event| matches!(event, BusEvent::Offline { .. } | BusEvent::Security(_))),
            "{events:?}"
        );
    }
    for (number, tag) in releases {
        assert!(line.events_of(number).contains(&BusEvent::Done { tag }));
        let runs = line.outputs_of(number).iter().filter(|on| **on).count();
        let sent = line.events_of(number).iter().filter(|event| matches!(event, BusEvent::Done { .. })).count();
        assert_eq!(runs, sent, "every release was carried out once");
    }
    assert!(line.bus.line_counts().false_starts > 0, "the line was noisy");
}

#[test]
fn babble_on_the_line_does_not_stop_the_bus() {
    let mut line = Line::with_readers(Baud::B38400, 31, 3);
    line.forget();
    line.babble_every = Some(Duration::from_millis(37));
    for round in 0..10 {
        line.card(2, &[round, 0, 0, 0x40]);
        line.run(Duration::from_secs(3));
    }
    let shown: Vec<u8> = cards(&line.events_of(2)).iter().map(|data| data[0]).collect();
    assert_eq!(shown, (0..10).collect::<Vec<u8>>());
    assert!(!line.events.iter().any(|(.., event)| matches!(event, BusEvent::Offline { .. })));
    assert!(line.events.iter().any(|(.., event)| *event == BusEvent::Line(LineTrouble::Noise)));
}

#[test]
fn a_line_that_is_never_silent_is_used_all_the_same() {
    let mut line = Line::with_readers(Baud::B38400, 32, 1);
    line.forget();
    // Bytes arrive more often than the silence that is waited for.
    let end = line.now + Duration::from_secs(2);
    while line.now < end {
        line.bus.handle_bytes(line.now, &[0x00]);
        line.run(Duration::from_micros(400));
    }
    assert!(line.asked(1) >= 10, "asked {} times", line.asked(1));
}

#[test]
fn a_paused_program_does_not_declare_the_bus_dead() {
    let mut line = Line::with_readers(Baud::B38400, 33, 3);
    line.forget();
    line.pause_bus(Duration::from_secs(60));
    line.run(Duration::from_secs(10));
    for number in 1..=3 {
        let events = line.events_of(number);
        assert!(!events.iter().any(|event| matches!(event, BusEvent::Offline { .. })), "{events:?}");
        assert!(events.iter().any(|event| matches!(event, BusEvent::Online { .. })), "{events:?}");
    }
}

#[test]
fn a_card_shown_while_nobody_was_there_is_not_told_later() {
    let mut line = Line::with_readers(Baud::B38400, 34, 1);
    line.card(1, &CARD);
    line.pause_bus(Duration::from_secs(9));
    assert!(line.device(1).peripheral().card(0, 26, &CARD).is_err());
    line.forget();
    line.run(Duration::from_secs(5));
    assert!(line.is_online(1));
    assert_eq!(cards(&line.events_of(1)).len(), 0);
}

#[test]
fn a_device_with_another_identity_is_an_alarm() {
    let mut line = Line::with_readers(Baud::B38400, 35, 1);
    line.devices.clear();
    line.run(Duration::from_secs(10));
    line.add_device(1, key(1), identity(77));
    line.forget();
    line.run(Duration::from_secs(12));
    let replaced = SecurityTrouble::Replaced { expected: identity(1), found: identity(77) };
    assert!(line.events_of(1).contains(&BusEvent::Security(replaced)), "{:?}", line.events_of(1));
}

#[test]
fn a_firmware_update_is_no_replacement() {
    let mut line = Line::with_readers(Baud::B38400, 36, 1);
    line.devices.clear();
    line.run(Duration::from_secs(10));
    let mut updated = identity(1);
    updated.firmware = [9, 9, 9];
    line.add_device(1, key(1), updated);
    line.forget();
    line.run(Duration::from_secs(12));
    assert!(line.is_online(1));
    assert!(!line.events_of(1).iter().any(|event| matches!(event, BusEvent::Security(_))));
}

#[test]
fn nothing_is_lost_when_the_driver_is_slow_to_listen() {
    let mut line = Line::with_readers(Baud::B115200, 37, 1);
    line.forget();
    line.deaf = true;
    let mut sent = Vec::new();
    for tag in (0..1_000).map(CommandTag) {
        if line.bus.send(line.now, address(1), PanelCommand::ReadInputs, tag, Urgency::Normal, None).is_ok() {
            sent.push(tag);
        }
        line.run(Duration::from_millis(8));
    }
    assert!((250..500).contains(&sent.len()), "the bus stopped asking at some point: {}", sent.len());
    line.run(Duration::from_millis(8));
    line.forget();
    for _ in 0..100 {
        line.run(Duration::from_millis(8));
    }
    assert_eq!(line.asked(1), 0, "nobody is asked while nobody listens");
    line.deaf = false;
    line.run(Duration::from_secs(2));
    let done = |tag| line.events.iter().filter(|(.., event)| *event == BusEvent::Done { tag }).count();
    assert!(sent.iter().all(|tag| done(*tag) == 1));
}

/// Troubles of the line told of one device.
fn troubles_of(line: &Line, number: u8) -> Vec<LineTrouble> {
    let trouble = |event: BusEvent| match event {
        BusEvent::Line(trouble) => Some(trouble),
        _ => None,
    };
    line.events_of(number).into_iter().filter_map(trouble).collect()
}

fn is_offline_told(line: &Line, number: u8) -> bool {
    line.events_of(number).iter().any(|event| matches!(event, BusEvent::Offline { .. }))
}

#[test]
fn each_fault_of_one_device_has_its_name_and_costs_nobody_else_anything() {
    // What device 1 of four does for a minute, and what must be told of it, if not only that it is offline.
    let check = |fault: Fault, expect: Option<LineTrouble>| {
        let mut line = Line::with_readers(Baud::B9600, 100, 4);
        line.forget();
        line.fault(1, fault.clone());
        line.run(Duration::from_secs(60));
        let told = troubles_of(&line, 1);
        match expect {
            Some(expect) => assert!(told.contains(&expect), "{fault:?}: {told:?}"),
            None => assert!(is_offline_told(&line, 1), "{fault:?}"),
        }
        assert!(told.len() <= 14, "{fault:?} is told {} times in a minute", told.len());
        for other in 2..=4 {
            assert!(!is_offline_told(&line, other), "{fault:?} took device {other} with it");
            assert!(line.asked(other) > 100, "{fault:?}: device {other} was asked {} times", line.asked(other));
        }
        line.fault(1, Fault::Healthy);
        line.forget();
        line.run(Duration::from_secs(8));
        let is_back = line.is_online(1) || line.asked(1) > 20;
        assert!(is_back, "{fault:?} is over, and the device is not back after eight seconds");
        for number in 1..=4 {
            line.card(number, &CARD);
        }
        line.run(Duration::from_secs(4));
        for number in 1..=4 {
            assert_eq!(cards(&line.events_of(number)).len(), 1, "{fault:?}, device {number}");
        }
    };
    check(Fault::Late(Duration::from_millis(260)), Some(LineTrouble::Late));
    check(Fault::Busy(u32::MAX), Some(LineTrouble::Busy));
    check(Fault::Flips(400), Some(LineTrouble::Noise));
    check(Fault::Speed(Baud::parse(19_200).unwrap()), None);
    check(Fault::DamagedReplies(u32::MAX), Some(LineTrouble::Noise));
}

#[test]
fn who_answers_too_late_is_slow_and_never_somebody_else() {
    for late_millis in [150, 205, 230, 260, 320, 410, 480, 700] {
        for slow in [&[1_u8][..], &[1, 2], &[1, 2, 3]] {
            let mut line = Line::with_readers(Baud::B38400, 103, 3);
            line.forget();
            slow.iter().for_each(|number| line.fault(*number, Fault::Late(Duration::from_millis(late_millis))));
            line.run(Duration::from_secs(30));
            for number in 1..=3 {
                let foreign =
                    |event: &&BusEvent| matches!(event, BusEvent::Security(SecurityTrouble::ForeignAddress { .. }));
                let told = line.events_of(number);
                assert_eq!(told.iter().find(foreign), None, "{late_millis} ms at {slow:?}, told of {number}");
                let is_called_late = told.contains(&BusEvent::Line(LineTrouble::Late));
                let is_late = late_millis > 200 && slow.contains(&number);
                assert_eq!(is_called_late, is_late, "{late_millis} ms at {slow:?}, told of {number}");
            }
        }
    }
}

#[test]
fn a_device_that_babbles_is_named_and_the_others_are_served() {
    let mut line = Line::with_readers(Baud::B9600, 101, 3);
    line.forget();
    line.fault(1, Fault::Babble(Duration::from_millis(120)));
    for round in 0..10 {
        line.card(2, &[round, 0, 0, 0x40]);
        line.run(Duration::from_secs(3));
    }
    let shown: Vec<u8> = cards(&line.events_of(2)).iter().map(|data| data[0]).collect();
    assert_eq!(shown, (0..10).collect::<Vec<u8>>());
    let told = (1..=3).flat_map(|number| troubles_of(&line, number)).count();
    assert!((1..=30).contains(&told), "{told}");
}

#[test]
fn a_line_that_is_never_silent_is_called_babble() {
    let mut line = Line::with_readers(Baud::B38400, 102, 1);
    line.forget();
    let end = line.now + Duration::from_secs(2);
    while line.now < end {
        line.bus.handle_bytes(line.now, &[0x00]);
        line.run(Duration::from_micros(400));
    }
    let told = troubles_of(&line, 1);
    assert_eq!(told.iter().filter(|trouble| **trouble == LineTrouble::Babble).count(), 1, "{told:?}");
}

#[test]
fn a_panel_that_hears_itself_says_so_once() {
    let mut line = Line::with_readers(Baud::B38400, 103, 1);
    line.forget();
    line.echo = true;
    line.run(Duration::from_secs(60));
    assert_eq!(line.events_of(1), [BusEvent::Line(LineTrouble::Echo)]);
}

#[test]
fn a_device_that_takes_another_ones_address_is_never_taken_for_it() {
    let mut line = Line::with_readers(Baud::B9600, 104, 3);
    line.forget();
    // Device 2 answers wherever device 1 does.
    line.device(2).peripheral().reset(key(2).into(), address(1), Baud::B9600);
    line.run(Duration::from_secs(30));
    assert!(is_offline_told(&line, 2));
    assert!(!is_offline_told(&line, 3));
    for number in 1..=3 {
        assert_eq!(cards(&line.events_of(number)).len(), 0);
    }
    line.device(2).peripheral().reset(key(2).into(), address(2), Baud::B9600);
    line.forget();
    line.run(Duration::from_secs(9));
    for number in 1..=3 {
        line.card(number, &CARD);
    }
    line.run(Duration::from_secs(3));
    for number in 1..=3 {
        assert_eq!(cards(&line.events_of(number)).len(), 1, "device {number}");
    }
}
