//! Site files: objects that say who may pass where and when, compared with what there is. What they may say is told by their
//! form (`schema.rs`); what has to change so that it holds is a set of commands like any other (`planner.rs`), which the engine
//! tries, judges and carries out. What is there is written down as such objects by `export.rs`. Nothing here decides about
//! rights.
//!
//! Vocabulary: an *object* is one thing that files say; files *look after* a record when they made it or took it over
//! (a *claim*).

mod current;
mod export;
mod glob;
mod planner;
mod reading;
mod risks;
mod schema;

pub(crate) use current::Current;
pub(crate) use export::objects;
pub(crate) use planner::{Asked, Manner, Planned, plan};
pub(crate) use reading::{TakenOver, digest, former_parts, read_former};
pub(crate) use risks::risks;
pub use schema::schema;

/// The largest set of objects in bytes: some hundred thousand memberships.
pub(crate) const MAX_FILES_BYTES: usize = 32 << 20;
