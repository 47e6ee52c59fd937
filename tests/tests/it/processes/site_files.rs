//! Site files by the command line, against a real daemon: exported, planned, applied, undone, tested, and every way in which
//! they can be wrong. What is refused or only tried leaves the database as it was, byte by byte.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::program::Said;
use super::site::{Plan, Site};

const CREW: &str = r#"
[[objects]]
api_version = "rackward/v1"
kind = "Schedule"
metadata = { name = "days" }
spec = { windows = ["Mon-Sun 00:00-24:00"] }

[[objects]]
api_version = "rackward/v1"
kind = "AccessProfile"
metadata = { name = "crew" }
spec = { points = ["**/main"], schedule = "days" }

[[objects]]
api_version = "rackward/v1"
kind = "Membership"
metadata = { name = "crew" }
tests = [{ person = "p-1", at = MOMENT, open = ["main"], denied = ["side"] }]
spec = { profile = "crew", members = [{ person = "p-1", from_at = "FROM", to_at = "TO", reason = "crew" }] }
"#;

/// A directory with one file of this text.
fn files(site: &Site, name: &str, text: &str) -> PathBuf {
    let dir = site.path(name);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("crew.toml"), text).unwrap();
    dir
}

/// The crew, until half a year from now.
fn crew(site: &Site) -> String {
    let wish =
        ["grant", "create", "--person", "p-2", "--door", "main", "--for", "4000h", "--reason", "x", "-o", "json"];
    let granted = site.cli(&wish).json();
    let moment = |name: &str| granted[name].as_str().unwrap().to_owned();
    CREW.replace("FROM", &moment("from_at")).replace("TO", &moment("to_at")).replace("MOMENT", &moment("from_at"))
}

#[track_caller]
fn ends(said: &Said, code: i32) {
    assert_eq!(said.code, Some(code), "{said:?}");
}

/// All that files can change, and every entry that was recorded.
fn state(site: &Site) -> String {
    let export = site.cli(&["export", "site", "-o", "json"]).out;
    format!("{export}{}", site.cli(&["event", "list", "-o", "json"]).out)
}

#[test]
fn files_are_exported_planned_applied_and_undone() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    for name in ["Ann", "Ben"] {
        ends(&site.cli(&["person", "create", name]), 0);
    }
    let dir = files(&site, "site", &crew(&site));
    let dir = dir.to_str().unwrap();
    let before = state(&site);
    let planned = site.cli(&["plan", "-f", dir, "--detailed-exitcode"]);
    ends(&planned, 10);
    assert!(planned.out.contains("+! Membership crew") && planned.out.contains("1 person gain"), "{planned:?}");
    assert!(!planned.out.contains('\u{1b}'), "no colours where nobody looks");
    let tried = site.cli(&["apply", "-f", dir, "-n"]);
    ends(&tried, 0);
    assert_eq!(state(&site), before, "neither a plan nor a trial changes anything");

    let out = site.path("week31.plan");
    let out = out.to_str().unwrap();
    ends(&site.cli(&["plan", "-f", dir, "--out", out]), 0);
    let applied = site.cli(&["apply", out, "--reason", "CHG-1", "-o", "ndjson"]);
    ends(&applied, 0);
    let lines: Vec<Value> = applied.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(applied.out.lines().next(), Some(r#"{"type":"version","schema":"1.0"}"#), "{applied:?}");
    assert_eq!(lines.last().unwrap()["type"], "applied", "{applied:?}");
    let again = site.cli(&["plan", "-f", dir, "--detailed-exitcode", "-o", "json"]);
    ends(&again, 0);
    assert_eq!(again.json()["items"], Value::Array(Vec::new()), "{again:?}");
    let stale = site.cli(&["apply", out]);
    ends(&stale, 6);
    assert!(stale.err.contains("plan again"), "{stale:?}");
    let tested = site.cli(&["test", "-f", dir]);
    ends(&tested, 0);
    assert!(tested.out.contains("all 2 hold"), "{tested:?}");
    let before_undo = state(&site);
    ends(&site.cli(&["undo", "--reason", "too early", "-n"]), 0);
    assert_eq!(state(&site), before_undo, "an undo can be tried");

    let export = |name: &str| {
        let dir = site.path(name);
        ends(&site.cli(&["export", "site", "-f", dir.to_str().unwrap()]), 0);
        dir
    };
    let first = export("first");
    let of_export = site.cli(&["plan", "-f", first.to_str().unwrap(), "-o", "json"]).json();
    assert_eq!(of_export["items"], Value::Array(Vec::new()), "a plan of an export is empty: {of_export}");
    let schedule_alone = CREW.split("[[objects]]").take(2).collect::<Vec<_>>().join("[[objects]]");
    let fewer = files(&site, "fewer", &schedule_alone.replace("Mon-Sun 00:00-24:00", "Mon 08:00-09:00"));
    let fewer = fewer.to_str().unwrap();
    let few = site.cli(&["apply", "-f", fewer, "--prune", "--max-deletes", "1"]);
    ends(&few, 6);
    assert!(few.err.contains("2 rights or objects"), "{few:?}");
    let progress = site.cli(&["apply", "-f", fewer, "--prune", "-o", "ndjson"]);
    ends(&progress, 0);
    let kinds: Vec<String> = progress
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["version", "read", "planned", "applied"], "{progress:?}");
    ends(&site.cli(&["undo", "--reason", "too early"]), 0);
    let second = export("second");
    for file in fs::read_dir(&first).unwrap().map(|entry| entry.unwrap()) {
        let text = |dir: &PathBuf| fs::read_to_string(dir.join(file.file_name())).unwrap();
        assert_eq!(text(&first), text(&second), "apply, then undo, gives the same export");
    }
    drop(daemon);
}

