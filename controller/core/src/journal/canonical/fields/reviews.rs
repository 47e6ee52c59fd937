//! The form of what is recorded of access reviews. The rules of `fields.rs` hold: add at the end, never change.

use super::{put_list, take_list};
use crate::journal::canonical::{Bytes, DecodeError, Field};
use crate::review::{
    Decided, Decision, FrozenRight, GivenBy, Lapse, LineDecision, Review, ReviewEnd, ReviewEndCause, ReviewLine,
    Settled, SinceLast, Tally, Undecided,
};

words! {
    Undecided { 0 => Revoke, 1 => Keep }
    GivenBy { 0 => Hand, 1 => Files }
    ReviewEndCause { 0 => Finished, 1 => Due, 2 => Abandoned }
}

structs! {
    FrozenRight { grant, person, to, doors, extent, used, given_by, since_last }
    LineDecision { line, decision, effect }
    Lapse { line, effect }
    Decided { what, note, by, at, proof, effect }
    ReviewLine { frozen, reviewer, decided }
    ReviewEnd { at, cause, reason, by, proof }
    Review { id, scope, unused_days, opened, due, undecided, reason, by, proof, revision, lines, tally, warned, end }
    Tally { kept, revoked, shortened, lapsed, over }
}

choices! {
    SinceLast { 0 => New, 1 => Same(review), 2 => End(review), 3 => Doors(review), 4 => EndAndDoors(review) }
    Decision { 0 => Keep, 1 => Revoke, 2 => Shorten(to), 3 => Reassign(operator) }
    Settled { 0 => Kept, 1 => Revoked, 2 => Shortened(to), 3 => Lapsed, 4 => Over }
}

lists!(FrozenRight, LineDecision, Lapse, u32);
