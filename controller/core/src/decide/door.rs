//! Rule `door`: which door the point leads through, and whether a release could be carried out and recorded at all.

use super::credential::Bearer;
use super::{Refusal, Request, Situation, Trace, object};
use crate::decide::explain::Finding;
use crate::engine::query::JournalHealth;
use crate::entry::Denial;
use crate::id::{DoorId, PointId};
use crate::site::{Site, Way};

const RULE: &str = "door";

pub(super) fn find<'a>(
    site: &'a Site,
    situation: Option<&Situation<'_>>,
    request: &Request,
    bearer: &Bearer<'_>,
    trace: &mut impl Trace,
) -> Result<&'a Way, Refusal> {
    let Some(way) = site.way(request.point) else {
        let why = || format!("{} is not a point of this site", request.point);
        return Err(object(trace, RULE, Some(bearer), Denial::NoDecision, why));
    };
    if let Some(situation) = situation {
        if situation.journal == JournalHealth::Unwritable {
            let why = || "the journal cannot be written, so nobody is admitted".into();
            return Err(object(trace, RULE, Some(bearer), Denial::NoDecision, why));
        }
        if !situation.is_online(way.lock) {
            let why = || format!("the lock of {} does not answer", door_path(site, way.door));
            return Err(object(trace, RULE, Some(bearer), Denial::NoDecision, why));
        }
    }
    let through = || format!("{} leads through {}", point_path(site, request.point), door_path(site, way.door));
    trace.found(RULE, || Finding::Passed(through()));
    Ok(way)
}

/// The path of a door, for a sentence.
pub(super) fn door_path(site: &Site, door: DoorId) -> String {
    site.door(door).map_or_else(|| door.to_string(), |door| door.path.clone())
}

fn point_path(site: &Site, point: PointId) -> String {
    site.point(point).map_or_else(|| point.to_string(), |point| point.path.clone())
}
