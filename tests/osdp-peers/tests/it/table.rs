//! The table of what was understood.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long anything may take to be understood.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// Which way a message went.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Our panel and their device.
    OurPanel,
    /// Their panel and our device.
    TheirPanel,
}

/// An error as a row tells it.
pub(crate) fn text_of(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Rows as they come.
#[derive(Debug, Default)]
pub(crate) struct Table {
    passed: u32,
    failed: u32,
}

impl Table {
    /// An empty table, with its head printed.
    pub(crate) fn new() -> Self {
        println!("{:<44} {:<26} result", "message", "direction");
        Self::default()
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, message: &str, way: Way, result: Result<(), String>) {
        let direction = match way {
            Way::OurPanel => "our panel, their device",
            Way::TheirPanel => "their panel, our device",
        };
        let (count, told) = match &result {
            Ok(()) => (&mut self.passed, "ok"),
            Err(why) => (&mut self.failed, why.as_str()),
        };
        *count += 1;
        println!("{message:<44} {direction:<26} {told}");
    }

    /// Prints the last line.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Turns something over and over until it gives what is wanted.
pub(crate) fn until<T>(what: &str, mut turn: impl FnMut() -> Result<Option<T>, String>) -> Result<T, String> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if let Some(found) = turn()? {
            return Ok(found);
        }
    }
    Err(format!("no {what} within {} s", LIMIT.as_secs()))
}

/// An error unless both are equal.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(got: T, expect: T) -> Result<(), String> {
    if got == expect { Ok(()) } else { Err(format!("got {got:?}, expected {expect:?}")) }
}
