//! Firmware for devices: signed images, and the shelf on which the daemon keeps those it may send.
//!
//! Decides whose firmware is taken: an image whose signature fits one of the site's trusted keys, whole to the last byte,
//! checked when it comes in and again before it is sent. Whether a device may have it (its model, an older version) is
//! decided by the core; how it is sent is the bus's business.
//!
//! Vocabulary: a *payload* is what the device gets, an *image* is payload, manifest and signature in one file; its *digest*
//! is the SHA-256 of that whole file, and its name on the *shelf*.

mod image;
mod key;
mod shelf;

pub use image::{Image, ImageError, Manifest, PAYLOAD_MAX_BYTES, Verified, sign};
pub use key::{KeyError, PublicKey, SigningKey};
pub use shelf::{SHELF_DIR, Shelf, ShelfError};
