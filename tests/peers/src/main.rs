//! Our decision with all rules on, beside Cedar, Rego, Casbin, SQLite and a bare hash look-up: one generated site of
//! 10,000 doors, one day of requests, all answers checked, at a thousand, a hundred thousand and a million people.
//!
//! Everybody is loaded before anything is timed and takes turns in every round, in changing order. Who is slow gets fewer
//! requests of the same day, spread over the whole of it, and others in every round. Arguments, all optional: how many
//! people, once or several times; without the two sizes that a goal compares, its row is left out.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use rackward_peers::bench::{Rounds, at_least, at_most, build_dir};
use rackward_peers::cedar::{Cedar, TaggedCedar};
use rackward_peers::counted::{self, Counts};
use rackward_peers::cpu;
use rackward_peers::decider::{Decider, check};
use rackward_peers::floor::BareLookup;
use rackward_peers::ours::{self, Ours};
use rackward_peers::reference::{self, Answer};
use rackward_peers::rego::CompiledRego;
use rackward_peers::roles::Casbin;
use rackward_peers::site::{DOORS, REQUESTS, Request, Site};
use rackward_peers::sqlite;

const ROUNDS: usize = 7;

/// Sizes of the site, in people.
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];

/// Beyond so many people the tags alone take more memory than a machine for tests should have to give: 8 KiB a person.
const TAGGED_PEOPLE: u32 = 100_000;

/// How many changes of rights make a round.
const EDITS: u32 = 1_000;

/// Who takes part, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Floor,
    Ours,
    Sqlite,
    Rego,
    Cedar,
    TaggedCedar,
    Casbin,
}

/// Somebody loaded, and what became of it.
struct Contestant<'c> {
    who: Who,
    decider: Box<dyn Decider + 'c>,
    rounds: Rounds,
}

/// What loading somebody took.
struct Loading {
    who: Who,
    seconds: f64,
    mebibytes: f64,
}

/// Everything measured at one size.
struct Figures {
    people: u32,
    decisions: Vec<(Who, Rounds)>,
    loading: Vec<Loading>,
    person_edit: Rounds,
    everybody_edit: Rounds,
    /// Seconds to compile our index from records in memory.
    compile: f64,
    /// Seconds to read our store and compile the index.
    store: f64,
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::Floor => "bare look-up",
            Self::Ours => "rackward",
            Self::Sqlite => "SQLite",
            Self::Rego => "Rego",
            Self::Cedar => "Cedar",
            Self::TaggedCedar => "Cedar, tags",
            Self::Casbin => "Casbin",
        }
    }

    /// How many requests make a round: all where they are quick, about a second's work where they are slow.
    const fn requests(self) -> usize {
        match self {
            Self::Floor | Self::Ours => REQUESTS,
            Self::Sqlite => 100_000,
            Self::Rego => 20_000,
            Self::Cedar => 5_000,
            Self::TaggedCedar => 10_000,
            Self::Casbin => 80,
        }
    }
}

impl Figures {
    fn median(&self, who: Who) -> f64 {
        self.decisions.iter().find(|(other, _)| *other == who).map_or(f64::NAN, |(_, rounds)| rounds.median())
    }

    fn load_seconds(&self, who: Who) -> f64 {
        self.loading.iter().find(|loading| loading.who == who).map_or(f64::NAN, |loading| loading.seconds)
    }
}

fn main() -> Result<()> {
    let asked: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let mut sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    println!(
        "{REQUESTS} requests of one day at {DOORS} doors, {ROUNDS} rounds in turns, processor time, every answer checked"
    );
    let mut figures: Vec<Figures> = sizes.iter().map(|people| measure(*people)).collect::<Result<_>>()?;
    let counts = counts(&sizes).context("count bytes and instructions")?;
    println!();
    println!("grown: memory of the process; smaller sites use what the largest, which goes first, has freed");
    figures.sort_by_key(|figures| figures.people);
    figures.iter().for_each(print_table);
    println!("{:<13} {:>9} {:>14} {:>16}", "", "people", "instructions", "bytes a person");
    counts.iter().for_each(|counts| println!("{counts}"));
    println!();
    print_goals(&figures, &counts);
    Ok(())
}

/// Ours at every size; the peers at the smallest alone, because counting their instructions takes fifty times as long as
/// running them.
fn counts(sizes: &[u32]) -> Result<Vec<Counts>> {
    println!("counting bytes and instructions, each in a process of its own");
    let smallest = sizes.iter().copied().min().unwrap_or(SIZES[0]);
    let ours = sizes.iter().rev().map(|people| ("rackward", *people));
    let peers = ["floor", "sqlite", "rego", "cedar", "tagged-cedar"].map(|who| (who, smallest));
    ours.chain(peers).map(|(who, people)| counted::count(who, people)).collect()
}

