//! What could stand next in a line, read off the tree of verbs itself, so that a new verb is completed without a word here.
//! Pure: where names of the site are wanted it says of which list.

use clap::{Arg, ArgAction, Command};

use super::names::List;

/// What could stand in the place of the last word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One of these, each with what it means.
    Words(Vec<(String, String)>),
    /// A name of the site.
    Names(List),
    /// The name of a file or directory.
    Files,
}

/// How far a line is understood.
struct Place<'c> {
    command: &'c Command,
    /// Nouns and verbs so far.
    path: Vec<&'c str>,
    /// How many objects were named.
    objects: usize,
    /// The flag whose value comes next.
    open: Option<&'c Arg>,
    /// Nothing behind `--` is a flag.
    is_literal: bool,
}

/// What could stand in the place of the last of `words`; the program's own name is not among them.
pub(super) fn wanted(root: &Command, words: &[String]) -> Wanted {
    let (typed, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
    let mut place = Place { command: root, path: Vec::new(), objects: 0, open: None, is_literal: false };
    for word in before {
        place.go_on(word);
    }
    if let Some(flag) = place.open {
        return values(flag, &place.path, typed);
    }
    if typed.starts_with('-') && !place.is_literal {
        return Wanted::Words(flags(place.command, typed));
    }
    if place.command.has_subcommands() && place.objects == 0 {
        return Wanted::Words(verbs(place.command, typed));
    }
    let mut objects = place.command.get_positionals();
    let all: Vec<&Arg> = objects.by_ref().collect();
    let last = all.last().filter(|arg| takes_many(arg)).copied();
    match all.get(place.objects).copied().or(last) {
        Some(object) => values(object, &place.path, typed),
        None => Wanted::Words(Vec::new()),
    }
}

impl<'c> Place<'c> {
    fn go_on(&mut self, word: &str) {
        if self.open.take().is_some() {
            return;
        }
        match word {
            "--" => self.is_literal = true,
            _ if word.starts_with("--") && !self.is_literal => {
                // With its value behind an equals sign it is whole.
                let flag = find(self.command, |arg| arg.get_long() == word.strip_prefix("--"));
                self.open = flag.filter(|arg| takes_value(arg));
            }
            _ if word.len() > 1 && word.starts_with('-') && !self.is_literal => {
                let flag = find(self.command, |arg| arg.get_short() == word.chars().next_back());
                self.open = flag.filter(|arg| takes_value(arg));
            }
            _ => match self.command.find_subcommand(word).filter(|_| self.objects == 0) {
                Some(next) => {
                    self.path.push(next.get_name());
                    self.command = next;
                }
                None => self.objects += 1,
            },
        }
    }
}

fn find(command: &Command, is: impl Fn(&Arg) -> bool) -> Option<&Arg> {
    command.get_opts().chain(command.get_arguments().filter(|arg| !arg.is_positional())).find(|arg| is(arg))
}

/// Whether the next word is its value; one that wants an equals sign stands alone otherwise.
fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) && !arg.is_require_equals_set()
}

fn takes_many(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

fn verbs(command: &Command, typed: &str) -> Vec<(String, String)> {
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name().starts_with(typed));
    shown.map(|verb| (verb.get_name().to_owned(), text(verb.get_about()))).collect()
}

fn flags(command: &Command, typed: &str) -> Vec<(String, String)> {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_positional());
    let long = shown.filter_map(|arg| Some((format!("--{}", arg.get_long()?), text(arg.get_help()))));
    long.filter(|(flag, _)| flag.starts_with(typed)).collect()
}

fn text(about: Option<&clap::builder::StyledStr>) -> String {
    about.map(ToString::to_string).unwrap_or_default()
}

/// What the value of a flag, or an object, can be.
fn values(arg: &Arg, path: &[&str], typed: &str) -> Wanted {
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set() && value.get_name().starts_with(typed));
        return Wanted::Words(shown.map(|value| (value.get_name().to_owned(), text(value.get_help()))).collect());
    }
    // By what it is called in help: the name of its value where it has one of its own, else its own.
    let called = arg.get_value_names().and_then(<[_]>::first).map(|name| name.to_lowercase()).unwrap_or_default();
    match called.as_str() {
        "file" | "dir" | "path" | "pem" | "image" => Wanted::Files,
        called => List::called(called, path.first().copied().unwrap_or_default())
            .or_else(|| List::called(arg.get_id().as_str(), path.first().copied().unwrap_or_default()))
            .map_or(Wanted::Words(Vec::new()), Wanted::Names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::CommandLine;
    use clap::CommandFactory as _;

    fn at(line: &str) -> Wanted {
        let mut root = CommandLine::command();
        root.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        wanted(&root, &words)
    }

    fn words(line: &str) -> Vec<String> {
        match at(line) {
            Wanted::Words(words) => words.into_iter().map(|(word, _)| word).collect(),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn nouns_verbs_flags_and_words_are_read_off_the_tree() {
        assert!(words("").contains(&"person".to_owned()) && !words("").contains(&"__complete".to_owned()));
        assert_eq!(words("gra"), ["grant"]);
        assert_eq!(words("grant re"), ["revoke"]);
        assert_eq!(words("g ext"), ["extend"]);
        assert_eq!(words("grant revoke --rea"), ["--reason"]);
        assert_eq!(words("--json grant revoke --idem"), ["--idempotency-key"]);
        assert_eq!(words("door list -o js"), ["json"]);
        assert_eq!(words("--output nd"), ["ndjson"]);
        assert_eq!(words("site threat-level se"), ["severe"]);
        assert_eq!(words("reader test-pattern lobby-reader T1")[..3], ["T1", "T10", "T11"]);
        assert_eq!(words("dance "), [""; 0]);
        assert_eq!(words("grant revoke g-1 "), [""; 0]);
    }

    #[test]
    fn names_are_wanted_where_the_site_has_them() {
        let check = |line: &str, list: List| assert_eq!(at(line), Wanted::Names(list), "{line}");
        check("door open ma", List::Doors);
        check("--dir /d door open ", List::Doors);
        check("door open --reason x ", List::Doors);
        check("door open --wait ", List::Doors);
        check("grant create --person kh", List::People);
        check("grant create --door a --door ", List::Doors);
        check("grant create --rack ", List::Racks);
        check("person show ", List::People);
        check("p disable ", List::People);
        check("explain --point ", List::Points);
        check("schedule show ", List::Schedules);
        check("calendar show ", List::Calendars);
        check("profile show ", List::Profiles);
        check("grant create --profile ", List::Profiles);
        check("area lockdown ", List::Areas);
        check("device show ", List::Devices);
        check("reader test-pattern ", List::Devices);
        check("context use ", List::Contexts);
        check("door list --context ", List::Contexts);
    }

    #[test]
    fn files_are_the_shells_own() {
        for line in ["schedule import ", "run --config ", "--dir ", "firmware show "] {
            assert_eq!(at(line), Wanted::Files, "{line}");
        }
    }

    /// Whatever is typed, and however far.
    #[test]
    fn no_line_is_too_odd() {
        for line in ["-", "--", "-- ", "--x=y ", "- - -", "grant -- --x", "person person person ", "\u{1b} \u{0}", "-o"]
        {
            at(line);
        }
        let root = CommandLine::command();
        assert!(matches!(wanted(&root, &[]), Wanted::Words(_)));
    }
}
