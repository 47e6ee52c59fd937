//! Hands on the simulated hardware, over the control socket of the simulation. They see and touch what a person could.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use super::PATIENCE;

/// The hands of one simulated world.
#[derive(Debug, Clone)]
pub(super) struct Hands {
    socket: PathBuf,
}

impl Hands {
    pub(super) fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    fn ask(&self, verb: &str, args: &[&str]) -> Value {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        writeln!(stream, "{}", json!({ "verb": verb, "args": args })).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {verb} {args:?}: {line}"))
    }

    /// Does one thing that must be possible.
    #[track_caller]
    pub(super) fn act(&self, verb: &str, args: &[&str]) {
        let answer = self.ask(verb, args);
        assert_eq!(answer["ok"], true, "{verb} {args:?}: {answer}");
    }

    #[track_caller]
    pub(super) fn badge(&self, person: &str, point: &str) {
        self.act("badge", &[person, point]);
    }

    /// How everything stands.
    pub(super) fn state(&self) -> Value {
        self.ask("state", &[])["data"].clone()
    }

    /// One door of the picture.
    pub(super) fn door(&self, path: &str) -> Value {
        find(&self.state()["doors"], "path", path)
    }

    /// One device of the picture.
    pub(super) fn device(&self, name: &str) -> Value {
        find(&self.state()["devices"], "name", name)
    }

    /// Looks again and again until the picture is as wanted. The simulation answers between two of its ticks, so a look is
    /// a wait of its own.
    #[track_caller]
    pub(super) fn eventually(&self, what: &str, wanted: impl Fn(&Value) -> bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let state = self.state();
            if wanted(&state) {
                return;
            }
            assert!(Instant::now() < until, "{what}: {state:#}");
        }
    }

    /// Waits until every door is shut and its lock holds.
    #[track_caller]
    pub(super) fn all_locked(&self) {
        let locked = |door: &Value| door["leaf"] == "closed" && door["bolt"] == "locked";
        self.eventually("every door locked", |state| state["doors"].as_array().unwrap().iter().all(locked));
    }
}

/// The paths of the doors in a picture whose lock does not hold.
pub(super) fn unlocked(state: &Value) -> Vec<String> {
    let doors = state["doors"].as_array().unwrap().iter();
    doors.filter(|door| door["bolt"] != "locked").map(|door| door["path"].as_str().unwrap().to_owned()).collect()
}

/// The member of a list by a name that it holds.
#[track_caller]
pub(super) fn find(list: &Value, member: &str, name: &str) -> Value {
    let found = list.as_array().unwrap().iter().find(|item| item[member].as_str().is_some_and(|it| it.ends_with(name)));
    found.unwrap_or_else(|| panic!("no {member} {name} in {list:#}")).clone()
}
