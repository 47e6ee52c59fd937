//! The form of what is recorded of musters, visitors and hand-overs. The rules of `fields.rs` hold: add at the end, never change.

use std::collections::BTreeMap;

use super::{put_list, take_list};
use crate::entry::LongText;
use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::muster::{Listed, Mark, Muster, MusterEnd, MusterKind, MusterStatus, OnRoll, Said, Somebody};
use crate::shift::{HandOver, Shift, ShiftAnswer, TakeOver};
use crate::visitor::{Departure, Visitor};

words! {
    MusterKind { 0 => Drill, 1 => Real }
    MusterStatus { 0 => Missing, 1 => Safe, 2 => Unsure, 3 => NotOnSite }
}

structs! {
    Listed { who, area, since }
    Mark { who, status, place, note, at }
    Said { mark, by }
    OnRoll { area, since, joined, said }
    MusterEnd { at, by, report, missing }
    Muster { id, kind, area, reason, started, by, revision, roll, end }
    Visitor { id, host, area, since, until, reason, muster, by, left }
    Departure { at, by }
    Shift { revision, note, taken }
    HandOver { text, at, by }
    TakeOver { answer, at, by }
}

choices! {
    Somebody { 0 => Person(person), 1 => Visitor(visitor) }
    ShiftAnswer { 0 => Accepted, 1 => Rejected(note) }
}

lists!(Listed, Mark, Somebody);

impl Field for LongText {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().to_owned().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Self::kept(&String::take(bytes)?).ok_or(DecodeError::BadText)
    }
}

/// Everybody on a list, in order and each once.
impl Field for BTreeMap<Somebody, OnRoll> {
    fn put(&self, out: &mut Vec<u8>) {
        let count = self.len().min(u16::MAX.into());
        (count as u16).put(out);
        for (who, row) in self.iter().take(count) {
            who.put(out);
            row.put(out);
        }
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        let length = u16::take(bytes)?;
        let mut roll = Self::new();
        for _ in 0..length {
            let (who, row) = (Somebody::take(bytes)?, OnRoll::take(bytes)?);
            if roll.last_key_value().is_some_and(|(last, _)| *last >= who) {
                return Err(DecodeError::OutOfRange);
            }
            roll.insert(who, row);
        }
        Ok(roll)
    }
}
