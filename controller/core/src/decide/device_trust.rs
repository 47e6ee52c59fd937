//! Rule `device_trust`: the reader and the lock of the way are trusted as far as the area behind the door asks. What lowers a
//! grade is `engine/inventory.rs`'s, which keeps the points that fall short. Whoever leaves is not asked, nor are exit buttons,
//! fire and operators, who come here never.

use super::{Bearer, Refusal, Request, Trace, View, object, pass};
use crate::entry::Denial;

const RULE: &str = "device_trust";

pub(super) fn check(
    view: &View<'_>,
    bearer: &Bearer<'_>,
    request: &Request<'_>,
    trace: &mut impl Trace,
) -> Result<(), Refusal> {
    let Some(situation) = view.moment() else { return Ok(()) };
    if situation.is_untrusted(request.point) {
        let why = || "the reader or the lock is trusted less than the area behind the door asks".into();
        return Err(object(trace, RULE, bearer, Denial::DeviceUntrusted, why));
    }
    pass(trace, RULE, || "reader and lock are trusted as far as the area asks".into());
    Ok(())
}
