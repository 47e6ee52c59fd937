//! Rights by the command line, against a real daemon: a request and its approval, an emergency right and its review,
//! schedules and calendars as files, modes and lockdowns, and the exit code of every kind of refusal. The second pair of
//! eyes is an operator who is signed in: whoever is at the machine, or holds a link of nobody's, may be anybody.

use serde_json::Value;

use super::hands::find;
use super::http::Api;
use super::program::{Program, Said};
use super::site::{Plan, Site};

/// A hall whose racks take a ticket and somebody else's approval, and a tenant.
fn strict() -> Plan {
    Plan {
        hall: "ticket = \"required\"\napproval = \"one\"\n",
        more: "[[organisation]]\nname = \"northside\"\n",
        ..Plan::default()
    }
}

/// A browser in which an admin of this name is signed in, by a link of the command line.
#[track_caller]
fn admin(site: &Site, name: &str) -> Api {
    done(&site.cli(&["operator", "create", name, "--role", "admin"]));
    let link = site.cli(&["console", "login", "--operator", name, "-o", "json"]).json();
    let login = link["login"].as_str().unwrap();
    let (address, token) = login.split_once("/login?token=").unwrap();
    let stranger = Api::console(address);
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let signed_in = stranger.send("POST", "/login", form, &format!("token={token}"));
    assert_eq!(signed_in.status, 303);
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    Api::Console { address: address.strip_prefix("http://").unwrap().to_owned(), cookie: Some(cookie) }
}

