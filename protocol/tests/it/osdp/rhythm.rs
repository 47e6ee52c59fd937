//! How fast and how fair the bus is: latency against the wire's own limits, shares of the line, renewal of keys.

use std::time::Duration;

use rackward_protocol::osdp::{
    Action, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceRole, Micros, PanelCommand, Peripheral,
    PeripheralConfig, Urgency,
};

use super::line::{CARD, Dice, Line, address, cards, identity, key};

/// Badge at a reader, release at the same device as soon as the card is known: mean and worst time in microseconds until
/// the release has been received.
fn badge_to_release(baud: Baud, devices: u8, seed: u64) -> (u64, u64) {
    let mut line = Line::with_readers(baud, seed, devices);
    let rounds = 16_u64;
    let (mut sum, mut worst) = (0, 0);
    for round in 0..rounds {
        let rest = Duration::from_micros(6_000_000 + line.dice.roll() % 500_000);
        line.run(rest);
        line.forget();
        let number = 1 + (round % u64::from(devices)) as u8;
        let start = line.now;
        line.card(number, &CARD);
        let end = start + Duration::from_secs(5);
        assert!(line.run_until(end, |line| !cards(&line.events_of(number)).is_empty()));
        line.release(number, 1);
        assert!(line.run_until(end, |line| line.outputs_of(number) == [true]));
        let took = line.now.since(start).as_micros() as u64;
        sum += took;
        worst = worst.max(took);
    }
    assert_eq!(line.collisions, 0);
    (sum / rounds, worst)
}

#[test]
fn a_badge_releases_within_a_quarter_of_what_the_wire_allows() {
    // Mean and worst in ms for devices that answer after 3 ms, from the time the frames themselves take.
    let check = |baud, devices, mean_ms: f64, worst_ms: f64| {
        let (mean, worst) = badge_to_release(baud, devices, 60);
        let (mean, worst) = (mean as f64 / 1e3, worst as f64 / 1e3);
        println!("{baud:?} {devices} devices: mean {mean:.1} of {mean_ms} ms, worst {worst:.1} of {worst_ms} ms");
        assert!(mean <= mean_ms * 1.25, "mean {mean:.1} ms, the wire allows {mean_ms} ms");
        assert!(worst <= worst_ms * 1.25, "worst {worst:.1} ms, the wire allows {worst_ms} ms");
    };
    check(Baud::B9600, 1, 85.0, 102.0);
    check(Baud::B9600, 8, 205.0, 342.0);
    check(Baud::B38400, 8, 62.0, 106.0);
    check(Baud::B115200, 8, 31.0, 53.0);
    check(Baud::B115200, 16, 53.0, 98.0);
}

#[test]
fn readers_get_four_times_the_polls_of_handles_on_a_full_bus() {
    let mut line = Line::new(Baud::B9600, 61);
    for number in 1..=4 {
        line.add(number, DeviceRole::Reader);
    }
    for number in 5..=12 {
        line.add(number, DeviceRole::Handle);
    }
    line.run(Duration::from_secs(20));
    line.forget();
    line.run(Duration::from_secs(60));
    let reader = line.asked(2) as f64;
    let handle = line.asked(9) as f64;
    assert!((3.0..=5.0).contains(&(reader / handle)), "{reader} to {handle}");
    for number in 1..=12 {
        assert!(line.asked(number) >= 50, "device {number} was asked {} times in a minute", line.asked(number));
    }
}

#[test]
fn whoever_was_just_used_is_polled_more_often_for_a_while() {
    let mut line = Line::new(Baud::B9600, 62);
    for number in 1..=8 {
        line.add(number, DeviceRole::Handle);
    }
    line.settle();
    line.run(Duration::from_secs(5));
    line.release(3, 10);
    line.run(Duration::from_secs(1));
    line.forget();
    line.run(Duration::from_secs(3));
    let (boosted, other) = (line.asked(3), line.asked(4));
    assert!(boosted >= other * 3, "{boosted} to {other}");
    line.run(Duration::from_secs(5));
    line.forget();
    line.run(Duration::from_secs(3));
    assert!(line.asked(3) <= line.asked(4) + 1);
}

#[test]
fn a_flood_of_commands_to_one_device_starves_nobody() {
    let mut line = Line::with_readers(Baud::B9600, 63, 6);
    line.forget();
    let end = line.now + Duration::from_secs(20);
    while line.now < end {
        let tag = rackward_protocol::osdp::CommandTag(0);
        let address = super::line::address(1);
        let _ = line.bus.send(line.now, address, PanelCommand::ReadInputs, tag, Urgency::Normal, None);
        line.run(Duration::from_millis(10));
    }
    for number in 2..=6 {
        assert!(line.asked(number) >= 10, "device {number} was asked {} times in 20 s", line.asked(number));
        assert_eq!(line.events_of(number), []);
    }
}

