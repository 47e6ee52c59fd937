//! How devices hang on their links, without I/O: orders come out of bytes, reports become bytes.
//!
//! [`osdp::Line`] is one serial bus with all its devices, [`mqtt::Client`] one device at the broker. Both are pumped: feed what
//! arrived, call `turn` with the installation, take what is to be sent. The real ports and sockets are in `link`; a test in
//! virtual time stands in for them.

pub mod mqtt;
pub mod osdp;
