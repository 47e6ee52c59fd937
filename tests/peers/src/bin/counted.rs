//! One contestant alone in a process: `counted bytes WHO PEOPLE` prints how many bytes stay allocated for it,
//! `counted decide WHO PEOPLE` answers requests in a function that callgrind can count. Started by `counted.rs`.

use std::alloc::System;
use std::hint::black_box;

use anyhow::{Context, Result, bail};
use rackward_peers::cedar::{Cedar, TaggedCedar};
use rackward_peers::counted::COUNTED_REQUESTS;
use rackward_peers::decider::{Decider, check};
use rackward_peers::floor::BareLookup;
use rackward_peers::ours::{self, Ours};
use rackward_peers::reference::{self, Answer};
use rackward_peers::rego::CompiledRego;
use rackward_peers::site::{DOORS, REQUESTS, Request, Site};
use rackward_peers::sqlite;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, who, people] = arguments.as_slice() else { bail!("usage: counted bytes|decide WHO PEOPLE") };
    let site = Site::generate(people.parse().context("read the number of people")?, DOORS);
    match what.as_str() {
        "bytes" => with(who, &site, |_| Ok(())),
        "decide" => with(who, &site, |decider| decide(who, decider, &site)),
        other => bail!("{other} cannot be counted"),
    }
}

/// Loads `who`, says how many bytes stay allocated for it, and goes on with it. Of ours, the index alone is counted, as
/// compiled from records; where people are and what doors report are kept besides.
fn with(who: &str, site: &Site, work: impl FnOnce(&mut dyn Decider) -> Result<()>) -> Result<()> {
    if who == "rackward" {
        let records = ours::records(site)?;
        let region = Region::new(COUNTING);
        let index = ours::compile(&records)?;
        println!("{}", kept_bytes(&region));
        drop((index, records));
    }
    let region = Region::new(COUNTING);
    let connection;
    let mut decider: Box<dyn Decider + '_> = match who {
        "floor" => Box::new(BareLookup::load(site)),
        "rackward" => Box::new(Ours::load(site)?),
        "rego" => Box::new(CompiledRego::load(site)?),
        "tagged-cedar" => Box::new(TaggedCedar::load(site)?),
        "cedar" => Box::new(Cedar::load(site)?),
        "sqlite" => {
            connection = sqlite::load(site)?;
            Box::new(sqlite::PreparedQuestion::new(&connection)?)
        }
        other => bail!("nobody is called {other}"),
    };
    println!("{}", kept_bytes(&region));
    work(decider.as_mut())
}

fn kept_bytes(region: &Region<'_, System>) -> usize {
    let change = region.change();
    change.bytes_allocated.saturating_sub(change.bytes_deallocated)
}

fn decide(who: &str, decider: &mut dyn Decider, site: &Site) -> Result<()> {
    // A stretch from the middle of the day, as dense as the day that is timed.
    let day = site.trace(REQUESTS)?;
    let trace = &day[day.len() / 2..][..COUNTED_REQUESTS];
    let right = reference::answers(site, trace);
    // Once before, so that what is made on first use is not counted.
    let mut answers = Vec::with_capacity(trace.len());
    decider.decide_all(trace, &mut answers)?;
    answers.clear();
    decide_counted(decider, trace, &mut answers)?;
    check(who, decider.detail(), trace, &answers, &right)
}

#[inline(never)]
fn decide_counted(decider: &mut dyn Decider, trace: &[Request], answers: &mut Vec<Answer>) -> Result<()> {
    black_box(decider).decide_all(black_box(trace), answers)
}
