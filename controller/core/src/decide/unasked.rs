//! Who passes where nobody can be asked: a handle that is on its own cannot know who is inside, whether the next door is
//! closed or how often a right was used, and it has no keypad. Whoever is admitted by the usual rules without any of that
//! passes; the rules are asked as at the door and not written again.

use super::{NoTrace, PinEvidence, Presented, Request, Verdict, View, entitlement, settle};
use crate::id::{GrantId, PointId};
use crate::people::{CredentialKey, EscortNeed};
use crate::site::{Interlocked, Passback, Site, TwoPerson, Way};

/// Whether nothing along a way asks for other doors, other people or their whereabouts. A soft anti-passback asks nothing:
/// it only records.
pub(crate) fn asks_nothing_else(site: &Site, way: &Way) -> bool {
    let free = site.demands(way).is_none_or(|demands| {
        let passback = match demands.passback.map(|(_, rule)| rule) {
            None | Some(Passback::Off | Passback::Soft) => true,
            Some(Passback::Timed(_) | Passback::Hard) => false,
        };
        let alone = demands.entered_together.is_empty() && demands.left_together.is_empty();
        passback && alone && demands.path.is_none() && demands.limits.is_empty()
    });
    free && way.interlocked == Interlocked::No && way.two_person == TwoPerson::No
}

/// Whether the rules let a card pass at the moment of `view` with nothing besides; a right whose uses are counted does not
/// count, because nobody counts them meanwhile.
pub(crate) fn admits(
    view: &View<'_>,
    point: PointId,
    card: CredentialKey,
    is_counted: impl Fn(GrantId) -> bool,
) -> bool {
    let request = Request { point, presented: Presented::Card(card), pin: PinEvidence::Missing, companion: None };
    let Ok(Verdict::Admit(admission)) = settle(view, &request, &mut NoTrace) else { return false };
    if admission.escort == EscortNeed::Required {
        return false;
    }
    if !is_counted(admission.grant) {
        return true;
    }
    let others = view.people.bearer(&card).into_iter().flat_map(|row| row.rights_to(admission.door));
    others.into_iter().any(|right| !is_counted(right.grant) && entitlement::holds_alone(view, &right))
}
