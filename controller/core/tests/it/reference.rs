//! The engine against a slow and obvious model of the rules, written from their prose and not from the code: random
//! histories of orders, cards, doors and time, each step given to both and what they say and know compared. A history that
//! differs is made as short as it gets and printed with its seed. `RACKWARD_CASES` says how many histories are run, and
//! `RACKWARD_SEED` with which they begin.

mod calendar;
pub(crate) mod chance;
mod doors;
mod explaining;
mod grounds;
mod history;
mod past;
mod rules;
mod runner;
mod steps;
mod stories;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use chance::Chance;
use grounds::Feature;
use history::Step;
use rackward_core::Wall;
use runner::Tally;

/// Histories that are run where nobody asks for more.
const USUAL_CASES: u64 = 200;

/// Questions to `explain`, each followed by the card itself, where nobody asks for more.
const USUAL_QUESTIONS: u64 = 100_000;

/// Questions after each step of a history.
const QUESTIONS: usize = 8;

/// Steps of a history.
const STEPS: usize = 150;

/// Starts of histories: a Monday in August, and half a day before each change of the clocks in London, New York and on Lord
/// Howe Island of the following year.
const STARTS: [i64; 5] = [1_785_744_000, 1_792_846_800, 1_793_458_800, 1_806_148_800, 1_790_956_800];

/// How often a failing history is run again to make it shorter.
const SHRINK_RUNS: usize = 3000;

/// What the usual histories come to, all of it.
const SAID: [&str; 33] = [
    "admitted",
    "along",
    "pin",
    "second",
    "violated",
    "moved",
    "locked out",
    "N01",
    "N02",
    "N03",
    "N04",
    "N05",
    "N06",
    "N07",
    "W10",
    "W11",
    "N11",
    "N09",
    "F07",
    "P02",
    "P03",
    "N21",
    "W12",
    "W13",
    "W14",
    "N23",
    "N22",
    "P05",
    "P04",
    "N12",
    "N14",
    "N24",
    "N25",
];

/// A random case: the site, when it begins, what happens.
#[derive(Debug, Clone)]
struct Case {
    features: Vec<Feature>,
    start: Wall,
    history: Vec<Step>,
}

impl Case {
    fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed);
        let features = grounds::features(&mut chance);
        let start = Wall::from_micros(chance.pick(&STARTS) * 1_000_000 + chance.pick(&[0, 0, 500_000, 37_000_000]));
        let history = history::history(&mut chance, STEPS);
        Self { features, start, history }
    }

    fn run(&self) -> Result<Tally, String> {
        let run = || runner::run(&self.features, self.start, &self.history);
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("a panic".to_owned()))
    }

    /// A shorter case that fails too: whatever can be left out is.
    fn shrunk(mut self) -> Self {
        let mut runs = 0;
        let mut chunk = self.history.len().div_ceil(2);
        while chunk > 0 && runs < SHRINK_RUNS {
            let mut place = 0;
            let before = self.history.len();
            while place < self.history.len() && runs < SHRINK_RUNS {
                let mut shorter = self.clone();
                shorter.history.drain(place..(place + chunk).min(self.history.len()));
                runs += 1;
                if shorter.run().is_err() {
                    self = shorter;
                } else {
                    place += chunk;
                }
            }
            if chunk > 1 || self.history.len() == before {
                chunk /= 2;
            }
        }
        for place in (0..self.features.len()).rev() {
            let mut plainer = self.clone();
            plainer.features.remove(place);
            if plainer.run().is_err() {
                self = plainer;
            }
        }
        self
    }
}

#[allow(clippy::disallowed_methods, reason = "how long to test is the tester's choice")]
fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn no_history_tells_the_engine_from_the_model() {
    let (first, cases) = (number("RACKWARD_SEED", 1), number("RACKWARD_CASES", USUAL_CASES));
    let mut tally = Tally::new();
    for seed in first..first + cases {
        let case = Case::of(seed);
        if let Ok(said) = case.run() {
            said.into_iter().for_each(|(word, times)| *tally.entry(word).or_default() += times);
        } else {
            let case = case.shrunk();
            let difference = case.run().err().unwrap_or_default();
            let steps: Vec<String> = case.history.iter().map(|step| format!("  {step:?}")).collect();
            panic!(
                "seed {seed}: {difference}\nfeatures: {:?}\nstart: {:?}\n{}",
                case.features,
                case.start,
                steps.join("\n")
            );
        }
    }
    println!("{tally:?}");
    let missing: Vec<&str> = SAID.into_iter().filter(|word| !tally.contains_key(word)).collect();
    assert!(missing.is_empty() || cases < USUAL_CASES, "no history came to {missing:?}");
}

/// Histories that are looked back at where nobody asks for more.
const PASTS: u64 = 40;

#[test]
fn looking_back_says_what_was_said_then() {
    let first = number("RACKWARD_SEED", 1);
    let cases = PASTS * number("RACKWARD_CASES", USUAL_CASES) / USUAL_CASES;
    let mut compared = 0;
    for seed in first..first + cases {
        let Case { features, start, history } = Case::of(seed);
        let said = past::look_back(&features, start, &history, &mut Chance::of(!seed));
        compared += said.unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
    }
    println!("{compared} answers");
    assert!(compared > cases * 10, "{compared} answers");
}

#[test]
fn explain_says_what_the_door_does() {
    let seed = number("RACKWARD_SEED", 1);
    let questions = USUAL_QUESTIONS * number("RACKWARD_CASES", USUAL_CASES) / USUAL_CASES;
    let (mut case, mut asked) = (seed, 0);
    while asked < questions {
        let Case { features, start, history } = Case::of(case);
        let mut chance = Chance::of(!case);
        let mut both = runner::Both::open(&features, start);
        for (place, step) in history.iter().enumerate() {
            both.take(step).unwrap();
            for _ in 0..QUESTIONS {
                let probed = both.probe(&mut chance);
                asked +=
                    u64::from(probed.unwrap_or_else(|difference| panic!("seed {case}, step {place}: {difference}")));
            }
        }
        case += 1;
    }
    println!("{asked} questions");
}
