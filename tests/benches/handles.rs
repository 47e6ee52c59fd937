//! One daemon and many swinghandles over MQTT: connecting, resting, a broker that dies, a revocation that touches everybody,
//! messages one by one, and sockets that say nothing; with the daemon's own broker, and with Mosquitto beside it.
//!
//! `handles [COUNT]`, 10,000 if left out. Every handle has a key, a certificate and a TLS connection of its own, and was enrolled
//! against a code as real ones are. All handles live in one other process, whose processor time is told apart. The daemon is
//! the program that ships.
//!
//! Not measured here: wire, hardware, and what a list's signature costs the handle that checks it.

#![allow(clippy::expect_used, reason = "a benchmark whose rig does not stand has nothing to measure")]

#[path = "handles/journal.rs"]
mod journal;
#[path = "handles/measure.rs"]
mod measure;
#[path = "handles/process.rs"]
mod process;
#[path = "handles/rig.rs"]
mod rig;

use std::error::Error;

use rackward_tests::bench::{at_most, build_dir};
use rackward_tests::handles::remote::{WORD, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use measure::{Figures, measure};
use rig::{Kind, Rig};

/// Handles of a usual run.
const USUAL_HANDLES: usize = 10_000;
/// Handles of the small site whose memory is taken for what a daemon needs without any.
const SMALL_HANDLES: usize = 4;
/// Descriptors beyond one for each handle: files, the console, sockets that say nothing.
const SPARE_DESCRIPTORS: u64 = 400;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == WORD) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        return Ok(runtime.block_on(serve(&args[1..]))?);
    }
    let wanted = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(USUAL_HANDLES);
    let handles = affordable(wanted);
    println!("{handles} handles, {} processors", std::thread::available_parallelism()?);
    let embedded = run(Kind::Embedded, handles)?;
    let mosquitto = if Kind::is_there() {
        Some(run(Kind::Mosquitto, handles)?)
    } else {
        println!("mosquitto is not installed; its half is left out");
        None
    };
    rows(&embedded, mosquitto.as_ref());
    Ok(())
}

/// Raises the limit of open files as far as it goes; fewer handles where that is not far enough.
fn affordable(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        println!("the limit of open files stays at {:?}: {error}", limit.current);
    }
    let room = getrlimit(Resource::Nofile).current.map_or(u64::MAX, |files| files.saturating_sub(SPARE_DESCRIPTORS));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    if wanted > room {
        println!("only {room} handles instead of {wanted}: the system gives one process no more open files");
    }
    wanted.min(room)
}

fn run(kind: Kind, handles: usize) -> Result<Figures, Box<dyn Error>> {
    let dir = tempfile::Builder::new().prefix("bench-handles-").tempdir_in(build_dir())?;
    let small = Rig::start(kind, &dir.path().join("small"), SMALL_HANDLES)?.controller_kb()?;
    let rig = Rig::start(kind, &dir.path().join("large"), handles)?;
    let figures = measure(rig, handles, small)?;
    println!("{figures}");
    Ok(figures)
}

fn rows(embedded: &Figures, mosquitto: Option<&Figures>) {
    if let Some(mosquitto) = mosquitto {
        at_most("embedded/mosquitto-confirmation-p50", embedded.confirm.median() / mosquitto.confirm.median(), 1.7);
        at_most("mosquitto-controller-kib-per-device", mosquitto.controller_kib, 20.0);
        let broker = embedded.controller_kib - mosquitto.controller_kib;
        at_most("embedded-broker-kib-per-device", broker.max(0.0), 35.0);
        at_most("mosquitto-last-receipt-after-reconnect-s", mosquitto.receipts_s, 10.0);
        at_most("mosquitto-events-lost", mosquitto.lost as f64, 0.0);
    }
    at_most("embedded-confirmation-p999/p50", embedded.confirm.quantile(0.999) / embedded.confirm.median(), 10.0);
    at_most("embedded-connect-with-100-silent-sockets/without", embedded.silent_ratio, 2.0);
    at_most("embedded-kib-per-device", embedded.controller_kib, 55.0);
    at_most("embedded-last-receipt-after-reconnect-s", embedded.receipts_s, 10.0);
    at_most("embedded-events-lost", embedded.lost as f64, 0.0);
}
