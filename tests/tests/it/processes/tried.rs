//! What is only tried, by every verb that can change something of site files, registers and reviews: afterwards the tables of
//! the database are row by row what they were. The site has no hardware, so nothing else is recorded meanwhile.

use std::collections::BTreeMap;
use std::fs;

use sha2::{Digest as _, Sha256};

use super::repeated::Beside;
use super::site::{Plan, Site};

const SCHEDULE: &str = "api_version = \"rackward/v1\"\nkind = \"Schedule\"\nmetadata = { name = \"days\" }\n";

const RACKS: &str = r#"{"count": 1, "next": null, "results": [
    {"id": 1, "name": "R01/C01", "site": {"slug": "lon1"}, "location": {"slug": "hall"}, "status": {"value": "active"}}]}"#;

/// The hash of each table.
fn hashes(journal: &mut Beside) -> BTreeMap<String, Vec<u8>> {
    let hash = |rows: Vec<String>| Sha256::digest(rows.join("\n")).to_vec();
    journal.contents().into_iter().map(|(table, rows)| (table, hash(rows))).collect()
}

/// A directory with a schedule that has these windows.
fn files(site: &Site, name: &str, windows: &str) {
    fs::create_dir_all(site.path(name)).unwrap();
    fs::write(site.path(name).join("days.toml"), format!("{SCHEDULE}spec = {{ windows = [\"{windows}\"] }}\n"))
        .unwrap();
}

#[test]
fn what_is_only_tried_leaves_every_table_as_it_was() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    site.enrol();
    files(&site, "first", "Mon 08:00-09:00");
    files(&site, "next", "Tue 08:00-09:00");
    fs::write(site.path("people.csv"), "external_id,name\nE1,Zoe\n").unwrap();
    fs::write(site.path("racks.json"), RACKS).unwrap();
    // DIR/ stands for the site's directory.
    let says = |line: &str| {
        let dir = format!("{}/", site.path("").display().to_string().trim_end_matches('/'));
        let words: Vec<String> = line.split_whitespace().map(|word| word.replace("DIR/", &dir)).collect();
        site.cli(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for line in [
        "apply -f DIR/first",
        "operator create m.rossi --role admin",
        "review create --scope area=lon1/* --due 14d --reason quarterly",
    ] {
        let said = says(line);
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
    }
    let mut journal = Beside::open(&site.path("state/journal.db"));
    let before = hashes(&mut journal);
    assert!(before.len() > 20, "only {} tables", before.len());
    for line in [
        "plan -f DIR/next --prune",
        "plan -f DIR/next --out DIR/next.plan",
        "apply DIR/next.plan -n",
        "apply -f DIR/next -n",
        "apply -f DIR/next --prune --adopt -n",
        "undo --reason early -n",
        "test -f DIR/next",
        "simulate -f DIR/next --prune --adopt",
        "export site -f DIR/exported",
        "person import DIR/people.csv",
        "person import DIR/people.csv --apply -y -n",
        "rack import netbox DIR/racks.json",
        "rack import netbox DIR/racks.json --apply -n",
        "review create --scope area=lon1/* --due 7d --reason again -n",
        "review assign rv-1 --reviewer m.rossi -n",
        "review decide rv-1 1 keep --note seen -n",
        "review decide rv-1 2 revoke --note gone -n",
        "review close rv-1 --abandon --reason x -n",
    ] {
        let said = says(line);
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        assert_eq!(hashes(&mut journal), before, "{line}");
    }
    // The same look sees what is done.
    assert_eq!(says("apply -f DIR/next").code, Some(0));
    let after = hashes(&mut journal);
    let changed: Vec<&String> = before.keys().filter(|table| before[*table] != after[*table]).collect();
    assert!(["entry", "schedule"].iter().all(|table| changed.iter().any(|other| other == table)), "{changed:?}");
    daemon.program.interrupt();
}
