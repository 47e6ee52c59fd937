//! What the console's page is made of: modules and styles as they stand in the tree, and as the daemon gives them. That each
//! exists, is used, says what it decides, asks nobody else for anything and makes no markup of data.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use axum::http::StatusCode;
use rackward_core::permission::OperatorRole;

use crate::asking::{Desk, Who};

/// `console.md` B.0, "Budgets": the first view.
const FIRST_VIEW_MAX_BYTES: usize = 500_000;

const FILE_LINES: usize = 600;

const FUNCTION_LINES: usize = 70;

/// Where browsers begin to load: the page's own module, that of the pages of signing in, the worker of the muster board.
const ENTRIES: [&str; 3] = ["console/main.js", "passkey.js", "console/people/muster_worker.js"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every asset's text, by its path.
fn sources() -> BTreeMap<String, String> {
    let (root, mut found) = (folder("assets"), BTreeMap::new());
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// What a module or style names: the path as it is written, and whether it is loaded with it or when it is first wanted.
fn references(text: &str) -> Vec<(String, bool)> {
    let marks = [
        ("from \"", true),
        ("import \"", true),
        ("@import url(\"", true),
        ("import(\"", false),
        ("new URL(\"", false),
        ("from '", true),
        ("import('", false),
    ];
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let found = code.flat_map(|line| {
        marks.iter().flat_map(move |(mark, at_once)| {
            let names = line.split(mark).skip(1).filter_map(|rest| rest.split(['"', '\'']).next());
            names.map(|name| (name.to_owned(), *at_once))
        })
    });
    // Prose in a text may say "from" as well; what is loaded is named by a path or as a style.
    found.filter(|(name, _)| !name.contains(' ') && (name.contains('/') || name.ends_with(".css"))).collect()
}

/// The path of what `from` names.
fn resolved(from: &str, name: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => assert!(parts.pop().is_some(), "{from} reaches above the assets: {name}"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Everything that is loaded from here on: with it, or in the end.
fn loaded<'a>(all: &'a BTreeMap<String, String>, from: &[&str], whenever: bool) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut waiting: Vec<String> = from.iter().map(|name| (*name).to_owned()).collect();
    while let Some(name) = waiting.pop() {
        let Some((name, text)) = all.get_key_value(&name) else { continue };
        if seen.insert(name.as_str()) {
            let next = references(text).into_iter().filter(|(_, at_once)| *at_once || whenever);
            waiting.extend(next.map(|(wanted, _)| resolved(name, &wanted)));
        }
    }
    seen
}

/// The assets that a page names, as addresses.
fn named_on(page: &str) -> Vec<String> {
    let parts = page.split(['"', '\'']).filter(|part| part.starts_with("/assets/"));
    parts.map(str::to_owned).collect()
}

/// The drawn page, and what its addresses begin with.
async fn page(desk: &Desk) -> (String, String) {
    let who = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let page = desk.get(&who, "/alarms").await.text();
    let first = named_on(&page).swap_remove(0);
    let base = first.split('/').take(3).collect::<Vec<_>>().join("/");
    (page, base)
}

#[test]
fn whatever_a_module_or_style_names_is_there() {
    let all = sources();
    assert!(all.contains_key("console/main.js"), "the console has its modules");
    for (from, text) in &all {
        for (name, _) in references(text) {
            let is_path = name.starts_with("./") || name.starts_with("../") || from.ends_with(".css");
            assert!(is_path, "{from} names {name}, which is no path from it");
            let wanted = resolved(from, &name);
            assert!(all.contains_key(&wanted), "{from} names {name}, which is not there");
        }
    }
}

#[tokio::test]
async fn whatever_is_there_is_used() {
    let (all, desk) = (sources(), Desk::open());
    let (page, base) = page(&desk).await;
    let mut used = loaded(&all, &ENTRIES, true);
    let drawn = [page, desk.get(&Who::Nobody, "/login").await.text(), desk.get(&Who::Nobody, "/help/api").await.text()];
    let named: Vec<String> = drawn.iter().flat_map(|page| named_on(page)).collect();
    for address in &named {
        let name = address.strip_prefix(&format!("{base}/")).unwrap_or_else(|| panic!("{address} is not below {base}"));
        used.insert(all.get_key_value(name).unwrap_or_else(|| panic!("{address} is not there")).0);
    }
    let unused: Vec<&String> = all.keys().filter(|name| !used.contains(name.as_str())).collect();
    assert_eq!(unused, Vec::<&String>::new(), "assets that nothing loads");
}

#[tokio::test]
async fn assets_are_given_under_the_hash_of_all_of_them_alone() {
    let desk = Desk::open();
    let (page, base) = page(&desk).await;
    for address in named_on(&page) {
        let asset = desk.get(&Who::Nobody, &address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable", "{address}");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
        let expect = match address.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(asset.header("content-type"), expect, "{address}");
    }
    for (name, text) in sources() {
        let asset = desk.get(&Who::Nobody, &format!("{base}/{name}")).await;
        assert_eq!((asset.status, asset.text() == text), (StatusCode::OK, true), "{name}");
    }
    // A page of another version must not go on with the modules of this one.
    for other in ["/assets/v-0123456789abcdef/console/main.js", "/assets/console/main.js", "/assets/icon.svg"] {
        let refused = desk.get(&Who::Nobody, other).await;
        assert_eq!((refused.status, refused.header("cache-control")), (StatusCode::NOT_FOUND, "no-store"), "{other}");
        assert!(refused.json()["detail"].as_str().unwrap().contains("load the page again"), "{}", refused.text());
    }
    for out in [format!("{base}/../Cargo.toml"), format!("{base}/..%2f..%2fCargo.toml"), format!("{base}/nothing.js")] {
        assert_eq!(desk.get(&Who::Nobody, &out).await.status, StatusCode::NOT_FOUND, "{out}");
    }
}

#[tokio::test]
async fn the_first_view_is_small() {
    let (all, desk) = (sources(), Desk::open());
    let (page, base) = page(&desk).await;
    let named = named_on(&page);
    let mut first: BTreeSet<&str> = loaded(&all, &["console/main.js", "console/screens/alarms.js"], false);
    for address in &named {
        first.extend(
            all.get_key_value(address.strip_prefix(&format!("{base}/")).unwrap()).map(|(name, _)| name.as_str()),
        );
    }
    let bytes = |name: &&str| all.get(*name).map_or(0, String::len);
    let mut shown: Vec<(usize, &str)> = first.iter().map(|name| (bytes(name), *name)).collect();
    shown.sort_unstable();
    for (size, name) in &shown {
        println!("{size:8} {name}");
    }
    let whole = page.len() + shown.iter().map(|(size, _)| size).sum::<usize>();
    println!("{whole:8} in {} requests", shown.len() + 1);
    assert!(first.contains("console/screens/alarms.js"), "the alarms are what is seen first");
    assert!(whole < FIRST_VIEW_MAX_BYTES, "{whole} bytes");
}

#[test]
fn nobody_else_is_asked_and_no_data_becomes_markup() {
    // What the languages of drawings and markup are called is an identifier; nothing is fetched there.
    let languages = ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/1999/xhtml"];
    let everywhere = ["http://", "https://", "\"//", "'//", "javascript:"];
    let in_modules = [
        "innerHTML",
        "outerHTML =",
        "insertAdjacentHTML",
        "setHTMLUnsafe",
        "createContextualFragment",
        "document.write",
        "eval(",
        "new Function",
        " style=",
        "setAttribute(\"style",
        "cssText",
        "srcdoc",
    ];
    let in_styles = [" url(", "expression("];
    for (name, text) in sources() {
        let text = languages.iter().fold(text, |text, language| text.replace(language, "")).replace("@import url(", "");
        let more: &[&str] = match name.rsplit_once('.').unwrap().1 {
            "js" => &in_modules,
            "css" => &in_styles,
            _ => &["<script", "<style"],
        };
        for (number, line) in text.lines().enumerate() {
            for word in everywhere.iter().chain(more) {
                assert!(!line.contains(word), "{name}:{}: {word}", number + 1);
            }
        }
    }
}

#[test]
fn every_file_says_what_it_decides_and_stays_short() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let (opens, lines) = match name.rsplit_once('.').unwrap().1 {
            "js" => (text.starts_with("// "), text.lines().count()),
            "css" => (text.starts_with("/* "), text.lines().count()),
            _ => continue,
        };
        if !opens {
            wrong.push(format!("{name} has no head"));
        }
        if lines > FILE_LINES {
            wrong.push(format!("{name} has {lines} lines"));
        }
        for (number, line) in text.lines().enumerate() {
            if ["TODO", "FIXME", "XXX", "HACK"].iter().any(|word| line.contains(&format!("// {word}"))) {
                wrong.push(format!("{name}:{}: unfinished", number + 1));
            }
        }
        wrong.extend(long_functions(&text).into_iter().map(|function| format!("{name}: {function}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Functions that fill more than a screen, found by indentation.
fn long_functions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        if let Some((start, first)) = &open
            && line.starts_with('}')
        {
            let lines = number - start + 1;
            if lines > FUNCTION_LINES {
                found.push(format!("{lines} lines from {}: {first}", start + 1));
            }
            open = None;
        }
        let begins = ["function ", "async function ", "export function ", "export async function ", "export default "];
        if begins.iter().any(|word| line.starts_with(word)) && !line.ends_with('}') {
            open = Some((number, line.to_owned()));
        }
    }
    found
}

#[tokio::test]
async fn the_modules_know_the_addresses_that_the_server_does() {
    let main = fs::read_to_string(folder("assets/console/main.js")).unwrap();
    let desk = Desk::open();
    let who = Who::Session(desk.sign_in(OperatorRole::Security).await);
    let routes: Vec<&str> = main
        .split("[\"/")
        .skip(1)
        .filter(|rest| rest.lines().next().is_some_and(|line| line.contains("import(")))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(routes.len(), super::ADDRESSES.len(), "{routes:?}");
    for route in &routes {
        let parts = route.split('/').map(|part| match (part.starts_with('{'), part.ends_with("*}")) {
            (true, true) => "a/b/c",
            (true, false) => "a-1",
            (false, _) => part,
        });
        let address = format!("/{}", parts.collect::<Vec<_>>().join("/"));
        assert_eq!(desk.get(&who, &address).await.status, StatusCode::OK, "{address}");
    }
    for address in super::ADDRESSES {
        let path = address.split('?').next().unwrap().trim_start_matches('/');
        let fits = |route: &&&str| {
            let (wanted, given): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
            let is_rest = wanted.last().is_some_and(|part| part.ends_with("*}"));
            let same = wanted.iter().zip(&given).all(|(one, other)| one.starts_with('{') || one == other);
            same && (wanted.len() == given.len() || (is_rest && given.len() > wanted.len()))
        };
        assert_eq!(routes.iter().filter(fits).count(), 1, "{address} in main.js");
    }
}

#[test]
fn what_the_modules_decide_is_tested() {
    let tests = folder("assets-tests");
    let ran = Command::new("node").arg("--test").arg("--test-reporter=tap").arg(&tests).output();
    let ran =
        ran.unwrap_or_else(|error| panic!("node does not start: {error}; install nodejs, as scripts/test.sh does"));
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    let passed = said.lines().find_map(|line| line.strip_prefix("# pass ")).and_then(|count| count.parse().ok());
    assert!(passed.is_some_and(|count: u32| count > 0), "no test ran: {said}");
}
