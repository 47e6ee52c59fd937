//! Device profiles of a site: what a whole one becomes, and what is said about bad ones.

use rackward_core::engine::input::LineFault;
use rackward_protocol::osdp::DeviceRole;

use super::*;
use crate::drivers::{Band, Display, Further, Local, Meaning, Part, Polarity, Sensor};

const PROFILE: &str = r#"
[[device_profile]]
name = "acme-lock"
role = "lock"
poll_as = "reader"
release = { output = 2, longest = "30s" }
inputs = ["not door_closed", "unused", "bolt_locked", "tamper", "mains_fail"]
supervision = { normal = ["0", "0x10"], active = ["1"], short = ["2"], cut = ["0x80-0x8f"], off_band = ["4"] }
local_tamper = "ignored"
lights = 2
display = "no"
"#;

/// The good file with the lock under a profile of its own.
fn text(profile: &str) -> String {
    let lock = "address = 2\n";
    format!("{}{profile}", with(lock, "address = 2\nprofile = \"acme-lock\"\n"))
}

#[test]
fn a_profile_says_what_each_number_of_a_model_means() {
    let dir = site_dir();
    let config = Config::from_text(&text(PROFILE), dir.path()).unwrap();
    let wiring = &config.buses[0].devices[1].wiring;
    assert_eq!((wiring.part, wiring.poll, wiring.further), (Part::Lock, DeviceRole::Reader, Further::Unused));
    let release = wiring.release.unwrap();
    assert_eq!((release.output, release.longest), (2, Duration::from_secs(30)));
    let sensor = |meaning, polarity| Some(Sensor { meaning, polarity });
    assert_eq!(
        wiring.inputs,
        [
            sensor(Meaning::DoorClosed, Polarity::WhenNormal),
            None,
            sensor(Meaning::BoltLocked, Polarity::WhenActive),
            sensor(Meaning::Tamper, Polarity::WhenActive),
            sensor(Meaning::MainsFail, Polarity::WhenActive),
        ]
    );
    let bands = |byte: usize| wiring.bands.0[byte];
    assert_eq!([bands(0), bands(0x10), bands(1)], [Band::Normal, Band::Normal, Band::Active]);
    assert_eq!([bands(2), bands(0x8f)], [Band::Fault(LineFault::Short), Band::Fault(LineFault::Cut)]);
    assert_eq!([bands(4), bands(3)], [Band::Fault(LineFault::OffBand), Band::Fault(LineFault::Unspecified)]);
    assert_eq!((wiring.local_tamper, wiring.local_power), (Local::Ignored, Local::Counts));
    assert_eq!((wiring.lights, wiring.display), (2, Display::No));
    let two_covers = text(&PROFILE.replace("\"unused\"", "\"tamper\""));
    assert!(Config::from_text(&two_covers, dir.path()).is_ok(), "several contacts may watch covers");
    // The others keep what their roles have.
    assert_eq!(config.buses[0].devices[0].wiring, built_in_wiring(Part::Reader));
}

/// What is said of the profile with `instead` in place of `passage`; lines count from where the profile begins.
fn mistake(passage: &str, instead: &str, expect: &[&str]) {
    assert!(PROFILE.contains(passage), "{passage}");
    let lines = text("").lines().count();
    let said_at = |said: &&str| {
        let (line, rest) = said.split_once(':').unwrap();
        format!("{}:{rest}", line.parse::<usize>().unwrap() + lines)
    };
    let expect: Vec<String> = expect.iter().map(said_at).collect();
    let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
    check(text(&PROFILE.replace(passage, instead)), &expect);
}

