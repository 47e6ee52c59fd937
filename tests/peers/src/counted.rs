//! Bytes and instructions, which are counted and not timed: a process of its own (`bin/counted.rs`) loads one contestant
//! and nobody else. Instructions are counted by callgrind around the decisions alone; where it is not installed, they are
//! not measured, and the table says so.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// How many requests are counted; the figure is an average over them.
pub const COUNTED_REQUESTS: usize = 2_000;

/// The function whose instructions are counted, with all it calls.
const COUNTED_FUNCTION: &str = "*decide_counted*";

/// What was counted of one contestant at one size.
#[derive(Debug)]
pub struct Counts {
    /// Who.
    pub who: &'static str,
    /// How many people.
    pub people: u32,
    /// Instructions of a decision, on average; none where callgrind is missing.
    pub instructions: Option<f64>,
    /// Bytes that stay allocated for what decides, doors and profiles and all, divided by people; none where the
    /// allocator does not see them.
    pub bytes_a_person: Option<f64>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |figure: Option<f64>| figure.map_or_else(|| "not measured".to_owned(), |n| format!("{n:.0}"));
        let (instructions, bytes) = (shown(self.instructions), shown(self.bytes_a_person));
        write!(f, "{:<13} {:>9} {instructions:>14} {bytes:>16}", self.who, self.people)
    }
}

/// Counts instructions and, for who allocates through Rust, bytes.
///
/// # Errors
/// The counting process fails.
pub fn count(who: &'static str, people: u32) -> Result<Counts> {
    let bytes = run(Command::new(program()?).args(["bytes", who, &people.to_string()]))?;
    let first = bytes.lines().next().context("find the number of bytes")?;
    let bytes: f64 = first.trim().parse().context("read the number of bytes")?;
    let bytes_a_person = (who != "sqlite").then_some(bytes / f64::from(people));
    Ok(Counts { who, people, instructions: instructions(who, people)?, bytes_a_person })
}

fn instructions(who: &str, people: u32) -> Result<Option<f64>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let toggle = format!("--toggle-collect={COUNTED_FUNCTION}");
    let report = run(Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &toggle])
        .arg(program()?)
        .args(["decide", who, &people.to_string()]))?;
    let collected = report.lines().find_map(|line| line.split_once("Collected :")).context("find callgrind's total")?;
    let total: f64 = collected.1.trim().parse().context("read callgrind's total")?;
    ensure!(total > 0.0, "callgrind did not see the decisions");
    Ok(Some(total / COUNTED_REQUESTS as f64))
}

/// The counting program is built beside this one.
fn program() -> Result<PathBuf> {
    let path = std::env::current_exe().context("find this program")?.with_file_name("counted");
    ensure!(path.exists(), "{} is not built", path.display());
    Ok(path)
}

/// What a command prints, on both streams: callgrind reports on the second.
fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("start {command:?}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    ensure!(output.status.success(), "{command:?} failed: {err}");
    Ok(format!("{out}{err}"))
}
