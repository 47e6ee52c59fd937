//! An access review by the command line against a real daemon: rights are listed with their last use, one is revoked and opens
//! nothing any more, the rest is kept, and the file proves it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::demo::Demo;
use super::program::{Said, command};
use super::site;
use super::stream::Stream;

fn says(dir: &Path, line: &str) -> Said {
    site::cli(dir, &line.split_whitespace().collect::<Vec<_>>())
}

#[track_caller]
fn json(dir: &Path, line: &str) -> Value {
    let said = says(dir, &format!("{line} --json"));
    assert_eq!(said.code, Some(0), "{line}: {said:?}");
    said.json()
}

#[track_caller]
fn refused(dir: &Path, line: &str, code: i32) -> String {
    let said = says(dir, line);
    assert_eq!(said.code, Some(code), "{line}: {said:?}");
    let problem = says(dir, &format!("{line} --json"));
    assert!(code == 2 || serde_json::from_str::<Value>(&problem.out).is_ok(), "{line}: {problem:?}");
    said.err
}

/// Somebody badges at the main entrance.
#[track_caller]
fn badge(demo: &Demo, stream: &mut Stream, expect: &str) {
    let since = demo.api.head();
    demo.hands.badge("p-1", "main-entrance/in");
    let event = stream.find(since, expect, |event| {
        ["access.granted", "access.denied"].contains(&event.name.as_str()) && event.is(&event.name, "main-entrance/in")
    });
    assert_eq!(event.name, expect, "{}", event.data);
}

/// The review once the right of p-6 is over, which ends ten seconds after the demo began: what is decided is what is left.
#[track_caller]
fn when_one_is_over(dir: &Path) -> Value {
    let ends_soon = |line: &Value| line["person"]["id"] == "p-6" && line["state"] == "undecided";
    loop {
        let shown = json(dir, "review show rv-1");
        if !shown["lines"].as_array().unwrap().iter().any(ends_soon) {
            return shown;
        }
    }
}

/// The numbers of the lines of p-1 that are to be decided, and those of the others.
fn numbers(lines: &[Value]) -> (Vec<String>, Vec<String>) {
    let open = lines.iter().filter(|line| line["state"] == "undecided");
    let (own, others): (Vec<&Value>, Vec<&Value>) = open.partition(|line| line["person"]["id"] == "p-1");
    let number = |line: &&Value| line["line"].to_string();
    (own.iter().map(number).collect(), others.iter().map(number).collect())
}

#[test]
fn rights_are_listed_decided_and_proven() {
    let dir = tempfile::tempdir().unwrap();
    let (demo, dir) = (Demo::start(dir.path(), &["--still"]), dir.path());
    let mut stream = Stream::open(&demo.api, None);
    badge(&demo, &mut stream, "access.granted");
    let tried = json(dir, "review create --scope area=lon1/* --due 14d --reason Quarterly -n");
    assert_eq!(json(dir, "review list")["items"], Value::Array(Vec::new()), "{tried:#}");
    let made = json(dir, "review create --scope area=lon1/* --due 14d --reason Quarterly");
    assert_eq!((&made["id"], &made["state"]), (&"rv-1".into(), &"running".into()), "{made:#}");
    assert_eq!(says(dir, "review show rv-1 --detailed-exitcode").code, Some(10));
    let shown = when_one_is_over(dir);
    let lines = shown["lines"].as_array().unwrap();
    assert_eq!(shown["counts"]["lines"].as_u64(), u64::try_from(lines.len()).ok());
    let used = |line: &&Value| line["person"]["id"] == "p-1" && line["used_at"].is_string();
    assert!(lines.iter().any(|line| used(&line)), "{shown:#}");
    assert!(lines.iter().any(|line| line["used_at"].is_null()), "nobody else came in");
    let (own, others) = numbers(lines);

    refused(dir, "review create --scope lobby --due 14d --reason x", 2);
    refused(dir, "review create --scope area=lobby --due -1d --reason x", 2);
    refused(dir, "review create --scope area=moon --due 14d --reason x", 12);
    refused(dir, "review decide rv-1 9999 keep --note x", 7);
    refused(dir, "review close rv-1 --reason x", 6);
    refused(dir, "review show rv-9", 12);
    let decided = json(dir, &format!("review decide rv-1 {} revoke --note left-the-project", own.join(",")));
    assert!(decided["generation"].as_u64() > Some(0), "{decided:#}");
    refused(dir, &format!("review decide rv-1 {} keep --note x", own[0]), 6);
    badge(&demo, &mut stream, "access.denied");
    json(dir, &format!("review decide rv-1 {} keep --note seen", others.join(",")));
    for form in ["table", "wide", "plain", "yaml", "ndjson", "csv", "name"] {
        for line in ["review list", "review show rv-1"] {
            let said = says(dir, &format!("{line} -o {form}"));
            assert!(said.code == Some(0) && !said.out.is_empty() && !said.out.contains('\u{1b}'), "{line}: {said:?}");
        }
    }
    assert_eq!(json(dir, "review close rv-1 --reason all-seen")["closed_as"], "finished");
    assert_eq!(says(dir, "review show rv-1 --detailed-exitcode").code, Some(0));
    proven(dir, lines.len());
    demo.program.interrupt();
    assert_eq!(says(dir, "audit verify").code, Some(0), "the tables are what the journal says");
}

