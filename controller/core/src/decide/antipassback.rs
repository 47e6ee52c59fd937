//! Rule `antipassback`: one must have left an area before entering it again, and be in it before leaving it. Where nothing is
//! known of the person, nothing is held against them: that is how forgiving works.

use core::time::Duration;

use super::{Bearer, Refusal, Trace, View, area_path, object, pass};
use crate::entry::Denial;
use crate::people::{Place, Whereabouts};
use crate::site::draft::Side;
use crate::site::{Passback, Way};

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
    let Some((situation, demands)) = view.demands(way) else { return Ok(PassbackFinding::Fine) };
    let Some((area, rule)) = demands.passback else { return Ok(PassbackFinding::Fine) };
    let known = situation.presence.of(bearer.row.person());
    let is_violated = |known: Whereabouts| {
        let is_inside = match known.place {
            Place::Inside(place) => view.site.lies_in(place, area),
            Place::Outside => false,
        };
        is_violation(rule, way.side, is_inside, view.at.since(known.since))
    };
    if !known.is_some_and(is_violated) {
        return Ok(PassbackFinding::Fine);
    }
    let why = || match way.side {
        Side::In => format!("{} has not left {}", bearer.row.person(), area_path(view.site, area)),
        Side::Out => format!("{} is not known to be in {}", bearer.row.person(), area_path(view.site, area)),
    };
    match rule {
        Passback::Soft => {
            pass(trace, RULE, || format!("{}; only recorded here", why()));
            Ok(PassbackFinding::Violated)
        }
        Passback::Off | Passback::Hard | Passback::Timed(_) => Err(object(trace, RULE, bearer, Denial::Passback, why)),
    }
}

fn is_violation(rule: Passback, side: Side, is_inside: bool, there_for: Duration) -> bool {
    match (rule, side) {
        (Passback::Off, _) | (Passback::Timed(_), Side::Out) => false,
        (Passback::Timed(forgiven_after), Side::In) => is_inside && there_for < forgiven_after,
        (Passback::Soft | Passback::Hard, Side::In) => is_inside,
        (Passback::Soft | Passback::Hard, Side::Out) => !is_inside,
    }
}
