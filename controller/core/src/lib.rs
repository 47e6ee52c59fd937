//! The core of Rackward: decides who may pass, notices breaches, says what is journalled.
//!
//! Everything that can happen to it is one enum, [`Input`]; everything it may ask for is one enum, [`Output`]; every fact
//! it settles is one enum, [`Entry`]. It knows no runtime, no clock, no I/O and no randomness: time arrives as [`Now`]
//! with each input. Drivers, store, API and simulator are thin shells around [`Engine`].

pub mod alarm;
pub mod alert;
pub mod asset;
pub mod card;
pub mod certificate;
pub mod decide;
pub mod device;
pub mod door;
pub mod engine;
pub mod entry;
pub mod facts;
pub mod feedback;
pub mod headcount;
pub mod id;
pub mod inventory;
pub mod job;
pub mod journal;
pub mod mode;
pub mod muster;
pub mod nuisance;
pub mod operator;
pub mod people;
pub mod permission;
pub mod plan;
pub mod presence;
pub mod privacy;
pub mod records;
pub mod review;
pub mod rights_list;
pub mod shift;
pub mod site;
pub mod site_files;
pub mod still;
pub mod swinghandle;
pub mod time;
pub mod visitor;
pub mod widening;

pub use engine::Engine;
pub use engine::command::{Caller, Command, CommandError, CommandTicket, Reply};
pub use engine::input::{DeviceReport, Input};
pub use engine::output::{Feedback, Output};
pub use engine::query::{Answer, Query};
pub use entry::{Entry, Stamped};
pub use records::{Batch, RecordChange, Records};
pub use site::Site;
pub use time::{Monotonic, Now, Wall};
