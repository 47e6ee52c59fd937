//! The API from the outside: real routes, a real engine, a journal in memory, a clock turned by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test, a place that fails is what is looked for")]

mod asking;
mod changes;
mod connections;
mod console;
mod devices;
mod document;
mod events;
mod factors;
mod figures;
mod handles;
mod hidden;
mod history;
mod legend;
mod let_in;
mod lists;
mod made;
mod matrix;
mod moments;
mod musters;
mod operators;
mod people;
mod places;
mod plans;
mod problems;
mod receipts;
mod registers;
mod requests;
mod reviews;
mod rights;
mod routes;
mod schedules;
mod sessions;
mod sign_in;
mod site_files;
mod site_in_memory;
mod story;
mod stream;
mod tenants;
mod terms;
mod two_at_once;
mod two_operators;
mod views;
mod writes;