fn measure(people: u32) -> Result<Figures> {
    println!("{people} people: generating the site and its day, and the right answers");
    let site = Site::generate(people, DOORS);
    let trace = site.trace(REQUESTS)?;
    let right = reference::answers(&site, &trace);
    println!("  {}", shares(&right));
    let mut loading = Vec::new();
    let bare = load(Who::Floor, &mut loading, || Ok(BareLookup::load(&site)))?;
    let ours = load(Who::Ours, &mut loading, || Ours::load(&site))?;
    let connection = load(Who::Sqlite, &mut loading, || sqlite::load(&site))?;
    let question = sqlite::PreparedQuestion::new(&connection)?;
    let rego = load(Who::Rego, &mut loading, || CompiledRego::load(&site))?;
    let cedar = load(Who::Cedar, &mut loading, || Cedar::load(&site))?;
    let tagged = (people <= TAGGED_PEOPLE).then(|| load(Who::TaggedCedar, &mut loading, || TaggedCedar::load(&site)));
    let tagged = tagged.transpose()?;
    let casbin = load(Who::Casbin, &mut loading, || Casbin::load(&site))?;
    let contestant = |who, decider| Contestant { who, decider, rounds: Rounds::default() };
    let mut all: Vec<Contestant<'_>> = vec![
        contestant(Who::Floor, Box::new(bare)),
        contestant(Who::Ours, Box::new(ours)),
        contestant(Who::Sqlite, Box::new(question)),
        contestant(Who::Rego, Box::new(rego)),
        contestant(Who::Cedar, Box::new(cedar)),
        contestant(Who::Casbin, Box::new(casbin)),
    ];
    all.extend(tagged.map(|tagged| contestant(Who::TaggedCedar, Box::new(tagged))));
    for round in 0..ROUNDS {
        println!("  round {} of {ROUNDS}", round + 1);
        for turn in 0..all.len() {
            let index = if round % 2 == 0 { turn } else { all.len() - 1 - turn };
            take_turn(&mut all[index], round, &trace, &right)?;
        }
    }
    let decisions = all.into_iter().map(|contestant| (contestant.who, contestant.rounds)).collect();
    let (person_edit, everybody_edit) = edits(&site)?;
    let (compile, store) = starts(&site)?;
    Ok(Figures { people, decisions, loading, person_edit, everybody_edit, compile, store })
}

/// Loads somebody and says how long it took and how much memory the process has more for it.
fn load<T>(who: Who, all: &mut Vec<Loading>, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = resident_mebibytes()?;
    let mut loaded = None;
    let seconds = cpu::seconds_of_all_threads(|| loaded = Some(work()));
    let loaded = loaded.context("nothing was loaded")?.with_context(|| format!("load {}", who.name()))?;
    let mebibytes = resident_mebibytes()? - before;
    println!("  loaded {} in {seconds:.2} s, {mebibytes:.0} MiB", who.name());
    all.push(Loading { who, seconds, mebibytes });
    Ok(loaded)
}

/// One round of one contestant: its share of the day, timed, and then checked.
fn take_turn(contestant: &mut Contestant<'_>, round: usize, trace: &[Request], right: &[Answer]) -> Result<()> {
    let step = trace.len() / contestant.who.requests();
    let mine = |n: &usize| n % step == (round * step / ROUNDS + round) % step;
    let indices: Vec<usize> = (0..trace.len()).filter(mine).collect();
    let requests: Vec<Request> = indices.iter().map(|n| trace[*n]).collect();
    let expected: Vec<Answer> = indices.iter().map(|n| right[*n]).collect();
    let mut answers = Vec::with_capacity(requests.len());
    let mut outcome = Ok(());
    let spent = cpu::nanoseconds(|| outcome = contestant.decider.decide_all(&requests, &mut answers));
    outcome.with_context(|| format!("{} did not answer", contestant.who.name()))?;
    check(contestant.who.name(), contestant.decider.detail(), &requests, &answers, &expected)?;
    contestant.rounds.add(spent / requests.len() as f64);
    Ok(())
}

/// What a change to one person's rights costs, and a change to the profile of everybody; both in ours alone.
fn edits(site: &Site) -> Result<(Rounds, Rounds)> {
    let mut ours = Ours::load(site)?;
    let (mut person_edit, mut everybody_edit) = (Rounds::default(), Rounds::default());
    for round in 0..ROUNDS as u32 {
        let changes = ours::person_changes(site, round, EDITS);
        let spent = cpu::nanoseconds(|| changes.iter().for_each(|change| ours.change_person(change)));
        person_edit.add(spent / changes.len() as f64);
        let changes = ours::everybody_changes(site, EDITS);
        let spent = cpu::nanoseconds(|| changes.iter().for_each(|change| ours.change_everybody(change)));
        everybody_edit.add(spent / changes.len() as f64);
    }
    Ok((person_edit, everybody_edit))
}

