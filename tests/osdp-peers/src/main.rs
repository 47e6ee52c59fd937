//! Badge to release and badge to acknowledgement on a line of stated speed, Secure Channel on: our panel, asking all alike and
//! asking by use, beside libosdp's panel and beside what the wire alone costs. The devices and the line are the same for all.
//!
//! A card is shown at a random device at a random moment; its panel sends the release as soon as it has the card. Prints a
//! table and one row for each goal: `ratio NAME VALUE aim AIM ok` or `... short`.

use std::time::{Duration, Instant};

use rackward_osdp_peers::bound::{self, Bound};
use rackward_osdp_peers::devices::{self, Kind, Seat};
use rackward_osdp_peers::line::{Exactness, Line, Took};
use rackward_osdp_peers::ours::Ours;
use rackward_osdp_peers::theirs::Theirs;
use rackward_osdp_peers::{Chance, Clock, pty};
use rackward_protocol::osdp::{Baud, Sharing};

const SPEEDS: [u32; 4] = [9_600, 38_400, 115_200, 230_400];
const COUNTS: [u8; 3] = [1, 8, 32];

/// After so many lost badges a point is given up.
const LOST_LIMIT_BADGES: u32 = 5;

/// No badge takes longer: the worst bound is 1.2 seconds.
const BADGE_LIMIT: Duration = Duration::from_secs(10);

/// Who asks the devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panel {
    /// Ours, all devices alike: round robin.
    OursEqual,
    /// Ours, by use: of the devices a quarter are readers, where all badges happen.
    OursByUse,
    /// libosdp's.
    Theirs,
}

/// One point of the table.
#[derive(Clone, Copy, Debug)]
struct Point {
    baud: Baud,
    count: u8,
    panel: Panel,
}

/// What was measured at a point.
struct Measured {
    point: Point,
    took: Vec<Took>,
    lost: u32,
    exactness: Exactness,
}

fn main() -> anyhow::Result<()> {
    let only: Option<u32> = std::env::args().nth(1).and_then(|speed| speed.parse().ok());
    let mut rows = Vec::new();
    for speed in SPEEDS.into_iter().filter(|speed| only.is_none_or(|only| only == *speed)) {
        let baud = Baud::parse(speed)?;
        for count in COUNTS {
            rows.extend(measure_all(baud, count)?);
        }
    }
    print_table(&rows);
    print_exactness(&rows);
    let (usual, seldom) = pty::transit(Clock::start())?;
    println!(
        "a pseudo-terminal keeps bytes for p50 {} us, p99 {} us, in each direction of every exchange",
        usual.as_micros(),
        seldom.as_micros()
    );
    print_goals(&rows);
    Ok(())
}

/// The panels at one speed and number of devices. Slow lines leave the processor idle, so there the panels are measured side by
/// side, each on a line of its own; fast ones in turn.
fn measure_all(baud: Baud, count: u8) -> anyhow::Result<Vec<Measured>> {
    let mut panels = vec![Panel::OursEqual, Panel::Theirs];
    if count >= 4 {
        panels.push(Panel::OursByUse);
    }
    let points = panels.into_iter().map(|panel| Point { baud, count, panel });
    eprintln!("{} baud, {count} devices ...", baud.bits_per_second());
    if baud.bits_per_second() <= 38_400 {
        let running: Vec<_> = points.map(|point| std::thread::spawn(move || measure(point))).collect();
        return running.into_iter().map(|run| run.join().map_err(|_| anyhow::anyhow!("a panel panicked"))?).collect();
    }
    points.map(measure).collect()
}

fn measure(point: Point) -> anyhow::Result<Measured> {
    let Point { baud, count, panel } = point;
    let begun = Instant::now();
    let seats = match panel {
        Panel::OursByUse => devices::mixed(count),
        Panel::OursEqual | Panel::Theirs => devices::handles(count),
    };
    let line = Line::start(Clock::start(), baud, &seats)?;
    let limit = Duration::from_secs(60);
    let (took, lost) = match panel {
        Panel::Theirs => {
            let theirs = Theirs::start(line.path(), baud, &seats, limit)?;
            let figures = badges(point, &line, &seats)?;
            theirs.end()?;
            figures
        }
        Panel::OursEqual | Panel::OursByUse => {
            let sharing = if panel == Panel::OursEqual { Sharing::Equal } else { Sharing::ByUse };
            let ours = Ours::start(line.path(), baud, &seats, sharing, limit)?;
            let figures = badges(point, &line, &seats)?;
            ours.end()?;
            figures
        }
    };
    let measured = Measured { point, took, lost, exactness: line.end()? };
    let (seconds, mean) = (begun.elapsed().as_secs_f64(), measured.mean(|took| took.release));
    eprintln!("  {:<16} {mean:>8.2} ms to the release on average, measured in {seconds:.0} s", panel.name());
    Ok(measured)
}

