//! Rule `antipassback`: one must have left an area before entering it again, and be in it before leaving it. Where nothing is
//! known of the person, nothing is held against them: that is how forgiving works.

use super::{Bearer, Refusal, Trace, View, area_path, object, pass};
use crate::entry::Denial;
use crate::people::{Place, Whereabouts};
use crate::site::draft::Side;
use crate::site::{Area, Passback, PresenceRules, Site, Way};
use crate::time::Wall;

const RULE: &str = "antipassback";

/// What anti-passback found about an admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassbackFinding {
    /// Nothing.
    Fine,
    /// A violation of a soft rule: the person passes, the desk hears of it.
    Violated,
}

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    way: &Way,
    trace: &mut impl Trace,
) -> Result<PassbackFinding, Refusal> {
    let (Some(situation), PresenceRules::Some) = (view.situation, way.presence) else {
        return Ok(PassbackFinding::Fine);
    };
    let guarded = match way.side {
        Side::In => way.to,
        Side::Out => way.from,
    };
    let Some(area) = guarded.and_then(|area| view.site.area(area)) else { return Ok(PassbackFinding::Fine) };
    let known = situation.presence.of(bearer.row.person());
    if !known.is_some_and(|known| is_violation(view.site, area, way.side, known, view.at)) {
        return Ok(PassbackFinding::Fine);
    }
    let why = || match way.side {
        Side::In => format!("{} has not left {}", bearer.row.person(), area_path(view.site, area.id)),
        Side::Out => format!("{} is not known to be in {}", bearer.row.person(), area_path(view.site, area.id)),
    };
    match area.policy.passback {
        Passback::Soft => {
            pass(trace, RULE, || format!("{}; only recorded here", why()));
            Ok(PassbackFinding::Violated)
        }
        Passback::Off | Passback::Hard | Passback::Timed(_) => Err(object(trace, RULE, bearer, Denial::Passback, why)),
    }
}

fn is_violation(site: &Site, area: &Area, side: Side, known: Whereabouts, at: Wall) -> bool {
    let is_inside = match known.place {
        Place::Inside(place) => site.lies_in(place, area.id),
        Place::Outside => false,
    };
    match (area.policy.passback, side) {
        (Passback::Off, _) | (Passback::Timed(_), Side::Out) => false,
        (Passback::Timed(forgiven_after), Side::In) => is_inside && at.since(known.since) < forgiven_after,
        (Passback::Soft | Passback::Hard, Side::In) => is_inside,
        (Passback::Soft | Passback::Hard, Side::Out) => !is_inside,
    }
}
