//! Where devices are on a line: addresses and speeds given, lost, found, and searched for.

use std::time::Duration;

use rackward_protocol::osdp::faults::Fault;
use rackward_protocol::osdp::{
    Address, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceRole, Job, JobEvent, JobFailure, JobRefused,
    ScanEvent, ScanRefused,
};

use super::line::{CARD, Line, address, cards, identity, key};

const B19200: Baud = match Baud::parse(19_200) {
    Ok(baud) => baud,
    Err(_) => panic!("a speed of the standard"),
};

fn set_line(line: &mut Line, number: u8, to: u8, baud: Baud) {
    line.bus.begin_job(line.now, address(number), Job::SetLine { address: address(to), baud }).unwrap();
}

/// Until a device has gone where it was told.
fn until_moved(line: &mut Line) {
    let end = line.now + Duration::from_secs(2);
    let has_moved =
        |line: &Line| line.actions.iter().any(|(_, _, action)| format!("{action:?}").contains("LineChanged"));
    assert!(line.run_until(end, has_moved));
}

fn moved(number: u8, baud: Baud) -> Option<JobEvent> {
    Some(JobEvent::Done { address: address(number), baud })
}

#[test]
fn a_device_is_followed_to_its_new_place() {
    let check = |to: u8, baud: Baud, lost: Fault| {
        let mut line = Line::with_readers(Baud::B9600, 90, 2);
        line.forget();
        line.fault(1, lost.clone());
        set_line(&mut line, 1, to, baud);
        line.run(Duration::from_secs(4));
        assert_eq!(line.job_end_of(1), moved(to, baud), "to {to} at {baud:?}, {lost:?}");
        assert!(line.is_online(to));
        assert_eq!(line.bus.device_view(address(1)).is_some(), to == 1);
        assert_eq!(line.bus.device_view(address(to)).unwrap().baud, baud);
        line.forget();
        line.card(1, &CARD);
        line.run(Duration::from_secs(1));
        assert_eq!(cards(&line.events_of(to)).len(), 1, "its word counts under its new address");
        assert_eq!(line.events_of(2), [], "the others noticed nothing");
    };
    check(9, Baud::B9600, Fault::Healthy);
    check(1, Baud::B115200, Fault::Healthy);
    check(9, Baud::B38400, Fault::Healthy);
    check(1, Baud::B9600, Fault::Healthy);
    check(9, Baud::B38400, Fault::LostReplies(1));
    check(9, Baud::B38400, Fault::LostReplies(3));
}

#[test]
fn a_device_that_goes_elsewhere_than_it_was_told_is_found() {
    let mut line = Line::with_readers(Baud::B9600, 91, 2);
    line.forget();
    set_line(&mut line, 1, 9, Baud::B38400);
    until_moved(&mut line);
    line.device(1).peripheral().reset(key(1).into(), address(9), B19200);
    line.run(Duration::from_secs(12));
    assert_eq!(line.job_end_of(1), moved(9, B19200));
    assert!(line.is_online(9));
}

#[test]
fn a_device_that_stayed_where_it_was_is_served_there() {
    let mut line = Line::with_readers(Baud::B9600, 92, 2);
    line.forget();
    set_line(&mut line, 1, 9, Baud::B38400);
    until_moved(&mut line);
    line.device(1).peripheral().reset(key(1).into(), address(1), Baud::B9600);
    line.run(Duration::from_secs(9));
    assert_eq!(line.job_end_of(1), Some(JobEvent::Failed(JobFailure::NotProven)));
    assert!(line.is_online(1));
    assert!(!line.events_of(1).iter().any(|event| matches!(event, BusEvent::Offline { .. })));
}

#[test]
fn a_device_that_is_gone_after_a_move_is_lost_in_bounded_time() {
    let mut line = Line::with_readers(Baud::B9600, 93, 2);
    line.forget();
    set_line(&mut line, 1, 9, Baud::B38400);
    const COMSET: u8 = 0x6E;
    let is_asked = |line: &Line| line.wire.last().is_some_and(|(_, from_bus, bytes)| *from_bus && bytes[7] == COMSET);
    assert!(line.run_until(line.now + Duration::from_secs(2), is_asked));
    line.fault(1, Fault::Cut);
    line.run(Duration::from_secs(60));
    assert_eq!(line.job_end_of(1), Some(JobEvent::Failed(JobFailure::Lost)));
    assert!(!line.is_online(1));
    assert_eq!(line.events_of(2), []);
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(9));
    assert!(line.is_online(1));
}

#[test]
fn a_device_found_at_another_speed_is_brought_home_by_itself() {
    for stray in Baud::ALL {
        let mut line = Line::with_readers(Baud::B38400, 94, 3);
        // Once with everybody hearing everything, which takes long to compute.
        line.direct = stray != Baud::B9600;
        line.forget();
        line.device(1).peripheral().reset(key(1).into(), address(1), stray);
        let end = line.now + Duration::from_secs(180);
        let is_home = |line: &Line| line.is_online(1) && line.bus.device_view(address(1)).unwrap().baud == Baud::B38400;
        line.run(Duration::from_secs(20));
        assert!(line.run_until(end, is_home), "from {stray:?}");
        line.run(Duration::from_secs(3));
        assert_eq!(line.device(1).peripheral().baud(), Baud::B38400);
        assert!(line.job_end_of(1).is_none(), "nobody asked for it");
        assert_eq!((line.events_of(2), line.events_of(3)), (vec![], vec![]));
        line.forget();
        line.card(1, &CARD);
        line.run(Duration::from_secs(1));
        assert_eq!(cards(&line.events_of(1)).len(), 1);
    }
}

