//! The form of what is recorded of floor plans. The rules of `fields.rs` hold: add at the end, never change.

use super::{put_list, take_list};
use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::plan::{Binding, Plan, PlanSlug};

structs! {
    Binding { element, place }
    Plan { id, slug, name, area, floor, digest, bytes, uploaded, bindings }
}

impl Field for PlanSlug {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_str().to_owned().put(out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        Self::parse(&String::take(bytes)?).ok_or(DecodeError::OutOfRange)
    }
}

impl Field for Box<[Binding]> {
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self, out);
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        take_list(bytes).map(Vec::into_boxed_slice)
    }
}
