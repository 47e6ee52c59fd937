//! The form of every benchmark: subject and floor take turns in one run, answers are compared, and what is printed is a
//! table for people and, last, one row per goal: `ratio NAME VALUE aim AIM ok` or `... short`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What SQLite writes for one small commit: a page and its header in the log.
const FLOOR_BYTES: usize = 4096 + 24;

/// The floor writes over the same stretch again and again, as the log does.
const FLOOR_SLOTS: usize = 1_000;

/// What several rounds of one thing took.
#[derive(Debug, Clone, Default)]
pub struct Rounds(Vec<f64>);

impl Rounds {
    /// Adds one round's figure.
    pub fn add(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// The figure in the middle; 0 without rounds.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The figure below which this share of the rounds lies; 0 without rounds.
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = ((sorted.len() as f64 - 1.0) * share).round().max(0.0) as usize;
        sorted.get(index).copied().unwrap_or(0.0)
    }

    /// Lowest and highest figure.
    pub fn spread(&self) -> (f64, f64) {
        (self.quantile(0.0), self.quantile(1.0))
    }
}

/// Nanoseconds per item of `work` over `items` items.
pub fn nanoseconds_each(items: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / items.max(1) as f64
}

/// Microseconds of a span.
pub fn microseconds(span: Duration) -> f64 {
    span.as_nanos() as f64 / 1000.0
}

/// Prints one goal's row; `aim` is the most that is still good.
pub fn at_most(name: &str, value: f64, aim: f64) {
    let verdict = if value <= aim { "ok" } else { "short" };
    println!("ratio {name} {value:.2} aim {aim} {verdict}");
}

/// Prints one goal's row; `aim` is the least that is good.
pub fn at_least(name: &str, value: f64, aim: f64) {
    let verdict = if value >= aim { "ok" } else { "short" };
    println!("ratio {name} {value:.2} aim {aim} {verdict}");
}

/// The least that durability costs on the disk of the build: as many bytes as a small commit, and `fdatasync`.
#[derive(Debug)]
pub struct Floor(File);

impl Floor {
    /// A floor file in `dir`, written once so that it never grows.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn new(dir: &Path) -> io::Result<Self> {
        let file = File::create(dir.join("floor"))?;
        file.write_all_at(&vec![0; FLOOR_BYTES * FLOOR_SLOTS], 0)?;
        file.sync_all()?;
        Ok(Self(file))
    }

    /// Writes and syncs once, and says how long that took, in microseconds.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn sync(&self, turn: usize) -> io::Result<f64> {
        let start = Instant::now();
        let bytes = [turn as u8; FLOOR_BYTES];
        self.0.write_all_at(&bytes, (turn % FLOOR_SLOTS * FLOOR_BYTES) as u64)?;
        self.0.sync_data()?;
        Ok(microseconds(start.elapsed()))
    }
}

/// Beside the build, so that it is a real disk: /tmp may be memory.
pub fn build_dir() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    exe.parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// A program of the workspace, built beside the benchmark that asks.
pub fn binary(name: &str) -> PathBuf {
    // Benchmarks lie in `deps`, below the directory of the programs.
    build_dir().parent().map_or_else(|| PathBuf::from(name), |programs| programs.join(name))
}
