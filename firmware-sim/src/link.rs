//! The real ends of the wires: pseudo-terminals, serial ports and broker connections.
//!
//! Only bytes are moved here; what they mean is in `wiring`. Every task is bounded by its channels and ends when its side of
//! them is dropped.

pub mod enrol;
pub mod mqtt;
pub mod osdp;
mod pty;
pub mod tls;

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
    /// A device is to connect over TLS and has nothing to show.
    #[error("device `{device}` has no identity and no `enrolment_code`; enrol it with `firmware-sim enrol`")]
    NoIdentity {
        /// The device.
        device: String,
    },
    /// The code in the world file is none.
    #[error("the enrolment code is refused: {0}")]
    Code(#[from] rackward_protocol::mqtt::enrolment::CodeError),
    /// An identity cannot be used.
    #[error(transparent)]
    Identity(#[from] crate::identity::IdentityError),
    /// The site's authority is no certificate that others can rest on.
    #[error("the site's authority certificate is not usable; enrol the device again")]
    Authority,
    /// Key or certificate is refused by TLS.
    #[error("key or certificate is not usable: {0}; enrol the device again")]
    Tls(#[from] rustls::Error),
    /// A certificate or request is longer than a message.
    #[error("a certificate does not fit a message: {0}")]
    Certificate(#[from] rackward_protocol::mqtt::MessageError),
}
