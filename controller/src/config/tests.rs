//! Good files, and what is said about bad ones. The texts are golden: they are what people read when a site does not
//! start.

mod cameras;
mod card_formats;
mod device_profiles;
mod feedback;
mod mistakes;
mod model;
mod webhooks;

use std::fs;
use std::time::Duration;

use rackward_core::inventory::TrustGrade;
use rackward_core::site::draft::Side;
use rackward_core::site::remote::FirmwareFloor;
use rackward_core::site::{DoorKind, Level, TicketPolicy};
use tempfile::TempDir;

use super::*;
use crate::drivers::{Alone, MqttIdentity, Profile, Publications, TlsListener};
use crate::secrets::{SiteKey, Unproven, Vault, create_private};
use rackward_protocol::osdp::DeviceKeys;

const GOOD: &str = r#"[site]
name = "lon1"
time_zone = "Europe/London"

[storage]
dir = "var"

[console]
listen = "[::1]:0"

[mqtt]
listen = "127.0.0.1:1883"

[[area]]
path = "lon1/lobby"

[[area]]
path = "lon1/hall-a"
ticket = "required"

[[door]]
path = "lon1/main-entrance"
kind = "door"
area = "lon1/lobby"
release_time = "7s"
forced_debounce = "500ms"

[[rack]]
path = "lon1/hall-a/r01/c01"
area = "lon1/hall-a"
faces = ["rear"]
open_time = "10m"

[[bus]]
name = "perimeter"
port = "/dev/ttyUSB0"
baud = 115200

[[device]]
name = "main-entrance-reader-in"
role = "reader"
door = "lon1/main-entrance"
side = "out"
level = "card+pin"
bus = "perimeter"
address = 0x01
key_file = "keys/a.key"

[[device]]
name = "main-entrance-lock"
role = "lock"
door = "lon1/main-entrance"
bus = "perimeter"
address = 2
key_file = "keys/b.key"

[[device]]
name = "r01-c01-rear"
role = "handle"
door = "lon1/hall-a/r01/c01/rear"
mqtt = true
offline_hours = 12

[[device]]
name = "fence"
role = "inputs"
zones = ["lon1/fence-north", "lon1/fence-south"]
bus = "perimeter"
address = 3
key_file = "keys/c.key"
"#;

/// A directory with the keys that the good file names.
fn site_dir() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("keys")).unwrap();
    for (name, content) in [
        ("a.key", "00112233445566778899aabbccddee01\n"),
        ("b.key", "00112233445566778899aabbccddee02"),
        ("c.key", "00112233445566778899aabbccddee03"),
        ("weak.key", "303132333435363738393a3b3c3d3e3f"),
        ("short.key", "0011"),
        ("handle.password", "correct horse battery\n"),
        ("short.password", "hunter2"),
    ] {
        create_private(&dir.path().join("keys").join(name), content.as_bytes()).unwrap();
    }
    dir
}

/// What is said about `text`, with the directory written as `DIR`; nothing when it is good.
fn said(text: &str) -> String {
    let dir = site_dir();
    let path = dir.path().join("rackward.toml");
    fs::write(&path, text).unwrap();
    let said = Config::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
    said.replace(dir.path().to_str().unwrap(), "DIR")
}

/// The good file with one passage replaced.
fn with(passage: &str, replacement: &str) -> String {
    assert_eq!(GOOD.matches(passage).count(), 1, "{passage}");
    GOOD.replace(passage, replacement)
}

