//! Rule `entitlement`: a grant must name this person and this door, itself or through an access profile, and hold now. Deny
//! by default. Of several that hold, one without an escort goes before one with.

use super::{Bearer, Refusal, Trace, View, door_path, object, pass};
use crate::entry::Denial;
use crate::id::GrantId;
use crate::people::EscortNeed;
use crate::people::index::{Reach, Right, RightStanding};
use crate::site::Way;

const RULE: &str = "entitlement";

/// Evidence that a grant holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entitled {
    pub(super) grant: GrantId,
    pub(super) escort: EscortNeed,
}

pub(super) fn find<'a>(
    view: &View<'_>,
    bearer: &Bearer<'a>,
    way: &Way,
    reach: Reach<'a>,
    trace: &mut impl Trace,
) -> Result<Entitled, Refusal> {
    let mut escorted = None;
    let mut closest = None;
    for right in bearer.row.rights_within(reach) {
        match (shortfall(view, &right), right.escort) {
            (None, EscortNeed::No) => {
                pass(trace, RULE, || format!("{} allows this door now", right.grant));
                return Ok(Entitled { grant: right.grant, escort: EscortNeed::No });
            }
            (None, EscortNeed::Required) => escorted = escorted.or(Some(right.grant)),
            // Of several reasons only one is said: the one that is closest to being let in.
            (shortfall, _) => closest = closest.max(shortfall),
        }
    }
    if let Some(grant) = escorted {
        pass(trace, RULE, || format!("{grant} allows this door now, with an escort"));
        return Ok(Entitled { grant, escort: EscortNeed::Required });
    }
    let reason = closest.map_or(Denial::NotAuthorisedPoint, Shortfall::reason);
    Err(object(trace, RULE, bearer, reason, || describe(view, bearer, way)))
}

/// Whether a right lets its holder pass alone now.
pub(super) fn holds_alone(view: &View<'_>, right: &Right) -> bool {
    right.escort == EscortNeed::No && shortfall(view, right).is_none()
}

/// What a grant that names the door lacks, from far to near.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shortfall {
    NotNow,
    NotApproved,
    UsedUp,
}

impl Shortfall {
    const fn reason(self) -> Denial {
        match self {
            Self::NotNow => Denial::NotPermittedAtThisTime,
            Self::NotApproved => Denial::GrantNotApproved,
            Self::UsedUp => Denial::UsesExhausted,
        }
    }
}

/// Why a grant that names the door does not hold now.
fn shortfall(view: &View<'_>, right: &Right) -> Option<Shortfall> {
    if !right.validity.contains(view.at) || !view.open.holds(right.slot) {
        return Some(Shortfall::NotNow);
    }
    match right.standing {
        RightStanding::Counts => None,
        RightStanding::NotApproved => Some(Shortfall::NotApproved),
        RightStanding::UsedUp => Some(Shortfall::UsedUp),
    }
}

/// One clause for each grant that names the door but does not hold now.
fn describe(view: &View<'_>, bearer: &Bearer<'_>, way: &Way) -> String {
    let clause = |right: Right| {
        let why = match right.standing {
            _ if view.at < right.validity.from => "has not begun",
            _ if view.at >= right.validity.to => "is over",
            _ if !view.open.holds(right.slot) => "does not hold at this time of the week or day",
            RightStanding::NotApproved => "waits for approval",
            RightStanding::UsedUp => "is used up",
            RightStanding::Counts => "holds",
        };
        format!("{} {why}", right.grant)
    };
    let clauses: Vec<String> = bearer.row.rights_to(way.door).map(clause).collect();
    if clauses.is_empty() {
        return format!("no grant of {} names {}", bearer.row.person(), door_path(view.site, way.door));
    }
    clauses.join(", ")
}
