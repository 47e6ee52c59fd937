//! Rule `lockdown`: what the door's mode and the threat level leave open. A lockdown holds against everybody; a threat level
//! closes an area to those whose clearance is lower. Nobody is kept in by a threat level.

use super::{Bearer, Refusal, Trace, View, area_path, door_path, object, pass};
use crate::entry::Denial;
use crate::mode::DoorMode;
use crate::site::Way;
use crate::site::draft::Side;

const RULE: &str = "lockdown";

pub(super) fn check(view: &View<'_>, bearer: &Bearer<'_>, way: &Way, trace: &mut impl Trace) -> Result<(), Refusal> {
    let Some(situation) = view.situation else { return Ok(()) };
    let mode = situation.mode(way.door);
    let reason = match mode {
        DoorMode::Locked | DoorMode::Accessed | DoorMode::Unlocked | DoorMode::LockedOpen => None,
        DoorMode::LockedDown => Some(Denial::LockedDown),
        DoorMode::Blocked | DoorMode::DoubleLocked => Some(Denial::Blocked),
        DoorMode::Unknown => Some(Denial::PointDisabled),
    };
    if let Some(reason) = reason {
        let why = || format!("the mode of {} is {}", door_path(view.site, way.door), mode.word());
        return Err(object(trace, RULE, bearer, reason, why));
    }
    let entered = way.to.filter(|_| way.side == Side::In).and_then(|area| view.site.area(area));
    if let Some(area) = entered.filter(|area| situation.threat > area.policy.threat_limit.max(bearer.row.clearance())) {
        let why = || format!("the threat level closes {}", area_path(view.site, area.id));
        return Err(object(trace, RULE, bearer, Denial::LockedDown, why));
    }
    pass(trace, RULE, || format!("the mode is {}", mode.word()));
    Ok(())
}
