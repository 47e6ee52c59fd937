//! Rule `occupancy`: how many people may be in an area. Whoever is in it already takes no further place; somebody who waits
//! at the door to enter along takes one.

use super::{Bearer, Refusal, Request, Trace, View, area_path, object};
use crate::entry::Denial;
use crate::site::Way;

const RULE: &str = "occupancy";

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    way: &Way,
    request: &Request<'_>,
    trace: &mut impl Trace,
) -> Result<(), Refusal> {
    let Some((situation, demands)) = view.demands(way) else { return Ok(()) };
    for (area, limit) in demands.limits.iter().copied() {
        let is_in = |person| situation.presence.is_in(view.site, person, area);
        let waits = request.companion.is_some_and(|companion| !is_in(companion.person));
        let taken = situation.presence.count_in(area) + u32::from(waits);
        let is_full = taken >= u32::from(limit);
        if is_full && !is_in(bearer.row.person()) {
            let why = || format!("{} people are in {}, as many as may be", limit, area_path(view.site, area));
            return Err(object(trace, RULE, bearer, Denial::OccupancyLimit, why));
        }
    }
    Ok(())
}
