//! Many swinghandles in one process, each with a key, a certificate, a TLS connection and a rights list of its own: what a
//! benchmark puts in front of a real daemon. They say what a handle says and do what it is told, without hardware: a slide
//! that moves at once and a door that nobody opens.
//!
//! Not decided here: which message is news, which list is one (the protocol), and how hardware behaves (`firmware-sim`). The
//! signature of a list is not checked, because that would take the processor from whoever is measured.
//!
//! | what | file |
//! |---|---|
//! | key, certificate, enrolment | `identity` |
//! | MQTT 5 over TLS, one connection | `speaker` |
//! | what one handle says and does | `handle` |
//! | all of them, counted | `crowd` |
//! | another process that runs them | `remote` |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark whose rig does not stand has nothing to measure"
)]

pub mod crowd;
pub mod handle;
pub mod identity;
pub mod remote;
pub mod speaker;

/// The site that all of them belong to.
pub const SITE: &str = "lon1";

/// The name of the handle with this number.
pub fn name_of(number: usize) -> String {
    format!("h{number:05}")
}
