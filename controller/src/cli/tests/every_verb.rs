//! Every verb there is, read off the tree of verbs, so that a new one cannot be forgotten: it stands among the lines that people
//! type, its JSON is a document whatever the daemon answers, and nothing of it is an escape sequence.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Command;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use super::super::output::Headings;
use super::lines::LINES;
use super::*;

/// Verbs that ask no daemon, or whose answer goes on: they are tried with the real program.
const APART: &[&str] = &[
    "doctor",
    "event watch",
    "alarm watch",
    "bus trace",
    "bus scan",
    "audit verify",
    "firmware keygen",
    "firmware sign",
    "firmware show",
    "webhook keygen",
    "login",
    "logout",
    "context list",
    "context use",
    "context show",
    "sim",
    "run",
    "demo",
    "version",
    "exit-codes",
    "completion",
    "man",
    "schema",
];

/// Every verb with its noun, such as `grant revoke`; what is only for shells is left out.
fn verbs() -> BTreeSet<String> {
    fn collect(command: &Command, path: &str, found: &mut BTreeSet<String>) {
        let shown: Vec<&Command> = command.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
        if shown.is_empty() {
            found.insert(path.trim().to_owned());
        }
        for verb in shown.into_iter().filter(|verb| verb.get_name() != "help") {
            collect(verb, &format!("{path} {}", verb.get_name()), found);
        }
    }
    let mut found = BTreeSet::new();
    collect(&CommandLine::command(), "", &mut found);
    found
}

/// The verb that a line is about.
fn verb_of(line: &str) -> Option<String> {
    let root = CommandLine::command();
    let (mut command, mut path) = (&root, Vec::new());
    for word in line.split_whitespace() {
        if let Some(next) = command.find_subcommand(word) {
            path.push(next.get_name().to_owned());
            command = next;
        }
    }
    (!path.is_empty()).then(|| path.join(" "))
}

/// Verbs that find something in the answer of a daemon that says the same to everybody, and end otherwise than with 0 then.
const NOT_CONTENT: &[(&str, &str)] = &[
    ("calendar show", "there is no such calendar among none"),
    ("device commission", "there is no such device among none"),
    ("profile show", "there is no such profile among none"),
    ("schedule show", "there is no such schedule among none"),
    ("webhook show", "there is no such webhook among none"),
    ("webhook test", "the answer says of no message that it was taken"),
    ("rack show", "there is no such rack among none"),
    ("rack who", "there is no such rack among none"),
    ("device show", "there is no such device among none"),
    ("bus show", "there is no such bus among none"),
    ("simulate", "the answer ends without saying that it is whole"),
    ("review evidence", "the answer is no evidence"),
    ("audit export", "the answer is no archive"),
];

/// A calendar file with one special day and one window.
const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A plan of no objects, as `plan --out` keeps it.
const PLAN: &str = r#"{"kind":"SitePlan","base_generation":1,"digest":"d","policy_version":1,"prune":false,"adopt":false,
    "objects":[],"items":[],"risks":[]}"#;

/// One object of site files.
const OBJECT: &str = "api_version = \"rackward/v1\"\nkind = \"Calendar\"\nmetadata = { name = \"holidays\" }\n\n[spec]\n\
    days = [\"2026-12-25\"]\n";

/// The files that lines name, in a directory of their own: what is wrong with one must not keep the daemon's answer away.
fn papers() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("site")).unwrap();
    for (name, text) in [
        ("site/holidays.toml", OBJECT),
        ("week31.plan", PLAN),
        ("week31.json", "[{\"do\": \"revoke_grant\", \"grant\": \"g-1\"}]"),
        ("people.csv", "external_id,name\nE1,Ann\n"),
        ("racks.json", "[{\"id\": 1, \"name\": \"r01/c01\", \"site\": \"lon1\"}]"),
        ("map.toml", ""),
        ("nights.ics", CALENDAR),
        ("bank-holidays.ics", CALENDAR),
    ] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let own = rcgen::generate_simple_self_signed(["build7".to_owned()]).unwrap();
    std::fs::write(dir.path().join("build7.pem"), own.cert.pem()).unwrap();
    dir
}

/// The lines of verbs that ask the daemon, one of each, with their files among `papers`; none waits for what a device may do
/// yet, and none writes anything but there.
fn asking(papers: &Path) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let lines = LINES.iter().copied().filter(|line| !line.contains("stdin") && !line.contains("--image"));
    let files = ["site", "week31.plan", "week31.json", "people.csv", "racks.json", "map.toml", "nights.ics"];
    let files = [&files[..], &["bank-holidays.ics", "lines.toml", "out", "build7.pem"]].concat();
    lines
        .filter(|line| verb_of(line).is_some_and(|verb| !APART.contains(&verb.as_str()) && seen.insert(verb)))
        .map(|line| {
            let line = line.replace(" -f rv-1.zip", "");
            // The word behind `export` is no file but what is exported.
            let first = if line.starts_with("export ") { 2 } else { 1 };
            let words = line.split_whitespace().enumerate().map(|(place, word)| match files.contains(&word) {
                true if place >= first => papers.join(word).display().to_string(),
                _ => word.to_owned(),
            });
            let line = words.collect::<Vec<_>>().join(" ");
            let soon = format!("{line} --no-wait");
            if parse(&soon).is_ok() { soon } else { line }
        })
        .collect()
}

