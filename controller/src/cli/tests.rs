//! What can be typed, as tables: which lines are understood, and as what.

mod conversation;

use super::*;
use crate::demo::options::Lifetime;
use arguments::{GrantVerb, PersonVerb};
use clap::CommandFactory as _;
use std::time::Duration;

fn parse(line: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from(std::iter::once("rackward").chain(line.split_whitespace()))
}

#[test]
fn the_tree_of_verbs_is_consistent() {
    CommandLine::command().debug_assert();
}

#[test]
fn the_greeting_is_ten_lines() {
    assert_eq!(arguments::GREETING.lines().count(), 10);
    assert!(matches!(parse(""), Ok(CommandLine { noun: None, .. })));
}

#[test]
fn lines_people_type_are_understood() {
    for line in [
        "status",
        "event watch",
        "event watch --json --after 12",
        "--json event watch",
        "event list --limit 10",
        "alarm list -o plain",
        "alarm ack alm-3 --note seen",
        "alarm ack alm-3",
        "person create --name Ann",
        "person create Ann --pin-stdin",
        "person list --name an",
        "p list",
        "person disable p-3 --reason left",
        "person edit p-3 --pin-stdin",
        "credential assign --person p-3 --card 26:12:34567",
        "credential assign --person p-3 --card raw:32:0a0b0c0d --valid-from now --valid-to +2d",
        "credential lost cred-2 --reason lost",
        "credential return cred-2 --reason left",
        "credential list --person p-3",
        "grant create --person p-3 --rack lon1/hall-a/r01/c01 --for 4h --ticket CHG-1 --reason psu",
        "grant create --person p-3 --door a --door b --from 08:00 --to 18:00 --days Mon-Fri --between 08:00-18:00 --reason x",
        "g list --person p-3",
        "grant revoke g-3 --reason done",
        "explain --person p-3 --point hall-a --at 14:03",
        "door list --dir /tmp/x",
        "door open main-entrance --reason visitor",
        "device list",
        "console login",
        "audit verify --config /etc/rackward/rackward.toml",
        "sim people",
        "sim --dir /tmp/x badge p-1 main-entrance",
        "sim pin p-1 plant-room 4711 --json",
        "run --config rackward.toml",
        "demo --dir /tmp/x --http 127.0.0.1:0 --quiet --still --for 60s --seed 7",
        "version -o json",
        "exit-codes",
        "status --time site --no-color -v --no-input",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn lines_that_make_no_sense_are_usage_errors() {
    for line in [
        "dance",
        "event",
        "event watch --after x",
        "event list --limit 0",
        "event list --limit 1001",
        "person create",
        "person create Ann --name Bob",
        "person edit p-3",
        "person disable p-3",
        "pers list",
        "credential lost cred-2",
        "grant create --person p-3 --for 4h --reason x",
        "grant create --person p-3 --rack r --door d --for 4h --reason x",
        "grant create --person p-3 --rack r --reason x",
        "grant create --person p-3 --rack r --for 4h --to 18:00 --reason x",
        "grant create --person p-3 --rack r --for 4 --reason x",
        "grant create --person p-3 --rack r --for 4h",
        "explain --person p-3",
        "door open --reason x",
        "sim",
        "demo --http nowhere",
        "demo --for 0s",
        "status --time mars",
        "status -o yaml2",
    ] {
        let error = parse(line).map(|_| ()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{line}");
    }
}

#[test]
fn flags_count_before_and_after_the_verb() {
    for line in ["--json status", "status --json", "status -o json", "-o json status"] {
        assert_eq!(parse(line).unwrap().global.form(), Some(Form::Json), "{line}");
    }
    for line in ["--dir /d grant list", "grant --dir /d list", "grant list --dir /d"] {
        assert_eq!(parse(line).unwrap().global.dir, Some(PathBuf::from("/d")), "{line}");
    }
}

#[test]
fn a_demo_is_what_was_asked_for() {
    let options = |line: &str| {
        let line = parse(line).unwrap();
        match line.noun {
            Some(Noun::Demo(args)) => demo_options(&line.global, &args),
            other => panic!("{other:?}"),
        }
    };
    let full = options("demo --dir /d --http 127.0.0.1:0 -q --still --for 60s --seed 7");
    assert_eq!(full.place, Place::Kept(PathBuf::from("/d")));
    assert_eq!((full.banner, full.walking), (Banner::OneLine, Walking::Still));
    assert_eq!((full.lifetime, full.seed), (Lifetime::Span(Duration::from_secs(60)), Some(7)));
    assert_eq!(full.http.port(), 0);
    let plain = options("demo --dir /d");
    assert_eq!((plain.banner, plain.walking, plain.lifetime), (Banner::Full, Walking::Alive, Lifetime::UntilStopped));
}

#[test]
fn a_name_is_taken_from_either_place() {
    for line in ["person create Ann", "person create --name Ann"] {
        match parse(line).unwrap().noun {
            Some(Noun::Person(PersonVerb::Create(args))) => assert_eq!(args.given_name(), "Ann"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn doors_of_a_grant_add_up() {
    match parse("grant create --person p --door a --door b --for 1h30m --reason x").unwrap().noun {
        Some(Noun::Grant(GrantVerb::Create(args))) => {
            assert_eq!(args.door, ["a", "b"]);
            assert_eq!(args.lasting, Some(Duration::from_secs(5400)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_wish_for_json_is_seen_in_a_line_that_is_not_understood() {
    let check = |line: &str, expect: bool| {
        assert_eq!(wants_json(line.split_whitespace().map(str::to_owned)), expect, "{line}");
    };
    check("rackward dance --json", true);
    check("rackward -o json dance", true);
    check("rackward --output=json dance", true);
    check("rackward dance json", false);
    check("rackward dance -o", false);
    check("rackward", false);
}

#[test]
fn causes_are_told_once() {
    let error = anyhow::anyhow!("no such file").context("cannot read a.toml: no such file").context("cannot start");
    assert_eq!(told_once(&error), "cannot start: cannot read a.toml: no such file");
    assert_eq!(told_once(&anyhow::anyhow!("alone")), "alone");
}