#[test]
fn what_is_wrong_is_told_by_file_and_line_and_nothing_is_done() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    ends(&site.cli(&["person", "create", "Ann"]), 0);
    ends(&site.cli(&["person", "create", "Ben"]), 0);
    let good = crew(&site);
    let before = state(&site);
    let check = |name: &str, text: &str, code: i32, expect: &[&str]| {
        let dir = files(&site, name, text);
        let said = site.cli(&["apply", "-f", dir.to_str().unwrap()]);
        ends(&said, code);
        for part in expect {
            assert!(said.err.contains(part), "{name}: {part} is not told: {said:?}");
        }
        let told = site.cli(&["plan", "-f", dir.to_str().unwrap(), "-o", "json"]);
        assert!(serde_json::from_str::<Value>(&told.out).is_ok(), "{told:?}");
        assert_eq!(state(&site), before, "{name}");
    };
    check("unknown", &good.replace("windows =", "window ="), 7, &["crew.toml:6:10", "did you mean \"windows\"?"]);
    check("door", &good.replace("**/main", "lon1/mian"), 7, &["crew.toml:12:20", "did you mean"]);
    check("person", &good.replace("p-1", "p-77"), 7, &["crew.toml:19:39", "p-77 does not exist"]);
    check("twice", &format!("{good}{good}"), 7, &["one name, one object"]);
    check("syntax", "api_version = ", 7, &["crew.toml:1"]);
    check("many", &"x = 1\n".repeat(10_000), 7, &["9999 problems", "crew.toml:10000:1"]);
    let failing = good.replace("denied = [\"side\"]", "denied = [\"main\"]");
    let told = ["crew.toml:18:", "p-1 at main, ", "expected denied, opens, by g-"];
    check("tests", &failing, 13, &told);
    // A plan that was kept knows where its objects stood.
    let (plan, dir) = (site.path("kept.plan"), site.path("tests"));
    ends(&site.cli(&["plan", "-f", dir.to_str().unwrap(), "--out", plan.to_str().unwrap()]), 13);
    let kept = site.cli(&["apply", plan.to_str().unwrap()]);
    ends(&kept, 13);
    assert!(told.iter().all(|part| kept.err.contains(part)), "{kept:?}");
    // What is wrong with the form of one object does not hide what is wrong with the others.
    let both = good.replace("windows =", "window =").replace("**/main", "lon1/mian");
    check("both", &both, 7, &["crew.toml:6:10", "crew.toml:12:20", "2 problems in the files; nothing was done"]);
    assert!(!site.cli(&["plan", "-f", site.path("both").to_str().unwrap()]).err.contains("no schedule"));
    let missing = site.cli(&["plan", "-f", "/nowhere/at/all"]);
    ends(&missing, 7);
    ends(&site.cli(&["undo", "--reason", "x"]), 6);
    ends(&site.cli(&["drift", "--detailed-exitcode"]), 0);
    ends(&site.cli(&["schema", "-o", "json"]), 0);
    drop(daemon);
}

