//! The command line as a tool of scripts, with the real program: how it ends, what is tried and changes nothing, what is taken
//! over from other registers, what a shell is told. The daemon is the demo's, whose world stands still.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::demo::Demo;
use super::program::{Said, binary, command};
use super::terminal::Terminal;

fn says(dir: &Path, args: &[&str]) -> Said {
    let mut cli = command("rackward");
    cli.args(args).arg("--dir").arg(dir).current_dir(dir);
    Said::of(cli.output().unwrap())
}

/// The hash of everything that a dry run could have changed in the tables, with every entry by somebody; devices that are still
/// coming into sight go on to be recorded.
fn digest(demo: &Demo) -> Vec<u8> {
    let status = demo.api.document("/api/v1/status");
    let by_somebody = demo.api.document("/api/v1/events?filter=by:uid:*&limit=1000")["items"].to_string();
    let lists = ["people", "racks", "grants", "profiles", "schedules", "calendars", "agreements"];
    let lists = lists.map(|list| demo.api.document(&format!("/api/v1/{list}"))["items"].to_string());
    Sha256::digest(format!("{} {by_somebody} {}", status["generation"], lists.join(" "))).to_vec()
}

#[test]
fn what_is_only_tried_leaves_the_database_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    fs::write(dir.path().join("racks.json"), RACKS).unwrap();
    let before = digest(&demo);
    for line in [
        &["person", "create", "Zoe", "--external-id", "E9", "-n"][..],
        &["person", "rename", "p-1", "--name", "Zoe", "-n"],
        &["person", "disable", "p-1", "--reason", "x", "--dry-run"],
        &["rack", "import", "netbox", "racks.json"],
        &["rack", "import", "netbox", "racks.json", "--apply", "-n"],
    ] {
        let said = says(dir.path(), line);
        assert_eq!(said.code, Some(0), "{line:?}: {said:?}");
    }
    assert_eq!(digest(&demo), before);
    demo.program.interrupt();
    assert_eq!(says(dir.path(), &["audit", "verify"]).code, Some(0), "the tables are what the journal says");
}

const RACKS: &str = r#"{"count": 2, "next": null, "results": [
    {"id": 1, "name": "R01/C01", "site": {"slug": "lon1"}, "location": {"slug": "hall-a"}, "status": {"value": "active"},
     "u_height": 42, "serial": "SN1", "asset_tag": null},
    {"id": 2, "name": "R99/C01", "site": {"slug": "lon1"}, "location": {"slug": "hall-a"}, "status": {"value": "active"}}]}"#;

#[test]
fn racks_of_netbox_are_kept_beside_the_racks_of_the_site() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    fs::write(dir.path().join("racks.json"), RACKS).unwrap();
    let grants = says(dir.path(), &["grant", "list", "--json"]).out;
    let tried = says(dir.path(), &["rack", "import", "netbox", "racks.json", "--site-lines", "lines.toml"]);
    assert!(tried.out.contains("2 racks: 2 taken over") && tried.out.contains("nothing was done"), "{tried:?}");
    let lines = fs::read_to_string(dir.path().join("lines.toml")).unwrap();
    assert!(lines.contains("path = \"lon1/hall-a/r99/c01\"\narea = \"lon1/hall-a\""), "{lines}");
    let done = says(dir.path(), &["rack", "import", "netbox", "racks.json", "--apply", "--json"]).json();
    assert_eq!((&done["taken"], &done["gone"], &done["applied"]), (&2.into(), &0.into(), &true.into()), "{done:#}");
    let shown = says(dir.path(), &["rack", "show", "hall-a/r01/c01", "--json"]).json();
    assert_eq!((&shown["asset"]["id"], &shown["asset"]["serial"]), (&"nb-1".into(), &"SN1".into()), "{shown:#}");
    // The other one vanishes: it is flagged, and stays.
    let one: Value = serde_json::from_str(RACKS).unwrap();
    fs::write(dir.path().join("one.json"), Value::Array(vec![one["results"][0].clone()]).to_string()).unwrap();
    let gone = says(dir.path(), &["rack", "import", "netbox", "one.json", "--apply", "--json"]).json();
    assert_eq!((&gone["taken"], &gone["gone"]), (&0.into(), &1.into()), "{gone:#}");
    let listed = says(dir.path(), &["rack", "list", "--register", "--json"]).json();
    let flagged: Vec<bool> =
        listed["items"].as_array().unwrap().iter().map(|rack| rack["gone_at"].is_string()).collect();
    assert_eq!(flagged, [false, true], "{listed:#}");
    assert_eq!(says(dir.path(), &["grant", "list", "--json"]).out, grants, "nobody's rights changed");
    demo.program.interrupt();
    assert_eq!(says(dir.path(), &["audit", "verify"]).code, Some(0));
}

