//! The seeds that fuzzing left behind, run again: each is a string of bytes that once reached something new, and none of
//! them may break a promise. What a target promises is said in `fuzz/src/lib.rs`.

use std::fs;
use std::path::Path;

/// One run of a target.
type Run = fn(&[u8]);

/// Every target by its name.
const TARGETS: [(&str, Run); 15] = [
    ("bus", rackward_fuzz::bus::run),
    ("card_formats", rackward_fuzz::card_formats::run),
    ("device_session", rackward_fuzz::device_session::run),
    ("enrolment", rackward_fuzz::enrolment::run),
    ("file_transfer", rackward_fuzz::file_transfer::run),
    ("framing", rackward_fuzz::framing::run),
    ("messages", rackward_fuzz::messages::run),
    ("middle", rackward_fuzz::middle::run),
    ("mqtt_messages", rackward_fuzz::mqtt_messages::run),
    ("peripheral", rackward_fuzz::peripheral::run),
    ("plan_svg", rackward_fuzz::plan_svg::run),
    ("rights_list", rackward_fuzz::rights_list::run),
    ("round_trip", rackward_fuzz::round_trip::run),
    ("secure_channel", rackward_fuzz::secure_channel::run),
    ("topics", rackward_fuzz::topics::run),
];

#[test]
fn every_seed_keeps_every_promise() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, run) in TARGETS {
        let mut seeds = 0;
        for entry in fs::read_dir(corpus.join(name)).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            run(&fs::read(path).unwrap());
            seeds += 1;
        }
        assert!(seeds > 0, "{name} has no seeds");
    }
}