#[test]
fn a_good_file_is_read_whole() {
    let dir = site_dir();
    let path = dir.path().join("rackward.toml");
    fs::write(&path, GOOD).unwrap();
    let config = Config::read(&path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.dir, dir.path().join("var"));
    assert_eq!(config.console.listen.to_string(), "[::1]:0");
    let listener = TlsListener { listen: "127.0.0.1:1883".parse().unwrap(), names: Vec::new() };
    let embedded = MqttConfig {
        broker: MqttBroker::Embedded(listener),
        certificate_life: Duration::from_secs(365 * 86_400),
        publications: Publications::None,
        observer: None,
    };
    assert_eq!(config.mqtt, Some(embedded));
    let site = config.draft.build(&BTreeMap::new()).unwrap();
    assert_eq!((site.name(), site.local_time().name()), ("lon1", "Europe/London"));
    assert_eq!(site.find_area("hall-a").unwrap().policy.ticket, TicketPolicy::Required);
    let door = site.find_door("main-entrance").unwrap();
    assert_eq!((door.kind, door.timings.release_time), (DoorKind::Door, Duration::from_secs(7)));
    assert_eq!(door.timings.forced_debounce, Duration::from_millis(500));
    assert_eq!(door.timings.open_time, Duration::from_secs(30), "what the file does not say is the default");
    let rack = site.rack_doors("r01/c01");
    assert_eq!(rack.len(), 1);
    assert_eq!((rack[0].kind, rack[0].timings.open_time), (DoorKind::RackDoor, Duration::from_secs(600)));
    let [bus] = config.buses.as_slice() else { panic!("{:?}", config.buses) };
    assert_eq!((bus.name.as_str(), bus.port.to_str(), bus.baud), ("perimeter", Some("/dev/ttyUSB0"), Baud::B115200));
    let devices: Vec<_> = bus.devices.iter().map(|d| (d.name.as_str(), d.address.number())).collect();
    assert_eq!(devices, [("main-entrance-reader-in", 1), ("main-entrance-lock", 2), ("fence", 3)]);
    let RoleDraft::Reader { side: Side::Out, level, .. } = &bus.devices[0].role else { panic!() };
    assert_eq!(*level, Level::CardAndPin.into());
    let [handle] = config.mqtt_devices.as_slice() else { panic!() };
    assert_eq!(handle.name, "r01-c01-rear");
    let half_a_day = Duration::from_secs(12 * 3_600);
    assert_eq!(site.remote().offline_time_of(site.device_named("r01-c01-rear").unwrap().id), half_a_day);
}

#[test]
fn what_is_said_of_deciding_alone_and_of_trust_reaches_the_site() {
    let offline = "[offline]\nhours = 4\nreceipt_limit_seconds = 30\ncanary_minutes = 0\nclock_limit_seconds = 2\n\n\
                   [[firmware_floor]]\nmodel = \"HANDLE-\"\nversion = \"1.4.0\"\n\n[mqtt]\n";
    let text =
        with("[mqtt]\n", offline).replace("path = \"lon1/hall-a\"\n", "path = \"lon1/hall-a\"\nlowest_grade = \"B\"\n");
    let dir = site_dir();
    let site = Config::from_text(&text, dir.path()).unwrap().draft.build(&BTreeMap::new()).unwrap();
    let remote = site.remote();
    let seconds = Duration::from_secs;
    let times = (remote.offline_time, remote.receipt_limit, remote.canary_every, remote.clock_limit);
    assert_eq!(times, (seconds(4 * 3_600), seconds(30), Duration::ZERO, seconds(2)));
    assert_eq!(remote.lowest_grades[&site.find_area("hall-a").unwrap().id], TrustGrade::B);
    assert_eq!(remote.firmware, [FirmwareFloor { model: "HANDLE-".to_owned(), version: [1, 4, 0] }]);
}

