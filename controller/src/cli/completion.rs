//! Completing a line: the script that a shell loads, and what it asks for at every key (`rackward __complete -- WORDS`). What
//! can be typed is read off the tree of verbs (`completion/line.rs`); names of the site come from the daemon, within a limit,
//! or from what was learnt of late (`completion/names.rs`). Nothing that goes wrong here is ever shown: it stands between a
//! person and their prompt.

mod line;
mod names;
mod scripts;

use serde_json::{Value, json};

use super::arguments::{CommandLine, ShellWord};
use super::client::{Client, Narration};
use super::failure::{Exit, Failure};
use super::output::{self, Report, Screen, safe};
use super::prompt::Prompting;
use super::settings::{Settings, Surroundings, Way};
use clap::{CommandFactory as _, Parser as _};
use line::Wanted;
use names::Cache;

/// What a shell reads as: complete the name of a file.
const FILES: &str = ":files";

/// The script of a shell.
pub(crate) fn script(shell: ShellWord) -> Report {
    let text = scripts::of(shell);
    let document = json!({ "text": text });
    let show = |document: &Value, _: &Screen| document["text"].as_str().unwrap_or_default().trim_end().to_owned();
    Report::Single { kind: "CompletionScript", document, text: show, exit: Exit::Done }
}

/// Prints what could stand in the place of the last of these words, each with what it means behind a tab.
///
/// # Errors
/// The output cannot be written.
pub(crate) fn complete(words: &[String]) -> Result<Exit, Failure> {
    let mut root = CommandLine::command();
    root.build();
    // PowerShell gives nothing as a pair of quotation marks.
    let words: Vec<String> =
        words.iter().map(|word| if word == "\"\"" { String::new() } else { word.clone() }).collect();
    let typed = words.last().map(String::as_str).unwrap_or_default();
    let lines: Vec<String> = match line::wanted(&root, &words) {
        Wanted::Files => vec![FILES.to_owned()],
        Wanted::Words(words) => words.into_iter().map(|(word, about)| told(&word, &about)).collect(),
        Wanted::Names(list) => known(&words, list, typed).iter().map(|(name, about)| told(name, about)).collect(),
    };
    let text: String = lines.into_iter().map(|line| line + "\n").collect();
    output::print(&text).map(|_| Exit::Done)
}

fn told(word: &str, about: &str) -> String {
    let about = about.split('\n').next().unwrap_or_default();
    if about.is_empty() { safe(word) } else { format!("{}\t{}", safe(word), safe(about)) }
}

/// The names of a list that fit what is typed.
fn known(words: &[String], list: names::List, typed: &str) -> Vec<(String, String)> {
    let around = Surroundings::of_process();
    let global = flags_of(words);
    let Ok(settings) = Settings::load(&global, &around) else { return Vec::new() };
    if list == names::List::Contexts {
        let contexts = settings.contexts().iter().map(|(name, context)| (name.clone(), context.address.to_string()));
        return contexts.filter(|(name, _)| names::fits(name, typed)).collect();
    }
    let Ok((way, _)) = settings.way() else { return Vec::new() };
    let Ok((link, caller)) = settings.connection(&way) else { return Vec::new() };
    // Where a daemon listens is found out by its socket, which is gone while it does not run; its directory stays.
    let daemon = match &way {
        Way::Local(dir) => dir.display().to_string(),
        Way::Remote(_) => link.to_string(),
    };
    let cache = Cache::of(&around.variables, &daemon);
    let client = Client::at(link, caller, Prompting::Forbidden, Narration::Silent);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return Vec::new() };
    let found = runtime.block_on(names::fitting(&client, list, typed, cache.as_ref()));
    // What still waits for a daemon that hangs is waited for no longer.
    runtime.shutdown_background();
    found
}

/// The flags for every verb that are typed already, as far as they are whole: they say which daemon is asked.
fn flags_of(words: &[String]) -> super::arguments::Global {
    let mut flags = vec!["rackward".to_owned()];
    for pair in words.windows(2) {
        if let [flag, value] = pair
            && matches!(flag.as_str(), "--dir" | "--context" | "--server" | "--token-file")
        {
            flags.extend([flag.clone(), value.clone()]);
        }
    }
    let read = CommandLine::try_parse_from(&flags).or_else(|_| CommandLine::try_parse_from(["rackward"]));
    read.map(|line| line.global).unwrap_or_default()
}