fn badges(point: Point, line: &Line, seats: &[Seat]) -> anyhow::Result<(Vec<Took>, u32)> {
    let mut chance = Chance::new(u64::from(point.baud.bits_per_second()) + u64::from(point.count));
    let places: Vec<Seat> = match point.panel {
        Panel::OursByUse => seats.iter().copied().filter(|seat| seat.kind == Kind::Reader).collect(),
        Panel::OursEqual | Panel::Theirs => seats.to_vec(),
    };
    let cycle = bound::characters(point.baud, 32) * u32::from(point.count);
    let (mut took, mut lost) = (Vec::new(), 0);
    for _ in 0..rounds(point) {
        // What the badge before left over is done after one cycle; then any moment of another.
        let pause = cycle + cycle.mul_f64(chance.below(1_000_000) as f64 / 1e6);
        std::thread::sleep(pause.max(Duration::from_millis(5)));
        let seat = places[chance.below(places.len() as u64) as usize];
        match line.badge(seat.address, BADGE_LIMIT)? {
            Some(figures) => took.push(figures),
            None => lost += 1,
        }
        if lost >= LOST_LIMIT_BADGES {
            // The peer's figures stand with what it lost beside them; ours must lose none.
            anyhow::ensure!(point.panel == Panel::Theirs, "badges get lost at {point:?}");
            break;
        }
    }
    Ok((took, lost))
}

/// Enough badges for a mean that means something, few enough for a run of some minutes.
fn rounds(point: Point) -> usize {
    match (point.baud.bits_per_second(), point.count) {
        (9_600, 32) => 60,
        (9_600, _) | (_, 32) => 120,
        _ => 240,
    }
}

impl Panel {
    fn name(self) -> &'static str {
        match self {
            Self::OursEqual => "ours, all alike",
            Self::OursByUse => "ours, by use",
            Self::Theirs => "libosdp",
        }
    }
}

fn print_table(rows: &[Measured]) {
    println!(
        "badge to release and to acknowledgement, milliseconds, best/mean/worst; Secure Channel, devices answer at once"
    );
    println!(
        "{:>7} {:>7}  {:<16} {:>22} {:>22} {:>7} {:>5}",
        "baud", "devices", "panel", "release", "acknowledged", "badges", "lost"
    );
    for speed in SPEEDS {
        for count in COUNTS {
            let here: Vec<&Measured> = rows.iter().filter(|row| row.is_at(speed, count)).collect();
            let Some(first) = here.first() else { continue };
            let (baud, devices) = (first.point.baud, u32::from(count));
            let bounds = (bound::release(baud, devices), bound::acknowledged(baud, devices));
            let shown = |bound: Bound| format!("{:.1}/{:.1}/{:.1}", ms(bound.best), ms(bound.mean), ms(bound.worst));
            println!("{speed:>7} {count:>7}  {:<16} {:>22} {:>22}", "bound", shown(bounds.0), shown(bounds.1));
            for row in here {
                println!(
                    "{speed:>7} {count:>7}  {:<16} {:>22} {:>22} {:>7} {:>5}",
                    row.point.panel.name(),
                    row.shown(|took| took.release),
                    row.shown(|took| took.acknowledged),
                    row.took.len(),
                    row.lost
                );
            }
        }
    }
}

fn print_exactness(rows: &[Measured]) {
    let mut late: Vec<u64> = rows.iter().flat_map(|row| row.exactness.late_nanos.iter().copied()).collect();
    late.sort_unstable();
    let at =
        |share: f64| late.get((late.len().saturating_sub(1) as f64 * share) as usize).map_or(0, |nanos| nanos / 1_000);
    let collisions: u64 = rows.iter().map(|row| row.exactness.collisions).sum();
    let frames: u64 = rows.iter().map(|row| row.exactness.frames).sum();
    println!(
        "the line handed answers over late by p50 {} us, p99 {} us, p99.9 {} us; {collisions} of {frames} frames collided",
        at(0.5),
        at(0.99),
        at(0.999)
    );
}

fn print_goals(rows: &[Measured]) {
    for row in rows.iter().filter(|row| row.point.panel != Panel::Theirs) {
        let Point { baud, count, panel } = row.point;
        let (speed, devices) = (baud.bits_per_second(), u32::from(count));
        let (release, acknowledged) = (bound::release(baud, devices), bound::acknowledged(baud, devices));
        let (name, aim) = match panel {
            Panel::OursEqual => ("", 1.15),
            Panel::OursByUse | Panel::Theirs => ("-by-use", 1.0),
        };
        let mean = (row.mean(|took| took.release), row.mean(|took| took.acknowledged));
        at_most(&format!("osdp-{speed}x{count}{name}-release/bound"), mean.0 / ms(release.mean), aim);
        at_most(&format!("osdp-{speed}x{count}{name}-acknowledged/bound"), mean.1 / ms(acknowledged.mean), aim);
        let theirs = rows.iter().find(|other| other.is_at(speed, count) && other.point.panel == Panel::Theirs);
        if let Some(theirs) = theirs {
            at_most(
                &format!("osdp-{speed}x{count}{name}-release/libosdp"),
                mean.0 / theirs.mean(|took| took.release),
                1.0,
            );
        }
    }
}

/// Prints one goal's row; `aim` is the most that is still good.
fn at_most(name: &str, value: f64, aim: f64) {
    let verdict = if value <= aim { "ok" } else { "short" };
    println!("ratio {name} {value:.2} aim {aim} {verdict}");
}

impl Measured {
    fn is_at(&self, speed: u32, count: u8) -> bool {
        self.point.baud.bits_per_second() == speed && self.point.count == count
    }

    fn mean(&self, figure: impl Fn(&Took) -> Duration) -> f64 {
        self.took.iter().map(|took| ms(figure(took))).sum::<f64>() / self.took.len().max(1) as f64
    }

    fn shown(&self, figure: impl Fn(&Took) -> Duration + Copy) -> String {
        let best = self.took.iter().map(figure).min().unwrap_or_default();
        let worst = self.took.iter().map(figure).max().unwrap_or_default();
        format!("{:.1}/{:.1}/{:.1}", ms(best), self.mean(figure), ms(worst))
    }
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
