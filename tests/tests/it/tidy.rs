//! The rules of the tree that a machine can check: arrows between crates, heads of files, lengths, words that have no
//! place in a commit. Each list of exceptions may only shrink.

use std::fs;
use std::path::{Path, PathBuf};

/// No file has more lines than this.
const FILE_LINES: usize = 600;

/// A function above this many lines needs a reason in [`LONG_FUNCTIONS`].
const FUNCTION_LINES: usize = 70;

/// Functions above the limit: one `match` over every kind of entry, alarm, problem, table or command is one page, cut in two it
/// is none; the daemon is put together in one order.
const LONG_FUNCTIONS: &[&str] = &[
    "controller/core/src/alarm/procedure.rs steps",
    "controller/core/src/engine.rs follow",
    "controller/core/src/engine/answers.rs answer",
    "controller/core/src/engine/apply.rs apply",
    "controller/core/src/engine/apply/operators.rs apply_to_operators",
    "controller/core/src/engine/reach.rs check",
    "controller/core/tests/it/organisations.rs over_places",
    "controller/src/cli/verbs.rs answered",
    "controller/src/store/rows.rs take",
    "dashboard-api/src/page/problems.rs advice",
    "dashboard-api/src/wire/proposal.rs command",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every Rust source of the tree, by its path from the root.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn dependencies(manifest: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let section = text.split("[dependencies]").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next()).map(str::trim);
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(Into::into).collect()
}

#[test]
fn the_pure_crates_know_nobody() {
    assert_eq!(dependencies("controller/core/Cargo.toml"), ["jiff", "sha2", "thiserror"]);
    for name in dependencies("protocol/Cargo.toml") {
        assert!(
            ["osdp", "minicbor", "sha2", "zeroize", "subtle", "thiserror"].contains(&name.as_str()),
            "protocol depends on {name}"
        );
    }
    let ours =
        |manifest| dependencies(manifest).into_iter().filter(|name| name.starts_with("rackward")).collect::<Vec<_>>();
    assert_eq!(ours("dashboard-api/Cargo.toml"), ["rackward-core"]);
    assert_eq!(ours("firmware-sim/Cargo.toml"), ["rackward-protocol"]);
}

#[test]
fn every_file_says_what_it_decides() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert_eq!(silent, Vec::<String>::new(), "files without a head");
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > FILE_LINES)
        .map(|(path, text)| format!("{path} has {} lines", text.lines().count()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn functions_fit_a_screen() {
    let mut long = Vec::new();
    for (path, text) in sources() {
        for (name, lines) in functions(&text) {
            if lines > FUNCTION_LINES && !LONG_FUNCTIONS.contains(&format!("{path} {name}").as_str()) {
                long.push(format!("{path} {name} has {lines} lines"));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

/// Functions with their length, found by indentation, which the formatter guarantees.
fn functions(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        if let Some((name, start, end)) = &open {
            // A signature over several lines without a body belongs to a trait.
            let is_declared = line.starts_with(&end.replace('}', ")")) && line.ends_with(';');
            if line == end {
                found.push((name.clone(), number - start + 1));
            }
            if line == end || is_declared {
                open = None;
            }
        } else if let Some(name) = function_name(line.trim_start()) {
            open = (!line.ends_with(';') && !line.ends_with('}')).then(|| (name, number, format!("{indent}}}")));
        }
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let words = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async "];
    let mut rest = line;
    while let Some(shorter) = words.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    let name = rest.strip_prefix("fn ")?;
    Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

#[test]
fn nothing_unfinished_is_kept() {
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            for word in ["TODO", "FIXME", "XXX", "HACK"] {
                let is_list = line.contains("\"TODO\"");
                assert!(is_list || !line.contains(&format!("// {word}")), "{path}:{}: {word}", number + 1);
            }
        }
    }
}
