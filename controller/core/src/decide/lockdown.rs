//! Rule `lockdown`: what the door's mode and the threat level leave open. A lockdown holds against everybody; a threat level
//! closes an area to those whose clearance is lower. Nobody is kept in by a threat level.

use super::{Bearer, Refusal, Trace, View, area_path, door_path, object, pass};
use crate::entry::Denial;
use crate::mode::DoorMode;
use crate::people::ThreatLevel;
use crate::site::Way;

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
    let is_above = |limit: ThreatLevel| situation.threat > limit.max(bearer.row.clearance());
    if way.threat_limit.is_some_and(is_above) {
        let area = way.to.map_or_else(String::new, |area| area_path(view.site, area));
        let why = || format!("the threat level closes {area}");
        return Err(object(trace, RULE, bearer, Denial::LockedDown, why));
    }
    pass(trace, RULE, || format!("the mode is {}", mode.word()));
    Ok(())
}