#[test]
fn bad_files_end_with_7_and_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let before = digest(&demo);
    let check = |text: &[u8], expect: &str| {
        fs::write(dir.path().join("people.csv"), text).unwrap();
        let said = says(dir.path(), &["person", "import", "people.csv", "--apply", "-y", "--json"]);
        assert_eq!(said.code, Some(7), "{expect}: {said:?}");
        let document: Value = serde_json::from_str(&said.out).unwrap();
        assert!(document.to_string().contains(expect), "{expect}: {document:#}");
    };
    check(b"", "the file is empty");
    check(b"external_id,name\n", "nobody below the heading");
    check(b"external_id,name\nE1,=1+1\n,Ben\nE1,Cat\n", "people.csv:3:1");
    check(b"external_id,name\nE1,J\xf6rg\n", "not UTF-8");
    check(b"Personalnummer;Name\n1;Ann\n", "map it with --map");
    check(b"external_id,name\nE1,A\0nn\n", "NUL byte");
    let mut long = b"external_id,name\nE1,".to_vec();
    long.resize(10 << 20, b'x');
    check(&long, "is longer than 64 kB");
    let mut many = b"external_id,name\n".to_vec();
    (0..10_000).for_each(|_| many.extend_from_slice(b",Nobody\n"));
    check(&many, "people.csv:10001:1");
    fs::write(dir.path().join("half.json"), &RACKS[..RACKS.len() / 2]).unwrap();
    assert_eq!(says(dir.path(), &["rack", "import", "netbox", "half.json", "--apply"]).code, Some(7));
    assert_eq!(digest(&demo), before);
    demo.program.interrupt();
}

/// One line for each code that can be had here without a second operator or a device that is away; the others are in
/// `rights` (8, 9), `remote` (4) and `every_answer` of the program's own tests.
#[test]
fn each_exit_code_is_had_from_the_real_program() {
    let dir = tempfile::tempdir().unwrap();
    let nobody = says(dir.path(), &["door", "list"]);
    assert_eq!(nobody.code, Some(11), "{nobody:?}");
    let demo = Demo::start(dir.path(), &["--still"]);
    fs::write(dir.path().join("people.csv"), b"external_id,name\n").unwrap();
    for (line, code) in [
        (&["door", "list"][..], 0),
        (&["man", "-d", "/dev/null/x"], 1),
        (&["dance"], 2),
        (&["person", "create", "Ann", "--status", "left"], 2),
        (&["device", "commission", "plant-room-reader-out", "--confirm", "another", "--reason", "x"], 3),
        (&["door", "list", "--server", "http://127.0.0.1:1", "--token-file", "nowhere"], 4),
        (&["schedule", "delete", "no such", "--dir", "/nowhere"], 11),
        (&["person", "show", "p-4711"], 12),
        (&["person", "import", "people.csv"], 7),
        (&["audit", "verify", "--config", "people.csv"], 7),
        (&["audit", "verify", "--config", "nowhere.toml"], 7),
        (&["run", "--config", "people.csv"], 7),
        (&["calendar", "show", "no such"], 12),
    ] {
        let said = if line.contains(&"--server") || line.contains(&"/nowhere") {
            let mut cli = command("rackward");
            Said::of(cli.args(line).current_dir(dir.path()).output().unwrap())
        } else {
            says(dir.path(), line)
        };
        assert_eq!(said.code, Some(code), "{line:?}: {said:?}");
        let mut json = command("rackward");
        json.args(line).arg("--json").current_dir(dir.path());
        if !line.contains(&"--server") && !line.contains(&"/nowhere") {
            json.arg("--dir").arg(dir.path());
        }
        let said = Said::of(json.output().unwrap());
        assert!(serde_json::from_str::<Value>(&said.out).is_ok(), "{line:?}: {said:?}");
    }
    demo.program.interrupt();
}

#[test]
fn a_line_that_is_none_is_told_in_the_form_that_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".rackward.toml"), "output = \"json\"\n").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let check = |line: &[&str], here: &Path, environment: &str| {
        let mut cli = command("rackward");
        cli.args(line).current_dir(here).env("RACKWARD_OUTPUT", environment);
        let said = Said::of(cli.output().unwrap());
        let document: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
        assert_eq!((said.code, &document["code"]), (Some(2), &Value::from("RW-L002")), "{line:?}: {said:?}");
    };
    check(&["dance"], elsewhere.path(), "json");
    check(&["dance", "-o=json"], elsewhere.path(), "");
    check(&["dance"], dir.path(), "");
}

