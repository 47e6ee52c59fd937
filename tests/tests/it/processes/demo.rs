//! The demo as the README shows it: one line, hands in a second terminal, a console behind a sign-in, a stop in good order
//! and the same people after a second start.

use std::path::Path;

use serde_json::Value;

use super::hands::{Hands, find};
use super::http::Api;
use super::program::{Program, Said, command};
use super::site::cli;
use super::stream::Stream;

/// A running demo.
pub(super) struct Demo {
    pub(super) program: Program,
    pub(super) api: Api,
    pub(super) hands: Hands,
    pub(super) http: String,
    login: String,
}

impl Demo {
    #[track_caller]
    pub(super) fn start(dir: &Path, more: &[&str]) -> Self {
        let mut demo = command("rackward");
        demo.arg("demo").arg("--dir").arg(dir).args(["--http", "127.0.0.1:0", "--quiet"]).args(more);
        let program = Program::start(demo);
        let line: Value = serde_json::from_str(&program.first_line()).unwrap();
        let text = |member: &str| line[member].as_str().unwrap().to_owned();
        assert_eq!(Path::new(&text("dir")), dir);
        let (http, login) = (text("http"), text("login"));
        Self { program, api: Api::local(&dir.join("state")), hands: Hands::at(&dir.join("sim.sock")), http, login }
    }
}

#[test]
fn a_badge_at_the_main_entrance() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let mut stream = Stream::open(&demo.api, None);
    let status = demo.api.document("/api/v1/status");
    let expect = "the line comes when everything answers but the reader that waits to be commissioned";
    assert_eq!(status["devices"]["offline"], 1, "{expect}: {status:#}");

    let since = demo.api.head();
    let run = |args: &[&str]| cli(dir.path(), args);
    assert_eq!(run(&["sim", "badge", "p-1", "main-entrance/in"]).code, Some(0));
    let granted = stream.find(since, "the badge", |event| event.is("access.granted", "lon1/main-entrance/in"));
    assert_eq!(granted.says("person_id"), "p-1");
    assert_eq!(run(&["sim", "open", "main-entrance"]).code, Some(0));
    let taken = stream.find(since, "the passage", |event| event.is("access.taken", "lon1/main-entrance"));
    assert!(taken.id > granted.id);
    assert_eq!(run(&["sim", "close", "main-entrance"]).code, Some(0));
    stream.find(since, "the door is shut", |event| {
        event.is("door.changed", "lon1/main-entrance") && event.says("contact") == "closed"
    });
    assert!(stream.seen.iter().all(|event| event.name != "alarm.raised"), "a good passage is no alarm");
    demo.program.interrupt();
}

#[test]
fn the_simulated_hands_reach_the_daemon_by_its_buses() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let mut stream = Stream::open(&demo.api, None);
    let people = cli(dir.path(), &["sim", "people", "-o", "json"]).json();
    assert_eq!(people["items"][0]["id"], "p-1", "the duty engineer comes first: {people:#}");
    assert!(people["items"].as_array().unwrap().len() >= 12);

    let mut check = |verb: &[&str], name: &str, place: &str, kind: &str| {
        let since = demo.api.head();
        let args: Vec<&str> = std::iter::once("sim").chain(verb.iter().copied()).collect();
        let said = cli(dir.path(), &args);
        assert_eq!(said.code, Some(0), "{said:?}");
        stream.find(since, &format!("{verb:?}"), |event| {
            event.name == name && event.data.contains(place) && (kind.is_empty() || event.says("kind") == kind)
        });
    };
    check(&["force", "mantrap-outer"], "alarm.raised", "lon1/mantrap-outer", "door_forced_open");
    check(&["key", "r02/c03/front"], "alarm.raised", "r02/c03/front", "key_override");
    check(&["lift", "r02/c03/front"], "door.changed", "r02/c03/front", "");
    check(&["open", "r02/c03/front"], "door.changed", "r02/c03/front", "");
    check(&["close", "r02/c03/front"], "door.changed", "r02/c03/front", "");
    check(&["seat", "r02/c03/front"], "door.changed", "r02/c03/front", "");
    check(&["tamper", "main-entrance-reader-in"], "alarm.raised", "main-entrance-reader-in", "tamper");
    check(&["cut", "r01-c01-front"], "alarm.raised", "r01-c01-front", "device_offline");
    check(&["restore", "r01-c01-front"], "device.online", "r01/c01/front", "");
    check(&["cut", "plant-room-lock"], "alarm.raised", "plant-room-lock", "device_offline");
    check(&["restore", "plant-room-lock"], "device.online", "lon1/plant-room", "");
    check(&["fence", "fence-north"], "alarm.raised", "lon1/fence-north", "intrusion");
    check(&["rex", "hall-a/entrance"], "door.exit-released", "lon1/hall-a/entrance", "");
    check(&["badge", "p-11", "plant-room/in"], "access.factor-awaited", "lon1/plant-room/in", "");
    check(&["pin", "p-11", "plant-room/in"], "access.granted", "lon1/plant-room/in", "");
    check(&["badge", "p-12", "main-entrance/in"], "access.denied", "lon1/main-entrance/in", "");

    let refused = |verb: &[&str], code: i32| {
        let said = cli(dir.path(), &[&["sim"], verb].concat());
        assert_eq!(said.code, Some(code), "{said:?}");
    };
    refused(&["dance"], 2);
    refused(&["badge", "nobody", "main-entrance/in"], 12);
    refused(&["open", "mantrap-inner"], 6);

    let alarms = cli(dir.path(), &["alarm", "list", "-o", "json"]).json();
    let forced = find(&alarms["items"], "kind", "door_forced_open");
    assert_eq!(forced["priority"], 1);
    let id = forced["id"].as_str().unwrap();
    cli(dir.path(), &["alarm", "ack", id, "--note", "guard sent", "-o", "json"]).json();
    demo.program.interrupt();
}