#[test]
fn a_broker_of_somebody_else_is_reached_as_the_file_says() {
    let external = |lines: &str| {
        let dir = site_dir();
        let config = Config::from_text(&with("listen = \"127.0.0.1:1883\"", lines), dir.path()).unwrap();
        match config.mqtt.unwrap().broker {
            MqttBroker::External { host, port, tls, login, enrol } => (host, port, tls, login.is_some(), enrol),
            MqttBroker::Embedded(listener) => panic!("{listener:?}"),
        }
    };
    let by_certificate =
        external("url = \"mqtts://broker\"\nenrol_listen = \"0.0.0.0:8884\"\nnames = [\"access.lon1.example\"]");
    let listener =
        TlsListener { listen: "0.0.0.0:8884".parse().unwrap(), names: vec!["access.lon1.example".to_owned()] };
    assert_eq!(by_certificate, ("broker".to_owned(), 8883, Some(Vec::new()), false, Some(listener)));
    let login = "username = \"rackward\"\npassword_file = \"keys/handle.password\"";
    let plain = external(&format!("url = \"mqtt://localhost\"\n{login}"));
    assert_eq!(plain, ("localhost".to_owned(), 1883, None, true, None));
    let inside = external(&format!("url = \"mqtts://10.0.0.5:1884\"\n{login}"));
    assert_eq!(inside, ("10.0.0.5".to_owned(), 1884, Some(Vec::new()), true, None));
}

fn identity() -> MqttIdentity {
    MqttIdentity::ephemeral("lon1", [], rackward_core::Wall::from_seconds(1_800_000_000)).unwrap()
}

fn vault(dir: &Path) -> Vault {
    Vault::open(dir, &SiteKey::open(dir, 0).unwrap())
}

#[test]
fn a_device_without_a_key_file_waits_and_the_vault_wins_over_one() {
    let dir = site_dir();
    let text = GOOD.replace("key_file = \"keys/c.key\"\n", "");
    let config = Config::from_text(&text, dir.path()).unwrap();
    let site = config.draft.build(&BTreeMap::new()).unwrap();
    let open = vault(dir.path());
    assert!(open.import(&config.keys_in_files()).is_empty());
    open.draw_pending("main-entrance-lock", Unproven::Stays).unwrap();
    let fresh = open.promote("main-entrance-lock").unwrap();
    let settings = config.driver_settings(&site, vault(dir.path()), Some(identity())).unwrap();
    let devices = &settings.buses[0].devices;
    assert!(devices[0].keys.active.is_some() && devices[0].first_key == devices[0].keys.active);
    assert!(devices[1].keys == fresh && devices[1].first_key != fresh.active);
    assert!(devices[2].keys == DeviceKeys::default() && devices[2].first_key.is_none());
}

#[test]
fn drivers_get_the_same_devices_by_number() {
    let dir = site_dir();
    let config = Config::from_text(GOOD, dir.path()).unwrap();
    let site = config.draft.build(&BTreeMap::new()).unwrap();
    let vault = vault(dir.path());
    vault.import(&config.keys_in_files());
    let settings = config.driver_settings(&site, vault, Some(identity())).unwrap();
    let numbers: Vec<_> = settings.buses[0].devices.iter().map(|d| (d.device, d.address.number(), d.profile)).collect();
    let id = |name: &str| site.device_named(name).unwrap().id;
    let fence = Profile::Inputs { zones: 2 };
    assert_eq!(
        numbers,
        [
            (id("main-entrance-reader-in"), 1, Profile::Reader),
            (id("main-entrance-lock"), 2, Profile::Lock),
            (id("fence"), 3, fence),
        ]
    );
    let key =
        DeviceKey::parse([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 2]);
    let lock = &settings.buses[0].devices[1];
    let key = key.ok().map(|key| key.scbk());
    assert_eq!((&lock.keys.active, &lock.keys.pending, &lock.first_key), (&key, &None, &key));
    let mqtt = settings.mqtt.unwrap();
    assert_eq!((mqtt.site.as_str(), mqtt.devices[0].device), ("lon1", id("r01-c01-rear")));
    assert_eq!(mqtt.devices[0].alone, Alone::Decides);
    let other = SiteDraft { name: "lon1".into(), time_zone: "UTC".into(), ..SiteDraft::default() };
    let other = other.build(&BTreeMap::new()).unwrap();
    let refused = config.driver_settings(&other, self::vault(dir.path()), Some(identity())).unwrap_err();
    assert_eq!(refused.device, "r01-c01-rear");
}

