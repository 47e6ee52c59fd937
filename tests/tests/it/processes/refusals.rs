//! Bad input from every side: a site file with mistakes, a card that nobody gave out, noise on the line, a device with
//! another key. Each is told or recorded; none stops the daemon, none opens a door.

use std::fs;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::program::{Program, command};
use super::site::{Plan, Site};
use super::splice::Splice;
use super::stream::Stream;

#[test]
fn all_mistakes_of_a_site_file_are_listed_and_nothing_starts() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rackward.toml");
    let text = "[site]\nname = \"lon1\"\ntime_zone = \"Europe/Nowhere\"\ncolour = \"blue\"\n\
                [storage]\ndir = \"state\"\n\
                [console]\nlisten = \"0.0.0.0:8080\"\n\
                [[area]]\npath = \"lon1/lobby\"\n\
                [[door]]\npath = \"lon1/main\"\nkind = \"portcullis\"\narea = \"lon1/cellar\"\n\
                [[device]]\nname = \"reader\"\nrole = \"reader\"\ndoor = \"lon1/maln\"\nside = \"in\"\n";
    fs::write(&file, text).unwrap();
    let mut run = command("rackward");
    run.arg("run").arg("--config").arg(&file);
    let mut run = Program::start(run);
    assert_eq!(run.wait().code(), Some(7));
    let told = run.errors();
    let check = |part: &str, line: u32| {
        let place = format!("rackward.toml:{line}:");
        assert!(told.contains(part) && told.contains(&place), "`{part}` at line {line} in:\n{told}");
    };
    check("Europe/Nowhere", 3);
    check("colour", 4);
    check("0.0.0.0", 8);
    check("portcullis", 13);
    check("lon1/cellar", 14);
    check("lon1/maln", 18);
    assert!(!dir.path().join("state").exists(), "nothing was started");
}

#[test]
fn a_card_that_nobody_gave_out_is_refused_and_its_number_kept_nowhere() {
    let site = Site::lay_out(&Plan::default());
    let (daemon, hardware) = (site.daemon(), site.hardware());
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    for point in ["main/in", "r01/c01/front", "r02/c01/front"] {
        let since = daemon.api.head();
        hardware.hands.badge("stranger", point);
        let denied = stream.find(since, "the refusal", |event| event.is("access.denied", point));
        assert_eq!((denied.says("reason"), denied.says("code")), ("credential_unknown".into(), "N01".into()));
        assert_eq!(denied.says("person_id"), serde_json::Value::Null);
        assert!(!denied.data.contains("999"), "{}", denied.data);
    }
    assert!(super::hands::unlocked(&hardware.hands.state()).is_empty());
    assert!(!daemon.program.errors().contains("999"), "{}", daemon.program.errors());
    daemon.program.interrupt();
}

#[test]
fn noise_on_the_line_opens_nothing_and_the_line_recovers() {
    let splice = Splice::make();
    let ports = Some((splice.daemon_port().to_owned(), splice.hardware_port().to_owned()));
    let site = Site::lay_out(&Plan { ports, ..Plan::default() });
    let (daemon, hardware) = (site.daemon(), site.hardware());
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    let since = daemon.api.head();

    // Random bytes, starts of frames that promise more than comes, a plain card read (osdp_RAW, reply 0x50) without Secure
    // Channel from address 1, and longer runs than any frame.
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    splice.to_daemon(&noise);
    splice.to_daemon(&[0xff, 0x53, 0x81, 0xff, 0xff, 0x04]);
    splice.to_daemon(&plain_card_read(0x81));
    splice.to_daemon(&[0x53; 3000]);
    splice.to_hardware(&noise);
    let until = Instant::now() + PATIENCE;
    let noticed = |stream: &Stream| {
        stream.seen.iter().any(|event| event.name == "device.security-trouble" && event.id.is_some_and(|id| id > since))
    };
    while !noticed(&stream) {
        assert!(Instant::now() < until, "a foreign frame is not noticed");
        splice.to_daemon(&plain_card_read(0x81));
        // Between two of them the line is left to its devices for a moment.
        let _ = stream.next(Duration::from_millis(20));
    }

    // The line heals: a real badge is answered, if need be after the devices have come back.
    let heal = daemon.api.head();
    daemon.whole(&mut stream);
    hardware.hands.badge("p-2", "main/in");
    stream.find(heal.max(since), "a badge after the noise", |event| event.is("access.granted", "main/in"));
    let entries: Vec<_> = stream.seen.iter().filter(|event| event.id.is_some_and(|id| id > since)).collect();
    let granted = entries.iter().filter(|event| event.name == "access.granted").count();
    assert_eq!(granted, 1, "only the real badge was one");
    let from_noise = entries.iter().filter(|event| event.name == "access.denied").count();
    assert_eq!(from_noise, 0, "a read without Secure Channel is no read");
    daemon.program.interrupt();
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

/// An osdp_RAW reply in plain text with a right checksum (IEC 60839-11-5, clause 5 and 7.12): SOM, address, length,
/// control with CRC, reply code, reader 0, format 0, 26 bits, four bytes.
fn plain_card_read(address: u8) -> Vec<u8> {
    let body = [0x00, 0x00, 26, 0, 0x03, 0x80, 0x00, 0x80];
    let length = 6 + body.len() + 2;
    let mut frame = vec![0x53, address, length as u8, 0, 0x05, 0x50];
    frame.extend(body);
    let crc = frame.iter().fold(0x1d0f_u16, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 },
        )
    });
    frame.extend(crc.to_le_bytes());
    frame
}

#[test]
fn a_device_with_another_key_is_an_alarm_and_is_not_believed() {
    let site = Site::lay_out(&Plan { wrong_key: Some("side-reader"), ..Plan::default() });
    let (daemon, hardware) = (site.daemon(), site.hardware());
    let mut stream = Stream::open(&daemon.api, Some(0));
    stream.find(0, "the wrong key is seen", |event| {
        event.name == "device.security-trouble" && event.data.contains("side-reader")
    });
    let raised = stream.find(0, "the wrong key is an alarm", |event| {
        event.name == "alarm.raised" && event.data.contains("side-reader") && event.says("kind") == "device_security"
    });
    assert_eq!(raised.says("priority"), 1);
    daemon.known(&mut stream, 1);
    site.enrol();

    let since = daemon.api.head();
    hardware.hands.badge("p-1", "side/in");
    hardware.hands.badge("p-1", "main/in");
    stream.find(since, "the others work", |event| event.is("access.granted", "main/in"));
    let believed =
        stream.seen.iter().any(|event| event.name.starts_with("access.") && event.data.contains("lon1/side"));
    assert!(!believed, "a reader that does not know its key is no reader");
    assert_eq!(hardware.hands.device("side-reader")["online"], false);
    daemon.program.interrupt();
}
