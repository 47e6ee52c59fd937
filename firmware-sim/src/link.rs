//! The real ends of the wires: pseudo-terminals, serial ports and broker connections.
//!
//! Only bytes are moved here; what they mean is in `wiring`. Every task is bounded by its channels and ends when its side of
//! them is dropped.

pub mod mqtt;
pub mod osdp;
mod pty;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a link could not be set up.
#[derive(Debug, Error)]
pub enum LinkError {
    /// No pseudo-terminal, or its link could not be placed.
    #[error("bus `{bus}`: the pseudo-terminal at {} cannot be made: {source}; check that the directory exists and may be written", path.display())]
    Pty {
        /// The bus.
        bus: String,
        /// Where its link was to be.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The site name makes no topic.
    #[error("the broker's site name is refused: {0}")]
    Topic(#[from] rackward_protocol::mqtt::TopicError),
}
