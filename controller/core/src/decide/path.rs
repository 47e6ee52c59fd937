//! Rule `path`: whoever enters an area must be known to be in the one around it: a rack wants its holder in the hall, the
//! hall in the building. Unknown is not inside.

use super::{Bearer, Refusal, Trace, View, area_path, object, pass};
use crate::entry::Denial;
use crate::site::Way;

const RULE: &str = "path";

pub(super) fn check(view: &View<'_>, bearer: &Bearer<'_>, way: &Way, trace: &mut impl Trace) -> Result<(), Refusal> {
    let Some((situation, demands)) = view.demands(way) else { return Ok(()) };
    let Some(around) = demands.path else { return Ok(()) };
    if !situation.presence.is_in(view.site, bearer.row.person(), around) {
        let why = || format!("{} is not known to be in {}", bearer.row.person(), area_path(view.site, around));
        return Err(object(trace, RULE, bearer, Denial::NotAuthorisedArea, why));
    }
    pass(trace, RULE, || format!("{} is in {}", bearer.row.person(), area_path(view.site, around)));
    Ok(())
}
