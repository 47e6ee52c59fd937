//! Tests of the core through its public face: decisions as a table, the engine as stories in virtual time, the journal's
//! bytes as golden vectors, drafts with everything wrong at once.

mod decide;
mod draft;
mod engine;
mod golden;
mod site;
mod year;