#[test]
fn what_a_file_does_not_say_has_its_default() {
    let dir = site_dir();
    let config = Config::from_text("[site]\nname = \"lon1\"\ntime_zone = \"UTC\"\n", dir.path()).unwrap();
    assert_eq!(config.dir, dir.path().join("state"));
    assert_eq!(config.console.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.mqtt, None);
    let external = with(
        "listen = \"127.0.0.1:1883\"",
        "url = \"mqtts://broker\"\nusername = \"rackward\"\npassword_file = \"keys/handle.password\"",
    );
    let config = Config::from_text(&external, dir.path()).unwrap();
    let broker = &config.mqtt.as_ref().unwrap().broker;
    let MqttBroker::External { host, port: 8883, login: Some((username, password)), .. } = broker else { panic!() };
    assert_eq!((host.as_str(), username.as_str(), password.reveal()), ("broker", "rackward", "correct horse battery"));
}

#[test]
fn every_problem_is_shown_at_once_with_its_place() {
    let text = GOOD
        .replace("time_zone =", "timezone =")
        .replace("ticket = \"required\"", "ticket = \"requierd\"")
        .replace("kind = \"door\"\narea = \"lon1/lobby\"", "kind = \"door\"\narea = \"lon1/loby\"")
        .replace("side = \"out\"", "side = 7")
        .replace("address = 2", "address = 1");
    let expect = r#"error: [site] has no "time_zone"
 --> DIR/rackward.toml:1:1
  |
1 | [site]
  | ^^^^^^
help: add time_zone = "..."

error: unknown key "timezone" in [site]
 --> DIR/rackward.toml:3:1
  |
3 | timezone = "Europe/London"
  | ^^^^^^^^
help: did you mean "time_zone"?

error: "requierd" is not a ticket
  --> DIR/rackward.toml:19:10
   |
19 | ticket = "requierd"
   |          ^^^^^^^^^^
help: did you mean "required"?

error: area "lon1/loby" does not exist
  --> DIR/rackward.toml:24:8
   |
24 | area = "lon1/loby"
   |        ^^^^^^^^^^^
help: did you mean "lon1/lobby"?

error: "side" is a whole number, not a text
  --> DIR/rackward.toml:43:8
   |
43 | side = 7
   |        ^
help: write it in quotes

error: address 1 on bus "perimeter" is already taken by device "main-entrance-reader-in"
  --> DIR/rackward.toml:54:11
   |
54 | address = 1
   |           ^
help: give each device on a bus an address of its own

6 problems in rackward.toml; nothing was started"#;
    assert_eq!(said(&text), expect, "\n{}", said(&text));
}

/// Checks that a text is refused for these reasons, each `LINE:COLUMN MESSAGE; HELP`.
#[track_caller]
fn check(text: String, expect: &[&str]) {
    let got = said(&text);
    let heads: Vec<String> = got
        .split("error: ")
        .skip(1)
        .map(|block| {
            let mut lines = block.lines();
            let message = lines.next().unwrap_or_default();
            let place = lines.next().and_then(|line| line.split_once("rackward.toml:")).map_or("", |(_, place)| place);
            let help = lines.find_map(|line| line.strip_prefix("help: ")).unwrap_or_default();
            format!("{place} {message}; {help}")
        })
        .collect();
    assert_eq!(heads, expect, "\n{got}");
    let noun = if expect.len() == 1 { "problem" } else { "problems" };
    let end = format!("{} {noun} in rackward.toml; nothing was started", expect.len());
    assert!(got.ends_with(&end), "{got}");
}

