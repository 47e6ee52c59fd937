//! Tests of the whole: the tree's own rules, the simulated site in virtual time, and real processes from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing")]

mod bad_bus;
mod calendars;
mod checkers;
mod feedback;
mod handles;
mod processes;
mod seeds;
mod stories;
mod tidy;
mod virtual_site;
