//! Random lives of the whole site in virtual time: first anything may fail and every checker looks at every moment, then
//! nothing fails and the daemon must come to believe what is true.
//!
//! `RACKWARD_SEEDS=1000` runs so many seeds, `RACKWARD_SEEDS=17..18` just these; a failing run prints its seed.

use std::ops::Range;
use std::time::Duration;

use rackward_tests::world::{BrokerPlace, Parameters, World};

/// Seeds of a usual run; more find more and take longer.
const USUAL_SEEDS: u64 = 4;

/// How long anything may fail, before the first healing and again after it.
const SUFFERING: Duration = Duration::from_secs(60);

fn seeds() -> Range<u64> {
    let Ok(wanted) = std::env::var("RACKWARD_SEEDS") else { return 0..USUAL_SEEDS };
    let number = |text: &str| text.parse().expect("RACKWARD_SEEDS is a number or two with .. between");
    match wanted.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(&wanted),
    }
}

fn lives(broker: BrokerPlace) {
    for seed in seeds() {
        let mut world = World::with(Parameters { broker, ..Parameters::draw(seed) });
        for _ in 0..2 {
            world.suffer(SUFFERING);
            world.heal();
            let differences = world.differences();
            assert!(differences.is_empty(), "{:?}: {differences:#?}\n{}", world.parameters(), world.tail());
        }
    }
}

#[test]
fn invariants_hold_and_belief_returns_to_truth_with_a_broker_of_its_own() {
    lives(BrokerPlace::Embedded);
}

#[test]
fn invariants_hold_and_belief_returns_to_truth_with_another_broker() {
    lives(BrokerPlace::External);
}
