//! Rule `escort`: who holds a right with an escort enters with, or to, somebody who has the same right without one. Leaving
//! needs nobody.

use super::entitlement::Entitled;
use super::{Bearer, Company, Presented, Refusal, Request, Situation, Trace, View, object, pass};
use crate::entry::Denial;
use crate::id::{AreaId, PersonId};
use crate::people::index::RightStanding;
use crate::people::{EscortNeed, PersonStatus};
use crate::site::draft::Side;
use crate::site::{AreaKind, Way};

const RULE: &str = "escort";

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    way: &Way,
    right: &Entitled,
    request: &Request<'_>,
    trace: &mut impl Trace,
) -> Result<Company, Refusal> {
    if right.escort == EscortNeed::No || way.side == Side::Out {
        return Ok(Company::Enough);
    }
    if let Some(companion) = request.companion.filter(|companion| companion.escort == EscortNeed::No) {
        pass(trace, RULE, || format!("{} comes along", companion.person));
        return Ok(Company::Enough);
    }
    if let Presented::Nothing(_) = request.presented {
        pass(trace, RULE, || "an escort is needed; one is assumed".into());
        return Ok(Company::Enough);
    }
    let escort = view.moment().and_then(|situation| inside(view, &situation, way));
    match (escort, request.companion) {
        (Some(escort), _) => {
            pass(trace, RULE, || format!("{escort} is there already"));
            Ok(Company::Enough)
        }
        (None, Some(companion)) => {
            let why = || format!("{} must be escorted too", companion.person);
            Err(object(trace, RULE, bearer, Denial::SecondPersonWrong, why))
        }
        (None, None) => Ok(Company::Wanted),
    }
}

/// Somebody where the door leads to, or in the hall of a rack, who may pass this door without an escort.
fn inside(view: &View<'_>, situation: &Situation<'_>, way: &Way) -> Option<PersonId> {
    let there = place_of_work(view, way)?;
    let may_pass = |person: &PersonId| {
        // Whoever is inside answers for others by their right, whatever became of the card they came in by.
        view.people.bearers_of(*person).chain(view.people.assumed(*person)).any(|row| {
            row.status() == PersonStatus::Enabled
                && row.rights_to(way.door).any(|right| {
                    right.escort == EscortNeed::No
                        && right.standing == RightStanding::Counts
                        && right.validity.contains(view.at)
                        && view.open.holds(right.slot)
                })
        })
    };
    situation.presence.members(view.site, there).into_iter().find(may_pass)
}

/// Nobody stands inside a rack: its escort stands in front of it.
fn place_of_work(view: &View<'_>, way: &Way) -> Option<AreaId> {
    let area = view.site.area(way.to?)?;
    match area.kind {
        AreaKind::Rack => area.inside,
        AreaKind::Perimeter | AreaKind::Building | AreaKind::Hall | AreaKind::Cage => Some(area.id),
    }
}
