//! Who may pass at a moment that is over, by the command line against a real daemon: before, while and after a right was there,
//! over a restart, and after what is kept of the past was thrown away.

use std::fs;

use serde_json::Value;

use super::demo::Demo;
use super::program::Said;
use super::site::{self, Plan, Site};
use super::stream::Stream;

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[track_caller]
fn json(site: &Site, line: &str) -> Value {
    let said = site.cli(&words(&format!("{line} -o json")));
    assert_eq!(said.code, Some(0), "{line}: {said:?}");
    said.json()
}

/// Does something that changes no right; the moment at which it was recorded lies behind everything before it.
#[track_caller]
fn moment(site: &Site, name: &str) -> String {
    json(site, &format!("calendar create {name} --day 2026-12-25"));
    let found = json(site, "event search type:calendar.* --limit 1");
    found["items"][0]["time"].as_str().unwrap().to_owned()
}

/// By which grants somebody passes the main door at a moment, as all who can be asked tell it.
#[track_caller]
fn grants(site: &Site, at: &str) -> Vec<Value> {
    let who = json(site, &format!("who-can main --at {at}"));
    let points = json(site, &format!("what-can Ann --at {at}"));
    let grants = |list: &Value| list["items"].as_array().unwrap().iter().map(|row| row["grant"].clone()).collect();
    let (by_point, by_person): (Vec<Value>, Vec<Value>) = (grants(&who), grants(&points));
    assert_eq!(by_point, by_person, "at {at}: {who} {points}");
    let explained = json(site, &format!("explain --person Ann --point main --at {at}"));
    assert_eq!(explained["grant"], by_point.first().cloned().unwrap_or_default(), "at {at}: {explained}");
    assert_eq!(explained["not_known"].as_array().unwrap().len(), 3, "{explained}");
    by_point
}

#[test]
fn who_could_pass_is_told_of_any_moment() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    json(&site, "person create Ann");
    json(&site, "credential assign --person Ann --card 26:7:1");
    let before = moment(&site, "one");
    let made = json(&site, "grant create --person Ann --door main --for 4h --ticket CHG-7 --reason Filters");
    let grant = made["id"].clone();
    let during = moment(&site, "two");
    let id = grant.as_str().unwrap();
    json(&site, &format!("grant revoke {id} --reason done"));
    let after = moment(&site, "three");

    let check = || {
        assert_eq!(grants(&site, &before), Vec::<Value>::new());
        assert_eq!(grants(&site, &during), vec![grant.clone()]);
        assert_eq!(grants(&site, &after), Vec::<Value>::new());
    };
    check();
    let table = site.cli(&words(&format!("explain --person Ann --point main --at {during}")));
    assert!(table.out.starts_with("GRANTED") && table.out.contains(" --   not known: where people are"), "{table:?}");
    let rack = json(&site, &format!("rack who r01/c01 --at {during}"));
    assert_eq!(rack["items"], Value::Array(Vec::new()), "{rack}");

    let week = site.path("week.json");
    let again = r#"{"changes":[{"do":"create_grant","person":"Ann","doors":["main"],"to_at":"PT4H"}]}"#;
    fs::write(&week, again).unwrap();
    let tried = json(&site, &format!("simulate -f {} --replay 1d", week.display()));
    assert_eq!((&tried["passages"], &tried["items"]), (&0.into(), &Value::Array(Vec::new())), "{tried}");

    let refused = |line: &str, code: i32| {
        let said: Said = site.cli(&words(line));
        assert_eq!(said.code, Some(code), "{line}: {said:?}");
        let problem = site.cli(&words(&format!("{line} --json")));
        assert!(serde_json::from_str::<Value>(&problem.out).is_ok(), "{line}: {problem:?}");
    };
    refused("who-can nowhere", 12);
    refused("what-can p-99", 12);
    refused(&format!("what-can p-99 --at {during}"), 12);
    refused("who-can main --at someday", 2);
    refused("who-can", 2);
    refused("simulate -f /nowhere/week.json", 7);
    fs::write(&week, r#"{"changes":[{"do":"revoke_grant","grant":"g-99"}]}"#).unwrap();
    refused(&format!("simulate -f {}", week.display()), 7);

    daemon.program.interrupt();
    refused("who-can main", 11);
    for companion in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(site.path("state").join(format!("past.sqlite{companion}")));
    }
    let _daemon = site.daemon();
    check();
}

#[test]
fn unchanged_rules_make_no_difference_to_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let mut stream = Stream::open(&demo.api, None);
    let says = |line: &str| site::cli(dir.path(), &words(line));
    for (person, expect) in [("p-1", "access.granted"), ("p-12", "access.denied"), ("p-1", "access.granted")] {
        let since = demo.api.head();
        demo.hands.badge(person, "main-entrance/in");
        stream.find(since, expect, |event| event.is(expect, "main-entrance/in"));
    }
    let exported = dir.path().join("exported").display().to_string();
    assert_eq!(says(&format!("export site -f {exported}")).code, Some(0));
    for more in ["", " --prune", " --adopt"] {
        let tried = says(&format!("simulate -f {exported} --replay 1d{more} -o json")).json();
        assert_eq!(tried["passages"].as_u64(), Some(3), "{more}: {tried}");
        assert_eq!((&tried["different"], &tried["items"]), (&0.into(), &Value::Array(Vec::new())), "{more}: {tried}");
    }
    demo.program.interrupt();
}