#[test]
fn no_escape_byte_is_written_to_a_pipe_and_no_question_is_asked_there() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    for line in [
        &["status"][..],
        &["door", "list", "-o", "table"],
        &["alarm", "list", "-o", "wide"],
        &["dance"],
        &["person", "show", "x"],
    ] {
        let said = says(dir.path(), line);
        assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{line:?}: {said:?}");
    }
    // What is wrong with a line is told before anything of it counts, but for this wish.
    for (line, coloured) in
        [(&["dance"][..], true), (&["--no-color", "dance"], false), (&["dance", "--no-color"], false)]
    {
        let mut cli = command("rackward");
        cli.args(line).env("TERM", "xterm").env_remove("NO_COLOR");
        let said = Terminal::start(cli).end();
        assert_eq!((said.code, said.err.contains('\u{1b}')), (Some(2), coloured), "{line:?}: {said:?}");
    }
    // At a terminal that is dumb or whose owner wants no colour.
    for (name, value) in [("TERM", "dumb"), ("NO_COLOR", "1")] {
        let mut cli = command("rackward");
        cli.args(["person", "show", "x", "--dir"]).arg(dir.path()).env("TERM", "xterm").env(name, value);
        let said = Terminal::start(cli).end();
        assert!(said.code == Some(12) && !said.err.contains('\u{1b}'), "{name}: {said:?}");
    }
    let asked = says(dir.path(), &["device", "commission", "plant-room-reader-out", "--reason", "x"]);
    assert_eq!(asked.code, Some(2), "nobody is there to be asked: {asked:?}");
    demo.program.interrupt();
}

#[test]
fn a_shell_is_told_what_could_stand_next() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let script = dir.path().join("completion.bash");
    fs::write(&script, says(dir.path(), &["completion", "bash"]).out).unwrap();
    let complete = |words: &str| {
        let line = format!(
            "source '{}'; COMP_WORDS=(rackward {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _rackward; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let folder = binary("rackward").parent().unwrap().to_owned();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", &line]).env("PATH", path).env("RACKWARD_DIR", dir.path()).env("HOME", dir.path());
        bash.env("XDG_CONFIG_HOME", dir.path().join("config")).env("XDG_CACHE_HOME", dir.path().join("cache"));
        Said::of(bash.output().unwrap()).out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("gra"), ["grant"]);
    assert_eq!(complete("door open main-e"), ["lon1/main-entrance"]);
    assert!(complete("person show ''").contains(&"p-1".to_owned()));
    assert!(dir.path().join("cache/rackward/names").exists(), "names of places are learnt");
    demo.program.interrupt();
    assert_eq!(complete("door open main-e"), ["lon1/main-entrance"], "and offered while nobody answers");
    let pages = dir.path().join("man");
    let said = says(dir.path(), &["man", "-d", pages.to_str().unwrap(), "--json"]);
    assert!(said.json()["pages"].as_array().unwrap().len() > 100);
    assert!(fs::read_to_string(pages.join("man7/rackward-exit-codes.7")).unwrap().contains("RACKWARD-EXIT-CODES"));
    assert!(pages.join("man8/rackward.8").exists());
}

#[test]
fn a_list_of_personnel_is_taken_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    let people: String = (1..=200).map(|n| format!("E{n};Person {n};\r\n")).collect();
    let list = format!("\u{feff}external_id;name;phone\r\n{people}");
    fs::write(dir.path().join("people.csv"), &list).unwrap();
    let before = digest(&demo);
    let tried = says(dir.path(), &["person", "import", "people.csv"]);
    assert!(tried.code == Some(0) && tried.out.contains("200 create, 0 change, 0 disable, 0 errors"), "{tried:?}");
    assert!(tried.out.contains("not looked at: phone") && tried.out.contains("add --apply"), "{tried:?}");
    assert_eq!(digest(&demo), before, "nothing was done");
    let done = says(dir.path(), &["person", "import", "people.csv", "--apply", "--json"]).json();
    assert_eq!((&done["applied"], &done["unchanged"]), (&true.into(), &0.into()), "{done:#}");
    let again = says(dir.path(), &["person", "import", "people.csv", "--apply"]);
    assert!(again.out.contains("0 create, 0 change, 0 disable, 0 errors"), "{again:?}");
    // The file is cut off: nine in ten are gone.
    let cut: String = list.lines().take(21).map(|line| format!("{line}\n")).collect();
    fs::write(dir.path().join("people.csv"), &cut).unwrap();
    let before = digest(&demo);
    let refused = says(dir.path(), &["person", "import", "people.csv", "--apply"]);
    assert!(
        refused.code == Some(7) && refused.err.contains("180 people would be disabled, and 10 may be"),
        "{refused:?}"
    );
    assert_eq!(digest(&demo), before);
    // One is renamed and one is gone: that is done.
    let next = list.replace("Person 7;", "Person Seven;").replace("E9;Person 9;\r\n", "");
    fs::write(dir.path().join("people.csv"), &next).unwrap();
    let done = says(dir.path(), &["person", "import", "people.csv", "--apply"]);
    assert!(done.code == Some(0) && done.out.contains("0 create, 1 change, 1 disable, 0 errors"), "{done:?}");
    assert_eq!(says(dir.path(), &["person", "show", "E7", "--json"]).json()["name"], "Person Seven");
    assert_eq!(says(dir.path(), &["person", "show", "E9", "--json"]).json()["status"], "suspended");
    let own = says(dir.path(), &["person", "show", "p-1", "--json"]).json();
    assert_eq!(own["status"], "enabled", "nobody without a key is touched");
    demo.program.interrupt();
    assert_eq!(says(dir.path(), &["audit", "verify"]).code, Some(0));
}
