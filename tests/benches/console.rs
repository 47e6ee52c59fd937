//! From a device to the eye: a card is shown to a simulated handle, and the time is taken until its row is painted in a real
//! browser, while as many other consoles follow the same site. `console [SECONDS] [CONSOLES]`, ten minutes and 50 if left out.
//! Then what the first view weighs, what the tab holds in memory before and after, and how smoothly a map of 5,000 doors moves.
//!
//! Daemon and browser are the ones that ship; handles are one other process (`handles/rig.rs`); the other consoles ask what the
//! console's modules ask and follow the stream, without drawing (`console/others.rs`). Not measured here: the wire between a
//! handle and a real broker, and the graphics card of a desk, which a browser without a window does without.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark whose rig does not stand has nothing to measure"
)]

#[path = "console/journal.rs"]
mod journal;
#[path = "console/others.rs"]
mod others;
#[path = "console/page.rs"]
mod page;
#[allow(dead_code, reason = "what the benchmark of handles uses besides")]
#[path = "handles/process.rs"]
mod process;
#[allow(dead_code, reason = "what the benchmark of handles uses besides")]
#[path = "handles/rig.rs"]
mod rig;

use std::error::Error;
use std::time::Duration;

use rackward_tests::bench::{Rounds, at_most, build_dir};
use rackward_tests::handles::remote::{WORD, serve};

use others::Others;
use page::Page;
use rig::{Kind, Rig};

/// Handles that cards are shown to in turn, so that each is shown one in five seconds.
const HANDLES: usize = 1_000;
/// Cards in a second.
const CARDS_EACH_SECOND: u64 = 200;
/// How long a usual run shows cards, and how many consoles are open.
const USUAL_SECONDS: u64 = 600;
const USUAL_CONSOLES: usize = 50;
/// Doors of the map that is moved.
const MAP_DOORS: usize = 5_000;
/// The longest that the rig may take to stand, and the browser to show the last row.
const STEP_LIMIT: Duration = Duration::from_secs(120);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == WORD) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        return Ok(runtime.block_on(serve(&args[1..]))?);
    }
    let mut numbers = args.iter().filter_map(|arg| arg.parse::<u64>().ok());
    let seconds = numbers.next().unwrap_or(USUAL_SECONDS);
    let consoles = numbers.next().and_then(|count| usize::try_from(count).ok()).unwrap_or(USUAL_CONSOLES);
    let dir = tempfile::Builder::new().prefix("bench-console-").tempdir_in(build_dir())?;
    follow(&dir.path().join("site"), seconds, consoles)?;
    map(&dir.path().join("map"))
}

/// Cards for so long, with so many consoles, one of them a real browser.
fn follow(dir: &std::path::Path, seconds: u64, consoles: usize) -> Result<(), Box<dyn Error>> {
    let mut rig = Rig::start(Kind::Embedded, dir, HANDLES)?;
    rig.crowd.time("power 500")?;
    rig.online(STEP_LIMIT)?;
    let page = Page::open(&rig)?;
    let view = page.first_view()?;
    println!("first view: {:.0} kB in {} requests, drawn after {:.0} ms", view.kilobytes, view.requests, view.drawn_ms);
    // Cards, and what else happens meanwhile.
    page.watch_events(2 * CARDS_EACH_SECOND * seconds + 10_000);
    let others = Others::open(&rig, consoles.saturating_sub(1))?;
    let heap_before = page.heap_megabytes();
    println!("{consoles} consoles are open; {CARDS_EACH_SECOND} cards a second for {seconds} s ...");
    let cpu_before = rig.cpu()?.0;
    let cards = CARDS_EACH_SECOND * seconds;
    rig.crowd.begin(&format!("present 0 {cards} {CARDS_EACH_SECOND}"))?;
    // By then the list is as long as it gets, so that what comes on top of it is lost.
    std::thread::sleep(Duration::from_secs(seconds / 4));
    let heap_early = page.heap_megabytes();
    rig.crowd.answer()?;
    let cpu = (rig.cpu()?.0 - cpu_before) / seconds as f64;
    let shown = moments(&rig.crowd.ask("when")?)?;
    let head = rig.get("/status")?["head"].as_u64().ok_or("a status without a head")?;
    let painted = page.painted_up_to(head, STEP_LIMIT)?;
    let heap_after = page.heap_megabytes();
    let followed = others.end(head)?;
    drop(page);
    let told = journal::cards(&rig.end()?, HANDLES)?;
    let waits = waits(&shown, &told, &painted);

    let entries = followed.entries;
    println!("{entries} entries in the stream of each console; {:.2} processors for the daemon", cpu);
    println!("lists asked for by the other consoles: {}, refused {}", followed.lists, followed.refused);
    println!(
        "from card to pixel: p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms, of {} cards",
        waits.median(),
        waits.quantile(0.95),
        waits.quantile(0.99),
        told.len()
    );
    println!(
        "memory of the page's heap: {heap_before:.1} MB before, {heap_early:.1} MB after a quarter, {heap_after:.1} MB after {entries} entries, as many as eight hours with one every {:.2} s",
        28_800.0 / entries as f64
    );
    at_most("first-view-kB", view.kilobytes, 500.0);
    at_most("card-to-pixel-p50-ms", waits.median(), 1_000.0);
    at_most("card-to-pixel-p99-ms", waits.quantile(0.99), 1_000.0);
    at_most("cards-without-an-entry", (cards as f64) - (told.len() as f64), 0.0);
    at_most("entries-lost-or-doubled-in-any-stream", followed.wrong as f64, 0.0);
    at_most("cards-never-painted", told.iter().filter(|one| !painted.contains_key(&one.seq)).count() as f64, 0.0);
    at_most("heap-after-all/after-a-quarter", heap_after / heap_early, 1.25);
    Ok(())
}

/// A site of many racks, none of which answers, drawn as a map and moved about.
fn map(dir: &std::path::Path) -> Result<(), Box<dyn Error>> {
    let (rig, _) = Rig::lay_out(Kind::Embedded, dir, MAP_DOORS)?;
    let page = Page::open(&rig)?;
    let (frames, drawn_ms) = page.pan_map()?;
    println!(
        "a map of {MAP_DOORS} doors: drawn after {drawn_ms:.0} ms; frames while it is moved: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms",
        frames.median(),
        frames.quantile(0.95),
        frames.quantile(0.99)
    );
    at_most("map-pan-frame-p95-ms", frames.quantile(0.95), 33.4);
    Ok(())
}

fn moments(text: &str) -> Result<Vec<u64>, std::num::ParseIntError> {
    text.split_whitespace().map(str::parse).collect()
}

/// For every card whose row was painted, the time from the card to the paint, in milliseconds. The cards of one handle become
/// entries in the order in which they were shown.
fn waits(shown: &[u64], told: &[journal::Card], painted: &std::collections::HashMap<u64, f64>) -> Rounds {
    let mut turns = vec![0usize; HANDLES];
    let mut waits = Rounds::default();
    for card in told {
        let number = card.handle + HANDLES * turns[card.handle];
        turns[card.handle] += 1;
        if let (Some(shown_us), Some(painted_ms)) = (shown.get(number), painted.get(&card.seq)) {
            waits.add(painted_ms - *shown_us as f64 / 1_000.0);
        }
    }
    waits
}
