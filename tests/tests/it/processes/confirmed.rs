//! What is confirmed at a terminal before it is done: a first key, which anybody at the cable could read. Whoever is asked can
//! also go away.

use super::program::command;
use super::site::{Plan, Site};
use super::terminal::Terminal;

const DEVICE: &str = "main-reader";
const QUESTION: &str = "Type its name to go on: ";

fn commission(site: &Site) -> Terminal {
    let mut line = command("rackward");
    line.arg("--dir").arg(site.path("")).args(["device", "commission", DEVICE, "--reason", "new reader", "--no-wait"]);
    Terminal::start(line)
}

#[test]
fn whoever_is_asked_for_a_name_can_go_away_type_another_or_end_the_input() {
    let site = Site::lay_out(&Plan::default());
    let daemon = site.daemon();
    let nothing_begun = || {
        let shown = site.cli(&["device", "show", DEVICE, "-o", "json"]).json();
        assert_eq!(shown["job"], serde_json::Value::Null, "{shown}");
    };
    let mut terminal = commission(&site);
    terminal.wait_for(QUESTION);
    terminal.interrupt();
    assert_eq!(terminal.end().code, Some(130), "Ctrl-C is heard while it is asked");
    nothing_begun();

    for (typed, code) in [("main-lock", 3), ("", 3), ("\u{4}", 3)] {
        let mut terminal = commission(&site);
        terminal.answer(QUESTION, typed);
        let said = terminal.end();
        assert_eq!(said.code, Some(code), "{typed:?}: {said:?}");
        nothing_begun();
    }
    let mut terminal = commission(&site);
    terminal.answer(QUESTION, DEVICE);
    let said = terminal.end();
    assert_eq!(said.code, Some(0), "{said:?}");
    daemon.program.interrupt();
}
