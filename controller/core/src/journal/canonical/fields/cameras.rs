//! The form of what is recorded of stills. The rules of `fields.rs` hold: add at the end, never change.

use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::still::{StillDigest, StillForm, StillMissing};

words! {
    StillForm { 0 => Jpeg, 1 => Png, 2 => Webp }
    StillMissing {
        0 => NoPast, 1 => TimedOut, 2 => Unreachable, 3 => Refused, 4 => NotAPicture, 5 => TooLarge, 6 => Overloaded,
        7 => NotKept,
    }
}

impl Field for StillDigest {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        bytes.array().map(Self)
    }
}
