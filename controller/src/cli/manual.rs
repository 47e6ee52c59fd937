//! The manual, made from what it is about: a page for the program, each noun and each verb from the tree of verbs, one for the
//! exit codes, one each for the site file and for files of rights from their own descriptions. So no page says what the program
//! does not do.

mod roff;

use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use serde_json::{Value, json};

use super::arguments::{CommandLine, EXIT_CODES, ManArgs};
use super::failure::{Exit, Failure};
use super::output::{Report, Screen};

/// What the site file is, as operators read it.
const SITE_FILE: &str = include_str!("../../../docs/site-file.md");

/// What files of rights are, as operators read it.
const RIGHTS_FILES: &str = include_str!("../../../docs/site-as-code.md");

/// The parts of it that tell of the files themselves; the others tell of the verbs, which have pages of their own.
const PARTS_ON_FILES: [&str; 2] = ["Files", "Whose a record is"];

/// Of which manual the pages are.
const MANUAL: &str = "Rackward Manual";

/// One page.
struct Page {
    /// Its file: name and section.
    name: String,
    text: String,
}

impl Page {
    /// Where it lies below a directory of manuals, as man(1) looks for it: `man1/rackward-door.1`.
    fn place(&self) -> String {
        let section = self.name.rsplit('.').next().unwrap_or_default();
        format!("man{section}/{}", self.name)
    }
}

/// The page of the program, or where every page was written.
///
/// # Errors
/// They cannot be written.
pub(crate) fn pages(args: &ManArgs) -> Result<Report, Failure> {
    let Some(directory) = &args.directory else {
        let text = |document: &Value, _: &Screen| document["text"].as_str().unwrap_or_default().trim_end().to_owned();
        let document = json!({ "text": of_command(&tree(), "8")?.text });
        return Ok(Report::Single { kind: "ManualPage", document, text, exit: Exit::Done });
    };
    let pages = all()?;
    let failed = |path: &Path, error: std::io::Error| {
        let detail = format!("{}: {error}", path.display());
        Failure::new(Exit::Failed, "not-written", "the manual cannot be written", detail, "name a directory of yours")
    };
    for page in &pages {
        let path = directory.join(page.place());
        let section = path.parent().unwrap_or(directory);
        std::fs::create_dir_all(section).map_err(|error| failed(section, error))?;
        std::fs::write(&path, &page.text).map_err(|error| failed(&path, error))?;
    }
    let names: Vec<String> = pages.iter().map(Page::place).collect();
    let document = json!({ "directory": directory.display().to_string(), "pages": names });
    let text = |document: &Value, _: &Screen| {
        let count = document["pages"].as_array().map_or(0, Vec::len);
        format!("{count} pages of the manual are in {}", document["directory"].as_str().unwrap_or_default())
    };
    Ok(Report::Single { kind: "ManualPages", document, text, exit: Exit::Done })
}

fn tree() -> Command {
    let mut root = CommandLine::command().disable_help_subcommand(true);
    root.build();
    root
}

/// Every page.
fn all() -> Result<Vec<Page>, Failure> {
    let root = tree();
    let mut pages = vec![of_command(&root, "8")?, exit_codes(), site_file(), rights_files()];
    let mut left: Vec<&Command> = root.get_subcommands().collect();
    while let Some(command) = left.pop() {
        if command.is_hide_set() {
            continue;
        }
        pages.push(of_command(command, "1")?);
        left.extend(command.get_subcommands());
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(pages)
}

fn of_command(command: &Command, section: &str) -> Result<Page, Failure> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let man = Man::new(command.clone()).title(name.to_uppercase()).section(section).manual(MANUAL);
    let mut bytes = Vec::new();
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, "not-written", "a page of the manual cannot be made", error.to_string(), "")
    };
    man.render(&mut bytes).map_err(failed)?;
    Ok(Page { name: format!("{name}.{section}"), text: String::from_utf8_lossy(&bytes).into_owned() })
}

