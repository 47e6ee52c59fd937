//! The form of what is recorded of alerts. The rules of `fields.rs` hold: add at the end, never change.

use crate::alert::{Alert, AlertEnd, AlertPlace, AlertPriority, AlertTerms};
use crate::journal::canonical::{Bytes, DecodeError, Field};

words! {
    AlertPriority { 0 => High, 1 => Medium, 2 => Low }
}

structs! {
    AlertTerms { name, query, priority, response, reason, owner, organisation, until }
    AlertEnd { at, reason, by }
    Alert { id, terms, made, by, upto, matches, withheld, matched, revision, end }
}

choices! {
    AlertPlace { 0 => Site, 1 => Area(area), 2 => Door(door), 3 => Device(device), 4 => Zone(zone) }
}
