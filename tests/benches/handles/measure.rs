//! One run against one broker, step by step, and the table of what it showed.

use std::error::Error;
use std::fmt;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rackward_tests::bench::Rounds;

use super::journal::{self, Counted};
use super::rig::{Kind, Rig};

/// Connections that the handles begin in a second when the site is powered.
const POWER_EACH_SECOND: usize = 1_000;
/// How long the site rests while its processor time is taken.
const REST: Duration = Duration::from_secs(30);
/// Messages whose confirmation is timed, and badges.
const CONFIRMATIONS: usize = 3_000;
const BADGES: usize = 300;
/// Connections that are timed, without and with silent sockets.
const CONNECTS: usize = 100;
const SILENT_SOCKETS: usize = 100;
/// Cards that nobody has are shown so many a second.
const CARDS_EACH_SECOND: usize = 1_000;
/// The longest that any step may take.
const STEP_LIMIT: Duration = Duration::from_secs(300);

/// What one run showed.
pub(crate) struct Figures {
    kind: Kind,
    handles: usize,
    connect_all: Duration,
    first_lists: Duration,
    rest_cpu: (f64, Option<f64>, f64),
    pub(crate) controller_kib: f64,
    broker_kib: Option<f64>,
    pub(crate) confirm: Rounds,
    badge: Rounds,
    connect: Rounds,
    connect_silent: Rounds,
    pub(crate) silent_ratio: f64,
    revocation: Duration,
    reconnect: Duration,
    /// From the last reconnect to the last receipt of a revocation given while everybody was away, in seconds.
    pub(crate) receipts_s: f64,
    told: (u64, u64),
    counted: Counted,
    refused: String,
    pub(crate) lost: u64,
}

fn rounds(spans: Vec<f64>) -> Rounds {
    let mut rounds = Rounds::default();
    spans.into_iter().for_each(|span| rounds.add(span));
    rounds
}

/// Runs everything; `small_kb` is what a daemon takes that has next to no devices.
pub(crate) fn measure(mut rig: Rig, handles: usize, small_kb: u64) -> Result<Figures, Box<dyn Error>> {
    let kind = rig.kind;
    let until = rfc3339(rackward::clock::now().wall.after(Duration::from_secs(7 * 86_400)));
    for (person, card) in [("Ann", "26:7:1"), ("Bob", "26:7:2"), ("Cem", "26:7:3")] {
        rig.cli(&["person", "create", person])?;
        rig.cli(&["credential", "assign", "--person", person, "--card", card])?;
    }
    rig.grant_everything("Ann", &until)?;

    let connect_all = rig.crowd.time(&format!("power {POWER_EACH_SECOND}"))?;
    rig.online(STEP_LIMIT)?;
    let (first_lists, total) = rig.receipts(STEP_LIMIT)?;
    if total != handles as u64 {
        return Err(format!("{total} of {handles} devices hold lists").into());
    }
    let rest_cpu = at_rest(&mut rig)?;
    let controller_kib = rig.controller_kb()?.saturating_sub(small_kb) as f64 / handles as f64;
    let broker_kib = rig.broker_kb()?.map(|kb| kb as f64 / handles as f64);

    let confirm = rounds(rig.crowd.spans(&format!("confirm {CONFIRMATIONS}"))?);
    let badge = rounds(rig.crowd.spans(&format!("badge {BADGES}"))?);
    let connect = rounds(rig.crowd.spans(&format!("reconnect {CONNECTS}"))?);
    let connect_silent = {
        let silent: Result<Vec<TcpStream>, _> = (0..SILENT_SOCKETS).map(|_| TcpStream::connect(rig.broker)).collect();
        let _silent = silent?;
        rounds(rig.crowd.spans(&format!("reconnect {CONNECTS}"))?)
    };
    rig.crowd.ask(&format!("present 0 {handles} {CARDS_EACH_SECOND}"))?;

    let bob = rig.grant_everything("Bob", &until)?;
    rig.receipts(STEP_LIMIT)?;
    let began = Instant::now();
    rig.cli(&["grant", "revoke", &bob, "--reason", "bench", "--wait", "--timeout", "300s"])?;
    let revocation = began.elapsed();

    let cem = rig.grant_everything("Cem", &until)?;
    rig.receipts(STEP_LIMIT)?;
    let (reconnect, receipts_s) = break_broker(&mut rig, &cem)?;

    let told = rig.crowd.ask("told")?;
    let words: Vec<&str> = told.splitn(3, ' ').collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
    let told = (number(0), number(1));
    let refused = words.get(2).copied().unwrap_or_default().to_owned();
    let counted = journal::count(&rig.end()?)?;
    let lost =
        (told.0 - BADGES as u64).abs_diff(counted.unknown_cards) + told.1.abs_diff(counted.records) + counted.misplaced;
    let silent_ratio = connect_silent.median() / connect.median();
    Ok(Figures {
        kind,
        handles,
        connect_all,
        first_lists,
        rest_cpu,
        controller_kib,
        broker_kib,
        confirm,
        badge,
        connect,
        connect_silent,
        silent_ratio,
        revocation,
        reconnect,
        receipts_s,
        told,
        counted,
        refused,
        lost,
    })
}