#[test]
fn on_a_port_whose_speed_is_fixed_nobody_is_looked_for_elsewhere() {
    let mut line = Line::new(Baud::B38400, 95);
    let entropy = line.dice.entropy();
    line.bus = Bus::new(BusConfig { speed_is_fixed: true, ..BusConfig::new(Baud::B38400) }, entropy);
    line.add(1, DeviceRole::Reader);
    line.settle();
    let elsewhere = Job::SetLine { address: address(1), baud: Baud::B9600 };
    assert_eq!(line.bus.begin_job(line.now, address(1), elsewhere), Err(JobRefused::SpeedFixed));
    line.bus.begin_scan(line.now, &[Baud::B9600]).unwrap();
    line.run(Duration::from_secs(1));
    assert_eq!(line.found, [ScanEvent::Done]);
    line.fault(1, Fault::Cut);
    let end = line.now + Duration::from_secs(120);
    assert!(!line.run_until(end, |line| line.bus.line_speed() != Baud::B38400));
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(9));
    assert!(line.is_online(1));
}

#[test]
fn devices_of_two_speeds_share_a_line() {
    let mut line = Line::with_readers(Baud::B9600, 96, 2);
    line.turnaround = Duration::from_millis(1);
    line.add_device(3, key(3), identity(3));
    line.device(3).peripheral().reset(key(3).into(), address(3), Baud::B115200);
    let own = DeviceConfig { baud: Some(Baud::B115200), ..DeviceConfig::new(key(3), DeviceRole::Lock) };
    line.bus.add(line.now, address(3), own);
    line.run(Duration::from_secs(3));
    assert!(line.is_online(3));
    line.forget();
    line.run(Duration::from_secs(20));
    assert_eq!(line.events, []);
    for number in 1..=3 {
        assert!(line.asked(number) > 30, "device {number}: {}", line.asked(number));
    }
}

fn found(line: &Line) -> Vec<(u8, Baud, bool)> {
    let word = |event: &ScanEvent| match event {
        ScanEvent::Found { address, baud, identity } => Some((address.number(), *baud, identity.is_some())),
        ScanEvent::Progress { .. } | ScanEvent::Done => None,
    };
    line.found.iter().filter_map(word).collect()
}

#[test]
fn a_search_finds_strangers_and_leaves_everybody_else_in_peace() {
    let mut line = Line::with_readers(Baud::B38400, 97, 4);
    let tries = Baud::ALL.len() as u32 * (u32::from(Address::HIGHEST) + 1);
    for (number, baud) in [(0, Baud::B9600), (0x2A, Baud::B38400), (0x7E, Baud::B115200)] {
        line.add_device(number, key(number), identity(number));
        line.device(number).peripheral().reset(key(number).into(), address(number), baud);
    }
    line.forget();
    line.bus.begin_scan(line.now, &Baud::ALL).unwrap();
    assert_eq!(line.bus.begin_scan(line.now, &[Baud::B9600]), Err(ScanRefused::Busy));
    for round in 0..10 {
        line.run(Duration::from_secs(5));
        line.card(1 + round % 4, &CARD);
    }
    let end = line.now + Duration::from_secs(300);
    assert!(line.run_until(end, |line| line.found.last() == Some(&ScanEvent::Done)));
    let expect = [(0, Baud::B9600, true), (0x2A, Baud::B38400, true), (0x7E, Baud::B115200, true)];
    assert_eq!(found(&line), expect);
    assert!(line.found.contains(&ScanEvent::Progress { tried: tries, total: tries }));
    for number in 1..=4 {
        assert!(line.events_of(number).iter().all(|event| matches!(event, BusEvent::Card { .. })));
    }
    assert_eq!(line.events.iter().filter(|(.., event)| matches!(event, BusEvent::Card { .. })).count(), 10);
    assert!(line.bus.begin_scan(line.now, &[]).is_ok());
}

#[test]
fn live_devices_miss_no_polls_during_a_search() {
    let mut line = Line::with_readers(Baud::B9600, 98, 8);
    line.run(Duration::from_secs(5));
    line.forget();
    line.run(Duration::from_secs(20));
    let before = line.asked(3);
    line.bus.begin_scan(line.now, &[Baud::B9600]).unwrap();
    line.forget();
    line.run(Duration::from_secs(20));
    assert_eq!(line.bus.begin_scan(line.now, &[]), Err(ScanRefused::Busy), "it goes on");
    assert!(line.asked(3) * 3 >= before, "{} polls instead of {before}", line.asked(3));
}

#[test]
fn a_search_on_an_empty_line_takes_no_longer_than_it_must() {
    let mut line = Line::new(Baud::B38400, 99);
    line.bus.begin_scan(line.now, &[Baud::B38400]).unwrap();
    line.run(Duration::from_secs(10));
    assert_eq!(line.found.last(), Some(&ScanEvent::Done));
}
