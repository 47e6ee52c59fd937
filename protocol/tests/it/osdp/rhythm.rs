//! How fast and how fair the bus is: latency against the wire's own limits, shares of the line, renewal of keys.

use std::time::Duration;

use rackward_protocol::osdp::faults::Fault;
use rackward_protocol::osdp::{
    Action, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceRole, Micros, PanelCommand, Peripheral,
    PeripheralConfig, Urgency,
};

use super::line::{CARD, Dice, Line, address, cards, identity, key};

/// A line on which everybody has just come online and nobody has been used.
fn quiet_line(baud: Baud, seed: u64, turnaround: Duration, roles: &[(u8, DeviceRole)]) -> Line {
    let mut line = Line::new(baud, seed);
    line.direct = true;
    line.turnaround = turnaround.max(baud.idle_time());
    for (number, role) in roles {
        line.add(*number, *role);
    }
    let end = line.now + Duration::from_secs(60);
    assert!(line.run_until(end, |line| line.online.len() == roles.len()));
    line
}

/// Badge at a reader, release at `lock` as soon as the card is known; the time until the release has been received.
fn badge_to_release(line: &mut Line, reader: u8, lock: u8) -> Duration {
    line.forget();
    let start = line.now;
    line.card(reader, &CARD);
    let end = start + Duration::from_secs(10);
    assert!(line.run_until(end, |line| !cards(&line.events_of(reader)).is_empty()));
    line.release(lock, 1);
    assert!(line.run_until(end, |line| line.outputs_of(lock) == [true]));
    assert_eq!(line.collisions, 0);
    line.now.since(start)
}

/// How long a badge at any instant takes to release the lock beside it, in the mean.
fn mean_of_badges(baud: Baud, devices: u8, turnaround: Duration) -> Duration {
    let roles: Vec<(u8, DeviceRole)> = (1..=devices).map(|number| (number, DeviceRole::Reader)).collect();
    let mut line = quiet_line(baud, 60, turnaround, &roles);
    let turnaround = line.turnaround;
    let slot = baud.wire_time(30) + turnaround;
    line.run(slot * u32::from(devices) * 3);
    line.forget();
    line.run(slot * u32::from(devices) * 12);
    let gaps = poll_gaps(&line, 1..=devices);
    let wire = turnaround + baud.wire_time(62);
    for number in 1..=devices.min(3) {
        let took = badge_to_release(&mut line, number, number);
        // Those used a moment ago are asked more often than the others.
        let longest = *gaps.last().unwrap() * 2 + wire + slot;
        assert!(took <= longest, "a badge takes {took:?} of {longest:?}");
    }
    let squares: f64 = gaps.iter().map(|gap| gap.as_secs_f64().powi(2)).sum();
    let all: f64 = gaps.iter().map(Duration::as_secs_f64).sum();
    wire + Duration::from_secs_f64(squares / (2.0 * all))
}

/// One row for each speed: the mean for 1, 8 and 32 devices beside the bound of a round robin on the bare wire, which is
/// the turnaround and 62 characters, and half a round of slots.
fn check_means(baud: Baud, turnaround_millis: u64) {
    let turnaround = Duration::from_millis(turnaround_millis);
    let silent = turnaround.max(baud.idle_time());
    for devices in [1, 8, 32] {
        let best = silent + baud.wire_time(62);
        let bound = best + (baud.wire_time(30) + silent) * u32::from(devices) / 2;
        let mean = mean_of_badges(baud, devices, turnaround);
        let ratio = mean.as_secs_f64() / bound.as_secs_f64();
        println!("{baud:?} {turnaround_millis} ms, {devices} devices: mean {mean:.1?} of {bound:.1?}: {ratio:.2}");
        assert!(ratio <= 1.15, "mean {mean:?}, the wire allows {bound:?}");
    }
}

#[test]
fn a_badge_releases_within_15_percent_of_what_the_wire_allows_at_9600() {
    check_means(Baud::B9600, 0);
    check_means(Baud::B9600, 3);
}

#[test]
fn a_badge_releases_within_15_percent_of_what_the_wire_allows_at_38400() {
    check_means(Baud::B38400, 0);
    check_means(Baud::B38400, 3);
}

#[test]
fn a_badge_releases_within_15_percent_of_what_the_wire_allows_at_115200() {
    check_means(Baud::B115200, 0);
    check_means(Baud::B115200, 3);
}

#[test]
fn a_badge_releases_within_15_percent_of_what_the_wire_allows_at_230400() {
    check_means(Baud::parse(230_400).unwrap(), 0);
    check_means(Baud::parse(230_400).unwrap(), 3);
}

/// Eight readers and 24 handles that answer after 3 ms; the last `dead` handles are dead. How long a badge at a reader, at
/// any instant, takes to release a handle: median and 95th percentile in milliseconds.
fn readers_and_handles(baud: Baud, dead: u8) -> (f64, f64) {
    let mut roles: Vec<(u8, DeviceRole)> = (1..=8).map(|number| (number, DeviceRole::Reader)).collect();
    roles.extend((9..=32).map(|number| (number, DeviceRole::Handle)));
    let turnaround = Duration::from_millis(3);
    let mut line = quiet_line(baud, 70, turnaround, &roles);
    for number in 33 - dead..=32 {
        line.fault(number, Fault::Cut);
    }
    // The dead ones are asked every seven seconds from the fifteenth on; two such rounds are measured.
    line.run(Duration::from_secs(if dead > 0 { 16 } else { 2 }));
    line.forget();
    line.run(Duration::from_secs(if dead > 0 { 14 } else { 5 }));
    let waits = poll_gaps(&line, 1..=8);
    let wire = turnaround + baud.wire_time(62);
    assert!(badge_to_release(&mut line, 3, 12) <= *waits.last().unwrap() + wire * 2);
    let at = |share: f64, waits: &[Duration]| (share_of_waits(waits, share) + wire).as_secs_f64() * 1e3;
    (at(0.5, &waits), at(0.95, &waits))
}