/// What a start of our daemon costs: compiling the index from records, and the same from a store on disk.
fn starts(site: &Site) -> Result<(f64, f64)> {
    let dir = build_dir().join(format!("stored-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
    let records = ours::records(site)?;
    let (mut compiled, mut loaded) = (None, None);
    let compile = cpu::seconds_of_all_threads(|| compiled = Some(ours::compile(&records)));
    drop(compiled.transpose()?);
    println!("  writing a store of {} people", site.people.len());
    let written = ours::stored::write(&dir, &records);
    drop(records);
    let store = cpu::seconds_of_all_threads(|| loaded = Some(ours::stored::load(&dir, site.people.len())));
    std::fs::remove_dir_all(&dir).with_context(|| format!("remove {}", dir.display()))?;
    written?;
    drop(loaded.transpose()?);
    Ok((compile, store))
}

/// How many of the answers are which.
fn shares(answers: &[Answer]) -> String {
    let all = [Answer::Admit, Answer::UnknownCard, Answer::Disabled, Answer::NoRight, Answer::NotNow];
    let share = |answer: Answer| answers.iter().filter(|other| **other == answer).count() * 1000 / answers.len().max(1);
    all.into_iter().fold("per mille:".to_owned(), |mut text, answer| {
        let _ = write!(text, " {answer:?} {}", share(answer));
        text
    })
}

fn print_table(figures: &Figures) {
    println!("{} people", figures.people);
    println!(
        "  {:<13} {:>12} {:>26} {:>9} {:>10} {:>12}",
        "", "ns each", "(lowest to highest)", "x ours", "loaded s", "grown MiB"
    );
    let ours = figures.median(Who::Ours);
    for (who, rounds) in &figures.decisions {
        let (low, high) = rounds.spread();
        let spread = format!("({low:.1} to {high:.1})");
        let loading = figures.loading.iter().find(|loading| loading.who == *who);
        let (seconds, mebibytes) = loading.map_or((f64::NAN, f64::NAN), |loading| (loading.seconds, loading.mebibytes));
        let (median, times) = (rounds.median(), rounds.median() / ours);
        println!("  {:<13} {median:>12.1} {spread:>26} {times:>9.1} {seconds:>10.2} {mebibytes:>12.0}", who.name());
    }
    for (what, rounds) in
        [("one person's rights", &figures.person_edit), ("everybody's profile", &figures.everybody_edit)]
    {
        let (low, high) = rounds.spread();
        println!("  changing {what}: {:.0} ns ({low:.0} to {high:.0})", rounds.median());
    }
    println!("  a start: {:.2} s to compile the index, {:.2} s with reading the store", figures.compile, figures.store);
}

fn print_goals(figures: &[Figures], counts: &[Counts]) {
    let at = |people: u32| figures.iter().find(|figures| figures.people == people);
    for (people, name, aims) in [(100_000, "100k", [300.0, 40.0, 10.0]), (1_000_000, "1M", [150.0, 25.0, 8.0])] {
        let Some(figures) = at(people) else { continue };
        let ours = figures.median(Who::Ours);
        for (who, word, aim) in
            [(Who::Cedar, "cedar", aims[0]), (Who::Rego, "rego", aims[1]), (Who::Sqlite, "sqlite", aims[2])]
        {
            at_least(&format!("{word}/decision-{name}"), figures.median(who) / ours, aim);
        }
        at_most(&format!("decision/bare-lookup-{name}"), ours / figures.median(Who::Floor), 10.0);
    }
    let (Some(small), Some(large)) = (at(1_000), at(1_000_000)) else { return };
    at_most("person-edit-1M/1k", large.person_edit.median() / small.person_edit.median(), 2.0);
    at_most("everybody-edit-1M/1k", large.everybody_edit.median() / small.everybody_edit.median(), 2.0);
    let count_at = |people: u32| counts.iter().find(|counts| counts.who == "rackward" && counts.people == people);
    let (Some(small_counts), Some(large_counts)) = (count_at(1_000), count_at(1_000_000)) else { return };
    match (small_counts.instructions, large_counts.instructions) {
        (Some(small), Some(large)) => at_most("instructions-1M/1k", large / small, 1.2),
        (None, _) | (_, None) => println!("ratio instructions-1M/1k not-measured aim 1.2 short"),
    }
    at_most("bytes-a-person-1M", large_counts.bytes_a_person.unwrap_or(f64::NAN), 150.0);
    let cedar = large.load_seconds(Who::Cedar);
    println!("of Cedar's {cedar:.1} s to load a million people, compiling ours takes {:.3}", large.compile / cedar);
    at_most("store-load-1M/cedar-load", large.store / cedar, 0.1);
}

fn resident_mebibytes() -> Result<f64> {
    /// What the kernel counts memory in here.
    const PAGE_BYTES: f64 = 4096.0;
    let text = std::fs::read_to_string("/proc/self/statm").context("ask the kernel for memory in use")?;
    let pages: f64 = text.split(' ').nth(1).context("find the resident pages")?.parse()?;
    Ok(pages * PAGE_BYTES / (1024.0 * 1024.0))
}
