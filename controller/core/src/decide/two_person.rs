//! Rule `two_person`: doors that two people open together, and areas in which nobody may be alone: the first two enter
//! together and the last two leave together. The second must be somebody else and pass every rule as well.

use super::{Bearer, Company, Presented, Request, Trace, View, area_path, pass};
use crate::id::AreaId;
use crate::site::{TwoPerson, Way};

pub(super) const RULE: &str = "two_person";

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    way: &Way,
    request: &Request<'_>,
    trace: &mut impl Trace,
) -> Company {
    let Some(need) = need(view, bearer, way) else { return Company::Enough };
    match (request.presented, request.companion) {
        (_, Some(companion)) => {
            pass(trace, RULE, || format!("{}; {} is the other", need.words(view), companion.person));
            Company::Enough
        }
        (Presented::Nothing(_), None) => {
            pass(trace, RULE, || format!("{}; a second person is assumed", need.words(view)));
            Company::Enough
        }
        (Presented::Card(_), None) => Company::Wanted,
    }
}

/// Why a second person is needed, if one is.
fn need(view: &View<'_>, bearer: &Bearer<'_>, way: &Way) -> Option<Need> {
    if way.two_person == TwoPerson::Required {
        return Some(Need::DoorForTwo);
    }
    let (situation, demands) = view.demands(way)?;
    let is_in = |area| situation.presence.is_in(view.site, bearer.row.person(), area);
    // Whoever enters an area where nobody is would be alone in it.
    let empty = |area: &&AreaId| situation.presence.count_in(**area) == 0 && !is_in(**area);
    if let Some(area) = demands.entered_together.iter().find(empty) {
        return Some(Need::NobodyAloneIn(*area));
    }
    // Whoever leaves one of two leaves the other alone. Somebody who is alone already may always leave.
    let two = |area: &&AreaId| situation.presence.count_in(**area) == 2 && is_in(**area);
    demands.left_together.iter().find(two).map(|area| Need::NobodyAloneIn(*area))
}

/// Why a second person is needed.
#[derive(Debug, Clone, Copy)]
enum Need {
    DoorForTwo,
    NobodyAloneIn(AreaId),
}

impl Need {
    fn words(self, view: &View<'_>) -> String {
        match self {
            Self::DoorForTwo => "this door takes two people".into(),
            Self::NobodyAloneIn(area) => format!("nobody may be alone in {}", area_path(view.site, area)),
        }
    }
}
