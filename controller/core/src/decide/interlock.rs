//! Rule `interlock`: of doors that exclude each other, all others must be known to be closed and locked. Unknown is not
//! closed.

use super::{Bearer, Refusal, Trace, View, door_path, object, pass};
use crate::door::{DoorRecord, Passage};
use crate::entry::Denial;
use crate::facts::{Contact, Lock};
use crate::id::DoorId;
use crate::mode::DoorMode;
use crate::site::{Door, Interlocked, Way};
use std::collections::BTreeMap;

const RULE: &str = "interlock";

pub(super) fn check(view: &View<'_>, bearer: &Bearer<'_>, way: &Way, trace: &mut impl Trace) -> Result<(), Refusal> {
    let (Some(situation), Interlocked::Yes) = (view.moment(), way.interlocked) else { return Ok(()) };
    let blocks = |door| blocking(door, situation.doors, |other| situation.mode(other));
    if let Some(other) = view.site.door(way.door).and_then(blocks) {
        let why = || format!("{} is not closed and locked", door_path(view.site, other));
        return Err(object(trace, RULE, bearer, Denial::Interlock, why));
    }
    pass(trace, RULE, || "the other doors are closed and locked".into());
    Ok(())
}

/// The first door of `door`'s interlock that is not known to be closed, locked and unused, or that was ordered unlocked, which
/// counts before its lock has followed.
pub(crate) fn blocking(
    door: &Door,
    doors: &BTreeMap<DoorId, DoorRecord>,
    mode: impl Fn(DoorId) -> DoorMode,
) -> Option<DoorId> {
    let at_rest = |record: &DoorRecord| {
        record.passage == Passage::Idle && record.facts.contact == Contact::Closed && record.facts.lock == Lock::Locked
    };
    let blocks = |other: &DoorId| mode(*other).is_unlocked() || !doors.get(other).is_some_and(at_rest);
    door.interlocked_with.iter().copied().find(blocks)
}

/// Whether a door of `door`'s interlock is known to be open, unlocked or in use.
pub(crate) fn is_known_open(door: &Door, doors: &BTreeMap<DoorId, DoorRecord>) -> bool {
    let in_use = |record: &DoorRecord| {
        record.passage != Passage::Idle || record.facts.contact == Contact::Open || record.facts.lock == Lock::Unlocked
    };
    door.interlocked_with.iter().any(|other| doors.get(other).is_some_and(in_use))
}