#[test]
fn drift_tells_only_what_became_so_after_a_moment() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    for name in ["Ann", "Ben"] {
        ends(&site.cli(&["person", "create", name]), 0);
    }
    let dir = files(&site, "site", &crew(&site));
    ends(&site.cli(&["apply", "-f", dir.to_str().unwrap()]), 0);
    // When somebody else came: a moment between what happens before and after it.
    let moment = |name: &str| {
        ends(&site.cli(&["person", "create", name]), 0);
        let events = daemon.api.document("/api/v1/events?filter=type:person.created");
        let times = events["items"].as_array().unwrap().iter().map(|event| event["time"].as_str().unwrap().to_owned());
        times.max().unwrap()
    };
    let drifted = |since: &str| {
        let said = site.cli(&["drift", "--since", since, "--detailed-exitcode", "-o", "json"]);
        let told: Value = serde_json::from_str(&said.out).unwrap();
        (said.code, told["items"].as_array().unwrap().len())
    };
    assert_eq!(drifted("-1h"), (Some(0), 0));
    let applied = moment("Cleo");
    let grants = site.cli(&["grant", "list", "--filter", "person:p-1", "-o", "json"]).json();
    let member = grants["items"][0]["id"].as_str().unwrap().to_owned();
    ends(&site.cli(&["grant", "revoke", &member, "--reason", "by hand"]), 0);
    let revoked = moment("Dan");
    assert_eq!(drifted("-1h"), (Some(10), 1));
    assert_eq!(drifted(&applied), (Some(10), 1), "it was as the files said");
    assert_eq!(drifted(&revoked), (Some(0), 0), "it was so by then");
    let said = site.cli(&["drift", "--since", &revoked]);
    assert!(said.out.starts_with("nothing differs that was not so at "), "{said:?}");
    let to_come = site.cli(&["drift", "--since", "2199-01-01"]);
    assert!(to_come.code != Some(0) && to_come.err.contains("time to come"), "{to_come:?}");
    drop(daemon);
}

#[test]
fn an_export_leaves_nothing_of_an_earlier_one_that_would_be_made_anew() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    for name in ["Ann", "Ben"] {
        ends(&site.cli(&["person", "create", name]), 0);
    }
    let dir = files(&site, "site", &crew(&site));
    ends(&site.cli(&["apply", "-f", dir.to_str().unwrap()]), 0);
    let exported = site.path("exported");
    let export = || {
        let said = site.cli(&["export", "site", "-f", exported.to_str().unwrap()]);
        ends(&said, 0);
        said
    };
    assert!(!export().out.contains("removed"));
    let own = "# Nobody exported this.\n";
    fs::write(exported.join("agreements.toml"), own).unwrap();
    ends(&site.cli(&["undo", "--reason", "over"]), 0);
    let said = export();
    for file in ["schedules.toml", "profiles.toml", "memberships.toml"] {
        assert!(!exported.join(file).exists(), "{file} would be made anew");
        assert!(said.out.contains("removed") && said.out.contains(file), "{said:?}");
    }
    assert!(exported.join("grants.toml").exists(), "of which there is one: {said:?}");
    assert_eq!(fs::read_to_string(exported.join("agreements.toml")).unwrap(), own, "somebody's own stays");
    assert!(!said.out.contains("agreements.toml"), "{said:?}");
    fs::remove_file(exported.join("agreements.toml")).unwrap();
    let planned = site.cli(&["plan", "-f", exported.to_str().unwrap(), "-o", "json"]).json();
    assert_eq!(planned["items"], Value::Array(Vec::new()), "{planned}");
    drop(daemon);
}
