//! The HTTP API, live stream and web console of Rackward, as a library that the daemon mounts. It knows the daemon through
//! one trait, [`Backend`]: submit a command, ask, read the journal, follow it. It decides neither who may pass nor which
//! operator may do what; both are `rackward-core`'s.
//!
//! Vocabulary: an *entry* is a fact in the journal, an *event* is an entry as the outside world sees it; a *session* is a
//! signed-in browser; a *link* opens one session, once.

mod api;
pub mod archive;
mod assets;
pub mod asyncapi;
pub mod backend;
mod body;
pub mod bus;
pub mod enrolment;
mod hosts;
pub mod idempotency;
mod limits;
mod lists;
mod made;
mod names;
mod openapi;
mod operations;
mod page;
mod paging;
mod params;
pub mod past;
mod pdf;
mod permit;
pub mod plan;
mod preconditions;
pub mod proofs;
pub mod query;
mod receipt_board;
mod refusal;
mod rehearsal;
mod review_sheet;
mod router;
mod seen_first;
mod serve;
mod sessions;
mod signin;
mod site_files;
pub mod still;
mod stream;
pub mod support;
mod trace;
mod waiting;
pub mod webhook;
pub mod wire;
mod write_limit;
mod writes;
mod zip;

pub use backend::{Backend, Pending, Unavailable};
pub use hosts::Hosts;
pub use limits::RateLimits;
pub use operations::{Delivered, Operation};
pub use paging::PagingKey;
pub use rehearsal::Rehearsed;
pub use router::{Origin, router, router_within};
pub use seen_first::seen_first;
pub use serve::{PeerAddress, serve_tcp, serve_tls, serve_unix};
pub use sessions::{Client, IDLE_LIFE_DEFAULT, LinkFor, NoRandomness, SessionKeeper, Sessions};
pub use signin::{LocalPeer, attend};
pub use site_files::schema as site_file_schema;
pub use stream::{PlacePattern, StreamEvent, Topic};
pub use waiting::Waits;
pub use wire::card::CardBits;
