//! The access question put to several who can answer it, on one generated site and one trace: `main.rs` times them in
//! turns, `bin/counted.rs` has one of them alone in a process, to count its bytes and its instructions.

#[path = "../../src/bench.rs"]
pub mod bench;
pub mod cedar;
pub mod counted;
pub mod cpu;
pub mod decider;
pub mod floor;
pub mod ours;
pub mod reference;
pub mod rego;
pub mod roles;
pub mod site;
pub mod sqlite;