#[test]
fn rights_take_effect_on_the_next_badge() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let mut stream = Stream::open(&demo.api, None);
    let json = |args: &[&str]| cli(dir.path(), &[args, &["-o", "json"]].concat()).json();
    let mut badge = |point: &str, expect: &str| {
        let since = demo.api.head();
        demo.hands.badge("p-12", point);
        let event =
            stream.find(since, expect, |event| event.name.starts_with("access.") && event.is(&event.name, point));
        assert_eq!(event.name, expect, "{}", event.data);
    };
    badge("r01/c04/front", "access.denied");

    let rack = ["--rack", "r01/c04", "--for", "4h", "--reason", "Swap a fan"];
    let without = cli(dir.path(), &[&["grant", "create", "--person", "p-12", "-o", "json"], rack.as_slice()].concat());
    assert_eq!(without.code, Some(7), "the hall's policy asks for a ticket: {without:?}");
    assert!(without.err.contains("ticket"), "{without:?}");
    let grant = json(&[&["grant", "create", "--person", "p-12", "--ticket", "CHG-1"], rack.as_slice()].concat());
    let explained = json(&["explain", "--person", "p-12", "--point", "r01/c04/front"]);
    assert_eq!((&explained["outcome"], &explained["grant"]), (&"granted".into(), &grant["id"]));
    badge("r01/c04/front", "access.granted");

    let id = grant["id"].as_str().unwrap();
    let listed = json(&["grant", "list", "--person", "p-12"]);
    assert_eq!(find(&listed["items"], "id", id)["standing"], "active");
    let revoked = json(&["grant", "revoke", id, "--reason", "Done"]);
    assert!(revoked["generation"].as_u64() > grant["generation"].as_u64());
    let explained = json(&["explain", "--person", "p-12", "--point", "r01/c04/front"]);
    assert_eq!(explained["outcome"], "denied");
    badge("r01/c04/front", "access.denied");

    // A new person with a new card, whose number nobody sees again.
    let person = json(&["person", "create", "Nora Quist"]);
    let id = person["id"].as_str().unwrap();
    let credential = json(&["credential", "assign", "--person", id, "--card", "26:99:4242"]);
    assert!(!credential.to_string().contains("4242"), "a card number is shown to nobody: {credential}");
    let known = json(&["person", "list"]);
    assert_eq!(find(&known["items"], "id", id)["name"], "Nora Quist");
    let unknown = cli(dir.path(), &["explain", "--person", "p-999", "--point", "plant-room/in", "-o", "json"]);
    assert_eq!(unknown.code, Some(12), "{unknown:?}");
    demo.program.interrupt();
}

