//! An access review by the command line against a real daemon: rights are listed with their last use, one is revoked and opens
//! nothing any more, the rest is kept, and the file proves it.

use std::fs;

use serde_json::Value;

use super::demo::Demo;
use super::program::Said;
use super::site;
use super::stream::Stream;

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn rights_are_listed_decided_and_proven() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let says = |line: &str| -> Said { site::cli(dir.path(), &words(line)) };
    let json = |line: &str| -> Value {
        let said = says(&format!("{line} --json"));
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        said.json()
    };
    let refused = |line: &str, code: i32| {
        let said = says(line);
        assert_eq!(said.code, Some(code), "{line}: {said:?}");
        let problem = says(&format!("{line} --json"));
        assert!(code == 2 || serde_json::from_str::<Value>(&problem.out).is_ok(), "{line}: {problem:?}");
    };

    let mut stream = Stream::open(&demo.api, None);
    let mut badge = |expect: &str| {
        let since = demo.api.head();
        demo.hands.badge("p-1", "main-entrance/in");
        stream.find(since, expect, |event| event.is(expect, "lon1/main-entrance/in"));
    };
    badge("access.granted");
    let tried = json("review create --scope area=lon1/* --due 14d --reason Quarterly -n");
    assert_eq!(json("review list")["items"], Value::Array(Vec::new()), "{tried:#}");
    let made = json("review create --scope area=lon1/* --due 14d --reason Quarterly");
    assert_eq!((&made["id"], &made["state"]), (&"rv-1".into(), &"running".into()), "{made:#}");
    assert_eq!(says("review show rv-1 --detailed-exitcode").code, Some(10));
    let shown = json("review show rv-1");
    let lines = shown["lines"].as_array().unwrap().clone();
    assert_eq!(shown["counts"]["lines"].as_u64().unwrap() as usize, lines.len());
    let is_anns = |line: &&Value| line["person"]["id"] == "p-1";
    let number = |line: &Value| line["line"].to_string();
    let anns: Vec<String> = lines.iter().filter(is_anns).map(number).collect();
    let others: Vec<String> = lines.iter().filter(|line| !is_anns(line)).map(number).collect();
    assert!(lines.iter().filter(is_anns).any(|line| line["used_at"].is_string()), "{shown:#}");
    assert!(lines.iter().any(|line| line["used_at"].is_null()), "nobody else came in");

    refused("review create --scope lobby --due 14d --reason x", 2);
    refused("review create --scope area=moon --due 14d --reason x", 7);
    refused("review decide rv-1 9999 keep --note x", 7);
    refused("review close rv-1 --reason x", 6);
    refused("review show rv-9", 12);
    let decided = json(&format!("review decide rv-1 {} revoke --note left-the-project", anns.join(",")));
    assert!(decided["generation"].as_u64() > Some(0), "{decided:#}");
    refused(&format!("review decide rv-1 {} keep --note x", anns[0]), 6);
    badge("access.denied");
    json(&format!("review decide rv-1 {} keep --note seen", others.join(",")));
    for form in ["table", "wide", "plain", "yaml", "ndjson", "csv", "name"] {
        for line in ["review list", "review show rv-1"] {
            let said = says(&format!("{line} -o {form}"));
            assert!(
                said.code == Some(0) && !said.out.is_empty() && !said.out.contains('\u{1b}'),
                "{line} {form}: {said:?}"
            );
        }
    }
    assert_eq!(json("review close rv-1 --reason all-seen")["closed_as"], "finished");
    assert_eq!(says("review show rv-1 --detailed-exitcode").code, Some(0));

    let file = dir.path().join("rv-1.ndjson");
    let evidence = format!("review evidence rv-1 -f {}", file.display());
    json(&evidence);
    refused(&evidence, 2);
    let text = fs::read_to_string(&file).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| records.iter().filter(|record| record["type"] == kind).count();
    assert_eq!((of("review"), of("line"), of("end")), (1, lines.len(), 1));
    for line in records.iter().filter(|record| record["type"] == "line" && record["state"] == "revoked") {
        let effect = &line["decided"]["effect_sequence"];
        assert!(records.iter().any(|record| record["type"] == "entry" && record["sequence"] == *effect), "{line:#}");
    }
    demo.program.interrupt();
    assert_eq!(says("audit verify").code, Some(0), "the tables are what the journal says");
}