/// The evidence has every line, and the entry of everything that was carried out.
#[track_caller]
fn proven(dir: &Path, lines: usize) {
    let file = dir.join("rv-1.zip");
    let evidence = format!("review evidence rv-1 -f {}", file.display());
    let written = json(dir, &evidence);
    assert!(written["signed"] == true && written["pages"].as_u64() >= Some(1), "{written}");
    refused(dir, &evidence, 2);
    let text = says(dir, "review evidence rv-1").out;
    assert_eq!(written["records"].as_u64(), u64::try_from(text.lines().count()).ok());
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
    assert_eq!((of("review"), of("line"), of("end")), (1, lines, 1));
    let revoked = records.iter().filter(|record| record["type"] == "line" && record["state"] == "revoked");
    let effects: Vec<&Value> = revoked.map(|line| &line["decided"]["effect_sequence"]).collect();
    assert!(!effects.is_empty());
    for effect in effects {
        let is_there = |record: &&Value| record["type"] == "entry" && record["sequence"] == *effect;
        assert!(records.iter().any(|record| is_there(&record)), "{effect}");
    }
    signed(dir, &file, &text);
}

/// Whoever has the site's key can tell, without the daemon, that the archive is what the site made, and that the records are, each
/// by itself.
#[track_caller]
fn signed(dir: &Path, file: &Path, text: &str) {
    let key = json(dir, "audit key")["verifier_key"].as_str().unwrap().to_owned();
    let elsewhere = tempfile::tempdir().unwrap();
    let verify = |file: &Path| {
        let mut program = command("rackward");
        program.current_dir(elsewhere.path()).args(["audit", "verify", "--json", "--key", &key, "--evidence"]);
        Said::of(program.arg(file).output().unwrap())
    };
    let held = verify(file);
    assert_eq!(held.code, Some(0), "{held:?}");
    let held = held.json();
    assert_eq!((&held["kind"], &held["of"]), (&"EvidenceVerified".into(), &"access-review rv-1".into()), "{held}");
    // The records, and the two files that the manifest names.
    let parts = text.lines().count() + 2;
    assert_eq!((&held["signed_by"], held["records"].as_u64()), (&key.as_str().into(), u64::try_from(parts).ok()));
    assert!(held["entries"].as_u64() > Some(2), "{held}");
    let alone = elsewhere.path().join("rv-1.ndjson");
    fs::write(&alone, text).unwrap();
    assert_eq!(verify(&alone).code, Some(0), "the records can be handed on alone");
    fs::write(&alone, text.replacen("left-the-project", "somewhere-else!!", 1)).unwrap();
    let changed = verify(&alone);
    assert!(changed.code == Some(13) && changed.out.contains("not what was signed"), "{changed:?}");
    // A byte in the middle of the sheet.
    let mut bytes = fs::read(file).unwrap();
    let sheet = bytes.windows(9).position(|bytes| bytes == b"endstream").unwrap();
    bytes[sheet - 9] ^= 1;
    let changed = elsewhere.path().join("rv-1.zip");
    fs::write(&changed, bytes).unwrap();
    let told = verify(&changed);
    assert!(told.code == Some(13) && told.out.contains("review.pdf"), "{told:?}");
    let line = format!("audit verify --evidence {} --key {key}", file.display());
    assert!(refused(dir, &line, 2).contains("--dir"), "a directory would be looked at for nothing");
}