#[test]
fn each_mistake_in_a_profile_is_named_once_with_what_to_do() {
    mistake(
        "name = \"acme-lock\"",
        "name = \"acme-lock\"\nnmae = 1",
        &[r#"4:1 unknown key "nmae" in [[device_profile]]; did you mean "name"?"#],
    );
    mistake("role = \"lock\"", "role = \"lok\"", &[r#"4:8 "lok" is not a role; did you mean "lock"?"#]);
    mistake(
        "role = \"lock\"\n",
        "",
        &[r#"2:1 [[device_profile]] has no "role"; add role = one of "reader", "lock", "handle", "inputs""#],
    );
    mistake("output = 2", "output = 256", &["6:22 256 is no output's number; outputs count from 0 to 255"]);
    mistake(
        "\"30s\"",
        "\"2h\"",
        &[
            r#"6:35 no lock is released for so long: 6553 s at most are possible; write what its output can do, such as "60s""#,
        ],
    );
    mistake(
        "\"30s\"",
        "\"5s\"",
        &[
            "6:35 a lock that is held unlocked, by a fire too, is released anew every 20 s, and this one locks before; write 30 s or more, and have an output that can be driven for so long",
        ],
    );
    mistake(
        "release = { output = 2, longest = \"30s\" }\n",
        "",
        &[
            r#"2:1 a device profile with role "lock" has no "release"; add release = { output = 0 }: which output lets people in"#,
        ],
    );
}

#[test]
fn each_mistake_in_what_inputs_mean_is_named_once_with_what_to_do() {
    mistake(
        "not door_closed",
        "not door_close",
        &[r#"7:11 "not door_close" is no meaning of an input; did you mean "door_closed"?"#],
    );
    mistake(
        "\"unused\"",
        "\"key_turned\"",
        &[r#"7:30 a device with role "lock" has no input "key_turned"; write "unused" in its place"#],
    );
    mistake(
        "\"unused\"",
        "\"zone 1\"",
        &[r#"7:30 a device with role "lock" has no input "zone 1"; write "unused" in its place"#],
    );
    mistake(
        "\"unused\"",
        "\"bolt_locked\"",
        &[r#"7:45 two inputs mean "bolt_locked"; which of them is true when they differ? keep one"#],
    );
    mistake("[\"2\"]", "[\"1\"]", &[r#"8:66 a byte in "1" means two things; name each byte once"#]);
    mistake(
        "0x80-0x8f",
        "0x8f-0x80",
        &[r#"8:79 "0x8f-0x80" is no byte and no range of bytes; write "2", "0x82" or "0x80-0x8f""#],
    );
    mistake("active = [\"1\"], ", "", &[r#"8:15 no byte means "active"; add active = ["..."]"#]);
    mistake("\"ignored\"", "\"no\"", &[r#"9:16 "no" is not a local_tamper; it is one of "counts", "ignored""#]);
    mistake("lights = 2", "lights = 5", &["10:10 5 lights are not driven; write 0 to 4; each of them shows the same"]);
    mistake(
        "display = \"no\"\n",
        "display = \"no\"\n[[device_profile]]\nname = \"lock\"\nrole = \"lock\"\nrelease = { output = 0 }\n",
        &[r#"13:8 device profile "lock" exists already; give it another name; those of the roles are built in"#],
    );
}

#[test]
fn a_device_uses_a_profile_of_its_role_that_exists() {
    let uses = |profile: &str| with("address = 2\n", &format!("address = 2\nprofile = \"{profile}\"\n"));
    let check = |profile: &str, expect: &[&str]| {
        let text = uses(profile);
        if expect.is_empty() {
            Config::from_text(&text, site_dir().path()).unwrap();
        } else {
            super::check(text, expect);
        }
    };
    check("lock", &[]);
    check("lokc", &[r#"55:11 device profile "lokc" does not exist; did you mean "lock"?"#]);
    check(
        "handle",
        &[r#"55:11 device profile "handle" is for role "handle", not "lock"; name one with role = "lock""#],
    );
}

#[test]
fn no_door_is_released_for_longer_than_its_lock_can_be() {
    let refused = |times: &str, expect: &[&str]| {
        check(text(PROFILE).replace("release_time = \"7s\"\n", times), expect);
    };
    let line = 1 + GOOD.lines().position(|line| line.starts_with("release_time")).unwrap();
    let said = |line: usize, column: usize, member: &str, time: &str| {
        format!(
            "{line}:{column} {member} is {time}, and the lock of this door, \"main-entrance-lock\", can be driven for 30s at most by its device profile; shorten {member}, or mend longest of the profile"
        )
    };
    refused("release_time = \"31s\"\n", &[&said(line, 16, "release_time", "31s")]);
    let longer = "release_time = \"7s\"\nextended_release_time = \"40s\"\n";
    refused(longer, &[&said(line + 1, 25, "extended_release_time", "40s")]);
    // What the file does not say is ten seconds more, and stands nowhere but in the door.
    refused("release_time = \"25s\"\n", &[&said(line - 4, 1, "extended_release_time", "35s")]);
    let dir = site_dir();
    assert!(Config::from_text(&text(PROFILE), dir.path()).is_ok());
}
