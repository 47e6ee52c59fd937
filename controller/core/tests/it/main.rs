//! Tests of the core through its public face: decisions as a table, the engine as stories in virtual time, the journal's
//! bytes as golden vectors, drafts with everything wrong at once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing")]

mod alarms;
mod alerts;
mod cameras;
mod card;
mod commands;
mod damage;
mod decide;
mod devices;
mod draft;
mod engine;
mod feedback;
mod golden;
mod handles;
mod modes;
mod musters;
mod nuisance;
mod offline;
mod operators;
mod organisations;
mod past;
mod preconditions;
mod reference;
mod reviews;
mod rules;
mod site;
mod trials;
mod year;
