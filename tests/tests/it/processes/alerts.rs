//! A query left standing, from a refused badge to the alarm on the desk: through the real daemon, by the command line, over its death.

use std::path::Path;

use serde_json::Value;

use super::demo::Demo;
use super::program::Said;
use super::site;
use super::stream::Stream;

const QUERY: &str = "type:access.denied door:main-entrance";

fn cli(dir: &Path, args: &[&str]) -> Said {
    site::cli(dir, args)
}

#[track_caller]
fn json(dir: &Path, args: &[&str]) -> Value {
    let said = cli(dir, &[args, &["--json"]].concat());
    assert_eq!(said.code, Some(0), "{args:?}: {said:?}");
    said.json()
}

fn create<'a>(query: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let usual = ["alert", "create", query, "--name", "Refused", "--priority", "2", "--until", "30d"];
    let words = ["--response", "Send the patrol.", "--reason", "Badges were tried"];
    [&usual[..], &words[..], more].concat()
}

/// Somebody without a right badges at the main entrance, and the desk has its alarm.
#[track_caller]
fn refused(demo: &Demo, stream: &mut Stream) -> u64 {
    let since = demo.api.head();
    demo.hands.badge("p-12", "main-entrance/in");
    let denied = stream.find(since, "the refusal", |event| event.is("access.denied", "main-entrance/in"));
    let is_alert = |event: &super::stream::Event| event.name == "alarm.raised" && event.says("kind") == "alert_high";
    let raised = stream.find(since, "the alarm of the alert", is_alert);
    assert_eq!(raised.says("alert_id"), "alr-1", "{}", raised.data);
    denied.json()["id"].as_str().and_then(|id| id.parse().ok()).unwrap()
}

#[test]
fn a_badge_refused_is_an_alarm_on_the_desk() {
    let dir = tempfile::tempdir().unwrap();
    let (demo, dir) = (Demo::start(dir.path(), &["--still"]), dir.path());
    let mut stream = Stream::open(&demo.api, None);

    let tried = cli(dir, &create(QUERY, &["-n"]));
    assert_eq!(tried.code, Some(0), "{tried:?}");
    assert_eq!(json(dir, &["alert", "list"])["items"], Value::Array(Vec::new()));
    for wrong in ["type:acess.denied", "from:-1h type:door.*", "person:khan"] {
        assert_eq!(cli(dir, &create(wrong, &[])).code, Some(7), "{wrong}");
    }
    let made = json(dir, &create(QUERY, &[]));
    assert_eq!((&made["id"], &made["forecast"]["matches"]), (&"alr-1".into(), &0.into()), "{made:#}");

    let first = refused(&demo, &mut stream);
    let second = refused(&demo, &mut stream);
    let alarms = json(dir, &["alarm", "list"]);
    let of_alert = |row: &&Value| row["kind"] == "alert_high";
    let rows: Vec<&Value> = alarms["items"].as_array().unwrap().iter().filter(of_alert).collect();
    assert_eq!(rows.len(), 1, "{alarms:#}");
    assert_eq!((&rows[0]["raised_times"], &rows[0]["response"]), (&2.into(), &"Send the patrol.".into()));
    assert_eq!((&rows[0]["words"], &rows[0]["door"]), (&"Refused".into(), &"lon1/main-entrance".into()));

    let heard: Vec<Value> =
        stream.seen.iter().filter(|event| event.name == "alert.matched").map(|event| event.says("matched")).collect();
    assert_eq!(heard, [first, second], "each refusal once");
    for form in ["table", "wide", "plain", "yaml", "ndjson", "csv", "name"] {
        for line in [&["alert", "list"][..], &["alert", "show", "alr-1"]] {
            let said = cli(dir, &[line, &["-o", form]].concat());
            assert!(said.code == Some(0) && !said.out.is_empty() && !said.out.contains('\u{1b}'), "{line:?}: {said:?}");
        }
    }
    let ended = json(dir, &["alert", "delete", "alr-1", "--reason", "caught"]);
    assert_eq!((&ended["state"], &ended["matches"]), (&"ended".into(), &2.into()), "{ended:#}");
    assert_eq!(cli(dir, &["alert", "delete", "alr-1", "--reason", "caught"]).code, Some(6));
    assert_eq!(cli(dir, &["alert", "show", "alr-9"]).code, Some(12));
    demo.program.interrupt();
    assert_eq!(cli(dir, &["audit", "verify"]).code, Some(0), "the tables are what the journal says");
}