#[test]
fn each_mistake_is_named_once_with_what_to_do() {
    check(String::new(), &["1:1 the file has no [site]; add [site] with name and time_zone"]);
    check(
        "[site]\nname = \"lon1\"\ntime_zone = \"Europe/Atlantis\"".to_owned(),
        &[r#"3:13 time zone "Europe/Atlantis" is not in the IANA database; use a name such as "Europe/London""#],
    );
    check(
        "[site\nname = 3".to_owned(),
        &["1:6 unclosed table, expected `]`; this is not TOML; https://toml.io shows how it is written"],
    );
    for (passage, instead, expect) in mistakes::MISTAKES {
        check(with(passage, instead), expect);
    }
}

#[test]
fn no_message_shows_a_secret() {
    let text = with("offline_hours = 12", "password = \"hunter2hunter2\"");
    assert!(said(&text).contains("unknown key \"password\""));
    let login = "url = \"mqtts://broker\"\nusername = \"rackward\"\npassword_file = \"keys/short.password\"";
    for text in [text, with("listen = \"127.0.0.1:1883\"", login), with("keys/b.key", "keys/short.key")] {
        let got = said(&text);
        assert!(!got.is_empty() && !got.contains("hunter2") && !got.contains("0011"), "{got}");
    }
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = site_dir();
    fs::set_permissions(dir.path().join("keys/b.key"), PermissionsExt::from_mode(0o644)).unwrap();
    let problems = Config::from_text(GOOD, dir.path()).unwrap_err();
    let report = problems.report(Path::new("rackward.toml"), GOOD);
    assert_eq!(report.count(), 1);
    assert!(report.to_string().contains("open to every user of this machine"), "{report}");
}

#[test]
fn a_file_that_is_not_there_says_so() {
    let error = Config::read(Path::new("/nonexistent/rackward.toml")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read /nonexistent/rackward.toml: "), "{error}");
}

proptest::proptest! {
    /// Whatever a file holds, reading ends in a configuration or a list.
    #[test]
    fn no_text_breaks_the_reader(cut in 0..GOOD.len(), junk in "[\\[\\]=\"a-z0-9\\n\\\\# .é]{0,12}", skip in 0..40usize) {
        let cut = GOOD.floor_char_boundary(cut);
        let end = GOOD.floor_char_boundary((cut + skip).min(GOOD.len()));
        let text = format!("{}{junk}{}", &GOOD[..cut], &GOOD[end..]);
        if let Err(problems) = Config::from_text(&text, Path::new("/nonexistent")) {
            let report = problems.report(Path::new("rackward.toml"), &text);
            proptest::prop_assert!(report.count() > 0);
        }
    }
}

#[test]
fn policies_that_refuse_are_known_by_their_lines() {
    use rackward_core::site::SitePolicy;
    let dir = site_dir();
    let path = dir.path().join("rackward.toml");
    let text = with("[mqtt]\n", "[operators]\ntwo_operators = [\"reveal\"]\n\n[mqtt]\n");
    fs::write(&path, &text).unwrap();
    let written = Config::read(&path).unwrap().draft.written;
    let line = |at: &str| -> usize { at.strip_prefix("rackward.toml:").unwrap().parse().unwrap() };
    let shown = |policy: &SitePolicy| text.lines().nth(line(&written[policy]) - 1).unwrap().to_owned();
    assert!(shown(&SitePolicy::TwoOperators).starts_with("two_operators"));
    let tickets: Vec<&SitePolicy> = written.keys().filter(|policy| matches!(policy, SitePolicy::Ticket(_))).collect();
    assert!(!tickets.is_empty(), "{text}");
    for policy in tickets {
        let line = shown(policy);
        assert!(line.starts_with("ticket") || line.starts_with("class"), "{policy:?}: {line}");
    }
}

#[test]
fn what_takes_two_operators_may_be_nothing() {
    use rackward_core::permission::{Permission, PermissionSet};
    let two = |list: &str| {
        let (dir, table) = (site_dir(), format!("[operators]\ntwo_operators = {list}\n\n[mqtt]\n"));
        Config::from_text(&with("[mqtt]\n", &table), dir.path()).map(|config| config.draft.two_operators)
    };
    assert_eq!(two("[]").unwrap(), PermissionSet::NONE);
    assert_eq!(two("[\"reveal\"]").unwrap(), PermissionSet::NONE.with(Permission::Reveal));
    assert!(two("[\"manage_self\"]").is_err());
    assert!(two("\"reveal\"").is_err());
}