/// Percent of a core while nothing happens: controller, broker where it is a process of its own, and crowd.
fn at_rest(rig: &mut Rig) -> Result<(f64, Option<f64>, f64), Box<dyn Error>> {
    let before = rig.cpu()?;
    std::thread::sleep(REST);
    let after = rig.cpu()?;
    let share = |before: f64, after: f64| (after - before) / REST.as_secs_f64() * 100.0;
    let broker = before.1.zip(after.1).map(|(before, after)| share(before, after));
    Ok((share(before.0, after.0), broker, share(before.2, after.2)))
}

/// The broker dies with everybody connected; somebody's right to everything is taken away before they are back. How long
/// until the last one is connected again, and from then to the last receipt.
fn break_broker(rig: &mut Rig, grant: &str) -> Result<(Duration, f64), Box<dyn Error>> {
    let reason = ["--reason", "bench"];
    rig.crowd.begin("again 300")?;
    rig.kill_broker()?;
    // Where the daemon lives on, the revocation meets devices that are away; otherwise the first thing it does.
    if rig.kind == Kind::Mosquitto {
        rig.cli(&[&["grant", "revoke", grant], reason.as_slice()].concat())?;
    }
    rig.start_broker()?;
    let began = Instant::now();
    if rig.kind == Kind::Embedded {
        rig.cli(&[&["grant", "revoke", grant], reason.as_slice()].concat())?;
    }
    rig.crowd.answer()?;
    let reconnected = began.elapsed();
    let (receipts, _) = rig.receipts(STEP_LIMIT)?;
    rig.online(STEP_LIMIT)?;
    Ok((reconnected, receipts.as_secs_f64()))
}

/// A moment as the API takes it.
fn rfc3339(at: rackward_core::Wall) -> String {
    let seconds = at.as_micros().div_euclid(1_000_000);
    chrono::DateTime::from_timestamp(seconds, 0).map(|at| at.to_rfc3339()).unwrap_or_default()
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans = |name: &str, rounds: &Rounds| {
            let (p50, p99, p999) = (rounds.median(), rounds.quantile(0.99), rounds.quantile(0.999));
            format!("  {name:<52} p50 {p50:>9.0} us  p99 {p99:>9.0} us  p999 {p999:>9.0} us")
        };
        let seconds = |name: &str, span: Duration| format!("  {name:<52} {:>9.2} s", span.as_secs_f64());
        writeln!(f, "{:?}, {} handles", self.kind, self.handles)?;
        writeln!(f, "{}", seconds("all connect, from power to the last subscription", self.connect_all))?;
        writeln!(f, "{}", seconds("from then to the receipt of everybody's first list", self.first_lists))?;
        let (controller, broker, crowd) = self.rest_cpu;
        let broker = broker.map(|share| format!(", broker {share:.1} %")).unwrap_or_default();
        writeln!(f, "  at rest, of one processor: controller {controller:.1} %{broker}, all handles {crowd:.1} %")?;
        let broker = self.broker_kib.map(|kib| format!(", broker {kib:.1} KiB")).unwrap_or_default();
        writeln!(f, "  resident for each device: controller {:.1} KiB{broker}", self.controller_kib)?;
        writeln!(f, "{}", spans("message to the broker's confirmation, QoS 1", &self.confirm))?;
        writeln!(f, "{}", spans("card to release, durable, one handle among all", &self.badge))?;
        writeln!(f, "{}", spans("connect, mutual TLS, to the subscription", &self.connect))?;
        writeln!(f, "{}", spans("the same beside 100 silent sockets", &self.connect_silent))?;
        writeln!(f, "{}", seconds("revocation at every handle, from order to exit 0", self.revocation))?;
        writeln!(f, "{}", seconds("broker killed; from its start to the last reconnect", self.reconnect))?;
        writeln!(f, "  from the last reconnect to the last receipt {:>17.2} s", self.receipts_s)?;
        let Counted { unknown_cards, records, misplaced, entries } = &self.counted;
        let (cards, kept) = (self.told.0 - BADGES as u64, self.told.1);
        writeln!(
            f,
            "  cards told {cards}, in the journal {unknown_cards}; records kept alone {kept}, joined {records}"
        )?;
        write!(f, "  out of order {misplaced}; entries {entries}; refusals met {}", self.refused)
    }
}
