//! The form of every benchmark: subject and floor take turns in one run, answers are compared, and what is printed is a
//! table for people and, last, one row per goal: `ratio NAME VALUE aim AIM ok` or `... short`.

use std::time::{Duration, Instant};

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
