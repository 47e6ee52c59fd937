//! Daemon and hardware as separate processes: a badge on a pseudo-terminal, and a stream that goes on where it was.

use super::PATIENCE;
use super::hands::find;
use super::site::{Plan, Site};
use super::stream::{Over, Stream};

#[test]
fn a_badge_travels_from_the_reader_to_the_stream_and_back_to_the_lock() {
    let site = Site::lay_out(&Plan::default());
    let (daemon, hardware) = (site.daemon(), site.hardware());
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();

    for (point, door, rack) in [
        ("main/in", "lon1/main", false),
        ("r01/c01/front", "r01/c01/front", true),
        ("r02/c01/front", "r02/c01/front", true),
    ] {
        let since = daemon.api.head();
        hardware.hands.badge("p-1", point);
        let granted = stream.find(since, "the badge is granted", |event| event.is("access.granted", point));
        assert_eq!(granted.says("person_id"), "p-1");
        stream
            .find(since, "the lock opens", |event| event.is("door.changed", door) && event.says("lock") == "unlocked");
        if rack {
            hardware.hands.act("lift", &[door]);
        }
        hardware.hands.act("open", &[door]);
        stream.find(since, "the door is used", |event| event.is("access.taken", door));
        hardware.hands.act("close", &[door]);
        if rack {
            hardware.hands.act("seat", &[door]);
        }
        stream.find(since, "the door is secured", |event| {
            event.is("door.changed", door) && event.says("secured") == "secured"
        });
        assert_eq!(hardware.hands.door(door)["bolt"], "locked");
    }

    let since = daemon.api.head();
    hardware.hands.badge("p-2", "side/in");
    let denied = stream.find(since, "the badge is refused", |event| event.name.starts_with("access."));
    assert_eq!((denied.name.as_str(), denied.says("reason")), ("access.denied", "not_authorised_point".into()));
    assert_eq!(hardware.hands.door("lon1/side")["bolt"], "locked");

    hardware.program.interrupt();
    stream.find(since, "the hardware is missed", |event| event.name == "device.offline");
    daemon.program.interrupt();
}

#[test]
fn a_stream_goes_on_over_a_restart_without_gap_or_double() {
    let site = Site::lay_out(&Plan::default());
    let (daemon, hardware) = (site.daemon(), site.hardware());
    let mut whole = Stream::open(&daemon.api, Some(0));
    daemon.whole(&mut whole);
    site.enrol();
    hardware.hands.badge("p-1", "main/in");
    whole.find(0, "the badge", |event| event.is("access.granted", "main/in"));

    let mut last = whole.last().unwrap();
    let mut seen = whole.seen;
    let mut daemon = daemon;
    for _ in 0..2 {
        let mut stream = Stream::open(&daemon.api, Some(last));
        daemon.program.interrupt();
        while stream.next(PATIENCE) != Err(Over::Closed) {}
        seen.append(&mut stream.seen);

        // Nobody decides while the daemon is away.
        hardware.hands.badge("p-2", "side/in");
        assert_eq!(hardware.hands.door("lon1/side")["bolt"], "locked");

        daemon = site.daemon();
        last = seen.iter().rev().find_map(|event| event.id).unwrap();
        let mut stream = Stream::open(&daemon.api, Some(last));
        daemon.whole(&mut stream);
        let since = daemon.api.head();
        hardware.hands.badge("p-2", "main/in");
        stream.find(since, "the next badge", |event| event.is("access.granted", "main/in"));
        assert_eq!(hardware.hands.door("lon1/side")["bolt"], "locked");
        last = stream.last().unwrap();
        seen.append(&mut stream.seen);
    }

    let mut again = Stream::open(&daemon.api, Some(0));
    again.read_to(last);
    let entries = |events: &[super::stream::Event]| -> Vec<_> {
        events.iter().filter(|event| event.id.is_some_and(|id| id <= last)).cloned().collect()
    };
    assert_eq!(entries(&seen), entries(&again.seen), "the stream is the journal, byte for byte");
    let starts = again.seen.iter().filter(|event| event.name == "site.started").count();
    let stops = again.seen.iter().filter(|event| event.name == "site.stopped").count();
    assert_eq!((starts, stops), (3, 2));
    let devices = daemon.api.document("/api/v1/devices");
    assert_eq!(find(&devices["items"], "name", "main-reader")["state"], "online", "{devices:#}");
}