fn exit_codes() -> Page {
    let lines = EXIT_CODES.lines().skip(1).filter_map(|line| line.trim().split_once(' '));
    let codes: Vec<(&str, &str)> = lines.map(|(code, means)| (code, means.trim())).collect();
    let text = roff::head("RACKWARD-EXIT-CODES", "7", MANUAL)
        + &roff::section("NAME")
        + &roff::paragraph("rackward-exit-codes - how rackward says what came of a line")
        + &roff::section("DESCRIPTION")
        + &roff::paragraph(
            "Every verb ends with one of these codes. They are a contract: a number never changes its meaning.",
        )
        + &codes.iter().map(|(code, means)| roff::term(code, means)).collect::<String>()
        + &roff::section("SEE ALSO")
        + &roff::paragraph("rackward(8)");
    Page { name: "rackward-exit-codes.7".to_owned(), text }
}

fn site_file() -> Page {
    let text = roff::head("RACKWARD.TOML", "5", MANUAL)
        + &roff::section("NAME")
        + &roff::paragraph("rackward.toml - the site file of the rackward daemon")
        + &roff::section("DESCRIPTION")
        + &roff::of_markdown(SITE_FILE)
        + &roff::section("FILES")
        + &roff::term("/etc/rackward/rackward.toml", "The site file that rackward run reads unless another is named.")
        + &roff::section("SEE ALSO")
        + &roff::paragraph("rackward(8), rackward-run(1)");
    Page { name: "rackward.toml.5".to_owned(), text }
}

fn rights_files() -> Page {
    let text = roff::head("RACKWARD-POLICY", "5", MANUAL)
        + &roff::section("NAME")
        + &roff::paragraph("rackward-policy - files that say who may pass where and when")
        + &roff::section("DESCRIPTION")
        + &PARTS_ON_FILES.map(|part| roff::of_markdown(&part_of(RIGHTS_FILES, part))).concat()
        + &roff::section("SEE ALSO")
        + &roff::paragraph(
            "rackward-plan(1), rackward-apply(1), rackward-test(1), rackward-export(1), rackward.toml(5)",
        );
    Page { name: "rackward-policy.5".to_owned(), text }
}

/// A part of a description with its heading, up to the next.
fn part_of(text: &str, heading: &str) -> String {
    let begins = format!("## {heading}");
    let lines = text.lines().skip_while(|line| *line != begins);
    let rest = lines.enumerate().take_while(|(place, line)| *place == 0 || !line.starts_with("## "));
    rest.map(|(_, line)| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lie_where_man_looks_for_them() {
        let dir = tempfile::tempdir().unwrap();
        pages(&ManArgs { directory: Some(dir.path().join("man")) }).unwrap();
        for place in [
            "man1/rackward-door-list.1",
            "man5/rackward-policy.5",
            "man5/rackward.toml.5",
            "man7/rackward-exit-codes.7",
            "man8/rackward.8",
        ] {
            assert!(dir.path().join("man").join(place).is_file(), "{place}");
        }
    }

    #[test]
    fn the_page_on_files_of_rights_tells_of_files_alone() {
        let page = rights_files();
        for part in ["AccessProfile", "api_version", "fits no door is a mistake", "\\-\\-adopt"] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        assert!(!page.text.contains("widens by 12"), "what plans look like is told elsewhere");
    }

    #[test]
    fn every_verb_has_its_page() {
        let names: Vec<String> = all().unwrap().into_iter().map(|page| page.name).collect();
        for name in
            ["rackward.8", "rackward-exit-codes.7", "rackward.toml.5", "rackward-policy.5", "rackward-person-create.1"]
        {
            assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
        }
        fn count(command: &Command) -> usize {
            command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(|verb| 1 + count(verb)).sum()
        }
        assert_eq!(names.len(), count(&tree()) + 4);
        assert!(!names.iter().any(|name| name.contains("__")), "what shells ask has no page");
    }

    #[test]
    fn a_page_says_how_its_verb_is_used() {
        let pages = all().unwrap();
        let page = |name: &str| &pages.iter().find(|page| page.name == name).unwrap().text;
        assert!(page("rackward-grant-create.1").contains(".TH"), "a page has a head");
        assert!(page("rackward-grant-create.1").contains("ticket"));
        assert!(page("rackward-exit-codes.7").contains("waits for approval"));
        assert!(page("rackward.toml.5").contains("[[rack]]"));
    }
}
