//! The hands of the simulated world: a verb and its arguments go to the simulator as typed, and what it says is printed.
//! Nothing here reaches the daemon but by way of the simulated hardware.

use std::path::Path;

use rackward_firmware_sim::control::{self, CallError, Request, Response, Why};
use serde_json::{Value, json};

use super::arguments::SimArgs;
use super::failure::{Exit, Failure};
use super::output::column::SIMULATED_PEOPLE;
use super::output::{Report, safe};

/// Does `args` in the simulated world behind `socket`. Blocks until the simulator answers, a few seconds at most.
///
/// # Errors
/// No simulator listens there, or it cannot do this.
pub(crate) fn act(socket: &Path, args: &SimArgs) -> Result<Report, Failure> {
    let request = Request { verb: args.verb.clone(), args: args.args.clone() };
    let response = control::call(socket, &request).map_err(|error| away(socket, &error))?;
    report(&args.verb, response)
}

fn away(socket: &Path, error: &CallError) -> Failure {
    let detail = match error {
        CallError::Io { source, .. } => format!("{}: {source}", socket.display()),
        CallError::Answer { .. } => format!("{}: what answers there is no simulator", socket.display()),
    };
    let help = "start it with `rackward demo`, or name its directory with --dir";
    Failure::new(Exit::Unreachable, "simulator-unreachable", "the simulated world does not answer", detail, help)
}

/// What the simulator said, as an answer to print.
fn report(verb: &str, response: Response) -> Result<Report, Failure> {
    match (verb, response) {
        (_, Response::Refused { why, error, help, .. }) => {
            Err(Failure::new(exit_of(why), "simulator", "the simulated world cannot do this", error, help))
        }
        ("people", Response::Done { data: items @ Value::Array(_), .. }) => {
            let document = json!({ "items": items, "next_cursor": null });
            Ok(Report::List {
                kind: "SimulatedPersonList",
                document,
                columns: SIMULATED_PEOPLE,
                empty: "nobody lives here",
            })
        }
        (_, Response::Done { text, data, .. }) => {
            let document = json!({ "text": text, "data": data });
            Ok(Report::Single {
                kind: "SimulationResult",
                document,
                text: |document, _| words(document),
                exit: Exit::Done,
            })
        }
    }
}

fn exit_of(why: Why) -> Exit {
    match why {
        Why::Usage => Exit::Usage,
        Why::Unknown => Exit::NotFound,
        Why::Ambiguous => Exit::Invalid,
        Why::Impossible => Exit::Conflict,
        Why::Ending => Exit::Unreachable,
    }
}

/// The text, safe line by line; the data where there is no text.
fn words(document: &Value) -> String {
    match document["text"].as_str() {
        Some(text) if !text.is_empty() => text.lines().map(safe).collect::<Vec<_>>().join("\n"),
        _ => format!("{:#}", document["data"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(verb: &str, response: Response) -> Result<String, (Exit, String)> {
        match report(verb, response) {
            Ok(Report::Single { document, .. }) => Ok(words(&document)),
            Ok(Report::List { document, .. }) => Ok(document.to_string()),
            Err(failure) => Err((failure.exit, failure.text())),
        }
    }

    #[test]
    fn what_the_simulator_says_is_passed_on() {
        let done = |text: &str, data: Value| Response::Done { ok: true, text: text.to_owned(), data };
        let check = |verb: &str, response: Response, expect: &str| {
            assert_eq!(words_of(verb, response).as_deref(), Ok(expect), "{verb}");
        };
        check("badge", done("p-1 badges", Value::Null), "p-1 badges");
        check("state", done("a\nb\u{1b}c", json!({})), "a\nb\\u{1b}c");
        check("state", done("", json!([1])), "[\n  1\n]");
        check("people", done("x", json!([{"id": "p-1"}])), r#"{"items":[{"id":"p-1"}],"next_cursor":null}"#);
    }

    #[test]
    fn a_refusal_says_why_and_what_else() {
        let check = |why: Why, exit: Exit| {
            let (error, help) = ("there is no person `x`".to_owned(), "one of: p-1".to_owned());
            let refused = Response::Refused { ok: false, why, error, help };
            let code = exit.code();
            let expect = format!(
                "error: the simulated world cannot do this [RW-L{code:03}]\n  there is no person `x`\nhelp: one of: p-1"
            );
            assert_eq!(words_of("badge", refused), Err((exit, expect)));
        };
        check(Why::Usage, Exit::Usage);
        check(Why::Unknown, Exit::NotFound);
        check(Why::Ambiguous, Exit::Invalid);
        check(Why::Impossible, Exit::Conflict);
        check(Why::Ending, Exit::Unreachable);
    }
}