#[test]
fn two_dead_devices_hardly_slow_the_others() {
    let mut line = Line::with_readers(Baud::B9600, 64, 8);
    line.forget();
    line.run(Duration::from_secs(60));
    let healthy = line.asked(1);
    line.fault(7, rackward_protocol::osdp::faults::Fault::Cut);
    line.fault(8, rackward_protocol::osdp::faults::Fault::Cut);
    line.run(Duration::from_secs(20));
    line.forget();
    line.run(Duration::from_secs(60));
    assert!(line.asked(1) * 10 >= healthy * 9, "{} polls instead of {healthy}", line.asked(1));
}

#[test]
fn keys_are_renewed_every_hour_without_anybody_noticing() {
    let mut line = Line::with_readers(Baud::B9600, 65, 1);
    line.forget();
    line.run(Duration::from_secs(3_600 + 60));
    let sessions = line.actions.iter().filter(|(_, _, action)| *action == Action::SecureUp).count();
    assert_eq!(sessions, 1);
    assert_eq!(line.events_of(1), []);
    line.card(1, &CARD);
    line.run(Duration::from_secs(1));
    assert_eq!(cards(&line.events_of(1)).len(), 1);
}

#[test]
fn whoever_has_more_to_say_is_asked_again_at_once() {
    let mut line = Line::with_readers(Baud::B9600, 66, 8);
    line.forget();
    for value in [1, 0, 1, 0] {
        line.device(5).peripheral().set_input(0, value);
    }
    line.run(Duration::from_secs(2));
    let times: Vec<Micros> = line.events.iter().filter(|(_, a, _)| a.number() == 5).map(|(at, ..)| *at).collect();
    assert_eq!(times.len(), 4);
    // Three more polls and answers of 44 characters each, instead of three rounds of eight devices.
    assert!(times[3].since(times[0]) < Duration::from_millis(170), "{:?}", times[3].since(times[0]));
}

/// Polls in one second on a link without any wire time, such as a pseudo-terminal.
fn polls_without_wire_time(baud: Baud) -> usize {
    let mut dice = Dice(68);
    let mut bus = Bus::new(BusConfig::new(baud), dice.entropy());
    let mut now = Micros::from_secs(1);
    let mut devices: Vec<Peripheral> = (1..=8)
        .map(|number| PeripheralConfig::new(address(number), key(number), identity(number), 0, 0, 1))
        .map(|config| Peripheral::new(config, dice.entropy()))
        .collect();
    for number in 1..=8 {
        bus.add(now, address(number), DeviceConfig::new(key(number), DeviceRole::Reader));
    }
    let (connected, end) = (Micros::from_secs(10), Micros::from_secs(11));
    let mut polls = 0;
    while now < end {
        bus.handle_timeout(now);
        while let Some(command) = bus.poll_transmit(now) {
            polls += usize::from(now >= connected);
            for device in &mut devices {
                device.handle_bytes(now, &command);
                if let Some(reply) = device.poll_transmit(now) {
                    bus.handle_bytes(now, &reply);
                }
            }
        }
        now = bus.next_deadline().unwrap().max(Micros(now.0 + 1));
        while bus.poll_event().is_some() {}
    }
    polls
}

#[test]
fn a_link_faster_than_its_stated_speed_is_polled_at_the_stated_pace() {
    let check = |baud, most| {
        let polls = polls_without_wire_time(baud);
        assert!((most / 2..=most).contains(&polls), "{polls} polls in a second at {baud:?}");
    };
    // One poll takes 30 characters with its answer and the silence between.
    check(Baud::B9600, 32);
    check(Baud::B38400, 128);
    check(Baud::B115200, 384);
}

#[test]
fn the_line_is_silent_for_two_characters_before_each_command() {
    let mut line = Line::with_readers(Baud::B9600, 67, 4);
    line.forget();
    for number in 1..=4 {
        line.release(number, 2);
    }
    line.run(Duration::from_secs(5));
    let baud = Baud::B9600;
    let mut free_at = Micros::default();
    for (at, from_bus, bytes) in &line.wire {
        if *from_bus {
            assert!(*at >= free_at + baud.idle_time() || free_at == Micros::default());
        }
        free_at = *at + baud.wire_time(bytes.len());
    }
    let done = line.events.iter().filter(|(.., event)| matches!(event, BusEvent::Done { .. })).count();
    assert_eq!(done, 4);
}
