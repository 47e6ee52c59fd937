//! Rule `door`: which door the point leads through, and whether a release could be carried out and recorded at all.

use super::{Bearer, Refusal, Request, Trace, View, door_path, object, pass};
use crate::engine::query::JournalHealth;
use crate::entry::Denial;
use crate::id::PointId;
use crate::people::index::Reach;
use crate::site::{Site, Way};

const RULE: &str = "door";

pub(super) fn find<'a>(
    view: &View<'a>,
    request: &Request<'_>,
    known: Option<(&'a Way, Reach<'a>)>,
    bearer: &Bearer<'_>,
    trace: &mut impl Trace,
) -> Result<(&'a Way, Reach<'a>), Refusal> {
    let site = view.site;
    let Some((way, reach)) = known else {
        let why = || format!("{} is not a point of this site", request.point);
        return Err(object(trace, RULE, bearer, Denial::NoDecision, why));
    };
    if let Some(situation) = view.moment() {
        if situation.journal == JournalHealth::Unwritable {
            let why = || "the journal cannot be written, so nobody is admitted".into();
            return Err(object(trace, RULE, bearer, Denial::NoDecision, why));
        }
        if !situation.is_online(way.lock) {
            let why = || format!("the lock of {} does not answer", door_path(site, way.door));
            return Err(object(trace, RULE, bearer, Denial::NoDecision, why));
        }
    }
    pass(trace, RULE, || format!("{} leads through {}", point_path(site, request.point), door_path(site, way.door)));
    Ok((way, reach))
}

fn point_path(site: &Site, point: PointId) -> String {
    site.point(point).map_or_else(|| point.to_string(), |point| point.path.clone())
}