#[test]
fn every_verb_answers_in_json() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let check = |args: &[&str], kind: &str| {
        let document = cli(dir.path(), &[args, &["-o", "json"]].concat()).json();
        assert_eq!((&document["api_version"], &document["kind"]), (&"rackward/v1".into(), &kind.into()), "{args:?}");
        let text = cli(dir.path(), args);
        assert_eq!(text.code, Some(0), "{text:?}");
        assert!(!text.out.contains('\u{1b}'), "no escapes into a pipe: {text:?}");
    };
    check(&["status"], "Status");
    check(&["alarm", "list"], "AlarmList");
    check(&["door", "list"], "DoorList");
    check(&["device", "list"], "DeviceList");
    check(&["person", "list"], "PersonList");
    check(&["credential", "list", "--person", "p-1"], "CredentialList");
    check(&["grant", "list"], "GrantList");
    check(&["grant", "show", "g-1"], "Grant");
    check(&["request", "list"], "RequestList");
    check(&["breakglass", "list"], "BreakGlassList");
    check(&["schedule", "list"], "ScheduleList");
    check(&["calendar", "list"], "CalendarList");
    check(&["profile", "list"], "ProfileList");
    check(&["organisation", "list"], "OrganisationList");
    check(&["agreement", "list"], "AgreementList");
    check(&["area", "list"], "AreaList");
    check(&["area", "occupancy", "lon1/lobby"], "OccupantList");
    check(&["rack", "list"], "RackList");
    check(&["rack", "who", "r01/c01"], "GrantList");
    check(&["point", "list"], "PointList");
    check(&["audit", "verify"], "JournalVerified");
    check(&["event", "list"], "EventList");
    check(
        &["explain", "--person", "p-2", "--point", "main-entrance/in", "--at", "2031-08-04T09:00:00+01:00"],
        "Explanation",
    );

    let mut watch = command("rackward");
    watch.arg("--dir").arg(dir.path()).args(["event", "watch", "--json", "--after", "0"]);
    let mut watch = Program::start(watch);
    let first: Value = serde_json::from_str(&watch.first_line()).unwrap();
    assert_eq!(first["type"], "version");
    watch.signal(rustix::process::Signal::INT);
    assert_eq!(watch.wait().code(), Some(130), "{}", watch.errors());
    let events: Vec<Value> = watch.output().lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = events.iter().map(|event| event["id"].as_str().unwrap().parse::<u64>().unwrap());
    assert!(ids.clone().eq(1..=ids.count() as u64), "every entry once, from the first");

    demo.program.interrupt();
    let gone = cli(dir.path(), &["status"]);
    assert_eq!(gone.code, Some(11), "{gone:?}");
    assert!(gone.err.contains("rackward.sock"), "{gone:?}");
}

#[test]
fn the_demo_stops_in_good_order_and_keeps_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let json = |args: &[&str]| -> Said { cli(dir.path(), &[args, &["-o", "json"]].concat()) };
    let demo = Demo::start(dir.path(), &["--still"]);
    let person = json(&["person", "create", "Nora Quist"]).json();
    let (people, grants) = (json(&["person", "list"]).json(), json(&["grant", "list"]).json());
    demo.program.interrupt();
    assert!(!dir.path().join("state/rackward.sock").exists());
    assert!(!dir.path().join("sim.sock").exists());

    let demo = Demo::start(dir.path(), &["--still"]);
    assert_eq!(json(&["person", "list"]).json(), people, "the same people, none twice");
    assert_eq!(json(&["grant", "list"]).json(), grants);
    find(&people["items"], "id", person["id"].as_str().unwrap());
    let mut stream = Stream::open(&demo.api, None);
    let since = demo.api.head();
    demo.hands.badge("p-1", "main-entrance/in");
    stream.find(since, "the badge", |event| event.is("access.granted", "main-entrance/in"));
    demo.program.interrupt();
    let verified = cli(dir.path(), &["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn a_second_demo_in_the_same_place_leaves_the_first_alone() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let site_file = || std::fs::read(dir.path().join("rackward.toml")).unwrap();
    let before = site_file();
    let second = cli(dir.path(), &["demo", "--http", "127.0.0.1:0", "--quiet", "--still"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(second.err.contains("already running") && second.err.contains("--dir"), "{second:?}");
    assert_eq!(site_file(), before);
    assert!(dir.path().join("bus/perimeter").exists(), "the lines of the first are still there");
    demo.program.interrupt();
}

#[test]
fn the_demo_ends_when_its_time_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(dir.path(), &["--for", "1s"]);
    assert!(demo.program.wait().success());
}

#[test]
fn the_console_wants_a_sign_in_and_its_link_works_once() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let stranger = Api::console(&demo.http);
    let check = |path: &str, status: u16| assert_eq!(stranger.get(path).status, status, "{path}");
    check("/healthz", 200);
    check("/api/v1/status", 401);
    check("/api/v1/stream", 401);
    check("/api/v1/people", 401);
    assert_eq!(stranger.get("/").header("location"), Some("/login"));

    let token = demo.login.split_once("token=").unwrap().1;
    let path = demo.login.strip_prefix(&demo.http).unwrap();
    assert!(stranger.get(path).text().contains("<button"), "looking at the link does not use it up");
    let sign_in = || {
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        stranger.send("POST", "/login", form, &format!("token={token}"))
    };
    let signed_in = sign_in();
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some("/")));
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(sign_in().status, 403, "the link works once");

    let address = demo.http.strip_prefix("http://").unwrap().to_owned();
    let operator = Api::Console { address, cookie: Some(cookie) };
    assert_eq!(operator.get("/").header("location"), Some("/shift"));
    assert!(operator.get("/alarms").text().contains("data-site=\"lon1\""));
    let since = operator.head();
    let mut stream = Stream::open(&operator, None);
    demo.hands.badge("p-1", "main-entrance/in");
    stream.find(since, "the badge in the browser", |event| event.is("access.granted", "main-entrance/in"));

    let link = cli(dir.path(), &["console", "login", "-o", "json"]).json();
    assert!(link.to_string().contains("/login?token="), "{link}");
    demo.program.interrupt();
}
