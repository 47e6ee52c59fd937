//! How much memory the demo has in use after a good deal of traffic, with everybody walking about besides.

use super::demo::Demo;
use super::stream::Stream;

/// Badges before the measurement.
const BADGES: u32 = 300;

/// The aim for daemon and simulation together, in any build, code not counted.
const LIMIT_KB: u64 = 40_000;

#[test]
fn the_demo_stays_small() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--seed", "7"]);
    let fresh_kb = demo.program.own_kb();
    let mut stream = Stream::open(&demo.api, None);
    for _ in 0..BADGES {
        let since = demo.api.head();
        demo.hands.badge("p-12", "vehicle-gate/in");
        stream.find(since, "the refusal", |event| event.is("access.denied", "vehicle-gate/in"));
        stream.seen.clear();
    }
    let used_kb = demo.program.own_kb();
    println!("own memory: {fresh_kb} kB when ready, {used_kb} kB after {BADGES} badges; limit {LIMIT_KB} kB");
    assert!(used_kb < LIMIT_KB, "{used_kb} kB are in use");
    demo.program.interrupt();
}