/// The times between two polls of the same device.
fn poll_gaps(line: &Line, numbers: std::ops::RangeInclusive<u8>) -> Vec<Duration> {
    let mut gaps = Vec::new();
    for number in numbers {
        let own = line.wire.iter().filter(|(_, from_bus, bytes)| *from_bus && bytes[1] == number);
        let times: Vec<Micros> = own.map(|(at, ..)| *at).collect();
        gaps.extend(times.windows(2).map(|pair| pair[1].since(pair[0])));
    }
    gaps.sort();
    gaps
}

/// How long somebody who comes at any instant waits for the end of a gap, at most, in `share` of all cases.
fn share_of_waits(gaps: &[Duration], share: f64) -> Duration {
    let all: Duration = gaps.iter().sum();
    let within = |wait: Duration| gaps.iter().map(|gap| (*gap).min(wait)).sum::<Duration>();
    let mut waits = (0..10_000).map(|tenth_millis| Duration::from_micros(tenth_millis * 100));
    waits.find(|wait| within(*wait).as_secs_f64() >= share * all.as_secs_f64()).unwrap()
}

/// Both figures beside those of a model in which readers are polled exactly four times as often as handles.
fn check_readers_and_handles(baud: Baud, dead: u8, median_ms: f64, p95_ms: f64) {
    let (median, p95) = readers_and_handles(baud, dead);
    println!("{baud:?}, {dead} dead: {median:.0}/{p95:.0} ms, the model {median_ms}/{p95_ms} ms");
    assert!(median <= median_ms * 1.05 && p95 <= p95_ms * 1.05, "{median:.0}/{p95:.0} of {median_ms}/{p95_ms} ms");
}

#[test]
fn readers_among_many_handles_are_as_fast_as_the_model_at_9600() {
    check_readers_and_handles(Baud::B9600, 0, 304.0, 524.0);
    check_readers_and_handles(Baud::B9600, 2, 314.0, 536.0);
}

#[test]
fn readers_among_many_handles_are_as_fast_as_the_model_at_38400() {
    check_readers_and_handles(Baud::B38400, 0, 94.0, 163.0);
    check_readers_and_handles(Baud::B38400, 2, 99.0, 170.0);
}

#[test]
fn readers_among_many_handles_are_as_fast_as_the_model_at_115200() {
    check_readers_and_handles(Baud::B115200, 0, 48.0, 83.0);
    check_readers_and_handles(Baud::B115200, 2, 50.0, 87.0);
}

#[test]
fn readers_among_many_handles_are_as_fast_as_the_model_at_230400() {
    let baud = Baud::parse(230_400).unwrap();
    check_readers_and_handles(baud, 0, 36.0, 63.0);
    check_readers_and_handles(baud, 2, 38.0, 66.0);
}

#[test]
fn a_full_bus_at_9600_comes_online_and_stays_there() {
    let mut line = Line::new(Baud::B9600, 71);
    line.direct = true;
    for number in 0..=125 {
        let role = [DeviceRole::Reader, DeviceRole::Lock, DeviceRole::Handle][usize::from(number % 3)];
        line.add(number, role);
    }
    let end = line.now + Duration::from_secs(240);
    assert!(line.run_until(end, |line| line.online.len() == 126));
    println!("all online after {:?}", line.now.since(Micros::from_secs(100)));
    assert!(!line.events.iter().any(|(.., event)| matches!(event, BusEvent::Offline { .. })));
    line.forget();
    line.run(Duration::from_secs(20));
    assert_eq!(line.events, [], "nobody is lost");
    for number in 0..=125 {
        let own = line.wire.iter().filter(|(_, from_bus, bytes)| *from_bus && bytes[1] == number);
        let times: Vec<Micros> = own.map(|(at, ..)| *at).collect();
        let longest = times.windows(2).map(|pair| pair[1].since(pair[0])).max().unwrap();
        assert!(longest < Duration::from_secs(7), "device {number} waited {longest:?}");
    }
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
    line.fault(7, Fault::Cut);
    line.fault(8, Fault::Cut);
    line.run(Duration::from_secs(20));
    line.forget();
    line.run(Duration::from_secs(60));
    assert!(line.asked(1) * 10 >= healthy * 9, "{} polls instead of {healthy}", line.asked(1));
}

#[test]
fn keys_are_renewed_every_hour_without_anybody_noticing() {
    let mut line = Line::new(Baud::B9600, 65);
    let entropy = line.dice.entropy();
    let poll_floor = Duration::from_millis(500);
    line.bus = Bus::new(BusConfig { poll_floor, ..BusConfig::new(Baud::B9600) }, entropy);
    line.add(1, DeviceRole::Reader);
    line.settle();
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
