//! Rule `two_person`: doors that two people open together, and areas in which nobody may be alone: the first two enter
//! together and the last two leave together. The second must be somebody else and pass every rule as well.

use super::{Bearer, Company, Presented, Request, Situation, Trace, View, area_path, entered, left, pass};
use crate::site::{Company as CompanyPolicy, PresenceRules, TwoPerson, Way};

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
            pass(trace, RULE, || format!("{need}; {} is the other", companion.person));
            Company::Enough
        }
        (Presented::Nothing(_), None) => {
            pass(trace, RULE, || format!("{need}; a second person is assumed"));
            Company::Enough
        }
        (Presented::Card(_), None) => Company::Wanted,
    }
}

/// Why a second person is needed, if one is.
fn need(view: &View<'_>, bearer: &Bearer<'_>, way: &Way) -> Option<String> {
    if way.two_person == TwoPerson::Required {
        return Some("this door takes two people".into());
    }
    let (Some(situation), PresenceRules::Some) = (view.situation, way.presence) else { return None };
    entering_alone(view, &situation, bearer, way).or_else(|| leaving_one_behind(view, &situation, bearer, way))
}

/// Whoever enters an area where nobody is would be alone in it.
fn entering_alone(view: &View<'_>, situation: &Situation<'_>, bearer: &Bearer<'_>, way: &Way) -> Option<String> {
    let mut guarded = entered(view.site, way).filter(|area| area.policy.company == CompanyPolicy::Required);
    let is_in = |area| situation.presence.is_in(view.site, bearer.row.person(), area);
    let empty = guarded.find(|area| !is_in(area.id) && situation.presence.count_in(area.id) == 0)?;
    Some(format!("nobody may be alone in {}", area_path(view.site, empty.id)))
}

/// Whoever leaves one of two leaves the other alone. Somebody who is alone already may always leave.
fn leaving_one_behind(view: &View<'_>, situation: &Situation<'_>, bearer: &Bearer<'_>, way: &Way) -> Option<String> {
    let mut guarded = left(view.site, way).filter(|area| area.policy.company == CompanyPolicy::Required);
    let is_in = |area| situation.presence.is_in(view.site, bearer.row.person(), area);
    let two = guarded.find(|area| is_in(area.id) && situation.presence.count_in(area.id) == 2)?;
    Some(format!("nobody may stay alone in {}", area_path(view.site, two.id)))
}
