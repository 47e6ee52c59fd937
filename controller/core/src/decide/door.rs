//! Rule `door`: which door the point leads through, and whether a release could be carried out and recorded at all.

use super::credential::Bearer;
use super::{Refusal, Request, Situation, Trace, object};
use crate::decide::explain::Finding;
use crate::engine::query::JournalHealth;
use crate::entry::Denial;
use crate::site::{Door, Point, Site};

const RULE: &str = "door";

/// Evidence that the point leads through a door whose lock can be driven.
#[derive(Debug)]
pub(super) struct Way<'a> {
    pub(super) point: &'a Point,
    pub(super) door: &'a Door,
}

pub(super) fn find<'a>(
    site: &'a Site,
    situation: Option<&Situation<'_>>,
    request: &Request,
    bearer: &Bearer<'_>,
    trace: &mut impl Trace,
) -> Result<Way<'a>, Refusal> {
    let way = site.point(request.point).and_then(|point| Some(Way { point, door: site.door(point.door)? }));
    let Some(way) = way else {
        let why = || format!("{} is not a point of this site", request.point);
        return Err(object(trace, RULE, Some(bearer), Denial::NoDecision, why));
    };
    if let Some(situation) = situation {
        if situation.journal == JournalHealth::Unwritable {
            let why = || "the journal cannot be written, so nobody is admitted".into();
            return Err(object(trace, RULE, Some(bearer), Denial::NoDecision, why));
        }
        if !situation.is_online(way.door.lock) {
            let why = || format!("the lock of {} does not answer", way.door.path);
            return Err(object(trace, RULE, Some(bearer), Denial::NoDecision, why));
        }
    }
    trace.found(RULE, || Finding::Passed(format!("{} leads through {}", way.point.path, way.door.path)));
    Ok(way)
}