/// What is answered to `body`, with this status.
#[track_caller]
fn post(api: &Api, path: &str, body: &str, expect: u16) -> Value {
    let answer = api.change(&format!("/api/v1{path}"), body);
    let (status, text) = (answer.status, answer.text());
    assert_eq!(status, expect, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[track_caller]
fn done(said: &Said) {
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn a_request_waits_until_somebody_else_approves() {
    let site = Site::lay_out(&strict());
    // The handle must answer: a door that nothing is known of lets nobody in, whatever the rights.
    let (daemon, _hardware) = (site.daemon(), site.hardware());
    daemon.whole(&mut daemon.stream());
    let json = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    let person = json(&["person", "create", "Ann", "--organisation", "northside"]);
    json(&["credential", "assign", "--person", "Ann", "--card", "26:7:1"]);
    let rack = ["grant", "create", "--person", "Ann", "--rack", "r01/c01", "--for", "4h", "--reason", "Swap PSU 2"];

    let without = site.cli(&rack);
    assert_eq!(without.code, Some(7), "{without:?}");
    let next = "grant create --person Ann --rack r01/c01 --for 4h --reason 'Swap PSU 2' --ticket CHG-...\n";
    assert!(without.err.ends_with(next), "{without:?}");

    let asked = site.cli(&[rack.as_slice(), &["--ticket", "CHG-1", "-o", "json"]].concat());
    assert_eq!(asked.code, Some(8), "{asked:?}");
    let request: Value = serde_json::from_str(&asked.out).unwrap();
    assert_eq!((&request["kind"], &request["approvals_wanted"]), (&"GrantRequest".into(), &1.into()));
    let id = request["id"].as_str().unwrap();
    assert_eq!(find(&json(&["request", "list"])["items"], "id", id)["standing"], "requested");
    let explained = || json(&["explain", "--person", "Ann", "--point", "r01/c01/front"]);
    assert_eq!(explained()["reason"], "grant_not_approved");

    let own = site.cli(&["request", "approve", id, "--reason", "fine"]);
    assert_eq!(own.code, Some(6), "nobody approves what they asked for: {own:?}");
    done(&site.cli(&["request", "cancel", id, "--reason", "an operator asks"]));
    let (ann, ben) = (admin(&site, "ann"), admin(&site, "ben"));
    let wish = serde_json::json!({
        "person": person["id"], "rack": "r01/c01", "to_at": request["to_at"], "reason": "Swap PSU 2", "ticket": "CHG-1",
    });
    let asked = post(&ann, "/grants", &wish.to_string(), 202);
    let id = asked["id"].as_str().unwrap();
    let approve = r#"{"reason":"within the change window"}"#;
    // Nobody approves what they asked for.
    post(&ann, &format!("/grants/{id}/approve"), approve, 409);
    let root = site.cli(&["request", "approve", id, "--reason", "fine"]);
    assert_eq!(root.code, Some(6), "whoever is at the machine may be ann: {root:?}");
    post(&ben, &format!("/grants/{id}/approve"), approve, 200);
    assert_eq!(json(&["grant", "show", id])["standing"], "active");
    assert_eq!(json(&["request", "list"])["items"], Value::Array(Vec::new()));
    assert_eq!(explained()["outcome"], "granted");
    assert_eq!(find(&json(&["rack", "who", "r01/c01"])["items"], "id", id)["ticket"], "CHG-1");

    let wrong = site.cli(&["grant", "shorten", id, "--for", "9h", "--reason", "slip"]);
    assert!(wrong.code == Some(7) && wrong.err.contains(&format!("grant extend {id}")), "{wrong:?}");
    done(&site.cli(&["grant", "shorten", id, "--for", "1h", "--reason", "nearly done"]));
    let closed = json(&["ticket", "close", "CHG-1", "--reason", "done"]);
    assert_eq!(closed["ended"], serde_json::json!([id]));
    assert_eq!(json(&["grant", "show", id])["standing"], "ended:ticket_closed");
    daemon.program.interrupt();
}

#[test]
fn an_emergency_right_is_an_alarm_and_wants_a_review() {
    let site = Site::lay_out(&strict());
    let daemon = site.daemon();
    let json = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    // Names are hidden from whoever asks at the console without a reason, so they name persons by their ids.
    let person = json(&["person", "create", "Ann"])["id"].clone();
    let (ann, ben) = (admin(&site, "ann"), admin(&site, "ben"));
    let wish = serde_json::json!({ "person": person, "rack": "r02/c01", "reason": "Smoke in the rack" });
    let open = post(&ann, "/break-glass", &wish.to_string(), 201);
    let id = open["id"].as_str().unwrap();
    assert_eq!(open["standing"], "active");
    assert_eq!(find(&json(&["alarm", "list"])["items"], "kind", "break_glass")["priority"], 1);
    find(&json(&["breakglass", "list"])["items"], "id", id);
    let own = site.cli(&["breakglass", "review", id, "--note", "all fine"]);
    assert_eq!(own.code, Some(6), "whoever is at the machine may be ann: {own:?}");
    post(&ben, &format!("/grants/{id}/review"), r#"{"note":"fire brigade was there"}"#, 200);
    assert_eq!(json(&["breakglass", "list"])["items"], Value::Array(Vec::new()));
    daemon.program.interrupt();
}

#[test]
fn schedules_come_and_go_as_calendar_files() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    let json = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    done(&site.cli(&["calendar", "create", "holidays", "--day", "2026-12-25", "--day", "2026-12-28"]));
    let night = ["schedule", "create", "night", "--window", "Sun 00:30-01:30", "--special", "holidays="];
    done(&site.cli(&night));
    assert_eq!(site.cli(&night).code, Some(6), "it is there already");
    let preview = site.cli(&["schedule", "preview", "night", "--from", "2026-10-24", "--to", "2026-10-26"]);
    // The clocks go back at 02:00: half past one comes twice, and the second time nothing happens.
    assert!(preview.out.contains("Sun 2026-10-25 00:30 +01:00\topens"), "{preview:?}");

    let file = site.cli(&["schedule", "export", "night"]);
    assert!(file.out.starts_with("BEGIN:VCALENDAR\r\n"), "{file:?}");
    let path = site.path("copy.ics");
    std::fs::write(&path, &file.out).unwrap();
    done(&site.cli(&["schedule", "import", path.to_str().unwrap()]));
    let schedules = json(&["schedule", "list"]);
    assert_eq!(
        find(&schedules["items"], "name", "copy")["windows"],
        find(&schedules["items"], "name", "night")["windows"]
    );
    let days = site.cli(&["calendar", "export", "holidays"]);
    assert!(days.out.contains("20261225"), "{days:?}");

    json(&["person", "create", "Ann"]);
    let door = ["--door", "main=night", "--rack", "r01/c01", "--schedule", "copy", "--reason", "Night shift"];
    done(&site.cli(&[&["profile", "create", "night-team"], door.as_slice()].concat()));
    let grant = ["grant", "create", "--person", "Ann", "--profile", "night-team", "--for", "30d", "--reason", "Joined"];
    assert_eq!(json(&grant)["profile"], "night-team");
    let used = site.cli(&["schedule", "delete", "night"]);
    assert_eq!(used.code, Some(6), "a profile uses it: {used:?}");
    done(&site.cli(&["profile", "delete", "night-team", "--reason", "reorganised"]));
    done(&site.cli(&["schedule", "delete", "night"]));
    done(&site.cli(&["calendar", "delete", "holidays"]));
    assert_eq!(json(&["grant", "list"])["items"][0]["standing"], "ended:profile_removed");
    daemon.program.interrupt();
}

#[test]
fn modes_lockdowns_and_the_threat_level_are_orders_with_a_reason() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    let mode = |door: &str| {
        let doors = site.cli(&["door", "list", "-o", "json"]).json();
        find(&doors["items"], "path", door)["mode"].as_str().unwrap().to_owned()
    };
    let check = |order: &str, code: i32, expect: &str| {
        let said = site.cli(&["door", order, "side", "--reason", "exercise"]);
        assert_eq!((said.code, mode("side").as_str()), (Some(code), expect), "{order}: {said:?}");
    };
    check("block", 0, "blocked");
    check("unblock", 0, "locked");
    check("unlock", 0, "unlocked");
    check("double-lock", 0, "double_locked");
    check("lock", 0, "locked");
    check("lockdown", 0, "locked_down");
    check("unlock", 5, "locked_down");
    check("lock-open-release", 5, "locked_down");
    check("lockdown-release", 0, "locked");
    check("lock-open", 0, "locked_open");
    check("lock-open-release", 0, "locked");

    let status = || site.cli(&["status", "-o", "json"]).json();
    done(&site.cli(&["area", "lockdown", "lobby", "--reason", "exercise"]));
    assert_eq!(mode("lon1/main"), "locked_down");
    assert_eq!(status()["locked_down"], serde_json::json!(["lon1/lobby"]));
    done(&site.cli(&["area", "release", "lobby", "--reason", "over"]));
    assert_eq!(mode("lon1/main"), "locked");
    done(&site.cli(&["site", "threat-level", "guarded", "--reason", "exercise"]));
    assert_eq!(status()["threat_level"], "guarded");
    done(&site.cli(&["presence", "forgive", "--everybody", "--reason", "exercise"]));
    daemon.program.interrupt();
}

#[test]
fn of_two_operators_at_one_alarm_the_second_is_told_of_the_first() {
    let site = Site::lay_out(&strict());
    let daemon = site.daemon();
    let person = site.cli(&["person", "create", "Cem", "-o", "json"]).json()["id"].clone();
    let (ann, ben) = (admin(&site, "ann"), admin(&site, "ben"));
    let wish = serde_json::json!({ "person": person, "rack": "r02/c01", "reason": "Smoke in the rack" });
    post(&ann, "/break-glass", &wish.to_string(), 201);
    let alarm = find(&ann.document("/api/v1/alarms")["items"], "kind", "break_glass");
    let path = format!("/api/v1/alarms/{}", alarm["id"].as_str().unwrap());
    let seen = |api: &Api| api.get(&path).header("etag").unwrap().to_owned();
    let (by_ann, by_ben) = (seen(&ann), seen(&ben));
    assert_eq!(by_ann, by_ben);
    let acknowledge = |api: &Api, seen: &str, key: &str| {
        let headers = format!("content-type: application/json\r\nif-match: {seen}\r\nidempotency-key: \"{key}\"\r\n");
        let answer = api.send("POST", &format!("{path}/acknowledge"), &headers, r#"{"note":"I am on my way"}"#);
        (answer.status, answer.json())
    };
    let (first, second) = (acknowledge(&ann, &by_ann, "a"), acknowledge(&ben, &by_ben, "b"));
    assert_eq!((first.0, second.0), (200, 412), "{first:?} {second:?}");
    let told = &second.1["meanwhile"];
    assert_eq!([&told["by"], &told["name"]], ["opr-1", "ann"], "{second:?}");
    assert!(told["done"].as_str().unwrap().starts_with("opr-1 acknowledged"), "{second:?}");
    daemon.program.interrupt();
}

#[test]
fn every_kind_of_refusal_has_its_exit_code() {
    let site = Site::lay_out(&strict());
    let daemon = site.daemon();
    site.cli(&["person", "create", "Ann", "-o", "json"]).json();
    let check = |line: &str, code: i32| {
        let said = site.cli(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(said.code, Some(code), "{line}: {said:?}");
        assert!(said.out.is_empty() && said.err.starts_with("error"), "{line}: {said:?}");
    };
    check("person list --no-such-flag", 2);
    let lockdown = site.cli(&["area", "lockdown", "lobby", "--reason", "exercise"]);
    assert_eq!(lockdown.code, Some(0), "{lockdown:?}");
    check("door open main --reason x", 5);
    let released = site.cli(&["area", "release", "lobby", "--reason", "over"]);
    assert_eq!(released.code, Some(0), "{released:?}");
    check("person pin Ann", 2);
    check("door lockdown main", 2);
    check("door lockdown-release main --reason x", 6);
    check("calendar create days --day 2026-02-30", 7);
    check("schedule create nights --window Mon-Fri", 7);
    check("grant create --person Ann --door main --to 2020-01-01 --reason x", 7);
    check("grant create --person Ann --door nowhere --for 4h --reason x", 12);
    check("grant create --person Ann --rack nowhere --for 4h --reason x", 12);
    check("grant create --person nobody --door main --for 4h --reason x", 12);
    check("grant create --person Ann --profile nothing --for 4h --reason x", 12);
    check("grant create --person Ann --door main --schedule never --for 4h --reason x", 12);
    check("person edit Ann --organisation nobody --reason x", 12);
    check("person edit p-99 --clearance high --reason x", 12);
    check("area lockdown nowhere --reason x", 12);
    check("area occupancy nowhere", 12);
    check("schedule show never", 12);
    check("schedule delete never", 12);
    check("schedule preview never", 12);
    check("profile delete never --reason x", 12);
    check("rack who nowhere", 12);
    check("grant show g-99", 12);
    check("grant revoke g-99 --reason x", 12);
    check("request approve g-99 --reason x", 12);
    check("agreement end agr-99 --reason x", 12);
    check("credential unlock cred-99", 12);
    check("calendar import /nowhere/days.ics", 12);
    check("run --config /nowhere/rackward.toml", 7);
    check("audit verify --config /nowhere/rackward.toml", 7);
    daemon.program.interrupt();
    check("status", 11);
}

#[test]
fn a_taken_port_is_told_as_one() {
    let site = Site::lay_out(&Plan::default());
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let text = std::fs::read_to_string(site.file()).unwrap();
    let text = text.replacen("listen = \"127.0.0.1:0\"", &format!("listen = \"{}\"", taken.local_addr().unwrap()), 1);
    std::fs::write(site.file(), text).unwrap();
    let mut daemon = Program::start(site.daemon_command());
    assert_eq!(daemon.wait().code(), Some(11), "{}", daemon.errors());
    assert!(daemon.errors().contains("cannot listen on"), "{}", daemon.errors());
}

#[test]
fn verified_evidence_is_json_for_programs() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    done(&site.cli(&["person", "create", "Ann"]));
    daemon.program.interrupt();
    let verified = site.cli(&["audit", "verify", "-o", "json"]).json();
    assert_eq!((&verified["api_version"], &verified["kind"]), (&"rackward/v1".into(), &"JournalVerified".into()));
    assert_eq!(verified["chain"].as_str().map(str::len), Some(64));
    let nothing = tempfile::tempdir().unwrap();
    let missing = super::site::cli(nothing.path(), &["audit", "verify", "-o", "json"]);
    assert_eq!(missing.code, Some(13), "{missing:?}");
    assert!(missing.out.contains("not-verified"), "{missing:?}");
}

#[test]
fn an_apply_that_widens_by_more_than_the_limit_is_confirmed_by_a_second_operator() {
    let site = Site::lay_out(&Plan { more: "[admin]\nwiden_limit = 1\n", ..Plan::default() });
    let daemon = site.daemon();
    let json = |args: &[&str]| site.cli(&[args, &["-o", "json"]].concat()).json();
    for (name, card) in [("Ann", "26:7:1"), ("Ben", "26:7:2"), ("Cem", "26:7:3")] {
        json(&["person", "create", name]);
        json(&["credential", "assign", "--person", name, "--card", card]);
    }
    let granted = json(&["grant", "create", "--person", "p-3", "--door", "side", "--for", "4h", "--reason", "x"]);
    let (ann, ben) = (admin(&site, "ann"), admin(&site, "ben"));
    let object = |kind: &str, spec: Value| serde_json::json!({ "api_version": "rackward/v1", "kind": kind, "metadata": { "name": "crew" }, "spec": spec });
    let member = |person: &str| serde_json::json!({ "person": person, "to_at": granted["to_at"], "reason": "crew" });
    let apply = |people: &[&str], expect: u16| {
        let members: Vec<Value> = people.iter().map(|person| member(person)).collect();
        let objects = [
            object("AccessProfile", serde_json::json!({ "points": ["main"] })),
            object("Membership", serde_json::json!({ "profile": "crew", "members": members })),
        ];
        let base = json(&["export", "site"])["generation"].clone();
        let body = serde_json::json!({ "objects": objects, "base_generation": base, "reason": "crew" });
        post(&ann, "/site-files/apply", &body.to_string(), expect)
    };
    let may_pass = || json(&["who-can", "main"])["items"].as_array().unwrap().len();
    apply(&["p-1"], 200);
    assert_eq!(may_pass(), 1);
    let waits = apply(&["p-1", "p-2", "p-3"], 202);
    let confirm = format!("/proposals/{}/confirm", waits["proposal"].as_str().unwrap());
    assert_eq!(may_pass(), 1, "it waits");
    post(&ann, &confirm, "{}", 409);
    post(&ben, &confirm, "{}", 200);
    assert_eq!(may_pass(), 3);

    // What was confirmed rests on what its proposer saw.
    let stale = apply(&["p-1"], 200)["generation"].clone();
    let waits = apply(&["p-1", "p-2", "p-3"], 202);
    let confirm = format!("/proposals/{}/confirm", waits["proposal"].as_str().unwrap());
    json(&["grant", "create", "--person", "p-2", "--door", "side", "--for", "4h", "--reason", "meanwhile"]);
    post(&ben, &confirm, "{}", 412);
    assert_eq!(may_pass(), 1, "nothing of it was done since generation {stale}");
    daemon.program.interrupt();
}
