//! Reader and swinghandle firmware over embedded-hal, and a simulated board and world to run it in.
//!
//! The firmware is the same that a real circuit would run: it sees pins and nothing else. Behind the pins stand a simulated
//! board and a world with physics, in which people badge, open, hold, force and forget. What leaves this crate towards the
//! daemon are bytes on a serial line and messages at a broker, exactly as from real devices.
//!
//! Everything but [`link`], [`control`], [`memory`], [`identity`], [`fleet`] and [`run`] is pure: time is an argument, randomness has a seed, and a test drives
//! [`Installation`] with [`wiring`] in virtual time without a thread.
//!
//! It does not decide who may pass, and it knows nothing of grants, journals or alarms.

pub mod board;
pub mod card;
pub mod config;
pub mod control;
pub mod device;
pub mod firmware;
pub mod fleet;
pub mod hands;
pub mod identity;
pub mod image;
pub mod installation;
pub mod link;
pub mod memory;
mod private_file;
pub mod run;
pub mod scenario;
pub mod time;
pub mod wiring;
pub mod world;

pub use config::{ConfigError, WorldConfig};
pub use installation::{Installation, TICK};
pub use run::{Options, Ready, RunError, run};
pub use time::Moment;
