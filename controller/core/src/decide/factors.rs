//! Rule `factors`: what the point asks for besides the card. Comparing a PIN with its hash takes long by design, so the
//! shell does it and the request comes back with the evidence.

use super::credential::Bearer;
use super::{PinEvidence, Presented, Refusal, Request, Trace, object};
use crate::decide::explain::Finding;
use crate::entry::Denial;
use crate::people::PinStatus;
use crate::site::{Level, Way};

const RULE: &str = "factors";

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Everything the point asks for.
    Complete,
    /// The PIN is still to come.
    PinMissing,
}

pub(super) fn check(
    bearer: &Bearer<'_>,
    way: &Way,
    request: &Request,
    trace: &mut impl Trace,
) -> Result<Found, Refusal> {
    match (way.level, request.pin) {
        (Level::Card, _) => {
            trace.found(RULE, || Finding::Passed("the point asks for a card".into()));
            Ok(Found::Complete)
        }
        (Level::CardAndPin, PinEvidence::Right) => {
            trace.found(RULE, || Finding::Passed("card and PIN are right".into()));
            Ok(Found::Complete)
        }
        (Level::CardAndPin, PinEvidence::Missing) => match (bearer.row.pin, request.presented) {
            (PinStatus::Unset, _) => {
                let why = || format!("the point asks for a PIN and {} has none", bearer.person);
                Err(object(trace, RULE, Some(bearer), Denial::PinWrong, why))
            }
            (PinStatus::Set, Presented::Card(_)) => Ok(Found::PinMissing),
            (PinStatus::Set, Presented::Nothing(_)) => {
                trace.found(RULE, || {
                    Finding::Passed("the point asks for card and PIN; the right PIN is assumed".into())
                });
                Ok(Found::Complete)
            }
        },
    }
}