#[test]
fn every_verb_stands_among_the_lines_that_people_type() {
    let typed: BTreeSet<String> = LINES.iter().filter_map(|line| verb_of(line)).collect();
    let forgotten: Vec<String> = verbs().into_iter().filter(|verb| !typed.contains(verb)).collect();
    assert_eq!(forgotten, Vec::<String>::new(), "add a line of each to LINES");
    let gone: Vec<&&str> = APART.iter().filter(|verb| !verbs().contains(**verb)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

/// A daemon that answers whatever it is asked alike.
fn answering(answer: String) -> (tempfile::TempDir, JoinHandle<()>) {
    let dir = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(dir.path().join("rackward.sock")).unwrap();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 65_536];
            let count = stream.read(&mut asked).await.unwrap_or_default();
            let is_head = asked[..count].starts_with(b"HEAD ");
            let seen = "HTTP/1.1 200 OK\r\netag: \"0123456789abcdef\"\r\nconnection: close\r\n\r\n";
            // The reader may have seen enough and gone.
            let _ = stream.write_all(if is_head { seen.as_bytes() } else { answer.as_bytes() }).await;
        }
    });
    (dir, task)
}

fn http(status: u16, body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// What a program gets on standard output of a line, and how it ends.
async fn ended(dir: &std::path::Path, line: &str, form: Form) -> (String, u8) {
    let client = Client::new(dir.join("rackward.sock"), Narration::Silent);
    let session = Session::new(client, "2026-07-24T12:00:00Z".parse().unwrap(), Prompting::Forbidden, &[]);
    let calendar = Calendar { now: Timestamp::UNIX_EPOCH, style: TimeStyle::Utc, zone: TimeZone::UTC };
    let screen = Screen { form, calendar, paint: Paint::Plain, width_columns: None, headings: Headings::Shown };
    let noun = parse(line).unwrap().noun.unwrap();
    match verbs::ask(&session, &noun, form).await {
        Some(Ok(report)) => (report.render(&screen), report.exit().code()),
        Some(Err(failure)) => (output::document(failure.document(), form), failure.exit.code()),
        None => panic!("{line} asks nobody"),
    }
}

#[tokio::test]
async fn json_of_every_verb_is_a_document_on_every_error() {
    let (papers, mut odd) = (papers(), Vec::new());
    for (status, slug) in [
        (400, "malformed"),
        (401, "sign-in-required"),
        (403, "forbidden"),
        (404, "not-found"),
        (409, "conflict"),
        (412, "stale"),
        (422, "invalid"),
        (423, "locked-down"),
        (428, "revision-missing"),
        (429, "too-many-requests"),
        (500, "internal"),
        (503, "journal-unwritable"),
    ] {
        let problem = json!({"type": format!("https://rackward.invalid/problems/{slug}"), "title": "no", "status": status,
                             "detail": "because\u{1b}[2J", "errors": [{"pointer": "/x", "detail": "y"}]});
        let (dir, task) = answering(http(status, &problem));
        for line in asking(papers.path()) {
            let (text, code) = ended(dir.path(), &line, Form::Json).await;
            let document: Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line} {status}: {error}: {text}"));
            // What the daemon says must come through: no file, flag or question may keep it away.
            if code == 0 || document["status"] != status {
                odd.push(format!("{line} {status}: ends with {code}: {text}"));
            }
        }
        task.abort();
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

#[tokio::test]
async fn json_of_every_verb_is_a_document_when_all_is_well_and_when_nobody_is_there() {
    let (papers, mut odd) = (papers(), Vec::new());
    let answer = json!({"items": [], "next_cursor": null, "id": "x-1", "revision": 3, "time_zone": "UTC", "name": "a\u{1b}[2Jb", "state": "ok"});
    let (dir, task) = answering(http(200, &answer));
    for line in asking(papers.path()) {
        for form in [Form::Json, Form::Yaml, Form::Csv, Form::Plain, Form::Table, Form::Name] {
            let (text, code) = ended(dir.path(), &line, form).await;
            // Calendar files end their lines as their standard says.
            let text = if line.contains(" export ") { text.replace("\r\n", "\n") } else { text };
            let is_plain = text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control());
            assert!(is_plain, "{line} {form:?}: {text:?}");
            if form == Form::Json {
                let document: Value =
                    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}: {text}"));
                let is_content = !NOT_CONTENT.iter().any(|(verb, _)| verb_of(&line).as_deref() == Some(verb));
                let whole = document["api_version"] == "rackward/v1" && document["kind"].is_string();
                if (code == 0) != is_content || (code == 0 && !whole) {
                    odd.push(format!("{line}: ends with {code}: {text}"));
                }
            }
        }
    }
    task.abort();
    drop(dir);
    let nowhere = tempfile::tempdir().unwrap();
    for line in asking(papers.path()) {
        let (text, code) = ended(nowhere.path(), &line, Form::Json).await;
        let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}: {text}"));
        assert!(document["title"].is_string(), "{line}: {document}");
        if code != 11 {
            odd.push(format!("{line}: nobody is there, and it ends with {code}: {text}"));
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}
