//! What tests and benchmarks of the whole share: the simulated world in virtual time, its checkers, many handles in one process,
//! and the tables that benchmarks print. Whole-process tests live in `tests/it` and link none of this but `browser` and
//! `provider`, which know nothing of the daemon.

pub mod bench;
pub mod browser;
pub mod checkers;
pub mod handles;
pub mod provider;
pub mod world;
