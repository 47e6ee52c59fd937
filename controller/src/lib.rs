//! The daemon and its command line: drivers, store, configuration, the loop around the core, the demo. Nothing here says
//! who may pass; that is `rackward-core`.

mod account;
pub mod alerts;
pub mod answers;
pub mod backend;
pub mod cameras;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cursor;
pub mod daemon;
pub mod demo;
mod drawings;
pub mod drivers;
pub mod firmware;
pub mod gate;
pub mod log;
pub mod metrics;
pub mod note;
pub mod operators;
pub mod past;
pub mod pin;
pub mod pki;
pub mod policy;
pub mod run;
pub mod search;
pub mod secrets;
pub mod store;
pub mod supervisor;
mod vitals;
pub mod webhooks;
