//! The HTTP API, live stream and web console of Rackward, as a library that the daemon mounts. It knows the daemon through
//! one trait, [`Backend`]: submit a command, ask, read the journal, follow it. It decides neither who may pass nor which
//! operator may do what; both are `rackward-core`'s.
//!
//! Vocabulary: an *entry* is a fact in the journal, an *event* is an entry as the outside world sees it; a *session* is a
//! signed-in browser; a *link* opens one session, once.

mod api;
mod assets;
pub mod asyncapi;
pub mod backend;
mod body;
pub mod bus;
pub mod enrolment;
mod openapi;
mod page;
mod params;
mod receipt_board;
mod refusal;
mod router;
mod serve;
mod sessions;
mod signin;
mod stream;
pub mod wire;

pub use backend::{Backend, Pending, Unavailable};
pub use router::{Origin, router};
pub use serve::{serve_tcp, serve_unix};
pub use sessions::{NoRandomness, Sessions};
pub use signin::LocalPeer;
pub use stream::StreamEvent;
pub use wire::card::CardBits;
