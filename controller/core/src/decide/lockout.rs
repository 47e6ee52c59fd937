//! Rule `lockout`: a credential that was tried with wrong PINs too often rests for a while (IEC 60839-11-1). How often is too
//! often is counted in `engine/access.rs`.

use super::{Bearer, Refusal, Trace, View, object};
use crate::entry::Denial;

const RULE: &str = "lockout";

pub(super) fn check(view: &View<'_>, bearer: &Bearer<'_>, trace: &mut impl Trace) -> Result<(), Refusal> {
    let Some(situation) = view.situation.filter(|situation| !situation.lockouts.is_empty()) else { return Ok(()) };
    match situation.lockouts.get(&bearer.row.credential()) {
        Some(until) if view.at < *until => {
            let why = || format!("{} is locked out after wrong tries", bearer.row.credential());
            Err(object(trace, RULE, bearer, Denial::CredentialLockedOut, why))
        }
        Some(_) | None => Ok(()),
    }
}
