//! What can be typed, as tables: which lines are understood, and as what.

mod conversation;
mod every_verb;
mod lines;

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
fn flags_count_before_and_after_the_verb() {
    for line in ["--json status", "status --json", "status -o json", "-o json status"] {
        assert_eq!(parse(line).unwrap().global.form(), Some(Form::Json), "{line}");
    }
    for line in ["--dir /d grant list", "grant --dir /d list", "grant list --dir /d"] {
        assert_eq!(parse(line).unwrap().global.dir, Some(PathBuf::from("/d")), "{line}");
    }
}

#[test]
fn waiting_takes_a_word_or_none() {
    let check = |line: &str, expect: Option<WaitFor>, timeout_s: Option<u64>| {
        let global = parse(line).unwrap().global;
        assert_eq!((global.wait, global.timeout), (expect, timeout_s.map(Duration::from_secs)), "{line}");
    };
    check("grant revoke g-3 --reason x", None, None);
    check("grant revoke --wait g-3 --reason x", Some(WaitFor::AllControllers), None);
    check("--wait=all-controllers grant revoke g-3 --reason x --timeout 2m", Some(WaitFor::AllControllers), Some(120));
}

#[test]
fn flags_that_could_only_be_ignored_are_refused() {
    let check = |line: &str, expect: bool| {
        let line_of = parse(line).unwrap();
        assert_eq!(sensible(&line_of.global, &line_of.noun.unwrap()).is_ok(), expect, "{line}");
    };
    check("door list --server https://a.example", true);
    check("sim people --server https://a.example", false);
    check("audit verify --context a", false);
    check("demo --token-file t", false);
    check("login -n --server https://a.example", false);
    check("context use a -n", false);
    check("context list -n", true);
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
    let wanted = |line: &str, environment: Option<&str>, files: Option<Form>| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        form_wanted(&words, environment, || files)
    };
    let check = |line: &str, expect: Option<Form>| assert_eq!(wanted(line, None, None), expect, "{line}");
    check("rackward dance --json", Some(Form::Json));
    check("rackward -o json dance", Some(Form::Json));
    check("rackward -o=json dance", Some(Form::Json));
    check("rackward -ojson dance", Some(Form::Json));
    check("rackward --output=json dance", Some(Form::Json));
    check("rackward --output yaml dance", Some(Form::Yaml));
    check("rackward dance json", None);
    check("rackward dance -o", None);
    check("rackward dance -o jsn", None);
    check("rackward", None);
    let dance = "rackward dance";
    assert_eq!(wanted(dance, Some("json"), Some(Form::Table)), Some(Form::Json), "the environment goes before files");
    assert_eq!(wanted("rackward dance -o table", Some("json"), None), Some(Form::Table), "a flag before both");
    assert_eq!(wanted(dance, Some("jsn"), Some(Form::Ndjson)), Some(Form::Ndjson));
}

#[test]
fn what_keeps_a_program_from_starting_has_a_code() {
    let check = |error: anyhow::Error, expect: Exit| assert_eq!(exit_of(&error, Exit::Failed), expect, "{error}");
    let gone = || std::io::Error::from(ErrorKind::NotFound);
    check(ConfigError::Unreadable { path: PathBuf::from("/x"), cause: gone() }.into(), Exit::Invalid);
    check(anyhow::Error::from(std::io::Error::from(ErrorKind::AddrInUse)).context("cannot listen"), Exit::Unreachable);
    let broker = DriverError::Broker { listen: ([127, 0, 0, 1], 1883).into(), why: "taken".to_owned() };
    check(anyhow::Error::from(broker).context("cannot start"), Exit::Unreachable);
    check(gone().into(), Exit::Failed);
}

#[test]
fn causes_are_told_once() {
    let error = anyhow::anyhow!("no such file").context("cannot read a.toml: no such file").context("cannot start");
    assert_eq!(told_once(&error), "cannot start: cannot read a.toml: no such file");
    assert_eq!(told_once(&anyhow::anyhow!("alone")), "alone");
}

#[test]
fn a_line_that_was_not_understood_is_a_whole_problem() {
    let check = |line: &str, detail: &[&str], values: bool| {
        let failure = usage_failure(&parse(line).unwrap_err());
        let document = failure.document();
        let said = document["detail"].as_str().unwrap();
        assert!(detail.iter().all(|part| said.contains(part)), "{line}: {said}");
        let help = document["help"].as_str().unwrap();
        assert!(help.starts_with("usage: rackward") || help == "see: rackward help", "{document}");
        assert!(!said.contains("--help"), "{said}");
        assert_eq!((&document["status"], &document["code"]), (&serde_json::json!(400), &serde_json::json!("RW-L002")));
        assert_eq!(document["possible_values"].is_array(), values, "{line}: {document}");
    };
    check("grant revoke g-3", &["--reason"], false);
    check("alarm close alm-3 --verdict fine", &["fine", "false-positive"], true);
    check("alarm shelve alm-3 --reason x", &["--for", "--to"], false);
}

#[test]
fn exit_codes_are_a_document_too() {
    let Report::Single { document, .. } = exit_codes() else { panic!("not one thing") };
    let codes: Vec<u64> =
        document["exit_codes"].as_array().unwrap().iter().map(|row| row["code"].as_u64().unwrap()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 130]);
    let means = "verification failed (audit verify), or a test of site files does not hold";
    assert_eq!(document["exit_codes"][13]["means"], means);
}

/// A moment that is named to a verb which tells of now alone is never passed over, and the answer says why.
#[test]
fn a_moment_is_refused_where_it_cannot_be_told() {
    for line in ["door list --at -1d", "alarm list --at yesterday", "area list --at 08:00"] {
        let told = explained(parse(line).unwrap_err()).render().to_string();
        for part in ["unexpected argument '--at'", "this verb tells of now alone", "who-can"] {
            assert!(told.contains(part), "{line}: {part}: {told}");
        }
    }
    let other = explained(parse("door list --bogus").unwrap_err()).render().to_string();
    assert!(!other.contains("of now alone"), "{other}");
}
