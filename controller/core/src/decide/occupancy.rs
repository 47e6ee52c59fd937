//! Rule `occupancy`: how many people may be in an area. Whoever is in it already takes no further place; somebody who waits
//! at the door to enter along takes one.

use super::{Bearer, Refusal, Request, Trace, View, area_path, object};
use crate::entry::Denial;
use crate::site::draft::Side;
use crate::site::{PresenceRules, Way};

const RULE: &str = "occupancy";

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    way: &Way,
    request: &Request<'_>,
    trace: &mut impl Trace,
) -> Result<(), Refusal> {
    let (Some(situation), PresenceRules::Some, Side::In) = (view.situation, way.presence, way.side) else {
        return Ok(());
    };
    let entered = way.to.into_iter().flat_map(|area| view.site.around(area));
    for area in entered {
        let Some(limit) = area.policy.max_occupancy else { continue };
        let taken = situation.presence.count_in(area.id) + u32::from(request.companion.is_some());
        let is_full = taken >= u32::from(limit);
        if is_full && !situation.presence.is_in(view.site, bearer.row.person(), area.id) {
            let why = || format!("{} people are in {}, as many as may be", limit, area_path(view.site, area.id));
            return Err(object(trace, RULE, bearer, Denial::OccupancyLimit, why));
        }
    }
    Ok(())
}
