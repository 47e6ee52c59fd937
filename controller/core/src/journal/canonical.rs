//! The one encoding of entries, by hand and versioned, because these bytes are hashed and must read the same in ten years.
//! All numbers are big-endian; a text is its length in two bytes and its UTF-8; a list is its length in two bytes and its
//! items; an optional value is 0, or 1 and the value. Numbers of kinds are never reused. Golden vectors stand at the end:
//! if one fails, the code is wrong, not the vector.
//!
//! The same encoding serves composite columns of the store ([`record_bytes`]), which carry no version of their own.

mod entries;
mod fields;

use crate::entry::Stamped;
use crate::id::Seq;
use crate::time::Wall;

/// The version of the encoding, its first byte.
const VERSION: u8 = 1;

/// Why bytes are not an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end too early.
    #[error("the bytes end in the middle of a value")]
    Truncated,
    /// Something follows the last value.
    #[error("bytes follow the last value")]
    TrailingBytes,
    /// The version is not one this program knows.
    #[error("encoding version {0} is not known to this version of the program")]
    UnknownVersion(u8),
    /// A number stands for no value.
    #[error("number {number} stands for no {of}")]
    UnknownNumber {
        /// What it should have been.
        of: &'static str,
        /// What it was.
        number: u16,
    },
    /// A text is not UTF-8 or holds what its kind may not.
    #[error("a text is not valid")]
    BadText,
    /// A value lies outside its bounds.
    #[error("a value lies outside its bounds")]
    OutOfRange,
}

/// A value with one form in bytes.
pub trait Field: Sized {
    /// Appends the form to `out`.
    fn put(&self, out: &mut Vec<u8>);

    /// Takes the value from the front of `bytes`.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError>;
}

/// Bytes being read, from the front.
#[derive(Debug)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// The next `count` bytes.
    fn next(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (front, rest) = self.0.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.0 = rest;
        Ok(front)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.next(N)?.try_into().map_err(|_| DecodeError::Truncated)
    }

    /// Whether nothing is left: records written before a part of them existed end here.
    fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn end(&self) -> Result<(), DecodeError> {
        if self.0.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}

/// The canonical bytes of an entry: version, sequence, time, kind, fields.
pub fn encode(stamped: &Stamped) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    VERSION.put(&mut out);
    stamped.seq.put(&mut out);
    stamped.at.put(&mut out);
    stamped.entry.put(&mut out);
    out
}

/// The entry that these canonical bytes stand for.
///
/// # Errors
/// What is wrong with the bytes; nothing is ever read past them.
pub fn decode(canonical: &[u8]) -> Result<Stamped, DecodeError> {
    let mut bytes = Bytes(canonical);
    let version = u8::take(&mut bytes)?;
    if version != VERSION {
        return Err(DecodeError::UnknownVersion(version));
    }
    let stamped = Stamped { seq: Seq::take(&mut bytes)?, at: Wall::take(&mut bytes)?, entry: Field::take(&mut bytes)? };
    bytes.end()?;
    Ok(stamped)
}

/// The bytes of a record or one of its columns, for the store.
pub fn record_bytes<T: Field>(record: &T) -> Vec<u8> {
    let mut out = Vec::new();
    record.put(&mut out);
    out
}

/// The record that [`record_bytes`] made.
///
/// # Errors
/// What is wrong with the bytes.
pub fn record_from_bytes<T: Field>(column: &[u8]) -> Result<T, DecodeError> {
    let mut bytes = Bytes(column);
    let record = T::take(&mut bytes)?;
    bytes.end()?;
    Ok(record)
}
