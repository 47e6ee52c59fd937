//! An apply of site files that is cut off: the daemon is killed before it is on disk, after it is and nobody was told, and
//! anywhere in the middle of many. Afterwards everything that the files say is there, or nothing of it.

use std::thread;

use serde_json::{Value, json};

use super::http::Api;
use super::killed::{Draw, seed};
use super::repeated::Beside;
use super::site::{Daemon, Plan, Site};
use super::stream::Stream;

/// Kills in one run.
const ROUNDS: u32 = 5;

/// How many schedules the files have: each is an entry of the journal.
const SCHEDULES: usize = 40;

/// Most entries that are waited for before a kill: those of several applies.
const MOST_ENTRIES: u64 = 150;

/// Two sets of files that have not one record in common as it is.
struct Files {
    one: Vec<Value>,
    other: Vec<Value>,
}

impl Files {
    fn of(daemon: &Daemon) -> Self {
        let grant = daemon.api.document("/api/v1/grants")["items"][0].clone();
        let say = |window: &str, door: &str, person: &str| {
            let object = |kind: &str, name: &str, spec: Value| json!({ "api_version": "rackward/v1", "kind": kind, "metadata": { "name": name }, "spec": spec });
            let times = (0..SCHEDULES).map(|n| object("Schedule", &format!("s{n}"), json!({ "windows": [window] })));
            let member =
                json!({ "person": person, "from_at": grant["from_at"], "to_at": grant["to_at"], "reason": "crew" });
            let crew = [
                object("AccessProfile", "crew", json!({ "points": [door], "schedule": "s0" })),
                object("Membership", "crew", json!({ "profile": "crew", "members": [member] })),
            ];
            times.chain(crew).collect()
        };
        Self { one: say("Mon 08:00-09:00", "main", "p-1"), other: say("Tue 10:00-11:00", "side", "p-3") }
    }
}

/// What there is, as files would say it.
#[track_caller]
fn export(api: &Api) -> String {
    api.document("/api/v1/site-files")["items"].to_string()
}

/// Applies files under a key; nothing where the daemon went away before it said what came of it.
fn try_apply(api: &Api, objects: &[Value], key: &str) -> Option<u16> {
    let headers = format!("content-type: application/json\r\nidempotency-key: \"{key}\"\r\n");
    let now = api.try_send("GET", "/api/v1/site-files", "", "").ok()?;
    let base = serde_json::from_str::<Value>(&now.try_text().ok()?).ok()?["generation"].clone();
    let body = json!({ "objects": objects, "base_generation": base, "max_deletes": 100, "reason": key });
    Some(api.try_send("POST", "/api/v1/site-files/apply", &headers, &body.to_string()).ok()?.status)
}

/// A site with people whose files were applied, and what there is then by the one set and by the other.
fn applied() -> (Site, Daemon, Files, [String; 2]) {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    site.enrol();
    let files = Files::of(&daemon);
    let said = |objects: &[Value], key: &str| {
        assert_eq!(try_apply(&daemon.api, objects, key), Some(200), "{key}");
        export(&daemon.api)
    };
    let other = said(&files.other, "the other first");
    let one = said(&files.one, "the one then");
    assert_ne!(one, other);
    (site, daemon, files, [one, other])
}

#[test]
fn an_apply_that_is_killed_before_it_is_on_disk_did_nothing() {
    let (site, daemon, files, [one, _]) = applied();
    let mut effects = Beside::open(&site.path("state/journal.db"));
    let mut answers = Beside::open(&site.path("state/api.sqlite"));
    let api = daemon.api.clone();
    effects.hold();
    thread::scope(|scope| {
        let sender = scope.spawn(|| try_apply(&api, &files.other, "in flight"));
        answers.wait_until_begun("in flight");
        daemon.program.kill();
        assert_eq!(sender.join().unwrap(), None, "nothing was done, so nothing was said");
    });
    effects.let_go();
    let daemon = site.daemon();
    assert_eq!(export(&daemon.api), one);
    daemon.program.interrupt();
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

#[test]
fn an_apply_that_is_killed_when_it_is_on_disk_did_everything() {
    let (site, daemon, files, [_, other]) = applied();
    let mut effects = Beside::open(&site.path("state/journal.db"));
    let mut answers = Beside::open(&site.path("state/api.sqlite"));
    let mut stream = daemon.stream();
    let api = daemon.api.clone();
    effects.hold();
    thread::scope(|scope| {
        let sender = scope.spawn(|| try_apply(&api, &files.other, "in between"));
        answers.wait_until_begun("in between");
        answers.hold();
        effects.let_go();
        // The first entry of the set is known, and with it the set.
        stream.wait_for("the first entry", |event| event.name == "schedule.set");
        daemon.program.kill();
        // Its answer could not be kept, whether it came or not.
        sender.join().unwrap();
    });
    answers.let_go();
    let daemon = site.daemon();
    assert_eq!(export(&daemon.api), other);
    daemon.program.interrupt();
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}

#[test]
fn however_often_it_is_killed_what_there_is_is_of_one_apply() {
    let (site, daemon, files, whole) = applied();
    daemon.program.kill();
    let mut draw = Draw(seed());
    for round in 1..=ROUNDS {
        let daemon = site.daemon();
        let (api, wanted) = (daemon.api.clone(), 1 + draw.below(MOST_ENTRIES));
        let mut stream: Stream = daemon.stream();
        let (api, files) = (&api, &files);
        let done = thread::scope(|scope| {
            let clerk = scope.spawn(move || {
                let turns = [&files.other, &files.one].into_iter().cycle().zip(0_u32..);
                let said = turns.map(|(objects, turn)| try_apply(api, objects, &format!("round {round} turn {turn}")));
                said.take_while(Option::is_some).count()
            });
            for _ in 0..wanted {
                stream.wait_for("an entry", |event| event.id.is_some());
            }
            daemon.program.kill();
            clerk.join().unwrap()
        });
        let daemon = site.daemon();
        let said = export(&daemon.api);
        println!("round {round}: killed after {wanted} entries, {done} applies were answered");
        assert!(whole.contains(&said), "round {round}: neither before nor after: {said}");
        daemon.program.kill();
    }
    assert_eq!(site.cli(&["audit", "verify"]).code, Some(0));
}
