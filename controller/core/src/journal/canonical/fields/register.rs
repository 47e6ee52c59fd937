//! The form of what was taken over from other registers. The rules of `fields.rs` hold: add at the end, never change.

use crate::asset::{RackAsset, RackFacts};
use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::people::PersonKeyHash;

structs! {
    RackFacts { id, name, facility_id, site, location, role, status, tenant, u_height, serial, asset_tag }
    RackAsset { facts, rack, taken, gone }
}

impl Field for PersonKeyHash {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn take(bytes: &mut Bytes<'_>) -> Result<Self, DecodeError> {
        bytes.array().map(Self::from_keyed_hash)
    }
}
