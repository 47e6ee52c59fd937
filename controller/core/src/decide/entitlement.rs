//! Rule `entitlement`: a grant must name this person and this door and hold now. Deny by default.

use super::credential::Bearer;
use super::door::door_path;
use super::{Refusal, Trace, object};
use crate::decide::explain::Finding;
use crate::entry::Denial;
use crate::id::GrantId;
use crate::people::index::{People, Right, RightsTo};
use crate::site::{Site, Way};
use crate::time::Wall;

const RULE: &str = "entitlement";

pub(super) fn find(
    site: &Site,
    people: &People,
    bearer: &Bearer<'_>,
    way: &Way,
    at: Wall,
    trace: &mut impl Trace,
) -> Result<GrantId, Refusal> {
    let rights = bearer.row.rights_to(way.door);
    let minute = site.local_time().week_minute(at);
    let now = rights.iter().find(|right| right.validity.contains(at) && people.week_holds(right, minute));
    if let Some(right) = now {
        trace.found(RULE, || Finding::Passed(format!("{} allows this door now", right.grant)));
        return Ok(right.grant);
    }
    if rights.is_empty() {
        let why = || format!("no grant of {} names {}", bearer.person, door_path(site, way.door));
        return Err(object(trace, RULE, Some(bearer), Denial::NotAuthorisedPoint, why));
    }
    let why = || describe(rights, at);
    Err(object(trace, RULE, Some(bearer), Denial::NotPermittedAtThisTime, why))
}

/// One clause for each grant that names the door but does not hold now.
fn describe(rights: RightsTo<'_>, at: Wall) -> String {
    let clause = |right: Right| {
        let why = if at < right.validity.from {
            "has not begun"
        } else if at >= right.validity.to {
            "is over"
        } else {
            "does not hold at this time of the week"
        };
        format!("{} {why}", right.grant)
    };
    rights.iter().map(clause).collect::<Vec<_>>().join(", ")
}
