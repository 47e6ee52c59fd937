//! The form of what is recorded of site files. The rules of `fields.rs` hold: add at the end, never change.

use super::{put_list, take_list};
use crate::engine::preconditions::Revision;
use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::site_files::{Applied, Claim, FileRecord};

structs! {
    Claim { record, name, revision }
    Applied { at, by, generation, digest, before }
}

choices! {
    FileRecord { 0 => Schedule(id), 1 => Calendar(id), 2 => Profile(id), 3 => Grant(id), 4 => Agreement(id) }
}

impl Field for Revision {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Digest(digest) => {
                out.push(0);
                u64::from_be_bytes(*digest).put(out);
            }
            Self::Count(count) => {
                out.push(1);
                count.put(out);
            }
        }
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        match u8::take(bytes)? {
            0 => u64::take(bytes).map(|digest| Self::Digest(digest.to_be_bytes())),
            1 => u32::take(bytes).map(Self::Count),
            other => Err(DecodeError::UnknownNumber { of: "Revision", number: other.into() }),
        }
    }
}

impl Field for Box<[Claim]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        take_list(bytes).map(Vec::into_boxed_slice)
    }
}

impl Field for Box<[FileRecord]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        take_list(bytes).map(Vec::into_boxed_slice)
    }
}

impl Field for Box<[String]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        take_list(bytes).map(Vec::into_boxed_slice)
    }
}
